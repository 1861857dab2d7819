#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Cases of the public sigstore conformance suite through scripts/sigstore-client,
# each by path and by digest; each refusal with its reason word.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
top=$(cd "$(dirname "$0")/../.." && pwd)
WASMFN=${WASMFN:-build/wasmfn}
case $WASMFN in /*) ;; *) WASMFN=$top/$WASMFN ;; esac
export WASMFN HOME=$T LC_ALL=C.UTF-8
# a checkout may be writable by the group; trust material must not be
cp -r "$top/tests/data/sigstore" "$T/data"
chmod -R go-w "$T/data"
data=$T/data
client=$top/scripts/sigstore-client
identity=https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main
issuer=https://token.actions.githubusercontent.com
export SIGSTORE_TRUSTED_ROOT=$data/public-good-trusted_root.json

# CASE ARTIFACT: sets rc by the client, and word by the program's JSON for
# the same question
ask()
{
	local dir=$data/$1 args root=$SIGSTORE_TRUSTED_ROOT
	args=(--bundle "$dir/bundle.sigstore.json")
	if [ -f "$dir/key.pub" ]; then
		args+=(--key "$dir/key.pub")
	else
		args+=(--certificate-identity "$identity" --certificate-oidc-issuer "$issuer")
	fi
	[ ! -f "$dir/trusted_root.json" ] || root=$dir/trusted_root.json
	word=$("$WASMFN" verify --json "${args[@]}" --trusted-root "$root" "$2" 2> /dev/null |
		jq -r '"\(.exit_code) \(.error.code)"')
	[ "$root" = "$SIGSTORE_TRUSTED_ROOT" ] || args+=(--trusted-root "$root")
	run "$client" verify-bundle "${args[@]}" "$2"
}

# what a refusal must say, case by case
declare -A want=(
	[bundle-malformed-json_fail]='65 malformed'
	[bundle-unknown-version_fail]='12 unsupported-version'
	[dsse-invalid-sig_fail]='12 signature-mismatch'
	[dsse-mismatch-sig_fail]='14 log-proof-mismatch'
	[inclusion-proof-corrupted-hash_fail]='14 log-proof-invalid'
	[intoto-expired-certificate_fail]='14 certificate-time'
	[invalid-ct-key_fail]='14 sct-invalid'
	[managed-key-wrong-key_fail]='78 config' # a point that is not on the curve
	[rekor2-checkpoint-missing-size_fail]='14 checkpoint-invalid'
	[rekor2-no-timestamp_fail]='14 timestamp-missing'
	[rekor2-timestamp-payload-mismatch_fail]='14 timestamp-invalid'
	[set-invalid-signature_fail]='14 log-proof-invalid'
	[trust-root-tlog-missing-validity-start_fail]='78 config'
	[wrong-hashedrekord-artifact_fail]='14 log-proof-mismatch'
)

n=0
for dir in "$data"/*/; do
	name=$(basename "$dir")
	artifact=$dir/artifact
	[ -f "$artifact" ] || artifact=$data/a.txt
	n=$((n + 1))
	for subject in "$artifact" "sha256:$(sha256sum "$artifact" | cut -c1-64)"; do
		how=path
		[ "$subject" = "$artifact" ] || how=digest
		ask "$name" "$subject"
		case $name in
		*_fail)
			if [ -z "${want[$name]-}" ]; then
				fail "$name by $how" "no reason word in the table"
				continue
			fi
			is "$name by $how" "$word" "${want[$name]}"
			is_rc "$name by $how: the client" "${want[$name]% *}"
			;;
		*) is_rc "$name by $how" 0 ;;
		esac
	done
done
is 'every case of the table was there' "$(ls -d "$data"/*_fail | wc -l)" "${#want[@]}"
is 'and those that verify' "$n" 24

# --- the client itself ---
run "$client"
is_rc 'no verb' 64
run "$client" sign-bundle
is_rc 'another verb' 64
run "$client" verify-bundle --bundle x
is_rc 'no artifact' 64
run "$client" verify-bundle --bundle "$data/happy-path-v0.3/bundle.sigstore.json" "$data/a.txt"
is_rc 'neither key nor identity' 64
run "$client" verify-bundle --what x "$data/a.txt"
is_rc 'an unknown option' 64
cd "$data" || exit 1
run "$client" verify-bundle --bundle=happy-path-v0.3/bundle.sigstore.json --certificate-identity="$identity" --certificate-oidc-issuer="$issuer" a.txt
is_rc 'options with =, a bare file name' 0
run "$client" verify-bundle --bundle happy-path-v0.3/bundle.sigstore.json --certificate-identity "$identity-" --certificate-oidc-issuer "$issuer" a.txt
is_rc 'another identity' 13
run "$client" verify-bundle --bundle happy-path-v0.3/bundle.sigstore.json --certificate-identity "$identity" --certificate-oidc-issuer "$issuer/" a.txt
is_rc 'another issuer' 13
run "$client" verify-bundle --bundle happy-path-v0.3/bundle.sigstore.json --certificate-identity "$identity" --certificate-oidc-issuer "$issuer" --trusted-root rekor2-happy-path/trusted_root.json a.txt
is 'another trusted root' "$rc" 14
done_testing
