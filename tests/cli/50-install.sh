#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# plan, install, remove against a real PostgreSQL, as a role that is no
# superuser: what is created, recorded, changed, left alone and refused.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

start_db || exit 1
ADD='(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'
SUB='(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.sub))'
artifact add "$ADD"; add=$ref add_module=$module
artifact sub "$SUB"; sub=$ref sub_module=$module
policy "$T/policy.yaml"
to=$(conninfo deploy)
ins() { wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$to" "$@"; }
plan_() { wf plan -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$to" "$@"; }
# as git leaves it, without git
commit=$(printf '5%.0s' {1..40})
mkdir "$T/.git" && printf '%s\n' "$commit" > "$T/.git/HEAD"
rows() { sql 'SELECT count(*) FROM wasmfn.ledger' 2>/dev/null || echo none; }

# --- create -----------------------------------------------------------------
manifest "$T/m.yaml" <<END
- name: add
  ref: $add
  schema: wasm
END
plan_
is_rc 'plan of a new function' 0
like 'plan says what it would create' "$out" '\+ wasm.add\(integer, integer\)'
is 'plan creates nothing' "$(sql "SELECT count(*) FROM pg_proc WHERE proname = 'add'")" 0
plan_ --detailed-exitcode
is_rc 'plan --detailed-exitcode: there are changes' 2
ins --dry-run
is_rc 'install --dry-run' 0
is 'install --dry-run creates nothing' "$(sql "SELECT count(*) FROM pg_proc WHERE proname = 'add'")" 0
ins
is_rc 'install' 0
is 'the function answers' "$(sql 'SELECT wasm.add(40, 2)')" 42
is 'PUBLIC has no EXECUTE' \
	"$(sql "SELECT has_function_privilege('app_other', 'wasm.add(int,int)', 'EXECUTE')")" f
is 'the bytes are those of the layer' \
	"$(sql "SELECT 'sha256:' || encode(sha256(bytes), 'hex') FROM wasm.module")" "$add_module"
is 'one ledger row' "$(rows)" 1
is 'the row names the manifest digest' \
	"$(sql "SELECT doc::jsonb #>> '{function,manifest_digest}' FROM wasmfn.ledger")" "${add#*@}"
is 'the row has the signature in it' \
	"$(sql "SELECT jsonb_array_length(doc::jsonb #> '{evidence,candidates}') FROM wasmfn.ledger")" 1
is 'the row hashes to its hash' \
	"$(sql "SELECT hash = sha256(convert_to(doc, 'UTF8')) FROM wasmfn.ledger")" t
is 'who: session user and account' "$(sql "SELECT doc::jsonb ->> 'actor' FROM wasmfn.ledger")" \
	"deploy / $(id -un) (uid $(id -u))"
is 'the manifest file: its hash and its commit' \
	"$(sql "SELECT doc::jsonb ->> 'manifest_file_hash', doc::jsonb ->> 'git_commit' FROM wasmfn.ledger")" \
	"sha256:$(sha256sum < "$T/m.yaml" | cut -c1-64)|$commit"
is 'there was nothing before' "$(sql "SELECT jsonb_typeof(doc::jsonb -> 'before') FROM wasmfn.ledger")" null
is 'the row names signer, policy, tool and run' \
	"$(sql "SELECT count(*) FROM wasmfn.ledger, jsonb_object_keys(doc::jsonb) k WHERE k IN ('signer', 'policy_hash', 'tool', 'run', 'ref', 'time')")" 6
like 'this host remembers the head' "$(cat "$T"/state/*)" \
	"$(sql "SELECT encode(hash, 'hex') FROM wasmfn.ledger")"
ins
is_rc 'install again' 0
like 'install again says so' "$out" 'nothing to do'
is 'install again leaves no row' "$(rows)" 1
plan_ --detailed-exitcode
is_rc 'plan --detailed-exitcode: nothing' 0
ins --json
is 'JSON: a step of action none' "$(jq -r '.steps[0].action' <<< "$out")" none
is 'JSON: the function' "$(jq -r '.steps[0].function' <<< "$out")" 'wasm.add(integer, integer)'

# --- the ledger is append-only ----------------------------------------------
nok 'the owner cannot update a row' sql_as deploy "UPDATE wasmfn.ledger SET run = 'x'" 2> "$T/e"
nok 'nor delete one' sql_as deploy 'DELETE FROM wasmfn.ledger' 2> "$T/e"
nok 'nor empty it' sql_as deploy 'TRUNCATE wasmfn.ledger' 2> "$T/e"
sql_as deploy 'GRANT UPDATE ON wasmfn.ledger TO deploy'
nok 'nor after granting it to itself' sql_as deploy "UPDATE wasmfn.ledger SET run = 'x'" 2> "$T/e"
like 'because of the trigger' "$(cat "$T/e")" 'never changed'
sql_as deploy 'REVOKE UPDATE ON wasmfn.ledger FROM deploy'
nok 'nor a superuser' sql "UPDATE wasmfn.ledger SET run = 'x'" 2> "$T/e"
nok 'nor one who says replica' sql "SET session_replication_role = replica; DELETE FROM wasmfn.ledger" 2> "$T/e"
like 'because of the trigger' "$(cat "$T/e")" 'never changed'
nok 'nor one who empties it' sql "SET session_replication_role = replica; TRUNCATE wasmfn.ledger" 2> "$T/e"
like 'because of the trigger' "$(cat "$T/e")" 'never changed'
sql_as deploy 'REVOKE ALL ON wasmfn.ledger FROM wasmfn_reader; GRANT SELECT ON wasmfn.ledger TO wasmfn_reader'
for verb in UPDATE DELETE TRUNCATE REFERENCES TRIGGER INSERT; do
	is "wasmfn_reader has no $verb" "$(sql "SELECT has_table_privilege('wasmfn_reader', 'wasmfn.ledger', '$verb')")" f
done
nok 'a reader cannot update' sql_as reader "UPDATE wasmfn.ledger SET run = 'x'" 2> "$T/e"
nok 'nor delete' sql_as reader 'DELETE FROM wasmfn.ledger' 2> "$T/e"
nok 'nor empty' sql_as reader 'TRUNCATE wasmfn.ledger' 2> "$T/e"
is 'wasmfn_reader may read it' "$(sql_as reader 'SELECT count(*) FROM wasmfn.ledger')" 1
nok 'and not write it' sql_as reader "INSERT INTO wasmfn.ledger SELECT * FROM wasmfn.ledger" 2> "$T/e"

# --- replace in place --------------------------------------------------------
oid=$(sql "SELECT 'wasm.add'::regproc::oid")
sql 'CREATE VIEW public.uses AS SELECT wasm.add(5, 3)'
manifest "$T/m.yaml" <<END
- name: add
  ref: $sub
  schema: wasm
  owner: app_owner
  grants: [app_reader]
  comment: "it's a \"comment\""
  limits: {max_memory_bytes: 1048576, fuel_per_call: 5000}
END
plan_ --json
is 'plan of another module: replace' "$(jq -r '.steps[0] | .action + " " + .from + " " + .to' <<< "$out")" \
	"replace $add_module $sub_module"
is 'its SQL class' "$(jq -r '.steps[0].sql_class' <<< "$out")" ddl
is 'the grant is a step' "$(jq -r '.steps[] | select(.action == "grant") | .to' <<< "$out" | sort | tr '\n' ' ')" \
	'app_reader '
ins
is_rc 'install the other module' 0
is 'same OID' "$(sql "SELECT 'wasm.add'::regproc::oid")" "$oid"
is 'dependents stay and see the new code' "$(sql 'SELECT * FROM public.uses')" 2
is 'owner' "$(sql "SELECT proowner::regrole FROM pg_proc WHERE proname = 'add'")" app_owner
is 'grants' "$(sql "SELECT array_agg(grantee::regrole::text ORDER BY grantee) FROM pg_proc, aclexplode(proacl) WHERE proname = 'add' AND grantee <> proowner")" '{app_reader}'
is 'comment' "$(sql "SELECT obj_description('wasm.add'::regproc)")" "it's a \"comment\""
is 'limits' "$(sql 'SELECT config FROM wasm.function_def')" \
	'{"fuel_per_call": 5000, "max_memory_bytes": 1048576}'
is 'the old module is gone' "$(sql 'SELECT count(*) FROM wasm.module')" 1
is 'a second row' "$(rows)" 2
is 'of action replace' "$(sql 'SELECT action FROM wasmfn.ledger ORDER BY seq DESC LIMIT 1')" replace
is 'the state before' "$(sql "SELECT doc::jsonb #>> '{before,module_digest}', doc::jsonb #>> '{before,owner}' FROM wasmfn.ledger ORDER BY seq DESC LIMIT 1")" \
	"$add_module|deploy"
is 'and after' "$(sql "SELECT doc::jsonb #>> '{function,module_digest}', doc::jsonb #>> '{function,owner}' FROM wasmfn.ledger ORDER BY seq DESC LIMIT 1")" \
	"$sub_module|app_owner"
is 'linked to the first' "$(sql 'SELECT b.prev = a.hash FROM wasmfn.ledger a, wasmfn.ledger b WHERE a.seq = 1 AND b.seq = 2')" t
ins
like 'again: nothing to do' "$out" 'nothing to do'

# --- attributes alone --------------------------------------------------------
manifest "$T/m.yaml" <<END
- name: add
  ref: $sub
  schema: wasm
  owner: app_owner
  grants: [app_other]
  strict: false
  volatility: immutable
END
ins
is_rc 'install other attributes' 0
is 'as asked' "$(sql "SELECT proisstrict, provolatile, has_function_privilege('app_reader', oid, 'EXECUTE'), has_function_privilege('app_other', oid, 'EXECUTE') FROM pg_proc WHERE proname = 'add'")" 'f|i|f|t'
is 'what the entry no longer says is kept as recorded' \
	"$(sql 'SELECT config FROM wasm.function_def')" '{"fuel_per_call": 5000, "max_memory_bytes": 1048576}'
is 'action of the row' "$(sql 'SELECT action FROM wasmfn.ledger ORDER BY seq DESC LIMIT 1')" alter
ins
like 'again: nothing to do' "$out" 'nothing to do'

# --- drift is repaired -------------------------------------------------------
before=$(rows)
sql "ALTER FUNCTION wasm.add OWNER TO deploy; GRANT EXECUTE ON FUNCTION wasm.add TO PUBLIC"
ins
is_rc 'owner and PUBLIC by hand' 0
is 'are taken back' "$(sql "SELECT proowner::regrole, has_function_privilege('reader', oid, 'EXECUTE') FROM pg_proc WHERE proname = 'add'")" 'app_owner|f'
sql "CREATE OR REPLACE FUNCTION wasm.add(int, int) RETURNS int LANGUAGE sql AS 'SELECT 666'"
ins
is_rc 'a wrapper replaced by an SQL body' 0
is 'is a wrapper again' "$(sql 'SELECT wasm.add(5, 3)')" 2
sql 'DROP VIEW public.uses; DROP FUNCTION wasm.add'
ins
is_rc 'a function dropped by hand' 0
is 'is created again, as recorded' "$(sql "SELECT wasm.add(5, 3), proowner::regrole FROM pg_proc WHERE proname = 'add'")" '2|app_owner'
is 'each repair left a row' "$(rows)" $((before + 3))

# --- adopt --------------------------------------------------------------------
sql 'DROP TABLE wasmfn.ledger; DROP FUNCTION wasmfn.ledger_is_append_only'
plan_ --json
is_rc 'a host that knows the ledger does not plan without it' 16
is 'reason' "$(jq -r .error.code <<< "$out")" tampered
like 'says what happened' "$(jq -r .error.message <<< "$out")" '^ledger truncated: this host knows row '
like 'and where it knows that from' "$(jq -r .error.hint <<< "$out")" "$T/state/target-"
ins --json
is_rc 'nor install' 16
is 'and adds nothing' "$(rows)" none
rm -r "$T/state"
plan_ --json
is 'right, but not recorded: adopt' "$(jq -r '[.steps[].action] | join(" ")' <<< "$out")" adopt
is 'touches the ledger only' "$(jq -r '.steps[0].sql_class' <<< "$out")" ledger
ins
is_rc 'adopt' 0
is 'a row of action adopt' "$(sql 'SELECT action FROM wasmfn.ledger')" adopt

# --- refused ------------------------------------------------------------------
manifest "$T/m.yaml" <<END
- name: add
  ref: $sub
  schema: wasm
  returns: smallint
END
ins --json
is_rc 'another return type' 65
is 'reason' "$(jq -r .error.code <<< "$out")" plan-refused
manifest "$T/m.yaml" <<END
- name: add
  ref: $sub
  schema: wasm
  args: [int, nosuchtype]
END
ins --json
is_rc 'a type the server does not have' 65
like 'is named' "$(jq -r .error.message <<< "$out")" nosuchtype
manifest "$T/m.yaml" <<END
- name: add
  ref: $sub
  schema: wasm
  limits: {max_memory_bytes: 1073741824}
END
ins --json
is_rc 'above the cluster cap: the engine refuses' 76
is 'reason' "$(jq -r .error.code <<< "$out")" engine
like 'with its own words' "$(jq -r .error.message <<< "$out")" 54000
is 'and nothing has changed' "$(sql 'SELECT wasm.add(5, 3)')" 2

# --- remove -------------------------------------------------------------------
wf remove wasm.add -f "$T/m.yaml" --target "$to" --json
is_rc 'remove what a manifest file claims' 1
is 'reason' "$(jq -r .error.code <<< "$out")" claimed
wf remove wasm.nosuch -f "$T/m.yaml" --target "$to"
is_rc 'remove what is not there' 1
wf remove 'wasm.add(int, int)' -f "$T/m.yaml" --target "$to" --reason 'no longer needed'
is_rc 'remove with a reason' 0
is 'is gone' "$(sql "SELECT count(*) FROM pg_proc WHERE proname = 'add'")" 0
is 'the module too' "$(sql 'SELECT count(*) FROM wasm.module')" 0
is 'the ledger says why' "$(sql "SELECT action, doc::jsonb ->> 'reason' FROM wasmfn.ledger ORDER BY seq DESC LIMIT 1")" 'remove|no longer needed'
manifest "$T/m.yaml" <<END
[]
END
ins
is_rc 'an empty list wants nothing' 0

# --- many at a time -----------------------------------------------------------
trips() { sed -n 's/.*"sql_round_trips":\([0-9]*\).*/\1/p' <<< "$err"; }
# many REF N [MORE]: N functions, more in the 23rd entry
many() {
	local i more
	for ((i = 1; i <= $2; i++)); do
		more=''
		[ "$i" != 23 ] || more=${3-}
		printf -- '- {name: many_%d, ref: "%s", schema: wasm, export: add, comment: "no. %d"%s}\n' \
			"$i" "$1" "$i" "$more"
	done | manifest "$T/m.yaml"
}
many "$add" 10
ins --stats
is '10 functions' "$rc $(trips | wc -l)" '0 1'
ten=$(trips)
many "$add" 50
ins --stats
is '40 more take not one round trip more' "$rc $(trips)" "0 $ten"
is 'each has its comment' "$(sql "SELECT count(*), bool_and('many_' || right(c, -4) = proname) FROM (SELECT proname, obj_description(oid) AS c FROM pg_proc WHERE proname LIKE 'many%') x")" '50|t'
is 'and nobody else may call one' "$(sql "SELECT count(*) FROM pg_proc WHERE proname LIKE 'many%' AND has_function_privilege('app_other', oid, 'EXECUTE')")" 0
is 'and its row' "$(sql "SELECT count(DISTINCT function) FROM wasmfn.ledger WHERE function LIKE 'wasm.many%'")" 50
ins --stats
nothing=$(trips)
is 'nothing to do, which takes fewer' "$rc $((nothing < ten))" '0 1'
many "$add" 10
ins --stats
is 'as many for ten' "$rc $(trips)" "0 $nothing"
before=$(rows)
refused() { # WHAT CODE WHERE STATE: what the server refused of one undoes all
	ins --json
	is_rc "$1" "$2"
	like 'says whose it was' "$(jq -r .error.message <<< "$out")" "^$3: server: .*\($4\)$"
	is 'and nothing has changed' "$(sql "SELECT wasm.many_1(5, 3), wasm.many_50(5, 3)") $(rows)" "8|8 $before"
}
many "$sub" 50 ', limits: {max_memory_bytes: 1073741824}'
refused 'the 23rd of 50 modules is refused' 76 'wasm[.]many_23' 54000
many "$sub" 50 ', owner: app_other'
refused 'the 23rd of 50 owners is' 77 'wasm[.]many_23' 42501
sql "ALTER TABLE wasmfn.ledger ADD CONSTRAINT odd CHECK (function <> 'wasm.many_23(integer, integer)') NOT VALID"
many "$sub" 50
refused 'the 23rd of 50 rows is' 76 'ledger: wasm[.]many_23\(integer, integer\)' 23514
sql "ALTER TABLE wasmfn.ledger DROP CONSTRAINT odd"
ins --stats
is 'the other module in each' "$rc $(sql 'SELECT wasm.many_1(5, 3), wasm.many_23(5, 3), wasm.many_50(5, 3)')" '0 2|2|2'
done_testing
