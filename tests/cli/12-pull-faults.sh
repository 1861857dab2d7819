#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# pull from registries that lie, stall, point elsewhere or are gone: the right
# exit code, the right reason word, and a store that is as it was.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=${WASMFN:-build/wasmfn}
export WASMFN_STORE=$T/store

q() { jq -r "$1" "$T/out"; }
stat_of() { grep '^{"requests"' "$T/err" | jq ".$1"; }
store_files() { (cd "$WASMFN_STORE" && find . -type f ! -name .lock | LC_ALL=C sort | tr '\n' ' '); }
log_has() { jq -r "$1" "$fake/log" | grep -q .; }
json_str() { command jq -Rsa . < "$1"; }

small_wasm "$T/m.wasm"
make_layout "$T/layout" "$T/m.wasm" L1
manifest_file=$T/layout/blobs/sha256/${digest#*:}
ok "a scripted registry is up" start_fake --origins 3
ref=$registry/fn/a@$digest
M="\"match\":\"/manifests/$digest\""
B="\"match\":\"/blobs/$module\""
hexmodule=${module#*:}

plan_is '{}'
run "$WASMFN" pull "$ref"
is_rc "while it behaves, pull works" 0
rm -rf "$WASMFN_STORE"
run "$WASMFN" pull "oci:$T/none@$digest"
empty=$(store_files)

# fault NAME CODE WORD RULE...: nothing but the rules differs from the above
fault()
{
	local name=$1 code=$2 word=$3

	shift 3
	rules_are "$@"
	run "$WASMFN" --json --stats pull "$ref"
	is_rc "$name: exit code" "$code"
	is "$name: reason" "$(q .error.code)" "$word"
	is "$name: nothing is left" "$(store_files)" "$empty"
}

# --- bytes
printf '{"schemaVersion":2}' > "$T/other"
fault "R01: manifest of another digest" 16 digest-mismatch \
	"{$M,\"file\":\"$T/other\",\"headers\":{\"Content-Type\":\"application/vnd.oci.image.manifest.v1+json\"}}"
fault "R01, T7: and a header that vouches for it" 16 digest-mismatch \
	"{$M,\"file\":\"$T/other\",\"headers\":{\"Docker-Content-Digest\":\"$digest\"}}"
fault "empty manifest" 76 protocol "{$M,\"body\":\"\"}"
head -c 33 "$T/m.wasm" > "$T/short"
fault "blob shorter" 16 size-mismatch "{$B,\"file\":\"$T/short\"}"
(cat "$T/m.wasm"; printf x) > "$T/long"
fault "blob longer" 16 size-mismatch "{$B,\"file\":\"$T/long\"}"
fault "blob longer, its length not said" 16 size-mismatch "{$B,\"file\":\"$T/long\",\"chunked\":true}"
fault "blob shorter, its length not said" 16 size-mismatch "{$B,\"file\":\"$T/short\",\"chunked\":true}"
tr '\13' '\14' < "$T/m.wasm" > "$T/differs"
fault "blob different" 16 digest-mismatch "{$B,\"file\":\"$T/differs\"}"
fault "connection closed in the middle of a blob" 69 unavailable "{$B,\"file\":\"$T/m.wasm\",\"cut\":20}"
fault "connection closed before an answer" 69 unavailable "{$M,\"drop\":true}"
fault "R-S10, T13: a blob without end" 16 size-mismatch \
	"{$B,\"chunked\":true,\"body\":\"$(printf 'x%.0s' {1..1000})\",\"repeat\":200000}"
ok "is left early" test "$(stat_of bytes_in)" -lt 2000000
fault "R-S10, T13: a manifest without end" 65 limit \
	"{$M,\"chunked\":true,\"body\":\"$(printf 'x%.0s' {1..10000})\",\"repeat\":20000}"
ok "is left at its limit" test "$(stat_of bytes_in)" -lt 5000000
fault "headers without end" 65 limit \
	"{$M,\"body\":\"{}\",\"headers\":{\"X-Y\":[$(for _ in {1..40}; do printf '"%s",' "$(printf 'y%.0s' {1..8000})"; done)\"z\"]}}"
fault "Content-Encoding that was not asked for" 76 protocol \
	"{$B,\"file\":\"$T/m.wasm\",\"headers\":{\"Content-Encoding\":\"gzip\"}}"

# --- web pages
fault "R-H2: HTML instead of the manifest" 76 protocol \
	"{$M,\"body\":\"<html>log in</html>\",\"headers\":{\"Content-Type\":\"text/html; charset=utf-8\"}}"
like "is called that" "$(q .error.message)" 'not a registry response'
fault "HTML that calls itself a manifest" 76 protocol \
	"{$M,\"body\":\" <!doctype html>\",\"headers\":{\"Content-Type\":\"application/json\"}}"
fault "HTML instead of the blob" 76 protocol \
	"{$B,\"body\":\"<html></html>\",\"headers\":{\"Content-Type\":\"text/html\"}}"

# --- status
fault "401 without a challenge" 77 auth "{$M,\"status\":401}"
fault "401 that cannot be answered" 77 auth "{$M,\"status\":401,\"headers\":{\"WWW-Authenticate\":\"Negotiate\"}}"
fault "401 that makes no sense" 76 protocol "{$M,\"status\":401,\"headers\":{\"WWW-Authenticate\":\"Bearer realm\"}}"
fault "403" 77 auth "{$M,\"status\":403}"
fault "404" 11 not-found "{$M,\"status\":404}"
fault "404 for the module" 11 not-found "{$B,\"status\":404}"
fault "418" 76 protocol "{$M,\"status\":418}"
fault "500" 69 unavailable "{$M,\"status\":500}"
is "R-S6: is tried four times" "$(wc -l < "$fake/log")" 4
fault "501" 69 unavailable "{$M,\"status\":501}"
is "R-S6: what will be said again is not asked again" "$(wc -l < "$fake/log")" 1
fault "503" 75 try-again "{$M,\"status\":503}"
fault "204" 76 protocol "{$M,\"status\":204}"
fault "206 without having asked" 76 protocol "{$B,\"status\":206,\"file\":\"$T/m.wasm\"}"
fault "429" 75 try-again "{$M,\"status\":429}"
is "is tried four times" "$(wc -l < "$fake/log")" 4
fault "429 that asks for an hour" 75 try-again "{$M,\"status\":429,\"headers\":{\"Retry-After\":\"3600\"}}"
is "is not waited for" "$(wc -l < "$fake/log")" 1
like "and the hint says it" "$(q .error.hint)" '3600 seconds'
rules_are "{$M,\"status\":429,\"headers\":{\"Retry-After\":\"1\"},\"times\":1}"
run "$WASMFN" --json pull "$ref"
is_rc "429 once: the second try works" 0
rm -rf "$WASMFN_STORE"
rules_are "{$M,\"status\":503,\"headers\":{\"Retry-After\":\"$(LC_ALL=C date -u -d '+2 seconds' '+%a, %d %b %Y %H:%M:%S GMT')\"},\"times\":1}"
run "$WASMFN" --json --stats pull "$ref"
is_rc "R-S6: 503 until a date: the second try works" 0
like "and says that it waits" "$err" 'answers 503, trying again in [0-2]\.[0-9] s'
rm -rf "$WASMFN_STORE"
run "$WASMFN" pull "oci:$T/none@$digest"
fault "T16: text of the server" 69 unavailable \
	"{$M,\"status\":500,\"body\":\"{\\\"errors\\\":[{\\\"code\\\":\\\"X\\\",\\\"message\\\":\\\"a\\\\u001b[31mb\\\\u202ec\\\"}]}\"}"
like "is shown" "$(q .error.message)" 'X: a'
like "escaped" "$(q .error.message)" 'a\\x1b\[31mb\\xe2\\x80\\xaec'
run "$WASMFN" pull "$ref"
unlike "on the terminal too" "$err" $'\033'

# --- redirects
other=${origins[1]}
fault "a redirect to itself" 76 protocol "{$M,\"status\":307,\"headers\":{\"Location\":\"/v2/fn/a/manifests/$digest\"}}"
is "ends after five" "$(wc -l < "$fake/log")" 6
fault "a redirect to nowhere" 76 protocol "{$B,\"status\":307}"
fault "R-S2: a redirect to a file" 76 protocol "{$B,\"status\":302,\"headers\":{\"Location\":\"file:///etc/passwd\"}}"
fault "R-S2: a redirect with a user" 76 protocol "{$B,\"status\":302,\"headers\":{\"Location\":\"http://u:p@$other/x\"}}"
fault "a redirect to plain http elsewhere" 76 protocol "{$B,\"status\":302,\"headers\":{\"Location\":\"http://192.0.2.1/x\"}}"
fault "the target refuses" 77 auth "{$B,\"origin\":0,\"status\":307,\"headers\":{\"Location\":\"{origin1}/x?X-Amz-Signature=geheim\"}}" \
	"{\"origin\":1,\"match\":\"^/x\",\"status\":401,\"headers\":{\"WWW-Authenticate\":\"Basic realm=x\"}}"
unlike "T6: no query of a redirect is shown" "$(cat "$T/out" "$T/err")" geheim
rules_are "{$B,\"origin\":0,\"status\":307,\"headers\":{\"Location\":\"{origin1}/x\"}}" \
	"{\"origin\":1,\"match\":\"^/x\",\"file\":\"$T/m.wasm\"}"
run "$WASMFN" pull "$ref"
is_rc "a redirect to a store of blobs is followed" 0
rm -rf "$WASMFN_STORE"
run "$WASMFN" pull "oci:$T/none@$digest"

# --- what the manifest says
# variant FILTER: the artifact with its manifest changed by jq; sets $ref
variant()
{
	local m

	jq -c "$1" "$manifest_file" | tr -d '\n' > "$T/variant"
	m=$(put_blob "$fake/layout" "$T/variant")
	ref=$registry/fn/a@$m
}
variant '.layers[0].urls = ["http://'"$other"'/stolen"]'
plan_is '{}'
run "$WASMFN" pull "$ref"
is_rc "T1: urls in a descriptor are no harm" 0
nok "and nobody is asked there" log_has 'select(.origin == 1) | .path'
rm -rf "$WASMFN_STORE"
run "$WASMFN" pull "oci:$T/none@$digest"
variant '.layers[0].size = 4611686018427387904'
fault "T13: a size of 2^62" 65 limit
variant '.layers[0].size = 35'
fault "a size that is not the blob's" 16 size-mismatch
variant '.layers[0].digest = "sha256:../../../../../../etc/passwd"'
fault "T9: a digest that is a path" 65 malformed
is "T9: is not asked for" "$(wc -l < "$fake/log")" 1
variant '. + {manifests: []}'
fault "T8: manifest and index at once" 65 malformed
variant '. + {LAYERS: []}'
fault "a key in another case" 65 malformed
sed 's/"schemaVersion":2/"schemaVersion":2,"schemaVersion":2/' "$manifest_file" > "$T/variant"
ref=$registry/fn/a@$(put_blob "$fake/layout" "$T/variant")
fault "JSON with a key twice" 65 malformed
variant '.layers += .layers'
fault "two layers" 65 malformed
variant '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: []}'
fault "an index" 65 malformed
ref=$registry/fn/a@$digest
rules_are "{$M,\"file\":\"$manifest_file\",\"headers\":{\"Docker-Content-Digest\":\"sha512:$(printf 'a%.0s' {1..128})\"}}"
run "$WASMFN" pull "$ref"
is_rc "T14: a header of another algorithm changes nothing" 0
rm -rf "$WASMFN_STORE"
run "$WASMFN" pull "oci:$T/none@$digest"

# --- slow
rules_are "{$B,\"file\":\"$T/m.wasm\",\"stall\":20}"
run "$WASMFN" --json --timeout 1 pull "$ref"
is_rc "--timeout while a blob stalls" 75
is "timeout" "$(q .error.code)" timeout
is "nothing is left" "$(store_files)" "$empty"

half_there() { [ "$(cat "$WASMFN_STORE"/.ingest/*/"$hexmodule" 2> /dev/null | wc -c)" = 20 ]; }
start_pull()
{
	"$WASMFN" pull "$ref" > "$T/bg.out" 2> "$T/bg.err" < /dev/null &
	pid=$!
}
rules_are "{$B,\"file\":\"$T/m.wasm\",\"stall\":20}"
start_pull
ok "half a blob is written" wait_for 20 half_there
kill -INT $pid
wait $pid
is "SIGINT: dies of it" $? 130
is "SIGINT: nothing is left" "$(store_files)" "$empty"
start_pull
ok "half a blob is written again" wait_for 20 half_there
kill -KILL $pid
wait $pid 2> /dev/null
is "SIGKILL" $? 137
ok "SIGKILL: no blob and no entry is seen" \
	test ! -e "$WASMFN_STORE/blobs/sha256/$hexmodule" -a ! -e "$WASMFN_STORE/index.json"
left=$(ls "$WASMFN_STORE/.ingest")
start_pull
swept() { [ ! -e "$WASMFN_STORE/.ingest/$left" ]; }
ok "SIGKILL: the next run sweeps what was left" wait_for 20 swept
ok "and has half a blob itself" wait_for 20 half_there
plan_is '{}'
run "$WASMFN" pull "$ref"
is_rc "a run beside it works" 0
is "and leaves alone what is in use" \
	"$(ls "$WASMFN_STORE/.ingest" | wc -l)" 1
kill -INT $pid
wait $pid
is "and is removed by its owner" "$(ls "$WASMFN_STORE/.ingest" | wc -l)" 0
rm -rf "$WASMFN_STORE"
run "$WASMFN" pull "oci:$T/none@$digest"

# --- names
run "$WASMFN" --json pull "no-such-host.invalid/fn/a@$digest"
is_rc "a name that does not resolve" 69
is "unavailable" "$(q .error.code)" unavailable

# --- TLS
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-subj /CN=fake -addext subjectAltName=IP:127.0.0.1 \
	-keyout "$T/tls.key" -out "$T/tls.crt" 2> /dev/null
ok "one with TLS" start_fake --origins 2 --tls "$T/tls.crt" "$T/tls.key"
ref=$registry/fn/a@$digest
fault "a CA that is not known" 69 unavailable
like "is called that" "$(q .error.message)" ertificate
like "and the hint names the setting" "$(q .error.hint)" 'ca'
printf 'apiVersion: wasmfn/v1\nkind: Config\nregistries:\n  "%s": {ca: %s}\n' "$registry" "$T/tls.crt" > "$T/config.yaml"
chmod 644 "$T/config.yaml" "$T/tls.crt"
run "$WASMFN" --config "$T/config.yaml" pull "$ref"
is_rc "with that CA in the configuration it works" 0
rm -rf "$WASMFN_STORE"
run "$WASMFN" pull "oci:$T/none@$digest"
rules_are "{$B,\"origin\":0,\"status\":307,\"headers\":{\"Location\":\"http://$other/x\"}}"
run "$WASMFN" --config "$T/config.yaml" --json pull "$ref"
is_rc "from https to http is never gone" 76
rules_are "{$B,\"origin\":0,\"status\":307,\"headers\":{\"Location\":\"{origin1}/x\"}}" \
	"{\"origin\":1,\"match\":\"^/x\",\"file\":\"$T/m.wasm\"}"
run "$WASMFN" --config "$T/config.yaml" --json pull "$ref"
is_rc "the CA is the registry's alone, not for where it points" 69
printf '  "%s": {ca: %s}\n' "${origins[1]}" "$T/tls.crt" >> "$T/config.yaml"
run "$WASMFN" --config "$T/config.yaml" --json pull "$ref"
is_rc "where it points has an entry of its own" 0
rm -rf "$WASMFN_STORE"
run env SSL_CERT_FILE="$T/tls.crt" "$WASMFN" pull "$ref"
is_rc "SSL_CERT_FILE is for all" 0
done_testing
