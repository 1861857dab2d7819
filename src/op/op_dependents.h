/* SPDX-License-Identifier: Apache-2.0
 *
 * What uses a function that is about to behave differently.
 */
#ifndef WF_OP_OP_DEPENDENTS_H
#define WF_OP_OP_DEPENDENTS_H

#include "op/op_install.h"

/* After the plan, for each function that gets another module or export, or is
 * immutable no longer: fills x->dependents.  WF_R_DEPENDENTS (65) when one of
 * them keeps results, unless in->accept_change. */
WF_MUST enum wf_rc wf_op_dependents(const struct wf_op_install *, struct wf_engine *,
                                    struct wf_op_installed *, struct wf_err *err);
/* [{"function","kind","object","stored","remedy"}] */
struct wf_json *wf_op_dependents_json(const struct wf_op_installed *);
/* The function that a dependent of x depends on. */
const struct wf_live_function *wf_op_dependents_of(const struct wf_op_installed *, size_t i);

#endif
