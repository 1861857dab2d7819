#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The ledger is judged while the server hashes: what that must not change, and
# what becomes of the statement that is running when the command ends early.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"
# shellcheck source=tests/lib/drift.sh
. "$(dirname "$0")/../lib/drift.sh"
WASMFN=${WASMFN:-build/wasmfn}

start_drift || exit 1

# --- round trips ---------------------------------------------------------------------
trips() { sed -n 's/.*"sql_round_trips":\([0-9]*\).*/\1/p' <<< "$err"; }
fresh
clean 'clean'
rec --stats
first=$(trips)
is 'a run that finds nothing, counted' "$rc $((first > 0 && first < 20))" '0 1'
{
	entry_add
	printf -- '- name: twice\n  ref: %s\n  schema: wasm\n' "$twice"
	for i in 1 2 3 4 5; do
		printf -- '- name: more_%s\n  ref: %s\n  schema: wasm\n  export: add\n' "$i" "$add"
	done
} | manifest "$T/m.yaml"
wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(in_c deploy)"
is_rc 'five functions more' 0
rec --stats
is 'take no round trip more' "$rc $(trips)" "0 $first"

# --- the server is slow, and the command has no time for it ---------------------------
# the statement that hashes waits for this lock
hold()
{
	psql -XqAt -d "$(in_c postgres)" -c 'BEGIN; LOCK TABLE wasm.module IN ACCESS EXCLUSIVE MODE' \
		-c 'SELECT pg_sleep(600)' > /dev/null 2>&1 &
	holder=$!
	wait_for 10 held
}
held() { [ "$(sql "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation IS NOT NULL AND database = (SELECT oid FROM pg_database WHERE datname = 'c')")" != 0 ]; }
waiting() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'wasmfn reconcile%' AND wait_event_type = 'Lock'")" = 1 ]; }
nobody() { [ "$(sql "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'wasmfn %'")" = 0 ]; }
release()
{
	sql "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()" > /dev/null
	wait "$holder"
}

hold
rec --timeout 2
is '--timeout in the middle is unknown, not clean' "$rc $(q '.targets[0].state')" '4 unknown'
is 'and says why' "$(q '.findings[] | .id + " " + .object')" 'D30 target'
if wait_for 10 nobody; then pass 'nothing of it runs on at the server'; else fail 'nothing of it runs on at the server' "$(sql 'SELECT * FROM pg_stat_activity')"; fi

"$WASMFN" --store "$T/store" --state "$T/state" reconcile -q -f "$T/m.yaml" \
	--policy "$T/policy.yaml" --target "$(in_c reader)" > "$T/bg" 2>&1 &
pid=$!
if wait_for 10 waiting; then pass 'a run waits for the server'; else fail 'a run waits for the server' "$(cat "$T/bg")"; fi
kill -TERM "$pid"
wait "$pid"
is 'SIGTERM ends it' $? 143
if wait_for 10 nobody; then pass 'and its statement'; else fail 'and its statement' "$(sql 'SELECT * FROM pg_stat_activity')"; fi
release
rec
found 'afterwards it is as before' 0 in_sync ''

# --- judged early, said all the same -------------------------------------------------
printf 'deny: {manifests: ["%s"]}\n' "${twice##*@}" >> "$T/policy.yaml"
rec
is 'what is denied today is found' "$rc $(ids) $(q '.findings[0].object')" '17 D21 wasm.twice(integer)'
sqlc "SELECT wasm.drop_function('wasm.twice(integer)')" > /dev/null
rec
is 'a function that is gone was judged for nothing' "$rc $(ids) $(state twice)" '2 D04 drift'
done_testing
