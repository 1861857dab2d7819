/* SPDX-License-Identifier: Apache-2.0
 *
 * Must never hold a function to be trusted because nobody asked.
 */
#include "op/op_untrusted.h"

#include "engine/untrusted.h"
#include "plan/untrusted.h"

enum wf_rc
wf_op_untrusted(const struct wf_op_install *in, struct wf_engine *engine, struct wf_live *live,
                struct wf_err *err)
{
	const struct wf_policy *p;
	enum wf_rc rc = wf_engine_untrusted(engine, live, err);
	size_t i, k;

	for (i = 0; rc == WF_OK && (p = wf_op_judge_policy(in->judge, i)); i++) {
		const struct wf_function_policy *f = wf_policy_functions(p);

		for (k = 0; k < live->nuntrusted; k++) {
			const struct wf_live_untrusted *u = &live->untrusted[k];

			if (!wf_untrusted_denied(f, u))
				continue;
			(void)wf_err_set(err, WF_R_DENIED, "%s is in language %s: denied by "
			                 "functions.untrusted (%s:%u)", u->function, u->language,
			                 f->pos.file ? f->pos.file : "policy", f->pos.line);
			return wf_err_hint(err, "No sandbox holds it. Drop it, or move it to a schema "
			                        "that the policy does not guard.");
		}
	}
	return rc;
}

struct wf_json *
wf_op_untrusted_json(const struct wf_live *live)
{
	struct wf_json *list = wf_json_array(), *o;
	size_t i;

	for (i = 0; live && i < live->nuntrusted; i++) {
		o = wf_json_object();
		wf_json_set_z(o, "function", live->untrusted[i].function);
		wf_json_set_z(o, "schema", live->untrusted[i].schema);
		wf_json_set_z(o, "language", live->untrusted[i].language);
		wf_json_set_z(o, "owner", live->untrusted[i].owner);
		wf_json_push(list, o);
	}
	return list;
}
