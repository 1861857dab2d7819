#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# quarantine and its release: nobody may execute the function, what is there
# stays as it is, install leaves it alone, reconcile says so and exits 0.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"
# shellcheck source=tests/lib/drift.sh
. "$(dirname "$0")/../lib/drift.sh"

start_drift || exit 1
in_c() { conninfo "$1"; } # one database is enough here
to=$(conninfo deploy)
quar() { wf quarantine -f "$T/m.yaml" --target "$to" "$@"; }
ins() { wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$to" "$@"; }
may() { sql "SELECT has_function_privilege('$1', 'wasm.add(int,int)', 'EXECUTE')"; }
newest() { sql "SELECT doc::jsonb $1 FROM wasmfn.ledger ORDER BY seq DESC LIMIT 1"; }
rows() { sql 'SELECT count(*) FROM wasmfn.ledger'; }
acl="SELECT array_agg(a.grantee::regrole::text ORDER BY a.grantee::regrole::text COLLATE \"C\") FROM pg_proc p, aclexplode(p.proacl) a WHERE p.oid = 'wasm.add'::regproc"

clean 'in sync at first'
before=$(sql "$acl")

# --- refused ------------------------------------------------------------------
quar wasm.add --json
is_rc 'refused while a manifest file claims it' 1
is 'as claimed' "$(jq -r .error.code <<< "$out")" claimed
is 'and EXECUTE stays' "$(may app_reader)" t
quar wasm.nosuch --reason test
is_rc 'what is not there' 1
quar wasm.add wasm.add --reason test
is_rc 'one named twice' 64
sql_as postgres 'CREATE ROLE stranger LOGIN; GRANT wasm_authors TO stranger'
wf quarantine wasm.add -f "$T/m.yaml" --reason test --target "$(conninfo stranger)" --json
is_rc 'a role that may not revoke' 77
is 'lacks a privilege' "$(jq -r .error.code <<< "$out")" privilege
is 'and nothing was changed' "$(sql "$acl")|$(rows)" "$before|2"

# --- quarantine -----------------------------------------------------------------
quar wasm.add --reason 'odd results' --json
is_rc 'with a reason' 0
is 'the step' "$(jq -r '.steps[0] | .action + " " + .function + " " + .sql_class' <<< "$out")" \
	'quarantine wasm.add(integer, integer) privilege'
is 'a role it was granted to has lost EXECUTE' "$(may app_reader)" f
is 'and so has the owner' "$(may app_owner)" f
is 'the module is untouched' \
	"$(sql "SELECT 'sha256:' || encode(sha256(m.bytes), 'hex') FROM wasm.module m JOIN wasm.function_def d USING (sha256) WHERE d.proc = 'wasm.add'::regproc")" \
	"$add_module"
is 'the row says why' "$(newest "->> 'reason'")" 'odd results'
is 'what was granted before' "$(newest "#>> '{before,grants}'")" '["app_reader"]'
is 'what is granted now' "$(newest "#>> '{function,grants}'")" '[]'
is 'and keeps the signature' "$(newest "#> '{evidence,candidates}' IS NOT NULL")" t
quar wasm.add --reason again
is_rc 'again' 0
like 'says that it is already' "$out" 'already quarantined'
is 'and leaves no second row' "$(rows)" 3

# --- reconcile, status, install -------------------------------------------------
rec
found 'reconcile: quarantined alone exits 0' 0 quarantined D31
is 'of low severity' "$(q '.findings[0].severity')" low
is 'the whole target' "$(q '.targets[0].state')" quarantined
wf status -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo reader)"
like 'status says it' "$out" 'wasm.add\(integer, integer\) +quarantined'
ins
is_rc 'install leaves it alone and exits 0' 0
like 'and says so' "$out" 'wasm.add\(integer, integer\)  left alone: quarantined'
is 'EXECUTE stays away' "$(may app_reader)" f
is 'without a row' "$(rows)" 3
{ entry_add "$sub"; printf -- '- name: twice\n  ref: %s\n  schema: wasm\n' "$twice"; } | manifest "$T/m.yaml"
ins
is_rc 'install of another digest too' 0
is 'the module is the old one' "$(sql "SELECT encode(sha256, 'hex') FROM wasm.function_def WHERE proc = 'wasm.add'::regproc")" \
	"${add_module#sha256:}"
rec
found 'reconcile with another entry' 0 quarantined D31
printf -- '- name: twice\n  ref: %s\n  schema: wasm\n' "$twice" | manifest "$T/one.yaml"
wf reconcile --json -f "$T/one.yaml" --policy "$T/policy.yaml" --target "$(conninfo reader)"
found 'and with none' 0 quarantined D31

# --- somebody undoes it -----------------------------------------------------------
sql 'GRANT EXECUTE ON FUNCTION wasm.add TO app_other'
rec
found 'EXECUTE given back by hand is drift' 2 drift D08
quar wasm.add --reason 'once more'
is_rc 'quarantined again' 0
is 'with a row' "$(rows)|$(may app_other)" '4|f'
sql 'GRANT EXECUTE ON FUNCTION wasm.add TO app_owner'
rec
found 'and to its owner' 2 drift D08
is 'which is named' "$(q '.findings[0].observed')" 'EXECUTE for its owner, app_owner'
quar wasm.add --reason 'and again'
is 'quarantined again, with a row' "$rc $(rows) $(may app_owner)" '0 5 f'
rec
found 'nobody has EXECUTE' 0 quarantined D31
is 'install by --release only' "$(ins wasm.add; may app_reader)" f

# --- release ------------------------------------------------------------------------
ins --release wasm.add --dry-run
is_rc 'release, dry' 0
like 'shows what it would do' "$out" '~ hold +quarantined'
is 'and does nothing' "$(rows)|$(may app_reader)" '5|f'
ins --release wasm.add
is_rc 'release' 0
is 'the grants are back' "$(sql "$acl")" "$before"
is 'the wanted module is there' "$(sql 'SELECT wasm.add(5, 3)')" 2
is 'a row' "$(newest "->> 'action'")" release
clean 'in sync again'
ins --release wasm.add
is_rc 'release of what is not quarantined' 0
like 'is said' "$err" 'neither quarantined nor held'
ins --release wasm.nosuch
is_rc 'release of what no manifest file has' 64

# --- a function that nobody declared --------------------------------------------------
manifest "$T/m2.yaml" << END
- name: twice
  ref: $twice
  schema: wasm
END
sql "SELECT wasm.create_function('wasm.stray', $(bytes "$T/art/twice.wasm"), ARRAY['int'], 'int', '{\"export\": \"twice\"}'); ALTER FUNCTION wasm.stray OWNER TO deploy; GRANT EXECUTE ON FUNCTION wasm.stray TO app_other" > /dev/null
wf quarantine wasm.stray -f "$T/m2.yaml" --target "$to"
is_rc 'a foreign function needs no reason' 0
is 'nobody has EXECUTE' "$(sql "SELECT proacl FROM pg_proc WHERE proname = 'stray'")" '{}'
wf reconcile --json -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo reader)"
is 'reconcile: no longer foreign but quarantined' "$rc $(ids) $(state stray)" '0 D31 quarantined'
sql 'GRANT EXECUTE ON FUNCTION wasm.stray TO app_reader'
wf quarantine wasm.stray -f "$T/m2.yaml" --target "$to"
is_rc 'one gets in, and it is quarantined again' 0
sed 's/twice/stray/' "$T/m2.yaml" | sed "s|ref:.*|ref: $twice|; \$a \  export: twice" | manifest "$T/m3.yaml"
wf install -f "$T/m3.yaml" --policy "$T/policy.yaml" --target "$to" --release wasm.stray
is_rc 'released into the hands of a manifest file' 0
is 'those have EXECUTE who had it before all that' "$(sql "SELECT proacl FROM pg_proc WHERE proname = 'stray'")" \
	'{app_other=X/deploy,deploy=X/deploy}'
wf quarantine wasm.stray -f "$T/m2.yaml" --target "$to"
is_rc '(in quarantine again)' 0
sql "UPDATE wasm.function_def SET config = '{\"export\": \"twice\", \"fuel_per_call\": 7}' WHERE name = 'wasm.stray'"
wf reconcile --json -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo reader)"
is 'what is changed in quarantine is drift' "$rc $(ids) $(state stray)" '2 D11 drift'
wf remove wasm.stray -f "$T/m.yaml" --target "$to"
is_rc 'it can be removed' 0

done_testing
