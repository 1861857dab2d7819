#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The hand-written declarations of the Wasmtime C API against the bindings that
# come with the pinned library.

top=$(cd "$(dirname "$0")/../.." && pwd)
exec /usr/bin/python3 "$top/tests/engine/check_abi.py" \
	"$top/tests/engine/pg_wasm/wasmtime_abi.h" "$top/build/deps/wasmtime"
