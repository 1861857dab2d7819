/* SPDX-License-Identifier: Apache-2.0
 *
 * Which entries install leaves alone, and which of them this run releases.
 */
#ifndef WF_OP_OP_HOLD_H
#define WF_OP_OP_HOLD_H

#include "op/op_install.h"

/* Between wants and steps: sets hold and release of each want, counts what is
 * left alone, and warns of a release that has nothing to end.  A rollback
 * takes what the old row says, and WF_R_LEDGER_MOVED (75) says that there is a
 * newer row since that was chosen. */
WF_MUST enum wf_rc wf_op_holds(const struct wf_op_install *, struct wf_op_installed *,
                               struct wf_err *err);

#endif
