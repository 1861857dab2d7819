/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds what something at the surface of a component is in the end: through
 * aliases, exports of instances and the components they were made from.
 * Every step is counted, so that a component cannot make this take long.
 */
#include <string.h>

#include "base/mem.h"
#include "wasm/limits.h"
#include "wasm/surface.h"

uint32_t
wf_surface_uleb(const uint8_t **p)
{
	uint32_t v = 0;

	for (unsigned shift = 0; ; shift += 7) {
		uint8_t b = *(*p)++;

		v |= (uint32_t)(b & 0x7f) << shift;
		if (b < 0x80)
			return v;
	}
}

struct wf_str
wf_surface_name(const struct wf_wasm *w, uint32_t offset)
{
	const uint8_t *p = w->bytes + offset;
	uint32_t n = wf_surface_uleb(&p);

	return (struct wf_str){(const char *)p, n};
}

/* Names to be looked up once the instance that has them is found. */
struct wanted {
	uint32_t name[8];
	unsigned n;
};

struct search {
	const struct wf_wasm *w;
	unsigned *steps;
	struct wanted want;
	struct wf_surface_at at;
};

static bool
go(struct search *x, uint32_t scope, enum wf_surface_sort sort, uint32_t index)
{
	x->at = (struct wf_surface_at){scope, index, (uint8_t)sort, true};
	return true;
}

/* An entry of the name that is wanted last. */
static bool
look_up(struct search *x, const struct wf_surface_entry *v, uint32_t n, uint32_t scope)
{
	struct wf_str name = wf_surface_name(x->w, x->want.name[--x->want.n]);

	x->at.known = false;
	for (uint32_t i = 0; i < n && *x->steps < WF_WASM_MAX_TYPE_STEPS; i++) {
		++*x->steps;
		if (v[i].sort != WF_SURFACE_OTHER &&
		    wf_str_eq(wf_surface_name(x->w, v[i].name), name))
			return go(x, scope, (enum wf_surface_sort)v[i].sort, v[i].index);
	}
	return false;
}

/* One step to what it is made from; false: it is what it is, or not known. */
static bool
step(struct search *x)
{
	const struct wf_surface *s = x->w->surface;
	const struct wf_surface_item *it = wf_surface_item(s, x->at);
	bool wanted = x->want.n > 0;

	switch ((enum wf_surface_how)it->how) {
	case WF_SURFACE_SAME:
		return go(x, it->a, (enum wf_surface_sort)x->at.sort, it->b);
	case WF_SURFACE_TYPED:
		return go(x, x->at.scope, WF_SURFACE_TYPE, it->a);
	case WF_SURFACE_MADE:
		return go(x, x->at.scope, WF_SURFACE_COMPONENT, it->a);
	case WF_SURFACE_OF:
		if (x->want.n == WF_COUNT(x->want.name)) {
			x->at.known = false;
			return false;
		}
		x->want.name[x->want.n++] = it->b;
		return go(x, x->at.scope, WF_SURFACE_INSTANCE, it->a);
	case WF_SURFACE_SCOPE:
		return wanted && look_up(x, s->v[it->a].exports, s->v[it->a].nexports, it->a);
	case WF_SURFACE_INLINE:
		return wanted && look_up(x, s->passed + it->a, it->b, x->at.scope);
	case WF_SURFACE_HERE:
	case WF_SURFACE_RESOURCE:
		x->at.known = !wanted;
		return false;
	case WF_SURFACE_UNKNOWN:
		x->at.known = false;
		return false;
	}
	return false;
}

struct wf_surface_at
wf_surface_settle(const struct wf_wasm *w, struct wf_surface_at a, unsigned *steps)
{
	struct search x = {.w = w, .steps = steps, .at = a};

	while (x.at.known && *steps < WF_WASM_MAX_TYPE_STEPS && step(&x))
		++*steps;
	if (*steps >= WF_WASM_MAX_TYPE_STEPS)
		x.at.known = false;
	return x.at;
}

bool
wf_wasm_members(const struct wf_wasm *w, enum wf_extern kind, uint32_t index,
                struct wf_wasm_member **out, size_t *nout)
{
	struct wf_surface_at a = {0, index, WF_SURFACE_INSTANCE, true};
	const struct wf_surface *s = w->surface;
	const struct wf_surface_entry *v;
	const struct wf_surface_item *it;
	unsigned steps = 0;
	uint32_t n;

	*out = NULL;
	*nout = 0;
	if (kind != WF_EXTERN_INSTANCE || !s || s->full ||
	    !(a = wf_surface_settle(w, a, &steps)).known)
		return false;
	it = wf_surface_item(s, a);
	if (it->how != WF_SURFACE_SCOPE && it->how != WF_SURFACE_INLINE)
		return false;
	v = it->how == WF_SURFACE_SCOPE ? s->v[it->a].exports : s->passed + it->a;
	n = it->how == WF_SURFACE_SCOPE ? s->v[it->a].nexports : it->b;
	*out = wf_calloc(n, sizeof(**out));
	for (uint32_t i = 0; i < n; i++)
		(*out)[i] = (struct wf_wasm_member){
			wf_surface_name(w, v[i].name),
			it->how == WF_SURFACE_SCOPE ? it->a : a.scope, v[i].sort, v[i].index,
		};
	*nout = n;
	return true;
}
