;; SPDX-License-Identifier: Apache-2.0
;; Its start function never ends.
(module
  (func $s (loop (br 0)))
  (start $s)
  (func (export "f") (result i32) (i32.const 1)))
