/* SPDX-License-Identifier: Apache-2.0
 *
 * The name section (spec appendix A.4.1, with the extended-name proposal) and
 * component-name: what a toolchain called things.  For showing alone: it is
 * no part of what runs, so nothing may be decided by it and a damaged one
 * makes no module malformed.
 */
#ifndef WF_WASM_NAMES_H
#define WF_WASM_NAMES_H

#include "wasm/wasm.h"

enum wf_names_state {
	WF_NAMES_ABSENT = 0,
	WF_NAMES_WHOLE,
	WF_NAMES_DAMAGED, /* nothing of it is shown */
};

struct wf_wasm_names {
	enum wf_names_state state;
	struct wf_str module;   /* of the module or component; p NULL: not named */
	const uint8_t *funcs;   /* the entries of the map of functions */
	uint32_t nfuncs;
};

/* Borrows from the bytes of the value. */
struct wf_wasm_names wf_wasm_names(const struct wf_wasm *);
/* p NULL: it has none. */
struct wf_str wf_wasm_names_func(const struct wf_wasm *, const struct wf_wasm_names *,
                                 uint32_t func);

#endif
