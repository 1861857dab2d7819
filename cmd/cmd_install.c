/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn install`: from a manifest file into a database.
 */
#include "cmd/deploy.h"

static const struct wf_opt opts[] = {
	WF_DEPLOY_OPT_MANIFEST,
	{0, "dry-run", NULL, "show the plan, change nothing", WF_OPT_FLAG,
	 WF_DEPLOY_OFF(dry_run), NULL},
	{0, "prune", NULL, "remove what no manifest file claims", WF_OPT_FLAG,
	 WF_DEPLOY_OFF(prune), NULL},
	{0, "prune-limit", "PERCENT", "at most so many of those recorded, else 25", WF_OPT_UINT,
	 WF_DEPLOY_OFF(prune_limit), NULL},
	{0, "release", "NAME", "end its quarantine or hold (repeatable)", WF_OPT_LIST,
	 WF_DEPLOY_OFF(release), NULL},
	WF_DEPLOY_OPT_ACCEPT,
	WF_DEPLOY_OPT_FLOOR,
	WF_DEPLOY_OPT_TARGET,
	WF_DEPLOY_OPT_PARALLEL,
	WF_DEPLOY_OPT_TRUST,
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

static enum wf_rc
run_install(struct wf_run *r, struct wf_err *err)
{
	const struct wf_deploy_params *p = r->params;

	return wf_deploy_run(r, p->dry_run, NULL, err);
}

const struct wf_cmd wf_cmd_install = {
	.name = "install",
	.args = "[-f MANIFEST] [NAME…]",
	.summary = "pull, verify, check, plan and apply in one transaction",
	.about = "Brings the target to what the manifest files say.  Nothing is sent before every "
	         "signature, capability and rule has been checked; everything is applied in one "
	         "transaction with a ledger row a function, or nothing is.  Running it again "
	         "changes nothing.",
	.opts = opts,
	.params_size = sizeof(struct wf_deploy_params),
	.speaks = WF_SPEAKS_ALWAYS,
	.max_args = -1,
	.run = run_install,
};
