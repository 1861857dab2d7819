#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The rules for reading binaries (R-W), for what of a component is a capability
# (R-P) and for what names stand for (R-K), one by one, by their ids.  R-W3 is
# in 37-findings.sh.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
WASMFN=${WASMFN:-build/wasmfn}
TOP=$(cd "$(dirname "$0")/../.." && pwd)
q() { jq -r "$1" "$T/out"; }
byte() { printf '\\x%02x' "$1"; }
# section ID BYTES, name TEXT: as printf takes them
section() {
	local n
	n=$(printf "$2" | wc -c)
	if [ "$n" -lt 128 ]; then printf '%s%s%s' "$(byte "$1")" "$(byte "$n")" "$2"
	else printf '%s%s%s%s' "$(byte "$1")" "$(byte $((n % 128 + 128)))" "$(byte $((n / 128)))" "$2"; fi
}
name() { printf '%s%s' "$(byte ${#1})" "$1"; }
CORE='\0asm\1\0\0\0' COMPONENT='\0asm\x0d\0\1\0'
inspect() { # BYTES [OPTION...]
	printf "$1" >"$T/m.wasm"
	run "$WASMFN" inspect --json "${@:2}" "$T/m.wasm"
}
judge() { # POLICY-LINES: of the capabilities rule
	printf 'apiVersion: wasmfn/v1\nkind: Policy\ncapabilities:\n  - match: ["**"]\n    module: {kinds: [core, component]}\n    %s\n' "$1" >"$T/p.yaml"
	run "$WASMFN" check --json --policy "$T/p.yaml" "$T/m.wasm"
}
FUNC=$(section 1 '\1\x60\0\0')
IMPORT=$(section 2 "\\1$(name env)$(name f)\\0\\0")
# the module $1, whose body is $2
with_body() { printf '%s%s%s' "$1" "$(section 3 '\1\0')" "$(section 10 "\\1$(byte $(($(printf "$2" | wc -c) + 2)))\\0$2\\x0b")"; }
# an instance type of one function "f", and an import of it by $1
TYPE=$(section 7 '\1\x42\2\1\x40\0\1\0\4\0\1f\1\0')
of() { section 10 "\\1\\0$(name "$1")\\5\\0"; }

# --- R-W
inspect "$CORE$FUNC$IMPORT"
is "an import" "$rc $(q '.module.imports | length')" "0 1"
inspect "$CORE$FUNC$(section 2 "\\2$(name env)$(name f)\\0\\0$(name env)$(name g)\\5\\0")"
is "R-W1: a kind that is not known" "$rc $(q 'has("module")')" "65 false"
inspect "$(with_body "$CORE$FUNC" '\1')"
is_rc "an instruction" 0
inspect "$(with_body "$CORE$FUNC" '\x27')"
is "R-W2: one that is not known" "$rc $(q '.error.message | test("offset 0x17: ")')" "65 true"
INSIDE=$(with_body "$CORE$FUNC" '\x41\0\xc0\x1a')
inspect "$COMPONENT$(section 1 "$INSIDE")"
is "R-W4: what is used inside is used" "$rc $(q '.module.features | join(" ")')" "0 sign-extension component-model"
inspect "$CORE$FUNC$IMPORT$(section 11 '\1\0')"
is "R-W5: nothing of a module that breaks later" "$rc $(q 'has("module")')" "65 false"
blocks=50000
{
	printf "$CORE$FUNC$(section 3 '\1\0')"
	n=$((blocks * 3 + 2))
	leb() { printf "$(byte $(($1 % 128 + 128)))$(byte $(($1 / 128 % 128 + 128)))$(byte $(($1 / 16384)))"; }
	printf '\x0a'; leb $((n + 4)); printf '\1'; leb $n; printf '\0'
	yes $'\2\100' | head -n $blocks | tr -d '\n'
	yes $'\13' | head -n $((blocks + 1)) | tr -d '\n'
} >"$T/deep.wasm"
(ulimit -s 256; exec "$WASMFN" inspect --json "$T/deep.wasm") >"$T/out" 2>&1
is "R-W6: fifty thousand blocks in one another, on a small stack" "$? $(q '.module.kind')" "0 core"
inspect "$COMPONENT$(section 1 "$(with_body "$CORE$FUNC" '\x27')")"
is "R-W7: offsets inside are those of the file" "$rc $(q '.error.message | test("offset 0x21: ")')" "65 true"

# --- R-P
inspect "$COMPONENT$TYPE$(of wasi:clocks/wall-clock@0.2.6)$(section 1 "$CORE$FUNC$(section 2 "\\1$(name wasi_snapshot_preview1)$(name path_open)\\0\\0")")" --deep
is "R-P1, R-P8: what is inside is given what it asks for" "$rc $(q '.module.capabilities | join(" ")')" "0 clock"
is "R-P8: and listed" "$(q '.module.nested[0].imports[0].module')" wasi_snapshot_preview1
is "R-P2: an import by its parts, with its functions" \
	"$(q '.module.imports[0] | "\(.kind) \(.interface) \(.version) \(.functions | join(","))"')" "instance wasi:clocks/wall-clock 0.2.6 f"
GET=$(section 7 '\1\x42\2\1\x40\0\1\0\4\0\3get\1\0')
inspect "$COMPONENT$GET$(section 10 "\\1\\2$(name primary)\\1\\0$(name wasi:keyvalue/store@0.2.0-draft)\\5\\0")"
is "R-P3: the class of what it implements" "$rc $(q '.module.capabilities | join(" ")')" "0 keyvalue"
inspect "$COMPONENT$TYPE$(of primary)"
is "R-P3: a plain name is unknown" "$rc $(q '.module.capabilities | join(" ")')" "0 unknown"
judge 'classes: {allow: [keyvalue]}'
is_rc "R-P3: and denied" 15
inspect "$COMPONENT$(section 3 '\1\x50\0')$(section 10 "\\1\\0$(name m)\\0\\x11\\0")"
is "R-P4: a core module from outside" "$rc $(q '.module.capabilities | join(" ")')" "0 code-import"
judge 'classes: {allow: [types]}'
is_rc "R-P4: is denied" 15
inspect "$COMPONENT$(section 7 '\1\x42\1\4\0\1r\3\1')$(of wasi:io/error@0.2.6)"
is "R-P5: an interface of types alone" "$rc $(q '.module.imports[0].only_types')" "0 true"
inspect "$COMPONENT$TYPE$(of wasi:clocks/wall-clock@0.2.6)"
judge 'interfaces: {allow: ["wasi:clocks/wall-clock@>=0.2.0 <0.3.0"]}'
is_rc "R-P6: a version in a range" 0
inspect "$COMPONENT$TYPE$(of wasi:clocks/wall-clock@0.2.6-rc-1)"
judge 'interfaces: {allow: ["wasi:clocks/wall-clock@>=0.2.0 <0.3.0"]}'
is_rc "R-P6: a pre-release is in none" 15
judge $'classes: {allow: [clock]}\n    interfaces: {deny: ["wasi:clocks/wall-clock@>=0.2.0 <0.3.0"]}'
is_rc "R-P6: and denied as what it may become" 15
inspect "$COMPONENT$(section 8 '\1\x26')"
is "R-P7: a built-in of threads" "$rc $(q '.module.capabilities | join(" ")')" "0 threads"
inspect "$COMPONENT$(section 8 '\1\x1f')"
is "R-P7: one of async is a feature" "$rc $(q '(.module.capabilities | length), .module.features[-1]' | paste -sd' ')" "0 0 cm-async"
inspect "$COMPONENT$TYPE$(section 11 "\\1\\0$(name a)\\3\\0\\0")$(section 0 "$(name wit-component-encoding)\\4\\0")"
is "R-P9: a WIT package" "$rc $(q .module.kind)" "0 wit-package"
MADE=$(section 5 '\1\1\0')
for e in wasi:cli/run@0.2.0=command wasi:http/incoming-handler@0.2.0=server wasi:http/handler@0.3.0=server a:b/c=reactor; do
	inspect "$COMPONENT$MADE$(section 11 "\\1\\0$(name "${e%=*}")\\5\\0\\0")"
	is "R-P10: ${e%=*}" "$rc $(q .module.entry)" "0 ${e#*=}"
done
inspect "$COMPONENT$(section 1 "$CORE$FUNC$(section 3 '\1\0')$(section 8 '\0')$(section 10 '\1\2\0\x0b')")"
is "R-P11: a start function inside" "$rc $(q '.module.starts | length') $(q '.findings[].id')" "0 1 W06"

# --- R-K
preview() { inspect "$CORE$FUNC$(section 2 "\\1$(name wasi_snapshot_preview1)$(name "$1")\\0\\0")"; }
preview path_open
is "R-K2: an import that nothing calls is a capability" "$rc $(q '.module.capabilities | join(" ")')" "0 filesystem"
preview path_opens
is "R-K1: another function of WASI is unknown" "$rc $(q '.module.capabilities | join(" ")')" "0 unknown"
# what wasi-libc has in a program that prints one line
asks() { # NAME...: of preview 1
	local list='' n
	for n in "$@"; do list+="$(name wasi_snapshot_preview1)$(name "$n")\\0\\0"; done
	inspect "$CORE$FUNC$(section 2 "$(byte $#)$list")"
	run "$WASMFN" check --json --policy "$T/stdio-only.yaml" "$T/m.wasm"
}
install -m 644 "$TOP/policy/examples/stdio-only.yaml" "$T/stdio-only.yaml"
hello=(fd_write fd_seek fd_close fd_fdstat_get environ_get environ_sizes_get proc_exit)
asks "${hello[@]}"
is "R-K3: the noise of wasi-libc is in the preset for standard streams" "$rc $(q .verdict)" "0 allowed"
asks "${hello[@]}" path_open
is "R-K3: which gives no files" "$rc $(q '[.decisions[] | select(.verdict == "denied") | .subject[23:]] | join(" ")')" \
	"15 fd_write fd_seek fd_close fd_fdstat_get path_open"
asks "${hello[@]}" clock_time_get
is "R-K3: nor anything else" "$rc $(q '[.decisions[] | select(.verdict == "denied") | .subject[23:]] | join(" ")')" "15 clock_time_get"
inspect "$COMPONENT$TYPE$(of surrealism:plugin/host)"
judge 'interfaces: {allow: ["surrealism:plugin/host"]}'
is_rc "R-K4: a name without a version" 0
judge 'interfaces: {allow: ["surrealism:plugin/host@1.0.0"]}'
is_rc "R-K4: is not one with" 15
inspect "$COMPONENT$TYPE$(of pgwasm:host/query@0.1.0)"
judge 'interfaces: {allow: ["pgwasm:host/query@0.1.0"]}'
is_rc "R-K5: the whole name" 0
inspect "$COMPONENT$TYPE$(of pgwasm:host/query-all@0.1.0)"
judge 'interfaces: {allow: ["pgwasm:host/query@0.1.0"]}'
is_rc "R-K5: not one that begins like it" 15

done_testing
