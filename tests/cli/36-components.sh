#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# inspect of components with --deep, and of anything with --shallow; check of
# interfaces by version.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
WASMFN=${WASMFN:-build/wasmfn}
q() { jq -r "$1" "$T/out"; }

# An interface of one function; a nested module with an import, a start
# function and a memory.
{
	printf '\0asm\x0d\0\1\0'
	printf '\7\x10\1\x42\2\1\x40\0\1\0\4\0\3now\1\0'
	printf '\x0a\x21\1\0\x1cwasi:clocks/wall-clock@0.2.6\5\0'
	printf '\1\x1f\0asm\1\0\0\0\1\4\1\x60\0\0\2\7\1\1a\1b\0\0\5\3\1\0\1\x08\1\0'
} >"$T/c.wasm"

run "$WASMFN" inspect --json "$T/c.wasm"
is_rc "a component with a module inside" 0
is "one import" "$(q '.module.imports | length')" 1
is "by its parts" "$(q '.module.imports[0] | "\(.interface) \(.version) \(.functions | join(","))"')" \
	"wasi:clocks/wall-clock 0.2.6 now"
is "the type of an import says all that it has" "$(q '.module.imports[0].type')" "instance {now: func()}"
is "the import of the module inside is no capability" "$(q '.module.capabilities | join(" ")')" clock
is "its start function is named" "$(q '.module.starts[0] | "\(.offset) \(.function)"')" "63 0"
is "what is inside is not shown" "$(q '.module | has("nested")')" false
run "$WASMFN" inspect --deep --json "$T/c.wasm"
is_rc "unless asked for" 0
is "with what it imports" "$(q '.module.nested[0] | "\(.kind) \(.depth) \(.offset) \(.imports[0].module).\(.imports[0].name)"')" \
	"core 1 63 a.b"
run "$WASMFN" inspect --deep "$T/c.wasm"
like "and says it to people" "$out" "core +1 +0x3f +31 +1 +0 +yes"

run "$WASMFN" inspect "$T/c.wasm"
like "people see it a member a line" "$out" "wasi:clocks/wall-clock@0.2.6 +now +func\(\)"

# --- a body that is no code
printf '\0asm\1\0\0\0\1\4\1\x60\0\0\3\2\1\0\x0a\5\1\3\0\x17\x0b' >"$T/body.wasm"
run "$WASMFN" inspect --json "$T/body.wasm"
is_rc "an unknown instruction refuses a module" 65
run "$WASMFN" inspect --shallow --json "$T/body.wasm"
is_rc "a shallow look does not see it" 0
is "and says that it did not look" "$(q .module.checked)" "framed, instructions not looked at"
run "$WASMFN" inspect --shallow "$T/body.wasm"
like "to people too" "$out" "instructions not looked at"
run "$WASMFN" check --shallow "$T/body.wasm"
is_rc "check never looks like that" 64

# --- interfaces
policy() { # INTERFACES
	printf 'apiVersion: wasmfn/v1\nkind: Policy\ncapabilities:\n  - match: ["**"]\n'
	printf '    module: {kinds: [component]}\n    interfaces: %s\n' "$1"
}
policy '{allow: ["wasi:clocks/wall-clock@>=0.2.0 <0.3.0"]}' >"$T/p.yaml"
run "$WASMFN" check --json --policy "$T/p.yaml" "$T/c.wasm"
is_rc "an interface allowed by a range of versions" 0
is "the decision names rule and line" \
	"$(q '.decisions[-1] | "\(.subject) \(.capability) \(.rule) \(.line)"')" \
	"wasi:clocks/wall-clock@0.2.6 clock interfaces.allow wasi:clocks/wall-clock@>=0.2.0 <0.3.0 6"
policy '{allow: ["wasi:clocks/wall-clock@>=0.2.7 <0.3.0"]}' >"$T/p.yaml"
run "$WASMFN" check --json --policy "$T/p.yaml" "$T/c.wasm"
is_rc "one patch later it is not" 15
is "by default" "$(q '.decisions[-1].rule')" "default deny"
policy '{allow: ["wasi:clocks/wall-clock"]}' >"$T/p.yaml"
run "$WASMFN" check --json --policy "$T/p.yaml" "$T/c.wasm"
is_rc "a pattern without a version is for names without one" 15
policy '{allow: ["wasi:clocks/*"]}' >"$T/p.yaml"
run "$WASMFN" check --json --policy "$T/p.yaml" "$T/c.wasm"
is_rc "and there are no wildcards" 78

done_testing
