#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Functions that no sandbox holds: plan and doctor report them, policy can
# forbid them in the schemas it guards.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

start_db || exit 1
artifact add '(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'
policy "$T/policy.yaml" 'functions: {schemas: [wasm]}'
policy "$T/guard.yaml" 'functions: {schemas: [wasm], untrusted: deny}'
policy "$T/all.yaml" 'functions: {untrusted: deny}'
manifest "$T/m.yaml" << END
- {name: add, ref: "$ref", schema: wasm, owner: app_owner}
END
ins() { wf install -f "$T/m.yaml" --policy "$T/$1.yaml" --target "$(conninfo deploy)" "${@:2}"; }
plan_() { wf plan -f "$T/m.yaml" --policy "$T/$1.yaml" --target "$(conninfo deploy)" "${@:2}"; }
rec() { wf reconcile -f "$T/m.yaml" --policy "$T/$1.yaml" --target "$(conninfo reader)" --json; }
ids() { jq -r '[.findings[].id] | unique | join(" ")' <<< "$out"; }
why() { jq -r '.error.code' <<< "$out"; }

ins guard
is_rc 'nothing but WASM: installed' 0
plan_ all --json
is 'the engine and its functions are not meant' "$rc $(jq -c .untrusted <<< "$out")" '0 []'
rec all
is 'nor in reconcile' "$rc $(ids)" '0 '

sql "CREATE FUNCTION public.inner() RETURNS int LANGUAGE internal AS 'pg_backend_pid'"
plan_ policy --json
is 'plan reports one in another schema' "$rc $(jq -r '.untrusted[] | .function + " " + .language + " " + .owner' <<< "$out")" \
	'0 public."inner"() internal postgres'
plan_ policy
like 'people see it too' "$out" 'no sandbox: public."inner"\(\), language internal, owned by postgres'
ins guard
is_rc 'a policy that guards wasm does not mind' 0
plan_ all --json
is 'one that guards all refuses' "$rc $(why)" '15 denied'

sql "CREATE FUNCTION wasm.native() RETURNS jsonb LANGUAGE c AS '\$libdir/pg_wasm', 'pgw_sql_engine_info'"
ins policy
is_rc 'no word about it in the policy' 0
ins guard --json
is 'a wrapper in language c where the policy guards' "$rc $(why)" '15 denied'
like 'is named' "$(jq -r .error.message <<< "$out")" 'wasm\.native\(\) is in language c: denied by functions.untrusted \(.*guard.yaml:[0-9]+\)'
rec guard
is 'reconcile finds it' "$rc $(ids)" '2 D17'
is 'by its name' "$(jq -r '.findings[0] | .object + ": " + .observed' <<< "$out")" \
	'function wasm.native(): language c, owned by postgres'
rec policy
is 'and not where the policy is silent' "$rc $(ids)" '0 '
sql 'DROP FUNCTION wasm.native()'
ins guard
is_rc 'dropped: installed' 0

# --- a wrapper that became something else --------------------------------------
sql "CREATE OR REPLACE FUNCTION wasm.add(int, int) RETURNS int LANGUAGE internal AS 'int4mul'"
plan_ guard --json
is 'a wrapper replaced by native code is denied as such' "$rc $(why)" '15 denied'
sql "CREATE OR REPLACE FUNCTION wasm.add(int, int) RETURNS int LANGUAGE sql AS 'SELECT 1'"
ins guard
is_rc 'by SQL it is repaired' 0

# --- doctor ----------------------------------------------------------------------
checks() { jq -r --arg w "$1" '.checks[] | select(.what == $w) | .where + ": " + .says' <<< "$out"; }
wf doctor --policy "$T/policy.yaml" --target "$(conninfo reader)" --json
is 'doctor names it' "$(checks 'untrusted function')" \
	'public."inner"(): language internal, owned by postgres: no sandbox holds it'
is 'who may make such' "$(checks 'untrusted languages')" ': postgres'
is 'and who may create beside the functions' "$(checks 'creates in schema' | sort | tr '\n' ' ')" \
	'wasm: app_owner wasm: postgres wasm: wasm_authors '

done_testing
