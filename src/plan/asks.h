/* SPDX-License-Identifier: Apache-2.0
 *
 * The paths and addresses that a function may reach, as they are recorded or
 * live, against the policy's `capabilities`: a manifest entry that is silent
 * about them takes them from the ledger, which is no authority.
 */
#ifndef WF_PLAN_ASKS_H
#define WF_PLAN_ASKS_H

#include "plan/spec.h"

/* What the policy says against spec->wasi for a reference of this match, one
 * phrase with the rule's place, in the arena; NULL: nothing.  policy NULL
 * allows all, wasi NULL or "null" asks for nothing; what is not in the shape of
 * a manifest file's `wasi` cannot be decided, and that is something against it. */
const char *wf_asks_against(const struct wf_policy *, const char *match,
                            const struct wf_spec *, struct wf_arena *);

#endif
