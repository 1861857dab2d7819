;; SPDX-License-Identifier: Apache-2.0
;; Opens the path it is given, below descriptor 3, and returns the first bytes
;; of the file, or `errno N`.  The memory layout is: 0 scratch, 256 output.
(module
  (import "wasi_snapshot_preview1" "path_open"
    (func $path_open
      (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close"
    (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_dir_name"
    (func $dir_name (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get"
    (func $prestat (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "clock_time_get"
    (func $clock (param i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get"
    (func $random (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get"
    (func $environ (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 2)
  (global $top (mut i32) (i32.const 4096))
  (data (i32.const 128) "errno ")

  (func (export "alloc") (param $len i32) (result i32)
    (local $p i32)
    (local.set $p (global.get $top))
    (global.set $top (i32.add (global.get $top) (local.get $len)))
    (local.get $p))
  (func $pack (param i32 i32) (result i64)
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get 0)) (i64.const 32))
      (i64.extend_i32_u (local.get 1))))
  (func $errno (param $e i32) (result i64)
    (i32.store8 (i32.const 134)
      (i32.add (i32.const 48) (i32.div_u (local.get $e) (i32.const 10))))
    (i32.store8 (i32.const 135)
      (i32.add (i32.const 48) (i32.rem_u (local.get $e) (i32.const 10))))
    (call $pack (i32.const 128) (i32.const 8)))

  (func $open (param $p i32) (param $len i32) (param $oflags i32)
      (param $rights i64) (result i32)
    (call $path_open (i32.const 3) (i32.const 1) (local.get $p)
      (local.get $len) (local.get $oflags) (local.get $rights)
      (i64.const 0) (i32.const 0) (i32.const 0)))

  (func $read_file (export "read_file") (param $p i32) (param $len i32)
      (result i64)
    (local $e i32)
    (local.set $e (call $open (local.get $p) (local.get $len)
      (i32.const 0) (i64.const 2)))
    (if (local.get $e) (then (return (call $errno (local.get $e)))))
    (i32.store (i32.const 16) (i32.const 256))
    (i32.store (i32.const 20) (i32.const 1024))
    (local.set $e (call $fd_read (i32.load (i32.const 0)) (i32.const 16)
      (i32.const 1) (i32.const 24)))
    (if (local.get $e) (then (return (call $errno (local.get $e)))))
    (call $pack (i32.const 256) (i32.load (i32.const 24))))
  (export "enrich_with_geoip" (func $read_file))

  ;; writes the path itself into the file it names
  (func (export "write_file") (param $p i32) (param $len i32) (result i64)
    (local $e i32)
    (local.set $e (call $open (local.get $p) (local.get $len)
      (i32.const 9) (i64.const 64)))
    (if (local.get $e) (then (return (call $errno (local.get $e)))))
    (i32.store (i32.const 16) (local.get $p))
    (i32.store (i32.const 20) (local.get $len))
    (local.set $e (call $fd_write (i32.load (i32.const 0)) (i32.const 16)
      (i32.const 1) (i32.const 24)))
    (if (local.get $e) (then (return (call $errno (local.get $e)))))
    (call $pack (local.get $p) (local.get $len)))

  ;; opens the path again and again until it cannot, without closing
  (func (export "open_all") (param $p i32) (param $len i32) (result i64)
    (local $e i32)
    (loop $again
      (local.set $e (call $open (local.get $p) (local.get $len)
        (i32.const 0) (i64.const 2)))
      (br_if $again (i32.eqz (local.get $e))))
    (call $errno (local.get $e)))

  (func (export "guest_name") (result i64)
    (if (call $prestat (i32.const 3) (i32.const 0))
      (then (return (i64.const 0))))
    (drop (call $dir_name (i32.const 3) (i32.const 256)
      (i32.load (i32.const 4))))
    (call $pack (i32.const 256) (i32.load (i32.const 4))))

  (func (export "say") (param $p i32) (param $len i32) (result i32)
    (i32.store (i32.const 16) (local.get $p))
    (i32.store (i32.const 20) (local.get $len))
    (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24)))

  ;; every pointer it passes lies outside its memory
  (func (export "bad_pointers") (result i32)
    (i32.add
      (i32.add
        (call $prestat (i32.const 3) (i32.const -4))
        (call $random (i32.const 131000) (i32.const 1000)))
      (i32.add
        (call $clock (i32.const 0) (i64.const 0) (i32.const -1))
        (call $fd_write (i32.const 1) (i32.const -8) (i32.const 1)
          (i32.const 0)))))

  (func (export "misc") (result i32)
    (i32.or
      (i32.or
        (call $random (i32.const 256) (i32.const 16))
        (call $clock (i32.const 1) (i64.const 0) (i32.const 256)))
      (i32.or
        (call $environ (i32.const 0) (i32.const 4))
        (i32.or (i32.load (i32.const 0))
          (i32.ne (call $fd_close (i32.const 60)) (i32.const 8))))))
  (func (export "exit") (result i32)
    (call $exit (i32.const 0)) (i32.const 1)))
