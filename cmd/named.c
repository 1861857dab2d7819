/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening for remove, quarantine and rollback.  Must never take a manifest
 * file that cannot be read for one that claims nothing.
 */
#include "cmd/named.h"

#include "engine/state.h"

void
wf_named_end(struct wf_named *w)
{
	wf_op_claims_free(&w->claims);
	wf_op_targets_free(&w->targets);
	wf_config_freep(&w->config);
	wf_arena_free(&w->arena);
}

/* No manifest file at all claims nothing; one that cannot be read may. */
static enum wf_rc
load_claims(const struct wf_run *r, struct wf_named *w, struct wf_err *err)
{
	const struct wf_deploy_params *p = r->params;
	struct wf_op_target *t = &w->targets.v[0];

	if (!p->manifests.n && !(t->config && t->config->manifests.n) && !wf_paths_manifests().n)
		return WF_OK;
	w->in.claims = &w->claims;
	return wf_op_claims_load(t, p->manifests.v, p->manifests.n, false, &w->claims, err);
}

enum wf_rc
wf_named_open(const struct wf_run *r, struct wf_named *w, struct wf_err *err)
{
	const struct wf_deploy_params *p = r->params;
	struct wf_op_name *names = wf_arena_alloc(&w->arena, ((size_t)r->argc + 1) * sizeof(*names));
	enum wf_rc rc = wf_deploy_names(r, &w->arena, names, err);

	if (rc == WF_OK)
		rc = wf_config_load(r->g->config, &w->config, err);
	if (rc == WF_OK)
		rc = wf_op_targets(w->config, p->target, p->engine, &w->targets, err);
	if (rc == WF_OK && w->targets.n != 1)
		rc = wf_err_set(err, WF_R_USAGE, "the configuration has %zu targets; name one with "
		                "--target", w->targets.n);
	if (rc != WF_OK)
		return rc;
	w->targets.v[0].engine.verb = r->cmd->name;
	w->targets.v[0].engine.read_only = false;
	w->in = (struct wf_op_named){
		.target = &w->targets.v[0], .names = names, .nnames = (size_t)r->argc,
		.reason = p->reason,
		.state_dir = wf_state_dir(r->g->state, wf_config_state(w->config)),
	};
	return load_claims(r, w, err);
}
