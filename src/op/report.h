/* SPDX-License-Identifier: Apache-2.0
 *
 * The log lines of a run, contract section 8.
 */
#ifndef WF_OP_REPORT_H
#define WF_OP_REPORT_H

#include "op/op_reconcile.h"

/* One line for each finding, most severe first, at most WF_MAX_LOG_EVENTS a
 * target and then one that counts the rest; a line for each clean target.
 * WF_R_CONFIG when the socket named does not exist; lines that could not be
 * delivered go to out->undelivered and make out->code 74 or worse. */
WF_MUST enum wf_rc wf_report_log(const struct wf_config *, struct wf_op_reconciled *out,
                                 struct wf_err *err);

#endif
