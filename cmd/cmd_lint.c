/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn lint FILE…`: every problem, one a line, as compilers write them.
 */
#include "cmd/cmd.h"
#include "op/op_lint.h"

static struct wf_json *
problem_json(const struct wf_problem *p)
{
	struct wf_json *j = wf_json_object();

	wf_json_set_z(j, "file", p->file);
	wf_json_set(j, "line", p->line ? wf_json_new_int(p->line) : wf_json_new_null());
	wf_json_set(j, "column", p->line ? wf_json_new_int(p->column) : wf_json_new_null());
	wf_json_set_z(j, "code", wf_reason_word(p->reason));
	wf_json_set_z(j, "message", p->text);
	return j;
}

static void
show(struct wf_out *o, const char *path, const struct wf_op_lint_out *r)
{
	struct wf_json *list = wf_json_array(), *subject = wf_json_object();
	size_t i;

	wf_json_set_z(subject, "file", path);
	wf_json_set(wf_out_doc(o), "subject", subject);
	wf_json_set_z(wf_out_doc(o), "kind", wf_op_lint_word(r->kind));
	for (i = 0; i < r->problems.n; i++) {
		const struct wf_problem *p = &r->problems.v[i];

		wf_json_push(list, problem_json(p));
		if (p->line)
			wf_out_line(o, "%s:%u:%u: %s", p->file, p->line, p->column, p->text);
		else
			wf_out_line(o, "%s: %s", p->file, p->text);
	}
	wf_json_set(wf_out_doc(o), "problems", list);
	list = wf_json_array();
	for (i = 0; i < r->notes.n; i++) {
		const struct wf_problem *p = &r->notes.v[i];

		wf_json_push(list, problem_json(p));
		wf_out_styled(o, WF_WARN, "%s:%u:%u: note: %s", p->file, p->line, p->column,
		              p->text);
	}
	wf_json_set(wf_out_doc(o), "notes", list);
	wf_json_set_int(wf_out_doc(o), "problems_not_listed", (int64_t)r->problems.left_off);
}

static enum wf_rc
run_lint(struct wf_run *r, struct wf_err *err)
{
	enum wf_rc rc, worst = WF_OK;
	int i;

	wf_out_expect(r->out, r->argc);
	for (i = 0; i < r->argc; i++) {
		WF_AUTO(wf_op_lint_free) struct wf_op_lint_out found = {WF_OP_LINT_UNKNOWN,
		                                                        WF_PROBLEMS_INIT,
		                                                        WF_PROBLEMS_INIT};

		rc = wf_op_lint(r->argv[i], &found, err);
		show(r->out, r->argv[i], &found);
		if (rc == WF_OK)
			wf_out_styled(r->out, WF_GOOD, "%s: a good %s file", r->argv[i],
			              wf_op_lint_word(found.kind));
		worst = wf_rc_worse(worst, wf_out_record(r->out, rc, err));
	}
	return worst;
}

const struct wf_cmd wf_cmd_lint = {
	.name = "lint",
	.args = "FILE…",
	.summary = "every problem of manifest, policy and configuration files",
	.about = "Reads each FILE as what it says it is: a list or kind FunctionSet is a manifest "
	         "file,\nkind Policy a policy, kind Config the configuration. Key files are not "
	         "read, no\nreference is resolved, owner and mode do not matter.",
	.min_args = 1,
	.max_args = -1,
	.run = run_lint,
};
