#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The seed's six failure modes and four adversaries, each by its name: what
# wasmfn refuses beforehand and what reconcile reports afterwards.  What the
# engine itself does about them is in tests/engine/.
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
reload() { sqlc 'SELECT pg_reload_conf()' > /dev/null; }
shown() { [ "$(sqlc "SELECT setting FROM pg_settings WHERE name = '$1'")" = "$2" ]; }
install_() { wf install -f "$T/new.yaml" --policy "$T/policy.yaml" --target "$(in_c deploy)"; }
entry() { printf -- '- name: newer\n  ref: %s\n  schema: wasm\n%s\n' "$1" "${2-}" | manifest "$T/new.yaml"; }

# --- failure modes -----------------------------------------------------------------
fresh
clean 'Cluster-cap raised; function consumes too much memory: clean before'
sqlc 'ALTER SYSTEM SET pg_wasm.max_memory_bytes = 1073741824'
reload
wait_for 10 shown pg_wasm.max_memory_bytes 1073741824
rec
found 'Cluster-cap raised; function consumes too much memory' 2 in_sync D13
sqlc 'ALTER SYSTEM RESET pg_wasm.max_memory_bytes'
reload
wait_for 10 shown pg_wasm.max_memory_bytes 67108864

tamper 'SECURITY DEFINER function exploited' \
	'ALTER FUNCTION wasm.add(int, int) SECURITY DEFINER' 2 drift D09
entry "$sub" $'  export: add\n  security: definer\n  owner: app_owner'
policy "$T/policy.yaml" 'functions: {schemas: [wasm], owners: [app_owner], grantees: ["app_*"], definer: deny}'
install_
is_rc 'SECURITY DEFINER function exploited: install refuses one against policy' 15
policy "$T/policy.yaml" 'limits: {max_memory_bytes: 67108864, fuel_per_call: 100000000}'

fresh
clean 'WASM compilation cache poisoned: clean before'
sqlc "ALTER SYSTEM SET pg_wasm.cache_dir = '/tmp/shared-by-all'"
reload
wait_for 10 shown pg_wasm.cache_dir /tmp/shared-by-all
rec
found 'WASM compilation cache poisoned: the cache moved to a place others share' 2 in_sync D13
sqlc 'ALTER SYSTEM RESET pg_wasm.cache_dir'
reload
wait_for 10 shown pg_wasm.cache_dir "$(sql "SELECT reset_val FROM pg_settings WHERE name = 'pg_wasm.cache_dir'")"

SIGN_KEY=other artifact bad '(module (func (export "add") (param i32 i32) (result i32) i32.const 666))'
entry "$ref" '  export: add'
fresh
install_
is_rc 'Function from compromised registry pulled: install refuses the signer' 12
tamper 'Function from compromised registry pulled: put in by hand, the digest mismatch is detected' \
	"SELECT wasm.replace_function('wasm.add(int,int)', $evil)" 16 drift D01

tamper 'pg_wasm extension version mismatch with module ABI' \
	"UPDATE pg_extension SET extversion = '0.5.0' WHERE extname = 'pg_wasm'" 2 in_sync D15

tamper 'Resource exhaustion in shared backend' \
	"UPDATE wasm.function_def SET config = config - 'max_memory_bytes' WHERE name = 'wasm.add'" 2 drift D11

# --- adversaries ---------------------------------------------------------------------
fresh
clean 'Adversary 1, untrusted SQL author: clean before'
run psql -XqAt -d "$(in_c app_reader)" -c "SELECT wasm.replace_function('wasm.add(int,int)', $evil)"
nok 'Adversary 1, untrusted SQL author: EXECUTE is not enough to change it' test "$rc" -eq 0
clean 'Adversary 1, untrusted SQL author: and nothing is reported'
sqlc 'GRANT EXECUTE ON FUNCTION wasm.replace_function TO PUBLIC'
rec
found 'Adversary 1, untrusted SQL author: given more than that, it is reported' 2 in_sync D17

artifact hostile '(module (import "wasi_snapshot_preview1" "path_open" (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32))) (func (export "newer") (result i32) i32.const 1))'
entry "$ref"
fresh
install_
is_rc 'Adversary 2, function uploader with malicious payload: its imports are denied' 15
sqlc "SET ROLE deploy; SELECT wasm.create_function('wasm.uploaded', $evil, '{int4,int4}', 'int4', '{\"export\": \"add\"}')" > /dev/null
rec
found 'Adversary 2, function uploader with malicious payload: uploaded by hand, it is foreign' 2 in_sync D05

tamper 'Adversary 3, database admin uploading compromised package' \
	"INSERT INTO wasm.module (sha256, bytes) SELECT sha256(b), b FROM (VALUES ($evil)) v(b);
	UPDATE wasm.function_def SET sha256 = '\\x$evil_hex' WHERE name = 'wasm.add';
	UPDATE pg_proc SET prosrc = 'sha256:$evil_hex' WHERE oid = 'wasm.add(int, int)'::regprocedure" \
	16 drift D01

entry "$sub" $'  export: add\n  limits: {max_memory_bytes: 1073741824}'
fresh
install_
is_rc 'Adversary 4, resource exhaustion in legitimate function: more than policy allows is refused' 15
tamper 'Adversary 4, resource exhaustion in legitimate function: a raised limit is reported' \
	"UPDATE wasm.function_def SET config = config || '{\"fuel_per_call\": 100000000}' WHERE name = 'wasm.add'" \
	2 drift D11

done_testing
