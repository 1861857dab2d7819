#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# pin: tags of a manifest file become digests in place; what else the file
# says, and who may read it, stays.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=${WASMFN:-build/wasmfn}
export WASMFN_STORE=$T/store

q() { jq -r "$1" "$T/out"; }
requests() { grep '^{"requests"' "$T/err" | jq .requests; }
f=$T/m/f.yaml
mkdir "$T/m"

small_wasm "$T/m.wasm"
make_layout "$T/layout" "$T/m.wasm" L1
one=$digest
ok "a registry is up" start_registry
ok "an artifact is pushed" push "$T/layout" fn/a:1.0
make_layout "$T/layout2" "$T/m.wasm" L12
two=$digest
ok "and another" push "$T/layout2" fn/b:latest

write()
{
	cat > "$f" <<END
# who: the team	(a tab, trailing blanks)   
- name: plain          # keep me
  ref: $registry/fn/a:1.0 # v1
  schema: wasm

- {schema: "wasm", ref: "$registry/fn/b:latest", name: quoted}
- name: folded
  ref: >-
    $registry/fn/a:1.0
  schema: wasm
- name: pinned
  ref: $registry/fn/gone:old@$one
  schema: wasm
- name: local
  ref: 'oci:$T/layout:v1'
  schema: wasm
# ä€ the end, without a line end
END
	truncate -s -1 "$f"
}
write
sed -e "s,\(fn/a:1\.0\),\1@$one," -e "s,\(fn/b:latest\),\1@$two," \
	-e "s,\(layout:v1\),\1@$one," "$f" > "$T/want"
truncate -s "$(($(stat -c %s "$f") + 4 * 72))" "$T/want"
cp "$f" "$T/orig"

# --- --check
run "$WASMFN" --json --stats pin --check "$f"
is_rc "--check: something would change" 2
is "is a result and no error" "$(q '[.result, .error] | @csv')" '"drift",'
is "four of five" "$(q '[(.pins | length), .references, .written] | @csv')" '4,5,false'
is "what it would become" "$(q '.pins[1] | [.name, .line, .from, .digest] | @csv')" \
	"\"quoted\",6,\"$registry/fn/b:latest\",\"$two\""
is "each tag is asked for once" "$(requests)" 2
ok "nothing is written" cmp "$f" "$T/orig"
run "$WASMFN" --fail-on none pin --check "$f"
is_rc "--check with --fail-on none" 0
run "$WASMFN" --offline --stats --json pin --check "$f"
is_rc "--check offline" 2
is "needs no registry" "$(requests)" 0
is "and then does not say to what" "$(q '.pins[0].to')" null

# --- pin
chmod 640 "$f"
ln -s f.yaml "$T/m/link.yaml"
if [ "$(id -u)" = 0 ]; then chown 1:2 "$f"; fi
owner=$(stat -c '%u:%g %a' "$f")
run "$WASMFN" pin "$T/m/link.yaml"
is_rc "pin" 0
like "shows the old" "$out" ":3: $registry/fn/a:1.0"$'\n'
like "and the new" "$out" "-> $registry/fn/a:1.0@$one"
ok "every other byte is as it was" cmp "$f" "$T/want"
is "owner, group and mode too" "$(stat -c '%u:%g %a' "$f")" "$owner"
ok "a link stays a link" test -L "$T/m/link.yaml"
is "nothing is left beside it" "$(ls "$T/m")" "$(printf 'f.yaml\nlink.yaml')"
inode=$(stat -c %i "$f")
run "$WASMFN" --stats --json pin "$f"
is_rc "pin again" 0
is "nothing to do" "$(q '[(.pins | length), .references, .written] | @csv')" '0,5,false'
is "and nobody asked: the digest rules" "$(requests)" 0
is "nor written" "$(stat -c %i "$f")" "$inode"
run "$WASMFN" pin --check "$f"
is_rc "--check of a pinned file" 0
run "$WASMFN" --json lint "$f"
is_rc "and lint takes it" 0

# --- all or nothing
write
printf -- '\n- {name: gone, ref: "%s/fn/none:1", schema: s}\n' "$registry" >> "$f"
cp "$f" "$T/orig"
run "$WASMFN" --json pin "$f"
is_rc "one tag that is not there" 11
is "not-found" "$(q .error.code)" not-found
like "names the place" "$(q .error.message)" "f.yaml:18: $registry/fn/none:1"
ok "nothing is written" cmp "$f" "$T/orig"
run "$WASMFN" --json --offline pin "$f"
is_rc "pin offline" 69
ok "writes nothing" cmp "$f" "$T/orig"
printf -- '- {name: x, ref: "%s/fn/a:1", schema: s, shema: s}\n' "$registry" >> "$f"
cp "$f" "$T/orig"
run "$WASMFN" --json --stats pin "$f"
is_rc "a file with another fault" 65
is "nobody is asked" "$(requests)" 0
ok "nothing is written" cmp "$f" "$T/orig"
run "$WASMFN" pin "$T/none.yaml"
is_rc "no such file" 66
run "$WASMFN" pin "$T/m"
is_rc "a directory" 66
run "$WASMFN" pin
is_rc "no operand" 64

# --- R-N5, T10: the tag changes between two questions
cp -r "$T/layout" "$T/l1"
ok "a scripted registry is up" start_fake
printf -- '- {name: a, ref: "%s/fn/a:v1", schema: s}\n- {name: b, ref: "%s/fn/a:v1", schema: s}\n' \
	"$registry" "$registry" > "$f"
other=$T/layout2/blobs/sha256/${two#*:}
rules_are "{\"match\":\"/manifests/v1\",\"times\":1,\"file\":\"$other\",\"headers\":{\"Content-Type\":\"application/vnd.oci.image.manifest.v1+json\",\"Docker-Content-Digest\":\"$two\"}}"
run "$WASMFN" --json pin "$f"
is_rc "T10: a tag that changes after the first answer" 0
is "R-N5: is resolved once for all entries" "$(q '[.pins[].digest] | unique | @csv')" "\"$two\""
is "R-N5: by one request" "$(wc -l < "$fake/log")" 1
# R-D1: what the header says is not what is written
printf -- '- {name: a, ref: "%s/fn/a:v1", schema: s}\n' "$registry" > "$f"
cp "$f" "$T/orig"
rules_are "{\"match\":\"/manifests/v1\",\"file\":\"$other\",\"headers\":{\"Content-Type\":\"application/vnd.oci.image.manifest.v1+json\",\"Docker-Content-Digest\":\"$one\"}}"
run "$WASMFN" --json pin "$f"
is_rc "R-D1: bytes that are not what the header says" 16
ok "R-D1: nothing is written" cmp "$f" "$T/orig"

# --- somebody else edits it meanwhile
plan_is '{"rules":[{"match":"/manifests/v1","status":429,"times":1,"headers":{"Retry-After":"1"}}]}'
"$WASMFN" --json pin "$f" > "$T/out" 2> "$T/err" < /dev/null &
pid=$!
ok "it is asking" wait_for 20 test -s "$fake/log"
printf '# mine\n' >> "$f"
cp "$f" "$T/orig"
wait $pid
is "a file that was changed meanwhile" $? 75
is "try-again" "$(q .error.code)" try-again
ok "keeps the change" cmp "$f" "$T/orig"

# --- rights that cannot be kept
if command -v setfacl > /dev/null && setfacl -m u:2:r "$f" 2> /dev/null; then
	run "$WASMFN" pin "$f"
	is "an access list is kept" "$(getfacl -cp "$f" | grep -c user:bin)" 1
	setfacl -b "$f"
	cp "$T/orig" "$f"
	chmod 640 "$f"
	setfacl -d -m u:2:rw "$(dirname "$f")"
	run "$WASMFN" pin "$f"
	setfacl -k "$(dirname "$f")"
	is "and none is taken from the directory" "$rc $(stat -c %a "$f") $(getfacl -cp "$f" | grep -c user:bin)" "0 640 0"
else
	skip "an access list is kept" "no setfacl here"
	skip "and none is taken from the directory" "no setfacl here"
fi
done_testing
