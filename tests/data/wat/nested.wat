;; SPDX-License-Identifier: Apache-2.0
;; Components in components, aliases outward, every plain type.
(component
  (type $rec (record (field "a-b" u8) (field "c" (option char))))
  (type $e (enum "one" "TWO" "th-ree")) (type $fl (flags "x" "y")) (type $t (tuple u8 s16))
  (import "f" (func $h (param "x" u32) (result u32)))
  (component $inner
    (import "f" (func $f (param "x" u32) (result u32)))
    (component $deeper (type (record (field "q" f64))) (type $q (list bool)))
    (type $l (list u32))
    (export "g" (func $f)))
  (component $outer (alias outer 1 $rec (type $r)) (type (list $r)))
  (type $ct (component (import "a" (func)) (export "b" (type (sub resource)))))
  (type $r (resource (rep i32)))
  (core func $drop (canon resource.drop $r)) (core func $new (canon resource.new $r))
  (instance $i (instantiate $inner (with "f" (func $h))))
  (alias export $i "g" (func $g))
  (core type $mt (module (type (func (param i32))) (import "a" "b" (func (type 0)))
    (export "m" (memory 1))))
  (import "code" (core module (type $mt))))
