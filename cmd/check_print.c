/* SPDX-License-Identifier: Apache-2.0
 *
 * Policies and settings as text.  Both are made of our own words and of
 * names that were quoted where the text was made.
 */
#include "cmd/check_print.h"

#include "base/limits.h"
#include "cmd/module_text.h"
#include "engine/emit.h"

static void
show(struct wf_run *r, const struct wf_inspected *x, const char *member, struct wf_buf *text)
{
	wf_module_doc(r->out, x);
	wf_json_set_str(wf_out_doc(r->out), member, wf_buf_str(text));
	wf_out_own_text(r->out, wf_buf_z(text));
}

enum wf_rc
wf_check_print_policy(struct wf_run *r, struct wf_op_inspect *in,
                      const struct wf_op_check_item *item, struct wf_err *err)
{
	WF_AUTO(wf_op_inspected_free) struct wf_inspected x = WF_INSPECTED_INIT;
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_CONFIG_BYTES);
	enum wf_rc rc;

	if ((rc = wf_op_inspect(in, item->operand, &x, err)) ||
	    (rc = wf_policy_suggest(x.ref.match ? x.ref.match : "", x.wasm, x.caps,
	                            &x.module_digest, &text, err)))
		return rc;
	show(r, &x, "suggestion", &text);
	return WF_OK;
}

enum wf_rc
wf_check_print_settings(struct wf_run *r, struct wf_op_inspect *in,
                        const struct wf_op_check_item *item, const struct wf_policy *policy,
                        unsigned target, struct wf_err *err)
{
	WF_AUTO(wf_op_inspected_free) struct wf_inspected x = WF_INSPECTED_INIT;
	WF_AUTO(wf_policy_verdict_free) struct wf_policy_verdict v = WF_VERDICT_INIT;
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_CONFIG_BYTES);
	struct wf_policy_effect effect;
	enum wf_rc rc;

	if ((rc = wf_op_inspect(in, item->operand, &x, err)))
		return rc;
	wf_policy_eval(policy, x.ref.match, x.wasm, x.caps, &v);
	wf_policy_effect(policy, x.ref.match, x.wasm, x.caps, &v, &effect);
	if ((rc = wf_emit(target, &effect, item->entry, &text, err)))
		return rc;
	show(r, &x, "settings", &text);
	return WF_OK;
}
