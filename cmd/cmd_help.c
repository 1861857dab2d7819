/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn help [VERB]` and `wasmfn completion SHELL`.
 */
#include "cmd/cmd.h"
#include "cmd/help.h"

static enum wf_rc
run_help(struct wf_run *r, struct wf_err *err)
{
	const struct wf_cmd *c;

	if (r->argc == 0) {
		wf_help_overview();
		return WF_OK;
	}
	c = wf_cmd_find(r->argv[0]);
	if (!c) {
		(void)wf_err_set(err, WF_R_USAGE, "unknown verb \"%.100s\"", r->argv[0]);
		return wf_err_hint(err, "`wasmfn help` lists the verbs.");
	}
	wf_help_verb(c);
	return WF_OK;
}

static enum wf_rc
run_completion(struct wf_run *r, struct wf_err *err)
{
	if (wf_help_completion(r->argv[0]))
		return WF_OK;
	return wf_err_set(err, WF_R_USAGE,
	                  "completion: expected bash, zsh or fish, found \"%.100s\"",
	                  r->argv[0]);
}

const struct wf_cmd wf_cmd_help = {
	.name = "help",
	.args = "[VERB]",
	.summary = "this text, or a verb's own",
	.max_args = 1,
	.run = run_help,
};

const struct wf_cmd wf_cmd_completion = {
	.name = "completion",
	.args = "SHELL",
	.summary = "completion script for bash, zsh or fish",
	.min_args = 1,
	.max_args = 1,
	.run = run_completion,
};
