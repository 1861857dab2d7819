#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The `check` of a manifest entry: a call before COMMIT, as a role without
# rights, whatever stands behind the function's types.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

start_db || exit 1
artifact add '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'; add=$ref
artifact sub '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.sub))'; sub=$ref
artifact trap '(module (func (export "add") (param i32 i32) (result i32) unreachable))'; trap=$ref
# gives its text back
ECHO='(module (memory (export "memory") 1) (global $top (mut i32) (i32.const 8))
	(func (export "alloc") (param i32) (result i32) (local i32) global.get $top local.set 1
		global.get $top local.get 0 i32.add global.set $top local.get 1)
	(func (export "same") (param i32 i32) (result i64)
		local.get 0 i64.extend_i32_u i64.const 32 i64.shl local.get 1 i64.extend_i32_u i64.or))'
artifact echo "$ECHO"; same=$ref
policy "$T/policy.yaml" 'functions: {definer: allow}'
to=$(conninfo deploy)
entry() # REF CHECK [MORE]
{
	manifest "$T/m.yaml" << END
- name: add
  ref: $1
  schema: wasm
  args: [int4, int4]
  check: $2
${3-}
END
}
entry_same() # TYPE CHECK [MORE]
{
	manifest "$T/m.yaml" << END
- {name: "${1#evil.}", export: same, ref: "$same", schema: wasm, args: ["$1"], returns: "$1", check: $2${3-}}
END
}
act() { wf "$1" --json -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$to" "${@:2}"; }
code() { jq -r '.error.code // "none"' <<< "$out"; }
message() { jq -r .error.message <<< "$out"; }
there() { sql "SELECT count(*) FROM pg_proc WHERE pronamespace = 'wasm'::regnamespace AND proname = 'add'"; }
rows() { sql "SELECT count(*) FROM wasmfn.ledger" 2> "$T/e" || echo none; }

# --- the role -----------------------------------------------------------------
entry "$add" '{args: [40, 2], expect: "42"}'
act plan
is 'without the role' "$rc $(code)" '77 privilege'
like 'it is named' "$(message)" 'wasmfn_nobody, which does not exist'
like 'and where its SQL is' "$(jq -r .error.hint <<< "$out")" 'doctor --grants'
sql 'CREATE ROLE wasmfn_nobody'
act plan
is 'a role that the session may not act as' "$rc $(code)" '77 privilege'
sql 'GRANT wasmfn_nobody TO deploy; GRANT app_reader TO wasmfn_nobody'
act install
is 'a role that is a member of another' "$rc $(code) $(there)" '77 privilege 0'
like 'is no role without rights' "$(message)" 'has rights'
sql 'REVOKE app_reader FROM wasmfn_nobody; GRANT SELECT ON wasm.module TO wasmfn_nobody'
act install
is 'one that may read a table' "$rc $(code) $(there)" '77 privilege 0'
sql 'REVOKE SELECT ON wasm.module FROM wasmfn_nobody; ALTER ROLE wasmfn_nobody CREATEDB'
act install
is 'one that may create databases' "$rc $(code) $(there)" '77 privilege 0'
sql 'ALTER ROLE wasmfn_nobody NOCREATEDB; REVOKE USAGE ON SCHEMA wasm FROM PUBLIC; GRANT USAGE ON SCHEMA wasm TO wasm_authors'
act install
is 'one that may not use the schema' "$rc $(code) $(there)" '77 privilege 0'
like 'is told' "$(message)" 'check of wasm.add: role wasmfn_nobody has no USAGE'
sql 'GRANT USAGE ON SCHEMA wasm TO wasmfn_nobody'

# --- the call -----------------------------------------------------------------
act plan
is 'the plan says that there will be one' \
	"$rc $(jq -r '.steps[-1] | .action + " " + .function + .to + " " + .sql_class' <<< "$out")" \
	'0 check wasm.add(integer, integer)(40, 2) = 42 call'
wf plan -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$to" -o "$T/plan.json"
like 'to people too' "$out" '\? check +\(40, 2\) = 42'
is 'a plan calls nothing' "$(grep -c 'pg_wasm: call' "$db_log")" 0
wf apply --policy "$T/policy.yaml" --target "$to" "$T/plan.json"
is_rc 'the right answer' 0
is 'one call' "$(grep 'pg_wasm: call' "$db_log" | grep -o 'function="[^"]*"')" 'function="wasm.add(integer,integer)"'
is 'nothing of it is left' "$(sql "SELECT to_regprocedure('wasmfn.first_call(text)') IS NULL, has_function_privilege('wasmfn_nobody', 'wasm.add(int, int)', 'EXECUTE'), has_schema_privilege('wasmfn_nobody', 'wasmfn', 'CREATE')")" 't|f|f'
act install
is 'nothing to do, no call' "$rc $(jq -r '.steps[0].action' <<< "$out") $(grep -c 'pg_wasm: call' "$db_log")" '0 none 1'

before="$(rows) $(sql 'SELECT wasm.add(5, 3)')"
refused() # NAME WHAT
{
	is "$1" "$rc $(code)" '1 check-failed'
	like "$1: named" "$(message)" "^check of wasm.[a-z]*: $2"
	is "$1: all is as it was" "$(rows) $(sql 'SELECT wasm.add(5, 3)')" "$before"
}
entry "$sub" '{args: [40, 2], expect: "42"}'; act install
refused 'another answer' 'expected "42", found "38"$'
entry "$trap" '{args: [1, 1]}'; act install
refused 'a trap' '.*unreachable'
entry "$sub" '{args: [1, null], expect: "1"}'; act install
refused 'NULL where a text is expected' 'expected "1", found NULL$'
entry "$sub" '{args: [x, 1], expect: "1"}'; act install
refused 'a value that is none of its type' '.*22P02'
entry "$sub" '{args: [1], expect: "1"}'; act install
is 'one value too few' "$rc $(code)" '65 plan-refused'
entry "$sub" '{args: [40, 2], expect: "38"}'; act install
is 'the answer of the other module' "$rc $(sql 'SELECT wasm.add(5, 3)')" '0 2'
entry "$add" '{args: [~, 2], expect: ~}' $'  security: definer\n  owner: app_owner'
act install
is 'NULL is NULL' "$rc $(sql 'SELECT wasm.add(5, 3)')" '0 8'
is 'and a function with its owner'"'"'s rights stays one' \
	"$(sql "SELECT prosecdef FROM pg_proc WHERE oid = 'wasm.add'::regproc")" t
entry_same text "{args: [\"it's %s \\\\ \$1\"], expect: \"it's %s \\\\ \$1\"}"; act install
is_rc 'any text' 0
entry_same bytea '{args: ["\\x00ff"], expect: "\\x00ff"}'; act install
is_rc 'any bytes, as the server writes them' 0

# --- who stands behind a type ---------------------------------------------------
sql 'CREATE ROLE mallory LOGIN; CREATE SCHEMA evil AUTHORIZATION mallory; GRANT USAGE ON SCHEMA evil TO PUBLIC'
sql_as mallory "
	CREATE TABLE evil.taken (who text);
	GRANT ALL ON evil.taken TO PUBLIC;
	CREATE FUNCTION evil.later() RETURNS trigger LANGUAGE plpgsql AS
		'BEGIN RAISE EXCEPTION ''ran later as %'', current_user; END';
	CREATE CONSTRAINT TRIGGER later AFTER INSERT ON evil.taken DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION evil.later();
	CREATE FUNCTION evil.attempt(what text) RETURNS text LANGUAGE plpgsql AS
		'BEGIN EXECUTE what; RETURN current_user; EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE; END';
	CREATE FUNCTION evil.spy(loud bool) RETURNS bool LANGUAGE plpgsql AS \$\$
	DECLARE
		w text;
		said text := session_user || ' ' || current_user || ' ' || current_setting('search_path') || ' '
			|| current_setting('statement_timeout') || ' ' || current_setting('transaction_read_only');
	BEGIN
		FOREACH w IN ARRAY ARRAY['RESET ROLE', 'SET ROLE NONE', 'SET LOCAL ROLE deploy',
			'SET SESSION AUTHORIZATION DEFAULT', 'RESET SESSION AUTHORIZATION',
			'SET LOCAL transaction_read_only = off', 'COMMIT', 'ROLLBACK TO SAVEPOINT wasmfn_first_call',
			'RELEASE SAVEPOINT wasmfn_first_call', 'CREATE TABLE public.t ()', 'CREATE TEMP TABLE t ()',
			'INSERT INTO evil.taken VALUES (current_user)', 'GRANT deploy TO mallory',
			'SELECT 1 FROM wasmfn.ledger', 'SELECT 1 FROM wasm.module',
			'ALTER FUNCTION wasm.add(int, int) OWNER TO mallory'] LOOP
			said := said || ' ' || evil.attempt(w);
		END LOOP;
		IF loud THEN
			RAISE EXCEPTION '%', said;
		END IF;
		-- what a rollback must take back
		PERFORM pg_catalog.set_config('search_path', 'evil', false), pg_catalog.set_config('statement_timeout', '0', false);
		PERFORM 1 FROM pg_catalog.pg_cursors WHERE name = 'kept';
		IF FOUND THEN
			RETURN true;
		END IF;
		EXECUTE 'DECLARE kept CURSOR WITH HOLD FOR SELECT evil.attempt(''INSERT INTO evil.taken VALUES (current_user)'')';
		RETURN true;
	END \$\$;
	CREATE FUNCTION evil.nobody() RETURNS bool LANGUAGE sql AS 'SELECT current_user = ''wasmfn_nobody''';
	CREATE DOMAIN evil.asks AS text CHECK (evil.nobody());
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA evil TO PUBLIC;
	CREATE DOMAIN evil.loud AS text CHECK (evil.spy(true));
	CREATE DOMAIN evil.quiet AS text CHECK (evil.spy(false))"
is 'whoever runs it by hand is robbed' "$(sql_as deploy "BEGIN; SET LOCAL ROLE wasmfn_nobody; SELECT evil.attempt('RESET ROLE'); ROLLBACK")" deploy
before="$(rows) $(sql 'SELECT wasm.add(5, 3)')"
entry_same evil.loud '{args: [x]}'
act install
refused 'a type with somebody'"'"'s SQL behind it' \
	'server: deploy wasmfn_nobody pg_catalog, pg_temp 5s on( 42501){5} 25001( 0A000){3}( 25006){4}( 42501){2} 25006 \(P0001\)$'
entry_same evil.quiet '{args: [x], expect: x}'
act install
is 'one that is silent' "$rc$(message)" 0null
is 'took nothing' "$(sql 'SELECT count(*) FROM evil.taken')" 0
act install
is 'and what came after was in order' "$rc $(jq -r '.steps[0].action' <<< "$out")" '0 none'
entry_same evil.asks '{args: [x]}' ', security: definer, owner: app_owner'
act install
is 'a function with its owner'"'"'s rights has none in its check' "$rc$(message)" 0null
unlike 'nothing ran later' "$(cat "$db_log")" 'ran later'

done_testing
