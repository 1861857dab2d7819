/* SPDX-License-Identifier: Apache-2.0
 *
 * A trusted root from anywhere: what is read is whole, and its entries can be
 * asked for.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "trust/root.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look_at_ca(const struct wf_root_ca *ca)
{
	if (ca->ncerts == 0 || ca->anchor != ca->certs[ca->ncerts - 1] ||
	    ca->nintermediates >= ca->ncerts)
		abort();
}

static void
look_at_log(const struct wf_root *r, const struct wf_root_log *l)
{
	struct wf_str id = {(const char *)l->id, sizeof(l->id)};
	size_t i = 0;

	if (!l->key || !l->spki.len || l->window.start.sec == INT64_MIN)
		abort();
	if (!wf_root_log_next(r->logs, r->nlogs, id, &i))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_root_freep) struct wf_root *r = NULL;
	WF_AUTO(wf_freep) char *copy = wf_strndup((const char *)data, size);
	struct wf_err err = {0};
	size_t i;

	if (wf_root_parse((struct wf_str){copy, size}, "fuzz", &r, &err)) {
		if (err.reason != WF_R_CONFIG)
			abort();
		return 0;
	}
	for (i = 0; i < r->nlogs; i++)
		look_at_log(r, &r->logs[i]);
	for (i = 0; i < r->ncas; i++)
		look_at_ca(&r->cas[i]);
	for (i = 0; i < r->ntsas; i++)
		look_at_ca(&r->tsas[i]);
	return 0;
}
