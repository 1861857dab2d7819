#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# diff: what an upgrade gains and loses, and 15 when policy does not name what
# it gains.  Each pair of modules differs in one thing.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=${WASMFN:-build/wasmfn}
export WASMFN_STORE=$T/store

q() { jq -r "$1" "$T/out"; }
wat() { wat2wasm --enable-all - -o "$T/$1.wasm"; }
policy() { printf 'apiVersion: wasmfn/v1\nkind: Policy\n'; cat; }
diffs() { run "$WASMFN" diff --json --policy "$T/${3:-p}.yaml" "$T/$1.wasm" "$T/$2.wasm"; }
rows() { q '.changes[] | "\(.change) \(.what) \(.subject) \(.before) \(.after) \(.wider) \(.verdict)"'; }
requests() { grep '^{"requests"' "$T/err" | jq .requests; }

F='(func (export "f") (param i32) (result i32) local.get 0)'
LOG='(import "env" "clickhouse_log" (func (param i32 i32)))'
WRITE='(import "wasi_snapshot_preview1" "fd_write" (func))'
OPEN='(import "wasi_snapshot_preview1" "path_open" (func))'
echo "(module $F)" | wat base
echo "(module $F (func))" | wat data
echo "(module $LOG $F)" | wat log
echo "(module $WRITE $F)" | wat write
echo "(module $WRITE $OPEN $F)" | wat open
echo '(module (func (export "f") (param i64) (result i32) i32.const 1))' | wat signature
echo '(module (func (export "g") (param i32) (result i32) local.get 0))' | wat renamed
echo "(module (memory 1 4) $F)" | wat mem4
echo "(module (memory 1 8) $F)" | wat mem8
echo "(module (memory 1) $F)" | wat endless
echo "(module $F (func) (start 1))" | wat start
echo "(module $F (func (drop (i32.extend8_s (i32.const 1)))))" | wat signext
printf '\0asm\x0d\0\1\0' >"$T/component.wasm"

policy >"$T/p.yaml" <<'END'
capabilities:
  - match: ["**"]
    classes: {allow: [log, stdio]}
    module: {features: {deny: [sign-extension]}, memory: {maxPages: 4}, start: deny}
END

# --- nothing, and nothing that shows
diffs base base
is_rc "a module and itself" 0
is "identical" "$(q '"\(.identical) \(.verdict) \(.changes | length)"')" "true allowed 0"
diffs base data
is_rc "other bytes, the same surface" 0
is "not identical, nothing changed" "$(q '"\(.identical) \(.changes | length)"')" "false 0"
is "old and new are named" "$(q '"\(.old.ref) \(.subject.ref)"')" "$T/base.wasm $T/data.wasm"
is "with their digests" "$(q '.old.module_digest, .subject.module_digest' | tr '\n' ' ')" \
	"sha256:$(sha256sum "$T/base.wasm" | cut -d' ' -f1) sha256:$(sha256sum "$T/data.wasm" | cut -d' ' -f1) "

# --- imports and capabilities
diffs base log
is_rc "an import that policy names" 0
is "is gained" "$(rows)" "gained capability log null null true null
gained import env.clickhouse_log null (i32, i32) -> () true allowed"
is "by which rule" "$(q '.changes[1] | "\(.rule) \(.file) \(.line)"')" "classes.allow log $T/p.yaml 5"
is "class and import" "$(q '"\(.gained | join(" ")) \(.changes[1].capabilities | join(" "))"')" "log log"
diffs log base
is_rc "the other way round" 0
is "it is lost, and policy has no say" "$(rows)" "lost capability log null null false null
lost import env.clickhouse_log (i32, i32) -> () null false null"
is "lost" "$(q '.lost | join(" ")')" log
diffs base open
is_rc "an import that policy does not name" 15
is "reason" "$(q .error.code)" denied
is "result and verdict" "$(q '"\(.result) \(.verdict)"')" "refused denied"
like "the error names it" "$(q .error.message)" "gains 2 things that policy does not allow: wasi_snapshot_preview1.path_open|fd_write"
diffs open open
is_rc "what both have is no gain" 0
diffs write open
is_rc "an old import that reaches further beside a new one" 15
is "is changed" "$(rows | grep fd_write)" "changed import wasi_snapshot_preview1.fd_write () -> () () -> () true denied"
run "$WASMFN" diff --json "$T/base.wasm" "$T/log.wasm"
if [ -e /etc/wasmfn/policy.yaml ] || [ -d /etc/wasmfn/policy.d ] || [ -e ~/.config/wasmfn/policy.yaml ]; then
	skip "without a policy" "this machine has one"
else
	is_rc "without a policy every import is a gain too many" 15
fi

# --- signatures, exports
diffs base signature
is_rc "another signature" 0
is "is changed" "$(rows)" "changed export f (i32) -> i32 (i64) -> i32 false null"
diffs base renamed
is_rc "another name" 0
is "is one lost and one gained" "$(rows)" "lost export f (i32) -> i32 null false null
gained export g null (i32) -> i32 false null"

# --- memory, start, features, kind
diffs base mem4
is_rc "a memory within the policy" 0
is "is gained" "$(rows)" "gained memory memory 0 null 1..4 pages true allowed"
diffs mem4 mem8
is_rc "one that grows past it" 15
is "is changed" "$(rows)" "changed memory memory 0 1..4 pages 1..8 pages true denied"
is "by which rule" "$(q '.changes[0].rule')" "module.memory.maxPages 4"
diffs mem8 mem4
is_rc "one that shrinks" 0
diffs mem8 endless
is_rc "one that loses its maximum, from past the policy" 15
diffs endless mem8
is_rc "and back" 0
diffs base start
is_rc "a start function" 15
is "is gained" "$(rows)" "gained start start function 1 null null true denied"
diffs start base
is_rc "and lost" 0
diffs start start
is_rc "and kept" 0
diffs base signext
is_rc "a denied feature" 15
is "is gained" "$(rows)" "gained feature sign-extension null null true denied"
sed 's/sign-extension/threads/' "$T/p.yaml" >"$T/p2.yaml"
diffs base signext p2
is_rc "another that is not denied" 0
diffs base component
is_rc "a component in place of a module" 15
like "is changed" "$(rows)" "changed kind module core component true denied"

# --- inside components
inside() {
	echo "$2" | wat inner
	# shellcheck disable=SC2059 # the bytes are escapes
	{ printf "\\0asm\\x0d\\0\\1\\0\\1\\x$(printf %02x "$(stat -c %s "$T/inner.wasm")")"; cat "$T/inner.wasm"; } >"$T/$1.wasm"
}
sed 's/module: {/module: {kinds: [core, component], /' "$T/p.yaml" >"$T/c.yaml"
inside in4 '(module (memory 1 4))'
inside in8 '(module (memory 1 8))'
inside instart '(module (memory 1 4) (func) (start 0))'
diffs in4 in4 c
is_rc "a component and itself" 0
is "identical" "$(q .identical)" true
diffs in4 in8 c
is_rc "a memory inside that grows past the policy" 15
is "is changed" "$(rows)" "changed memory memory 0 1..4 pages 1..8 pages true denied"
diffs in8 in4 c
is_rc "and one that shrinks" 0
diffs in4 instart c
is_rc "a start function inside" 15
is "is gained" "$(rows)" "gained start start function inside null null true denied"
diffs mem8 in8 c
is_rc "the same memory as before, in a component" 0
diffs mem4 in8 c
is_rc "a larger one" 15

# --- what the interfaces of a component say
iface() { # NAME, bytes of an instance type, its length: imported as a:b/c
	# shellcheck disable=SC2059 # the bytes are escapes
	printf "\\0asm\\x0d\\0\\1\\0\\7\\x$3\\1\\x42$2\\x0a\\x0b\\1\\0\\6a:b/ci\\5\\0" >"$T/$1.wasm"
}
# (instance (export "f" (func (result u8)))), with u16, and with a "g" beside it
iface u8 '\2\1\x40\0\0\x7d\4\0\1f\1\0' 0e
iface u16 '\2\1\x40\0\0\x7b\4\0\1f\1\0' 0e
iface two '\3\1\x40\0\0\x7d\4\0\1f\1\0\4\0\1g\1\0' 14
sed -i 's|classes: {.*}|interfaces: {allow: ["a:b/ci"]}|' "$T/c.yaml"
diffs u8 u8 c
is_rc "an interface and itself" 0
is "nothing changed" "$(q '.changes | length')" 0
diffs u8 u16 c
is_rc "a function that gives something else" 0
is "is shown with both types" "$(rows)" "changed member a:b/ci#f func() -> u8 func() -> u16 false null"
diffs u8 two c
is_rc "one function more" 0
is "is gained" "$(rows)" "changed import a:b/ci f f, g false allowed
gained member a:b/ci#g null func() -> u8 true null"
run "$WASMFN" diff --policy "$T/c.yaml" "$T/u8.wasm" "$T/u16.wasm"
like "for people too" "$out" "~ +member +a:b/ci#f +func\(\) -> u8 +func\(\) -> u16"

# --- size and the deny list
policy >"$T/size.yaml" <<END
capabilities:
  - match: ["**"]
    module: {maxSize: $(stat -c %s "$T/base.wasm")}
END
diffs base base size
is_rc "a module at maxSize" 0
diffs base start size
is_rc "one that grows past it" 15
diffs start base size
is_rc "one that comes below it" 0
policy >"$T/list.yaml" <<END
deny: {modules: ["sha256:$(sha256sum "$T/mem8.wasm" | cut -d' ' -f1)"]}
END
diffs base mem4 list
is_rc "a new module that is on no list" 0
diffs base mem8 list
is_rc "one that is on the deny list" 17
is "reason" "$(q .error.code)" revoked

# --- people
run "$WASMFN" diff --policy "$T/p.yaml" "$T/write.wasm" "$T/open.wasm"
is_rc "text" 15
like "a row of the table" "$out" $'\\+  import +wasi_snapshot_preview1.path_open +- +\\(\\) -> \\(\\) +filesystem +denied: default deny +'"$T/p.yaml:4"
like "in plain words" "$out" "it can now use the files and directories it is given"
like "the sum" "$out" "denied: 2 of what is gained"
run "$WASMFN" diff --policy "$T/p.yaml" "$T/open.wasm" "$T/write.wasm"
like "what it loses" "$out" "it can no longer use the files and directories it is given"
run "$WASMFN" diff --policy "$T/p.yaml" "$T/base.wasm" "$T/data.wasm"
like "nothing to see" "$out" "the same to the outside"

# --- references: a tag is resolved once
make_layout "$T/a" "$T/base.wasm" L12
d1=$digest
make_layout "$T/b" "$T/open.wasm" L12
d2=$digest
policy >"$T/ref.yaml" <<END
capabilities:
  - match: ["oci:$T/**"]
    classes: {allow: [stdio, filesystem]}
END
run "$WASMFN" diff --json --policy "$T/ref.yaml" "oci:$T/a:v1" "oci:$T/b:v1"
is_rc "two tags, and a rule for their reference" 0
is "the digests are shown" "$(q '"\(.old.manifest_digest) \(.subject.manifest_digest)"')" "$d1 $d2"
unlike "in place of the tags" "$(q '"\(.old.ref) \(.subject.ref)"')" ':v1'
run "$WASMFN" diff --json --policy "$T/ref.yaml" "$T/base.wasm" "$T/open.wasm"
is_rc "the rule is not for files" 15
run "$WASMFN" diff --json --policy "$T/ref.yaml" "$T/base.wasm" "oci:$T/b:v1"
is_rc "the reference of the new one counts" 0
run "$WASMFN" diff --json --policy "$T/ref.yaml" "oci:$T/a:v1" "$T/open.wasm"
is_rc "that of the old one does not" 15
run "$WASMFN" diff --json --policy "$T/ref.yaml" "oci:$T/a:v1" "oci:$T/b:v2"
is_rc "a tag that is not there" 11
run "$WASMFN" diff --json --stats --offline --policy "$T/ref.yaml" "$d1" "$T/base.wasm"
is_rc "from the store, by digest" 0
is "the same bytes, then" "$(q .identical)" true
is "without a request" "$(requests)" 0

# --- no comparison
head -c 20 "$T/log.wasm" >"$T/cut.wasm"
diffs base cut
is_rc "a truncated new module" 65
is "reason" "$(q .error.code)" malformed
is "no verdict" "$(q '"\(.verdict) \(has("changes"))"')" "null false"
diffs cut base
is_rc "a truncated old module" 65
diffs base nothing
is_rc "a missing one" 66
run "$WASMFN" diff --json --policy "$T/none.yaml" "$T/base.wasm" "$T/log.wasm"
is_rc "a missing policy" 66
run "$WASMFN" diff "$T/base.wasm"
is_rc "one operand" 64
run "$WASMFN" diff "$T/base.wasm" "$T/base.wasm" "$T/base.wasm"
is_rc "three" 64

done_testing
