/* SPDX-License-Identifier: Apache-2.0
 *
 * What reconcile, status and list found, as members of the document and as
 * lines for people.
 */
#ifndef WF_CMD_TARGET_REPORT_H
#define WF_CMD_TARGET_REPORT_H

#include "cmd/cmd.h"
#include "op/op_reconcile.h"

/* targets[] and findings[] of contract section 4. */
void wf_target_report_json(struct wf_out *, const struct wf_op_reconciled *);

/* One line a function; only: leave out those in sync. */
void wf_target_report_table(struct wf_out *, const struct wf_op_reconciled_target *,
                            bool only_wrong);

/* One line a function with digest, signer and limits. */
void wf_target_report_list(struct wf_out *, const struct wf_op_reconciled_target *);

#endif
