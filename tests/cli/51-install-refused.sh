#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What install refuses, and why: trust rules, capabilities, the policy's
# functions and limits, names.  Each case differs in one thing from one that
# works.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
# shellcheck source=tests/lib/db.sh
. "$(dirname "$0")/../lib/db.sh"

start_db || exit 1
ADD='(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'
artifact add "$ADD"; add=$ref
SIGN_KEY=other artifact other '(module (func (export "add") (param i32 i32) (result i32) i32.const 1))'
other=$ref
artifact imports '(module (import "env" "launch" (func (param i32))) (func (export "add") (param i32 i32) (result i32) i32.const 1))'
imports=$ref
to=$(conninfo deploy)
ins() { wf install -f "$T/m.yaml" --json --target "$to" "$@"; }
pol() { policy "$T/policy.yaml" "${1-}"; }
entry() { { printf -- '- name: add\n  ref: %s\n  schema: wasm\n' "$add"; cat; } | manifest "$T/m.yaml"; }
code() { jq -r .error.code <<< "$out"; }
message() { jq -r .error.message <<< "$out"; }
none() { is "$1: nothing is there" "$(sql "SELECT count(*) FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang AND lanname = 'wasm'")" 0; }
# as ins, with a database that is not there
nowhere() { wf install "$@" -f "$T/m.yaml" --json --policy "$T/policy.yaml" --target "host=$T/nowhere dbname=none"; }
# refused NAME CODE REASON: the last run
refused() { is_rc "$1" "$2"; is "$1: reason" "$(code)" "$3"; none "$1"; }

# --- trust ------------------------------------------------------------------
entry < /dev/null
pol
ins
refused 'no policy on the machine and none given' 78 config
ins --policy "$T/policy.yaml" --dry-run
is_rc 'the same with --policy' 0
sed 's,oci:[^"]*,oci:/elsewhere/**,' "$T/policy.yaml" > "$T/elsewhere.yaml"
chmod 600 "$T/elsewhere.yaml"
mv "$T/art/add" "$T/art/add.away"
ins --policy "$T/elsewhere.yaml"
refused 'no rule matches, before anything is read' 12 no-policy
mv "$T/art/add.away" "$T/art/add"
manifest "$T/m.yaml" <<END
- {name: add, ref: "$other", schema: wasm}
END
ins --policy "$T/policy.yaml"
is_rc 'signed by another key' 12
is 'every candidate has its reason' "$(jq -r '.candidates[0].verified' <<< "$out")" false
is 'the subject is named' "$(jq -r .subject.manifest_digest <<< "$out")" "${other#*@}"
none 'signed by another key'
entry < /dev/null
ins --policy "$T/policy.yaml" --key "$DB_TOP/tests/data/keys/other.pub"
is_rc '--key is a further rule' 12
none '--key is a further rule'
ins --policy "$T/policy.yaml" --key "$DB_TOP/tests/data/keys/release.pub" --dry-run
is_rc 'and passes with the right key' 0
ins --policy "$T/policy.yaml" -a env=prod
is_rc 'an annotation that is not signed' 12
none 'an annotation that is not signed'
entry <<< "  policy: $T/elsewhere.yaml"
ins --policy "$T/policy.yaml"
refused "the entry's own policy must pass too" 12 no-policy
entry <<< "  policy: $T/policy.yaml"
ins --policy "$T/policy.yaml" --dry-run
is_rc 'and passes when it allows' 0
chmod 666 "$T/policy.yaml"
ins --policy "$T/policy.yaml"
refused 'a policy that others may write' 78 unsafe-file
chmod 600 "$T/policy.yaml"

# --- capabilities -----------------------------------------------------------
manifest "$T/m.yaml" <<END
- {name: add, ref: "$imports", schema: wasm}
END
ins --policy "$T/policy.yaml"
refused 'an import that nobody allowed' 15 denied
like 'is named' "$(message)" 'env\.launch'
pol "capabilities:
  - match: ['oci:**']
    imports: {allow: [{module: env, name: launch}]}"
ins --policy "$T/policy.yaml"
refused 'allowed by name, and nothing that the engine has' 65 unfit
like 'is named' "$(message)" 'import env\.launch: it does not provide this'
# before the database is asked for anything
nowhere
is_rc 'without a connection' 65
artifact exits '(module (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))) (func (export "add") (param i32 i32) (result i32) i32.const 1))'
printf -- '- {name: add, ref: "%s", schema: wasm, wasi: {}}\n' "$ref" | manifest "$T/m.yaml"
pol "capabilities:
  - match: ['oci:**']
    imports: {allow: [{module: wasi_snapshot_preview1, name: proc_exit}]}"
ins --policy "$T/policy.yaml" --dry-run
is_rc 'allowed by name, and provided' 0
printf -- '- {name: add, ref: "%s", schema: wasm, args: [int, int], returns: bigint}\n' "$add" | manifest "$T/m.yaml"
pol
nowhere --engine pg_wasm
is_rc 'another type than that of the export, without a connection' 65
is 'reason' "$(code)" unfit
# another engine's interface looks just so: the one that is there is asked
ins --policy "$T/policy.yaml"
refused 'the same where the engine is found, not named' 65 unfit
sed -i 's/bigint/int/' "$T/m.yaml"
nowhere
is_rc 'the right one gets as far as the database' 69

printf -- '- {name: add, ref: "%s", schema: wasm, wasi: {sockets: {allow_outbound_tcp: [{host: a, port: 1}]}}}\n' "$add" | manifest "$T/m.yaml"
pol "capabilities:
  - match: ['oci:**']
    classes: {deny: [network]}"
nowhere
is_rc 'an address asked for, of a class that is denied' 15
like 'is named' "$(message)" 'tcp a:1'
pol "capabilities:
  - match: ['oci:**']
    classes: {deny: [sql]}"
nowhere
is_rc 'of one that is not: as far as the database' 69

# --- functions and limits -----------------------------------------------------
entry < /dev/null
pol 'functions: {schemas: [other]}'
ins --policy "$T/policy.yaml"
refused 'a schema that is not in functions.schemas' 15 denied
like 'with file and line' "$(message)" 'policy\.yaml:[0-9]+'
pol 'functions: {schemas: [wasm], owners: [app_owner]}'
ins --policy "$T/policy.yaml"
refused 'the installing role is not in functions.owners' 15 denied
entry <<< '  owner: app_owner'
ins --policy "$T/policy.yaml" --dry-run
is_rc 'an owner that is' 0
entry <<< '  grants: [app_reader]'
pol 'functions: {grantees: ["other_*"]}'
ins --policy "$T/policy.yaml"
refused 'a grantee that is not in functions.grantees' 15 denied
pol 'functions: {grantees: ["app_*"]}'
ins --policy "$T/policy.yaml" --dry-run
is_rc 'a grantee that is' 0
entry < /dev/null
sql "ALTER DEFAULT PRIVILEGES FOR ROLE deploy GRANT EXECUTE ON FUNCTIONS TO app_reader" > /dev/null
pol 'functions: {grantees: ["other_*"]}'
ins --policy "$T/policy.yaml"
refused 'a grantee that default privileges brought in' 15 denied
ins --policy "$T/policy.yaml" --dry-run
refused 'a grantee that default privileges would bring in' 15 denied
like 'is foreseen' "$(jq -r .error.message <<< "$out")" 'as the database would have it'
entry <<< '  grants: [other_none]'
ins --policy "$T/policy.yaml" --dry-run
is_rc 'grants of its own take those away' 0
entry < /dev/null
sql "ALTER DEFAULT PRIVILEGES FOR ROLE deploy REVOKE EXECUTE ON FUNCTIONS FROM app_reader;
	ALTER DEFAULT PRIVILEGES FOR ROLE deploy IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO app_reader" > /dev/null
ins --policy "$T/policy.yaml" --dry-run
is_rc 'those of another schema say nothing' 0
sql "ALTER DEFAULT PRIVILEGES FOR ROLE deploy IN SCHEMA public REVOKE EXECUTE ON FUNCTIONS FROM app_reader" > /dev/null
sql "ALTER DEFAULT PRIVILEGES FOR ROLE deploy REVOKE EXECUTE ON FUNCTIONS FROM app_reader" > /dev/null
entry << 'END'
  owner: app_owner
  security: definer
END
pol 'functions: {definer: deny}'
ins --policy "$T/policy.yaml"
refused 'definer: deny' 15 denied
pol 'functions: {definer: allow}'
entry <<< '  security: definer'
ins --policy "$T/policy.yaml"
refused 'definer without an owner' 65 malformed
entry << 'END'
  owner: postgres
  security: definer
END
ins --policy "$T/policy.yaml"
refused 'definer with a superuser' 15 denied
entry <<< '  limits: {max_memory_bytes: 131072}'
pol 'limits: {max_memory_bytes: 65536}'
ins --policy "$T/policy.yaml"
refused "above the policy's limit" 15 denied
entry <<< '  limits: {max_memory_bytes: 65536}'
ins --policy "$T/policy.yaml" --dry-run
is_rc 'at the limit' 0
entry <<< '  owner: nosuchrole'
pol
ins --policy "$T/policy.yaml"
is_rc 'an owner that does not exist' 76
none 'an owner that does not exist'
entry <<< '  owner: postgres'
ins --policy "$T/policy.yaml"
refused 'an owner the role may not give it to' 77 privilege

# --- a definer that is allowed ---------------------------------------------------
pol 'functions: {definer: allow}'
entry << 'END'
  owner: app_owner
  security: definer
END
ins --policy "$T/policy.yaml"
is_rc 'definer with an owner' 0
is 'has a fixed search_path' "$(sql "SELECT prosecdef, proconfig FROM pg_proc WHERE proname = 'add'")" \
	't|{"search_path=pg_catalog, pg_temp"}'
ins --policy "$T/policy.yaml"
is 'again: nothing to do' "$(jq -r '.steps[].action' <<< "$out")" none
sql "ALTER FUNCTION wasm.add SET search_path = public"
ins --policy "$T/policy.yaml"
is 'another search_path is put right' "$(sql "SELECT proconfig FROM pg_proc WHERE proname = 'add'")" \
	'{"search_path=pg_catalog, pg_temp"}'
wf remove wasm.add -f "$T/m.yaml" --reason test --target "$to"
is_rc 'remove' 0

# --- names ------------------------------------------------------------------------
pol
sql 'CREATE ROLE "odd"";--role"; CREATE SCHEMA "Sch""; DROP"; GRANT CREATE, USAGE ON SCHEMA "Sch""; DROP" TO deploy'
long=$(printf 'n%.0s' {1..63})
manifest "$T/m.yaml" <<END
- name: "we\"ird; DROP TABLE wasm.module; --"
  ref: $add
  schema: "Sch\"; DROP"
  export: add
  grants: ["odd\";--role"]
  comment: "'); DROP TABLE wasm.module; --"
- name: "Select"
  ref: $add
  schema: wasm
  export: add
- name: $long
  ref: $add
  schema: wasm
  export: add
END
ins --policy "$T/policy.yaml"
is_rc 'names with quotes, semicolons, key words, 63 bytes' 0
is 'are names' "$(sql 'SELECT "Sch""; DROP"."we""ird; DROP TABLE wasm.module; --"(1, 2), wasm."Select"(3, 4), wasm.'"$long"'(5, 6)')" '3|7|11'
is 'so is the grantee' "$(sql "SELECT has_function_privilege('odd\";--role', oid, 'EXECUTE') FROM pg_proc WHERE proname LIKE 'we_ird%'")" t
is 'and the comment' "$(sql "SELECT obj_description(oid, 'pg_proc') FROM pg_proc WHERE proname LIKE 'we_ird%'")" "'); DROP TABLE wasm.module; --"
ins --policy "$T/policy.yaml"
is 'again: nothing to do' "$(jq -r '[.steps[].action] | unique[]' <<< "$out")" none
wf remove '"Sch""; DROP"."we""ird; DROP TABLE wasm.module; --"' 'wasm."Select"(integer,int)' \
	"wasm.$long" -f "$T/m.yaml" --reason test --target "$to"
is_rc 'remove by the same names' 0
none 'remove'
manifest "$T/m.yaml" <<END
- name: n$long
  ref: $add
  schema: wasm
END
ins --policy "$T/policy.yaml"
is_rc '64 bytes' 65
none '64 bytes'
wf remove nosuch --target "$to"
is_rc 'a name without a schema' 64

# --- another server -----------------------------------------------------------------
entry < /dev/null
manifest "$T/config.yaml" <<END
apiVersion: wasmfn/v1
kind: Config
targets:
  - name: prod
    engine: pg_wasm
    conninfo: "$to"
    systemIdentifier: "1"
END
wf install --config "$T/config.yaml" -f "$T/m.yaml" --policy "$T/policy.yaml" --json
refused 'another system identifier' 78 config
sed -i "s/systemIdentifier: .*/systemIdentifier: '$(sql 'SELECT system_identifier FROM pg_control_system()')'/" "$T/config.yaml"
wf install --config "$T/config.yaml" -f "$T/m.yaml" --policy "$T/policy.yaml" --json
is_rc 'the right one' 0
is 'the target by its name' "$(jq -r .target <<< "$out")" prod
wf install --config "$T/config.yaml" --target nosuch -f "$T/m.yaml" --policy "$T/policy.yaml" --json
is_rc 'a target the configuration does not have' 64

# --- several targets ------------------------------------------------------------------
cat >> "$T/config.yaml" <<END
  - name: down
    conninfo: "host=$T port=1 dbname=postgres"
END
wf install --config "$T/config.yaml" -f "$T/m.yaml" --policy "$T/policy.yaml" --json
is_rc 'one of two targets is down' 4
is 'each has a result of its own' "$(jq -r '[.results[] | .target + " " + (.exit_code | tostring)] | join(", ")' <<< "$out")" \
	'prod 0, down 4'
wf install --config "$T/config.yaml" --target prod -f "$T/m.yaml" --policy "$T/policy.yaml" --json --offline
is_rc 'offline, from the store' 0
done_testing
