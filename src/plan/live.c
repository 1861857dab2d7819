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
	free(l);
}

void
wf_live_freep(struct wf_live **l)
{
	wf_live_free(*l);
	*l = NULL;
}
