#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Behind a pooler in transaction mode: each transaction brings its settings,
# and leaves none in a session that others get next.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

start_db || exit 1
pool=$T/pool
mkdir "$pool"
python3 "$DB_TOP/tests/lib/pgpooler.py" "$pool/.s.PGSQL.$db_port" "$db_host/.s.PGSQL.$db_port" \
	"$pool/flag" < /dev/null > "$pool/log" 2>&1 &
at_exit kill $!
wait_for 10 test -e "$pool/flag.ready"
pooled() { printf 'host=%s port=%s dbname=postgres user=%s' "$pool" "$db_port" "$1"; }
artifact add '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'
policy "$T/policy.yaml"
manifest "$T/m.yaml" <<END
- {name: add, ref: "$ref", schema: wasm, args: [int, int], comment: "one"}
END
# what a session would bring along, and what an unqualified name would find
sql "CREATE SCHEMA trap; GRANT USAGE ON SCHEMA trap TO PUBLIC; CREATE DOMAIN trap.int AS text;
	ALTER ROLE deploy SET search_path = trap, pg_catalog; ALTER ROLE reader SET search_path = trap, pg_catalog"
is 'the pooler changes sessions' "$(psql -XqAt -d "$(pooled deploy)" -c 'SELECT pg_backend_pid()' -c 'SELECT pg_backend_pid()' | sort -u | wc -l)" 2
wf install -v -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(pooled deploy)"
is_rc 'install' 0
like 'says that a pooler is there' "$err" 'a pooler is in between'
is 'the function has the types that were meant' "$(sql "SELECT pg_get_function_arguments('wasm.add'::regproc), wasm.add(40, 2)")" 'integer, integer|42'
wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(pooled deploy)"
like 'again: nothing to do' "$out" 'nothing to do'
wf reconcile -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(pooled reader)"
is_rc 'reconcile' 0
wf log --verify --target "$(pooled reader)"
is_rc 'log --verify' 0
wf install -v -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo deploy)"
unlike 'without one nothing is said' "$err" 'a pooler is in between'
# what is asked after the snapshot is in its transaction too
sql "CREATE FUNCTION trap.native(float8) RETURNS float8 LANGUAGE internal AS 'dsqrt'"
wf plan --json -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(pooled deploy)"
is 'plan names a function by its schema' "$rc $(jq -r '.untrusted[].function' <<< "$out")" '0 trap.native(double precision)'
wf doctor --json --target "$(pooled reader)"
is 'and so does doctor' "$(jq -r '.checks[] | select(.what == "untrusted function") | .where' <<< "$out")" 'trap.native(double precision)'
# in the words of the program itself: no setting for longer than a transaction
sql "ALTER SYSTEM SET log_statement = 'all'"
sql 'SELECT pg_reload_conf()' > /dev/null
wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(pooled deploy)"
is_rc 'with statements logged' 0
is 'nothing is set for a session' "$(grep -c "deploy@.*set_config([^)]*, false)" "$db_log")" 0
isnt 'but for transactions' "$(grep -c "deploy@.*set_config([^)]*, true)" "$db_log")" 0
# with every statement in the log: which engine is there is one question
wf list -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo reader)"
is 'engines are looked for in one round trip' \
	"$(grep -cE 'reader@.*(wasm_fdw_handler|pgwasm|wasm_new_instance)' "$db_log")" 1
done_testing
