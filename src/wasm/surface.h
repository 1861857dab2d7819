/* SPDX-License-Identifier: Apache-2.0
 *
 * What is needed to say the type of an import or export of a component: of
 * each scope (a component, the type of an instance or of a component) what
 * every type, function, component and instance in it comes from, as places
 * in the file.  Text is made when it is asked for.  Private to src/wasm/.
 */
#ifndef WF_WASM_SURFACE_H
#define WF_WASM_SURFACE_H

#include "wasm/wasm.h"

enum wf_surface_sort {
	WF_SURFACE_FUNC = 0,
	WF_SURFACE_TYPE,
	WF_SURFACE_COMPONENT,
	WF_SURFACE_INSTANCE,
	WF_SURFACE_SORTS,
	WF_SURFACE_OTHER = WF_SURFACE_SORTS, /* core modules, values */
};

enum wf_surface_how {
	WF_SURFACE_UNKNOWN = 0,
	WF_SURFACE_HERE,     /* type: written at a */
	WF_SURFACE_RESOURCE, /* type: a resource of which no more is known */
	WF_SURFACE_SCOPE,    /* component, or type of one or of an instance: scope a */
	WF_SURFACE_SAME,     /* entry b of scope a */
	WF_SURFACE_OF,       /* what instance a of this scope exports as the name at b */
	WF_SURFACE_TYPED,    /* its type is type a of this scope */
	WF_SURFACE_MADE,     /* instance: made from component a of this scope */
	WF_SURFACE_INLINE,   /* instance: b entries of `passed` from a on */
};

struct wf_surface_item {
	uint32_t a, b;
	uint32_t name; /* offset of the name it was imported or exported by; 0: none */
	uint8_t how;
};

struct wf_surface_entry {
	uint32_t name; /* offset of its length */
	uint32_t index;
	uint8_t sort;
};

struct wf_surface_scope {
	struct wf_surface_item *v[WF_SURFACE_SORTS];
	uint32_t n[WF_SURFACE_SORTS];
	struct wf_surface_entry *exports;
	uint32_t nexports;
};

/* Scope 0 is the outermost component. */
struct wf_surface {
	struct wf_surface_scope *v;
	uint32_t n;
	struct wf_surface_entry *passed;
	uint32_t npassed;
	size_t entries; /* of everything together */
	bool full;      /* more than WF_WASM_MAX_SURFACE: nothing of it is used */
};

/* A new scope, without entries. */
uint32_t wf_surface_open(struct wf_surface *);
void wf_surface_add(struct wf_surface *, uint32_t scope, enum wf_surface_sort,
                    struct wf_surface_item);
/* By that name the scope exports it. */
void wf_surface_export(struct wf_surface *, uint32_t scope, struct wf_surface_entry);
void wf_surface_pass(struct wf_surface *, struct wf_surface_entry);
/* Something at the surface. */
struct wf_surface_at {
	uint32_t scope, index;
	uint8_t sort; /* below WF_SURFACE_SORTS */
	bool known;
};

static inline const struct wf_surface_item *
wf_surface_item(const struct wf_surface *s, struct wf_surface_at a)
{
	return &s->v[a.scope].v[a.sort][a.index];
}

/* What it is in the end: HERE, RESOURCE, SCOPE or INLINE.  Not known: it was
 * not found, or steps came to WF_WASM_MAX_TYPE_STEPS. */
struct wf_surface_at wf_surface_settle(const struct wf_wasm *, struct wf_surface_at,
                                       unsigned *steps);
/* Of bytes that were decoded before: a number, a name by its offset. */
uint32_t wf_surface_uleb(const uint8_t **);
struct wf_str wf_surface_name(const struct wf_wasm *, uint32_t offset);

/* wf_wasm_extern_text of what a component imports or exports. */
void wf_surface_text(struct wf_buf *, const struct wf_wasm *, enum wf_extern kind, uint32_t index);
void wf_surface_free(struct wf_surface *); /* NULL is fine */

#endif
