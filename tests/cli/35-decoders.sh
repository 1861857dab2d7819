#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Against other decoders, on modules made here and on copies with bytes
# changed by a seed: what V8 takes, we take, with the same imports and exports;
# and the imports that wasm-objdump lists are ours.
# shellcheck source=tests/lib/tap.sh
. "$(dirname "$0")/../lib/tap.sh"
WASMFN=${WASMFN:-build/wasmfn}

cat >"$T/calls.wat" <<'END'
(module
  (type $t (func (param i32) (result i32)))
  (import "env" "log" (func $log (param i32)))
  (import "env" "memory" (memory 1 4))
  (import "m" "g" (global (mut i32)))
  (table 2 4 funcref)
  (elem (i32.const 0) $a $b)
  (func $a (type $t) (call $log (local.get 0)) (i32.add (local.get 0) (global.get 0)))
  (func $b (type $t) (call_indirect (type $t) (local.get 0) (i32.const 1)))
  (func (export "run") (result i32 i64) (i32.extend8_s (i32.const 5)) (i64.const -9))
  (export "a" (func $a)) (export "mem" (memory 0))
  (data (i32.const 8) "some bytes"))
END
cat >"$T/control.wat" <<'END'
(module
  (memory (export "m") 1)
  (func (export "f") (param i32 f64) (result i32) (local i64 f32)
    (block $out (result i32)
      (loop $l
        (br_if $l (i32.load offset=16 (local.get 0)))
        (if (local.get 0) (then (br $l)) (else (local.set 0 (i32.const 7)))))
      (br_table $out $out (i32.const 1) (local.get 0))))
  (func (export "conv") (param f64) (result i32) (i32.trunc_sat_f64_s (local.get 0)))
  (func (memory.fill (i32.const 0) (i32.const 1) (i32.const 2)))
  (func (result i32) (i32.const 1) (i32.const 2) (i32.const 0) (select)))
END
cat >"$T/simd.wat" <<'END'
(module
  (tag $e (param i32)) (table $t 1 externref) (global $g (mut i32) (i32.const 3))
  (memory 1 1 shared)
  (func (export "v") (param v128) (result v128) (i8x16.add (local.get 0) (v128.const i32x4 1 2 3 4)))
  (func (export "x") (result externref) (table.get $t (i32.const 0)))
  (func (export "at") (result i32) (i32.atomic.rmw.add (i32.const 0) (global.get $g)))
  (func $r (export "tail") (return_call $r)))
END
bases=()
for m in calls control simd; do
	wat2wasm --enable-threads --enable-exceptions --enable-tail-call "$T/$m.wat" -o "$T/$m.wasm" ||
		fail "$m is built"
	bases+=("$T/$m.wasm")
done

for m in calls control simd; do
	run "$WASMFN" inspect --json "$T/$m.wasm"
	is_rc "$m is taken" 0
	is "imports of $m as wasm-objdump lists them" \
		"$(jq -r '.module.imports[] | "\(.module).\(.name)"' "$T/out")" \
		"$(wasm-objdump -j Import -x "$T/$m.wasm" | sed -n 's/.* <- \(.*\)$/\1/p')"
done

if ! command -v node >/dev/null; then
	skip "modules with changed bytes" "node is not installed"
	done_testing
	exit
fi

cat >"$T/make.js" <<'END'
const fs = require('fs');
const [dir, ...bases] = process.argv.slice(2);
let x = 20261121n; // seed; xorshift
const rnd = n => { x ^= x << 13n & 0xffffffffffffffffn; x ^= x >> 7n; x ^= x << 17n & 0xffffffffffffffffn;
	return Number((x & 0xffffffffffffffffn) % BigInt(n)); };
const out = [];
let n = 0;
const put = b => {
	const f = `${dir}/x${String(n++).padStart(5, '0')}.wasm`;
	fs.writeFileSync(f, b);
	const v = { f, valid: WebAssembly.validate(b) };
	if (v.valid) {
		const m = new WebAssembly.Module(b);
		v.imports = WebAssembly.Module.imports(m).map(i => [i.module, i.name]);
		v.exports = WebAssembly.Module.exports(m).map(e => e.name);
	}
	out.push(v);
};
for (const path of bases) {
	const good = fs.readFileSync(path);
	put(good);
	for (let i = 0; i < 250; i++) {
		const b = Buffer.from(good);
		for (let k = 0; k <= i % 2; k++)
			b[8 + rnd(b.length - 8)] = i % 3 ? b[8 + rnd(b.length - 8)] : rnd(256);
		put(b);
	}
}
fs.writeFileSync(`${dir}/v8.json`, JSON.stringify(out));
END
cat >"$T/compare.js" <<'END'
const fs = require('fs');
const [dir] = process.argv.slice(2);
const v8 = JSON.parse(fs.readFileSync(`${dir}/v8.json`));
const ours = fs.readFileSync(`${dir}/out`, 'utf8').trim().split('\n').map(l => JSON.parse(l));
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
let valid = 0, bad = 0;
v8.forEach((v, i) => {
	const o = ours[i], m = o.module;
	let why = '';
	if (v.valid) {
		valid++;
		if (!m) why = `V8 takes it: ${o.error.message}`;
		else if (!same(v.imports, m.imports.map(i => [i.module, i.name]))) why = 'other imports';
		else if (!same(v.exports, m.exports.map(e => e.name))) why = 'other exports';
	} else if (!m && o.error.code !== 'malformed' && o.error.code !== 'limit') why = o.error.code;
	if (why) { bad++; console.log(`# ${v.f}: ${why}`); }
});
console.log(`${v8.length} ${valid > 3} ${bad}`);
END
node "$T/make.js" "$T" "${bases[@]}" || fail "V8 looks at them"
"$WASMFN" inspect --output ndjson "$T"/x*.wasm >"$T/out" 2>/dev/null
is "753 modules, some valid, none on which V8 disagrees" "$(node "$T/compare.js" "$T")" "753 true 0"

done_testing
