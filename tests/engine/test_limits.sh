#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# How calls of the reference engine end: the rows of the seed's "Expected
# behaviour" table, every trap and its SQLSTATE, caps, cancel and terminate, a
# client that dies, and the error below WASM that must not poison a backend.

# shellcheck source=tests/engine/lib.sh
. "$(dirname "$0")/lib.sh"

engine_start --set client_connection_check_interval=50ms \
	--set pg_wasm.epoch_tick_ms=10 --set pg_wasm.max_epoch_deadline_ms=60000 \
	--set pg_wasm.max_fuel_per_call=2147483647
traps=$(wasm traps)

# make NAME ARGS RETURNS [CONFIG [WAT]]: creates it from traps.wat, at once
make()
{
	sql "SELECT wasm.create_function('$1', $(wasm "${5:-traps}"), '{$2}', '$3',
		'${4:-{\}}')"
	[ "$rc" -eq 0 ] || fail "create $1" "$err"
}

ms()
{
	echo $(($(date +%s%N) / 1000000))
}

### the seed's table, row by row
make busy '' int4 '{"epoch_deadline_ms": 100}' slow
start=$(ms)
sql_err 'seed: a function that loops is trapped by the epoch deadline' \
	'SELECT wasm.busy()' 38W01 'WASM function trapped: epoch_deadline_exceeded'
took=$(($(ms) - start))
ok "seed: within the configured ms (took $took)" \
	test "$took" -ge 100 -a "$took" -lt 1500
make gib '' int4 '{"max_memory_bytes": 16777216}'
sql_err 'seed: a function that allocates 1 GiB is trapped at the memory cap' \
	'SELECT wasm.gib()' 38W03 'WASM function trapped: oom'
sql_is 'seed: open("/etc/passwd") is EACCES without preopens' "
	SELECT wasm.create_function('read_file', $(wasm wasi), '{text}', 'text',
		'{\"wasi\": {}}') \\g /dev/null
	SELECT wasm.read_file('/etc/passwd')" 'errno 02'
sql_err 'seed: outbound calls are refused: the import' "
	SELECT wasm.create_function('fetch', $(wasm net), '{}', 'int4', '{\"wasi\":{}}')" \
	38W04 'capability_denied \(network not granted\)'
sql_err 'seed: outbound calls are refused: the allowlist cannot be honoured' "
	SET pg_wasm.allow_net = on;
	SELECT wasm.create_function('good', $traps, '{}', 'int4', '{\"wasi\": {
		\"sockets\": {\"allow_outbound_tcp\": [
			{\"host\": \"10.0.5.10\", \"port\": 9200}]}}}')" \
	38W04 'capability_denied \(network not granted\)'
make good '' int4
log_mark
sql 'SELECT wasm.good()'
sql 'SELECT wasm.gib()'
like 'seed: every invocation is logged with user, function, duration, result' \
	"$(log_since)" 'LOG:  pg_wasm: call function="wasm.good\(\)" user="postgres" duration_ms=[0-9]+\.[0-9]{3} fuel=[0-9]+ result=ok'
like 'seed: the failed one too' "$(log_since)" \
	'function="wasm.gib\(\)" user="postgres" duration_ms=[0-9.]+ fuel=[0-9]+ result=error cause="oom" sqlstate=38W03'
sql_is 'seed: what runs is the artifact with that digest' "
	SELECT prosrc FROM pg_proc WHERE proname = 'good'" \
	"sha256:$(sha256sum < "$T/traps.wasm" | cut -c1-64)"

### the seed's "Verify" block, with the config of its Step 2
sql_is "seed: Step 2's create_function as printed" "
	SELECT wasm.create_function(
	  function_name := 'normalize_address',
	  wasm_module := $(wasm slow),
	  arg_types := ARRAY['text'],
	  return_type := 'text',
	  -- Resource limits, enforced per call.
	  config := '{
	    \"max_memory_bytes\": 16777216,
	    \"fuel_per_call\": 5000000,
	    \"epoch_deadline_ms\": 100,
	    \"stack_size_bytes\": 524288
	  }'::jsonb
	)" 'wasm.normalize_address(text)'
sql_is 'seed: it works' "SELECT wasm.call('normalize_address', 'Main St')" 'Main St'
sql_err "seed: rubbish input that triggers an infinite loop" \
	"SELECT wasm.call('normalize_address', 'rubbish input that triggers infinite loop')" \
	38W01 'WASM function trapped: epoch_deadline_exceeded'

### every other trap
make unreachable '' int4
sql_err 'unreachable' 'SELECT wasm.unreachable()' 38W00 'trapped: unreachable'
like 'the backtrace is in DETAIL' "$err" 'DETAIL:.*backtrace'
make deep int4 int4
sql_err 'stack_overflow' 'SELECT wasm.deep(1)' 38W00 'trapped: stack_overflow'
make div int4,int4 int4
sql_err 'integer_division_by_zero' 'SELECT wasm.div(1, 0)' 38W00 'trapped: integer_division_by_zero'
sql_err 'integer_overflow' 'SELECT wasm.div(-2147483648, -1)' 38W00 'trapped: integer_overflow'
make conv float8 int4
sql_err 'bad_conversion_to_integer' "SELECT wasm.conv('NaN')" 38W00 'trapped: bad_conversion_to_integer'
make load int4 int4
sql_err 'memory_out_of_bounds' 'SELECT wasm.load(131072)' 38W00 'trapped: memory_out_of_bounds'
sql_err 'memory_out_of_bounds far away' 'SELECT wasm.load(-1)' 38W00 'trapped: memory_out_of_bounds'
make table int4 int4
sql_err 'table_out_of_bounds' 'SELECT wasm.table(2)' 38W00 'trapped: table_out_of_bounds'
sql_err 'indirect_call_to_null' 'SELECT wasm.table(1)' 38W00 'trapped: indirect_call_to_null'
sql_err 'bad_signature' 'SELECT wasm.table(0)' 38W00 'trapped: bad_signature'
make fuel '' int4 '{"fuel_per_call": 1000, "export": "spin"}'
sql_err 'fuel_exhausted' 'SELECT wasm.fuel()' 38W02 'trapped: fuel_exhausted'
sql_is 'PostgreSQL still has its own division by zero' "
	DO \$\$ BEGIN PERFORM wasm.div(1, 0); EXCEPTION WHEN OTHERS THEN NULL; END \$\$;
	DO \$\$ BEGIN PERFORM 1 / 0; EXCEPTION WHEN division_by_zero THEN RAISE LOG 'x'; END \$\$;
	SELECT wasm.good()" 42

### memory
make stubborn '' int4 '{"max_memory_bytes": 1048576}'
sql_err 'a refused growth is oom even if the module ignores it' \
	'SELECT wasm.stubborn()' 38W03 'trapped: oom'
make some int4 int4 '{"max_memory_bytes": 262144, "export": "grow_some"}'
sql_is 'growth up to the cap' 'SELECT wasm.some(2)' 2
sql_err 'not one page more' 'SELECT wasm.some(3)' 38W03 'trapped: oom'
make small '' int4 '{"max_memory_bytes": 65536, "export": "good"}'
sql_err 'a minimum over the cap' 'SELECT wasm.small()' 38W03 'trapped: oom'
make full '' int4 '{"instance": "call", "export": "touch"}'
sql_is 'memory is given back after every call' "
	SELECT wasm.full() \\g /dev/null
	CREATE TEMP TABLE m (kb int);
	CREATE FUNCTION rss() RETURNS int LANGUAGE sql AS \$\$
		SELECT substring(pg_read_file('/proc/self/status') FROM 'VmRSS:\s*(\d+)')::int \$\$;
	INSERT INTO m SELECT rss();
	SELECT count(wasm.full()) FROM generate_series(1, 5);
	SELECT rss() - kb < 20000 FROM m" $'5\nt'

### fuel and deadline start anew for each call
make f2 '' int4 '{"fuel_per_call": 20, "export": "good"}'
sql_is 'fuel is per call' 'SELECT count(wasm.f2()) FROM generate_series(1, 1000)' 1000
sql_err 'a start function is bounded too' "
	SELECT wasm.create_function('st', $(wasm start), '{}', 'int4',
		'{\"export\": \"f\", \"epoch_deadline_ms\": 50}') \\g /dev/null
	SELECT wasm.st()" '(38W01|38W02)' 'trapped'

### caps: when created, and again at every call
for c in max_memory_bytes:67108865 fuel_per_call:2147483648 \
	epoch_deadline_ms:60001 stack_size_bytes:1048577; do
	IFS=: read -r key value <<< "$c"
	sql_err "cap of $key when created" "
		SELECT wasm.create_function('cap', $traps, '{}', 'int4',
			'{\"export\": \"good\", \"$key\": $value}')" 54000 "$key $value exceeds the cluster cap"
done
sql_err 'a 1 GiB max_memory_bytes, as the seed has it' "
	SELECT wasm.create_function('good', $traps, '{}', 'int4',
		'{\"max_memory_bytes\": 1073741824}')" 54000 'exceeds the cluster cap'
make cap '' int4 '{"export": "good", "max_memory_bytes": 1048576, "fuel_per_call": 1000}'
sql_err 'a cap lowered later holds at the call' \
	'SET pg_wasm.max_memory_bytes = 1000000; SELECT wasm.cap()' 54000 'max_memory_bytes 1048576 exceeds'
sql_err 'even within one query' "
	SELECT wasm.cap(), set_config('pg_wasm.max_fuel_per_call', '999', false),
		wasm.cap() FROM generate_series(1, 2)" 54000 'fuel_per_call 1000 exceeds'
sql_err 'a row raised by hand holds at the call' "
	UPDATE wasm.function_def SET config = '{\"export\":\"good\",\"max_memory_bytes\":1073741824}'
	WHERE name = 'wasm.cap'; SELECT wasm.cap()" 54000 'exceeds the cluster cap'
sql_err 'without a limit of its own the cap counts' \
	'SET pg_wasm.max_fuel_per_call = 1; SELECT wasm.good()' 38W02 'fuel_exhausted'
sql_err 'not enough real stack' "
	SET max_stack_depth = '7500kB'; SELECT wasm.deep(1)" 54000 'not enough stack'
sql_err 'a deep SQL recursion and a deep module' "
	SET max_stack_depth = '7MB';
	CREATE FUNCTION rec(n int) RETURNS int LANGUAGE plpgsql AS
		'BEGIN RETURN CASE WHEN n = 0 THEN wasm.deep(1) ELSE rec(n - 1) END; END';
	SELECT rec(1000)" 38W00 'stack_overflow'
ok 'the server lives' alive

### subtransactions
sql_is 'EXCEPTION around a trap, then good calls, many times' "
	CREATE FUNCTION try() RETURNS int LANGUAGE plpgsql AS \$\$
	DECLARE n int := 0; BEGIN
		FOR i IN 1..200 LOOP
			BEGIN PERFORM wasm.unreachable();
			EXCEPTION WHEN SQLSTATE '38W00' THEN n := n + 1; END;
			BEGIN PERFORM wasm.deep(1);
			EXCEPTION WHEN SQLSTATE '38W00' THEN n := n + 1; END;
			n := n + wasm.good();
		END LOOP; RETURN n; END \$\$;
	SELECT try()" $((200 * 44))

### an error below WASM, then a trap: hangs for ever when it is done wrong
sql_err 'debug import is not there by default' "
	SELECT wasm.create_function('throw', $(wasm throw), '{}', 'int4')" \
	38W04 'import pg_wasm.debug_throw not provided'
sql "SET pg_wasm.debug_imports = on;
	SELECT wasm.create_function('throw', $(wasm throw), '{}', 'int4');
	SELECT wasm.create_function('trap', $(wasm throw), '{}', 'int4');
	SELECT wasm.create_function('fine', $(wasm throw), '{}', 'int4', '{\"export\":\"good\"}')"
sql_is 'an error below WASM does not poison the backend' "
	SET pg_wasm.debug_imports = on; SET statement_timeout = '10s';
	CREATE FUNCTION poison() RETURNS text LANGUAGE plpgsql AS \$\$
	DECLARE s text := ''; BEGIN
		FOR i IN 1..3 LOOP
			BEGIN PERFORM wasm.throw();
			EXCEPTION WHEN internal_error THEN s := s || SQLERRM || ','; END;
			BEGIN PERFORM wasm.trap();
			EXCEPTION WHEN SQLSTATE '38W00' THEN s := s || 'trap,'; END;
			s := s || wasm.fine() || ';';
		END LOOP; RETURN s; END \$\$;
	SELECT poison()" "$(printf 'debug_throw was called,trap,42;%.0s' 1 2 3)"
sql_err 'switched off again it is refused at the call' 'SELECT wasm.throw()' \
	38W04 'trapped: capability_denied \(import pg_wasm.debug_throw not provided\)'

### cancel, terminate, timeouts, a client that dies
make long '' int4 '{"export": "busy"}' slow
sql_err 'statement_timeout' "SET statement_timeout = '200ms'; SELECT wasm.long()" 57014 'canceling statement due to statement timeout'
sql_is 'and the session goes on' "
	SET statement_timeout = '200ms';
	DO \$\$ BEGIN PERFORM wasm.long(); EXCEPTION WHEN query_canceled THEN NULL; END \$\$;
	SELECT wasm.good()" 42
sql_bg 'SELECT wasm.long() /*cancel*/'
ok 'a call is running' wait_for 10 backend_runs '/%cancel%/'
start=$(ms)
sql "SELECT pg_cancel_backend($(backend_of '/%cancel%/'))"
wait "$bg"
took=$(($(ms) - start))
like 'pg_cancel_backend' "$(cat "$T/bg.err")" '57014: canceling statement due to user request'
ok "at once (took $took ms)" test "$took" -lt 2000
sql_bg 'SELECT wasm.long() /*term*/'
ok 'a call is running' wait_for 10 backend_runs '/%term%/'
sql "SELECT pg_terminate_backend($(backend_of '/%term%/'))"
wait "$bg"
like 'pg_terminate_backend' "$(cat "$T/bg.err")" '57P01: terminating connection due to administrator command'
sql_bg 'SELECT wasm.long() /*kill*/'
ok 'a call is running' wait_for 10 backend_runs '/%kill%/'
disown "$bg"
kill -9 "$bg"
ok 'the backend of a killed client goes away' wait_for 10 backend_gone '/%kill%/'
sql_bg 'SELECT wasm.long() /*log*/'
ok 'a call is running' wait_for 10 backend_runs '/%log%/'
log_mark
sql "SELECT pg_log_backend_memory_contexts($(backend_of '/%log%/'))"
# shellcheck disable=SC2317
in_log()
{
	log_since | grep -q "$1"
}
ok 'other interrupts are served while a module runs' wait_for 10 in_log 'logging memory contexts'
ok 'and do not end it' backend_runs '/%log%/'
sql "SELECT pg_terminate_backend($(backend_of '/%log%/'))"
wait "$bg"

### what a backend costs
sql_is 'no thread is started' "
	SELECT wasm.good() \\g /dev/null
	\\! ls /proc/\$(psql -XAtqc \"SELECT pid FROM pg_stat_activity WHERE query LIKE '%wasm.good%' AND pid <> pg_backend_pid() ORDER BY query_start DESC LIMIT 1\" '$TARGET')/task | wc -l" 1
unlike 'no backend crashed' "$(cat "$LOG")" 'terminated by signal|PANIC'

done_testing
