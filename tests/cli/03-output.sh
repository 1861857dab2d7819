#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Rules that hold for the output of every verb, shown on `version` and
# `help`: formats, colour, quiet, --stats, a stdout that cannot be written.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
WASMFN=${WASMFN:-build/wasmfn}

run "$WASMFN" version
is 'version' "$rc $err" '0 '
like 'version is one line' "$out" '^wasmfn [0-9]+\.[0-9]+\.[0-9]+$'
run "$WASMFN" -v version
is 'version -v says more' "$rc $(wc -l < "$T/out")" '0 2'

for verb in version help 'help version' 'completion bash' '--help' 'version -h'; do
	# shellcheck disable=SC2086 # words
	run "$WASMFN" $verb --json
	is "$verb --json: one document and nothing else" \
		"$rc $err $(jq -s 'length' "$T/out")" '0  1'
	is "$verb --json: the envelope in its order" \
		"$(command jq -c 'keys_unsorted[:6] + [keys_unsorted[-1]]' "$T/out")" \
		'["schema","command","result","exit_code","run","version","findings"]'
	# shellcheck disable=SC2086
	run "$WASMFN" $verb --output ndjson
	is "$verb as ndjson: one line" "$rc $(wc -l < "$T/out") $(jq -r .result "$T/out")" '0 1 ok'
	# shellcheck disable=SC2086
	run "$WASMFN" $verb -q
	is "$verb -q: silent" "$rc $out$err" '0 '
done
run "$WASMFN" -q nothing
is '-q keeps errors' "$rc $out" '64 '
like '-q keeps errors on stderr' "$err" '^wasmfn: error: '
run "$WASMFN" help --output human
like '--output human is the text' "$out" '^usage: wasmfn VERB'
run "$WASMFN" version --output yaml
is_rc 'an unknown format is refused' 64

esc=$'\033['
has_color() { grep -qF "$esc" "$T/out"; }
run "$WASMFN" -v version
nok 'no colour into a file' has_color
run "$WASMFN" -v version --color always
ok '--color always' has_color
run env NO_COLOR=1 "$WASMFN" -v version --color always
ok '--color always is stronger than NO_COLOR' has_color
run "$WASMFN" -v version --color always --json
nok 'no colour in JSON' has_color

# on_tty CMD...: runs it with a terminal as stdout
on_tty()
{
	local cmd
	printf -v cmd '%q ' "$@"
	run script -qec "$cmd" /dev/null
}
on_tty env -u NO_COLOR TERM=xterm "$WASMFN" -v version
ok 'colour on a terminal' has_color
on_tty env NO_COLOR=1 TERM=xterm "$WASMFN" -v version
nok 'NO_COLOR is honoured' has_color
on_tty env NO_COLOR= TERM=xterm "$WASMFN" -v version
ok 'an empty NO_COLOR means nothing' has_color
on_tty env -u NO_COLOR TERM=dumb "$WASMFN" -v version
nok 'no colour on a dumb terminal' has_color
on_tty env -u NO_COLOR TERM=xterm "$WASMFN" -v version --color never
nok '--color never' has_color

run "$WASMFN" version --stats
is '--stats: one line of JSON on stderr' \
	"$rc $(wc -l < "$T/err") $(jq -r '[.requests, .bytes_in, .sql_round_trips] | @csv' "$T/err")" \
	'0 1 0,0,0'
ok '--stats has the peak RSS' jq -e '.peak_rss_bytes > 1000000' "$T/err"
like '--stats leaves stdout alone' "$out" '^wasmfn [0-9.]+$'

full() { "$WASMFN" "$@" > /dev/full; }
run full version
is 'a full disk under stdout' "$rc" 74
like 'and it is said' "$err" 'cannot write to stdout'
run full help --json
is 'a full disk under the document' "$rc" 74
closed() { "$WASMFN" "$@" >&-; }
run closed version
is 'a closed stdout' "$rc" 74
no_stderr() { "$WASMFN" "$@" 2>&-; }
run no_stderr version
is 'a closed stderr takes nothing away' "$rc $out" "0 $("$WASMFN" version)"

for shell in bash zsh fish; do
	run "$WASMFN" completion "$shell"
	is_rc "completion $shell" 0
done
run "$WASMFN" completion tcsh
is_rc 'completion for another shell' 64

# What bash would offer after the words given.
offers()
{
	bash --norc --noprofile -c 'source "$1"; shift
		COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wasmfn
		printf "%s\n" "${COMPREPLY[@]}"' - "$T/completion" "$@"
}
"$WASMFN" completion bash > "$T/completion"
is 'completion of a verb' "$(offers wasmfn versi)" version
is 'completion of an option' "$(offers wasmfn version --no-)" --no-input
is 'the value of an option is not taken for the verb' \
	"$(offers wasmfn --output json versi)" version
done_testing
