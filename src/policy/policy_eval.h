/* SPDX-License-Identifier: Apache-2.0
 *
 * The capability decision (contract section 7): a policy and a decoded module
 * in, a verdict with its reasons out.  Pure.  Default deny; denies of every
 * matching rule apply; the most specific matching rule decides what is
 * allowed; what is unknown is denied unless it is allowed by name.
 */
#ifndef WF_POLICY_POLICY_EVAL_H
#define WF_POLICY_POLICY_EVAL_H

#include "base/mem.h"
#include "policy/policy.h"
#include "wasm/capability.h"

struct wf_decision {
	struct wf_str subject;  /* "env.log", "memory 0"; bytes from outside */
	const char *capability; /* "log", "stdio+filesystem", "module.kinds", … */
	bool allowed;
	const char *rule;       /* "classes.allow log", "default deny", … */
	struct wf_pos pos;      /* of the rule; file NULL: built in */
};

/* Zero is a refusal. */
struct wf_policy_verdict {
	bool allowed;
	struct wf_decision *v; /* structure first, then imports in their order */
	size_t n, ndenied;
	uint32_t overgranted;  /* classes the deciding rule allows and no import needs */
	struct wf_arena arena; /* owns the texts */
	size_t cap;
};

#define WF_VERDICT_INIT {.allowed = false}

/* policy NULL, or one without a matching capability rule: the built-in rule,
 * which is: core module, no imports.  match is wf_ref.match; caps are those of
 * wf_capability_list.  The texts borrow the positions' file names from the
 * policy, which must outlive out.  out is freed by the caller. */
void wf_policy_eval(const struct wf_policy *policy, const char *match,
                    const struct wf_wasm *, const struct wf_capability *caps,
                    struct wf_policy_verdict *out);

/* A further policy that must also pass: its decisions are added, and it can
 * only take away.  One without a matching capability rule says nothing. */
void wf_policy_eval_also(const struct wf_policy *policy, const char *match,
                         const struct wf_wasm *, const struct wf_capability *caps,
                         struct wf_policy_verdict *out);

/* The section deny: one more denied decision for each digest of the module or
 * of its artifact (NULL for a file) that is on a list.  True: revoked. */
bool wf_policy_eval_revoked(const struct wf_policy *policy, const struct wf_digest *module,
                            const struct wf_digest *manifest, struct wf_policy_verdict *out);

/* The first denied decision, NULL when there is none. */
const struct wf_decision *wf_policy_verdict_denied(const struct wf_policy_verdict *);
void wf_policy_verdict_free(struct wf_policy_verdict *); /* NULL is fine; may be reused */

#endif
