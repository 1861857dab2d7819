#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# `wasmfn lint`: every problem with its place, and the exit code of the kind
# of file.  Every file of tests/data/{manifest,policy,config} says in its
# first line what is wrong with it.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
WASMFN=${WASMFN:-build/wasmfn}
D=$(cd "$(dirname "$0")/../data" && pwd)

# A good file of each kind.
for f in manifest/good-seed manifest/good-document manifest/good-empty-list \
	policy/good-contract config/good-contract; do
	run "$WASMFN" lint "$D/$f.yaml"
	is_rc "$f is good" 0
	is "$f: the last line" "${out##*$'\n'}" "$D/$f.yaml: a good ${f%%/*} file"
	is "$f: nothing on stderr" "$err" ''
done

# Every bad file, at the place it names.
declare -A code=([malformed]=65 [limit]=65 [tag-only]=64 [config]=78)
n=0
for f in "$D"/manifest/bad-*.yaml "$D"/policy/bad-*.yaml "$D"/config/bad-*.yaml; do
	read -r _ _ reason place < "$f"
	run "$WASMFN" lint "$f"
	n=$((n + 1))
	case $f in
	# what a file is for is not known when it does not say so
	*/policy/bad-kind.yaml | */config/bad-kind.yaml) continue ;;
	*/manifest/bad-kind.yaml | */manifest/bad-no-kind.yaml) continue ;;
	*/manifest/bad-empty-file.yaml | */manifest/bad-text-alone.yaml) place=${place%%:*} ;;
	esac
	if [ "$rc" = "${code[$reason]}" ] && [[ $out == "$f:$place"* ]]; then
		pass "${f#"$D"/}"
	else
		fail "${f#"$D"/}" "status $rc, want ${code[$reason]} at $place: $out"
	fi
	case $out$err in *hunter2*) fail "${f#"$D"/}: no secret is shown" ;; esac
done
ok 'there are bad files' [ "$n" -gt 150 ]

# All problems of a file in one run.
H=$(printf 'a%.0s' {1..64})
cat > "$T/many.yaml" << EOF
- name: f
  ref: ghcr.io/myorg/f:v1
  schema: wasm
  fuel: 1
- ref: ghcr.io/myorg/g@sha256:$H
  strict: yes
EOF
run "$WASMFN" lint "$T/many.yaml"
is_rc 'many problems' 65
is 'one line each' "$(printf '%s\n' "$out" | cut -d: -f2,3 | tr '\n' ' ')" '2:8 4:3 6:11 5:3 5:3 '
like 'stderr counts them' "$err" '5 problems'

run "$WASMFN" lint --json "$T/many.yaml"
is_rc 'the same in JSON' 65
is 'problems[] has them' "$(jq -r '.problems | length' <<< "$out")" 5
is 'with place and reason' \
	"$(jq -c '.problems[0] | [.line, .column, .code, .file]' <<< "$out")" \
	"[2,8,\"tag-only\",\"$T/many.yaml\"]"
is 'the error has the worst reason' "$(jq -r '.error.code' <<< "$out")" malformed
is 'the kind' "$(jq -r .kind <<< "$out")" manifest
is 'the file' "$(jq -r .subject.file <<< "$out")" "$T/many.yaml"

# A tag alone is 64, whatever else is right.
sed -n 1,3p "$T/many.yaml" > "$T/tag.yaml"
run "$WASMFN" lint "$T/tag.yaml"
is_rc 'a tag alone' 64
like 'the hint names pin' "$err" 'wasmfn pin'

# Several files: the most severe wins, each has its record.
run "$WASMFN" lint --json "$D/manifest/good-seed.yaml" "$T/many.yaml" "$D/policy/bad-alias.yaml"
is_rc 'the most severe of several files' 78
is 'one result a file' "$(jq -c '[.results[].exit_code]' <<< "$out")" '[0,65,78]'
run "$WASMFN" lint --output ndjson "$D/manifest/good-seed.yaml" "$T/many.yaml"
is 'ndjson: a line a file' "$(jq -c .exit_code <<< "$out" | tr '\n' ' ')" '0 65 '

# What is not there, or no file.
run "$WASMFN" lint "$T/none.yaml"
is_rc 'a missing file' 66
run "$WASMFN" lint "$T"
is_rc 'a directory' 66
mkfifo "$T/fifo.yaml"
run timeout 10 "$WASMFN" lint "$T/fifo.yaml"
is_rc 'a FIFO does not block' 66
truncate -s 100M "$T/big.yaml"
run "$WASMFN" lint "$T/big.yaml"
is_rc '100 MB' 65
run "$WASMFN" lint
is_rc 'no file named' 64

# Broken YAML is judged as the kind it says it is.
printf 'apiVersion: wasmfn/v1\nkind: Policy\ntrust:\n\t- a\n' > "$T/p.yaml"
run "$WASMFN" lint "$T/p.yaml"
is_rc 'a tab in a policy' 78
is 'at its place' "$(cut -d: -f2,3 <<< "$out")" 4:1
printf 'hello: x\nkind: Pod\n' > "$T/p.yaml"
run "$WASMFN" lint "$T/p.yaml"
is_rc 'another kind of file' 65
is 'names the place of the word' "$(cut -d: -f2,3 <<< "$out")" 2:7

# Bytes from outside stay text.
printf -- '- name: "\\e[31mx"\n  "k\\n\\u202e": 1\n' > "$T/esc.yaml"
run "$WASMFN" lint "$T/esc.yaml"
is_rc 'escapes in a key' 65
is 'a line for each of four problems' "$(wc -l < "$T/out")" 4
ok 'the name is shown escaped' grep -qF 'name: expected characters that can be shown, found "\x1b[31mx"' "$T/out"
nok 'no control byte in the output' grep -q $'[\e\r\t]' "$T/out"
ok 'the key is shown escaped' grep -qF 'k\x0a\xe2\x80\xae' "$T/out"

done_testing
