/* SPDX-License-Identifier: Apache-2.0
 *
 * The option parser: exact long names (no abbreviation), each option once
 * unless its kind repeats, global options before and after the verb.
 */
#ifndef WF_CMD_OPT_H
#define WF_CMD_OPT_H

#include "cmd/cmd.h"

struct wf_cmdline {
	struct wf_globals globals;
	const struct wf_cmd *cmd; /* NULL: no verb given */
	void *params;             /* owned; calloc'ed, cmd->params_size */
	char **operands;          /* owned array of borrowed strings */
	int noperands;
};

/* Parses argv[1…].  `--opt=value`, `--opt value`, `-vv`, `--` ends options.
 * WF_R_USAGE names the option, what was expected and found.  Globals found
 * before the failure stay in out, --json and --output also from further
 * right, so that the error is shown in the format asked for. */
WF_MUST enum wf_rc wf_opt_parse(int argc, char **argv, struct wf_cmdline *out,
                                struct wf_err *err);
void wf_opt_free(struct wf_cmdline *);

#endif
