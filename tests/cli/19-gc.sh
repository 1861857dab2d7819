#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# gc: what is referred to stays and can be used, what is not goes, and nothing
# goes when that cannot be told.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=${WASMFN:-build/wasmfn}
export WASMFN_STORE=$T/store WASMFN_STATE=$T/state

q() { jq -r "$1" "$T/out"; }
files() { (cd "$WASMFN_STORE" && find . -type f ! -name .lock | LC_ALL=C sort); }
gc() { run "$WASMFN" --json gc --now -f "$T/f.yaml" "$@"; }
# every blob hashes to its name, every entry can be read by skopeo
sound()
{
	local f d

	for f in "$WASMFN_STORE"/blobs/sha256/*; do
		[ "$(sha256sum < "$f")" = "${f##*/}  -" ] || { diag "bad blob $f"; return 1; }
	done
	for d in $(jq -r '.manifests[].annotations["org.opencontainers.image.ref.name"] // empty' "$WASMFN_STORE/index.json"); do
		rm -rf "$T/copy"
		art_skopeo copy -q "oci:$WASMFN_STORE:$d" "oci:$T/copy:x" || { diag "no $d"; return 1; }
	done
}

# three artifacts: a (signed), b, c; b and c share their config with a
a='' b='' c='' c_module='' # set by the loop below
small_wasm "$T/a.wasm"
for x in b c; do (cat "$T/a.wasm"; printf '\0\2\1%s' $x) > "$T/$x.wasm"; done
for x in a b c; do
	make_layout "$T/layout-$x" "$T/$x.wasm" L1
	eval "$x=$digest ${x}_module=$module"
done
digest=$a
sign_layout "$T/layout-a"
run "$WASMFN" pull "oci:$T/layout-a@$a" "oci:$T/layout-b@$b" "oci:$T/layout-c@$c"
is_rc "three artifacts in the store" 0
entry() { printf -- '- {name: %s, schema: s, ref: "oci:%s@%s"}\n' "$1" "$T/layout-$1" "$2"; }
(entry a "$a"; entry b "$b") > "$T/f.yaml"
before=$(files)

# --- dry run
gc --dry-run
is_rc "--dry-run" 0
is "one would go" "$(q '[.removed[].manifest_digest] | @csv')" "\"$c\""
want=$(($(stat -c %s "$T/c.wasm") + $(stat -c %s "$T/layout-c/blobs/sha256/${c#*:}")))
is "with manifest and module; the config is shared" "$(q '[.blobs, .bytes_freed] | @csv')" "2,$want"
is "nothing has gone" "$(files)" "$before"
run "$WASMFN" --json gc -f "$T/f.yaml"
is "what came within the hour stays" "$(q '[(.removed | length), .kept_for_age, .blobs] | @csv')" 0,1,0

# --- for real
gc
is_rc "gc" 0
is "bytes freed" "$(q .bytes_freed)" "$want"
is "two stay" "$(q .kept)" 2
ok "the store is a layout for skopeo" sound
run "$WASMFN" --offline --json pull "oci:$T/layout-a@$a" "oci:$T/layout-b@$b"
is_rc "what stays can be used" 0
run "$WASMFN" --offline --json verify --key "$ART_TOP/tests/data/keys/release.pub" "$a"
is_rc "with its signature" 0
run "$WASMFN" --offline --json inspect "$c"
is_rc "what went is gone" 69
gc
is "again: nothing to do" "$(q '[(.removed | length), .blobs] | @csv')" 0,0
run "$WASMFN" gc --now -f "$T/f.yaml"
like "for people" "$out" '0 of 2 artifacts, 0 files, 0 bytes freed'

# --- an image index is kept by its own digest
mkdir -p "$T/ix/blobs/sha256"
cp -r "$T/layout-c/." "$T/ix"
jq -cn --arg d "$c" --argjson s "$(stat -c %s "$T/ix/blobs/sha256/${c#*:}")" '
	{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [
	 {mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $d, size: $s,
	  platform: {architecture: "wasm", os: "wasip1"}}]}' | tr -d '\n' > "$T/ix.json"
ix=$(put_blob "$T/ix" "$T/ix.json")
jq -n --arg d "$ix" --argjson s "$(stat -c %s "$T/ix.json")" '
	{schemaVersion: 2, manifests: [{mediaType: "application/vnd.oci.image.index.v1+json",
	 digest: $d, size: $s, annotations: {"org.opencontainers.image.ref.name": "v1"}}]}' > "$T/ix/index.json"
run "$WASMFN" pull "oci:$T/ix@$ix"
is_rc "an index is pulled" 0
(entry a "$a"; printf -- '- {name: x, schema: s, ref: "oci:%s@%s"}\n' "$T/ix" "$ix") > "$T/f.yaml"
gc
is_rc "gc with an index" 0
is "b goes, the index stays" "$(q '[.removed[].manifest_digest] | @csv')" "\"$b\""
run "$WASMFN" --offline --json inspect "$ix"
is_rc "with what is in it" 0

# --- indexes that name one thing 256 times each, four deep
cp -r "$WASMFN_STORE" "$T/deep"
at=$a
for _ in 1 2 3 4; do
	jq -cn --arg d "$at" --argjson s "$(stat -c %s "$T/deep/blobs/sha256/${at#*:}")" '{schemaVersion: 2,
		mediaType: "application/vnd.oci.image.index.v1+json", manifests: [range(256) |
		{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $d, size: $s}]}' > "$T/ix.json"
	at=$(put_blob "$T/deep" "$T/ix.json")
done
jq --arg d "$at" --argjson s "$(stat -c %s "$T/deep/blobs/sha256/${at#*:}")" '.manifests += [{digest: $d, size: $s,
	mediaType: "application/vnd.oci.image.index.v1+json"}]' "$T/deep/index.json" > "$T/ix.json"
cp "$T/ix.json" "$T/deep/index.json"
run timeout -s KILL 30 "$WASMFN" --store "$T/deep" --json gc --now -f "$T/f.yaml"
is "each is walked once" "$rc $(q '[(.removed | length), .blobs] | @csv')" "0 0,0"

# --- a ledger head that this host knows
# state NAME MANIFEST: a state file; MANIFEST empty: of an older version
state()
{
	mkdir -p "$WASMFN_STATE"
	jq -n --arg m "$2" --arg h "sha256:$(printf '1%.0s' {1..64})" '{version: 1, system_identifier: "7", database: "db",
	 rows: [{function: "s.f(text)", seq: 1, hash: $h, since: "2026-01-01T00:00:00Z"}
	        + (if $m == "" then {} else {manifest: $m} end)]}' > "$WASMFN_STATE/target-$1.json"
	chmod 640 "$WASMFN_STATE/target-$1.json"
}
run "$WASMFN" pull "oci:$T/layout-b@$b" "oci:$T/layout-c@$c"
entry a "$a" > "$T/f.yaml"
state x "$b"
gc
is_rc "gc with a ledger head" 0
is "what it refers to stays" "$(q '[.removed[].manifest_digest] | sort | @csv')" "$(printf '"%s"\n' "$c" "$ix" | LC_ALL=C sort | paste -sd,)"
state x none
gc
is "a removal refers to nothing" "$(q '[.removed[].manifest_digest] | @csv')" "\"$b\""

# --- fails closed: each changes one thing in what worked
run "$WASMFN" pull "oci:$T/layout-b@$b"
before=$(files)
# closed NAME CODE WORD
closed()
{
	is_rc "$1: exit code" "$2"
	is "$1: reason" "$(q .error.code)" "$3"
	is "$1: nothing has gone" "$(files)" "$before"
}
state x ''
gc
closed "a state file of an older version" 4 unchecked
printf '{' > "$WASMFN_STATE/target-x.json"
gc
closed "a state file that is damaged" 65 malformed
rm "$WASMFN_STATE/target-x.json"
touch "$WASMFN_STATE/target-x.json.bad-1"
gc
closed "a state file that was set aside" 4 unchecked
rm "$WASMFN_STATE/target-x.json.bad-1"
cp "$T/f.yaml" "$T/good.yaml"
printf -- '- {name: z, shema: s, ref: "oci:%s@%s"}\n' "$T/layout-b" "$b" >> "$T/f.yaml"
gc
closed "a manifest file with a problem" 65 malformed
printf -- '- {name: z, schema: s, ref: "oci:%s:v1"}\n' "$T/layout-b" > "$T/f.yaml"
gc
closed "a tag alone" 64 tag-only
rm "$T/f.yaml"
gc
closed "a manifest file that is not there" 66 no-input
cp "$T/good.yaml" "$T/f.yaml"
chmod 666 "$T/f.yaml"
gc
closed "a manifest file that others may write" 78 unsafe-file
chmod 644 "$T/f.yaml"
printf 'apiVersion: wasmfn/v1\nkind: Config\ntargets:\n  - {name: t, conninfo: service=x, manifests: [%s/none.yaml]}\n' "$T" > "$T/config.yaml"
chmod 644 "$T/config.yaml"
run "$WASMFN" --config "$T/config.yaml" --json gc --now -f "$T/f.yaml"
closed "a target's manifest file that is not there" 66 no-input
blob=$WASMFN_STORE/blobs/sha256/${a#*:}
cp "$blob" "$T/blob"
chmod u+w "$blob"
printf X | dd of="$blob" conv=notrunc status=none
gc
closed "a manifest that rotted and stays" 16 digest-mismatch
cp "$T/blob" "$blob"

# --- beside others
/usr/bin/python3 -c '
import fcntl, sys, time
f = open(sys.argv[1], "r+")
fcntl.lockf(f, fcntl.LOCK_EX)
open(sys.argv[2], "w").close()
time.sleep(60)' "$WASMFN_STORE/.lock" "$T/locked" &
holder=$!
ok "somebody holds the lock" wait_for 20 test -e "$T/locked"
gc --timeout 1
closed "a locked store" 75 timeout
kill $holder
wait $holder 2> /dev/null
cp -r "$T/layout-c" "$T/layout"
ok "a scripted registry is up" start_fake
plan_is "{\"rules\":[{\"match\":\"/blobs/$c_module\",\"stall\":20,\"file\":\"$T/c.wasm\",\"times\":1}]}"
"$WASMFN" pull "$registry/fn/c@$c" > /dev/null 2>&1 < /dev/null &
pid=$!
staged() { compgen -G "$WASMFN_STORE/.ingest/*/${c_module#*:}" > /dev/null; }
ok "a pull is under way" wait_for 20 staged
before=$(files)
gc --timeout 1
closed "a pull under way" 75 timeout
kill -KILL $pid
wait $pid 2> /dev/null
if [ "$(id -u)" = 0 ]; then
	(entry a "$a"; entry b "$b") > "$T/ab.yaml"
	cp "$WASMFN" "$T/wasmfn"
	chmod 755 "$T" "$T/wasmfn"
	run setpriv --reuid=daemon --regid="$(id -g)" --clear-groups "$T/wasmfn" --timeout 5 --json gc --now -f "$T/ab.yaml"
	is "one of another user neither" "$rc $(q .error.code) $(compgen -G "$WASMFN_STORE/.ingest/*" | wc -l)" "0 null 1"
else
	skip "one of another user neither" "needs root: a second user"
fi
gc
is_rc "a pull that was killed is no hindrance" 0
is "b went" "$(q '[.removed[].manifest_digest] | @csv')" "\"$b\""
is "and what it left" "$(ls "$WASMFN_STORE/.ingest")" ""

# --- what other tools put there
art_skopeo copy -q "oci:$T/layout-b:v1" "oci:$WASMFN_STORE:theirs"
jq '.manifests += [{digest: "sha512:x", size: 1, mediaType: "a/b"}]' "$WASMFN_STORE/index.json" > "$T/index.json"
cp "$T/index.json" "$WASMFN_STORE/index.json"
gc
is_rc "gc with another tool's entries" 0
is "they stay" "$(jq '[.manifests[] | select(.digest == "sha512:x" or .annotations["org.opencontainers.image.ref.name"] == "theirs")] | length' "$WASMFN_STORE/index.json")" 2
run art_skopeo copy -q "oci:$WASMFN_STORE:theirs" "oci:$T/theirs:x"
is_rc "and can be read" 0

# --- no store, no manifest file
run "$WASMFN" --store "$T/nowhere" --json gc --dry-run -f "$T/f.yaml"
is_rc "no store" 0
ok "none is made by looking" test ! -e "$T/nowhere"
done_testing
