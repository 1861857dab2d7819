#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Installs into private directories and takes it back: everything has its
# place, nothing is left, nothing of somebody else's is touched.
set -u
cd "$(dirname "$0")/.." || exit 1
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
bad=0
say() { echo "$*"; bad=1; }
state() { (cd "$1" && find . -printf '%y %m %p\n' | LC_ALL=C sort); }

# --- into an empty DESTDIR --------------------------------------------------
mkdir "$T/empty"
make -s install DESTDIR="$T/empty" PREFIX=/usr || say 'make install failed'
state "$T/empty" >"$T/installed"
for f in bin/wasmfn share/man/man1/wasmfn.1 share/bash-completion/completions/wasmfn \
	share/zsh/site-functions/_wasmfn share/fish/vendor_completions.d/wasmfn.fish; do
	[ -s "$T/empty/usr/$f" ] || say "make install: no $f"
done
# every file of these directories has found a place
for f in man/*.[1-8] systemd/* systemd/*/*.conf manifest/*.json policy/*.json policy/*.yaml; do
	[ -f "$f" ] || continue
	case $f in
	*.sysusers | *.tmpfiles) name=$(basename "${f%.*}").conf ;;
	policy/default.yaml) name=policy.yaml ;;
	*) name=${f##*/} ;;
	esac
	grep -q "/$name\$" "$T/installed" || say "make install: left out $f"
done
[ ! -e "$T/empty/etc" ] || say 'make install wrote below /etc'
find "$T/empty" -type f -perm /022 -printf '%P: writable by others\n' | grep . && bad=1
find "$T/empty/usr/share" "$T/empty/usr/lib" -type f -perm /111 -printf '%P: executable\n' | grep . && bad=1
"$T/empty/usr/bin/wasmfn" version >/dev/null || say 'the installed program does not run'
grep -rlF "$T" "$T/empty" && say 'DESTDIR got into an installed file'

make -s install DESTDIR="$T/empty" PREFIX=/usr || say 'make install again failed'
state "$T/empty" | cmp -s - "$T/installed" || say 'make install again changed something'
make -s uninstall DESTDIR="$T/empty" PREFIX=/usr || say 'make uninstall failed'
left=$(find "$T/empty" -mindepth 1)
[ -z "$left" ] || say "make uninstall left: $left"
make -s uninstall DESTDIR="$T/empty" PREFIX=/usr 2>/dev/null && say 'make uninstall of nothing passed'

# --- beside what somebody else has, under another prefix --------------------
mkdir -p "$T/other/opt/w/bin" "$T/other/opt/w/share/man/man1" "$T/other/opt/w/share/empty"
echo other >"$T/other/opt/w/bin/other"
state "$T/other" >"$T/before"
make -s install DESTDIR="$T/other" PREFIX=/opt/w || say 'make install PREFIX=/opt/w failed'
for f in "$T"/other/opt/w/lib/systemd/system/*.service; do
	! grep -q '/usr/bin/wasmfn' "$f" || say "${f##*/}: does not follow PREFIX"
done
echo later >"$T/other/opt/w/share/doc/wasmfn/of-somebody-else"
make -s uninstall DESTDIR="$T/other" PREFIX=/opt/w || say 'make uninstall PREFIX=/opt/w failed'
[ -f "$T/other/opt/w/share/doc/wasmfn/of-somebody-else" ] || say 'make uninstall removed a file it did not make'
rm -rf "$T/other/opt/w/share/doc"
state "$T/other" | diff "$T/before" - || say 'make uninstall did not restore what was there'
exit $bad
