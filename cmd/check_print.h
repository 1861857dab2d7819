/* SPDX-License-Identifier: Apache-2.0
 *
 * What `check` prints instead of a verdict: a policy, or an engine's settings.
 */
#ifndef WF_CMD_CHECK_PRINT_H
#define WF_CMD_CHECK_PRINT_H

#include "cmd/cmd.h"
#include "op/op_check.h"

/* The smallest policy that allows the operand; members "suggestion" and those
 * of inspect. */
WF_MUST enum wf_rc wf_check_print_policy(struct wf_run *, struct wf_op_inspect *,
                                         const struct wf_op_check_item *, struct wf_err *);
/* target: an index of wf_emit_targets().  Settings for what policy allows the
 * operand, whatever the verdict on it; member "settings". */
WF_MUST enum wf_rc wf_check_print_settings(struct wf_run *, struct wf_op_inspect *,
                                           const struct wf_op_check_item *,
                                           const struct wf_policy *, unsigned target,
                                           struct wf_err *);

#endif
