#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A small module cut at every byte: refused, unless the cut leaves a module.
# Where wabt is installed, its validator is asked too: what it takes, we take.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
WASMFN=${WASMFN:-build/wasmfn}

cat >"$T/m.wat" <<'END'
(module
  (import "env" "log" (func (param i32)))
  (memory 1)
  (func (export "f") (param i32) (result i32)
    (if (local.get 0) (then (call 0 (i32.const 1))))
    (i32.load offset=4 (local.get 0)))
  (data (i32.const 8) "abc"))
END
wat2wasm "$T/m.wat" -o "$T/m.wasm" || { fail "wat2wasm"; done_testing; }
size=$(stat -c %s "$T/m.wasm")
run "$WASMFN" inspect "$T/m.wasm"
is_rc "the whole module is taken" 0

# One run for all: every prefix is an operand.
files=()
for ((n = 0; n < size; n++)); do
	f=$(printf '%s/%03d.wasm' "$T" "$n")
	head -c "$n" "$T/m.wasm" >"$f"
	files+=("$f")
done
run "$WASMFN" inspect --output ndjson "${files[@]}"
is_rc "the prefixes are refused" 65
is "each has its result" "$(wc -l <"$T/out")" "$size"
is "each is 0 or malformed" "$(jq -r '"\(.exit_code) \(.error.code)"' "$T/out" | sort -u | tr '\n' ';')" \
	"0 null;65 malformed;"
taken=$(jq -r 'select(.exit_code == 0) | .subject.ref | capture("(?<n>[0-9]+).wasm$").n | tonumber' "$T/out" | tr '\n' ' ')

# Legal prefixes: the preamble; types; types and imports.  From the function
# section on a function lacks its body, until the code section ends; then only
# the data is missing.
types=$((8 + 2 + $(od -An -tu1 -j9 -N1 "$T/m.wasm")))
imports=$((types + 2 + $(od -An -tu1 -j$((types + 1)) -N1 "$T/m.wasm")))
data=$(wasm-objdump -h "$T/m.wasm" | sed -n 's/ *Data start=0x0*\([0-9a-f]*\).*/\1/p')
is "the cuts that leave a module" "$taken" "8 $types $imports $((16#$data - 2)) "
disagree=''
for f in "${files[@]}"; do
	a=0; "$WASMFN" inspect -q "$f" >/dev/null 2>&1 || a=1
	b=0; wasm-validate "$f" >/dev/null 2>&1 || b=1
	[ "$a" = "$b" ] || disagree+=" ${f##*/}"
done
is "wasm-validate agrees on each" "$disagree" ""

done_testing
