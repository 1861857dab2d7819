# SPDX-License-Identifier: Apache-2.0
#
# A second opinion on modules: assembles the text files of a directory with the
# pinned Wasmtime library, changes them by a seed, and asks it which of the
# results it takes.  Nothing is run.
#
# usage: wasmtime_peer.py LIB TEXT_DIR OUT_DIR CASES SEED
# Writes OUT_DIR/NAME.wasm (as assembled), OUT_DIR/NNNNN.NAME.wasm (changed) and
# OUT_DIR/taken, the names of those that Wasmtime takes, a line each.
import ctypes
import glob
import os
import sys


class Vec(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("data", ctypes.POINTER(ctypes.c_uint8))]


class Wasmtime:
    # what is off unless asked for
    ON = ["function_references", "gc", "wide_arithmetic", "custom_page_sizes", "threads",
          "tail_call", "exceptions", "multi_memory", "memory64", "relaxed_simd",
          "compact_imports", "component_model", "component_model_async",
          "component_model_async_stackful", "component_model_more_async_builtins",
          "component_model_map", "component_model_implements",
          "component_model_canonical_names"]

    def __init__(self, path):
        self.lib = lib = ctypes.CDLL(path)
        for name in ("wasm_config_new", "wasm_engine_new_with_config", "wasmtime_wat2wasm",
                     "wasmtime_module_validate", "wasmtime_component_new"):
            getattr(lib, name).restype = ctypes.c_void_p
        config = ctypes.c_void_p(lib.wasm_config_new())
        for name in self.ON:
            getattr(lib, f"wasmtime_config_wasm_{name}_set")(config, ctypes.c_bool(True))
        lib.wasmtime_config_gc_support_set(config, ctypes.c_bool(True))
        lib.wasmtime_config_cranelift_opt_level_set(config, 0)
        self.engine = ctypes.c_void_p(lib.wasm_engine_new_with_config(config))

    def message(self, error):
        text = Vec()
        error = ctypes.c_void_p(error)
        self.lib.wasmtime_error_message(error, ctypes.byref(text))
        said = bytes(text.data[:text.size]).decode("utf-8", "replace")
        self.lib.wasm_byte_vec_delete(ctypes.byref(text))
        self.lib.wasmtime_error_delete(error)
        return said

    def assemble(self, text):
        out = Vec()
        error = self.lib.wasmtime_wat2wasm(text, ctypes.c_size_t(len(text)), ctypes.byref(out))
        if error:
            sys.exit(self.message(error))
        binary = bytes(out.data[:out.size])
        self.lib.wasm_byte_vec_delete(ctypes.byref(out))
        return binary

    def refusal(self, binary):
        """None, or why it is not taken."""
        n = ctypes.c_size_t(len(binary))
        if binary[4:8] == b"\x0d\0\1\0":
            out = ctypes.c_void_p()
            error = self.lib.wasmtime_component_new(self.engine, binary, n, ctypes.byref(out))
            if not error:
                self.lib.wasmtime_component_delete(out)
        else:
            error = self.lib.wasmtime_module_validate(self.engine, binary, n)
        return self.message(error) if error else None


class Random:
    """xorshift64*, so that a seed means the same everywhere."""

    def __init__(self, seed):
        self.x = seed

    def below(self, n):
        x = self.x
        x ^= x >> 12
        x = (x ^ x << 25) & (1 << 64) - 1
        self.x = x ^ x >> 27
        return (self.x * 2685821657736338717 >> 33 & 0x7fffffff) % n


def leb(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def sections(binary):
    """[(id, contents)]"""
    all_, at = [], 8
    while at < len(binary):
        ident, size, shift = binary[at], 0, 0
        at += 1
        while True:
            b = binary[at]
            at += 1
            size |= (b & 127) << shift
            shift += 7
            if b < 128:
                break
        all_.append((ident, binary[at:at + size]))
        at += size
    return all_


def joined(preamble, all_):
    return preamble + b"".join(bytes([i]) + leb(len(c)) + c for i, c in all_)


def overwrite(rnd, b):
    """Other bytes at one or two places."""
    b = bytearray(b)
    for _ in range(1 + rnd.below(2)):
        at = 8 + rnd.below(len(b) - 8)
        how = rnd.below(4)
        b[at] = (rnd.below(256), b[8 + rnd.below(len(b) - 8)], b[at] ^ 1 << rnd.below(8),
                 (b[at] + (1, 255)[rnd.below(2)]) & 255)[how]
    return bytes(b)


def resize(rnd, b):
    """A byte more or less in a section whose size says so, or a number that is
    longer than it need be."""
    all_ = sections(b)
    i = rnd.below(len(all_))
    ident, c = all_[i]
    if not c:
        return b
    at, how = rnd.below(len(c)), rnd.below(3)
    if how == 0:
        c = c[:at] + c[at + 1:]
    elif how == 1:
        c = c[:at] + bytes([rnd.below(256)]) + c[at:]
    else:
        c = c[:at] + bytes([c[at] | 128, 0]) + c[at + 1:]
        if ident == 10 and b[4] == 1 and c[0] == 1:  # the body of the one function
            n = len(c) - 2 - (c[1] > 127)
            c = c[:1] + leb(n) + c[len(c) - n:]
    all_[i] = (ident, c)
    return joined(b[:8], all_)


def rearrange(rnd, b):
    """A section gone, twice, elsewhere, or a custom one between."""
    all_ = sections(b)
    i, j, how = rnd.below(len(all_)), rnd.below(len(all_)), rnd.below(4)
    if how == 0:
        del all_[i]
    elif how == 1:
        all_.insert(j, all_[i])
    elif how == 2:
        all_[i], all_[j] = all_[j], all_[i]
    else:
        all_.insert(j, (0, b"\4name" + bytes([rnd.below(12), 2, rnd.below(3), 0])))
    return joined(b[:8], all_)


def main():
    lib, texts, out, cases, seed = sys.argv[1:]
    peer, rnd, bases, taken = Wasmtime(lib), Random(int(seed)), [], []

    def put(name, binary):
        with open(os.path.join(out, name), "wb") as f:
            f.write(binary)
        why = peer.refusal(binary)
        if why is None:
            taken.append(name)
        return why

    for path in sorted(glob.glob(os.path.join(texts, "*.wat"))):
        name = os.path.basename(path)[:-4]
        with open(path, "rb") as f:
            binary = peer.assemble(f.read())
        why = put(f"{name}.wasm", binary)
        if why is not None:
            sys.exit(f"{name}: {why}")
        bases.append((name, binary))
    changes = [overwrite, overwrite, resize, resize, rearrange]
    for i in range(int(cases)):
        name, binary = bases[i % len(bases)]
        put(f"{i:05}.{name}.wasm", changes[rnd.below(len(changes))](rnd, binary))
    with open(os.path.join(out, "taken"), "w", encoding="utf-8") as f:
        f.writelines(f"{name}\n" for name in taken)


if __name__ == "__main__":
    main()
