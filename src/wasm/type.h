/* SPDX-License-Identifier: Apache-2.0
 *
 * Types of the binary format (spec 5.3): value types, limits, the type
 * section.  Private to src/wasm/.
 */
#ifndef WF_WASM_TYPE_H
#define WF_WASM_TYPE_H

#include "wasm/reader.h"

#define WF_WASM_REF 0x64      /* (ref ht) */
#define WF_WASM_REF_NULL 0x63 /* (ref null ht) */

/* Zero on failure (the reader says so). */
struct wf_wasm_valtype wf_wasm_type_val(struct wf_wasm_reader *, const char *what);
/* The same, and refuses what is no reference type. */
struct wf_wasm_valtype wf_wasm_type_ref(struct wf_wasm_reader *, const char *what);
/* A heap type as the operand of an instruction; nothing is kept. */
void wf_wasm_type_heap(struct wf_wasm_reader *, const char *what);
/* A type index below type_limit. */
uint32_t wf_wasm_type_index(struct wf_wasm_reader *, const char *what);
/* Block type: empty, one value type or a type index. */
void wf_wasm_type_block(struct wf_wasm_reader *);

struct wf_wasm_limits wf_wasm_type_memory(struct wf_wasm_reader *);
struct wf_wasm_table wf_wasm_type_table(struct wf_wasm_reader *);
struct wf_wasm_global wf_wasm_type_global(struct wf_wasm_reader *);

/* One entry of a type section, which may define several types; before: how many
 * there are.  Kept in w unless that is NULL.  Returns how many it was. */
uint32_t wf_wasm_type_group(struct wf_wasm_reader *, uint32_t before, struct wf_wasm *,
                            size_t *cap);
/* Section 1; fills w->types. */
void wf_wasm_type_section(struct wf_wasm_reader *, struct wf_wasm *);

#endif
