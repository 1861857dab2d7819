#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# `verify REF`: an artifact that real cosign v2 and v3 signed in every form,
# from a layout, a real registry and the store; policies; what is refused, and
# what is never sent.  Needs scripts/deps (docker-registry).
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
top=$(cd "$(dirname "$0")/../.." && pwd)
WASMFN=$(realpath "${WASMFN:-$top/build/wasmfn}")
data=$top/tests/data
export HOME=$T LC_ALL=C.UTF-8
unset XDG_DATA_HOME
install -m 644 "$data"/keys/*.pub "$data"/bundles/*.pub "$T"
cp -r "$data/bundles/layout" "$T/layout"
cd "$T" || exit 1
digest=$(cat "$data/bundles/layout.digest")
id=sha256:$(openssl pkey -pubin -in release.pub -outform DER | sha256sum | cut -c1-64)
# one store for the layout, another for the registry: a store gives back what
# it knows of an artifact, from wherever it came
store=$T/store
w() { "$WASMFN" --store "$store" "$@"; }
jqr() { jq -r "$@" "$T/out"; }
refused()
{
	local name=$1 code=$2 word=$3
	shift 3
	run w verify --json "$@"
	is_rc "$name: exit $code" "$code"
	is "$name: $word" "$(jqr '[.exit_code, .error.code] | join(" ")')" "$code $word"
}
# every candidate once: form, reason ("counts"), sorted
candidates() { jqr '.candidates | map(.form + " " + (.reason // "counts")) | sort | join(", ")'; }

# --- a layout ---
run w verify --json "oci:layout@$digest" --key release.pub
is_rc 'a layout' 0
is 'every candidate has its say' "$(candidates)" \
	'att-tag unsigned-form, layout counts, layout counts, layout signature-mismatch, layout signature-mismatch, layout wrong-key, layout wrong-key'
is 'the artifact and its module' "$(jqr '.subject.manifest_digest + " " + .subject.module_digest')" \
	"$digest sha256:93a44bbb96c751218e4c00d479e4c14358122a389acca16205b1e4d0dc5f9476"
is 'who signed' "$(jqr '.authorities | map("\(.name) \(.satisfied) \(.key)") | join(",")')" "release.pub true $id"
run "$WASMFN" --store "$T/fresh" --offline verify "oci:layout@$digest" --key release.pub
is_rc 'a layout needs no network: --offline with an empty store' 0
run "$WASMFN" --store "$T/none" --offline verify "oci:nowhere@$digest" --key release.pub
is_rc 'a layout that is not there' 66
nok 'and no store is made for it' test -e "$T/none"
mv layout away
refused 'a layout that is gone is not answered from the store' 66 no-input "oci:layout@$digest" --key release.pub
mv away layout
run w verify "oci:layout:v1" --key other.pub
is_rc 'by tag, another key that signed too' 0
like 'the digest that was judged is shown' "$out" "^verified oci:.*@$digest"
run w verify "oci:layout@$digest" --key p384.pub
is_rc 'P-384 signed with its own hash, which cosign verify refuses' 0
run w verify "oci:layout@$digest" --key release.pub -a env=test
is_rc 'with the annotation that was signed' 0
refused 'with another value' 12 annotation-mismatch "oci:layout@$digest" --key release.pub -a env=prod
refused 'a key that never signed' 12 signature-mismatch "oci:layout@$digest" --key rsa3072.pub
refused 'Ed25519 as cosign writes it' 12 unsupported-algorithm "oci:layout@$digest" --key ed25519.pub
run w verify "oci:layout@$digest" --key release.pub --key other.pub --key p384.pub
is_rc 'three keys, and each signed' 0
refused 'three keys, and one did not' 12 signature-mismatch "oci:layout@$digest" --key release.pub --key rsa3072.pub --key other.pub

# --- policies: match, formats, any, all, atLeast, deny ---
policy() # MATCH RULE-LINES...
{
	printf 'apiVersion: wasmfn/v1\nkind: Policy\ntrust:\n  - match: ["%s"]\n' "$1"
	shift
	printf '    %s\n' "$@"
}
auth() # KEY...
{
	local k

	echo 'authorities:'
	for k in "$@"; do
		printf '      - {name: %s, keys: [%s/%s.pub]}\n' "$k" "$T" "$k"
	done
}
try() # NAME CODE [WORD]: policy.yaml on the layout
{
	if [ "$2" = 0 ]; then
		run w verify --json "oci:layout@$digest" --policy policy.yaml
		is_rc "$1" 0
	else
		refused "$1" "$2" "$3" "oci:layout@$digest" --policy policy.yaml
	fi
}
policy 'oci:**' 'require: any' "$(auth rsa3072 release)" > policy.yaml
try 'any of two' 0
policy 'oci:**' 'require: all' "$(auth other release)" > policy.yaml
try 'all of two' 0
policy 'oci:**' 'require: all' "$(auth rsa3072 release)" > policy.yaml
try 'all of two, one is missing' 12 signature-mismatch
is 'one authority is satisfied' "$(jqr '.authorities | map(.satisfied | tostring) | join(" ")')" 'false true'
policy 'oci:**' 'require: {atLeast: 2}' "$(auth rsa3072 release other)" > policy.yaml
try 'two of three' 0
policy 'oci:**' 'require: {atLeast: 3}' "$(auth rsa3072 release other)" > policy.yaml
try 'three of three, one is missing' 12 signature-mismatch
policy 'oci:**' 'require: any' 'formats: [bundle]' "$(auth p384)" > policy.yaml
try 'only bundles, and the key signed a legacy one' 12 wrong-key
policy 'oci:**' 'require: any' 'formats: [legacy]' "$(auth p384)" > policy.yaml
try 'only legacy ones' 0
policy '**' 'require: any' "$(auth release)" > policy.yaml
try '"**" says nothing of a layout' 12 no-policy
policy 'oci:**' 'require: any' "$(auth release)" > policy.yaml
echo "deny: {manifests: [\"$digest\"]}" >> policy.yaml
try 'a manifest on the deny list' 17 revoked
policy 'oci:**' 'require: any' "$(auth release other)" > policy.yaml
echo "deny: {keys: [\"$id\"]}" >> policy.yaml
try 'a key on the deny list, another signed' 0
policy 'oci:**' 'require: any' "$(auth release)" > policy.yaml
echo "deny: {keys: [\"$id\"]}" >> policy.yaml
try 'a key on the deny list' 17 revoked
policy 'oci:**' 'require: any' "$(auth release)" > policy.yaml
echo 'deny: {modules: ["sha256:93a44bbb96c751218e4c00d479e4c14358122a389acca16205b1e4d0dc5f9476"]}' >> policy.yaml
try 'a module on the deny list' 17 revoked

# --- a real registry ---
while IFS='=' read -r name value; do
	case $name in
	registry) registry=$value ;;
	stop) stop=$value ;;
	esac
done < <("$top/scripts/registry-up")
if [ -z "${registry:-}" ]; then
	fail 'a registry' 'scripts/registry-up failed: run scripts/deps'
	done_testing
fi
at_exit bash -c "$stop"
push() # LAYOUT REPOSITORY: blobs, then manifests by tag and digest
{
	local base=$registry/v2/$2 f h at type tag

	for f in "$1"/blobs/sha256/*; do
		h=${f##*/}
		at=$(curl -si -X POST "$base/blobs/uploads/" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
		curl -sf -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$f" \
			"$at&digest=sha256:$h" > put.log || return 1
	done
	# manifests before the index that lists them
	for f in $(grep -lE '"mediaType": ?"application/vnd.oci.image.(manifest|index)' "$1"/blobs/sha256/* |
		xargs gojq -r '[(if has("manifests") then 1 else 0 end), input_filename] | @tsv' | sort -n | cut -f2); do
		type=$(jq -r .mediaType "$f")
		curl -sf -X PUT -H "Content-Type: $type" --data-binary "@$f" \
			"$base/manifests/sha256:${f##*/}" > put.log || return 1
	done
	jq -r '.manifests[] | [.digest, .mediaType, .annotations["org.opencontainers.image.ref.name"]] | @tsv' "$1/index.json" |
		while IFS=$'\t' read -r h type tag; do
			curl -sf -X PUT -H "Content-Type: $type" --data-binary "@$1/blobs/sha256/${h#sha256:}" \
				"$base/manifests/$tag" > put.log || return 1
		done
}
ok 'the artifact is in the registry' push layout fn/identity
store=$T/store1
ref=$registry/fn/identity@$digest
run w verify --json "$ref" --key release.pub
is_rc 'by digest' 0
is 'legacy by its tag, bundles by the fallback tag' "$(candidates)" \
	'att-tag unsigned-form, bundle-fallback-tag counts, bundle-fallback-tag wrong-key, bundle-fallback-tag wrong-key, sig-tag counts, sig-tag signature-mismatch, sig-tag signature-mismatch'
run w verify "$registry/fn/identity:v1" --key release.pub
is_rc 'by tag' 0
like 'R01: the tag became a digest' "$out" "^verified $registry/fn/identity@$digest"
refused 'verify keeps nothing: offline it is not there' 69 offline --offline "$ref" --key release.pub
run w pull "$ref"
run w --offline verify "$ref" --key release.pub
is_rc 'without network, from the store' 0
run w --offline verify "$digest" --key release.pub
is_rc 'by its digest alone, from the store' 0
refused 'a digest the store does not have' 69 offline \
	sha256:0000000000000000000000000000000000000000000000000000000000000000 --key release.pub
refused 'a digest the registry does not have' 11 not-found \
	"$registry/fn/identity@sha256:0000000000000000000000000000000000000000000000000000000000000000" --key release.pub
policy "$registry/fn/**" 'require: any' "$(auth release)" > policy.yaml
run w verify "$ref" --policy policy.yaml
is_rc 'a policy for that repository' 0
policy "$registry/other/**" 'require: any' "$(auth release)" > policy.yaml
refused 'a policy for another' 12 no-policy "$ref" --policy policy.yaml
# nothing listens on port 1: had anything been sent, it would be 69
refused 'without a rule nothing is sent' 12 no-policy "localhost:1/fn@$digest" --policy policy.yaml
refused 'with one it is' 69 unavailable "localhost:1/fn@$digest" --key release.pub

# the same artifact, unsigned, in another repository
mkdir -p bare/blobs/sha256
jq '.manifests |= .[0:1]' layout/index.json > bare/index.json
cp layout/oci-layout bare/
for h in "${digest#sha256:}" $(jq -r '.config.digest, .layers[].digest | ltrimstr("sha256:")' "layout/blobs/sha256/${digest#sha256:}"); do
	cp "layout/blobs/sha256/$h" bare/blobs/sha256/
done
ok 'unsigned in another repository' push bare fn/bare
run "$WASMFN" --store "$T/store2" verify --json "$registry/fn/bare@$digest" --key release.pub
is_rc 'nothing signs it: 10' 10
is 'and the word' "$(jqr '.error.code, (.candidates | length)' | tr '\n' ' ')" 'no-signature 0 '

# --- several operands ---
run w verify --json "$ref" "oci:layout@$digest" --key release.pub
is_rc 'two that verify' 0
is 'a document each' "$(jqr '.results | map(.exit_code | tostring) | join(" ")')" '0 0'
run w verify --output ndjson "$ref" oci:nowhere:v1 "oci:layout@$digest" --key release.pub
is_rc 'the most severe of three' 66
is 'ndjson: one line each' "$(jq -r .exit_code "$T/out" | tr '\n' ' ')" '0 66 0 '

# --- bytes that were changed ---
cp -r layout broken
chmod -R u+w broken
printf 'x' >> "broken/blobs/sha256/${digest#sha256:}"
refused 'R01: manifest bytes changed in a layout' 16 digest-mismatch "oci:broken@$digest" --key release.pub
rm -rf broken
cp -r layout broken
chmod -R u+w broken
for f in broken/blobs/sha256/*; do
	grep -lqE 'critical|dsseEnvelope' "$f" && printf ' ' >> "$f"
done
run "$WASMFN" --store "$T/store3" verify --json "oci:broken@$digest" --key release.pub
is_rc 'every signature changed: none counts' 16
is 'each says digest-mismatch or that it cannot count' \
	"$(jqr '.candidates | map(select(.verified)) | length')" 0
done_testing
