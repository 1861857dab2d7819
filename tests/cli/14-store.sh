#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The store: killed at every step, full, shared, locked, damaged.
# no-asan: a library is preloaded.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=$(realpath "${WASMFN:-build/wasmfn}")
export WASMFN_STORE=$T/store

q() { jq -r "$1" "$T/out"; }
# every blob hashes to its name, every entry's blobs are there
sound()
{
	local s=$1 f d b m

	for f in "$s"/blobs/sha256/*; do
		[ -e "$f" ] || continue
		[ "$(sha256sum < "$f")" = "${f##*/}  -" ] || { diag "bad blob $f"; return 1; }
	done
	[ -e "$s/index.json" ] || return 0
	for d in $(jq -r '.manifests[].digest' "$s/index.json"); do
		m=$s/blobs/sha256/${d#*:}
		[ -e "$m" ] || { diag "no manifest $d"; return 1; }
		for b in $(jq -r '.config.digest, .layers[].digest' "$m"); do
			[ -e "$s/blobs/sha256/${b#*:}" ] || { diag "no blob $b"; return 1; }
		done
	done
}

small_wasm "$T/m.wasm"
make_layout "$T/layout" "$T/m.wasm" L1
ref=oci:$T/layout@$digest
cp -r "$T/layout" "$T/old"
(cat "$T/m.wasm"; printf '\0\4\1x12') > "$T/n.wasm"
new=$digest
make_layout "$T/other" "$T/n.wasm" L1
old_ref=oci:$T/other@$digest
old=$digest
ok "the kill library is built" gcc -shared -fPIC -o "$T/kill_at.so" "$ART_TOP/tests/lib/preload/kill_at.c"

# --- SIGKILL before each call that makes something durable or visible
"$WASMFN" pull "$old_ref" > /dev/null
cp -r "$WASMFN_STORE" "$T/before"
killed=0 bad='' seen_old=0 seen_new=0
for ((n = 1; n < 100; n++)); do
	rm -rf "$WASMFN_STORE"
	cp -r "$T/before" "$WASMFN_STORE"
	run env KILL_AT=$n LD_PRELOAD="$T/kill_at.so" "$WASMFN" pull "$ref"
	[ "$rc" = 137 ] || break
	killed=$((killed + 1))
	sound "$WASMFN_STORE" || bad="$bad unsound@$n"
	"$WASMFN" --offline pull "$old_ref" > /dev/null 2>&1 || bad="$bad old-lost@$n"
	if grep -q "$new" "$WASMFN_STORE/index.json"; then seen_new=1; else seen_old=1; fi
	"$WASMFN" pull "$ref" > /dev/null 2>&1 || bad="$bad next-fails@$n"
	sound "$WASMFN_STORE" || bad="$bad next-unsound@$n"
	[ -z "$(ls "$WASMFN_STORE/.ingest")" ] || bad="$bad left@$n"
done
is "SIGKILL before each of $killed calls: old or new, sound, and the next run works" "$bad" ""
is "it ends when there is nothing left to kill" "$rc" 0
ok "there were at least ten" test "$killed" -ge 10
is "old and new were both seen" "$seen_old$seen_new" 11

# --- a disk that is full at each of them
bad='' full=0
for ((n = 1; n < 100; n++)); do
	rm -rf "$WASMFN_STORE"
	cp -r "$T/before" "$WASMFN_STORE"
	run env FULL_AT=$n LD_PRELOAD="$T/kill_at.so" "$WASMFN" --json pull "$ref"
	[ "$rc" != 0 ] || { [ "$n" -lt 60 ] || break; continue; }
	full=$((full + 1))
	sound "$WASMFN_STORE" || bad="$bad unsound@$n"
	[ "$rc $(q .error.code)" = "74 io" ] || bad="$bad $rc@$n"
	"$WASMFN" --offline pull "$old_ref" > /dev/null 2>&1 || bad="$bad old-lost@$n"
	[ -z "$(ls "$WASMFN_STORE/.ingest")" ] || bad="$bad left@$n"
	# the last sync may fail when all is there
	grep -q "$new" "$WASMFN_STORE/index.json" ||
		[ "$(ls "$WASMFN_STORE/blobs/sha256" | sort)" = "$(ls "$T/before/blobs/sha256" | sort)" ] ||
		bad="$bad blobs-left@$n"
done
is "full at each of $full calls: 74, nothing lost, nothing left" "$bad" ""
ok "there were at least eight" test "$full" -ge 8

# before the rename: a whole blob that nobody may see yet
ok "a scripted registry is up" start_fake
plan_is '{"rules":[{"match":"\\.sig$","stall":0,"body":"x"}]}'
rm -rf "$WASMFN_STORE"
"$WASMFN" pull "$registry/fn/a@$new" > /dev/null 2>&1 < /dev/null &
pid=$!
whole() { cmp -s "$WASMFN_STORE"/.ingest/*/"${module_hex:-x}" "$T/m.wasm"; }
module_hex=$(sha256sum < "$T/m.wasm")
module_hex=${module_hex%% *}
ok "the whole module is written" wait_for 20 whole
kill -KILL $pid
wait $pid 2> /dev/null
ok "R-D2: SIGKILL before the rename: not seen" test ! -e "$WASMFN_STORE/blobs/sha256/$module_hex"
plan_is '{}'
run "$WASMFN" pull "$registry/fn/a@$new"
is_rc "and the next run works" 0

# --- full
head -c 300000 /dev/urandom > "$T/body"
{
	cat "$T/m.wasm"
	printf '\0\343\247\22\1x' # a custom section of 300003 bytes
	cat "$T/body"
	printf ' '
} > "$T/big.wasm"
make_layout "$T/big" "$T/big.wasm" L1
cat > "$T/full" <<'END'
mount -t tmpfs -o size=128k none "$1" || exit 99
"$2" --store "$1/store" --json pull "$3"
rc=$?
find "$1/store" -type f ! -name .lock ! -name oci-layout >&2
exit $rc
END
mkdir "$T/small"
if unshare -m true 2> /dev/null; then ns=(unshare -m); else ns=(unshare -rm); fi
run "${ns[@]}" bash "$T/full" "$T/small" "$WASMFN" "oci:$T/big@$digest"
if [ "$rc" = 99 ]; then
	skip "disk full" "mounting a tmpfs is not allowed here"
else
	is_rc "disk full" 74
	is "io" "$(q .error.code)" io
	like "says so" "$(q .error.message)" 'No space left'
	is "nothing is left" "$err" ""
fi
run "$WASMFN" pull "oci:$T/big@$digest" -o /dev/full
is_rc "-o to a full disk" 74

# --- many at once
rm -rf "$WASMFN_STORE"
refs=()
for i in 1 2 3 4 5 6 7 8; do
	(cat "$T/m.wasm"; printf '\0\2\1%d' "$i") > "$T/m$i.wasm"
	make_layout "$T/l$i" "$T/m$i.wasm" L1
	refs+=("oci:$T/l$i@$digest")
done
pids=()
for r in "${refs[@]}" "${refs[0]}" "${refs[0]}"; do
	"$WASMFN" pull "$r" > /dev/null 2>> "$T/many.err" &
	pids+=($!)
done
bad=0
for p in "${pids[@]}"; do wait "$p" || bad=$((bad + 1)); done
is "ten runs at once all work" "$bad" 0
is "and every artifact is listed" "$(jq '.manifests | length' "$WASMFN_STORE/index.json")" 8
ok "the store is sound" sound "$WASMFN_STORE"

# --- locked
/usr/bin/python3 -c '
import fcntl, sys, time
f = open(sys.argv[1], "r+")
fcntl.lockf(f, fcntl.LOCK_EX)
open(sys.argv[2], "w").close()
time.sleep(60)' "$WASMFN_STORE/.lock" "$T/locked" &
holder=$!
ok "somebody holds the lock" wait_for 20 test -e "$T/locked"
run "$WASMFN" --json --timeout 1 pull "$ref"
is_rc "a locked store" 75
run "$WASMFN" --offline pull "${refs[0]}" # a layout is read and kept: needs the lock
"$WASMFN" pull "$ref" > "$T/bg" 2>&1 &
pid=$!
kill $holder
wait $pid
is "one that waits goes on when the lock is free" $? 0

# --- modes
rm -rf "$WASMFN_STORE"
(umask 0; "$WASMFN" pull "$ref" > /dev/null)
is "whatever the umask, nothing is for others" \
	"$(find "$WASMFN_STORE" -perm /007 | head -1)" ""
rm -rf "$WASMFN_STORE"
(umask 077; "$WASMFN" pull "$ref" > /dev/null)
is "and the group may read and list" \
	"$(find "$WASMFN_STORE" -path "$WASMFN_STORE/.ingest" -prune -o ! -perm -040 -print | head -1)" ""

# --- damaged
cp "$WASMFN_STORE/index.json" "$T/index.json"
printf '{"schemaVersion":2' > "$WASMFN_STORE/index.json"
run "$WASMFN" pull "$ref"
is_rc "an index that is cut short" 65
jq '.manifests += [{digest: "sha512:x", size: 1, mediaType: "a/b"}]' "$T/index.json" > "$WASMFN_STORE/index.json"
run "$WASMFN" pull "$old_ref"
is_rc "another tool's entry is no harm" 0
is "and is kept" "$(jq '[.manifests[] | select(.digest == "sha512:x")] | length' "$WASMFN_STORE/index.json")" 1
cp -r "$WASMFN_STORE" "$T/v2"
printf '{"imageLayoutVersion":"2.0.0"}' > "$T/v2/oci-layout"
run "$WASMFN" --store "$T/v2" pull "$ref"
is_rc "a layout of another version" 65
printf x > "$T/file"
run "$WASMFN" --store "$T/file" pull "$ref"
is_rc "a store that is a file" 73
run "$WASMFN" --store "$T/file/store" pull "$ref"
is_rc "a store below a file" 73

# --- what others of the group may put into it
for trap_at in .ingest blobs .lock; do
	rm -rf "$T/shared" "$T/elsewhere"
	cp -r "$T/before" "$T/shared"
	mkdir -p "$T/elsewhere/sha256"
	rm -rf "$T/shared/$trap_at"
	ln -s "$T/elsewhere" "$T/shared/$trap_at"
	run "$WASMFN" --store "$T/shared" --json pull "$ref"
	ok "$trap_at is a symbolic link: refused" test "$rc" -ne 0
	is "$trap_at is a symbolic link: nothing goes there" "$(find "$T/elsewhere" -mindepth 1)" "$T/elsewhere/sha256"
	is "$trap_at is a symbolic link: index as it was" "$(cmp "$T/before/index.json" "$T/shared/index.json" 2>&1)" ''
done
rm -rf "$T/shared"
cp -r "$T/before" "$T/shared"
(umask 077 && printf secret > "$T/secret")
rm -f "$T/shared/.lock"
ln "$T/secret" "$T/shared/.lock"
run "$WASMFN" --store "$T/shared" --json pull "$ref"
is ".lock is a second name of another file" "$rc $(q .error.code)" '78 unsafe-file'
is "whose mode stays" "$(stat -c %a "$T/secret")" 600
run "$WASMFN" --store "$T/before" pull "$ref"
is_rc "(and the same store without any of it works)" 0

# --- layouts as sources
run "$WASMFN" pull "oci:$T/nothing@$new"
is_rc "a layout that is not there" 66
mkdir "$T/empty"
run "$WASMFN" pull "oci:$T/empty@$new"
is_rc "a directory that is no layout" 65
run "$WASMFN" --json pull "oci:$T/layout@$old"
is_rc "a digest the layout has not" 11
rm -rf "$WASMFN_STORE"
printf X | dd of="$T/layout/blobs/sha256/$module_hex" conv=notrunc status=none
run "$WASMFN" --json pull "$ref"
is_rc "a layout whose module was changed" 16
is "digest-mismatch" "$(q .error.code)" digest-mismatch
ok "nothing is kept" test ! -e "$WASMFN_STORE/index.json"
rm "$T/layout/blobs/sha256/$module_hex"
ln -s "$T/m.wasm" "$T/layout/blobs/sha256/$module_hex"
run "$WASMFN" pull "$ref"
is_rc "R-X1: a layout with a symbolic link" 65
rm "$T/layout/blobs/sha256/$module_hex"
mkfifo "$T/layout/blobs/sha256/$module_hex"
run timeout 20 "$WASMFN" pull "$ref"
is_rc "R-X1: with a FIFO" 65
done_testing
