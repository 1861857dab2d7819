#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# doctor: what it looks at, what it calls bad and with which code.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
WASMFN=$(realpath "${WASMFN:-build/wasmfn}")
TOP=$(cd "$(dirname "$0")/../.." && pwd)
export HOME=$T LC_ALL=C.UTF-8
umask 022

q() { jq -r "$1" "$T/out"; }
doctor() { run "$WASMFN" --json --config "$T/config.yaml" doctor --policy "$T/policy.yaml"; }
printf 'apiVersion: wasmfn/v1\nkind: Config\n' > "$T/config.yaml"
install -m 644 "$TOP/policy/public-good-trusted_root.json" "$T/root.json"
cat > "$T/policy.yaml" << END
apiVersion: wasmfn/v1
kind: Policy
trust:
  - match: ["**"]
    authorities: [{name: ci, identities: [{issuer: x, subject: y}], trustedRoot: root.json}]
END

doctor
is_rc 'all of it can be read' 0
is 'what was looked at' "$(q '[.checks[] | select(.where | startswith("'"$T"'")) | .what] | join(",")')" \
	'configuration,policy,trusted root'
root='.checks[] | select(.what == "trusted root" and .where == "'"$T"'/root.json")'
like 'the age of the root' "$(q "$root | .says")" 'newest entry of 2025-09-23T00:00:00Z, [0-9]+ days ago'
like 'what of it is in force' "$(q "$root | .says")" '2 of 2 logs, 1 of 2 certificate authorities'
run "$WASMFN" --config "$T/config.yaml" doctor --policy "$T/policy.yaml"
like 'for people' "$out" 'good configuration .*/config.yaml'

cp "$T/root.json" "$T/good.json"
jq 'del(.tlogs[0].publicKey.validFor.start)' "$T/good.json" > "$T/root.json"
doctor
is 'a log without a start' "$rc $(q '.error.code') $(q "$root | .state + \" \" + .reason")" '78 config bad config'
cp "$T/good.json" "$T/root.json"
doctor
is_rc 'as it was' 0
chmod 664 "$T/root.json"
doctor
is 'a root that others may write' "$rc $(q '.error.code')" '78 unsafe-file'
chmod 644 "$T/root.json"
rm "$T/root.json"
doctor
is 'a root that is not there' "$rc $(q '.error.code')" '78 config'
cp "$T/good.json" "$T/root.json"
echo 'x: 1' >> "$T/config.yaml"
doctor
is 'a configuration with an unknown key' "$rc $(q '.error.code') $(q '.checks[0].state')" '78 config bad'
like 'and still the rest is looked at' "$(q '[.checks[].what] | join(",")')" 'trusted root'
like 'an adapter that has met a stand-in only' \
	"$(q '.checks[] | select(.what == "engine" and .where == "pgwasm") | .state + " " + .says')" \
	'note unproven'
run "$WASMFN" doctor x
is_rc 'no operand' 64
done_testing
