#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Saved plans: `plan -o`, then `apply` does exactly that or nothing, on a real
# server as the deployer.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"
# shellcheck source=tests/lib/drift.sh
. "$(dirname "$0")/../lib/drift.sh"
WASMFN=${WASMFN:-build/wasmfn}

start_db || exit 1
artifact add "$ADD"; add=$ref
artifact sub "$SUB"; sub=$ref
artifact twice "$TWICE"; twice=$ref
P=$T/policy.yaml
policy "$P"
M=$T/m.yaml
entry_add | manifest "$M"

plan() { wf plan --json -f "$M" --policy "$P" --target "$(in_c deploy)" -o "$T/plan" "$@"; }
apply() { wf apply --json --policy "$P" --target "$(in_c deploy)" "$@" "$T/plan"; }
head_row() { sqlc "SELECT coalesce(max(seq), 0) FROM wasmfn.ledger" 2> /dev/null; }
answer() { sqlc 'SELECT wasm.add(30, 12)'; }
# refused NAME CODE WORD: nothing was changed
refused()
{
	is "$1" "$rc $(jq -r '[.error.code, .applied] | join(" ")' "$T/out") $(head_row)" \
		"$2 $3 false $rows"
}

# --- from nothing to what the plan says -------------------------------------------------
fresh
rows=0
plan
is 'plan -o writes a plan' "$rc $(stat -c %a "$T/plan") $(jq -r .schema "$T/plan")" \
	'0 600 wasmfn-plan/v1'
is 'and says which' "$(jq -r .plan_digest "$T/out")" "$(jq -r .digest "$T/plan")"
is 'its steps are those shown' "$(jq -c .steps "$T/plan")" "$(jq -c .steps "$T/out")"
is 'bound to the manifest file' "$(jq -r '.manifest_files[0] | .path + " " + .hash' "$T/plan")" \
	"$(realpath "$M") sha256:$(sha256sum "$M" | cut -d' ' -f1)"
is 'to the target' "$(jq -r '.target | [.name, .engine, .database, .system_identifier] | map(tostring) | join(" ")' "$T/plan")" \
	"null pg_wasm c $(sqlc 'SELECT system_identifier FROM pg_control_system()')"
is 'to an empty ledger' "$(command jq -cS .ledger "$T/plan")" '{"hash":null,"seq":0}'
unlike 'and holds no connection string' "$(cat "$T/plan")" 'host='
cp "$T/plan" "$T/first"
is 'nothing was changed' "$(sqlc "SELECT count(*) FROM pg_proc WHERE proname = 'add'")" 0
plan --detailed-exitcode
is '--detailed-exitcode says that there are changes' "$rc $(jq -r .result "$T/out")" '2 drift'
cp "$T/first" "$T/plan"
apply
is 'apply carries it out' "$rc $(jq -r .applied "$T/out") $(answer)" '0 true 42'
is 'with the steps of the plan' "$(jq -c .steps "$T/out")" "$(jq -c .steps "$T/first")"
rows=1
is 'and a row in the ledger' "$(head_row)" 1
apply
refused 'applied twice' 75 ledger-moved
plan --detailed-exitcode
is 'nothing to do is no change' "$rc" 0
apply
is 'a plan that does nothing is applied' "$rc $(jq -r .applied "$T/out") $(head_row)" '0 false 1'
apply
is 'as often as one likes' "$rc $(head_row)" '0 1'
rec
found 'reconcile agrees' 0 in_sync ''

# --- what people read --------------------------------------------------------------------
{
	entry_add "$sub" | sed 's/app_reader/app_other/; s/fuel_per_call: 100000/fuel_per_call: 5000/'
	printf -- '- name: twice\n  ref: %s\n  schema: wasm\n' "$twice"
} | manifest "$M"
wf plan -f "$M" --policy "$P" --target "$(in_c deploy)" -o "$T/plan"
is_rc 'an upgrade' 0
short() { sed 's/.*@\(sha256:.\{12\}\).*/\1/; s/^\(sha256:.\{12\}\).*/\1/' <<< "$1"; }
module_of() { short "sha256:$(sha256sum "$T/art/$1.wasm" | cut -d' ' -f1)"; }
like 'the function that changes' "$out" '  ~ wasm\.add\(integer, integer\)'
like 'before and after of its module' "$out" "~ module         $(module_of add) -> $(module_of sub)"
like 'of a limit, in the same column' "$out" '~ fuel_per_call  100000 -> 5000'
like 'who gets EXECUTE' "$out" '\+ execute        app_other'
like 'and who loses it' "$out" '- execute        app_reader'
like 'the artifact, whole' "$out" "artifact       $sub"
like 'who signed it' "$out" 'signed by      release-key sha256:'
like 'what comes new' "$out" '  \+ wasm\.twice\(integer\)'
like 'how many in all' "$out" 'plan: 1 to create, 1 to change, 0 unchanged'
is 'in JSON before, after and class' "$(jq -c '.steps[] | select(.what == "fuel_per_call") | [.action, .from, .to, .sql_class]' "$T/plan")" \
	'["replace","100000","5000","ddl"]'
is 'a grant' "$(jq -c '.steps[] | select(.action == "grant") | [.from, .to, .sql_class]' "$T/plan")" \
	'[null,"app_other","privilege"]'

# --- each input moved alone ---------------------------------------------------------------
cp "$M" "$T/m.kept"
printf '# a comment\n' >> "$M"
apply
refused 'the manifest file changed' 65 plan-stale
cp "$T/m.kept" "$M"
mkdir "$T/elsewhere"
cp "$M" "$T/elsewhere/m.yaml"
chmod 755 "$T/elsewhere"; chmod 600 "$T/elsewhere/m.yaml"
mv "$M" "$T/gone"
apply
refused 'the manifest file is gone' 66 no-input
apply -f "$T/elsewhere" -f "$T/elsewhere/m.yaml"
is_rc 'another list of manifest files' 65
mv "$T/gone" "$M"

cp "$P" "$T/p.kept"
printf '# a comment\n' >> "$P"
apply
refused 'the policy changed' 65 plan-stale
cp "$T/p.kept" "$P"
apply --key "$DB_TOP/tests/data/keys/release.pub"
refused 'a rule more than plan had' 65 plan-stale
wf apply --json --target "$(in_c deploy)" "$T/plan"
refused 'no policy is taken from the plan' 78 config

sqlc "GRANT EXECUTE ON FUNCTION wasm.add TO app_other; REVOKE EXECUTE ON FUNCTION wasm.add FROM app_reader"
apply
refused 'live moved' 2 live-moved
sqlc "REVOKE EXECUTE ON FUNCTION wasm.add FROM app_other; GRANT EXECUTE ON FUNCTION wasm.add TO app_reader"
setting() { [ "$(sqlc 'SHOW pg_wasm.allow_fs')" = "$1" ]; }
psql -Xq -d "$(in_c postgres)" -c 'ALTER SYSTEM SET pg_wasm.allow_fs = on' -c 'SELECT pg_reload_conf()' > /dev/null
wait_for 10 setting on
apply
refused 'a setting of the engine moved' 2 live-moved
psql -Xq -d "$(in_c postgres)" -c 'ALTER SYSTEM RESET pg_wasm.allow_fs' -c 'SELECT pg_reload_conf()' > /dev/null
wait_for 10 setting off
sqlc "ALTER TABLE wasm.module DROP CONSTRAINT module_sha256_check;
	UPDATE wasm.module SET bytes = $(bytes "$T/art/twice.wasm")"
apply
refused 'bytes replaced, the columns left alone' 2 live-moved
sqlc "UPDATE wasm.module SET bytes = $(bytes "$T/art/add.wasm")"

entry_add | sed 's/fuel_per_call: 100000/fuel_per_call: 7000/' | manifest "$T/other.yaml"
cp "$T/plan" "$T/kept"
wf install -q -f "$T/other.yaml" --policy "$P" --target "$(in_c deploy)"
rows=2
apply
refused 'the ledger moved' 75 ledger-moved

# --- another target --------------------------------------------------------------------------
plan
wf apply --json --policy "$P" --target "$(conninfo deploy)" "$T/plan"
refused 'another database' 78 config
like 'says which' "$(jq -r .error.message "$T/out")" 'database c .*found .*database postgres'
wf apply --json --policy "$P" "$T/plan"
isnt 'where to connect is not in the plan' "$rc" 0
cat > "$T/config.yaml" <<-END
	apiVersion: wasmfn/v1
	kind: Config
	targets:
	  - name: prod
	    conninfo: $(in_c deploy)
	    manifests: [$M]
	  - name: other
	    conninfo: $(conninfo deploy)
	    manifests: [$M]
END
chmod 600 "$T/config.yaml"
wf --config "$T/config.yaml" plan --json --policy "$P" -o "$T/plan"
is 'a plan is of one target' "$rc $(jq -r .error.code "$T/out")" '64 usage'
wf --config "$T/config.yaml" plan --json --policy "$P" --target prod -o "$T/plan"
is 'of the configuration' "$rc $(jq -r '[.target.name, (.manifests | length)] | join(" ")' "$T/plan")" '0 prod 0'
cp "$T/plan" "$T/kept"
wf --config "$T/config.yaml" apply --json --policy "$P" --target other "$T/plan"
refused 'for another one of it' 78 config

# --- a file that somebody changed -----------------------------------------------------------
# tampered NAME JQ RC WORD: the member changed, and again with the digest made right
reseal()
{
	python3 - "$1" <<-'END'
		import hashlib, json, sys
		d = json.load(open(sys.argv[1]))
		del d["digest"]
		text = json.dumps(d, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
		d["digest"] = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
		json.dump(d, open(sys.argv[1], "w"))
	END
}
again() { wf --config "$T/config.yaml" apply --json --policy "$P" "$T/plan"; }
tampered()
{
	jq "$2" "$T/kept" > "$T/plan"
	again
	refused "$1, and its digest left" 65 malformed
	reseal "$T/plan"
	again
	refused "$1, and its digest made right" "$3" "$4"
}
zeros=sha256:$(printf '0%.0s' {1..64})
cp "$T/kept" "$T/plan"
reseal "$T/plan"
is 'the digest is over the canonical document' "$(jq -r .digest "$T/plan")" "$(jq -r .digest "$T/kept")"
jq '.schema = "wasmfn-plan/v2"' "$T/kept" > "$T/plan"
again
refused 'another schema' 65 malformed
tampered 'version' '.version = "9.9.9"' 65 plan-stale
tampered 'the path of a manifest file' '.manifest_files[0].path = "/nowhere"' 65 plan-stale
tampered 'its hash' ".manifest_files[0].hash = \"$zeros\"" 65 plan-stale
tampered 'one manifest file more' '.manifest_files += .manifest_files' 65 plan-stale
tampered 'which manifest files' '.manifests = ["/nowhere"]' 66 no-input
tampered 'policy' ".policy = \"$zeros\"" 65 plan-stale
tampered 'the name of the target' '.target.name = "other"' 78 config
tampered 'a target that the configuration does not have' '.target.name = "third"' 64 usage
tampered 'a connection string for a name' '.target.name = "host=/tmp dbname=c"' 64 usage
tampered 'the engine' '.target.engine = "pgwasm"' 78 config
tampered 'the database' '.target.database = "postgres"' 78 config
tampered 'the system identifier' '.target.system_identifier = "1"' 78 config
tampered 'the row of the ledger' '.ledger.seq = 1' 75 ledger-moved
tampered 'its hash' ".ledger.hash = \"$zeros\"" 75 ledger-moved
tampered 'live' ".live = \"$zeros\"" 2 live-moved
tampered 'the action of a step' '.steps[0].action = "adopt"' 65 plan-differs
tampered 'the function of a step' '.steps[0].function = "wasm.g()"' 65 plan-differs
tampered 'what a step is about' '.steps[0].what = "owner"' 65 plan-differs
tampered 'from' '.steps[0].from = "x"' 65 plan-differs
tampered 'to' '.steps[0].to = "x"' 65 plan-differs
tampered 'the class of a step' '.steps[0].sql_class = "none"' 65 plan-differs
tampered 'a step less' 'del(.steps[-1])' 65 plan-differs
tampered 'a step more' '.steps += [.steps[0]]' 65 plan-differs
tampered 'a member that nobody knows' '.sql = "DROP TABLE x"' 65 malformed
tampered 'a member of a step that nobody knows' '.steps[0].sql = "DROP TABLE x"' 65 malformed
tampered 'a member less' 'del(.live)' 65 malformed
tampered 'a relative path' '.manifests = ["m.yaml"]' 65 malformed
for when in run created; do
	jq ".$when = \"x\"" "$T/kept" > "$T/plan"
	again
	refused "$when, and its digest left" 65 malformed
done
jq -c . "$T/kept" | sed 's/}$/,"live":"x"}/' > "$T/plan"
again
refused 'a member twice' 65 malformed
head -c 300 "$T/kept" > "$T/plan"
again
refused 'cut short' 65 malformed
head -c 41943041 /dev/zero | tr '\0' ' ' > "$T/plan"
again
refused 'larger than any plan' 65 limit
cp "$T/kept" "$T/plan"
chmod 666 "$T/plan"
again
refused 'a file that others may write' 78 unsafe-file
chmod 600 "$T/plan"
again
is 'and the plan itself is carried out' "$rc $(jq -r .applied "$T/out") $(answer)" '0 true 18'
rm "$T/plan"
rows=4
again
is 'no such file' "$rc $(jq -r .error.code "$T/out") $(head_row)" '66 no-input 4'

# --- the command line -----------------------------------------------------------------------
wf plan --json -f "$M" --policy "$P" --target "$(in_c deploy)" -o -
is '-o -' "$rc $(jq -r .error.code "$T/out")" '64 usage'
wf plan --json -f "$M" --policy "$P" --target "$(in_c deploy)" -o "$T/no/such/plan"
is 'a plan that cannot be written' "$rc $(jq -r .error.code "$T/out")" '73 cannot-create'
wf apply --json --policy "$P"
is_rc 'apply without a plan' 64
done_testing
