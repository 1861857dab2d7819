/* SPDX-License-Identifier: Apache-2.0
 *
 * Components (layer 1): the walk over sections, with whatever nests in them.
 * Frames live on the heap and their number is bounded.  Must never accept an
 * index that names nothing, nor skip a section.
 */
#include "wasm/component.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wasm/limits.h"

enum { CUSTOM = 0, CORE_MODULE, CORE_INSTANCE, CORE_TYPE, COMPONENT, INSTANCE,
       ALIAS, TYPE, CANON, START, IMPORT, EXPORT, VALUE, NSECTIONS };

static const char *const names[NSECTIONS] = {
	"custom", "core module", "core instance", "core type", "component",
	"instance", "alias", "type", "canon", "start", "import", "export", "value",
};

struct wf_frame *
wf_component_top(struct wf_component *c)
{
	return &c->stack[c->depth - 1];
}

struct wf_frame *
wf_component_push(struct wf_component *c, enum wf_frame_kind kind)
{
	if (c->depth >= WF_WASM_MAX_DEPTH) {
		wf_wasm_bad(c->r, c->r->p, WF_R_LIMIT, "nested more than %u deep", WF_WASM_MAX_DEPTH);
		return NULL;
	}
	c->stack = wf_grow(c->stack, &c->cap, c->depth, sizeof(*c->stack));
	c->stack[c->depth] = (struct wf_frame){.kind = kind};
	if (kind != WF_FRAME_MODULE_TYPE)
		c->stack[c->depth].scope = wf_surface_open(c->outer->surface);
	return &c->stack[c->depth++];
}

enum wf_surface_sort
wf_component_surface_sort(enum wf_sort sort)
{
	switch ((int)sort) {
	case WF_SORT_FUNC:
		return WF_SURFACE_FUNC;
	case WF_SORT_TYPE:
		return WF_SURFACE_TYPE;
	case WF_SORT_COMPONENT:
		return WF_SURFACE_COMPONENT;
	case WF_SORT_INSTANCE:
		return WF_SURFACE_INSTANCE;
	}
	return WF_SURFACE_OTHER;
}

void
wf_component_add(struct wf_component *c, struct wf_frame *f, enum wf_sort sort)
{
	wf_component_add_item(c, f, sort, (struct wf_surface_item){.how = WF_SURFACE_UNKNOWN});
}

void
wf_component_add_item(struct wf_component *c, struct wf_frame *f, enum wf_sort sort,
                      struct wf_surface_item item)
{
	enum wf_surface_sort at = wf_component_surface_sort(sort);

	if (c->r->failed)
		return;
	if (f->n[sort] >= WF_WASM_MAX_INDEX_SPACE) {
		wf_wasm_bad(c->r, c->r->p, WF_R_LIMIT, "an index space has more than the limit of %u",
		            WF_WASM_MAX_INDEX_SPACE);
		return;
	}
	if (sort == WF_SORT_TYPE && f->kind == WF_FRAME_COMPONENT) {
		f->types = wf_grow(f->types, &f->types_cap, f->n[sort], sizeof(*f->types));
		f->types[f->n[sort]] = (struct wf_component_type){.opaque = true};
	}
	f->n[sort]++;
	if (at != WF_SURFACE_OTHER)
		wf_surface_add(c->outer->surface, f->scope, at, item);
}

uint32_t
wf_component_index(struct wf_component *c, const struct wf_frame *f, enum wf_sort sort,
                   const char *what)
{
	const uint8_t *at = c->r->p;
	uint32_t i = wf_wasm_u32(c->r, what);

	if (!c->r->failed && i >= f->n[sort])
		wf_wasm_bad(c->r, at, WF_R_MALFORMED, "%s %u does not exist (there are %u)",
		            what, i, f->n[sort]);
	return c->r->failed ? 0 : i;
}

/* --- what is nested ----------------------------------------------------------- */

static void
keep(struct wf_component *c, struct wf_wasm *w)
{
	struct wf_wasm *o = c->outer;

	o->nested = wf_wasm_section_grow(o->nested, o->nnested, sizeof(w));
	o->nested[o->nnested++] = w;
}

static bool
room_for_one(struct wf_component *c)
{
	if (c->outer->nnested < WF_WASM_MAX_NESTED)
		return true;
	wf_wasm_bad(c->r, c->r->p, WF_R_LIMIT, "more than the limit of %u modules and components",
	            WF_WASM_MAX_NESTED);
	return false;
}

/* The lists of all modules together stay within what one may have. */
static void
count_lists(struct wf_component *c, const struct wf_wasm *w)
{
	c->imports += w->nimports;
	c->exports += w->nexports;
	c->types += w->ntypes;
	if (c->imports > WF_WASM_MAX_IMPORTS || c->exports > WF_WASM_MAX_EXPORTS ||
	    c->types > WF_WASM_MAX_TYPES)
		wf_wasm_bad(c->r, c->r->p, WF_R_LIMIT,
		            "imports, exports or types of all modules: more than one module may have");
}

static void
core_module(struct wf_component *c)
{
	struct wf_wasm *w;

	if (!room_for_one(c) || !(w = wf_wasm_nested_core(c->r, c->shallow, (unsigned)c->depth)))
		return;
	keep(c, w);
	count_lists(c, w);
	wf_component_add(c, wf_component_top(c), WF_SORT_CORE_MODULE);
}

static void
nested_component(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	static const uint8_t preamble[8] = {0, 'a', 's', 'm', 0x0d, 0, 1, 0};
	struct wf_frame *f;
	struct wf_wasm *w;

	if (wf_wasm_left(r) < sizeof(preamble) || memcmp(r->p, preamble, sizeof(preamble)) != 0) {
		wf_wasm_bad(r, r->p, WF_R_MALFORMED, "a nested component does not begin like one");
		return;
	}
	if (!room_for_one(c) || !(f = wf_component_push(c, WF_FRAME_COMPONENT)))
		return;
	w = wf_calloc(1, sizeof(*w));
	w->kind = WF_WASM_COMPONENT;
	w->bytes = r->base;
	w->offset = wf_wasm_at(r);
	w->size = wf_wasm_left(r);
	w->depth = (unsigned)c->depth - 1;
	w->shallow = c->shallow;
	keep(c, w);
	f->w = w;
	f->end = r->end;
	f->around = r->features;
	r->features = 0;
	wf_wasm_saw(r, WF_F_COMPONENT_MODEL);
	r->p += sizeof(preamble);
}

/* --- names that must differ ----------------------------------------------------- */

static void
unique_names(struct wf_wasm_reader *r, const struct wf_wasm *w)
{
	size_t n = w->nimports > w->nexports ? w->nimports : w->nexports;
	WF_AUTO(wf_freep) struct wf_str *v = NULL;

	if (r->failed || n < 2)
		return;
	v = wf_malloc(n * sizeof(*v));
	for (size_t i = 0; i < w->nimports; i++)
		v[i] = w->imports[i].name;
	if (w->nimports)
		wf_component_distinct(r, v, w->nimports, wf_extern_name_order, "import");
	for (size_t i = 0; i < w->nexports; i++)
		v[i] = w->exports[i].name;
	if (w->nexports)
		wf_component_distinct(r, v, w->nexports, wf_extern_name_order, "export");
}

/* --- sections --------------------------------------------------------------------- */

static void
values(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	uint32_t n = wf_wasm_count(r, 2, WF_WASM_MAX_INDEX_SPACE, "values");

	wf_wasm_saw(r, WF_F_CM_VALUES);
	for (uint32_t i = 0; i < n && !r->failed; i++) {
		wf_component_valtype(c);
		(void)wf_wasm_take(r, wf_wasm_u32(r, "value"), "value");
		wf_component_add(c, wf_component_top(c), WF_SORT_VALUE);
	}
}

static void
each(struct wf_component *c, size_t min, void (*one)(struct wf_component *), const char *what)
{
	uint32_t n = wf_wasm_count(c->r, min, WF_WASM_MAX_INDEX_SPACE, what);

	for (uint32_t i = 0; i < n && !c->r->failed; i++)
		one(c);
}

/* Tools put these in components that are descriptions and not programs. */
static bool
mark_of_package(struct wf_str name)
{
	return wf_str_eqz(name, "wit-component-encoding") || wf_str_eqz(name, "package-docs");
}

static void
contents(struct wf_component *c, struct wf_frame *f, uint8_t id)
{
	struct wf_wasm_reader *r = c->r;

	if (id != CUSTOM && id != TYPE && id != EXPORT)
		f->types_alone = false;
	switch (id) {
	case CUSTOM:
		wf_wasm_custom_section(r, f->w);
		if (!r->failed && mark_of_package(f->w->customs[f->w->ncustoms - 1].name))
			f->marked = true;
		return;
	case CORE_MODULE:
		core_module(c);
		return;
	case CORE_INSTANCE:
		each(c, 2, wf_component_core_instance, "core instances");
		return;
	case CORE_TYPE:
	case TYPE:
		f->left = wf_wasm_count(r, 1, WF_WASM_MAX_INDEX_SPACE, "types");
		return;
	case COMPONENT:
		nested_component(c);
		return;
	case INSTANCE:
		each(c, 2, wf_component_instance, "instances");
		return;
	case ALIAS:
		each(c, 4, wf_component_alias, "aliases");
		return;
	case CANON:
		each(c, 1, wf_component_canon, "canonical definitions");
		return;
	case START:
		wf_component_start(c);
		return;
	case IMPORT:
		wf_component_imports(c);
		return;
	case EXPORT:
		wf_component_exports(c);
		return;
	case VALUE:
		values(c);
		return;
	default:
		wf_die("section id was checked");
	}
}

static void
begin_section(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	struct wf_frame *f = wf_component_top(c);
	const uint8_t *at = r->p;
	uint8_t id = wf_wasm_byte(r, "section");
	uint32_t size = wf_wasm_u32(r, "section size");

	if (r->failed)
		return;
	if (id >= NSECTIONS)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown section %u", id);
	else if (size > wf_wasm_left(r))
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s section: expected %u bytes, found %zu",
		            names[id], size, wf_wasm_left(r));
	if (r->failed)
		return;
	f->section = id;
	f->section_end = r->end = r->p + size;
	contents(c, f, id); /* f may have moved; the next step looks at what is left */
}

static void
end_section(struct wf_component *c, struct wf_frame *f)
{
	struct wf_wasm_reader *r = c->r;

	if (r->p != f->section_end)
		wf_wasm_bad(r, r->p, WF_R_MALFORMED, "%s section: %zu bytes left over",
		            names[f->section], (size_t)(f->section_end - r->p));
	f->section_end = NULL;
	if (!r->failed)
		r->end = f->end;
}

static void
close_component(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	struct wf_frame f = *wf_component_top(c);

	f.w->features = r->features;
	r->features |= f.around;
	unique_names(r, f.w);
	free(f.types);
	if (--c->depth == 0) {
		if (f.types_alone && f.marked && !r->failed)
			f.w->kind = WF_WASM_WIT_PACKAGE;
		return;
	}
	wf_component_add_item(c, wf_component_top(c), WF_SORT_COMPONENT,
	                      (struct wf_surface_item){.how = WF_SURFACE_SCOPE, .a = f.scope});
}

/* One step of the walk: an entry, a section, or the end of what is open. */
static void
step(struct wf_component *c)
{
	struct wf_frame *f = wf_component_top(c);
	struct wf_wasm_reader *r = c->r;

	if (f->kind != WF_FRAME_COMPONENT) {
		if (f->left)
			wf_component_decl(c);
		else
			wf_component_type_close(c);
	} else if (f->left) {
		f->left--;
		if (f->section == TYPE)
			wf_component_type(c);
		else
			wf_component_core_type(c);
	} else if (f->section_end) {
		end_section(c, f);
	} else if (r->p == f->end) {
		close_component(c);
	} else {
		r->end = f->end;
		begin_section(c);
	}
}

void
wf_wasm_component(struct wf_wasm_reader *r, struct wf_wasm *w, bool shallow)
{
	struct wf_component c = {.r = r, .outer = w, .shallow = shallow};
	struct wf_frame *f;

	w->surface = wf_calloc(1, sizeof(*w->surface));
	f = wf_component_push(&c, WF_FRAME_COMPONENT);
	f->w = w;
	f->end = r->end;
	f->types_alone = true;
	wf_wasm_saw(r, WF_F_COMPONENT_MODEL);
	while (c.depth > 0 && !r->failed)
		step(&c);
	for (size_t i = 0; i < c.depth; i++) {
		free(c.stack[i].types);
		wf_component_names_free(&c.stack[i].names[0]);
		wf_component_names_free(&c.stack[i].names[1]);
	}
	wf_component_names_free(&c.labels);
	free(c.stack);
}
