;; SPDX-License-Identifier: Apache-2.0
;; Vectors, relaxed ones too.
(module (memory 1)
  (func (export "v") (param v128) (result v128)
    (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 (local.get 0) (v128.const i32x4 1 2 3 4))
    (v128.load8_lane offset=3 2 (i32.const 0) (local.get 0)) (i8x16.add)
    (i32x4.relaxed_trunc_f32x4_s) (i8x16.replace_lane 4 (i32.const 1))))
