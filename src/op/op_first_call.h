/* SPDX-License-Identifier: Apache-2.0
 *
 * The `check` of manifest entries: said in the plan, made before COMMIT.
 */
#ifndef WF_OP_OP_FIRST_CALL_H
#define WF_OP_OP_FIRST_CALL_H

#include "op/op_install.h"

/* Fills w->check.  WF_R_PLAN_REFUSED (65) when its values are not as many as
 * the function has arguments. */
WF_MUST enum wf_rc wf_op_first_call_want(const struct wf_op_install_fn *, struct wf_arena *,
                                         struct wf_steps_want *w, struct wf_err *err);
/* Can those that the plan has be made?  Asks the target only if it has one. */
WF_MUST enum wf_rc wf_op_first_calls_ready(const struct wf_op_installed *, struct wf_engine *,
                                           struct wf_err *err);
/* All of them, inside the transaction. */
WF_MUST enum wf_rc wf_op_first_calls(const struct wf_op_installed *, struct wf_engine *,
                                     struct wf_err *err);

#endif
