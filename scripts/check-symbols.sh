#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A global symbol of src/DIR/FILE.c begins wf_FILE_ or wf_DIR_ (FILE may be
# shortened at an underscore: bundle_parse.c may define wf_bundle_…); of
# cmd/FILE.c wf_.  Everything else is static.
# usage: check-symbols.sh OBJDIR
set -u
obj=${1:?object directory}
bad=0
while IFS= read -r o; do
	rel=${o#"$obj"/}; file=$(basename "$rel" .o); dir=$(basename "$(dirname "$rel")")
	[ -f "${rel%.o}.c" ] || continue # left from a file that is gone
	while read -r sym; do
		case $rel in
		cmd/*) case $sym in wf_* | main) continue ;; esac ;;
		esac
		case $sym in "wf_${file}_"* | "wf_${file}" | "wf_${dir}_"* | "wf_${file%%_*}_"*) continue ;; esac
		# a struct owned by the file: wf_str, wf_malloc … of base/ are the one exception
		case $rel in src/base/*) case $sym in wf_*) continue ;; esac ;; esac
		grep -qxF "$rel $sym" scripts/symbol-exceptions.txt 2>/dev/null && continue
		echo "$rel: global symbol $sym: expected wf_${file}_ or wf_${dir}_"
		bad=1
	done < <(nm -g --defined-only "$o" | awk '{ print $3 }' | grep -vE '^(__|\.)')
done < <(find "$obj/src" "$obj/cmd" -name '*.o')
exit $bad
