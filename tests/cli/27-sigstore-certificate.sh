#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Rules R37 to R43: the certificate's path, profile, signed certificate
# timestamps, and whom it names.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/sigstore.sh
. "$(dirname "$0")/../lib/sigstore.sh"

case_of 'certificate'
for m in another-ca unknown-ca forged no-intermediate mid-not-ca mid-key-usage path-length; do
	bad r37-$m certificate-chain 12
done
good ok-r37-anchor-is-intermediate
for m in no-eku other-eku any-eku key-usage ca-leaf intermediate-eku; do bad r38-$m certificate-chain 12; done
for m in intermediate-any-eku intermediate-no-eku; do good ok-r38-$m; done
for m in duplicate-extension duplicate-issuer two-san-extensions; do bad r39-$m malformed 65; done
for m in unknown-critical two-names no-san; do bad r39-$m certificate-chain 12; done
good ok-r39-unknown-extension

bad r40-none sct-missing 14
bad r40-empty-list sct-invalid 14
bad r40-stranger sct-invalid 14
for m in signature known-id-stranger-key issuer-key entry-type time-changed another-certificate extensions-unsigned \
	version algorithm trailing list-trailing before-log log-ended-before log-begins-later; do
	bad r40-$m sct-invalid 14
done
for m in extensions two-logs unknown-log-too log-ends-then; do good ok-r40-$m; done

for m in issuers-differ v2-trailing v2-not-utf8string; do
	case $m in issuers-differ) bad r41-$m issuer-mismatch 13 ;; *) bad r41-$m malformed 65 ;; esac
done
bad r41-another-issuer issuer-mismatch 13
bad r41-none issuer-mismatch 13
for m in v1-only v2-only; do good ok-r41-$m; done

for m in case longer contains; do bad r42-$m identity-mismatch 13; done
bad r42-nul malformed 65
bad r42-dns certificate-chain 12

# an intermediate that comes with the signature is not trusted
case_of 'R37: chain' --version 0.2 --material chain
bad r37-no-intermediate certificate-chain 12

# --- R42: what is asked ---
asked() # NAME WORD CODE ARGS...
{
	local name=$1 want="$2 $3"
	shift 3
	with "$@" --trusted-root @C@/trusted_root.json
	ask
	if [ "$want" = 'null 0' ]; then is_rc "R42: $name" 0; else is "R42: $name" "$(word) $rc" "$want"; fi
	with
}
no() { asked "$1" identity-mismatch 13 "${@:2}"; }
yes_() { asked "$1" null 0 "${@:2}"; }
case_of 'identity'
i=(--certificate-oidc-issuer "$issuer")
no 'the start of it' --certificate-identity "${identity%-2}x" "${i[@]}"
no 'a shorter one' --certificate-identity "${identity%?}" "${i[@]}"
no 'nothing' --certificate-identity x "${i[@]}"
yes_ 'an expression for the whole' --certificate-identity-regexp 'https://github\.com/wasmfn-test/.*' "${i[@]}"
no 'an expression for a part' --certificate-identity-regexp 'https://github\.com/wasmfn-test/' "${i[@]}"
like 'R42: which is said' "$(jq -r '.error.hint' "$T/out")" 'whole'
no 'an expression is not exact' --certificate-identity 'https://github.com/wasmfn-test/.*' "${i[@]}"
like 'R42: which is said too' "$(jq -r '.error.hint' "$T/out")" 'looks like a pattern'
yes_ 'anchors of its own' --certificate-identity-regexp '^https://github\.com/wasmfn-test/.*$' "${i[@]}"
yes_ 'an expression for the issuer' --certificate-identity "$identity" --certificate-oidc-issuer-regexp 'https://token\.actions\.githubusercontent\.com'
asked 'another expression for the issuer' issuer-mismatch 13 --certificate-identity "$identity" --certificate-oidc-issuer-regexp 'https://token\.actions\.'
yes_ 'exact and expression' --certificate-identity "$identity" --certificate-identity-regexp '.*/fn/.*' "${i[@]}"
no 'exact and another expression' --certificate-identity "$identity" --certificate-identity-regexp '.*/other/.*' "${i[@]}"
asked 'a dialect that is not served' usage 64 --certificate-identity-regexp 'https://\d+' "${i[@]}"
asked 'no expression at all' usage 64 --certificate-identity-regexp '(' "${i[@]}"
asked 'an identity without an issuer' usage 64 --certificate-identity "$identity"
asked 'an issuer without an identity' usage 64 "${i[@]}"
for m in email other-name; do
	sig_make --mutate ok-r42-$m
	yes_ "a name of the kind $m" --certificate-identity "someone$([ $m = email ] && echo @ || echo '!')wasmfn.test" "${i[@]}"
done

# --- R43: what policy asks of the certificate ---
policy() # EXTENSIONS
{
	cat > "$T/policy.yaml" << END
apiVersion: wasmfn/v1
kind: Policy
trust:
  - match: ["**"]
    require: any
    authorities:
      - name: ci
        identities:
          - issuer: $issuer
            subject: $identity
            extensions: {$1}
        trustedRoot: $c/trusted_root.json
END
}
by_policy() # NAME WANT
{
	policy 'sourceRepositoryURI: https://github.com/wasmfn-test/fn'
	with --policy "$T/policy.yaml"
	ask
	if [ "$2" = 0 ]; then is_rc "R43: $1" 0; else is "R43: $1" "$(word) $rc" "$2"; fi
	with
}
case_of 'extensions'
by_policy 'an extension that is equal' 0
sig_make --mutate r43-other
by_policy 'one that differs' 'identity-mismatch 13'
sig_make --mutate r43-absent
by_policy 'one that is absent' 'identity-mismatch 13'
policy 'sourceRepositoryUri: x'
with --policy "$T/policy.yaml"
ask
is 'R43: one with a name that does not exist' "$(word) $rc" 'config 78'
with
done_testing
