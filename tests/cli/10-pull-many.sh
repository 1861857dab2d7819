#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Many references in one command: side by side, each blob and each token once,
# one transaction, what the store has costs no request, offline no socket.
# Rules R-S11, R-A1, R-D1, R-O5.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=$(realpath "${WASMFN:-build/wasmfn}")
export WASMFN_STORE=$T/store

requests() { grep '^{"requests"' "$T/err" | jq .requests; }
asked() { jq -r 'select(.path | test($re)) | .path' --arg re "$1" "$fake/log" | wc -l; }
results() { jq -r '.results[] | "\(.exit_code)"' "$T/out" | sort | uniq -c | awk '{print $1 "x" $2}' | paste -sd,; }
fresh() { rm -rf "$WASMFN_STORE"; : > "$fake/log"; }

# 12 artifacts in one layout, signed; 13 has the module of 1
small_wasm "$T/m.wasm"
mkdir -p "$T/layout/blobs/sha256"
printf '{"imageLayoutVersion":"1.0.0"}' > "$T/layout/oci-layout"
digests=() modules=()
for i in $(seq 13); do
	(cat "$T/m.wasm"; printf '\0\3\1%02d' $((i % 12))) > "$T/m$i.wasm"
	make_layout "$T/l$i" "$T/m$i.wasm" L1 "number=$i"
	sign_layout "$T/l$i"
	digests+=("$digest") modules+=("$module")
	cp "$T/l$i"/blobs/sha256/* "$T/layout/blobs/sha256/"
done
jq -s '{schemaVersion: 2, manifests: [.[].manifests[]]}' "$T"/l*/index.json > "$T/layout/index.json"
cp -r "$ART_TOP/tests/data/keys/release.pub" "$T/release.pub"
ok "a scripted registry is up" start_fake
plan_is '{}'
refs=() repos=()
for i in $(seq 0 11); do
	refs+=("$registry/fn/a@${digests[$i]}")
	repos+=("$registry/fn/r$i@${digests[$i]}")
done

# --- side by side
plan_is '{"rules":[{"match":"/blobs/sha256:('"$(printf '%s|' "${modules[@]:0:4}" | sed 's/sha256://g; s/|$//')"')","together":4,"times":4}]}'
run "$WASMFN" --json --stats pull --no-signatures "${refs[@]:0:4}"
is_rc "R-S11: four modules that are answered only together come" 0
is "four results" "$(results)" 4x0
plan_is '{"rules":[{"match":"\\.sig$|\\.att$|/referrers/","together":3,"times":3}]}'
run "$WASMFN" --json pull "${refs[5]}"
is_rc "places of signatures are asked side by side" 0

# --- how many requests
plan_is '{}'
fresh
run "$WASMFN" --stats pull --no-signatures "${refs[0]}"
is "R-A1: one by digest: manifest, config and module" "$rc $(requests)" "0 3"
fresh
run "$WASMFN" --json --stats pull --no-signatures "${refs[@]}"
is "twelve of one repository: two each, and the one config" "$rc $(requests) $(results)" "0 25 12x0"
is "all are in the store" "$(jq '.manifests | length' "$WASMFN_STORE/index.json")" 12
is "nothing is left aside" "$(ls "$WASMFN_STORE/.ingest")" ""
run "$WASMFN" --json --stats pull --no-signatures "${refs[@]}"
is "a full store costs no request" "$rc $(requests) $(results)" "0 0 12x0"
is "and says that it was there" "$(jq -c '[.results[].from_store] | unique' "$T/out")" '[true]'
fresh
run "$WASMFN" --stats pull --no-signatures "${refs[0]}" "$registry/fn/b@${digests[12]}" "$registry/fn/c@${digests[0]}"
is_rc "one module in three places" 0
is "R-D1: a blob is fetched once" "$(asked "blobs/${modules[0]}")" 1
fresh
run "$WASMFN" --json --stats pull "${repos[@]}"
is "twelve repositories with signatures" "$rc $(results)" "0 12x0"
is "each has its signature" "$(jq -r '[.results[].candidates | length] | unique | @csv' "$T/out")" 1
# (how many of them ask for referrers before one knows better is chance)
n=$(($(requests) - $(asked /referrers/)))
: > "$fake/log"
run "$WASMFN" --json --stats verify --key "$T/release.pub" "${repos[@]}"
is "and verify needs no request" "$rc $(requests) $(results)" "0 0 12x0"
fresh
run "$WASMFN" --json --stats verify --key "$T/release.pub" "${repos[@]}"
is "verify of twelve asks for no module and no config, theirs and their signatures'" \
	"$rc $(($(requests) - $(asked /referrers/))) $(results)" "0 $((n - 12 - 1 - 12)) 12x0"
is "and keeps nothing" "$(ls "$WASMFN_STORE")" ""
: > "$fake/log"
run "$WASMFN" -q --stats verify --key "$T/release.pub" "${repos[@]}"
is "--quiet names nothing, so no tag of what signs nothing" "$rc $(asked '\.att$|\.sbom$')" "0 0"
fresh
run "$WASMFN" pull "${repos[@]}"
run "$WASMFN" --json --stats pull --refresh "${repos[@]}"
is "--refresh asks for signatures" "$rc $(asked '\.sig$')" "0 24"
is "and for no module again" "$(asked "blobs/${modules[3]}")" 1
fresh
run "$WASMFN" --json --stats inspect "${repos[@]}"
is "inspect of twelve" "$rc $(results) $(asked '\.sig$')" "0 12x0 0"
run "$WASMFN" --json --stats check "${repos[@]}"
is "check of what is there" "$rc $(results) $(requests)" "0 12x0 0"

# --- as many questions as the policy has: one for each place that its formats
# name, two for each signature found (payload and config)
policy() { # LINES
	printf 'apiVersion: wasmfn/v1\nkind: Policy\ntrust:\n  - match: ["%s/**"]\n%b    authorities: [{name: k, keys: ["%s"]}]\n' \
		"$registry" "$1" "$ART_TOP/tests/data/keys/release.pub" > "$T/functions/policy"
	chmod 644 "$T/functions/policy"
}
places() { jq -r .path "$fake/log" | sed -n 's/.*\(\.[a-z]*\)$/\1/p; s/.*\/referrers\/.*/referrers/p; s/.*manifests.sha256-[0-9a-f]*$/fallback/p' | sort | uniq -c | awk '{print $1 "x" $2}' | paste -sd,; }
mkdir -m 755 "$T/functions"
for i in 0 1 2 3 4 5; do
	printf -- '- name: f%d\n  ref: %s\n  schema: wasm\n' "$i" "${refs[$i]}"
done > "$T/functions/f.yaml"
chmod 644 "$T/functions/f.yaml"
pull_f() { fresh; run "$WASMFN" --json --stats pull --policy "$T/functions/policy" -f "$T/functions/f.yaml"; }
policy '    formats: [legacy]\n'
pull_f
is "legacy: the tag and the referrers" "$rc $(results) $(places | sed 's/[0-9]*xreferrers/NxR/')" "0 6x0 6x.sig,6xfallback,NxR"
policy '    formats: [bundle]\n'
plan_is '{"referrers":true}'
pull_f
is "bundle alone: the referrers, and where there is none all is named" "$rc $(results) $(places)" "0 6x0 6x.att,6x.sbom,6x.sig,12xreferrers"
policy ''
pull_f
is "any format: no tag of what signs nothing" "$rc $(results) $(places)" "0 6x0 6x.sig,6xreferrers"
is "two for each signature: 6 * (2 + 2 + 2) + 1" "$(requests)" 37
run "$WASMFN" --json --stats verify --policy "$T/functions/policy" "${refs[@]:0:6}"
is "that is enough for the same policy" "$rc $(results) $(requests)" "0 6x0 0"
policy '    attestations: [{predicateType: "https://slsa.dev/provenance/v1"}]\n'
run "$WASMFN" --json --stats verify --policy "$T/functions/policy" "${refs[@]:0:6}"
is "and not for one that demands attestations" "$rc $(results) $(asked '\.att$')" "12 6x12 6"
# one comes later than the others, who may all ask before the first is answered
plan_is '{"rules":[{"match":"/manifests/'"${digests[11]}"'$","status":503,"headers":{"Retry-After":"1"},"times":1}]}'
fresh
run "$WASMFN" --json --stats pull "${refs[@]}"
n=$(asked /referrers/)
ok "a repository without the referrers API is not asked by every task ($n of 12)" test "$n" -lt 12
is "and its fallback tag is, for each" "$(places | grep -o '[0-9]*xfallback')" 12xfallback

# --- logins
token='"token":"abc.def","user":"u","password":"p"'
printf '{"auths":{"%s":{"auth":"%s"}}}' "$registry" "$(printf u:p | base64)" > "$T/auth.json"
plan_is '{"auth":{"kind":"bearer",'"$token"'}}'
rm -rf "$WASMFN_STORE"
run env REGISTRY_AUTH_FILE="$T/auth.json" "$WASMFN" --json --stats pull --no-signatures "${refs[@]}"
is "behind a bearer challenge: two more, for all of them" "$rc $(requests) $(results)" "0 27 12x0"
is "one token" "$(asked '/token')" 1
plan_is '{"auth":{"kind":"bearer",'"$token"'}}'
rm -rf "$WASMFN_STORE"
run "$WASMFN" --json --stats pull --no-signatures "${refs[@]}"
is "a login that is refused is refused for all" "$rc $(results)" "77 12x77"
is "and asked for once" "$(asked '/token')" 1

# --- one of them fails
rotten=${modules[7]#*:}
rules_are '{"match":"blobs/'"${modules[7]}"'","body":"x"}' '{"match":"manifests/'"${digests[9]}"'","status":404}'
rm -rf "$WASMFN_STORE"
run "$WASMFN" --json --stats pull "${refs[@]}"
is "ten come, two fail, the most severe wins" "$rc $(results)" "16 10x0,1x11,1x16"
is "each says its own" "$(jq -c '[.results[7,9].error.code]' "$T/out")" '["size-mismatch","not-found"]'
is "nothing of them is in the store" "$(grep -c -e "${digests[7]}" -e "${digests[9]}" "$WASMFN_STORE/index.json") $(find "$WASMFN_STORE/blobs" -name "$rotten")" "0 "
is "nor their signatures" "$(find "$WASMFN_STORE/blobs" -type f | wc -l)" "$((10 * 5 + 1))"
is "none was asked twice" "$(asked "blobs/${modules[7]}") $(asked "manifests/${digests[9]}")" "1 1"
run "$WASMFN" --json pull "${refs[@]}"
is "the next run asks again for these" "$rc $(results) $(asked "blobs/${modules[7]}") $(asked "blobs/${modules[6]}")" "16 10x0,1x11,1x16 2 1"
plan_is '{}'
run "$WASMFN" --json --stats pull "${refs[@]}"
is "and has them when they are there" "$rc $(results)" "0 12x0"
rm -rf "$WASMFN_STORE"
run "$WASMFN" --json pull "127.0.0.1:1/fn/a@${digests[0]}" "127.0.0.1:1/fn/a@${digests[1]}" "${refs[0]}"
is "a registry that is down keeps no other from coming" "$rc $(results)" "69 1x0,2x69"

# --- a server that stalls
slow='{"match":"blobs/'"${modules[2]}"'","stall":1,"body":"xx","length":'"$(stat -c %s "$T/m3.wasm")"'}'
rules_are "$slow"
rm -rf "$WASMFN_STORE"
run "$WASMFN" --json --timeout 3 pull --no-signatures "${refs[@]}"
is "R-S7: one that stalls until the deadline" "$rc $(jq -r '.results[2].error.code' "$T/out")" "75 timeout"
is "each is told of, not the first alone" "$(results)" "11x0,1x75"
is "the others are in the store" "$(jq '.manifests | length' "$WASMFN_STORE/index.json")" 11
is "nothing is left aside then" "$(ls "$WASMFN_STORE/.ingest")" ""
rm -rf "$WASMFN_STORE"
rules_are "$slow"
"$WASMFN" pull --no-signatures "${refs[@]}" > /dev/null 2> "$T/err" < /dev/null &
pid=$!
stalls() { [ "$(asked "blobs/${modules[2]}")" = 1 ] && [ "$(asked /blobs/)" -ge 12 ]; }
ok "all are asked for while one stalls" wait_for 20 stalls
kill -INT $pid
wait $pid
is "SIGINT ends it" $? 130
is "and leaves nothing aside" "$(ls "$WASMFN_STORE/.ingest")" ""

# --- offline
plan_is '{}'
"$WASMFN" pull "${refs[@]}" > /dev/null 2>&1
ok "the socket guard is built" gcc -o "$T/no_socket" "$ART_TOP/tests/lib/preload/no_socket.c"
if "$T/no_socket" true; then
	run "$T/no_socket" "$WASMFN" --json --offline pull "${refs[@]}"
	is "R-O5: offline, pull opens no socket" "$rc $(results)" "0 12x0"
	run "$T/no_socket" "$WASMFN" --json --offline verify --key "$T/release.pub" "${refs[@]}"
	is "nor does verify" "$rc $(results)" "0 12x0"
	run "$T/no_socket" "$WASMFN" --json --offline check "${refs[@]}"
	is "nor check" "$rc $(results)" "0 12x0"
	run "$T/no_socket" "$WASMFN" --json --offline pull "$registry/fn/b@${digests[12]}" "${refs[0]}"
	is "what is not there is said, without a socket" "$rc $(jq -r '.results[0].error.code' "$T/out")" "69 offline"
	run "$T/no_socket" "$WASMFN" --json pull "$registry/fn/b@${digests[12]}"
	is "and the guard bites: online what asks for a socket is killed, which is no refusal" \
		"$rc $(jq -r '.error.code + " " + .error.message' "$T/out" | sed 's/ .*: / /')" \
		"70 bug the process for the network died of signal 31"
else
	skip "no sockets" "seccomp is not to be had here"
fi

# --- what is shown while it lasts
fresh
plan_is '{}'
run "$WASMFN" pull --no-signatures "${refs[@]:0:3}"
is "no terminal: a line for each" "$rc $(grep -cE '^wasmfn: [123] of 3: .*/fn/a@[0-9a-f]{12}, 39 B$' "$T/err")" "0 3"
fresh
run "$WASMFN" -q pull --no-signatures "${refs[@]:0:3}"
is "-q: none" "$rc $err" "0 "
fresh
plan_is '{"rules":[{"match":"/blobs/'"${modules[1]}"'","file":"'"$T/m2.wasm"'","stall":23}]}'
TERM=xterm script -qec "stty cols 100 rows 30; exec $WASMFN --timeout 2 pull --no-signatures ${refs[*]:0:3}" "$T/tty" > /dev/null < /dev/null
like "a terminal: a bar for a transfer" "$(cat "$T/tty")" "/fn/a@[0-9a-f]{12} +\\[=+ +\\] +5[0-9]% of 39 B"
like "and one line for all" "$(cat "$T/tty")" "2 of 3, [0-9]+ B, [0-9]+ B/s, [01] s"
like "which are taken away again" "$(cat "$T/tty")" $'\033\\[2A\033\\[J'

# --- nothing to list
plan_is '{}'
rm -rf "$WASMFN_STORE"
run "$WASMFN" pull --no-signatures "${refs[0]}"
was=$(stat -c %i "$WASMFN_STORE/index.json")
run "$WASMFN" --json pull --no-signatures "$registry/fn/a@sha256:$(printf '1%.0s' {1..64})" "$registry/fn/a@sha256:$(printf '2%.0s' {1..64})"
is "where nothing came, the index is not written again" "$rc $(results) $(stat -c %i "$WASMFN_STORE/index.json")" "11 2x11 $was"
done_testing
