/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn help [VERB]` and `wasmfn completion SHELL`.
 */
#include "cmd/cmd.h"
#include "cmd/help.h"

#define MAX_SCRIPT (1u << 20) /* our own tables: some 10 KB today */

static enum wf_rc
run_help(struct wf_run *r, struct wf_err *err)
{
	const struct wf_cmd *c = NULL;

	if (r->argc > 0) {
		c = wf_cmd_find(r->argv[0]);
		if (!c) {
			(void)wf_err_set(err, WF_R_USAGE, "unknown verb \"%.100s\"",
			                 r->argv[0]);
			return wf_err_hint(err, "`wasmfn help` lists the verbs.");
		}
	}
	wf_help_show(r->out, c);
	return WF_OK;
}

static enum wf_rc
run_completion(struct wf_run *r, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf script = WF_BUF_INIT(MAX_SCRIPT);

	if (!wf_help_completion(&script, r->argv[0]))
		return wf_err_set(err, WF_R_USAGE,
		                  "completion: expected bash, zsh or fish, found \"%.100s\"",
		                  r->argv[0]);
	wf_out_own_text(r->out, wf_buf_z(&script));
	wf_json_set_z(wf_out_doc(r->out), "script", wf_buf_z(&script));
	return WF_OK;
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
