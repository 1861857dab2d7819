/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn apply`: exactly the plan that was looked at.  Must never take
 * anything from the file but what to compare with.
 */
#include "cmd/deploy.h"
#include "op/op_plan.h"

static const struct wf_opt opts[] = {
	WF_DEPLOY_OPT_MANIFEST,
	WF_DEPLOY_OPT_ACCEPT,
	WF_DEPLOY_OPT_FLOOR,
	WF_DEPLOY_OPT_TARGET,
	WF_DEPLOY_OPT_TRUST,
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

static enum wf_rc
run_apply(struct wf_run *r, struct wf_err *err)
{
	WF_AUTO(wf_saved_free) struct wf_saved saved = WF_SAVED_INIT;
	char digest[WF_DIGEST_TEXT];
	enum wf_rc rc = wf_op_plan_load(r->argv[0], &saved, err);

	wf_json_set_bool(wf_out_doc(r->out), "applied", false); /* until it is */
	if (rc != WF_OK)
		return rc;
	wf_digest_text(&saved.digest, digest);
	wf_json_set_z(wf_out_doc(r->out), "plan", r->argv[0]);
	wf_json_set_z(wf_out_doc(r->out), "plan_digest", digest);
	wf_out_line(r->out, "plan %s, made %s", digest, saved.created);
	return wf_deploy_run(r, false, &saved, err);
}

const struct wf_cmd wf_cmd_apply = {
	.name = "apply",
	.args = "PLAN",
	.summary = "carry out a plan that plan -o wrote, or nothing",
	.about = "Everything is fetched, verified and worked out again, and must come out equal to "
	         "the plan: exit 65 when a manifest file or the policy changed, 75 when something "
	         "was applied since, 2 when the database changed.  Policy and trust options are to "
	         "be given as they were to plan, and so is --target where the configuration has no "
	         "name for it.",
	.opts = opts,
	.params_size = sizeof(struct wf_deploy_params),
	.speaks = WF_SPEAKS_ALWAYS,
	.min_args = 1,
	.max_args = 1,
	.run = run_apply,
};
