/* SPDX-License-Identifier: Apache-2.0
 *
 * Help text and completion, made from the option tables.
 */
#ifndef WF_CMD_HELP_H
#define WF_CMD_HELP_H

#include "cmd/cmd.h"

/* To stdout. */
void wf_help_overview(void);
void wf_help_verb(const struct wf_cmd *);
/* shell: bash, zsh or fish; false: another. */
bool wf_help_completion(const char *shell);

#endif
