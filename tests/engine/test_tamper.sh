#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A superuser changes the reference engine's tables, wrappers and settings with
# plain SQL, as the tests of drift do.  What runs then is as README.md says, and
# no backend crashes, hangs or runs code that no digest names.

# shellcheck source=tests/engine/lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2119
engine_start
abi=$(wasm abi)
traps=$(wasm traps)
abi_hex=$(sha256sum < "$T/abi.wasm" | cut -c1-64)
traps_hex=$(sha256sum < "$T/traps.wasm" | cut -c1-64)

# One function for each case, so that cases do not depend on each other.
fresh()
{
	sql "SELECT wasm.create_function('$1', $abi, '{}', 'int4', '{\"export\": \"big\"}')"
	[ "$rc" -eq 0 ] || fail "create $1" "$err"
}

oid()
{
	printf "(SELECT oid FROM pg_proc WHERE proname = '%s'
		AND pronamespace = 'wasm'::regnamespace)" "$1"
}

# A session that has the module compiled, then SQL by another, then a call.
in_open_session()
{
	printf '%s\n' "$2" > "$T/other.sql"
	sql "SELECT wasm.$1();
	\\! psql -XAtq -v ON_ERROR_STOP=1 -f '$T/other.sql' '$TARGET'
	SELECT wasm.$1()"
}

### bytes
fresh bytes
sql_err 'the table refuses bytes that do not fit the hash' \
	"UPDATE wasm.module SET bytes = $traps" 23514 'module_sha256_check'
in_open_session bytes "ALTER TABLE wasm.module DROP CONSTRAINT module_sha256_check;
	UPDATE wasm.module SET bytes = $traps WHERE sha256 = '\\x$abi_hex'"
is 'bytes only: an open session runs what it has' "$out" $'65537\n65537'
sql_err 'bytes only: a new session refuses' 'SELECT wasm.bytes()' XX001 'does not match its digest'
sql_is 'bytes only: installing the same module again repairs it' "
	SELECT wasm.replace_function('bytes', $abi) \\g /dev/null
	SELECT wasm.bytes()" 65537
sql "ALTER TABLE wasm.module ADD CONSTRAINT module_sha256_check CHECK (sha256 = sha256(bytes))"

### hash columns
fresh hash
sql "INSERT INTO wasm.module (sha256, bytes) VALUES (sha256($traps), $traps)"
in_open_session hash "UPDATE wasm.function_def SET sha256 = '\\x$traps_hex' WHERE proc = $(oid hash)"
like 'row only: an open session refuses from the next query' "$err" 'XX001: .*name different modules'
sql_err 'row only: a new one too' 'SELECT wasm.hash()' XX001 'name different modules'
sql_err 'row and wrapper: the new code runs, if it fits' "
	CREATE OR REPLACE FUNCTION wasm.hash() RETURNS int LANGUAGE wasm STRICT AS 'sha256:$traps_hex';
	SELECT wasm.hash()" 38W05 'does not export a function "big"'
sql_is 'row, wrapper and config: the forged code runs' "
	UPDATE wasm.function_def SET config = '{\"export\": \"good\"}' WHERE proc = $(oid hash);
	SELECT wasm.hash()" 42
fresh key
sql_err 'key of the module: the foreign key holds it' \
	"UPDATE wasm.module SET sha256 = '\\x00' WHERE sha256 = '\\x$abi_hex'" '(23503|23514)' 'violates'
sql_err 'key of the module, constraints gone' "
	SET session_replication_role = replica;
	ALTER TABLE wasm.module DROP CONSTRAINT module_sha256_check;
	UPDATE wasm.module SET sha256 = '\\x00' WHERE sha256 = '\\x$abi_hex';
	SELECT wasm.key()" XX001 'is not stored'
sql_err 'digest of another length in the row' "
	SET session_replication_role = replica;
	UPDATE wasm.function_def SET sha256 = '\\x00' WHERE proc = $(oid key);
	SELECT wasm.key()" XX001 'malformed'
sql_is 'replace_function makes it whole' "
	SELECT wasm.replace_function('key', $abi) \\g /dev/null
	SELECT wasm.key()" 65537
sql "DELETE FROM wasm.module WHERE sha256 = '\\x00';
	ALTER TABLE wasm.module ADD CONSTRAINT module_sha256_check CHECK (sha256 = sha256(bytes))"

### wrapper
fresh wrapper
sql_is 'wrapper with an SQL body runs that' "
	CREATE OR REPLACE FUNCTION wasm.wrapper() RETURNS int LANGUAGE sql AS 'SELECT 666';
	SELECT wasm.wrapper()" 666
sql_err 'wasm.call does not' "SELECT wasm.call('wrapper')" 42809 'not a WASM function'
sql_is 'the view says so' "SELECT wrapper_state FROM wasm.functions WHERE name = 'wrapper'" 'other language'
sql_is 'replace_function repairs it under the same OID' "
	SELECT wasm.replace_function('wrapper', $abi) \\g /dev/null
	SELECT wasm.wrapper(), (SELECT proc FROM wasm.function_def WHERE name = 'wasm.wrapper') = $(oid wrapper)" '65537|t'
sql_is 'also after an SQL-standard body' "
	CREATE OR REPLACE FUNCTION wasm.wrapper() RETURNS int LANGUAGE sql RETURN 666;
	SELECT wasm.replace_function('wrapper', $abi) \\g /dev/null
	SELECT wasm.wrapper()" 65537
sql_err 'a body that is no digest is refused' "
	CREATE OR REPLACE FUNCTION wasm.wrapper() RETURNS int LANGUAGE wasm AS 'nonsense'" XX001 'its body is no digest'
sql_err 'and does not run when the check is off' "
	SET check_function_bodies = off;
	CREATE OR REPLACE FUNCTION wasm.wrapper() RETURNS int LANGUAGE wasm AS 'sha256:$abi_hex ';
	SELECT wasm.wrapper()" XX001 'its body is no digest'
sql_err 'a wrapper nobody made has no row' "
	CREATE FUNCTION wasm.own() RETURNS int LANGUAGE wasm AS 'sha256:$abi_hex';
	SELECT wasm.own()" XX001 'has no row'
n=0
for change in "prorettype = 'text'::regtype|38W05|does not have the type" \
	"prorettype = 'anyelement'::regtype|42P13|cannot have type" \
	'proretset = true|XX001|no plain function' \
	"pronargs = 1, proargtypes = '23'|42883|does not exist" \
	"prosrc = ''|XX001|its body is no digest"; do
	n=$((n + 1))
	fresh "w$n"
	IFS='|' read -r set state why <<< "$change"
	sql_err "pg_proc: $set" "SET allow_system_table_mods = on;
		UPDATE pg_proc SET $set WHERE oid = $(oid "w$n"); SELECT wasm.w$n()" "$state" "$why"
done
fresh moved
sql_is 'renamed and moved: found by OID' "
	CREATE SCHEMA other; ALTER FUNCTION wasm.moved SET SCHEMA other;
	ALTER FUNCTION other.moved RENAME TO was_moved; SELECT other.was_moved()" 65537

### rows
fresh row
sql_err 'row deleted' "DELETE FROM wasm.function_def WHERE proc = $(oid row); SELECT wasm.row()" XX001 'has no row'
sql_is 'replace_function brings it back' "
	SELECT wasm.replace_function('row', $abi, '{\"export\": \"big\"}') \\g /dev/null
	SELECT wasm.row()" 65537
for c in 'null' '[]' '"x"' '{"fuel_per_call": "x"}' '{"a": {"b": {}}}'; do
	sql_err "config $c" "UPDATE wasm.function_def SET config = '$c'
		WHERE proc = $(oid row); SELECT wasm.row()" 22023 config
done
sql_err 'config deep as a well' "
	UPDATE wasm.function_def SET config = (repeat('{\"wasi\":', 1000) || '1' || repeat('}', 1000))::jsonb
	WHERE proc = $(oid row); SELECT wasm.row()" 22023 'unknown config key "wasi.wasi"'
sql_err 'config NULL' "
	ALTER TABLE wasm.function_def ALTER config DROP NOT NULL;
	UPDATE wasm.function_def SET config = NULL WHERE proc = $(oid row); SELECT wasm.row()" XX001 'config of function'
sql_err 'two rows for one wrapper' "
	BEGIN; ALTER TABLE wasm.function_def DROP CONSTRAINT function_def_pkey;
	INSERT INTO wasm.function_def SELECT * FROM wasm.function_def WHERE proc = $(oid row);
	SELECT wasm.row()" XX001 'more than one row'

### settings, wherever they are set
fresh set
for where in 'FUNCTION wasm.set' 'ROLE postgres' 'DATABASE postgres'; do
	sql "ALTER $where SET pg_wasm.max_fuel_per_call = 1"
	sql_err "ALTER $where SET is obeyed" 'SELECT wasm.set()' 38W02 fuel_exhausted
	sql_err "in wasm.call too" "SELECT wasm.call('set')" 38W02 fuel_exhausted
	sql "ALTER $where RESET pg_wasm.max_fuel_per_call"
done
sql "ALTER SYSTEM SET pg_wasm.audit_log = off; SELECT pg_reload_conf()"
# shellcheck disable=SC2317
quiet()
{
	log_mark
	sql 'SELECT wasm.set()'
	! log_since | grep -q 'call function'
}
ok 'ALTER SYSTEM takes the audit line away' wait_for 10 quiet
sql "ALTER SYSTEM SET pg_wasm.audit_log_args = on; ALTER SYSTEM SET pg_wasm.audit_log_results = on;
	ALTER SYSTEM RESET pg_wasm.audit_log; SELECT pg_reload_conf()"
sql "SELECT wasm.create_function('upper', $abi, '{text}', 'text')"
# shellcheck disable=SC2317
loud()
{
	log_mark
	sql "SELECT wasm.upper(E'it''s \\n\"me\"')"
	log_since | grep -qF 'result=ok value="IT'"'"'S \x0a\"ME\"" args=["it'"'"'s \x0a\"me\""]'
}
ok 'audit_log_args and audit_log_results, escaped' wait_for 10 loud

### what the engine's own queries may not be led astray by
sql 'CREATE ROLE caller LOGIN; CREATE SCHEMA evil AUTHORIZATION caller'
ROLE=caller
sql_is 'an operator and a function of the caller in its search_path' "
	CREATE FUNCTION evil.eq(bytea, bytea) RETURNS bool LANGUAGE sql AS 'SELECT 1/0 = 1';
	CREATE FUNCTION evil.eq(oid, oid) RETURNS bool LANGUAGE sql AS 'SELECT 1/0 = 1';
	CREATE OPERATOR evil.= (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = evil.eq);
	CREATE OPERATOR evil.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = evil.eq);
	CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT NULL::timestamptz';
	SET search_path = evil, pg_catalog; SELECT wasm.set(), wasm.call('set')" '65537|65537'
ROLE=postgres

### tables
fresh view
sql_is 'a table replaced by a view that shows clean bytes' "
	BEGIN; ALTER TABLE wasm.module RENAME TO hidden;
	CREATE VIEW wasm.module AS SELECT * FROM wasm.hidden;
	SELECT wasm.view(); COMMIT" 65537
sql_err 'a view of other types' "
	BEGIN; DROP VIEW wasm.module; CREATE VIEW wasm.module AS SELECT 'x'::text AS sha256, 1 AS bytes;
	SELECT wasm.view(); COMMIT" '.*' .
sql_err 'a view whose bytes are NULL' "
	DROP VIEW wasm.module; CREATE VIEW wasm.module AS SELECT sha256, NULL::bytea AS bytes FROM wasm.hidden;
	SELECT wasm.view()" XX001 'is not stored'
sql "SELECT wasm.create_function('onview', $abi, '{}', 'int4', '{\"export\": \"big\"}')"
isnt 'creating on top of it is an error' "$rc" 0
sql_is 'put back, it works again' "
	DROP VIEW wasm.module; ALTER TABLE wasm.hidden RENAME TO module; SELECT wasm.view()" 65537
sql_err 'a table gone' "ALTER TABLE wasm.function_def RENAME TO gone; SELECT wasm.view()" 42P01 'does not exist'
sql_is 'functions can still be dropped' 'DROP FUNCTION wasm.own' ''
sql 'ALTER TABLE wasm.gone RENAME TO function_def'
sql_is 'row security for the owner changes nothing for the engine' "
	ALTER TABLE wasm.function_def ENABLE ROW LEVEL SECURITY;
	SELECT wasm.view(); ALTER TABLE wasm.function_def DISABLE ROW LEVEL SECURITY" 65537
sql_err 'a trigger that raises' "
	CREATE FUNCTION public.no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION \$\$no\$\$; END';
	CREATE TRIGGER no BEFORE INSERT ON wasm.function_def FOR EACH ROW EXECUTE FUNCTION public.no();
	SELECT wasm.create_function('x', $abi, '{}', 'int4', '{\"export\": \"big\"}')" P0001 no
sql 'DROP TRIGGER no ON wasm.function_def'
fresh orphan
sql_is 'event trigger off: the row is an orphan, the name can be used again' "
	ALTER EVENT TRIGGER wasm_sql_drop DISABLE; DROP FUNCTION wasm.orphan;
	SELECT wasm.create_function('orphan', $abi, '{}', 'int4', '{\"export\": \"big\"}') \\g /dev/null
	SELECT wasm.orphan(), (SELECT count(*) FROM wasm.function_def WHERE name = 'wasm.orphan'),
		(SELECT wrapper_state FROM wasm.functions WHERE schema IS NULL)" '65537|2|missing'
sql_is 'another extension version in the catalog' "
	UPDATE pg_extension SET extversion = '0.4.3' WHERE extname = 'pg_wasm';
	SELECT wasm.orphan(), wasm.engine_info()->>'extension'" '65537|0.4.2'

ok 'the server lives' alive
unlike 'no backend crashed' "$(cat "$LOG")" 'terminated by signal|PANIC'

done_testing
