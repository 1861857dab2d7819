#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What every verb and every option owes its user, driven by the tables that
# `wasmfn help --json` prints: a verb added later is tested without a line
# here.  It must never need a registry, a database or a file.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
WASMFN=${WASMFN:-build/wasmfn}

run "$WASMFN" help --json
is_rc 'help --json' 0
cp "$T/out" "$T/tables"
table() { jq -r "$@" "$T/tables"; }
mapfile -t verbs < <(table '.verbs[].name')
ok 'there are verbs' [ "${#verbs[@]}" -ge 3 ]
is 'verbs are listed once' "$(table '.verbs[].name' | sort | uniq -d)" ''
is 'a verb does not reuse the name of a global option' "$(table '
	[.options[] | .name, .letter] as $g |
	.verbs[] | .name as $v | .options[] | .name, .letter |
	select(. != null and IN($g[])) | "\($v) \(.)"')" ''
is 'an option has one line of help without a full stop' "$(table '
	(.options[], .verbs[].options[]) | .help | select(test("\\n|[.]$|^[A-Z][a-z]"))')" ''

# Rows of "name letter kind arg" of a verb (with the global ones).
rows() { table --arg v "$1" '((.verbs[] | select(.name == $v) | .options[]), .options[]) |
	"\(.name // "-") \(.letter // "-") \(.kind) \(.arg // "-") \(.choices[0] // "-")"'; }

# wrong WHAT ARGS...: a usage error in text, or a line in $bad; the same in
# JSON is judged at the end, all at once.
docs=0
: > "$T/docs"
wrong()
{
	local what=$1
	shift
	run "$WASMFN" "$@"
	if [ "$rc" != 64 ] || [ -n "$out" ] || [[ $err != 'wasmfn: error: '* ]]; then
		bad+="$what: wasmfn $*: status $rc, stdout \"$out\", stderr \"$err\""$'\n'
	fi
	[ -z "${TEST_SLOW-}" ] || [ "$docs" = 0 ] || return 0
	"$WASMFN" --json "$@" >> "$T/docs" 2> "$T/err"
	rc=$?
	err=$(< "$T/err")
	docs=$((docs + 1))
	if [ "$rc" != 64 ] || [[ $err != '' && ( $err != '{"requests":'* || $err == *$'\n'* ) ]]; then
		bad+="$what: wasmfn --json $*: status $rc, stderr \"$err\""$'\n'
	fi
}

value_for()
{
	case $1 in
	number) echo 1 ;;
	choice) echo "$2" ;;
	*) echo x ;;
	esac
}

for v in "${verbs[@]}"; do
	min=$(table --arg v "$v" '.verbs[] | select(.name == $v) | .min_args')
	max=$(table --arg v "$v" '.verbs[] | select(.name == $v) | .max_args')

	run "$WASMFN" help "$v"
	cp "$T/out" "$T/help"
	is_rc "help $v" 0
	like "help $v begins with its usage" "$out" "^usage: wasmfn $v \\[OPTIONS\\]"
	run "$WASMFN" "$v" -h
	ok "$v -h says what help $v says" cmp -s "$T/out" "$T/help"
	is "$v -h is silent on stderr" "$rc $err" '0 '
	run "$WASMFN" --help "$v"
	ok "--help $v says the same" cmp -s "$T/out" "$T/help"
	is "help $v fits on a screen" "$(awk 'length($0) > 80' "$T/help")" ''

	bad=
	while read -r name letter _; do
		[ "$name" = - ] || grep -qE -- "^  ((-[a-zA-Z], )|    )--$name( |\$)" "$T/help" || bad+="--$name "
		[ "$letter" = - ] || grep -qE -- "^  -${letter}[, ]" "$T/help" || bad+="-$letter "
	done < <(rows "$v")
	is "help $v names every option" "$bad" ''

	bad=
	[ "$min" = 0 ] || wrong 'too few operands' "$v"
	if [ "$max" -ge 0 ]; then
		operands=()
		for ((i = 0; i <= max; i++)); do operands+=("x$i"); done
		wrong 'an operand too many' "$v" "${operands[@]}"
	fi
	wrong 'unknown option' "$v" --no-such-option
	wrong 'unknown letter' "$v" -Z
	wrong 'unknown letter after a known one' "$v" -vZ
	wrong 'empty option name' "$v" --=x
	is "$v: usage errors are 64, in text and in JSON" "$bad" ''

	bad=
	while read -r name letter kind arg choice; do
		[ "$name" != json ] || continue
		val=$(value_for "$kind" "$choice")
		[ "$name" = - ] && given=-$letter || given=--$name
		case $kind in
		flag)
			wrong 'given twice' "$v" "$given" "$given"
			[ "$name" = - ] || wrong 'takes no value' "$v" "$given=x"
			;;
		count)
			[ "$name" = - ] || wrong 'takes no value' "$v" "$given=x"
			;;
		list) ;;
		*) wrong 'given twice' "$v" "$given" "$val" "$given" "$val" ;;
		esac
		[ "$arg" = - ] || wrong 'value missing' "$v" "$given"
		[ "$kind" != choice ] || wrong 'not one of the choices' "$v" "$given" "$val-not"
		if [ "$kind" = number ]; then
			wrong 'no number' "$v" "$given" 1x
			wrong 'no number' "$v" "$given" -1
			wrong 'no number' "$v" "$given="
			wrong 'too large' "$v" "$given" 4294967296
		fi
		# shortened by its last letter, unless that is an option as well
		[ "$name" = - ] || rows "$v" | grep -q "^${name%?} " ||
			wrong 'abbreviated' "$v" "--${name%?}"
	done < <(rows "$v")
	is "$v: each option is taken exactly, once and with its kind of value" "$bad" ''

	if ! printf '%s\n' "${verbs[@]}" | grep -qx "${v%?}"; then
		bad=
		wrong 'abbreviated verb' "${v%?}"
		is "the verb ${v%?} is not taken for $v" "$bad" ''
	fi
done

bad=
wrong 'no verb'
wrong 'empty verb' ''
wrong 'unknown verb' no-such-verb
wrong 'option of a verb before it' --no-such-option version
wrong 'operand after --' version -- -h
is 'usage errors before a verb' "$bad" ''

is 'each of them is one whole document that says usage' "$(jq -s '[.[] | select(
	.schema == "wasmfn/v1" and .result == "error" and .exit_code == 64 and
	.error.code == "usage" and (.error.message | length > 0) and .findings == [])] |
	length' "$T/docs")" "$docs"

run "$WASMFN"
like 'no verb: says where to look' "$err" 'wasmfn help'
run "$WASMFN" no-such-verb
like 'unknown verb: has a hint' "$err" 'hint: .*wasmfn help'
run "$WASMFN" -h
is_rc '-h without a verb' 0
cp "$T/out" "$T/overview"
run "$WASMFN" help
ok 'help says what -h says' cmp -s "$T/out" "$T/overview"
run "$WASMFN" help no-such-verb
is_rc 'help of an unknown verb' 64

# The format asked for further right still holds after a failure.
run "$WASMFN" --no-such-option version --json
is 'JSON asked for behind the mistake' "$rc $(jq -r .error.code "$T/out") $err" '64 usage '
run "$WASMFN" version --no-such-option --output ndjson
is 'ndjson asked for behind the mistake' "$rc $(wc -l < "$T/out") $err" '64 1 '
run "$WASMFN" version --no-such-option -- --json
is 'not after --' "$rc $out" '64 '
run "$WASMFN" version --json --json
is_rc '--json twice' 64
run "$WASMFN" version --json --output ndjson
is_rc '--json beside --output is refused' 64

run "$WASMFN" version x$'\n\033[31m'y
is 'a stray operand is shown escaped' "$(grep -c 'x\\x0a\\x1b\[31my' "$T/err") $(wc -l < "$T/err")" '1 1'
done_testing
