/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn inspect`: what a module is and what it asks for.
 */
#include "cmd/cmd.h"
#include "cmd/module_text.h"
#include "sys/interrupt.h"

struct params {
	bool deep, shallow;
};

static const struct wf_opt opts[] = {
	{0, "deep", NULL, "show the modules inside a component too", WF_OPT_FLAG,
	 offsetof(struct params, deep), NULL},
	{0, "shallow", NULL, "do not look at instructions", WF_OPT_FLAG,
	 offsetof(struct params, shallow), NULL},
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

static enum wf_rc
one(struct wf_run *r, struct wf_op_inspect *in, const char *operand, struct wf_err *err)
{
	WF_AUTO(wf_op_inspected_free) struct wf_inspected x = WF_INSPECTED_INIT;
	WF_AUTO(wf_suspicion_free) struct wf_suspicions findings = WF_SUSPICIONS_INIT;
	enum wf_rc rc = wf_op_inspect(in, operand, &x, err);

	x.deep = ((const struct params *)r->params)->deep;
	wf_module_doc(r->out, &x);
	if (rc)
		return rc;
	wf_out_styled(r->out, WF_BOLD, "%s", x.name);
	wf_module_head(r->out, &x);
	wf_module_tables(r->out, &x);
	wf_op_suspicion(in, &x, &findings);
	wf_module_findings(r->out, &findings);
	return WF_OK;
}

static enum wf_rc
run_inspect(struct wf_run *r, struct wf_err *err)
{
	WF_AUTO(wf_op_inspect_end) struct wf_op_inspect in = {
		.config = r->g->config, .store = r->g->store, .offline = r->g->offline,
		.shallow = ((const struct params *)r->params)->shallow,
	};
	enum wf_rc rc;

	wf_op_inspect_ahead(&in, (const char *const *)r->argv, (size_t)r->argc);
	wf_out_expect(r->out, r->argc);
	for (int i = 0; i < r->argc; i++) {
		if (i)
			wf_out_line(r->out, "%s", "");
		if ((rc = wf_interrupt_check(err)))
			return rc;
		(void)wf_out_record(r->out, one(r, &in, r->argv[i], err), err);
	}
	return WF_OK;
}

const struct wf_cmd wf_cmd_inspect = {
	.name = "inspect",
	.args = "REF… | FILE…",
	.summary = "what modules are and what they ask for",
	.about = "Decodes the whole file, every instruction included, and shows kind, imports, "
	         "exports, memories, tables, start function, features, custom sections and "
	         "the capabilities that the imports stand for. Well-formed is what is "
	         "checked; types are left to the engine. Of a component, imports and "
	         "exports are those of the outermost one.",
	.opts = opts,
	.params_size = sizeof(struct params),
	.speaks = WF_SPEAKS_OPERANDS,
	.min_args = 1,
	.max_args = -1,
	.run = run_inspect,
};
