#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The quick start does what README.md says, and leaves nothing behind.
# no-asan: it builds and runs the plain program.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
cd "$(dirname "$0")/../.." || exit 1

# Servers started by root give up root and must get through here.
chmod 711 "$T"
mkdir -m 1777 "$T/t"
mounts=$(wc -l < /proc/mounts)
run env TMPDIR="$T/t" scripts/quickstart
is_rc 'quickstart' 0
like 'the function answers' "$out" 'with_vat.*1190'
like 'a stranger is refused, with the reason' "$out" 'wasmfn verify --key stranger.pub.*signature-mismatch.*\(exit 12\)'
like 'the swapped module answers otherwise' "$out" 'with_vat[^9]*1000'
like 'and is caught' "$out" 'D01.*\(exit 16\)'
like 'in the end all is as wanted' "$out" 'Back to what was signed.*That was all of it'
unlike 'no key is shown' "$out" 'PRIVATE KEY'
is 'no file is left' "$(find "$T/t" -mindepth 1)" ''
is 'no process is left' "$(grep -lsa "$T/[t]" /proc/[0-9]*/cmdline /proc/[0-9]*/environ | grep -v "/$$/")" ''
is 'nothing is mounted' "$(wc -l < /proc/mounts)" "$mounts"
run scripts/quickstart --no-such-option
is_rc 'an unknown option' 64

# Elsewhere: names what it needs, exit 69.  deps reads /etc/os-release, which a
# private mount replaces where that is allowed.
printf 'ID=fedora\nVERSION_ID=40\n' > "$T/os-release"
elsewhere() { unshare --mount --map-root-user sh -c "mount --bind '$T/os-release' /etc/os-release && exec scripts/quickstart"; }
if unshare --mount --map-root-user true 2> /dev/null; then
	run elsewhere
	is_rc 'not Debian 12' 69
	like 'not Debian 12: says so and what is needed' "$err" 'fedora 40.*needed:.*libpq-dev'
else
	skip 'not Debian 12' 'user namespaces are off'
	skip 'not Debian 12: says so and what is needed' 'user namespaces are off'
fi
done_testing
