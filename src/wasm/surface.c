/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps where the types of a component come from while it is decoded.  Past
 * the ceiling nothing is kept, and no text is made from a part.
 */
#include "wasm/surface.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wasm/limits.h"
#include "wasm/section.h"

static void
clear(struct wf_surface *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		for (unsigned k = 0; k < WF_SURFACE_SORTS; k++)
			free(s->v[i].v[k]);
		free(s->v[i].exports);
	}
	free(s->v);
	free(s->passed);
	memset(s, 0, sizeof(*s));
}

static bool
room(struct wf_surface *s)
{
	if (!s->full && s->entries++ < WF_WASM_MAX_SURFACE)
		return true;
	if (!s->full)
		clear(s);
	s->full = true;
	return false;
}

uint32_t
wf_surface_open(struct wf_surface *s)
{
	if (!room(s))
		return 0;
	s->v = wf_wasm_section_grow(s->v, s->n, sizeof(*s->v));
	s->v[s->n] = (struct wf_surface_scope){.nexports = 0};
	return s->n++;
}

/* What an entry that is the same as another is in the end, so that chains do
 * not have to be walked; a type stops at the first that has a name. */
static void
shorten(const struct wf_surface *s, enum wf_surface_sort sort, struct wf_surface_item *it)
{
	const struct wf_surface_item *to;

	if (it->how != WF_SURFACE_SAME)
		return;
	to = &s->v[it->a].v[sort][it->b];
	if (to->how == WF_SURFACE_SAME && !(sort == WF_SURFACE_TYPE && to->name)) {
		it->a = to->a;
		it->b = to->b;
	}
}

void
wf_surface_add(struct wf_surface *s, uint32_t scope, enum wf_surface_sort sort,
               struct wf_surface_item it)
{
	struct wf_surface_scope *x;

	if (!room(s))
		return;
	shorten(s, sort, &it);
	x = &s->v[scope];
	x->v[sort] = wf_wasm_section_grow(x->v[sort], x->n[sort], sizeof(it));
	x->v[sort][x->n[sort]++] = it;
}

void
wf_surface_export(struct wf_surface *s, uint32_t scope, struct wf_surface_entry e)
{
	struct wf_surface_scope *x;

	if (!room(s))
		return;
	x = &s->v[scope];
	x->exports = wf_wasm_section_grow(x->exports, x->nexports, sizeof(e));
	x->exports[x->nexports++] = e;
}

void
wf_surface_pass(struct wf_surface *s, struct wf_surface_entry e)
{
	if (!room(s))
		return;
	s->passed = wf_wasm_section_grow(s->passed, s->npassed, sizeof(e));
	s->passed[s->npassed++] = e;
}

void
wf_surface_free(struct wf_surface *s)
{
	if (!s)
		return;
	clear(s);
	free(s);
}
