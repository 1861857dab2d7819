# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
#
# Finds or builds real cosign.  Source it after tap.sh, with ART_TOP set.
#
#   need_cosign 3 2   ends the test as skipped where they are not to be had
#   $cache/cosign3    then, and $cache/cosign2

here=$ART_TOP/tests/interop
cache=$ART_TOP/build/interop
mkdir -p "$cache"
declare -A cosign_version=([3]=v3.1.3 [2]=v2.6.5)

# of the modules that cosign N is built from
cosign_sum() { cat "$here/cosign$1/go.mod" "$here/cosign$1/go.sum" | sha256sum; }
cosign_built() { [ -x "$cache/cosign$1" ] && [ "$(cat "$cache/cosign$1.sum" 2> /dev/null)" = "$(cosign_sum "$1")" ]; }

# build N: cosign vN, once for a go.sum; every module is compared with it.
# What the machine's own module cache has is not fetched again.
build()
{
	local out=$cache/cosign$1

	cosign_built "$1" && return
	(
		proxy="file://$(go env GOMODCACHE)/cache/download,$(go env GOPROXY)"
		cd "$here/cosign$1" &&
			GOFLAGS="-mod=readonly -modcacherw" GOTOOLCHAIN=local GOSUMDB=off GOPROXY=$proxy \
				GOMODCACHE=$cache/mod GOCACHE=$cache/go \
				go build -o "$out" "github.com/sigstore/cosign/v$1/cmd/cosign"
	) > "$out.log" 2>&1 || { tail -5 "$out.log" >&2; return 1; }
	cosign_sum "$1" > "$out.sum"
}

# A cold build takes half an hour of two processors: it is made where it is
# asked for, by WASMFN_INTEROP=1 (`ci.sh interop` sets it).
need_cosign()
{
	local n have all=1 name="cosign and wasmfn agree"

	for n; do cosign_built "$n" || all=0; done
	if [ $all = 0 ]; then
		if ! command -v go > /dev/null; then
			skip "$name" "interop: no Go here to build cosign with"
			done_testing
		fi
		have=$(go env GOVERSION)
		if [ "$(printf '%s\n' 1.26 "${have#go}" | sort -V | head -1)" != 1.26 ]; then
			skip "$name" "interop: cosign wants Go 1.26, and this is ${have#go}"
			done_testing
		fi
		if [ "${WASMFN_INTEROP-}" != 1 ]; then
			skip "$name" "interop: cosign is not built here; WASMFN_INTEROP=1 builds it, in half an hour"
			done_testing
		fi
	fi
	for n; do
		ok "build cosign ${cosign_version[$n]}" build "$n" || { done_testing; }
		like "it is that version" "$("$cache/cosign$n" version 2>&1)" "GitVersion:[[:space:]]+${cosign_version[$n]}"
	done
	[ "$TAP_BAD" -eq 0 ] || done_testing
}
