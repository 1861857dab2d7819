/* SPDX-License-Identifier: Apache-2.0
 *
 * The instruction tables.  A code that is not here does not exist: the walk
 * fails closed.  Nothing but data and one lookup.
 */
#include "wasm/opcode.h"

#include <stddef.h>

#include "base/cc.h"
#include "wasm/feature.h"

#define OP(imm, f) {imm, WF_F_##f, WF_OP_KNOWN}
#define OPC(imm, f) {imm, WF_F_##f, WF_OP_KNOWN | WF_OP_CONST}

static const struct wf_wasm_op plain[256] = {
	[0x00 ... 0x01] = OP("", NONE), /* unreachable, nop */
	[0x02 ... 0x04] = OP("B", NONE), /* block, loop, if */
	[0x05] = OP("", NONE), /* else */
	[0x06] = OP("B", LEGACY_EXCEPTIONS), /* try */
	[0x07] = OP("i", LEGACY_EXCEPTIONS), /* catch */
	[0x08] = OP("i", EXCEPTIONS), /* throw */
	[0x09] = OP("i", LEGACY_EXCEPTIONS), /* rethrow */
	[0x0a] = OP("", EXCEPTIONS), /* throw_ref */
	[0x0b] = OPC("", NONE), /* end */
	[0x0c ... 0x0d] = OP("i", NONE), /* br, br_if */
	[0x0e] = OP("T", NONE),
	[0x0f] = OP("", NONE), /* return */
	[0x10] = OP("i", NONE), /* call */
	[0x11] = OP("ye", NONE), /* call_indirect */
	[0x12] = OP("i", TAIL_CALL),
	[0x13] = OP("yi", TAIL_CALL),
	[0x14] = OP("y", FUNC_REFS), /* call_ref */
	[0x15] = OP("y", TAIL_CALL), /* return_call_ref */
	[0x18] = OP("i", LEGACY_EXCEPTIONS), /* delegate */
	[0x19] = OP("", LEGACY_EXCEPTIONS), /* catch_all */
	[0x1a ... 0x1b] = OP("", NONE), /* drop, select */
	[0x1c] = OP("t", REF_TYPES), /* select t */
	[0x1f] = OP("BC", EXCEPTIONS), /* try_table */
	[0x20 ... 0x22] = OP("i", NONE), /* local.* */
	[0x23] = OPC("i", NONE), /* global.get */
	[0x24] = OP("i", NONE),
	[0x25 ... 0x26] = OP("i", REF_TYPES), /* table.get, table.set */
	[0x28 ... 0x29] = OP("m", NONE),
	[0x2a ... 0x2b] = OP("m", FLOATS),
	[0x2c ... 0x37] = OP("m", NONE),
	[0x38 ... 0x39] = OP("m", FLOATS),
	[0x3a ... 0x3e] = OP("m", NONE),
	[0x3f ... 0x40] = OP("x", NONE), /* memory.size, memory.grow */
	[0x41] = OPC("s", NONE),
	[0x42] = OPC("S", NONE),
	[0x43] = OPC("4", FLOATS),
	[0x44] = OPC("8", FLOATS),
	[0x45 ... 0x5a] = OP("", NONE), /* integer comparisons */
	[0x5b ... 0x66] = OP("", FLOATS),
	[0x67 ... 0x69] = OP("", NONE),
	[0x6a ... 0x6c] = OPC("", NONE), /* i32.add, sub, mul */
	[0x6d ... 0x7b] = OP("", NONE),
	[0x7c ... 0x7e] = OPC("", NONE), /* i64.add, sub, mul */
	[0x7f ... 0x8a] = OP("", NONE),
	[0x8b ... 0xa6] = OP("", FLOATS),
	[0xa7] = OP("", NONE), /* i32.wrap_i64 */
	[0xa8 ... 0xab] = OP("", FLOATS),
	[0xac ... 0xad] = OP("", NONE), /* i64.extend_i32 */
	[0xae ... 0xbf] = OP("", FLOATS),
	[0xc0 ... 0xc4] = OP("", SIGN_EXT),
	[0xd0] = OPC("h", REF_TYPES), /* ref.null */
	[0xd1] = OP("", REF_TYPES),
	[0xd2] = OPC("i", REF_TYPES), /* ref.func */
	[0xd3] = OP("", GC), /* ref.eq */
	[0xd4] = OP("", FUNC_REFS), /* ref.as_non_null */
	[0xd5 ... 0xd6] = OP("i", FUNC_REFS), /* br_on_null, br_on_non_null */
	[0xe0] = OP("y", STACK_SWITCHING), /* cont.new */
	[0xe1] = OP("yy", STACK_SWITCHING), /* cont.bind */
	[0xe2] = OP("i", STACK_SWITCHING), /* suspend */
	[0xe3] = OP("yH", STACK_SWITCHING), /* resume */
	[0xe4] = OP("yiH", STACK_SWITCHING), /* resume_throw */
	[0xe5] = OP("yH", STACK_SWITCHING), /* resume_throw_ref */
	[0xe6] = OP("yi", STACK_SWITCHING), /* switch */
};

static const struct wf_wasm_op fb[] = {
	[0x00 ... 0x01] = OPC("y", GC), /* struct.new, struct.new_default */
	[0x02 ... 0x05] = OP("yi", GC), /* struct.get*, struct.set */
	[0x06 ... 0x07] = OPC("y", GC), /* array.new, array.new_default */
	[0x08] = OPC("yi", GC), /* array.new_fixed */
	[0x09] = OP("yd", GC), /* array.new_data */
	[0x0a] = OP("yi", GC), /* array.new_elem */
	[0x0b ... 0x0e] = OP("y", GC), /* array.get*, array.set */
	[0x0f] = OP("", GC), /* array.len */
	[0x10] = OP("y", GC), /* array.fill */
	[0x11] = OP("yy", GC), /* array.copy */
	[0x12] = OP("yd", GC), /* array.init_data */
	[0x13] = OP("yi", GC), /* array.init_elem */
	[0x14 ... 0x17] = OP("h", GC), /* ref.test, ref.cast */
	[0x18 ... 0x19] = OP("cihh", GC), /* br_on_cast, br_on_cast_fail */
	[0x1a ... 0x1b] = OPC("", GC), /* any.convert_extern, extern.convert_any */
	[0x1c] = OPC("", GC), /* ref.i31 */
	[0x1d ... 0x1e] = OP("", GC),
	[0x20 ... 0x21] = OPC("y", DESCRIPTORS), /* struct.new_desc */
	[0x22] = OP("y", DESCRIPTORS), /* ref.get_desc */
	[0x23 ... 0x24] = OP("h", DESCRIPTORS),
	[0x25 ... 0x26] = OP("cihh", DESCRIPTORS), /* br_on_cast_desc */
};

static const struct wf_wasm_op fc[] = {
	[0x00 ... 0x07] = OP("", SAT_FLOAT),
	[0x08] = OP("dx", BULK_MEMORY), /* memory.init */
	[0x09] = OP("d", BULK_MEMORY), /* data.drop */
	[0x0a] = OP("xx", BULK_MEMORY), /* memory.copy */
	[0x0b] = OP("x", BULK_MEMORY), /* memory.fill */
	[0x0c] = OP("ii", BULK_MEMORY), /* table.init */
	[0x0d] = OP("i", BULK_MEMORY), /* elem.drop */
	[0x0e] = OP("ii", BULK_MEMORY), /* table.copy */
	[0x0f ... 0x11] = OP("i", REF_TYPES), /* table.grow, size, fill */
	[0x12] = OP("x", MEMORY_CONTROL), /* memory.discard */
	[0x13 ... 0x16] = OP("", WIDE_ARITH),
};

static const struct wf_wasm_op fd[] = {
	[0x00 ... 0x0b] = OP("m", SIMD), /* v128.load*, store */
	[0x0c] = OPC("V", SIMD), /* v128.const */
	[0x0d] = OP("V", SIMD), /* i8x16.shuffle */
	[0x0e ... 0x14] = OP("", SIMD), /* swizzle, splats */
	[0x15 ... 0x22] = OP("l", SIMD), /* extract_lane, replace_lane */
	[0x23 ... 0x53] = OP("", SIMD),
	[0x54 ... 0x5b] = OP("ml", SIMD), /* load_lane, store_lane */
	[0x5c ... 0x5d] = OP("m", SIMD), /* load32_zero, load64_zero */
	[0x5e ... 0x99] = OP("", SIMD),
	[0x9b ... 0xa1] = OP("", SIMD),
	[0xa3 ... 0xa4] = OP("", SIMD),
	[0xa7 ... 0xae] = OP("", SIMD),
	[0xb1] = OP("", SIMD),
	[0xb5 ... 0xba] = OP("", SIMD),
	[0xbc ... 0xc1] = OP("", SIMD),
	[0xc3 ... 0xc4] = OP("", SIMD),
	[0xc7 ... 0xce] = OP("", SIMD),
	[0xd1] = OP("", SIMD),
	[0xd5 ... 0xe1] = OP("", SIMD),
	[0xe3 ... 0xed] = OP("", SIMD),
	[0xef ... 0xff] = OP("", SIMD),
	[0x100 ... 0x113] = OP("", RELAXED_SIMD),
};

static const struct wf_wasm_op fe[] = {
	[0x00 ... 0x02] = OP("m", THREADS), /* notify, wait */
	[0x03] = OP("z", THREADS), /* fence */
	[0x10 ... 0x4e] = OP("m", THREADS),
	[0x4f ... 0x5b] = OP("oi", SHARED_EVERYTHING), /* global, table atomics */
	[0x5c ... 0x66] = OP("oyi", SHARED_EVERYTHING), /* struct atomics */
	[0x67 ... 0x71] = OP("oy", SHARED_EVERYTHING), /* array atomics */
	[0x72] = OPC("", SHARED_EVERYTHING), /* ref.i31_shared */
};

const struct wf_wasm_op *
wf_wasm_opcode(uint8_t prefix, uint32_t code)
{
	const struct wf_wasm_op *t = plain;
	size_t n = WF_COUNT(plain);

	switch (prefix) {
	case 0:
		break;
	case 0xfb:
		t = fb;
		n = WF_COUNT(fb);
		break;
	case 0xfc:
		t = fc;
		n = WF_COUNT(fc);
		break;
	case 0xfd:
		t = fd;
		n = WF_COUNT(fd);
		break;
	case 0xfe:
		t = fe;
		n = WF_COUNT(fe);
		break;
	default:
		return NULL;
	}
	if (code >= n || !(t[code].flags & WF_OP_KNOWN))
		return NULL;
	return &t[code];
}
