#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A file that changes under the reader: an I/O error (74), never a signal and
# never a verdict about half a module.  A preloaded read(2) cuts the file after
# the first block; hence no-asan.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
WASMFN=${WASMFN:-build/wasmfn}

q() { jq -r "$1" "$T/out"; }

cat >"$T/cut.c" <<'END'
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

/* Sets the length of the file in CUT_FILE to CUT_TO after one whole block of
 * any file was read. */
ssize_t
read(int fd, void *p, size_t n)
{
	static int done;
	ssize_t (*next)(int, void *, size_t) =
		(ssize_t (*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
	ssize_t got = next(fd, p, n);

	if (!done && got == 65536 && getenv("CUT_FILE")) {
		done = 1;
		if (truncate(getenv("CUT_FILE"), atol(getenv("CUT_TO"))))
			_exit(99);
	}
	return got;
}
END
ok "the shim is built" "${CC:-cc}" -shared -fPIC -U_FORTIFY_SOURCE -o "$T/cut.so" "$T/cut.c" -ldl

# One custom section of 200,000 bytes.
make_module()
{
	printf '\0asm\1\0\0\0\0\xc0\x9a\x0c\0' >"$T/m.wasm"
	truncate -s $((12 + 200000)) "$T/m.wasm"
}
make_module
run "$WASMFN" inspect --json "$T/m.wasm"
is_rc "the whole file is a module" 0
for to in 0 65536 150000 300000; do
	make_module
	run env LD_PRELOAD="$T/cut.so" CUT_FILE="$T/m.wasm" CUT_TO="$to" "$WASMFN" inspect --json "$T/m.wasm"
	is_rc "its length becomes $to while it is read" 74
	is "$to: reason" "$(q .error.code)" io
	is "$to: nothing is said about it" "$(q 'has("module")')" false
done
make_module
run env LD_PRELOAD="$T/cut.so" CUT_FILE="$T/m.wasm" CUT_TO=0 "$WASMFN" check --json "$T/m.wasm"
is_rc "check: no verdict either" 74
is "verdict" "$(q .verdict)" null

done_testing
