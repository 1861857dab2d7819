/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn check`: may this module run here, and which rule says so.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/check_print.h"
#include "cmd/cmd.h"
#include "cmd/module_text.h"
#include "engine/emit.h"
#include "op/op_check.h"
#include "sys/interrupt.h"

struct params {
	struct wf_list manifests;
	const char *policy, *engine, *emit;
	bool suggest;
};

static const struct wf_opt opts[] = {
	{'f', NULL, "MANIFEST", "check all that MANIFEST names (repeatable)", WF_OPT_LIST,
	 offsetof(struct params, manifests), NULL},
	{0, "policy", "FILE", "judge by this policy file", WF_OPT_STRING,
	 offsetof(struct params, policy), NULL},
	{0, "engine", "NAME", "can this engine run it?", WF_OPT_STRING,
	 offsetof(struct params, engine), NULL},
	{0, "suggest", NULL, "print the smallest policy that allows this", WF_OPT_FLAG,
	 offsetof(struct params, suggest), NULL},
	{0, "emit", "NAME", "print an engine's settings for the policy", WF_OPT_STRING,
	 offsetof(struct params, emit), NULL},
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

static struct wf_json *
decisions_json(const struct wf_policy_verdict *v)
{
	struct wf_json *all = wf_json_array();

	for (size_t i = 0; i < v->n; i++) {
		const struct wf_decision *d = &v->v[i];
		struct wf_json *o = wf_json_object();

		wf_json_set_str(o, "subject", d->subject);
		wf_json_set_z(o, "capability", d->capability);
		wf_json_set_z(o, "verdict", d->allowed ? "allowed" : "denied");
		wf_json_set_z(o, "rule", d->rule);
		wf_json_set_z(o, "file", d->pos.file);
		wf_json_set(o, "line", d->pos.file ? wf_json_new_int(d->pos.line)
		                                   : wf_json_new_null());
		wf_json_push(all, o);
	}
	return all;
}

/* --- in plain words ---------------------------------------------------------------- */

#define MOST_WORDS 100u /* different sentences that the tables have for one module */

/* The sentences of the imports, each once, in their order. */
static size_t
sentences(const struct wf_inspected *x, const char *out[MOST_WORDS])
{
	size_t n = 0, k;

	for (size_t i = 0; i < x->wasm->nimports && n < MOST_WORDS; i++) {
		for (k = 0; k < n && strcmp(out[k], x->caps[i].says) != 0; k++)
			;
		if (k == n)
			out[n++] = x->caps[i].says;
	}
	return n;
}

static void
plain_words(struct wf_out *out, const struct wf_inspected *x)
{
	const char *words[MOST_WORDS];
	size_t n = sentences(x, words);
	struct wf_json *can = wf_json_array();

	for (size_t i = 0; i < n; i++)
		wf_json_push(can, wf_json_new_z(words[i]));
	wf_json_set(wf_out_doc(out), "can", can);
	if (!n)
		wf_out_line(out, "it has no imports: it can only compute");
	for (size_t i = 0; i < n; i++)
		wf_out_line(out, "it %s", words[i]);
}

/* Nothing is said about what was not decided: no members, no verdict. */
static void
verdict_doc(struct wf_out *out, const struct wf_policy_verdict *v)
{
	struct wf_json *doc = wf_out_doc(out), *over;

	if (wf_out_is_human(out))
		return;
	over = wf_json_array();
	wf_json_set_z(doc, "verdict", v->allowed ? "allowed" : "denied");
	wf_json_set(doc, "decisions", decisions_json(v));
	for (unsigned c = 0; c < WF_CAP_COUNT; c++)
		if (v->overgranted & WF_CAP_BIT(c))
			wf_json_push(over, wf_json_new_z(wf_capability_word((enum wf_cap)c)));
	wf_json_set(doc, "overgranted", over);
}

static void
decision_table(struct wf_out *out, const struct wf_policy_verdict *v)
{
	static const char *const head[] = {"VERDICT", "SUBJECT", "CAPABILITY", "RULE", "WHERE", NULL};
	char name[WF_MODULE_NAME_TEXT];

	wf_out_line(out, "%s", "");
	wf_out_table(out, head);
	for (size_t i = 0; i < v->n && i < WF_MODULE_MAX_ROWS; i++) {
		const struct wf_decision *d = &v->v[i];

		wf_module_name(d->subject, name);
		wf_out_cell(out, d->allowed ? WF_GOOD : WF_BAD, "%s",
		            d->allowed ? "allowed" : "denied");
		wf_out_cell(out, WF_PLAIN, "%s", name);
		wf_out_cell(out, WF_PLAIN, "%s", d->capability);
		wf_out_cell(out, WF_PLAIN, "%s", d->rule);
		if (d->pos.file)
			wf_out_cell(out, WF_DIM, "%s:%u", d->pos.file, d->pos.line);
		else
			wf_out_cell(out, WF_DIM, "built in");
	}
	wf_out_table_end(out);
	if (v->n > WF_MODULE_MAX_ROWS)
		wf_out_styled(out, WF_WARN, "and %zu more; --json lists all",
		              v->n - WF_MODULE_MAX_ROWS);
}

static void
verdict_lines(struct wf_out *out, const struct wf_policy_verdict *v)
{
	char words[WF_MODULE_NAME_TEXT];

	decision_table(out, v);
	wf_out_line(out, "%s", "");
	if (v->allowed)
		wf_out_styled(out, WF_GOOD, "allowed: %zu of %zu", v->n, v->n);
	else
		wf_out_styled(out, WF_BAD, "denied: %zu of %zu", v->ndenied, v->n);
	if (v->overgranted) {
		wf_module_classes(v->overgranted, words);
		wf_out_styled(out, WF_WARN, "over-granted: %s (allowed, and no import needs it)", words);
	}
}

/* --- engine fit -------------------------------------------------------------------- */

static void
fit_doc(struct wf_out *out, const struct wf_fit_engine *engine, const struct wf_fit *f)
{
	struct wf_json *o, *points;

	if (wf_out_is_human(out))
		return;
	o = wf_json_object();
	points = wf_json_array();
	for (size_t i = 0; i < f->n; i++) {
		struct wf_json *p = wf_json_object();

		wf_json_set_z(p, "what", f->v[i].what);
		wf_json_set_str(p, "subject", f->v[i].subject);
		wf_json_set_z(p, "verdict", wf_fit_word(f->v[i].verdict));
		wf_json_set_z(p, "detail", f->v[i].says);
		wf_json_push(points, p);
	}
	wf_json_set_z(o, "name", engine->name);
	wf_json_set_z(o, "verdict", wf_fit_word(f->verdict));
	wf_json_set(o, "points", points);
	wf_json_set(wf_out_doc(out), "engine", o);
}

static void
fit_table(struct wf_out *out, const struct wf_fit_engine *engine, const struct wf_fit *f)
{
	static const char *const head[] = {"ENGINE", "WHAT", "SUBJECT", "DETAIL", NULL};
	static const enum wf_style style[] = {WF_BAD, WF_WARN, WF_GOOD};
	char text[WF_MODULE_NAME_TEXT];

	wf_out_line(out, "%s", "");
	wf_out_table(out, head);
	for (size_t i = 0; i < f->n && i < WF_MODULE_MAX_ROWS; i++) {
		wf_out_cell(out, style[f->v[i].verdict], "%s", wf_fit_word(f->v[i].verdict));
		wf_out_cell(out, WF_PLAIN, "%s", f->v[i].what);
		wf_module_name(f->v[i].subject, text);
		wf_out_cell(out, WF_PLAIN, "%s", text);
		wf_out_cell(out, WF_PLAIN, "%s", f->v[i].says);
	}
	wf_out_table_end(out);
	if (f->n > WF_MODULE_MAX_ROWS)
		wf_out_styled(out, WF_WARN, "and %zu more; --json lists all",
		              f->n - WF_MODULE_MAX_ROWS);
	wf_out_line(out, "%s", "");
	wf_out_styled(out, style[f->verdict], "engine %s: %s", engine->name,
	              f->verdict == WF_FIT_YES ? "can run it, as far as the binary shows"
	              : f->verdict == WF_FIT_NO ? "cannot run it" : "not decided here");
}

/* A denial stands, whatever the engine could run. */
static enum wf_rc
fit(struct wf_run *r, const char *name, const struct wf_op_check_item *item,
    const struct wf_inspected *x, enum wf_rc before, struct wf_err *err)
{
	const struct wf_fit_engine *engine = wf_fit_find(name);
	WF_AUTO(wf_fit_free) struct wf_fit f = WF_FIT_INIT;
	struct wf_err unused = {0};
	enum wf_rc rc;

	if (!engine)
		return wf_err_set(err, WF_R_BUG, "engine %s has no description", name);
	rc = wf_op_check_fit(engine, item, x, &f, before ? &unused : err);
	fit_doc(r->out, engine, &f);
	fit_table(r->out, engine, &f);
	return before ? before : rc;
}

static enum wf_rc
known_engine(const char *name, struct wf_err *err)
{
	char names[200] = "";
	const struct wf_fit_engine *e;
	size_t n = 0;

	if (!name || wf_fit_find(name))
		return WF_OK;
	for (size_t i = 0; (e = wf_fit_at(i)) && n < sizeof(names); i++)
		n += (size_t)snprintf(names + n, sizeof(names) - n, "%s%s", n ? ", " : "", e->name);
	return wf_err_set(err, WF_R_USAGE, "unknown engine \"%s\"; known are %s", name, names);
}

static enum wf_rc
one(struct wf_run *r, struct wf_op_inspect *in, const struct wf_op_check_item *item,
    const struct wf_policy *policy, struct wf_err *err)
{
	const struct params *p = r->params;
	WF_AUTO(wf_op_inspected_free) struct wf_inspected x = WF_INSPECTED_INIT;
	WF_AUTO(wf_policy_freep) struct wf_policy *further = NULL;
	WF_AUTO(wf_policy_verdict_free) struct wf_policy_verdict v = WF_VERDICT_INIT;
	WF_AUTO(wf_suspicion_free) struct wf_suspicions findings = WF_SUSPICIONS_INIT;
	enum wf_rc rc = wf_op_check(in, item, policy, &further, &x, &v, err);

	wf_module_doc(r->out, &x);
	if (rc && rc != WF_E_DENIED && rc != WF_E_REVOKED)
		return rc;
	verdict_doc(r->out, &v);
	wf_out_styled(r->out, WF_BOLD, "%s", x.name);
	wf_module_head(r->out, &x);
	verdict_lines(r->out, &v);
	plain_words(r->out, &x);
	wf_op_suspicion(in, &x, &findings);
	wf_module_findings(r->out, &findings);
	return p->engine ? fit(r, p->engine, item, &x, rc, err) : rc;
}

static enum wf_rc
collect(const struct wf_run *r, struct wf_op_check_list *list, struct wf_err *err)
{
	const struct params *p = r->params;

	if (r->argc == 0 && p->manifests.n == 0)
		return wf_err_set(err, WF_R_USAGE, "expected a file, a reference or -f MANIFEST");
	if (r->argc && p->manifests.n)
		return wf_err_set(err, WF_R_USAGE, "-f MANIFEST takes no operands beside it");
	for (int i = 0; i < r->argc; i++)
		wf_op_check_add(list, r->argv[i]);
	return p->manifests.n
		? wf_op_check_manifests(list, p->manifests.v, p->manifests.n, err) : WF_OK;
}

/* Each of them prints something else. */
static enum wf_rc
together(const struct params *p, unsigned *target, struct wf_err *err)
{
	const char *const *names = wf_emit_targets();

	if (p->suggest && (p->policy || p->engine || p->emit))
		return wf_err_set(err, WF_R_USAGE, "--suggest judges by no policy: it goes with none of --policy, --engine, --emit");
	if (p->emit && p->engine)
		return wf_err_set(err, WF_R_USAGE, "--emit and --engine are two questions");
	for (; p->emit && *names; names++, ++*target)
		if (strcmp(*names, p->emit) == 0)
			return WF_OK;
	if (!p->emit)
		return WF_OK;
	return wf_err_set(err, WF_R_USAGE, "--emit knows wasmtime, pgwasm and pg_wasm, found \"%s\"", p->emit);
}

static enum wf_rc
run_check(struct wf_run *r, struct wf_err *err)
{
	const struct params *p = r->params;
	WF_AUTO(wf_policy_freep) struct wf_policy *policy = NULL;
	unsigned target = 0;
	WF_AUTO(wf_op_check_list_free) struct wf_op_check_list list = {0};
	WF_AUTO(wf_op_inspect_end) struct wf_op_inspect in = {
		.config = r->g->config, .store = r->g->store, .offline = r->g->offline,
	};
	enum wf_rc rc;

	if ((rc = known_engine(p->engine, err)) || (rc = together(p, &target, err)) ||
	    (rc = collect(r, &list, err)) ||
	    (!p->suggest && (rc = wf_op_check_policy(p->policy, &policy, err))))
		return rc;
	wf_op_check_ahead(&in, &list);
	wf_out_expect(r->out, (int)list.n);
	for (size_t i = 0; i < list.n; i++) {
		if (i)
			wf_out_line(r->out, "%s", "");
		if ((rc = wf_interrupt_check(err)))
			return rc;
		if (p->suggest)
			rc = wf_check_print_policy(r, &in, &list.v[i], err);
		else if (p->emit)
			rc = wf_check_print_settings(r, &in, &list.v[i], policy, target, err);
		else
			rc = one(r, &in, &list.v[i], policy, err);
		(void)wf_out_record(r->out, rc, err);
	}
	return WF_OK;
}

const struct wf_cmd wf_cmd_check = {
	.name = "check",
	.args = "REF… | FILE… | -f MANIFEST",
	.summary = "imports and structure against the capability policy",
	.about = "Judges by --policy, else by the machine's policy, else by the built-in rule: core "
	         "module, no imports. Exit 15 when something is denied; each decision names its rule.",
	.opts = opts,
	.params_size = sizeof(struct params),
	.speaks = WF_SPEAKS_OPERANDS,
	.max_args = -1,
	.run = run_check,
};
