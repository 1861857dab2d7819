/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn rollback`: one function back to what it was.
 */
#include "cmd/named.h"
#include "op/op_rollback.h"

static const struct wf_opt opts[] = {
	WF_DEPLOY_OPT_MANIFEST,
	{0, "to", "DIGEST", "of the manifest, else the one before", WF_OPT_STRING,
	 WF_DEPLOY_OFF(to), NULL},
	{0, "reason", "TEXT", "why, even though it is claimed", WF_OPT_STRING,
	 WF_DEPLOY_OFF(reason), NULL},
	{0, "below-floor", NULL, "below the floor too; needs --reason", WF_OPT_FLAG,
	 WF_DEPLOY_OFF(below_floor), NULL},
	{0, "dry-run", NULL, "show the plan, change nothing", WF_OPT_FLAG,
	 WF_DEPLOY_OFF(dry_run), NULL},
	WF_DEPLOY_OPT_ACCEPT,
	WF_DEPLOY_OPT_TARGET,
	WF_DEPLOY_OPT_TRUST,
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

static enum wf_rc
roll_back(struct wf_run *r, struct wf_named *w, struct wf_op_rollback *in, struct wf_err *err)
{
	const struct wf_deploy_params *p = r->params;
	WF_AUTO(wf_op_rolled_back_free) struct wf_op_rolled_back x = WF_OP_ROLLED_BACK_INIT;
	WF_AUTO(wf_op_judge_freep) struct wf_op_judge *judge = NULL;
	WF_AUTO(wf_store_freep) struct wf_store *store = NULL;
	struct wf_op_fetch fetch = {.config = w->config, .offline = true, .recheck = true};
	struct wf_op_judge_options trust;
	enum wf_rc rc = wf_trust_opt_judge(&p->trust, &w->arena, &trust, err);

	if (rc == WF_OK)
		rc = wf_op_judge_open(&trust, WF_OP_JUDGE_SYSTEM, &judge, err);
	if (rc == WF_OK)
		rc = wf_store_open(wf_store_dir(r->g->store, w->config), WF_STORE_READ, &store, err);
	if (rc != WF_OK)
		return rc;
	fetch.store = store;
	in->named = w->in;
	in->judge = judge;
	in->fetch = &fetch;
	in->below_floor = p->below_floor;
	in->accept_change = p->accept_change;
	in->dry_run = p->dry_run;
	rc = wf_op_rollback(in, &x, err);
	wf_op_fetch_end(&fetch);
	wf_deploy_target(r, w->in.target, x.live);
	wf_deploy_show(r, &x.x, rc, p->dry_run);
	wf_json_set_bool(wf_out_doc(r->out), "held", x.held);
	if (x.held)
		wf_out_styled(r->out, WF_WARN, "held: install leaves it until its entry changes, "
		              "or install --release %s", r->argv[0]);
	return rc;
}

static enum wf_rc
run_rollback(struct wf_run *r, struct wf_err *err)
{
	const struct wf_deploy_params *p = r->params;
	WF_AUTO(wf_named_end) struct wf_named w = {0};
	struct wf_op_rollback in = {0};
	struct wf_digest to;
	enum wf_rc rc = WF_OK;

	if (p->below_floor && !p->reason)
		return wf_err_set(err, WF_R_USAGE, "--below-floor needs --reason TEXT");
	if (p->to && wf_digest_parse(wf_str(p->to), "--to", &to, NULL) != WF_OK)
		rc = wf_err_set(err, WF_R_USAGE, "--to %s is no digest; expected sha256: and 64 "
		                "digits", p->to);
	in.to = p->to ? &to : NULL;
	if (rc == WF_OK)
		rc = wf_named_open(r, &w, err);
	return rc == WF_OK ? roll_back(r, &w, &in, err) : rc;
}

const struct wf_cmd wf_cmd_rollback = {
	.name = "rollback",
	.args = "NAME",
	.summary = "put a function back to an artifact it had",
	.about = "From the store alone and by today's policy; what was good once is judged again.  "
	         "Refused below a floor that the ledger has, and while a manifest file claims the "
	         "function, unless a reason is given: then install leaves it alone until its entry "
	         "changes or `install --release NAME`.",
	.opts = opts,
	.params_size = sizeof(struct wf_deploy_params),
	.min_args = 1,
	.max_args = 1,
	.run = run_rollback,
};
