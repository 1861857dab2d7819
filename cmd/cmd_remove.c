/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn remove` and `wasmfn quarantine`: functions named on the command
 * line, taken out of a database or out of use.
 */
#include <string.h>

#include "cmd/named.h"
#include "op/op_quarantine.h"
#include "op/op_remove.h"

static const struct wf_opt opts[] = {
	WF_DEPLOY_OPT_MANIFEST,
	{0, "reason", "TEXT", "why, even though it is claimed", WF_OPT_STRING,
	 WF_DEPLOY_OFF(reason), NULL},
	WF_DEPLOY_OPT_TARGET,
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

static void
show(struct wf_run *r, const struct wf_op_named_done *x, enum wf_style style, const char *sign,
     const char *word)
{
	struct wf_steps s = {.v = x->v, .n = x->n};
	size_t i;

	wf_json_set(wf_out_doc(r->out), "steps", wf_steps_to_json(&s));
	for (i = 0; i < s.n; i++)
		if (s.v[i].action == WF_ACTION_NONE)
			wf_out_styled(r->out, WF_DIM, "  = %s  already %s", s.v[i].function, word);
		else
			wf_out_styled(r->out, style, "  %s %s  %s", sign, s.v[i].function, word);
}

static enum wf_rc
run_remove(struct wf_run *r, struct wf_err *err)
{
	WF_AUTO(wf_named_end) struct wf_named w = {0};
	WF_AUTO(wf_op_named_free) struct wf_op_named_done x = WF_OP_NAMED_INIT;
	enum wf_rc rc = wf_named_open(r, &w, err);

	if (rc != WF_OK)
		return rc;
	rc = wf_op_remove(&w.in, &x, err);
	wf_deploy_target(r, w.in.target, x.live);
	show(r, &x, WF_BAD, "-", "removed");
	return rc;
}

static enum wf_rc
run_quarantine(struct wf_run *r, struct wf_err *err)
{
	WF_AUTO(wf_named_end) struct wf_named w = {0};
	WF_AUTO(wf_op_named_free) struct wf_op_named_done x = WF_OP_NAMED_INIT;
	enum wf_rc rc = wf_named_open(r, &w, err);

	if (rc != WF_OK)
		return rc;
	rc = wf_op_quarantine(&w.in, &x, err);
	wf_deploy_target(r, w.in.target, x.live);
	show(r, &x, WF_BAD, "!", "quarantined");
	return rc;
}

const struct wf_cmd wf_cmd_remove = {
	.name = "remove",
	.args = "NAME…",
	.summary = "take functions out of a database",
	.about = "Each leaves a ledger row.  Refused while a manifest file claims the function, "
	         "unless a reason is given.  Several are removed together or not at all.",
	.opts = opts,
	.params_size = sizeof(struct wf_deploy_params),
	.min_args = 1,
	.max_args = -1,
	.run = run_remove,
};

const struct wf_cmd wf_cmd_quarantine = {
	.name = "quarantine",
	.args = "NAME…",
	.summary = "take EXECUTE on functions away from everybody",
	.about = "Nobody but a superuser can call them any more, their owners neither; module, "
	         "wrapper and grants before stay as evidence, in the database and in the ledger.  "
	         "install leaves them alone until `install --release NAME`.  Refused while a "
	         "manifest file claims the function, unless a reason is given.",
	.opts = opts,
	.params_size = sizeof(struct wf_deploy_params),
	.min_args = 1,
	.max_args = -1,
	.run = run_quarantine,
};
