/* SPDX-License-Identifier: Apache-2.0
 *
 * This host's memory of a target's ledger, for the verbs that change it: what
 * is known must stand before anything is added, and what was added is known
 * from then on.  A host without memory (a CI runner) needs none.
 */
#ifndef WF_OP_OP_HEAD_H
#define WF_OP_OP_HEAD_H

#include "engine/state.h"

/* What wf_steps_ledger says of the ledger by itself, then of it and this host:
 * WF_R_TAMPERED (16), naming what happened, when the head or a row that this
 * host knows is not in the ledger any more.  Knowing nothing is fine; a memory
 * that cannot be read, or found for want of the server's identifier, is not.
 * state_dir may be NULL. */
WF_MUST enum wf_rc wf_op_head_check(const char *state_dir, const struct wf_live *,
                                    struct wf_err *err);

/* After COMMIT: the rows just written, in order; live is of the same session.
 * That it could not be remembered is a warning, since the change is done. */
void wf_op_head_learn(const char *state_dir, const struct wf_live *,
                      const struct wf_ledger_row *rows, size_t n);

#endif
