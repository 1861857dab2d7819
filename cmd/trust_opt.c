/* SPDX-License-Identifier: Apache-2.0
 *
 * Trust options to what the judge takes.
 */
#include "cmd/trust_opt.h"

#include <string.h>

enum wf_rc
wf_trust_opt_judge(const struct wf_trust_opt *o, struct wf_arena *arena,
                   struct wf_op_judge_options *out, struct wf_err *err)
{
	const struct wf_list *list = &o->annotations;
	struct wf_pair *pairs = wf_arena_alloc(arena, (list->n + 1) * sizeof(*pairs));
	const char *eq;
	size_t i;

	for (i = 0; i < list->n; i++) {
		eq = strchr(list->v[i], '=');
		if (!eq || eq == list->v[i])
			return wf_err_set(err, WF_R_USAGE, "-a %s: expected KEY=VALUE", list->v[i]);
		pairs[i].key = wf_arena_strn(arena, list->v[i], (size_t)(eq - list->v[i]));
		pairs[i].value = eq + 1;
	}
	*out = (struct wf_op_judge_options){
		.keys = o->keys.v,
		.nkeys = o->keys.n,
		.identity = o->identity,
		.identity_regexp = o->identity_regexp,
		.issuer = o->issuer,
		.issuer_regexp = o->issuer_regexp,
		.trusted_root = o->trusted_root,
		.annotations = pairs,
		.nannotations = list->n,
		.policy = o->policy,
	};
	return WF_OK;
}
