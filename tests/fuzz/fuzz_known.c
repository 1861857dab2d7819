/* SPDX-License-Identifier: Apache-2.0
 *
 * The local state: what is read is written the same again, and each row is
 * found by its name.  And a ledger row's text: what is cut out and left says
 * what the whole says.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "plan/known.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
state(struct wf_str text)
{
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	WF_AUTO(wf_json_freep) struct wf_json *again = NULL;
	WF_AUTO(wf_known_free) struct wf_known k = {0};
	WF_AUTO(wf_known_free) struct wf_known back = {0};
	struct wf_err e = {0};
	size_t i;

	if (wf_json_parse(text, "state", &doc, NULL) != WF_OK)
		return;
	if (wf_known_from_json(doc, "7", "db", &k, &e) != WF_OK) {
		if (e.reason != WF_R_MALFORMED || k.n)
			abort();
		return;
	}
	for (i = 0; i < k.n; i++)
		if (wf_known_find(&k, k.rows[i].function) != &k.rows[i] || k.rows[i].seq < 1)
			abort();
	again = wf_known_to_json(&k, "7", "db");
	if (wf_known_from_json(again, "7", "db", &back, &e) != WF_OK || back.n != k.n)
		abort();
}

static void
row(struct wf_str text)
{
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	WF_AUTO(wf_json_freep) struct wf_json *whole = NULL;
	struct wf_arena a = {NULL};
	struct wf_ledger_row cut = {.seq = 0}, r = {.seq = 0};
	bool fits;

	/* what the reader of text takes, the reader of the whole takes too,
	 * unless the evidence is no object */
	if (wf_ledger_row_from_text(text, NULL, &a, &a, &doc, &cut, NULL) == WF_OK) {
		fits = wf_json_parse(text, "row", &whole, NULL) == WF_OK &&
		       wf_ledger_row_from_json(whole, &a, &r, NULL) == WF_OK;
		if (!cut.evidence_text.p && !fits)
			abort();
		if (fits && (r.seq != cut.seq || strcmp(r.action, cut.action) != 0 ||
		             strcmp(r.spec.name, cut.spec.name) != 0))
			abort();
	}
	wf_arena_free(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wf_str text = {(const char *)data, size};

	state(text);
	row(text);
	return 0;
}
