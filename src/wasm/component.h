/* SPDX-License-Identifier: Apache-2.0
 *
 * The walk over a component (component-model Binary.md).  Components, and the
 * types of components, instances and modules, nest: each open one is a frame
 * on a stack on the heap, never the C stack.  Private to src/wasm/.
 */
#ifndef WF_WASM_COMPONENT_H
#define WF_WASM_COMPONENT_H

#include "wasm/section.h"
#include "wasm/surface.h"

/* Index spaces; the core ones first. */
enum wf_sort {
	WF_SORT_CORE_FUNC = 0,
	WF_SORT_CORE_TABLE,
	WF_SORT_CORE_MEMORY,
	WF_SORT_CORE_GLOBAL,
	WF_SORT_CORE_TAG,
	WF_SORT_CORE_TYPE,
	WF_SORT_CORE_MODULE,
	WF_SORT_CORE_INSTANCE,
	WF_SORT_FUNC,
	WF_SORT_VALUE,
	WF_SORT_TYPE,
	WF_SORT_COMPONENT,
	WF_SORT_INSTANCE,
	WF_SORT_COUNT,
};

/* What a type of a component is, as far as its imports can ask for it. */
struct wf_component_type {
	bool instance; /* an instance type whose declarations were seen */
	bool opaque;   /* it may hold more than functions and types */
	uint32_t first_func, nfuncs;
};

struct wf_component_names {
	struct wf_str *v;
	size_t n, cap;
};

enum wf_frame_kind {
	WF_FRAME_COMPONENT = 1,
	WF_FRAME_COMPONENT_TYPE,
	WF_FRAME_INSTANCE_TYPE,
	WF_FRAME_MODULE_TYPE,
};

struct wf_frame {
	enum wf_frame_kind kind;
	uint32_t n[WF_SORT_COUNT]; /* how many each index space has */
	uint32_t scope;            /* of the surface */
	uint32_t left;             /* declarations, or entries of the section */
	bool recorded;             /* seen goes to the last type of the component around */
	struct wf_component_type seen;
	struct wf_component_names names[2]; /* of a type: its imports, its exports */

	/* components */
	const uint8_t *end;        /* of its bytes */
	const uint8_t *section_end;
	uint8_t section;           /* what left counts: types, core types */
	bool types_alone;          /* nothing but types, exports and custom sections */
	bool marked;               /* has a section that tools put in WIT packages */
	struct wf_wasm *w;
	struct wf_component_type *types;
	size_t types_cap;
	uint64_t around;           /* features seen before it began */
};

struct wf_component {
	struct wf_wasm_reader *r;
	struct wf_wasm *outer;
	struct wf_frame *stack;
	size_t depth, cap;
	bool shallow;
	size_t imports, exports, types, funcs; /* of all values together */
	struct wf_component_names labels; /* of the list that is being read */
};

struct wf_frame *wf_component_top(struct wf_component *);
/* NULL past the limit of depth (the reader says so). */
struct wf_frame *wf_component_push(struct wf_component *, enum wf_frame_kind);

/* One more in an index space, of which nothing is known, or what it is. */
void wf_component_add(struct wf_component *, struct wf_frame *, enum wf_sort);
void wf_component_add_item(struct wf_component *, struct wf_frame *, enum wf_sort,
                           struct wf_surface_item);
enum wf_surface_sort wf_component_surface_sort(enum wf_sort);
/* An index that must exist. */
uint32_t wf_component_index(struct wf_component *, const struct wf_frame *, enum wf_sort,
                            const char *what);
/* sort: one byte, or 00 and a core sort. */
enum wf_sort wf_component_sort(struct wf_component *);

/* component_type.c.  A type or a declaration may open a frame; what it adds to
 * the frame around is added when that closes. */
void wf_component_type(struct wf_component *);      /* one entry of section 7 */
void wf_component_core_type(struct wf_component *); /* one entry of section 3 */
void wf_component_decl(struct wf_component *);      /* of the frame on top */
void wf_component_type_close(struct wf_component *); /* pops a frame that is a type */
void wf_component_valtype(struct wf_component *);
void wf_component_results(struct wf_component *);

/* component_names.c: no two of them are equal in that order; sorts them. */
void wf_component_distinct(struct wf_wasm_reader *, struct wf_str *, size_t n,
                           int (*order)(const void *, const void *), const char *what);
int wf_component_by_bytes(const void *, const void *);
void wf_component_name_add(struct wf_component_names *, struct wf_str);
void wf_component_names_free(struct wf_component_names *);

/* component_extern.c. */
struct wf_component_extern {
	struct wf_str name;
	uint32_t name_at;
	struct wf_wasm_iface iface;
	enum wf_sort sort;
	uint32_t type;    /* where the sort has a type by index */
	bool type_known;  /* type is an index of the type space */
};
void wf_component_name(struct wf_component *, struct wf_component_extern *);
void wf_component_externtype(struct wf_component *, struct wf_component_extern *);
/* A new index for what is imported, exported or declared. */
void wf_component_define(struct wf_component *, struct wf_frame *,
                         const struct wf_component_extern *);
/* That index is what the frame exports by that name. */
void wf_component_export(struct wf_component *, struct wf_frame *,
                         const struct wf_component_extern *, uint32_t index);
void wf_component_alias(struct wf_component *);
void wf_component_imports(struct wf_component *);
void wf_component_exports(struct wf_component *);
enum wf_extern wf_component_extern_kind(enum wf_sort);

/* component_canon.c */
void wf_component_canon(struct wf_component *);
void wf_component_core_instance(struct wf_component *);
void wf_component_instance(struct wf_component *);
void wf_component_start(struct wf_component *);

/* decode.c: a core module that fills [p, end) of the reader, from its preamble. */
struct wf_wasm *wf_wasm_nested_core(struct wf_wasm_reader *, bool shallow, unsigned depth);

#endif
