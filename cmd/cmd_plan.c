/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn plan`: what install would do.
 */
#include "cmd/deploy.h"

static const struct wf_opt opts[] = {
	WF_DEPLOY_OPT_MANIFEST,
	{0, "detailed-exitcode", NULL, "exit 2 when there are changes", WF_OPT_FLAG,
	 WF_DEPLOY_OFF(detailed_exitcode), NULL},
	WF_DEPLOY_OPT_ACCEPT,
	WF_DEPLOY_OPT_FLOOR,
	{'o', NULL, "PLAN", "write the plan to a file for apply", WF_OPT_STRING,
	 WF_DEPLOY_OFF(plan), NULL},
	WF_DEPLOY_OPT_TARGET,
	WF_DEPLOY_OPT_PARALLEL,
	WF_DEPLOY_OPT_TRUST,
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

static enum wf_rc
run_plan(struct wf_run *r, struct wf_err *err)
{
	return wf_deploy_run(r, true, NULL, err);
}

const struct wf_cmd wf_cmd_plan = {
	.name = "plan",
	.args = "[-f MANIFEST] [-o PLAN]",
	.summary = "show what install would do",
	.about = "Manifest file, ledger and database give the steps that install would take, after "
	         "the same checks.  Changes nothing in the database.  With -o the plan is written to "
	         "a file, bound to what it was made from, for apply to carry out.",
	.opts = opts,
	.params_size = sizeof(struct wf_deploy_params),
	.speaks = WF_SPEAKS_ALWAYS,
	.max_args = 0,
	.run = run_plan,
};
