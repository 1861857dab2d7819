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

# Sets libs to the libraries that a run maps, one a line, and rc.
mapped()
{
	rm -f "$T"/ld.*
	LD_DEBUG=files LD_DEBUG_OUTPUT=$T/ld "$WASMFN" "$@" > "$T/out" 2> "$T/err" < /dev/null
	rc=$?
	libs=$(sed -n 's/.*calling init: .*\/\(lib[^/]*\)$/\1/p' "$T"/ld.* | sort -u)
}
heavy='^lib(curl|pq|ssl|ldap|gssapi|krb5|nghttp2|ssh2|psl|idn2|gnutls|sasl)'

printf '(module (func (export "f") (result i32) i32.const 1))' > "$T/m.wat"
wat2wasm "$T/m.wat" -o "$T/m.wasm"

# light WHAT WANTED_RC ARGS...
light()
{
	local what=$1 want=$2
	shift 2
	mapped "$@"
	is "$what: exit code" "$rc" "$want"
	like "$what: libcrypto is seen, so the list is a list" "$libs" 'libcrypto\.so'
	is "$what: neither libcurl nor libpq nor theirs" "$(grep -E "$heavy" <<< "$libs")" ''
}
light version 0 version
light help 0 help
light inspect 0 inspect "$T/m.wasm"
d=tests/data/bundles
light 'verify --bundle' 0 verify --key tests/data/keys/release.pub --bundle "$d/v3-blob-release.json" "$d/module.wasm"

# libcurl is for another process, which closes what the loader writes to.
export WASMFN_STORE=$T/store
light 'pull of a registry that is down' 69 pull "127.0.0.1:1/x/y@sha256:$(printf '%064d' 0)"
# What does need one of them says so here: the list would have shown it.
mapped doctor --target "host=$T port=1 dbname=x"
like 'a look into a database maps libpq' "$libs" 'libpq\.so'
done_testing
