#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# install --prune: only what wasmfn put there and nothing claims any more,
# never everything, never more than the share that was stated.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

start_db || exit 1
artifact f '(module (func (export "f") (result i32) i32.const 1))'
policy "$T/policy.yaml"
to=$(conninfo deploy)
ins() { wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$to" "$@"; }
are() { sql "SELECT string_agg(proname, ' ' ORDER BY proname) FROM pg_proc p JOIN pg_language l ON l.oid = prolang WHERE lanname = 'wasm'"; }
entries()
{
	local n

	for n in "$@"; do
		printf -- '- name: %s\n  ref: %s\n  schema: wasm\n  export: f\n' "$n" "$ref"
	done | manifest "$T/m.yaml"
}
why() { jq -r '.error.code' <<< "$out"; }

entries a b c d e
ins --prune
is_rc 'install with nothing to prune' 0
sql "SELECT wasm.create_function('wasm.stray', $(printf "'\\\\x%s'::bytea" "$(od -An -v -tx1 "$T/art/f.wasm" | tr -d ' \n')"), '{}', 'int', '{\"export\": \"f\"}')" > /dev/null
entries a b c d
ins
is_rc 'without --prune' 0
is 'everything stays' "$(are)" 'a b c d e stray'
ins --prune --dry-run
is_rc 'dry' 0
like 'shows what would go' "$out" '- wasm\.e\(\)  no manifest file claims it'
like 'and counts it' "$out" 'plan: 0 to create, 0 to change, 4 unchanged, 1 to remove'
is 'everything stays still' "$(are)" 'a b c d e stray'
ins --prune wasm.a
is_rc 'with a name' 64
ins --prune-limit 30
is_rc 'a limit without --prune' 64
ins --prune --prune-limit 101
is_rc 'no share' 64
ins --prune --json
is_rc 'one of five' 0
is 'is a step' "$(jq -r '.steps[] | select(.action == "remove") | .function' <<< "$out")" 'wasm.e()'
is 'what the ledger does not know stays' "$(are)" 'a b c d stray'
is 'the row says why' "$(sql "SELECT action, doc::jsonb ->> 'reason' FROM wasmfn.ledger ORDER BY seq DESC LIMIT 1")" \
	'remove|pruned: no manifest file claims it'
ins --prune
like 'again: nothing to do' "$out" 'nothing to do'

# --- refused ------------------------------------------------------------------
entries a b
ins --prune --json
is 'two of four are more than 25%' "$rc $(why)" '65 plan-refused'
like 'with the numbers' "$(jq -r .error.message <<< "$out")" '2 of 4 recorded functions \(50%\)'
is 'everything stays' "$(are)" 'a b c d stray'
ins --prune --dry-run
is_rc 'dry: shown' 0
like 'with a warning' "$err" 'would be refused: .*2 of 4'
ins --prune --prune-limit 49 --json
is 'one below' "$rc $(why)" '65 plan-refused'
wf quarantine wasm.d -f "$T/m.yaml" --target "$to"
ins --prune --json
is 'what is in quarantine is not counted' "$rc" 0
is 'and stays' "$(are)" 'a b d stray'
printf '[]\n' | manifest "$T/m.yaml"
ins --prune --prune-limit 100 --json
is 'never to an empty set' "$rc $(why)" '65 plan-refused'
is 'whatever the limit' "$(are)" 'a b d stray'
entries a
ins --prune --prune-limit 34
is_rc 'as stated' 0
is 'two are left' "$(are)" 'a d stray'

# --- what depends on it ---------------------------------------------------------
entries a x; ins; entries a
sql 'CREATE VIEW public.uses AS SELECT wasm.x()'
ins --prune --prune-limit 50 --json
is 'what a view uses' "$rc $(why)" '76 engine'
is 'undoes all of it' "$(are)" 'a d stray x'
sql 'DROP VIEW public.uses'
sql "ALTER TABLE wasmfn.ledger DISABLE TRIGGER ALL; INSERT INTO wasmfn.ledger
	SELECT seq + 1, hash, sha256(convert_to(d, 'UTF8')), run, action, 'wasm.stray()', d FROM (SELECT *, regexp_replace(e, '\"module_digest\":\"sha256:[0-9a-f]{8}', '\"module_digest\":\"sha256:00000000') AS d FROM (SELECT *, replace(replace(regexp_replace(doc, '\"prev\":\"sha256:[0-9a-f]*\"', '\"prev\":\"sha256:' || encode(hash, 'hex') || '\"'), '\"seq\":' || seq, '\"seq\":' || seq + 1), '\"name\":\"x\"', '\"name\":\"stray\"') AS e FROM wasmfn.ledger ORDER BY seq DESC LIMIT 1) k) l"
is 'somebody writes a row about a stranger' "$(sql 'SELECT function FROM wasmfn.ledger ORDER BY seq DESC LIMIT 1')" 'wasm.stray()'
rm -rf "$T/state"
ins --prune --prune-limit 70 --json
is 'whose evidence leads elsewhere' "$rc $(why)" '16 tampered'
is 'nothing goes' "$(are)" 'a d stray x'

done_testing
