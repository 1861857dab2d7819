#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The trust and deny sections of a policy where keys, certificates and
# attestations meet: who counts, what is demanded besides, what is denied,
# and what verify says about it.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/forms.sh
. "$(dirname "$0")/../lib/forms.sh"
# shellcheck source=tests/lib/sigstore.sh
. "$(dirname "$0")/../lib/sigstore.sh"
WASMFN=$(realpath "${WASMFN:-build/wasmfn}")
export HOME=$T LC_ALL=C.UTF-8
keys=$T/keys
install -d -m 755 "$keys"
install -m 644 "$ART_TOP"/tests/data/keys/*.pub "$keys"

q() { jq -r "$1" "$T/out"; }
# policy AUTHORITIES [MORE OF THE RULE [DENY [REQUIRE]]]
policy()
{
	printf 'apiVersion: wasmfn/v1\nkind: Policy\ntrust:\n  - match: ["**", "oci:**"]\n    require: %s\n    authorities:\n%s\n%s\n%s\n' \
		"${4:-any}" "$1" "${2-}" "${3-}" > "$T/policy.yaml"
}
# by NAME 'WORD CODE' | 0 OPERAND...
by()
{
	local name=$1 want=$2

	shift 2
	run "$WASMFN" --json --store "$T/store" verify "$@" --policy "$T/policy.yaml"
	if [ "$want" = 0 ]; then is_rc "$name" 0; else is "$name" "$(word) $rc" "$want"; fi
}
ci="      - name: ci
        identities: [{issuer: \"$issuer\", subject: \"$identity\"}]
        trustedRoot: @C@/trusted_root.json"
ci() { printf '%s' "${ci//@C@/$c}"; }
release="      - {name: release, keys: [$keys/release.pub]}"
blob() { by "$1" "$2" "$c/artifact" --bundle "$c/bundle.sigstore.json"; }

# --- identities -----------------------------------------------------------------
case_of 'keyless'
policy "$(ci)"
blob 'a rule by identity' 0
is 'who' "$(q '.authorities[0] | [.name, .satisfied, .identity, .issuer, .key] | map(tostring) | join(" ")')" \
	"ci true $identity $issuer null"
is 'the log entry is a number' "$(q '.authorities[0].log_index | type')" number
like 'when' "$(q '.authorities[0].time')" '^20[0-9-]+T[0-9:]+Z$'
like 'by which log' "$(q '.authorities[0].log')" '^https://'
like 'every step is there' "$(q '.candidates[0].checked | join("|")')" 'signature verifies.*log.*certificate'
run "$WASMFN" -v verify "$c/artifact" --bundle "$c/bundle.sigstore.json" --policy "$T/policy.yaml"
is_rc 'for people' 0
like 'who signed' "$out" "signed by .*ci: $identity"
like 'in which log' "$out" 'in log .*entry [0-9]+'
like 'at what time' "$out" ' at +20'
policy "${release}"
blob 'a rule by key' 'wrong-key 12'
like 'who made it, and what was expected' "$(q .error.message)" "made with a certificate for $identity, expected a key"
policy "$release
$(ci)"
blob 'either of two' 0
policy "$release
$(ci)" '' '' all
blob 'both of two' 'wrong-key 12'
is 'the one that holds is named' "$(q '.authorities | map(.name + " " + (.satisfied | tostring)) | join(",")')" \
	'release false,ci true'
policy "$(ci)
$(ci | sed 's/name: ci/name: again/')" '' '' all
blob 'one identity in two authorities of one rule' 'config 78'
policy "$(ci)
$(ci | sed 's/name: ci/name: again/; s/subject: "[^"]*"/subjectRegexp: ".*"/')" '' '' all
blob 'one signer for two authorities' 'identity-mismatch 13'
like 'says so' "$(q .error.message)" 'one signer counts once'
policy "$(ci)
$(ci | sed 's/name: ci/name: again/; s/subject: "[^"]*"/subjectRegexp: ".*"/')" '' '' '{atLeast: 1}'
blob 'where one is enough' 0
policy "$(ci | sed 's/subject: "[^"]*"/subject: "https:\/\/other.example"/')"
blob 'another subject' 'identity-mismatch 13'
policy "$(ci | sed 's/issuer: "[^"]*"/issuer: "https:\/\/other.example"/')"
blob 'another issuer' 'issuer-mismatch 13'
policy "$(ci | sed 's/^      - name.*/&\n        keys: [KEYS\/release.pub]/' | sed "s|KEYS|$keys|")"
blob 'an authority of keys and identities' 0
policy "$(ci)" '' '' all
run "$WASMFN" --json verify "$c/artifact" --bundle "$c/bundle.sigstore.json" --policy "$T/policy.yaml" --key "$keys/release.pub"
is 'a policy and a key: both must pass' "$(word) $rc" 'wrong-key 12'
run "$WASMFN" --json verify "$c/artifact" --bundle "$c/bundle.sigstore.json" --policy "$T/policy.yaml" \
	--certificate-identity x --certificate-oidc-issuer "$issuer" --trusted-root "$c/trusted_root.json"
is 'a policy and an identity: both must pass' "$(word) $rc" 'identity-mismatch 13'

# --- deny -----------------------------------------------------------------------
policy "$(ci)" '' "deny: {identities: [{subject: \"$identity\"}]}"
blob 'a denied subject' 'revoked 17'
policy "$(ci)" '' "deny: {identities: [{subject: \"$identity\", issuer: x}]}"
blob 'of another issuer' 0
policy "$(ci)" '' "deny: {identities: [{issuerRegexp: \"https://token.*\"}]}"
blob 'a denied issuer, by expression' 'revoked 17'
policy "$(ci)" '' "deny: {identities: [{subjectRegexp: \"https://github\\\\.com/\"}]}"
blob 'an expression for a part denies nothing' 0
policy "$(ci)" '' 'deny: {identities: [{extensions: {sourceRepositoryURI: "https://github.com/wasmfn-test/fn"}}]}'
blob 'a denied repository' 'revoked 17'
policy "$(ci)" '' 'deny: {identities: [{extensions: {sourceRepositoryURI: "https://github.com/wasmfn-test/other"}}]}'
blob 'another repository' 0
index=$(jq -r '.verificationMaterial.tlogEntries[0].logIndex' "$c/bundle.sigstore.json")
policy "$(ci)" '' "deny: {logIndexes: [$index]}"
blob 'a denied log entry' 'revoked 17'
policy "$(ci)" '' "deny: {logIndexes: [$((index + 1))]}"
blob 'another log entry' 0
spki=$(jq -r '.verificationMaterial.certificate.rawBytes' "$c/bundle.sigstore.json" | base64 -d |
	openssl x509 -inform DER -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)
policy "$(ci)" '' "deny: {keys: [\"sha256:$spki\"]}"
blob 'a denied key of a certificate' 'revoked 17'
policy "$(ci)" '' "deny: {keys: [\"sha256:${spki//[0-9]/0}\"]}"
blob 'another key' 0

# An index that nobody signed: of an entry of Rekor v1 without its promise.
case_of 'stamped' --stamps 1
index=$(jq -r '.verificationMaterial.tlogEntries[0].logIndex' "$c/bundle.sigstore.json")
edit() { jq "$1" "$c/bundle.sigstore.json" > "$T/edited" && mv "$T/edited" "$c/bundle.sigstore.json"; }
policy "$(ci)" '' "deny: {logIndexes: [$index]}"
blob 'a denied log entry, stamped' 'revoked 17'
edit 'del(.verificationMaterial.tlogEntries[0].inclusionPromise)'
policy "$(ci)"
blob 'R26: without a promise' 0
is 'its index is nobody'"'"'s word' "$(q '.authorities[0].log_index')" null
edit ".verificationMaterial.tlogEntries[0].logIndex = \"$((index + 1))\""
policy "$(ci)"
blob 'R26: another index, which nothing proves' 0
policy "$(ci)" '' "deny: {logIndexes: [$index]}"
blob 'R26: does not get by a deny list' 'log-proof-missing 14'
case_of 'stamped, Rekor v2' --entry hashedrekord2 --stamps 1
index=$(jq -r '.verificationMaterial.tlogEntries[0].logIndex' "$c/bundle.sigstore.json")
policy "$(ci)" '' "deny: {logIndexes: [$((index + 1))]}"
blob 'R26: the tree says the index' 0
is 'which is shown' "$(q '.authorities[0].log_index')" "$index"

# --- keys and the proofs that come with them -------------------------------------
case_of 'a key' --material key
key="      - name: key
        keys: [$c/key.pub]"
root="
        trustedRoot: $c/trusted_root.json"
policy "$key"
blob 'a key without a root' 0
is 'its proofs are not evaluated' "$(q '.candidates[0].proofs')" not-evaluated
is 'and give no time' "$(q '.authorities[0].time')" null
policy "$key$root"
blob 'a key with a root' 0
is 'its proofs are evaluated' "$(q '.candidates[0].proofs')" null
time=$(q '.authorities[0].time')
like 'and give a time' "$time" '^20'
policy "$key$root
        proofs: {timestamps: 1}"
blob 'a timestamp demanded' 'timestamp-missing 14'
# R44
policy "$key$root
        keysValidFor: {start: \"$time\", end: \"$time\"}"
blob 'R44: a key in use at that moment' 0
policy "$key$root
        keysValidFor: {start: \"$time\"}"
blob 'R44: a key in use since then' 0
policy "$key$root
        keysValidFor: {start: \"2001-01-01T00:00:00Z\", end: \"2001-12-31T00:00:00Z\"}"
blob 'R44: a key in use before' 'key-time 12'
policy "$key$root
        keysValidFor: {start: \"2090-01-01T00:00:00Z\"}"
blob 'R44: a key in use later' 'key-time 12'
index=$(jq -r '.verificationMaterial.tlogEntries[0].logIndex' "$c/bundle.sigstore.json")
policy "$key" '' "deny: {logIndexes: [$index]}"
blob 'a denied log entry, with no root to judge it' 'revoked 17'
sig_make --mutate r25-signature
policy "$key"
blob 'a bad promise, without a root' 0
policy "$key$root"
blob 'a bad promise, with one' 'log-proof-invalid 14'
case_of 'a key without proofs' --material key --entry none
policy "$key$root
        keysValidFor: {start: \"2001-01-01T00:00:00Z\"}"
blob 'R44: no verified time' 'timestamp-missing 14'

# --- attestations: a signature and provenance ------------------------------------
small_wasm "$T/m.wasm"
make_layout "$T/l" "$T/m.wasm" L12
l=$T/l subject=$(subject_of "$T/l") prov=https://slsa.dev/provenance/v1
says='{"buildDefinition":{"externalParameters":{"source":"git+https://github.com/org/fn@refs/heads/main"}},"runDetails":{"builder":{"id":"https://builder.example/b1"}}}'
cp -r "$l" "$T/plain"
add() # KEY TYPE PREDICATE
{
	statement "$2" "$3" | bundle "$1" > "$T/b"
	list_it "$l" "$(put_manifest "$l" "$FORM_BUNDLE" "$T/b" null ".artifactType = \"$FORM_BUNDLE\" | .subject = $subject")"
}
fresh() { rm -rf "$l" "$T/store"; cp -r "$T/plain" "$l"; }
image() { rm -rf "$T/store"; by "$1" "$2" "oci:$l@$digest"; }
both="$release
      - {name: builder, keys: [$keys/other.pub]}"
att="    attestations:
      - predicateType: $prov
        authorities: [builder]
        require: {builderId: https://builder.example/b1, sourceUri: git+https://github.com/org/fn}"
add release "$FORM_SIGN" '{}'
add other "$prov" "$says"
policy "$both" "$att"
image 'signature and provenance' 0
is 'the attestation is named' "$(q '.attestations | map(.predicate_type + " " + (.satisfied | tostring) + " " + .authority) | join(",")')" \
	"$prov true builder"
is 'of the two each is what it is' "$(q '.candidates | map(.attestation // "signature") | sort | join(",")')" "$prov,signature"
policy "$both" "${att/b1/b2}"
image 'another builder' 'provenance-mismatch 12'
policy "$both" "${att/org\/fn/org/other}"
image 'another source' 'provenance-mismatch 12'
policy "$both" "${att/\[builder\]/[release]}"
image 'by another authority' 'wrong-key 12'
policy "$both" "$(printf '%s' "$att" | grep -v authorities)"
image 'by any authority' 0
policy "$both" "${att/v1$'\n'/v0.2$'\n'}"
image 'of another type' 'predicate-mismatch 12'
policy "$both" "$att" 'deny: {keys: ['"$keys"'/other.pub]}'
image 'by a denied key' 'revoked 17'
policy "$both" "    formats: [legacy]
$att"
image 'of a format that the rule does not take' 'format-not-allowed 12'
fresh
add other "$prov" "$says"
policy "$both" "$att"
image 'provenance alone' 'predicate-mismatch 12'
fresh
add release "$FORM_SIGN" '{}'
image 'a signature alone' 'wrong-key 12'
policy "$both"
image 'which is enough without the demand' 0
fresh
add release "$FORM_SIGN" '{}'
add other "$prov" "${says/b1/evil}"
policy "$both" "$att"
image 'provenance that says something else' 'provenance-mismatch 12'

# --- public-good ------------------------------------------------------------------
# a program that finds its snapshot where this test has put one
case_of 'public-good'
install -D -m 644 "$c/trusted_root.json" "$T/share/wasmfn/public-good-trusted_root.json"
# the flags of the build under test are kept beside its objects
elsewhere()
{
	local b

	b=$(dirname "$WASMFN")
	[ -f "$b/flags" ] && [ -f "$b/libwasmfn.a" ] || return 1
	cd "$ART_TOP" && mkdir "$T/obj" &&
		eval "$(cat "$b/flags") -UWF_DATADIR -DWF_DATADIR='\"$T/share\"' -c -o '$T/obj/load.o' src/policy/policy_load.c" &&
		eval "$(cat "$b/ldflags") -o '$T/obj/wasmfn' '$b'/obj/cmd/*.o '$T/obj/load.o' '$b/libwasmfn.a' $(grep -o -- ' -l[a-z0-9+-]*' "$b/ldflags" | paste -sd' ')"
}
if [ ! -f "$(dirname "$WASMFN")/flags" ]; then
	skip 'public-good' 'the program lies in no build directory'
elif (elsewhere) > "$T/make.log" 2>&1; then
	policy "$(ci | sed 's/trustedRoot: .*/trustedRoot: public-good/')"
	run "$T/obj/wasmfn" --json verify "$c/artifact" --bundle "$c/bundle.sigstore.json" --policy "$T/policy.yaml"
	is_rc 'a policy that says public-good' 0
	run "$T/obj/wasmfn" --json verify "$c/artifact" --bundle "$c/bundle.sigstore.json" --certificate-identity "$identity" \
		--certificate-oidc-issuer "$issuer" --trusted-root public-good
	is_rc 'an option that says so' 0
	run "$T/obj/wasmfn" --json verify "$c/artifact" --bundle "$c/bundle.sigstore.json" --certificate-identity "$identity" \
		--certificate-oidc-issuer "$issuer"
	is 'nobody said so' "$(word) $rc" 'usage 64'
	chmod 664 "$T/share/wasmfn/public-good-trusted_root.json"
	run "$T/obj/wasmfn" --json verify "$c/artifact" --bundle "$c/bundle.sigstore.json" --policy "$T/policy.yaml"
	is 'one that others may write' "$(word) $rc" 'unsafe-file 78'
	install -m 644 "$ART_TOP/policy/public-good-trusted_root.json" "$T/share/wasmfn/public-good-trusted_root.json"
	run "$T/obj/wasmfn" --json verify "$c/artifact" --bundle "$c/bundle.sigstore.json" --policy "$T/policy.yaml"
	is 'the real one knows nothing of this world' "$(word) $rc" 'log-proof-missing 14'
else
	fail 'a program with a snapshot of its own' "$(cat "$T/make.log")"
fi
is 'the snapshot is the one its page names' "$(sha256sum < "$ART_TOP/policy/public-good-trusted_root.json" | cut -d' ' -f1)" \
	"$(grep -o '[0-9a-f]\{64\}' "$ART_TOP/policy/README.md" | head -1)"
done_testing
