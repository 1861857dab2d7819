#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What a ledger row may say about itself, and what today's policy says about
# what is live, on a real server as the reader.
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
keys=$DB_TOP/tests/data/keys
off='ALTER TABLE wasmfn.ledger DISABLE TRIGGER ALL; ALTER TABLE wasmfn.ledger DROP CONSTRAINT IF EXISTS ledger_check;'
on='ALTER TABLE wasmfn.ledger ENABLE ALWAYS TRIGGER ledger_rows; ALTER TABLE wasmfn.ledger ENABLE ALWAYS TRIGGER ledger_truncate'
rechain="DO \$\$ DECLARE r record; p bytea := decode(repeat('00', 32), 'hex'); d text; BEGIN
	FOR r IN SELECT seq, doc FROM wasmfn.ledger ORDER BY seq LOOP
		d := regexp_replace(r.doc, '\"prev\":\"sha256:[0-9a-f]*\"', '\"prev\":\"sha256:' || encode(p, 'hex') || '\"');
		UPDATE wasmfn.ledger SET doc = d, prev = p, hash = sha256(convert_to(d, 'UTF8')) WHERE seq = r.seq;
		p := sha256(convert_to(d, 'UTF8'));
	END LOOP; END \$\$;"
# edit FROM TO: in every row, and the chain made whole again
edit() { sqlc "$off UPDATE wasmfn.ledger SET doc = replace(doc, '$1', '$2'); $rechain $on"; }
rest=$(printf -- '- name: twice\n  ref: %s\n  schema: wasm\n' "$twice")
want() { { entry_add "$1"; printf '%s\n' "$rest"; } | manifest "$T/m.yaml"; }

# --- a row chooses its rule by its reference --------------------------------------
# release signs for everything, other for other-team/ alone; who can write rows
# and has an artifact of that team names its repository
mkdir -p "$T/art/other-team"
SIGN_KEY=other artifact other-team/evil "$SUB"
evil_ref=$ref evil_digest=$digest
artifact new '(module (func (export "add") (param i32 i32) (result i32) i32.const 7))'
new=$ref
sed -i "s|^trust:|trust:\n  - match: [\"oci:$T/art/other-team/**\"]\n    authorities: [{name: other, keys: [$keys/other.pub]}]|" "$T/policy.yaml"
fresh
clean 'clean with a rule for another team'
run "$WASMFN" --store "$T/store" pull "$new"
want "$new"
rm -rf "$T/state"
rec
found 'the manifest file is ahead, a new host' 3 pending D25
# the forged row and bytes are what an install of that artifact writes
want "$evil_ref"
run "$WASMFN" --store "$T/store" --state "$T/other-host" install -f "$T/m.yaml" \
	--policy "$T/policy.yaml" --target "$(in_c deploy)"
is_rc 'the artifact of the other team is in' 0
want "$new"
rec
found 'a row of another repository: its rule does not judge for the manifest file' 16 drift D20
like 'and why' "$(q '.findings[] | select(.id == "D20") | .observed')" 'ledger row 3: '
want "$evil_ref"
rec
found 'the same row where the manifest file names that repository' 0 in_sync ''
fresh
want "$new"
rec
found 'the first row still speaks for itself' 3 pending D25
edit "${add##*@}\",\"run" "$evil_digest\",\"run"
rec
found 'a row whose reference is of another artifact' 16 drift D20
like 'says so' "$(q '.findings[] | select(.id == "D20") | .observed')" 'of another artifact'

# --- install believes no more than reconcile ------------------------------------------
policy "$T/policy.yaml"
put()
{
	wf install --json -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(in_c deploy)" "$@"
}
head_row() { sqlc 'SELECT max(seq) FROM wasmfn.ledger'; }
refused() { is "$1" "$rc $(q .error.code) $(head_row)" "16 tampered ${2:-2}"; }
fresh
want "$add"
put
is 'nothing to do: no row' "$rc $(q '[.steps[].action] | unique | join(" ")') $(head_row)" '0 none 2'
sqlc "$off UPDATE wasmfn.ledger SET doc = replace(doc, 'deploy /', 'mallory /') WHERE seq = 1; $on"
put
refused 'a broken chain, and nothing to do'
like 'what to do' "$(q .error.hint)" 'RENAME'
put --dry-run
refused 'a broken chain, and only asked'
want "$sub"
put
refused 'a broken chain, and an upgrade'
is 'live is as it was' "$(sqlc "SELECT wasm.add(2, 1)")" 3
sqlc 'ALTER SCHEMA wasmfn RENAME TO aside; CREATE SCHEMA wasmfn AUTHORIZATION deploy'
put
is 'with the schema put aside it begins a new one' "$rc $(head_row)" '0 2'
fresh
want "$add"
edit "${add##*@}\",\"run" "$evil_digest\",\"run"
put
refused 'a whole chain with a row about another artifact, and nothing to do'
fresh
sqlc "$off UPDATE wasmfn.ledger SET doc = regexp_replace(doc, ',\"evidence\":.*\"function\":', ',\"function\":') WHERE seq = 1; $rechain $on"
put
refused 'a row without its evidence, and nothing to do'
fresh
# signatures taken out of the evidence: the artifact itself still verifies
edit '"candidates":[{' '"candidates":[],"x":[{'
sqlc "$off UPDATE wasmfn.ledger SET doc = regexp_replace(doc, '\"candidates\":\[\],\"x\":\[.*?\}\]', '\"candidates\":[]'); $rechain $on"
put
is 'a row whose signatures are gone gets a successor' \
	"$rc $(q '[.steps[].action] | unique | join(" ")') $(head_row)" '0 adopt 4'
like 'and it is said' "$err" 'ledger row 1 does not count today'
put
is 'which is then believed' "$rc $(q '[.steps[].action] | unique | join(" ")') $(head_row)" '0 none 4'

# --- today's policy about what is live --------------------------------------------
policy "$T/policy.yaml" 'limits: {max_memory_bytes: 67108864, fuel_per_call: 100000000}'
fresh
want "$add"
clean 'clean before policy changes'
policy "$T/policy.yaml" 'limits: {max_memory_bytes: 1048575}'
rec
found 'a limit lowered since, below what the entry gives' 2 drift 'D11 D13'
like 'the policy is named' "$(q '.findings[] | select(.id == "D11") | .expected')" 'max_memory_bytes at most 1048575, by policy'
policy "$T/policy.yaml" 'functions: {owners: [deploy]}'
rec
found 'the owner is allowed no longer' 2 drift D07
policy "$T/policy.yaml" 'functions: {grantees: [somebody]}'
rec
found 'a grantee is allowed no longer' 2 drift D08
policy "$T/policy.yaml" 'functions: {schemas: [elsewhere]}'
rec
found 'the schema is allowed no longer' 2 drift D17
policy "$T/policy.yaml"
clean 'clean again'
policy "$T/own.yaml" 'limits: {fuel_per_call: 99999}'
{ entry_add "$add"; printf '  policy: %s\n%s\n' "$T/own.yaml" "$rest"; } | manifest "$T/m.yaml"
rec
found 'the policy of the entry itself' 2 drift D11
chmod 666 "$T/own.yaml"
rec
found 'which others can write' 78 unknown D24
rm "$T/own.yaml"
rec
found 'which is not there' 4 unknown D30

done_testing
