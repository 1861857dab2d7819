/* SPDX-License-Identifier: Apache-2.0
 *
 * Inspect, then decide.  Must never call a module allowed that could not be
 * decoded to its end.
 */
#include "op/op_check.h"

#include <stdio.h>

#include "config/config.h"

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

enum wf_rc
wf_op_check(const struct wf_op_inspect *in, const struct wf_policy *policy,
            struct wf_inspected *x, struct wf_verdict *v, struct wf_err *err)
{
	const struct wf_decision *d;
	char place[300];
	enum wf_rc rc = wf_op_inspect(in, x, err);

	if (rc)
		return rc;
	wf_policy_eval(policy, x->ref.match, x->wasm, x->caps, v);
	if (v->allowed)
		return WF_OK;
	d = wf_policy_verdict_denied(v);
	(void)wf_err_set(err, WF_R_DENIED, "%s: the capability policy denies %zu of %zu: %.*s (%s): %s%s",
	                 in->operand, v->ndenied, v->n, (int)(d->subject.len < 200 ? d->subject.len : 200),
	                 d->subject.p ? d->subject.p : "", d->capability, d->rule,
	                 place_text(&d->pos, place));
	if (!policy)
		return wf_err_hint(err, "There is no policy file, so only core modules without "
		                        "imports are allowed; --policy FILE says otherwise.");
	if (!wf_policy_caps(policy, x->ref.match, 0))
		return wf_err_hint(err, "No capability rule matches, so only core modules without "
		                        "imports are allowed; a file matches only the pattern **.");
	return err ? err->code : WF_E_DENIED;
}
