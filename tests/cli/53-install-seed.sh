#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The seed's manifest file and SQL, with real digests put in, work as printed.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

start_db --set pg_wasm.audit_log=on || exit 1
to=$(conninfo deploy)
# text as the engine passes it: two i32 in, pointer and length in one i64 out
TEXT='(module (memory (export "memory") 1) (global $top (mut i32) (i32.const 1024))
	(func (export "alloc") (param i32) (result i32)
		global.get $top
		global.get $top local.get 0 i32.add i32.const 1 i32.add global.set $top)
	(func (export "NAME") (param i32 i32) (result i64)
		local.get 0 i64.extend_i32_u i64.const 32 i64.shl
		local.get 1 i64.extend_i32_u i64.or))'
artifact normalize "${TEXT/NAME/normalize_address}" dev.wasmfn.args=text dev.wasmfn.returns=text
normalize=$ref
artifact geoip "${TEXT/NAME/enrich_with_geoip}" dev.wasmfn.args=text dev.wasmfn.returns=jsonb
geoip=$ref
policy "$T/policy.yaml"

# as printed, with the references of this test
manifest "$T/wasm-functions.yaml" <<END
# /etc/postgresql/wasm-functions.yaml
- name: normalize_address
  ref: $normalize
  schema: wasm
- name: enrich_with_geoip
  ref: $geoip
  schema: wasm
END
is 'the version query of the seed' "$(sql "
	SELECT extname, extversion, n.nspname
	FROM pg_extension e
	JOIN pg_namespace n ON e.extnamespace = n.oid
	WHERE extname = 'pg_wasm'")" 'pg_wasm|0.4.2|wasm'
sql 'REVOKE CREATE ON SCHEMA wasm FROM PUBLIC;
	REVOKE EXECUTE ON FUNCTION wasm.create_function FROM PUBLIC;
	GRANT CREATE ON SCHEMA wasm TO wasm_authors;
	GRANT EXECUTE ON FUNCTION wasm.create_function TO wasm_authors;
	CREATE ROLE platform_team; GRANT wasm_authors TO platform_team' 2> /dev/null
wf install -f "$T/wasm-functions.yaml" --policy "$T/policy.yaml" --target "$to"
is_rc "the seed's manifest file" 0
is 'types are from the signed annotations' "$(sql "SELECT string_agg(oid::regprocedure || ' -> ' || prorettype::regtype, ', ' ORDER BY proname) FROM pg_proc WHERE proname IN ('normalize_address', 'enrich_with_geoip')")" \
	'wasm.enrich_with_geoip(text) -> jsonb, wasm.normalize_address(text) -> text'
is 'wasm.call answers' "$(sql "SELECT wasm.call('normalize_address', '1 Main St')")" '1 Main St'
is 'so does the other' "$(sql "SELECT wasm.call('enrich_with_geoip', '{\"a\": 1}')")" '{"a": 1}'
wf install -f "$T/wasm-functions.yaml" --policy "$T/policy.yaml" --target "$to"
like 'again: nothing to do' "$out" 'nothing to do: 2 functions'

# a tampered annotation is another manifest digest: the types cannot be forged
manifest "$T/m.yaml" <<END
- name: normalize_address
  ref: ${normalize%@*}@sha256:$(printf '0%.0s' {1..64})
  schema: wasm
END
wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$to"
is_rc 'another digest' 11
# text types that nobody says
artifact bare "${TEXT/NAME/bare}"
manifest "$T/m.yaml" <<END
- name: bare
  ref: $ref
  schema: wasm
END
wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$to" --json
is_rc 'without annotations the numbers are what there is' 0
is 'two integers and a bigint' "$(jq -r '.steps[0].function' <<< "$out")" 'wasm.bare(integer, integer)'

# the names of the seed's limits
manifest "$T/m.yaml" <<END
- name: normalize_address
  ref: $normalize
  schema: wasm
  limits:
    max_memory_bytes: 16777216
    fuel_per_call: 5000000
    epoch_deadline_ms: 100
    stack_size_bytes: 524288
END
wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$to"
is_rc "the seed's limits" 0
is 'are what the engine holds' "$(sql "SELECT config - 'export' FROM wasm.function_def WHERE name = 'wasm.normalize_address'")" \
	'{"fuel_per_call": 5000000, "max_memory_bytes": 16777216, "stack_size_bytes": 524288, "epoch_deadline_ms": 100}'
is 'the function still answers' "$(sql "SELECT wasm.normalize_address('x')")" x
done_testing
