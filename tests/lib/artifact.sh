# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034 # results are for who sources it
#
# Artifacts for tests, made by hand, signed by openssl, pushed by skopeo: source it
# after tap.sh.  It must never use the machine's own registry configuration.
#
#   make_layout DIR WASM [L1|L2|L12] [KEY=VALUE...]  a layout with one module,
#       tag "v1", annotations KEY=VALUE; sets $digest (of the manifest) and
#       $module (of the module)
#   start_registry [OPTION...]   scripts/registry-up; sets $registry
#   push DIR REPO:TAG            layout to $registry, unchanged
#   sign REPO[:TAG] [KEY]        a .sig of $digest by that key (default: release);
#       sets $sig_manifest, $sig_layout
#   start_fake, plan_is, rules_are   the scripted registry, see below
#   sign_layout DIR [KEY]        the same into the layout that holds $digest
#   small_wasm FILE              a module with one export, 41 bytes

ART_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export REGISTRY_AUTH_FILE=$T/no-auth.json

small_wasm()
{
	printf '\0asm\1\0\0\0\1\5\1\140\0\1\177\3\2\1\0\7\5\1\1f\0\0\12\6\1\4\0\101\52\13' > "$1"
}

# put_blob DIR FILE: copies it to its place, prints the digest
put_blob()
{
	local hex

	hex=$(sha256sum < "$2")
	hex=${hex%% *}
	cp "$2" "$1/blobs/sha256/$hex"
	printf 'sha256:%s' "$hex"
}

make_layout()
{
	local dir=$1 wasm=$2 layout=${3:-L1} tmp=$1.tmp config_type type=null
	local layer=application/wasm config annotations='{}' kv

	shift 2
	[ $# -eq 0 ] || shift
	for kv in "$@"; do
		annotations=$(jq -c --arg k "${kv%%=*}" --arg v "${kv#*=}" \
			'.[$k] = $v' <<< "$annotations")
	done
	mkdir -p "$dir/blobs/sha256" "$tmp"
	printf '{"imageLayoutVersion":"1.0.0"}' > "$dir/oci-layout"
	printf '{}' > "$tmp/config"
	case $layout in
	L1)
		config_type=application/vnd.wasm.config.v0+json
		printf '{"architecture":"wasm","os":"wasip1"}' > "$tmp/config"
		;;
	L2)
		config_type=application/vnd.wasm.config.v1+json
		layer=application/vnd.wasm.content.layer.v1+wasm
		;;
	L12)
		config_type=application/vnd.oci.empty.v1+json
		type='"application/vnd.wasm.module.v1"'
		;;
	esac
	config=$(put_blob "$dir" "$tmp/config")
	module=$(put_blob "$dir" "$wasm")
	jq -cn --arg ct "$config_type" --arg cd "$config" \
		--argjson cs "$(stat -c %s "$tmp/config")" --arg lt "$layer" \
		--arg ld "$module" --argjson ls "$(stat -c %s "$wasm")" \
		--argjson at "$type" --argjson an "$annotations" '
		{schemaVersion: 2,
		 mediaType: "application/vnd.oci.image.manifest.v1+json",
		 config: {mediaType: $ct, digest: $cd, size: $cs},
		 layers: [{mediaType: $lt, digest: $ld, size: $ls}]}
		+ (if $at then {artifactType: $at} else {} end)
		+ (if $an != {} then {annotations: $an} else {} end)' \
		| tr -d '\n' > "$tmp/manifest"
	digest=$(put_blob "$dir" "$tmp/manifest")
	jq -n --arg d "$digest" --argjson s "$(stat -c %s "$tmp/manifest")" '
		{schemaVersion: 2, manifests: [
		 {mediaType: "application/vnd.oci.image.manifest.v1+json",
		  digest: $d, size: $s,
		  annotations: {"org.opencontainers.image.ref.name": "v1"}}]}' \
		> "$dir/index.json"
	rm -rf "$tmp"
}

start_registry()
{
	local lines

	lines=$("$ART_TOP/scripts/registry-up" "$@") || return
	registry=$(sed -n 's/^registry=//p' <<< "$lines")
	registry_dir=$(sed -n 's/^dir=//p' <<< "$lines")
	registry_log=$(sed -n 's/^log=//p' <<< "$lines")
	at_exit bash -c "$(sed -n 's/^stop=//p' <<< "$lines")"
}

# skopeo with nothing of the machine's but its binary
art_skopeo()
{
	local conf=$T/containers

	if [ ! -d "$conf" ]; then
		mkdir -p "$conf/registries.d" "$conf/tmp"
		printf '{"default":[{"type":"insecureAcceptAnything"}]}' \
			> "$conf/policy.json"
		printf '' > "$conf/registries.conf"
	fi
	CONTAINERS_REGISTRIES_CONF=$conf/registries.conf skopeo \
		--registries.d "$conf/registries.d" --policy "$conf/policy.json" \
		--tmpdir "$conf/tmp" "$@"
}

push()
{
	art_skopeo copy -q --preserve-digests --dest-tls-verify=false \
		${ART_CREDS:+--dest-creds "$ART_CREDS"} \
		"oci:$1:v1" "docker://$registry/$2"
}

# A signature as cosign writes it, by openssl: Debian's skopeo has that part
# switched off.  Built in a layout of its own, $sig_layout, under $sig_tag.
make_signature()
{
	local key=$ART_TOP/tests/data/keys/${2:-release}.pem dir tag payload sig
	local repo=$1 config

	dir=$T/sig.$RANDOM
	mkdir -p "$dir/blobs/sha256"
	printf '{"imageLayoutVersion":"1.0.0"}' > "$dir/oci-layout"
	printf '{"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}' \
		"$repo" "$digest" > "$dir/payload"
	sig=$(openssl dgst -sha256 -sign "$key" "$dir/payload" | base64 -w0)
	payload=$(put_blob "$dir" "$dir/payload")
	printf '{"architecture":"","created":"0001-01-01T00:00:00Z","os":"","rootfs":{"type":"layers","diff_ids":["%s"]},"config":{}}' \
		"$payload" > "$dir/config"
	config=$(put_blob "$dir" "$dir/config")
	jq -cn --arg cd "$config" --argjson cs "$(stat -c %s "$dir/config")" \
		--arg ld "$payload" --argjson ls "$(stat -c %s "$dir/payload")" \
		--arg s "$sig" '
		{schemaVersion: 2,
		 mediaType: "application/vnd.oci.image.manifest.v1+json",
		 config: {mediaType: "application/vnd.oci.image.config.v1+json",
		  digest: $cd, size: $cs},
		 layers: [{mediaType: "application/vnd.dev.cosign.simplesigning.v1+json",
		  digest: $ld, size: $ls,
		  annotations: {"dev.cosignproject.cosign/signature": $s}}]}' \
		| tr -d '\n' > "$dir/manifest"
	tag=${digest/:/-}.sig
	sig_manifest=$(put_blob "$dir" "$dir/manifest")
	jq -n --arg d "$sig_manifest" --arg t "$tag" \
		--argjson s "$(stat -c %s "$dir/manifest")" '
		{schemaVersion: 2, manifests: [
		 {mediaType: "application/vnd.oci.image.manifest.v1+json",
		  digest: $d, size: $s,
		  annotations: {"org.opencontainers.image.ref.name": $t}}]}' \
		> "$dir/index.json"
	sig_layout=$dir
	sig_tag=$tag
}

sign()
{
	make_signature "$registry/${1%:*}" "${2:-release}"
	art_skopeo copy -q --preserve-digests --dest-tls-verify=false \
		${ART_CREDS:+--dest-creds "$ART_CREDS"} \
		"oci:$sig_layout:$sig_tag" "docker://$registry/${1%:*}:$sig_tag"
}

# Into the layout that holds $digest.
sign_layout()
{
	make_signature "$1" "${2:-release}"
	cp "$sig_layout"/blobs/sha256/* "$1/blobs/sha256/"
	jq -s '{schemaVersion: 2, manifests: (.[0].manifests + .[1].manifests)}' \
		"$1/index.json" "$sig_layout/index.json" > "$1/index.json.new"
	mv "$1/index.json.new" "$1/index.json"
}

# curl_blob LAYOUT REPO DIGEST: one blob to $registry
curl_blob()
{
	local at

	at=$(curl -sSf -o /dev/null -D - -X POST "http://$registry/v2/$2/blobs/uploads/" |
		tr -d '\r' | sed -n 's/^[Ll]ocation: //p') || return
	[[ "$at" = http* ]] || at=http://$registry$at
	curl -sSf -X PUT -H 'Content-Type: application/octet-stream' \
		--data-binary "@$1/blobs/sha256/${3#*:}" "$at&digest=$3"
}

# curl_manifest LAYOUT REPO DIGEST NAME: a manifest or an index
curl_manifest()
{
	local file=$1/blobs/sha256/${3#*:}

	curl -sSf -X PUT -H "Content-Type: $(jq -r .mediaType "$file")" \
		--data-binary "@$file" "http://$registry/v2/$2/manifests/$4"
}

# start_fake [OPTION...]: tests/lib/fake_registry.py on a copy of layout DIR;
# sets $fake (its directory), $registry and $origins.  $T/layout must be there.
start_fake()
{
	fake=$T/fake.$RANDOM
	mkdir "$fake"
	cp -r "$T/layout" "$fake/layout"
	/usr/bin/python3 "$ART_TOP/tests/lib/fake_registry.py" "$fake" "$@" \
		2> "$fake/stderr" < /dev/null &
	at_exit kill $!
	wait_for 20 test -e "$fake/ports" || return 1
	mapfile -t origins < "$fake/ports"
	registry=${origins[0]}
}

# plan_is JSON: what the fake does from now on; the log starts anew
plan_is()
{
	printf '%s' "$1" > "$fake/plan.new"
	mv "$fake/plan.new" "$fake/plan"
	: > "$fake/log"
}

# rules_are RULE...: a plan of nothing but rules
rules_are()
{
	local IFS=,

	plan_is "{\"rules\":[$*]}"
}
