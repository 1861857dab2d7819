;; SPDX-License-Identifier: Apache-2.0
;; One export for every way a call can end badly.
(module
  (memory (export "memory") 2)
  (type $v (func))
  (table 2 funcref)
  (func $wrong (param i32))
  (elem (i32.const 0) $wrong)

  (func (export "alloc") (param i32) (result i32) (i32.const 65536))

  (func (export "spin") (result i32) (loop (br 0)) (i32.const 0))
  (func (export "gib") (result i32) (memory.grow (i32.const 16384)))
  ;; grows, is refused, and does as if nothing was
  (func (export "stubborn") (result i32)
    (drop (memory.grow (i32.const 16384)))
    (i32.const 7))
  (func (export "grow_some") (param i32) (result i32)
    (memory.grow (local.get 0)))
  ;; grows to 48 MiB and writes to all of it
  (func (export "touch") (result i32)
    (drop (memory.grow (i32.const 766)))
    (memory.fill (i32.const 0) (i32.const 1) (i32.const 50331648))
    (memory.size))
  (func (export "unreachable") (result i32) unreachable)
  (func $deep (export "deep") (param i32) (result i32)
    (i32.add (i32.const 1) (call $deep (local.get 0))))
  (func (export "div") (param i32 i32) (result i32)
    (i32.div_s (local.get 0) (local.get 1)))
  (func (export "conv") (param f64) (result i32)
    (i32.trunc_f64_s (local.get 0)))
  (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
  (func (export "table") (param i32) (result i32)
    (call_indirect (type $v) (local.get 0)) (i32.const 0))
  (func (export "good") (result i32) (i32.const 42)))
