#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The seed's manifest file at the seed's path, in a directory that Debian gives
# to the user of the database server: believed, and said on every run.
# no-asan: a library is preloaded.
# shellcheck disable=SC2317 # cases() calls by name
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"
# shellcheck source=tests/lib/drift.sh
. "$(dirname "$0")/../lib/drift.sh"
WASMFN=${WASMFN:-build/wasmfn}

start_drift || exit 1
fresh
rest=(--store "$T/store" --state "$T/state" reconcile --json --policy "$T/policy.yaml"
	--target "$(in_c reader)")
# any user: a preloaded library says where the directory is and whose
gcc -shared -fPIC -o "$T/seed_path.so" "$DB_TOP/tests/lib/preload/seed_path.c" || exit 1
mkdir -m 755 "$T/seed"
pretend()
{
	install -m "$1" "$T/m.yaml" "$T/seed/wasm-functions.yaml"
	run env LD_PRELOAD="$T/seed_path.so" SEED_DIR="$T/seed" "$WASMFN" "${rest[@]}"
}
# root: the real path in a mount namespace of its own
cat > "$T/in-namespace" << 'END'
set -e
mkdir -p /etc/postgresql # the machine's own is covered, not touched
mount -t tmpfs -o mode=755 tmpfs /etc/postgresql
cp "$1" /etc/postgresql/wasm-functions.yaml
chmod "$2" /etc/postgresql/wasm-functions.yaml
chown 4321 /etc/postgresql
shift 2
exec "$@"
END
mounted() { run unshare -m sh "$T/in-namespace" "$T/m.yaml" "$1" "$WASMFN" "${rest[@]}"; }

# cases HOW: HOW MODE is a run with the file in its place and no -f
cases()
{
	"$1" 600
	found "$1: it is believed, and reported" 0 in_sync D24
	is "$1: with severity low" "$(q '.findings[0].severity')" low
	is "$1: as what it is about" "$(q '.findings[0].object')" /etc/postgresql/wasm-functions.yaml
	"$1" 600
	found "$1: on every run" 0 in_sync D24
	sqlc "GRANT EXECUTE ON FUNCTION wasm.add(int, int) TO PUBLIC"
	"$1" 600
	found "$1: drift is drift beside it" 2 drift 'D08 D24'
	sqlc "REVOKE EXECUTE ON FUNCTION wasm.add(int, int) FROM PUBLIC"
	"$1" 666
	is "$1: a file that others can write is another matter" \
		"$rc $(ids) $(q '[.findings[] | select(.id == "D24") | .severity] | join(" ")')" '78 D24 critical'
}
cases pretend
if [ "$(id -u)" -eq 0 ] && unshare -m true 2> /dev/null; then
	[ -d /etc/postgresql ] || at_exit rmdir --ignore-fail-on-non-empty /etc/postgresql
	cases mounted
fi
done_testing
