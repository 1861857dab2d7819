#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Runs every fuzz target over its committed corpus (tests/data/corpus/NAME).
# usage: check-corpus.sh BUILD   (FUZZERS='fuzz_x*': these only)
set -u
b=${1:?build directory}
bad=0
shopt -s nullglob
for f in tests/fuzz/${FUZZERS:-fuzz_*}.c; do
	n=$(basename "$f" .c)
	[ -d "tests/data/corpus/$n" ] || { echo "$n: no corpus in tests/data/corpus/$n"; bad=1; continue; }
	"$b/fuzz/$n" "tests/data/corpus/$n" || { echo "$n: failed on its corpus"; bad=1; }
done
exit $bad
