/* SPDX-License-Identifier: Apache-2.0
 *
 * Custom sections: where they are, and what `producers` says.  What is inside
 * one never makes a module malformed (spec 5.5.3) and never decides anything.
 */
#include "wasm/section.h"

#include <stdlib.h>

#include "wasm/limits.h"

/* Tool conventions: vec(field name, vec(name, version)).  A reader of its
 * own: a failure in here drops the rows and nothing else. */
static void
producers(struct wf_wasm *w, const uint8_t *base, struct wf_str body)
{
	struct wf_wasm_reader r = {
		.p = (const uint8_t *)body.p, .end = (const uint8_t *)body.p + body.len,
		.base = base,
	};
	size_t before = w->nproducers;
	uint32_t fields = wf_wasm_count(&r, 2, WF_WASM_MAX_PRODUCERS, "producers");

	for (uint32_t f = 0; f < fields && !r.failed; f++) {
		struct wf_wasm_producer row = {.field = wf_wasm_name(&r, "field")};
		uint32_t n = wf_wasm_count(&r, 2, WF_WASM_MAX_PRODUCERS, "values");

		for (uint32_t i = 0; i < n && !r.failed; i++) {
			row.name = wf_wasm_name(&r, "name");
			row.version = wf_wasm_name(&r, "version");
			if (r.failed || w->nproducers >= WF_WASM_MAX_PRODUCERS)
				break;
			w->producers = wf_wasm_section_grow(w->producers, w->nproducers, sizeof(row));
			w->producers[w->nproducers++] = row;
		}
	}
	if (r.failed || r.p != r.end)
		w->nproducers = before;
}

void
wf_wasm_custom_section(struct wf_wasm_reader *r, struct wf_wasm *w)
{
	const uint8_t *at = r->p;
	struct wf_wasm_custom c = {.name = wf_wasm_name(r, "custom section name")};
	struct wf_str body;

	if (r->failed)
		return;
	if (w->ncustoms >= WF_WASM_MAX_CUSTOMS) {
		wf_wasm_bad(r, at, WF_R_LIMIT, "custom sections: more than the limit of %u",
		            WF_WASM_MAX_CUSTOMS);
		return;
	}
	c.offset = wf_wasm_at(r);
	c.size = wf_wasm_left(r);
	body = wf_wasm_take(r, c.size, "custom section");
	if (wf_str_eqz(c.name, "producers") && w->nproducers == 0)
		producers(w, r->base, body);
	else if (wf_str_eqz(c.name, "metadata.code.branch_hint"))
		wf_wasm_saw(r, WF_F_BRANCH_HINTS);
	w->customs = wf_wasm_section_grow(w->customs, w->ncustoms, sizeof(c));
	w->customs[w->ncustoms++] = c;
}
