/* SPDX-License-Identifier: Apache-2.0
 *
 * A saved plan whose digest is right, as a stranger would make it: what is
 * accepted is written the same again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "plan/saved.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
canonical(const struct wf_json *doc, struct wf_buf *out)
{
	return wf_json_dump(doc, WF_JSON_CANONICAL, out, NULL) == WF_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wf_str text = {(const char *)data, size};
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	WF_AUTO(wf_json_freep) struct wf_json *again = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf bare = WF_BUF_INIT(SIZE_MAX / 4);
	WF_AUTO(wf_buf_free) struct wf_buf whole = WF_BUF_INIT(SIZE_MAX / 4);
	WF_AUTO(wf_buf_free) struct wf_buf back = WF_BUF_INIT(SIZE_MAX / 4);
	WF_AUTO(wf_saved_free) struct wf_saved s = WF_SAVED_INIT;
	struct wf_digest d;
	struct wf_err e = {0};
	char digest[WF_DIGEST_TEXT];

	if (wf_json_parse_sparse(text, "plan", &doc, NULL) != WF_OK ||
	    wf_json_kind(doc) != WF_JSON_OBJECT)
		return 0;
	wf_json_del(doc, "digest");
	if (!canonical(doc, &bare))
		return 0;
	wf_digest_of(bare.p, bare.len, &d);
	wf_digest_text(&d, digest);
	wf_json_set_z(doc, "digest", digest);
	if (!canonical(doc, &whole))
		return 0;
	if (wf_saved_from_text(wf_buf_str(&whole), "plan", &s, &e) != WF_OK) {
		if (e.reason != WF_R_MALFORMED && e.reason != WF_R_PLAN_STALE &&
		    e.reason != WF_R_LIMIT)
			abort();
		return 0;
	}
	again = wf_saved_to_json(&s);
	if (!canonical(again, &back) || !wf_digest_eq(&s.digest, &d))
		abort();
	return 0;
}
