/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads the name section on demand.  Must never keep half of a damaged one.
 */
#include "wasm/names.h"

#include "wasm/reader.h"

enum { NAME_MODULE = 0, NAME_FUNCS = 1, NAME_LOCALS = 2, NAME_LABELS = 3,
       NAME_FIELDS = 10, NAME_LAST = 11 };

/* vec(index, name), indices increasing. */
static void
map(struct wf_wasm_reader *r, const uint8_t **at, uint32_t *count)
{
	uint32_t n = wf_wasm_count(r, 2, UINT32_MAX, "names");
	int64_t last = -1;

	if (at) {
		*at = r->p;
		*count = n;
	}
	for (uint32_t i = 0; i < n && !r->failed; i++) {
		const uint8_t *p = r->p;
		uint32_t index = wf_wasm_u32(r, "index");

		if (!r->failed && index <= last)
			wf_wasm_bad(r, p, WF_R_MALFORMED, "names: index %u is out of order", index);
		last = index;
		(void)wf_wasm_name(r, "name");
	}
}

/* vec(index, map) */
static void
maps(struct wf_wasm_reader *r)
{
	uint32_t n = wf_wasm_count(r, 2, UINT32_MAX, "names");
	int64_t last = -1;

	for (uint32_t i = 0; i < n && !r->failed; i++) {
		const uint8_t *p = r->p;
		uint32_t index = wf_wasm_u32(r, "index");

		if (!r->failed && index <= last)
			wf_wasm_bad(r, p, WF_R_MALFORMED, "names: index %u is out of order", index);
		last = index;
		map(r, NULL, NULL);
	}
}

static void
subsection(struct wf_wasm_reader *r, uint8_t id, bool core, struct wf_wasm_names *out)
{
	if (id == NAME_MODULE)
		out->module = wf_wasm_name(r, "module name");
	else if (!core || id > NAME_LAST)
		r->p = r->end; /* sorts of a component, or newer than this */
	else if (id == NAME_FUNCS)
		map(r, &out->funcs, &out->nfuncs);
	else if (id == NAME_LOCALS || id == NAME_LABELS || id == NAME_FIELDS)
		maps(r);
	else
		map(r, NULL, NULL);
}

static void
section(struct wf_wasm_reader *r, bool core, struct wf_wasm_names *out)
{
	const uint8_t *end = r->end;
	int last = -1;

	while (r->p < end && !r->failed) {
		const uint8_t *at = r->p;
		uint8_t id = wf_wasm_byte(r, "subsection");
		uint32_t size = wf_wasm_u32(r, "subsection");

		/* Those of a component name one sort each and share an id. */
		if (core && id <= last)
			wf_wasm_bad(r, at, WF_R_MALFORMED, "subsection %u is out of order", id);
		else if (!r->failed && size > wf_wasm_left(r))
			wf_wasm_bad(r, at, WF_R_MALFORMED, "subsection %u: expected %u bytes, found %zu",
			            id, size, wf_wasm_left(r));
		if (r->failed)
			return;
		last = id;
		r->end = r->p + size;
		subsection(r, id, core, out);
		if (!r->failed && r->p != r->end)
			wf_wasm_bad(r, r->p, WF_R_MALFORMED, "subsection %u: bytes left over", id);
		if (!r->failed)
			r->end = end;
	}
}

struct wf_wasm_names
wf_wasm_names(const struct wf_wasm *w)
{
	bool core = w->kind == WF_WASM_CORE;
	struct wf_wasm_names out = {.state = WF_NAMES_ABSENT};

	for (size_t i = 0; i < w->ncustoms; i++) {
		const struct wf_wasm_custom *c = &w->customs[i];
		struct wf_err why = {0};
		struct wf_wasm_reader r = {
			.p = w->bytes + c->offset, .end = w->bytes + c->offset + c->size,
			.base = w->bytes, .err = &why,
		};

		if (!wf_str_eqz(c->name, core ? "name" : "component-name"))
			continue;
		if (out.state == WF_NAMES_ABSENT)
			section(&r, core, &out);
		else
			r.failed = true; /* a second one: which would be right? */
		if (r.failed)
			return (struct wf_wasm_names){.state = WF_NAMES_DAMAGED};
		out.state = WF_NAMES_WHOLE;
	}
	return out;
}

struct wf_str
wf_wasm_names_func(const struct wf_wasm *w, const struct wf_wasm_names *names, uint32_t func)
{
	struct wf_wasm_reader r = {
		.p = names->funcs, .end = w->bytes + w->offset + w->size, .base = w->bytes,
	};

	for (uint32_t i = 0; i < names->nfuncs; i++) {
		uint32_t index = wf_wasm_u32(&r, "index");
		struct wf_str name = wf_wasm_name(&r, "name");

		if (r.failed || index > func)
			break;
		if (index == func)
			return name;
	}
	return (struct wf_str){NULL, 0};
}
