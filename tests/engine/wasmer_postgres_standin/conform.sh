# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # for tests/lib/conform.sh
E=wasmer-postgres
FN=public.ns_sum
CLEAN=unknown
WRONG=supabase
UNPROVED='keeps no bytes'
INSTALLS=no
MORE='  args: [integer, integer]
  export: sum'

roles()
{
	sql 'GRANT EXECUTE ON FUNCTION wasm_new_instance TO deploy; GRANT CREATE ON SCHEMA public TO deploy'
	sql_as deploy "SELECT wasm_new_instance('/srv/simple.wasm', 'ns')" > /dev/null
}

make_ab()
{
	artifact a '(module (func (export "sum") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'
	ref_a=$ref mod_a=$module
	policy "$T/policy.yaml"
}

tampers()
{
	local body

	body=$(sql "SELECT quote_literal(prosrc) FROM pg_proc WHERE proname = 'ns_sum'")
	tamper 'owner' 'ALTER FUNCTION ns_sum OWNER TO app_other' 'ALTER FUNCTION ns_sum OWNER TO deploy' 4 unknown D30
	tamper 'definer' 'ALTER FUNCTION ns_sum SECURITY DEFINER' 'ALTER FUNCTION ns_sum SECURITY INVOKER' \
		2 drift 'D09 D30'
	tamper 'another export' \
		"CREATE OR REPLACE FUNCTION ns_sum(integer, integer) RETURNS integer LANGUAGE plpgsql AS $(sed "s/''sum''/''sub''/" <<< "$body")" \
		"CREATE OR REPLACE FUNCTION ns_sum(integer, integer) RETURNS integer LANGUAGE plpgsql AS $body" \
		16 drift 'D06 D16 D30'
	tamper 'a wrapper nobody declared' "SELECT wasm_new_instance('/srv/other.wasm', 'more')" \
		'DROP FUNCTION more_sum(integer, integer)' 2 unknown 'D05 D30'
	tamper 'anybody loads files of the server' 'GRANT EXECUTE ON FUNCTION wasm_new_instance TO PUBLIC' \
		'REVOKE EXECUTE ON FUNCTION wasm_new_instance FROM PUBLIC' 2 unknown 'D17 D30'
	tamper 'another body' \
		"CREATE OR REPLACE FUNCTION ns_sum(integer, integer) RETURNS integer LANGUAGE sql AS 'SELECT 666'" \
		"CREATE OR REPLACE FUNCTION ns_sum(integer, integer) RETURNS integer LANGUAGE plpgsql AS $body" \
		3 pending D25
}
