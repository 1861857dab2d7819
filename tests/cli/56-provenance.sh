#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# wasmfn.provenance in SQL: who, what, when and signed by whom, for each
# overload, readable by the reader; and nobody who may create objects in a
# schema of the search path has any of it run theirs (CVE-2018-1058).
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

start_db || exit 1
ADD='(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'
artifact add "$ADD"; add=$ref add_module=$module
artifact long '(module (func (export "add") (param i64 i64) (result i64) local.get 0 local.get 1 i64.add))'
long=$ref long_module=$module
policy "$T/policy.yaml"
to=$(conninfo deploy)
ins() { wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$to"; }
entry() {
	manifest "$T/m.yaml" <<END
- {name: $1, ref: "$2", schema: wasm, export: add}
END
}
asks() { sql_as reader "SELECT $2 FROM wasmfn.provenance('$1')"; }

# --- who, what, when ----------------------------------------------------------
entry add "$add"
ins
is_rc 'install' 0
is 'what' "$(asks 'wasm.add(integer, integer)' 'seq, action, signature, module_digest')" \
	"1|create|wasm.add(integer, integer)|$add_module"
is 'which artifact' "$(asks 'wasm.add(int,int)' 'ref, manifest_digest')" "$add|${add#*@}"
is 'signed by whom' "$(asks 'wasm.add(int,int)' 'signed_by')" \
	"$(sql "SELECT doc::jsonb ->> 'signer' FROM wasmfn.ledger")"
isnt 'which is said' "$(asks 'wasm.add(int,int)' 'signed_by')" ''
is 'who' "$(asks 'wasm.add(int,int)' 'actor')" "deploy / $(id -un) (uid $(id -u))"
is 'when' "$(asks 'wasm.add(int,int)' "time BETWEEN now() - interval '5 min' AND now()")" t
is 'in which run, and its place in the chain' "$(asks 'wasm.add(int,int)' 'length(run), row_hash')" \
	"26|$(sql "SELECT encode(hash, 'hex') FROM wasmfn.ledger")"
is 'nothing about a function nobody installed' "$(asks 'wasm.none(int)' 'count(*)')" 0
is 'nothing about NULL' "$(sql_as reader 'SELECT count(*) FROM wasmfn.provenance(NULL)')" 0

# --- overloads -----------------------------------------------------------------
# the same name with other types, as a second manifest file of another run has it
sql 'ALTER FUNCTION wasm.add(int, int) RENAME TO kept'
entry add "$long"
ins
is_rc 'install with other types' 0
sql 'ALTER FUNCTION wasm.kept(int, int) RENAME TO add'
is 'one overload' "$(asks 'wasm.add(int,int)' 'seq, module_digest')" "1|$add_module"
is 'the other' "$(asks 'wasm.add(int8, int8)' 'seq, module_digest')" "2|$long_module"
is 'without types both, newest first' "$(asks wasm.add seq | tr '\n' ' ')" '2 1 '
is 'another name that begins so is neither' "$(asks wasm.ad 'count(*)')" 0
wf remove 'wasm.add(bigint, bigint)' --target "$to" --reason 'not needed'
is_rc 'remove one' 0
is 'its history stays' "$(asks 'wasm.add(bigint, bigint)' 'seq, action, reason' | tr '\n' ' ')" \
	'3|remove|not needed 2|create| '
is 'of that one alone' "$(asks 'wasm.add(int,int)' 'count(*)')" 1

# --- names that need quotes ----------------------------------------------------
sql 'CREATE SCHEMA "Odd schema"; GRANT USAGE, CREATE ON SCHEMA "Odd schema" TO deploy; GRANT USAGE ON SCHEMA "Odd schema" TO reader'
manifest "$T/m.yaml" <<END
- {name: 'a"b', ref: "$add", schema: Odd schema, export: add}
END
ins
is_rc 'install with a name in quotes' 0
is 'is found as SQL writes it' "$(asks '"Odd schema"."a""b"(int, int)' 'seq, signature')" \
	'4|"Odd schema"."a""b"(integer, integer)'

# --- whose rights ---------------------------------------------------------------
is 'runs with the rights of who asks' "$(sql "SELECT prosecdef, proconfig FROM pg_proc WHERE oid = 'wasmfn.provenance'::regproc")" \
	'f|{"search_path=pg_catalog, pg_temp"}'
nok 'a role that may not read the ledger gets nothing' \
	sql_as app_other "SELECT * FROM wasmfn.provenance('wasm.add')" 2> "$T/e"
sql 'ALTER ROLE app_other LOGIN; GRANT USAGE ON SCHEMA wasmfn TO app_other'
nok 'nor with the schema' sql_as app_other "SELECT * FROM wasmfn.provenance('wasm.add')" 2> "$T/e"
like 'for want of EXECUTE' "$(cat "$T/e")" 'permission denied for function'
sql 'GRANT EXECUTE ON FUNCTION wasmfn.provenance(text) TO app_other'
nok 'nor with EXECUTE' sql_as app_other "SELECT * FROM wasmfn.provenance('wasm.add')" 2> "$T/e"
like 'for want of SELECT' "$(cat "$T/e")" 'permission denied for table'
sql 'ALTER FUNCTION wasmfn.provenance(text) SECURITY DEFINER'
entry add3 "$add"
ins
is_rc 'the next install' 0
is 'makes it again as it was' "$(sql "SELECT prosecdef FROM pg_proc WHERE oid = 'wasmfn.provenance'::regproc")" f

# --- CVE-2018-1058 ---------------------------------------------------------------
# Mallory may create in a schema that comes first in everybody's search path,
# and leaves there what an unqualified name or operator would find: each one
# says who ran it.
sql "
	CREATE ROLE mallory LOGIN; CREATE SCHEMA trap AUTHORIZATION mallory;
	GRANT USAGE ON SCHEMA trap TO PUBLIC;
	CREATE TABLE public.caught (who name, what text); GRANT INSERT ON public.caught TO PUBLIC;
	GRANT CREATE, USAGE ON SCHEMA public TO mallory;
	ALTER DATABASE postgres SET search_path = trap, public, pg_catalog"
for f in 'strpos(text, text) int' 'left(text, int) text' 'length(text) int' 'replace(text, text, text) text' \
	'lower(text) text' 'coalesced(text) text' 'encode(bytea, text) text' 'sha256(bytea) bytea' \
	'convert_to(text, name) bytea' 'format_type(oid, int) text' 'string_agg2(text) text' \
	'to_regprocedure(text) regprocedure' 'set_config(text, text, boolean) text' \
	'current_database() name' 'pg_is_in_recovery() boolean' 'has_function_privilege(text, text) boolean' \
	'pg_try_advisory_xact_lock_shared(int, int) boolean' \
	'to_char(timestamptz, text) text' 'clock_timestamp() timestamptz' 'pg_get_userbyid(oid) name' \
	'has_table_privilege(oid, text) boolean' 'pg_has_role(oid, text) boolean' 'aclexplode(aclitem[]) text' \
	'jsonb_array_elements_text(jsonb) text' 'format(text, text) text' 'quote_ident(text) text'; do
	sql_as mallory "CREATE FUNCTION trap.${f%)*}) RETURNS ${f##*) } LANGUAGE plpgsql AS
		'BEGIN INSERT INTO public.caught VALUES (current_user, ''${f%%(*}''); RETURN NULL; END'" ||
		diag "no trap: $f"
done
n=0
for o in '= text text boolean' '= name text boolean' '= int8 int8 boolean' '= oid oid boolean' \
	'= bytea bytea boolean' '<> text text boolean' '|| text text text' '~ text text boolean' \
	'->> jsonb text text' '#>> jsonb text[] text' '> int8 int8 boolean' '+ int4 int4 int4' '= char "char" boolean'; do
	read -r op l r t <<< "$o"
	n=$((n + 1))
	sql_as mallory "
		CREATE FUNCTION trap.op$n(\"$l\", $r) RETURNS $t LANGUAGE plpgsql AS
			'BEGIN INSERT INTO public.caught VALUES (current_user, ''$op''); RETURN NULL; END';
		CREATE OPERATOR trap.$op (LEFTARG = \"$l\", RIGHTARG = $r, FUNCTION = trap.op$n)" ||
		diag "no trap: $o"
done
sql_as mallory "CREATE TABLE trap.ledger AS SELECT 1 AS seq; CREATE VIEW trap.pg_proc AS SELECT 1 AS oid;
	CREATE VIEW trap.pg_roles AS SELECT 1 AS oid"
isnt 'the traps are laid' "$(sql "SELECT count(*) FROM pg_operator WHERE oprnamespace OPERATOR(pg_catalog.=) 'trap'::regnamespace")" 0
sql_as deploy "SELECT 'a'::text || 'b'::text" > /dev/null
is 'and one is sprung by who does not look' \
	"$(sql "SELECT count(*) > 0 FROM public.caught WHERE who OPERATOR(pg_catalog.=) 'deploy'")" t
sql 'TRUNCATE public.caught'
for who in reader postgres; do
	is "$who asks" "$(sql_as $who "SELECT count(*) FROM wasmfn.provenance('wasm.add(int,int)')")" 1
	is "$who asks without types" "$(sql_as $who "SELECT count(*) FROM wasmfn.provenance('wasm.add')")" 3
done
entry add2 "$add"
ins
is_rc 'install' 0
wf reconcile -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo reader)"
is_rc 'reconcile compares' 2
wf remove wasm.add2 -f "$T/none.yaml" --target "$to" --reason x
wf remove wasm.add2 --target "$to" --reason x
is_rc 'remove' 0
is 'nobody was caught' "$(sql 'SELECT who, what, count(*) FROM public.caught GROUP BY 1, 2')" ''
done_testing
