#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Manifest and configuration files as verbs meet them: what is missing, may be
# rewritten by others, is too large or is no file, and every bad file of
# tests/data/manifest.  None of it sends a request (--offline) or waits.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
WASMFN=${WASMFN:-build/wasmfn}
D=$(cd "$(dirname "$0")/../data" && pwd)
export XDG_DATA_HOME=$T/data
P=$T/policy.yaml
printf 'apiVersion: wasmfn/v1\nkind: Policy\ntrust:\n  - {match: ["ghcr.io/**"], authorities: [{name: k, keys: ["%s"]}]}\n' \
	"$D/keys/release.pub" > "$P"
chmod 644 "$P"
pull() { run timeout 20 "$WASMFN" --store "$T/store" --offline --json pull --policy "$P" "$@"; }
code() { jq -r '.error.code // .results[0].error.code' <<< "$out"; }
refused() { # NAME EXIT REASON
	is_rc "$1: exit $2" "$2"
	is "$1: $3" "$(code)" "$3"
	nok "$1: leaves no store with a blob" compgen -G "$T/store/blobs/sha256/*"
}
H=$(printf 'a%.0s' {1..64})
cp "$D/manifest/good-seed.yaml" "$T/good.yaml"
chmod 644 "$T/good.yaml"

# First the good one: it is read, and what it names is not there.
pull -f "$T/good.yaml"
refused 'a good file, nothing in the store' 69 offline

pull -f "$T/none.yaml"
refused 'a missing file' 66 no-input
mkdir "$T/empty"
pull -f "$T/empty"
refused 'a directory without one' 66 no-input
mkfifo -m 644 "$T/fifo.yaml"
pull -f "$T/fifo.yaml"
refused 'a FIFO' 66 no-input
mkdir "$T/d"
mkfifo -m 644 "$T/d/a.yaml"
pull -f "$T/d"
refused 'a FIFO in a directory' 66 no-input
truncate -s 100000000 "$T/big.yaml"
chmod 644 "$T/big.yaml"
pull -f "$T/big.yaml"
refused '100 MB' 65 limit

for mode in 646 664 666; do
	cp "$T/good.yaml" "$T/open.yaml"
	chmod "$mode" "$T/open.yaml"
	pull -f "$T/open.yaml"
	refused "mode $mode" 78 unsafe-file
done
mkdir -m 777 "$T/all"
cp "$T/good.yaml" "$T/all/"
pull -f "$T/all/good.yaml"
refused 'in a directory for all' 78 unsafe-file
chmod 1777 "$T/all"
pull -f "$T/all/good.yaml"
if [ "$(id -u)" = 0 ]; then
	refused 'in a sticky directory of root' 69 offline
else
	refused 'in a sticky directory that is not of root' 78 unsafe-file
fi
ln -s "$T/open.yaml" "$T/link.yaml"
pull -f "$T/link.yaml"
refused 'a link to one for all' 78 unsafe-file

# No rule, no request: even offline that is what is said first.
run "$WASMFN" --store "$T/store" --offline --json pull -f "$T/good.yaml"
refused 'no policy at all' 78 config
sed -i 's,ghcr.io/,other.io/,' "$P"
pull -f "$T/good.yaml"
refused 'a reference that no trust rule matches' 12 no-policy
like 'its place is named' "$(jq -r .error.message <<< "$out")" 'good.yaml:1: '
sed -i 's,other.io/,ghcr.io/,' "$P"
sed 's,^  schema: wasm$,&\n  policy: /nonexistent.yaml,' "$T/good.yaml" > "$T/own.yaml"
chmod 644 "$T/own.yaml"
pull -f "$T/own.yaml"
refused "an entry's policy that is not there" 66 no-input
run "$WASMFN" --store "$T/store" --offline --json pull --policy "$P" "h.io/f@sha256:$H"
is_rc '--policy without -f' 64

# Every bad file: the same code and reason as lint gives, and its place.
declare -A exit_code=([malformed]=65 [limit]=65 [tag-only]=64)
for f in "$D"/manifest/bad-*.yaml; do
	read -r _ _ reason place < "$f"
	install -m 644 "$f" "$T/bad.yaml"
	pull -f "$T/bad.yaml"
	if [ "$rc" = "${exit_code[$reason]}" ] && [ "$(code)" = "$reason" ] &&
		[[ $(jq -r .error.message <<< "$out") == "$T/bad.yaml:$place: "* ]]; then
		pass "${f##*/}"
	else
		fail "${f##*/}" "status $rc: $out"
	fi
	case $out$err in *hunter2*) fail "${f##*/}: no secret is shown" ;; esac
done
cp "$D/manifest/bad-tag-only.yaml" "$T/tag.yaml"
chmod 644 "$T/tag.yaml"
pull -f "$T/tag.yaml"
like 'a tag alone: the hint names pin' "$(jq -r .error.hint <<< "$out")" 'wasmfn pin'

# One function in two files.
printf -- '- {name: f, schema: s, ref: "h.io/f@sha256:%s"}\n' "$H" > "$T/one.yaml"
cp "$T/one.yaml" "$T/two.yaml"
chmod 644 "$T/one.yaml" "$T/two.yaml"
pull -f "$T/one.yaml" -f "$T/two.yaml"
refused 'one function in two files' 65 malformed
like 'names both' "$out" 'two.yaml:1:3: second entry.*one.yaml:1:3'

# Two argument lists are two functions for PostgreSQL, if both are said.
two() {
	printf -- '- {name: f, schema: s, %s ref: "h.io/f@sha256:%s"}\n- {name: f, schema: s, %s ref: "h.io/f@sha256:%s"}\n' \
		"$1" "$H" "$2" "$H" > "$T/one.yaml"
	pull -f "$T/one.yaml"
}
two 'args: [text],' 'args: [integer],'
refused 'an overload' 12 no-policy
two 'args: [text],' 'args: [text, text],'
refused 'one with more arguments' 12 no-policy
two 'args: [text],' 'args: [text],'
refused 'the same types' 65 malformed
like 'names both' "$out" 'one.yaml:2:3: second entry .*one.yaml:1:3'
two 'args: [text],' ''
refused 'one that says no types' 65 malformed
like 'says what is missing' "$out" 'one.yaml:2:3: second entry .*overloads must each say.*one.yaml:1:3'

# The configuration has the same owners, and code 78 for what is in it.
cfg() { run timeout 20 "$WASMFN" --config "$1" --store "$T/store" --offline --json pull --policy "$P" -f "$T/good.yaml"; }
printf 'apiVersion: wasmfn/v1\nkind: Config\n' > "$T/c.yaml"
chmod 644 "$T/c.yaml"
cfg "$T/c.yaml"
refused 'a good configuration' 69 offline
cfg "$T/none.yaml"
refused 'a configuration named and missing' 66 no-input
chmod 666 "$T/c.yaml"
cfg "$T/c.yaml"
refused 'a configuration for all to write' 78 unsafe-file
for f in "$D"/config/bad-*.yaml; do
	read -r _ _ reason place < "$f"
	install -m 644 "$f" "$T/c.yaml"
	cfg "$T/c.yaml"
	if [ "$rc" = 78 ] && [ "$(code)" = "$reason" ] &&
		[[ $(jq -r .error.message <<< "$out") == "$T/c.yaml:$place: "* ]]; then
		pass "config ${f##*/}"
	else
		fail "config ${f##*/}" "status $rc: $out"
	fi
	case $out$err in *hunter2*) fail "${f##*/}: no secret is shown" ;; esac
done

done_testing
