#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# doctor --grants: what it prints is all that the roles need, and what
# they have too little or too much is named with the statement that cures it.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

start_db || exit 1
# back to a fresh database
sql 'DROP SCHEMA wasmfn; DROP OWNED BY deploy, wasm_authors, app_owner, wasmfn_reader;
	DROP ROLE wasmfn_reader'
policy "$T/policy.yaml" 'functions: {schemas: [wasm], owners: [app_owner], grantees: ["app_*"]}'
doctor() { wf doctor --policy "$T/policy.yaml" "$@"; }
here() { doctor --target "$(conninfo reader)" "$@"; }
bad() { jq -r '.checks[] | select(.what == "role" and .state == "bad") | .where + ": " + .says' <<< "$out"; }

here --json
like 'before: none of the roles' "$(jq -r '.checks[] | select(.what == "roles") | .state + " " + .says' <<< "$out")" '^note none of'
doctor --grants
is_rc 'doctor --grants' 0
grants=$out
is 'is nothing but SQL' "$(grep -cvE '^(--|CREATE|GRANT|REVOKE) ' <<< "$grants")" 0
ok 'which runs as it is' sql "$grants"
doctor --grants --json
is 'and stands in JSON' "$(jq -r '.grants[]' <<< "$out")" "$grants"
here --json
is 'nobody has too little or too much' "$rc$(bad)" 0

# --- it is enough ---------------------------------------------------------------
artifact add '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'
artifact sub '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.sub))'; sub=$ref
artifact add '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'
entry()
{
	manifest "$T/m.yaml" << END
- {name: add, ref: "$1", schema: wasm, owner: app_owner, grants: [app_reader], check: {args: [4, 0], expect: "4"}}
END
}
as() { wf "$2" "${@:3}" -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo "wasmfn_$1")"; }
entry "$ref"
as deployer install; is_rc 'the deployer installs' 0
entry "$sub"
as deployer install; is_rc 'replaces' 0
as deployer rollback wasm.add --reason test; is_rc 'rolls back' 0
run "$WASMFN" --store "$T/store" --state "$T/state" quarantine wasm.add --reason test -f "$T/m.yaml" --target "$(conninfo wasmfn_deployer)"
is_rc 'quarantines' 0
as deployer install --release wasm.add; is_rc 'and releases' 0
as reader reconcile; is_rc 'the reader reconciles' 0
as reader status; is_rc 'and looks' 0
is 'the auditor reads the ledger' "$(sql_as wasmfn_auditor 'SELECT count(*) > 3 FROM wasmfn.ledger')" t
is 'and asks where a function comes from' \
	"$(sql_as wasmfn_auditor "SELECT action FROM wasmfn.provenance('wasm.add(integer, integer)') LIMIT 1")" release
nok 'but no module' sql_as wasmfn_auditor 'SELECT 1 FROM wasm.module' 2> "$T/e"
entry "$ref"; as reader install; is_rc 'the reader does not install' 77
here --json
is 'nobody has too little or too much still' "$rc$(bad)" 0

# --- too little --------------------------------------------------------------------
# lacks ROLE STATEMENT WHAT: as it is told, and cured as it says
lacks()
{
	sql "$2"
	here --json
	is "$3: lack" "$rc $(jq -r .error.code <<< "$out")" '77 privilege'
	like "$3: named" "$(bad)" "^wasmfn_$1: as wasmfn_$1: lacks $3; "
	sql "$(bad | sed 's/.*lacks [^;]*; //')"
	here --json
	is "$3: cured as it says" "$rc$(bad)" 0
}
lacks reader 'REVOKE SELECT ON wasm.module FROM wasmfn_reader' 'SELECT on table wasm.module'
lacks deployer 'REVOKE EXECUTE ON FUNCTION wasm.replace_function FROM wasmfn_deployer' \
	'EXECUTE on function wasm.replace_function'
lacks auditor 'REVOKE SELECT ON wasmfn.ledger FROM wasmfn_auditor' 'SELECT on table wasmfn.ledger'
lacks auditor 'REVOKE USAGE ON SCHEMA wasmfn FROM wasmfn_auditor' 'USAGE on schema wasmfn'

# --- too much ----------------------------------------------------------------------
# excess ROLE STATEMENT WHAT
excess()
{
	sql "$2"
	here --json
	is "$3: excess" "$rc $(jq -r .error.code <<< "$out")" '2 drift'
	like "$3: named" "$(bad)" "(^|"$'\n'")$1: as wasmfn_[a-z]*: should not have $3; "
	sql "$(bad | sed 's/.*should not have [^;]*; //')"
	here --json
	is "$3: cured as it says" "$rc$(bad)" 0
}
excess wasmfn_reader 'GRANT EXECUTE ON FUNCTION wasm.create_function TO wasmfn_reader' \
	'EXECUTE on function wasm.create_function'
excess wasmfn_reader 'GRANT CREATE ON SCHEMA wasm TO wasmfn_reader' 'CREATE on schema wasm'
excess wasmfn_deployer 'GRANT UPDATE ON wasm.function_def TO wasmfn_deployer' 'UPDATE on table wasm.function_def'
excess wasmfn_auditor 'GRANT SELECT ON wasm.module TO wasmfn_auditor' 'SELECT on table wasm.module'
excess wasmfn_auditor 'GRANT INSERT ON wasmfn.ledger TO wasmfn_auditor' 'INSERT on table wasmfn.ledger'
excess wasmfn_nobody 'GRANT SELECT ON wasm.module TO wasmfn_nobody' 'SELECT on table wasm.module'
excess wasmfn_reader 'ALTER ROLE wasmfn_reader BYPASSRLS' BYPASSRLS
excess wasmfn_deployer 'ALTER ROLE wasmfn_deployer SUPERUSER' SUPERUSER
excess wasmfn_reader 'GRANT pg_read_server_files TO wasmfn_reader' 'membership in pg_read_server_files'
excess wasmfn_reader 'GRANT CREATE ON SCHEMA public TO PUBLIC' 'CREATE on schema public'
excess wasmfn_deployer 'GRANT CREATE ON DATABASE postgres TO wasmfn_deployer' 'CREATE on database'
sql 'REVOKE SELECT ON wasm.module FROM wasmfn_reader; GRANT UPDATE ON wasm.function_def TO wasmfn_deployer'
here --json
is 'one has too little and then one too much: the worse is told' \
	"$rc $(jq -r '.error.code + " " + .error.message' <<< "$out")" \
	'2 drift role wasmfn_deployer should not have UPDATE on table wasm.function_def'
sql 'GRANT SELECT ON wasm.module TO wasmfn_reader; REVOKE UPDATE ON wasm.function_def FROM wasmfn_deployer'
sql 'CREATE ROLE watch LOGIN; GRANT wasmfn_reader TO watch'
here --json
is 'a login role that is a member of one' "$rc$(bad)" 0
excess watch 'GRANT EXECUTE ON FUNCTION wasm.drop_function TO watch' 'EXECUTE on function wasm.drop_function'

# --- the command ----------------------------------------------------------------------
doctor --target "host=$T port=1 dbname=postgres user=reader" --json
is 'a server that is not there' "$rc $(jq -r '.checks[] | select(.what == "target") | .state' <<< "$out")" '69 bad'
doctor --grants --engine table --json
is 'an engine whose objects are not known says so' \
	"$(jq -r '.checks[] | select(.what == "grants") | .state' <<< "$out")" note
doctor --grants --engine nosuch --json
is 'and one that nobody knows is refused' "$rc $(jq -r '.error.code, (.grants | length)' <<< "$out" | tr '\n' ' ')" '64 usage 0 '

doctor --grants --engine 'table:app."m; x"(k,v)'
like 'a name in quotes is one name' "$out" 'GRANT SELECT ON TABLE app."m; x" TO wasmfn_reader;'
doctor --grants --engine 'table:app.m; DROP TABLE x(k,v)'
unlike 'and nothing else is taken into a statement' "$out" 'DROP'
done_testing
