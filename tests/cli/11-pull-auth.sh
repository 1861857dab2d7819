#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Logins: basic on a real registry, bearer from a scripted one, and to whom a
# secret is never sent.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=${WASMFN:-build/wasmfn}
export WASMFN_STORE=$T/store HOME=$T/home
mkdir -p "$HOME"
unset XDG_RUNTIME_DIR XDG_CONFIG_HOME DOCKER_CONFIG REGISTRY_AUTH_FILE

q() { jq -r "$1" "$T/out"; }
b64() { printf %s "$1" | base64 -w0; }
auths() { printf '{"auths":{"%s":{"auth":"%s"}}}' "$1" "$(b64 "$2")"; }
seen() { jq -r "$1" "$fake/log"; }
# pull_fresh: with an empty store
pull_fresh() { rm -rf "$WASMFN_STORE"; run "$WASMFN" --json "$@" pull "$ref"; }

small_wasm "$T/m.wasm"
make_layout "$T/layout" "$T/m.wasm" L1

# --- basic, a real registry
ok "a registry with users is up" start_registry --auth htpasswd --user alice:s3cret:x
ART_CREDS=alice:s3cret:x
ok "an artifact is pushed" push "$T/layout" fn/a:v1
ref=$registry/fn/a@$digest
pull_fresh
is_rc "without a login" 77
is "reason" "$(q .error.code)" auth
like "the hint names a way" "$(q .error.hint)" 'podman login'
auths "$registry" alice:wrong > "$T/wrong.json"
REGISTRY_AUTH_FILE=$T/wrong.json pull_fresh
is_rc "a wrong password" 77
like "names the file the login is from" "$(q .error.message)" 'wrong.json'
unlike "and not the password" "$(cat "$T/out" "$T/err")" wrong$
auths "$registry" alice:s3cret:x > "$T/right.json"
REGISTRY_AUTH_FILE=$T/right.json pull_fresh
is_rc "REGISTRY_AUTH_FILE" 0

# the search order: each place beats those after it, which hold a wrong one
mkdir -p "$HOME/.docker" "$T/run/containers" "$T/conf/containers" "$T/dc" "$HOME/.config/containers"
place()
{
	local name=$1 file=$2

	shift 2
	cp "$T/right.json" "$file"
	rm -rf "$WASMFN_STORE"
	run env "$@" "$WASMFN" pull "$ref"
	is_rc "R-C1: $name" 0
	cp "$T/wrong.json" "$file"
	rm -rf "$WASMFN_STORE"
	run env "$@" "$WASMFN" pull "$ref"
	is_rc "$name is the one that was read" 77
}
place "docker's file at home" "$HOME/.docker/config.json"
place "podman's file at home" "$HOME/.config/containers/auth.json"
place "XDG_CONFIG_HOME" "$T/conf/containers/auth.json" "XDG_CONFIG_HOME=$T/conf"
place "XDG_RUNTIME_DIR" "$T/run/containers/auth.json" "XDG_RUNTIME_DIR=$T/run" "XDG_CONFIG_HOME=$T/conf"
place "DOCKER_CONFIG" "$T/dc/config.json" "DOCKER_CONFIG=$T/dc" "XDG_RUNTIME_DIR=$T/run"
rm -rf "$HOME"/.docker "$HOME"/.config
printf '{"%s":{"auth":"%s"}}' "$registry" "$(b64 alice:s3cret:x)" > "$HOME/.dockercfg"
pull_fresh
is_rc "docker's oldest file" 0
rm "$HOME/.dockercfg"
auths "${registry%:*}" alice:s3cret:x > "$T/port.json"
REGISTRY_AUTH_FILE=$T/port.json pull_fresh
is_rc "a login for the host is none for host:port" 77
printf '{"auths":{"%s":{"auth":geheim' "$registry" > "$T/broken.json"
REGISTRY_AUTH_FILE=$T/broken.json pull_fresh
is_rc "a broken file" 65
like "is named" "$(q .error.message)" 'broken.json'
unlike "and not quoted" "$(cat "$T/out" "$T/err")" geheim
printf '{"credHelpers":{"%s":"ecr-login"}}' "$registry" > "$T/helper.json"
REGISTRY_AUTH_FILE=$T/helper.json pull_fresh
is_rc "a login that a helper has" 77
like "names the helper" "$(q .error.message)" 'ecr-login'
printf '{"credHelpers":{"other.example":"ecr-login"},"auths":{"%s":{"auth":"%s"}}}' \
	"$registry" "$(b64 alice:s3cret:x)" > "$T/helper.json"
REGISTRY_AUTH_FILE=$T/helper.json pull_fresh
is_rc "another host's helper is no matter" 0
export REGISTRY_AUTH_FILE=$T/right.json
pull_fresh -v -v
unlike "-vv shows no secret" "$(cat "$T/out" "$T/err")" "s3cret|$(b64 alice:s3cret:x)"

# --- bearer, scripted
ok "a scripted registry is up" start_fake --origins 3
ref=$registry/fn/a@$digest
auths "$registry" bob:gehe1m > "$T/bob.json"
export REGISTRY_AUTH_FILE=$T/bob.json
B=$(printf '"kind":"bearer","token":"t0ken.value","user":"bob","password":"gehe1m"')
plan_is "{\"auth\":{$B}}"
pull_fresh -v -v
is_rc "a token for a login" 0
is "asked for once" "$(seen 'select(.path | startswith("/token")) | .method')" GET
is "for pulling from this repository, whatever the challenge offers" \
	"$(seen 'select(.path | startswith("/token")) | .path')" \
	"/token?service=fake%2C%20inc&scope=repository%3Afn%2Fa%3Apull"
is "the first request goes without" "$(seen '.headers.authorization' | head -1)" null
is "the login goes to the realm and nowhere else" \
	"$(seen 'select(.headers.authorization // "" | startswith("Basic")) | .path | sub("[?].*"; "")' | sort -u)" /token
unlike "-vv shows no secret" "$(cat "$T/out" "$T/err")" "gehe1m|t0ken|$(b64 bob:gehe1m)"
auths "$registry" bob:falsch > "$T/false.json"
REGISTRY_AUTH_FILE=$T/false.json pull_fresh
is_rc "a login that the realm refuses" 77
is "is not tried without" "$(seen 'select(.path | startswith("/token")) | .path' | wc -l)" 2
plan_is '{"auth":{"kind":"bearer","token":"anon"}}'
REGISTRY_AUTH_FILE=$T/none.json pull_fresh
is_rc "an anonymous token" 0
plan_is "{\"auth\":{$B},\"rules\":[{\"match\":\"^/token\",\"body\":\"{\\\"token\\\":\\\"t0p\\\\nt1p\\\"}\"}]}"
pull_fresh
is_rc "R-A7: a token with a line end" 76
unlike "is not shown" "$(cat "$T/out" "$T/err")" 't0p|t1p'
plan_is "{\"auth\":{$B},\"rules\":[{\"match\":\"^/token\",\"body\":\"<html>\"}]}"
pull_fresh
is_rc "a token server that is none" 76
plan_is "{\"auth\":{$B},\"rules\":[{\"match\":\"^/token\",\"status\":500}]}"
pull_fresh
is_rc "a token server that is down" 69
plan_is "{\"auth\":{$B},\"rules\":[{\"match\":\"^/token\",\"chunked\":true,\"body\":\"xxxxxxxxxxxxxxxx\",\"repeat\":100000}]}"
pull_fresh
is_rc "a token without end" 65

# a token that stops to count is renewed once, then it is over
plan_is "{\"auth\":{$B},\"rules\":[{\"match\":\"/blobs/$module\",\"status\":401,\"times\":1,\"headers\":{\"WWW-Authenticate\":\"Bearer realm=\\\"{origin0}/token\\\"\"}}]}"
pull_fresh
is_rc "a token that is refused once is renewed" 0
is "by one more request" "$(seen 'select(.path | startswith("/token")) | .path' | wc -l)" 2
plan_is "{\"auth\":{$B},\"rules\":[{\"match\":\"/blobs/$module\",\"status\":401,\"headers\":{\"WWW-Authenticate\":\"Bearer realm=\\\"{origin0}/token\\\"\"}}]}"
pull_fresh
is_rc "refused again: no loop" 77
is "two questions for the blob" "$(seen "select(.path | test(\"/blobs/$module\")) | .path" | wc -l)" 2

# identity and ready tokens
printf '{"auths":{"%s":{"identitytoken":"1dent"}}}' "$registry" > "$T/id.json"
plan_is '{"auth":{"kind":"bearer","token":"t0ken"}}'
REGISTRY_AUTH_FILE=$T/id.json pull_fresh
is_rc "an identity token" 0
is "is posted" "$(seen 'select(.path | startswith("/token")) | .method + " " + .body')" \
	"POST grant_type=refresh_token&client_id=wasmfn&refresh_token=1dent&service=fake%2C%20inc&scope=repository%3Afn%2Fa%3Apull"
printf '{"auths":{"%s":{"registrytoken":"t0ken"}}}' "$registry" > "$T/ready.json"
plan_is '{"auth":{"kind":"bearer","token":"t0ken"}}'
REGISTRY_AUTH_FILE=$T/ready.json pull_fresh
is_rc "a ready token" 0
is "needs no token server" "$(seen 'select(.path | startswith("/token")) | .path')" ""

# --- T4: realms that a registry's word does not lead to
for bad in http://169.254.169.254/latest http://10.0.0.1/token https://192.168.1.1/token \
	http://auth.example/token file:///etc/passwd "http://u:p@127.0.0.1/token" \
	"/token" "https://metadata.google.internal/x"; do
	plan_is "{\"auth\":{$B,\"realm\":\"$bad\"}}"
	pull_fresh --timeout 10
	is_rc "T4: realm $bad" 76
	is "nothing was sent after the first request" "$(wc -l < "$fake/log")" 1
done

# --- T5: what goes with a redirect
plan_is "{\"auth\":{$B},\"rules\":[
 {\"match\":\"/blobs/$module\",\"origin\":0,\"status\":307,\"headers\":{\"Location\":\"{origin1}/x\",\"Set-Cookie\":\"a=b\"}},
 {\"match\":\"^/x\",\"origin\":1,\"file\":\"$T/m.wasm\"}]}"
pull_fresh
is_rc "R-S1, T5: a redirect to another port" 0
is "takes no login, no token, no cookie along" \
	"$(seen 'select(.origin == 1) | [.headers.authorization, .headers.cookie] | @csv')" ','
plan_is "{\"auth\":{$B},\"rules\":[
 {\"match\":\"/blobs/$module\",\"origin\":0,\"status\":307,\"headers\":{\"Location\":\"{origin1}/x\"}},
 {\"match\":\"^/x\",\"origin\":1,\"status\":307,\"headers\":{\"Location\":\"{origin0}/back\"}},
 {\"match\":\"^/back\",\"origin\":0,\"file\":\"$T/m.wasm\"}]}"
pull_fresh
is_rc "T5: there and back" 0
is "is as naked as there" "$(seen 'select(.path == "/back") | .headers.authorization')" null
plan_is "{\"auth\":{$B},\"rules\":[
 {\"match\":\"/blobs/$module\",\"origin\":0,\"status\":307,\"headers\":{\"Location\":\"{origin1}/x\"}},
 {\"match\":\"^/x\",\"origin\":1,\"status\":401,\"headers\":{\"WWW-Authenticate\":\"Bearer realm=\\\"{origin2}/token\\\"\"}}]}"
pull_fresh
is_rc "T5: a challenge from where a redirect led" 77
is "is not answered" "$(seen 'select(.origin == 2) | .path')" ""

# the referrers' next page is the registry's own
plan_is "{\"auth\":{$B},\"referrers\":true,\"rules\":[{\"match\":\"/referrers/\",\"origin\":0,
 \"body\":\"{\\\"schemaVersion\\\":2,\\\"mediaType\\\":\\\"application/vnd.oci.image.index.v1+json\\\",\\\"manifests\\\":[]}\",
 \"headers\":{\"Link\":\"<{origin1}/v2/fn/a/referrers/x>; rel=\\\"next\\\"\"}}]}"
pull_fresh
is_rc "a list that goes on at another origin" 76
is "nobody is asked there" "$(seen 'select(.origin == 1) | .path')" ""

# ~/.netrc is another program's
printf 'machine 127.0.0.1 login bob password gehe1m\n' > "$HOME/.netrc"
chmod 600 "$HOME/.netrc"
plan_is '{"auth":{"kind":"basic","user":"bob","password":"gehe1m"}}'
REGISTRY_AUTH_FILE=$T/none.json pull_fresh
is_rc "no login out of .netrc" 77
done_testing
