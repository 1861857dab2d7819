#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A policy that demands a signature and provenance: in every form, by whom,
# of which kind, about what, built by which builder from which source
# (R17-R19).  Each refusal changes one thing of what passes first.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/forms.sh
. "$(dirname "$0")/../lib/forms.sh"
WASMFN=$(realpath "${WASMFN:-build/wasmfn}")
export WASMFN_STORE=$T/store HOME=$T LC_ALL=C.UTF-8
install -m 644 "$ART_TOP"/tests/data/keys/{release,other}.pub "$T"
cd "$T" || exit 1
small_wasm m.wasm
make_layout layout m.wasm L12
hex=${digest#sha256:}
cp -r layout plain
ok "a registry" start_fake
l=$fake/layout
ref=$registry/fn/a@$digest
subject=$(subject_of "$l")
q() { jq -r "$1" "$T/out"; }

type=https://slsa.dev/provenance/v1
builder=https://github.com/actions/runner/github-hosted
source=git+https://github.com/org/fn
v1=$(jq -cn --arg b $builder --arg s "$source@refs/heads/main" '{buildDefinition: {buildType: "x",
	externalParameters: {}, resolvedDependencies: [{uri: $s}]}, runDetails: {builder: {id: $b}}}')
v02=$(jq -cn --arg b $builder --arg s "$source@refs/heads/main" '{builder: {id: $b}, buildType: "x",
	invocation: {configSource: {uri: $s}}}')
policy() # TYPE REQUIRE AUTHORITY FORMATS
{
	cat > policy.yaml <<-END
		apiVersion: wasmfn/v1
		kind: Policy
		trust:
		  - match: ["**"]
		    formats: [$4]
		    authorities: [{name: release, keys: [$T/release.pub]}$([ "$3" = release ] || echo ", {name: $3, keys: [$T/$3.pub]}")]
		    attestations:
		      - {predicateType: "$1", authorities: [$3]$([ -z "$2" ] || echo ", require: {$2}")}
	END
}
both="builderId: '$builder', sourceUri: '$source'"
verdict() # online, and out of the store
{
	local one

	rm -rf "$WASMFN_STORE"
	run "$WASMFN" --json verify "$ref" --policy policy.yaml
	one="$rc $(q '.error.code // "ok"')"
	run "$WASMFN" pull "$ref"
	run "$WASMFN" --json --offline verify "$ref" --policy policy.yaml
	[ "$one" = "$rc $(q '.error.code // "ok"')" ] || one="$one, but offline $rc"
	printf '%s' "$one"
}
payload > payload
annotation=$(jq -cn --arg s "$(legacy_sig release payload)" '{"dev.cosignproject.cosign/signature": $s}')
# attested FORM KEY < STATEMENT: the artifact with a signature and that
attested()
{
	rm -rf "$l"
	cp -r plain "$l"
	plan_is '{"referrers":true}'
	case $1 in
	att-tag)
		envelope "$2" > att
		list_it "$l" "$(put_manifest "$l" "$FORM_DSSE" att '{"dev.cosignproject.cosign/signature":""}')" "sha256-$hex.att"
		;;
	att-referrer)
		envelope "$2" > att
		list_it "$l" "$(put_manifest "$l" "$FORM_DSSE" att null ".artifactType = \"application/vnd.in-toto+json\" | .subject = $subject")"
		;;
	bundle-referrer)
		bundle "$2" > att
		list_it "$l" "$(put_manifest "$l" "$FORM_BUNDLE" att null ".artifactType = \"$FORM_BUNDLE\" | .subject = $subject")"
		;;
	esac
	[ -n "${UNSIGNED-}" ] || list_it "$l" "$(put_manifest "$l" "$FORM_SIMPLE" payload "$annotation")" "sha256-$hex.sig"
}
forms=(att-tag att-referrer bundle-referrer)

for form in "${forms[@]}"; do
	policy $type "$both" release "bundle, legacy"
	statement $type "$v1" | attested "$form" release
	is "$form: signature and provenance" "$(verdict)" "0 ok"
	statement $type "$v1" | jq -cj '._type = "https://in-toto.io/Statement/v0.1"' | attested "$form" release
	is "$form: statement v0.1" "$(verdict)" "0 ok"
	statement https://spdx.dev/Document "$v1" | attested "$form" release
	is "R19: $form: another kind of attestation" "$(verdict)" "12 predicate-mismatch"
	statement $type "$v1" | jq -cj '.subject[0].digest.sha256 |= (.[1:] + "0")' | attested "$form" release
	is "R18: $form: about another artifact" "$(verdict)" "12 subject-mismatch"
	statement $type "$v1" | attested "$form" other
	is "R15: $form: by another key" "$(verdict)" "12 $([ "$form" = bundle-referrer ] && echo wrong-key || echo signature-mismatch)"
	statement $type "${v1/hosted/hosted2}" | attested "$form" release
	is "$form: another builder" "$(verdict)" "12 provenance-mismatch"
	statement $type "${v1/org\/fn/org\/fn2}" | attested "$form" release
	is "$form: another source" "$(verdict)" "12 provenance-mismatch"
	statement $type "$(jq -c 'del(.runDetails)' <<< "$v1")" | attested "$form" release
	is "$form: no builder named" "$(verdict)" "12 provenance-mismatch"
	policy $type "" release "bundle, legacy"
	is "$form: which nobody demands here" "$(verdict)" "0 ok"
	statement $type "$v1" | UNSIGNED=1 attested "$form" release
	is "$form: provenance alone is no signature" "$(verdict)" \
		"$([ "$form" = bundle-referrer ] && echo '12 predicate-mismatch' || echo '10 no-signature')"
	policy $type "$both" other "bundle, legacy"
	statement $type "$v1" | attested "$form" other
	is "$form: attested by another authority than signed" "$(verdict)" "0 ok"
	statement $type "$v1" | attested "$form" release
	isnt "$form: not by the one that is not named for it" "$(verdict)" "0 ok"
	policy https://slsa.dev/provenance/v0.2 "$both" release "bundle, legacy"
	statement https://slsa.dev/provenance/v0.2 "$v02" | attested "$form" release
	is "$form: provenance v0.2" "$(verdict)" "0 ok"
	statement https://slsa.dev/provenance/v0.2 "${v02/hosted/hosted2}" | attested "$form" release
	is "$form: v0.2, another builder" "$(verdict)" "12 provenance-mismatch"
done
policy $type "$both" release "bundle, legacy"
statement $type "$v1" | attested none release
is "a signature without provenance" "$(verdict)" "12 predicate-mismatch"
policy $type "$both" release legacy
statement $type "$v1" | attested att-tag release
is "legacy only" "$(verdict)" "0 ok"
statement $type "$v1" | attested bundle-referrer release
isnt "legacy only, and a bundle" "$(verdict)" "0 ok"
done_testing
