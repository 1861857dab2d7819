#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Compares wasmtime_abi.h with the bindings that come with the library.

usage: check_abi.py HEADER DIR   (DIR holds libwasmtime.so and bindings.py)

Every prototype's argument count, argument widths and result width, and every
structure's size and offsets.  TAP on stdout.  It must never take the header's
word for anything: the expected values come from the bindings alone.
"""

import ctypes
import os
import re
import subprocess
import sys
import tempfile
import types

WIDTHS = {"bool": 1, "uint8_t": 1, "int": 4, "uint32_t": 4, "int64_t": 8,
          "uint64_t": 8, "size_t": 8}

# structure in the header: (name in the bindings, member offsets to compare)
STRUCTS = {
    "wasm_byte_vec_t": ("wasm_byte_vec_t", ["size", "data"]),
    "wasm_valtype_vec_t": ("wasm_valtype_vec_t", ["size", "data"]),
    "wasm_importtype_vec_t": ("wasm_importtype_vec_t", ["size", "data"]),
    "wasm_exporttype_vec_t": ("wasm_exporttype_vec_t", ["size", "data"]),
    "wasmtime_func_t": ("wasmtime_func", ["store_id"]),
    "wasmtime_memory_t": ("wasmtime_memory", []),
    "wasmtime_instance_t": ("wasmtime_instance", ["store_id"]),
    "wasmtime_valunion_t": ("wasmtime_valunion", ["i32", "i64", "f32", "f64"]),
    "wasmtime_val_t": ("wasmtime_val", ["kind", "of"]),
    "wasmtime_extern_t": ("wasmtime_extern", ["kind", "of"]),
    "wasmtime_linear_memory_t": ("wasmtime_linear_memory",
                                 ["env", "get_memory", "grow_memory",
                                  "finalizer"]),
    "wasmtime_memory_creator_t": ("wasmtime_memory_creator",
                                  ["env", "new_memory", "finalizer"]),
}


def load(directory):
    """The bindings, executed with the pinned library in place of theirs."""
    ffi = types.ModuleType("w._ffi")
    ffi.dll = ctypes.CDLL(directory + "/libwasmtime.so")
    for name in ("wasm_val_t", "wasm_ref_t"):
        setattr(ffi, name, type(name, (ctypes.Structure,), {}))
    package = types.ModuleType("w")
    package.__path__ = []
    sys.modules["w"] = package
    sys.modules["w._ffi"] = ffi
    module = types.ModuleType("w.bindings")
    module.__package__ = "w"
    with open(directory + "/bindings.py", encoding="utf-8") as f:
        exec(compile(f.read(), "bindings.py", "exec"), module.__dict__)
    return module


def width(decl):
    """Bytes that a C declarator passes; 0 is void."""
    if "*" in decl or "callback_t" in decl:
        return 8
    word = decl.replace("const", "").split()[0]
    return 0 if word == "void" else WIDTHS[word]


def split_args(text):
    depth, out = 0, [""]
    for c in text:
        depth += c == "("
        depth -= c == ")"
        if c == "," and depth == 0:
            out.append("")
        else:
            out[-1] += c
    out = [a.strip() for a in out]
    return [] if out == ["void"] else out


def check_prototype(line, bindings):
    m = re.match(r"(.*?[ *])(\w+)\((.*)\);$", line)
    if m is None:
        return "cannot read: " + line, "?"
    result, name, args = m.group(1), m.group(2), split_args(m.group(3))
    fn = getattr(bindings, "_" + name, None)
    if fn is None:
        return "not in the bindings", name
    have = [width(a) for a in args]
    want = [ctypes.sizeof(t) for t in fn.argtypes]
    if have != want:
        return f"argument widths {have}, bindings {want}", name
    have = width(result)
    want = 0 if fn.restype is None else ctypes.sizeof(fn.restype)
    if have != want:
        return f"result width {have}, bindings {want}", name
    return None, name


def header_layout(header):
    """Sizes and offsets as the C compiler sees them."""
    lines = ['#include "%s"' % header, "#include <stdio.h>",
             "int main(void) {"]
    for c, (_, members) in STRUCTS.items():
        lines.append(f'printf("{c} %zu", sizeof({c}));')
        for m in members:
            lines.append(f'printf(" %zu", offsetof({c}, {m}));')
        lines.append('printf("\\n");')
    lines.append("return 0; }")
    with tempfile.TemporaryDirectory() as tmp:
        with open(tmp + "/a.c", "w", encoding="utf-8") as f:
            f.write("\n".join(lines))
        subprocess.run(["cc", "-o", tmp + "/a", tmp + "/a.c"], check=True)
        out = subprocess.run([tmp + "/a"], check=True, text=True,
                             stdout=subprocess.PIPE).stdout
    return {w[0]: [int(x) for x in w[1:]]
            for w in (line.split() for line in out.splitlines())}


def main():
    if len(sys.argv) != 3:
        sys.exit(64)
    header = sys.argv[1]
    bindings = load(sys.argv[2])
    with open(header, encoding="utf-8") as f:
        text = f.read()
    lines = text.split("/* ABI-BEGIN */")[1].split("/* ABI-END */")[0]
    results = []
    for line in lines.strip().splitlines():
        why, name = check_prototype(line, bindings)
        results.append((f"prototype of {name}", why))
    layout = header_layout(os.path.abspath(header))
    for c, (name, members) in STRUCTS.items():
        t = getattr(bindings, name)
        want = [ctypes.sizeof(t)] + [getattr(t, m).offset for m in members]
        why = None if layout[c] == want else f"{layout[c]}, bindings {want}"
        results.append((f"layout of {c}", why))
    bad = 0
    for n, (name, why) in enumerate(results, 1):
        print(f"{'not ok' if why else 'ok'} {n} - {name}")
        if why:
            bad += 1
            print("# " + why)
    print(f"1..{len(results)}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
