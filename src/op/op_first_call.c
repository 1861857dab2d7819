/* SPDX-License-Identifier: Apache-2.0
 *
 * First calls.  Must never let one that was planned be left out.
 */
#include "op/op_first_call.h"

#include <string.h>

#include "base/limits.h"
#include "engine/first_call.h"

/* For people: quotes where a value could be read as something else. */
static void
put_value(struct wf_buf *b, const char *z)
{
	if (!z)
		wf_buf_putz(b, "NULL");
	else if (*z && strspn(z, "0123456789.+-") == strlen(z))
		wf_buf_putz(b, z);
	else
		wf_buf_putf(b, "\"%s\"", z);
}

enum wf_rc
wf_op_first_call_want(const struct wf_op_install_fn *f, struct wf_arena *a,
                      struct wf_steps_want *w, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(2 * WF_MAX_MANIFEST_BYTES);
	const struct wf_manifest_check *k = &f->entry->check;
	struct wf_strs types;
	size_t i;

	if (!k->set)
		return WF_OK;
	wf_want_split(w->spec.args ? w->spec.args : "", &types, a);
	if (types.n != k->nargs)
		return wf_err_set(err, WF_R_PLAN_REFUSED, "%s:%u: %s.%s: check has %zu values for %zu "
		                  "arguments", f->entry->file, f->entry->line, f->entry->schema,
		                  f->entry->name, k->nargs, types.n);
	wf_buf_putz(&b, "(");
	for (i = 0; i < k->nargs; i++) {
		wf_buf_putz(&b, i ? ", " : "");
		put_value(&b, k->args[i]);
	}
	wf_buf_putz(&b, k->expect_set ? ") = " : ")");
	if (k->expect_set)
		put_value(&b, k->expect);
	w->check = wf_arena_strn(a, b.p, b.len);
	return WF_OK;
}

static const struct wf_manifest_check *
check_of(const struct wf_op_installed *x, const struct wf_change *c)
{
	const struct wf_manifest_check *k = &x->fns[c->want].entry->check;

	return k->set && c->action != WF_ACTION_NONE ? k : NULL;
}

enum wf_rc
wf_op_first_calls_ready(const struct wf_op_installed *x, struct wf_engine *engine,
                        struct wf_err *err)
{
	size_t i;

	for (i = 0; i < x->steps.nchanges; i++)
		if (check_of(x, &x->steps.changes[i]))
			return wf_engine_first_call_ready(engine, err);
	return WF_OK;
}

enum wf_rc
wf_op_first_calls(const struct wf_op_installed *x, struct wf_engine *engine, struct wf_err *err)
{
	enum wf_rc rc = WF_OK;
	size_t i;

	for (i = 0; rc == WF_OK && i < x->steps.nchanges; i++) {
		const struct wf_manifest_check *k = check_of(x, &x->steps.changes[i]);

		if (k)
			rc = wf_engine_first_call(engine, &x->steps.changes[i].goal, k, err);
	}
	return rc;
}
