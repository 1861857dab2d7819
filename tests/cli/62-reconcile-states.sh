#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The truth table of the contract on a real server, as the reader: each row by
# its name; a new host, a host that knows another head, a forged ledger.
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
twice_entry=$(printf -- '- name: twice\n  ref: %s\n  schema: wasm\n' "$twice")
want() { { entry_add "$1"; printf '%s\n' "$twice_entry"; } | manifest "$T/m.yaml"; }
# by another host, with a memory of its own
elsewhere()
{
	run "$WASMFN" --store "$T/store" --state "$T/other-host" install -f "$T/m.yaml" \
		--policy "$T/policy.yaml" --target "$(in_c deploy)"
	rm -rf "$T/other-host"
}
off='ALTER TABLE wasmfn.ledger DISABLE TRIGGER ALL; ALTER TABLE wasmfn.ledger DROP CONSTRAINT IF EXISTS ledger_check;'
on='ALTER TABLE wasmfn.ledger ENABLE ALWAYS TRIGGER ledger_rows; ALTER TABLE wasmfn.ledger ENABLE ALWAYS TRIGGER ledger_truncate'
forge_module="INSERT INTO wasm.module (sha256, bytes) SELECT sha256(b), b FROM (VALUES ($evil)) v(b);
	UPDATE wasm.function_def SET sha256 = '\\x$evil_hex' WHERE name = 'wasm.add';
	UPDATE pg_proc SET prosrc = 'sha256:$evil_hex' WHERE oid = 'wasm.add(int, int)'::regprocedure;"
# rechain: every row hashed again, as somebody with the source would
rechain="DO \$\$ DECLARE r record; p bytea := decode(repeat('00', 32), 'hex'); d text; BEGIN
	FOR r IN SELECT seq, doc FROM wasmfn.ledger ORDER BY seq LOOP
		d := regexp_replace(r.doc, '\"prev\":\"sha256:[0-9a-f]*\"', '\"prev\":\"sha256:' || encode(p, 'hex') || '\"');
		UPDATE wasmfn.ledger SET doc = d, prev = p, hash = sha256(convert_to(d, 'UTF8')) WHERE seq = r.seq;
		p := sha256(convert_to(d, 'UTF8'));
	END LOOP; END \$\$;"

# --- M = L = V ---------------------------------------------------------------------
fresh
rec
found 'M = L = V' 0 in_sync ''
is 'it is recorded' "$(q '.targets[0].functions[0].unrecorded')" null
is 'and this host knows it now' "$(jq '.rows | length' "$T"/state/target-*.json)" 2
is 'the ledger is whole' "$(q '.targets[0].ledger | .chain + " " + (.rows | tostring)')" 'whole 2'

# --- M ahead -----------------------------------------------------------------------
want "$sub"
rec
found 'M in neither store nor ledger' 4 unknown D30
like 'the remedy is pull -f' "$(q '.findings[0].observed')" 'pull -f'
run "$WASMFN" --store "$T/store" pull "$sub"
is_rc 'the artifact is pulled' 0
rec
found 'M != L = V, L known and verifies' 3 pending D25
rec --fail-on drift
is_rc '--fail-on drift makes that 0' 0
rm -rf "$T/state"
rec
found 'M != L = V, L not known but verifies: a new host' 3 pending D25
like 'first seen' "$(q '.findings[0].observed')" 'first seen by this host'
is 'what is pending is not learnt' "$(jq -r '.rows[].function' "$T"/state/target-*.json)" 'wasm.twice(integer)'
want "$add"
clean '(the host learns the first head)'
want "$sub"
elsewhere
is_rc '(another host installs the new version)' 0
rec
found 'and this host finds it in sync' 0 in_sync ''
want "$add"
rec
found 'M back at the old version, L known' 3 pending D25
fresh
want "$add"
clean '(this host knows the first head)'
want "$sub"
elsewhere
want "$add"
rec
found 'M != L = V, this host knows another head' 2 conflict D26

# --- evidence that does not verify ------------------------------------------------------
fresh
want "$add"
clean '(this host knows the head)'
want "$sub"
policy "$T/policy.yaml"
sed -i 's/release\.pub/other.pub/' "$T/policy.yaml"
rec
found 'M != L = V, L known, the key is no longer trusted' 12 drift D21
is 'of the other function M = L = V says in_sync, and D21' "$(state twice)" in_sync
rm -rf "$T/state"
rec
found 'M != L = V, L not known and does not verify' 16 drift 'D20 D21'
policy "$T/policy.yaml"

# --- nothing moved, and the signature no longer counts -------------------------------------
fresh
want "$add"
clean '(as wanted and recorded)'
sed -i 's/release\.pub/other.pub/' "$T/policy.yaml"
for run in first second; do
	rec
	found "M = L = V, the key is no longer trusted: the $run run" 12 in_sync D21
done
policy "$T/policy.yaml"
printf 'deny: {modules: ["%s"]}\n' "$add_module" >> "$T/policy.yaml"
rec
found 'M = L = V, a denied module' 17 in_sync D21
policy "$T/policy.yaml"
clean '(allowed again)'

# --- forged together ------------------------------------------------------------------
fresh
want "$add"
sqlc "$forge_module $off UPDATE wasmfn.ledger SET doc = replace(doc, '$add_module', '$sub_module'); $rechain $on"
rec
found 'bytes, column, wrapper and ledger all forged: a new host' 16 drift D20
fresh
clean '(before the same on a host that knows)'
sqlc "$forge_module $off UPDATE wasmfn.ledger SET doc = replace(doc, '$add_module', '$sub_module'); $rechain $on"
rec
found 'bytes, column, wrapper and ledger all forged: a host that knows' 16 drift D20
fresh
sqlc "$forge_module $off UPDATE wasmfn.ledger SET doc = replace(doc, '$add_module', '$sub_module'),
	hash = sha256(convert_to(replace(doc, '$add_module', '$sub_module'), 'UTF8')); $on"
rec
found 'the same with a chain that breaks' 16 drift 'D20'
fresh
want "$sub"
sqlc "$forge_module"
rec
found 'all three differ by hand, live is what M wants' 0 in_sync ''
is 'which no row records' "$(q '.targets[0].functions[] | select(.name == "add") | .unrecorded')" true
fresh
want "$sub"
twice_hex=$(sha256sum < "$T/art/twice.wasm"); twice_hex=${twice_hex%% *}
sqlc "UPDATE wasm.function_def SET sha256 = '\\x$twice_hex' WHERE name = 'wasm.add';
	UPDATE pg_proc SET prosrc = 'sha256:$twice_hex' WHERE oid = 'wasm.add(int, int)'::regprocedure"
rec
found 'all three differ' 16 conflict 'D01 D26'

# --- absent ones --------------------------------------------------------------------------
fresh
printf '%s\n' "$twice_entry" | manifest "$T/m.yaml"
rec
found 'L, no M' 2 orphan D05
is 'its class' "$(q '.findings[0].class')" orphan
echo '[]' | manifest "$T/m.yaml"
rec
is 'an empty list is a statement' "$rc $(q '[.targets[].functions[].state] | unique | join(" ")')" '2 orphan'
{ entry_add; printf '%s\n- name: later\n  ref: %s\n  schema: wasm\n' "$twice_entry" "$add"; } | manifest "$T/m.yaml"
rec
is 'M, no L, no V' "$rc $(state later) $(ids)" '3 pending D25'

# --- brownfield ----------------------------------------------------------------------------
fresh
want "$add"
sqlc 'DROP SCHEMA wasmfn CASCADE'
rec
found 'M = V, no ledger' 0 in_sync ''
is 'unrecorded' "$(q '[.targets[0].functions[].unrecorded] | unique | tostring')" '[true]'
sqlc "$forge_module"
rec
found 'M, no L, V != M' 16 drift D01

# --- what cannot be reached --------------------------------------------------------------------
fresh
TARGET="host=$T port=1 dbname=c user=reader" rec
is 'a server that is not there is 4' "$rc $(q '.targets[0].state') $(ids)" '4 unknown D30'
is 'and the cause is kept' "$(q '.targets[0].error | .code + " " + (.exit_code | tostring)')" 'unavailable 69'
TARGET=nosuch rec
is_rc 'a name that is no target' 64
rec -f "$T/none.yaml"
is_rc 'a manifest file that is missing' 66

# --- files ---------------------------------------------------------------------------------------
chmod 666 "$T/m.yaml"
rec
is 'a manifest file others can write' "$rc $(ids) $(q '[.targets[].functions[].state] | unique | join(" ")')" \
	'78 D24 unknown'
chmod 600 "$T/m.yaml"
clean 'clean again'
state_file=$(echo "$T"/state/target-*.json)
head -c 20 "$state_file" > "$T/cut" && cat "$T/cut" > "$state_file"
rec
found 'a damaged local state' 0 in_sync ''
like 'is said' "$err" 'kept as'
ok 'and kept aside' ls "$state_file".bad-*

# --- status and list ---------------------------------------------------------------------------
look() { wf "$1" "${@:2}" -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(in_c reader)"; }
look status
is_rc 'status' 0
like 'status has a line a function' "$out" 'wasm.add\(integer, integer\) +in_sync +sha256:[0-9a-f]{12} +release-key'
sqlc "$forge_module"
look list --json
is_rc 'list says drift and exits 0' 0
is 'list: state' "$(state add)" drift
sqlc 'REVOKE SELECT ON wasm.module FROM wasmfn_reader'
look list
is_rc 'list of what cannot be read is 4' 4

# --- the page ------------------------------------------------------------------------------------
top=$(dirname "$0")/../..
is 'the page lists every finding, and no other' \
	"$(sed -n 's/^\.It Cm \(D[0-9]*\) Ta \([a-z-]*\) Ta.*/\1 \2/p' "$top/man/wasmfn.1")" \
	"$(sed -n 's/^\tX(\(D[0-9]*\), "\([a-z-]*\)".*/\1 \2/p' "$top/src/plan/finding.h")"

done_testing
