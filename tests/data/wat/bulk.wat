;; SPDX-License-Identifier: Apache-2.0
;; Segments of every form, tables of references, several results.
(module
  (memory 1) (table $t 3 externref) (table $f 1 funcref) (data $d "abc") (elem $e func $g)
  (elem declare func $g) (elem $x externref (ref.null extern))
  (elem (table $t) (i32.const 0) externref (ref.null extern))
  (func $g (param i32 i32 i32) (result i32 i64)
    (memory.init $d (local.get 0) (local.get 1) (local.get 2)) (data.drop $d)
    (table.init $f $e (local.get 0) (local.get 1) (local.get 2)) (elem.drop $e)
    (memory.fill (local.get 0) (local.get 1) (local.get 2)) (drop (ref.func $g))
    (drop (table.grow $t (ref.null extern) (i32.const 1)))
    (table.copy $t $t (i32.const 0) (i32.const 1) (i32.const 1))
    (drop (select (result externref) (ref.null extern) (table.get $t (i32.const 0)) (local.get 0)))
    (i32.extend8_s (i32.trunc_sat_f32_s (f32.const 1.5))) (i64.const 3)))
