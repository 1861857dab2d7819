#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The seed's manifest file at the seed's path, in a directory that Debian gives
# to the user of the database server: believed, and said on every run.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"
# shellcheck source=tests/lib/drift.sh
. "$(dirname "$0")/../lib/drift.sh"
WASMFN=${WASMFN:-build/wasmfn}

if [ "$(id -u)" -ne 0 ] || ! unshare -m true 2> /dev/null; then
	skip "the seed's path" 'root, to give /etc/postgresql to another user in a namespace of its own'
	done_testing
fi
start_drift || exit 1
fresh
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
[ -d /etc/postgresql ] || at_exit rmdir --ignore-fail-on-non-empty /etc/postgresql

# seed MODE: a run with the file in its place and no -f
seed()
{
	run unshare -m sh "$T/in-namespace" "$T/m.yaml" "$1" "$WASMFN" --store "$T/store" \
		--state "$T/state" reconcile --json --policy "$T/policy.yaml" --target "$(in_c reader)"
}
seed 600
found 'it is believed, and reported' 0 in_sync D24
is 'with severity low' "$(q '.findings[0].severity')" low
is 'as what it is about' "$(q '.findings[0].object')" /etc/postgresql/wasm-functions.yaml
seed 600
found 'on every run' 0 in_sync D24
sqlc "GRANT EXECUTE ON FUNCTION wasm.add(int, int) TO PUBLIC"
seed 600
found 'drift is drift beside it' 2 drift 'D08 D24'
seed 666
is 'a file that others can write is another matter' \
	"$rc $(ids) $(q '[.findings[] | select(.id == "D24") | .severity] | join(" ")')" '78 D24 critical'
done_testing
