#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# check --engine: can this engine run it, asked without a connection.
# tests/unit/test_fit.c has the rules one by one.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=${WASMFN:-build/wasmfn}
export WASMFN_STORE=$T/store

q() { jq -r "$1" "$T/out"; }
wat() { wat2wasm --enable-all - -o "$T/$1.wasm"; }
fit() { local e=$1 m=$2; shift 2; run "$WASMFN" check --json --policy "$T/p.yaml" --engine "$e" "$@" "$T/$m.wasm"; }

cat >"$T/p.yaml" <<'END'
apiVersion: wasmfn/v1
kind: Policy
capabilities:
  - match: ["**", "oci:**"]
    classes: {allow: [log, stdio]}
END
echo '(module (func (export "add") (param i32 i32) (result i32) i32.const 1))' | wat add
echo '(module (import "env" "clickhouse_log" (func (param i32 i32))) (memory (export "memory") 1))' | wat log
echo '(module (import "wasi_snapshot_preview1" "sock_send" (func)))' | wat net
printf '\0asm\x0d\0\1\0' >"$T/component.wasm"

fit pg_wasm add
is_rc "a module that pg_wasm can run" 0
is "says so" "$(q '"\(.engine.name) \(.engine.verdict)"')" "pg_wasm fits"
fit pg_wasm log
is_rc "an import that it does not have" 65
is "reason" "$(q .error.code)" unfit
is "the policy allowed it all the same" "$(q .verdict)" allowed
is "the point" "$(q '.engine.points[] | select(.verdict == "unfit") | "\(.what) \(.subject): \(.detail)"')" \
	"import env.clickhouse_log: it does not provide this"
fit clickhouse log
is_rc "which ClickHouse has" 0
fit pg_wasm net
is_rc "what the policy denies is denied, whatever the engine" 15
is "and the engine is asked too" "$(q .engine.verdict)" unfit
fit supabase add
is_rc "a core module for an engine of components" 65
run "$WASMFN" check --engine pgwas "$T/add.wasm"
is_rc "an engine that nobody knows" 64
like "those that are" "$err" "pg_wasm, pgwasm, clickhouse"
cp "$T/add.wasm" "$T/large.wasm"
printf '\0\x80\x80\x80\2\0' >>"$T/large.wasm"
truncate -s $(($(stat -c %s "$T/add.wasm") + 5 + 4194304)) "$T/large.wasm"
fit pg_wasm large
is_rc "larger than the engine takes as it is delivered" 4
is "reason" "$(q .error.code)" unchecked
like "names the setting" "$(q .error.message)" "pg_wasm.max_module_bytes"

# --- artifacts and manifest files
make_layout "$T/a" "$T/add.wasm" L12 dev.wasmfn.export=add dev.wasmfn.args='int, int' dev.wasmfn.returns=int
run "$WASMFN" check --json --policy "$T/p.yaml" --engine pg_wasm "oci:$T/a@$digest"
is_rc "annotations that agree with the export" 0
is "are compared with it" "$(q '.engine.points[] | select(.what == "type") | .verdict')" fits
make_layout "$T/b" "$T/add.wasm" L12 dev.wasmfn.export=add dev.wasmfn.args='int, int' dev.wasmfn.returns=text
run "$WASMFN" check --json --policy "$T/p.yaml" --engine pg_wasm "oci:$T/b@$digest"
is_rc "and that do not" 65
make_layout "$T/c" "$T/add.wasm" L12
entry() { printf -- '- {name: add, ref: "oci:%s@%s", schema: wasm%s}\n' "$T/c" "$digest" "$1" >"$T/m.yaml"; chmod 600 "$T/m.yaml"; }
entry ''
run "$WASMFN" check --json --policy "$T/p.yaml" --engine pg_wasm -f "$T/m.yaml"
is_rc "an entry that leaves the types to the export" 0
entry ', args: [int, bigint], returns: int'
run "$WASMFN" check --json --policy "$T/p.yaml" --engine pg_wasm -f "$T/m.yaml"
is_rc "an entry of another type" 65
like "says both" "$(q .error.message)" 'is \(ii\) -> \(i\), the SQL signature needs \(iI\) -> \(i\)'
entry ', args: [int, wasm.mine], returns: int'
run "$WASMFN" check --json --policy "$T/p.yaml" --engine pg_wasm -f "$T/m.yaml"
is_rc "a type of the database is not decided here" 4
entry ', export: other'
run "$WASMFN" check --json --policy "$T/p.yaml" --engine pg_wasm -f "$T/m.yaml"
is_rc "an export that is not there" 65
is "reason" "$(q .error.code)" plan-refused

run "$WASMFN" check --policy "$T/p.yaml" --engine pg_wasm "$T/log.wasm"
is_rc "text" 65
like "a row" "$out" "unfit +import +env.clickhouse_log +it does not provide this"
like "the sum" "$out" "engine pg_wasm: cannot run it"

done_testing
