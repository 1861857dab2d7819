#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A blob whose connection breaks is taken up where it broke, in the same run or
# the next, and hashed from its first byte.  Rules R-S4, R-S5, R-D1, R-D2.
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

# --- across runs: what came of a large one is kept
{
	cat "$T/m.wasm"
	printf '\0\303\215\267\1\1x' # a custom section of 3000003 bytes
	head -c 3000000 /dev/urandom
	printf ' '
} > "$T/big.wasm"
size=$(stat -c %s "$T/big.wasm")
make_layout "$T/layout2" "$T/big.wasm" L12
cp "$T/layout2"/blobs/sha256/* "$fake/layout/blobs/sha256/"
ref=$registry/fn/a@$digest
hex=${module#*:}
B='"match":"/blobs/'$module'"'
half="{$B,$whole,\"stall\":2000000}"
kept=.ingest/.partial-$(id -u)/$hex
again() { run "$WASMFN" --json --stats pull --no-signatures "$ref"; }
# broken: the store has two million bytes of it and nothing else
broken()
{
	rm -rf "$WASMFN_STORE"
	rules_are "$half"
	run "$WASMFN" --json --timeout 3 pull --no-signatures "$ref"
	is "a large one is cut off: what came is kept" "$rc $(stat -c %s "$WASMFN_STORE/$kept")" "75 2000000"
	plan_is '{}'
}
right() { is "$1: it is what it should be" "$(sha256sum < "$WASMFN_STORE/blobs/sha256/$hex")" "$hex  -"; }
broken
is "no blob is seen" "$(ls -A "$WASMFN_STORE/blobs/sha256")" ""
cp -a "$WASMFN_STORE" "$T/broken"
again
is "the next run asks for the rest alone" "$rc $(ranges)" "0 bytes=2000000-"
is "so many bytes came" "$(jq .bytes_in <(tail -1 "$T/err"))" "$((size - 2000000 + $(stat -c %s "$T/layout2/blobs/sha256/${digest#*:}")))"
right "the next run"
is "and nothing is left aside" "$(ls -A "$WASMFN_STORE/.ingest")" ""
# from_broken NAME COMMAND...: the kept file is not what it was
from_broken()
{
	local name=$1

	shift
	rm -rf "$WASMFN_STORE"
	cp -a "$T/broken" "$WASMFN_STORE"
	: > "$fake/log"
	(cd "$WASMFN_STORE/${kept%/*}" && "$@")
	again
	is "$name" "$rc $(ranges)" "0 $want"
	right "$name"
}
want=bytes=2000000-,all
from_broken "R-D1: another byte in it: all is fetched again" sh -c "printf X | dd of=$hex conv=notrunc bs=1 seek=1000 status=none"
want=all
from_broken "more bytes than it should have: nothing is taken up" truncate -s 3100000 "$hex"
from_broken "a link: nothing is taken up" sh -c "mv $hex $T/elsewhere; ln -s $T/elsewhere $hex"
from_broken "a second name: nothing is taken up" ln "$hex" "$T/name"
from_broken "a directory that others can reach into: nothing is taken up" chmod 770 .
from_broken "a day old: nothing is taken up" touch -d '25 hours ago' "$hex"
want=''
from_broken "all of it: nothing is asked for" cp "$T/big.wasm" "$hex"
rm -rf "$WASMFN_STORE"
cp -a "$T/broken" "$WASMFN_STORE"
printf 'apiVersion: wasmfn/v1\nkind: FunctionSet\nfunctions: []\n' > "$T/f.yaml"
chmod 644 "$T/f.yaml"
run "$WASMFN" gc -f "$T/f.yaml"
is "gc leaves what is an hour old" "$rc $(ls "$WASMFN_STORE/$kept")" "0 $WASMFN_STORE/$kept"
touch -d '2 hours ago' "$WASMFN_STORE/$kept"
run "$WASMFN" gc -f "$T/f.yaml"
is "and takes what is older" "$rc $(ls -A "$WASMFN_STORE/.ingest")" "0 "
rm -rf "$WASMFN_STORE"
rules_are "$half"
"$WASMFN" pull --no-signatures "$ref" > /dev/null 2>&1 < /dev/null &
pid=$!
ok "a large one is on its way" wait_for 20 sh -c "[ \"\$(cat $WASMFN_STORE/.ingest/*/$hex 2> /dev/null | wc -c)\" = 2000000 ]"
kill -KILL $pid
wait $pid 2> /dev/null
plan_is '{}'
again
is "after SIGKILL the next run goes on too" "$rc $(ranges)" "0 bytes=2000000-"
right "after SIGKILL"
rules_are "{$B,\"times\":1,\"status\":416,\"k\":$((++k))}"
rm -rf "$WASMFN_STORE"
cp -a "$T/broken" "$WASMFN_STORE"
again
is "a server that has no such range: all is fetched" "$rc $(ranges)" "0 bytes=2000000-,all"
right "416"

done_testing
