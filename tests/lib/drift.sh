# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2120,SC2154 # shared with who sources it
#
# One server with functions installed by wasmfn, and a copy of that database
# for each case of tampering: source it after db.sh.  wasmfn looks as the role
# `reader`, which may read and nothing else; tampering is done as superuser.
#
#   start_drift          server, artifacts, policy, manifest file; installs
#                        wasm.add (every field declared) and wasm.twice (none)
#   fresh                database `c` as installed, local state forgotten
#   clean NAME           a run on `c` finds nothing (and learns the ledger)
#   sqlc TEXT            as superuser in `c`
#   rec [OPTION...]      reconcile --json on `c`; sets $rc and $T/out
#   ids, state FN, q EXPR    what it found: "D01 D02", a state, any jq
#   found NAME RC STATE IDS  of wasm.add, after rec
#   tamper NAME SQL RC STATE IDS     fresh, clean, sqlc, rec, found
#   CONFIG=FILE TARGET=NAME  for rec, in place of a connection string

ADD='(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))'
SUB='(module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.sub))'
TWICE='(module (func (export "twice") (param i32) (result i32) local.get 0 local.get 0 i32.add))'

in_c() { printf 'host=%s port=%s dbname=c user=%s' "$db_host" "$db_port" "$1"; }

# bytes WASM: as an SQL literal
bytes() { printf "'\\\\x%s'::bytea" "$(od -An -v -tx1 "$1" | tr -d ' \n')"; }

entry_add()
{
	cat << END
- name: add
  ref: ${1:-$add}
  schema: wasm
  args: [integer, integer]
  returns: integer
  strict: true
  volatility: immutable
  owner: app_owner
  grants: [app_reader]
  limits: {max_memory_bytes: 1048576, fuel_per_call: 100000, epoch_deadline_ms: 100}
END
}

start_drift()
{
	start_db "$@" || return
	artifact add "$ADD"; add=$ref add_module=$module
	artifact sub "$SUB"; sub=$ref sub_module=$module
	artifact twice "$TWICE"; twice=$ref
	evil=$(bytes "$T/art/sub.wasm")
	evil_hex=${sub_module#sha256:}
	policy "$T/policy.yaml" 'limits: {max_memory_bytes: 67108864, fuel_per_call: 100000000}'
	{ entry_add; printf -- '- name: twice\n  ref: %s\n  schema: wasm\n' "$twice"; } |
		manifest "$T/m.yaml"
	wf install -f "$T/m.yaml" --policy "$T/policy.yaml" --target "$(conninfo deploy)"
	if [ "$rc" -ne 0 ]; then
		fail 'the functions are installed' "$out$err"
		return 1
	fi
}

fresh()
{
	psql -XqAt -v ON_ERROR_STOP=1 -d "$(conninfo postgres) dbname=template1" \
		-c 'SET client_min_messages = error' \
		-c 'DROP DATABASE IF EXISTS c' -c 'CREATE DATABASE c TEMPLATE postgres'
	rm -rf "$T/state"
}

sqlc()
{
	PGOPTIONS='-c client_min_messages=warning' psql -XqAt -v ON_ERROR_STOP=1 \
		-d "$(in_c postgres)" -c "$1" 2> "$T/sqlerr" && return
	fail 'the statement of the test' "$1"$'\n'"$(cat "$T/sqlerr")"
	return 1
}

rec()
{
	wf ${CONFIG:+--config "$CONFIG"} reconcile --json -f "$T/m.yaml" \
		--policy "$T/policy.yaml" --target "${TARGET:-$(in_c reader)}" "$@"
}

q() { jq -r "$1" "$T/out"; }
ids() { q '[.findings[].id] | unique | join(" ")'; }
state() { q ".targets[0].functions[] | select(.schema + \".\" + .name == \"wasm.$1\") | .state"; }

clean()
{
	rec
	if [ "$rc $(ids) $(q '.result')" = '0  ok' ]; then pass "$1"; else fail "$1" "$out$err"; fi
}

found()
{
	local got

	got="exit $rc, $(state add), $(ids)"
	if [ "$got" = "exit $2, $3, $4" ]; then
		pass "$1"
	else
		fail "$1" " got: $got"$'\n'"want: exit $2, $3, $4"$'\n'"$out$err"
	fi
}

tamper()
{
	fresh
	clean "clean before: $1"
	sqlc "$2" > /dev/null || return
	rec
	found "$1" "$3" "$4" "$5"
}
