#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Rules R31 and R44 to R49: the trusted root, what policy demands, no network.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/sigstore.sh
. "$(dirname "$0")/../lib/sigstore.sh"

# --- R45: the file ---
case_of 'R45'
for m in media-type no-media-type log-without-start log-without-window ctlog-without-start ctlog-without-window bad-date \
	end-before-start key-not-der bad-base64 certificate-not-der no-certificates unknown-member duplicate-key not-json; do
	bad r45-$m config 78
done
for m in media-type-v0.1 media-type-v0.2 operator checkpoint-key-id authority-without-window unknown-key-type-elsewhere old-ca-first log-twice; do good ok-r45-$m; done
bad r45-key-details-differ config 78
bad r45-unknown-key-type log-proof-missing 14
bad r45-no-logs log-proof-missing 14
bad r45-log-id log-proof-missing 14
bad r45-no-ctlogs sct-invalid 14
bad r45-no-authorities certificate-chain 12
case_of 'R45: stamped' --entry hashedrekord2 --stamps 1
bad r45-no-timestamp-authorities timestamp-missing 14

# --- R31, R46: what policy counts ---
policy() # PROOFS
{
	cat > "$T/policy.yaml" << END
apiVersion: wasmfn/v1
kind: Policy
trust:
  - match: ["**"]
    require: any
    authorities:
      - name: ci
        identities:
          - issuer: $issuer
            subject: $identity
        trustedRoot: $c/trusted_root.json
        proofs: {$1}
END
}
counted() # NAME PROOFS WANT
{
	policy "$2"
	with --policy "$T/policy.yaml"
	ask
	with
	if [ "$3" = 0 ]; then is_rc "$1" 0; else is "$1" "$(word) $rc" "$3"; fi
}
case_of 'counts'
counted 'R31: one log of one' 'transparencyLog: 1' 0
counted 'R31: one log of two' 'transparencyLog: 2' 'log-proof-missing 14'
counted 'R31: one certificate log of two' 'signedCertificateTimestamps: 2' 'sct-invalid 14'
counted 'R46: a timestamp asked for' 'timestamps: 1' 'timestamp-missing 14'
sig_make --mutate ok-r31-two-logs
counted 'R31: two logs of two' 'transparencyLog: 2' 0
counted 'R31: two logs of three' 'transparencyLog: 3' 'log-proof-missing 14'
sig_make --mutate ok-r40-two-logs
counted 'R31: two certificate logs of two' 'signedCertificateTimestamps: 2' 0
sig_make --mutate r31-two-scts-one-log
counted 'R31: one certificate log that signed twice' 'signedCertificateTimestamps: 2' 'sct-invalid 14'
sig_make --mutate r40-none
counted 'R46: no certificate log asked for' 'signedCertificateTimestamps: 0' 0
case_of 'stamps' --stamps 2
counted 'R31: two authorities of two' 'timestamps: 2' 0
counted 'R31: two authorities of three' 'timestamps: 3' 'timestamp-missing 14'
sig_make --mutate r31-two-stamps-one-authority
counted 'R31: one authority that stamped twice' 'timestamps: 2' 'timestamp-missing 14'
case_of 'no log' --entry hashedrekord2 --stamps 1
sig_make --mutate r46-no-entries
counted 'R46: a log is the default' '' 'log-proof-missing 14'
counted 'R46: a timestamp instead' 'transparencyLog: 0, timestamps: 1' 0

# a key by policy with a root: what is there must be good
case_of 'R46: a key' --material key
cat > "$T/policy.yaml" << END
apiVersion: wasmfn/v1
kind: Policy
trust:
  - match: ["**"]
    require: any
    authorities:
      - name: release
        keys: [$c/key.pub]
        trustedRoot: $c/trusted_root.json
        proofs: {transparencyLog: 1}
END
with --policy "$T/policy.yaml"
ask
is_rc 'R46: a key, and a log asked for' 0
sig_ask=(--material key --entry none)
sig_make
ask
is 'R46: a key without it' "$(word) $rc" 'log-proof-missing 14'
with

# --- R44: a key that was in use for a while ---
used() # NAME WINDOW WANT
{
	cat > "$T/policy.yaml" << END
apiVersion: wasmfn/v1
kind: Policy
trust:
  - match: ["**"]
    require: any
    authorities:
      - name: release
        keys: [$c/key.pub]
        keysValidFor: {$2}
        trustedRoot: $c/trusted_root.json
END
	with --policy "$T/policy.yaml"
	ask
	with
	if [ "$3" = 0 ]; then is_rc "R44: $1" 0; else is "R44: $1" "$(word) $rc" "$3"; fi
}
case_of 'R44' --material key
used 'a time inside' 'start: "2026-01-01T00:00:00Z", end: "2026-04-01T00:00:00Z"' 0
used 'the last moment' 'start: "2026-01-01T00:00:00Z", end: "2026-03-01T12:00:05Z"' 0
used 'the first moment' 'start: "2026-03-01T12:00:05Z"' 0
used 'a millisecond after the end' 'start: "2026-01-01T00:00:00Z", end: "2026-03-01T12:00:04.999Z"' 'key-time 12'
used 'before the start' 'start: "2026-03-01T12:00:06Z"' 'key-time 12'
sig_make --mutate r26-no-promise
used 'no verified time' 'start: "2026-01-01T00:00:00Z"' 'timestamp-missing 14'
sig_make --stamps 1 --mutate r36-stamp-after-leaf
used 'every time counts' 'start: "2026-01-01T00:00:00Z", end: "2026-03-01T12:00:05Z"' 'key-time 12'

# --- R48: no network ---
case_of 'R48'
if unshare -rn true 2> /dev/null; then
	run unshare -rn "$WASMFN" verify "$c/artifact" --bundle "$c/bundle.sigstore.json" --certificate-identity "$identity" \
		--certificate-oidc-issuer "$issuer" --trusted-root "$c/trusted_root.json"
	is_rc 'R48: verifies without a network' 0
else
	skip 'R48: verifies without a network' 'no network namespaces here'
fi
if command -v strace > /dev/null; then
	strace -f -e trace=network -o "$T/net" "$WASMFN" verify -q "$c/artifact" --bundle "$c/bundle.sigstore.json" \
		--certificate-identity "$identity" --certificate-oidc-issuer "$issuer" --trusted-root "$c/trusted_root.json"
	is 'R48: no socket at all' "$(grep -c 'socket(' "$T/net")" 0
else
	skip 'R48: no socket at all' 'no strace here'
fi
SIGSTORE_REKOR_PUBLIC_KEY=x COSIGN_REPOSITORY=x SIGSTORE_ROOT_FILE=/dev/null TUF_ROOT=/dev/null WASMFN_TRUSTED_ROOT=/dev/null ask
is_rc 'R48: nothing of the environment is trust' 0

# --- R49: the file is read strictly ---
refused() # NAME TEXT
{
	cat > "$T/policy.yaml" << END
apiVersion: wasmfn/v1
kind: Policy
trust:
  - match: ["**"]
    require: any
    authorities:
      - name: ci
$2
END
	with --policy "$T/policy.yaml"
	ask
	is "R49: $1" "$(word) $rc" 'config 78'
	with
}
root="        trustedRoot: $c/trusted_root.json"
refused 'no identity and no key' "$root"
refused 'an identity without a root' "        identities: [{issuer: $issuer, subject: x}]"
refused 'an identity without an issuer' "        identities: [{subject: x}]"$'\n'"$root"
refused 'an identity without a subject' "        identities: [{issuer: $issuer}]"$'\n'"$root"
refused 'a subject that is empty' "        identities: [{issuer: $issuer, subject: ''}]"$'\n'"$root"
refused 'a member that is misspelt' "        identities: [{issuer: $issuer, subjectRegExp: x}]"$'\n'"$root"
refused 'a member twice' "        identities: [{issuer: $issuer, subject: x, subject: x}]"$'\n'"$root"
refused 'no identities in the list' "        identities: []"$'\n'"$root"
refused 'a bad expression' "        identities: [{issuer: $issuer, subjectRegexp: '('}]"$'\n'"$root"
refused 'a proof that is unknown' "        identities: [{issuer: $issuer, subject: x}]"$'\n'"$root"$'\n''        proofs: {rekor: 1}'
refused 'a negative number of proofs' "        identities: [{issuer: $issuer, subject: x}]"$'\n'"$root"$'\n''        proofs: {transparencyLog: -1}'
done_testing
