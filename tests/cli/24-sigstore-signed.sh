#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Rules R12 to R19: the signature, what it is over, and what that says.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/sigstore.sh
. "$(dirname "$0")/../lib/sigstore.sh"

# --- message signature ---
case_of 'message'
bad r15-flipped signature-mismatch 12
bad r15-signature-of-another signature-mismatch 12
bad r15-another-signer signature-mismatch 12
bad r15-trailing-byte signature-mismatch 12
bad r14-sha512 signature-mismatch 12
bad r14-sha1 signature-mismatch 12
bad r16-digest digest-mismatch 16
bad r16-algorithm unsupported-algorithm 12
bad r16-algorithm-differs malformed 65
bad r16-another-digest digest-mismatch 16

# R14: the hash follows the key; SHA-256 once for the large curves
for k in p384 p521; do
	case_of "R14: $k" --key $k
	good ok-r14-sha256
	bad r14-sha1 signature-mismatch 12
	case_of "R14: $k as a bare key" --key $k --material key --entry none
	good ok-r14-sha256
	bad r14-sha1 signature-mismatch 12
done
for k in rsa2048 rsa3072 rsa4096; do
	case_of "R14: $k" --key $k
	bad r14-sha512 signature-mismatch 12
done
case_of 'R14: ed25519' --key ed25519

# --- DSSE ---
for e in dsse intoto hashedrekord2; do
	stamps=0
	[ $e != hashedrekord2 ] || stamps=1
	case_of "DSSE, $e" --content dsse --entry $e --stamps $stamps
	bad r15-flipped signature-mismatch 12
	bad r15-signature-of-another signature-mismatch 12
	bad r15-signature-of-payload signature-mismatch 12
	bad r15-another-signer signature-mismatch 12
	bad r17-payload-type predicate-mismatch 12
	good ok-r17-not-ascii
	bad r18-another-subject subject-mismatch 12
	bad r18-null-subject malformed 65
	bad r18-no-subject malformed 65
	bad r18-sha512-only subject-mismatch 12
	bad r18-upper-case subject-mismatch 12
	bad r18-statement-type unsupported-version 12
	bad r18-duplicate-key malformed 65
	good ok-r18-second-subject
	good ok-r18-statement-v0.1
	bad r19-not-json malformed 65
	bad r19-no-predicate-type malformed 65
done

# R19: an image is signed by cosign's predicate and no other
case_of 'R19: image' --image --content dsse --entry dsse --layout bundle-referrer
bad r19-another-predicate predicate-mismatch 12
bad r18-another-subject subject-mismatch 12

case_of 'R05: fallback tag' --image --content dsse --entry dsse --layout bundle-fallback-tag
good ok-r05-descriptor-says-empty
case_of 'R18: attested, not signed' --image --content dsse --entry dsse --layout bundle-fallback-tag
bad r18-another-subject subject-mismatch 12

# --- R12, R13: legacy ---
for f in sig-tag sig-referrer; do
	case_of "$f" --image --content sig --layout $f
	bad r12-payload-changed signature-mismatch 12
	bad r12-layer-type malformed 12
	bad r12-no-signature-annotation malformed 12
	bad r12-empty-signature malformed 12
	bad r12-two-certificates malformed 12
	bad r12-blank-certificate malformed 12
	good ok-r12-space-around-certificate
	bad r13-type predicate-mismatch 12
	bad r13-digest subject-mismatch 12
	bad r13-digest-case subject-mismatch 12
	bad r13-duplicate-key malformed 12
	bad r15-flipped signature-mismatch 12
done
case_of 'R13: annotations' --image --content sig --layout sig-tag --annotations '{"env":"prod"}'
ask -a env=prod
is_rc 'R13: the annotation asked for' 0
ask -a env=test
is 'R13: another annotation' "$(word) $rc" 'annotation-mismatch 12'
ask -a stage=prod
is 'R13: an annotation that is not there' "$(word) $rc" 'annotation-mismatch 12'
case_of 'R13: annotations of a statement' --image --content dsse --entry dsse --layout bundle-referrer --annotations '{"env":"prod"}'
ask -a env=prod
is_rc 'R13: a statement: the annotation asked for' 0
ask -a env=test
is 'R13: a statement: another annotation' "$(word) $rc" 'annotation-mismatch 12'
for k in p384 p521; do
	case_of "R14: legacy, $k" --image --content sig --layout sig-tag --key $k --material key --entry none
	good ok-r14-sha256
done
done_testing
