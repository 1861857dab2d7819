#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Functions of the reference engine in the places where SQL can use one:
# aggregates, cursors, indexes, prepared statements, parallel plans, and for so
# many rows that a leak would show.

# shellcheck source=tests/engine/lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2119
engine_start
abi=$(wasm abi)
sql "ALTER DATABASE postgres SET pg_wasm.audit_log = off;
	SELECT wasm.create_function('add', $abi, '{int4,int4}', 'int4');
	SELECT wasm.create_function('upper', $abi, '{text}', 'text');
	SELECT wasm.create_function('count', $abi, '{}', 'int4');
	SELECT wasm.create_function('div', $(wasm traps), '{int4,int4}', 'int4');
	CREATE FUNCTION rss() RETURNS int LANGUAGE sql AS \$\$
		SELECT substring(pg_read_file('/proc/self/status') FROM 'VmRSS:\\s*(\\d+)')::int \$\$"
is_rc 'functions to use' 0

sql_is 'an aggregate and a window function' "
	CREATE AGGREGATE total(int) (SFUNC = wasm.add, STYPE = int, INITCOND = '0');
	SELECT total(i) FROM generate_series(1, 1000) i;
	SELECT string_agg(t::text, ',') FROM (
		SELECT total(i) OVER (ORDER BY i) t FROM generate_series(1, 4) i) s" $'500500\n1,3,6,10'
sql_is 'a cursor goes on after a trap in a subtransaction' "
	BEGIN; DECLARE c CURSOR FOR SELECT wasm.count() FROM generate_series(1, 3);
	FETCH 1 FROM c; SAVEPOINT s;
	\\set ON_ERROR_STOP 0
	SELECT wasm.div(1, 0);
	\\set ON_ERROR_STOP 1
	ROLLBACK TO s; FETCH 1 FROM c; CLOSE c; COMMIT" $'1\n2'
sql_is 'two call sites of one query have instances of their own' "
	SELECT wasm.count(), wasm.count() FROM generate_series(1, 2)" $'1|1\n2|2'
sql_is 'a prepared statement sees a replaced function' "
	SELECT wasm.create_function('p', $abi, '{}', 'int4', '{\"export\":\"big\"}') \\g /dev/null
	PREPARE q AS SELECT wasm.p(); EXECUTE q;
	SELECT wasm.replace_function('p', $(wasm traps), '{\"export\":\"good\"}') \\g /dev/null
	EXECUTE q; EXECUTE q" $'65537\n42\n42'
sql_is 'IMMUTABLE: folded, indexed, generated' "
	ALTER FUNCTION wasm.upper IMMUTABLE;
	CREATE TABLE t (a text, b text GENERATED ALWAYS AS (wasm.upper(a)) STORED);
	INSERT INTO t SELECT 'row' || i FROM generate_series(1, 100) i;
	CREATE INDEX ON t (wasm.upper(a)); ANALYZE t; SET enable_seqscan = off;
	SELECT b FROM t WHERE wasm.upper(a) = wasm.upper('row7')" ROW7
sql_is 'PARALLEL SAFE by hand, in parallel workers' "
	ALTER FUNCTION wasm.add PARALLEL SAFE; SET force_parallel_mode = on;
	SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;
	SELECT sum(wasm.add(length(a), 1)) FROM t" 592
sql_is 'a domain as argument and result' "
	CREATE DOMAIN even AS int4 CHECK (VALUE % 2 = 0);
	SELECT wasm.create_function('echo_even', $abi, '{even}', 'even', '{\"export\":\"echo\"}') \\g /dev/null
	SELECT wasm.create_function('even_text', $abi, '{even}', 'text', '{\"export\":\"echo\"}') \\g /dev/null
	SELECT wasm.echo_even(4), wasm.call('even_text', '6')" '4|6'
sql_err 'whose check wasm.call cannot get round' "SELECT wasm.call('even_text', '7')" 23514 'violates check constraint'
sql_is 'arrays, enums and composites travel as text' "
	CREATE TYPE mood AS ENUM ('sad', 'ok'); CREATE TYPE pair AS (a int, b text);
	SELECT wasm.create_function('e1', $abi, '{int4[]}', 'int4[]', '{\"export\":\"echo\"}') \\g /dev/null
	SELECT wasm.create_function('e2', $abi, '{mood}', 'mood', '{\"export\":\"echo\"}') \\g /dev/null
	SELECT wasm.create_function('e3', $abi, '{pair}', 'pair', '{\"export\":\"echo\"}') \\g /dev/null
	SELECT wasm.e1('{1,2}'), wasm.e2('ok'), wasm.e3((1, 'x,y'))" '{1,2}|ok|(1,"x,y")'
sql_is 'the extension dropped and made again within one session' "
	SET client_min_messages = warning; SELECT wasm.add(1, 1);
	BEGIN; DROP EXTENSION pg_wasm CASCADE; CREATE EXTENSION pg_wasm;
	SELECT wasm.create_function('add', $abi, '{int4,int4}', 'int4') \\g /dev/null
	SELECT wasm.add(1, 2); ROLLBACK; SELECT wasm.add(1, 3)" $'2\n3\n4'
sql_is '100 functions, more than are kept compiled' "
	SELECT count(wasm.create_function('many' || i, $abi || decode('000403' ||
		encode(to_char(i, 'FM000')::bytea, 'hex'), 'hex'), '{}', 'int4', '{\"export\":\"big\"}'))
	FROM generate_series(1, 100) i;
	SELECT sum(wasm.call('many' || i)::int) FROM generate_series(1, 100) i" $'100\n6553700'

# 400,000 calls may not cost 10 MB; nor 3,000 call sites, nor 3,000 traps.
sql_is 'no leak: rows' "
	SELECT count(wasm.upper('abc' || i)) FROM generate_series(1, 1000) i;
	CREATE TEMP TABLE m AS SELECT rss() AS kb;
	SELECT count(wasm.upper('abc' || i)), count(wasm.call('upper', i)) FROM generate_series(1, 200000) i;
	SELECT rss() - kb < 10000 FROM m" $'1000\n200000|200000\nt'
sql_is 'no leak: call sites and traps' "
	CREATE FUNCTION sites(n int) RETURNS int LANGUAGE plpgsql AS \$\$ DECLARE k int := 0; BEGIN
		FOR i IN 1..n LOOP
			EXECUTE 'SELECT wasm.add(1, 1) + wasm.count()';
			BEGIN PERFORM wasm.div(1, 0); EXCEPTION WHEN OTHERS THEN k := k + 1; END;
		END LOOP; RETURN k; END \$\$;
	SELECT sites(100);
	CREATE TEMP TABLE m AS SELECT rss() AS kb;
	SELECT sites(3000);
	SELECT rss() - kb < 10000 FROM m" $'100\n3000\nt'
unlike 'no backend crashed' "$(cat "$LOG")" 'terminated by signal|PANIC'

done_testing
