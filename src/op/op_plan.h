/* SPDX-License-Identifier: Apache-2.0
 *
 * Saved plans on disk, and the comparison of one with what an apply sees
 * itself.  A plan file holds hashes and steps to compare with, never anything
 * to carry out, and never a secret.
 */
#ifndef WF_OP_OP_PLAN_H
#define WF_OP_OP_PLAN_H

#include "op/op_install.h"
#include "plan/saved.h"

/* What was seen to be judged by: manifest files and policy.  now borrows from
 * claims; its strings live in its arena. */
WF_MUST enum wf_rc wf_op_plan_inputs(struct wf_op_judge *, const struct wf_op_claims *,
                                     struct wf_saved *now, struct wf_err *err);

/* Writes the plan of a dry run, mode 0600, whole or not at all.  operands: -f
 * as given.  digest: of the plan, for people to compare. */
WF_MUST enum wf_rc wf_op_plan_save(const char *path, const struct wf_op_install *,
                                   const struct wf_op_installed *,
                                   const char *const *operands, size_t n,
                                   char digest[WF_DIGEST_TEXT], struct wf_err *err);

/* WF_R_UNSAFE_FILE (78) where others could have written it, WF_R_NO_INPUT,
 * WF_R_MALFORMED, WF_R_LIMIT, WF_R_PLAN_STALE. */
WF_MUST enum wf_rc wf_op_plan_load(const char *path, struct wf_saved *out, struct wf_err *err);

/* For wf_op_install with a saved plan: before anything is fetched, and once
 * live has been read (rc: what planning came to; the more severe wins). */
WF_MUST enum wf_rc wf_op_plan_before(const struct wf_op_install *, struct wf_err *err);
WF_MUST enum wf_rc wf_op_plan_after(const struct wf_op_install *, const struct wf_op_installed *,
                                    enum wf_rc rc, struct wf_err *err);

#endif
