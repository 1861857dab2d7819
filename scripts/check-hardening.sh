#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What the ELF file says of itself, not what the flags asked for: PIE, RELRO,
# BIND_NOW, no writable and executable segment, stack not executable.
# usage: check-hardening.sh FILE
set -u
f=${1:?file}
bad=0
need() { if ! eval "$2"; then echo "$f: $1"; bad=1; fi; }
# shellcheck disable=SC2034 # read inside eval
head=$(readelf -hW "$f") seg=$(readelf -lW "$f") dyn=$(readelf -dW "$f")
need 'not a PIE' 'grep -q "Type:.*DYN" <<<"$head"'
need 'no RELRO' 'grep -q GNU_RELRO <<<"$seg"'
need 'no BIND_NOW' 'grep -qE "BIND_NOW|FLAGS_1.*NOW" <<<"$dyn"'
need 'a segment is writable and executable' '! grep -qE "^ +[A-Z_]+ .* RWE " <<<"$seg"'
need 'executable stack' 'grep -qE "GNU_STACK .* RW " <<<"$seg"'
need 'has an RPATH' '! grep -qE "R(UN)?PATH" <<<"$dyn"'
for lib in libcurl libpq libz libzstd; do
	need "links $lib: it is to be loaded on first use" "! grep -q 'NEEDED.*$lib' <<<\"\$dyn\""
done
exit $bad
