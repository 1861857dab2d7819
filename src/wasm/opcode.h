/* SPDX-License-Identifier: Apache-2.0
 *
 * Every instruction with its immediates, as data (spec 5.4 and appendix A.7;
 * proposals where their encoding is settled).  Private to src/wasm/.
 */
#ifndef WF_WASM_OPCODE_H
#define WF_WASM_OPCODE_H

#include <stdint.h>

enum {
	WF_OP_KNOWN = 1,
	WF_OP_CONST = 2, /* may stand in a constant expression */
};

/* imm: one letter an immediate, in order.
 *   i index          y type index     x memory index    d data index
 *   e table index of call_indirect    h heap type       t vec(value type)
 *   B block type     T br_table       C vec(catch)      H vec(handler)
 *   m memory argument                 l lane byte       c cast flags
 *   s s32   S s64   4 8 V: that many (V: 16) raw bytes
 *   z zero byte      o memory ordering */
struct wf_wasm_op {
	char imm[5];
	uint8_t feature; /* enum wf_feature, WF_F_NONE for the first version */
	uint8_t flags;
};

/* NULL: no such instruction.  prefix is 0, 0xfb, 0xfc, 0xfd or 0xfe. */
const struct wf_wasm_op *wf_wasm_opcode(uint8_t prefix, uint32_t code);

#endif
