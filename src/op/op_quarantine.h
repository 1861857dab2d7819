/* SPDX-License-Identifier: Apache-2.0
 *
 * `quarantine`: nobody may execute the functions any more, their owners
 * neither, and nothing else about them changes: what is there is evidence.
 * `install --release` ends it.
 */
#ifndef WF_OP_OP_QUARANTINE_H
#define WF_OP_OP_QUARANTINE_H

#include "op/op_named.h"

/* As wf_op_remove.  One that is in quarantine already gets no second row.
 * WF_R_PRIVILEGE (77) when somebody has EXECUTE afterwards. */
WF_MUST enum wf_rc wf_op_quarantine(const struct wf_op_named *, struct wf_op_named_done *out,
                                    struct wf_err *err);

#endif
