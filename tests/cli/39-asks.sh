#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What a manifest file's `wasi` asks, against the policy: no binary shows it,
# so check -f compares the two.  Each case differs in one thing from the first.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=${WASMFN:-build/wasmfn}
export WASMFN_STORE=$T/store

q() { jq -r "$1" "$T/out"; }
small_wasm "$T/m.wasm"
make_layout "$T/a" "$T/m.wasm" L12
pre() { echo "{filesystem: {preopen: [{host_path: $1, guest_path: /data, readonly: ${2:-true}}]}}"; }
tcp() { echo "{sockets: {allow_outbound_tcp: [{host: $1, port: $2}]}}"; }
# asks WASI CONSTRAINTS [REST-OF-RULE]
asks() {
	printf -- '- {name: f, ref: "oci:%s@%s", schema: wasm, wasi: %s}\n' "$T/a" "$digest" "$1" >"$T/m.yaml"
	printf 'apiVersion: wasmfn/v1\nkind: Policy\ncapabilities:\n  - match: ["oci:**"]\n%s%s\n' \
		"${3-}" "${2:+    constraints: $2}" >"$T/p.yaml"
	chmod 600 "$T/m.yaml" "$T/p.yaml"
	run "$WASMFN" check --json --policy "$T/p.yaml" -f "$T/m.yaml"
}
said() { q '.decisions[-1] | "\(.subject) \(.capability) \(.verdict) \(.rule) \(.line)"'; }

P='{paths: {allow: [{path: /srv/data/**}, {path: /srv/out, access: write}]}}'
asks "$(pre /srv/data/in)" "$P"
is_rc "a path of the list" 0
is "by which rule" "$(said)" "preopen /srv/data/in filesystem allowed constraints.paths.allow /srv/data/** 5"
asks "$(pre /srv/datb/in)" "$P"
is_rc "another path" 15
is "by which rule" "$(said)" "preopen /srv/datb/in filesystem denied constraints.paths 5"
is "reason" "$(q .error.code)" denied
asks "$(pre /srv/data/in false)" "$P"
is_rc "the same to write" 15
asks "$(pre /srv/out false)" "$P"
is_rc "one that may be written" 0
asks "$(pre /srv/out)" "$P"
is_rc "or read" 0
asks "$(pre /srv/data/../../etc)" "$P"
is_rc "a path that climbs" 15
asks "$(pre /srv/data/in)" '{paths: {allow: []}}'
is_rc "an empty list" 15
asks "$(pre /srv/data/in)" '{hosts: {allow: []}}'
is_rc "a list of something else" 0
is "restricts nothing" "$(said)" "preopen /srv/data/in filesystem allowed not restricted null"
asks "$(pre /srv/data/in)" "$P" $'    classes: {deny: [filesystem]}\n'
is_rc "a denied class takes the path too" 15
is "by which rule" "$(said)" "preopen /srv/data/in filesystem denied classes.deny filesystem 5"
asks "$(pre /srv/data/in)" "$P" $'    classes: {deny: [network]}\n'
is_rc "another class does not" 0

H='{hosts: {allow: ["db.internal:5432", "*.example.com:443"]}}'
asks "$(tcp db.internal 5432)" "$H"
is_rc "an address of the list" 0
is "by which rule" "$(said)" "tcp db.internal:5432 network allowed constraints.hosts.allow db.internal:5432 5"
asks "$(tcp DB.Internal 5432)" "$H"
is_rc "in capital letters" 0
asks "$(tcp db.internal 5433)" "$H"
is_rc "another port" 15
is "by which rule" "$(said)" "tcp db.internal:5433 network denied constraints.hosts 5"
asks "$(tcp a.example.com 443)" "$H"
is_rc "a name below" 0
asks "$(tcp example.com 443)" "$H"
is_rc "the name itself" 15
asks "$(tcp a.example.com.evil.test 443)" "$H"
is_rc "a name that only begins so" 15
asks "$(tcp db.internal 5432)" "$H" $'    classes: {deny: [network]}\n'
is_rc "a denied class" 15

# --- the most specific rule with a list
printf 'apiVersion: wasmfn/v1\nkind: Policy\ncapabilities:\n' >"$T/p.yaml"
printf '  - {match: ["oci:**"], constraints: %s}\n  - {match: ["oci:/**"], constraints: {hosts: {allow: []}}}\n' "$P" >>"$T/p.yaml"
printf -- '- {name: f, ref: "oci:%s@%s", schema: wasm, wasi: %s}\n' "$T/a" "$digest" "$(pre /srv/data/in)" >"$T/m.yaml"
run "$WASMFN" check --json --policy "$T/p.yaml" -f "$T/m.yaml"
is_rc "the general rule has the list" 0
sed -i 's/hosts: {allow: \[\]}}/paths: {allow: []}}/' "$T/p.yaml"
run "$WASMFN" check --json --policy "$T/p.yaml" -f "$T/m.yaml"
is_rc "the specific one has its own" 15

# --- the entry's further policy
printf 'apiVersion: wasmfn/v1\nkind: Policy\ncapabilities:\n  - {match: ["oci:**"], constraints: %s}\n' "$P" >"$T/p.yaml"
sed 's,/srv/data,/srv/other,' "$T/p.yaml" >"$T/further.yaml"
chmod 600 "$T/further.yaml"
sed -i "s,}\$,\, policy: $T/further.yaml}," "$T/m.yaml"
run "$WASMFN" check --json --policy "$T/p.yaml" -f "$T/m.yaml"
is_rc "a further policy that does not list it" 15
sed -i 's,/srv/other,/srv/**,' "$T/further.yaml"
run "$WASMFN" check --json --policy "$T/p.yaml" -f "$T/m.yaml"
is_rc "and one that does" 0

# --- what can match nothing is no policy
bad() {
	asks "$(pre /srv/data/in)" "$2"
	is_rc "$1" 78
	like "$1: its place" "$(q .error.message)" "p.yaml:5:"
}
bad "a host without a port" '{hosts: {allow: [db.internal]}}'
bad "a host in capital letters" '{hosts: {allow: ["DB:1"]}}'
bad "an address with a path" '{hosts: {allow: ["https://x:443"]}}'
bad "a relative path" '{paths: {allow: [{path: srv}]}}'
bad "an access that there is not" '{paths: {allow: [{path: /srv, access: rw}]}}'
bad "a list that is none" '{paths: {allow: /srv}}'
bad "no list" '{paths: {}}'

# --- for people
asks "$(pre /srv/data/in)" "$P"
run "$WASMFN" check --policy "$T/p.yaml" -f "$T/m.yaml"
like "text" "$out" "allowed +preopen /srv/data/in +filesystem +constraints.paths.allow /srv/data/\*\* +$T/p.yaml:5"

done_testing
