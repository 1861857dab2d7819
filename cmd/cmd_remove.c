/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn remove`: takes functions out of a database.
 */
#include <string.h>

#include "cmd/deploy.h"
#include "engine/state.h"
#include "op/op_remove.h"

static const struct wf_opt opts[] = {
	WF_DEPLOY_OPT_MANIFEST,
	{0, "reason", "TEXT", "why, even though it is claimed", WF_OPT_STRING,
	 WF_DEPLOY_OFF(reason), NULL},
	WF_DEPLOY_OPT_TARGET,
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

struct world {
	struct wf_config *config;
	struct wf_op_targets targets;
	struct wf_op_claims claims;
	struct wf_op_removed removed;
	struct wf_arena arena;
};

static void
world_end(struct world *w)
{
	wf_op_removed_free(&w->removed);
	wf_op_claims_free(&w->claims);
	wf_op_targets_free(&w->targets);
	wf_config_freep(&w->config);
	wf_arena_free(&w->arena);
}

static void
show(struct wf_run *r, const struct wf_op_removed *x, bool done)
{
	struct wf_steps s = {.v = x->v, .n = done ? x->n : 0};
	size_t i;

	wf_json_set(wf_out_doc(r->out), "steps", wf_steps_to_json(&s));
	for (i = 0; i < s.n; i++)
		wf_out_styled(r->out, WF_BAD, "  - %s  removed", s.v[i].function);
}

/* No manifest file at all claims nothing; one that cannot be read may. */
static enum wf_rc
load_claims(struct wf_run *r, struct world *w, bool *any, struct wf_err *err)
{
	const struct wf_deploy_params *p = r->params;
	struct wf_op_target *t = &w->targets.v[0];

	*any = p->manifests.n || (t->config && t->config->manifests.n) ||
	       wf_paths_manifests().n;
	if (!*any)
		return WF_OK;
	return wf_op_claims_load(t, p->manifests.v, p->manifests.n, false, &w->claims, err);
}

static enum wf_rc
run_remove(struct wf_run *r, struct wf_err *err)
{
	const struct wf_deploy_params *p = r->params;
	WF_AUTO(world_end) struct world w = {.removed = WF_OP_REMOVED_INIT};
	struct wf_op_name *names = wf_arena_alloc(&w.arena, ((size_t)r->argc + 1) * sizeof(*names));
	struct wf_op_remove in = {.names = names, .nnames = (size_t)r->argc, .reason = p->reason};
	bool any = false;
	enum wf_rc rc = wf_deploy_names(r, &w.arena, names, err);

	if (rc == WF_OK)
		rc = wf_config_load(r->g->config, &w.config, err);
	if (rc == WF_OK)
		rc = wf_op_targets(w.config, p->target, p->engine, &w.targets, err);
	if (rc == WF_OK && w.targets.n != 1)
		rc = wf_err_set(err, WF_R_USAGE, "the configuration has %zu targets; name one with "
		                "--target", w.targets.n);
	if (rc == WF_OK)
		rc = load_claims(r, &w, &any, err);
	if (rc != WF_OK)
		return rc;
	w.targets.v[0].engine.verb = "remove";
	w.targets.v[0].engine.read_only = false;
	in.target = &w.targets.v[0];
	in.claims = any ? &w.claims : NULL;
	in.state_dir = wf_state_dir(r->g->state, wf_config_state(w.config));
	rc = wf_op_remove(&in, &w.removed, err);
	wf_deploy_target(r, in.target, w.removed.live);
	show(r, &w.removed, rc == WF_OK);
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
