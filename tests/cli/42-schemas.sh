#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The JSON schemas against files: every example, the shipped default and every
# good file of the tests fit; files that are bad in their structure do not.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
cd "$(dirname "$0")/../.." || exit 1
fits() { run /usr/bin/python3 tests/lib/schema.py "$@"; }

for f in manifest/examples/*.yaml tests/data/manifest/good-*.yaml tests/data/config/good-*.yaml \
	policy/default.yaml policy/examples/*.yaml tests/data/policy/good-*.yaml; do
	case $f in
	*/config/* | */config.yaml) schema=manifest/wasmfn-config.schema.json ;;
	*policy*) schema=policy/wasmfn-policy.schema.json ;;
	*) schema=manifest/wasmfn-manifest.schema.json ;;
	esac
	fits "$schema" "$f"
	is "$f" "$rc $out" '0 '
done
for f in tests/data/{manifest,config,policy}/bad-{*unknown*,kind,api-version,*-text,digest-*,no-*,proofs-negative}.yaml; do
	[ -e "$f" ] || continue
	case $f in
	*/policy/*) schema=policy/wasmfn-policy.schema.json ;;
	*) kind=${f#tests/data/} schema=manifest/wasmfn-${kind%%/*}.schema.json ;;
	esac
	fits "$schema" "$f"
	is "$f" "$rc" 1
done
# the checker itself: a word that it does not know is no "fits"
printf '{"maxFoo": 1}' > "$T/s.json"
printf 'a\n' > "$T/f.yaml"
fits "$T/s.json" "$T/f.yaml"
like 'a key word that is not known' "$rc $err" '^1 .*maxFoo'
done_testing
