#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# inspect and check of references: registry, layout, store, manifest files.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=${WASMFN:-build/wasmfn}
export WASMFN_STORE=$T/store

q() { jq -r "$1" "$T/out"; }
requests() { grep '^{"requests"' "$T/err" | jq .requests; }

small_wasm "$T/m.wasm"
make_layout "$T/layout" "$T/m.wasm" L12
echo '(module (import "env" "clickhouse_log" (func (param i32 i32))))' | wat2wasm - -o "$T/log.wasm"
ok "a registry is up" start_registry
ok "an artifact is pushed" push "$T/layout" fn/a:v1
ref=$registry/fn/a@$digest

# --- registry
run "$WASMFN" inspect --json --stats "$ref"
is_rc "inspect by digest" 0
is "ref" "$(q .subject.ref)" "$ref"
is "manifest digest" "$(q .subject.manifest_digest)" "$digest"
is "module digest" "$(q .subject.module_digest)" "$module"
is "layout" "$(q .module.layout)" L12
is "export" "$(q '.module.exports[] | "\(.name) \(.type)"')" "f () -> i32"
run "$WASMFN" inspect --json --stats "$ref"
is "the second time no request is sent" "$(requests)" 0
run "$WASMFN" inspect --json "$registry/fn/a:v1"
is_rc "a tag is resolved" 0
is "and the digest is what was worked on" "$(q .subject.ref)" "$ref"
run "$WASMFN" inspect "$ref"
like "text says which artifact" "$out" "artifact +$digest, layout L12"
run "$WASMFN" inspect --json "$registry/fn/none@$digest"
is_rc "the same digest in a repository that does not have it" 11
run "$WASMFN" inspect --json "$registry/fn/none:v1"
is_rc "what does not exist" 11
is "reason" "$(q .error.code)" not-found

# --- store
run "$WASMFN" inspect --json --offline "$digest"
is_rc "a bare digest is in the store" 0
is "module digest" "$(q .subject.module_digest)" "$module"
run "$WASMFN" inspect --json --offline "sha256:$(printf '%064d' 0)"
is_rc "or is not" 69
is "reason" "$(q .error.code)" offline
blob=$WASMFN_STORE/blobs/sha256/${module#*:}
chmod u+w "$blob"
cp "$blob" "$T/saved"
printf '\1' | dd of="$blob" bs=1 seek=$(($(stat -c %s "$blob") - 2)) conv=notrunc status=none
run "$WASMFN" inspect --json --offline "$digest"
is_rc "a blob changed in the store" 16
is "shows no module" "$(q 'has("module")')" false
cp "$T/saved" "$blob"

# --- layout
run "$WASMFN" inspect --json "oci:$T/layout@$digest"
is_rc "a layout by digest" 0
run "$WASMFN" inspect --json "oci:$T/layout:v1"
is_rc "a layout by tag" 0
is "module digest" "$(q .subject.module_digest)" "$module"
make_layout "$T/layout2" "$T/log.wasm" L1

# --- check: which rule is for which reference
cat >"$T/p.yaml" <<END
apiVersion: wasmfn/v1
kind: Policy
capabilities:
  - match: ["**"]
    classes: {deny: [network]}
  - match: ["oci:$T/layout2"]
    classes: {allow: [log]}
END
run "$WASMFN" check --json --policy "$T/p.yaml" "oci:$T/layout2@$digest"
is_rc "the rule of a layout is not that of everything" 0
is "it names the rule" "$(q '.decisions[] | select(.capability == "log") | "\(.rule) \(.line)"')" "classes.allow log 7"
run "$WASMFN" check --json --policy "$T/p.yaml" "$T/log.wasm"
is_rc "the same bytes as a file" 15

cat >"$T/d.yaml" <<END
apiVersion: wasmfn/v1
kind: Policy
deny: {manifests: ["$digest"]}
END
run "$WASMFN" check --json --policy "$T/d.yaml" "oci:$T/layout2@$digest"
is_rc "a manifest on the deny list beats what is denied anyway" 17
run "$WASMFN" check --json --policy "$T/d.yaml" "$T/log.wasm"
is_rc "the file alone is denied for its import" 15

# --- check -f
cat >"$T/fns.yaml" <<END
- name: one
  ref: $ref
  schema: wasm
- name: two
  ref: oci:$T/layout2@$digest
  schema: wasm
END
run "$WASMFN" check --json --policy "$T/p.yaml" -f "$T/fns.yaml"
is_rc "check -f: all entries" 0
is "one result each" "$(q '[.results[].verdict] | join(" ")')" "allowed allowed"
sed 's/allow: \[log\]/allow: [clock]/' "$T/p.yaml" >"$T/q.yaml"
cat >>"$T/fns.yaml" <<END
  policy: $T/q.yaml
END
run "$WASMFN" check --json --policy "$T/p.yaml" -f "$T/fns.yaml"
is_rc "an entry's policy must pass too" 15
is "for that entry alone" "$(q '[.results[].verdict] | join(" ")')" "allowed denied"
is "and names its file" "$(q '[.results[1].decisions[] | select(.verdict == "denied") | .file] | join(" ")')" "$T/q.yaml"
run "$WASMFN" check --json -f "$T/fns.yaml" "$T/m.wasm"
is_rc "-f takes no operand beside it" 64
run "$WASMFN" check --json -f "$T/none.yaml"
is_rc "a missing manifest file" 66
run "$WASMFN" check --json
is_rc "neither" 64

done_testing
