/* SPDX-License-Identifier: Apache-2.0
 *
 * The walk over instructions (spec 5.4): immediates, nesting, features.  No
 * operand types.  Private to src/wasm/.
 */
#ifndef WF_WASM_CODE_H
#define WF_WASM_CODE_H

#include "wasm/reader.h"

struct wf_wasm_code {
	struct wf_wasm *w;       /* index spaces, filled by earlier sections */
	bool has_datacount;
	uint32_t datacount;
	/* One byte for each open block; grown as needed, bounded by the size of
	 * a body. */
	uint8_t *stack;
	size_t depth, cap;
};

/* An expression up to and with its `end`.  constant: only instructions that
 * may initialise something. */
void wf_wasm_code_expr(struct wf_wasm_code *, struct wf_wasm_reader *, bool constant);
/* Section 10.  shallow: bodies are counted and not looked into. */
void wf_wasm_code_section(struct wf_wasm_code *, struct wf_wasm_reader *, bool shallow);
void wf_wasm_code_free(struct wf_wasm_code *);

#endif
