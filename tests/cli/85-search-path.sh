#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# CVE-2018-1058 and its like: functions, operators, types and tables planted
# in public, in a schema that comes first in search_path, and beside the
# engine's own functions must change nothing that wasmfn sees or does.  What is
# planted raises an error that names it, so one call of it fails a test.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

start_db || exit 1
artifact add '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'; add=$ref
artifact sub '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.sub))'; sub=$ref
policy "$T/policy.yaml" 'functions: {schemas: [wasm], untrusted: deny}'
entry()
{
	manifest "$T/m.yaml" << END
- {name: add, ref: "$1", schema: wasm, args: [int4, int4], owner: app_owner, grants: [app_reader], comment: x}
END
}
as() { wf "$2" "${@:3}" -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo "$1")"; }
by_name() { wf "$1" "${@:2}" -f "$T/m.yaml" --target "$(conninfo deploy)"; }

sql 'CREATE ROLE mallory LOGIN; CREATE SCHEMA evil; GRANT USAGE ON SCHEMA evil TO PUBLIC;
	GRANT CREATE ON SCHEMA public, evil TO mallory'

# plant SCHEMA: as mallory
plant()
{
	sql_as mallory "
		SET search_path = pg_catalog;
		CREATE FUNCTION $1.boom(what text) RETURNS bool LANGUAGE plpgsql AS
			'BEGIN RAISE EXCEPTION ''planted: %'', what; END';
		GRANT EXECUTE ON FUNCTION $1.boom TO PUBLIC;
		DO \$do\$
		DECLARE
			f record;
			o text;
			t text;
		BEGIN
			-- every function of pg_catalog that the program calls, word for word
			FOR f IN SELECT DISTINCT p.proname, p.oid, pg_get_function_identity_arguments(p.oid) AS args,
				pg_get_function_result(p.oid) AS result
				FROM pg_proc p WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f'
				AND NOT p.proretset AND p.provariadic = 0 AND NOT 'internal'::regtype = ANY (p.proargtypes::oid[])
				AND p.prorettype NOT IN ('internal'::regtype, 'trigger'::regtype, 'event_trigger'::regtype,
					'anyelement'::regtype, 'anyarray'::regtype)
				AND pg_get_function_identity_arguments(p.oid) !~ '\\m(any|internal|cstring)|\"any\"|OUT'
				AND pg_get_function_result(p.oid) !~ 'any|cstring'
				AND p.proname = ANY (regexp_split_to_array('sha256 encode length left upper substr strpos
					split_part starts_with pg_get_userbyid has_table_privilege has_schema_privilege
					has_function_privilege has_database_privilege pg_has_role current_database
					pg_is_in_recovery set_config to_char timezone clock_timestamp convert_to replace
					to_regtype to_regprocedure format_type quote_ident pg_describe_object
					pg_advisory_xact_lock pg_try_advisory_xact_lock_shared acldefault format
					pg_get_expr', '\\s+')::text[])
			LOOP
				EXECUTE format('CREATE FUNCTION $1.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', f.proname,
					f.args, f.result, 'BEGIN RAISE EXCEPTION ''planted: ' || f.proname || '''; END');
				EXECUTE format('GRANT EXECUTE ON FUNCTION $1.%I(%s) TO PUBLIC', f.proname, f.args);
			END LOOP;
			FOREACH t IN ARRAY ARRAY['text', 'name', 'oid', 'bytea', 'int8', 'int4', '\"char\"', 'bool', 'jsonb'] LOOP
				EXECUTE format('CREATE FUNCTION $1.op(a %1\$s, b %1\$s) RETURNS bool LANGUAGE sql AS %2\$L', t,
					'SELECT $1.boom(''operator'')');
				FOREACH o IN ARRAY ARRAY['=', '<>', '||', '+', '->>', '#>>', '~', '>', '<'] LOOP
					EXECUTE format('CREATE OPERATOR $1.%s (LEFTARG = %s, RIGHTARG = %2\$s, FUNCTION = $1.op)', o, t);
				END LOOP;
			END LOOP;
			FOREACH t IN ARRAY ARRAY['text', 'oid', 'jsonb', 'bytea', 'bool', 'int4', 'int8', 'name', 'regprocedure', 'regclass'] LOOP
				EXECUTE format('CREATE DOMAIN $1.%I AS pg_catalog.int2 CHECK ($1.boom(''type''))', t);
			END LOOP;
			FOREACH t IN ARRAY ARRAY['pg_proc', 'pg_namespace', 'pg_extension', 'pg_roles', 'pg_language',
				'pg_class', 'pg_depend', 'pg_settings', 'pg_database', 'module', 'function_def', 'ledger'] LOOP
				EXECUTE format('CREATE TABLE $1.%I (oid pg_catalog.oid)', t);
				EXECUTE format('GRANT ALL ON $1.%I TO PUBLIC', t);
			END LOOP;
		END \$do\$" > "$T/planted" 2>&1 || fail "planted in $1" "$(cat "$T/planted")"
}
plant public
plant evil
is 'what is planted is there' "$(sql "SELECT count(*) > 60 FROM pg_proc WHERE pronamespace = 'evil'::regnamespace")" t
nok 'and is called by who is not careful' sql_as deploy \
	"SET search_path = evil, pg_catalog; SELECT sha256('x'::pg_catalog.bytea)" 2> "$T/e"
like 'as it says' "$(cat "$T/e")" 'planted: sha256'

# round NAME: everything, from nothing to nothing
round()
{
	entry "$add"
	as deploy plan --json; is "$1: plan" "$rc $(jq -r '.steps[0].action' <<< "$out")" '0 create'
	as deploy install; is_rc "$1: install" 0
	is "$1: the module is the one that was signed" \
		"$(sql "SELECT pg_catalog.encode(pg_catalog.sha256(m.bytes), 'hex') FROM wasm.module m")" \
		"$(sha256sum < "$T/art/add.wasm" | cut -d' ' -f1)"
	as reader reconcile --json
	is "$1: reconcile" "$rc $(jq -r '.targets[0].state' <<< "$out")" '0 in_sync'
	entry "$sub"; as deploy install; is_rc "$1: replace" 0
	sql 'CREATE VIEW wasm.uses AS SELECT wasm.add(1, 2)'
	entry "$add"; as deploy plan --json
	is "$1: dependents" "$rc $(jq -r '.dependents[0].object' <<< "$out")" '0 rule _RETURN on view wasm.uses'
	as deploy rollback wasm.add --reason test; is_rc "$1: rollback" 0
	by_name quarantine wasm.add --reason test; is_rc "$1: quarantine" 0
	is "$1: nobody has EXECUTE" "$(sql "SELECT pg_catalog.has_function_privilege('app_reader', 'wasm.add(int4,int4)', 'EXECUTE')")" f
	as deploy install --release wasm.add; is_rc "$1: release" 0
	is "$1: app_reader has EXECUTE" "$(sql "SELECT pg_catalog.has_function_privilege('app_reader', 'wasm.add(int4,int4)', 'EXECUTE')")" t
	wf doctor --target "$(conninfo reader)" --policy "$T/policy.yaml" --json
	is "$1: doctor looks" "$(jq -r '[.checks[] | select(.what == "target" or .what == "untrusted function")] | length' <<< "$out")" 0
	sql 'DROP VIEW wasm.uses'
	sql "UPDATE pg_catalog.pg_proc SET prosecdef = true WHERE proname OPERATOR(pg_catalog.=) 'add' AND pronamespace OPERATOR(pg_catalog.=) 'wasm'::pg_catalog.regnamespace"
	as reader reconcile --json
	is "$1: tampering is seen" "$rc $(jq -r '[.findings[].id] | unique | join(" ")' <<< "$out")" '2 D09'
	by_name remove wasm.add --reason test; is_rc "$1: remove" 0
	unlike "$1: nothing planted was called" "$(grep -h planted: "$db_log" | grep -v STATEMENT | tail -1 | grep -v sha256)" 'planted'
	sql 'DROP SCHEMA wasmfn CASCADE; CREATE SCHEMA wasmfn AUTHORIZATION deploy' 2> "$T/e"
	rm -rf "$T/state"
}
round 'planted in public'

sql 'ALTER ROLE deploy SET search_path = evil, public, pg_catalog; ALTER ROLE reader SET search_path = evil, public, pg_catalog'
is 'the path of the session begins with it' "$(sql_as deploy 'SHOW search_path')" 'evil, public, pg_catalog'
round 'first in search_path'

# --- beside the engine's own functions -----------------------------------------------------
sql 'ALTER ROLE deploy RESET search_path; ALTER ROLE reader RESET search_path; GRANT CREATE ON SCHEMA wasm TO mallory'
entry "$add"
as deploy install
is_rc 'installed' 0
sql_as mallory "
	CREATE FUNCTION wasm.replace_function(function_name varchar, wasm_module bytea, config jsonb)
		RETURNS regprocedure LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''planted: replace''; END';
	CREATE FUNCTION wasm.drop_function(function_name varchar)
		RETURNS void LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''planted: drop''; END'"
entry "$sub"
as deploy install
is_rc 'overloads beside the engine'"'"'s functions: the exact one is called' 0
as reader reconcile --json
is 'and reconcile says that they are there' "$rc $(jq -r '[.findings[] | select(.id == "D16") | .object] | join(", ")' <<< "$out")" \
	'16 function wasm.drop_function, function wasm.replace_function'
# one that differs only in a default cannot be told from the engine's own
sql_as mallory "
	CREATE FUNCTION wasm.replace_function(function_name text, wasm_module bytea, config jsonb, more int DEFAULT 1)
		RETURNS regprocedure LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''planted: replace''; END'"
entry "$add"
as deploy install
is_rc 'an overload with a default' 76
like 'is called by nobody' "$err" 'not unique'
is 'and nothing was changed' "$(sql 'SELECT wasm.add(5, 3)')" 2
by_name remove wasm.add --reason test
is_rc 'remove' 0

# --- the ledger's own ------------------------------------------------------------------------
is 'no function of wasmfn runs with its owner'"'"'s rights or another path' \
	"$(sql "SELECT count(*) FROM pg_catalog.pg_proc p WHERE pronamespace OPERATOR(pg_catalog.=) 'wasmfn'::pg_catalog.regnamespace AND (prosecdef OR NOT coalesce(proconfig OPERATOR(pg_catalog.@>) ARRAY['search_path=pg_catalog, pg_temp'], false))")" 0
nok 'nobody else creates beside the ledger' sql_as mallory 'CREATE TABLE wasmfn.x ()' 2> "$T/e"

done_testing
