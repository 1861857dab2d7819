# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # shared with who sources it
#
# What every adapter must do, asked of one engine: source it after tap.sh,
# artifact.sh and db.sh, then tests/engine/NAME_standin/conform.sh, which sets
#
#   E        what --engine is given
#   FN       SCHEMA.NAME of the function it installs, as in a manifest entry
#   MORE     more lines of the entry
#   CLEAN    state of what is as wanted: in_sync, or unknown where the engine
#            cannot prove what runs (then UNPROVED is what is said about it)
#   INSTALLS no: somebody else installs (in roles), wasmfn only looks
#   ONE      1: `transactions` is "one a function"
#   QUARANTINE 1: functions have EXECUTE, and `quarantined` looks at it
#   roles    a function: gives deploy and reader what they need
#   make_ab  a function: $ref_a $mod_a, $ref_b $mod_b, two artifacts
#   tampers  a function: calls `tamper` for each change the engine can show
#
# and calls conform.  Tampering is undone by hand after each case, so that the
# next one begins clean: what is left of one shows in all that follow.

start_engine()
{
	local lines

	lines=$("$DB_TOP/scripts/engine-up" "$@") || return
	db_dir=$(sed -n 's/^dir=//p' <<< "$lines")
	db_log=$(sed -n 's/^log=//p' <<< "$lines")
	db_port=$(sed -n 's/^target=.*port=\([0-9]*\).*/\1/p' <<< "$lines")
	db_host=$db_dir
	at_exit bash -c "[ ! -e '$db_dir' ] || $(sed -n 's/^stop=//p' <<< "$lines")"
	sql 'CREATE ROLE deploy LOGIN; CREATE ROLE reader LOGIN; CREATE ROLE app_other;
		CREATE ROLE app_reader LOGIN; CREATE ROLE wasmfn_reader; GRANT wasmfn_reader TO reader;
		CREATE SCHEMA wasmfn AUTHORIZATION deploy'
}

# component NAME TEXT: an artifact around a component's eight bytes
component()
{
	mkdir -p "$T/art"
	{ printf '\0asm\x0d\0\1\0'; printf '\0%b\1x%s' "\\x$(printf %02x $((${#2} + 2)))" "$2"; } > "$T/art/$1.wasm"
	make_layout "$T/art/$1" "$T/art/$1.wasm" L1 || return
	sign_layout "$T/art/$1" release
	ref=oci:$T/art/$1@$digest
}

claim()
{
	printf -- '- name: %s\n  ref: %s\n  schema: %s\n%s\n' "${FN#*.}" "$1" "${FN%%.*}" \
		"${MORE-}" | manifest "$T/m.yaml"
}

ins() { wf install --json -f "$T/m.yaml" --policy "$T/policy.yaml" --engine "$E" --target "$(conninfo deploy)" "$@"; }
rec()
{
	wf reconcile --json -f "$T/m.yaml" --policy "$T/policy.yaml" --engine "${1:-$E}" \
		--target "$(conninfo "${AS:-reader}")"
}
q() { jq -r "$1" "$T/out"; }
ids() { q '[.findings[].id] | unique | join(" ")'; }
state() { q ".targets[0].functions[] | select(.schema + \".\" + .name == \"$FN\") | .state"; }
got() { printf 'exit %s, %s, %s' "$rc" "$(state)" "$(ids)"; }
head_row()
{
	sql "SELECT action || ' ' || (doc::jsonb #>> '{function,module_digest}')
		FROM wasmfn.ledger ORDER BY seq DESC LIMIT 1"
}
said() { q '.findings[]? | "\(.id) \(.object): \(.expected) | \(.observed)"'; }

# as_it_should NAME: clean, as far as this engine can be
as_it_should()
{
	local want='exit 0, in_sync, '

	rec
	[ "$CLEAN" = in_sync ] || want='exit 4, unknown, D30'
	is "$1" "$(got)" "$want"
	[ "$(got)" = "$want" ] || diag "$(said)$err"
}

# tamper NAME SQL UNDO RC STATE IDS
tamper()
{
	if ! sql "$2" > /dev/null 2> "$T/sqlerr"; then
		fail "$1: the statement of the test" "$2"$'\n'"$(cat "$T/sqlerr")"
		return
	fi
	rec
	is "$1" "$(got)" "exit $4, $5, $6"
	[ "$(got)" = "exit $4, $5, $6" ] || diag "$(said)$err"
	sql "$3" > /dev/null 2> "$T/sqlerr" || fail "$1: its undoing" "$3"$'\n'"$(cat "$T/sqlerr")"
}

# an engine that takes no modules from wasmfn
looks()
{
	as_it_should 'reconcile finds what is there'
	like 'and says what it cannot prove' "$(q '.findings[] | select(.id == "D30") | .observed')" \
		"$UNPROVED"
	is 'in no ledger' "$(q '.targets[0].functions[0].unrecorded')" null
	ins
	is 'install is refused' "$rc $(q .error.code)" '65 unfit'
	is 'and changes nothing' "$(sql "SELECT to_regclass('wasmfn.ledger') IS NULL")" t
	tampers
	printf '[]\n' | manifest "$T/m.yaml"
	rec
	is 'in no manifest file: foreign' "$(state)" foreign
	wf remove --json -f "$T/m.yaml" --engine "$E" --target "$(conninfo deploy)" "$FN"
	is_rc 'remove' 0
	rec
	is 'nothing is left' "$rc $(q '.targets[0].functions | length')" '0 0'
	least
}

# grants: what doctor says that the roles need
grants() { "$WASMFN" doctor --grants --engine "$E"; }

conform()
{
	local rows

	# for the two roles of the tests, which are there
	sql "$(grants | sed 's/wasmfn_deployer/deploy/g; s/wasmfn_reader/reader/g' |
		grep -Ev '^CREATE |wasmfn_(auditor|nobody)')" 2> "$T/sqlerr" || fail 'the grants' "$(cat "$T/sqlerr")"
	roles
	make_ab
	# --- probe
	AS=deploy
	claim "$ref_a"
	rec "${WRONG:-pg_wasm}"
	is 'another engine than the one that is there' \
		"$rc $(q '.targets[0].error.code')" '4 engine'
	rec nope
	is_rc 'an engine that nobody knows' 64
	unset AS
	if [ "${INSTALLS-}" = no ]; then
		looks
		return
	fi
	# --- install
	ins
	is_rc 'install' 0
	[ "$rc" -eq 0 ] || { diag "$out$err"; return; }
	is 'it is created' "$(q '.steps[0].action')" create
	is 'which engine' "$(q .engine)" "${E%%:*}"
	is 'in how many transactions' "$(q .transactions)" "$([ "${ONE-}" ] && echo 'one a function' || echo one)"
	is 'the last row of the ledger' "$(head_row)" "create $mod_a"
	as_it_should 'reconcile finds what was installed'
	[ "$CLEAN" = in_sync ] || like 'and says what it cannot prove' \
		"$(q '.findings[] | select(.id == "D30") | .observed')" "$UNPROVED"
	is 'nothing else is there' "$(q '[.targets[0].functions[].state] | unique | join(" ")')" "$CLEAN"
	# --- again
	rows=$(sql 'SELECT count(*) FROM wasmfn.ledger')
	ins
	is 'install again does nothing' "$rc $(q '.steps[0].action')" '0 none'
	is 'and leaves no row' "$(sql 'SELECT count(*) FROM wasmfn.ledger')" "$rows"
	MORE="${MORE-}"$'\n''  check: {args: []}' claim "$ref_a"
	ins --dry-run
	is 'a call before COMMIT is refused by name' "$rc $(q .error.code)" '65 unfit'
	claim "$ref_a"
	# --- tampering
	tampers
	as_it_should 'nothing is left of that'
	# --- replace
	claim "$ref_b"
	ins --dry-run
	is 'another module in the manifest file' "$rc $(q '.steps[0].action')" '0 replace'
	ins
	is 'is installed in place' "$rc $(q '.steps[0].action')" '0 replace'
	as_it_should 'reconcile finds the other one'
	is 'and the ledger has it' "$(head_row)" "replace $mod_b"
	# --- back
	wf rollback --json -f "$T/m.yaml" --policy "$T/policy.yaml" --engine "$E" \
		--target "$(conninfo deploy)" --reason test "$FN"
	is_rc 'rollback' 0
	is 'has the first one again' "$(head_row)" "rollback $mod_a"
	rec
	is 'which is not what the manifest file says' "$(state)" "$([ "$CLEAN" = in_sync ] && echo pending || echo unknown)"
	ins --release "$FN"
	is 'and install goes forward' "$rc $(head_row)" "0 release $mod_b"
	# --- quarantine
	wf quarantine --json -f "$T/m.yaml" --engine "$E" --target "$(conninfo deploy)" \
		--reason test "$FN"
	if [ "${QUARANTINE-}" ]; then
		is 'quarantine' "$rc $(head_row)" "0 quarantine $mod_b"
		quarantined
		rec
		is 'reconcile knows it' "$rc $(state) $(ids)" '0 quarantined D31'
		ins --release "$FN"
		is 'and out of it' "$rc $(head_row)" "0 release $mod_b"
		as_it_should 'as if nothing had been'
	else
		is 'no EXECUTE to take away' "$rc $(q .error.code)" '76 engine'
	fi
	# --- remove
	printf '[]\n' | manifest "$T/m.yaml"
	rec
	is 'in no manifest file: an orphan' "$(state)" orphan
	wf remove --json -f "$T/m.yaml" --engine "$E" --target "$(conninfo deploy)" "$FN"
	is_rc 'remove' 0
	rec
	is 'nothing is left' "$rc $(q '.targets[0].functions | length')" '0 0'
	is 'and the ledger says so' "$(sql 'SELECT action FROM wasmfn.ledger ORDER BY seq DESC LIMIT 1')" remove
	least
}

# the SQL as it is gives nobody too little or too much
least()
{
	sql 'DROP SCHEMA wasmfn CASCADE' 2> "$T/sqlerr"
	sql "$(grants | grep -v 'CREATE ROLE wasmfn_reader')" 2> "$T/sqlerr" || fail 'the grants' "$(cat "$T/sqlerr")"
	wf doctor --json --engine "$E" --target "$(conninfo reader)"
	is 'the grants are enough, and no more' \
		"$(q '[.checks[] | select(.what == "role") | .state + .where + .says] | join("; ")')" ''
	sql 'GRANT pg_read_server_files TO wasmfn_auditor'
	wf doctor --json --engine "$E" --target "$(conninfo reader)"
	like 'what is too much is seen' "$(q '.checks[] | select(.what == "role") | .says')" 'pg_read_server_files'
}
