#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# oci-archive:FILE is what oci: is of the directory in it, with signatures; an
# archive that is none, or could be read in two ways, is refused (R-X1, R-X3,
# R-X4); an index gives the one manifest for WASM (R-M7).
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=${WASMFN:-build/wasmfn}
export WASMFN_STORE=$T/store
q() { jq -r "$1" "$T/out"; }

small_wasm "$T/m.wasm"
make_layout "$T/l" "$T/m.wasm"
pack() { tar -C "$T/l" "${@:2}" -cf "$T/$1" . ; } # NAME [OPTION...]
refused() { # NAME FILE EXIT REASON ERE
	run "$WASMFN" inspect --json "oci-archive:$T/$2:v1"
	is "$1" "$rc $(q .error.code)" "$3 $4"
	like "$1: message" "$(q .error.message)" "$5"
}

for format in gnu pax ustar; do
	pack $format.tar --format=$format
	run "$WASMFN" inspect --json "oci-archive:$T/$format.tar:v1"
	is "by tag, of format $format" "$rc $(q '"\(.subject.manifest_digest) \(.subject.module_digest) \(.module.layout)"')" \
		"0 $digest $module L1"
done
run "$WASMFN" inspect --json "oci-archive:$T/gnu.tar@$digest"
is "by digest" "$rc $(q .subject.ref)" "0 oci-archive:$T/gnu.tar@$digest"
run "$WASMFN" inspect --json "oci-archive:$T/gnu.tar"
is_rc "the only one needs no name" 0
before=$(sha256sum "$T/gnu.tar")
run "$WASMFN" pull --json -o "$T/out.wasm" "oci-archive:$T/gnu.tar@$digest"
is_rc "pull" 0
ok "gives the module" cmp "$T/out.wasm" "$T/m.wasm"
is "and leaves the archive as it was" "$(sha256sum "$T/gnu.tar")" "$before"
if command -v skopeo >/dev/null; then
	art_skopeo copy -q "oci:$T/l:v1" "oci-archive:$T/skopeo.tar:v1" >/dev/null 2>&1
	run "$WASMFN" inspect --json "oci-archive:$T/skopeo.tar:v1"
	is "what skopeo wrote" "$rc $(q .subject.manifest_digest)" "0 $digest"
else
	skip "what skopeo wrote" "skopeo is not installed"
fi

# --- signatures in it
cosign=$ART_TOP/tests/data/bundles/layout
tar -C "$cosign" -cf "$T/signed.tar" .
signed=$(cat "$ART_TOP/tests/data/bundles/layout.digest")
forms() { jq -r '.candidates[].form' "$T/out" | sort | uniq -c | sed 's/^ *//' | paste -sd,; }
run "$WASMFN" --json pull "oci:$cosign@$signed"
want=$(forms)
WASMFN_STORE=$T/store2 run "$WASMFN" --json pull "oci-archive:$T/signed.tar@$signed"
is "the same signatures as in the directory" "$rc $(forms)" "0 $want"

# --- what is none
refused "no such file" none.tar 66 no-input "cannot open the archive"
refused "a directory" l 66 no-input "no regular file"
printf 'text' >"$T/text.tar"
refused "something else" text.tar 65 malformed "ends early"
head -c 2000 /dev/zero | tr '\0' x >"$T/noise.tar"
refused "noise" noise.tar 65 malformed "checksum"
head -c -9000 "$T/gnu.tar" >"$T/cut.tar"
refused "T18: an archive that ends early" cut.tar 65 malformed "ends early"
{ cat "$T/gnu.tar"; printf x; } >"$T/more.tar"
refused "T18: something after its end" more.tar 65 malformed "follows its end"
gzip -nc "$T/gnu.tar" >"$T/packed.tar"
refused "a packed one" packed.tar 65 malformed "archive: "
cp "$T/gnu.tar" "$T/twice.tar"
tar -C "$T/l" -rf "$T/twice.tar" ./index.json
refused "R-X4: a file twice" twice.tar 65 malformed "index.json\" is there twice"
tar -C "$T/l" --exclude ./oci-layout -cf "$T/nolayout.tar" .
refused "no layout" nolayout.tar 65 malformed "no OCI layout"
cp -r "$T/l" "$T/linked"
blob=blobs/sha256/${digest#*:}
mv "$T/linked/$blob" "$T/linked/manifest"
ln -s "../../manifest" "$T/linked/$blob"
tar -C "$T/linked" -cf "$T/linked.tar" .
refused "R-X1: a link in place of a blob" linked.tar 65 malformed "link or a device"
tar -C "$T/l" --transform 's|./index.json|../index.json|' -P -cf "$T/up.tar" .
refused "T12: a name that goes up" up.tar 65 malformed "goes up"
cp -r "$T/l" "$T/changed"
printf x >>"$T/changed/$blob"
tar -C "$T/changed" -cf "$T/changed.tar" .
run "$WASMFN" inspect --json "oci-archive:$T/changed.tar@$digest"
is "R-X3: a blob that was changed" "$rc $(q .error.code)" "16 digest-mismatch"
tar -C "$T/l" --exclude "./$blob" -cf "$T/without.tar" .
run "$WASMFN" inspect --json "oci-archive:$T/without.tar@$digest"
is "a blob that is missing" "$rc $(q .error.code)" "11 not-found"

# --- platforms: index of [{architecture, os}...], each the manifest or another
index() { # NAME PLATFORM...: of the manifest and, from the second on, of a copy
	local name=$1 list='[]' d=$digest size p
	shift
	cp -r "$T/l" "$T/$name"
	size=$(stat -c %s "$T/l/$blob")
	for p in "$@"; do
		list=$(jq -c --arg d "$d" --argjson s "$size" --argjson p "$p" '. + [{
			mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $d, size: $s} +
			(if $p then {platform: $p} else {} end)]' <<<"$list")
		jq -c --arg n "$p" '.annotations.n = $n' "$T/l/$blob" >"$T/copy"
		d=$(put_blob "$T/$name" "$T/copy")
		size=$(stat -c %s "$T/copy")
	done
	jq -cn --argjson l "$list" '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: $l}' >"$T/i"
	d=$(put_blob "$T/$name" "$T/i")
	jq -cn --arg d "$d" --argjson s "$(stat -c %s "$T/i")" '{schemaVersion: 2, manifests: [{mediaType: "application/vnd.oci.image.index.v1+json", digest: $d, size: $s,
		annotations: {"org.opencontainers.image.ref.name": "v1"}}]}' >"$T/$name/index.json"
	tar -C "$T/$name" -cf "$T/$name.tar" .
}
LINUX='{"os":"linux","architecture":"amd64"}'
n=0
for p in '{"os":"wasi","architecture":"wasm"}' '{"os":"wasip1","architecture":"wasm"}' \
	'{"os":"wasi","architecture":"wasm32"}' '{"os":"unknown","architecture":"wasm"}'; do
	n=$((n + 1))
	index "one$n" "$p" "$LINUX"
	run "$WASMFN" inspect --json "oci-archive:$T/one$n.tar:v1"
	is "R-M7: the manifest for $p" "$rc $(q .subject.module_digest)" "0 $module"
done
index first "$LINUX" '{"os":"wasi","architecture":"wasm"}'
run "$WASMFN" inspect --json "oci-archive:$T/first.tar:v1"
is "R-M7: wherever it stands" "$rc $(q .subject.module_digest)" "0 $module"
index two '{"os":"wasi","architecture":"wasm"}' '{"os":"wasip1","architecture":"wasm"}'
refused "R-M7: two of them" two.tar 65 malformed "2 manifests are for WASM, expected one"
like "R-M7: both are named" "$(q .error.hint)" "$digest \(wasi/wasm\), sha256:[0-9a-f]{64} \(wasip1/wasm\)\."
index none "$LINUX"
refused "R-M7: none" none.tar 65 malformed "none of 1 manifests is for WASM"

done_testing
