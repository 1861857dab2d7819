#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Rules R20 to R31: entries of transparency logs, promises, proofs,
# checkpoints.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/sigstore.sh
. "$(dirname "$0")/../lib/sigstore.sh"

entry_says_something_else()
{
	bad r21-entry-signature log-proof-mismatch 14
	bad r22-entry-certificate log-proof-mismatch 14
	bad r22-entry-key log-proof-mismatch 14
	bad r23-entry-digest log-proof-mismatch 14
	bad r23-entry-algorithm log-proof-mismatch 14
}

proof()
{
	for m in corrupted-hash extra-hash missing-hash no-hashes swapped another-leaf index \
		none-to-its-own-root longer-to-its-own-root; do
		bad r27-$m log-proof-invalid 14
	done
	bad r27-short-hash malformed 65
	bad r27-index-is-size log-proof-invalid 14
	bad r27-negative-index malformed 65
	bad r27-another-proof log-proof-invalid 14
	good ok-r27-single-leaf
	bad r28-root log-proof-invalid 14
	bad r28-size checkpoint-invalid 14
	bad r28-checkpoint-of-another-tree checkpoint-invalid 14
	bad r28-checkpoint-size checkpoint-invalid 14
	bad r28-another-checkpoint checkpoint-invalid 14
	bad r28-no-root-hash malformed 65
	bad r28-no-size log-proof-invalid 14
	for m in signature another-key hyphen key-name bad-base64 no-signature only-witness second-line-bad junk-line \
		origin origin-empty leading-zero plus-sign short-root no-size no-root no-blank-line no-final-newline crlf \
		empty-checkpoint; do
		bad r29-$m checkpoint-invalid 14
	done
	for m in witnesses witness-first unknown-key-of-log extension known-witness unknown-witness-signature; do
		good ok-r29-$m
	done
	for m in signature time short; do bad r29-witness-$m checkpoint-invalid 14; done
	bad r30-key-id checkpoint-invalid 14
}

# --- Rekor v1, hashedrekord 0.0.1 ---
case_of 'v1'
entry_says_something_else
bad r22-entry-two-certificates log-proof-mismatch 14
bad r21-another-entry log-proof-mismatch 14
bad r20-unknown-log log-proof-missing 14
bad r20-log-id log-proof-missing 14
bad r20-log-id-empty malformed 65
bad r20-negative-index malformed 65
bad r20-kind log-proof-mismatch 14
bad r20-version log-proof-mismatch 14
bad r20-body-version unsupported-version 12
bad r20-body-kind unsupported-version 12
bad r20-body-not-json malformed 65
bad r20-body-duplicate-key malformed 65
for m in signature trailing-byte another-key local-index log-id time body another-promise index-changed time-changed \
	empty-promise; do
	bad r25-$m log-proof-invalid 14
done
bad r26-time-before-log log-proof-invalid 14
bad r26-time-in-future certificate-time 14
bad r26-time-zero log-proof-invalid 14
bad r26-time-negative log-proof-invalid 14
bad r26-no-promise timestamp-missing 14
bad r26-log-ended-before log-proof-invalid 14
bad r26-log-begins-later log-proof-invalid 14
good ok-r26-log-ends-then
good ok-r26-log-begins-then
proof

# R31
bad r31-entry-twice log-proof-invalid 14
bad r31-same-log-twice log-proof-invalid 14
good ok-r31-two-logs

# R27: bundles of 2023 hold proofs without a checkpoint beside the promise
case_of 'v0.1' --version 0.1 --material chain
good ok-r09-proof-in-v0.1
edit() { jq "$1" "$c/bundle.sigstore.json" > "$T/edited" && mv "$T/edited" "$c/bundle.sigstore.json"; ask; }
p=".verificationMaterial.tlogEntries[0].inclusionProof"
edit "del($p.checkpoint)"
is_rc 'R27: v0.1: a proof without a checkpoint' 0
cp "$c/bundle.sigstore.json" "$T/good"
edit "$p.hashes[0] = $p.rootHash"
is 'R27: v0.1: of other hashes' "$(word) $rc" 'log-proof-invalid 14'
cp "$T/good" "$c/bundle.sigstore.json"
edit "$p.rootHash = $p.hashes[0]"
is 'R27: v0.1: to another root' "$(word) $rc" 'log-proof-invalid 14'

# --- other kinds of Rekor v1 ---
for e in dsse intoto; do
	case_of "v1, $e" --content dsse --entry $e
	entry_says_something_else
	bad r21-another-entry log-proof-mismatch 14
	bad r20-kind-hashedrekord log-proof-mismatch 14
	bad r27-corrupted-hash log-proof-invalid 14
	bad r25-signature log-proof-invalid 14
	bad r29-signature checkpoint-invalid 14
done
case_of 'v1, dsse' --content dsse --entry dsse
bad r21-entry-two-signatures log-proof-mismatch 14
case_of 'v1, a key' --material key
bad r21-entry-signature log-proof-mismatch 14
bad r22-entry-key log-proof-mismatch 14
bad r23-entry-digest log-proof-mismatch 14
bad r25-signature log-proof-invalid 14
bad r27-corrupted-hash log-proof-invalid 14
bad r29-signature checkpoint-invalid 14

# --- legacy annotations: promise only ---
case_of 'legacy' --image --content sig --layout sig-tag
entry_says_something_else
for m in signature another-key time; do bad r25-$m log-proof-invalid 14; done
bad r20-unknown-log log-proof-missing 14
bad r20-body-kind unsupported-version 12
bad r26-time-before-log log-proof-invalid 14
case_of 'legacy, rekord' --image --content sig --entry rekord --layout sig-tag
entry_says_something_else
bad r25-signature log-proof-invalid 14

# --- Rekor v2 ---
case_of 'v2' --entry hashedrekord2 --stamps 1
entry_says_something_else
bad r21-another-entry log-proof-mismatch 14
bad r24-body-not-canonical log-proof-mismatch 14
bad r24-body-order log-proof-mismatch 14
bad r24-key-details log-proof-mismatch 14
bad r24-body-of-another log-proof-mismatch 14
bad r24-leaf-is-another-body log-proof-invalid 14
bad r24-dsse-kind unsupported-version 12
bad r27-index-differs log-proof-invalid 14
good ok-r24-time-beside-proof
proof
case_of 'v2, a v1 entry' --stamps 1
bad r24-v1-kind-in-v2-log unsupported-version 12
case_of 'v2, DSSE' --content dsse --entry hashedrekord2 --stamps 1
entry_says_something_else
bad r23-entry-digest-of-payload log-proof-mismatch 14
bad r24-dsse-kind unsupported-version 12
for k in p384 p521 rsa2048; do
	case_of "v2, $k" --key $k --entry hashedrekord2 --stamps 1
	bad r23-entry-digest log-proof-mismatch 14
done
case_of 'v2, a key' --material key --entry hashedrekord2
bad r21-entry-signature log-proof-mismatch 14
bad r22-entry-key log-proof-mismatch 14
bad r27-corrupted-hash log-proof-invalid 14
bad r29-signature checkpoint-invalid 14
done_testing
