/* SPDX-License-Identifier: Apache-2.0
 *
 * Findings about a module, for people and as JSON.
 */
#include "cmd/module_text.h"

static void
add_json(struct wf_json *all, const struct wf_suspicion *s)
{
	struct wf_json *o = wf_json_object();

	wf_json_set_z(o, "id", wf_suspicion_word(s->id));
	wf_json_set_z(o, "class", wf_suspicion_class(s->id));
	wf_json_set_z(o, "severity", wf_suspicion_low(s->id) ? "low" : "info");
	wf_json_set_str(o, "object", s->object);
	wf_json_set_z(o, "expected", s->expected);
	wf_json_set_str(o, "observed", s->observed);
	wf_json_set_z(o, "remedy", wf_suspicion_remedy(s->id));
	wf_json_push(all, o);
}

void
wf_module_findings(struct wf_out *out, const struct wf_suspicions *s)
{
	static const char *const head[] = {"FINDING", "SEVERITY", "CLASS", "ABOUT", "OBSERVED", NULL};
	struct wf_json *all = wf_json_array();
	char text[WF_MODULE_NAME_TEXT];

	for (size_t i = 0; i < s->n; i++)
		add_json(all, &s->v[i]);
	wf_json_set(wf_out_doc(out), "findings", all);
	if (!s->n)
		return;
	wf_out_line(out, "%s", "");
	wf_out_table(out, head);
	for (size_t i = 0; i < s->n && i < WF_MODULE_MAX_ROWS; i++) {
		const struct wf_suspicion *x = &s->v[i];

		wf_out_cell(out, WF_PLAIN, "%s", wf_suspicion_word(x->id));
		wf_out_cell(out, wf_suspicion_low(x->id) ? WF_WARN : WF_PLAIN, "%s",
		            wf_suspicion_low(x->id) ? "low" : "info");
		wf_out_cell(out, WF_PLAIN, "%s", wf_suspicion_class(x->id));
		wf_module_name(x->object, text);
		wf_out_cell(out, WF_PLAIN, "%s", text);
		wf_module_name(x->observed, text);
		wf_out_cell(out, WF_PLAIN, "%s%s%s", text, x->expected ? ", expected " : "",
		            x->expected ? x->expected : "");
	}
	wf_out_table_end(out);
}
