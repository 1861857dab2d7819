/* SPDX-License-Identifier: Apache-2.0
 *
 * References: one spelling each, and what policy sees names the same place.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ref/ref.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
registry(const struct wf_ref *r)
{
	WF_AUTO(wf_freep) char *plain = wf_asprintf("%s/%s", r->host, r->path);
	struct wf_ref again = WF_REF_INIT;

	if (strcmp(plain, r->match) != 0 || strchr(r->path, ':') || strchr(r->path, '@') ||
	    strstr(r->path, ".."))
		abort();
	if (wf_ref_parse(plain, &again, NULL) || again.kind != WF_REF_REGISTRY ||
	    strcmp(again.match, r->match) != 0 || again.tag || again.has_digest)
		abort();
	wf_ref_free(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_freep) char *text = wf_strndup((const char *)data, size);
	struct wf_ref r = WF_REF_INIT;
	struct wf_err err = {0};

	if (wf_ref_parse(text, &r, &err)) {
		if (r.kind != WF_REF_NONE || err.code != WF_E_USAGE)
			abort();
		return 0;
	}
	if (strcmp(r.text, text) != 0 || !r.match)
		abort();
	if (r.kind == WF_REF_REGISTRY)
		registry(&r);
	(void)wf_ref_is_loopback(r.host ? r.host : "");
	wf_ref_free(&r);
	return 0;
}
