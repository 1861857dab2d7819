#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# check --suggest: the policy it prints allows the module, and not one thing
# more.  check --emit: the settings of each engine, word for word.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
# shellcheck source=tests/lib/artifact.sh
. "$(dirname "$0")/../lib/artifact.sh"
WASMFN=${WASMFN:-build/wasmfn}
export WASMFN_STORE=$T/store

q() { jq -r "$1" "$T/out"; }
wat() { wat2wasm --enable-all - -o "$T/$1.wasm"; }
# suggest MODULE: its policy into p.yaml
suggest() { rm -f "$T/p.yaml"; run "$WASMFN" check --suggest "$T/$1.wasm"; cp "$T/out" "$T/p.yaml"; chmod 600 "$T/p.yaml"; }
judge() { run "$WASMFN" check --json --policy "$T/p.yaml" "$T/$1.wasm"; }

LOG='(import "env" "clickhouse_log" (func (param i32 i32)))'
OPEN='(import "wasi_snapshot_preview1" "path_open" (func))'
MEM='(memory 1 4)'
F='(func (export "f") (param i32) (result i32) local.get 0)'
# so large that what is left out makes room for what is put in
DATA="(data (i32.const 0) \"$(printf 'x%.0s' {1..200})\")"
echo "(module $LOG $OPEN $MEM $F $DATA)" | wat m

suggest m
is_rc "a policy is suggested" 0
is "nothing on stderr" "$err" ''
like "commented with what each import can do" "$out" 'name: "path_open"  # filesystem: can open the files it is given'
run "$WASMFN" lint "$T/p.yaml"
is_rc "it is a good file" 0
is "without a note" "$out" "$T/p.yaml: a good policy file"
judge m
is_rc "and allows the module" 0
is "with nothing over-granted" "$(q '.overgranted | length')" 0
# what differs from the module in one thing
denied() { # NAME WAT
	echo "$2" | wat x
	judge x
	is_rc "$1 is denied" 15
}
denied "one import more" "(module $LOG $OPEN (import \"env\" \"clickhouse_random\" (func)) $MEM $F)"
denied "an import of another name" "(module (import \"env\" \"clickhouse_logs\" (func (param i32 i32))) $OPEN $MEM $F)"
denied "an import of another module" "(module (import \"en\" \"clickhouse_log\" (func (param i32 i32))) $OPEN $MEM $F)"
denied "a larger memory" "(module $LOG $OPEN (memory 1 5) $F)"
denied "a start function" "(module $LOG $OPEN $MEM (func) (start 2))"
denied "another feature" "(module $LOG $OPEN $MEM (func (export \"f\") (param i32) (result i32) (i32.extend8_s (local.get 0))))"
denied "a byte more" "(module $LOG $OPEN $MEM (func (export \"ff\") (param i32) (result i32) local.get 0) $DATA)"
echo "(module $LOG $MEM $F)" | wat x
judge x
is_rc "one import less is allowed" 0

# --- each is allowed by its own suggestion
each() { # NAME
	suggest "$1"
	judge "$1"
	is_rc "$2 is allowed by its own" 0
}
# What no name stands for is allowed by its class, and only that.
made() { printf '\0asm\x0d\0\1\0'"$2" >"$T/$1.wasm"; } # NAME, bytes as printf takes them
by_class() { # NAME, CLASS, BYTES, WHAT
	made "$1" "$3"
	each "$1" "$4"
	like "$4: by class" "$(cat "$T/p.yaml")" "# what no name stands for"$'\n'"    classes: \{allow: \[$2\]\}"
	sed '/classes: {allow/d' "$T/p.yaml" >"$T/q.yaml"
	chmod 600 "$T/q.yaml"
	run "$WASMFN" check --policy "$T/q.yaml" "$T/$1.wasm"
	is_rc "$4: without the class it is not" 15
}
by_class url code-import '\3\3\1\x50\0\x0a\x0d\1\0\7url=<x>\0\x11\0' "code from elsewhere"
by_class threads threads '\x08\2\1\x26' "a built-in of threads"
made odd '\7\5\1\x40\0\1\0\x0a\x0a\1\0\5a:b/c\1\0'
suggest odd
like "what no rule can allow is said" "$(cat "$T/p.yaml")" "# an import has a name that no rule can allow"
judge odd
is_rc "and stays denied" 15

echo '(module)' | wat x; each x "an empty module"
echo '(module (memory 1))' | wat x; each x "a memory without a maximum"
like "and that is said" "$(cat "$T/p.yaml")" 'declares no maximum'
echo '(module (func) (start 0))' | wat x; each x "a start function"
echo '(module (memory 1 1 shared) (func (param f32 v128)))' | wat x; each x "a module with features"
echo "(module $LOG $LOG)" | wat x; each x "an import that is there twice"
is "and named once" "$(grep -c clickhouse_log "$T/p.yaml")" 1
echo '(module (import "" "" (func)))' | wat x; each x "an import without a name"
echo '(module (import "a\"]\0a  - x: y #" "b\\\09" (func)))' | wat x; each x "an import that would like to be YAML"
ok "in one line each" [ "$(grep -c 'x: y' "$T/p.yaml")" = 1 ]
unlike "without control bytes" "$(cat "$T/p.yaml")" $'\t'
echo '(module (import "a\00b" "\1b[31m" (func)))' | wat x; each x "an import with a NUL"
like "its pattern is said to match more" "$(cat "$T/p.yaml")" 'matches other names too'
echo '(module (import "größe" "日本" (func)))' | wat x; each x "an import beyond ASCII"
printf '(module (import "%s" "f" (func)))' "$(printf 'n%.0s' {1..600})" | wat x; each x "an import of 600 bytes"
echo '(module (import "unknown" "thing" (func)))' | wat x; each x "an import that nobody knows"
like "and that is said" "$(cat "$T/p.yaml")" '# unknown: is not known to this version'
printf '\0asm\x0d\0\1\0' >"$T/x.wasm"; each x "a component"

# --- components: a type section with an instance of one function "run", then imports
# component NAME IMPORT...: each as printf takes it, from the name's attributes on
component() {
	local out=$T/$1.wasm body
	shift
	printf '\0asm\x0d\0\1\0\x07\x10\1\x42\2\1\x40\0\1\0\4\0\3run\1\0' >"$out"
	printf '%b' "$@" >"$T/body"
	body=$(stat -c %s "$T/body")
	# shellcheck disable=SC2059 # the bytes are escapes
	printf "\\x0a\\x$(printf %02x $((body + 1)))\\x$(printf %02x $#)" >>"$out"
	cat "$T/body" >>"$out"
}
TCP='\0\x16wasi:sockets/tcp@0.2.0\5\0'
component x "$TCP"; each x "an interface"
like "is named with its version" "$(cat "$T/p.yaml")" '- "wasi:sockets/tcp@0.2.0"  # network'
component x "${TCP/0.2.0/0.2.1}"
judge x
is_rc "another version is denied" 15
component x "${TCP/tcp/udp}"
judge x
is_rc "another interface is denied" 15
component x '\2\7primary\1\0\x13wasi:keyvalue/store\5\0'; each x "an import that implements an interface"
component x '\2\7another\1\0\x13wasi:keyvalue/store\5\0'
judge x
is_rc "is that interface under any name" 0
component x '\0\7another\5\0'; each x "a plain name"
component x '\0\7anothes\5\0'
judge x
is_rc "another plain name is denied" 15
component x "$TCP" '\0\7another\5\0'; each x "both at once"
# inside NAME WAT: a component around a module
inside() {
	echo "$2" | wat inner
	# shellcheck disable=SC2059 # the bytes are escapes
	{ printf "\\0asm\\x0d\\0\\1\\0\\1\\x$(printf %02x "$(stat -c %s "$T/inner.wasm")")"; cat "$T/inner.wasm"; } >"$T/$1.wasm"
}
inside x '(module (memory 1 4) (func (drop (i32.extend8_s (i32.const 1)))))'; each x "a module inside"
inside x '(module (memory 1 5) (func (drop (i32.const 1))))'
judge x
is_rc "with a larger memory it is denied" 15
inside x '(module (memory 1 4) (func) (start 0))'
judge x
is_rc "with a start function too" 15

make_layout "$T/a" "$T/m.wasm" L12
run "$WASMFN" check --suggest "oci:$T/a@$digest"
cp "$T/out" "$T/p.yaml"; chmod 600 "$T/p.yaml"
like "a reference is named" "$out" "match: \\[\"oci:$T/a\"\\]"
run "$WASMFN" check --json --policy "$T/p.yaml" "oci:$T/a@$digest"
is_rc "and allowed" 0
judge m
is_rc "the file is not" 15
run "$WASMFN" check --json --suggest "$T/m.wasm"
is "JSON has the same text" "$(q .suggestion)" "$("$WASMFN" check --suggest "$T/m.wasm")"
run "$WASMFN" check --suggest --policy "$T/p.yaml" "$T/m.wasm"
is_rc "--suggest goes with no policy" 64
head -c 20 "$T/m.wasm" >"$T/cut.wasm"
run "$WASMFN" check --suggest "$T/cut.wasm"
is_rc "a cut module gets none" 65
is "nothing is printed" "$out" ''

# --- --emit, word for word
cat >"$T/e.yaml" <<'END'
apiVersion: wasmfn/v1
kind: Policy
capabilities:
  - match: ["oci:**"]
    classes: {deny: [http-client]}
  - match: ["oci:/**"]
    classes: {allow: [stdio, filesystem, log, http-client], deny: [network]}
    module: {features: {deny: [threads, simd]}, memory: {maxPages: 16}, maxSize: 65536}
limits: {max_memory_bytes: 67108864, fuel_per_call: 1000000, epoch_deadline_ms: 250, stack_size_bytes: 262144}
END
chmod 600 "$T/e.yaml"
cat >"$T/m.yaml" <<END
- name: f
  ref: oci:$T/a@$digest
  schema: wasm
  limits: {fuel_per_call: 5000, max_memory_bytes: 131072}
  wasi: {filesystem: {preopen: [{host_path: /srv/it's, guest_path: /data, readonly: true}]}}
END
chmod 600 "$T/m.yaml"
emits() { run "$WASMFN" check --emit "$1" --policy "$T/e.yaml" "${@:3}"; is_rc "$2: exit 0" 0; is "$2" "$(cat "$T/out")" "$(cat)"; }
emits pg_wasm "pg_wasm" "oci:$T/a@$digest" <<'END'
-- settings of pg_wasm 0.4, for all functions of the cluster
ALTER SYSTEM SET pg_wasm.max_memory_bytes = 1048576;
ALTER SYSTEM SET pg_wasm.max_fuel_per_call = 1000000;
ALTER SYSTEM SET pg_wasm.max_epoch_deadline_ms = 250;
ALTER SYSTEM SET pg_wasm.max_stack_bytes = 262144;
ALTER SYSTEM SET pg_wasm.max_module_bytes = 65536;
ALTER SYSTEM SET pg_wasm.allow_fs = on;
ALTER SYSTEM SET pg_wasm.allow_net = off;
SELECT pg_reload_conf();
-- of the function, in its manifest entry:
--   wasi: {}, without it none of its imports is provided
END
emits pgwasm "pgwasm" "oci:$T/a@$digest" <<'END'
-- settings of pgwasm 0.1, for all functions of the cluster
ALTER SYSTEM SET pgwasm.allow_wasi = on;
ALTER SYSTEM SET pgwasm.allow_wasi_stdio = on;
ALTER SYSTEM SET pgwasm.allow_wasi_env = off;
ALTER SYSTEM SET pgwasm.allow_wasi_fs = on;
ALTER SYSTEM SET pgwasm.allow_wasi_net = off;
ALTER SYSTEM SET pgwasm.allow_wasi_http = off;
ALTER SYSTEM SET pgwasm.allow_spi = off;
ALTER SYSTEM SET pgwasm.fuel_enabled = on;
ALTER SYSTEM SET pgwasm.max_memory_pages = 16;
ALTER SYSTEM SET pgwasm.fuel_per_invocation = 1000000;
ALTER SYSTEM SET pgwasm.invocation_deadline_ms = 250;
ALTER SYSTEM SET pgwasm.max_module_bytes = 65536;
SELECT pg_reload_conf();
END
emits wasmtime "wasmtime, with what the manifest file asks" -f "$T/m.yaml" <<'END'
# arguments of wasmtime run, one a line
-S cli=y
-S inherit-stdin=y
-S inherit-stdout=y
-S inherit-stderr=y
-S inherit-env=n
-S inherit-network=n
-S tcp=n
-S udp=n
-S allow-ip-name-lookup=n
-S http=n
-S tls=n
-S threads=n
-S nn=n
-S config=n
-S keyvalue=n
# read only is asked for, and --dir gives it to write too: mount it read only
--dir '/srv/it'\''s::/data'
-W fuel=5000
-W timeout=250ms
-W max-memory-size=131072
-W max-wasm-stack=262144
-W simd=n
-W threads=n
# allowed, and no setting of its own here: log
END
run "$WASMFN" check --json --emit wasmtime --policy "$T/e.yaml" -f "$T/m.yaml"
like "JSON has the text" "$(q .settings)" '^# arguments of wasmtime'
# the built-in rule allows nothing
printf 'apiVersion: wasmfn/v1\nkind: Policy\n' >"$T/e.yaml"
emits pg_wasm "no rule, no capability" "oci:$T/a@$digest" <<'END'
-- settings of pg_wasm 0.4, for all functions of the cluster
ALTER SYSTEM SET pg_wasm.allow_fs = off;
ALTER SYSTEM SET pg_wasm.allow_net = off;
SELECT pg_reload_conf();
-- of the function, in its manifest entry:
--   wasi: leave it out, nothing needs it
END
run "$WASMFN" check --emit wasmer "$T/m.wasm"
is_rc "an engine that is not served" 64
like "names those that are" "$err" "wasmtime, pgwasm and pg_wasm"

done_testing
