/* SPDX-License-Identifier: Apache-2.0
 *
 * Policies as text and as one sum: the smallest policy that would allow
 * exactly one module, and what the policies that there are come to for one
 * reference.  Pure.
 */
#ifndef WF_POLICY_POLICY_SUGGEST_H
#define WF_POLICY_POLICY_SUGGEST_H

#include "policy/policy_eval.h"

/* A policy file for the module: every import by its name, its kind, its size,
 * its memories, a start function only where it has one, and a deny for every
 * feature that it does not use.  match: wf_ref.match ("" gives the pattern
 * for files).  Commented in our own words; names from outside only ever stand
 * in quotes.  WF_R_LIMIT past out's max. */
WF_MUST enum wf_rc wf_policy_suggest(const char *match, const struct wf_wasm *,
                                     const struct wf_capability *caps,
                                     const struct wf_digest *module, struct wf_buf *out,
                                     struct wf_err *err);

/* What a policy allows a function of that reference, for the engine to
 * enforce.  Unset ceilings are -1. */
struct wf_policy_effect {
	uint32_t classes;      /* allowed, and denied by no rule */
	uint64_t feature_deny;
	int64_t max_pages, max_size;
	struct wf_limits limits;
};

/* policy NULL: the built-in rule.  v is the verdict of the same policy about
 * the module: the classes of imports that are allowed by name count too. */
void wf_policy_effect(const struct wf_policy *, const char *match,
                      const struct wf_wasm *, const struct wf_capability *caps,
                      const struct wf_policy_verdict *v, struct wf_policy_effect *out);

#endif
