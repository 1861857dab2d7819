;; SPDX-License-Identifier: Apache-2.0
;; Types of garbage-collected values, typed references, tail calls.
(module
  (rec (type $s (sub (struct (field i32) (field (mut i8)) (field (ref null $a)))))
       (type $a (array (mut (ref null $s)))))
  (type $s2 (sub final $s (struct (field i32) (field (mut i8)) (field (ref null $a)) (field i64))))
  (type $f (func (param anyref) (result i32)))
  (global (ref i31) (ref.i31 (i32.const 3)))
  (global $i (ref null $s) (struct.new $s (i32.const 1) (i32.const 2) (ref.null $a)))
  (table 1 (ref $f) (ref.func $g)) (elem declare func $g)
  (func $g (type $f)
    (block $b (result (ref $s))
      (br_on_cast $b anyref (ref $s) (local.get 0)) (drop) (return (i32.const 1)))
    (struct.get_s $s 1) (drop) (ref.test (ref null $s2) (local.get 0))
    (drop (array.new_fixed $a 1 (ref.null $s))) (drop (ref.eq (ref.null eq) (ref.null i31)))
    (i31.get_u (ref.cast (ref i31) (local.get 0))) (i32.add))
  (func $h (result i32) (return_call_ref $f (ref.null any) (ref.func $g))))
