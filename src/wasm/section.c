/* SPDX-License-Identifier: Apache-2.0
 *
 * Imports, functions, tables, memories, tags, globals, exports, start and
 * segments.  An entry of unknown kind fails the whole decoding: a list that
 * stops short would be a lie about what a module can reach.
 */
#include "wasm/section.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wasm/limits.h"
#include "wasm/type.h"

void *
wf_wasm_section_grow(void *array, size_t n, size_t size)
{
	/* Powers of two from 8: full exactly when n is one of them. */
	if (n == 0)
		return wf_realloc(array, 8 * size);
	if (n >= 8 && (n & (n - 1)) == 0)
		return wf_realloc(array, 2 * n * size);
	return array;
}

#define APPEND(w, list, count, value) do { \
	(w)->list = wf_wasm_section_grow((w)->list, (w)->count, sizeof(*(w)->list)); \
	(w)->list[(w)->count++] = (value); \
} while (0)

static void
room(struct wf_wasm_reader *r, const uint8_t *at, size_t have, size_t max, const char *what)
{
	if (!r->failed && have >= max)
		wf_wasm_bad(r, at, WF_R_LIMIT, "%s: more than the limit of %zu", what, max);
}

static uint32_t
func_type(struct wf_wasm_reader *r, const struct wf_wasm *w, const char *what)
{
	const uint8_t *at = r->p;
	uint32_t t = wf_wasm_type_index(r, what);

	if (!r->failed && w->types[t].form != 0x60)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s: type %u is no function type", what, t);
	return t;
}

static uint32_t
tag_type(struct wf_wasm_reader *r, const struct wf_wasm *w)
{
	const uint8_t *at = r->p;
	uint8_t attribute = wf_wasm_byte(r, "tag");

	wf_wasm_saw(r, WF_F_EXCEPTIONS);
	if (attribute != 0)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "tag: attribute 0x%02x, expected 0", attribute);
	return func_type(r, w, "tag");
}

/* --- imports --------------------------------------------------------------- */

static void
add_func(struct wf_wasm_reader *r, struct wf_wasm *w, const uint8_t *at, uint32_t type)
{
	room(r, at, w->nfuncs, WF_WASM_MAX_FUNCS, "functions");
	if (!r->failed)
		APPEND(w, funcs, nfuncs, type);
}

static void
add_table(struct wf_wasm_reader *r, struct wf_wasm *w, const uint8_t *at,
          struct wf_wasm_table t)
{
	room(r, at, w->ntables, WF_WASM_MAX_TABLES, "tables");
	if (r->failed)
		return;
	APPEND(w, tables, ntables, t);
	if (w->ntables > 1)
		wf_wasm_saw(r, WF_F_REF_TYPES);
}

static void
add_memory(struct wf_wasm_reader *r, struct wf_wasm *w, const uint8_t *at,
           struct wf_wasm_limits l)
{
	room(r, at, w->nmemories, WF_WASM_MAX_MEMORIES, "memories");
	if (r->failed)
		return;
	APPEND(w, memories, nmemories, l);
	if (w->nmemories > 1)
		wf_wasm_saw(r, WF_F_MULTI_MEMORY);
}

static void
add_global(struct wf_wasm_reader *r, struct wf_wasm *w, const uint8_t *at,
           struct wf_wasm_global g)
{
	room(r, at, w->nglobals, WF_WASM_MAX_GLOBALS, "globals");
	if (!r->failed)
		APPEND(w, globals, nglobals, g);
}

static void
add_tag(struct wf_wasm_reader *r, struct wf_wasm *w, const uint8_t *at, uint32_t type)
{
	room(r, at, w->ntags, WF_WASM_MAX_TAGS, "tags");
	if (!r->failed)
		APPEND(w, tags, ntags, type);
}

/* The type that an import asks for; for the shared form of a group it is
 * read once and added once for each name. */
static void
import_type(struct wf_wasm_reader *r, struct wf_wasm *w, struct wf_wasm_import *imp,
            const uint8_t *at, uint8_t kind)
{
	if (kind == 0x20) { /* exact func, custom descriptors */
		wf_wasm_saw(r, WF_F_DESCRIPTORS);
		kind = WF_EXTERN_FUNC;
	}
	switch (kind) {
	case WF_EXTERN_FUNC:
		imp->index = (uint32_t)w->nfuncs;
		add_func(r, w, at, func_type(r, w, "imported function"));
		break;
	case WF_EXTERN_TABLE:
		imp->index = (uint32_t)w->ntables;
		add_table(r, w, at, wf_wasm_type_table(r));
		break;
	case WF_EXTERN_MEMORY:
		imp->index = (uint32_t)w->nmemories;
		add_memory(r, w, at, wf_wasm_type_memory(r));
		break;
	case WF_EXTERN_GLOBAL: {
		struct wf_wasm_global g = wf_wasm_type_global(r);

		if (g.mutable_)
			wf_wasm_saw(r, WF_F_MUTABLE_GLOBAL);
		imp->index = (uint32_t)w->nglobals;
		add_global(r, w, at, g);
		break;
	}
	case WF_EXTERN_TAG:
		imp->index = (uint32_t)w->ntags;
		add_tag(r, w, at, tag_type(r, w));
		break;
	default:
		wf_wasm_bad(r, at, WF_R_MALFORMED, "import %zu: unknown kind 0x%02x",
		            w->nimports, kind);
		return;
	}
	imp->kind = (enum wf_extern)kind;
}

static void
add_import(struct wf_wasm_reader *r, struct wf_wasm *w, struct wf_wasm_import imp,
           const uint8_t *at, uint8_t kind)
{
	room(r, at, w->nimports, WF_WASM_MAX_IMPORTS, "imports");
	if (r->failed)
		return;
	imp.offset = (size_t)(at - r->base);
	import_type(r, w, &imp, at, kind);
	if (r->failed)
		return;
	if (wf_str_eqz(imp.module, "wasm:js-string"))
		wf_wasm_saw(r, WF_F_JS_STRING);
	APPEND(w, imports, nimports, imp);
}

/* Compact import section: an empty field name, then 0x7f (each name has its
 * own type) or 0x7e (one type for all names). */
static void
import_group(struct wf_wasm_reader *r, struct wf_wasm *w, struct wf_str module, uint8_t form)
{
	struct wf_wasm_import imp = {.module = module};
	const uint8_t *type_at = r->p, *names_at;
	uint32_t n;

	wf_wasm_saw(r, WF_F_COMPACT_IMPORTS);
	if (form == 0x7f) {
		n = wf_wasm_count(r, 3, WF_WASM_MAX_IMPORTS, "imports of a group");
		for (uint32_t i = 0; i < n && !r->failed; i++) {
			const uint8_t *at = r->p;

			imp.name = wf_wasm_name(r, "import name");
			add_import(r, w, imp, at, wf_wasm_byte(r, "import kind"));
		}
		return;
	}
	/* The type comes first and is read again for each name: skip it once
	 * to find the names, on a scratch value so that nothing is added. */
	{
		struct wf_wasm scratch = {.types = w->types, .ntypes = w->ntypes};
		struct wf_wasm_import none = {0};
		uint8_t kind = wf_wasm_byte(r, "import kind");

		import_type(r, &scratch, &none, type_at, kind);
		free(scratch.funcs);
		free(scratch.tables);
		free(scratch.memories);
		free(scratch.globals);
		free(scratch.tags);
	}
	n = wf_wasm_count(r, 1, WF_WASM_MAX_IMPORTS, "imports of a group");
	for (uint32_t i = 0; i < n && !r->failed; i++) {
		names_at = r->p;
		imp.name = wf_wasm_name(r, "import name");
		if (r->failed)
			return;
		{
			const uint8_t *next = r->p;

			r->p = type_at;
			add_import(r, w, imp, names_at, wf_wasm_byte(r, "import kind"));
			if (!r->failed)
				r->p = next;
		}
	}
}

void
wf_wasm_section_import(struct wf_wasm_reader *r, struct wf_wasm *w)
{
	uint32_t n = wf_wasm_count(r, 4, WF_WASM_MAX_IMPORTS, "imports");

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		const uint8_t *at = r->p;
		struct wf_wasm_import imp = {.module = wf_wasm_name(r, "import module")};
		uint8_t kind;

		imp.name = wf_wasm_name(r, "import name");
		kind = wf_wasm_byte(r, "import kind");
		if (r->failed)
			return;
		if (imp.name.len == 0 && (kind == 0x7f || kind == 0x7e))
			import_group(r, w, imp.module, kind);
		else
			add_import(r, w, imp, at, kind);
	}
	w->nimported_funcs = w->nfuncs;
	w->nimported_tables = w->ntables;
	w->nimported_memories = w->nmemories;
	w->nimported_globals = w->nglobals;
	w->nimported_tags = w->ntags;
}

/* --- definitions ------------------------------------------------------------ */

void
wf_wasm_section_function(struct wf_wasm_reader *r, struct wf_wasm *w)
{
	uint32_t n = wf_wasm_count(r, 1, WF_WASM_MAX_FUNCS, "functions");

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		const uint8_t *at = r->p;

		add_func(r, w, at, func_type(r, w, "function"));
	}
}

void
wf_wasm_section_table(struct wf_wasm_reader *r, struct wf_wasm *w, struct wf_wasm_code *c)
{
	uint32_t n = wf_wasm_count(r, 3, WF_WASM_MAX_TABLES, "tables");

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		const uint8_t *at = r->p;
		bool init = r->p < r->end && *r->p == 0x40;
		struct wf_wasm_table t;

		if (init) {
			r->p++;
			if (wf_wasm_byte(r, "table") != 0)
				wf_wasm_bad(r, at + 1, WF_R_MALFORMED,
				            "table: expected 0x00 after 0x40");
			wf_wasm_saw(r, WF_F_FUNC_REFS);
		}
		t = wf_wasm_type_table(r);
		if (init && !r->failed)
			wf_wasm_code_expr(c, r, true);
		add_table(r, w, at, t);
	}
}

void
wf_wasm_section_memory(struct wf_wasm_reader *r, struct wf_wasm *w)
{
	uint32_t n = wf_wasm_count(r, 2, WF_WASM_MAX_MEMORIES, "memories");

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		const uint8_t *at = r->p;

		add_memory(r, w, at, wf_wasm_type_memory(r));
	}
}

void
wf_wasm_section_tag(struct wf_wasm_reader *r, struct wf_wasm *w)
{
	uint32_t n = wf_wasm_count(r, 2, WF_WASM_MAX_TAGS, "tags");

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		const uint8_t *at = r->p;

		add_tag(r, w, at, tag_type(r, w));
	}
}

void
wf_wasm_section_global(struct wf_wasm_reader *r, struct wf_wasm *w, struct wf_wasm_code *c)
{
	uint32_t n = wf_wasm_count(r, 3, WF_WASM_MAX_GLOBALS, "globals");

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		const uint8_t *at = r->p;
		struct wf_wasm_global g = wf_wasm_type_global(r);

		if (!r->failed)
			wf_wasm_code_expr(c, r, true);
		add_global(r, w, at, g);
	}
}

/* --- exports ---------------------------------------------------------------- */

static size_t
space(const struct wf_wasm *w, uint8_t kind)
{
	const size_t n[WF_EXTERN_COUNT] = {
		w->nfuncs, w->ntables, w->nmemories, w->nglobals, w->ntags,
	};

	return n[kind];
}

static int
by_name(const void *a, const void *b)
{
	const struct wf_wasm_export *const *x = a, *const *y = b;
	size_t n = (*x)->name.len < (*y)->name.len ? (*x)->name.len : (*y)->name.len;
	int c = n ? memcmp((*x)->name.p, (*y)->name.p, n) : 0;

	if (c)
		return c;
	return ((*x)->name.len > (*y)->name.len) - ((*x)->name.len < (*y)->name.len);
}

/* Names of exports differ: two under one name would let two readers of the
 * same module see two functions. */
static void
unique_exports(struct wf_wasm_reader *r, const struct wf_wasm *w)
{
	const struct wf_wasm_export **v;

	if (r->failed || w->nexports < 2)
		return;
	v = wf_malloc(w->nexports * sizeof(*v));
	for (size_t i = 0; i < w->nexports; i++)
		v[i] = &w->exports[i];
	qsort(v, w->nexports, sizeof(*v), by_name);
	for (size_t i = 1; i < w->nexports && !r->failed; i++) {
		size_t at = v[i]->offset > v[i - 1]->offset ? v[i]->offset : v[i - 1]->offset;

		if (by_name(&v[i - 1], &v[i]) == 0)
			wf_wasm_bad(r, r->base + at, WF_R_MALFORMED, "export %.*s: duplicate name",
			            (int)(v[i]->name.len < 100 ? v[i]->name.len : 100), v[i]->name.p);
	}
	free(v);
}

void
wf_wasm_section_export(struct wf_wasm_reader *r, struct wf_wasm *w)
{
	uint32_t n = wf_wasm_count(r, 3, WF_WASM_MAX_EXPORTS, "exports");

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		const uint8_t *at = r->p;
		struct wf_wasm_export e = {.name = wf_wasm_name(r, "export name")};
		uint8_t kind = wf_wasm_byte(r, "export kind");

		e.offset = (size_t)(at - r->base);
		e.index = wf_wasm_u32(r, "export index");
		if (r->failed)
			return;
		if (kind >= WF_EXTERN_COUNT) {
			wf_wasm_bad(r, at, WF_R_MALFORMED, "export %u: unknown kind 0x%02x", i, kind);
			return;
		}
		e.kind = (enum wf_extern)kind;
		if (e.index >= space(w, kind)) {
			wf_wasm_bad(r, at, WF_R_MALFORMED, "export %u: %s %u does not exist (there are %zu)",
			            i, wf_wasm_extern_word(e.kind), e.index, space(w, kind));
			return;
		}
		if (kind == WF_EXTERN_GLOBAL && w->globals[e.index].mutable_)
			wf_wasm_saw(r, WF_F_MUTABLE_GLOBAL);
		APPEND(w, exports, nexports, e);
	}
	unique_exports(r, w);
}

void
wf_wasm_section_start(struct wf_wasm_reader *r, struct wf_wasm *w)
{
	const uint8_t *at = r->p;
	uint32_t f = wf_wasm_u32(r, "start");

	if (r->failed)
		return;
	if (f >= w->nfuncs) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "start: function %u does not exist (there are %zu)",
		            f, w->nfuncs);
		return;
	}
	if (w->types[w->funcs[f]].nparams || w->types[w->funcs[f]].nresults) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "start: function %u takes or gives values", f);
		return;
	}
	w->has_start = true;
	w->start = f;
}

/* --- segments --------------------------------------------------------------- */

static void
segment_table(struct wf_wasm_reader *r, const struct wf_wasm *w, const uint8_t *at, uint32_t i)
{
	if (!r->failed && i >= w->ntables)
		wf_wasm_bad(r, at, WF_R_MALFORMED,
		            "element segment: table %u does not exist (there are %zu)",
		            i, w->ntables);
}

/* Spec 5.5.12.  flags: bit 0 not active, bit 1 explicit table (active) or
 * declarative, bit 2 expressions instead of function indices. */
static void
element(struct wf_wasm_reader *r, struct wf_wasm *w, struct wf_wasm_code *c)
{
	const uint8_t *at = r->p;
	uint32_t flags = wf_wasm_u32(r, "element segment");
	bool exprs = flags & 4;
	uint32_t n;

	if (flags > 7) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "element segment: unknown flags 0x%x", flags);
		return;
	}
	if (flags & 1) {
		wf_wasm_saw(r, WF_F_BULK_MEMORY);
	} else {
		uint32_t table = flags & 2 ? wf_wasm_u32(r, "table index") : 0;

		segment_table(r, w, at, table);
		if (!r->failed)
			wf_wasm_code_expr(c, r, true);
		w->nelems_active++;
	}
	if (exprs)
		wf_wasm_saw(r, WF_F_REF_TYPES);
	if ((flags & 3) && exprs) {
		(void)wf_wasm_type_ref(r, "element type");
	} else if (flags & 3) {
		at = r->p;
		if (wf_wasm_byte(r, "element kind") != 0)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "element segment: unknown kind 0x%02x", *at);
	}
	n = wf_wasm_count(r, exprs ? 2 : 1, UINT32_MAX, "elements");
	for (uint32_t i = 0; i < n && !r->failed; i++) {
		if (exprs) {
			wf_wasm_code_expr(c, r, true);
			continue;
		}
		at = r->p;
		if (wf_wasm_u32(r, "function index") >= w->nfuncs)
			wf_wasm_bad(r, at, WF_R_MALFORMED,
			            "element: the function does not exist (there are %zu)", w->nfuncs);
	}
}

void
wf_wasm_section_elem(struct wf_wasm_reader *r, struct wf_wasm *w, struct wf_wasm_code *c)
{
	w->nelems = wf_wasm_count(r, 2, WF_WASM_MAX_SEGMENTS, "element segments");
	for (uint32_t i = 0; i < w->nelems && !r->failed; i++)
		element(r, w, c);
}

/* Spec 5.5.14. */
static void
data(struct wf_wasm_reader *r, struct wf_wasm *w, struct wf_wasm_code *c)
{
	const uint8_t *at = r->p;
	uint32_t flags = wf_wasm_u32(r, "data segment");

	if (flags > 2) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "data segment: unknown flags 0x%x", flags);
		return;
	}
	if (flags == 1) {
		wf_wasm_saw(r, WF_F_BULK_MEMORY);
	} else {
		uint32_t mem = flags == 2 ? wf_wasm_u32(r, "memory index") : 0;

		if (!r->failed && mem >= w->nmemories)
			wf_wasm_bad(r, at, WF_R_MALFORMED,
			            "data segment: memory %u does not exist (there are %zu)",
			            mem, w->nmemories);
		if (mem != 0)
			wf_wasm_saw(r, WF_F_MULTI_MEMORY);
		if (!r->failed)
			wf_wasm_code_expr(c, r, true);
		w->ndatas_active++;
	}
	w->data_bytes += wf_wasm_take(r, wf_wasm_u32(r, "data segment"), "data segment").len;
}

void
wf_wasm_section_data(struct wf_wasm_reader *r, struct wf_wasm *w, struct wf_wasm_code *c)
{
	w->ndatas = wf_wasm_count(r, 2, WF_WASM_MAX_SEGMENTS, "data segments");
	for (uint32_t i = 0; i < w->ndatas && !r->failed; i++)
		data(r, w, c);
}
