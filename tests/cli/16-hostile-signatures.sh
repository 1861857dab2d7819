#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# no-asan: peak memory is asserted.
# A registry that gives more signatures, layers, referrers, pages and bytes
# than anybody signs: what is examined is bounded in entries, requests and
# memory, that not all was examined is told, and a good signature among the
# first still counts (CVE-2023-46737, CVE-2024-29902, CVE-2024-29903).
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
make_layout layout m.wasm L12
hex=${digest#sha256:}
cp -r layout plain
ok "a registry" start_fake
l=$fake/layout
ref=$registry/fn/a@$digest
subject=$(subject_of "$l")
with_referrers='{"referrers":true}'
fresh() { rm -rf "$l"; cp -r plain "$l"; plan_is "${1-{\}}"; }
q() { jq -r "$1" "$T/out"; }

# hostile NAME EXIT WORD MB REQUESTS CANDIDATES: verified by the release key;
# at most so many megabytes and requests, exactly so many candidates
hostile()
{
	rm -rf "$WASMFN_STORE"
	run "$WASMFN" --json --stats verify "$ref" --key release.pub
	is "$1" "$rc $(q '.error.code // "ok"')" "$2 $3"
	ok "$1: at most $4 MB" test "$(tail -1 "$T/err" | jq .peak_rss_bytes)" -le $(($4 << 20))
	ok "$1: at most $5 requests" test "$(tail -1 "$T/err" | jq .requests)" -le "$5"
	is "$1: candidates" "$(q '.candidates | length')" "$6"
}
payload > payload
sig=$(legacy_sig release payload)
good=$(jq -cn --arg s "$sig" '{"dev.cosignproject.cosign/signature": $s}')
# layers N: so many signatures of the same payload, the I-th is the good one
sig_layers() # N GOOD [MORE-ANNOTATIONS]
{
	put_manifest "$l" "$FORM_SIMPLE" payload "$good" "
		.layers[0] as \$one | .layers = [range($1) | . as \$i | \$one |
			if \$i == $2 then . else .annotations[\"dev.cosignproject.cosign/signature\"] = \"AAAA\" end
			| .annotations += (${3:-{\}})]"
}
fresh
list_it "$l" "$(sig_layers 1 0)" "sha256-$hex.sig"
hostile "one signature" 0 ok 32 10 1
fresh
list_it "$l" "$(sig_layers 500 0)" "sha256-$hex.sig"
hostile "500 signatures, the first good" 0 ok 48 75 65
like "that not all were examined is told" "$(q '.candidates[] | select(.reason == "limit").detail')" '^436 more'
fresh
list_it "$l" "$(sig_layers 500 499)" "sha256-$hex.sig"
hostile "500 signatures, the last good" 12 signature-mismatch 48 75 65
fresh
list_it "$l" "$(sig_layers 5000 0)" "sha256-$hex.sig"
hostile "5,000 layers" 12 limit 64 10 1
fresh
list_it "$l" "$(sig_layers 2 0 '{x: ("A" * 3000000)}' 2> /dev/null)" "sha256-$hex.sig"
hostile "a manifest above 4 MiB" 12 limit 48 10 1
fresh
list_it "$l" "$(sig_layers 1 0 '{"dev.sigstore.cosign/certificate": ("A" * 3000000)}')" "sha256-$hex.sig"
rm -rf "$WASMFN_STORE"
run "$WASMFN" --json --stats verify "$ref" --key release.pub
is "a certificate of 3 MB" "$rc" 12
ok "a certificate of 3 MB: at most 64 MB" test "$(tail -1 "$T/err" | jq .peak_rss_bytes)" -le $((64 << 20))

# --- lists of referrers
statement "$FORM_SIGN" | bundle release > bundle
good_bundle() { put_manifest "$l" "$FORM_BUNDLE" bundle null ".artifactType = \"$FORM_BUNDLE\" | .subject = $subject"; }
many_referrers() # N FILTER
{
	jq -cn --argjson n "$1" --arg m "$FORM_MANIFEST" --arg t "$FORM_BUNDLE" --arg g "$(cat d)" --argjson gs "$(stat -c %s "$l/blobs/sha256/$(cut -d: -f2 d)")" "
		{schemaVersion: 2, mediaType: \"application/vnd.oci.image.index.v1+json\",
		 manifests: ([{mediaType: \$m, digest: \$g, size: \$gs}] +
			[range(\$n) | {mediaType: \$m, size: 500, artifactType: \$t,
			digest: (\"sha256:\" + (\"0\" * 56) + (10000000 + . | tostring))}])}"
}
fresh
good_bundle > d
many_referrers 15000 > list
plan_is "{\"referrers\":true,\"rules\":[{\"match\":\"/referrers/\",\"file\":\"$T/list\"}]}"
hostile "15,000 referrers" 0 ok 64 75 65
many_referrers 15000 | jq -c '.manifests |= reverse' > list
hostile "15,000 referrers, the good one last" 12 malformed 64 75 65
many_referrers 30000 > list
hostile "a list above 4 MiB" 12 limit 64 10 1
jq -cn '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: [range(1500000) | 0]}' > list
hostile "a list of 1,500,000 numbers" 76 protocol 64 10 0
(printf '{"schemaVersion":2,"manifests":'; head -c 2000000 /dev/zero | tr '\0' '[') > list
hostile "a list 2,000,000 deep" 76 protocol 64 10 0
jq -cn --arg u "/v2/fn/a/referrers/$digest?n=" '[range(40) | {match: ("referrers/.*n=" + tostring + "$"),
	body: "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}",
	headers: {Link: ("<" + $u + (. + 1 | tostring) + ">; rel=\"next\"")}}] |
	{referrers: true, rules: (. + [.[0] | .match = "/referrers/"])}' > endless
plan_is "$(cat endless)"
hostile "pages without end" 12 limit 32 30 1

# --- what a manifest or bundle may hold
fresh "$with_referrers"
(printf '{"mediaType":"%s","verificationMaterial":{"tlogEntries":[0' "$FORM_BUNDLE"; head -c 4000000 /dev/zero | sed 's/\x00/,0/g'; printf ']}}') > dense
list_it "$l" "$(put_manifest "$l" "$FORM_BUNDLE" dense null ".artifactType = \"$FORM_BUNDLE\" | .subject = $subject")"
hostile "a bundle of 4,000,000 numbers" 12 limit 80 10 1
fresh "$with_referrers"
head -c 8388609 /dev/zero > large
list_it "$l" "$(put_manifest "$l" "$FORM_BUNDLE" large null ".artifactType = \"$FORM_BUNDLE\" | .subject = $subject")"
hostile "a bundle above 8 MiB is not fetched" 12 limit 32 10 1
fresh "$with_referrers"
head -c 8000000 /dev/zero > large
for i in 1 2 3 4 5 6; do
	printf '%d' $i >> large
	list_it "$l" "$(put_manifest "$l" "$FORM_BUNDLE" large null ".artifactType = \"$FORM_BUNDLE\" | .subject = $subject")"
done
hostile "48 MB in six bundles: 32 MiB are read" 12 malformed 80 30 6
is "the others are told" "$(q '[.candidates[] | select(.reason == "limit")] | length')" 2
done_testing
