/* SPDX-License-Identifier: Apache-2.0
 *
 * An upgrade before it is made: what the new module can do that the old one
 * cannot, and whether policy names it.
 */
#ifndef WF_OP_OP_DIFF_H
#define WF_OP_OP_DIFF_H

#include "op/op_inspect.h"
#include "policy/policy_eval.h"
#include "wasm/delta.h"

struct wf_op_diff {
	struct wf_inspected before, after;
	struct wf_delta delta;
	/* policy on both, by the reference of the new one; decisions that deny
	 * the new one and did not deny the old one are new_denied[] */
	struct wf_policy_verdict was, is;
	const struct wf_decision **new_denied;
	size_t nnew_denied;
	const struct wf_decision **sorted; /* private */
	bool compared; /* false: a side could not be read */
};
#define WF_OP_DIFF_INIT {.before = WF_INSPECTED_INIT, .after = WF_INSPECTED_INIT}

/* The reasons of wf_op_inspect for either side.  WF_R_DENIED: the new one
 * gains what policy (NULL: the built-in rule) denies; WF_R_REVOKED: it is on
 * a deny list.  Free out in any case; policy must outlive it. */
WF_MUST enum wf_rc wf_op_diff(struct wf_op_inspect *, const char *before, const char *after,
                              const struct wf_policy *policy, struct wf_op_diff *out,
                              struct wf_err *err);
/* The decision of the new module about a row of the delta; NULL: policy says
 * nothing of its kind (exports, tables, what was lost). */
const struct wf_decision *wf_op_diff_decision(const struct wf_op_diff *,
                                              const struct wf_delta_row *);
void wf_op_diff_free(struct wf_op_diff *);

#endif
