#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# One list of layers, lowest first: a file includes its own directory and
# those above it in scripts/layers.txt.  Also: no header loops, and
# third-party headers only behind their door in src/dep/.
# usage: check-layers.sh [ROOT]
set -u
cd "${1:-$(dirname "$0")/..}" || exit 1
bad=0
say() { echo "$*"; bad=1; }

mapfile -t layers <scripts/layers.txt
rank() { local i; for i in "${!layers[@]}"; do [ "${layers[$i]}" = "$1" ] && { echo "$i"; return; }; done; echo -1; }
for d in src/*/; do
	[ "$(rank "$(basename "$d")")" != -1 ] || say "$d: not in scripts/layers.txt"
done

declare -A ranks
for l in "${layers[@]}"; do ranks[$l]=$(rank "$l"); done
while IFS=: read -r file line; do
	case $file in cmd/*) own=cmd ;; *) own=${file#src/}; own=${own%%/*} ;; esac
	inc=${line#*\"}; inc=${inc%%\"*}; dir=${inc%%/*}
	case $inc in */*) ;; *) say "$file: \"$inc\": includes are written \"dir/file.h\""; continue ;; esac
	[ -n "${ranks[$dir]-}" ] || { say "$file: \"$inc\": no such layer"; continue; }
	[ "${ranks[$dir]}" -le "${ranks[$own]}" ] || say "$file: includes \"$inc\" from a higher layer"
done < <(grep -rHE '^#[[:space:]]*include "' src cmd --include='*.[ch]')

loops=$(grep -rHE '^#[[:space:]]*include "' src cmd --include='*.h' |
	sed -E 's|^src/||; s|^([^:]*):.*"([^"]*)".*|\1 \2|' | tsort 2>&1 >/dev/null)
[ -z "$loops" ] || say "header loop: $loops"

while IFS=: read -r file line; do
	case $file in src/dep/*) ;; *) say "$file: $line: only src/dep/ may include it" ;; esac
done < <(grep -rHE '^#[[:space:]]*include <(curl/|openssl/|yaml\.h|jansson|zlib|zstd|libpq|postgres|pg_config)' src cmd --include='*.[ch]')
# each dependency has one door
for pair in 'curl/:http' 'yaml\.h:yaml' 'jansson:json' 'libpq-fe:pg' 'zlib:zlib' 'zstd:zstd'; do
	hit=$(grep -lE "^#[[:space:]]*include <${pair%%:*}" src/dep/*.[ch] 2>/dev/null | grep -vE "^src/dep/${pair#*:}(_[a-z0-9]+)?\.[ch]$")
	[ -z "$hit" ] || say "$hit: <${pair%%:*}> belongs to src/dep/${pair#*:}"
done
exit $bad
