#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The forms A to H in which signatures lie about: each is found where it is,
# judged as what it is, and kept; no request is spent on one that cannot
# count; what a list says about an entry is believed of nobody (R01-R05, R12,
# R13, R17-R19).
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/forms.sh
. "$(dirname "$0")/../lib/forms.sh"
WASMFN=$(realpath "${WASMFN:-build/wasmfn}")
export WASMFN_STORE=$T/store HOME=$T LC_ALL=C.UTF-8
install -m 644 "$ART_TOP"/tests/data/keys/*.pub "$T"

q() { jq -r "$1" "$T/out"; }
# every candidate once: form and reason (verify) or what pull says
said() { q '.candidates[] | .form + " " + (.reason // (if .verified then "counts" else "found" end))' | LC_ALL=C sort | paste -sd,; }
verify() { rm -rf "$WASMFN_STORE"; run "$WASMFN" --json verify "$ref" "$@"; }
# judged NAME EXIT WORD CANDIDATES [OPTION...]: online, and out of the store
judged()
{
	local name=$1 code=$2 word=$3 want=$4 with

	shift 4
	with=("$@")
	[ $# -gt 0 ] || with=(--key "$T/release.pub")
	rm -rf "$WASMFN_STORE"
	run "$WASMFN" --json verify "$ref" "${with[@]}"
	is "$name" "$rc $(q '.error.code // "ok"') $(said)" "$code $word $want"
	run "$WASMFN" pull "$ref"
	run "$WASMFN" --json --offline verify "$ref" "${with[@]}"
	is "$name: the same out of the store" \
		"$rc $(q '.error.code // "ok"') $(said)" "$code $word $want"
}
requests() { jq -r 'select(.path | test("/manifests/sha256-|/referrers/")) | .path' "$fake/log" | sed 's|.*/||; s|sha256-[0-9a-f]*|TAG|; s|sha256:.*|referrers|' | sort | uniq -c | awk '{print $1 " " $2}' | paste -sd,; }

cd "$T" || exit 1
small_wasm "$T/m.wasm"
make_layout "$T/layout" "$T/m.wasm" L12
hex=${digest#sha256:}
cp -r "$T/layout" "$T/plain"
ok "a registry" start_fake
l=$fake/layout
ref=$registry/fn/a@$digest
subject=$(subject_of "$l")
fresh() { rm -rf "$l"; cp -r "$T/plain" "$l"; plan_is "${1-{\}}"; }
with_referrers='{"referrers":true}'

payload > "$T/payload"
sig=$(legacy_sig release "$T/payload")
sig_annotation=$(jq -cn --arg s "$sig" '{"dev.cosignproject.cosign/signature": $s}')
statement "$FORM_SIGN" | bundle release > "$T/bundle"
statement https://spdx.dev/Document | bundle release > "$T/sbom.bundle"
statement https://slsa.dev/provenance/v1 | envelope release > "$T/envelope"
att='{"dev.cosignproject.cosign/signature":"","predicateType":"https://slsa.dev/provenance/v1"}'
bundle_manifest() # [FILTER [FILE]]
{
	put_manifest "$l" "$FORM_BUNDLE" "${2:-$T/bundle}" null \
		".artifactType = \"$FORM_BUNDLE\" | .subject = $subject | ${1:-.}"
}

# --- form A, and R12, R13
fresh
judged "nothing" 10 no-signature ""
put_manifest "$l" "$FORM_SIMPLE" "$T/payload" "$sig_annotation" > "$T/d"
list_it "$l" "$(cat "$T/d")" "sha256-$hex.sig"
judged "form A" 0 ok "sig-tag counts"
a_with() # NAME REASON LAYER-TYPE ANNOTATIONS [PAYLOAD]
{
	fresh
	list_it "$l" "$(put_manifest "$l" "$3" "${5:-$T/payload}" "$4")" "sha256-$hex.sig"
	judged "$1" 12 "$2" "sig-tag $2"
}
a_with "R12: layer of another type" malformed "${FORM_SIMPLE%.v1+json}.v2+json" "$sig_annotation"
a_with "R12: layer type in capitals" malformed "${FORM_SIMPLE^^}" "$sig_annotation"
a_with "R12: signature annotation empty" malformed "$FORM_SIMPLE" '{"dev.cosignproject.cosign/signature":""}'
a_with "R12: signature annotation gone" malformed "$FORM_SIMPLE" '{"x":"y"}'
printf ' ' | cat "$T/payload" - > "$T/payload2"
a_with "R12: other payload bytes than were signed" signature-mismatch "$FORM_SIMPLE" "$sig_annotation" "$T/payload2"
signed() # FILE: annotations with its signature
{
	jq -cn --arg s "$(legacy_sig release "$1")" '{"dev.cosignproject.cosign/signature": $s}'
}
sed "s/cosign container image signature/atomic container signature/" "$T/payload" > "$T/payload3"
a_with "R13: type of another tool" predicate-mismatch "$FORM_SIMPLE" "$(signed "$T/payload3")" "$T/payload3"
sed "s/$hex/$(printf '0%.0s' {1..64})/" "$T/payload" > "$T/payload4"
a_with "R13: about another manifest" subject-mismatch "$FORM_SIMPLE" "$(signed "$T/payload4")" "$T/payload4"
sed 's/"critical"/"critical":{},"critical"/' "$T/payload" > "$T/payload5"
a_with "R13: a member twice" malformed "$FORM_SIMPLE" "$(signed "$T/payload5")" "$T/payload5"

# --- forms B and C
fresh
list_it "$l" "$(put_manifest "$l" "$FORM_DSSE" "$T/envelope" "$att")" "sha256-$hex.att"
judged "form B is found, and no signature" 10 no-signature "att-tag unsigned-form"
list_it "$l" "$(cp "$T/plain/index.json" "$T/x"; put_manifest "$l" text/spdx "$T/x")" "sha256-$hex.sbom"
judged "form C is named" 10 no-signature "att-tag unsigned-form,sbom-tag unsigned-form"
list_it "$l" "$(put_manifest "$l" "$FORM_SIMPLE" "$T/payload" "$sig_annotation")" "sha256-$hex.sig"
judged "and both leave a signature alone" 0 ok "att-tag unsigned-form,sbom-tag unsigned-form,sig-tag counts"
fresh
list_it "$l" "$(put_manifest "$l" "$FORM_SIMPLE" "$T/payload" "$sig_annotation")" "sha256-$hex.att"
judged "a signature under the tag of attestations" 12 malformed "att-tag malformed"
printf '{"payload":' > "$T/broken"
fresh
list_it "$l" "$(put_manifest "$l" "$FORM_DSSE" "$T/broken" "$att")" "sha256-$hex.att"
judged "R47: an attestation that cannot be read is not passed over" 12 malformed "att-tag malformed"

# --- forms D and D', by the API and by the fallback tag
d_manifest() { put_manifest "$l" "$FORM_SIMPLE" "$T/payload" "$sig_annotation" ".config.mediaType = \"$FORM_COSIGN_SIG\" | .subject = $subject | ${1:-.}"; }
datt_manifest() { put_manifest "$l" "$FORM_DSSE" "$T/envelope" "$att" ".artifactType = \"application/vnd.in-toto+json\" | .subject = $subject"; }
fresh "$with_referrers"
list_it "$l" "$(d_manifest)"
judged "form D" 0 ok "sig-referrer counts"
list_it "$l" "$(datt_manifest)"
judged "form D'" 0 ok "att-referrer unsigned-form,sig-referrer counts"
fresh "$with_referrers"
list_it "$l" "$(d_manifest ".subject.digest = \"sha256:$(printf '0%.0s' {1..64})\"")" "" '{"annotations":{"test.referrer-of":"'"$digest"'"}}'
judged "form D about something else" 12 subject-mismatch "sig-referrer subject-mismatch"

# --- form E, and what is in it (R17, R18, R19)
fresh "$with_referrers"
list_it "$l" "$(bundle_manifest)"
judged "form E" 0 ok "bundle-referrer counts"
list_it "$l" "$(bundle_manifest . "$T/sbom.bundle")"
judged "with an attestation beside it" 0 ok "bundle-referrer counts,bundle-referrer predicate-mismatch"
e_with() # NAME REASON STATEMENT-FILTER
{
	fresh "$with_referrers"
	statement "$FORM_SIGN" | jq -cj "$3" | bundle release > "$T/changed"
	list_it "$l" "$(bundle_manifest . "$T/changed")"
	judged "$1" 12 "$2" "bundle-referrer $2"
}
e_with "R19: an attestation is no signature (CVE-2022-35929)" predicate-mismatch '.predicateType = "https://spdx.dev/Document"'
e_with "R18: another type of statement" unsupported-version '._type = "https://in-toto.io/Statement/v3"'
e_with "R18: a null subject" malformed '.subject += [null]'
e_with "R18: another subject" subject-mismatch '.subject[0].digest.sha256 |= (.[1:] + "0")'
e_with "R18: the digest in capitals" subject-mismatch '.subject[0].digest.sha256 |= ascii_upcase'
jq -cj '.dsseEnvelope.payloadType = "application/json"' "$T/bundle" > "$T/changed"
fresh "$with_referrers"
list_it "$l" "$(bundle_manifest . "$T/changed")"
judged "R17: another payload type" 12 signature-mismatch "bundle-referrer signature-mismatch"

# --- form F: descriptors as real registries hold them (R04, R05)
fallback() # DESCRIPTOR-MEMBERS [DIGEST]
{
	local d=${2:-$(bundle_manifest)}

	jq -cn --arg d "$d" --argjson s "$(stat -c %s "$l/blobs/sha256/${d#*:}")" --arg m "$FORM_MANIFEST" \
		--argjson e "$1" '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json",
		manifests: [{mediaType: $m, digest: $d, size: $s} + $e]}' > "$T/fallback"
	list_it "$l" "$(put_blob "$l" "$T/fallback")" "sha256-$hex" '{"mediaType":"application/vnd.oci.image.index.v1+json"}'
}
while IFS='|' read -r name members; do
	fresh
	fallback "$members"
	judged "R05: form F, $name" 0 ok "bundle-fallback-tag counts"
done <<END
with its type|{"artifactType":"$FORM_BUNDLE","annotations":{"dev.sigstore.bundle.content":"dsse-envelope"}}
type of the empty config (cosign 2.6, GHCR)|{"artifactType":"$FORM_EMPTY"}
an empty type and no annotations|{"artifactType":""}
no type|{}
annotations that lie|{"artifactType":"$FORM_BUNDLE","annotations":{"dev.sigstore.bundle.predicateType":"https://spdx.dev/Document"}}
with a platform|{"platform":{"architecture":"unknown","os":"unknown"}}
END
fresh
fallback "{\"artifactType\":\"application/spdx+json\"}"
judged "R05: a type that is another is believed" 10 no-signature ""
fresh
fallback '{}' "$(bundle_manifest '.subject.digest |= (.[:-1] + "0")')"
judged "R05: subject of the manifest" 12 subject-mismatch "bundle-fallback-tag subject-mismatch"
fresh
fallback '{"digest":"sha256:xyz"}'
judged "R02: a digest that is none" 12 malformed "bundle-fallback-tag malformed"
fresh
fallback '{"size":1}'
judged "R02: the descriptor's size is a hint; the bytes are hashed" 0 ok "bundle-fallback-tag counts"
fresh
list_it "$l" "$digest" "sha256-$hex"
judged "R04: the artifact itself under the tag (cosign copy)" 10 no-signature ""
fresh
plan_is '{"rules":[{"match":"/manifests/sha256-'"$hex"'$","body":"{\"schemaVersion\":2,\"manifests\":[null]}"}]}'
judged "R04, R47: a list that cannot be read is not passed over" 12 malformed "bundle-fallback-tag malformed"
fresh
fallback '{}'
plan_is '{"rules":[{"match":"/referrers/","status":500}]}'
verify --key release.pub
is "R04: an error of the API is no 404" "$rc $(q .error.code)" "69 unavailable"
fresh "$with_referrers"
list_it "$l" "$(bundle_manifest)"
printf '{}' > "$T/x"
list_it "$l" "$(put_blob "$l" "$T/x")" "sha256-$hex"
judged "R04: where the API answers, the tag is not asked" 0 ok "bundle-referrer counts"
like "which the log shows, of verify and pull" "$(requests)" '^2 TAG.att,2 TAG.sbom,2 TAG.sig,2 referrers$'

# --- no request for what cannot count
policy() # FORMATS
{
	printf 'apiVersion: wasmfn/v1\nkind: Policy\ntrust:\n  - match: ["**"]\n    formats: [%s]\n    authorities: [{name: release, keys: [%s/release.pub]}]\n' "$1" "$T" > "$T/policy.yaml"
}
everything()
{
	fresh "$with_referrers"
	list_it "$l" "$(put_manifest "$l" "$FORM_SIMPLE" "$T/payload" "$sig_annotation")" "sha256-$hex.sig"
	list_it "$l" "$(put_manifest "$l" "$FORM_DSSE" "$T/envelope" "$att")" "sha256-$hex.att"
	list_it "$l" "$(bundle_manifest)"
	list_it "$l" "$(d_manifest '.artifactType = .config.mediaType')"
}
everything
run "$WASMFN" --store "$T/s1" --json verify "$ref" --key release.pub
is "everything, for any format" "$rc $(said)" "0 att-tag unsigned-form,bundle-referrer counts,sig-referrer counts,sig-tag counts"
policy bundle
everything
run "$WASMFN" --store "$T/s2" --json verify "$ref" --policy policy.yaml
is "bundles only" "$rc $(said)" "0 bundle-referrer counts"
is "no request for the tags" "$(requests)" "1 referrers"
policy legacy
everything
run "$WASMFN" --store "$T/s3" --json verify "$ref" --policy policy.yaml
is "legacy only" "$rc $(said)" "0 att-tag unsigned-form,sig-referrer counts,sig-tag counts"
is "the bundle is not read" "$(jq -r .path "$fake/log" | grep -c "$(sha256sum < "$T/bundle" | cut -c1-64)")" 0
# the store knows what it was not asked for
policy bundle
run "$WASMFN" --store "$T/s3" pull "$ref"
plan_is "$with_referrers"
run "$WASMFN" --store "$T/s3" --json verify "$ref" --policy policy.yaml
is "asked for all, the store has them" "$rc $(said) $(requests)" \
	"0 att-tag format-not-allowed,bundle-referrer counts,sig-referrer format-not-allowed,sig-tag format-not-allowed "
fresh "$with_referrers"
list_it "$l" "$(put_manifest "$l" "$FORM_SIMPLE" "$T/payload" "$sig_annotation")" "sha256-$hex.sig"
judged "where there is none of the format, what there is is named" 12 format-not-allowed \
	"sig-tag format-not-allowed" --policy "$T/policy.yaml"

# --- form H: a layout as cosign save writes it
kind() { printf '{"annotations":{"kind":"dev.cosignproject.cosign/%s"}}' "$1"; }
h=$T/saved
l=$h
cp -r "$T/plain" "$h"
printf '{"schemaVersion":2,"manifests":[]}' > "$h/index.json"
list_it "$h" "$digest" "" "$(kind image)"
ref=oci:$h@$digest
judged "form H without a signature" 10 no-signature ""
list_it "$h" "$(put_manifest "$h" "$FORM_SIMPLE" "$T/payload" "$sig_annotation")" "" "$(kind sigs)"
judged "form H, legacy" 0 ok "layout counts"
list_it "$h" "$(put_manifest "$h" "$FORM_DSSE" "$T/envelope" "$att")" "" "$(kind atts)"
judged "with attestations" 0 ok "att-tag unsigned-form,layout counts"
bundle_manifest > "$T/d"
judged "a bundle that no list names is found by its subject" 0 ok "att-tag unsigned-form,layout counts,layout counts"
f=$h/blobs/sha256/$(cut -d: -f2 "$T/d")
chmod u+w "$f"
sed -i 's/sha256:/sha257:/' "$f"
judged "R02: a manifest that was changed" 0 ok "att-tag unsigned-form,layout counts,layout digest-mismatch"
printf 'x' >> "$h/blobs/sha256/${module#*:}"
verify --key release.pub
is "R02: a module that was changed (cosign verify --local-image takes it)" "$rc $(q .error.code)" "16 size-mismatch"
done_testing
