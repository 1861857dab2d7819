# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
#
# Cases of the signing world (tests/pki): a whole one that must verify, then
# the same with one thing changed, which must be refused with one reason word
# and one exit code.  Source it after tap.sh.
#
#   case_of TITLE [PKI OPTIONS]   makes the whole case; it must verify
#   good CHANGE                   changed, and must still verify
#   bad CHANGE WORD CODE          changed, and must be refused like this
#   ask ARGS...                   runs verify on the last case made
#   with ARGS...                  options of verify from now on; none: identity
#   $c                            directory of the last case

SIG_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
WASMFN=${WASMFN:-build/wasmfn}
case $WASMFN in /*) ;; *) WASMFN=$SIG_TOP/$WASMFN ;; esac
PKI=${PKI:-$SIG_TOP/build/pki}
export HOME=$T LC_ALL=C.UTF-8
umask 022

identity=https://github.com/wasmfn-test/fn/.github/workflows/build.yml@refs/heads/main
issuer=https://token.actions.githubusercontent.com
sig_ask=() sig_title='' sig_n=0 sig_with=() c=''

[ -x "$PKI" ] || { echo "sigstore.sh: no $PKI: run make units" >&2; exit 69; }

with() { sig_with=("$@"); }

# makes the case into a new $c
sig_make()
{
	sig_n=$((sig_n + 1))
	c=$T/case$sig_n
	"$PKI" --data "$SIG_TOP/tests/data" "${sig_ask[@]}" "$@" "$c"
}

# the operand: the image of the layout, or the file
sig_operand()
{
	if [ -d "$c/layout" ]; then
		echo "oci:$c/layout@$(cat "$c/digest")"
	else
		echo "$c/artifact"
	fi
}

ask()
{
	local o=("$@")

	[ -d "$c/layout" ] || o+=(--bundle "$c/bundle.sigstore.json")
	if [ ${#sig_with[@]} -gt 0 ]; then
		o+=("${sig_with[@]//@C@/$c}")
	elif [ -f "$c/key.pub" ]; then
		o+=(--key "$c/key.pub" --trusted-root "$c/trusted_root.json")
	else
		o+=(--certificate-identity "$identity" --certificate-oidc-issuer "$issuer"
			--trusted-root "$c/trusted_root.json")
	fi
	run "$WASMFN" --store "$c/store" verify --json "$(sig_operand)" "${o[@]}"
}

word() { jq -r '.error.code' "$T/out" 2> /dev/null; }

case_of()
{
	sig_title=$1
	shift
	sig_ask=("$@")
	sig_make || { fail "$sig_title" "the case cannot be made"; return 0; }
	ask
	is_rc "$sig_title" 0
}

good()
{
	local name=$1
	shift
	sig_make --mutate "$name" || { fail "$sig_title: $name" "the case cannot be made"; return 0; }
	ask "$@"
	is_rc "$sig_title: $name verifies" 0
}

bad()
{
	local name=$1 want="$2 $3"
	shift 3
	sig_make --mutate "$name" || { fail "$sig_title: $name" "the case cannot be made"; return 0; }
	ask "$@"
	if [ "$(word) $rc" = "$want" ]; then
		pass "$sig_title: $name: $want"
	else
		fail "$sig_title: $name" " got: $(word) $rc"$'\n'"want: $want"$'\n'"$(jq -r '.error.message' "$T/out" 2> /dev/null)"$'\n'"$err"
	fi
}
