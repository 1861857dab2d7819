#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A blob whose connection breaks is taken up where it broke, and hashed from its
# first byte.  Rules R-S4, R-S5, R-D1, R-D2.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=$(realpath "${WASMFN:-build/wasmfn}")
export WASMFN_STORE=$T/store

q() { jq -r "$1" "$T/out"; }
pull() { rm -rf "$WASMFN_STORE"; run "$WASMFN" --json --stats pull --no-signatures "$ref"; }
ranges() { jq -r --arg o "${1:-0}" 'select(.path | test("/blobs/'"$module"'|/elsewhere")) | select(.origin == ($o | tonumber)) | .headers.range // "all"' "$fake/log" | paste -sd,; }

small_wasm "$T/m.wasm"
head -c 300000 /dev/urandom > "$T/body"
{
	cat "$T/m.wasm"
	printf '\0\343\247\22\1x' # a custom section of 300003 bytes
	cat "$T/body"
	printf ' '
} > "$T/big.wasm"
size=$(stat -c %s "$T/big.wasm")
make_layout "$T/layout" "$T/big.wasm" L12
ok "a scripted registry is up" start_fake --origins 2
ref=$registry/fn/a@$digest
k=0 # the registry counts by rule: each is another one
B='"match":"/blobs/'$module'"'
whole="\"file\":\"$T/big.wasm\""

rules_are "{$B,\"times\":1,$whole,\"cut\":100000,\"k\":$((++k))}"
pull
is "it goes on where it broke" "$rc $(ranges)" "0 all,bytes=100000-"
is "and is what it should be" "$(sha256sum < "$WASMFN_STORE/blobs/sha256/${module#*:}")" "${module#*:}  -"
is "only the rest came again" "$(jq .bytes_in <(tail -1 "$T/err"))" "$((size + $(stat -c %s "$T/layout/blobs/sha256/${digest#*:}")))"
rules_are "{$B,\"times\":1,$whole,\"cut\":100000,\"k\":$((++k))}" \
	"{$B,\"times\":1,\"status\":206,\"headers\":{\"Content-Range\":\"bytes 100000-$((size - 1))/$size\"},\"file\":\"$T/rest\",\"cut\":50000}"
tail -c +100001 "$T/big.wasm" > "$T/rest"
pull
is "twice, if need be" "$rc $(ranges)" "0 all,bytes=100000-,bytes=150000-"
rules_are "{$B,\"times\":1,$whole,\"cut\":100000,\"k\":$((++k))}" "{$B,\"times\":1,$whole}"
pull
is "a server that begins again is taken from the beginning" "$rc $(ranges)" "0 all,bytes=100000-"
rules_are "{$B,\"times\":1,$whole,\"cut\":100000,\"k\":$((++k))}" \
	"{$B,\"times\":1,\"status\":206,\"headers\":{\"Content-Range\":\"bytes 0-$((size - 1))/$size\"},$whole}"
pull
is "R-D2: one that goes on elsewhere is refused" "$rc $(q .error.code)" "76 protocol"
is "and nothing is left" "$(find "$WASMFN_STORE" -name "${module#*:}")" ""
head -c $((size - 100000)) /dev/zero > "$T/zeros"
rules_are "{$B,\"times\":1,$whole,\"cut\":100000,\"k\":$((++k))}" \
	"{$B,\"times\":1,\"status\":206,\"headers\":{\"Content-Range\":\"bytes 100000-$((size - 1))/$size\"},\"file\":\"$T/zeros\"}"
pull
is "R-D1: what it goes on with is hashed with what was there" "$rc $(q .error.code)" "16 digest-mismatch"
is "and nothing of it is left" "$(find "$WASMFN_STORE" -name "${module#*:}")" ""
rules_are "{$B,\"times\":1,$whole,\"cut\":100000,\"k\":$((++k))}" \
	"{$B,\"times\":1,\"status\":206,\"headers\":{\"Content-Range\":\"bytes 100000-$((size - 1))/$size\"},$whole}"
pull
is "more than the rest is too much" "$rc $(q .error.code)" "16 size-mismatch"
rules_are "{$B,$whole,\"cut\":100000}"
pull
is "a server that never comes further is left" "$rc $(q .error.code) $(ranges)" "69 unavailable all,bytes=100000-"
rules_are "{$B,\"times\":1,$whole,\"cut\":0}"
pull
is "R-S6: one that brought nothing is asked again from the beginning" "$rc $(ranges)" "0 all,all"
rules_are "{$B,\"status\":206,\"headers\":{\"Content-Range\":\"bytes 0-$((size - 1))/$size\"},$whole}"
pull
is "a part that was not asked for is no blob" "$rc $(q .error.code)" "76 protocol"
rules_are "{$B,\"times\":1,\"origin\":0,\"status\":307,\"headers\":{\"Location\":\"{origin1}/elsewhere\"}}" \
	"{\"match\":\"/elsewhere\",\"times\":1,$whole,\"cut\":100000,\"k\":$((++k))}"
pull
is "R-S4: it goes on at the registry, not where that pointed" "$rc $(ranges) $(ranges 1)" "0 all,bytes=100000- all"
rules_are "{$B,\"origin\":0,\"status\":307,\"headers\":{\"Location\":\"{origin1}/v2/x/blobs/$module\"}}" \
	"{$B,\"origin\":1,\"times\":1,$whole,\"cut\":100000,\"k\":$((++k))}"
pull
is "R-S5: the range goes along when it is redirected" "$rc $(ranges 1)" "0 all,bytes=100000-"

done_testing
