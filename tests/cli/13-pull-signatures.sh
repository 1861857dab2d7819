#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Where pull finds signatures: cosign's tags, the referrers API, its fallback
# tag, layouts; and that a bad one is told, never passed over.  What real
# cosign wrote is in tests/data/bundles.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=${WASMFN:-build/wasmfn}
export WASMFN_STORE=$T/store

q() { jq -r "$1" "$T/out"; }
forms() { q '.candidates[] | .form + (if .reason then " " + .reason else "" end)' | LC_ALL=C sort | uniq -c | sed 's/^ *//' | paste -sd,; }
details() { q '.candidates[] | .detail // empty'; }
pull_fresh() { rm -rf "$WASMFN_STORE"; run "$WASMFN" --json --stats pull "$ref"; }
# the same candidates come out of the store, without a request
same_offline()
{
	local first

	first=$(q '.candidates | sort_by(.digest, .form, .reason) | tojson')
	run "$WASMFN" --offline --json --stats pull "$ref"
	is "$1: the store gives back the same" \
		"$(q '.candidates | sort_by(.digest, .form, .reason) | tojson')" "$first"
}

cosign=$ART_TOP/tests/data/bundles/layout
digest=$(cat "$ART_TOP/tests/data/bundles/layout.digest")
hex=${digest#sha256:}

# --- what cosign wrote, in a layout
ref=oci:$cosign@$digest
pull_fresh
is_rc "cosign's signatures in a layout" 0
is "all are found" "$(forms)" "1 att-tag,6 layout"
same_offline "layout"

# --- the same in a real registry: tags and fallback tag
ok "a registry is up" start_registry
for tag in v1 "sha256-$hex.sig" "sha256-$hex.att"; do
	ok "push ${tag:0:20}" art_skopeo copy -q --preserve-digests --dest-tls-verify=false \
		"oci:$cosign:$tag" "docker://$registry/fn/a:$tag"
done
# skopeo 1.9 cannot copy that index unchanged
fallback=$(jq -r --arg t "sha256-$hex" \
	'.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == $t) | .digest' \
	"$cosign/index.json")
push_fallback()
{
	local m b

	for m in $(jq -r '.manifests[].digest' "$cosign/blobs/sha256/${fallback#*:}"); do
		for b in $(jq -r '.config.digest, .layers[].digest' "$cosign/blobs/sha256/${m#*:}"); do
			curl_blob "$cosign" fn/a "$b" || return
		done
		curl_manifest "$cosign" fn/a "$m" "$m" || return
	done
	curl_manifest "$cosign" fn/a "$fallback" "sha256-$hex"
}
ok "push the fallback tag" push_fallback
ref=$registry/fn/a@$digest
pull_fresh
is_rc "cosign's signatures in docker-registry" 0
is "by tag and by fallback tag" "$(forms)" \
	"1 att-tag,3 bundle-fallback-tag,3 sig-tag"
same_offline "docker-registry"
run art_skopeo inspect --raw "oci:$WASMFN_STORE:sha256-$hex.sig"
is_rc "other tools find the signatures in the store" 0

# --- the same by the referrers API
cp -r "$cosign" "$T/layout"
ok "a registry with the referrers API is up" start_fake --origins 2
# its index lists the referrers, as a registry would know them
jq --slurpfile x "$fake/layout/blobs/sha256/$(jq -r --arg t "sha256-$hex" \
	'.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == $t) | .digest[7:]' \
	"$cosign/index.json")" '.manifests += $x[0].manifests' \
	"$cosign/index.json" > "$fake/layout/index.json"
ref=$registry/fn/a@$digest
plan_is '{"referrers":true}'
pull_fresh
is_rc "the referrers API" 0
is "finds them" "$(forms)" "1 att-tag,3 bundle-referrer,3 sig-tag"
is "the fallback tag is not asked for" \
	"$(jq -r 'select(.path | endswith("/manifests/sha256-'"$hex"'")) | .path' "$fake/log")" ""
same_offline "referrers API"
plan_is '{"referrers":true,"page":1}'
pull_fresh
is "page by page" "$(forms)" "1 att-tag,3 bundle-referrer,3 sig-tag"
is "three pages" "$(jq -r 'select(.path | test("/referrers/")) | .path' "$fake/log" | wc -l)" 3
plan_is '{}'
pull_fresh
is "without it the fallback tag" "$(forms)" \
	"1 att-tag,3 bundle-fallback-tag,3 sig-tag"

# --- an error is no absence
for what in "/manifests/sha256-$hex.sig" "/referrers/" "/manifests/sha256-$hex\\\\.att"; do
	for status in 500:69 403:77 429:75; do
		plan_is "{\"referrers\":true,\"rules\":[{\"match\":\"$what\",\"status\":${status%:*},\"headers\":{\"Retry-After\":\"999\"}}]}"
		pull_fresh
		is_rc "${status%:*} for ${what:0:24} fails the pull" "${status#*:}"
		ok "and leaves nothing" test ! -e "$WASMFN_STORE/index.json"
	done
done
plan_is "{\"rules\":[{\"match\":\"/manifests/sha256-$hex\$\",\"status\":500}]}"
pull_fresh
is_rc "500 for the fallback tag too" 69
plan_is '{"referrers":true,"rules":[{"match":"/referrers/","body":"<html>","headers":{"Content-Type":"text/html"}}]}'
pull_fresh
is_rc "a page instead of the referrers" 76
plan_is '{"referrers":true,"rules":[{"match":"/referrers/","body":"{\"schemaVersion\":2}"}]}'
pull_fresh
is_rc "referrers that are no index" 76
loop='{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}'
plan_is "{\"referrers\":true,\"rules\":[{\"match\":\"/referrers/\",\"body\":\"$loop\",\"headers\":{\"Link\":\"</v2/fn/a/referrers/$digest>; rel=next\"}}]}"
pull_fresh
is_rc "T11: a list that leads to itself" 76
plan_is "{\"referrers\":true,\"rules\":[{\"match\":\"/referrers/.*x\$\",\"body\":\"$loop\",\"headers\":{\"Link\":\"</v2/fn/a/referrers/$digest>; rel=next\"}},
	{\"match\":\"/referrers/\",\"body\":\"$loop\",\"headers\":{\"Link\":\"</v2/fn/a/referrers/x>; rel=next\"}}]}"
pull_fresh
is_rc "T11: a list without end: what was found counts" 0
like "and that there is more is told" "$(forms)" 'bundle-referrer limit'
same_offline "T11"

# --- one bad signature hides no other, and is told
plan_is '{"referrers":true}'
bundle=$(jq -r '.manifests[] | select(.artifactType // "" | startswith("application/vnd.dev.sigstore.bundle")) | .digest' \
	"$fake/layout/index.json" | head -1)
blob=$(jq -r '.layers[0].digest' "$fake/layout/blobs/sha256/${bundle#*:}")
# bad NAME REASON RULE
bad()
{
	plan_is "{\"referrers\":true,\"rules\":[$3]}"
	pull_fresh
	is_rc "$1: the pull works" 0
	is "$1: is told" "$(forms)" "1 att-tag,2 bundle-referrer,1 bundle-referrer $2,3 sig-tag"
	same_offline "$1"
}
bad "bundle of another digest" digest-mismatch "{\"match\":\"/blobs/$blob\",\"body\":\"$(printf 'x%.0s' {1..10})\"}"
bad "bundle that is gone" malformed "{\"match\":\"/blobs/$blob\",\"status\":404}"
bad "bundle manifest of another digest" digest-mismatch "{\"match\":\"/manifests/$bundle\",\"body\":\"{}\"}"
bad "bundle manifest that is gone" malformed "{\"match\":\"/manifests/$bundle\",\"status\":404}"
plan_is "{\"referrers\":true,\"rules\":[{\"match\":\"/blobs/$blob\",\"status\":500}]}"
pull_fresh
is_rc "but a registry that fails fails the pull" 69

# with: the layout's index with further manifests; add_manifest FILTER: a
# bundle manifest changed by jq, listed
index=$T/index.json
cp "$fake/layout/index.json" "$index"
add_manifest()
{
	local m

	jq -c "$1" "$fake/layout/blobs/sha256/${bundle#*:}" | tr -d '\n' > "$T/m"
	m=$(put_blob "$fake/layout" "$T/m")
	jq --arg d "$m" --argjson s "$(stat -c %s "$T/m")" --arg h "$digest" --argjson e "${2:-{\}}" '.manifests += [
		{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $d, size: $s,
		 annotations: {"test.referrer-of": $h}} + $e]' "$index" > "$fake/layout/index.json"
}
plan_is '{"referrers":true}'
add_manifest '.subject.digest = "sha256:'"$(printf '0%.0s' {1..64})"'"'
pull_fresh
is "R-F3: subject is another manifest" "$(forms)" \
	"1 att-tag,3 bundle-referrer,1 bundle-referrer subject-mismatch,3 sig-tag"
same_offline "subject"
add_manifest 'del(.subject)'
pull_fresh
is "R-F3: no subject" "$(forms)" \
	"1 att-tag,3 bundle-referrer,1 bundle-referrer subject-mismatch,3 sig-tag"
add_manifest '.layers += .layers'
pull_fresh
is "a bundle of two layers" "$(forms)" \
	"1 att-tag,3 bundle-referrer,1 bundle-referrer malformed,3 sig-tag"
add_manifest '.layers[0].size = 8388609'
pull_fresh
is "a bundle above the limit" "$(forms)" \
	"1 att-tag,3 bundle-referrer,1 bundle-referrer limit,3 sig-tag"
add_manifest '.artifactType = "application/spdx+json"'
plan_is '{"referrers":true}'
pull_fresh
is "a referrer of another type is no signature" "$(forms)" \
	"1 att-tag,3 bundle-referrer,3 sig-tag"
add_manifest '.artifactType = "application/vnd.oci.empty.v1+json" | .annotations.x = "1"'
pull_fresh
is "one whose descriptor lost its type is looked at" "$(forms)" \
	"1 att-tag,4 bundle-referrer,3 sig-tag"

# --- more than anybody signs
jq --arg h "$digest" '.manifests += [range(120) | {mediaType: "application/vnd.oci.image.manifest.v1+json",
	digest: ("sha256:" + ("0" * 61) + (1000 + . | tostring)[1:]), size: 500}]' "$index" > "$T/many.json"
jq -c --slurpfile x "$T/many.json" -n '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json",
	manifests: $x[0].manifests[4:]}' > "$T/list"
plan_is "{\"referrers\":true,\"rules\":[{\"match\":\"/referrers/\",\"file\":\"$T/list\"}]}"
pull_fresh
is_rc "123 referrers" 0
is "are not all examined" "$(q '.candidates | length')" 65
like "and that is told" "$(forms)" 'limit'
same_offline "many"

# referrers of other kinds are passed over, but not without end
jq '.manifests |= ([.[] | select(.size == 500) + {artifactType: "application/spdx+json"}] + [.[] | select(.size != 500)])' \
	"$T/list" > "$T/unrelated"
jq '.manifests |= .[30:]' "$T/unrelated" > "$T/fewer"
plan_is "{\"referrers\":true,\"rules\":[{\"match\":\"/referrers/\",\"file\":\"$T/fewer\"}]}"
pull_fresh
is "93 referrers, 90 of another kind" "$(forms)" "1 att-tag,3 bundle-referrer,3 sig-tag"
plan_is "{\"referrers\":true,\"rules\":[{\"match\":\"/referrers/\",\"file\":\"$T/unrelated\"}]}"
pull_fresh
is "123, 120 of another kind: that not all are examined is told" "$(forms)" \
	"1 att-tag,1 bundle-referrer limit,3 sig-tag"

# --- sig tags
small_wasm "$T/m.wasm"
rm -rf "$T/layout"
make_layout "$T/layout" "$T/m.wasm" L1
ok "another registry" start_registry
push "$T/layout" fn/a:v1
ok "sign" sign fn/a
ref=$registry/fn/a@$digest
printf 'x' > "$T/blob"
mkdir -p "$T/sbom"
cp -r "$sig_layout/." "$T/sbom"
jq '.manifests[0].annotations["org.opencontainers.image.ref.name"] = "s"' "$sig_layout/index.json" > "$T/sbom/index.json"
ok "an SBOM tag" art_skopeo copy -q --preserve-digests --dest-tls-verify=false \
	"oci:$T/sbom:s" "docker://$registry/fn/a:${digest/:/-}.sbom"
pull_fresh
is "an SBOM tag is named and does not count" "$(forms)" "1 sbom-tag unsigned-form,1 sig-tag"
run "$WASMFN" pull "$ref"
like "people are told too" "$out" 'do not count +1 sbom-tag'

# --- later signatures
ok "an unsigned artifact" push "$T/layout" fn/late:v1
ref=$registry/fn/late@$digest
pull_fresh
is "has none" "$(q '.candidates | length')" 0
ok "is signed later" sign fn/late other
run "$WASMFN" --json pull "$ref"
is "and the next pull sees it" "$(q '.candidates | length')" 1
run "$WASMFN" --json --offline pull "$registry/fn/elsewhere@$digest"
is "what is known of a digest is known whatever the name" "$(q '.candidates | length')" 1
done_testing
