#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# One transaction of many artifacts: killed and filled at every step that makes
# something durable or visible.  Rules R-O3, R-O5.
# no-asan: a library is preloaded.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=$(realpath "${WASMFN:-build/wasmfn}")
export WASMFN_STORE=$T/store

# Every blob hashes to its name, every entry's blobs are there; sets $entries.
# Few processes: it is asked at every step.
sound()
{
	local s=$1 digests=() manifests=() d

	cd "$s/blobs/sha256" || return
	printf '%s\n' * | sed 's/.*/&  &/' | sha256sum --status -c - || { diag "bad blob"; return 1; }
	mapfile -t digests < <(jq -r '.manifests[].digest[7:]' "$s/index.json")
	entries=${#digests[@]}
	for d in "${digests[@]}"; do
		[ -e "$d" ] || { diag "no manifest $d"; return 1; }
		manifests+=("$d")
	done
	for d in $(jq -r '(.config, .layers[]).digest[7:]' "${manifests[@]}"); do
		[ -e "$d" ] || { diag "no blob $d"; return 1; }
	done
	cd "$T" || return
}

small_wasm "$T/m.wasm"
mkdir -p "$T/layout/blobs/sha256"
printf '{"imageLayoutVersion":"1.0.0"}' > "$T/layout/oci-layout"
refs=() digests=()
for i in 0 1 2 3 4; do
	(cat "$T/m.wasm"; printf '\0\3\1%02d' "$i") > "$T/m$i.wasm"
	make_layout "$T/l$i" "$T/m$i.wasm" L1 "number=$i"
	sign_layout "$T/l$i"
	digests+=("$digest")
	cp "$T/l$i"/blobs/sha256/* "$T/layout/blobs/sha256/"
done
jq -s '{schemaVersion: 2, manifests: [.[].manifests[]]}' "$T"/l*/index.json > "$T/layout/index.json"
ok "a scripted registry is up" start_fake
plan_is '{}'
for d in "${digests[@]:1}"; do refs+=("$registry/fn/a@$d"); done
old_ref=$registry/fn/a@${digests[0]}
"$WASMFN" pull "$old_ref" > /dev/null
entries=0
ok "one is in the store, soundly" sound "$WASMFN_STORE"
before=$entries
cp -r "$WASMFN_STORE" "$T/before"
"$WASMFN" pull "${refs[@]}" > /dev/null
ok "then all are" sound "$WASMFN_STORE"
all=$entries
ok "there are enough blobs for one flush of all" test "$(($(find "$WASMFN_STORE/blobs" -type f | wc -l) - $(find "$T/before/blobs" -type f | wc -l)))" -ge 16
ok "the kill library is built" gcc -shared -fPIC -o "$T/kill_at.so" "$ART_TOP/tests/lib/preload/kill_at.c"

# --- SIGKILL before each call
bad='' killed=0 seen=''
for ((n = 1; n < 200; n++)); do
	rm -rf "$WASMFN_STORE"
	cp -r "$T/before" "$WASMFN_STORE"
	run env KILL_AT=$n LD_PRELOAD="$T/kill_at.so" "$WASMFN" pull "${refs[@]}"
	[ "$rc" = 137 ] || break
	killed=$((killed + 1))
	sound "$WASMFN_STORE" || bad="$bad unsound@$n"
	left=()
	case $entries in
	"$before") seen=${seen#old}; seen=old$seen ;;
	"$all") seen=${seen%new}new; left=(whole) ;;
	*) bad="$bad some@$n" ;;
	esac
	"$WASMFN" pull "${refs[@]}" "$old_ref" > /dev/null 2>&1 || bad="$bad next-fails@$n"
	sound "$WASMFN_STORE" || bad="$bad next-unsound@$n"
	[ "$entries" = "$all" ] || bad="$bad next-lacks@$n"
	# whoever writes next clears up; the next run writes when it has to
	[ "${left[*]}" = whole ] || left=("$WASMFN_STORE"/.ingest/*)
	[ ! -e "${left[0]}" ] || bad="$bad left@$n"
done 2> "$T/killed"
is "SIGKILL before each of $killed calls: all of them or none, sound, and the next run works" "$bad" ""
is "it ends when there is nothing left to kill" "$rc" 0
ok "there were at least twenty" test "$killed" -ge 20
is "old and new were both seen" "$seen" oldnew

# --- a disk that is full at each of them
bad='' full=0
for ((n = 1; n < 200; n++)); do
	rm -rf "$WASMFN_STORE"
	cp -r "$T/before" "$WASMFN_STORE"
	run env FULL_AT=$n LD_PRELOAD="$T/kill_at.so" "$WASMFN" --json pull "${refs[@]}"
	[ "$rc" != 0 ] || { [ "$n" -lt "$((killed + 5))" ] || break; continue; }
	full=$((full + 1))
	sound "$WASMFN_STORE" || bad="$bad unsound@$n"
	[ "$rc $(jq -c '[.error.code, (.results // [])[].error.code] - [null] | unique' "$T/out")" = '74 ["io"]' ] || bad="$bad $rc@$n"
	left=("$WASMFN_STORE"/.ingest/*)
	[ ! -e "${left[0]}" ] || bad="$bad left@$n"
	# the last sync may fail when all is there
	[ "$entries" = "$all" ] ||
		[ "$(ls "$WASMFN_STORE/blobs/sha256")" = "$(ls "$T/before/blobs/sha256")" ] ||
		bad="$bad blobs-left@$n"
done
is "full at each of $full calls: 74 for each, nothing lost, nothing left" "$bad" ""
ok "there were at least fifteen" test "$full" -ge 15

done_testing
