#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Overloads: entries with one name and other argument types are functions of
# their own, from the manifest file to the ledger.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

start_db || exit 1
artifact short '(module (func (export "f") (param i32) (result i32) local.get 0 i32.const 1 i32.add))'
short=$ref short_module=$module
artifact long '(module (func (export "f") (param i64) (result i64) local.get 0 i64.const 2 i64.add))'
long=$ref long_module=$module
artifact more '(module (func (export "f") (param i64) (result i64) local.get 0 i64.const 3 i64.add))'
more=$ref more_module=$module
policy "$T/policy.yaml"
two() { # REF_OF_INTEGER REF_OF_BIGINT [TYPE]
	manifest "$T/m.yaml" <<END
- {name: f, ref: "$1", schema: wasm, args: [integer], returns: integer}
- {name: f, ref: "$2", schema: wasm, args: [${3:-bigint}], returns: ${3:-bigint}}
END
}
ins() { wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo deploy)" "$@"; }
rec() { wf reconcile -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo reader)" --json; }
states() { jq -r '.targets[0].functions[] | .signature + " " + .state' <<< "$out"; }
answers() { sql 'SELECT wasm.f(10::int), wasm.f(10::bigint)'; }

two "$short" "$long"
ins
is_rc 'install two of one name' 0
is 'both answer' "$(answers)" '11|12'
is 'a row each' "$(sql 'SELECT function FROM wasmfn.ledger ORDER BY seq' | tr '\n' ' ')" 'wasm.f(integer) wasm.f(bigint) '
ins
like 'again: nothing to do' "$out" 'nothing to do: 2'
rec
is_rc 'reconcile' 0
is 'both in sync' "$(states)" $'wasm.f(bigint) in_sync\nwasm.f(integer) in_sync'
two "$short" "$more"
wf pull -f "$T/m.yaml" --policy "$T/policy.yaml"
is_rc 'pull' 0
rec
is 'one entry ahead: that one alone is pending' "$(states)" $'wasm.f(bigint) pending\nwasm.f(integer) in_sync'
ins --json
is_rc 'replace one' 0
is 'that one alone' "$(jq -r '.steps[] | .function + " " + .action + " " + (.to // "-")' <<< "$out")" \
	"wasm.f(integer) none -"$'\n'"wasm.f(bigint) replace $more_module"
is 'both answer' "$(answers)" '11|13'
is 'and each has its own history' "$(sql_as reader "SELECT module_digest FROM wasmfn.provenance('wasm.f(bigint)')" | tr '\n' ' ')" \
	"$more_module $long_module "
is 'that of the other is as it was' "$(sql_as reader "SELECT module_digest FROM wasmfn.provenance('wasm.f(int)')")" "$short_module"

# --- every problem of every file, in one run ---------------------------------------
printf -- '- {name: f, schema: wasm, ref: "h.io/f@sha256:x", nosuch: 1}\n' | manifest "$T/bad1.yaml"
printf -- '- {name: g, schema: wasm, reff: 1}\n' | manifest "$T/bad2.yaml"
wf install -f "$T/bad1.yaml" -f "$T/m.yaml" -f "$T/bad2.yaml" --policy "$T/policy.yaml" --target "$(conninfo deploy)"
is_rc 'files with mistakes' 65
for what in 'bad1.yaml:1:.*nosuch' 'bad1.yaml:1:.*sha256' 'bad2.yaml:1:.*reff'; do
	like "says $what" "$err" "$what"
done

# --- names ----------------------------------------------------------------------
two "$short" "$long"
ins wasm.f --json
is_rc 'a name for both' 64
is 'is ambiguous' "$(jq -r .error.code <<< "$out")" ambiguous
ins 'wasm.f(bigint)'
is_rc 'with types it is one' 0
is 'which is put back' "$(answers)" '11|12'
ins 'wasm.f(text)'
is_rc 'types that no entry has' 64

# --- drift of one, types by two names ---------------------------------------------
sql 'GRANT EXECUTE ON FUNCTION wasm.f(bigint) TO PUBLIC'
rec
is 'drift of one is not that of the other' "$(states)" $'wasm.f(bigint) drift\nwasm.f(integer) in_sync'
ins
is_rc 'is repaired' 0
wf remove 'wasm.f(int4)' -f "$T/m.yaml" --target "$(conninfo deploy)" --json
is 'int4 is claimed by integer' "$rc $(jq -r .error.code <<< "$out")" '1 claimed'
two "$short" "$short" int
ins --json
is_rc 'integer and int are one function' 65
like 'names both places' "$(jq -r .error.message <<< "$out")" 'm.yaml:2:.*second entry for function "wasm.f": first at .*m.yaml:1'
rec
is_rc 'for reconcile too, and nothing is pending' 65
is 'nothing has changed' "$(answers)" '11|12'

# --- a name as the manifest file writes it ------------------------------------------
two "$short" "$long" int8
for f in 'wasm.f(integer)' 'wasm.f(int8)'; do
	wf quarantine "$f" -f "$T/m.yaml" --target "$(conninfo deploy)" --reason x
	is_rc "quarantine $f" 0
done
ins --release 'wasm.f(int8)' --json
is_rc 'released by the types that its entry has' 0
is 'and that one alone' "$(jq -r '.steps[] | select(.action == "release") | .function' <<< "$out")" 'wasm.f(bigint)'
ins --release 'wasm.f(int)'
is_rc 'the other, by another word for its type' 0

# --- one goes ----------------------------------------------------------------------
manifest "$T/m.yaml" <<END
- {name: f, ref: "$short", schema: wasm, args: [integer], returns: integer}
END
rec
is 'no entry for one of them: an orphan' "$(states)" $'wasm.f(bigint) orphan\nwasm.f(integer) in_sync'
ins
like 'install leaves both' "$out" 'nothing to do: 1'
ins --prune --prune-limit 50 --dry-run --json
is 'prune knows which' "$rc $(jq -r '[.steps[] | select(.action == "remove") | .function] | join(" ")' <<< "$out")" \
	'0 wasm.f(bigint)'
wf remove wasm.f -f "$T/m.yaml" --target "$(conninfo deploy)" --reason x
is_rc 'remove by the name alone' 64
wf remove 'wasm.f(int8)' -f "$T/m.yaml" --target "$(conninfo deploy)" --reason 'one is enough'
is_rc 'remove one' 0
is 'the other answers' "$(sql 'SELECT wasm.f(10)')" 11
rec
is_rc 'reconcile' 0
done_testing
