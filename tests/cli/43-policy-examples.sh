#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The examples of policy/README.md do what they say, those of
# wasmfn-policy(5) are good policies, and the order of evaluation is the one
# that is written down.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=${WASMFN:-build/wasmfn}
TOP=$(cd "$(dirname "$0")/../.." && pwd)
export WASMFN_STORE=$T/store

q() { jq -r "$1" "$T/out"; }

# One line a row: rule file, module, verdict, rule.
awk -v t="$T" -F' \\| ' '
	/^## / { on = $0 == "## By example" }
	!on { next }
	/^```yaml$/ { n++; f = t "/rule" n ".yaml"; print "apiVersion: wasmfn/v1\nkind: Policy" > f; inside = 1; next }
	/^```$/ { inside = 0; close(f); next }
	inside { print > f; next }
	/^\| `/ { m = $1; sub(/^\| `/, "", m); sub(/`$/, "", m); r = $3; gsub(/^`|` \|$/, "", r)
		print n "\t" m "\t" $2 "\t" r }
' "$TOP/policy/README.md" >"$T/rows"
rows=0
while IFS=$'\t' read -r n module verdict rule; do
	rows=$((rows + 1))
	chmod 600 "$T/rule$n.yaml"
	wat2wasm --enable-all - -o "$T/x.wasm" <<<"$module" || { fail "$module"; continue; }
	operand=$T/x.wasm
	if grep -q '"oci:' "$T/rule$n.yaml"; then
		rm -rf "$T/x"
		make_layout "$T/x" "$T/x.wasm" L12
		operand=oci:$T/x@$digest
	fi
	run "$WASMFN" check --json --policy "$T/rule$n.yaml" "$operand"
	is_rc "rule $n: ${module:0:80}: $verdict" "$([ "$verdict" = allowed ] && echo 0 || echo 15)"
	is "rule $n: by $rule" "$(jq -r --arg v "$verdict" --arg r "$rule" \
		'[.decisions[] | select(.verdict == $v and .rule == $r)] | length > 0' "$T/out")" true
done <"$T/rows"
ok "there are examples" [ "$rows" -ge 18 ]
is "of as many rules" "$(find "$T" -name 'rule*.yaml' | wc -l)" "$(grep -c '^```yaml$' "$TOP/policy/README.md")"
run "$WASMFN" lint --json "$T"/rule4.yaml
is "lint says what the page says of the fourth" "$(q '.notes | length')" 1

# --- wasmfn-policy(5)
awk -v t="$T" '/^\.Sh / { on = $2 == "EXAMPLES" } !on { next }
	/^\.Bd/ { n++; inside = 1; next } /^\.Ed/ { inside = 0 }
	inside && !($0 ~ /^apiVersion/) && !begun[n] { print "apiVersion: wasmfn/v1\nkind: Policy" > (t "/page" n ".yaml") }
	{ begun[n] = 1 }
	inside { print > (t "/page" n ".yaml") }' "$TOP/man/wasmfn-policy.5"
ok "the page has examples" [ -s "$T/page2.yaml" ]
for f in "$T"/page*.yaml; do
	run "$WASMFN" lint --json "$f"
	is_rc "${f##*/} is a good policy" 0
	is "${f##*/} has no notes" "$(q '.notes[].message')" ''
done

# --- the order
printf 'apiVersion: wasmfn/v1\nkind: Policy\ncapabilities: [{match: ["**"]}]\n' >"$T/good.yaml"
printf 'apiVersion: wasmfn/v1\nkind: Policy\ncapabilities: [{match: ["x?"]}]\n' >"$T/bad.yaml"
echo '(module (import "env" "launch" (func)))' | wat2wasm - -o "$T/import.wasm"
head -c 20 "$T/import.wasm" >"$T/cut.wasm"
deny() { printf 'deny: {modules: ["sha256:%s"]}\n' "$(sha256sum "$1" | cut -d' ' -f1)" | cat "$T/good.yaml" - >"$T/deny.yaml"; chmod 600 "$T"/*.yaml; }
chmod 600 "$T"/*.yaml
run "$WASMFN" check --json --policy "$T/bad.yaml" "$T/cut.wasm"
is_rc "a bad policy before a bad module" 78
is "and no verdict" "$(q '.verdict')" null
deny "$T/cut.wasm"
run "$WASMFN" check --json --policy "$T/deny.yaml" "$T/cut.wasm"
is_rc "a bad module before the deny list" 65
is "and no verdict" "$(q '.verdict')" null
deny "$T/import.wasm"
run "$WASMFN" check --json --policy "$T/deny.yaml" "$T/import.wasm"
is_rc "the deny list before a denied import" 17
is "both are decided" "$(q '[.decisions[] | select(.verdict == "denied") | .rule[0:12]] | join(" ")')" "default deny deny.modules"
run "$WASMFN" check --json --policy "$T/good.yaml" "$T/import.wasm"
is_rc "without the list, the import" 15
is "every import has a decision, with file and line" "$(q '.decisions[] | select(.subject == "env.launch") | "\(.file):\(.line)"')" "$T/good.yaml:3"

done_testing
