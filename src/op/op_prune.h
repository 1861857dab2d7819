/* SPDX-License-Identifier: Apache-2.0
 *
 * `install --prune`: takes out what the ledger says wasmfn put there and no
 * manifest file claims any more.  Foreign functions stay, and so does what is
 * in quarantine.
 */
#ifndef WF_OP_OP_PRUNE_H
#define WF_OP_OP_PRUNE_H

#include "op/op_install.h"

/* Of the functions that the ledger records and the database has; more than
 * this in one run is a wrong -f more often than a wish. */
#define WF_PRUNE_PERCENT 25u

/* After the plan: adds the removals to the steps.  WF_R_PLAN_REFUSED (65), with
 * the numbers, when no entry is left or more than in->prune_percent would go;
 * with dry_run that is only said.  WF_R_TAMPERED (16) for a row that
 * contradicts its evidence. */
WF_MUST enum wf_rc wf_op_prune_plan(const struct wf_op_install *, struct wf_engine *,
                                    struct wf_op_installed *, struct wf_err *err);
WF_MUST enum wf_rc wf_op_prune_send(struct wf_engine *, const struct wf_op_installed *,
                                    struct wf_err *err);
/* A row each: rows has room for x->nprune. */
WF_MUST enum wf_rc wf_op_prune_record(struct wf_engine *, const struct wf_op_installed *,
                                      const struct wf_live *after, struct wf_json *settings,
                                      struct wf_ledger_row *rows, struct wf_err *err);

#endif
