#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Every check as a named job.
# usage: ci.sh [JOB...]   JOB: a name from `ci.sh list`, quick, or all
# Ends with why what was skipped was, and one line: N passed, N failed[, N skipped]
set -u
cd "$(dirname "$0")/.." || exit 1
root=$PWD
export LC_ALL=C.UTF-8
jobs_n=$(nproc)
mkdir -p build
counts=$root/build/ci-counts.$$
: >"$counts"
: >"$counts.why"
trap 'rm -f "$counts" "$counts.why"' EXIT

# --- gates -----------------------------------------------------------------
job_layers() { scripts/check-layers.sh; }
job_headers() { scripts/check-headers.sh; }
job_size() { scripts/check-size.sh; }
job_symbols() { make -s -j"$jobs_n" B=build/gcc CC=gcc WERROR=-Werror all && scripts/check-symbols.sh build/gcc/obj; }
job_docs() { make -s -j"$jobs_n" all && scripts/check-docs.sh; }
job_mandoc() { [ "$(ls man)" ] && mandoc -T lint -W warning man/*.[1-8]; }
# SCRIPTS='scripts/x*' looks at these only.
job_shellcheck() {
	local f files=()
	while IFS= read -r f; do
		# shellcheck disable=SC2053 # it is a pattern
		[[ $f == ${SCRIPTS:-*} ]] || continue
		case $f in *.sh) files+=("$f"); continue ;; esac
		head -1 "$f" | grep -qE '^#!.*(ba)?sh( |$)' && files+=("$f")
	done < <(git ls-files --cached --others --exclude-standard | grep -vE '\.(c|h|md|yaml|json|wat|py|[0-9])$')
	printf '%s\0' "${files[@]}" | xargs -0 -n 8 -P "$jobs_n" shellcheck -x -S warning
}
job_gates_fail() { scripts/check-gates.sh; }

# --- builds ----------------------------------------------------------------
job_gcc() { make -s -j"$jobs_n" B=build/gcc CC=gcc WERROR=-Werror all units; }
job_clang() { make -s -j"$jobs_n" B=build/clang CC=clang WERROR=-Werror CFLAGS='-O1 -g' all units; }
job_analyzer() {
	# -fanalyzer wants optimisation off for readable paths
	make -s -j"$jobs_n" B=build/analyzer CC=gcc CFLAGS='-O0 -fanalyzer' WERROR=-Werror DEFS_EXTRA= build/analyzer/libwasmfn.a
}
job_hardening() { make -s -j"$jobs_n" all && scripts/check-hardening.sh build/wasmfn; }
job_install() { make -s -j"$jobs_n" all && scripts/check-install.sh; }

# --- tests -----------------------------------------------------------------
# Scenarios wait for servers more than they compute.
tap() { scripts/run-tap -c "$counts" -j $((jobs_n + 1)) "$@"; }
# Programs of today's sources, not what is left from a file that is gone.
# UNITS='test_x*' runs these only.
units_in() {
	local f
	for f in tests/unit/${UNITS:-test_*}.c; do
		f=${f##*/}
		[ ! -x "$1/unit/${f%.c}" ] || echo "$1/unit/${f%.c}"
	done
}

job_unit() {
	make -s -j"$jobs_n" B=build/gcc CC=gcc WERROR=-Werror all units &&
		units_in build/gcc | xargs -r scripts/run-tap -c "$counts" -j "$jobs_n" -t 120
}
job_asan() {
	make -s -j"$jobs_n" B=build/asan CC=clang CFLAGS='-O1 -g' SAN=address,undefined all units fuzzers || return 1
	export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
	units_in build/asan | xargs -r scripts/run-tap -c "$counts" -j "$jobs_n" -t 300 || return 1
	scripts/check-corpus.sh build/asan
}
job_valgrind() {
	make -s -j"$jobs_n" all units || return 1
	export TEST_SLOW=1 TEST_WRAPPER='valgrind -q --leak-check=full --errors-for-leak-kinds=definite,indirect --error-exitcode=99'
	units_in build | xargs -r scripts/run-tap -c "$counts" -j "$jobs_n" -t 600
}
job_cli() {
	make -s -j"$jobs_n" all build/pki || return 1
	local t=()
	mapfile -t t < <(ls tests/cli/[0-9]*.sh 2>/dev/null)
	[ ${#t[@]} -gt 0 ] || { echo "no scenario"; return 1; }
	WASMFN=$root/build/wasmfn tap -t 600 "${t[@]}"
}
job_cli_asan() {
	make -s -j"$jobs_n" B=build/asan CC=clang CFLAGS='-O1 -g' SAN=address,undefined all || return 1
	make -s -j"$jobs_n" build/pki || return 1
	local t=()
	mapfile -t t < <(grep -L 'no-asan' tests/cli/[0-9]*.sh)
	export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1 TEST_SLOW=1
	WASMFN=$root/build/asan/wasmfn tap -t 900 "${t[@]}"
}
job_engine() {
	make -s engine || return 1
	local t=()
	mapfile -t t < <(ls tests/engine/test_*.sh)
	tap -t 900 "${t[@]}"
}
job_fuzz() {
	make -s -j"$jobs_n" B=build/fuzz CC=clang CFLAGS='-O1 -g -fsanitize=fuzzer-no-link' SAN=address,undefined LIBFUZZER=1 fuzzers || return 1
	local f
	for f in tests/fuzz/fuzz_*.c; do
		f=${f##*/} f=build/fuzz/fuzz/${f%.c}
		mkdir -p "build/corpus/${f##*/}"
		"$f" -max_total_time="${SECONDS_EACH:-60}" -rss_limit_mb=2048 -timeout=10 \
			"build/corpus/${f##*/}" "tests/data/corpus/${f##*/}"/ >build/fuzz.log 2>&1 ||
			{ tail -30 build/fuzz.log; return 1; }
		tail -2 build/fuzz.log | head -1
	done
}
# Real cosign.  Building it takes half an hour and gigabytes in build/interop,
# so "all" compares with one that is there and else counts this as skipped;
# asked for by its name it builds, where there is Go.
job_interop() {
	make -s -j"$jobs_n" all build/pki || return 1
	WASMFN=$root/build/wasmfn tap -t 3000 tests/interop/cosign.sh tests/interop/keyless.sh
}
job_untracked() {
	local left
	left=$(git status --porcelain --untracked-files=all)
	[ -z "$left" ] || { echo "$left"; return 1; }
}

quick=(layers headers size shellcheck gcc clang symbols docs mandoc unit)
all=(layers headers size symbols shellcheck gcc clang analyzer hardening mandoc docs install unit cli asan cli_asan valgrind engine interop gates_fail untracked)

run() {
	local name=$1 start=$SECONDS
	if ! declare -F "job_$name" >/dev/null; then
		echo "ci.sh: no job \"$name\"" >&2
		exit 64
	fi
	# a subshell: a job may export what it likes
	if (job_"$name") >build/ci-"$name".log 2>&1; then
		grep -hE '(# SKIP)' build/ci-"$name".log
		sed -n 's/.*# SKIP //p' build/ci-"$name".log >>"$counts.why"
		printf 'ok    %-12s %4ds\n' "$name" $((SECONDS - start))
		echo "1 0 0" >>"$counts"
	else
		printf 'FAIL  %-12s %4ds\n' "$name" $((SECONDS - start))
		tail -n "${CI_TAIL:-60}" build/ci-"$name".log | sed 's/^/    /'
		echo "0 1 0" >>"$counts"
	fi
}

list=()
for j in "${@:-all}"; do
	case $j in
	list) declare -F | sed -n 's/^declare -f job_//p'; exit 0 ;;
	quick) list+=("${quick[@]}") ;;
	all) list+=("${all[@]}") ;;
	interop) export WASMFN_INTEROP=1; list+=("$j") ;;
	*) list+=("$j") ;;
	esac
done
for j in "${list[@]}"; do run "$j"; done
sort -u "$counts.why" | sed 's/^/skipped: /'
awk '{ p += $1; f += $2; s += $3 } END {
	printf "%d passed, %d failed", p, f
	if (s) printf ", %d skipped", s
	print ""
	exit f > 0 || p == 0 }' "$counts"
