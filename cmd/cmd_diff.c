/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn diff OLD NEW`: what an upgrade gains and loses, for a review and
 * for a bot.
 */
#include <stdio.h>

#include "cmd/cmd.h"
#include "cmd/module_text.h"
#include "op/op_check.h"
#include "op/op_diff.h"

struct params {
	const char *policy;
};

static const struct wf_opt opts[] = {
	{0, "policy", "FILE", "judge what is gained by this policy file", WF_OPT_STRING,
	 offsetof(struct params, policy), NULL},
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

/* --- JSON ----------------------------------------------------------------------- */

static struct wf_json *
classes_json(uint32_t classes)
{
	struct wf_json *all = wf_json_array();

	for (unsigned c = 0; c < WF_CAP_COUNT; c++)
		if (classes & WF_CAP_BIT(c))
			wf_json_push(all, wf_json_new_z(wf_capability_word((enum wf_cap)c)));
	return all;
}

static struct wf_json *
row_json(const struct wf_op_diff *x, const struct wf_delta_row *row)
{
	const struct wf_decision *d = wf_op_diff_decision(x, row);
	struct wf_json *o = wf_json_object();

	wf_json_set_z(o, "change", wf_delta_how_word(row->how));
	wf_json_set_z(o, "what", wf_delta_what_word(row->what));
	wf_json_set_str(o, "subject", row->subject);
	wf_json_set_z(o, "before", row->before);
	wf_json_set_z(o, "after", row->after);
	wf_json_set(o, "capabilities", classes_json(row->classes));
	wf_json_set_bool(o, "wider", row->wider);
	wf_json_set_z(o, "verdict", !d ? NULL : d->allowed ? "allowed" : "denied");
	wf_json_set_z(o, "rule", d ? d->rule : NULL);
	wf_json_set_z(o, "file", d ? d->pos.file : NULL);
	wf_json_set(o, "line", d && d->pos.file ? wf_json_new_int(d->pos.line)
	                                        : wf_json_new_null());
	return o;
}

static void
doc(struct wf_out *out, const struct wf_op_diff *x)
{
	struct wf_json *doc = wf_out_doc(out), *changes;

	if (x->before.name)
		wf_json_set(doc, "old", wf_module_subject(&x->before));
	if (x->after.name)
		wf_json_set(doc, "subject", wf_module_subject(&x->after));
	if (!x->compared || wf_out_is_human(out))
		return;
	changes = wf_json_array();
	for (size_t i = 0; i < x->delta.n; i++)
		wf_json_push(changes, row_json(x, &x->delta.v[i]));
	wf_json_set_z(doc, "verdict", x->nnew_denied ? "denied" : "allowed");
	wf_json_set_bool(doc, "identical", wf_digest_eq(&x->before.module_digest,
	                                                &x->after.module_digest));
	wf_json_set(doc, "gained", classes_json(x->delta.gained));
	wf_json_set(doc, "lost", classes_json(x->delta.lost));
	wf_json_set(doc, "changes", changes);
}

/* --- text ----------------------------------------------------------------------- */

static void
side(struct wf_out *out, const char *label, const struct wf_inspected *x)
{
	char digest[WF_DIGEST_TEXT];

	wf_digest_text(&x->module_digest, digest);
	wf_out_field(out, label, "%s, %zu bytes, module %s", x->name, x->wasm->size, digest);
}

static void
decision_cells(struct wf_out *out, const struct wf_decision *d)
{
	if (!d) {
		wf_out_cell(out, WF_DIM, "-");
		wf_out_cell(out, WF_DIM, "-");
		return;
	}
	wf_out_cell(out, d->allowed ? WF_GOOD : WF_BAD, "%s: %s",
	            d->allowed ? "allowed" : "denied", d->rule);
	if (d->pos.file)
		wf_out_cell(out, WF_DIM, "%s:%u", d->pos.file, d->pos.line);
	else
		wf_out_cell(out, WF_DIM, "built in");
}

static void
change_table(struct wf_out *out, const struct wf_op_diff *x)
{
	static const char *const head[] = {"", "WHAT", "SUBJECT", "OLD", "NEW", "CAPABILITY",
	                                   "POLICY", "WHERE", NULL};
	static const char *const sign[] = {"+", "-", "~"};
	char text[WF_MODULE_NAME_TEXT];

	wf_out_line(out, "%s", "");
	wf_out_table(out, head);
	for (size_t i = 0; i < x->delta.n && i < WF_MODULE_MAX_ROWS; i++) {
		const struct wf_delta_row *row = &x->delta.v[i];

		wf_out_cell(out, row->wider ? WF_WARN : WF_PLAIN, "%s", sign[row->how]);
		wf_out_cell(out, WF_PLAIN, "%s", wf_delta_what_word(row->what));
		wf_module_name(row->subject, text);
		wf_out_cell(out, WF_PLAIN, "%s", text);
		wf_out_cell(out, WF_PLAIN, "%s", row->before ? row->before : "-");
		wf_out_cell(out, WF_PLAIN, "%s", row->after ? row->after : "-");
		wf_module_classes(row->classes, text);
		wf_out_cell(out, WF_PLAIN, "%s", *text ? text : "-");
		decision_cells(out, wf_op_diff_decision(x, row));
	}
	wf_out_table_end(out);
	if (x->delta.n > WF_MODULE_MAX_ROWS)
		wf_out_styled(out, WF_WARN, "and %zu more; --json lists all",
		              x->delta.n - WF_MODULE_MAX_ROWS);
}

static void
sentences(struct wf_out *out, uint32_t classes, enum wf_style style, const char *begin)
{
	for (unsigned c = 0; c < WF_CAP_COUNT; c++)
		if (classes & WF_CAP_BIT(c))
			wf_out_styled(out, style, "%s %s", begin,
			              wf_capability_says((enum wf_cap)c));
}

static void
text(struct wf_out *out, const struct wf_op_diff *x)
{
	side(out, "old", &x->before);
	side(out, "new", &x->after);
	if (wf_digest_eq(&x->before.module_digest, &x->after.module_digest)) {
		wf_out_styled(out, WF_GOOD, "the same module, byte for byte");
		return;
	}
	if (!x->delta.n) {
		wf_out_styled(out, WF_GOOD, "other bytes, and the same to the outside");
		return;
	}
	change_table(out, x);
	wf_out_line(out, "%s", "");
	sentences(out, x->delta.gained, WF_WARN, "it can now");
	sentences(out, x->delta.lost, WF_GOOD, "it can no longer");
	if (x->nnew_denied)
		wf_out_styled(out, WF_BAD, "denied: %zu of what is gained", x->nnew_denied);
	else
		wf_out_styled(out, WF_GOOD, "allowed: policy names all that is gained");
}

static enum wf_rc
run_diff(struct wf_run *r, struct wf_err *err)
{
	const struct params *p = r->params;
	WF_AUTO(wf_policy_freep) struct wf_policy *policy = NULL;
	WF_AUTO(wf_op_inspect_end) struct wf_op_inspect in = {
		.config = r->g->config, .store = r->g->store, .offline = r->g->offline,
	};
	WF_AUTO(wf_op_diff_free) struct wf_op_diff x = WF_OP_DIFF_INIT;
	enum wf_rc rc;

	if ((rc = wf_op_check_policy(p->policy, &policy, err)))
		return rc;
	rc = wf_op_diff(&in, r->argv[0], r->argv[1], policy, &x, err);
	doc(r->out, &x);
	if (x.compared)
		text(r->out, &x);
	return rc;
}

const struct wf_cmd wf_cmd_diff = {
	.name = "diff",
	.args = "OLD NEW",
	.summary = "what an upgrade gains and loses",
	.about = "OLD and NEW are files or references. Compares imports, exports, signatures, "
	         "memories, tables,\nstart function, features and capabilities. Exit 15 when NEW "
	         "gains what the policy denies; that\nthe two differ is no error.",
	.opts = opts,
	.params_size = sizeof(struct params),
	.speaks = WF_SPEAKS_OPERANDS,
	.min_args = 2,
	.max_args = 2,
	.run = run_diff,
};
