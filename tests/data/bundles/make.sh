#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Makes the files of this directory anew with real cosign: COSIGN2 and COSIGN3
# name the programs (v2.6.5 and v3.1.3 made what is committed).  Needs
# scripts/deps (the registry), curl, openssl and python3.  Nothing leaves the
# machine: no log, no timestamp authority, a registry on loopback.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
keys=$top/tests/data/keys
: "${COSIGN2:?cosign v2}" "${COSIGN3:?cosign v3}"
export COSIGN_PASSWORD=wasmfn-test
v3=(--use-signing-config=false --tlog-upload=false -y)
v2=(--tlog-upload=false -y)
w=$(mktemp -d)
stop=true
trap '$stop; rm -rf "$w"' EXIT
cd "$w"

key() # NAME OPENSSL-GENPKEY-ARGUMENT...
{
	local name=$1
	shift
	openssl genpkey "$@" -out "$name.pem" 2> /dev/null
	openssl pkey -in "$name.pem" -pubout -out "$here/$name.pub"
	"$COSIGN3" import-key-pair --key "$name.pem" --output-key-prefix "$name" -y > /dev/null 2>&1
}
key p384 -algorithm EC -pkeyopt ec_paramgen_curve:P-384
key p521 -algorithm EC -pkeyopt ec_paramgen_curve:P-521
key rsa3072 -algorithm RSA -pkeyopt rsa_keygen_bits:3072
key ed25519 -algorithm ed25519
cp "$keys/release.key" "$keys/other.key" .

# --- files: the smallest module there is ---
printf '\0asm\1\0\0\0' > module.wasm
cp module.wasm "$here/module.wasm"
for k in release p384 p521 rsa3072 ed25519; do
	"$COSIGN3" sign-blob --key $k.key "${v3[@]}" --bundle "$here/v3-blob-$k.json" module.wasm
done
"$COSIGN2" sign-blob --key release.key "${v2[@]}" --new-bundle-format \
	--bundle "$here/v2-blob-release.json" module.wasm
printf '{"builder":"test"}' > predicate.json
"$COSIGN3" attest-blob --key release.key "${v3[@]}" --predicate predicate.json --type custom \
	--bundle "$here/v3-attest-release.json" module.wasm

# --- an artifact in a registry, signed in every form, copied into a layout ---
while IFS='=' read -r name value; do
	case $name in
	registry) registry=$value ;;
	stop) stop=$value ;;
	esac
done < <("$top/scripts/registry-up")
base=$registry/v2/fn/identity
put()
{
	local at
	at=$(curl -si -X POST "$base/blobs/uploads/" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
	curl -sf -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$1" \
		"$at&digest=sha256:$(sha256sum "$1" | cut -c1-64)" > /dev/null
}
m=$(sha256sum module.wasm | cut -c1-64)
printf '{"created":"2026-11-21T00:00:00Z","architecture":"wasm","os":"wasip1","layerDigests":["sha256:%s"]}' \
	"$m" > config.json
printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.wasm.config.v0+json","digest":"sha256:%s","size":%d},"layers":[{"mediaType":"application/wasm","digest":"sha256:%s","size":8}]}' \
	"$(sha256sum config.json | cut -c1-64)" "$(stat -c %s config.json)" "$m" > manifest.json
put module.wasm
put config.json
curl -sf -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' \
	--data-binary @manifest.json "$base/manifests/v1"
h=$(sha256sum manifest.json | cut -c1-64)
ref=$registry/fn/identity@sha256:$h
"$COSIGN3" sign --key release.key "${v3[@]}" -a env=test "$ref"
"$COSIGN3" sign --key other.key "${v3[@]}" "$ref"
"$COSIGN3" sign --key ed25519.key "${v3[@]}" "$ref"
"$COSIGN2" sign --key release.key "${v2[@]}" -a env=test "$ref"
"$COSIGN2" sign --key other.key "${v2[@]}" "$ref"
"$COSIGN2" sign --key p384.key "${v2[@]}" "$ref"
"$COSIGN2" attest --key release.key "${v2[@]}" --type custom --predicate predicate.json "$ref"
rm -rf "$here/layout"
python3 - "$base" "$h" "$here/layout" << 'END'
import hashlib, json, os, sys, urllib.request
base, h, out = sys.argv[1:]
accept = 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json'
os.makedirs(out + '/blobs/sha256')

def save(path):
    request = urllib.request.Request('http://%s/%s' % (base, path), headers={'Accept': accept})
    data = urllib.request.urlopen(request).read()
    name = hashlib.sha256(data).hexdigest()
    open(out + '/blobs/sha256/' + name, 'wb').write(data)
    return data, name

def manifest(ref):
    data, name = save('manifests/' + ref)
    doc = json.loads(data)
    for d in ([doc['config']] if 'config' in doc else []) + doc.get('layers', []):
        save('blobs/' + d['digest'])
    for d in doc.get('manifests', []):
        manifest(d['digest'])
    return {'mediaType': doc['mediaType'], 'digest': 'sha256:' + name, 'size': len(data)}

entries = []
for tag in ['v1', 'sha256-%s.sig' % h, 'sha256-%s.att' % h, 'sha256-%s' % h]:
    entry = manifest(tag)
    entry['annotations'] = {'org.opencontainers.image.ref.name': tag}
    entries.append(entry)
index = {'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.index.v1+json', 'manifests': entries}
open(out + '/index.json', 'w').write(json.dumps(index, indent=1) + '\n')
open(out + '/oci-layout', 'w').write('{"imageLayoutVersion":"1.0.0"}\n')
END
printf 'sha256:%s\n' "$h" > "$here/layout.digest"
chmod 644 "$here"/*.json
