# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # for tests/lib/conform.sh
E=pgwasm
FN=pgwasm.greet
CLEAN=in_sync
ONE=1
QUARANTINE=1
MORE='  limits: {max_memory_bytes: 1048576, fuel_per_call: 5000}'

roles()
{
	sql 'GRANT CREATE ON SCHEMA pgwasm TO app_other'
}

quarantined()
{
	is 'not even the owner may call it' \
		"$(sql "SELECT has_function_privilege('deploy', 'pgwasm.greet__add(int,int)', 'EXECUTE')")" f
}

make_ab()
{
	component a add
	ref_a=$ref mod_a=$module
	component b $'add\nsecond'
	ref_b=$ref mod_b=$module
	policy "$T/policy.yaml" 'capabilities:
  - match: ["oci:**"]
    module: {kinds: [core, component]}'
}

busy() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'app_reader' AND state = 'active'")" = 1 ]; }

wrapper_back="UPDATE pg_proc SET prolang = (SELECT oid FROM pg_language WHERE lanname = 'c'),
	probin = '\$libdir/pgwasm', prosrc = 'pgwasm_udf_trampoline'
	WHERE oid = 'pgwasm.greet__add(int,int)'::regprocedure"

gone() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'deploy'")" = 0 ]; }

# The connection ends at each step of an upgrade: the old module or the new one.
lost()
{
	local a=$mod_a to

	claim "$2"
	for to in 'drop pgwasm_reload 0' 'drop COMMIT\x00 0' 'drop COMMIT\x00 1'; do
		# shellcheck disable=SC2086
		start_proxy $to
		wf install --json -f "$T/m.yaml" --policy "$T/policy.yaml" --engine "$E" --target "$(through deploy)"
		wait_for 10 gone
		is "lost: $to" "$rc $(sql "SELECT 'sha256:' || encode(digest, 'hex') FROM pgwasm.modules")" "69 $a"
		claim "$1"
		as_it_should "the old one: $to"
		claim "$2"
	done
	start_proxy deaf 'COMMIT\x00' 1
	wf install --json -f "$T/m.yaml" --policy "$T/policy.yaml" --engine "$E" --target "$(through deploy)"
	wait_for 10 gone
	is 'COMMIT of the module not answered' "$rc $(head_row)" "69 replace $mod_b"
	like 'what was not looked at is said' "$(q .error.message)" 'committed'
	as_it_should 'the new one'
	claim "$1"
	ins
	is 'and back' "$rc $(head_row)" "0 replace $mod_a"
}

tampers()
{
	local a b dir=pgwasm/0000000000000001 was cwasm

	a="'\\x$(od -An -v -tx1 "$T/art/a.wasm" | tr -d ' \n')'::bytea"
	b="'\\x$(od -An -v -tx1 "$T/art/b.wasm" | tr -d ' \n')'::bytea"
	cwasm="convert_to('native ', 'UTF8') || sha256($a)"
	is 'an intent stands before what was done' \
		"$(sql "SELECT string_agg(action || coalesce(' ' || (doc::jsonb ->> 'reason'), ''), ', ' ORDER BY seq) FROM wasmfn.ledger")" \
		'intent create, create'
	is 'all four limits were sent' "$(sql 'SELECT limits FROM pgwasm.modules')" \
		'{"max_memory_pages": 16, "fuel_per_invocation": 5000, "instances_per_module": 1, "invocation_deadline_ms": 5000}'
	is 'PUBLIC may not call it' "$(sql "SELECT has_function_privilege('app_other', 'pgwasm.greet__add(int,int)', 'EXECUTE')")" f
	tamper 'module.wasm' "SELECT pgwasm_standin.write(1, 'module.wasm', $b)" \
		"SELECT pgwasm_standin.write(1, 'module.wasm', $a)" 16 drift 'D01 D02'
	tamper 'module.cwasm, which is what runs' "SELECT pgwasm_standin.write(1, 'module.cwasm', $b)" \
		"SELECT pgwasm_standin.write(1, 'module.cwasm', $cwasm)" 16 drift D01
	tamper 'module.cwasm cut short' "SELECT pgwasm_standin.write(1, 'module.cwasm', '')" \
		"SELECT pgwasm_standin.write(1, 'module.cwasm', $cwasm)" 16 drift D01
	was=$(sql 'SHOW data_directory')/$dir
	mv "$was/module.cwasm" "$T/kept"
	rec
	is 'module.cwasm gone' "$(got)" 'exit 16, drift, D01'
	mv "$T/kept" "$was/module.cwasm"
	mv "$was" "$was.away"
	rec
	is 'the directory gone' "$(got)" 'exit 16, drift, D01'
	mv "$was.away" "$was"
	as_it_should 'and back'
	tamper 'the digest column' "UPDATE pgwasm.modules SET digest = sha256($b)" \
		"UPDATE pgwasm.modules SET digest = sha256($a)" 16 drift D02
	tamper 'digest and module.wasm, of one mind' \
		"UPDATE pgwasm.modules SET digest = sha256($b); SELECT pgwasm_standin.write(1, 'module.wasm', $b)" \
		"UPDATE pgwasm.modules SET digest = sha256($a); SELECT pgwasm_standin.write(1, 'module.wasm', $a)" \
		16 drift D01
	tamper 'a limit' "UPDATE pgwasm.modules SET limits = limits || '{\"fuel_per_invocation\": 6000}'" \
		"UPDATE pgwasm.modules SET limits = limits || '{\"fuel_per_invocation\": 5000}'" 2 drift D11
	tamper 'limits taken away' "UPDATE pgwasm.modules SET limits = '{}'" \
		"UPDATE pgwasm.modules SET limits = '{\"max_memory_pages\": 16, \"fuel_per_invocation\": 5000, \"instances_per_module\": 1, \"invocation_deadline_ms\": 5000}'" \
		2 drift D11
	tamper 'more instances' "UPDATE pgwasm.modules SET limits = limits || '{\"instances_per_module\": 4}'" \
		"UPDATE pgwasm.modules SET limits = limits || '{\"instances_per_module\": 1}'" 16 drift D16
	tamper 'a switch of the policy' "UPDATE pgwasm.modules SET policy = policy || '{\"allow_wasi_net\": true}'" \
		"UPDATE pgwasm.modules SET policy = policy || '{\"allow_wasi_net\": false}'" 2 drift D12
	tamper 'a switch left to the cluster' "UPDATE pgwasm.modules SET policy = policy - 'allow_spi'" \
		"UPDATE pgwasm.modules SET policy = policy || '{\"allow_spi\": false}'" 2 drift D12
	tamper 'another export behind the wrapper' "UPDATE pgwasm.exports SET wasm_name = 'sub'" \
		"UPDATE pgwasm.exports SET wasm_name = 'add'" 16 drift D16
	tamper 'a wrapper that is elsewhere' 'UPDATE pgwasm.exports SET fn_oid = 1' \
		"UPDATE pgwasm.exports SET fn_oid = 'pgwasm.greet__add(int,int)'::regprocedure" 16 drift 'D07 D16'
	tamper 'the kind' "UPDATE pgwasm.modules SET abi = 'core'" \
		"UPDATE pgwasm.modules SET abi = 'component'" 16 drift 'D01'
	tamper 'the wrapper runs SQL' \
		"CREATE OR REPLACE FUNCTION pgwasm.greet__add(int, int) RETURNS int LANGUAGE sql AS 'SELECT 666'" \
		"$wrapper_back" 16 drift D16
	tamper 'SECURITY DEFINER' 'ALTER FUNCTION pgwasm.greet__add SECURITY DEFINER' \
		'ALTER FUNCTION pgwasm.greet__add SECURITY INVOKER' 2 drift D09
	tamper 'volatility' 'ALTER FUNCTION pgwasm.greet__add IMMUTABLE' \
		'ALTER FUNCTION pgwasm.greet__add VOLATILE' 16 drift D16
	tamper 'PUBLIC may call it' 'GRANT EXECUTE ON FUNCTION pgwasm.greet__add TO PUBLIC' \
		'REVOKE EXECUTE ON FUNCTION pgwasm.greet__add FROM PUBLIC' 2 drift D08
	tamper 'owner' 'ALTER FUNCTION pgwasm.greet__add OWNER TO app_other' \
		'ALTER FUNCTION pgwasm.greet__add OWNER TO deploy' 2 drift D07
	tamper 'an overload beside the wrapper' \
		"CREATE FUNCTION pgwasm.greet__add(text, text) RETURNS int LANGUAGE sql AS 'SELECT 666'" \
		'DROP FUNCTION pgwasm.greet__add(text, text)' 16 unknown D16
	tamper 'a wrapper without its row' \
		"CREATE FUNCTION pgwasm.left_behind() RETURNS int LANGUAGE c AS '\$libdir/pgwasm', 'pgwasm_udf_trampoline'; ALTER EXTENSION pgwasm ADD FUNCTION pgwasm.left_behind()" \
		'ALTER EXTENSION pgwasm DROP FUNCTION pgwasm.left_behind(); DROP FUNCTION pgwasm.left_behind()' \
		16 unknown D16
	tamper 'load runs something else' \
		"CREATE OR REPLACE FUNCTION pgwasm.pgwasm_reload(module_name text, bytes_or_path json, options json DEFAULT NULL) RETURNS boolean LANGUAGE sql AS 'SELECT true'" \
		"CREATE OR REPLACE FUNCTION pgwasm.pgwasm_reload(module_name text, bytes_or_path json, options json DEFAULT NULL) RETURNS boolean LANGUAGE c AS '\$libdir/pgwasm', 'pgwasm_reload'" \
		16 unknown D16
	tamper 'a cap lifted for a role' 'ALTER ROLE app_other SET pgwasm.max_memory_pages = 4096' \
		'ALTER ROLE app_other RESET pgwasm.max_memory_pages' 2 in_sync D13
	tamper 'somebody else writes the catalog' 'GRANT UPDATE ON pgwasm.exports TO app_other' \
		'REVOKE UPDATE ON pgwasm.exports FROM app_other' 2 in_sync D17
	psql -XqAt -d "$(conninfo app_reader)" -c 'SELECT pg_sleep(60)' > /dev/null 2>&1 &
	wait_for 10 busy
	tamper 'a reload that an old session has not seen' \
		'UPDATE pgwasm.modules SET updated_at = clock_timestamp()' \
		'UPDATE pgwasm.modules SET updated_at = created_at' 4 unknown D30
	sql "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'app_reader'" > "$T/ended"
	lost "$ref_a" "$ref_b"
	sql 'REVOKE EXECUTE ON FUNCTION pg_stat_file(text,boolean) FROM reader'
	rec
	is 'a role that may not read the files' "$(got)" 'exit 4, unknown, D30'
	sql 'GRANT EXECUTE ON FUNCTION pg_stat_file(text,boolean) TO reader'
	rec auto
	is 'found without being named' "$rc $(q '.targets[0].engine')" '0 pgwasm'
	sql "CREATE FUNCTION public.wasm_fdw_handler() RETURNS fdw_handler LANGUAGE c
		AS '\$libdir/file_fdw', 'file_fdw_handler';
		CREATE FOREIGN DATA WRAPPER also HANDLER public.wasm_fdw_handler"
	rec auto
	is 'which of two is not guessed' "$rc $(q '.targets[0].error.code')" '4 engine'
	like 'both are named' "$(q '.targets[0].error.message')" 'pgwasm and supabase'
	as_it_should 'unless one is named'
	sql 'DROP FOREIGN DATA WRAPPER also; DROP FUNCTION public.wasm_fdw_handler()'
	sql 'CREATE DATABASE beside'
	as_it_should 'another database without it'
	psql -XqAt -d "$(conninfo postgres) dbname=beside" -c 'CREATE EXTENSION pgwasm'
	rec
	is 'a second database with it' "$(got)" 'exit 16, unknown, D16'
	claim "$ref_b"
	ins
	is 'nothing is installed then' "$rc $(q .error.code)" '76 engine'
	sql 'DROP DATABASE beside'
	claim "$ref_a"
	ins
	is 'and everything is as it was' "$rc $(q '.steps[0].action')" '0 none'
}
