#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# `verify FILE --bundle`: bundles that real cosign made, keys of every kind,
# one thing wrong at a time; JSON and text; nothing but the linked libraries is
# loaded.  Needs neither registry nor database.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
WASMFN=${WASMFN:-build/wasmfn}
data=$(cd "$(dirname "$0")/../data" && pwd)
export HOME=$T LC_ALL=C.UTF-8

# a checkout may be writable by the group; keys must not be
install -m 644 "$data"/keys/*.pub "$data"/bundles/*.pub "$data"/bundles/*.json \
	"$data"/bundles/module.wasm "$T"
install -m 600 "$data"/keys/*.pem "$T"
cd "$T" || exit 1
case $WASMFN in /*) ;; *) WASMFN=$OLDPWD/$WASMFN ;; esac
digest=sha256:$(sha256sum module.wasm | cut -c1-64)

jqr() { jq -r "$@" "$T/out"; }

# refused NAME CODE WORD ARGS...: text says it, JSON says the same
refused()
{
	local name=$1 code=$2 word=$3
	shift 3
	run "$WASMFN" verify "$@"
	is_rc "$name: exit $code" "$code"
	like "$name: says so on stderr" "$err" '^wasmfn: error: '
	run "$WASMFN" verify --json "$@"
	is "$name: JSON" "$(jqr '[.command, .exit_code, .error.code] | join(" ")')" "verify $code $word"
}

# --- what real cosign made ---
for k in release p384 p521 rsa3072 ed25519; do
	run "$WASMFN" verify module.wasm --bundle v3-blob-$k.json --key $k.pub
	is_rc "cosign v3, $k" 0
done
run "$WASMFN" verify module.wasm --bundle v2-blob-release.json --key release.pub
is_rc 'cosign v2' 0
run "$WASMFN" verify ./module.wasm --bundle v3-attest-release.json --key release.pub
is_rc 'an attestation about the file' 0
run "$WASMFN" verify "$digest" --bundle v3-blob-release.json --key release.pub
is_rc 'the digest alone' 0

# --- what is said ---
run "$WASMFN" verify module.wasm --bundle v3-blob-release.json --key release.pub
id=sha256:$(openssl pkey -pubin -in release.pub -outform DER | sha256sum | cut -c1-64)
like 'the first line says it' "$out" '^verified module.wasm'
like 'who signed' "$out" "signed by +release.pub \\(release.pub, $id\\)"
like 'of which bytes' "$out" "digest +$digest"
like 'in which form' "$out" 'bundle-file +sha256:[0-9a-f]{12} counts for release.pub'
is 'nothing on stderr' "$err" ''
run "$WASMFN" verify -v module.wasm --bundle v3-blob-release.json --key release.pub
like '-v: what was checked' "$out" "signature verifies: ecdsa-p256-sha256 by $id"
like '-v: about what' "$out" "subject is $digest"
run "$WASMFN" verify -q module.wasm --bundle v3-blob-release.json --key release.pub
is '-q: nothing' "$out$err" ''
run "$WASMFN" --json verify module.wasm --bundle v3-blob-release.json --key release.pub
is 'JSON: the candidate' "$(jqr '.candidates | map([.form, .verified, .reason, .key] | map(tostring) | join(" ")) | join(",")')" \
	"bundle-file true null $id"
is 'JSON: the authority' "$(jqr '.authorities | map([.name, .satisfied, .key] | map(tostring) | join(" ")) | join(",")')" \
	"release.pub true $id"
is 'JSON: the subject' "$(jqr '.subject.ref + " " + .subject.digest')" "module.wasm $digest"
is 'JSON: no error' "$(jqr '.error, .result, .exit_code' | tr '\n' ' ')" 'null ok 0 '

# proofs that a key signature carries are named, not judged (a bad one here)
jq -c '.verificationMaterial.timestampVerificationData = {rfc3161Timestamps: [{signedTimestamp: "AAAA"}]}' \
	v3-blob-release.json > stamped.json
run "$WASMFN" verify --json module.wasm --bundle stamped.json --key release.pub
is_rc 'a timestamp beside a key signature' 0
is 'is not evaluated' "$(jqr '.candidates[0].proofs')" not-evaluated
run "$WASMFN" verify module.wasm --bundle stamped.json --key release.pub
like 'and text says so' "$out" 'log and timestamp proofs not-evaluated'

# --- one thing wrong ---
printf '\0asm\1\0\0\1' > changed.wasm
refused 'one bit of the file' 16 digest-mismatch changed.wasm --bundle v3-blob-release.json --key release.pub
is 'and the candidate says it' "$(jqr '.candidates[0].reason')" digest-mismatch
refused 'one bit of an attested file' 12 subject-mismatch changed.wasm --bundle v3-attest-release.json --key release.pub
refused 'another key' 12 wrong-key module.wasm --bundle v3-blob-release.json --key other.pub
is 'its authority is not satisfied' "$(jqr '.authorities[0].satisfied')" false
jq -c '.verificationMaterial.publicKey = {}' v3-blob-release.json > nohint.json
run "$WASMFN" verify module.wasm --bundle nohint.json --key release.pub
is_rc 'a bundle without a hint' 0
refused 'another key, and no hint' 12 signature-mismatch module.wasm --bundle nohint.json --key other.pub
jq -c '.messageSignature.signature = "AAAA"' v3-blob-release.json > badsig.json
refused 'another signature' 12 signature-mismatch module.wasm --bundle badsig.json --key release.pub
jq -c '.mediaType = "application/vnd.dev.sigstore.bundle.v0.4+json"' v3-blob-release.json > v04.json
refused 'a version of tomorrow' 12 unsupported-version module.wasm --bundle v04.json --key release.pub
jq -c '.verificationMaterial = {certificate: {rawBytes: "AAAA"}}' v3-blob-release.json > keyless.json
refused 'a certificate that is none' 65 malformed module.wasm --bundle keyless.json --key release.pub
refused 'Ed25519 that is not pure' 12 unsupported-algorithm changed.wasm --bundle v3-blob-ed25519.json --key ed25519.pub
refused 'SHA-384 from a SHA-256 digest' 12 unsupported-algorithm "$digest" --bundle v3-blob-p384.json --key p384.pub
jq -c '.x = 1' v3-blob-release.json > unknown.json
refused 'an unknown member' 65 malformed module.wasm --bundle unknown.json --key release.pub
sed 's/^{/{"mediaType":"x",/' v3-blob-release.json > twice.json
refused 'a member twice' 65 malformed module.wasm --bundle twice.json --key release.pub
echo '<html></html>' > html.json
refused 'HTML in a file' 65 malformed module.wasm --bundle html.json --key release.pub
: > empty.json
refused 'an empty bundle' 65 malformed module.wasm --bundle empty.json --key release.pub
head -c 9000000 /dev/zero > big.json
refused 'a bundle over the limit' 65 limit module.wasm --bundle big.json --key release.pub

# --- files ---
refused 'no such bundle' 66 no-input module.wasm --bundle no.json --key release.pub
refused 'no such file' 66 no-input no.wasm --bundle v3-blob-release.json --key release.pub
refused 'no such key' 66 no-input module.wasm --bundle v3-blob-release.json --key no.pub
mkfifo fifo
refused 'a FIFO as bundle does not hang' 66 no-input module.wasm --bundle fifo --key release.pub
refused 'a key that is none' 78 config module.wasm --bundle v3-blob-release.json --key v3-blob-release.json
refused 'a private key' 78 config module.wasm --bundle v3-blob-release.json --key release.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 2> /dev/null | openssl pkey -pubout -out rsa1024.pub
refused 'an RSA key of 1024 bits' 78 config module.wasm --bundle v3-blob-release.json --key rsa1024.pub
cp release.pub shared.pub
chmod 666 shared.pub
refused 'a key everybody may write' 78 unsafe-file module.wasm --bundle v3-blob-release.json --key shared.pub
mkdir open
chmod 777 open
cp release.pub open/release.pub
chmod 644 open/release.pub
refused 'a key in a directory everybody may write' 78 unsafe-file module.wasm --bundle v3-blob-release.json --key open/release.pub

# --- which rules judge ---
refused 'a file without a bundle' 64 usage module.wasm --key release.pub
refused 'a reference with a bundle' 64 usage "localhost:5000/fn@$digest" --bundle v3-blob-release.json --key release.pub
refused 'two operands with a bundle' 64 usage module.wasm module.wasm --bundle v3-blob-release.json --key release.pub
refused 'an annotation alone' 64 usage module.wasm --bundle v3-blob-release.json -a env=test
refused 'an annotation without a value' 64 usage module.wasm --bundle v3-blob-release.json --key release.pub -a env
refused 'an annotation that is not signed' 12 annotation-mismatch module.wasm --bundle v3-blob-release.json --key release.pub -a env=test
refused 'two keys: both must have signed' 12 wrong-key module.wasm --bundle v3-blob-release.json --key release.pub --key other.pub
for o in certificate-identity certificate-identity-regexp certificate-oidc-issuer certificate-oidc-issuer-regexp trusted-root; do
	refused "--$o alone names nobody" 64 usage module.wasm --bundle v3-blob-release.json "--$o" x
done
policy() # MATCH KEY [MORE]
{
	printf 'apiVersion: wasmfn/v1\nkind: Policy\ntrust:\n  - match: ["%s"]\n    require: any\n    authorities:\n      - name: release-key\n        keys: [%s/%s]\n%s' \
		"$1" "$T" "$2" "${3:-}"
}
policy '**' release.pub > good.yaml
policy 'ghcr.io/**' release.pub > elsewhere.yaml
policy '**' release.pub "deny: {keys: [\"$id\"]}
" > deny.yaml
run "$WASMFN" verify module.wasm --bundle v3-blob-release.json --policy good.yaml
is_rc 'a policy for everything' 0
like 'the authority has its name' "$out" 'signed by +release-key'
refused 'a policy for a registry' 12 no-policy module.wasm --bundle v3-blob-release.json --policy elsewhere.yaml
refused 'a policy that denies the key' 17 revoked module.wasm --bundle v3-blob-release.json --policy deny.yaml
refused 'a policy and a key: both must pass' 12 wrong-key module.wasm --bundle v3-blob-release.json --policy good.yaml --key other.pub

# --- hostile text stays text ---
jq -c '.messageSignature.messageDigest.algorithm = "\u001b[31mred\u0007"' v3-blob-release.json > escape.json
run "$WASMFN" verify module.wasm --bundle escape.json --key release.pub
is_rc 'an algorithm with an escape sequence' 12
unlike 'no control byte comes out' "$out$err" $'[\001-\010\013-\037]'
like 'it is shown as what it is' "$err" 'x1b\[31mred'

# --- only what is linked is mapped ---
LD_DEBUG=files LD_DEBUG_OUTPUT="$T/ld" "$WASMFN" verify module.wasm --bundle v3-blob-release.json --key release.pub > /dev/null
is 'the loader was watched' "$(cat "$T"/ld.* | grep -c 'calling init: .*libcrypto' | sed 's/[1-9][0-9]*/some/')" some
is 'neither libcurl nor libpq is loaded' "$(cat "$T"/ld.* | grep -E 'lib(curl|pq|ssl|ldap|krb5)[.-]')" ''
is 'nor linked' "$(readelf -dW "$WASMFN" | grep -E 'NEEDED.*lib(curl|pq)')" ''
done_testing
