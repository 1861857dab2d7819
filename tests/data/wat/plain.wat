;; SPDX-License-Identifier: Apache-2.0
;; A module of the first version: imports, a table, control flow, a start.
(module
  (type $t (func (param i32) (result i32)))
  (import "env" "log" (func $log (param i32)))
  (import "env" "g" (global $g i32))
  (table 2 4 funcref) (memory (export "mem") 1 4) (global $n (mut i64) (i64.const -9))
  (func $f (export "f") (type $t) (local i64 f32 f64)
    (call $log (local.get 0))
    (block $out (result i32)
      (loop $l (br_if $l (i32.load offset=16 (local.get 0)))
        (if (local.get 0) (then (br $l)) (else (local.set 0 (i32.const 7)))))
      (br_table $out $out (i32.const 1) (local.get 0))))
  (elem (i32.const 0) $f $f) (data (i32.const 8) "some bytes") (start $s) (func $s))
