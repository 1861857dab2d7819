#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# install when something breaks: before, in the middle, at COMMIT.  After each
# the database has the old state or the new one, and the ledger says which.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

start_db --tcp --hba 'local all locked scram-sha-256' || exit 1
sql "CREATE ROLE locked LOGIN PASSWORD 'right'; GRANT wasm_authors TO locked"
ADD='(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'
artifact add "$ADD"
policy "$T/policy.yaml"
manifest "$T/m.yaml" <<END
- name: add
  ref: $ref
  schema: wasm
- name: add2
  ref: $ref
  schema: wasm
  export: add
END
ins() { wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --json --target "$@"; }
in_background() {
	"$WASMFN" --store "$T/store" --state "$T/state" install -f "$T/m.yaml" \
		--policy "$T/policy.yaml" --target "$1" > "$T/bg.$2" 2>&1 < /dev/null &
	bg=$!
}
functions() { sql "SELECT count(*) FROM pg_proc WHERE proname LIKE 'add%' AND pronamespace = 'wasm'::regnamespace"; }
code() { jq -r .error.code <<< "$out"; }
rows() { sql "SELECT count(*) FROM pg_class WHERE relname = 'ledger'" | grep -q 1 && sql 'SELECT count(*) FROM wasmfn.ledger' || echo 0; }

# --- not getting in -----------------------------------------------------------
printf '*:*:*:locked:wr0ng-s3cret\n' > "$T/pgpass"
chmod 600 "$T/pgpass"
export PGPASSFILE=$T/pgpass
ins "$(conninfo locked)"
is_rc 'password wrong' 77
is 'reason' "$(code)" auth
unlike 'the password is not shown' "$out$err" 'wr0ng'
rm "$T/pgpass"
ins "$(conninfo locked)"
is_rc 'no password known' 77
is 'reason' "$(code)" auth
unset PGPASSFILE
ins "$(conninfo deploy) password=s3cret"
is_rc 'a password on the command line' 64
unlike 'is not shown' "$out$err" 's3cret'
ins "host=$T port=1 dbname=postgres"
is_rc 'no server' 69
is 'reason' "$(code)" unavailable
ins "host=127.0.0.1 port=$db_tcp dbname=postgres user=deploy"
is_rc 'TCP without TLS' 78
is 'reason' "$(code)" config
ins "host=127.0.0.1 port=$db_tcp dbname=postgres user=deploy sslmode=prefer"
is_rc 'TCP with less than verify-full asked for' 78
ins "$(conninfo deploy) dbname=nosuch"
is_rc 'no such database' 78
ins "$(conninfo nosuch)"
is_rc 'no such role' 77
ins "$(conninfo deploy)" --engine nosuch
is_rc 'no such engine' 64
sql 'CREATE DATABASE empty'
ins "$(conninfo deploy) dbname=empty"
is_rc 'a database without the engine' 76
is 'reason' "$(code)" engine

# --- privileges ---------------------------------------------------------------
sql "CREATE ROLE nobody LOGIN"
ins "$(conninfo nobody)"
is_rc 'a role that may do nothing' 77
is 'reason' "$(code)" privilege
sql "GRANT SELECT ON wasm.module, wasm.function_def TO nobody"
ins "$(conninfo nobody)"
is_rc 'a role that may only read' 77
is 'reason' "$(code)" privilege
sql 'DROP SCHEMA wasmfn; GRANT wasm_authors TO nobody'
ins "$(conninfo nobody)"
is_rc 'a role that may make functions but no ledger' 77
like 'the hint has the statement' "$(jq -r .error.hint <<< "$out")" 'CREATE SCHEMA wasmfn AUTHORIZATION nobody'
is 'nothing is left of it' "$(functions)" 0
sql 'CREATE SCHEMA wasmfn AUTHORIZATION deploy'
ins "$(conninfo nobody)"
is_rc "somebody else's ledger" 77
is 'nothing is left of it' "$(functions)" 0

# --- half way ----------------------------------------------------------------
sql "CREATE FUNCTION wasm.add2(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1'"
ins "$(conninfo deploy)"
is_rc 'the second function cannot be made' 76
is 'the first is not there either' "$(sql "SELECT count(*) FROM pg_proc WHERE proname = 'add'")" 0
is 'nor a row' "$(rows)" 0
sql 'DROP FUNCTION wasm.add2'

start_proxy cut 'wasm.create_function'
ins "$(through deploy)"
is_rc 'connection lost while a function is made' 69
is 'nothing is left' "$(functions) $(rows)" '0 0'

start_proxy hold 'wasm.create_function'
in_background "$(through deploy)" killed
wait_for 20 test -e "$flag.held" || diag "$(cat "$T/bg.killed")"
kill_db
touch "$flag.go"
wait $bg
is 'server stopped while a function is made' $? 69
again_db
is 'nothing is left' "$(functions) $(rows)" '0 0'

# --- signals -------------------------------------------------------------------
# the engine's table is locked, so that the statement runs until it is cancelled
hold_table() {
	psql -XqAt -d "$(conninfo postgres)" -c 'BEGIN; LOCK TABLE wasm.module IN EXCLUSIVE MODE' \
		-c "SELECT pg_sleep(600)" > /dev/null 2>&1 &
	holder=$!
	wait_for 10 table_is_held
}
table_is_held() {
	[ "$(sql "SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND relation = 'wasm.module'::regclass AND granted")" = 1 ]
}
free_table() {
	sql "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE mode = 'ExclusiveLock' AND relation = 'wasm.module'::regclass AND granted" > /dev/null
	wait $holder 2> /dev/null
}
install_waits() {
	[ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'deploy' AND wait_event_type = 'Lock' AND query LIKE '%create_function%'")" = 1 ]
}
nobody_left() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE usename = 'deploy'")" = 0 ]; }

# bash starts background jobs with SIGINT ignored; python does not pass that on
interruptible() {
	exec python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$@"
}
start_install() {
	interruptible "$WASMFN" --store "$T/store" --state "$T/state" install -f "$T/m.yaml" \
		--policy "$T/policy.yaml" --target "$(conninfo deploy)" > "$T/bg.$1" 2>&1 < /dev/null &
	bg=$!
	wait_for 20 install_waits || diag "$(cat "$T/bg.$1")"
}
hold_table
start_install int
kill -INT $bg
wait $bg
is 'SIGINT while a function is made: died of it' $? 130
ok 'the server has cancelled it, the lock still held' wait_for 3 nobody_left
is 'nothing is left' "$(functions) $(rows)" '0 0'
start_install term
kill -TERM $bg
wait $bg
is 'SIGTERM' $? 143
ok 'cancelled' wait_for 10 nobody_left
start_install kill
kill -KILL $bg
wait $bg 2> /dev/null
is 'SIGKILL' $? 137
free_table
ok 'the server ends it' wait_for 20 nobody_left
is 'nothing is left' "$(functions) $(rows)" '0 0'

hold_table
wf --timeout 1 install -f "$T/m.yaml" --policy "$T/policy.yaml" --json --target "$(conninfo deploy)"
is_rc '--timeout while a function is made' 75
is 'reason' "$(code)" timeout
free_table
is 'nothing is left' "$(functions) $(rows)" '0 0'

# --- COMMIT ---------------------------------------------------------------------
start_proxy hold 'COMMIT\x00'
in_background "$(through deploy)" commit-kill
wait_for 20 test -e "$flag.held" || diag "$(cat "$T/bg.commit-kill")"
kill -KILL $bg
wait $bg 2> /dev/null
ok 'SIGKILL before COMMIT: the server rolls back' wait_for 10 nobody_left
is 'nothing is left' "$(functions) $(rows)" '0 0'

start_proxy cut 'COMMIT\x00'
ins "$(through deploy)"
is_rc 'COMMIT that never arrived' 69
like 'it is known that nothing was done' "$(jq -r .error.message <<< "$out")" 'nothing was changed'
is 'nothing is left' "$(functions) $(rows)" '0 0'

# --- two at once -----------------------------------------------------------------
start_proxy hold 'COMMIT\x00'
in_background "$(through deploy)" first
wait_for 20 test -e "$flag.held" || diag "$(cat "$T/bg.first")"
first=$bg
ins "$(conninfo deploy)"
is_rc 'a second run, the first not ending' 75
is 'reason' "$(code)" try-again
in_background "$(conninfo deploy)" second
second=$bg
second_waits() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'")" = 1 ]; }
wait_for 10 second_waits
touch "$flag.go"
wait $first
is 'the first ends well' $? 0
wait $second
is 'the second waited for it' $? 0
like 'and found nothing to do' "$(cat "$T/bg.second")" 'nothing to do'
is 'two functions, two rows' "$(functions) $(rows)" '2 2'

# --- COMMIT without an answer -----------------------------------------------------
artifact add '(module (func (export "add") (param i32 i32) (result i32) i32.const 7))'
manifest "$T/m.yaml" <<END
- name: add
  ref: $ref
  schema: wasm
END
start_proxy deaf 'COMMIT\x00'
ins "$(through deploy)"
is_rc 'COMMIT sent and not answered' 0
like 'it says so' "$err" 'the ledger says it was done'
is 'the new state' "$(sql 'SELECT wasm.add(1, 1)') $(rows)" '7 3'
ins "$(conninfo deploy)"
is 'again: nothing to do' "$(jq -r '.steps[0].action' <<< "$out")" none

# --- what is tried again ------------------------------------------------------------
back() {
	manifest "$T/m.yaml" <<END
- {name: add, ref: "$ref", schema: wasm, comment: "$1"}
END
}
comment() { sql "SELECT obj_description('wasm.add'::regproc)"; }
back one
start_proxy drop 'COMMENT ON'
ins "$(through deploy)"
is_rc 'a connection lost once' 0
like 'it is said' "$err" 'connection to the server was lost; trying again'
is 'the new state' "$(comment) $(rows)" 'one 4'
back two
start_proxy drop 'COMMIT\x00'
ins "$(through deploy)"
is_rc 'COMMIT that did not arrive once' 0
is 'the new state' "$(comment) $(rows)" 'two 5'
# refused for the moment: the third transaction gets through
sql "CREATE SEQUENCE public.refusals; GRANT USAGE ON SEQUENCE public.refusals TO PUBLIC;
	CREATE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN
		IF nextval(\$q\$public.refusals\$q\$) <= 2 THEN
			RAISE EXCEPTION \$q\$not now\$q\$ USING ERRCODE = \$q\$40001\$q\$; END IF; END';
	CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('COMMENT') EXECUTE FUNCTION public.refuse()"
back three
ins "$(conninfo deploy)"
is_rc 'a serialization failure, twice' 0
is 'two were refused' "$(sql 'SELECT last_value FROM public.refusals')" 3
is 'the new state' "$(comment) $(rows)" 'three 6'
sql "ALTER SEQUENCE public.refusals RESTART"
sql "CREATE OR REPLACE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN
	PERFORM nextval(\$q\$public.refusals\$q\$);
	RAISE EXCEPTION \$q\$not now\$q\$ USING ERRCODE = \$q\$40P01\$q\$; END'"
back four
ins "$(conninfo deploy)"
is_rc 'a deadlock each time' 75
is 'three tries, no more' "$(sql 'SELECT last_value FROM public.refusals')" 3
is 'the old state' "$(comment) $(rows)" 'three 6'
sql "ALTER SEQUENCE public.refusals RESTART"
sql "CREATE OR REPLACE FUNCTION public.refuse() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN
	PERFORM nextval(\$q\$public.refusals\$q\$);
	RAISE EXCEPTION \$q\$never\$q\$ USING ERRCODE = \$q\$22023\$q\$; END'"
ins "$(conninfo deploy)"
is_rc 'what will not go well the next time' 76
is 'is tried once' "$(sql 'SELECT last_value FROM public.refusals')" 1
sql 'DROP EVENT TRIGGER refuse; ALTER SEQUENCE public.refusals RESTART'

# --- so are the other verbs -----------------------------------------------------------
on() { wf "$1" --json -f "$T/m.yaml" --target "$2" --reason test wasm.add "${@:3}"; }
start_proxy drop 'REVOKE'
on quarantine "$(through deploy)"
is 'quarantine: a connection lost once' "$rc $(rows)" '0 7'
like 'it is said' "$err" 'connection to the server was lost; trying again'
ins "$(conninfo deploy)" --release wasm.add
is 'released' "$rc $(rows)" '0 8'
start_proxy deaf 'COMMIT\x00'
on quarantine "$(through deploy)"
is 'quarantine: COMMIT sent and not answered' "$rc $(rows)" '0 9'
like 'it says so' "$err" 'the ledger says it was done'
ins "$(conninfo deploy)" --release wasm.add
start_proxy drop 'TRANSACTION ISOLATION LEVEL REPEATABLE READ'
on rollback "$(through deploy)" --policy "$T/policy.yaml"
is 'rollback: a connection lost while it looks' "$rc $(rows) $(sql 'SELECT wasm.add(1, 1)')" '0 11 2'
start_proxy drop 'COMMIT\x00'
on remove "$(through deploy)"
is 'remove: COMMIT that did not arrive once' "$rc $(rows) $(functions)" '0 12 1'
sql "CREATE FUNCTION public.refuse_row() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN
		IF nextval(\$q\$public.refusals\$q\$) <= 2 THEN
			RAISE EXCEPTION \$q\$not now\$q\$ USING ERRCODE = \$q\$40001\$q\$; END IF; RETURN NEW; END';
	CREATE TRIGGER refuse BEFORE INSERT ON wasmfn.ledger FOR EACH ROW EXECUTE FUNCTION public.refuse_row()"
wf remove --json -f "$T/m.yaml" --target "$(conninfo deploy)" wasm.add2
is 'remove: a serialization failure, twice' "$rc $(sql 'SELECT last_value FROM public.refusals') $(rows) $(functions)" '0 3 13 0'
done_testing
