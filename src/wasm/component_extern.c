/* SPDX-License-Identifier: Apache-2.0
 *
 * What components import, export and alias.  An entry that cannot be read
 * fails the whole decoding: a list that stops short would be a lie.
 */
#include "wasm/component.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wasm/limits.h"

enum wf_extern
wf_component_extern_kind(enum wf_sort s)
{
	switch (s) {
	case WF_SORT_CORE_MODULE:
		return WF_EXTERN_MODULE;
	case WF_SORT_FUNC:
		return WF_EXTERN_FUNC;
	case WF_SORT_VALUE:
		return WF_EXTERN_VALUE;
	case WF_SORT_TYPE:
		return WF_EXTERN_TYPE;
	case WF_SORT_COMPONENT:
		return WF_EXTERN_COMPONENT;
	case WF_SORT_INSTANCE:
		return WF_EXTERN_INSTANCE;
	case WF_SORT_CORE_FUNC:
	case WF_SORT_CORE_TABLE:
	case WF_SORT_CORE_MEMORY:
	case WF_SORT_CORE_GLOBAL:
	case WF_SORT_CORE_TAG:
	case WF_SORT_CORE_TYPE:
	case WF_SORT_CORE_INSTANCE:
	case WF_SORT_COUNT:
		break;
	}
	wf_die("a sort that components do not import");
}

enum wf_sort
wf_component_sort(struct wf_component *c)
{
	static const uint8_t sorts[] = {
		WF_SORT_CORE_FUNC, WF_SORT_FUNC, WF_SORT_VALUE, WF_SORT_TYPE,
		WF_SORT_COMPONENT, WF_SORT_INSTANCE,
	};
	struct wf_wasm_reader *r = c->r;
	const uint8_t *at = r->p;
	uint8_t b = wf_wasm_byte(r, "sort");

	if (b >= WF_COUNT(sorts)) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown sort 0x%02x", b);
		return WF_SORT_COUNT;
	}
	if (r->failed || b != 0)
		return r->failed ? WF_SORT_COUNT : (enum wf_sort)sorts[b];
	at = r->p;
	b = wf_wasm_byte(r, "core sort");
	if (b <= 0x04)
		return (enum wf_sort)b;
	if (b >= 0x10 && b <= 0x12)
		return (enum wf_sort)(WF_SORT_CORE_TYPE + (b - 0x10));
	wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown core sort 0x%02x", b);
	return WF_SORT_COUNT;
}

/* One that a component can import, export or pass on. */
static enum wf_sort
extern_sort(struct wf_component *c, const char *what)
{
	const uint8_t *at = c->r->p;
	enum wf_sort s = wf_component_sort(c);

	if (!c->r->failed && s != WF_SORT_CORE_MODULE && s < WF_SORT_FUNC) {
		wf_wasm_bad(c->r, at, WF_R_MALFORMED, "%s: a core sort other than module", what);
		return WF_SORT_COUNT;
	}
	return s;
}

/* --- names ------------------------------------------------------------------ */

static void
attributes(struct wf_component *c, struct wf_wasm_iface *f)
{
	struct wf_wasm_reader *r = c->r;
	uint32_t n = wf_wasm_count(r, 2, UINT32_MAX, "name attributes");

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		struct wf_str *slots[] = {&f->implements, &f->suffix, &f->external_id};
		const uint8_t *at = r->p;
		uint8_t kind = wf_wasm_byte(r, "name attribute");

		if (kind >= WF_COUNT(slots)) {
			wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown name attribute 0x%02x", kind);
			return;
		}
		if (slots[kind]->p)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "name attribute 0x%02x stands twice", kind);
		*slots[kind] = wf_wasm_name(r, "name attribute");
		wf_wasm_saw(r, kind == 1 ? WF_F_CM_CANON_NAMES : WF_F_CM_IMPLEMENTS);
	}
}

static void
bad_name(struct wf_wasm_reader *r, const uint8_t *at, struct wf_str name, const char *why)
{
	wf_wasm_bad(r, at, WF_R_MALFORMED, "name \"%.*s\": %s",
	            (int)(name.len < 100 ? name.len : 100), name.p ? name.p : "", why);
}

static void
saw_name(struct wf_wasm_reader *r, const struct wf_extern_name *n)
{
	if (n->nested)
		wf_wasm_saw(r, WF_F_CM_NESTED_NAMES);
	if (n->version.parts && n->version.parts < 3)
		wf_wasm_saw(r, WF_F_CM_CANON_NAMES);
}

void
wf_component_name(struct wf_component *c, struct wf_component_extern *e)
{
	struct wf_wasm_reader *r = c->r;
	struct wf_wasm_iface *f = &e->iface;
	const struct wf_str none = {NULL, 0};
	const uint8_t *at = r->p;
	uint8_t form = wf_wasm_byte(r, "name form");
	const char *why;

	if (form > 2)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown name form 0x%02x", form);
	e->name_at = (uint32_t)wf_wasm_at(r);
	e->name = wf_wasm_name(r, "name");
	if (form == 2)
		attributes(c, f);
	if (r->failed)
		return;
	why = wf_extern_name_parse(e->name, f->implements.p ? none : f->suffix, &f->name);
	if (why) {
		bad_name(r, at, e->name, why);
		return;
	}
	f->of = f->name;
	saw_name(r, &f->name);
	if (!f->implements.p)
		return;
	if (f->name.kind != WF_NAME_PLAIN) {
		bad_name(r, at, e->name, "implements belongs to a plain name");
		return;
	}
	why = wf_extern_name_parse(f->implements, f->suffix, &f->of);
	if (!why && f->of.kind != WF_NAME_INTERFACE)
		why = "expected namespace:package/interface";
	if (why)
		bad_name(r, at, f->implements, why);
	else
		saw_name(r, &f->of);
}

/* --- types of externs --------------------------------------------------------- */

void
wf_component_externtype(struct wf_component *c, struct wf_component_extern *e)
{
	struct wf_wasm_reader *r = c->r;
	const struct wf_frame *f = wf_component_top(c);
	const uint8_t *at;

	e->sort = extern_sort(c, "type of an extern");
	if (r->failed)
		return;
	at = r->p;
	switch (wf_component_extern_kind(e->sort)) {
	case WF_EXTERN_MODULE:
		(void)wf_component_index(c, f, WF_SORT_CORE_TYPE, "core type");
		return;
	case WF_EXTERN_VALUE:
	case WF_EXTERN_TYPE: {
		uint8_t bound = wf_wasm_byte(r, "bound");

		if (e->sort == WF_SORT_VALUE)
			wf_wasm_saw(r, WF_F_CM_VALUES);
		if (bound > 1)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown bound 0x%02x", bound);
		else if (bound == 0 && e->sort == WF_SORT_VALUE)
			(void)wf_component_index(c, f, WF_SORT_VALUE, "value");
		else if (bound == 0) {
			e->type = wf_component_index(c, f, WF_SORT_TYPE, "type");
			e->type_known = true;
		} else if (e->sort == WF_SORT_VALUE)
			wf_component_valtype(c);
		return;
	}
	case WF_EXTERN_FUNC:
	case WF_EXTERN_COMPONENT:
	case WF_EXTERN_INSTANCE:
		e->type = wf_component_index(c, f, WF_SORT_TYPE, "type");
		e->type_known = true;
		return;
	case WF_EXTERN_TABLE:
	case WF_EXTERN_MEMORY:
	case WF_EXTERN_GLOBAL:
	case WF_EXTERN_TAG:
		return;
	}
}

/* A new index, where it comes from; a type keeps what is known of the same. */
static void
define(struct wf_component *c, struct wf_frame *f, const struct wf_component_extern *e,
       bool type_known, uint32_t type, struct wf_surface_item item)
{
	struct wf_component_type same = {.opaque = true};

	if (c->r->failed)
		return;
	if (f->kind == WF_FRAME_COMPONENT && e->sort == WF_SORT_TYPE && type_known)
		same = f->types[type];
	wf_component_add_item(c, f, e->sort, item);
	if (!c->r->failed && f->kind == WF_FRAME_COMPONENT && e->sort == WF_SORT_TYPE)
		f->types[f->n[WF_SORT_TYPE] - 1] = same;
}

/* By the type that is given to it. */
static struct wf_surface_item
item_of(const struct wf_frame *f, const struct wf_component_extern *e)
{
	struct wf_surface_item item = {.name = e->name_at};

	if (e->sort != WF_SORT_TYPE) {
		item.how = WF_SURFACE_TYPED;
		item.a = e->type;
	} else if (e->type_known) {
		item.how = WF_SURFACE_SAME;
		item.a = f->scope;
		item.b = e->type;
	} else {
		item.how = WF_SURFACE_RESOURCE;
	}
	return item;
}

void
wf_component_define(struct wf_component *c, struct wf_frame *f,
                    const struct wf_component_extern *e)
{
	define(c, f, e, e->type_known, e->type, item_of(f, e));
}

void
wf_component_export(struct wf_component *c, struct wf_frame *f,
                    const struct wf_component_extern *e, uint32_t index)
{
	if (!c->r->failed)
		wf_surface_export(c->outer->surface, f->scope, (struct wf_surface_entry){
			.name = e->name_at, .index = index,
			.sort = (uint8_t)wf_component_surface_sort(e->sort),
		});
}

/* --- sections ------------------------------------------------------------------- */

/* What can be reached through an import. */
static void
reach(struct wf_component *c, const struct wf_frame *f, struct wf_component_extern *e,
      const uint8_t *at)
{
	const struct wf_component_type *t;

	if (e->sort == WF_SORT_TYPE)
		e->iface.only_types = true;
	if (e->sort != WF_SORT_INSTANCE)
		return;
	t = &f->types[e->type];
	if (!t->instance && !t->opaque) {
		wf_wasm_bad(c->r, at, WF_R_MALFORMED, "type %u is no instance type", e->type);
		return;
	}
	e->iface.opaque = t->opaque;
	e->iface.first_func = t->first_func;
	e->iface.nfuncs = t->nfuncs;
	e->iface.only_types = t->instance && !t->opaque && !t->nfuncs;
}

static bool
room(struct wf_component *c, size_t *have, size_t max, const char *what)
{
	if (c->r->failed)
		return false;
	if (++*have > max) {
		wf_wasm_bad(c->r, c->r->p, WF_R_LIMIT, "%s: more than the limit of %zu", what, max);
		return false;
	}
	return true;
}

void
wf_component_imports(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	uint32_t n = wf_wasm_count(r, 4, WF_WASM_MAX_IMPORTS, "imports");

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		struct wf_frame *f = wf_component_top(c);
		struct wf_component_extern e = {.type = 0};
		struct wf_wasm *w = f->w;
		const uint8_t *at = r->p;

		wf_component_name(c, &e);
		wf_component_externtype(c, &e);
		if (!room(c, &c->imports, WF_WASM_MAX_IMPORTS, "imports"))
			return;
		if (e.iface.implements.p && e.sort != WF_SORT_INSTANCE)
			bad_name(r, at, e.name, "implements belongs to an instance");
		reach(c, f, &e, at);
		wf_component_define(c, f, &e);
		if (r->failed)
			return;
		w->ifaces = wf_wasm_section_grow(w->ifaces, w->nimports, sizeof(*w->ifaces));
		w->ifaces[w->nimports] = e.iface;
		w->imports = wf_wasm_section_grow(w->imports, w->nimports, sizeof(*w->imports));
		w->imports[w->nimports++] = (struct wf_wasm_import){
			.name = e.name, .kind = wf_component_extern_kind(e.sort),
			.index = f->n[e.sort] - 1, .offset = (size_t)(at - r->base),
		};
	}
}

void
wf_component_exports(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	uint32_t n = wf_wasm_count(r, 5, WF_WASM_MAX_EXPORTS, "exports");

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		struct wf_frame *f = wf_component_top(c);
		struct wf_component_extern e = {.type = 0}, given = {.type = 0};
		struct wf_wasm_export x = {.offset = wf_wasm_at(r)};
		const uint8_t *at;
		uint8_t typed;

		wf_component_name(c, &e);
		e.sort = extern_sort(c, "export");
		if (r->failed)
			return;
		x.index = wf_component_index(c, f, e.sort, "index");
		if (e.sort != WF_SORT_TYPE)
			f->types_alone = false;
		at = r->p;
		typed = wf_wasm_byte(r, "export type");
		if (typed > 1)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "export type: 0x%02x, expected 0 or 1", typed);
		else if (typed == 1)
			wf_component_externtype(c, &given);
		if (!room(c, &c->exports, WF_WASM_MAX_EXPORTS, "exports"))
			return;
		if (typed == 1 && given.sort != e.sort)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "export type: of another sort than the export");
		given.name_at = e.name_at;
		define(c, f, &e, true, x.index, typed && e.sort != WF_SORT_TYPE ? item_of(f, &given)
		       : (struct wf_surface_item){.how = WF_SURFACE_SAME, .a = f->scope,
		                                  .b = x.index, .name = e.name_at});
		wf_component_export(c, f, &e, f->n[e.sort] - 1);
		if (r->failed)
			return;
		x.name = e.name;
		x.index = f->n[e.sort] - 1;
		x.kind = wf_component_extern_kind(e.sort);
		f->w->exports = wf_wasm_section_grow(f->w->exports, f->w->nexports, sizeof(x));
		f->w->exports[f->w->nexports++] = x;
	}
}

/* --- aliases --------------------------------------------------------------------- */

static void
outer(struct wf_component *c, struct wf_frame *f, enum wf_sort sort, const uint8_t *at)
{
	struct wf_wasm_reader *r = c->r;
	struct wf_component_extern e = {.sort = sort};
	const uint8_t *count_at = r->p;
	uint32_t up = wf_wasm_u32(r, "outer alias");
	uint32_t i;

	if (!r->failed && up >= c->depth) {
		wf_wasm_bad(r, count_at, WF_R_MALFORMED, "outer alias: %u scopes up, there are %zu",
		            up, c->depth - 1);
		return;
	}
	if (sort != WF_SORT_CORE_MODULE && sort != WF_SORT_CORE_TYPE &&
	    sort != WF_SORT_TYPE && sort != WF_SORT_COMPONENT) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "outer alias: expected a module, a component or a type");
		return;
	}
	if (r->failed)
		return;
	i = wf_component_index(c, &c->stack[c->depth - 1 - up], sort, "outer alias");
	define(c, f, &e, up == 0, i, (struct wf_surface_item){
		.how = WF_SURFACE_SAME, .a = c->stack[c->depth - 1 - up].scope, .b = i,
	});
}

void
wf_component_alias(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	struct wf_frame *f = wf_component_top(c);
	const uint8_t *at = r->p, *target_at;
	enum wf_sort sort = wf_component_sort(c);
	struct wf_component_extern e = {.sort = sort};
	struct wf_surface_item item = {.how = WF_SURFACE_UNKNOWN};
	uint8_t target;

	target_at = r->p;
	target = wf_wasm_byte(r, "alias");
	if (r->failed)
		return;
	switch (target) {
	case 0x00:
		if (sort < WF_SORT_FUNC && sort != WF_SORT_CORE_MODULE)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "alias: instances export no such sort");
		item.how = WF_SURFACE_OF;
		item.a = wf_component_index(c, f, WF_SORT_INSTANCE, "instance");
		item.b = (uint32_t)wf_wasm_at(r);
		(void)wf_wasm_name(r, "alias");
		break;
	case 0x01:
		if (sort > WF_SORT_CORE_TAG)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "alias: core instances export no such sort");
		(void)wf_component_index(c, f, WF_SORT_CORE_INSTANCE, "core instance");
		(void)wf_wasm_name(r, "alias");
		break;
	case 0x02:
		outer(c, f, sort, at);
		return;
	default:
		wf_wasm_bad(r, target_at, WF_R_MALFORMED, "unknown target of an alias 0x%02x", target);
		return;
	}
	define(c, f, &e, false, 0, item);
}
