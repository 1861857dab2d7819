#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Against Wasmtime, on modules and components made from text and on thousands
# of copies changed by a seed: whatever it takes, we take.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
WASMFN=${WASMFN:-build/wasmfn}
LIB=build/deps/wasmtime/libwasmtime.so
case $WASMFN in /*) ;; *) WASMFN=$PWD/$WASMFN ;; esac
CASES=${CASES:-4000} SEED=${SEED:-20261121}

if [ ! -e "$LIB" ]; then
	skip "what Wasmtime takes" "scripts/deps has not fetched it"
	done_testing
	exit
fi

mkdir "$T/x"
run python3 tests/lib/wasmtime_peer.py "$LIB" tests/data/wat "$T/x" "$CASES" "$SEED"
is_rc "Wasmtime assembles and takes what is written in tests/data/wat" 0

find "$T/x" -name '*.wasm' -printf '%f\n' | sort >"$T/all"
(cd "$T/x" && xargs -n 500 "$WASMFN" inspect --output ndjson) <"$T/all" >"$T/said" 2>/dev/null
is "each has its answer" "$(wc -l <"$T/said")" "$(wc -l <"$T/all")"
is "which is that it is well-formed, malformed or past a limit" \
	"$(jq -r '.error.code // "taken"' "$T/said" | sort -u | tr '\n' ' ')" "limit malformed taken "

sort "$T/x/taken" >"$T/theirs"
jq -r 'select(.exit_code == 0).subject.ref' "$T/said" | sort >"$T/ours"
diag "$(wc -l <"$T/theirs") are taken by Wasmtime, $(wc -l <"$T/ours") by us, of $(wc -l <"$T/all")"
ok "enough of them are taken for that to mean something" \
	[ "$(wc -l <"$T/theirs")" -gt $((CASES / 10)) ]
comm -23 "$T/theirs" "$T/ours" >"$T/refused"
is "what Wasmtime takes is taken" "$(wc -l <"$T/refused")" 0
while read -r name; do
	diag "$(jq -r --arg n "$name" 'select(.subject.ref == $n) | "\($n): \(.error.message)"' "$T/said")"
done < <(head -20 "$T/refused")

done_testing
