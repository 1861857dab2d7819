;; SPDX-License-Identifier: Apache-2.0
;; Several memories of several kinds, exceptions, atomics, wide arithmetic.
(module
  (import "a" "m" (memory $m i64 1 9)) (import "b" "n" (memory $n 1 2 shared))
  (memory $p 1 9 (pagesize 1)) (tag $e (export "e") (param i32))
  (global i32 (i32.add (i32.const 1) (i32.mul (i32.const 2) (i32.const 3))))
  (func $t (param i32) (result i32)
    (block $c (result i32) (try_table (catch $e $c) (throw $e (i32.const 3))) (i32.const 4))
    (drop) (i64.store $m offset=8 (i64.const 0) (i64.const 1)) (drop (i32.load8_u $p (i32.const 1)))
    (drop (i32.atomic.rmw.add $n (i32.const 0) (i32.const 1))) (drop (memory.grow $n (i32.const 1)))
    (drop (drop (i64.add128 (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4))))
    (atomic.fence) (return_call $t (i32.const 0)))
  (data (memory $m) (i64.const 2) "x"))
