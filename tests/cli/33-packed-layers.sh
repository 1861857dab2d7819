#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Modules inside the layers of images and plugins: inspect, check, diff, verify
# and pull see what is inside; what cannot be read is refused by its reason;
# install is not offered what no signature names.  Rules R-X4, R-L2, T13, T18.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=${WASMFN:-build/wasmfn}
export WASMFN_STORE=$T/store
q() { jq -r "$1" "$T/out"; }

IMAGE=application/vnd.oci.image.config.v1+json
LAYER=application/vnd.oci.image.layer.v1.tar
# layout LAYER_FILE TYPE [CONFIG]: an image with that last layer; sets $ref
layout() {
	local dir=$T/layout config=${3:-'{}'} m
	rm -rf "$dir"
	mkdir -p "$dir/blobs/sha256"
	printf '{"imageLayoutVersion":"1.0.0"}' >"$dir/oci-layout"
	printf '%s' "$config" >"$T/config"
	jq -cn --arg it "$IMAGE" --arg ct "$(put_blob "$dir" "$T/config")" --argjson cs "$(stat -c %s "$T/config")" \
		--arg lt "$2" --arg ld "$(put_blob "$dir" "$1")" --argjson ls "$(stat -c %s "$1")" '
		{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
		 config: {mediaType: $it, digest: $ct, size: $cs},
		 layers: [{mediaType: $lt, digest: $ld, size: $ls}]}' >"$T/manifest"
	m=$(put_blob "$dir" "$T/manifest")
	jq -cn --arg d "$m" --argjson s "$(stat -c %s "$T/manifest")" '{schemaVersion: 2,
		manifests: [{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $d, size: $s}]}' >"$dir/index.json"
	ref=oci:$dir@$m
}
refused() { # NAME EXIT REASON ERE: by inspect, of the last layout
	run "$WASMFN" inspect --json "$ref"
	is_rc "$1" "$2"
	is "$1: reason" "$(q .error.code)" "$3"
	like "$1: message" "$(q .error.message)" "$4"
}

mkdir -p "$T/root/app"
small_wasm "$T/root/plugin.wasm"
small_wasm "$T/root/app/x.wasm"
printf '\0\3\1ab' >>"$T/root/app/x.wasm"
plugin=sha256:$(sha256sum "$T/root/plugin.wasm" | cut -d' ' -f1)
tar -C "$T/root" -cf "$T/l.tar" plugin.wasm
gzip -nc "$T/l.tar" >"$T/l.tgz"
zstd -qc "$T/l.tar" >"$T/l.zst"

# --- what is inside
for pack in tar:l.tar tar+gzip:l.tgz tar+zstd:l.zst; do
	layout "$T/${pack#*:}" "${LAYER%tar}${pack%:*}"
	run "$WASMFN" inspect --json "$ref"
	is_rc "inspect of ${pack%:*}" 0
	is "${pack%:*}: the module and its own digest" \
		"$(q '"\(.subject.module_digest) \(.module.layout) \(.module.exports[0].name)"')" "$plugin L9 f"
done
run "$WASMFN" pull --json -o "$T/pulled.wasm" "$ref"
is_rc "pull" 0
is "pull says the module's digest and size" "$(q '"\(.subject.module_digest) \(.module.size)"')" "$plugin 34"
ok "and writes the module" cmp "$T/pulled.wasm" "$T/root/plugin.wasm"
ok "the store keeps the layer as it is" cmp "$T/store/blobs/sha256/$(sha256sum "$T/l.zst" | cut -d' ' -f1)" "$T/l.zst"
run "$WASMFN" check --json "$ref"
is_rc "check judges what is inside" 0
run "$WASMFN" diff --json "$T/root/plugin.wasm" "$ref"
is "diff compares it" "$(q .identical)" true
IMAGE=application/vnd.docker.container.image.v1+json layout "$T/l.tgz" application/vnd.docker.image.rootfs.diff.tar.gzip
run "$WASMFN" inspect --json "$ref"
is "a Docker image" "$(q .module.layout)" L5

# --- which file
tar -C "$T/root" -czf "$T/two.tgz" plugin.wasm app/x.wasm
layout "$T/two.tgz" $LAYER+gzip '{"config":{"Entrypoint":["/app/x.wasm"]}}'
run "$WASMFN" inspect --json "$ref"
is_rc "what the image runs" 0
is "is what is looked at" "$(q '.module.size')" "$(stat -c %s "$T/root/app/x.wasm")"
layout "$T/two.tgz" $LAYER+gzip '{"config":{"Entrypoint":["/bin/sh"]}}'
run "$WASMFN" inspect --json "$ref"
is "else plugin.wasm" "$(q '.module.size')" 34
layout "$T/two.tgz" $LAYER+gzip '{"config":{"Entrypoint":["/y.wasm"]}}'
refused "an image that runs what it has not" 65 malformed "layout L9: archive: no file y.wasm among 2 entries"
layout "$T/two.tgz" $LAYER+gzip 'no JSON'
refused "an image whose config is none" 65 malformed "config:1:2: not JSON"

# --- what tar writes
long=$(printf 'd%.0s' {1..90})
mkdir -p "$T/deep/$long/$long"
cp "$T/root/plugin.wasm" "$T/deep/$long/$long/"
for format in gnu pax ustar v7; do
	tar -C "$T/deep" --format=$format -czf "$T/deep.tgz" "$long" 2>/dev/null ||
		tar -C "$T/root" --format=$format -czf "$T/deep.tgz" plugin.wasm
	layout "$T/deep.tgz" $LAYER+gzip
	run "$WASMFN" inspect --json "$ref"
	is "an archive of format $format" "$(q .subject.module_digest)" "$plugin"
done

# --- what is no such layer
layout "$T/l.tar" $LAYER+gzip
refused "a layer that says gzip and is none" 65 malformed "gzip: "
layout "$T/l.tgz" $LAYER+zstd
refused "a layer that says zstd and is none" 65 malformed "zstd: "
layout "$T/l.tgz" $LAYER
refused "a layer that says nothing and is packed" 65 malformed "archive: "
head -c -1 "$T/l.tgz" >"$T/cut.tgz"
layout "$T/cut.tgz" $LAYER+gzip
refused "T18: a gzip that ends early" 65 malformed "gzip: ends early"
head -c -1 "$T/l.zst" >"$T/cut.zst"
layout "$T/cut.zst" $LAYER+zstd
refused "T18: a zstd that ends early" 65 malformed "zstd: ends early"
cat "$T/l.tgz" "$T/l.tgz" >"$T/twice.tgz"
layout "$T/twice.tgz" $LAYER+gzip
refused "T18: a second gzip stream" 65 malformed "gzip: something follows"
cat "$T/l.zst" "$T/l.zst" >"$T/twice.zst"
layout "$T/twice.zst" $LAYER+zstd
refused "T18: a second zstd frame" 65 malformed "zstd: something follows"
{ cat "$T/l.tgz"; printf x; } >"$T/more.tgz"
layout "$T/more.tgz" $LAYER+gzip
refused "T18: a byte after the end" 65 malformed "gzip: something follows"
printf 'text\n' >"$T/root/plugin.txt"
tar -C "$T/root" --transform s/txt/wasm/ -czf "$T/text.tgz" plugin.txt
layout "$T/text.tgz" $LAYER+gzip
refused "a file that is no module" 65 malformed "shorter than the eight bytes"
ln -s app/x.wasm "$T/root/link.wasm"
tar -C "$T/root" --transform s/link/plugin/S -czf "$T/link.tgz" link.wasm app/x.wasm
layout "$T/link.tgz" $LAYER+gzip
refused "R-X4: a link" 65 malformed "no regular file"
truncate -s 1G "$T/holes"
tar -C "$T" --format=gnu -S -czf "$T/sparse.tgz" holes
layout "$T/sparse.tgz" $LAYER+gzip
refused "R-X4: a sparse file" 65 malformed "unknown kind of entry 0x53"

gzip -nc "$T/root/plugin.wasm" >"$T/raw.gz"
IMAGE=application/vnd.wasm.config.v0+json layout "$T/raw.gz" application/wasm
refused "a module that is packed and says it is not" 65 malformed "gzip"
zstd -qc "$T/root/plugin.wasm" >"$T/raw.zst"
IMAGE=application/vnd.wasm.config.v0+json layout "$T/raw.zst" application/wasm
refused "by zstd too" 65 malformed "zstd"
echo '(module)' >"$T/raw.wat"
IMAGE=application/vnd.wasm.config.v0+json layout "$T/raw.wat" application/wasm
refused "the text format" 65 malformed "text format"

# --- bombs: within 200 MB of address space, of which a sanitizer takes more
most=200000
[ -z "${ASAN_OPTIONS:-}" ] || most=unlimited
bomb() { # NAME ERE
	(ulimit -v "$most"; exec "$WASMFN" inspect --json "$ref") >"$T/out" 2>"$T/err"
	is "T13: $1 is refused" "$? $(q .error.code)" "65 limit"
	like "T13: $1: message" "$(q .error.message)" "$2"
}
truncate -s 300M "$T/zeros"
tar -C "$T" -c zeros | gzip -1 >"$T/bomb.tgz"
layout "$T/bomb.tgz" $LAYER+gzip
bomb "a gzip of zeros" "more than 200 times its size"
tar -C "$T" -c zeros | zstd -q >"$T/bomb.zst"
layout "$T/bomb.zst" $LAYER+zstd
bomb "a zstd of zeros" "more than 200 times its size"
head -c 20000000 /dev/urandom | zstd -q --long=27 >"$T/window.zst"
layout "$T/window.zst" $LAYER+zstd
refused "T13: a window of more than 8 MiB" 65 malformed "zstd: Frame requires too much memory"
truncate -s 33M "$T/root/big.wasm"
tar -C "$T/root" --transform s/big/plugin/ -cf "$T/big.tar" big.wasm
layout "$T/big.tar" $LAYER
bomb "a module past the limit" "34603008 bytes, the limit is 33554432"

# --- the layer is still bound to the manifest
layout "$T/l.tgz" $LAYER+gzip
printf 'x' >>"$T/layout/blobs/sha256/$(sha256sum "$T/l.tgz" | cut -d' ' -f1)"
rm -rf "$T/store"
run "$WASMFN" inspect --json "$ref"
is "a layer that was changed" "$rc $(q .error.code)" "16 size-mismatch"


# --- a deny list names the module, not what it is packed in
layout "$T/l.tgz" $LAYER+gzip
digest=${ref##*@}
sign_layout "$T/layout"
policy() { # DENIED: a policy by which the layout verifies, but for that
	printf 'apiVersion: wasmfn/v1\nkind: Policy\ntrust:\n  - match: ["oci:**", "**"]\n    require: any\n    authorities:\n      - {name: release, keys: [%s]}\ndeny: {modules: ["%s"]}\n' \
		"$ART_TOP/tests/data/keys/release.pub" "$1" >"$T/policy.yaml"
}
verify() { run "$WASMFN" --json verify --policy "$T/policy.yaml" "$ref"; }
policy "sha256:$(printf other | sha256sum | cut -d' ' -f1)"
rm -rf "$T/store"
verify
is "verify by a list that names another module" "$rc $(q .subject.module_digest)" "0 $plugin"
policy "$plugin"
verify
is "verify of a module that is on it" "$rc $(q .error.code) $(q '.candidates | length')" "17 revoked 1"
like "names the module" "$(q .error.message)" "module $plugin is on the deny list"
ok "a registry is up" start_fake
ref=$registry/fn/a@$digest
rm -rf "$T/store"
verify
is "verify of it at a registry" "$rc $(q .error.code)" "17 revoked"
is "stores nothing" "$(test -e "$T/store"; echo $?)" 1
layout "$T/cut.tgz" $LAYER+gzip
digest=${ref##*@}
sign_layout "$T/layout"
verify
is "one that cannot be taken out is not known to be another" "$rc $(q .error.code)" "65 malformed"

done_testing
