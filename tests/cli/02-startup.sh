#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Start-up is paid by every CI job: what needs neither registry nor database
# must map neither libcurl nor libpq, nor what they drag in.  The dynamic
# loader itself is asked; a verb that does need one shows that it would tell.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
cd "$(dirname "$0")/../.." || exit 1
WASMFN=${WASMFN:-build/wasmfn}

# Names of the libraries that a run maps, one a line.
mapped()
{
	rm -f "$T"/ld.*
	LD_DEBUG=files LD_DEBUG_OUTPUT=$T/ld "$WASMFN" "$@" > "$T/out" 2> "$T/err" < /dev/null
	rc=$?
	sed -n 's/.*calling init: .*\/\(lib[^/]*\)$/\1/p' "$T"/ld.* | sort -u
}
# none_of LIBS...: no line of $libs begins with one of these
heavy='^lib(curl|pq|ssl|ldap|gssapi|krb5|nghttp2|ssh2|psl|idn2|gnutls|sasl)'

printf '(module (func (export "f") (result i32) i32.const 1))' > "$T/m.wat"
wat2wasm "$T/m.wat" -o "$T/m.wasm"

# light WHAT WANTED_RC ARGS...
light()
{
	local what=$1 want=$2
	shift 2
	libs=$(mapped "$@")
	is "$what: exit code" "$rc" "$want"
	like "$what: libcrypto is seen, so the list is a list" "$libs" 'libcrypto\.so'
	is "$what: neither libcurl nor libpq nor theirs" "$(grep -E "$heavy" <<< "$libs")" ''
}
light version 0 version
light help 0 help
light inspect 0 inspect "$T/m.wasm"
done_testing
