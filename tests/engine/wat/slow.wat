;; SPDX-License-Identifier: Apache-2.0
;; Burns time and little fuel, so that the deadline comes first: a memory.grow
;; that fails costs one unit and some fifty nanoseconds.
(module
  (memory (export "memory") 2 2)
  (func (export "alloc") (param i32) (result i32) (i32.const 65536))
  (func $busy (export "busy") (result i32)
    loop
      i32.const 1
      memory.grow memory.grow memory.grow memory.grow memory.grow
      memory.grow memory.grow memory.grow memory.grow memory.grow
      memory.grow memory.grow memory.grow memory.grow memory.grow
      memory.grow memory.grow memory.grow memory.grow memory.grow
      memory.grow memory.grow memory.grow memory.grow memory.grow
      memory.grow memory.grow memory.grow memory.grow memory.grow
      memory.grow memory.grow memory.grow memory.grow memory.grow
      memory.grow memory.grow memory.grow memory.grow memory.grow
      drop
      br 0
    end
    i32.const 0)
  ;; loops when the text begins with r, as the seed's rubbish does
  (func (export "normalize_address") (param $p i32) (param $len i32)
      (result i64)
    (if (i32.eq (i32.load8_u (local.get $p)) (i32.const 114))
      (then (drop (call $busy))))
    (i64.or (i64.shl (i64.extend_i32_u (local.get $p)) (i64.const 32))
      (i64.extend_i32_u (local.get $len)))))
