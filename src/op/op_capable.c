/* SPDX-License-Identifier: Apache-2.0
 *
 * The capability decision of an install.  Must never skip the first policy.
 */
#include "op/op_capable.h"

#include <stdlib.h>

#include "policy/policy_asks.h"

static enum wf_rc
denied(const struct wf_policy_verdict *v, struct wf_err *err)
{
	const struct wf_decision *d = wf_policy_verdict_denied(v);

	if (!d)
		return wf_err_set(err, WF_R_DENIED, "the module is denied");
	if (!d->pos.file)
		return wf_err_set(err, WF_R_DENIED, "%.*s (%s) is denied: %s, built in",
		                  (int)d->subject.len, d->subject.p, d->capability, d->rule);
	return wf_err_set(err, WF_R_DENIED, "%.*s (%s) is denied: %s (%s:%u)",
	                  (int)d->subject.len, d->subject.p, d->capability, d->rule,
	                  d->pos.file, d->pos.line);
}

enum wf_rc
wf_op_capable(const struct wf_policy *const *policies, size_t n, const char *match,
              const struct wf_wasm *w, const struct wf_manifest_entry *entry,
              struct wf_err *err)
{
	WF_AUTO(wf_freep) struct wf_capability *caps =
		wf_calloc(w->nimports + 1, sizeof(*caps));
	enum wf_rc rc = WF_OK;
	size_t i;

	wf_capability_list(w, caps);
	for (i = 0; rc == WF_OK && (i == 0 || i < n); i++) {
		const struct wf_policy *p = i < n ? policies[i] : NULL;
		struct wf_policy_verdict v = WF_VERDICT_INIT;

		if (i > 0 && !wf_policy_caps(p, match, 0))
			continue;
		wf_policy_eval(p, match, w, caps, &v);
		if (entry)
			wf_policy_eval_asks(p, match, entry, &v);
		if (!v.allowed)
			rc = denied(&v, err);
		wf_policy_verdict_free(&v);
	}
	return rc;
}
