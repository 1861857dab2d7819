/* SPDX-License-Identifier: Apache-2.0
 *
 * Inspect, then decide.  Must never call a module allowed that could not be
 * decoded to its end.
 */
#include "op/op_check.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "config/config.h"
#include "op/op_fit.h"
#include "policy/policy_asks.h"

enum wf_rc
wf_op_check_policy(const char *path, struct wf_policy **out, struct wf_err *err)
{
	struct wf_strs system;

	*out = NULL;
	if (path)
		return wf_policy_load(&path, 1, out, err);
	system = wf_paths_policies();
	if (system.n == 0)
		return WF_OK;
	return wf_policy_load(system.v, system.n, out, err);
}

/* "policy.yaml:12", or nothing for what is built in. */
static const char *
place_text(const struct wf_pos *pos, char out[300])
{
	if (!pos->file)
		return "";
	(void)snprintf(out, 300, " at %.250s:%u", pos->file, pos->line);
	return out;
}

void
wf_op_check_add(struct wf_op_check_list *l, const char *operand)
{
	l->v = wf_grow(l->v, &l->cap, l->n, sizeof(*l->v));
	l->v[l->n++] = (struct wf_op_check_item){operand, NULL, NULL};
}

enum wf_rc
wf_op_check_manifests(struct wf_op_check_list *l, const char *const *paths, size_t n,
                      struct wf_err *err)
{
	enum wf_rc rc;

	if ((rc = wf_manifest_new(&l->manifest, err)) ||
	    (rc = wf_manifest_load(l->manifest, paths, n, err)) ||
	    (rc = wf_manifest_finish(l->manifest, err)))
		return rc;
	for (size_t i = 0; i < wf_manifest_count(l->manifest); i++) {
		const struct wf_manifest_entry *e = wf_manifest_at(l->manifest, i);

		wf_op_check_add(l, e->ref.text);
		l->v[l->n - 1].policy = e->policy;
		l->v[l->n - 1].entry = e;
	}
	return WF_OK;
}

void
wf_op_check_list_free(struct wf_op_check_list *l)
{
	free(l->v);
	wf_manifest_freep(&l->manifest);
	*l = (struct wf_op_check_list){NULL, 0, 0, NULL};
}

void
wf_op_check_ahead(struct wf_op_inspect *in, const struct wf_op_check_list *l)
{
	WF_AUTO(wf_freep) const char **operands = wf_calloc(l->n + 1, sizeof(*operands));
	size_t i;

	for (i = 0; i < l->n; i++)
		operands[i] = l->v[i].operand;
	wf_op_inspect_ahead(in, operands, l->n);
}

static enum wf_rc
denied(const struct wf_inspected *x, const struct wf_policy *policy,
       const struct wf_policy_verdict *v, struct wf_err *err)
{
	const struct wf_decision *d = wf_policy_verdict_denied(v);
	char place[300];
	enum wf_rc rc = wf_err_set(err, WF_R_DENIED,
		"%s: the capability policy denies %zu of %zu: %.*s (%s): %s%s",
		x->name, v->ndenied, v->n, (int)(d->subject.len < 200 ? d->subject.len : 200),
		d->subject.p ? d->subject.p : "", d->capability, d->rule,
		place_text(&d->pos, place));

	if (!policy)
		return wf_err_hint(err, "There is no policy file, so only core modules without "
		                        "imports are allowed; --policy FILE says otherwise.");
	if (!wf_policy_caps(policy, x->ref.match, 0))
		return wf_err_hint(err, "No capability rule matches, so only core modules without "
		                        "imports are allowed; a file matches only the pattern **.");
	return rc;
}

enum wf_rc
wf_op_check(struct wf_op_inspect *in, const struct wf_op_check_item *item,
            const struct wf_policy *policy, struct wf_policy **further,
            struct wf_inspected *x, struct wf_policy_verdict *v, struct wf_err *err)
{
	const struct wf_digest *manifest;
	char place[300];
	bool revoked;
	enum wf_rc rc;

	if ((item->policy && (rc = wf_policy_load(&item->policy, 1, further, err))) ||
	    (rc = wf_op_inspect(in, item->operand, x, err)))
		return rc;
	wf_policy_eval(policy, x->ref.match, x->wasm, x->caps, v);
	if (*further)
		wf_policy_eval_also(*further, x->ref.match, x->wasm, x->caps, v);
	if (item->entry) {
		wf_policy_eval_asks(policy, x->ref.match, item->entry, v);
		wf_policy_eval_asks(*further, x->ref.match, item->entry, v);
	}
	manifest = x->has_manifest ? &x->manifest_digest : NULL;
	revoked = wf_policy_eval_revoked(policy, &x->module_digest, manifest, v);
	revoked |= wf_policy_eval_revoked(*further, &x->module_digest, manifest, v);
	if (revoked)
		return wf_err_set(err, WF_R_REVOKED, "%s: on the deny list: %s%s", x->name,
		                  v->v[v->n - 1].rule, place_text(&v->v[v->n - 1].pos, place));
	return v->allowed ? WF_OK : denied(x, policy, v, err);
}

enum wf_rc
wf_op_check_fit(const struct wf_fit_engine *engine, const struct wf_op_check_item *item,
                const struct wf_inspected *x, struct wf_fit *out, struct wf_err *err)
{
	struct wf_arena a = {0};
	struct wf_want_sig sig = {0};
	struct wf_strs args = {NULL, 0};
	const struct wf_fit_point *p;
	struct wf_fit_subject s;
	enum wf_rc rc = WF_OK;

	if (item->entry && x->wasm->kind == WF_WASM_CORE) {
		rc = wf_want_sig_complete(item->entry, &x->artifact, x->wasm, &a, &sig, err);
	} else {
		sig.export_name = x->artifact.ann_export;
		sig.returns = x->artifact.ann_returns;
		if (x->artifact.ann_args) {
			wf_want_split(x->artifact.ann_args, &args, &a);
			sig.args = args.v;
			sig.nargs = args.n;
			sig.args_set = true;
		}
	}
	wf_op_fit_subject(x->wasm, item->entry, &sig, &s);
	wf_fit(engine, &s, out);
	wf_arena_free(&a);
	if (out->verdict == WF_FIT_NO)
		return wf_op_fit_error(engine, out, err);
	if (rc || out->verdict == WF_FIT_YES)
		return rc;
	p = wf_fit_first(out, WF_FIT_UNKNOWN);
	return wf_err_set(err, WF_R_UNCHECKED, "engine %s: not decided here: %s %.*s: %s",
	                  engine->name, p ? p->what : "", p ? (int)p->subject.len : 0,
	                  p && p->subject.p ? p->subject.p : "", p ? p->says : "");
}
