/* SPDX-License-Identifier: Apache-2.0
 *
 * Dependents of a change.  Must never let an index go on with results that
 * the function no longer gives, unless somebody said so.
 */
#include "op/op_dependents.h"

#include <stdlib.h>
#include <string.h>

static bool
behaves_differently(const struct wf_change *c)
{
	struct wf_spec have;

	if (!c->live || !c->live->oid || c->action == WF_ACTION_NONE)
		return false;
	have = wf_live_claimed(c->live);
	return (c->put && (!have.has_module || !wf_digest_eq(&have.module, &c->goal.module) ||
	                   !c->live->wrapper_ok ||
	                   (wf_spec_diff(&c->goal, &have) & WF_SPEC_EXPORT))) ||
	       (have.volatility == WF_IMMUTABLE && c->goal.volatility != WF_VOLATILITY_UNSET &&
	        c->goal.volatility != WF_IMMUTABLE);
}

const struct wf_live_function *
wf_op_dependents_of(const struct wf_op_installed *x, size_t i)
{
	size_t k;

	for (k = 0; k < x->live->nfunctions; k++)
		if (x->live->functions[k].oid == x->dependents[i].oid)
			return &x->live->functions[k];
	return NULL;
}

enum wf_rc
wf_op_dependents(const struct wf_op_install *in, struct wf_engine *engine,
                 struct wf_op_installed *x, struct wf_err *err)
{
	WF_AUTO(wf_freep) uint32_t *oids = wf_calloc(x->steps.nchanges + 1, sizeof(*oids));
	const struct wf_live_function *f;
	size_t i, n = 0, stored = 0, first = 0;
	enum wf_rc rc;

	for (i = 0; i < x->steps.nchanges; i++)
		if (behaves_differently(&x->steps.changes[i]))
			oids[n++] = x->steps.changes[i].live->oid;
	if (n == 0)
		return WF_OK;
	rc = wf_engine_dependents(engine, oids, n, &x->arena, &x->dependents, &x->ndependents, err);
	for (i = x->ndependents; rc == WF_OK && i-- > 0;) {
		stored += x->dependents[i].stored;
		if (x->dependents[i].stored)
			first = i;
	}
	if (rc != WF_OK || stored == 0 || in->accept_change)
		return rc;
	f = wf_op_dependents_of(x, first);
	(void)wf_err_set(err, WF_R_DEPENDENTS, "%s.%s: %s keeps results of it%s",
	                 f ? f->spec.schema : "", f ? f->spec.name : "",
	                 x->dependents[first].object, stored > 1 ? ", and so do others" : "");
	return wf_err_hint(err, "%s%sIf other results are meant: --accept-behaviour-change.",
	                   x->dependents[first].remedy ? x->dependents[first].remedy : "",
	                   x->dependents[first].remedy ? "; afterwards. " : "");
}

struct wf_json *
wf_op_dependents_json(const struct wf_op_installed *x)
{
	struct wf_json *list = wf_json_array(), *o;
	size_t i;

	for (i = 0; i < x->ndependents; i++) {
		const struct wf_dependent *d = &x->dependents[i];
		const struct wf_live_function *f = wf_op_dependents_of(x, i);
		struct wf_arena a = {NULL};

		o = wf_json_object();
		wf_json_set_z(o, "function", f ? wf_spec_signature(&f->spec, &a) : NULL);
		wf_json_set_z(o, "kind", d->kind);
		wf_json_set_z(o, "object", d->object);
		wf_json_set_bool(o, "stored", d->stored);
		wf_json_set_z(o, "remedy", d->remedy);
		wf_json_push(list, o);
		wf_arena_free(&a);
	}
	return list;
}
