#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# install, killed or cut off at each of its calls of libpq, one after the
# other: the database has the old state or the new one each time, function and
# ledger alike, never something in between, and what install said is true.
# WF_STEPS_EVERY=N takes each N-th call, for a machine that is busy.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

start_db || exit 1
real=$(ldconfig -p | sed -n 's/.*libpq\.so\.5 .*=> //p' | head -n 1)
mkdir "$T/lib"
gcc -shared -fPIC -I"$(pg_config --includedir 2> /dev/null ||
	echo /usr/include/postgresql)" -Wl,-soname,libpq.so.5 -o "$T/lib/libpq.so.5" \
	"$DB_TOP/tests/lib/preload/pq_steps.c" -ldl || exit 1
for i in 1 2; do
	artifact "f$i" "(module (func (export \"f\") (result i32) i32.const $i))"
	manifest "$T/m$i.yaml" <<END
- {name: f, ref: "$ref", schema: wasm, comment: state $i}
- {name: g, ref: "$ref", schema: wasm, export: f, comment: state $i}
END
done
policy "$T/policy.yaml"
# Reading the store and judging is not what is looked at here.
ins() { # STATE [VARIABLE=VALUE...]
	local state=$1

	shift
	env "$@" "$WASMFN" --store "$T/store" --offline install -f "$T/m$state.yaml" \
		--policy "$T/policy.yaml" --target "$(conninfo deploy)" --state "$T/state" \
		> "$T/out" 2> "$T/err" < /dev/null
}
# The last backend of an install has ended; then everything in one line: "1" or
# "2", the number of ledger rows, and whether their chain is whole.
state() {
	sql "SET statement_timeout = '60s'; DO 'BEGIN
			WHILE EXISTS (SELECT FROM pg_stat_activity WHERE usename = \$q\$deploy\$q\$) LOOP
				PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
			END LOOP; END';
		SELECT CASE WHEN count(DISTINCT v) = 1 THEN min(v)::text ELSE 'between' END, r, chain
		FROM (SELECT wasm.f() UNION ALL SELECT wasm.g()
			UNION ALL SELECT right(obj_description('wasm.f'::regproc), 1)::int
			UNION ALL SELECT right(obj_description('wasm.g'::regproc), 1)::int
			UNION ALL SELECT right(doc::jsonb #>> '{function,comment}', 1)::int FROM wasmfn.ledger
				WHERE seq > (SELECT max(seq) FROM wasmfn.ledger) - 2) s(v),
		(SELECT count(*) AS r, bool_and(seq = n AND prev = p AND hash = sha256(convert_to(doc, 'UTF8'))) AS chain
			FROM (SELECT l.*, row_number() OVER w AS n, coalesce(lag(hash) OVER w, decode(repeat('00', 32), 'hex')) AS p
				FROM wasmfn.ledger l WINDOW w AS (ORDER BY seq)) x) y GROUP BY r, chain"
}
for i in 1 2; do
	wf pull -f "$T/m$i.yaml" --policy "$T/policy.yaml"
	is_rc "pull $i" 0
done
ok 'state 1' ins 1
is 'is there' "$(state)" '1|2|t'
ok 'state 2, through the counting libpq' ins 2 LD_LIBRARY_PATH="$T/lib" WF_PQ_REAL="$real" WF_PQ_FLAG="$T/flag"
is 'is there' "$(state)" '2|4|t'
calls=$(cat "$T/flag")
diag "$calls calls"
ok 'calls were counted' test "$calls" -gt 20

# State 1 in a new ledger.  A ledger that grows takes more calls to read, and the
# last call would run away from the steps.
fresh() {
	sql "SET client_min_messages = warning; DROP SCHEMA wasmfn CASCADE; CREATE SCHEMA wasmfn AUTHORIZATION deploy;
		SELECT wasm.drop_function(oid::regprocedure::text) FROM pg_proc
			WHERE pronamespace = 'wasm'::regnamespace AND proname IN ('f', 'g')" > /dev/null &&
		rm -rf "$T/state" && ins 1
}
# steps MODE: from wherever the database is to the other state, at call 1, 2, 3 …
# until one run is left alone.  How many answers a statement comes in differs a
# little from run to run, so that calls are taken as they come.
steps() {
	local mode=$1 at=0 now rows rc what next failed=''

	ok "$mode: from state 1" fresh
	now=1 rows=2
	while at=$((at + ${WF_STEPS_EVERY:-1})) && [ $at -lt 1000 ]; do
		rm -f "$T/flag"
		# in a shell of its own, which says "Killed" to nobody
		(ins $((3 - now)) LD_LIBRARY_PATH="$T/lib" WF_PQ_REAL="$real" WF_PQ_MODE="$mode" \
			WF_PQ_AT=$at WF_PQ_FLAG="$T/flag") 2> /dev/null
		rc=$?
		what=$(cat "$T/flag" 2> /dev/null)
		next=$(state)
		case $next in
		"$now|$rows|t") # the old one: then it did not say done
			[ $rc -ne 0 ] || failed+=" $at:$what:said-done" ;;
		"$((3 - now))|$((rows + 2))|t") # the new one
			[ $rc -eq 0 ] || [ "$mode" = kill ] || failed+=" $at:$what:said-$rc"
			now=$((3 - now)) rows=$((rows + 2)) ;;
		*) failed+=" $at:$what:$next"; break ;;
		esac
		case $what in [0-9]*) break ;; esac # it ran to its end
		[ "$rows" -lt 8 ] || { fresh || failed+=" $at:fresh"; now=1 rows=2; }
	done
	is "$mode at each of the $what calls: old or new, and what it said is true" "$failed" ''
	ok "$mode: to the last call" test "$at" -ge "$((calls / 2))" -a "$at" -lt 1000
	[ -n "$failed" ] && diag "$(cat "$T/out" "$T/err")"
}
SECONDS=0
steps kill
steps drop
diag "$SECONDS s"
done_testing
