/* SPDX-License-Identifier: Apache-2.0
 *
 * Steps as a document.  Must never leave one out: a saved plan is compared by it.
 */
#include "plan/steps.h"

struct wf_json *
wf_steps_to_json(const struct wf_steps *s)
{
	struct wf_json *list = wf_json_array(), *one;
	size_t i;

	for (i = 0; i < s->n; i++) {
		const struct wf_step *step = &s->v[i];

		one = wf_json_object();
		wf_json_set_z(one, "action", wf_steps_word(step->action));
		wf_json_set_z(one, "function", step->function);
		wf_json_set_z(one, "what", step->what);
		wf_json_set_z(one, "from", step->from);
		wf_json_set_z(one, "to", step->to);
		wf_json_set_z(one, "sql_class", wf_steps_sql_class(step->action));
		wf_json_push(list, one);
	}
	return list;
}
