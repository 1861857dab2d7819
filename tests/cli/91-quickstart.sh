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
like 'what was signed is put back' "$out" 'Back to what was signed.*in sync.*A new version'
like 'a plan is refused when the database has moved' "$out" 'wasmfn apply[^$]*next.plan[^$]*\(exit 2\)'
like 'the new version answers, and after it the old one' "$out" 'with_vat[^$]* 6[^0-9].*rollback.*with_vat[^$]* 5[^0-9]'
like 'which is held' "$out" '\(exit 20\).*That was all of it'
# README.md has what was printed, line for line and in this order: what differs
# in each run is cut out of both
same_each_time() {
	sed -E 's/^    //; s/[0-9a-f]{64}/HEX/g; s/sha256:[0-9a-f]{12}/sha256:HEX/g; s/127\.0\.0\.1:[0-9]+/REGISTRY/g;
		s/\/[^ ]*wfq\.[A-Za-z0-9]{6}/DIR/g; s/[0-9]{4}-[0-9-]{5}T[0-9:]{8}Z/TIME/g; s/ +$//'
}
sed -n '/^## A session/,/^## Where/p' README.md | grep '^    ' | same_each_time > "$T/readme"
same_each_time <<< "$out" > "$T/printed"
is 'README.md shows a session' "$(grep -c '^\$ ' "$T/readme")" 23
is 'of which every line was printed, in that order' "$(diff "$T/readme" "$T/printed" | grep '^<')" ''
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
