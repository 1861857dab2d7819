/* SPDX-License-Identifier: Apache-2.0
 *
 * Help text, completion and the machine-readable listing, made from the
 * option tables and the reason table.  Nothing is listed twice.
 */
#ifndef WF_CMD_HELP_H
#define WF_CMD_HELP_H

#include "base/buf.h"
#include "cmd/cmd.h"

/* The text of `help` (verb NULL) or of one verb, and in the document
 * verbs[], options[] and, without a verb, reasons[]. */
void wf_help_show(struct wf_out *, const struct wf_cmd *verb);
/* shell: bash, zsh or fish; false: another, nothing was added. */
bool wf_help_completion(struct wf_buf *, const char *shell);

#endif
