#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The reference engine's WASI shim: what is granted, what is refused and how,
# and that nothing outlives a call.

# shellcheck source=tests/engine/lib.sh
. "$(dirname "$0")/lib.sh"

engine_start --set pg_wasm.allow_fs=on
wasi=$(wasm wasi)

# A directory the server can read, with things in it that lead out.
geo=$DIR/geo
mkdir "$geo" "$geo/sub" "$DIR/outside"
printf '{"country": "NL"}' > "$geo/10.0.0.1"
printf 'inside' > "$geo/sub/file"
printf 'secret' > "$DIR/outside/secret"
ln -s ../outside/secret "$geo/link-out"
ln -s /etc/passwd "$geo/link-abs"
ln -s sub/file "$geo/link-in"
ln -s ../outside "$geo/dir-out"
mkfifo "$geo/fifo"
chmod -R go+rX "$geo" "$DIR/outside"
chown -R "$(stat -c %U "$DIR/data")" "$geo"

preopen()
{
	printf '{"wasi": {"filesystem": {"preopen": [{"host_path": "%s", "guest_path": "/data"%s}]}}}' \
		"$1" "${2-}"
}

# make NAME ARGS RETURNS CONFIG
make()
{
	sql "SELECT wasm.create_function('$1', $wasi, '{$2}', '$3', '$4')"
	[ "$rc" -eq 0 ] || fail "create $1" "$err"
}

### the seed's function and its Verify statement, as printed
sql_is "seed: Step 3's create_function as printed" "
	SELECT wasm.create_function(
	  function_name := 'enrich_with_geoip',
	  wasm_module := $wasi,
	  arg_types := ARRAY['inet'],
	  return_type := 'jsonb',
	  config := '{
	    \"max_memory_bytes\": 16777216,
	    \"wasi\": {
	      \"filesystem\": {
	        \"preopen\": [
	          {\"host_path\": \"$geo\", \"guest_path\": \"/data\", \"readonly\": true}
	        ]
	      }
	    }
	  }'::jsonb
	)" 'wasm.enrich_with_geoip(inet)'
sql_is 'seed: it reads below its preopen' \
	"SELECT wasm.enrich_with_geoip('10.0.0.1')->>'country',
		wasm.call('enrich_with_geoip', '10.0.0.1')" 'NL|{"country": "NL"}'
sql_err 'seed: a path outside the preopen' \
	"SELECT wasm.call('enrich_with_geoip', '/etc/passwd')" 38W04 \
	'WASM function trapped: capability_denied \(filesystem path outside preopen\)'

### paths
make read_file text text "$(preopen "$geo")"
sql_is 'a file in a directory' "SELECT wasm.read_file('sub/file')" inside
sql_is 'a link that stays inside' "SELECT wasm.read_file('link-in')" inside
for p in ../outside/secret sub/../../outside/secret link-out link-abs dir-out/secret /; do
	sql_err "outside: $p" "SELECT wasm.read_file('$p')" 38W04 'path outside preopen'
done
sql_is 'a missing file is ENOENT' "SELECT wasm.read_file('nosuch')" 'errno 44'
sql_is 'a directory is EISDIR' "SELECT wasm.read_file('sub')" 'errno 31'
sql_is 'a FIFO is EACCES and does not block' "SELECT wasm.read_file('fifo')" 'errno 02'
sql_is 'an empty path is EINVAL' "SELECT wasm.read_file('')" 'errno 28'
sql_is 'a path of 5000 bytes is ENAMETOOLONG' "SELECT wasm.read_file(repeat('a', 5000))" 'errno 37'
make guest_name '' text "$(preopen "$geo")"
sql_is 'the guest sees its own name for it' 'SELECT wasm.guest_name()' /data

### reading only, and writing
make write_file text text "$(preopen "$geo")"
sql_is 'readonly by default: EROFS' "SELECT wasm.write_file('new')" 'errno 69'
nok 'and nothing was made' test -e "$geo/new"
sql "SELECT wasm.drop_function('write_file')"
make write_file text text "$(preopen "$geo" ', "readonly": false')"
sql_is 'readonly false: it writes' "SELECT wasm.write_file('new')" new
is 'what it wrote' "$(cat "$geo/new")" new
sql_err 'but not outside' "SELECT wasm.write_file('../outside/new')" 38W04 'path outside preopen'
nok 'nothing was made outside' test -e "$DIR/outside/new"

### nothing outlives a call
make open_all text text "$(preopen "$geo")"
sql_is 'descriptors are bounded: EMFILE' "SELECT wasm.open_all('10.0.0.1')" 'errno 33'
sql_is 'and closed after each call of one query' "
	SELECT wasm.open_all('10.0.0.1'),
		(SELECT count(*) < 40 FROM pg_ls_dir('/proc/self/fd') WHERE i > 0)
	FROM generate_series(1, 2) i" $'errno 33|t\nerrno 33|t'
sql_is 'and after a trap' "
	DO \$\$ BEGIN FOR i IN 1..20 LOOP
		BEGIN PERFORM wasm.read_file('link-out');
		EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END \$\$;
	SELECT count(*) < 40 FROM pg_ls_dir('/proc/self/fd')" t
sql_is 'many call sites leave none open either' "
	SELECT count(wasm.read_file('sub/file') || wasm.guest_name()) FROM generate_series(1, 3);
	SELECT count(*) < 60 FROM pg_ls_dir('/proc/self/fd')" $'3\nt'

### grants
sql_err 'WASI without a wasi object is refused by name' "
	SELECT wasm.create_function('say', $wasi, '{text}', 'int4')" 38W04 \
	'capability_denied \(import wasi_snapshot_preview1.path_open not provided\)'
sql_err 'allow_fs off: refused when created' "
	SET pg_wasm.allow_fs = off;
	SELECT wasm.create_function('x', $wasi, '{text}', 'text', '$(preopen "$geo")')" \
	38W04 'capability_denied \(filesystem not granted\)'
sql_err 'allow_fs off: refused at the call' "
	SET pg_wasm.allow_fs = off; SELECT wasm.read_file('sub/file')" 38W04 \
	'WASM function trapped: capability_denied \(filesystem not granted\)'
for d in / "$DIR" "$DIR/data" "$DIR/data/base" "$geo/../data"; do
	sql_err "a preopen that reaches the data directory: ${d#"$DIR"}" "
		SELECT wasm.create_function('read_file2', $wasi, '{text}', 'text',
			'$(preopen "$d")')" 38W04 'filesystem not granted'
done
make gone '' text "$(preopen "$DIR/nosuch" | sed 's/{"wasi"/{"export": "guest_name", "wasi"/')"
sql_err 'a preopen that is not there' 'SELECT wasm.gone()' 58P01 'could not open preopen'
make misc '' int4 '{"wasi": {}}'
sql_is 'clock, random, empty environment, closing what is not open' 'SELECT wasm.misc()' 0
make bad_pointers '' int4 '{"wasi": {}}'
sql_is 'pointers outside memory are EFAULT' 'SELECT wasm.bad_pointers()' 71
make exit '' int4 '{"wasi": {}}'
sql_err 'proc_exit ends the call, not the backend' 'SELECT wasm.exit()' 38W00 'trapped: exit'
log_mark
make say text int4 '{"wasi": {}}'
sql_is 'output goes to the server log' "SELECT wasm.say(E'hello \\\"there\\\"\n\x1b[31m')" 0
like 'escaped' "$(log_since)" 'LOG:  pg_wasm: output fd=1 text="hello \\"there\\"\\x0a\\x1b\[31m"'
sql_is 'and is bounded' "
	SELECT wasm.say(repeat('x', 60000)) = 0" t
ok 'in the log too' test "$(log_since | grep 'output fd=1' | tail -1 | wc -c)" -lt 1300
sql_err 'a wasi object taken away by hand holds at the call' "
	UPDATE wasm.function_def SET config = '{}' WHERE name = 'wasm.misc';
	SELECT wasm.misc()" 38W04 'trapped: capability_denied \(import wasi_snapshot_preview1.path_open not provided\)'
sql_is 'an empty allowlist grants nothing and is no error' "
	SELECT wasm.create_function('no_net', $wasi, '{}', 'int4', '{
		\"export\": \"misc\",
		\"wasi\": {\"sockets\": {\"allow_outbound_tcp\": []}}}')" 'wasm.no_net()'
unlike 'no backend crashed' "$(cat "$LOG")" 'terminated by signal|PANIC'

done_testing
