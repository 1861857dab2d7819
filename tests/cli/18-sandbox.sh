#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What speaks to the network is shut in: code in its place reads no key, writes
# nowhere, starts nothing and reaches no local socket, while the same code in the
# program does.  What the sandbox is made of is told, and may be demanded.
# no-asan: a library is preloaded.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=$(realpath "${WASMFN:-build/wasmfn}")
umask 022
b=$T/b
mkdir -p "$b/store" "$T/home"
export WASMFN_STORE=$b/store HOME=$T/home
printf secret > "$b/secret"

small_wasm "$T/m.wasm"
make_layout "$T/layout" "$T/m.wasm" L1
ok "a scripted registry is up" start_fake
plan_is '{}'
ref=$registry/fn/a@$digest
ok "the library is built" gcc -shared -fPIC -o "$T/break_out.so" "$ART_TOP/tests/lib/preload/break_out.c" -ldl
python3 - "$b/local" << 'END' &
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(8)
while True:
    s.accept()[0].close()
END
at_exit kill $!
ok "a local socket listens" wait_for 10 test -S "$b/local"

broken() { env LD_PRELOAD="$T/break_out.so" BREAK_OUT="$b" PGPASSWORD=geheim "$@"; }
tries() { tr -d '\0' < "$b/report" | sed -n "s/^$1 \\([a-z_]* [A-Za-z]*\\)$/\\1/p"; }
came_of() { tries "$1" | sed -n "s/^$2 //p"; }
fresh() { rm -rf "${WASMFN_STORE:?}"/* "${WASMFN_STORE:?}"/.[a-z]*; }
q() { jq -r "$1" "$T/out"; }

run "$WASMFN" -v doctor
landlock=
case $out in *'Landlock ABI'*) landlock=yes ;; esac
# with_landlock NAME GOT WANT
with_landlock()
{
	if [ "$landlock" ]; then is "$@"; else skip "$1" "this kernel has no Landlock: $(grep -A1 sandbox <<< "$out" | tail -1)"; fi
}

# --- what code in its place can do
run broken "$WASMFN" -v pull "$ref"
is_rc "a pull with such code in it works" 0
like "-v says how it is shut in" "$err" 'what speaks to the network is shut in: (Landlock ABI [0-9]+|no Landlock \(.*\)), seccomp'
is "it was tried in both places" "$(tries in | wc -l) $(tries out | wc -l)" "22 22"
for what in secret list passwd variable create append store unlink mkdir rmdir chmod local wx fork exec \
	kill environ; do
	is "in the program: $what" "$(came_of out $what)" "done"
done
for what in hosts udp; do
	is "in its process, which needs it: $what" "$(came_of in $what)" "done"
done
for what in secret list passwd environ mem; do
	with_landlock "in its process: $what" "$(came_of in $what)" EACCES
done
is "in its process: variable" "$(came_of in variable)" ENODATA
for what in create append store; do
	is "in its process: $what" "$(came_of in $what)" EACCES
done
for what in unlink mkdir rmdir chmod kill process_vm_readv exec; do
	is "in its process: $what" "$(came_of in $what)" ENOSYS
done
is "in its process: fork" "$(came_of in fork)" EPERM
is "in its process: a local socket" "$(came_of in local)" EAFNOSUPPORT
is "in its process: netlink for more than addresses" "$(came_of in netlink)" EAFNOSUPPORT
is "in its process: memory written to and run" "$(came_of in wx)" EPERM
is "and nothing came of it" "$(cat "$b/secret"; ls "$b")" "secret$(printf 'local\nout\nreport\nsecret\nstore')"

# --- demanded
fresh
run "$WASMFN" --require-sandbox pull "$ref"
with_landlock "--require-sandbox is content here" "$rc" 0
run "$WASMFN" --json doctor
with_landlock "doctor: good" "$(q '.checks[] | select(.what == "sandbox") | .state')" good
run "$WASMFN" --json --offline doctor
is "doctor, offline: makes no such process" "$(q '.checks[] | select(.what == "sandbox") | .state + " " + .says')" \
	"note not looked at: the network is off"
old() { env LD_PRELOAD="$T/break_out.so" OLD_KERNEL="$1" "${@:2}"; }
for what in landlock seccomp; do
	fresh
	run old $what "$WASMFN" -v pull "$ref"
	is_rc "a kernel without $what: works" 0
	like "and -v says so" "$err" "no (L|s)${what:1} \\((Function not implemented|Invalid argument)\\).*less than there could be"
	fresh
	: > "$fake/log"
	run old $what "$WASMFN" --json --require-sandbox pull "$ref"
	is "a kernel without $what, demanded: refused" "$rc $(q .error.code)" "78 no-sandbox"
	like "with a message that says what is missing" "$(q .error.message)" "no (L|s)${what:1} \\("
	is "and no request is sent" "$(cat "$fake/log")" ""
	run old $what "$WASMFN" --json doctor
	is "doctor: a note" "$rc $(q '.checks[] | select(.what == "sandbox") | .state')" "0 note"
	run old $what "$WASMFN" --json --require-sandbox doctor
	is "doctor, demanded: bad" "$rc $(q '.checks[] | select(.what == "sandbox") | .state + " " + .reason')" "78 bad no-sandbox"
done
fresh
run old landlock broken "$WASMFN" pull "$ref"
is "without Landlock it still writes nowhere and starts nothing" \
	"$(came_of in create) $(came_of in store) $(came_of in exec) $(came_of in local)" "EACCES EACCES ENOSYS EAFNOSUPPORT"

# --- as a process
run "$WASMFN" --require-sandbox version
is_rc "who speaks to no registry needs none" 0
if command -v strace > /dev/null; then
	strace -f -e trace=clone,clone3,fork,vfork,socketpair -o "$T/calls" "$WASMFN" version > "$T/out"
	"$WASMFN" pull -q "$ref"
	strace -f -e trace=clone,clone3,fork,vfork,socketpair -o "$T/more" "$WASMFN" inspect "$T/m.wasm" > "$T/out"
	is "and makes no process" "$(grep -c '(' "$T/calls" "$T/more" | cut -d: -f2 | tr '\n' ' ')" "0 0 "
else
	skip "and makes no process" "no strace here"
fi

# --- under the filter of the shipped unit
expand()
{
	local name

	systemd-analyze syscall-filter "$1" | sed -n 's/^    \([-@a-z0-9_]*\)$/\1/p' | while read -r name; do
		case $name in @*) expand "$name" ;; *) echo "$name" ;; esac
	done
}
unit=$ART_TOP/systemd/wasmfn-reconcile.service
if command -v systemd-analyze > /dev/null; then
	sed -n 's/^SystemCallFilter=\([^~].*\)/\1/p' "$unit" | tr ' ' '\n' | while read -r name; do
		case $name in @*) expand "$name" ;; *) echo "$name" ;; esac
	done | sort -u > "$T/yes"
	sed -n 's/^SystemCallFilter=~//p' "$unit" | tr ' ' '\n' | while read -r name; do expand "$name"; done | sort -u > "$T/no"
	# what the unit adds by name stays, as for systemd, which reads line by line
	sed -n 's/^SystemCallFilter=\([a-z].*\)/\1/p' "$unit" | tr ' ' '\n' | sort -u > "$T/added"
	{ comm -23 "$T/yes" "$T/no"; cat "$T/added"; } | sort -u > "$T/calls"
	sed 's/.*/#ifdef SYS_&\nSYS_&\n#endif/' "$T/calls" | gcc -include sys/syscall.h -E -P -x c - | grep -E '^[0-9]+$' > "$T/numbers"
	ok "the filter is built" gcc -o "$T/only_calls" "$ART_TOP/tests/lib/preload/only_calls.c"
	as=()
	[ "$(id -u)" -ne 0 ] || as=(setpriv --bounding-set=-all --inh-caps=-all)
	fresh
	run "${as[@]}" "$T/only_calls" "$T/numbers" "$WASMFN" -v --require-sandbox pull "$ref"
	with_landlock "under the unit's filter: --require-sandbox is content" "$rc" 0
	grep -v '^44[456]$' "$T/numbers" > "$T/fewer"
	fresh
	run "${as[@]}" "$T/only_calls" "$T/fewer" "$WASMFN" --json --require-sandbox pull "$ref"
	with_landlock "and not without what it adds to systemd's groups" "$rc $(q .error.code)" "78 no-sandbox"
else
	skip "under the unit's filter" "no systemd-analyze here"
fi
done_testing
