#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The seed's four adversaries and its failure modes, as far as an engine can
# answer them; wasmfn's own answers are tested with its verbs.

# shellcheck source=tests/engine/lib.sh
. "$(dirname "$0")/lib.sh"

engine_start --set pg_wasm.allow_fs=on
mkdir "$DIR/geo"
echo inside > "$DIR/geo/file"
chmod -R go+rX "$DIR/geo"
sql "CREATE ROLE author LOGIN; CREATE ROLE mallory LOGIN; CREATE ROLE reader LOGIN;
	GRANT CREATE ON SCHEMA wasm TO author;
	GRANT EXECUTE ON FUNCTION wasm.create_function, wasm.replace_function,
		wasm.drop_function TO author;
	GRANT SELECT ON wasm.module, wasm.function_def TO reader;
	CREATE TABLE secret (t text); INSERT INTO secret VALUES ('x')"
ROLE=author
sql "SELECT wasm.create_function('read_file', $(wasm wasi), '{text}', 'text', '{
		\"wasi\": {\"filesystem\": {\"preopen\": [
			{\"host_path\": \"$DIR/geo\", \"guest_path\": \"/data\"}]}}}');
	SELECT wasm.create_function('leak', $(wasm hungry), '{}', 'int4',
		'{\"max_memory_bytes\": 8388608}');
	SELECT wasm.create_function('busy', $(wasm slow), '{}', 'int4',
		'{\"epoch_deadline_ms\": 1000}');
	SELECT wasm.create_function('definer', $(wasm traps), '{}', 'int4',
		'{\"export\": \"good\"}', 'DEFINER')"
is_rc 'an author has functions' 0

### Adversary 1 - untrusted SQL author: has EXECUTE, wants more
ROLE=mallory
a='adversary 1, untrusted SQL author:'
sql_is "$a may call" "SELECT wasm.read_file('file')" $'inside'
sql_err "$a gets no other file" "SELECT wasm.read_file('../data/PG_VERSION')" 38W04 'path outside preopen'
sql_err "$a cannot raise a cap" 'SET pg_wasm.max_memory_bytes = 2147483647' 42501 'permission denied to set'
sql_err "$a cannot silence the audit line" 'SET pg_wasm.audit_log = off' 42501 'permission denied to set'
sql_err "$a cannot switch the debug import on" 'SET pg_wasm.debug_imports = on' 42501 'permission denied to set'
sql_err "$a cannot change the function" 'ALTER FUNCTION wasm.leak COST 1' 42501 'must be owner'
sql_err "$a cannot change its limits" "UPDATE wasm.function_def SET config = '{}'" 42501 'permission denied'
sql_err "$a cannot read its code" "SELECT wasm.module_bytes('leak')" 42501 'permission denied'
sql_err "$a cannot make a wrapper for it" "
	CREATE FUNCTION pg_temp.leak() RETURNS int LANGUAGE wasm AS
	'sha256:$(sha256sum < "$T/hungry.wasm" | cut -c1-64)'" 42501 'permission denied for language wasm'
sql_err "$a cannot create the extension elsewhere" 'CREATE EXTENSION pg_wasm SCHEMA public' '(42501|42710)' '(permission denied|already exists)'

### Adversary 2 - function uploader with malicious payload
ROLE=author
a='adversary 2, malicious uploader:'
sql_err "$a imports the host does not have" "
	SELECT wasm.create_function('x', $(wasm throw), '{}', 'int4')" 38W04 'import pg_wasm.debug_throw not provided'
sql_err "$a the data directory" "
	SELECT wasm.create_function('guest_name', $(wasm wasi), '{}', 'text', '{
		\"wasi\": {\"filesystem\": {\"preopen\": [
			{\"host_path\": \"$DIR/data/base\", \"guest_path\": \"/d\"}]}}}')" 38W04 'filesystem not granted'
sql_err "$a more than the cluster allows" "
	SELECT wasm.create_function('leak2', $(wasm hungry), '{}', 'int4',
		'{\"export\": \"leak\", \"max_memory_bytes\": 1073741824}')" 54000 'exceeds the cluster cap'
sql_err "$a a result that is not in its memory" "
	SELECT wasm.create_function('outside', $(wasm abi), '{}', 'bytea') \\g /dev/null
	SELECT wasm.outside()" 38W05 'outside its memory'
sql_err "$a an overload of create_function" "
	SELECT wasm.create_function('wasm.create_function', $(wasm abi), '{}', 'int4', '{\"export\":\"big\"}')" 42723 reserved
sql_is "$a SECURITY DEFINER gives it no more than itself" "
	SELECT proowner::regrole FROM pg_proc WHERE proname = 'definer'" author
ROLE=postgres
sql_is 'an administrator has a function' "
	SELECT wasm.create_function('admin', $(wasm traps), '{}', 'int4', '{\"export\":\"good\"}')" 'wasm.admin()'
ROLE=author
sql_err "$a cannot replace another's" "SELECT wasm.replace_function('admin', $(wasm abi))" 42501 'must be owner'

### Adversary 3 - database admin uploading a compromised package
ROLE=reader
a='adversary 3, compromised package:'
sql_is "$a a reader hashes what is stored" "
	SELECT encode(sha256(bytes), 'hex') FROM wasm.module JOIN wasm.function_def USING (sha256)
	WHERE name = 'wasm.leak'" "$(sha256sum < "$T/hungry.wasm" | cut -c1-64)"
sql_is "$a and sees which runtime is mapped" "
	SELECT wasm.engine_info()->>'library_sha256'" \
	3127ca42fe7cdd3f0a43a358e79177dcfedd46c1746329826403b9d854de6178

### Adversary 4 - resource exhaustion in a legitimate function
ROLE=mallory
a='adversary 4, resource exhaustion:'
sql_err "$a a memory leak ends at the cap" 'SELECT sum(wasm.leak()) FROM generate_series(1, 100)' 38W03 'trapped: oom'
ROLE=postgres
sql_bg 'SELECT wasm.busy() /*busy4*/'
ok "$a a loop is running" wait_for 10 backend_runs '/%busy4%/'
sql_is "$a others are served meanwhile" 'SELECT count(*) FROM secret' 1
wait "$bg"
like "$a and it ends by itself" "$(cat "$T/bg.err")" '38W0[12]: WASM function trapped'

### the failure modes of the seed
f='failure mode: cluster-cap raised:'
sql_err "$f the function's own cap holds" "
	SET pg_wasm.max_memory_bytes = 2147483647; SELECT sum(wasm.leak()) FROM generate_series(1, 100)" 38W03 oom
sql 'ALTER SYSTEM SET pg_wasm.max_memory_bytes = 1073741824; SELECT pg_reload_conf()'
ROLE=reader
raised()
{
	sql "SELECT setting, sourcefile IS NULL FROM pg_settings WHERE name = 'pg_wasm.max_memory_bytes'"
	[ "$out" = '1073741824|t' ]
}
ok "$f a reader without privileges sees it" wait_for 10 raised
ROLE=postgres
sql 'ALTER SYSTEM RESET pg_wasm.max_memory_bytes; SELECT pg_reload_conf()'

f='failure mode: SECURITY DEFINER function exploited:'
ROLE=mallory
log_mark
sql_is "$f it runs as its owner" 'SELECT wasm.definer()' 42
like "$f and the audit line names who called" "$(log_since)" 'function="wasm.definer\(\)" user="mallory" as="author"'
sql_err "$f it has no way to a table" "
	SELECT wasm.read_file((SELECT t FROM secret))" 42501 'permission denied for table secret'
ROLE=postgres

f='failure mode: extension version mismatch with module ABI:'
sql_err "$f a module of another ABI fails to load by name" "
	UPDATE wasm.function_def SET config = '{\"export\": \"deep\"}' WHERE name = 'wasm.admin';
	SELECT wasm.admin()" 38W05 'export "deep" does not have the type that the SQL signature needs'
sql_err "$f again and again, and nothing else breaks" "SELECT wasm.admin()" 38W05 'export "deep"'

f='failure mode: resource exhaustion in shared backend:'
sql_is "$f the memory is given back with the query" "
	CREATE FUNCTION rss() RETURNS int LANGUAGE sql AS \$\$
		SELECT substring(pg_read_file('/proc/self/status') FROM 'VmRSS:\\s*(\\d+)')::int \$\$;
	SELECT wasm.definer(), rss() > 0;
	CREATE TEMP TABLE m AS SELECT rss() AS kb;
	SET pg_wasm.max_memory_bytes = 134217728;
	SELECT wasm.create_function('leak3', $(wasm hungry), '{}', 'int4',
		'{\"export\": \"leak\", \"max_memory_bytes\": 134217728}') \\g /dev/null
	SELECT max(wasm.leak3()) FROM generate_series(1, 100);
	SELECT rss() - kb < 30000 FROM m" $'42|t\n1601\nt'
unlike 'no backend crashed' "$(cat "$LOG")" 'terminated by signal|PANIC'

done_testing
