#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The engine's ceilings and switches, changed at each of the four places where
# PostgreSQL takes a setting from; what they are compared with is what the
# ledger recorded, or the target's `expect`, and the policy's limits in any case.
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
fresh
clean 'clean with the settings of the install'
ok 'settings were compared' test "$(q '[.findings[]] | length')" = 0

shown() { [ "$(sqlc "SELECT setting FROM pg_settings WHERE name = '$1'")" = "$2" ]; }

# everywhere NAME VALUE DEFAULT WHAT
everywhere()
{
	local name=pg_wasm.$1 value=$2 was=$3 what=$4

	sqlc "ALTER SYSTEM SET $name = $value" && sqlc 'SELECT pg_reload_conf()' > /dev/null
	ok "$what: ALTER SYSTEM has taken effect" wait_for 10 shown "$name" "$value"
	rec
	found "$what by ALTER SYSTEM" 2 in_sync D13
	is "$what by ALTER SYSTEM is critical" "$(q '.findings[0].severity')" critical
	like "$what by ALTER SYSTEM is named" "$(q '.findings[0].object')" "^setting $name \(server\)$"
	sqlc "ALTER SYSTEM RESET $name" && sqlc 'SELECT pg_reload_conf()' > /dev/null
	ok "$what: and is taken back" wait_for 10 shown "$name" "$was"
	clean "$what: clean again"

	sqlc "ALTER DATABASE c SET $name = $value"
	rec
	found "$what by ALTER DATABASE" 2 in_sync D13
	like "$what by ALTER DATABASE is named" "$(q '[.findings[].object] | join(" ")')" \
		"setting $name \(database c\)"
	sqlc "ALTER DATABASE c RESET $name"
	clean "$what: clean after ALTER DATABASE"

	sqlc "ALTER ROLE app_other SET $name = $value"
	rec
	found "$what by ALTER ROLE" 2 in_sync D13
	is "$what by ALTER ROLE is named" "$(q '.findings[0].object')" "setting $name (role app_other)"
	sqlc "ALTER ROLE app_other RESET $name"
	clean "$what: clean after ALTER ROLE"

	sqlc "ALTER ROLE app_other IN DATABASE c SET $name = $value"
	rec
	found "$what by ALTER ROLE IN DATABASE" 2 in_sync D13
	sqlc "ALTER ROLE app_other IN DATABASE c RESET $name"
	clean "$what: clean after ALTER ROLE IN DATABASE"

	sqlc "ALTER FUNCTION wasm.add(int, int) SET $name = $value"
	rec
	found "$what by ALTER FUNCTION" 2 in_sync D13
	sqlc "ALTER FUNCTION wasm.add(int, int) RESET $name"
	clean "$what: clean after ALTER FUNCTION"
}

everywhere allow_fs on off 'allow_fs on'
everywhere audit_log off on 'audit_log off'
everywhere max_memory_bytes 134217728 67108864 'memory cap raised'

# --- expect ---------------------------------------------------------------------
config()
{
	(umask 077 && cat > "$T/config.yaml" << END
apiVersion: wasmfn/v1
kind: Config
targets:
  - name: prod
    engine: pg_wasm
    conninfo: $(in_c reader)
    expect: {extensionVersion: "$1", settings: {pg_wasm.allow_fs: "$2"}}
END
)
	CONFIG=$T/config.yaml TARGET=prod
}
config 0.4.2 off
clean 'what expect says is there'
is 'the target has its name' "$(q '.targets[0].name')" prod
config 0.4.2 on
rec
found 'expect says another setting' 2 in_sync D13
config 0.4.9 off
rec
found 'expect says another version' 2 in_sync D15
unset CONFIG TARGET

# --- the policy's limits ----------------------------------------------------------
policy "$T/policy.yaml" 'limits: {max_memory_bytes: 33554432, fuel_per_call: 100000000}'
rec
found 'a cluster cap above the policy, though the ledger recorded it' 2 in_sync D13
like 'it says what is allowed' "$(q '.findings[0].expected')" 'at most 33554432'

# --- what no server has taken up yet ------------------------------------------------
may='pg_catalog.pg_file_settings TO wasmfn_reader; GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_all_file_settings()'
policy "$T/policy.yaml"
sqlc 'ALTER SYSTEM SET pg_wasm.allow_fs = on'
clean 'ALTER SYSTEM without a reload: the role may not look into the files'
sqlc "GRANT SELECT ON $may TO wasmfn_reader"
rec
found 'ALTER SYSTEM without a reload, seen by who may' 2 in_sync D13
like 'the file is named' "$(q '.findings[0].object')" '^setting pg_wasm.allow_fs \(file .*postgresql.auto.conf\)$'
sqlc 'ALTER SYSTEM SET pg_wasm.allow_fs = off'
clean 'the same value in the file is no finding'
sqlc 'ALTER SYSTEM RESET pg_wasm.allow_fs'
clean 'clean without a line'

done_testing
