#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Rules R03 and R06 to R11 and R46: how a bundle must be written, and what it
# must hold.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/sigstore.sh
. "$(dirname "$0")/../lib/sigstore.sh"

# --- a message signature, keyless, v0.3, Rekor v1 ---
case_of 'message'
for m in r06-version-0.4 r06-version-old-style-0.4 r06-version-suffix; do bad $m unsupported-version 12; done
for m in r06-foreign-type r06-no-type r06-type-not-text; do bad $m malformed 65; done
good ok-r06-old-name-of-0.3
for m in duplicate-key duplicate-inner-key unknown-member null-material snake-case case trailing-text \
	trailing-document byte-order-mark not-json unpadded white-space-in-base64 body-bad-base64 \
	signature-bad-base64 certificate-bad-base64 index-not-a-number index-leading-zero time-is-real \
	certificate-not-der certificate-trailing-byte; do
	bad r07-$m malformed 65
done
good ok-r07-index-as-integer
good ok-r07-trailing-newline
for m in no-content both-contents empty-signature; do bad r08-$m malformed 65; done
for m in no-material two-materials; do bad r10-$m malformed 65; done
bad r10-self-signed-leaf certificate-chain 12
bad r09-no-proof log-proof-missing 14
for m in no-entries entries-absent; do bad r46-$m log-proof-missing 14; done
bad r22-another-certificate log-proof-mismatch 14

# R11: what signs must be of the kind asked for
case_of 'R11: identity'
with --key "$SIG_TOP/tests/data/keys/release.pub" --trusted-root @C@/trusted_root.json
install -m 644 "$SIG_TOP/tests/data/keys/release.pub" "$T/release.pub"
with --key "$T/release.pub" --trusted-root @C@/trusted_root.json
ask
is 'R11: a certificate for a key' "$(word) $rc" 'wrong-key 12'
with
case_of 'R11: key' --material key --entry none
with --certificate-identity "$identity" --certificate-oidc-issuer "$issuer" --trusted-root @C@/trusted_root.json
ask
is 'R11: a key for an identity' "$(word) $rc" 'identity-mismatch 13'
with

# --- older versions ---
case_of 'v0.1' --version 0.1 --material chain
bad r09-no-promise log-proof-missing 14
good ok-r09-proof-in-v0.1
bad r10-empty-chain malformed 65
bad r10-root-in-chain malformed 65
good ok-r10-with-intermediate
case_of 'v0.2' --version 0.2 --material chain
bad r09-no-proof log-proof-missing 14
bad r09-no-checkpoint checkpoint-invalid 14
bad r09-chain-in-0.3 malformed 65
bad r10-empty-chain malformed 65
bad r10-root-in-chain malformed 65
case_of 'v0.2 with a certificate' --version 0.2

# --- Rekor v2 has no promise to fall back on ---
case_of 'Rekor v2' --entry hashedrekord2 --stamps 1
bad r09-no-proof log-proof-missing 14
bad r46-no-entries log-proof-missing 14
bad r46-entries-absent log-proof-missing 14

# --- DSSE ---
case_of 'DSSE' --content dsse --entry dsse
bad r08-two-signatures malformed 65
bad r08-no-signatures malformed 65
bad r03-1025-subjects limit 65

# --- R03: limits, R47: they never count as success or as nothing found ---
case_of 'R03'
base=$c/bundle.sigstore.json
sized() # NAME WORD CODE JQ
{
	jq -c "$4" "$base" > "$T/sized.json"
	run "$WASMFN" verify --json "$c/artifact" --bundle "$T/sized.json" --certificate-identity "$identity" \
		--certificate-oidc-issuer "$issuer" --trusted-root "$c/trusted_root.json"
	is "R03: $1" "$(word) $rc" "$2 $3"
}
sized '33 log entries' limit 65 '.verificationMaterial.tlogEntries = [range(33) as $i | .verificationMaterial.tlogEntries[0]]'
sized '33 timestamps' limit 65 '.verificationMaterial.timestampVerificationData = {rfc3161Timestamps: [range(33) | {signedTimestamp: "AAAA"}]}'
sized '65 hashes of a proof' limit 65 '.verificationMaterial.tlogEntries[0].inclusionProof.hashes = [range(65) | "AAAA"]'

# --- R47: a bundle cut anywhere is malformed, never a crash ---
n=$(wc -c < "$base")
cut_bad=
for ((i = 0; i < n; i += 97)); do
	head -c "$i" "$base" > "$T/cut.json"
	run "$WASMFN" verify -q "$c/artifact" --bundle "$T/cut.json" --certificate-identity "$identity" \
		--certificate-oidc-issuer "$issuer" --trusted-root "$c/trusted_root.json"
	[ "$rc" = 65 ] || cut_bad+=" $i:$rc"
done
is 'R47: cut anywhere is malformed' "$cut_bad" ''
done_testing
