# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # for tests/lib/conform.sh
E='table:app.wasm_modules(name,data)'
FN=app.greet
CLEAN=in_sync
WRONG='table:app.wasm_modules(data,name)'

roles()
{
	: # the grants are all that is needed
}

make_ab()
{
	artifact a '(module (import "extism:host/env" "length" (func (result i64))) (func (export "one") (result i32) i32.const 1))'
	ref_a=$ref mod_a=$module
	artifact b '(module (func (export "one") (result i32) i32.const 2) (func (export "two") (result i32) i32.const 2))'
	ref_b=$ref mod_b=$module
	policy "$T/policy.yaml" 'capabilities:
  - match: ["oci:**"]
    imports: {allow: [{module: "extism:host/env", name: length}]}'
}

tampers()
{
	local bytes_a bytes_b at="UPDATE app.wasm_modules SET data" p

	bytes_a="'\\x$(od -An -v -tx1 "$T/art/a.wasm" | tr -d ' \n')'"
	bytes_b="'\\x$(od -An -v -tx1 "$T/art/b.wasm" | tr -d ' \n')'"
	tamper 'other bytes' "$at = $bytes_b" "$at = $bytes_a" 16 drift D01
	tamper 'one byte more' "$at = data || '\\x00'" "$at = $bytes_a" 16 drift D01
	tamper 'the row is gone' 'DELETE FROM app.wasm_modules' \
		"INSERT INTO app.wasm_modules VALUES ('greet', $bytes_a)" 2 drift D04
	tamper 'a row nobody declared' "INSERT INTO app.wasm_modules VALUES ('more', $bytes_b)" \
		"DELETE FROM app.wasm_modules WHERE name = 'more'" 2 in_sync D05
	tamper 'somebody else may write' 'GRANT UPDATE ON app.wasm_modules TO app_other' \
		'REVOKE UPDATE ON app.wasm_modules FROM app_other' 2 in_sync D13
	tamper 'one column of it' 'GRANT UPDATE (data) ON app.wasm_modules TO app_other' \
		'REVOKE UPDATE (data) ON app.wasm_modules FROM app_other' 2 in_sync D13
	tamper 'PUBLIC may write' 'GRANT INSERT ON app.wasm_modules TO PUBLIC' \
		'REVOKE INSERT ON app.wasm_modules FROM PUBLIC' 2 in_sync 'D13 D17'
	tamper 'a trigger' "CREATE FUNCTION app.t() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
		CREATE TRIGGER t BEFORE INSERT ON app.wasm_modules FOR EACH ROW EXECUTE FUNCTION app.t()" \
		'DROP FUNCTION app.t CASCADE' 2 in_sync D13
	tamper 'the owner of the table' 'ALTER TABLE app.wasm_modules OWNER TO app_other' \
		'ALTER TABLE app.wasm_modules OWNER TO postgres;
		GRANT SELECT, INSERT, UPDATE, DELETE ON app.wasm_modules TO deploy' 2 drift 'D07'
	tamper 'the code that loads it' \
		"CREATE OR REPLACE FUNCTION public.extism_call(wasm bytea, func text, input text) RETURNS text LANGUAGE sql AS 'SELECT \$2'" \
		"CREATE OR REPLACE FUNCTION public.extism_call(wasm bytea, func text, input text) RETURNS text LANGUAGE sql AS 'SELECT \$3'" \
		2 in_sync D13
	sql 'ALTER TABLE app.wasm_modules ENABLE ROW LEVEL SECURITY'
	rec
	is 'row security: not looked at' "$rc $(q '.targets[0].error.message' | grep -c 'row security')" '4 1'
	sql 'ALTER TABLE app.wasm_modules DISABLE ROW LEVEL SECURITY'
	sql 'REVOKE SELECT ON app.wasm_modules FROM reader'
	rec
	is 'a role that may not read it: not looked at' "$rc $(q '.targets[0].error.code')" '4 privilege'
	sql 'GRANT SELECT ON app.wasm_modules TO reader'
	for p in table 'table:app.none(name,data)'; do
		rec "$p"
		is "not there: $p" "$rc $(q '.targets[0].error.code')" '4 engine'
	done
	for p in 'table:wasm_modules(name,data)' 'table:app.wasm_modules' 'table:' 'pg_wasm:x' 'tables'; do
		rec "$p"
		is_rc "not a name of an engine: $p" 64
	done
	MORE='  limits: {fuel_per_call: 5}'
	claim "$ref_a"
	ins
	is 'a wish that it cannot keep is refused' "$rc $(q .error.code)" '65 unfit'
	MORE=''
	claim "$ref_a"
}
