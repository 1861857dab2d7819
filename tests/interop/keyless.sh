#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The signing world of tests/pki, each change of it, judged by real cosign and
# by wasmfn: certificates, logs of both generations, timestamps, trusted
# roots.  Where they differ on purpose the table says why; a difference
# without a reason fails, and so does a reason without a difference.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
ART_TOP=$(cd "$(dirname "$0")/../.." && pwd)
WASMFN=$(realpath "${WASMFN:-$ART_TOP/build/wasmfn}")
PKI=$(realpath "${PKI:-$ART_TOP/build/pki}")
# shellcheck source=tests/interop/lib.sh
. "$ART_TOP/tests/interop/lib.sh"
need_cosign 3
c3=$cache/cosign3
cd "$T" || exit 1
export HOME=$T LC_ALL=C.UTF-8
umask 022
identity=https://github.com/wasmfn-test/fn/.github/workflows/build.yml@refs/heads/main
issuer=https://token.actions.githubusercontent.com

# change (a pattern), what cosign says, what wasmfn says, why
differ=(
	'ok-r24-time-beside-proof|refused|ok|a time beside a Rekor v2 entry is not looked at: Rekor v2 gives none'
	'r25-time-changed|refused|ok|the same'
	'ok-r29-known-witness|refused|ok|signed notes are made to be cosigned; cosign takes no second signer in Rekor v1'
	'ok-r29-unknown-*|refused|ok|the same'
	'ok-r29-witness*|refused|ok|the same'
	'r29-witness-*|ok|refused|a witness that the trusted root has is a known signer: what it signed must verify'
	'ok-r32-granted-with-mods|refused|ok|RFC 3161 section 2.4.2: granted with modifications is granted'
	'ok-r45-media-type-*|refused|ok|trusted roots of these media types are in the specification'
	'ok-r45-unknown-key-type-elsewhere|refused|ok|a log with a key of another kind is no log that is needed'
	'r45-unknown-key-type|refused|ok|the same, of a log that is not needed'
	'r09-no-promise|refused|ok|a timestamp is a time; cosign has to be told'
	'r26-no-promise|refused|ok|the same'
	'r07-*|ok|refused|one spelling for one value: parsers must not differ'
	'r18-statement-type|ok|refused|the statement of tomorrow may mean something else'
	'r18-upper-case|ok|refused|one spelling for one value: parsers must not differ'
	'r19-no-predicate-type|ok|refused|a statement says what it is about'
	'r20-body-duplicate-key|ok|refused|which one was meant cannot be known'
	'r20-kind*|ok|refused|it would steer which rules apply'
	'r20-version|ok|refused|the same'
	'r21-entry-two-signatures|ok|refused|which one was meant cannot be known'
	'r22-entry-two-certificates|ok|refused|which one was meant cannot be known'
	'r24-dsse-kind|ok|refused|the entry says another kind than its body'
	'r24-body-of-another|ok|refused|cosign writes the body anew and does not look at the one that is there'
	'r27-index|ok|refused|what is shown must be true, also beside a checkpoint'
	'r27-index-is-size|ok|refused|the same'
	'r27-negative-index|ok|refused|the same'
	'r28-checkpoint-size|ok|refused|the same'
	'r28-no-*|ok|refused|the same'
	'r28-root|ok|refused|the same'
	'r28-size|ok|refused|the same'
	'r29-key-name|ok|refused|the name of a key is a part of it'
	'r29-leading-zero|ok|refused|the grammar of checkpoints forbids it'
	'r29-second-line-bad|ok|refused|a bad signature by a known key is an attack or a fault'
	'r31-stamp-twice|ok|refused|a copy is no second witness'
	'r32-*|ok|refused|a bad timestamp beside a good promise is not passed over'
	'r33-*|ok|refused|the same; and the profile of RFC 3161 section 2.3'
	'r34-*|ok|refused|the same'
	'r36-stamp-*|ok|refused|a certificate is valid at every verified time'
	'r38-*|ok|refused|the profile of a signing certificate is checked'
	'r39-two-names|ok|refused|whom a certificate names must be one'
	'r41-issuers-differ|ok|refused|one issuer, whichever extension says it'
	'r41-v2-*|ok|refused|the extension is a UTF8String'
	'r45-end-before-start|ok|refused|a window that ends before it starts is a mistake'
)
used=() agree=0

line_of() # CHANGE THEIRS OURS: sets line, or -1
{
	local parts

	for line in "${!differ[@]}"; do
		IFS='|' read -ra parts <<< "${differ[$line]}"
		# shellcheck disable=SC2053 # a pattern
		[[ $1 != ${parts[0]} || "$2|$3" != "${parts[1]}|${parts[2]}" ]] || return 0
	done
	line=-1
}

judge() # BASE CHANGE; the case lies in c
{
	local who=(--bundle c/bundle.sigstore.json --certificate-identity "$identity"
		--certificate-oidc-issuer "$issuer" --trusted-root c/trusted_root.json c/artifact)
	local theirs=refused ours=refused rc line

	"$c3" verify-blob "${who[@]}" > cosign.log 2>&1
	rc=$?
	case $rc in 0) theirs=ok ;; 1) ;; *) theirs="status $rc" ;; esac
	"$WASMFN" --store "$T/store" verify "${who[@]}" > w.out 2> w.err
	rc=$?
	case $rc in 0) ours=ok ;; 12 | 13 | 14 | 16 | 65 | 78) ;; *) ours="status $rc" ;; esac
	if [ "$theirs" = "$ours" ]; then
		agree=$((agree + 1))
		return
	fi
	line_of "$2" "$theirs" "$ours"
	if [ "$line" -ge 0 ]; then
		used[line]=1
		pass "$1: $2: cosign $theirs, wasmfn $ours: ${differ[$line]##*|}"
	else
		fail "$1: $2: cosign $theirs, wasmfn $ours" "$(tail -1 cosign.log | cut -c1-200)"$'\n'"$(cat w.err)"
	fi
}

base() # NAME RULES PKI-OPTION...; RULES: an expression for the names of changes
{
	local name=$1 rules=$2 change n=0

	shift 2
	rm -rf c
	ok "$name: the case is made" "$PKI" --data "$ART_TOP/tests/data" "$@" c || return 0
	judge "$name" whole
	is "$name: both take it" "$(head -1 w.out | cut -d' ' -f1)" verified
	while read -r change; do
		rm -rf c
		# a change that changes nothing in this form is none
		"$PKI" --data "$ART_TOP/tests/data" "$@" --mutate "$change" c > pki.log 2>&1 || continue
		n=$((n + 1))
		judge "$name" "$change"
	done < <("$PKI" --list | grep -E "^(ok-)?$rules")
	ok "$name: $n changes were judged by both" test "$n" -gt 20
}
base 'message, Rekor v1' r
base 'message, Rekor v2' 'r(2|3[1-6]|45)' --entry hashedrekord2 --stamps 1
base 'message, Rekor v1, stamped' 'r(09|26|3[1-6])' --stamps 1
base 'DSSE, Rekor v1' 'r(0[78]|1|2[0-3])' --content dsse --entry dsse
ok "$agree verdicts are the same" test "$agree" -gt 300
for i in "${!differ[@]}"; do
	is "${differ[$i]%%|*} is a difference" "${used[$i]-no}" 1
done
done_testing
