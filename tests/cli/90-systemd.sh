#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The units as `make install` puts them: accepted without a word, and shut in
# as far as promised.  It must never need a running systemd.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
cd "$(dirname "$0")/../.." || exit 1
WASMFN=${WASMFN:-build/wasmfn}

run env B="$(dirname "$WASMFN")" DESTDIR= PREFIX="$T/p" SYSCONFDIR="$T/etc" scripts/install-files install
is_rc 'units are installed' 0
units=$T/p/lib/systemd/system
dropins=$T/p/share/doc/wasmfn/examples/wasmfn-reconcile.service.d
service=$units/wasmfn-reconcile.service

# `verify` exits 0 for a directive that it does not know: only silence counts.
verify() { run systemd-analyze verify --man=no "$@"; }
# score FILE: exposure as N.N
score() { systemd-analyze security --offline=yes --no-pager "$1" 2>&1 | sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p'; }
at_most() { [ -n "$1" ] && awk -v a="$1" -v b="$2" 'BEGIN { exit !(a + 0 <= b + 0) }'; }
drop_in() { mkdir -p "$service.d" && cp "$dropins/$1" "$service.d/"; }

for u in wasmfn-reconcile.service wasmfn-reconcile.timer wasmfn-alert@.service; do
	verify "$units/$u"
	is "verify says nothing about $u" "$rc $out$err" '0 '
done

cp "$service" "$T/keep"
echo 'NoSuchDirective=yes' >> "$service"
verify "$service"
isnt 'verify does say something about an unknown directive' "$out$err" ''
cp "$T/keep" "$service"

s=$(score "$service")
ok "socket-only unit: exposure $s is at most 0.3" at_most "$s" 0.3
sed -i '/^PrivateNetwork=/d; /^RestrictAddressFamilies=/d' "$service"
nok 'the same without its network walls is not' at_most "$(score "$service")" 0.3
cp "$T/keep" "$service"
s=$(score "$units/wasmfn-alert@.service")
ok "alert unit: exposure $s is at most 0.3" at_most "$s" 0.3

drop_in tcp.conf
verify "$service"
is 'verify says nothing with tcp.conf' "$rc $out$err" '0 '
s=$(score "$service")
ok "with tcp.conf: exposure $s is at most 1.2" at_most "$s" 1.2
nok 'and tcp.conf is in effect' at_most "$s" 0.3
drop_in drift-ok.conf
verify "$service"
is 'verify says nothing with drift-ok.conf' "$rc $out$err" '0 '

is 'pending is the only failure that counts as success' \
	"$(sed -n 's/^SuccessExitStatus=//p' "$service")" 3
is 'drift-ok.conf adds drift and nothing else' \
	"$(sed -n 's/^SuccessExitStatus=//p' "$service.d/drift-ok.conf")" 2
like 'a limit is set' "$(cat "$service")" 'TimeoutStartSec=[0-9]+'
is 'a failure starts the alert of its own unit' "$(sed -n 's/^OnFailure=//p' "$service")" 'wasmfn-alert@%n.service'

# What the unit runs is a command line that the program takes.
exec_start=$(sed -n 's/^ExecStart=//p' "$service")
is 'the unit runs the installed program' "${exec_start%% *}" "$T/p/bin/wasmfn"
# shellcheck disable=SC2086 # words
run $exec_start --help
is_rc 'with a command line that it takes' 0

mkdir -p "$T/root/etc"
run systemd-sysusers --root="$T/root" "$T/p/lib/sysusers.d/wasmfn.conf"
is 'sysusers: no complaint' "$rc $(grep -v '^Creating ' "$T/err")" '0 '
like 'sysusers: one user without a shell' "$(cat "$T/root/etc/passwd")" 'wasmfn:.*:/var/lib/wasmfn:/usr/sbin/nologin'
if [ "$(id -u)" -eq 0 ]; then
	run systemd-tmpfiles --root="$T/root" --create "$T/p/lib/tmpfiles.d/wasmfn.conf"
	is 'tmpfiles: no complaint' "$rc $err" '0 '
	is 'tmpfiles: configuration belongs to root' \
		"$(stat -c '%U %a' "$T/root$T/etc/wasmfn/keys" "$T/root$T/etc/wasmfn/manifests.d" | sort -u)" 'root 755'
else
	is 'tmpfiles: every line has its seven columns' "$(awk '!/^#/ && NF != 6' "$T/p/lib/tmpfiles.d/wasmfn.conf")" ''
fi
done_testing
