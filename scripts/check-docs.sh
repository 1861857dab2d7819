#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The page, the help, the completion and the tables say the same: compares
# what `wasmfn help --json` lists with man/wasmfn.1 as it is rendered, both
# ways, and with what the completion offers.
# usage: check-docs.sh   (WASMFN: the program)
set -u
cd "$(dirname "$0")/.." || exit 1
prog=${WASMFN:-build/wasmfn}
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
bad=0

"$prog" help --json >"$T/tables.json" || { echo 'help --json fails'; exit 1; }
mandoc -T ascii -O width=300 man/wasmfn.1 | sed 's/.\x08//g' >"$T/page" || exit 1

# same WHAT TABLES PAGE: two lists of lines
same() {
	sort "$2" >"$2.s"
	sort "$3" >"$3.s"
	if ! cmp -s "$2.s" "$3.s"; then
		echo "$1: < only in the program, > only in man/wasmfn.1"
		diff "$2.s" "$3.s" | grep '^[<>]'
		bad=1
	fi
}

# Lines of one section, each with its subsection in front.
section() { awk -v want="$1" '
	/^[A-Z]/ { on = $0 == want; sub_ = "-"; next }
	on && /^   [^ ]/ { sub_ = $1; next }
	on && /^     / { print sub_ "\t" substr($0, 6) }' "$T/page"; }

# "sub option" for each option named by a tag line.
tagged_options() { awk -F'\t' '$2 ~ /^-/ { tag = $2; sub(/  .*/, "", tag)
	while (match(tag, /--?[A-Za-z0-9][A-Za-z0-9-]*/)) {
		print $1, substr(tag, RSTART, RLENGTH); tag = substr(tag, RSTART + RLENGTH) } }'; }

names='(if .name then "--" + .name else empty end), (if .letter then "-" + .letter else empty end)'

jq -r '.verbs[].name' "$T/tables.json" >"$T/verbs"
awk '/^[A-Z]/ { on = $0 == "VERBS" } on && /^   [^ ]/ { print $1 }' "$T/page" >"$T/page.verbs"
same 'verbs' "$T/verbs" "$T/page.verbs"
cmp -s "$T/verbs" "$T/page.verbs" || { [ $bad = 1 ] || { echo 'verbs: the page has another order than help'; bad=1; }; }

jq -r ".verbs[] | .name as \$v | .options[] | $names | \"\\(\$v) \\(.)\"" "$T/tables.json" >"$T/options"
section VERBS | tagged_options >"$T/page.options"
same 'options of a verb' "$T/options" "$T/page.options"

jq -r ".options[] | $names | \"- \\(.)\"" "$T/tables.json" >"$T/globals"
section OPTIONS | tagged_options >"$T/page.globals"
same 'options of every verb' "$T/globals" "$T/page.globals"

jq -r '.reasons[] | "\(.word) \(.exit_code) \(.meaning)"' "$T/tables.json" >"$T/reasons"
section 'REASON WORDS' | awk -F'\t' '$2 ~ /^[a-z-]+ +[0-9]+ /' | cut -f2 | tr -s ' ' >"$T/page.reasons"
same 'reason words' "$T/reasons" "$T/page.reasons"

jq -r '[.reasons[].exit_code] | unique[]' "$T/tables.json" >"$T/codes"
section 'EXIT STATUS' | cut -f2 | awk '/^[0-9]+  / { print $1 }' >"$T/page.codes"
same 'exit codes' "$T/codes" "$T/page.codes"
# most severe first: every code once
section 'EXIT STATUS' | grep -o 'most to least severe: [0-9, ]*' | grep -o '[0-9]*' >"$T/page.order"
same 'exit codes in their order' "$T/codes" "$T/page.order"

# a page that is pointed to is there
while read -r name number; do
	[ -f "man/$name.$number" ] || { echo "man: .Xr $name $number: no such page"; bad=1; }
done < <(sed -n 's/^\.Xr \(wasmfn[a-z-]*\) \([0-9]\).*/\1 \2/p' man/*.[1-8] | sort -u)

# --- completion ------------------------------------------------------------
"$prog" completion bash >"$T/bash"
"$prog" completion fish >"$T/fish"
while read -r v; do
	jq -r --arg v "$v" "(.verbs[] | select(.name == \$v) | .options[]), .options[] | $names" \
		"$T/tables.json" | sort >"$T/want"
	# shellcheck disable=SC2016 # for the inner shell
	bash --norc -c 'source "$1"; COMP_WORDS=(wasmfn "$2" -) COMP_CWORD=2; _wasmfn
		printf "%s\n" "${COMPREPLY[@]}"' - "$T/bash" "$v" | sort >"$T/got"
	cmp -s "$T/want" "$T/got" || { echo "bash completion of $v:"; diff "$T/want" "$T/got"; bad=1; }
	{ grep -F "'__fish_seen_subcommand_from $v'" "$T/fish"; grep -v ' -n ' "$T/fish"; } |
		grep -oE -- ' -(l|s) [^ ]+' | sed 's/ -l /--/; s/ -s /-/' | sort >"$T/got"
	cmp -s "$T/want" "$T/got" || { echo "fish completion of $v:"; diff "$T/want" "$T/got"; bad=1; }
	grep -q -- "-n __fish_use_subcommand -f -a $v " "$T/fish" || { echo "fish completion: no verb $v"; bad=1; }
done <"$T/verbs"
exit $bad
