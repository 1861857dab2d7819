/* SPDX-License-Identifier: Apache-2.0
 *
 * Types of components (component-model Binary.md, "Type Definitions").  Types
 * that hold declarations open a frame and are read by the main walk; all
 * others are read here.  Must never call itself.
 */
#include "wasm/component.h"

#include <string.h>

#include "wasm/limits.h"
#include "wasm/type.h"

static bool
primitive(struct wf_wasm_reader *r, uint8_t b)
{
	if (b == 0x64) {
		wf_wasm_saw(r, WF_F_CM_ERROR_CONTEXT);
		return true;
	}
	return b >= 0x73 && b <= 0x7f;
}

void
wf_component_valtype(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	const uint8_t *at = r->p;
	int64_t i;

	if (r->p < r->end && primitive(r, *r->p)) {
		r->p++;
		return;
	}
	i = wf_wasm_sleb(r, 33, "value type");
	if (r->failed)
		return;
	if (i < 0)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown value type 0x%02x", *at);
	else if (i >= wf_component_top(c)->n[WF_SORT_TYPE])
		wf_wasm_bad(r, at, WF_R_MALFORMED, "type %lld does not exist (there are %u)",
		            (long long)i, wf_component_top(c)->n[WF_SORT_TYPE]);
}

static void
optional(struct wf_component *c, const char *what)
{
	const uint8_t *at = c->r->p;
	uint8_t b = wf_wasm_byte(c->r, what);

	if (b > 1)
		wf_wasm_bad(c->r, at, WF_R_MALFORMED, "%s: 0x%02x, expected 0 or 1", what, b);
	else if (b == 1)
		wf_component_valtype(c);
}

void
wf_component_results(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	const uint8_t *at = r->p;
	uint8_t b = wf_wasm_byte(r, "results");

	if (b == 0) {
		if (!r->failed)
			wf_component_valtype(c);
		return;
	}
	if (b != 1)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "results: 0x%02x, expected 0 or 1", b);
	at = r->p;
	if (wf_wasm_byte(r, "results") != 0)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "results: 0x%02x named ones, expected none", *at);
}

static void
label(struct wf_component *c, const char *what)
{
	struct wf_wasm_reader *r = c->r;
	const uint8_t *at = r->p;
	struct wf_str s = wf_wasm_name(r, what);

	if (!r->failed && !wf_extern_name_is_label(s))
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s \"%.*s\": expected a label", what,
		            (int)(s.len < 100 ? s.len : 100), s.p);
	else
		wf_component_name_add(&c->labels, s);
}

/* The labels that were read since the last time. */
static void
distinct_labels(struct wf_component *c, const char *what)
{
	wf_component_distinct(c->r, c->labels.v, c->labels.n, wf_extern_name_order, what);
	c->labels.n = 0;
}

/* A type of no members does not exist. */
static uint32_t
some(struct wf_wasm_reader *r, size_t min, uint32_t max, const char *what)
{
	const uint8_t *at = r->p;
	uint32_t n = wf_wasm_count(r, min, max, what);

	if (!r->failed && n == 0)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s: empty", what);
	return n;
}

/* vec of labels, each with a type (typed) or alone */
static void
members(struct wf_component *c, uint32_t n, bool typed, const char *what)
{
	struct wf_wasm_reader *r = c->r;

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		label(c, what);
		if (typed)
			wf_component_valtype(c);
	}
	distinct_labels(c, what);
}

static void
variant(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	uint32_t n = some(r, 3, WF_WASM_MAX_CASES, "variant");

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		const uint8_t *at;

		label(c, "variant case");
		optional(c, "variant case");
		at = r->p;
		if (wf_wasm_byte(r, "variant case") != 0)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "variant case: 0x%02x, expected 0", *at);
	}
	distinct_labels(c, "variant case");
}

static void
tuple(struct wf_component *c)
{
	uint32_t n = some(c->r, 1, WF_WASM_MAX_CASES, "tuple");

	for (uint32_t i = 0; i < n && !c->r->failed; i++)
		wf_component_valtype(c);
}

static void
resource(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	const uint8_t *at = r->p;
	uint8_t rep = wf_wasm_byte(r, "resource"), dtor;

	if (rep != 0x7f && rep != 0x7e)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "resource: represented by 0x%02x, expected i32 or i64", rep);
	else if (rep == 0x7e)
		wf_wasm_saw(r, WF_F_CM64);
	at = r->p;
	dtor = wf_wasm_byte(r, "resource");
	if (dtor > 1)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "resource: destructor 0x%02x, expected 0 or 1", dtor);
	else if (dtor == 1)
		(void)wf_component_index(c, wf_component_top(c), WF_SORT_CORE_FUNC, "destructor");
}

/* A type that holds no declarations; form was read. */
static void
leaf(struct wf_component *c, uint8_t form, const uint8_t *at)
{
	struct wf_wasm_reader *r = c->r;

	switch (form) {
	case 0x72: /* record */
		members(c, some(r, 2, WF_WASM_MAX_CASES, "record"), true, "record");
		return;
	case 0x71:
		variant(c);
		return;
	case 0x6f:
		tuple(c);
		return;
	case 0x6e: /* flags */
		members(c, some(r, 1, WF_WASM_MAX_FLAG_NAMES, "flags"), false, "flags");
		return;
	case 0x6d: /* enum */
		members(c, some(r, 1, WF_WASM_MAX_CASES, "enum"), false, "enum");
		return;
	case 0x63: /* map */
		wf_wasm_saw(r, WF_F_CM_MAP);
		wf_component_valtype(c);
		wf_component_valtype(c);
		return;
	case 0x70: /* list */
	case 0x6b: /* option */
		wf_component_valtype(c);
		return;
	case 0x6a: /* result */
		optional(c, "result");
		optional(c, "result");
		return;
	case 0x69: /* own */
	case 0x68: /* borrow */
		(void)wf_component_index(c, wf_component_top(c), WF_SORT_TYPE, "resource");
		return;
	case 0x67:
		wf_wasm_saw(r, WF_F_CM_FIXED_LISTS);
		wf_component_valtype(c);
		(void)wf_wasm_u32(r, "list length");
		return;
	case 0x66: /* stream */
	case 0x65: /* future */
		wf_wasm_saw(r, WF_F_CM_ASYNC);
		optional(c, "stream or future");
		return;
	case 0x43: /* async func */
		wf_wasm_saw(r, WF_F_CM_ASYNC);
		members(c, wf_wasm_count(r, 2, WF_WASM_MAX_PARAMS, "parameters"), true, "parameter");
		wf_component_results(c);
		return;
	case 0x40:
		members(c, wf_wasm_count(r, 2, WF_WASM_MAX_PARAMS, "parameters"), true, "parameter");
		wf_component_results(c);
		return;
	case 0x3f:
		resource(c);
		return;
	default:
		if (!primitive(r, form))
			wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown type 0x%02x", form);
	}
}

void
wf_component_type(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	const uint8_t *at = r->p;
	uint8_t form = wf_wasm_byte(r, "type");
	bool outermost;
	struct wf_frame *f;

	if (r->failed)
		return;
	if (form != 0x41 && form != 0x42) {
		leaf(c, form, at);
		f = wf_component_top(c);
		wf_component_add_item(c, f, WF_SORT_TYPE, (struct wf_surface_item){
			.how = WF_SURFACE_HERE, .a = (uint32_t)(at - r->base),
		});
		if (!r->failed && f->kind == WF_FRAME_COMPONENT)
			f->types[f->n[WF_SORT_TYPE] - 1].opaque = false;
		return;
	}
	outermost = wf_component_top(c)->kind == WF_FRAME_COMPONENT;
	f = wf_component_push(c, form == 0x41 ? WF_FRAME_COMPONENT_TYPE : WF_FRAME_INSTANCE_TYPE);
	if (!f)
		return;
	f->recorded = outermost && form == 0x42;
	if (f->recorded) {
		f->seen.instance = true;
		f->seen.first_func = (uint32_t)c->stack[c->depth - 2].w->niface_funcs;
	}
	f->left = wf_wasm_count(r, 2, WF_WASM_MAX_DECLS, "declarations");
}

/* --- core types -------------------------------------------------------------- */

static void
core_group(struct wf_component *c)
{
	struct wf_frame *f = wf_component_top(c);
	uint32_t n = wf_wasm_type_group(c->r, f->n[WF_SORT_CORE_TYPE], NULL, NULL);

	f->n[WF_SORT_CORE_TYPE] += n;
}

void
wf_component_core_type(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	struct wf_frame *f;

	if (r->p < r->end && *r->p == 0x50) {
		r->p++;
		f = wf_component_push(c, WF_FRAME_MODULE_TYPE);
		if (f)
			f->left = wf_wasm_count(r, 2, WF_WASM_MAX_MODULE_DECLS, "module type");
		return;
	}
	/* 0x50 also begins a subtype that is not final: that has 0x00 in front. */
	if (r->p < r->end && *r->p == 0x00) {
		r->p++;
		if (r->p < r->end && *r->p != 0x50)
			wf_wasm_bad(r, r->p, WF_R_MALFORMED, "core type: 0x%02x after 0, expected 0x50", *r->p);
	}
	core_group(c);
}

static void
core_externtype(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	const uint8_t *at = r->p;
	uint8_t kind = wf_wasm_byte(r, "kind");

	r->type_limit = wf_component_top(c)->n[WF_SORT_CORE_TYPE];
	switch (kind) {
	case 0x20:
		wf_wasm_saw(r, WF_F_DESCRIPTORS);
		(void)wf_wasm_type_index(r, "function");
		return;
	case WF_EXTERN_FUNC:
		(void)wf_wasm_type_index(r, "function");
		return;
	case WF_EXTERN_TABLE:
		(void)wf_wasm_type_table(r);
		return;
	case WF_EXTERN_MEMORY:
		(void)wf_wasm_type_memory(r);
		return;
	case WF_EXTERN_GLOBAL:
		(void)wf_wasm_type_global(r);
		return;
	case WF_EXTERN_TAG:
		wf_wasm_saw(r, WF_F_EXCEPTIONS);
		at = r->p;
		if (wf_wasm_byte(r, "tag") != 0)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "tag: attribute 0x%02x, expected 0", *at);
		(void)wf_wasm_type_index(r, "tag");
		return;
	default:
		wf_wasm_bad(r, at, WF_R_MALFORMED, "module type: unknown kind 0x%02x", kind);
	}
}

/* A type of the component around the module type, or of those around it. */
static void
core_alias(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	struct wf_frame *f = wf_component_top(c);
	const uint8_t *at = r->p;
	uint8_t b = wf_wasm_byte(r, "alias");
	uint32_t up;

	if (b != 0x10)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "alias: 0x%02x, expected a core type", b);
	at = r->p;
	b = wf_wasm_byte(r, "alias");
	if (b != 0x01)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "alias: 0x%02x, expected an outer one", b);
	at = r->p;
	up = wf_wasm_u32(r, "outer alias");
	if (!r->failed && up >= c->depth)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "outer alias: %u scopes up, there are %zu",
		            up, c->depth - 1);
	if (r->failed)
		return;
	(void)wf_component_index(c, &c->stack[c->depth - 1 - up], WF_SORT_CORE_TYPE, "outer alias");
	wf_component_add(c, f, WF_SORT_CORE_TYPE);
}

static void
module_decl(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	const uint8_t *at = r->p;
	uint8_t form = wf_wasm_byte(r, "module type");

	switch (form) {
	case 0x00: /* import */
		(void)wf_wasm_name(r, "import module");
		(void)wf_wasm_name(r, "import name");
		core_externtype(c);
		return;
	case 0x01:
		core_group(c);
		return;
	case 0x02:
		core_alias(c);
		return;
	case 0x03: /* export */
		(void)wf_wasm_name(r, "export name");
		core_externtype(c);
		return;
	default:
		wf_wasm_bad(r, at, WF_R_MALFORMED, "module type: unknown declaration 0x%02x", form);
	}
}

/* --- declarations --------------------------------------------------------------- */

/* What an instance type exports: functions by name, the rest by whether there
 * is any. */
static void
record(struct wf_component *c, struct wf_frame *f, const struct wf_component_extern *e)
{
	struct wf_wasm *w = c->stack[c->depth - 2].w;

	if (e->sort == WF_SORT_TYPE)
		return;
	if (e->sort != WF_SORT_FUNC) {
		f->seen.opaque = true;
		return;
	}
	if (c->funcs >= WF_WASM_MAX_IFACE_FUNCS) {
		wf_wasm_bad(c->r, c->r->p, WF_R_LIMIT, "functions of interfaces: more than the limit of %u",
		            WF_WASM_MAX_IFACE_FUNCS);
		return;
	}
	c->funcs++;
	w->iface_funcs = wf_wasm_section_grow(w->iface_funcs, w->niface_funcs, sizeof(e->name));
	w->iface_funcs[w->niface_funcs++] = e->name;
	f->seen.nfuncs++;
}

static void
declared_extern(struct wf_component *c, bool export)
{
	struct wf_frame *f = wf_component_top(c);
	struct wf_component_extern e = {.type = 0};

	wf_component_name(c, &e);
	wf_component_externtype(c, &e);
	if (c->r->failed)
		return;
	wf_component_define(c, f, &e);
	wf_component_name_add(&f->names[export], e.name);
	if (export)
		wf_component_export(c, f, &e, f->n[e.sort] - 1);
	if (export && f->recorded && !c->r->failed)
		record(c, f, &e);
}

void
wf_component_decl(struct wf_component *c)
{
	struct wf_wasm_reader *r = c->r;
	const uint8_t *at = r->p;
	struct wf_frame *f = wf_component_top(c);
	uint8_t form;

	f->left--;
	if (f->kind == WF_FRAME_MODULE_TYPE) {
		module_decl(c);
		return;
	}
	form = wf_wasm_byte(r, "declaration");
	switch (form) {
	case 0x00:
		if (!r->failed)
			wf_component_core_type(c);
		return;
	case 0x01:
		wf_component_type(c);
		return;
	case 0x02:
		wf_component_alias(c);
		return;
	case 0x03:
		if (f->kind == WF_FRAME_COMPONENT_TYPE) {
			declared_extern(c, false);
			return;
		}
		break;
	case 0x04:
		declared_extern(c, true);
		return;
	}
	wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown declaration 0x%02x", form);
}

void
wf_component_type_close(struct wf_component *c)
{
	struct wf_frame closed = *wf_component_top(c);
	struct wf_frame *f;

	wf_component_distinct(c->r, closed.names[0].v, closed.names[0].n, wf_extern_name_order,
	                      "import");
	wf_component_distinct(c->r, closed.names[1].v, closed.names[1].n, wf_extern_name_order,
	                      "export");
	wf_component_names_free(&closed.names[0]);
	wf_component_names_free(&closed.names[1]);
	c->depth--;
	f = wf_component_top(c);
	if (closed.kind == WF_FRAME_MODULE_TYPE)
		wf_component_add(c, f, WF_SORT_CORE_TYPE);
	else
		wf_component_add_item(c, f, WF_SORT_TYPE, (struct wf_surface_item){
			.how = WF_SURFACE_SCOPE, .a = closed.scope,
		});
	if (closed.recorded && !c->r->failed)
		f->types[f->n[WF_SORT_TYPE] - 1] = closed.seen;
}
