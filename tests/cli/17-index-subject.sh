#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# R01 where the signed thing is an image index: who names the index gets the
# manifest that the index's own bytes name, and needs a signature of the
# index; who names the manifest needs one of the manifest.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/forms.sh
. "$(dirname "$0")/../lib/forms.sh"
WASMFN=$(realpath "${WASMFN:-build/wasmfn}")
export WASMFN_STORE=$T/store HOME=$T LC_ALL=C.UTF-8
install -m 644 "$ART_TOP"/tests/data/keys/release.pub "$T"
cd "$T" || exit 1
small_wasm m.wasm
make_layout layout m.wasm L1
child=$digest
cp -r layout plain
l=$T/layout
q() { jq -r "$1" "$T/out"; }
verdict() # REF OPTION...
{
	rm -rf "$WASMFN_STORE"
	run "$WASMFN" --json verify "$@" --key release.pub
	printf '%s %s' "$rc" "$(q '.error.code // "ok"')"
}
# an index of these descriptors' members; sets $digest
wasm='{"platform":{"architecture":"wasm","os":"wasip1"}}'
index() # MEMBERS...
{
	local m list='[]'

	rm -rf "$l"
	cp -r plain "$l"
	for m in "$@"; do
		list=$(jq -c --arg d "$child" --argjson s "$(stat -c %s "$l/blobs/sha256/${child#*:}")" \
			--arg m "$FORM_MANIFEST" --argjson e "$m" '. + [{mediaType: $m, digest: $d, size: $s} + $e]' <<< "$list")
	done
	jq -cjn --argjson l "$list" '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: $l}' > index
	digest=$(put_blob "$l" index)
	list_it "$l" "$digest" idx '{"mediaType":"application/vnd.oci.image.index.v1+json"}'
}
attestation='{"digest":"sha256:'$(printf '1%.0s' {1..64})'","platform":{"architecture":"unknown","os":"unknown"}}'
linux='{"digest":"sha256:'$(printf '2%.0s' {1..64})'","platform":{"architecture":"amd64","os":"linux"}}'

index "$linux" "$wasm" "$attestation"
is "an index that nobody signed" "$(verdict "oci:$l@$digest")" "10 no-signature"
sign_layout "$l"
is "an index that is signed" "$(verdict "oci:$l@$digest")" "0 ok"
is "leads to its manifest's module" "$(q '.subject | .manifest_digest + " " + .module_digest')" "$digest $module"
run "$WASMFN" --json --offline verify "$digest" --key release.pub
is "and again out of the store" "$rc $(q '.error.code // "ok"')" "0 ok"
run "$WASMFN" --offline pull -o out.wasm "oci:$l@$digest"
ok "the module can be had" cmp out.wasm m.wasm
is "its signature is none of the manifest" "$(verdict "oci:$l@$child")" "10 no-signature"
is "nor of another key" "$(rm -rf "$WASMFN_STORE"; install -m 644 "$ART_TOP/tests/data/keys/other.pub" .; run "$WASMFN" --json verify "oci:$l@$digest" --key other.pub; echo "$rc $(q .error.code)")" "12 signature-mismatch"
printf 'apiVersion: wasmfn/v1\nkind: Policy\ntrust:\n  - match: ["oci:**"]\n    authorities: [{name: r, keys: [%s/release.pub]}]\n' "$T" > policy.yaml
is "by policy" "$(verdict "oci:$l@$digest" --policy policy.yaml)" "0 ok"
printf 'deny: {manifests: ["%s"]}\n' "$child" >> policy.yaml
is "a manifest that is denied is denied through its index" "$(verdict "oci:$l@$digest" --policy policy.yaml)" "17 revoked"

index "$wasm"
idx=$digest
digest=$child
sign_layout "$l"
is "a manifest that is signed" "$(verdict "oci:$l@$child")" "0 ok"
is "does not sign its index" "$(verdict "oci:$l@$idx")" "10 no-signature"

index '{}'
sign_layout "$l"
is "R-M7: one manifest for no platform" "$(verdict "oci:$l@$digest")" "0 ok"
index "$linux"
sign_layout "$l"
is "R-M7: none for WASM" "$(verdict "oci:$l@$digest")" "65 malformed"
index "$wasm" '{"digest":"sha256:'"$(printf '3%.0s' {1..64})"'","platform":{"architecture":"wasm32","os":"wasi"}}'
sign_layout "$l"
is "R-M7: two for WASM: which is not guessed" "$(verdict "oci:$l@$digest")" "65 malformed"
index "$wasm" "$wasm"
sign_layout "$l"
is "the same one twice" "$(verdict "oci:$l@$digest")" "0 ok"
index '{"size":1,"platform":{"architecture":"wasm","os":"wasip1"}}'
sign_layout "$l"
is "R02: another size than the index says" "$(verdict "oci:$l@$digest")" "16 size-mismatch"
index "$wasm"
sign_layout "$l"
f=$l/blobs/sha256/${child#*:}
chmod u+w "$f"
sed -i 's/"schemaVersion":2/"schemaVersion":3/' "$f"
is "R02: another manifest than the index says" "$(verdict "oci:$l@$digest")" "16 digest-mismatch"

# --- by a registry
index "$linux" "$wasm"
ok "a registry" start_fake
cp -r "$l/." "$fake/layout/"
l=$fake/layout
sign_layout "$l"
plan_is '{}'
is "an index in a registry" "$(verdict "$registry/fn/a@$digest")" "0 ok"
is "R01: by tag, resolved once" "$(verdict "$registry/fn/a:idx") $(jq -r .path "$fake/log" | grep -c '/manifests/idx$')" "0 ok 1"
done_testing
