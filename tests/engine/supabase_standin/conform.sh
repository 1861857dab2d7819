# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154 # for tests/lib/conform.sh
E='supabase:https://packages.example/v1/{sha256}.wasm'
FN=wasm_wrapper.greet
CLEAN=unknown
WRONG=pgwasm
UNPROVED='never checks again'

roles()
{
	sql "CREATE FOREIGN DATA WRAPPER elsewhere"
}

# guest NAME TEXT: a component that exports what the host asks for
guest()
{
	local name=supabase:wrappers/routines@0.2.0

	mkdir -p "$T/art"
	{
		printf '\0asm\x0d\0\1\0\5\3\1\1\0\x0b%b\1\0%b%s\5\0\0' \
			"\\x$(printf %02x $((${#name} + 6)))" "\\x$(printf %02x ${#name})" "$name"
		printf '\0%b\1x%s' "\\x$(printf %02x $((${#2} + 2)))" "$2"
	} > "$T/art/$1.wasm"
	make_layout "$T/art/$1" "$T/art/$1.wasm" L1 || return
	sign_layout "$T/art/$1" release
	ref=oci:$T/art/$1@$digest
}

make_ab()
{
	guest a one
	ref_a=$ref mod_a=$module
	guest b two
	ref_b=$ref mod_b=$module
	policy "$T/policy.yaml" 'capabilities:
  - match: ["oci:**"]
    module: {kinds: [component]}'
}

options() { sql "SELECT option_value FROM pg_foreign_server s, pg_options_to_table(srvoptions) WHERE srvname = 'greet' AND option_name = 'fdw_package_$1'"; }

tampers()
{
	local a=${mod_a#sha256:} b=${mod_b#sha256:} url secret=s3cr3t-api-key

	url=https://packages.example/v1/$a.wasm
	is 'the URL names the digest, twice' "$(options url)" "$url#$a"
	is 'the checksum' "$(options checksum)" "$a"
	tamper 'another checksum alone' "ALTER SERVER greet OPTIONS (SET fdw_package_checksum '$b')" \
		"ALTER SERVER greet OPTIONS (SET fdw_package_checksum '$a')" 16 drift 'D02 D10 D30'
	tamper 'checksum and fragment' \
		"ALTER SERVER greet OPTIONS (SET fdw_package_checksum '$b', SET fdw_package_url '$url#$b')" \
		"ALTER SERVER greet OPTIONS (SET fdw_package_checksum '$a', SET fdw_package_url '$url#$a')" \
		16 drift 'D02 D30'
	tamper 'no fragment' "ALTER SERVER greet OPTIONS (SET fdw_package_url '$url')" \
		"ALTER SERVER greet OPTIONS (SET fdw_package_url '$url#$a')" 2 drift 'D10 D30'
	tamper 'a checksum in capitals' "ALTER SERVER greet OPTIONS (SET fdw_package_checksum '${a^^}')" \
		"ALTER SERVER greet OPTIONS (SET fdw_package_checksum '$a')" 16 drift 'D16 D30'
	tamper 'from elsewhere' "ALTER SERVER greet OPTIONS (SET fdw_package_url 'https://evil.example/$a.wasm#$a')" \
		"ALTER SERVER greet OPTIONS (SET fdw_package_url '$url#$a')" 2 unknown 'D13 D30'
	tamper 'without TLS' "ALTER SERVER greet OPTIONS (SET fdw_package_url 'http://packages.example/v1/$a.wasm#$a')" \
		"ALTER SERVER greet OPTIONS (SET fdw_package_url '$url#$a')" 2 drift 'D10 D13 D30'
	tamper 'capitals in the host' "ALTER SERVER greet OPTIONS (SET fdw_package_url 'https://Packages.example/v1/$a.wasm#$a')" \
		"ALTER SERVER greet OPTIONS (SET fdw_package_url '$url#$a')" 2 drift 'D10 D13 D30'
	tamper 'from a file' "ALTER SERVER greet OPTIONS (SET fdw_package_url 'file:///tmp/x.wasm')" \
		"ALTER SERVER greet OPTIONS (SET fdw_package_url '$url#$a')" 16 drift 'D13 D16 D30'
	tamper 'another version, same digest' "ALTER SERVER greet OPTIONS (SET fdw_package_version '2.0.0')" \
		"ALTER SERVER greet OPTIONS (SET fdw_package_version '1.0.0')" 2 unknown 'D13 D30'
	tamper 'a second server with the same key' \
		"CREATE SERVER twin FOREIGN DATA WRAPPER wasm_wrapper OPTIONS (fdw_package_url '$url#$a', fdw_package_name 'wasmfn:greet', fdw_package_version '1.0.0', fdw_package_checksum '$b')" \
		'DROP SERVER twin' 2 drift 'D05 D10 D30'
	tamper 'owner' 'ALTER SERVER greet OWNER TO app_other' 'ALTER SERVER greet OWNER TO deploy' \
		2 drift 'D07 D30'
	tamper 'PUBLIC may use it' 'GRANT USAGE ON FOREIGN SERVER greet TO PUBLIC' \
		'REVOKE USAGE ON FOREIGN SERVER greet FROM PUBLIC' 2 drift 'D08 D30'
	tamper 'PUBLIC may make servers' 'GRANT USAGE ON FOREIGN DATA WRAPPER wasm_wrapper TO PUBLIC' \
		'REVOKE USAGE ON FOREIGN DATA WRAPPER wasm_wrapper FROM PUBLIC' 2 unknown 'D17 D30'
	tamper 'no validator' 'ALTER FOREIGN DATA WRAPPER wasm_wrapper NO VALIDATOR' \
		'ALTER FOREIGN DATA WRAPPER wasm_wrapper VALIDATOR extensions.wasm_fdw_validator' \
		16 drift 'D10 D16 D30'
	tamper 'a handler of somebody else' \
		"CREATE OR REPLACE FUNCTION extensions.wasm_fdw_handler() RETURNS fdw_handler STRICT LANGUAGE c AS '\$libdir/file_fdw', 'file_fdw_handler'" \
		"CREATE OR REPLACE FUNCTION extensions.wasm_fdw_handler() RETURNS fdw_handler STRICT LANGUAGE c AS '\$libdir/wrappers-0.6.2', 'wasm_fdw_handler_wrapper'" \
		16 unknown 'D16 D30'
	tamper 'an option for the guest' "ALTER SERVER greet OPTIONS (ADD api_key '$secret')" \
		'ALTER SERVER greet OPTIONS (DROP api_key)' 2 unknown 'D13 D30'
	sql "ALTER SERVER greet OPTIONS (ADD api_key '$secret')"
	rec
	is 'its name is said' "$(q '[.findings[] | select(.id == "D13") | .observed] | join(" ")' | cut -d';' -f1)" api_key
	nok 'its value is not' grep -q "$secret" "$T/out" "$T/err"
	sql 'ALTER SERVER greet OPTIONS (DROP api_key)'
	tamper 'a table' 'CREATE FOREIGN TABLE public.events (id text, n int) SERVER greet' \
		'DROP FOREIGN TABLE public.events' 2 unknown 'D13 D30'
	sql "CREATE FOREIGN TABLE public.events (id text, n int) SERVER greet OPTIONS (object 'e')"
	MORE="  comment: it's %I"
	claim "$ref_a"
	ins
	is 'an install records the tables' "$rc $(q '.steps[0].action')" '0 alter'
	is 'and quotes what it writes' "$(sql "SELECT description FROM pg_description d, pg_foreign_server s WHERE s.oid = d.objoid AND srvname = 'greet'")" "it's %I"
	as_it_should 'so they are as wanted'
	tamper 'a column of another type' 'ALTER FOREIGN TABLE public.events ALTER n TYPE text' \
		'ALTER FOREIGN TABLE public.events ALTER n TYPE int' 2 unknown 'D13 D30'
	tamper 'an option of the table' "ALTER FOREIGN TABLE public.events OPTIONS (SET object 'x')" \
		"ALTER FOREIGN TABLE public.events OPTIONS (SET object 'e')" 2 unknown 'D13 D30'
	printf '[]\n' | manifest "$T/m.yaml"
	wf remove --json -f "$T/m.yaml" --engine "$E" --target "$(conninfo deploy)" "$FN"
	is 'a server with tables is not dropped' "$rc $(q .error.code)" '76 engine'
	sql 'DROP FOREIGN TABLE public.events'
	MORE=
	claim "$ref_a"
	ins
	# --- where packages come from
	E=supabase
	claim "$ref_b"
	ins
	is 'nobody said where the package is' "$rc $(q .error.code)" '64 usage'
	for E in 'supabase:http://packages.example/{sha256}' 'supabase:https://packages.example/x.wasm' \
		'supabase:https://me:pw@packages.example/{sha256}' 'supabase:file:///{sha256}'; do
		ins
		is "not from there: $E" "$rc $(q .error.code)" '64 usage'
	done
	E='supabase:probe,https://packages.example/bad/{sha256}.wasm'
	ins
	is 'a probe that fails' "$rc $(q .error.code)" '76 engine'
	like 'says what the engine said' "$(q .error.message)" 'installed, but.*component verification failed'
	E='supabase:probe,https://packages.example/v1/{sha256}.wasm'
	claim "$ref_a"
	ins
	is_rc 'a probe that does not' 0
	claim "$ref_b"
	sql 'ALTER ROLE deploy CONNECTION LIMIT 1'
	ins
	is 'a probe that gets no connection is no reason to begin again' "$rc $(q .error.code)" '69 unavailable'
	like 'and said' "$(q .error.message)" 'installed, but.*too many connections'
	is 'although it was committed' "$(q '.applied, .steps[0].action' | tr '\n' ' ')$(head_row)" "true replace replace $mod_b"
	is 'and is known' "$(jq '.head.seq' "$T"/state/target-*.json)" "$(sql 'SELECT max(seq) FROM wasmfn.ledger')"
	sql 'ALTER ROLE deploy CONNECTION LIMIT -1'
	claim "$ref_a"
	ins
	E='supabase:https://packages.example/v1/{sha256}.wasm'
	sql 'DROP SERVER greet'
	rec
	is 'the server is gone' "$(got)" 'exit 2, drift, D04 D30'
	ins
	is 'and made again' "$rc $(q '.steps[0].action')" '0 create'
	sql "ALTER SERVER greet OPTIONS (SET fdw_package_url '$url')"
	E=supabase
	ins
	is 'a fragment alone needs no new place' "$rc $(options url)" "0 $url#$a"
	E='supabase:https://packages.example/v1/{sha256}.wasm'
}
