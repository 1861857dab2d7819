#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Rules of the pull protocol that no scenario of their own shows, each named by
# its id; src/registry/README.md has the whole list.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=$(realpath "${WASMFN:-build/wasmfn}")
export WASMFN_STORE=$T/store HOME=$T/home
mkdir -p "$HOME" "$T/work"
unset XDG_RUNTIME_DIR XDG_CONFIG_HOME DOCKER_CONFIG CREDENTIALS_DIRECTORY

q() { jq -r "$1" "$T/out"; }
b64() { printf %s "$1" | base64 -w0; }
seen() { jq -r "$1" "$fake/log"; }
asked() { seen "select(.origin == $1) | .path" | wc -l; }
pull_fresh() { rm -rf "$WASMFN_STORE"; run "$WASMFN" --json "$@" pull "$ref"; }
# refused NAME CODE WORD: the last run ended so, and nothing was kept
refused()
{
	is "$1" "$rc $(q .error.code)" "$2 $3"
	ok "$1: nothing is kept" test ! -e "$WASMFN_STORE/index.json"
}

small_wasm "$T/m.wasm"
make_layout "$T/layout" "$T/m.wasm" L1
manifest_file=$T/layout/blobs/sha256/${digest#*:}
ok "a scripted registry is up" start_fake --origins 3
good=$registry/fn/a@$digest
ref=$good
M="\"match\":\"/manifests/$digest\"" B="\"match\":\"/blobs/$module\""
plan_is '{}'
pull_fresh
is_rc "while it behaves, pull works" 0
# variant FILTER: the artifact with its manifest changed by jq; sets $ref
variant()
{
	jq -c "$1" "$manifest_file" | tr -d '\n' > "$T/variant"
	ref=$registry/fn/a@$(put_blob "$fake/layout" "$T/variant")
	plan_is '{}'
	pull_fresh
}
# text FILE: the same for what jq cannot write
text()
{
	ref=$registry/fn/a@$(put_blob "$fake/layout" "$1")
	plan_is '{}'
	pull_fresh
}

# --- names
long=$(printf 'a%.0s' {1..256})
absent=sha256:$(printf '0%.0s' {1..64})
plan_is '{}'
for bad in fn/A fn//a fn/../a fn/a/ /fn/a fn/%61 'fn/a b' fn/.a fn/a. fn/a__..b "fn/$long"; do
	run "$WASMFN" --json pull "$registry/$bad@$digest"
	is "R-N1: \"${bad:0:20}\" is refused" "$rc $(q .error.code)" '64 usage'
done
is "R-N1: and nobody is asked" "$(wc -l < "$fake/log")" 0
for host in localhost localhost:5000 '[::1]:5000' 10.0.0.1:5000 a.b; do
	run "$WASMFN" --offline --json pull "$host/x:1@$absent"
	is "R-N2: $host/x is a registry's" "$rc $(q .error.code)" '69 offline'
done
for short in "x:1@$digest" "ns/x:1@$digest" "x@$digest"; do
	run "$WASMFN" --offline --json pull "$short"
	is "R-N2: ${short%@*} has no host: refused" "$rc $(q .error.code)" '64 usage'
done
plan_is '{}'
rm -rf "$WASMFN_STORE"
run "$WASMFN" pull "$registry/fn/a:other@$digest"
is "R-N3: the tag is not sent" "$(seen 'select(.path | test("other")) | .path')" ""
plan_is '{}'
for bad in "sha512:$(printf 'a%.0s' {1..128})" "md5:$(printf 'a%.0s' {1..32})" "sha256:$(printf 'a%.0s' {1..63})" \
	"${digest^^}" "sha256:../../../x" "sha256:$(printf 'A%.0s' {1..64})"; do
	run "$WASMFN" --json pull "$registry/fn/a@$bad"
	is "R-N4, T9: ${bad:0:18} is refused" "$rc $(q .error.code)" '64 usage'
done
is "R-N4, T9: before any request" "$(wc -l < "$fake/log")" 0
other=$T/other.wasm
(cat "$T/m.wasm"; printf '\0\2\1x') > "$other"
first=$digest first_module=$module
make_layout "$T/layout2" "$other" L1
second=$T/layout2/blobs/sha256/${digest#*:}
digest=$first module=$first_module
rules_are "{\"match\":\"/manifests/v1\",\"times\":1,\"file\":\"$manifest_file\"}" "{\"match\":\"/manifests/v1\",\"file\":\"$second\"}"
run "$WASMFN" --json inspect "$registry/fn/a:v1"
is "R-N5, T10: a tag that changes: what was answered first" "$(q .subject.manifest_digest)" "$digest"
is "R-N5: is asked for once" "$(seen 'select(.path | test("manifests/v1")) | .path' | wc -l)" 1

# --- requests
ref=$good
plan_is '{}'
pull_fresh
like "R-H1: User-Agent" "$(seen '.headers["user-agent"]' | sort -u)" '^wasmfn/[0-9.]+$'
is "R-H1, R-D4: HEAD is never content: none is sent" "$(seen .method | sort -u)" GET
for type in vnd.oci.image.manifest.v1 vnd.oci.image.index.v1 vnd.docker.distribution.manifest.v2 vnd.docker.distribution.manifest.list.v2; do
	like "Accept: $type" "$(seen 'select(.path | test("/manifests/sha256:")) | .headers.accept' | head -1)" "application/${type}[+]json"
done
rules_are "{$M,\"body\":\"<!doctype html><title>log in\",\"headers\":{\"Content-Type\":\"text/html; charset=utf-8\"}}"
pull_fresh
refused "R-H2: a login page" 76 protocol
like "R-H2: is called that" "$(q .error.message)" 'not a registry response'
rules_are "{$M,\"status\":500,\"body\":\"{\\\"errors\\\":[{\\\"code\\\":\\\"X\\\",\\\"message\\\":\\\"a\\\\u001b[31mb\\\"}]}\"}"
pull_fresh
unlike "R-H3, T16: no escape sequence of the server's" "$(cat "$T/out" "$T/err")" $'\033'

# --- digests and sizes
rules_are "{$M,\"file\":\"$second\",\"headers\":{\"Docker-Content-Digest\":\"$digest\"}}"
pull_fresh
refused "R-D1, T7: other bytes and a header that vouches for them" 16 digest-mismatch
rules_are "{$B,\"chunked\":true,\"body\":\"$(printf 'x%.0s' {1..1000})\",\"repeat\":100000}"
pull_fresh --stats
refused "R-D2, R-S9, T13: more bytes than declared, length not said" 16 size-mismatch
ok "R-D2: left at once" test "$(grep '^{"requests"' "$T/err" | jq .bytes_in)" -lt 2000000
rules_are "{$B,\"file\":\"$T/m.wasm\",\"length\":99}"
pull_fresh
refused "R-D3: a Content-Length that is not the size" 16 size-mismatch
rules_are "{$M,\"body\":\"\",\"headers\":{\"Docker-Content-Digest\":\"$digest\"}}"
pull_fresh
refused "R-D5: an empty manifest with the right header" 76 protocol
variant '.layers[0].data = "AAAA"'
is_rc "R-D6: data that is not what the digest says" 0
is "R-D6: is not used: the blob is asked for" "$(seen "select(.path | endswith(\"$module\")) | .path" | wc -l)" 1
ok "R-D6: and right" cmp "$T/m.wasm" "$WASMFN_STORE/blobs/sha256/${module#*:}"

# --- manifests
sed 's/"schemaVersion":2/"schemaVersion":2,"schemaVersion":2/' "$manifest_file" > "$T/twice"
text "$T/twice"
refused "R-M1: a key twice" 65 malformed
(cat "$manifest_file"; head -c 4300000 /dev/zero | tr '\0' ' ') > "$T/large"
text "$T/large"
refused "R-M1, R-S10: more than 4 MiB" 65 limit
for f in '. + {manifests: []}' '. + {fsLayers: []}' '. + {history: []}' \
	'.mediaType = "application/vnd.oci.image.index.v1+json"' 'del(.mediaType) | del(.layers)'; do
	variant "$f"
	refused "R-M2, T8: $f" 65 malformed
done
rules_are "{\"match\":\"/manifests/v1\",\"file\":\"$manifest_file\",\"headers\":{\"Content-Type\":\"application/vnd.oci.image.index.v1+json\"}}"
run "$WASMFN" --json inspect "$registry/fn/a:v1"
is "R-M2, T8: by tag, a Content-Type that is not the mediaType" "$rc $(q .error.code)" '65 malformed'
for key in LAYERS Config MediaType schemaversion Subject; do
	variant ". + {\"$key\": null}"
	refused "R-M3: a key $key" 65 malformed
done
for v in 1 '"2"' 3 null; do
	variant ".schemaVersion = $v"
	refused "R-M4: schemaVersion $v" 65 malformed
done
sed 's/"schemaVersion":2/"schemaVersion":2.0/' "$manifest_file" > "$T/real"
text "$T/real"
refused "R-M4: schemaVersion 2.0" 65 malformed
variant '.layers[0].size = -1'
refused "R-M5: a size below zero" 65 malformed
variant '.layers[0].size = "34"'
refused "R-M5: a size that is text" 65 malformed
variant '.layers[0].size = 4611686018427387904'
refused "R-M5, T13: a size of 2^62" 65 limit
sed "s/\"size\":$(stat -c %s "$T/m.wasm")/\"size\":9223372036854775808/" "$manifest_file" > "$T/huge"
text "$T/huge"
is "R-M5: a size of 2^63" "$rc" 65
variant '.layers = [range(501) as $i | .layers[0]]'
is "R-M5: 501 layers" "$rc" 65
variant ".layers[0].urls = [\"http://${origins[1]}/stolen\"]"
is_rc "R-M6, T1: urls in a descriptor" 0
is "R-M6, T1: nobody is asked there" "$(asked 1)" 0

# index of PLATFORM...: sets $ref
entry() { jq -cn --arg d "$digest" --argjson s "$(stat -c %s "$manifest_file")" --argjson e "$1" \
	'{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $d, size: $s} + $e'; }
index()
{
	local IFS=,

	printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[%s]}' "$*" > "$T/index"
	text "$T/index"
}
wasm='{"platform":{"architecture":"wasm","os":"wasip1"}}'
linux='{"digest":"sha256:'$(printf '1%.0s' {1..64})'","platform":{"architecture":"amd64","os":"linux"}}'
unknown='{"digest":"sha256:'$(printf '2%.0s' {1..64})'","platform":{"architecture":"unknown","os":"unknown"}}'
index "$(entry "$linux")" "$(entry "$unknown")" "$(entry "$wasm")"
is_rc "R-M7: an index: the manifest for WASM" 0
is "R-M7: and its module" "$(q .subject.module_digest)" "$module"
index "$(entry "$linux")" "$(entry "$unknown")"
is "R-M7: none for WASM" "$rc" 65
like "R-M7: what there is is named" "$(q .error.hint)" 'linux/amd64'
index "$(entry "$(jq -c '. + {mediaType: "application/vnd.oci.image.index.v1+json"}' <<< "$wasm")")"
isnt "R-M8: a child that is not of the type its parent says" "$rc" 0
ok "R-M8: nothing is kept" test ! -e "$WASMFN_STORE/index.json"

# --- logins
ref=$good
plan_is '{}'
pull_fresh
is "R-A1: a public artifact: no login, no token" "$(seen 'select(.path | startswith("/token")) | .path')" ""
plan_is '{"auth":{"kind":"bearer","token":"anon"}}'
pull_fresh
is_rc "R-A1: 401 with Bearer: an anonymous token" 0
is "R-A1: asked for without a login" "$(seen 'select(.path | startswith("/token")) | .headers.authorization' | sort -u)" null
plan_is '{"auth":{"kind":"basic","user":"bob","password":"gehe1m"}}'
pull_fresh
refused "R-A1: 401 with Basic: a login is needed" 77 auth
export REGISTRY_AUTH_FILE=$T/bob.json
printf '{"auths":{"%s":{"auth":"%s"},"reg.test":{"auth":"%s"}}}' "$registry" "$(b64 bob:falsch)" "$(b64 bob:gehe1m)" > "$T/bob.json"
plan_is '{"auth":{"kind":"bearer","token":"t0ken","user":"bob","password":"gehe1m"}}'
pull_fresh
refused "R-A2: a login that the token server refuses" 77 auth
is "R-A2: is not tried without" "$(seen 'select(.path | startswith("/token")) | .headers.authorization' | sort -u)" "Basic $(b64 bob:falsch)"
printf '{"auths":{"%s":{"auth":"%s"},"reg.test":{"auth":"%s"}}}' "$registry" "$(b64 bob:gehe1m)" "$(b64 bob:gehe1m)" > "$T/bob.json"
for realm in 'http://169.254.169.254/latest' 'https://127.0.0.2.nip.invalid@evil/' 'http://evil.test/token' 'https://localhost.evil.test#x' 'token'; do
	plan_is "{\"auth\":{\"kind\":\"bearer\",\"token\":\"t\",\"realm\":\"$realm\"}}"
	pull_fresh --timeout 5
	refused "R-A3, T4: realm $realm" 76 protocol
	is "R-A3, T4: one request and no login" "$(seen '.headers.authorization')" null
done
A='"auth":{"kind":"bearer","token":"t0ken.x","user":"bob","password":"gehe1m"}'
plan_is "{$A,\"rules\":[{$B,\"origin\":0,\"status\":307,\"headers\":{\"Location\":\"{origin1}/x?X-Amz-Signature=s1gn\"}},
 {\"origin\":1,\"match\":\"^/x\",\"status\":401,\"headers\":{\"WWW-Authenticate\":\"Basic realm=x\"}}]}"
pull_fresh -v -v
refused "R-A4, T5: a challenge from where a redirect leads" 77 auth
is "R-A4, R-A5, T5: the other port sees no login" "$(seen 'select(.origin == 1) | .headers.authorization')" null
is "R-A4: and is asked once" "$(asked 1)" 1
unlike "R-A6, T6: nothing secret at -vv" "$(cat "$T/out" "$T/err")" "gehe1m|t0ken|s1gn|$(b64 bob:gehe1m)"
for t in 'a\r\nX: y' 'a b' '' 'a\u0000b'; do
	plan_is "{$A,\"rules\":[{\"match\":\"^/token\",\"body\":\"{\\\"token\\\":\\\"${t//\\/\\\\}\\\"}\"}]}"
	pull_fresh
	refused "R-A7: a token \"$t\"" 76 protocol
done
for option in --password --username --creds --auth-file --insecure --plain-http; do
	run "$WASMFN" --json pull "$option" x "$ref"
	is "R-A8: $option is no option" "$rc $(q .error.code)" '64 usage'
done

# --- plain http
printf 'apiVersion: wasmfn/v1\nkind: Config\nregistries:\n  reg.test: {plainHttp: true}\n' > "$T/config.yaml"
chmod 644 "$T/config.yaml"
ref=reg.test/fn/a@$digest
plan_is '{}'
http_proxy=http://$registry pull_fresh
is "R-S12: another host is never spoken to in http by itself" "$rc $(wc -l < "$fake/log")" '69 0'
http_proxy=http://$registry pull_fresh --config "$T/config.yaml"
is_rc "R-S12: but where the configuration says so" 0
for kind in basic bearer; do
	plan_is "{\"auth\":{\"kind\":\"$kind\",\"user\":\"bob\",\"password\":\"gehe1m\",\"token\":\"t\",\"realm\":\"http://reg.test/token\"}}"
	http_proxy=http://$registry pull_fresh --config "$T/config.yaml"
	refused "R-S12: no login over it: $kind" 77 auth
	is "R-S12: none was sent: $kind" "$(seen '.headers.authorization // empty')" ""
done
export REGISTRY_AUTH_FILE=$T/no-auth.json

# --- lists
ref=$good
list='{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}'
# link NAME TARGET: the list of referrers goes on there
link()
{
	plan_is "{\"rules\":[{\"match\":\"/referrers/\",\"origin\":0,\"body\":\"$list\",\"headers\":{\"Link\":\"<$2>; rel=\\\"next\\\"\"}}]}"
	pull_fresh
	refused "R-F1: a list that goes on $1" 76 protocol
	is "R-F1: one page was asked for" "$(seen 'select(.path | test("/referrers/")) | .path' | wc -l)" 1
	is "R-F1: and nothing elsewhere" "$(asked 1)" 0
}
link "at another origin" "{origin1}/v2/fn/a/referrers/x"
link "in another repository" "/v2/fn/b/referrers/x"
link "above its own" "/v2/fn/a/referrers/../../../x"
link "with a user" "http://u:p@$registry/v2/fn/a/referrers/x"
plan_is "{\"rules\":[{\"match\":\"/referrers/\",\"body\":\"$list\",\"headers\":{\"Link\":\"</v2/fn/a/referrers/$digest>; rel=next\"}}]}"
pull_fresh
refused "R-F2, T11: a list that leads to itself" 76 protocol
many=$(for i in $(seq 101); do printf '{\\"mediaType\\":\\"application/vnd.oci.image.manifest.v1+json\\",\\"size\\":9,\\"digest\\":\\"sha256:%064x\\",\\"artifactType\\":\\"text/plain\\"},' "$i"; done)
plan_is "{\"rules\":[{\"match\":\"/referrers/\",\"body\":\"${list/\[\]/[${many%,}]}\"}]}"
pull_fresh
is_rc "R-F2: more referrers than are examined" 0
is "R-F2: is told" "$(q '[.candidates[].reason] | @csv')" '"limit"'
plan_is '{}'
pull_fresh
is "R-F4: the fallback tag" "$(seen 'select(.path | test("manifests/sha256-[0-9a-f]*$")) | .path')" "/v2/fn/a/manifests/${digest/:/-}"
plan_is '{"referrers":true}'
pull_fresh
is "R-F4: is not asked for where the API answers" "$(seen 'select(.path | test("manifests/sha256-[0-9a-f]*$")) | .path')" ""

# behind one name: a repository of a registry that has not got the API, and one that has
plan_is '{"referrers":true,"rules":[{"match":"/v2/fn/a/referrers/","status":404,"body":"404 page not found"}]}'
rm -rf "$WASMFN_STORE"
run "$WASMFN" --json verify --key "$ART_TOP/tests/data/keys/release.pub" "$ref" "$registry/fn/b:v1"
is "R-F4: a repository without the API says nothing of another's" \
	"$(seen 'select(.path | test("/referrers/")) | .path' | tr '\n' ' ')" \
	"/v2/fn/a/referrers/$digest /v2/fn/b/referrers/$digest "

# --- redirects
rules_are "{$B,\"status\":307,\"headers\":{\"Location\":\"/v2/fn/a/blobs/$module\"}}"
pull_fresh
refused "R-S1: a redirect to itself" 76 protocol
is "R-S1: ends after five" "$(seen "select(.path | endswith(\"$module\")) | .path" | wc -l)" 6
for to in ftp://x/y file:///etc/passwd "http://u:p@${origins[1]}/x" http://192.0.2.1/x gopher://x; do
	rules_are "{$B,\"status\":302,\"headers\":{\"Location\":\"$to\"}}"
	pull_fresh --timeout 5
	refused "R-S2: a redirect to $to" 76 protocol
done
for encoding in gzip zstd; do
	rules_are "{$B,\"file\":\"$T/m.wasm\",\"headers\":{\"Content-Encoding\":\"$encoding\"}}"
	pull_fresh
	refused "R-S8: Content-Encoding $encoding" 76 protocol
done
is "R-S8: none was asked for" "$(seen '.headers["accept-encoding"] // empty')" ""
# once WHAT RULE [PATH]: a failure that does not come twice
once()
{
	rules_are "{$2,\"times\":1}"
	pull_fresh --no-input
	is_rc "R-S6: $1 once" 0
	is "R-S6: $1: asked again, once" "$(seen 'select(.path | test("/manifests/sha256:")) | .path' | wc -l)" 2
	like "R-S6: $1: and told" "$err" 'trying again in [01]\.[0-9] s'
}
for status in 429 503; do
	once "$status with Retry-After" "$M,\"status\":$status,\"headers\":{\"Retry-After\":\"1\"}"
done
for status in 408 429 500 502 503 504 522; do
	once "$status" "$M,\"status\":$status"
done
once "no answer" "$M,\"drop\":true"
once "half a manifest" "$M,\"file\":\"$manifest_file\",\"cut\":100"
plan_is "{\"auth\":{\"kind\":\"bearer\",\"token\":\"t\"},\"rules\":[{\"match\":\"^/token\",\"times\":1,\"status\":502}]}"
pull_fresh
is_rc "R-S6: a token server's 502 once" 0
is "R-S6: it is asked again, once" "$(seen 'select(.path | startswith("/token")) | .path' | wc -l)" 2
rules_are "{$M,\"status\":503,\"headers\":{\"Retry-After\":\"2\"}}"
pull_fresh --timeout 2
refused "R-S6: no longer than the command may take" 75 try-again
is "R-S6: it does not wait for what comes too late" "$(wc -l < "$fake/log")" 1
rules_are "{$M,\"status\":429,\"headers\":{\"Retry-After\":\"3600\"}}"
pull_fresh
refused "R-S6: an hour is told and not waited for" 75 try-again
rules_are "{$B,\"file\":\"$T/m.wasm\",\"stall\":10}"
pull_fresh --timeout 1
refused "T17, R-S7: a server that stops sending" 75 timeout

# --- T2: the authorities given for a registry are not those of its token server
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=fake \
	-addext subjectAltName=IP:127.0.0.1 -keyout "$T/tls.key" -out "$T/tls.crt" 2> /dev/null
chmod 644 "$T/tls.crt"
cp -r "$T/layout" "$T/keep"
ok "a registry with TLS is up" start_fake --origins 2 --tls "$T/tls.crt" "$T/tls.key"
ref=$registry/fn/a@$digest
printf 'apiVersion: wasmfn/v1\nkind: Config\nregistries:\n  "%s": {ca: %s}\n' "$registry" "$T/tls.crt" > "$T/config.yaml"
printf '{"auths":{"%s":{"auth":"%s"}}}' "$registry" "$(b64 bob:gehe1m)" > "$T/bob.json"
plan_is '{"auth":{"kind":"bearer","token":"t","realm":"{origin1}/token"}}'
REGISTRY_AUTH_FILE=$T/bob.json pull_fresh --config "$T/config.yaml"
refused "T2: a token server that only the registry's authority vouches for" 69 unavailable
is "T2: it got nothing" "$(asked 1)" 0
plan_is '{"auth":{"kind":"bearer","token":"t"}}'
REGISTRY_AUTH_FILE=$T/bob.json pull_fresh --config "$T/config.yaml"
is_rc "T2: (the registry's own is reached)" 0

# --- what a manifest says about files
ok "a scripted registry is up again" start_fake
for title in ../x /etc/x a/b -rf 'x\u0000y' CON .. ''; do
	jq -c --arg t x '.layers[0].annotations = {"org.opencontainers.image.title": $t, "io.deis.oras.content.unpack": "true"}' \
		"$manifest_file" | tr -d '\n' | sed "s|\"org.opencontainers.image.title\":\"x\"|\"org.opencontainers.image.title\":\"${title//\\/\\\\}\"|" > "$T/titled"
	ref=$registry/fn/a@$(put_blob "$fake/layout" "$T/titled")
	rm -rf "$WASMFN_STORE"
	(cd "$T/work" && run "$WASMFN" --json pull "$ref" && printf '%s' "$rc" > "$T/rc")
	like "R-O1, R-O4, T12: title \"$title\"" "$(cat "$T/rc")" "^$([[ "$title" = *u0000* ]] && echo 65 || echo 0)\$"
done
is "R-O1, R-O4, T12: no file has a name from a manifest" "$(ls -A "$T/work"; ls -d "$T/x" /etc/x 2> /dev/null)" ""
ref=$registry/fn/a@$digest
plan_is '{}'
rm -rf "$WASMFN_STORE"
run "$WASMFN" pull -o "$T/work/out.wasm" "$ref"
is_rc "R-O2: a layer without a title" 0
ok "R-O2: is not left out" cmp "$T/m.wasm" "$T/work/out.wasm"
is "R-O3: mode 0644, nothing beside it" "$(stat -c %a "$T/work/out.wasm") $(ls -A "$T/work")" '644 out.wasm'

# --- layouts
jq '.manifests += [.manifests[0] | .annotations["org.opencontainers.image.ref.name"] = "v2" | .digest = "sha256:'"$(printf '3%.0s' {1..64})"'"]' \
	"$T/layout/index.json" > "$T/keep/index.json"
run "$WASMFN" --json inspect "oci:$T/keep"
is "R-X2: several images and no name" "$rc $(q .error.code)" '64 ambiguous'
like "R-X2: names them" "$(q .error.message) $(q .error.hint)" 'v1.*v2'
chmod u+w "$T/keep/blobs/sha256/${module#*:}"
printf X | dd of="$T/keep/blobs/sha256/${module#*:}" conv=notrunc status=none
rm -rf "$WASMFN_STORE"
run "$WASMFN" --json pull "oci:$T/keep@$digest"
refused "R-X3: a layout is checked like a registry" 16 digest-mismatch

# --- the table: each id is in the name of a test in each file
ids=0 bad=''
while IFS='|' read -r _ id _ cells; do
	id=${id// /}
	[[ "$id" =~ ^(R-[A-Z]|T)[0-9]+$ ]] || continue
	ids=$((ids + 1))
	files=$(grep -oE '(cli|unit)/[a-z0-9_-]+' <<< "$cells")
	[ -n "$files" ] || bad="$bad $id"
	for f in $files; do
		grep -qsE "$id([^0-9]|\$)" "$ART_TOP/tests/$f".* || bad="$bad $id:$f"
	done
done < "$ART_TOP/src/registry/README.md"
is "src/registry/README.md: every id has a test of its name" "$bad" ""
is "and none is left out" "$ids" "$((5 + 3 + 6 + 8 + 8 + 6 + 4 + 13 + 4 + 5 + 18))"
done_testing
