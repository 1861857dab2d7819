# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# Test helpers for bash scripts: source it, test, end with `done_testing`.
# Output is TAP: `ok N - name`, `not ok N - name`, `# why`, `1..N`.
# It must never call a test passed that did not run to its end: a script that
# dies before done_testing gets a `not ok` of its own and exit status 1.
#
#   plan N                say beforehand how many tests there are (optional)
#   run CMD...            runs it; sets $rc $out $err (and files $T/out, $T/err)
#   ok NAME CMD...        passes when CMD returns 0
#   nok NAME CMD...       passes when CMD returns anything else, but no signal
#   is NAME GOT WANT      equal strings
#   isnt NAME GOT OTHER   different strings
#   like NAME GOT ERE     GOT matches the extended regular expression
#   unlike NAME GOT ERE
#   is_rc NAME WANT       exit status of the last run; shows its output if not
#   pass NAME, fail NAME [WHY...]
#   skip NAME REASON      says what is missing; counts as skipped
#   diag TEXT...          a comment line
#   wait_for SECS CMD...  asks CMD every 20 ms; 1 when it never succeeded
#   at_exit CMD...        runs CMD when the script ends, last one first
#   $TEST_SLOW            not empty: the program is several times as slow as built;
#                         what is repeated for its own sake is done once
#   jq ARGS...            gojq; `command jq` where members' own order counts
#   $T                    private directory, removed at the end

set -u

TAP_N=0
TAP_BAD=0
TAP_PLAN=
TAP_DONE=
TAP_EXIT=()
rc=0 out='' err=''

T=$(mktemp -d "${TMPDIR:-/tmp}/wft.XXXXXX") || exit 73

# Debian's jq 1.6 takes 40 ms to start, ten times as long, and a scenario starts
# it hundreds of times.
jq() { gojq "$@"; }

diag()
{
	local line

	while IFS= read -r line; do
		printf '# %s\n' "$line"
	done <<< "$*"
}

plan()
{
	TAP_PLAN=$1
	printf '1..%d\n' "$1"
}

pass()
{
	TAP_N=$((TAP_N + 1))
	printf 'ok %d - %s\n' "$TAP_N" "${1//#/\\#}"
}

fail()
{
	TAP_N=$((TAP_N + 1))
	TAP_BAD=$((TAP_BAD + 1))
	printf 'not ok %d - %s\n' "$TAP_N" "${1//#/\\#}"
	shift
	[ $# -eq 0 ] || diag "$*"
	return 0
}

skip()
{
	TAP_N=$((TAP_N + 1))
	printf 'ok %d - %s # SKIP %s\n' "$TAP_N" "${1//#/\\#}" "$2"
}

# Keeps trailing newlines out, as $(...) does, and NUL bytes out of bash.
run()
{
	"$@" > "$T/out" 2> "$T/err" < /dev/null
	rc=$?
	{ # bash says so when it leaves out a NUL
		out=$(< "$T/out")
		err=$(< "$T/err")
	} 2> /dev/null
	return 0
}

ok()
{
	local name=$1 r

	shift
	"$@"
	r=$?
	if [ "$r" -eq 0 ]; then pass "$name"; else fail "$name" "status $r: $*"; fi
}

nok()
{
	local name=$1 r

	shift
	"$@"
	r=$?
	if [ "$r" -ne 0 ] && [ "$r" -lt 126 ]; then
		pass "$name"
	else
		fail "$name" "status $r: $*"
	fi
}

is()
{
	if [ "$2" = "$3" ]; then
		pass "$1"
	else
		fail "$1" " got: $2"$'\n'"want: $3"
	fi
}

isnt()
{
	if [ "$2" != "$3" ]; then pass "$1"; else fail "$1" "got: $2"; fi
}

like()
{
	if [[ "$2" =~ $3 ]]; then
		pass "$1"
	else
		fail "$1" "       got: $2"$'\n'"want match: $3"
	fi
}

unlike()
{
	if [[ "$2" =~ $3 ]]; then
		fail "$1" "          got: $2"$'\n'"want no match: $3"
	else
		pass "$1"
	fi
}

is_rc()
{
	if [ "$rc" = "$2" ]; then
		pass "$1"
	else
		fail "$1" "status $rc, want $2"$'\n'"stdout: $out"$'\n'"stderr: $err"
	fi
}

wait_for()
{
	local end=$((SECONDS + $1))

	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.02
	done
}

at_exit()
{
	local cmd

	printf -v cmd '%q ' "$@"
	TAP_EXIT+=("$cmd")
}

done_testing()
{
	TAP_DONE=1
	[ -n "$TAP_PLAN" ] || printf '1..%d\n' "$TAP_N"
	if [ -n "$TAP_PLAN" ] && [ "$TAP_PLAN" -ne "$TAP_N" ]; then
		diag "planned $TAP_PLAN, ran $TAP_N"
		TAP_BAD=$((TAP_BAD + 1))
	fi
	[ "$TAP_BAD" -eq 0 ]
	exit
}

tap_end()
{
	local r=$? i

	trap - EXIT
	if [ -z "$TAP_DONE" ]; then
		fail "${0##*/} runs to its end" "ended early, status $r"
		[ -n "$TAP_PLAN" ] || printf '1..%d\n' "$TAP_N"
		[ "$r" -ne 0 ] || r=1
	fi
	for ((i = ${#TAP_EXIT[@]} - 1; i >= 0; i--)); do
		eval "${TAP_EXIT[i]}"
	done
	rm -rf "$T"
	exit "$r"
}
trap tap_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
