;; SPDX-License-Identifier: Apache-2.0
;; Streams, futures, maps, and the built-ins around them.
(component
  (type $st (stream u8)) (type $fu (future u32)) (type $m (map string u32))
  (import "a" (func $a async (param "x" $st) (result $fu)))
  (core module $x (memory (export "mem") 1))
  (core instance $x (instantiate $x))
  (core func (canon stream.new $st)) (core func (canon stream.drop-readable $st))
  (core func (canon future.read $fu async (memory (core memory $x "mem"))))
  (core func (canon task.return (result u32))) (core func (canon waitable-set.new))
  (core func (canon subtask.drop)) (core func (canon context.get i32 0))
  (core func (canon backpressure.inc)) (core func (canon task.cancel)))
