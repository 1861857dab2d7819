#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# pull from a real registry and from a layout: the store, what it keeps, and
# that nothing is fetched twice.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=${WASMFN:-build/wasmfn}
export WASMFN_STORE=$T/store

q() { jq -r "$1" "$T/out"; }
requests() { grep '^{"requests"' "$T/err" | jq .requests; }
store_files() { (cd "$WASMFN_STORE" && find . -type f | LC_ALL=C sort); }

small_wasm "$T/m.wasm"
make_layout "$T/layout" "$T/m.wasm" L1 dev.wasmfn.export=f
ok "a registry is up" start_registry
ok "an artifact is pushed" push "$T/layout" fn/a:v1
ok "and signed" sign fn/a
ref=$registry/fn/a@$digest

# --- what comes
run "$WASMFN" --stats pull "$ref"
is_rc "pull by digest" 0
like "shows the module" "$out" "$module"
like "and what may sign it" "$out" '1 sig-tag'
like "and that this is no verdict" "$out" 'not verified'
is "ten requests" "$(requests)" 10
run "$WASMFN" --stats pull "$ref"
is_rc "again" 0
is "takes no request" "$(requests)" 0
run "$WASMFN" --json pull "$ref"
is "JSON: result" "$(q '.result + " " + (.exit_code | tostring)')" "ok 0"
is "JSON: ref" "$(q .subject.ref)" "$ref"
is "JSON: manifest digest" "$(q .subject.manifest_digest)" "$digest"
is "JSON: module digest" "$(q .subject.module_digest)" "$module"
is "JSON: candidate" "$(q '.candidates[] | .form')" sig-tag
is "JSON: layout" "$(q .module.layout)" L1
run "$WASMFN" --offline --stats pull "$ref"
is_rc "offline it is served from the store" 0
is "without a request" "$(requests)" 0
run "$WASMFN" --stats pull "$registry/fn/a:other@$digest"
is_rc "R-N3: with tag and digest" 0
is "the digest rules" "$(requests)" 0
run "$WASMFN" --stats pull --refresh "$ref"
is_rc "--refresh" 0
is "asks for signatures and not for the module" "$(requests)" 7

# --- the store
is "modes: directory" "$(stat -c %a "$WASMFN_STORE")" 2770
is "modes: blobs" "$(stat -c %a "$WASMFN_STORE"/blobs/sha256/* | sort -u)" 640
is "modes: index" "$(stat -c %a "$WASMFN_STORE/index.json")" 640
is "nothing is left in .ingest" "$(ls "$WASMFN_STORE/.ingest")" ""
is "each blob hashes to its name" \
	"$(cd "$WASMFN_STORE/blobs/sha256" && for f in *; do
		[ "$(sha256sum < "$f")" = "$f  -" ] || echo "$f"; done)" ""
run art_skopeo inspect --raw "oci:$WASMFN_STORE:$ref"
is_rc "skopeo finds the artifact in the store" 0
is "and reads its manifest" "sha256:$(sha256sum < "$T/out" | cut -d' ' -f1)" "$digest"
run art_skopeo copy -q "oci:$WASMFN_STORE:$ref" "oci:$T/copy:x"
is_rc "skopeo copies it" 0
run art_skopeo copy -q "oci:$WASMFN_STORE:${digest/:/-}.sig" "oci:$T/copy:y"
is_rc "and its signature" 0
ok "the module is in skopeo's copy" cmp "$T/m.wasm" "$T/copy/blobs/sha256/${module#*:}"

# --- -o
run "$WASMFN" pull "$ref" -o "$T/out.wasm"
is_rc "-o FILE" 0
ok "writes the module" cmp "$T/m.wasm" "$T/out.wasm"
is "mode 0644" "$(stat -c %a "$T/out.wasm")" 644
like "and says that it is not verified" "$err" 'out.wasm is not verified'
printf old > "$T/old.wasm"
ln -s old.wasm "$T/link.wasm"
ln -s nothing.wasm "$T/dangling.wasm"
for there in old link dangling; do
	run "$WASMFN" --json pull "$ref" -o "$T/$there.wasm"
	is "R-O3: -o to what is there: $there" "$rc $(q .error.code)" '73 cannot-create'
done
is "R-O3: which stays as it was" "$(cat "$T/old.wasm" "$T/link.wasm") $(readlink "$T/dangling.wasm")" 'oldold nothing.wasm'
run "$WASMFN" --store "$T/nothing" --json --stats pull "127.0.0.1:1/fn/a@$digest" -o "$T/old.wasm"
is "R-O3: and nobody is asked" "$rc $(grep -c '"requests":0' "$T/err")" '73 1'
run "$WASMFN" pull "$ref" -o -
is_rc "-o -" 0
ok "writes the module and nothing else" cmp "$T/m.wasm" "$T/out"
like "says it on stderr" "$err" 'not verified'
run "$WASMFN" pull "$ref" -o /dev/null
is_rc "-o to a device" 0
ok "leaves the device" test -c /dev/null
run "$WASMFN" pull "$ref" -o "$T"
is_rc "-o to a directory" 73
run "$WASMFN" pull "$ref" -o "$T/no/such/x.wasm"
is_rc "-o into a directory that is not there" 73
run "$WASMFN" --json pull "$ref" -o -
is_rc "-o - and JSON" 64
run "$WASMFN" pull "$ref" "$ref" -o "$T/x"
is_rc "-o and two references" 64

# --- another repository, --no-signatures
ok "the same artifact elsewhere" push "$T/layout" fn/b:v1
run "$WASMFN" --stats pull --no-signatures "$registry/fn/b@$digest"
is_rc "--no-signatures" 0
is "asks for the manifest alone: the rest is there" "$(requests)" 1
like "and says so" "$out" 'not asked for'
run "$WASMFN" --json pull "$registry/fn/b@$digest"
is "later signatures are asked for" "$(q .signatures_asked)" true

# --- several
small_wasm "$T/n.wasm"
printf '\0\4\1x12' >> "$T/n.wasm" # a custom section: other bytes
first=$digest
make_layout "$T/layout2" "$T/n.wasm" L2
push "$T/layout2" fn/c:v1
make_layout "$T/layout3" "$T/n.wasm" L12
run "$WASMFN" --json pull "$registry/fn/c@$digest" "$ref" "oci:$T/layout3@$digest"
is_rc "several, one of them not there: nothing hides it" 11
is "one answer each" "$(q '[.results[] | .exit_code] | @csv')" "11,0,0"
make_layout "$T/layout2" "$T/n.wasm" L2
run "$WASMFN" --output ndjson pull "$registry/fn/c@$digest" "$ref"
is_rc "several, all there" 0
is "ndjson: one line each" "$(wc -l < "$T/out")" 2

# --- manifest file
mkdir -m 755 "$T/manifests"
cat > "$T/manifests/f.yaml" <<END
- name: f
  ref: $registry/fn/a@$first
  schema: wasm
- name: g
  ref: $registry/fn/c@$digest
  schema: wasm
- name: h
  ref: $registry/fn/c@$digest
  schema: wasm
END
printf 'apiVersion: wasmfn/v1\nkind: Policy\ntrust:\n  - {match: ["%s/fn/**"], authorities: [{name: k, keys: ["%s"]}]}\n' \
	"$registry" "$ART_TOP/tests/data/keys/release.pub" > "$T/manifests/policy"
chmod 644 "$T/manifests/policy"
run "$WASMFN" --output ndjson pull --policy "$T/manifests/policy" -f "$T/manifests/f.yaml"
is_rc "pull -f" 0
is "each reference once" "$(wc -l < "$T/out")" 2
run "$WASMFN" pull -f "$T/manifests/f.yaml" "$ref"
is_rc "-f beside references" 64
sed -i 's,/fn/,/other/,' "$T/manifests/policy"
run "$WASMFN" --stats --json --store "$T/none" pull --policy "$T/manifests/policy" -f "$T/manifests/f.yaml"
is_rc "pull -f without a trust rule" 12
is "and no request is sent" "$(requests)" 0
run "$WASMFN" pull -f "$T/none.yaml"
is_rc "a manifest file that is not there" 66

# --- what is refused before any request
for bad in "$registry/fn/a:v1" "$registry/fn/a" "$registry/fn/a@sha256:12" \
	"$registry/fn/a@${digest^^}" "$registry/fn/a@sha512:$(printf 'a%.0s' {1..128})" \
	"$registry/fn/A@$digest" "$registry/fn/../a@$digest" "$digest" \
	"$T/m.wasm" "fn/a@$digest" "$registry//a@$digest"; do
	run "$WASMFN" --stats --json pull "$bad"
	is_rc "refused: ${bad:0:60}" 64
	is "without a request" "$(requests)" 0
done
run "$WASMFN" pull "$registry/fn/a:v1"
like "a tag alone: the hint names pin" "$err" 'wasmfn pin'
is "and the reason" "$("$WASMFN" --json pull "$registry/fn/a:v1" | jq -r .error.code)" tag-only
run "$WASMFN" pull
is_rc "nothing to pull" 64
run "$WASMFN" pull --refresh --no-signatures "$ref"
is_rc "--refresh with --no-signatures" 64

# --- not there, not reachable
run "$WASMFN" --json pull "$registry/fn/none@$first"
is_rc "a repository that is not there" 11
is "not-found" "$(q .error.code)" not-found
before=$(store_files)
absent=sha256:$(printf '0%.0s' {1..64})
run "$WASMFN" --json pull "$registry/fn/a@$absent"
is_rc "a digest that is not there" 11
run "$WASMFN" --offline --json pull "$registry/fn/a@$absent"
is_rc "offline, and not in the store" 69
is "offline" "$(q .error.code)" offline
run "$WASMFN" --json pull "127.0.0.1:1/fn/a@$absent"
is_rc "nobody listens" 69
is "unavailable" "$(q .error.code)" unavailable
is "R-S6: three more tries" "$(grep -c 'trying again in' "$T/err")" 3
is "and the store is as it was" "$(store_files)" "$before"

# --- rot
printf X | dd of="$WASMFN_STORE/blobs/sha256/${module#*:}" conv=notrunc status=none
run "$WASMFN" --json pull "$registry/fn/c@$digest"
is_rc "R-O5: a module that rotted in the store" 0
is "is fetched again" "$(q .from_store)" false
ok "and whole" cmp "$T/n.wasm" "$WASMFN_STORE/blobs/sha256/${module#*:}"
printf X | dd of="$WASMFN_STORE/blobs/sha256/${digest#*:}" conv=notrunc status=none
run "$WASMFN" --offline --json pull "$registry/fn/c@$digest"
is_rc "a manifest that rotted, offline" 16
is "digest-mismatch" "$(q .error.code)" digest-mismatch
rm "$WASMFN_STORE/blobs/sha256/${digest#*:}"
ln -s "$T/layout2/blobs/sha256/${digest#*:}" "$WASMFN_STORE/blobs/sha256/${digest#*:}"
run "$WASMFN" --offline --json pull "$registry/fn/c@$digest"
is_rc "R-X1: a blob that is a symbolic link" 65

# --- start-up is not paid for
run env LD_DEBUG=libs "$WASMFN" --offline pull "$ref"
unlike "from the store libcurl is not loaded" "$err" 'libcurl'
done_testing
