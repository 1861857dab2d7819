#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Mirrors, blocked registries, client certificates and proxies: who is asked,
# in which order, and what each is told.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/forms.sh
. "$(dirname "$0")/../lib/forms.sh"
WASMFN=${WASMFN:-build/wasmfn}
export WASMFN_STORE=$T/store HOME=$T/home
mkdir -p "$HOME"
unset XDG_RUNTIME_DIR XDG_CONFIG_HOME DOCKER_CONFIG

q() { jq -r "$1" "$T/out"; }
b64() { printf %s "$1" | base64 -w0; }
seen() { jq -r "$1" "$fake/log"; }
asked() { seen "select(.origin == $1) | .path" | wc -l; }
# config LINE...: under registries
config()
{
	printf 'apiVersion: wasmfn/v1\nkind: Config\nregistries:\n' > "$T/config.yaml"
	printf '  %s\n' "$@" >> "$T/config.yaml"
	chmod 644 "$T/config.yaml"
}
pull_fresh() { rm -rf "$WASMFN_STORE"; run "$WASMFN" --config "$T/config.yaml" --json "$@" pull "$ref"; }

small_wasm "$T/m.wasm"
make_layout "$T/layout" "$T/m.wasm" L1
sign_layout "$T/layout"
# a signature in each of the places: a tag, a referrer, an attestation's tag
tag=${digest/:/-}
put_index() # a list of that referrer, under the fallback tag
{
	jq -cn --arg t "$FORM_BUNDLE" --arg m "$FORM_MANIFEST" --arg d "$1" \
		--argjson s "$(stat -c %s "$T/layout/blobs/sha256/${1#*:}")" '
		{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json",
		 manifests: [{mediaType: $m, digest: $d, size: $s, artifactType: $t}]}' > "$T/index"
	put_blob "$T/layout" "$T/index"
}
statement "$FORM_SIGN" | bundle release > "$T/bundle"
list_it "$T/layout" "$(put_index "$(put_manifest "$T/layout" "$FORM_BUNDLE" "$T/bundle" null \
	".artifactType = \"$FORM_BUNDLE\" | .subject = $(subject_of "$T/layout")")")" "$tag"
statement https://slsa.dev/provenance/v1 | envelope release > "$T/att"
list_it "$T/layout" "$(put_manifest "$T/layout" "$FORM_DSSE" "$T/att" '{"dev.cosignproject.cosign/signature":""}')" "$tag.att"
tr '\13' '\14' < "$T/m.wasm" > "$T/differs"
printf '{"schemaVersion":2}' > "$T/other"
ok "three registries are up" start_fake --origins 3
# origin 0 is the registry, 1 and 2 are its mirrors
ref=$registry/fn/a@$digest
first=${origins[1]} second=${origins[2]}
config "\"$registry\": {mirrors: [$first/m, $second]}"

# --- the order
plan_is '{}'
pull_fresh
is_rc "a mirror has all of it" 0
is "the first is asked for everything" "$(asked 1)" "$(wc -l < "$fake/log")"
is "below its own path" "$(seen 'select(.path | test("/manifests/sha256:")) | .path' | head -1)" \
	"/v2/m/fn/a/manifests/$digest"
is "the signatures came from it" "$(q '.candidates | length')" 3
is "the reference stays as it was written" "$(q .subject.ref)" "$ref"
run "$WASMFN" --config "$T/config.yaml" --json verify --key "$ART_TOP/tests/data/keys/release.pub" "$ref"
is_rc "and verifies" 0

# mirror NAME RULE: the first mirror does that, and all comes from the second
mirror()
{
	plan_is "{\"rules\":[$2]}"
	pull_fresh
	is_rc "R-S13: $1" 0
	is "R-S13: $1: the next mirror is asked, the registry is not" \
		"$(test "$(asked 2)" -gt 0 && asked 0)" 0
	ok "R-S13: $1: the bytes are right" \
		cmp "$T/m.wasm" "$WASMFN_STORE/blobs/sha256/${module#*:}"
}
M="\"origin\":1,\"match\":\"/manifests/sha256:\"" B="\"origin\":1,\"match\":\"/blobs/$module\""
mirror "404" "{\"origin\":1,\"match\":\"\",\"status\":404}"
mirror "500" "{\"origin\":1,\"match\":\"\",\"status\":500}"
mirror "403" "{\"origin\":1,\"match\":\"\",\"status\":403}"
mirror "no answer" "{\"origin\":1,\"match\":\"\",\"drop\":true}"
is "which is not asked again" "$(asked 1)" 1
mirror "a web page" "{$M,\"body\":\"<html>\",\"headers\":{\"Content-Type\":\"text/html\"}}"
mirror "another manifest" "{$M,\"file\":\"$T/other\",\"headers\":{\"Docker-Content-Digest\":\"$digest\"}}"
like "is told" "$err" "warning: mirror $first: manifest.*hashes to"
mirror "another module" "{$B,\"file\":\"$T/differs\"}"
like "is told too" "$err" "warning: mirror $first: module.*hashes to"
mirror "half a module" "{$B,\"file\":\"$T/m.wasm\",\"cut\":20}"
mirror "no signatures" "{\"origin\":1,\"match\":\"(sig|att|sbom|referrers/.*|sha256-[0-9a-f]*)\$\",\"status\":404}"
is "those of the next count" "$(q '.candidates | length')" 3

rules_are '{"origin":1,"match":"/manifests/sha256:","status":429,"times":1}'
rm -rf "$WASMFN_STORE"
run "$WASMFN" --config "$T/config.yaml" --json verify --key "$ART_TOP/tests/data/keys/release.pub" "$ref" "$first/m/fn/a:v1"
is "a mirror that is asked for itself too is asked" "$(q '[.results[].error.code] | @csv')" ","

# --- place by place: what the mirrors do not have is asked of the registry
config "\"$registry\": {mirrors: [$first/m]}"
# has NAME TAGS: of the signatures the mirror has those under these tags alone
has()
{
	rules_are "{\"origin\":1,\"match\":\"manifests/$tag($2)\$\",\"status\":404}"
	pull_fresh
	is "R-S13: a mirror with $1 alone hides nothing" \
		"$rc $(q '[.candidates[].form] | join(" ")')" "0 sig-tag bundle-fallback-tag att-tag"
	is "R-S13: a mirror with $1 alone is asked for that, the registry for the others" \
		"$(seen 'select(.origin == 0) | .path' | sort | tr '\n' ' ')" "$3"
}
at=/v2/fn/a/manifests/$tag api="/v2/fn/a/referrers/$digest"
has "an attestation" "|\\\\.sig|\\\\.sbom" "$at $at.sig $api "
has "a signature under its tag" "|\\\\.att|\\\\.sbom" "$at $at.att $api "
has "referrers" "\\\\.sig|\\\\.att|\\\\.sbom" "$at.att $at.sig "
rules_are "{\"origin\":1,\"match\":\"manifests/$tag(|.sig|.att)\$\",\"status\":404}" \
	"{\"origin\":1,\"match\":\"manifests/$tag.sbom\",\"file\":\"$T/other\"}"
pull_fresh
is "R-S13: nor one with what signs nothing" "$rc $(q '[.candidates[].form] | sort | join(" ")')" \
	"0 att-tag bundle-fallback-tag sbom-tag sig-tag"
jq -c '.manifests[].artifactType = "application/vnd.oci.empty.v1+json"' "$T/index" > "$T/untyped"
rules_are "{\"origin\":1,\"match\":\"manifests/$tag(.sig|.att)\$\",\"status\":404}" \
	"{\"origin\":1,\"match\":\"manifests/$tag\$\",\"file\":\"$T/untyped\"}"
pull_fresh
is "R-S13: nor one with referrers of no kind" "$(seen 'select(.origin == 0) | .path' | grep -c "$api")" 1
rules_are '{"origin":0,"match":"","status":500}' "{\"origin\":1,\"match\":\"manifests/$tag(|.att)\$\",\"status\":404}"
pull_fresh
is "a signature is enough where the registry does not answer" "$rc $(q '[.candidates[].form] | join(" ")')" "0 sig-tag"
like "which is told" "$err" "warning: $registry: .*what the mirrors have"
rules_are '{"origin":0,"match":"","status":500}' "{\"origin\":1,\"match\":\"manifests/$tag(|.sig)\$\",\"status\":404}"
pull_fresh
is_rc "an attestation is not" 69
config "\"$registry\": {mirrors: [$first/m, $second]}"

# --- what only the registry can say
rules_are '{"origin":1,"match":"","status":404}' '{"origin":2,"match":"","status":404}'
pull_fresh
is_rc "nobody but the registry has it" 0
ok "it is asked last" test "$(asked 0)" -gt 0
rules_are '{"origin":0,"match":"","status":404}' '{"origin":1,"match":"","status":404}' '{"origin":2,"match":"","status":404}'
pull_fresh
is_rc "nobody has it" 11
rules_are '{"origin":0,"match":"","status":500}' '{"match":"(sig|att|sbom|referrers/.*|sha256-[0-9a-f]*)$","status":404}'
pull_fresh
is_rc "that there is no signature is not taken from a mirror" 69
is "and nothing is kept" "$(test -e "$WASMFN_STORE/index.json"; echo $?)" 1
rules_are "{\"origin\":1,\"match\":\"/manifests/v1\",\"file\":\"$T/other\"}"
run "$WASMFN" --config "$T/config.yaml" --json inspect "$registry/fn/a:v1"
is_rc "a tag" 0
is "is asked of the registry alone" "$(seen 'select(.path | test("manifests/v1")) | .origin' | sort -u)" 0
is "and means what it says" "$(q .subject.manifest_digest)" "$digest"

# --- T15: logins
printf '{"auths":{"%s":{"auth":"%s"},"%s":{"auth":"%s"}}}' "$registry" "$(b64 bob:gehe1m)" \
	"$second" "$(b64 mia:mir0r)" > "$T/auth.json"
export REGISTRY_AUTH_FILE=$T/auth.json
basic='{"status":401,"headers":{"WWW-Authenticate":"Basic realm=x"}}'
rules_are "$(jq -c '. + {origin: 1, match: ""}' <<< "$basic")" \
	"$(jq -c '. + {origin: 2, match: "", times: 1}' <<< "$basic")"
pull_fresh -v -v
is_rc "T15: two mirrors that want a login" 0
is "T15: the first, which none is filed under, gets none" \
	"$(seen 'select(.origin == 1) | .headers.authorization' | sort -u)" null
is "T15: the second gets its own" \
	"$(seen 'select(.origin == 2) | .headers.authorization // empty' | sort -u)" "Basic $(b64 mia:mir0r)"
is "T15: the registry is not asked" "$(asked 0)" 0
unlike "T6: -vv shows no secret" "$(cat "$T/out" "$T/err")" "gehe1m|mir0r|$(b64 bob:gehe1m)|$(b64 mia:mir0r)"
rules_are "$(jq -c '. + {origin: 1, match: ""}' <<< "$basic")" \
	'{"origin":2,"match":"","status":404}' "$(jq -c '. + {origin: 0, match: "", times: 1}' <<< "$basic")"
pull_fresh
is_rc "T15: the registry gets the registry's" 0
is "T15: and no mirror does" \
	"$(seen 'select(.headers.authorization) | .origin' | sort -u)" 0
export REGISTRY_AUTH_FILE=$T/no-auth.json

# --- entries for a part
config "\"$registry/fn\": {mirrors: [$second/x]}" "\"$registry\": {mirrors: [$first]}"
plan_is '{}'
pull_fresh
is "the most specific entry's mirrors" "$(seen .path | head -1)" "/v2/x/a/manifests/$digest"
is "and no others" "$(asked 1)" 0
config "\"$registry/fn\": {mirrors: []}" "\"$registry\": {mirrors: [$first]}"
plan_is '{}'
pull_fresh
is "an empty list: none" "$(asked 1)$(asked 2)" 00

# --- blocked
config "\"$registry/fn\": {blocked: true}" "\"$registry/fn/a\": {mirrors: [$first]}"
plan_is '{}'
pull_fresh --stats
is_rc "blocked" 78
is "reason" "$(q .error.code)" blocked
like "names the place in the file" "$(q .error.message)" 'config.yaml:4'
is "no request to anybody, mirrors too" "$(wc -l < "$fake/log")" 0
run "$WASMFN" --config "$T/config.yaml" --json inspect "$registry/fn/a:v1"
is_rc "blocked for a tag too" 78
is "and nobody is asked" "$(wc -l < "$fake/log")" 0
config "\"$registry/other\": {blocked: true}"
pull_fresh
is_rc "another part is not" 0
config "\"$registry/fn\": {blocked: true}"
run "$WASMFN" --config "$T/config.yaml" --json pull "$ref"
is_rc "what the store has is served" 0
config "\"$registry\": {mirrors: [$first, $second]}" "\"$first\": {blocked: true}"
plan_is '{}'
pull_fresh
is_rc "a mirror that is blocked" 0
is "is passed over" "$(asked 1)" 0

# goes NAME RULE...: the blob or the token is elsewhere; $rc and what origin 1 saw
goes()
{
	local name=$1

	shift
	plan_is "{$*}"
	pull_fresh
	is "$name" "$rc $(q .error.code) $(asked 1)" "$want"
}
redirect() { printf '"rules":[{"origin":0,"match":"/blobs/%s","status":307,"headers":{"Location":"%s"}},{"origin":1,"match":"^/x","file":"%s"}]' "$module" "$1" "$T/m.wasm"; }
realm='"auth":{"kind":"bearer","token":"t","realm":"{origin1}/token"}'
want="0 null 1"
config '"bad.example": {blocked: true}'
goes "a redirect to another server is followed" "$(redirect "{origin1}/x")"
goes "and a token asked for there" "$realm"
config "\"$first\": {blocked: true}"
want="78 blocked 0"
goes "a redirect to a blocked one is not" "$(redirect "{origin1}/x")"
like "and names the place in the file" "$(q .error.message)" "redirect from http://$registry: .*config.yaml:4"
goes "nor a token asked for there" "$realm"
is "nor a login sent" "$(seen 'select(.headers.authorization) | .path')" ""
goes "nor where a token server points" '"auth":{"kind":"bearer","token":"t"},"rules":[{"match":"^/token","status":307,"headers":{"Location":"{origin1}/token"}}]'
goes "nor by a way over a third" '"rules":[{"origin":0,"match":"/blobs/","status":307,"headers":{"Location":"{origin2}/y"}},
	{"origin":2,"match":"^/y","status":302,"headers":{"Location":"{origin1}/x"}}]'
config "\"$first/fn\": {blocked: true}"
for to in v2/fn/a/blobs v2/%66n/a v2//fn v2/x/../fn/a fn fn/x?y; do
	goes "a part that is blocked: /$to" "$(redirect "{origin1}/$to")"
done
want="0 null 1"
goes "another part of the same server is not" "$(redirect "{origin1}/x/fn")"

# --- proxies: http in absolute form, and names that only the proxy knows
proxied=reg.test/fn/a@$digest
config '"reg.test": {plainHttp: true}'
ref=$proxied
plan_is '{}'
http_proxy=http://$registry pull_fresh
is_rc "http_proxy" 0
is "takes every request" "$(seen '.path | sub("(?<a>http://[^/]*).*"; "\(.a)")' | sort -u)" http://reg.test
plan_is '{}'
http_proxy=http://$registry NO_PROXY=reg.test pull_fresh
is_rc "NO_PROXY" 69
is "goes around it" "$(wc -l < "$fake/log")" 0
ref=$registry/fn/a@$digest
http_proxy=http://127.0.0.1:1 pull_fresh
is_rc "this machine is spoken to without one" 0
plan_is "{\"auth\":{\"kind\":\"bearer\",\"token\":\"t\",\"realm\":\"http://reg.test/token\"}}"
ref=$proxied
http_proxy=http://$registry pull_fresh
is_rc "with a token" 0
is "the token's request too" "$(seen 'select(.path | test("/token")) | .path | .[0:21]' | sort -u)" http://reg.test/token

# --- client certificates
tls()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
		-subj "/CN=$1" -addext "subjectAltName=IP:127.0.0.1,DNS:reg.test" \
		-keyout "$T/$1.key" -out "$T/$1.crt" 2> /dev/null
	chmod 644 "$T/$1.crt"
}
tls server
tls client
ok "one that wants a certificate" start_fake --origins 2 --tls "$T/server.crt" "$T/server.key" --client-ca "$T/client.crt"
ref=$registry/fn/a@$digest
config "\"$registry\": {ca: $T/server.crt}"
plan_is '{}'
pull_fresh
is_rc "without one" 69
config "\"$registry\": {ca: $T/server.crt, clientCert: $T/client.crt, clientKey: $T/client.key}"
pull_fresh
is_rc "with one" 0
is "it was shown" "$(seen .client | sort -u)" client
plan_is '{"auth":{"kind":"bearer","token":"t"}}'
pull_fresh
is "with a token of the same origin" "$rc $(seen 'select(.path | test("^/token")) | .client')" "0 client"
config "\"$registry\": {ca: $T/server.crt, clientCert: $T/client.crt, clientKey: $T/none.key}"
pull_fresh
is_rc "a key that is not there" 69
ok "another that asks for one and does not insist" start_fake --origins 2 --tls "$T/server.crt" "$T/server.key" --client-ca "$T/client.crt" --client-optional
ref=$registry/fn/a@$digest
config "\"$registry\": {ca: $T/server.crt, clientCert: $T/client.crt, clientKey: $T/client.key}"
rules_are "{\"match\":\"/blobs/$module\",\"origin\":0,\"status\":307,\"headers\":{\"Location\":\"{origin1}/x\"}}" \
	"{\"origin\":1,\"match\":\"^/x\",\"file\":\"$T/m.wasm\"}"
SSL_CERT_FILE=$T/server.crt pull_fresh
is_rc "T5: a redirect to another port" 0
is "T5: where it led saw no certificate" "$(seen 'select(.origin == 1) | .client')" null
is "T5: the registry did" "$(seen 'select(.origin == 0) | .client' | sort -u)" client
plan_is '{"auth":{"kind":"bearer","token":"t","realm":"{origin1}/token"}}'
SSL_CERT_FILE=$T/server.crt pull_fresh
is "T5: nor does a token server at another port see it" "$rc $(seen 'select(.origin == 1) | .client')" "0 null"

# --- https through a proxy
config '"reg.test": {ca: '"$T/server.crt"'}'
ref=$proxied
plan_is '{}'
"$ART_TOP/tests/lib/tunnel.py" "$T/tunnel" "$registry" 2> /dev/null &
at_exit kill $!
ok "a proxy is up" wait_for 20 test -e "$T/tunnel/port"
proxy=http://user:pr0xy@$(cat "$T/tunnel/port")
HTTPS_PROXY=$proxy pull_fresh -v -v
is_rc "HTTPS_PROXY" 0
is "is asked for the registry and nothing else" "$(jq -r .connect "$T/tunnel/log" | sort -u)" reg.test:443
unlike "T6: the proxy's password is not shown" "$(cat "$T/out" "$T/err")" 'pr0xy'
HTTPS_PROXY=$proxy NO_PROXY=.test pull_fresh
is_rc "NO_PROXY with a domain" 69
HTTPS_PROXY=http://127.0.0.1:1 pull_fresh
is_rc "a proxy that is not there" 69
done_testing
