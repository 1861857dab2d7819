#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# rollback: back to an artifact that the ledger has, from the store, judged by
# today's policy, never below a floor; what was rolled back against a manifest
# file is held.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

start_db || exit 1
ADD='(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'
SUB='(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.sub))'
MUL='(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.mul))'
created=org.opencontainers.image.created
artifact one "$ADD" $created=2026-01-01T00:00:00Z; one=$ref one_module=$module
artifact two "$SUB" $created=2026-02-01T00:00:00Z; two=$ref
artifact three "$MUL" $created=2026-03-01T00:00:00Z dev.wasmfn.floor=2026-02-01T00:00:00Z; three=$ref
policy "$T/policy.yaml"
to=$(conninfo deploy)
is_at() { is "$1" "$(sql 'SELECT wasm.add(6, 3)')" "$2"; }
ins() { wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$to" "$@"; }
back() { wf rollback -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$to" "$@"; }
rec() { wf reconcile --json -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo reader)"; }
rows() { sql 'SELECT count(*) FROM wasmfn.ledger'; }
newest() { sql "SELECT doc::jsonb $1 FROM wasmfn.ledger ORDER BY seq DESC LIMIT 1"; }
entry()
{
	manifest "$T/m.yaml" << END
- name: add
  ref: $1
  schema: wasm
  owner: app_owner
  grants: [${2-app_reader}]
  limits: {fuel_per_call: ${3-5000}}
END
}
why() { jq -r '.error.code' <<< "$out"; }

entry "$one" app_other 4000; ins
back wasm.add --reason test --json
is "there is nothing to go back to" "$rc $(why)" '11 not-found'
entry "$two"; ins
is_at 'the second version' 3

# --- refused ------------------------------------------------------------------------
back wasm.add --json
is 'refused while a manifest file claims it' "$rc $(why)" '1 claimed'
back wasm.nosuch --reason test
is_rc 'what is not there' 1
back wasm.add --to sha256:12 --reason test
is_rc 'no digest' 64
back wasm.add --to "sha256:$(printf '0%.0s' {1..64})" --reason test --json
is 'a digest that the ledger does not have' "$rc $(why)" '11 not-found'
back wasm.add --below-floor
is_rc 'below the floor without a word why' 64
run "$WASMFN" --store "$T/empty" --state "$T/state" rollback wasm.add --reason test -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$to" --json
is 'a store that lacks the module' "$rc $(why)" '69 offline'
"$WASMFN" --store "$T/bare" -q pull --no-signatures "$one"
bare() { run "$WASMFN" --store "$T/bare" --state "$T/state" --offline rollback wasm.add --reason test -f "$T/m.yaml" --target "$to" --json --dry-run "$@"; }
bare --policy "$T/policy.yaml"
is 'a store that has the module alone: the ledger has the signatures' "$rc $(jq -r '.steps[0].action' <<< "$out")" '0 rollback'
policy "$T/deny.yaml" "deny: {manifests: [${one#*@}]}"
bare --policy "$T/deny.yaml"
is 'judged today' "$rc $(why)" '17 revoked'
wf rollback wasm.add --reason test -f "$T/m.yaml" --policy "$T/deny.yaml" --target "$to" --json
is 'an artifact that is denied today' "$rc $(why)" '17 revoked'
policy "$T/other.yaml"; sed -i 's/release.pub/other.pub/' "$T/other.yaml"
bare --policy "$T/other.yaml"
is 'a key of the ledger that is not trusted today' "$rc" 12
wf rollback wasm.add --reason test -f "$T/m.yaml" --policy "$T/other.yaml" --target "$to" --json
is 'a key that is not trusted today' "$rc" 12
policy "$T/limits.yaml" 'limits: {fuel_per_call: 3000}'
wf rollback wasm.add --reason test -f "$T/m.yaml" --policy "$T/limits.yaml" --target "$to" --json
is 'limits that are not allowed today' "$rc $(why)" '15 denied'
is 'nothing was changed' "$(rows)" 2
is_at 'nor the module' 3

# --- back ----------------------------------------------------------------------------
back wasm.add --reason 'wrong sums' --dry-run
is_rc 'dry' 0
like 'shows the artifacts' "$out" '~ artifact +sha256:[0-9a-f]{12} -> sha256:[0-9a-f]{12}'
is 'and does nothing' "$(rows)" 2
mv "$T/art" "$T/elsewhere"
back wasm.add --reason 'wrong sums' --json
is_rc 'to the one before, its layout gone' 0
mv "$T/elsewhere" "$T/art"
is 'it is held' "$(jq -r .held <<< "$out")" true
is_at 'the first version' 9
is 'its module' "$(newest "#>> '{function,module_digest}'")" "$one_module"
is 'with its limits' "$(newest "#>> '{function,limits,fuel_per_call}'")" 4000
is 'a role that has lost EXECUTE since does not get it back' \
	"$(sql "SELECT has_function_privilege('app_other', 'wasm.add(int,int)', 'EXECUTE'), has_function_privilege('app_reader', 'wasm.add(int,int)', 'EXECUTE')")" 'f|t'
is 'the row' "$(newest "->> 'action'") $(newest "->> 'reason'")" 'rollback wrong sums'
is 'keeps the evidence' "$(newest "#> '{evidence,candidates}' IS NOT NULL")" t
rec
is 'reconcile: pending' "$rc $(jq -r '.targets[0].functions[0].state' <<< "$out")" '3 pending'
like 'and held' "$(jq -r '.findings[0].observed' <<< "$out")" 'held'
ins --json
is 'install leaves it and says so' "$rc $(why)" '20 held'
is_at 'it is as it was' 9
is 'without a row' "$(rows)" 3
artifact other "$ADD"; other=$ref
{ cat "$T/m.yaml"; printf -- '- name: plus\n  ref: %s\n  schema: wasm\n  export: add\n' "$other"; } > "$T/m"
manifest "$T/m.yaml" < "$T/m"
ins
is_rc 'install of another beside it' 20
is 'does the other' "$(sql 'SELECT wasm.plus(1, 1), wasm.add(6, 3)')" '2|9'
ins --release wasm.add
is_rc 'release' 0
is_at 'brings the manifest file back' 3
is 'with a row' "$(newest "->> 'action'")" release
ins
is_rc 'install again' 0

# --- an entry that changes ends it too --------------------------------------------------
back wasm.add --reason again
is_rc 'back again' 0
is_at 'the first version again' 9
entry "$three"; ins
is_rc 'an entry that has changed is installed' 0
is_at 'the third version' 18

# --- the floor -----------------------------------------------------------------------------
back wasm.add --to "${one#*@}" --reason test --json
is 'below the floor' "$rc $(why)" '18 rollback-refused'
is_at 'nothing was changed' 18
back wasm.add --to "${two#*@}" --reason test
is_rc 'at the floor' 0
is_at 'is allowed' 3
back wasm.add --to "${one#*@}" --reason 'we know' --below-floor
is_rc 'below the floor, in writing' 0
is_at 'is done' 9
ins --release wasm.add
is_rc 'released' 0
entry "$one"; ins --json
is 'install of what is below it' "$rc $(why)" '18 rollback-refused'
like 'is named' "$(jq -r .error.message <<< "$out")" 'm.yaml:1: wasm.add: made 2026-01-01T00:00:00Z: .* none before 2026-02-01'
is_at 'and changes nothing' 18
ins --below-floor
is_rc 'without a word why' 64
ins --below-floor --reason 'they asked'
is_rc 'in writing' 0
is_at 'is done' 9
is 'and the ledger says why' "$(newest "->> 'action'") $(newest "->> 'reason'")" 'replace they asked'
artifact bad "$MUL" $created=2026-04-01T00:00:00Z dev.wasmfn.floor=soon
entry "$ref"; ins --json
is 'a floor that is no time' "$rc $(why)" '65 malformed'
entry "$one"
sql 'DROP FUNCTION wasm.add'; ins
is_rc 'what is recorded is put back, however old it is' 0
entry "$three"; ins
is_at 'forward again' 18

# --- quarantine -------------------------------------------------------------------------------
wf quarantine wasm.add -f "$T/m.yaml" --reason bad --target "$to"
back wasm.add --reason test --json
is 'from quarantine' "$rc $(why)" '20 quarantined'
entry "$two"; ins --release wasm.add
is_rc 'another artifact in its place' 0
back wasm.add --to "${three#*@}" --reason test --json
is 'to what was quarantined' "$rc $(why)" '18 rollback-refused'

# --- nobody claims it ----------------------------------------------------------------------------
printf -- '- name: plus\n  ref: %s\n  schema: wasm\n  export: add\n' "$other" | manifest "$T/m.yaml"
back wasm.add --to "${two#*@}" --json
is_rc 'to what it is' 0
is 'no reason is needed, and nothing holds it' "$(jq -r .held <<< "$out")" false

# --- the ledger ---------------------------------------------------------------------------------
sql "ALTER TABLE wasmfn.ledger DISABLE TRIGGER ALL; DELETE FROM wasmfn.ledger WHERE seq = 2"
back wasm.add --reason test --json
is 'a broken chain' "$rc $(why)" '16 tampered'

done_testing
