#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Files of at most 600 lines, functions of at most 100.
# usage: check-size.sh [ROOT]
set -u
cd "${1:-$(dirname "$0")/..}" || exit 1
bad=0
while read -r n f; do
	[ "$f" = total ] || [ "$n" -le 600 ] || { echo "$f: $n lines, at most 600"; bad=1; }
done < <(find cmd src tests scripts -type f \( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' \) -exec wc -l {} +)
mapfile -t files < <(find cmd src tests -name '*.c')
# a function: from a line that is "{" to the next that is "}"
awk 'FNR == 1 { open = 0 }
	/^\{/ { open = FNR }
	/^\}/ && open { if (FNR - open - 1 > 100) { printf "%s:%d: function of %d lines, at most 100\n", FILENAME, open, FNR - open - 1; bad = 1 } open = 0 }
	END { exit bad }' "${files[@]}" || bad=1
exit $bad
