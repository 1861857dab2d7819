/* SPDX-License-Identifier: Apache-2.0
 *
 * Which entries install leaves alone, and which of them this run releases.
 */
#ifndef WF_OP_OP_HOLD_H
#define WF_OP_OP_HOLD_H

#include "op/op_install.h"

/* Between wants and steps: sets hold and release of each want, counts what is
 * left alone, and warns of a release that has nothing to end. */
void wf_op_holds(const struct wf_op_install *, struct wf_op_installed *);

#endif
