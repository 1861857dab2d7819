# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # shared with who sources it
#
# A real PostgreSQL with the reference engine, hardened as the docs say, and
# signed artifacts in layouts: source it after tap.sh and artifact.sh.  wasmfn
# must never run as a superuser in a test; superuser statements are the
# attacker's and the administrator's.
#
#   start_db [OPTION...]     scripts/engine-up; sets $db_dir $db_host $db_port
#   conninfo ROLE            connection string of a role
#   sql TEXT                 as superuser, unaligned; stops at an error
#   sql_as ROLE TEXT
#   stop_db, kill_db, again_db
#   artifact NAME WAT [KEY=VALUE...]  a layout $T/art/NAME with one signed
#       module made from text; sets $digest $module and $ref
#   manifest FILE < entries  writes it so that it is safe to believe
#   policy FILE [EXTRA]      one key rule for oci: layouts; more YAML from EXTRA
#   wf ARGS...               `run` wasmfn as the deployer, own store and state

DB_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

start_db()
{
	local lines

	lines=$("$DB_TOP/scripts/engine-up" pg_wasm "$@") || return
	db_dir=$(sed -n 's/^dir=//p' <<< "$lines")
	db_log=$(sed -n 's/^log=//p' <<< "$lines")
	db_tcp=$(sed -n 's/^tcp_port=//p' <<< "$lines")
	db_port=$(sed -n 's/^target=.*port=\([0-9]*\).*/\1/p' <<< "$lines")
	db_host=$db_dir
	at_exit bash -c "$(sed -n 's/^stop=//p' <<< "$lines")"
	sql "
		CREATE ROLE deploy LOGIN; CREATE ROLE reader LOGIN;
		CREATE ROLE app_owner; CREATE ROLE app_reader; CREATE ROLE app_other;
		CREATE ROLE wasm_authors; CREATE ROLE wasmfn_reader;
		GRANT wasm_authors, app_owner TO deploy;
		GRANT wasmfn_reader TO reader;
		REVOKE CREATE ON SCHEMA wasm FROM PUBLIC;
		REVOKE EXECUTE ON FUNCTION wasm.create_function FROM PUBLIC;
		GRANT CREATE ON SCHEMA wasm TO wasm_authors, app_owner;
		GRANT EXECUTE ON FUNCTION wasm.create_function, wasm.replace_function,
			wasm.drop_function TO wasm_authors;
		GRANT SELECT ON wasm.module, wasm.function_def TO wasm_authors, wasmfn_reader;
		CREATE SCHEMA wasmfn AUTHORIZATION deploy"
}

conninfo()
{
	printf 'host=%s port=%s dbname=postgres user=%s' "$db_host" "$db_port" "$1"
}

sql_as()
{
	psql -XqAt -v ON_ERROR_STOP=1 -d "$(conninfo "$1")" -c "$2"
}

sql()
{
	sql_as postgres "$1"
}

stop_db() { "$DB_TOP/scripts/engine-up" --stop "$db_dir"; }
kill_db() { "$DB_TOP/scripts/engine-up" --kill "$db_dir"; }
again_db() { "$DB_TOP/scripts/engine-up" --start "$db_dir"; }

artifact()
{
	local name=$1 wat=$2

	shift 2
	mkdir -p "$T/art"
	printf '%s' "$wat" > "$T/art/$name.wat"
	wat2wasm "$T/art/$name.wat" -o "$T/art/$name.wasm" || return
	make_layout "$T/art/$name" "$T/art/$name.wasm" L1 "$@"
	sign_layout "$T/art/$name" "${SIGN_KEY:-release}"
	ref=oci:$T/art/$name@$digest
}

manifest()
{
	(umask 077 && cat > "$1")
}

policy()
{
	(umask 077 && cat > "$1" << END
apiVersion: wasmfn/v1
kind: Policy
trust:
  - match: ["oci:$T/**"]
    require: any
    authorities:
      - name: release-key
        keys: [$DB_TOP/tests/data/keys/release.pub]
${2-}
END
)
}

wf()
{
	run "$WASMFN" --store "$T/store" --state "$T/state" "$@"
}

# start_proxy MODE PATTERN [SKIP]: tests/lib/pgproxy.py before the server; sets
# $proxy_host, $flag.  Ends with the script.
PROXY_N=0
start_proxy()
{
	PROXY_N=$((PROXY_N + 1))
	proxy_host=$T/px$PROXY_N
	flag=$proxy_host/flag
	mkdir "$proxy_host"
	python3 "$DB_TOP/tests/lib/pgproxy.py" "$proxy_host/.s.PGSQL.$db_port" \
		"$db_host/.s.PGSQL.$db_port" "$1" "$2" "$flag" "${3:-0}" < /dev/null > "$proxy_host/log" 2>&1 &
	at_exit kill $!
	wait_for 10 test -e "$flag.ready"
}

# through ROLE: connection string by way of the proxy
through()
{
	printf 'host=%s port=%s dbname=postgres user=%s' "$proxy_host" "$db_port" "$1"
}
