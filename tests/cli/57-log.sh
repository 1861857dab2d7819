#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# log: the ledger as a table and as JSON, its chain checked, and what happens
# to it told apart: an edited row, a cut end, a rewritten one, a backup.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

start_db || exit 1
ADD='(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'
artifact add "$ADD"; add=$ref add_module=$module
artifact sub '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.sub))'
sub=$ref
policy "$T/policy.yaml"
ins() {
	manifest "$T/m.yaml" <<END
- {name: ${2:-add}, ref: "$1", schema: wasm, export: add}
END
	wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo deploy)"
}
log_() { run "$WASMFN" --state "${STATE:-$T/state}" log --target "$(conninfo reader)" "$@"; }
v() { jq -r ".verify.$1" <<< "$out"; }
rec() { wf reconcile -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo reader)"; }

log_ --verify --json
is_rc 'no ledger yet' 0
is 'is said' "$(jq -r '.exists, .rows == [], .verify.chain, .verify.known_head' <<< "$out" | tr '\n' ' ')" \
	'false true empty none '
ins "$add"; is_rc 'a first row' 0
ins "$sub"; is_rc 'a second' 0
ins "$add" other; is_rc 'one about another function' 0

# --- table and JSON -----------------------------------------------------------
log_
is_rc 'log' 0
like 'the newest first' "$(grep -o '^ *[0-9]* ' <<< "$out" | tr -d ' ' | tr '\n' ' ')" '^3 2 1 $'
like 'who, what, when and signed by whom' "$(grep '^ *1 ' <<< "$out")" \
	"1 +[0-9-]{10}T[0-9:]{8}Z +create +wasm.add\(integer, integer\) +${add_module:7:12} +.*deploy / $(id -un)"
log_ --json
is 'JSON: the same rows' "$(jq -c '[.rows[].seq]' <<< "$out")" '[3,2,1]'
is 'JSON: every member of a row is what the ledger has' "$(command jq -cS '.rows[2] | del(.hash)' <<< "$out")" \
	"$(sql 'SELECT doc FROM wasmfn.ledger WHERE seq = 1' | command jq -cS .)"
is 'JSON: and its hash' "$(jq -r '.rows[2].hash' <<< "$out")" \
	"sha256:$(sql "SELECT encode(hash, 'hex') FROM wasmfn.ledger WHERE seq = 1")"
is 'JSON: nothing is left out' "$(jq .more <<< "$out")" false
log_ --json --limit 2
is '--limit' "$(jq -c '[[.rows[].seq], .more]' <<< "$out")" '[[3,2],true]'
log_ --json --before 3 --limit 1
is '--before' "$(jq -c '[[.rows[].seq], .more]' <<< "$out")" '[[2],true]'
log_ --limit 100001
is_rc 'more than is given' 64
log_ --json wasm.add
is 'a name' "$(jq -c '[.rows[].seq]' <<< "$out")" '[2,1]'
log_ --json 'wasm.other(integer, integer)' 'wasm.none'
is 'names with types' "$(jq -c '[.rows[].seq]' <<< "$out")" '[3]'
log_ wasm
is_rc 'what is no name' 64

# --- verify -------------------------------------------------------------------
log_ --verify
is_rc '--verify' 0
like 'says that the chain is whole' "$out" "chain: whole, 3 rows, head sha256:$(sql "SELECT encode(hash, 'hex') FROM wasmfn.ledger WHERE seq = 3")"
like 'and that this host knows the head' "$out" 'row 3 since .*, stands'
STATE=$T/none log_ --verify --json
is_rc 'a host without state needs none' 0
is 'and says so' "$(v known_head) $(v chain)" 'none whole'
ok 'and leaves none behind' test ! -e "$T/none"
sql 'CREATE ROLE nobody LOGIN'
wf log --target "$(conninfo nobody)"
is_rc 'a role that may not read it' 77

# more rows than a page has
sql "DO \$\$ DECLARE r wasmfn.ledger; d text; i int; BEGIN
	SELECT * INTO r FROM wasmfn.ledger ORDER BY seq DESC LIMIT 1;
	FOR i IN 4..450 LOOP
		d := (jsonb_set(jsonb_set(r.doc::jsonb - 'evidence' - 'settings', '{seq}', to_jsonb(i)), '{prev}', to_jsonb('sha256:' || encode(r.hash, 'hex'))))::text;
		r.seq := i; r.prev := r.hash; r.doc := d; r.hash := sha256(convert_to(d, 'UTF8'));
		INSERT INTO wasmfn.ledger SELECT r.*;
	END LOOP; END \$\$"
log_ --verify --json --limit 401
is_rc '450 rows' 0
is 'in three pages' "$(jq -c '[.verify.head.seq, (.rows | length), .rows[400].seq, .more]' <<< "$out")" '[450,401,50,true]'
log_ --json --limit 449
is 'none twice, none missing' "$(jq -c '[.rows[].seq] == [range(450; 1; -1)]' <<< "$out")" true

# --- what somebody may do to it ------------------------------------------------
off='ALTER TABLE wasmfn.ledger DISABLE TRIGGER ALL; ALTER TABLE wasmfn.ledger DROP CONSTRAINT ledger_check;'
back_up() { kill_db && cp -a "$db_dir/data" "$db_dir/$1" && again_db; }
restore() { kill_db && rm -rf "$db_dir/data" && cp -a "$db_dir/$1" "$db_dir/data" && again_db; }
rec
is 'the host knows the head of now' "$(jq .head.seq "$T"/state/target-*.json)" 450
back_up at450
manifest "$T/none.yaml" <<< '[]'
refused() { # NAME CHAIN FATE MESSAGE
	log_ --verify --json
	is_rc "$1: exit 16" 16
	is "$1: tampered" "$(jq -r .error.code <<< "$out")" tampered
	is "$1: chain and head" "$(v chain) $(v known_head)" "$2 $3"
	like "$1: says what it was" "$(jq -r .error.message <<< "$out")" "$4"
	ins "$sub" other
	is_rc "$1: install adds nothing to it" 16
	wf remove wasm.other --reason x --json -f "$T/none.yaml" --target "$(conninfo deploy)"
	is "$1: nor does remove" "$rc $(jq -r .error.code <<< "$out")" '16 tampered'
	wf rollback wasm.add --reason x --json -f "$T/none.yaml" --policy "$T/policy.yaml" --target "$(conninfo deploy)"
	is "$1: nor does rollback" "$rc $(jq -r .error.code <<< "$out")" '16 tampered'
}
sql "$off UPDATE wasmfn.ledger SET doc = replace(doc, 'deploy /', 'mallory /') WHERE seq = 2"
refused 'an edited row' broken stands 'chain is broken at row 2'
log_ --json --before 4
is 'is shown all the same' "$(jq -c '[.rows[].seq]' <<< "$out")" '[3,2,1]'
sql "UPDATE wasmfn.ledger SET doc = 'x' WHERE seq = 2"
log_ --json --before 3
is 'one that is no row is shown as it is' "$(jq -c '.rows[0] | [.seq, .unreadable, .text]' <<< "$out")" '[2,true,"x"]'
wf quarantine wasm.add --reason x -f "$T/none.yaml" --target "$(conninfo deploy)"
is_rc 'EXECUTE is taken away all the same' 0
like 'with a warning' "$err" 'chain is broken at row 2'
restore at450
sql "$off DELETE FROM wasmfn.ledger WHERE seq > 448"
refused 'a cut end' whole truncated 'ledger was truncated: this host knows row 450'
rec
is_rc 'reconcile says so' 16
like 'by name' "$out" 'truncated'
STATE=$T/none log_ --verify --json
is_rc 'a host that knows nothing cannot see it' 0
sql "INSERT INTO wasmfn.ledger SELECT 449, l.hash, sha256(convert_to(d, 'UTF8')), run, action, function, d FROM wasmfn.ledger l,
	LATERAL (SELECT (jsonb_set(jsonb_set(doc::jsonb, '{seq}', '449'), '{prev}', to_jsonb('sha256:' || encode(l.hash, 'hex'))) || '{\"reason\": \"x\"}')::text) v(d) WHERE l.seq = 448;
	INSERT INTO wasmfn.ledger SELECT 450, l.hash, sha256(convert_to(d, 'UTF8')), run, action, function, d FROM wasmfn.ledger l,
	LATERAL (SELECT (jsonb_set(jsonb_set(doc::jsonb, '{seq}', '450'), '{prev}', to_jsonb('sha256:' || encode(l.hash, 'hex'))))::text) v(d) WHERE l.seq = 449"
refused 'an end written again' whole rewritten 'ledger was rewritten: this host knows row 450'
restore at450
ins "$sub" third; is_rc 'the ledger goes on' 0
log_ --verify
is_rc 'and is whole' 0
restore at450
refused 'a backup' whole restored 'ledger was restored: this host knows row 451'
rec
is_rc 'reconcile: exit 16' 16
like 'reconcile names it' "$out" 'as from a backup'
rm -r "$T/state"
ins "$sub" third
is_rc 'once the memory is put aside install goes on' 0

# --- a server that does not say which one it is ------------------------------------
# the row made above keeps no evidence
wf remove wasm.other --reason x -f "$T/m.yaml" --target "$(conninfo deploy)"
for entry in "add $sub" "third $sub"; do
	printf -- '- {name: %s, ref: "%s", schema: wasm, export: add}\n' "${entry% *}" "${entry#* }"
done | manifest "$T/m.yaml"
rec
is_rc 'as it is wanted' 0
sql 'REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC'
rec
is_rc 'without its identifier reconcile cannot look into the memory of this host' 4
like 'and says so' "$out" 'D30.*local state.*pg_control_system'
for verb in status list; do
	wf "$verb" -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo reader)"
	is_rc "$verb" 4
done
log_ --verify --json
is_rc 'log --verify does not call it fine' 77
is 'reason' "$(jq -r .error.code <<< "$out")" privilege
log_
is_rc 'log shows the rows' 0
ins "$add" third
is_rc 'nothing is put on top' 77
like 'says what is missing' "$err" 'GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system'
wf remove wasm.third --reason x -f "$T/m.yaml" --target "$(conninfo deploy)"
is_rc 'remove neither' 77
wf quarantine wasm.third --reason x -f "$T/m.yaml" --target "$(conninfo deploy)"
is_rc 'quarantine goes before' 0
like 'with a warning' "$err" 'pg_control_system'
sql 'GRANT EXECUTE ON FUNCTION pg_control_system() TO PUBLIC'
ins "$sub" third
like 'with its identifier it is known again' "$rc $out" '^0 .*quarantine'
wf install --release wasm.third -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo deploy)"
is_rc 'and released' 0
done_testing
