/* SPDX-License-Identifier: Apache-2.0
 *
 * Components (layer 1): the section framing and the names at the outermost
 * surface, component-model Binary.md.  Nested modules are not decoded and no
 * type is read, so nothing about a component may be called checked on the
 * strength of this.
 */
#include "wasm/section.h"

#include "wasm/limits.h"

enum { SECTION_CUSTOM = 0, SECTION_IMPORT = 10, SECTION_EXPORT = 11, SECTION_LAST = 12 };

static struct wf_str
ext_name(struct wf_wasm_reader *r)
{
	const uint8_t *at = r->p;
	uint8_t form = wf_wasm_byte(r, "name form");
	struct wf_str name = wf_wasm_name(r, "name");
	uint32_t n;

	if (form > 2) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown name form 0x%02x", form);
		return name;
	}
	n = form == 2 ? wf_wasm_count(r, 2, 3, "name attributes") : 0;
	for (uint32_t i = 0; i < n && !r->failed; i++) {
		at = r->p;
		if (wf_wasm_byte(r, "name attribute") > 2)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown name attribute 0x%02x", *at);
		(void)wf_wasm_name(r, "name attribute");
	}
	return name;
}

/* externtype; the kinds of this format mapped to ours. */
static enum wf_extern
ext_type(struct wf_wasm_reader *r)
{
	static const enum wf_extern kinds[] = {
		WF_EXTERN_MODULE, WF_EXTERN_FUNC, WF_EXTERN_VALUE,
		WF_EXTERN_TYPE, WF_EXTERN_COMPONENT, WF_EXTERN_INSTANCE,
	};
	const uint8_t *at = r->p;
	uint8_t kind = wf_wasm_byte(r, "type kind"), bound;

	if (kind >= WF_COUNT(kinds)) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown kind 0x%02x", kind);
		return WF_EXTERN_FUNC;
	}
	if (kind == 0 && wf_wasm_byte(r, "core kind") != 0x11)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "core import is no module");
	if (kind == 2 || kind == 3) {
		bound = wf_wasm_byte(r, "bound");
		if (bound > 1)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown bound 0x%02x", bound);
		if (kind == 2 && bound == 1)
			(void)wf_wasm_sleb(r, 33, "value type");
		if (kind == 3 && bound == 1)
			return kinds[kind]; /* sub resource: no operand */
		if (kind == 2 && bound == 1)
			return kinds[kind];
	}
	(void)wf_wasm_u32(r, "type index");
	return kinds[kind];
}

static enum wf_extern
sort_index(struct wf_wasm_reader *r, uint32_t *index)
{
	static const enum wf_extern kinds[] = {
		WF_EXTERN_MODULE, WF_EXTERN_FUNC, WF_EXTERN_VALUE,
		WF_EXTERN_TYPE, WF_EXTERN_COMPONENT, WF_EXTERN_INSTANCE,
	};
	const uint8_t *at = r->p;
	uint8_t sort = wf_wasm_byte(r, "sort");

	if (sort >= WF_COUNT(kinds)) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown sort 0x%02x", sort);
		return WF_EXTERN_FUNC;
	}
	if (sort == 0 && wf_wasm_byte(r, "core sort") != 0x11)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "core export is no module");
	*index = wf_wasm_u32(r, "index");
	return kinds[sort];
}

static void
imports(struct wf_wasm_reader *r, struct wf_wasm *w)
{
	uint32_t n = wf_wasm_count(r, 4, WF_WASM_MAX_IMPORTS, "imports");

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		struct wf_wasm_import imp = {.offset = wf_wasm_at(r)};

		imp.name = ext_name(r);
		imp.kind = ext_type(r);
		if (!r->failed && w->nimports >= WF_WASM_MAX_IMPORTS)
			wf_wasm_bad(r, r->p, WF_R_LIMIT, "imports: more than the limit of %u",
			            WF_WASM_MAX_IMPORTS);
		if (r->failed)
			return;
		w->imports = wf_wasm_section_grow(w->imports, w->nimports, sizeof(imp));
		w->imports[w->nimports++] = imp;
	}
}

static void
exports(struct wf_wasm_reader *r, struct wf_wasm *w)
{
	uint32_t n = wf_wasm_count(r, 5, WF_WASM_MAX_EXPORTS, "exports");

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		struct wf_wasm_export e = {.offset = wf_wasm_at(r)};
		const uint8_t *at;
		uint8_t typed;

		e.name = ext_name(r);
		e.kind = sort_index(r, &e.index);
		at = r->p;
		typed = wf_wasm_byte(r, "export type");
		if (typed == 1)
			(void)ext_type(r);
		else if (typed > 1)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "export type: 0x%02x, expected 0 or 1", typed);
		if (!r->failed && w->nexports >= WF_WASM_MAX_EXPORTS)
			wf_wasm_bad(r, r->p, WF_R_LIMIT, "exports: more than the limit of %u",
			            WF_WASM_MAX_EXPORTS);
		if (r->failed)
			return;
		w->exports = wf_wasm_section_grow(w->exports, w->nexports, sizeof(e));
		w->exports[w->nexports++] = e;
	}
}

void
wf_wasm_component(struct wf_wasm_reader *r, struct wf_wasm *w)
{
	const uint8_t *file_end = r->end;

	wf_wasm_saw(r, WF_F_COMPONENT_MODEL);
	while (r->p < file_end && !r->failed) {
		const uint8_t *at = r->p;
		uint8_t id = wf_wasm_byte(r, "section");
		uint32_t size = wf_wasm_u32(r, "section size");

		if (id > SECTION_LAST)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown section %u", id);
		else if (size > wf_wasm_left(r))
			wf_wasm_bad(r, at, WF_R_MALFORMED,
			            "section %u: expected %u bytes, found %zu",
			            id, size, wf_wasm_left(r));
		if (r->failed)
			return;
		r->end = r->p + size;
		if (id == SECTION_CUSTOM)
			wf_wasm_custom_section(r, w);
		else if (id == SECTION_IMPORT)
			imports(r, w);
		else if (id == SECTION_EXPORT)
			exports(r, w);
		else
			r->p = r->end;
		if (!r->failed && r->p != r->end)
			wf_wasm_bad(r, r->p, WF_R_MALFORMED, "section %u: %zu bytes left over",
			            id, wf_wasm_left(r));
		if (!r->failed)
			r->end = file_end;
	}
}
