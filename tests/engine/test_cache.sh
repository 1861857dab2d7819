#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The reference engine's compile cache: compiled code is native code, so an
# entry that was changed, moved or planted must never be run.

# shellcheck source=tests/engine/lib.sh
. "$(dirname "$0")/lib.sh"

dir=$(mktemp -u "${TMPDIR:-/tmp}/wfe.XXXXXX")
cache=$dir/cache
engine_start "$dir" --set "pg_wasm.cache_dir=$cache"
user=$(stat -c %U "$dir/data")
abi=$(wasm abi)
name=$(sha256sum < "$T/abi.wasm" | cut -c1-64).code

new_cache()
{
	rm -rf "$cache"
	mkdir -m "${1:-700}" "$cache"
	chown "${2:-$user}" "$cache"
	log_mark
}

# Each statement is a backend of its own, so each compiles or loads.
works()
{
	sql_is "$1" 'SET client_min_messages = debug1; SELECT wasm.add(1, 2)' 3
}

says()
{
	like "$1" "$(log_since)" "LOG:  pg_wasm: compile cache .*$2"
}

sql_is 'without a directory there is no cache' "
	SELECT wasm.create_function('add', $abi, '{int4,int4}', 'int4') \\g /dev/null
	SELECT wasm.add(1, 2)" 3
nok 'and none is made' test -e "$cache"

new_cache
works 'an empty cache'
ok 'has an entry then' test -s "$cache/$name"
is 'that is for the server alone' "$(stat -c %a "$cache/$name")" 600
is 'so is the key' "$(stat -c '%a %s' "$dir/data/pg_wasm.key")" '600 32'
works 'the next backend'
like 'loads it' "$err" "$name loaded from the compile cache"
unlike 'and nothing is wrong' "$(log_since)" 'compile cache'

# poison NAME COMMAND...: the entry is changed, refused and made again
poison()
{
	local what=$1

	shift
	new_cache
	sql 'SELECT wasm.add(1, 2)'
	"$@"
	works "$what: the right result all the same"
	says "$what: refused and said" "$name does not verify: deleted, compiling again"
	unlike "$what: not loaded" "$err" 'loaded from the compile cache'
	works "$what: and then"
	like "$what: the good entry is back" "$err" 'loaded from the compile cache'
}

flip()
{
	perl -e 'open(my $f, "+<", $ARGV[0]) or die; my $at = $ARGV[1] eq "middle"
		? int((-s $f) / 2) : $ARGV[1]; seek($f, $at, 0); read($f, my $c, 1);
		seek($f, $at, 0); print $f chr(ord($c) ^ 1)' "$cache/$name" "$1"
}

poison 'failure mode: compilation cache poisoned' flip middle
poison 'the last byte of the header' flip 111
poison 'the first byte' flip 0
poison 'cut short' truncate -s 1000 "$cache/$name"
poison 'empty' truncate -s 0 "$cache/$name"
poison 'longer' sh -c "echo x >> '$cache/$name'"
poison 'a link to it' sh -c "cp -p '$cache/$name' '$dir/copy' && ln -sf '$dir/copy' '$cache/$name'"
poison 'a FIFO' sh -c "rm '$cache/$name' && mkfifo '$cache/$name'"

sql "SELECT wasm.create_function('good', $(wasm traps), '{}', 'int4')"
other=$(sha256sum < "$T/traps.wasm" | cut -c1-64).code
poison "another module's entry" sh -c "cd '$cache' &&
	PGOPTIONS= psql -XAtqc 'SELECT wasm.good()' '$TARGET' > /dev/null && mv '$other' '$name'"
poison 'made under another key' sh -c "head -c 32 /dev/urandom > '$dir/data/pg_wasm.key'"

new_cache 755
works 'a directory that others may enter'
says 'is not used' 'not used: others may enter it'
nok 'nothing is put there' test -e "$cache/$name"
new_cache
echo 7340000000000000000 > "$cache/CLUSTER"
chown "$user" "$cache/CLUSTER"
chmod 600 "$cache/CLUSTER"
works 'a directory of another cluster'
says 'is not used' 'not used: another cluster uses it'
new_cache
chmod 644 "$dir/data/pg_wasm.key"
works 'a key that others can read'
says 'is not used' 'not used: pg_wasm.key is not a key of ours alone'
chmod 600 "$dir/data/pg_wasm.key"
new_cache
mv "$cache" "$dir/real"
ln -s "$dir/real" "$cache"
works 'a directory behind a link'
says 'is not used' 'not used: it cannot be opened'
rm -r "$cache" "$dir/real"
if [ "$(id -u)" -eq 0 ]; then
	new_cache 700 root
	chmod 777 "$cache"
	works "a directory of somebody else's"
	says 'is not used' "not used: it does not belong to the server's user"
fi
unlike 'no backend crashed' "$(cat "$LOG")" 'terminated by signal|PANIC'

done_testing
