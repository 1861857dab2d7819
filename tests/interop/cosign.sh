#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Real cosign, v3 and v2, signs with every key type in every form, into a
# registry and into layouts; wasmfn and cosign then judge case by case.  Where
# they differ on purpose the table says why; a difference without a reason
# fails, and so does a reason without a difference.
# Needs Go (else it is skipped by name) and scripts/deps (docker-registry).
# Nothing leaves the machine but the modules' download on the first run.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=$(realpath "${WASMFN:-$ART_TOP/build/wasmfn}")
# shellcheck source=tests/interop/lib.sh
. "$ART_TOP/tests/interop/lib.sh"
need_cosign 3 2
c3=$cache/cosign3 c2=$cache/cosign2
cd "$T" || exit 1
export HOME=$T COSIGN_PASSWORD=x WASMFN_STORE=$T/store LC_ALL=C.UTF-8
ok "a registry" start_registry || done_testing
small_wasm m.wasm
make_layout layout m.wasm L1

key() # NAME OPENSSL-GENPKEY-ARGUMENT...
{
	[ $# -eq 1 ] || openssl genpkey "${@:2}" -out "$1.pem" 2> /dev/null
	openssl pkey -in "$1.pem" -pubout -out "$1.pub"
	chmod 644 "$1.pub"
	"$c3" import-key-pair --key "$1.pem" --output-key-prefix "$1" -y > /dev/null 2>&1
}
keys=(p256 p384 p521 ed25519 rsa2048 rsa3072 rsa4096)
cp "$ART_TOP"/tests/data/keys/rsa{2048,3072,4096}.pem .
for k in p256 p384 p521; do key $k -algorithm EC -pkeyopt "ec_paramgen_curve:P-${k#p}"; done
key ed25519 -algorithm ed25519
key other -algorithm EC -pkeyopt ec_paramgen_curve:P-256
for k in rsa2048 rsa3072 rsa4096; do key $k; done

# v2 wants a trusted root for a bundle, or goes looking for one
printf '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}' > no-root.json
v3=(--use-signing-config=false --tlog-upload=false -y)
v2=(--tlog-upload=false -y)
# Ed25519ph is what cosign writes for Ed25519 keys; OpenSSL has it from 3.2 on.
ph=unsupported-algorithm
[ "$(printf '%s\n' 3.2 "$(openssl version | cut -d' ' -f2)" | sort -V | head -1)" != 3.2 ] || ph=ok

# FORM: how it is made and how cosign is asked
make_form() # VERB FORM KEY REF [OPTION...]
{
	local verb=$1 form=$2 k=$3 r=$4

	shift 4
	case $form in
	v3-bundle) "$c3" "$verb" --key "$k.key" "${v3[@]}" "$@" "$r" ;;
	v3-legacy) "$c3" "$verb" --key "$k.key" "${v3[@]}" --new-bundle-format=false "$@" "$r" ;;
	v2-bundle) "$c2" "$verb" --key "$k.key" "${v2[@]}" --new-bundle-format "$@" "$r" ;;
	v2-legacy) "$c2" "$verb" --key "$k.key" "${v2[@]}" "$@" "$r" ;;
	v2-oci11) COSIGN_EXPERIMENTAL=1 "$c2" "$verb" --key "$k.key" "${v2[@]}" --registry-referrers-mode=oci-1-1 "$@" "$r" ;;
	esac > make.log 2>&1
}
ask_cosign() # VERB FORM KEY REF [OPTION...]: ok or refused
{
	local verb=$1 form=$2 k=$3 r=$4 rc

	shift 4
	case $form in
	v3-*) "$c3" "$verb" --key "$k.pub" --insecure-ignore-tlog "$@" "$r" ;;
	v2-bundle) "$c2" "$verb" --key "$k.pub" --insecure-ignore-tlog --new-bundle-format --trusted-root no-root.json "$@" "$r" ;;
	v2-legacy) "$c2" "$verb" --key "$k.pub" --insecure-ignore-tlog "$@" "$r" ;;
	v2-oci11) COSIGN_EXPERIMENTAL=1 "$c2" "$verb" --key "$k.pub" --insecure-ignore-tlog --experimental-oci11 "$@" "$r" ;;
	esac > cosign.log 2>&1
	rc=$?
	case $rc in 0) echo ok ;; 1|10|11|12) echo refused ;; *) echo "status $rc" ;; esac
}
ask() # OPERAND OPTION...: ok or the reason word
{
	rm -rf "$WASMFN_STORE"
	"$WASMFN" --json verify "$@" > w.out 2> w.err
	local rc=$?

	if [ $rc -eq 0 ]; then echo ok; else jq -r '.error.code // "none"' w.out; fi
}

# case_is NAME COSIGN WASMFN [WHY]: what each said against what is expected.
# $cosign and $ours hold the verdicts.
case_is()
{
	local differ=no

	is "$1" "cosign $cosign, wasmfn $ours" "cosign $2, wasmfn $3"
	[ "$([ "$2" = ok ] && echo ok)" = "$([ "$3" = ok ] && echo ok)" ] || differ=yes
	if [ -n "${4-}" ]; then
		is "$1: differs on purpose: $4" "$differ" yes
	else
		is "$1: both say the same" "$differ" no
	fi
}

own_hash='cosign signs with the hash of the curve and verifies with SHA-256; we try the hash of the curve first'
verify_hash() # FORM KEY: sets what both are expected to say
{
	want_cosign=ok want_ours=ok why=''
	case $2 in
	p384|p521) want_cosign=refused why=$own_hash ;;
	ed25519)
		want_cosign=refused want_ours=$ph
		[ $ph != ok ] || why='cosign signs Ed25519ph and verifies pure Ed25519; we take both'
		;;
	esac
}

# --- signatures, every form and key ---
small_wasm n.wasm
printf '\0\3\1x1' >> n.wasm # a custom section more: another artifact
first=$digest first_module=$module
make_layout layout2 n.wasm L1
second=$digest digest=$first
repo() { printf '%s/fn/%s' "$registry" "$1"; }
for form in v3-bundle v3-legacy v2-bundle v2-legacy v2-oci11; do
	for k in "${keys[@]}"; do
		push layout "fn/$form-$k:v1"
		ref=$(repo "$form-$k")@$first
		ok "$form by $k" make_form sign "$form" "$k" "$ref" -a env=test
		verify_hash "$form" "$k"
		cosign=$(ask_cosign verify "$form" "$k" "$ref") ours=$(ask "$ref" --key "$k.pub")
		case_is "$form by $k" "$want_cosign" "$want_ours" "$why"
	done
done

no_annotations='cosign v2 neither signs nor checks -a in a bundle'

# --- what both refuse: one thing changed in a case that passed ---
retag() # REPO FROM TO: the same manifest under another tag
{
	local at=http://$registry/v2/$1/manifests type

	type=$(curl -sf -o body -w '%{content_type}' -H 'Accept: application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json' "$at/$2") &&
		curl -sf -X PUT -H "Content-Type: $type" --data-binary @body "$at/$3"
}
for form in v3-bundle v3-legacy v2-bundle v2-legacy v2-oci11; do
	ref=$(repo "$form-p256")@$first
	cosign=$(ask_cosign verify "$form" other "$ref") ours=$(ask "$ref" --key other.pub)
	case $form in *-bundle) word=wrong-key ;; *) word=signature-mismatch ;; esac
	case_is "$form, another key" refused $word
	cosign=$(ask_cosign verify "$form" p256 "$ref" -a env=test) ours=$(ask "$ref" --key p256.pub -a env=test)
	case $form in
	v2-bundle) case_is "$form, an annotation that it leaves out" ok annotation-mismatch "$no_annotations" ;;
	*) case_is "$form, the annotation that was signed" ok ok ;;
	esac
	cosign=$(ask_cosign verify "$form" p256 "$ref" -a env=prod) ours=$(ask "$ref" --key p256.pub -a env=prod)
	case $form in
	v2-bundle) case_is "$form, another annotation" ok annotation-mismatch "$no_annotations" ;;
	*) case_is "$form, another annotation" refused annotation-mismatch ;;
	esac
	case $form in *-legacy) tag=.sig ;; *) tag= ;; esac
	push layout2 "fn/$form-p256:v2"
	ok "$form moved to another artifact" retag "fn/$form-p256" "${first/:/-}$tag" "${second/:/-}$tag"
	ref=$(repo "$form-p256")@$second
	cosign=$(ask_cosign verify "$form" p256 "$ref") ours=$(ask "$ref" --key p256.pub)
	case_is "$form moved" refused subject-mismatch
done
push layout fn/none:v1
ref=$(repo none)@$first
cosign=$(ask_cosign verify v3-bundle p256 "$ref") ours=$(ask "$ref" --key p256.pub)
case_is "unsigned" refused no-signature

# --- attestations alone: are they taken for a signature? ---
printf '{"buildDefinition":{"buildType":"x","externalParameters":{"source":"git+https://github.com/org/fn"}},"runDetails":{"builder":{"id":"https://builder.example/b1"}}}' > predicate.json
for form in v3-bundle v3-legacy v2-bundle v2-legacy; do
	push layout "fn/att-$form:v1"
	ref=$(repo "att-$form")@$first
	ok "$form attests" make_form attest "$form" p256 "$ref" --predicate predicate.json --type slsaprovenance1
	cosign=$(ask_cosign verify "$form" p256 "$ref") ours=$(ask "$ref" --key p256.pub)
	case $form in
	*-bundle) case_is "$form, an attestation for a signature" ok predicate-mismatch \
		'cosign takes a bundle of any predicate type for a signature' ;;
	*) case_is "$form, an attestation for a signature" refused no-signature ;;
	esac
done

# --- attestations where they are asked for ---
att_policy() # TYPE
{
	printf 'apiVersion: wasmfn/v1\nkind: Policy\ntrust:\n  - match: ["**"]\n    authorities: [{name: k, keys: [%s/p256.pub]}]\n    attestations: [{predicateType: "%s", authorities: [k]}]\n' "$T" "$1" > policy.yaml
}
for form in v3-bundle v3-legacy v2-bundle v2-legacy; do
	push layout "fn/both-$form:v1"
	ref=$(repo "both-$form")@$first
	ok "$form signs" make_form sign "$form" p256 "$ref"
	ok "$form attests too" make_form attest "$form" p256 "$ref" --predicate predicate.json --type slsaprovenance1
	att_policy https://slsa.dev/provenance/v1
	cosign=$(ask_cosign verify-attestation "$form" p256 "$ref" --type slsaprovenance1) ours=$(ask "$ref" --policy policy.yaml)
	case_is "$form, signature and provenance" ok ok
	att_policy https://spdx.dev/Document
	cosign=$(ask_cosign verify-attestation "$form" p256 "$ref" --type spdxjson) ours=$(ask "$ref" --policy policy.yaml)
	case_is "$form, another type of attestation" refused predicate-mismatch
done

# --- files ---
for k in "${keys[@]}"; do
	"$c3" sign-blob --key "$k.key" "${v3[@]}" --bundle "$k.b3" m.wasm > /dev/null 2>&1
	"$c2" sign-blob --key "$k.key" "${v2[@]}" --new-bundle-format --bundle "$k.b2" m.wasm > /dev/null 2>&1
	for n in 3 2; do
		want_cosign=ok want_ours=ok why='' args=()
		[ $n = 3 ] || args=(--new-bundle-format --trusted-root no-root.json)
		case $n$k in
		3ed25519) want_cosign=refused why='cosign v3 signs files with pure Ed25519 and refuses that itself' ;;
		[23]p384|[23]p521) want_cosign=refused why=$own_hash ;;
		2ed25519)
			nok "v2 signs no file by ed25519" test -e "$k.b2"
			continue
			;;
		esac
		if "$cache/cosign$n" verify-blob --key "$k.pub" --bundle "$k.b$n" --insecure-ignore-tlog "${args[@]}" m.wasm > cosign.log 2>&1; then cosign=ok; else cosign=refused; fi
		ours=$(ask ./m.wasm --key "$k.pub" --bundle "$k.b$n")
		case_is "v$n file by $k" "$want_cosign" "$want_ours" "$why"
	done
done
for n in 3 2; do
	args=()
	[ $n = 3 ] || args=(--new-bundle-format --trusted-root no-root.json)
	if "$cache/cosign$n" verify-blob --key p256.pub --bundle p256.b$n --insecure-ignore-tlog "${args[@]}" n.wasm > cosign.log 2>&1; then cosign=ok; else cosign=refused; fi
	ours=$(ask ./n.wasm --key p256.pub --bundle p256.b$n)
	case_is "v$n, another file" refused digest-mismatch
done

# --- layouts that cosign saved ---
for form in v3-bundle v3-legacy v2-legacy; do
	ref=$(repo "$form-p256")@$first
	mkdir "save-$form"
	ok "$form saved" "$cache/cosign${form:1:1}" save --dir "save-$form" "$ref"
	if "$cache/cosign${form:1:1}" verify --local-image --key p256.pub --insecure-ignore-tlog "save-$form" > cosign.log 2>&1; then cosign=ok; else cosign=refused; fi
	ours=$(ask "oci:save-$form@$first" --key p256.pub)
	case_is "$form saved" ok ok
	f=save-$form/blobs/sha256/${first_module#*:}
	ok "which holds the module" chmod u+w "$f"
	printf 'x' | dd of="$f" bs=1 seek=8 conv=notrunc 2> /dev/null
	if "$cache/cosign${form:1:1}" verify --local-image --key p256.pub --insecure-ignore-tlog "save-$form" > cosign.log 2>&1; then cosign=ok; else cosign=refused; fi
	ours=$(ask "oci:save-$form@$first" --key p256.pub)
	case_is "$form saved, the module replaced" ok digest-mismatch \
		'cosign hashes no layer of a local image'
done
done_testing
