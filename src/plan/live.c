/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a snapshot's life.
 */
#include "plan/live.h"

#include <stdlib.h>

void
wf_live_free(struct wf_live *l)
{
	if (!l)
		return;
	wf_json_free(l->docs);
	wf_arena_free(&l->arena);
	wf_arena_free(&l->bulk);
	free(l);
}

void
wf_live_judged(struct wf_live *l)
{
	size_t i;

	for (i = 0; i < l->nledger; i++)
		l->ledger[i].evidence_text = (struct wf_str){NULL, 0};
	wf_arena_free(&l->bulk);
}

void
wf_live_freep(struct wf_live **l)
{
	wf_live_free(*l);
	*l = NULL;
}

struct wf_spec
wf_live_claimed(const struct wf_live_function *f)
{
	struct wf_spec s = f->spec;

	if (!s.has_module && f->unprovable && f->has_column) {
		s.has_module = true;
		s.module = f->column;
	}
	return s;
}

const struct wf_live_function *
wf_live_find(const struct wf_live *live, const struct wf_spec *s)
{
	size_t i;

	for (i = 0; i < live->nfunctions; i++)
		if (wf_spec_same(&live->functions[i].spec, s))
			return &live->functions[i];
	return NULL;
}
