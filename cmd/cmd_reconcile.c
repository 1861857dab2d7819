/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn reconcile`, and `status` and `list`, which look at the same and say
 * less.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cmd/cmd.h"
#include "cmd/target_report.h"
#include "cmd/trust_opt.h"

struct params {
	struct wf_list manifests;
	const char *target, *engine;
	unsigned parallel;
	struct wf_trust_opt trust;
};

#define OFF(member) offsetof(struct params, member)

static const struct wf_opt opts[] = {
	{'f', NULL, "MANIFEST", "manifest file or directory (repeatable)", WF_OPT_LIST, OFF(manifests), NULL},
	{0, "target", "TARGET", "a configured name, a conninfo or URI", WF_OPT_STRING, OFF(target), NULL},
	{0, "engine", "NAME", "the engine there (default: probed)", WF_OPT_STRING, OFF(engine), NULL},
	{0, "parallel", "N", "targets at a time (default: 50)", WF_OPT_UINT, OFF(parallel), NULL},
	WF_TRUST_OPT_ROWS(struct params, trust, " too"),
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

static enum wf_rc
compare(struct wf_run *r, bool look_only, struct wf_op_reconciled *out, struct wf_err *err)
{
	const struct params *p = r->params;
	WF_AUTO(wf_config_freep) struct wf_config *config = NULL;
	WF_AUTO(wf_arena_free) struct wf_arena arena = {0};
	struct wf_op_reconcile in = {
		.files = p->manifests.v,
		.nfiles = p->manifests.n,
		.target = p->target,
		.engine = p->engine,
		.store_dir = r->g->store,
		.state_dir = r->g->state,
		.verb = r->cmd->name,
		.look_only = look_only,
		.parallel = p->parallel,
		.progress = isatty(STDERR_FILENO),
	};
	enum wf_rc rc = wf_trust_opt_judge(&p->trust, &arena, &in.judge, err);

	if (rc == WF_OK)
		rc = wf_config_load(r->g->config, &config, err);
	in.config = config;
	if (rc == WF_OK)
		rc = wf_op_reconcile(&in, out, err);
	if (rc == WF_OK)
		wf_target_report_json(r->out, out);
	return rc;
}

static const char *
plural(size_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

static void
checked(struct wf_out *out, const struct wf_op_reconciled_target *t)
{
	const struct wf_comparison *c = &t->cmp;
	char ledger[80];
	size_t rows = t->live->nledger;

	if (!t->live->ledger_exists)
		snprintf(ledger, sizeof(ledger), "no ledger");
	else if (!t->live->ledger_readable)
		snprintf(ledger, sizeof(ledger), "ledger not readable");
	else
		snprintf(ledger, sizeof(ledger), "ledger of %zu %s %s", rows,
		         plural(rows, "row", "rows"),
		         c->chain == WF_CHAIN_BROKEN ? "BROKEN" : "whole");
	wf_out_styled(out, WF_DIM, "checked: %zu %s, %zu module %s, %zu %s, %s", c->n,
	              plural(c->n, "function", "functions"), c->modules_checked,
	              plural(c->modules_checked, "hash", "hashes"), c->settings_checked,
	              plural(c->settings_checked, "setting", "settings"), ledger);
}

static enum wf_style
severity_style(enum wf_severity s)
{
	return s >= WF_SEV_HIGH ? WF_BAD : s == WF_SEV_LOW ? WF_WARN : WF_DIM;
}

static void
show_findings(struct wf_out *out, const struct wf_findings *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		const struct wf_finding *f = &l->v[i];

		wf_out_line(out, "%s", "");
		wf_out_styled(out, severity_style(f->severity), "%s %s  %s  (%s)",
		              wf_finding_word(f->id), wf_finding_severity_word(f->severity),
		              f->object, f->klass);
		wf_out_field(out, "expected", "%s", f->expected);
		wf_out_field(out, "observed", "%s", f->observed);
		wf_out_field(out, "remedy", "%s", f->remedy);
	}
}

static void
show_target(struct wf_out *out, const struct wf_op_reconciled_target *t)
{
	wf_out_styled(out, WF_BOLD, "%s%s%s%s", t->name, t->live ? "  " : "",
	              t->live ? t->live->engine : "",
	              t->cause != WF_OK ? "  could not be checked" : "");
	if (t->live) {
		wf_target_report_table(out, t, true);
		checked(out, t);
	}
	show_findings(out, &t->cmp.findings);
	if (t->cause == WF_OK && t->cmp.code == WF_OK)
		wf_out_styled(out, WF_GOOD, "in sync");
}

/* The worst finding, as the error of a run that ends with its code. */
static void
name_worst(const struct wf_op_reconciled *o, struct wf_err *err)
{
	const struct wf_finding *worst = NULL;
	size_t i, k, n = 0;

	if (o->code == WF_E_IO && o->nundelivered) {
		(void)wf_err_set(err, WF_R_IO, "%zu log %s could not be delivered",
		                 o->nundelivered,
		                 plural(o->nundelivered, "line", "lines"));
		return;
	}
	for (i = 0; i < o->n; i++) {
		for (k = 0; k < o->v[i].cmp.findings.n; k++) {
			const struct wf_finding *f = &o->v[i].cmp.findings.v[k];

			if (f->code != o->code)
				continue;
			n++;
			if (!worst)
				worst = f;
		}
	}
	if (!worst || o->code < WF_E_NO_SIGNATURE)
		return;
	(void)wf_err_set(err,
	                 o->code == WF_E_DIGEST    ? WF_R_TAMPERED
	                 : o->code == WF_E_CONFIG  ? WF_R_UNSAFE_FILE
	                 : o->code == WF_E_REVOKED ? WF_R_REVOKED
	                                           : WF_R_NOT_TRUSTED,
	                 "%s %s on %s: expected %s, found %s%s", wf_finding_word(worst->id),
	                 worst->object, worst->target, worst->expected, worst->observed,
	                 n > 1 ? " (and more)" : "");
	(void)wf_err_hint(err, "%s", worst->remedy);
}

static enum wf_rc
run_reconcile(struct wf_run *r, struct wf_err *err)
{
	WF_AUTO(wf_op_reconciled_free) struct wf_op_reconciled o = {0};
	enum wf_rc rc = compare(r, false, &o, err);
	size_t i;

	if (rc != WF_OK)
		return rc;
	for (i = 0; i < o.n; i++) {
		if (i)
			wf_out_line(r->out, "%s", "");
		show_target(r->out, &o.v[i]);
	}
	/* also with -q: the place they were meant for did not take them */
	for (i = 0; i < o.nundelivered; i++)
		(void)fprintf(stderr, "%s\n", o.undelivered[i]);
	if (o.code >= WF_E_NO_SIGNATURE && o.code <= WF_E_REVOKED)
		wf_json_set_z(wf_out_doc(r->out), "result", "drift");
	name_worst(&o, err);
	return o.code;
}

/* 0 or 4: whoever asks for the list is told states, not given a verdict. */
static enum wf_rc
listed(const struct wf_op_reconciled *o)
{
	size_t i, k;

	for (i = 0; i < o->n; i++) {
		if (o->v[i].cause != WF_OK)
			return WF_E_UNCHECKED;
		for (k = 0; k < o->v[i].cmp.n; k++)
			if (o->v[i].cmp.v[k].state == WF_STATE_UNKNOWN)
				return WF_E_UNCHECKED;
		for (k = 0; k < o->v[i].cmp.findings.n; k++)
			if (o->v[i].cmp.findings.v[k].id == WF_D30)
				return WF_E_UNCHECKED;
	}
	return WF_OK;
}

static enum wf_rc
run_status(struct wf_run *r, struct wf_err *err)
{
	WF_AUTO(wf_op_reconciled_free) struct wf_op_reconciled o = {0};
	enum wf_rc rc = compare(r, true, &o, err);
	bool many, list = strcmp(r->cmd->name, "list") == 0;
	size_t i, k;

	if (rc != WF_OK)
		return rc;
	many = o.n > 1 || !list;
	for (i = 0; i < o.n; i++) {
		const struct wf_op_reconciled_target *t = &o.v[i];

		if (many)
			wf_out_styled(r->out, WF_BOLD, "%s%s%s", t->name, t->live ? "  " : "",
			              t->live ? t->live->engine : "  could not be checked");
		wf_target_report_list(r->out, t);
		for (k = 0; k < t->cmp.findings.n; k++)
			if (t->cmp.findings.v[k].id == WF_D30)
				wf_out_styled(r->out, WF_WARN, "not checked: %s: %s",
				              t->cmp.findings.v[k].object,
				              t->cmp.findings.v[k].observed);
		if (!list && t->live)
			checked(r->out, t);
	}
	return listed(&o);
}

const struct wf_cmd wf_cmd_reconcile = {
	.name = "reconcile",
	.args = "",
	.summary = "compare manifest files, ledger and databases; report what differs",
	.about = "Hashes the bytes that each database has, reads its catalogs in one snapshot, and "
	         "compares them with the manifest files and with the ledger. Findings go to "
	         "standard output and to the log. Nothing is changed and no registry is asked: "
	         "what neither store nor ledger holds is unknown until `wasmfn pull -f`.",
	.opts = opts,
	.params_size = sizeof(struct params),
	.max_args = 0,
	.run = run_reconcile,
};

const struct wf_cmd wf_cmd_status = {
	.name = "status",
	.args = "",
	.summary = "one line a function: state, digest, signer, limits",
	.about = "Compares as reconcile does and shows every function. Nothing is logged; the exit "
	         "code is 0, or 4 when something could not be checked.",
	.opts = opts,
	.params_size = sizeof(struct params),
	.max_args = 0,
	.run = run_status,
};

const struct wf_cmd wf_cmd_list = {
	.name = "list",
	.args = "",
	.summary = "the same as status, lines alone",
	.about = "As status, without a heading when there is one target.",
	.opts = opts,
	.params_size = sizeof(struct params),
	.max_args = 0,
	.run = run_status,
};
