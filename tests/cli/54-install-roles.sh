#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The SQL of wasmfn(1), DATABASE ROLES, as printed is all that a deployer and a
# reader need.
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
# block N: the N-th display of the section
block() {
	sed -n '/^.Sh DATABASE ROLES/,/^.Sh EXIT/p' "$DB_TOP/man/wasmfn.1" |
		awk -v n="$1" '/^\.Bd/ { i++; on = 1; next } /^\.Ed/ { on = 0 } on && i == n'
}
ok 'the first block runs' sql "$(block 1)"
ok 'the second block runs' sql "$(block 2)"
ok 'the third block runs' sql "$(block 3)"
artifact add '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'
policy "$T/policy.yaml"
manifest "$T/m.yaml" <<END
- {name: add, ref: "$ref", schema: wasm, owner: app_owner, grants: [app_reader], check: {args: [4, 2], expect: "6"}}
END
wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo wasmfn_deployer)"
is_rc 'install as wasmfn_deployer' 0
wf reconcile -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo wasmfn_reader)"
is_rc 'reconcile as wasmfn_reader' 0
sql 'CREATE ROLE other_reader LOGIN; GRANT SELECT ON wasm.module, wasm.function_def TO other_reader'
wf reconcile -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo other_reader)"
is_rc 'another reader is not told that all is well' 4
ok 'the fourth block runs, by the owner' sql_as wasmfn_deployer "$(block 4)"
wf reconcile -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo other_reader)"
is_rc 'and then it is' 0
is 'neither is a superuser' "$(sql "SELECT count(*) FROM pg_roles WHERE rolsuper AND rolname <> 'postgres'")" 0
done_testing
