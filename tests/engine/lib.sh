# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# For the tests of the reference engine: a server of their own, modules made
# from text, and SQL whose outcome is compared.  It must never connect to
# anything but the server it started.
#
#   engine_start [OPTION...]      engine-up's options; sets $TARGET, $LOG, $DIR
#   wasm NAME                     tests/engine/wat/NAME.wat as an SQL literal
#   sql [SQL...]                  as $ROLE, or the superuser; sets rc, out, err
#   sql_is NAME SQL WANT          unaligned tuples, | between columns
#   sql_err NAME SQL STATE ERE    fails with that SQLSTATE and message
#   sql_bg SQL...                 in the background; $bg is psql's pid
#   log_mark, log_since           the server log from a point on

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# shellcheck source=tests/lib/tap.sh
. "$top/tests/lib/tap.sh"

ROLE=postgres
TARGET='' LOG='' DIR='' LOG_MARK=0

engine_start()
{
	run "$top/scripts/engine-up" pg_wasm "$@"
	if [ "$rc" -ne 0 ]; then
		fail 'the engine starts' "$err"
		exit 1
	fi
	TARGET=$(sed -n 's/^target=//p' <<< "$out")
	LOG=$(sed -n 's/^log=//p' <<< "$out")
	DIR=$(sed -n 's/^dir=//p' <<< "$out")
	at_exit "$top/scripts/engine-up" --stop "$DIR"
}

wasm()
{
	local file=$T/$1.wasm

	[ -e "$file" ] || wat2wasm "$top/tests/engine/wat/$1.wat" -o "$file" ||
		exit 1
	hex_literal "$file"
}

hex_literal()
{
	printf "'\\\\x%s'::bytea" "$(od -An -v -tx1 "$1" | tr -d ' \n')"
}

target()
{
	printf '%s' "${TARGET/user=postgres/user=$ROLE}"
}

# Long statements do not fit an argument: psql reads a file.
sql()
{
	printf '%s\n' "$@" > "$T/sql"
	run timeout -k 5 60 psql -XAtq -v ON_ERROR_STOP=1 \
		-v VERBOSITY=verbose -f "$T/sql" "$(target)"
}

sql_is()
{
	sql "$2"
	if [ "$rc" -eq 0 ]; then is "$1" "$out" "$3"; else fail "$1" "$err"; fi
}

sql_err()
{
	sql "$2"
	if [ "$rc" -eq 0 ]; then
		fail "$1" "no error, got: $out"
	else
		like "$1" "$err" "(ERROR|FATAL):  $3: [^"$'\n'"]*$4"
	fi
}

sql_bg()
{
	psql -XAtq -v ON_ERROR_STOP=1 -v VERBOSITY=verbose -c "$*" \
		"$(target)" > "$T/bg.out" 2> "$T/bg.err" < /dev/null &
	# shellcheck disable=SC2034
	bg=$!
}

# The backend that runs a statement with this text in it now.
backend_of()
{
	psql -XAtq -c "SELECT pid FROM pg_stat_activity WHERE state = 'active'
		AND pid <> pg_backend_pid() AND query LIKE '%$1%'" "$TARGET"
}

backend_runs()
{
	[ -n "$(backend_of "$1")" ]
}

backend_gone()
{
	! backend_runs "$1"
}

log_mark()
{
	LOG_MARK=$(wc -c < "$LOG")
}

log_since()
{
	tail -c "+$((LOG_MARK + 1))" "$LOG"
}

alive()
{
	psql -XAtq -c 'SELECT 1' "$TARGET" > /dev/null
}
