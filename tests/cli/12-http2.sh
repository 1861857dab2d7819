#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A server that speaks HTTP/2 (nghttpd): transfers run side by side, on one
# connection where libcurl is up to it.  Rule R-S11.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=$(realpath "${WASMFN:-build/wasmfn}")
export WASMFN_STORE=$T/store HOME=$T/home
mkdir -p "$HOME"
nghttpd=$(PATH=$PATH:/usr/sbin command -v nghttpd) || {
	skip "HTTP/2" "no nghttpd; run scripts/deps"
	done_testing
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=h2 \
	-addext subjectAltName=IP:127.0.0.1 -keyout "$T/tls.key" -out "$T/tls.crt" 2> /dev/null
chmod 644 "$T/tls.crt"
small_wasm "$T/m.wasm"
www=$T/www/v2/fn/a
mkdir -p "$www/manifests" "$www/blobs"
digests=()
for i in 1 2 3 4 5 6; do
	{
		cat "$T/m.wasm"
		printf '\0\203\200\100\1x' # a custom section of 1 MiB and 3 bytes
		head -c $((1048579 - 2)) /dev/urandom
	} > "$T/big$i.wasm"
	make_layout "$T/layout$i" "$T/big$i.wasm" L12
	cp "$T/layout$i/blobs/sha256/${digest#*:}" "$www/manifests/$digest"
	cp "$T/layout$i/blobs/sha256/${module#*:}" "$www/blobs/$module"
	digests+=("$digest")
done

# Someone else may take the port first: then the next one.
start()
{
	local port

	for port in $(shuf -i 20000-30000 -n 5); do
		stdbuf -oL "$nghttpd" -v -a 127.0.0.1 -d "$T/www" "$port" "$T/tls.key" "$T/tls.crt" > "$T/log" 2>&1 < /dev/null &
		pid=$!
		wait_for 10 grep -qE "listen|^Could" "$T/log"
		if grep -q listen "$T/log" && kill -0 $pid; then
			at_exit kill $pid
			registry=127.0.0.1:$port
			return 0
		fi
	done
	return 1
}
ok "a server that speaks HTTP/2 is up" start
printf 'apiVersion: wasmfn/v1\nkind: Config\nregistries:\n  "%s": {ca: %s}\n' "$registry" "$T/tls.crt" > "$T/config.yaml"
chmod 644 "$T/config.yaml"
refs=("${digests[@]/#/$registry/fn/a@}")
run "$WASMFN" --config "$T/config.yaml" --json --stats pull --no-signatures "${refs[@]}"
is_rc "six artifacts from it" 0
is "all are whole" "$(find "$WASMFN_STORE/blobs" -size +1000k | wc -l)" 6
is "each blob once" "$(grep '^{"requests"' "$T/err" | jq .requests)" 12
# "[id=1] [  0.003] recv HEADERS frame <length=.., stream_id=1>"
connections=$(grep -oE '^\[id=[0-9]+\].*recv HEADERS' "$T/log" | grep -oE '^\[id=[0-9]+\]' | sort -u | wc -l)
most=$(awk '
	/recv HEADERS frame/ { if (++open[$1] > most) most = open[$1] }
	/stream_id=[0-9]+ closed/ { open[$1]-- }
	END { print most + 0 }' "$T/log")
libcurl=$(curl -V | sed -n '1s|.*libcurl/\([0-9.]*\).*|\1|p')
if [ "$(printf '8.1.0\n%s\n' "$libcurl" | sort -V | head -n 1)" = 8.1.0 ]; then
	is "R-S11: on one connection" "$connections" 1
	ok "R-S11: several streams are open at a time ($most)" test "$most" -gt 1
else
	# it loses the end of a stream to another one
	ok "R-S11: on few connections ($connections)" test "$connections" -le 8
	is "R-S11: libcurl $libcurl: a stream at a time on each" "$most" 1
fi
done_testing
