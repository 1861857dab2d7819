;; SPDX-License-Identifier: Apache-2.0
;; Leaks a megabyte a call and touches it: a function with a memory leak.
(module
  (memory (export "memory") 1)
  (func (export "leak") (result i32)
    (local $at i32)
    (local.set $at (memory.grow (i32.const 16)))
    (if (i32.eq (local.get $at) (i32.const -1)) (then unreachable))
    (memory.fill (i32.shl (local.get $at) (i32.const 16)) (i32.const 1)
      (i32.const 1048576))
    (memory.size)))
