;; SPDX-License-Identifier: Apache-2.0
;; Calls an import that fails like a PostgreSQL function, then traps by itself.
(module
  (import "pg_wasm" "debug_throw" (func $throw))
  (func (export "throw") (result i32) (call $throw) (i32.const 1))
  (func (export "trap") (result i32) unreachable)
  (func (export "good") (result i32) (i32.const 42)))
