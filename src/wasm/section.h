/* SPDX-License-Identifier: Apache-2.0
 *
 * The sections of a core module except types and code (spec 5.5).  Each
 * function reads one section's contents and fills the value.  Private to
 * src/wasm/.
 */
#ifndef WF_WASM_SECTION_H
#define WF_WASM_SECTION_H

#include "wasm/code.h"
#include "wasm/reader.h"

void wf_wasm_section_import(struct wf_wasm_reader *, struct wf_wasm *);
void wf_wasm_section_function(struct wf_wasm_reader *, struct wf_wasm *);
void wf_wasm_section_table(struct wf_wasm_reader *, struct wf_wasm *, struct wf_wasm_code *);
void wf_wasm_section_memory(struct wf_wasm_reader *, struct wf_wasm *);
void wf_wasm_section_tag(struct wf_wasm_reader *, struct wf_wasm *);
void wf_wasm_section_global(struct wf_wasm_reader *, struct wf_wasm *, struct wf_wasm_code *);
void wf_wasm_section_export(struct wf_wasm_reader *, struct wf_wasm *);
void wf_wasm_section_start(struct wf_wasm_reader *, struct wf_wasm *);
void wf_wasm_section_elem(struct wf_wasm_reader *, struct wf_wasm *, struct wf_wasm_code *);
void wf_wasm_section_data(struct wf_wasm_reader *, struct wf_wasm *, struct wf_wasm_code *);

/* Section 0 of modules and components: the name is checked, the contents are
 * not; `producers` is read where it can be. */
void wf_wasm_custom_section(struct wf_wasm_reader *, struct wf_wasm *);

/* Everything after the preamble of a component. */
void wf_wasm_component(struct wf_wasm_reader *, struct wf_wasm *, bool shallow);

/* Room for one more; the caller fills the slot.  Capacity is not kept: it is
 * recomputed from n, which only grows. */
void *wf_wasm_section_grow(void *array, size_t n, size_t size);

#endif
