/* SPDX-License-Identifier: Apache-2.0
 *
 * What differs between two decoded modules, for somebody who reviews an
 * upgrade.  Pure.  Says what differs, never whether it may.
 */
#ifndef WF_WASM_DELTA_H
#define WF_WASM_DELTA_H

#include "base/mem.h"
#include "wasm/capability.h"

/* X(NAME, "word"); the order is the order of output. */
#define WF_DELTA_WHATS(X) \
	X(KIND, "kind") \
	X(CAPABILITY, "capability") \
	X(IMPORT, "import") \
	X(EXPORT, "export") \
	X(MEMBER, "member") \
	X(MEMORY, "memory") \
	X(TABLE, "table") \
	X(START, "start") \
	X(FEATURE, "feature")

enum wf_delta_what {
#define WF_DELTA_ENUM(name, word) WF_DELTA_##name,
	WF_DELTA_WHATS(WF_DELTA_ENUM)
#undef WF_DELTA_ENUM
};
const char *wf_delta_what_word(enum wf_delta_what); /* "import", … */

enum wf_delta_how { WF_DELTA_GAINED = 0, WF_DELTA_LOST, WF_DELTA_CHANGED };
const char *wf_delta_how_word(enum wf_delta_how); /* "gained", … */

struct wf_delta_row {
	enum wf_delta_how how;
	enum wf_delta_what what;
	struct wf_str subject;      /* "env.log", "memory 0", "threads", "a:b/c#f" of an
	                             * interface; bytes from outside */
	const char *before, *after; /* types; NULL on the side that has none */
	uint32_t classes;           /* of an import (of the new one when it changed), else 0 */
	bool wider;                 /* the new one may reach or take more than the old one */
};

struct wf_delta {
	struct wf_delta_row *v;
	size_t n, cap;
	uint32_t gained, lost; /* capability classes, WF_CAP_BIT */
	struct wf_arena arena;
};
#define WF_DELTA_INIT {.v = NULL}

/* One side: the module and what wf_capability_list said of it. */
struct wf_delta_side {
	const struct wf_wasm *wasm;
	const struct wf_capability *caps;
};

/* Borrows names from both modules, which must outlive out.  out is freed by
 * the caller.  An import or export that is there twice is counted twice. */
void wf_delta(const struct wf_delta_side *before, const struct wf_delta_side *after,
              struct wf_delta *out);
void wf_delta_free(struct wf_delta *); /* NULL is fine */

/* Memories and start functions of a module, or of everything inside a
 * component, in file order; NULL past the end. */
const struct wf_wasm_limits *wf_delta_memory(const struct wf_wasm *, size_t i);
bool wf_delta_has_start(const struct wf_wasm *);

/* Pages of 64 KiB that a memory may grow to, rounded up; UINT64_MAX where it
 * declares no maximum. */
uint64_t wf_delta_pages(const struct wf_wasm_limits *);

#endif
