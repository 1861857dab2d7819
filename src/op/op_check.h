/* SPDX-License-Identifier: Apache-2.0
 *
 * One operand judged by the capability policy: the bytes that are hashed are
 * those that are decoded and judged.
 */
#ifndef WF_OP_OP_CHECK_H
#define WF_OP_OP_CHECK_H

#include "op/op_inspect.h"
#include "policy/policy_eval.h"

/* The policy that check judges by: the file named, else the machine's, else
 * none (*out NULL: the built-in rule).  Caller frees. */
WF_MUST enum wf_rc wf_op_check_policy(const char *path, struct wf_policy **out,
                                      struct wf_err *err);

/* As wf_op_inspect, then the verdict.  WF_R_DENIED names the first decision
 * that denies; v has them all.  policy must outlive v. */
WF_MUST enum wf_rc wf_op_check(const struct wf_op_inspect *, const struct wf_policy *,
                               struct wf_inspected *x, struct wf_verdict *v,
                               struct wf_err *err);

#endif
