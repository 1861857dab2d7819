#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The reference engine's SQL surface: making, calling, replacing and dropping
# functions, values of every kind, names, privileges, transactions.

# shellcheck source=tests/engine/lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2119
engine_start
abi=$(wasm abi)

# make NAME ARGS RETURNS [CONFIG]: statement that creates it from abi.wat
make()
{
	printf "SELECT wasm.create_function('%s', %s, '{%s}', '%s', '%s')" \
		"$1" "$abi" "$2" "$3" "${4:-{\}}"
}

### version, as the seed asks for it
sql_is 'the version query of the seed' "
	SELECT extname, extversion, n.nspname FROM pg_extension e
	JOIN pg_namespace n ON e.extnamespace = n.oid
	WHERE extname = 'pg_wasm'" 'pg_wasm|0.4.2|wasm'
sql_is 'engine_info names the pinned runtime' "
	SELECT i->>'runtime_version', i->>'library_sha256'
	FROM wasm.engine_info() i" \
	"50.0.1|$(sha256sum < "$top/build/engine/libwasmtime.so" | cut -c1-64)"
sql_is 'settings have the defaults of the seed' "
	SELECT string_agg(name || '=' || setting, ' ' ORDER BY name)
	FROM pg_settings WHERE name ~ '^pg_wasm[.](max_mem|max_fuel|epoch|allow|cache|audit)'" \
	"pg_wasm.allow_fs=off pg_wasm.allow_net=off pg_wasm.audit_log=on\
 pg_wasm.audit_log_args=off pg_wasm.audit_log_results=off\
 pg_wasm.cache_dir=/var/cache/pg_wasm pg_wasm.epoch_tick_ms=50\
 pg_wasm.max_fuel_per_call=100000000 pg_wasm.max_memory_bytes=67108864"
sql_is 'only superusers may set them' "
	SELECT DISTINCT context FROM pg_settings WHERE name LIKE 'pg_wasm.%'" \
	superuser
sql_err 'the prefix is reserved' "SET pg_wasm.nosuch = 1" 42602 'invalid configuration parameter name'

### values
sql_is 'create_function, named notation and defaults' "
	SELECT wasm.create_function(function_name := 'add',
		wasm_module := $abi, arg_types := ARRAY['int4', 'int4'],
		return_type := 'int4')" 'wasm.add(integer,integer)'
sql_is 'int4' 'SELECT wasm.add(2147483647, 1), wasm.add(-1, -2)' '-2147483648|-3'
sql_is 'int8' "$(make add8 int8,int8 int8) \\g /dev/null
	SELECT wasm.add8(4294967296, 1)" 4294967297
sql_is 'float4' "$(make addf4 float4,float4 float4) \\g /dev/null
	SELECT wasm.addf4(1.5, 2)" 3.5
sql_is 'float8' "$(make addf8 float8,float8 float8) \\g /dev/null
	SELECT wasm.addf8(0.1, 0.2), wasm.addf8('NaN', 1)" '0.30000000000000004|NaN'
sql_is 'bool' "$(make flip bool bool) \\g /dev/null
	SELECT wasm.flip(true), wasm.flip(false)" 'f|t'
sql_is 'int2 result is truncated' "$(make big '' int2) \\g /dev/null
	SELECT wasm.big()" 1
sql_is 'void' "$(make nothing int4 void) \\g /dev/null
	SELECT wasm.nothing(1)" ''
sql_is 'text' "$(make upper text text) \\g /dev/null
	SELECT wasm.upper('straße'), wasm.upper('') = '', wasm.upper(repeat('x', 50000)) = repeat('X', 50000)" \
	'STRAßE|t|t'
sql_is 'bytea' "$(make echo bytea bytea) \\g /dev/null
	SELECT wasm.echo('\\x00ff'), wasm.echo('')" '\x00ff|\x'
sql_is 'toasted text' "
	CREATE TABLE big (t text); ALTER TABLE big ALTER t SET STORAGE EXTERNAL;
	INSERT INTO big SELECT repeat('abc', 10000);
	SELECT length(wasm.upper(t)), left(wasm.upper(t), 3) FROM big" '30000|ABC'
sql_is 'jsonb, inet and numeric travel as text' "
	$(make echo jsonb jsonb) \\g /dev/null
	$(make echo inet text) \\g /dev/null
	$(make echo numeric numeric) \\g /dev/null
	SELECT wasm.echo('{\"b\":1,\"a\":2}'::jsonb), wasm.echo('10.0.0.1/8'::inet),
		wasm.echo(1.50::numeric)" '{"a": 2, "b": 1}|10.0.0.1/8|1.50'
sql_is 'jsonb result goes through its input function' \
	"$(make json '' jsonb) \\g /dev/null
	SELECT wasm.json()" '{"a": 2}'
sql_is 'several variable arguments' "$(make second text,int4,text text) \\g /dev/null
	SELECT wasm.second('one', 2, 'three')" three
sql_is 'NULL never reaches the module' 'SELECT wasm.add(NULL, 1) IS NULL' t
sql_is 'NULL does not even without STRICT' "
	BEGIN; ALTER FUNCTION wasm.add CALLED ON NULL INPUT;
	SELECT wasm.add(NULL, 1) IS NULL; ROLLBACK" t
sql_is 'packed 0 is NULL, an empty value is not' "
	$(make null '' text) \\g /dev/null
	$(make empty '' text) \\g /dev/null
	SELECT wasm.null() IS NULL, wasm.empty() = ''" 't|t'
sql_is 'instance query: globals live from row to row' "
	$(make count '' int4) \\g /dev/null
	SELECT string_agg(wasm.count()::text, ',') FROM generate_series(1, 3);
	SELECT wasm.count()" $'1,2,3\n1'
sql_is 'instance call: they do not' "
	$(make count1 '' int4 '{"instance":"call","export":"count"}') \\g /dev/null
	SELECT string_agg(wasm.count1()::text, ',') FROM generate_series(1, 3)" 1,1,1

### a module that lies
for lie in 'outside:is outside its memory' 'huge:is outside its memory' \
	'notutf8:is not UTF-8' 'nul:is not UTF-8'; do
	name=${lie%%:*}
	sql_err "lie: $name" "$(make "$name" '' text) \\g /dev/null
		SELECT wasm.$name()" 38W05 "broke the ABI: its result ${lie#*:}"
done
sql_err 'lie: json that is none' "
	$(make jsonbad '' json '{"export":"empty"}') \\g /dev/null
	SELECT wasm.jsonbad()" 22P02 'invalid input syntax for type json'

### what is refused when a function is created
sql_err 'no such export' "$(make nosuch '' int4)" 38W05 'does not export a function "nosuch"'
sql_err 'wrong type of export' "$(make add int4 int4)" 38W05 'does not have the type'
sql_err 'no memory or alloc' "
	SELECT wasm.create_function('good', $(wasm throw), '{text}', 'text')" \
	'(38W05|38W04)' '(denied|export)'
sql_err 'unknown type' "$(make add nosuch int4)" 42704 'type "nosuch" does not exist'
sql_err 'pseudo-type' "$(make add anyelement int4)" 42P13 'cannot have type anyelement'
sql_err 'same name and types again' "$(make add int4,int4 int4)" 42723 'already exists'
sql_err 'not a module' "
	SELECT wasm.create_function('x', 'no wasm at all', '{}', 'int4')" 22023 'invalid WASM module'
sql_err 'empty module' "
	SELECT wasm.create_function('x', '', '{}', 'int4')" 22023 'invalid WASM module'
sql_err 'broken module' "
	SELECT wasm.create_function('x', substr($abi, 1, 100), '{}', 'int4')" 22023 'invalid WASM module'
for f in gc:0105015f017f00 threads:050401030101 memory64:0503010401 \
	two-memories:05050200010001; do
	sql_err "module with ${f%:*}" "
		SELECT wasm.create_function('x', '\\x0061736d01000000${f##*:}', '{}', 'int4')" \
		22023 'invalid WASM module'
done
sql_err 'component' "
	SELECT wasm.create_function('x', '\\x0061736d0d000100', '{}', 'int4')" 0A000 'components are not supported'
sql_err 'module over the cap' "SET pg_wasm.max_module_bytes = 100; $(make big '' int4)" 54000 'exceeds the cluster cap'
sql_err 'NULL module' "SELECT wasm.create_function('x', NULL, '{}', 'int4')" 22004 'wasm_module must not be NULL'
sql_err 'security of another kind' "
	SELECT wasm.create_function('x', $abi, '{}', 'int4', security := 'ROOT')" 22023 'security must be'
sql_err 'overload of create_function' "$(make create_function '' int4)" 42723 reserved
for c in '{"x":1}:unknown config key "x"' '[]:must be an object' '1:must be an object' \
	'{"fuel_per_call":"1"}:must be an integer' '{"fuel_per_call":0}:out of range' \
	'{"fuel_per_call":1.5}:must be an integer' '{"max_memory_bytes":-1}:out of range' \
	'{"fuel_per_call":99999999999999999999999}:out of range' \
	'{"stack_size_bytes":1}:out of range' '{"instance":"x"}:must be' '{"export":""}:not empty' \
	'{"wasi":{"x":1}}:unknown config key "wasi.x"' '{"wasi":[]}:must be an object' \
	'{"wasi":{"filesystem":{"preopen":[{}]}}}:needs host_path' \
	'{"wasi":{"filesystem":{"preopen":[{"host_path":"a","guest_path":"b"}]}}}:absolute'; do
	want=${c##*:}
	sql_err "config ${c%:*}" "$(make big '' int4 "${c%:*}")" 22023 "$want"
done

### names
sql_is 'another schema' "CREATE SCHEMA s; $(make s.add int4,int4 int4)" 's.add(integer,integer)'
sql_is 'quotes and semicolons are data' "
	CREATE SCHEMA \"we\"\"ird; DROP\";
	SELECT wasm.create_function('\"we\"\"ird; DROP\".\"a;b(\"', $abi,
		'{int4,int4}', 'int4', '{\"export\":\"add\"}') \\g /dev/null
	SELECT \"we\"\"ird; DROP\".\"a;b(\"(1, 2),
		wasm.call('\"we\"\"ird; DROP\".\"a;b(\"', 3, 4)" '3|7'
sql_err 'name of 64 bytes' "$(make "$(printf 'x%.0s' {1..64})" '' int4)" 42622 'too long'
sql_err 'empty name' "$(make '' '' int4)" 42602 'invalid function name'
sql_err 'name that ends in a dot' "$(make wasm. '' int4)" 42602 'invalid function name'
sql_err 'name with something after it' "$(make 'a b' '' int4)" 42602 'invalid function name'
sql_err 'no such schema' "$(make nosuch.add '' int4)" 3F000 'does not exist'
sql_is 'names fold as in SQL' "$(make ADD8X int8,int8 int8 '{"export":"add8"}')" 'wasm.add8x(bigint,bigint)'

### wasm.call
sql_is 'call: literals and typed values' "
	SELECT wasm.call('add', '3', 4::bigint), wasm.call('upper', 'abc')" '7|ABC'
sql_is 'call: without arguments, NULL, NULL result' "
	SELECT wasm.call('count'), wasm.call('add', NULL, 1) IS NULL, wasm.call('null') IS NULL" '1|t|t'
sql_is 'call: with argument types' "SELECT wasm.call('wasm.echo(jsonb)', '{}')" '{}'
sql_err 'call: ambiguous' "SELECT wasm.call('echo', '1')" 42725 'not unique'
sql_err 'call: no such function' "SELECT wasm.call('nosuch', '1')" 42883 'does not exist'
sql_err 'call: number of arguments' "SELECT wasm.call('add', 1)" 42883 'does not exist'
sql_err 'call: bad literal' "SELECT wasm.call('add', 'x', 1)" 22P02 'invalid input syntax'
sql_err 'call: not a WASM function' "
	CREATE FUNCTION wasm.plain(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
	SELECT wasm.call('plain', 1)" 42809 'not a WASM function'
sql_err 'call: VARIADIC array' "SELECT wasm.call('add', VARIADIC ARRAY[1, 2])" 0A000 'no VARIADIC'
sql_is 'call: 1000 different names in one query' "
	SELECT count(wasm.call(CASE i % 2 WHEN 0 THEN 'add' ELSE 'wasm.add' END, i, 1))
	FROM generate_series(1, 1000) i" 1000

### catalog
digest=$(sha256sum < "$T/abi.wasm" | cut -c1-64)
sql_is 'wrapper, row and bytes carry the digest' "
	SELECT p.prosrc, encode(d.sha256, 'hex'), encode(sha256(m.bytes), 'hex'),
		l.lanname, p.proisstrict, p.provolatile, p.prosecdef, d.config
	FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
	JOIN wasm.function_def d ON d.proc = p.oid
	JOIN wasm.module m USING (sha256) WHERE p.oid = 'wasm.add'::regproc" \
	"sha256:$digest|$digest|$digest|wasm|t|v|f|{}"
sql_is 'one module row for one digest' 'SELECT count(*) FROM wasm.module' 1
sql_is 'module_bytes' "SELECT encode(sha256(wasm.module_bytes('add')), 'hex')" "$digest"
sql_is 'the view' "
	SELECT signature, owner, security, wrapper_state, sha256_declared = sha256_computed
	FROM wasm.functions WHERE name = 'add' AND schema = 's'" \
	's.add(integer,integer)|postgres|INVOKER|ok|t'

### replace and drop
sql_is 'replace keeps OID, owner, grants, settings and config' "
	CREATE ROLE someone; CREATE ROLE owner;
	GRANT CREATE, USAGE ON SCHEMA s TO owner;
	SELECT wasm.create_function('s.good', $abi, '{}', 'int4',
		'{\"fuel_per_call\": 1000, \"export\": \"big\"}', 'DEFINER') \\g /dev/null
	REVOKE ALL ON FUNCTION s.good FROM PUBLIC; GRANT EXECUTE ON FUNCTION s.good TO someone;
	ALTER FUNCTION s.good SET work_mem = '1MB'; ALTER FUNCTION s.good IMMUTABLE;
	ALTER FUNCTION s.good OWNER TO owner;
	SELECT wasm.replace_function('s.good', $abi, NULL) \\g /dev/null
	SELECT config, proname FROM pg_proc JOIN wasm.function_def ON proc = pg_proc.oid
	WHERE proname = 'good'" '{"export": "big", "fuel_per_call": 1000}|good'
sql_is 'replace_function with another config' "
	SELECT wasm.replace_function('s.good', $(wasm traps), '{\"fuel_per_call\": 1000}')" 's.good()'
sql_is 'replaced: new code, same attributes' "
	SELECT s.good(), prosecdef, provolatile, proconfig, proowner::regrole, proacl, config,
		proisstrict
	FROM pg_proc JOIN wasm.function_def ON proc = pg_proc.oid WHERE proname = 'good'" \
	'42|t|i|{work_mem=1MB}|owner|{owner=X/owner,someone=X/owner}|{"fuel_per_call": 1000}|t'
sql_is 'a replace is seen by the next query of an open session' "
	SELECT wasm.create_function('r', $abi, '{}', 'int4', '{\"export\":\"big\"}') \\g /dev/null
	SELECT wasm.r();
	\\! psql -XAtq -c \"UPDATE wasm.function_def SET config = '{\\\"export\\\":\\\"count\\\"}' WHERE name = 'wasm.r'\" '$TARGET'
	SELECT wasm.r()" $'65537\n1'
sql_is 'and by a session whose snapshot is older' "
	BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;
	\\! psql -XAtq -c \"SELECT wasm.replace_function('r', wasm.module_bytes('s.good'), '{\\\"export\\\":\\\"good\\\"}')\" '$TARGET' > '$T/null'
	SELECT wasm.r(); COMMIT" $'1\n42'
sql_is 'a loop in PL/pgSQL sees it too' "
	DO \$\$ DECLARE a int; s text := ''; BEGIN
		FOR i IN 1..3 LOOP
			a := wasm.r(); s := s || a || ',';
			IF i = 1 THEN PERFORM wasm.replace_function('r', $abi, '{\"export\":\"big\"}'); END IF;
		END LOOP; RAISE EXCEPTION '%', s; EXCEPTION WHEN raise_exception THEN
		PERFORM set_config('x.s', SQLERRM, false); END \$\$;
	SELECT current_setting('x.s'), wasm.r()" '42,65537,65537,|42'
sql_is 'a query that runs keeps the code it began with' "
	SELECT string_agg(wasm.r() || CASE WHEN i = 1 THEN
		left(wasm.replace_function('r', $abi, '{\"export\":\"big\"}')::text, 0) ELSE '' END, ',')
	FROM generate_series(1, 3) i; SELECT wasm.r()" $'42,42,42\n65537'
# Two sessions: one replaces again and again, the other calls.
for ((i = 0; i < 150; i++)); do
	printf "SELECT wasm.replace_function('r', wasm.module_bytes('%s'), '{\"export\":\"%s\"}');\n" \
		s.good good add big
done > "$T/replaces.sql"
for ((i = 0; i < 3000; i++)); do echo 'SELECT wasm.r();'; done > "$T/calls.sql"
psql -XAtq -f "$T/replaces.sql" "$TARGET" > "$T/replaced" 2>&1 &
replacer=$!
run psql -XAtq -v ON_ERROR_STOP=1 -f "$T/calls.sql" "$TARGET"
wait "$replacer"
is 'calls while another session replaces: no false alarm' "$err" ''
is 'old code or new, nothing else' "$(sort -u <<< "$out" | tr '\n' ' ')" '42 65537 '
is 'all replaced' "$(sort "$T/replaced" | uniq -c | tr -s ' ')" ' 300 wasm.r()'
sql "SELECT wasm.replace_function('r', $abi, '{\"export\":\"count\"}')"
sql_is 'drop_function takes row and module' "
	SELECT wasm.create_function('d', $(wasm start), '{}', 'int4', '{\"export\":\"f\"}') \\g /dev/null
	SELECT wasm.drop_function('d') \\g /dev/null
	SELECT count(*) FROM wasm.module WHERE sha256 = sha256($(wasm start));
	SELECT to_regproc('wasm.d') IS NULL" $'0\nt'
sql_is 'DROP FUNCTION takes the row too' "
	DROP FUNCTION wasm.add8; SELECT count(*) FROM wasm.function_def WHERE name = 'wasm.add8'" 0
sql_is 'DROP SCHEMA CASCADE too' "
	SET client_min_messages = warning; DROP SCHEMA \"we\"\"ird; DROP\" CASCADE;
	SELECT count(*) FROM wasm.function_def WHERE name LIKE '%ird%'" 0
sql_err 'drop: not a WASM function' "SELECT wasm.drop_function('plain')" 42809 'not a WASM function'
sql_err 'replace: not a WASM function' "SELECT wasm.replace_function('plain', $abi)" 42809 'not a WASM function'
sql_err 'replace: does not fit the signature' "SELECT wasm.replace_function('upper', $(wasm start))" 38W05 'does not export'

### transactions
sql_is 'create is undone by ROLLBACK' "
	BEGIN; SELECT wasm.create_function('t', $(wasm traps), '{}', 'int4', '{\"export\":\"good\"}') \\g /dev/null
	SELECT wasm.t(); ROLLBACK;
	SELECT to_regproc('wasm.t') IS NULL,
		(SELECT count(*) FROM wasm.function_def WHERE name = 'wasm.t')" $'42\nt|0'
sql_is 'replace and drop are undone too' "
	BEGIN; SELECT wasm.replace_function('r', $(wasm traps), '{\"export\":\"good\"}') \\g /dev/null
	SELECT wasm.r(); ROLLBACK; SELECT wasm.r();
	BEGIN; SELECT wasm.drop_function('r') \\g /dev/null
	ROLLBACK; SELECT wasm.r()" $'42\n1\n1'
sql_is 'a subtransaction is undone' "
	DO \$\$ BEGIN
		BEGIN
			PERFORM wasm.create_function('sub', $abi, '{}', 'int4', '{\"export\":\"big\"}');
			RAISE EXCEPTION 'x';
		EXCEPTION WHEN OTHERS THEN NULL; END;
	END \$\$; SELECT to_regproc('wasm.sub') IS NULL" t
sql_bg "BEGIN /*first*/; SELECT wasm.create_function('two', $abi, '{}', 'int4', '{\"export\":\"big\"}');
	SELECT pg_sleep(0.5); COMMIT"
ok 'the first of two sessions is in its transaction' wait_for 10 backend_runs '/%first%/'
sql_err 'the second waits and then sees the first' "$(make two '' int4 '{"export":"big"}')" 42723 'already exists'
wait "$bg"

### privileges
sql_is 'nobody but the owner starts with rights' "
	CREATE ROLE plain LOGIN;
	SELECT has_schema_privilege('plain', 'wasm', 'CREATE'),
		has_schema_privilege('plain', 'wasm', 'USAGE'),
		has_function_privilege('plain', p.oid, 'EXECUTE')
	FROM pg_proc p WHERE proname IN ('create_function', 'replace_function',
		'drop_function', 'module_bytes') AND pronamespace = 'wasm'::regnamespace" \
	$'f|t|f\nf|t|f\nf|t|f\nf|t|f'
sql_is "the seed's REVOKE and GRANT as printed" "
	REVOKE CREATE ON SCHEMA wasm FROM PUBLIC;
	REVOKE EXECUTE ON FUNCTION wasm.create_function FROM PUBLIC;
	CREATE ROLE platform_team LOGIN;
	CREATE ROLE wasm_authors;
	GRANT CREATE ON SCHEMA wasm TO wasm_authors;
	GRANT EXECUTE ON FUNCTION wasm.create_function TO wasm_authors;
	GRANT wasm_authors TO platform_team" ''
ROLE=plain
sql_err 'a stranger cannot create' "$(make p '' int4 '{"export":"big"}')" 42501 'permission denied for function create_function'
sql_err 'a stranger cannot read the modules' 'SELECT * FROM wasm.module' 42501 'permission denied'
sql_is 'a stranger can call what PUBLIC may' "SELECT wasm.r(), wasm.call('r')" '1|1'
sql_err 'a stranger cannot use the language' "
	CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE wasm AS 'sha256:$digest'" 42501 'permission denied for language wasm'
ROLE=platform_team
sql_is 'an author can create' "$(make p '' int4 '{"export":"big"}')" 'wasm.p()'
sql_is 'and owns it' "SELECT proowner::regrole FROM pg_proc WHERE proname = 'p'" platform_team
sql_err 'an author cannot write the tables' 'DELETE FROM wasm.function_def' 42501 'permission denied'
ROLE=postgres
sql 'CREATE ROLE deployer LOGIN; CREATE ROLE app; GRANT app TO deployer;
	GRANT USAGE, CREATE ON SCHEMA wasm TO deployer, app;
	GRANT EXECUTE ON FUNCTION wasm.create_function, wasm.replace_function,
		wasm.drop_function TO deployer;
	CREATE ROLE reader LOGIN; GRANT SELECT ON wasm.module, wasm.function_def TO reader'
ROLE=deployer
sql_is 'a deployer installs, replaces, gives away, drops' "
	SELECT wasm.create_function('dep', $abi, '{}', 'int4', '{\"export\":\"big\"}') \\g /dev/null
	SELECT wasm.replace_function('dep', $(wasm traps), '{\"export\":\"good\"}') \\g /dev/null
	REVOKE ALL ON FUNCTION wasm.dep FROM PUBLIC; GRANT EXECUTE ON FUNCTION wasm.dep TO plain;
	ALTER FUNCTION wasm.dep OWNER TO app;
	SELECT wasm.replace_function('dep', $(wasm traps), '{\"export\":\"good\"}') \\g /dev/null
	SELECT proowner::regrole FROM pg_proc WHERE proname = 'dep'" app
sql_err "a deployer cannot replace another's" "SELECT wasm.replace_function('r', $abi)" 42501 'must be owner'
sql_err "a deployer cannot drop another's" "SELECT wasm.drop_function('r')" 42501 'must be owner'
sql_err 'no CREATE on the schema' "$(make s.dep '' int4)" 42501 'permission denied for schema s'
ROLE=reader
sql_is 'a reader hashes the bytes server-side' "
	SELECT encode(sha256(m.bytes), 'hex') = encode(d.sha256, 'hex')
	FROM wasm.function_def d JOIN wasm.module m USING (sha256)
	WHERE name = 'wasm.dep'" t
sql_err 'a reader may not execute what was revoked' 'SELECT wasm.dep()' 42501 'permission denied for function dep'
sql_err 'not through wasm.call either' "SELECT wasm.call('dep')" 42501 'permission denied for function dep'
ROLE=plain
sql_is 'who was granted it may, both ways' "SELECT wasm.dep(), wasm.call('dep')" '42|42'
ROLE=deployer
sql_is 'the deployer drops it' "SELECT wasm.drop_function('dep') IS NULL" f
ROLE=postgres

### SECURITY DEFINER, and dropping the extension
log_mark
sql 'CREATE ROLE def; GRANT CREATE, USAGE ON SCHEMA s TO def; GRANT USAGE ON SCHEMA s TO plain;'"
	SELECT wasm.create_function('s.def', $abi, '{}', 'int4', '{\"export\":\"big\"}', 'definer');
	ALTER FUNCTION s.def OWNER TO def"
ROLE=plain
sql_is 'SECURITY DEFINER, direct and through wasm.call' "SELECT s.def(), wasm.call('s.def')" '65537|65537'
like 'the audit line names caller and owner' "$(log_since)" 'function="s.def\(\)" user="plain" as="def"'
ROLE=postgres
sql_is 'DROP EXTENSION CASCADE takes the wrappers' "
	SET client_min_messages = warning; DROP EXTENSION pg_wasm CASCADE;
	SELECT count(*) FROM pg_proc WHERE pronamespace IN ('wasm'::regnamespace, 's'::regnamespace)
		AND proname <> 'plain'" 0
sql_is 'and it can be created again' "
	CREATE EXTENSION pg_wasm; $(make add int4,int4 int4)" 'wasm.add(integer,integer)'

done_testing
