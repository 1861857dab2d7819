/* SPDX-License-Identifier: Apache-2.0
 *
 * Quarantine and hold, as the ledger has them, before a plan is made.  Must
 * never release what nobody named.
 */
#include "op/op_hold.h"

#include "base/log.h"

static bool
named(const struct wf_op_install *in, const struct wf_manifest_entry *e)
{
	size_t i;

	for (i = 0; i < in->nrelease; i++)
		if (wf_op_install_names(&in->release[i], e))
			return true;
	return false;
}

/* Module, signature, limits and attributes of the old row; owner, grants and
 * comment stay what the newest says. */
static enum wf_rc
roll(const struct wf_op_rolling *r, struct wf_op_installed *out, struct wf_err *err)
{
	const struct wf_live *live = out->live;
	struct wf_steps_want *w = &out->wants[0];
	const struct wf_ledger_row *head =
		wf_ledger_row_find(live->ledger, live->nledger, &w->spec);

	if (!head || head->seq != r->head)
		return wf_err_set(err, WF_R_LEDGER_MOVED, "%s.%s: the ledger has moved meanwhile",
		                  w->spec.schema, w->spec.name);
	w->spec.definer = r->to->definer;
	w->spec.strict = r->to->strict;
	w->spec.volatility = r->to->volatility;
	w->spec.limits = r->to->limits;
	w->spec.wasi = r->to->wasi;
	w->rollback = true;
	return WF_OK;
}

enum wf_rc
wf_op_holds(const struct wf_op_install *in, struct wf_op_installed *out, struct wf_err *err)
{
	const struct wf_live *live = out->live;
	size_t i;

	if (in->rollback)
		return roll(in->rollback, out, err);
	for (i = 0; i < out->n; i++) {
		struct wf_steps_want *w = &out->wants[i];
		bool release = named(in, out->fns[i].entry);

		w->hold = wf_hold(wf_ledger_row_find(live->ledger, live->nledger, &w->spec),
		                  out->fns[i].entry);
		w->release = w->hold != WF_HOLD_NONE && release;
		if (release && !w->release)
			wf_log(WF_LOG_WARN, "%s.%s is neither quarantined nor held",
			       w->spec.schema, w->spec.name);
		out->nquarantined += w->hold == WF_HOLD_QUARANTINED && !w->release;
		out->nheld += w->hold == WF_HOLD_ROLLED_BACK && !w->release;
	}
	return WF_OK;
}
