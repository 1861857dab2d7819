/* SPDX-License-Identifier: Apache-2.0
 *
 * Removing.  Must never call removed what is still there.
 */
#include "op/op_remove.h"

static enum wf_rc
act(struct wf_engine *engine, const struct wf_live_function *f, struct wf_err *err)
{
	return wf_engine_remove(engine, &f->spec, err);
}

static enum wf_rc
row(const struct wf_live *live, const struct wf_live_function *f,
    const struct wf_live_function *after, struct wf_arena *a, struct wf_ledger_row *out,
    struct wf_err *err)
{
	(void)live;
	if (after)
		return wf_err_set(err, WF_R_ENGINE, "%s is there after the engine removed it",
		                  wf_spec_signature(&f->spec, a));
	out->spec = out->before = wf_live_claimed(f);
	out->has_before = true;
	return WF_OK;
}

enum wf_rc
wf_op_remove(const struct wf_op_named *in, struct wf_op_named_done *out, struct wf_err *err)
{
	static const struct wf_op_named_act remove = {
		.action = WF_ACTION_REMOVE, .what = "module", .engine = true, .act = act, .row = row,
	};

	return wf_op_named(in, &remove, out, err);
}
