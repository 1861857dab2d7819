/* SPDX-License-Identifier: Apache-2.0
 *
 * Targets for scripts and for people, out of one result.
 */
#include "cmd/target_report.h"

#include <stdio.h>
#include <string.h>

static struct wf_json *
digest_or_null(const char *text)
{
	return text[0] ? wf_json_new_z(text) : wf_json_new_null();
}

static void
limits_json(struct wf_json *f, const struct wf_live_function *v)
{
	struct wf_json *j = wf_json_object();
	const struct wf_limits *l = &v->spec.limits;

	if (l->max_memory_bytes >= 0)
		wf_json_set_int(j, "max_memory_bytes", l->max_memory_bytes);
	if (l->fuel_per_call >= 0)
		wf_json_set_int(j, "fuel_per_call", l->fuel_per_call);
	if (l->epoch_deadline_ms >= 0)
		wf_json_set_int(j, "epoch_deadline_ms", l->epoch_deadline_ms);
	if (l->stack_size_bytes >= 0)
		wf_json_set_int(j, "stack_size_bytes", l->stack_size_bytes);
	wf_json_set(f, "limits", j);
}

static struct wf_json *
function_json(const struct wf_compared *c)
{
	struct wf_json *f = wf_json_object();
	const struct wf_spec *m = c->want ? &c->want->spec : c->row ? &c->row->spec : NULL;
	char text[WF_DIGEST_TEXT];

	wf_json_set_z(f, "name", c->name);
	wf_json_set_z(f, "schema", c->schema);
	wf_json_set_z(f, "signature", c->signature);
	wf_json_set_z(f, "state", wf_compare_state_word(c->state));
	if (c->unrecorded)
		wf_json_set_bool(f, "unrecorded", true);
	wf_json_set(f, "want", digest_or_null(c->want_digest));
	wf_json_set(f, "have", digest_or_null(c->have_digest));
	if (m && m->has_manifest) {
		wf_digest_text(&m->manifest, text);
		wf_json_set_z(f, "manifest_digest", text);
	}
	if (c->row) {
		wf_json_set_z(f, "signer", c->row->signer);
		wf_json_set_int(f, "ledger_row", c->row->seq);
	}
	if (c->live)
		limits_json(f, c->live);
	return f;
}

static struct wf_json *
cause_json(const struct wf_op_reconciled_target *t)
{
	struct wf_json *e = wf_json_object();

	wf_json_set_z(e, "code", wf_reason_word(t->err.reason));
	wf_json_set_int(e, "exit_code", (int64_t)t->cause);
	wf_json_set_z(e, "message", t->err.msg);
	wf_json_set(e, "hint", t->err.hint[0] ? wf_json_new_z(t->err.hint) : wf_json_new_null());
	return e;
}

static const char *
chain_word(const struct wf_op_reconciled_target *t)
{
	if (t->live->ledger_exists && !t->live->ledger_readable)
		return "unreadable";
	switch (t->cmp.chain) {
	case WF_CHAIN_BROKEN: return "broken";
	case WF_CHAIN_WHOLE: return "whole";
	case WF_CHAIN_EMPTY: return t->live->ledger_exists ? "empty" : "none";
	}
	return "broken";
}

static struct wf_json *
target_json(const struct wf_op_reconciled_target *t)
{
	struct wf_json *j = wf_json_object(), *list = wf_json_array(), *l;
	size_t i;

	wf_json_set_z(j, "name", t->name);
	wf_json_set_z(j, "engine", t->live ? t->live->engine : t->target.engine.engine);
	wf_json_set_z(j, "state", wf_compare_state_word(t->cmp.state));
	if (t->cause != WF_OK)
		wf_json_set(j, "error", cause_json(t));
	for (i = 0; i < t->cmp.n; i++)
		wf_json_push(list, function_json(&t->cmp.v[i]));
	if (t->live) {
		wf_json_set_z(j, "engine_version", t->live->engine_version);
		wf_json_set_bool(j, "engine_unproven", t->live->unproven);
		wf_json_set_z(j, "system_identifier", t->live->system_identifier);
		wf_json_set_z(j, "database", t->live->database);
		wf_json_set_z(j, "role", t->live->role);
		l = wf_json_object();
		wf_json_set_z(l, "chain", chain_word(t));
		wf_json_set_int(l, "rows", (int64_t)t->live->nledger);
		wf_json_set(j, "ledger", l);
	}
	wf_json_set(j, "functions", list);
	return j;
}

void
wf_target_report_json(struct wf_out *out, const struct wf_op_reconciled *o)
{
	struct wf_json *doc = wf_out_doc(out), *targets = wf_json_array();
	struct wf_json *findings = wf_json_array();
	size_t i, k;

	for (i = 0; i < o->n; i++) {
		wf_json_push(targets, target_json(&o->v[i]));
		for (k = 0; k < o->v[i].cmp.findings.n; k++)
			wf_json_push(findings,
			             wf_finding_to_json(&o->v[i].cmp.findings.v[k], o->now));
	}
	wf_json_set(doc, "targets", targets);
	wf_json_set(doc, "findings", findings);
}

/* --- for people ------------------------------------------------------------ */

static enum wf_style
state_style(enum wf_state s)
{
	switch (s) {
	case WF_STATE_IN_SYNC: return WF_GOOD;
	case WF_STATE_PENDING: return WF_WARN;
	case WF_STATE_UNKNOWN: return WF_WARN;
	case WF_STATE_DRIFT: return WF_BAD;
	case WF_STATE_CONFLICT: return WF_BAD;
	case WF_STATE_ORPHAN: return WF_BAD;
	case WF_STATE_FOREIGN: return WF_BAD;
	case WF_STATE_QUARANTINED: return WF_WARN;
	}
	return WF_BAD;
}

/* Twelve digits tell modules apart on a screen; JSON has them all. */
static void
digest_cell(struct wf_out *out, const char *text)
{
	wf_out_cell(out, WF_PLAIN, "%.19s", text[0] ? text : "-");
}

static void
state_cell(struct wf_out *out, const struct wf_compared *c)
{
	wf_out_cell(out, state_style(c->state), "%s%s", wf_compare_state_word(c->state),
	            c->unrecorded ? " (unrecorded)" : "");
}

void
wf_target_report_table(struct wf_out *out, const struct wf_op_reconciled_target *t,
                       bool only_wrong)
{
	static const char *const head[] = {"FUNCTION", "STATE", "WANT", "HAVE", NULL};
	size_t i, n = 0;

	for (i = 0; i < t->cmp.n; i++)
		n += !only_wrong || t->cmp.v[i].state != WF_STATE_IN_SYNC;
	if (n == 0)
		return;
	wf_out_table(out, head);
	for (i = 0; i < t->cmp.n; i++) {
		const struct wf_compared *c = &t->cmp.v[i];

		if (only_wrong && c->state == WF_STATE_IN_SYNC)
			continue;
		wf_out_cell(out, WF_PLAIN, "%s", c->signature);
		state_cell(out, c);
		digest_cell(out, c->want_digest);
		digest_cell(out, c->have_digest);
	}
	wf_out_table_end(out);
}

static void
limits_cell(struct wf_out *out, const struct wf_live_function *v)
{
	const struct wf_limits *l = v ? &v->spec.limits : NULL;
	char memory[32] = "cap", fuel[32] = "cap", deadline[32] = "cap";

	if (!l) {
		wf_out_cell(out, WF_DIM, "-");
		return;
	}
	if (l->max_memory_bytes >= 0)
		snprintf(memory, sizeof(memory), "%lld", (long long)l->max_memory_bytes);
	if (l->fuel_per_call >= 0)
		snprintf(fuel, sizeof(fuel), "%lld", (long long)l->fuel_per_call);
	if (l->epoch_deadline_ms >= 0)
		snprintf(deadline, sizeof(deadline), "%lld ms", (long long)l->epoch_deadline_ms);
	wf_out_cell(out, WF_PLAIN, "memory %s, fuel %s, deadline %s", memory, fuel, deadline);
}

void
wf_target_report_list(struct wf_out *out, const struct wf_op_reconciled_target *t)
{
	static const char *const head[] = {"FUNCTION", "STATE", "DIGEST", "SIGNER", "LIMITS", NULL};
	size_t i;

	if (t->cmp.n == 0)
		return;
	wf_out_table(out, head);
	for (i = 0; i < t->cmp.n; i++) {
		const struct wf_compared *c = &t->cmp.v[i];

		wf_out_cell(out, WF_PLAIN, "%s", c->signature);
		state_cell(out, c);
		digest_cell(out, c->have_digest);
		wf_out_cell(out, WF_PLAIN, "%.60s",
		            c->row && c->row->signer ? c->row->signer : "-");
		limits_cell(out, c->live);
	}
	wf_out_table_end(out);
}
