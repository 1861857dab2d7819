# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # shared with who sources it; T, digest, ART_TOP come from tap.sh and artifact.sh
#
# Signatures and attestations in every form, made by openssl and jq in a
# layout: source it after artifact.sh.  It must never need a tool that only
# some machines have.
#
#   statement TYPE [PREDICATE-JSON]   an in-toto statement v1 about $digest
#   envelope KEY < STATEMENT          DSSE by tests/data/keys/KEY.pem
#   bundle KEY < STATEMENT            a bundle v0.3 around that
#   payload                           simple signing about $digest
#   legacy_sig KEY FILE               base64 signature of a file
#   put_manifest DIR LAYER-TYPE FILE [ANNOTATIONS [FILTER]]
#       one layer, changed by the jq FILTER; prints its digest
#   list_it DIR DIGEST [TAG [MEMBERS]] into index.json
#   subject_of DIR                    $digest as a descriptor

FORM_SIGN=https://sigstore.dev/cosign/sign/v1
FORM_BUNDLE=application/vnd.dev.sigstore.bundle.v0.3+json
FORM_SIMPLE=application/vnd.dev.cosign.simplesigning.v1+json
FORM_DSSE=application/vnd.dsse.envelope.v1+json
FORM_COSIGN_SIG=application/vnd.dev.cosign.artifact.sig.v1+json
FORM_MANIFEST=application/vnd.oci.image.manifest.v1+json
FORM_EMPTY=application/vnd.oci.empty.v1+json

statement()
{
	jq -cnj --arg h "${digest#sha256:}" --arg t "$1" --argjson p "${2:-{\}}" '
		{_type: "https://in-toto.io/Statement/v1",
		 subject: [{digest: {sha256: $h}}], predicateType: $t, predicate: $p}'
}

envelope()
{
	local text sig

	text=$(cat)
	sig=$(printf 'DSSEv1 28 application/vnd.in-toto+json %d %s' "${#text}" "$text" |
		openssl dgst -sha256 -sign "$ART_TOP/tests/data/keys/$1.pem" | base64 -w0)
	jq -cnj --arg p "$(printf %s "$text" | base64 -w0)" --arg s "$sig" '
		{payload: $p, payloadType: "application/vnd.in-toto+json",
		 signatures: [{keyid: "", sig: $s}]}'
}

bundle()
{
	local hint

	hint=$(openssl pkey -in "$ART_TOP/tests/data/keys/$1.pem" -pubout -outform DER |
		openssl dgst -sha256 -binary | base64 -w0)
	envelope "$1" | jq -cj --arg h "$hint" --arg t "$FORM_BUNDLE" '
		{mediaType: $t, verificationMaterial: {publicKey: {hint: $h}}, dsseEnvelope: .}'
}

payload()
{
	printf '{"critical":{"identity":{"docker-reference":"x"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}' "$digest"
}

legacy_sig() { openssl dgst -sha256 -sign "$ART_TOP/tests/data/keys/$1.pem" "$2" | base64 -w0; }

put_manifest()
{
	local dir=$1 layer config

	layer=$(put_blob "$dir" "$3")
	printf '{}' > "$T/form.config"
	config=$(put_blob "$dir" "$T/form.config")
	jq -cn --arg t "$2" --arg l "$layer" --argjson ls "$(stat -c %s "$3")" \
		--arg c "$config" --argjson an "${4:-null}" --arg e "$FORM_EMPTY" '
		{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
		 config: {mediaType: $e, digest: $c, size: 2},
		 layers: [{mediaType: $t, digest: $l, size: $ls}
			+ (if $an then {annotations: $an} else {} end)]}' |
		jq -cj "${5:-.}" > "$T/form.manifest"
	put_blob "$dir" "$T/form.manifest"
}

subject_of()
{
	printf '{"mediaType":"%s","digest":"%s","size":%d}' "$FORM_MANIFEST" "$digest" \
		"$(stat -c %s "$1/blobs/sha256/${digest#*:}")"
}

list_it()
{
	jq --arg d "$2" --argjson s "$(stat -c %s "$1/blobs/sha256/${2#*:}")" --arg t "${3-}" \
		--arg m "$FORM_MANIFEST" --argjson e "${4:-{\}}" '
		.manifests += [{mediaType: $m, digest: $d, size: $s}
			+ (if $t != "" then {annotations: {"org.opencontainers.image.ref.name": $t}}
			   else {} end) + $e]' "$1/index.json" > "$1/index.json.new" &&
		mv "$1/index.json.new" "$1/index.json"
}
