#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# check: the capability policy of contract section 7, rule by rule, with the
# rule and its line in every answer.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
WASMFN=${WASMFN:-build/wasmfn}

q() { jq -r "$1" "$T/out"; }
wat() { wat2wasm --enable-all - -o "$T/$1.wasm"; }
policy() { printf 'apiVersion: wasmfn/v1\nkind: Policy\n'; cat; }
check() { run "$WASMFN" check --json --policy "$T/$1.yaml" "$T/$2.wasm"; }
said() { q '.decisions[] | select(.subject == "'"$1"'") | "\(.capability) \(.verdict) \(.rule) \(.line)"'; }

echo '(module (func (export "f") (result i32) i32.const 1))' | wat pure
echo '(module (import "env" "clickhouse_log" (func (param i32 i32))) (memory (export "memory") 1 4))' | wat log
echo '(module (import "env" "clickhouse_logs" (func)))' | wat strange
echo '(module (import "wasi_snapshot_preview1" "sock_send" (func)))' | wat net
echo '(module (memory 1 257))' | wat fat
echo '(module (memory 1))' | wat endless
echo '(module (func) (start 0))' | wat start
echo '(module (memory 1 1 shared))' | wat shared
printf '\0asm\x0d\0\1\0' >"$T/component.wasm"

# The example of the contract.
policy >"$T/p.yaml" <<'END'
capabilities:
  - match: ["**"]
    classes: {allow: [log], deny: [network]}
    imports:
      allow: [{module: env, name: clickhouse_log}, {module: wasi_snapshot_preview1, name: fd_write}]
      deny: []
    module: {kinds: [core], features: {deny: [threads]}, memory: {maxPages: 256}, start: deny, maxSize: 33554432}
END

# --- the built-in rule
if [ -e /etc/wasmfn/policy.yaml ] || [ -d /etc/wasmfn/policy.d ] || [ -e ~/.config/wasmfn/policy.yaml ]; then
	skip "the built-in rule" "this machine has a policy"
else
	run "$WASMFN" check --json "$T/pure.wasm"
	is_rc "without a policy: a core module without imports" 0
	is "verdict" "$(q .verdict)" allowed
	is "the decision has no file" "$(q '.decisions[0] | "\(.rule) \(.file) \(.line)"')" "built-in: core modules null null"
	run "$WASMFN" check --json "$T/log.wasm"
	is_rc "and with one import" 15
	is "verdict" "$(q .verdict)" denied
	is "reason" "$(q .error.code)" denied
	is "result" "$(q .result)" refused
	like "the hint says how" "$(q .error.hint)" "--policy FILE"
	run "$WASMFN" check --json "$T/component.wasm"
	is_rc "and a component" 15
fi

# --- the contract's example
check p log
is_rc "an import allowed by name" 0
is "by which rule and line" "$(said env.clickhouse_log)" "log allowed imports.allow env clickhouse_log 7"
is "in which file" "$(q '.decisions[-1].file')" "$T/p.yaml"
is "the memory fits" "$(said "memory 0, up to 4 pages")" "module.memory.maxPages allowed module.memory.maxPages 256 9"
is "nothing is over-granted" "$(q '.overgranted | length')" 0
is "all of inspect is there" "$(q '.module.imports | length')" 1
check p pure
is_rc "a module without imports" 0
is "log is over-granted" "$(q '.overgranted | join(" ")')" log
check p strange
is_rc "an import nobody knows" 15
is "is denied by default" "$(said env.clickhouse_logs)" "unknown denied default deny 4"
check p net
is_rc "a denied class" 15
is "by which rule and line" "$(said wasi_snapshot_preview1.sock_send)" "network denied classes.deny network 5"
check p fat
is_rc "257 pages of memory" 15
check p endless
is_rc "memory without a maximum" 15
like "is said" "$(q .error.message)" "no maximum declared"
check p start
is_rc "a start function" 15
is "by which rule" "$(said "start function 0")" "module.start denied module.start deny 9"
check p shared
is_rc "a denied feature" 15
is "by which rule" "$(said threads)" "module.features denied module.features.deny threads 9"
check p component
is_rc "a kind that is not listed" 15

# --- deny beats allow, in one rule and across rules
policy >"$T/d.yaml" <<'END'
capabilities:
  - match: ["**"]
    classes: {allow: [log]}
    imports:
      allow: [{module: env, name: clickhouse_log}]
      deny: [{module: env, name: "clickhouse_*"}]
END
check d log
is_rc "deny beats allow" 15
is "and names itself" "$(said env.clickhouse_log)" "log denied imports.deny env clickhouse_* 8"
sed -i 's/"clickhouse_\*"/"clickhouse_r*"/' "$T/d.yaml"
check d log
is_rc "the same where the deny is for others" 0

policy >"$T/size.yaml" <<END
capabilities:
  - match: ["**"]
    module: {maxSize: $(stat -c %s "$T/pure.wasm")}
END
check size pure
is_rc "exactly maxSize" 0
sed -i "s/maxSize: .*}/maxSize: $(($(stat -c %s "$T/pure.wasm") - 1))}/" "$T/size.yaml"
check size pure
is_rc "one byte more" 15

policy >"$T/none.yaml" <<'END'
capabilities:
  - match: ["ghcr.io/myorg/**"]
    classes: {allow: [log]}
END
check none log
is_rc "no rule matches a file but **" 15
like "and the hint says so" "$(q .error.hint)" 'only the pattern \*\*'

# --- the deny list
sum=$(sha256sum "$T/pure.wasm" | cut -d' ' -f1)
policy >"$T/list.yaml" <<END
deny: {modules: ["sha256:$(printf '%064d' 0)"]}
END
check list pure
is_rc "another module on the deny list" 0
sed -i "s/sha256:0*\"/sha256:$sum\"/" "$T/list.yaml"
check list pure
is_rc "this module on the deny list" 17
is "reason" "$(q .error.code)" revoked
is "verdict" "$(q .verdict)" denied
is "its decision" "$(said "sha256:$sum" | cut -d' ' -f1-3)" "deny.modules denied deny.modules"
check list log
is_rc "denied for its imports, not for the list" 15

# --- not a verdict at all
head -c 20 "$T/log.wasm" >"$T/cut.wasm"
check p cut
is_rc "a truncated module is malformed" 65
is "there is no verdict" "$(q .verdict)" null
check p missing
is_rc "a missing file" 66
run "$WASMFN" check --json --policy "$T/nothing.yaml" "$T/pure.wasm"
is_rc "a missing policy" 66
is "there is no verdict" "$(q .verdict)" null
echo '  - match: ["x' >>"$T/none.yaml"
check none pure
is_rc "a broken policy" 78
is "reason" "$(q .error.code)" config
cp "$T/p.yaml" "$T/open.yaml"
chmod 666 "$T/open.yaml"
check open pure
is_rc "a policy that anybody can write" 78
is "reason" "$(q .error.code)" unsafe-file

# --- in plain words
check p net
is "what it could do" "$(q '.can | join("; ")')" "can send to sockets it is given"
check p pure
is "nothing" "$(q '.can | length')" 0
run "$WASMFN" check --policy "$T/p.yaml" "$T/pure.wasm"
like "which is said" "$out" "it can only compute"

# --- people, and several operands
run "$WASMFN" check --policy "$T/p.yaml" "$T/net.wasm"
is_rc "text" 15
like "the row of the table" "$out" "denied +wasi_snapshot_preview1.sock_send +network +classes.deny network +$T/p.yaml:5"
like "the sum" "$out" "denied: 1 of"
like "the error names it" "$err" "sock_send \(network\): classes.deny network at $T/p.yaml:5"
run "$WASMFN" check --policy "$T/p.yaml" "$T/log.wasm"
like "allowed is said too" "$out" "allowed: 4 of 4"
is "and stderr is empty" "$err" ""
run "$WASMFN" check --json --policy "$T/p.yaml" "$T/log.wasm" "$T/net.wasm" "$T/cut.wasm"
is_rc "the most severe of several" 15
is "one verdict each" "$(q '[.results[] | .verdict] | map(tostring) | join(" ")')" "allowed denied null"

done_testing
