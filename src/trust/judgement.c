/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a judgement.  Everything it holds is in its arena.
 */
#include <string.h>

#include "trust/trust.h"

void
wf_judgement_free(struct wf_judgement *j)
{
	if (!j)
		return;
	wf_arena_free(&j->arena);
	memset(j, 0, sizeof(*j));
}
