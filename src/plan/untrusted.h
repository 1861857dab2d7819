/* SPDX-License-Identifier: Apache-2.0
 *
 * What policy says about functions in untrusted languages.  Pure.
 */
#ifndef WF_PLAN_UNTRUSTED_H
#define WF_PLAN_UNTRUSTED_H

#include "plan/live.h"

/* functions.untrusted is `deny` and the schema is one that functions.schemas
 * names (without a list: any). */
bool wf_untrusted_denied(const struct wf_function_policy *, const struct wf_live_untrusted *);

#endif
