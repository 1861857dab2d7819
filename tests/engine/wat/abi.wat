;; SPDX-License-Identifier: Apache-2.0
;; The ABI of pg_wasm: one export for every way a value can travel, and for
;; every way a module can lie.  It must stay small enough to read.
(module
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 4096))
  (global $n (mut i32) (i32.const 0))
  (data (i32.const 16) "\ff\fe")
  (data (i32.const 32) "{\"a\": 1,  \"a\": 2}")
  (data (i32.const 64) "a\00b")

  (func (export "alloc") (param $len i32) (result i32)
    (local $p i32)
    (local.set $p (global.get $top))
    (global.set $top (i32.add (global.get $top) (local.get $len)))
    (local.get $p))
  (func (export "dealloc") (param i32 i32)
    (global.set $top (i32.const 4096)))

  (func $pack (param i32 i32) (result i64)
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32))
      (i64.extend_i32_u (local.get 1))))

  (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1)))
  (func (export "add8") (param i64 i64) (result i64)
    (i64.add (local.get 0) (local.get 1)))
  (func (export "addf4") (param f32 f32) (result f32)
    (f32.add (local.get 0) (local.get 1)))
  (func (export "addf8") (param f64 f64) (result f64)
    (f64.add (local.get 0) (local.get 1)))
  (func (export "flip") (param i32) (result i32)
    (i32.eqz (local.get 0)))
  (func (export "big") (result i32) (i32.const 65537))
  (func (export "nothing") (param i32))
  (func (export "count") (result i32)
    (global.set $n (i32.add (global.get $n) (i32.const 1)))
    (global.get $n))

  ;; text to upper case, ASCII only, in place
  (func (export "upper") (param $p i32) (param $len i32) (result i64)
    (local $i i32)
    (local $c i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $len)))
        (local.set $c
          (i32.load8_u (i32.add (local.get $p) (local.get $i))))
        (if (i32.and (i32.ge_u (local.get $c) (i32.const 97))
                     (i32.le_u (local.get $c) (i32.const 122)))
          (then (i32.store8 (i32.add (local.get $p) (local.get $i))
                  (i32.sub (local.get $c) (i32.const 32)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (call $pack (local.get $p) (local.get $len)))
  (func (export "echo") (param i32 i32) (result i64)
    (call $pack (local.get 0) (local.get 1)))
  (func (export "second") (param i32 i32 i32 i32 i32) (result i64)
    (call $pack (local.get 3) (local.get 4)))
  (func (export "null") (result i64) (i64.const 0))
  (func (export "empty") (result i64) (call $pack (i32.const 8) (i32.const 0)))
  (func (export "json") (result i64) (call $pack (i32.const 32) (i32.const 17)))

  ;; lies
  (func (export "outside") (result i64)
    (call $pack (i32.const 65530) (i32.const 100)))
  (func (export "huge") (result i64)
    (call $pack (i32.const 8) (i32.const -1)))
  (func (export "notutf8") (result i64) (call $pack (i32.const 16) (i32.const 2)))
  (func (export "nul") (result i64) (call $pack (i32.const 64) (i32.const 3))))
