#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# One run over several databases: one that is down, one that is wrong, one that
# never answers; the order of what is shown; waves; a signal, the deadline.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"
WASMFN=${WASMFN:-build/wasmfn}

start_db || exit 1
ADD='(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'
artifact add "$ADD"
policy "$T/policy.yaml"
printf -- '- name: add\n  ref: %s\n  schema: wasm\n' "$ref" | manifest "$T/m.yaml"

in_db() { psql -XqAt -v ON_ERROR_STOP=1 -d "$(conninfo "${3:-postgres}") dbname=$1" -c "$2"; }
for db in a b c; do
	psql -XqAt -d "$(conninfo postgres) dbname=template1" -c "CREATE DATABASE $db TEMPLATE postgres" || exit 1
done
fresh()
{
	local db

	for db in a b c; do
		in_db $db "SET client_min_messages = error;
			SELECT wasm.drop_function(p.oid::regprocedure::text) FROM pg_proc p JOIN pg_language l
			ON l.oid = p.prolang WHERE p.proname = 'add' AND l.lanname = 'wasm';
			DROP FUNCTION IF EXISTS wasm.add(int, int);
			DROP SCHEMA wasmfn CASCADE; CREATE SCHEMA wasmfn AUTHORIZATION deploy" > /dev/null
	done
	rm -rf "$T/state"
}
# config NAME[=CONNINFO][/WAVE]...: the targets, in that order
config()
{
	local t name where wave

	for t in "$@"; do
		wave=
		[[ $t != */[0-9] ]] || wave=", wave: ${t##*/}" t=${t%/*}
		name=${t%%=*} where="$(conninfo deploy) dbname=$name"
		[ "$t" = "$name" ] || where=${t#*=}
		echo "  - {name: $name, conninfo: \"$where\"$wave}"
	done | (umask 077 && { printf 'apiVersion: wasmfn/v1\nkind: Config\ntargets:\n' && cat; } > "$T/config.yaml")
}
all() { wf --config "$T/config.yaml" "$@" -f "$T/m.yaml" --policy "$T/policy.yaml"; }
down="down=host=$T port=1 dbname=x"
q() { jq -r "$1" "$T/out"; }
codes() { q '[.results[] | .target + " " + (.exit_code | tostring)] | join(", ")'; }
functions() { local db; for db in a b c; do in_db $db "SELECT count(*) FROM pg_proc WHERE proname = 'add' AND prolang <> 14"; done | tr '\n' ' '; }
rows() { local db; for db in a b c; do in_db $db "SELECT count(*) FROM pg_class WHERE relname = 'ledger'"; done | tr '\n' ' '; }
# without what differs from run to run
same_each_run() { sed -E 's/"(run|first_seen)": *"[^"]*"/"\1": ""/' "$T/out"; }

# --- down --------------------------------------------------------------------------
fresh
config c "$down" a b
all install --json
is_rc 'install: one of four is down' 4
is 'each has its code, in the order of the configuration' "$(codes)" 'c 0, down 4, a 0, b 0'
is 'the others were done' "$(functions)" '1 1 1 '
is 'the cause is kept' "$(q '.results[1] | .result + " " + .error.code + " " + (.error.exit_code | tostring)')" \
	'unchecked unavailable 69'
like 'and names the target' "$(q '.results[1].error.message')" '^target down: '
is 'the document says so at its top' "$(q '.result + " " + (.exit_code | tostring)')" 'unchecked 4'
is 'progress for each' "$(grep -c '^wasmfn: [1-4] of 4: ' "$T/err")" 4
like 'and what became of it' "$err" ' of 4: a: applied: 1 change'

all install --json
same_each_run > "$T/side-by-side"
all install --json --parallel 1
is 'one after the other: the same document' "$(same_each_run | diff - "$T/side-by-side")" ''
is 'and the same order of progress' "$(grep -o 'of 4: [a-z]*' "$T/err" | cut -c 7- | tr '\n' ' ')" 'c down a b '
all install
is_rc 'for people' 4
like 'the target is named' "$err" 'wasmfn: error: target down: '
like 'a line at the end adds up' "$(tail -n 1 "$T/out")" '^4 targets: 3 done, 0 failed, 1 not reached or read, 0 not begun$'
is 'in the order of the configuration' "$(grep -o '^[abc]: ' "$T/out" | tr '\n' ' ')" 'c:  a:  b:  '
all install -q
is 'with -q nothing is said of those that went well' "$rc $out" '4 '
all plan
is_rc 'plan: 4 as well' 4
all plan --json --detailed-exitcode
is_rc 'nor are there changes' 4
all reconcile --json
is_rc 'reconcile' 4
is 'in the order of the configuration' "$(q '[.targets[] | .name + " " + .state] | join(", ")')" \
	'c in_sync, down unknown, a in_sync, b in_sync'
same_each_run > "$T/side-by-side"
all reconcile --json --parallel 1
is 'one after the other: the same document' "$(same_each_run | diff - "$T/side-by-side")" ''
all status --json --parallel 2
is 'status' "$rc $(q '[.targets[].name] | join(" ")')" '4 c down a b'
all list
is_rc 'list' 4
all reconcile --parallel 65
is_rc 'more at a time than there may be' 64

# --- a server that is full -----------------------------------------------------------
config a b c
sql 'ALTER ROLE deploy CONNECTION LIMIT 1'
all reconcile --json
is 'one session for all of them: each in its turn' "$rc $(q '[.targets[].state] | join(" ")')" '0 in_sync in_sync in_sync'
sql 'ALTER ROLE deploy CONNECTION LIMIT -1'
config c "$down" a b

# --- wrong --------------------------------------------------------------------------
in_db b "GRANT EXECUTE ON FUNCTION wasm.add(int, int) TO PUBLIC"
all reconcile --json
is 'drift in one is the exit code' "$rc $(q '[.targets[].state] | join(" ")')" '2 in_sync unknown in_sync drift'
fresh
in_db b "CREATE FUNCTION wasm.add(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1'"
all install --json
is 'install: one is wrong, and the others are done' "$rc $(codes)" '76 c 0, down 4, a 0, b 76'
is 'each is a transaction of its own' "$(functions)" '1 0 1 '

# --- waves --------------------------------------------------------------------------
fresh
config a/2 b/1 "$down/1" c/3
all install --json
is 'a wave is stopped by what is down in the one before' "$rc $(codes)" '4 a 4, b 0, down 4, c 4'
is 'its reason' "$(q '[.results[].error.code] | join(" ")')" 'wave  unavailable wave'
is 'the others of that wave are done' "$(functions)" '0 1 0 '
all plan --json
is 'plan looks at all' "$(codes)" 'a 0, b 0, down 4, c 0'
config a/2 b/1 c/3
in_db a "CREATE FUNCTION wasm.add(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1'"
all install --json
is 'or by what is wrong' "$rc $(codes)" '76 a 76, b 0, c 4'
is 'what is left was never begun' "$(rows)" '0 1 0 '
in_db a 'DROP FUNCTION wasm.add(int, int)'
all install
is_rc 'the same command again does what is left' 0
is 'wave by wave' "$(grep -o 'of 3: [a-z]*' "$T/err" | cut -c 7- | tr '\n' ' ')" 'b a c '
is 'all of it' "$(functions)" '1 1 1 '
config a/1 b
all install
is_rc 'a wave for some and none for others' 78

# --- never an answer -----------------------------------------------------------------
mkdir "$T/deaf"
python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); time.sleep(600)' \
	"$T/deaf/.s.PGSQL.1" &
at_exit kill $!
wait_for 10 test -S "$T/deaf/.s.PGSQL.1"
config "deaf=host=$T/deaf port=1 dbname=x connect_timeout=600" a b c
all --timeout 3 reconcile -v --json
is 'one that does not answer' "$rc $(q '[.targets[].state] | join(" ")')" '4 unknown in_sync in_sync in_sync'
is 'is the last to be through, and nobody waits for it' "$(sed -n 's/.*4 of 4: \([a-z]*\).*/\1/p' "$T/err")" deaf
is 'the deadline of the command ends it' "$(q '.targets[0].error.code')" timeout

# --- a signal --------------------------------------------------------------------------
waiting() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'wasmfn install%' AND wait_event_type = 'Lock'")" = 3 ]; }
nobody() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'wasmfn %'")" = 0 ]; }
fresh
config a b c
for db in a b c; do
	psql -XqAt -d "$(conninfo postgres) dbname=$db" -c 'BEGIN; LOCK TABLE wasm.module IN EXCLUSIVE MODE' \
		-c 'SELECT pg_sleep(600)' > /dev/null 2>&1 &
done
held() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()")" = 3 ]; }
wait_for 10 held
# bash starts background jobs with SIGINT ignored; python does not pass that on
python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$WASMFN" --config "$T/config.yaml" --store "$T/store" --state "$T/state" \
	install -f "$T/m.yaml" --policy "$T/policy.yaml" > "$T/bg" 2>&1 < /dev/null &
bg=$!
ok 'three of them wait in their servers' wait_for 20 waiting
kill -INT $bg
wait $bg
is 'SIGINT ends it' $? 130
ok 'each statement is cancelled, the locks still held' wait_for 5 nobody
sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()" > /dev/null
is 'nothing is left' "$(functions)$(rows)" '0 0 0 0 0 0 '
done_testing
