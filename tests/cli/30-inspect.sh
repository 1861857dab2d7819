#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# inspect: what a module is, and every way in which a file is none.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
WASMFN=${WASMFN:-build/wasmfn}

wat() { wat2wasm --enable-all "$T/$1.wat" -o "$T/$1.wasm"; }
q() { jq -r "$1" "$T/out"; }

cat >"$T/some.wat" <<'END'
(module
  (import "env" "clickhouse_log" (func (param i32 i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
  (import "env" "base" (global (mut i64)))
  (memory (export "memory") 2 16)
  (table 1 10 funcref)
  (func $boot)
  (start $boot)
  (func (export "add") (param i32 i32) (result i32)
    local.get 0 local.get 1 i32.add i32.extend8_s)
  (data (i32.const 0) "abc"))
END
ok "the module is built" wat some
run "$WASMFN" inspect "$T/some.wasm" --json
is_rc "inspect takes a core module" 0
is "kind" "$(q .module.kind)" core
is "size" "$(q .module.size)" "$(stat -c %s "$T/some.wasm")"
is "digest of the bytes" "$(q .module.digest)" "sha256:$(sha256sum "$T/some.wasm" | cut -d' ' -f1)"
is "subject names it too" "$(q .subject.module_digest)" "$(q .module.digest)"
is "no manifest stands behind a file" "$(q .subject.manifest_digest)" null
is "imports, in order" "$(q '.module.imports[] | "\(.module).\(.name) \(.kind) \(.type)"')" \
"env.clickhouse_log func (i32, i32) -> ()
wasi_snapshot_preview1.fd_write func (i32, i32, i32, i32) -> i32
env.base global mut i64"
is "exports" "$(q '.module.exports[] | "\(.name) \(.kind) \(.type)"')" \
"memory memory 2..16 pages
add func (i32, i32) -> i32"
is "memory" "$(q '.module.memories[0] | "\(.min) \(.max) \(.page_size) \(.exported)"')" "2 16 65536 true"
is "table" "$(q '.module.tables[0] | "\(.element) \(.min) \(.max)"')" "funcref 1 10"
is "the start function is named" "$(q .module.start)" 2
is "features" "$(q '.module.features | join(" ")')" "mutable-global sign-extension"
is "capabilities" "$(q '.module.capabilities | join(" ")')" "log stdio unknown"
is "nothing claims that types were checked" "$(q .module.type_checked)" false

run "$WASMFN" inspect "$T/some.wasm"
is_rc "and says it to people" 0
like "what was checked" "$out" "well-formed, not type-checked"
like "the start function is pointed out" "$out" "function 2 runs when the module is instantiated"
like "an import, its type and its capability" "$out" \
	"wasi_snapshot_preview1  fd_write +func +\(i32, i32, i32, i32\) -> i32  stdio"
is "nothing on stderr" "$err" ""

# --- what it is not
printf '\0asm\1\0\0\0' >"$T/empty.wasm"
run "$WASMFN" inspect "$T/empty.wasm"
is_rc "the empty module is a module" 0
like "that can only compute" "$out" "no imports"
: >"$T/nothing"
run "$WASMFN" inspect --json "$T/nothing"
is_rc "an empty file is none" 65
is "reason" "$(q .error.code)" malformed
is "no module member then" "$(q 'has("module")')" false
run "$WASMFN" inspect --json "$T/missing.wasm"
is_rc "a missing file" 66
is "reason" "$(q .error.code)" no-input
run "$WASMFN" inspect --json "$T"
is_rc "a directory" 66
mkfifo "$T/fifo"
run timeout 5 "$WASMFN" inspect --json "$T/fifo"
is_rc "a FIFO is refused at once" 66
is "reason" "$(q .error.code)" no-input
run "$WASMFN" inspect
is_rc "no operand" 64

printf '\0asm\1\0\0\0\0\xf3\xff\xff\x0f\0' >"$T/big.wasm"
truncate -s $((32 << 20)) "$T/big.wasm"
run "$WASMFN" inspect "$T/big.wasm"
is_rc "32 MiB are taken" 0
cp "$T/big.wasm" "$T/bigger.wasm" && printf '\0' >>"$T/bigger.wasm"
run "$WASMFN" inspect --json "$T/bigger.wasm"
is_rc "32 MiB and one byte are not" 65
is "reason" "$(q .error.code)" limit
truncate -s 1T "$T/sparse.wasm"
run "$WASMFN" inspect --json "$T/sparse.wasm"
is_rc "nor a terabyte, without reading it" 65

# --- names that would like to be something else
{
	printf '\0asm\1\0\0\0\1\4\1\x60\0\0\2\x14\1'
	printf '\5env\0x\x0a\x1b[31mred\x0a\x09\0\0'
} >"$T/names.wasm"
run "$WASMFN" inspect "$T/names.wasm"
is_rc "control characters are legal in names" 0
unlike "and never reach the terminal" "$(cat "$T/out")" $'\x1b'
like "NUL is shown, not the end" "$out" 'env\\x00x'
run "$WASMFN" inspect --json "$T/names.wasm"
is "JSON has the exact name" "$(jq '.module.imports[0].module' "$T/out")" '"env\u0000x"'
unlike "escaped" "$(cat "$T/out")" $'\x1b'
cp "$T/empty.wasm" "$T/"$'bad\x1b[31mname.wasm'
run "$WASMFN" inspect "$T/"$'bad\x1b[31mname.wasm'
is_rc "a file name may hold them too" 0
unlike "escaped as well" "$(cat "$T/out")" $'\x1b'
printf '(module (import "a\\u{9b}31m" "b\\u{202e}c" (func)))' > "$T/c1.wat"
wat2wasm "$T/c1.wat" -o "$T/c1.wasm"
for form in human json ndjson; do
	run "$WASMFN" inspect --output "$form" "$T/c1.wasm"
	is "C1 and bidi characters: $form is ASCII" "$rc $(LC_ALL=C grep -c '[^ -~]' "$T/out")" '0 0'
done

# --- components and proposals
# one function, create, in an instance type; then the import
printf '\0asm\x0d\0\1\0\7\x13\1\x42\2\1\x40\0\1\0\4\0\x06create\1\0' >"$T/component.wasm"
printf '\x0a\x1b\1\0\x16wasi:sockets/tcp@0.2.0\5\0' >>"$T/component.wasm"
run "$WASMFN" inspect --json "$T/component.wasm"
is_rc "a component is decoded" 0
is "kind" "$(q .module.kind)" component
is "its outer import" "$(q '.module.imports[0].name')" "wasi:sockets/tcp@0.2.0"
is "by its parts" "$(q '.module.imports[0] | "\(.interface) \(.version)"')" "wasi:sockets/tcp 0.2.0"
is "with the functions it asks for" "$(q '.module.imports[0].functions | join(" ")')" create
is "what that lets it do" "$(q '.module.capabilities | join(" ")')" network
is "what was proved" "$(q .module.checked)" "well-formed, not type-checked"
run "$WASMFN" inspect "$T/component.wasm"
like "and says it to people" "$out" "component, .* well-formed, not type-checked"
printf '\0asm\1\0\0\0\1\4\1\x60\0\0\2\x0c\1\1m\0\x7e\0\0\2\1a\1b' >"$T/group.wasm"
run "$WASMFN" inspect --json "$T/group.wasm"
is_rc "imports in the compact form" 0
is "are listed in full" "$(q '[.module.imports[] | "\(.module).\(.name)"] | join(" ")')" "m.a m.b"
printf '\0asm\1\0\0\0\1\4\1\x60\0\0\2\x0c\1\1m\0\x7d\0\0\2\1a\1b' >"$T/group.wasm"
run "$WASMFN" inspect --json "$T/group.wasm"
is_rc "an unknown kind of import fails the whole" 65
is "with no list at all" "$(q 'has("module")')" false

# --- as many imports as are taken, and one more
imports() # N: N functions without a name
{
	local n=$1 size
	size=$((3 + 4 * n))
	leb() { printf '\\x%02x\\x%02x\\x%02x' $(($1 & 127 | 128)) $(($1 >> 7 & 127 | 128)) $(($1 >> 14)); }
	# shellcheck disable=SC2059 # the bytes are escapes
	printf "\\0asm\\1\\0\\0\\0\\1\\4\\1\\x60\\0\\0\\2$(leb $size)$(leb "$n")"
	head -c $((4 * n)) /dev/zero
}
imports 100000 >"$T/many.wasm"
run "$WASMFN" inspect "$T/many.wasm"
is_rc "100,000 imports" 0
like "are listed as far as a person reads" "$out" 'and 98000 more; --json lists all'
imports 100001 >"$T/more.wasm"
run "$WASMFN" inspect --json "$T/more.wasm"
is_rc "one more" 65
is "reason" "$(q .error.code)" limit

# --- several operands
run "$WASMFN" inspect --json "$T/empty.wasm" "$T/nothing" "$T/missing.wasm"
is_rc "several operands: the most severe" 66
is "one result each" "$(q '[.results[].exit_code] | join(" ")')" "0 65 66"
run "$WASMFN" inspect --output ndjson "$T/empty.wasm" "$T/nothing"
is_rc "ndjson" 65
is "one line each" "$(wc -l <"$T/out")" 2

# --- start-up: neither libcurl nor libpq
if command -v strace >/dev/null; then
	strace -f -e trace=openat -o "$T/trace" "$WASMFN" inspect "$T/empty.wasm" >/dev/null
	unlike "neither libcurl nor libpq is mapped" "$(cat "$T/trace")" 'lib(curl|pq)'
else
	unlike "neither libcurl nor libpq is linked" "$(LD_TRACE_LOADED_OBJECTS=1 "$WASMFN" inspect "$T/empty.wasm")" 'lib(curl|pq)'
fi

done_testing
