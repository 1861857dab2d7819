#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The log line of the contract, received by a datagram socket: one event, one
# line; severities; what cannot be delivered goes to stderr and counts as 74.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"
# shellcheck source=tests/lib/drift.sh
. "$(dirname "$0")/../lib/drift.sh"
WASMFN=${WASMFN:-build/wasmfn}

start_drift || exit 1
sock=$T/log.sock
cat > "$T/receive.py" << 'END'
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
out = open(sys.argv[2], "ab", buffering=0)
while True:
    out.write(s.recv(65536) + b"\0\n")
END
receive()
{
	python3 "$T/receive.py" "$sock" "$T/lines" & receiver=$!
	at_exit kill "$receiver" 2> /dev/null
	wait_for 10 test -S "$sock"
}
config()
{
	(umask 077 && printf '%s\n' 'apiVersion: wasmfn/v1' 'kind: Config' \
		"alerts: {syslog: {socket: $sock, facility: ${1:-authpriv}, ident: ${2:-wasmfn}}}" \
		> "$T/config.yaml")
	CONFIG=$T/config.yaml
}
# what is about findings; the head has lines of its own
lines() { tr -d '\0' < "$T/lines" | grep -v ': ev=ledger '; }
heads() { tr -d '\0' < "$T/lines" | grep ': ev=ledger '; }
got() { [ "$(lines | wc -l)" -ge "$1" ]; }
# look N: a run, then its N lines
look()
{
	: > "$T/lines"
	rec
	ok "$2: $1 lines arrive" wait_for 10 got "$1"
	is "$2: and no more" "$(lines | wc -l)" "$1"
}

config
fresh
rec
is_rc 'a socket that the config names must exist' 78
is 'its reason' "$(q .error.code)" config
receive || exit 1

look 1 'clean'
is_rc 'clean: exit 0' 0
heads_1() { [ "$(heads | wc -l)" = 1 ]; }
ok 'the head of the ledger is logged' wait_for 10 heads_1
like 'with its place and its hash' "$(heads)" \
	"^<85>.* ev=ledger sev=info target=c seq=2 head=sha256:$(sqlc 'SELECT encode(hash, '"'hex'"') FROM wasmfn.ledger WHERE seq = 2') was=0 run=[0-9A-Z]{26}\$"
like 'clean: the line' "$(lines)" \
	'^<85>[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} wasmfn\[[0-9]+\]: ev=clean sev=info target=c functions=2 modules=2 .* run=[0-9A-Z]{26}$'

sqlc "GRANT EXECUTE ON FUNCTION wasm.add(int, int) TO PUBLIC"
look 1 'high'
like 'high is err' "$(lines)" '^<83>.*: ev=drift id=D08 sev=high state=new target=c fn="wasm.add\(integer, integer\)" fp=sha256:[0-9a-f]{64} want=".*" have=".*PUBLIC.*" run='
is 'the fingerprint is that of the finding' "$(lines | grep -o 'fp=[^ ]*')" "fp=$(q '.findings[0].fingerprint')"
is 'the run is that of the document' "$(lines | grep -o 'run=[^ ]*')" "run=$(q .run)"
sqlc "ALTER FUNCTION wasm.add(int, int) SECURITY DEFINER"
look 3 'three findings'
is 'most severe first' "$(lines | grep -o '^<[0-9]*>' | tr -d '\n')" '<82><82><83>'

fresh
sqlc "REVOKE EXECUTE ON FUNCTION wasm.add(int, int) FROM app_reader"
look 1 'info'
like 'info is notice' "$(lines)" '^<85>.*sev=info'
fresh
sqlc 'REVOKE SELECT ON wasm.module FROM wasmfn_reader'
look "$(rec; q '.findings | length')" 'unreadable'
like 'what could not be checked' "$(lines)" '^<83>.*ev=unknown id=D30 sev=high'
config daemon drift.test
fresh
look 1 'another facility and ident'
like 'they are used' "$(lines)" '^<29>.* drift\.test\[[0-9]+\]: ev=clean'

# --- hostile names --------------------------------------------------------------
config
fresh
sqlc "CREATE SCHEMA \"x
ev=clean id=D00\"; SELECT wasm.create_function('\"x
ev=clean id=D00\".\"a\"\"b \\ $(printf '\033')[2J\"', $(bytes "$T/art/add.wasm"), '{int4,int4}', 'int4', '{\"export\":\"add\"}')" > /dev/null
look 1 'a function with a hostile name'
is 'no control byte in the line' "$(lines | head -1 | LC_ALL=C grep -c '[[:cntrl:]]')" 0
is 'still one event' "$(lines | grep -o 'ev=drift' | wc -l)" 1
like 'it is quoted and escaped' "$(lines)" 'fn=".*\\x0aev=clean id=D00.*\\x1b\[2J'
fresh
long=$(printf 'r%.0s' {1..50})
sqlc "$(for i in {1..40}; do echo "CREATE ROLE $long$i; GRANT EXECUTE ON FUNCTION wasm.add(int, int) TO $long$i;"; done)"
look 1 'a long value'
is 'at most 1024 bytes' "$(lines | awk '{ sub(/^.*\]: /, ""); print length($0) <= 1024 }')" 1
like 'says that it is cut' "$(lines)" ' trunc=1$'
like 'and keeps the fingerprint' "$(lines)" ' fp=sha256:[0-9a-f]{64} '
sqlc "$(for i in {1..40}; do echo "DROP OWNED BY $long$i; DROP ROLE $long$i;"; done)"

# --- nobody takes it ------------------------------------------------------------------
fresh
kill "$receiver"
wait "$receiver" 2> /dev/null
rec
is_rc 'a socket that nobody listens on is a wrong configuration' 78
rm -f "$sock"
# full: bound, filled and never read
cat > "$T/full.py" << 'END'
import socket, sys, time
r = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
r.bind(sys.argv[1])
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.setblocking(False)
s.connect(sys.argv[1])
try:
    while True:
        s.send(b"x")
except BlockingIOError:
    open(sys.argv[2], "w").close()
time.sleep(600)
END
python3 "$T/full.py" "$sock" "$T/full" & receiver=$!
at_exit kill "$receiver"
ok '(a socket that takes nothing more)' wait_for 10 test -e "$T/full"
rec
is_rc 'a clean run whose line cannot be delivered' 74
like 'the line is on stderr' "$err" 'ev=clean sev=info target=c'
is 'the states are as they were' "$(q '[.targets[].functions[].state] | unique | join(" ")')" in_sync
rec -q
like 'also with -q' "$err" 'ev=clean sev=info target=c'
sqlc "GRANT EXECUTE ON FUNCTION wasm.add(int, int) TO PUBLIC"
rec
is_rc 'drift is more severe than that' 2
like 'its line is on stderr too' "$err" 'ev=drift id=D08'

# without a config the socket is /dev/log where it exists, else none
unset CONFIG
fresh
rec -v
is_rc 'no configuration: no socket is demanded' 0

done_testing
