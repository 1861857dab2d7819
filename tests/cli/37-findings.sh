#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Findings about a module: each is there for one change in a module that has
# none, and never changes the exit code.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=${WASMFN:-build/wasmfn}
TOP=$(cd "$(dirname "$0")/../.." && pwd)
export WASMFN_STORE=$T/store

q() { jq -r "$1" "$T/out"; }
wat() { wat2wasm --enable-all - -o "$T/$1.wasm"; }
found() { q '.findings[] | "\(.id) \(.severity) \(.object): \(.observed)"'; }
# custom FILE NAME CONTENTS: base.wasm and one custom section, of short names
# and contents; CONTENTS as printf takes it
custom() {
	local body
	printf '%b' "$3" >"$T/body"
	body=$(stat -c %s "$T/body")
	cp "$T/base.wasm" "$T/$1.wasm"
	# shellcheck disable=SC2059 # the bytes are escapes
	{ printf "\\0\\x$(printf %02x $((body + ${#2} + 1)))\\x$(printf %02x ${#2})"; printf '%s' "$2"; cat "$T/body"; } >>"$T/$1.wasm"
}
# finds NAME MODULE WANT
finds() {
	run "$WASMFN" inspect --json "$T/$2.wasm"
	is_rc "$1: exit 0" 0
	is "$1" "$(found)" "$3"
}

echo '(module (memory 1 1) (func (export "f")))' | wat base
finds "a plain module has none" base ''

custom native wasmedge 'x'
finds "native code" native "W01 low section wasmedge: 1 bytes"
custom native2 .llvmbc 'x'
finds "bitcode" native2 "W01 low section .llvmbc: 1 bytes"
custom notes wasmedge2 'x'
finds "another name is none" notes ''
custom object linking '\x02'
finds "an object file" object "W02 low section linking: 1 bytes"
custom reloc reloc.CODE 'x'
finds "relocations" reloc "W02 low section reloc.CODE: 1 bytes"
custom map sourceMappingURL '\x15https://x.example/m.m'
finds "a source map" map "W03 info sourceMappingURL: https://x.example/m.m"
custom badmap sourceMappingURL '\x7fhttp\x1b'
run "$WASMFN" inspect "$T/badmap.wasm"
is_rc "a source map that is cut" 0
unlike "reaches no terminal unescaped" "$(cat "$T/out")" $'\x1b'
custom dwarf .debug_str 'main.c\0/home/me/src/x.c\0/usr/include/a.h\0'
finds "build paths" dwarf "W04 info section .debug_str, 2 paths: /home/me/src/x.c"
custom nodwarf .debug_str 'main.c\0src/x.c\0/main.c\0'
finds "relative paths are none" nodwarf ''
custom comment comment '/home/me/src/x.c\0'
finds "nor is another section" comment ''

# --- R-W3: what the compiler declared
cp "$T/base.wasm" "$T/plain.wasm"
echo '(module (memory 1 1) (func (export "f") (drop (i32.extend8_s (i32.const 1)))))' | wat base
custom said target_features '\x02+\x08sign-ext+\x0bbulk-memory'
finds "R-W3: a feature that is declared" said ''
is "and one that is not used" "$(q '.module.target_features | "\(.declared | join(" ")); \(.unused | join(" ")); \(.undeclared | join(" "))"')" \
	"sign-extension bulk-memory; bulk-memory; "
custom unsaid target_features '\x01+\x0bbulk-memory'
finds "R-W3: a feature that is not" unsaid "W11 info section target_features: sign-extension"
is "is named in the module too" "$(q '.module.target_features.undeclared | join(" ")')" sign-extension
is "what it uses stays what is seen" "$(q '.module.features | join(" ")')" sign-extension
custom denied target_features '\x01-\x08sign-ext'
finds "R-W3: a feature that it says it does not use" denied "W11 info section target_features: sign-extension"
custom strange target_features '\x02+\x08sign-ext+\x03new'
finds "a word that nobody knows" strange ''
custom hurt target_features '\x02+\x08sign-ext'
finds "a section that ends early" hurt "W11 info section target_features: damaged"
is "says nothing" "$(q .module.target_features)" null
custom prefix target_features '\x01=\x08sign-ext'
finds "a prefix that is none" prefix "W11 info section target_features: damaged"
run "$WASMFN" inspect --json "$T/base.wasm"
is "without the section there is nothing to compare" "$(q .module.target_features)" null
mv "$T/plain.wasm" "$T/base.wasm"

echo '(module (import "env" "memory" (memory 1 1)))' | wat link
finds "memory of others" link "W05 low memory: 1 import of code, memory or tables of others"
echo '(module (import "env" "f" (func)))' | wat import
finds "a function is none" import ''
echo '(module (memory 1 1) (func) (start 0))' | wat start
finds "a start function" start "W06 info function 0: runs when the module is instantiated"
echo '(module (memory 1))' | wat endless
finds "a memory without a maximum" endless "W07 info memory 0: no maximum"
{
	echo '(module (memory 1 1)'
	for ((i = 0; i < 10000; i++)); do echo '(data (i32.const 0))'; done
	echo ')'
} | wat segments
finds "10,000 active segments" segments ''
{
	echo '(module (memory 1 1)'
	for ((i = 0; i < 10001; i++)); do echo '(data (i32.const 0))'; done
	echo ')'
} | wat segments
finds "and one more" segments "W08 info segments: 10001 active"
custom producers producers '\x01\x0cprocessed-by\x01\x04rust\x011'
finds "what built it" producers ''
custom odd producers '\x01\x0cprocessed_by\x01\x04rust\x011'
finds "in a field that nobody writes" odd "W10 info processed_by: rust"
custom wit producers '\x01\x0cprocessed-by\x01\x0dwit-component\x011'
finds "a core module from what makes components" wit "W10 info processed-by: wit-component"

# --- the artifact's own description
# config NAME JSON: an artifact of base.wasm with that config; sets $ref
config() {
	local manifest c
	rm -rf "${T:?}/$1"
	make_layout "$T/$1" "$T/base.wasm" L1
	printf '%s' "$2" >"$T/c"
	c=$(put_blob "$T/$1" "$T/c")
	manifest=$T/$1/blobs/sha256/${digest#*:}
	jq -c --arg d "$c" --argjson n "$(stat -c %s "$T/c")" '.config.digest = $d | .config.size = $n' "$manifest" >"$T/mf"
	digest=$(put_blob "$T/$1" "$T/mf")
	jq -c --arg d "$digest" --argjson n "$(stat -c %s "$T/mf")" '.manifests[0].digest = $d | .manifests[0].size = $n' \
		"$T/$1/index.json" >"$T/ix" && mv "$T/ix" "$T/$1/index.json"
	ref=oci:$T/$1@$digest
}
config ok "{\"architecture\":\"wasm\",\"os\":\"wasip1\",\"layerDigests\":[\"sha256:$(sha256sum "$T/base.wasm" | cut -d' ' -f1)\"]}"
run "$WASMFN" inspect --json "$ref"
is_rc "a config that agrees" 0
is "is none" "$(found)" ''
config os '{"architecture":"wasm","os":"wasip2"}'
run "$WASMFN" inspect --json "$ref"
is_rc "a config of a component" 0
is "is one" "$(found)" "W09 low config os: wasip2"
is "with what would be right" "$(q '.findings[0].expected')" wasip1
config comp '{"architecture":"wasm","os":"wasip1","component":{"imports":[]}}'
run "$WASMFN" inspect --json "$ref"
is "a component's surface" "$(found)" "W09 low config component: an object"
config layer "{\"architecture\":\"wasm\",\"os\":\"wasip1\",\"layerDigests\":[\"sha256:$(printf '%064d' 0)\"]}"
run "$WASMFN" inspect --json "$ref"
is "another layer" "$(found)" "W09 low config layerDigests: sha256:$(printf '%064d' 0)"
config text 'no JSON'
run "$WASMFN" inspect --json "$ref"
is_rc "a config that is no JSON" 0
like "is one" "$(found)" "W09 low config: "

# --- check says them too, and judges as before
printf 'apiVersion: wasmfn/v1\nkind: Policy\ncapabilities: [{match: ["**"]}]\n' >"$T/p.yaml"
run "$WASMFN" check --json --policy "$T/p.yaml" "$T/start.wasm"
is_rc "check: the exit code is the policy's" 0
is "and the finding is there" "$(q '.findings[0] | "\(.id) \(.class)"')" "W06 start-function"
run "$WASMFN" check --policy "$T/p.yaml" "$T/start.wasm"
like "for people too" "$out" "W06 +info +start-function +function 0"

# --- the page has them all
is "the manual page has every id and class" \
	"$(sed -n 's/^\.It Cm \(W[0-9]*\) Ta \([a-z-]*\) Ta \([a-z]*\) .*/\1 \2 \3/p' "$TOP/man/wasmfn.1")" \
	"$(sed -n 's/^\tX(\(W[0-9]*\), "\([a-z-]*\)", \([a-z]*\), .*/\1 \2 \3/p' "$TOP/src/wasm/suspicion.h" | sed 's/true$/low/; s/false$/info/')"

done_testing
