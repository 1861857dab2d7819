#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every header compiles alone, and every .c includes its own header first.
# usage: check-headers.sh [ROOT]
set -u
cd "${1:-$(dirname "$0")/..}" || exit 1
bad=0
# the headers of a dependency's door, private to src/dep, name that dependency
read -ra deps < <(pkg-config --cflags libpq libcurl zlib libzstd jansson yaml-0.1 libcrypto)
for h in src/*/*.h cmd/*.h; do
	${CC:-cc} -std=gnu11 -D_GNU_SOURCE -Isrc -I. -Wall -Wextra -Werror "${deps[@]}" -fsyntax-only -x c "$h" 2>/tmp/hdr.$$ ||
		{ echo "$h does not compile alone:"; head -5 /tmp/hdr.$$; bad=1; }
done
rm -f /tmp/hdr.$$
for c in src/*/*.c; do
	h=${c%.c}.h
	[ -f "$h" ] || continue
	first=$(grep -m1 -E '^#[[:space:]]*include "' "$c" | sed 's/.*"\(.*\)".*/\1/')
	[ "src/$first" = "$h" ] || { echo "$c: includes \"$first\" before its own header"; bad=1; }
done
exit $bad
