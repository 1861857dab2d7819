/* SPDX-License-Identifier: Apache-2.0
 *
 * How far back a function may go, as the ledger has it.
 */
#ifndef WF_OP_OP_FLOOR_H
#define WF_OP_OP_FLOOR_H

#include "op/op_install.h"

/* to: one of the rows.  WF_R_ROLLBACK_REFUSED (18) when it is below the floor
 * that a row about the same function carries, when it cannot be told whether
 * it is, or when its artifact was quarantined and not released since. */
WF_MUST enum wf_rc wf_op_floor(const struct wf_ledger_row *rows, size_t n,
                               const struct wf_ledger_row *to, struct wf_err *err);

/* For install: what is about to be sent, unless it is the artifact that the
 * newest row has.  WF_R_ROLLBACK_REFUSED (18) below such a floor, and when one
 * cannot be read; WF_R_MALFORMED (65) for an artifact whose own is no time. */
WF_MUST enum wf_rc wf_op_floors(const struct wf_op_install *, const struct wf_op_installed *,
                                struct wf_err *err);

#endif
