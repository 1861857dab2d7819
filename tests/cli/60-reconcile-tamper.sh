#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A superuser changes one thing by hand, and reconcile, which may read and
# nothing else, names it.  Each case is clean before and has its own database.
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
no_check='ALTER TABLE wasm.module DROP CONSTRAINT module_sha256_check;'
at_add="wasm.add(int, int)"
is 'the reader is no superuser' \
	"$(sql "SELECT rolsuper FROM pg_roles WHERE rolname = 'reader'")" f

# --- nothing is reported on a clean system ------------------------------------
fresh
reported=0
for ((i = 0; i < 100; i++)); do
	rec
	[ "$rc $(ids)$(q '[.targets[].functions[].state] | unique | join(" ")')" = '0 in_sync' ] ||
		reported=$((reported + 1))
done
is 'a hundred clean runs report nothing' "$reported" 0
is 'and none of them is unrecorded' "$(q '[.targets[].functions[].unrecorded] | unique | tostring')" '[null]'

# --- the module ---------------------------------------------------------------
tamper 'bytes replaced with the hash column left alone' \
	"$no_check UPDATE wasm.module SET bytes = $evil WHERE sha256 = '\\x${add_module#*:}'" \
	16 drift 'D01 D02 D16'
is 'the finding names both modules' "$(q '.findings[] | select(.id == "D01") | .expected + " " + .observed')" \
	"$add_module $sub_module"
tamper 'hash column changed' \
	"INSERT INTO wasm.module (sha256, bytes) SELECT sha256(b), b FROM (VALUES ($evil)) v(b);
	$no_check UPDATE wasm.module SET bytes = (SELECT bytes FROM wasm.module WHERE sha256 = '\\x${add_module#*:}') WHERE sha256 = '\\x$evil_hex';
	UPDATE wasm.function_def SET sha256 = '\\x$evil_hex' WHERE name = 'wasm.add'" \
	16 drift 'D02 D16'
tamper 'bytes and hash column changed' \
	"INSERT INTO wasm.module (sha256, bytes) SELECT sha256(b), b FROM (VALUES ($evil)) v(b);
	UPDATE wasm.function_def SET sha256 = '\\x$evil_hex' WHERE name = 'wasm.add'" \
	16 drift 'D01 D02'
tamper 'bytes, hash column and wrapper changed' \
	"INSERT INTO wasm.module (sha256, bytes) SELECT sha256(b), b FROM (VALUES ($evil)) v(b);
	UPDATE wasm.function_def SET sha256 = '\\x$evil_hex' WHERE name = 'wasm.add';
	UPDATE pg_proc SET prosrc = 'sha256:$evil_hex' WHERE oid = '$at_add'::regprocedure" \
	16 drift 'D01'

# --- the function -------------------------------------------------------------
tamper 'function dropped' "DROP FUNCTION $at_add" 2 drift 'D04'
tamper 'function renamed' "ALTER FUNCTION $at_add RENAME TO plus" 2 drift 'D04 D05'
like 'the finding says where it went' "$(q '.findings[] | select(.id == "D04") | .observed')" \
	'now wasm.plus\(integer, integer\)'
tamper 'function moved to another schema' \
	"CREATE SCHEMA other; ALTER FUNCTION $at_add SET SCHEMA other" 2 drift 'D04 D05'
tamper 'wrapper replaced by an SQL body' \
	"CREATE OR REPLACE FUNCTION $at_add RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT 666'" \
	16 drift 'D16'
tamper 'a function nobody declared' \
	"SELECT wasm.create_function('wasm.extra', $evil, '{int4,int4}', 'int4', '{\"export\":\"add\"}')" \
	2 in_sync 'D05'
is 'it is foreign' "$(state extra)" foreign
tamper 'a second argument list' \
	"SELECT wasm.create_function('wasm.twice', $(bytes "$T/art/add.wasm"), '{int4,int4}', 'int4', '{\"export\":\"add\"}')" \
	2 in_sync 'D05'
tamper 'owner changed' "ALTER FUNCTION $at_add OWNER TO app_other" 2 drift 'D07'
tamper 'PUBLIC granted EXECUTE' "GRANT EXECUTE ON FUNCTION $at_add TO PUBLIC" 2 drift 'D08'
tamper 'PUBLIC granted EXECUTE by a NULL acl' \
	"UPDATE pg_proc SET proacl = NULL WHERE oid = '$at_add'::regprocedure" 2 drift 'D08'
is 'it is high' "$(q '.findings[] | .severity')" high
tamper 'another role granted EXECUTE' "GRANT EXECUTE ON FUNCTION $at_add TO app_other" 2 drift 'D08'
tamper 'EXECUTE taken from a role' "REVOKE EXECUTE ON FUNCTION $at_add FROM app_reader" 2 drift 'D08'
is 'that is information' "$(q '.findings[] | .severity')" info
tamper 'SECURITY DEFINER on' "ALTER FUNCTION $at_add SECURITY DEFINER" 2 drift 'D09'
is 'it is critical' "$(q '[.findings[] | .severity] | unique | join(" ")')" critical
tamper 'a setting attached to the function' "ALTER FUNCTION $at_add SET work_mem = '1GB'" 2 drift 'D09'
tamper 'STRICT off' "ALTER FUNCTION $at_add CALLED ON NULL INPUT" 2 drift 'D06'
tamper 'volatility changed' "ALTER FUNCTION $at_add VOLATILE" 2 drift 'D10'
tamper 'leakproof' "ALTER FUNCTION $at_add LEAKPROOF" 2 drift 'D10'
again()
{
	run "$WASMFN" --store "$T/store" --state "$T/state" install -f "$T/m.yaml" \
		--policy "$T/policy.yaml" --target "$(in_c deploy)"
	is_rc "$1: installed again" 0
	clean "$1: nothing is left of it"
}
tamper 'parallel safe' "ALTER FUNCTION $at_add PARALLEL SAFE" 2 drift 'D10'
like 'expected and observed' "$(q '.findings[0] | .expected + "; " + .observed')" 'parallel unsafe; parallel safe'
again 'parallel safe'
tamper 'another cost' "ALTER FUNCTION $at_add COST 1" 2 drift 'D10'
again 'another cost'
tamper 'a support function' "ALTER FUNCTION $at_add SUPPORT pg_catalog.textlike_support" 2 drift 'D10'
like 'which is named' "$(q '.findings[0].observed')" 'support function textlike_support'
again 'a support function'

# --- limits and capabilities ----------------------------------------------------
set_config() { printf "UPDATE wasm.function_def SET config = config || '%s' WHERE name = 'wasm.add'" "$1"; }
tamper 'limits raised: memory' "$(set_config '{"max_memory_bytes": 67108864}')" 2 drift 'D11'
tamper 'limits raised: fuel' "$(set_config '{"fuel_per_call": 99999999}')" 2 drift 'D11'
tamper 'limits raised: deadline' "$(set_config '{"epoch_deadline_ms": 9999}')" 2 drift 'D11'
tamper 'limits raised: stack, which nobody limited' "$(set_config '{"stack_size_bytes": 1048576}')" 2 drift 'D11'
tamper 'limits taken away' \
	"UPDATE wasm.function_def SET config = config - 'max_memory_bytes' WHERE name = 'wasm.add'" 2 drift 'D11'
tamper 'a WASI preopen added' \
	"$(set_config '{"wasi": {"filesystem": {"preopen": [{"host_path": "/etc", "guest_path": "/etc"}]}}}')" \
	2 drift 'D12'
tamper 'an undeclared preopen on a function with a bare entry' \
	"UPDATE wasm.function_def SET config = config || '{\"wasi\": {\"filesystem\": {\"preopen\": [{\"host_path\": \"/etc\", \"guest_path\": \"/etc\"}]}}}' WHERE name = 'wasm.twice'" \
	2 in_sync 'D12'
is 'that one drifts' "$(state twice)" drift
tamper 'another export' "$(set_config '{"export": "other"}')" 2 drift 'D06'

# --- privileges around it -------------------------------------------------------
tamper 'CREATE on schema wasm granted to PUBLIC' 'GRANT CREATE ON SCHEMA wasm TO PUBLIC' 2 in_sync 'D17'
tamper 'EXECUTE on create_function granted to PUBLIC' \
	'GRANT EXECUTE ON FUNCTION wasm.create_function TO PUBLIC' 2 in_sync 'D17'
tamper 'write access to the modules' 'GRANT UPDATE ON wasm.module TO app_other' 2 in_sync 'D17'

# --- the engine -----------------------------------------------------------------
tamper 'engine table replaced by a view that shows clean bytes' \
	"ALTER EXTENSION pg_wasm DROP TABLE wasm.module;
	ALTER TABLE wasm.module RENAME TO module_real;
	CREATE VIEW wasm.module AS SELECT * FROM wasm.module_real;
	GRANT SELECT ON wasm.module TO wasmfn_reader" 16 unknown 'D16 D30'
tamper 'extension version changed' \
	"UPDATE pg_extension SET extversion = '0.4.3' WHERE extname = 'pg_wasm'" 2 in_sync 'D15'
tamper 'language handler re-pointed' \
	"UPDATE pg_language SET lanplcallfoid = 'plpgsql_call_handler'::regproc WHERE lanname = 'wasm'" \
	16 unknown 'D16'

# --- the ledger -----------------------------------------------------------------
off='ALTER TABLE wasmfn.ledger DISABLE TRIGGER ALL;'
on='ALTER TABLE wasmfn.ledger ENABLE ALWAYS TRIGGER ledger_rows; ALTER TABLE wasmfn.ledger ENABLE ALWAYS TRIGGER ledger_truncate'
edited="replace(doc, 'app_owner', 'app_other')"
tamper 'ledger row edited' \
	"$off UPDATE wasmfn.ledger SET doc = $edited, hash = sha256(convert_to($edited, 'UTF8')) WHERE seq = 1; $on" \
	16 drift 'D20'
tamper 'ledger row removed' "$off DELETE FROM wasmfn.ledger WHERE seq = 1; $on" 16 drift 'D20'
tamper 'newest ledger row removed' \
	"$off DELETE FROM wasmfn.ledger WHERE seq = (SELECT max(seq) FROM wasmfn.ledger); $on" \
	16 in_sync 'D20'
is 'the function it was about drifts' "$(state twice)" drift
tamper 'ledger dropped' 'DROP TABLE wasmfn.ledger' 16 drift 'D20'

# --- what cannot be read --------------------------------------------------------
tamper 'module table unreadable for the role' 'REVOKE SELECT ON wasm.module FROM wasmfn_reader' 4 unknown 'D30'
tamper 'function table unreadable for the role' 'REVOKE SELECT ON wasm.function_def FROM wasmfn_reader' \
	4 unknown 'D30'
tamper 'ledger unreadable for the role' 'REVOKE SELECT ON wasmfn.ledger FROM wasmfn_reader' 4 unknown 'D30'
tamper 'schema unreadable for the role' \
	'REVOKE USAGE ON SCHEMA wasm FROM PUBLIC, wasmfn_reader, reader' 4 unknown 'D30'

done_testing
