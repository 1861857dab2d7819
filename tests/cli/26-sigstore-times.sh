#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Rules R32 to R36: timestamps, and certificates at the times they give.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/sigstore.sh
. "$(dirname "$0")/../lib/sigstore.sh"

case_of 'stamped' --entry hashedrekord2 --stamps 1
for m in imprint over-message another-stamp sha1-imprint rejection no-token trailing bare-token; do
	bad r32-$m timestamp-invalid 14
done
bad r32-empty malformed 65
bad r32-not-der timestamp-invalid 14
good ok-r32-sha512-imprint
good ok-r32-granted-with-mods

for m in another-leaf decoy-first another-key signature two-signers extra-eku extra-unknown-eku eku-not-critical no-eku \
	other-eku signer-is-ca no-signing-certificate; do
	bad r33-$m timestamp-invalid 14
done
bad r33-unknown-authority timestamp-missing 14
for m in no-certificate whole-chain no-leaf-in-root; do good ok-r33-$m; done

for m in leaf-expired leaf-not-yet root-expired window-ended window-begins-later before-window \
	after-end-by-a-millisecond; do
	bad r34-$m timestamp-invalid 14
done
for m in short-chain window-ends-then at-end-by-a-millisecond; do good ok-r34-$m; done

bad r35-no-stamps timestamp-missing 14
bad r35-empty-stamps timestamp-missing 14
bad r31-stamp-twice timestamp-invalid 14

# R36: the certificate at the stamped time
for m in stamp-after-leaf stamp-before-leaf leaf-expired leaf-not-yet intermediate-expired intermediate-not-yet \
	root-expired ca-ended-before ca-begins-later; do
	bad r36-$m certificate-time 14
done
for m in stamp-at-end leaf-ends-then leaf-begins-then ca-ends-then ca-begins-then; do good ok-r36-$m; done

# the same by the log's promise
case_of 'promised'
for m in leaf-expired leaf-not-yet intermediate-expired intermediate-not-yet root-expired ca-ended-before \
	ca-begins-later; do
	bad r36-$m certificate-time 14
done
for m in leaf-ends-then leaf-begins-then ca-ends-then ca-begins-then; do good ok-r36-$m; done

# both: the certificate has to be valid at each
case_of 'promised and stamped' --stamps 1
bad r36-stamp-after-leaf certificate-time 14
bad r32-imprint timestamp-invalid 14
case_of 'two authorities' --entry hashedrekord2 --stamps 2
bad r32-imprint timestamp-invalid 14

# legacy: of a signature its bytes are stamped, of an attestation the envelope
case_of 'legacy, stamped' --image --content sig --stamps 1 --layout sig-tag
bad r32-imprint timestamp-invalid 14
bad r32-other-form timestamp-invalid 14
bad r36-stamp-after-leaf certificate-time 14

# a key needs no time, but a bad one refuses
case_of 'a key, stamped' --material key --entry none --stamps 1
bad r32-imprint timestamp-invalid 14
bad r33-another-leaf timestamp-invalid 14
done_testing
