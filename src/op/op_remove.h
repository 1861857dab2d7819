/* SPDX-License-Identifier: Apache-2.0
 *
 * `remove`: takes functions out of one target, all or none, with a ledger row
 * each.
 */
#ifndef WF_OP_OP_REMOVE_H
#define WF_OP_OP_REMOVE_H

#include "op/op_named.h"

/* WF_R_CLAIMED (1) while a manifest file claims one of them and there is no
 * reason; WF_R_FAILED (1) when there is no such function; WF_R_AMBIGUOUS (64)
 * when there are several.  Nothing is removed then. */
WF_MUST enum wf_rc wf_op_remove(const struct wf_op_named *, struct wf_op_named_done *out,
                                struct wf_err *err);

#endif
