/* SPDX-License-Identifier: Apache-2.0
 *
 * What was checked and held, in order, for `verify -v` and JSON.  Text is
 * escaped here.  A step is written after its check passed, never before.
 */
#ifndef WF_TRUST_STEPS_H
#define WF_TRUST_STEPS_H

#include <stddef.h>

#include "base/mem.h"

#define WF_STEPS_MAX 48u /* of one candidate and one authority; more are dropped */

struct wf_steps {
	struct wf_arena *arena; /* borrowed; keeps the text */
	char *v[WF_STEPS_MAX];
	size_t n;
};

/* NULL is fine: nothing is kept. */
void wf_steps_add(struct wf_steps *, const char *fmt, ...) WF_PRINTF(2, 3);

#endif
