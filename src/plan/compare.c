/* SPDX-License-Identifier: Apache-2.0
 *
 * The truth table of contract section 4.  Must never let a ledger row speak
 * for itself: it counts by this host's memory or by today's policy.
 */
#include "plan/compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan/compare_fields.h"

const char *
wf_compare_state_word(enum wf_state s)
{
	switch (s) {
	case WF_STATE_UNKNOWN: return "unknown";
	case WF_STATE_IN_SYNC: return "in_sync";
	case WF_STATE_PENDING: return "pending";
	case WF_STATE_DRIFT: return "drift";
	case WF_STATE_CONFLICT: return "conflict";
	case WF_STATE_ORPHAN: return "orphan";
	case WF_STATE_FOREIGN: return "foreign";
	case WF_STATE_QUARANTINED: return "quarantined";
	}
	return "unknown";
}

enum wf_rc
wf_compare_state_code(enum wf_state s)
{
	switch (s) {
	case WF_STATE_UNKNOWN: return WF_E_UNCHECKED;
	case WF_STATE_IN_SYNC: return WF_OK;
	case WF_STATE_PENDING: return WF_E_PENDING;
	case WF_STATE_DRIFT: return WF_E_DRIFT;
	case WF_STATE_CONFLICT: return WF_E_DRIFT;
	case WF_STATE_ORPHAN: return WF_E_DRIFT;
	case WF_STATE_FOREIGN: return WF_E_DRIFT;
	case WF_STATE_QUARANTINED: return WF_OK;
	}
	return WF_E_UNCHECKED;
}

enum wf_state
wf_compare_state_worse(enum wf_state a, enum wf_state b)
{
	static const int rank[] = {
		[WF_STATE_IN_SYNC] = 0, [WF_STATE_QUARANTINED] = 1, [WF_STATE_PENDING] = 2,
		[WF_STATE_UNKNOWN] = 3, [WF_STATE_FOREIGN] = 4,     [WF_STATE_ORPHAN] = 5,
		[WF_STATE_CONFLICT] = 6, [WF_STATE_DRIFT] = 7,
	};

	return rank[b] > rank[a] ? b : a;
}

/* --- bringing M, L and V together ----------------------------------------- */

struct run {
	const struct wf_compare *in;
	struct wf_comparison *out;
	const struct wf_ledger_row **heads; /* newest of each function, sorted */
	size_t nheads;
	const struct wf_live_function **live; /* sorted */
	size_t nlive;
	bool *head_used, *live_used;
	size_t cap;
};

static int
by_name(const struct wf_spec *a, const struct wf_spec *b)
{
	int c = strcmp(a->schema, b->schema);

	return c ? c : strcmp(a->name, b->name);
}

static int
by_signature(const struct wf_spec *a, const struct wf_spec *b)
{
	int c = by_name(a, b);

	return c ? c : strcmp(a->args ? a->args : "", b->args ? b->args : "");
}

static int
row_order(const void *pa, const void *pb)
{
	const struct wf_ledger_row *a = *(const struct wf_ledger_row *const *)pa;
	const struct wf_ledger_row *b = *(const struct wf_ledger_row *const *)pb;
	int c = by_signature(&a->spec, &b->spec);

	return c ? c : (a->seq > b->seq) - (a->seq < b->seq);
}

static int
live_order(const void *pa, const void *pb)
{
	const struct wf_live_function *a = *(const struct wf_live_function *const *)pa;
	const struct wf_live_function *b = *(const struct wf_live_function *const *)pb;

	return by_signature(&a->spec, &b->spec);
}

/* The newest row of each function, unless it says that it was removed. */
static void
collect_heads(struct run *r, const struct wf_ledger_row *from, size_t nfrom, struct wf_arena *a)
{
	const struct wf_ledger_row **rows = wf_arena_alloc(a, (nfrom + 1) * sizeof(*rows));
	size_t i, n = 0;

	for (i = 0; i < nfrom; i++)
		if (from[i].action && from[i].spec.schema && from[i].spec.name &&
		    !wf_ledger_row_intent(&from[i]))
			rows[n++] = &from[i];
	if (n)
		qsort(rows, n, sizeof(*rows), row_order);
	r->heads = wf_arena_alloc(a, (n + 1) * sizeof(*rows));
	for (i = 0; i < n; i++)
		if ((i + 1 == n || by_signature(&rows[i]->spec, &rows[i + 1]->spec) != 0) &&
		    strcmp(rows[i]->action, "remove") != 0)
			r->heads[r->nheads++] = rows[i];
	r->head_used = wf_arena_alloc(a, r->nheads + 1);
}

static void
collect_live(struct run *r)
{
	const struct wf_live *l = r->in->live;
	struct wf_arena *a = &r->out->arena;
	size_t i;

	r->nlive = l->nfunctions;
	r->live = wf_arena_alloc(a, (r->nlive + 1) * sizeof(*r->live));
	for (i = 0; i < r->nlive; i++)
		r->live[i] = &l->functions[i];
	if (r->nlive)
		qsort(r->live, r->nlive, sizeof(*r->live), live_order);
	r->live_used = wf_arena_alloc(a, r->nlive + 1);
}

/* First head and live function of schema.name, by bisection. */
static size_t
first_head(const struct run *r, const struct wf_spec *s)
{
	size_t lo = 0, hi = r->nheads;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (by_name(&r->heads[mid]->spec, s) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static size_t
first_live(const struct run *r, const struct wf_spec *s)
{
	size_t lo = 0, hi = r->nlive;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (by_name(&r->live[mid]->spec, s) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool
same_args(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* The ledger row about what the entry means: its types, else the newest. */
static const struct wf_ledger_row *
find_head(struct run *r, const struct wf_spec *s)
{
	const struct wf_ledger_row *best = NULL;
	size_t i, at = 0;

	for (i = first_head(r, s); i < r->nheads && by_name(&r->heads[i]->spec, s) == 0; i++) {
		if (s->args && !same_args(s->args, r->heads[i]->spec.args))
			continue;
		if (r->head_used[i] || (best && best->seq > r->heads[i]->seq))
			continue;
		best = r->heads[i];
		at = i;
	}
	if (best)
		r->head_used[at] = true;
	return best;
}

/* The live function: by the types of the entry or the row; without either the
 * one that has the wanted module, else the first. */
static const struct wf_live_function *
find_live(struct run *r, const struct wf_spec *s, const char *args)
{
	const struct wf_live_function *best = NULL;
	size_t i, at = 0;

	for (i = first_live(r, s); i < r->nlive && by_name(&r->live[i]->spec, s) == 0; i++) {
		const struct wf_spec *v = &r->live[i]->spec;
		bool exact = !args && s->has_module && v->has_module &&
		             wf_digest_eq(&s->module, &v->module);

		if (r->live_used[i] || (args && !same_args(args, v->args)))
			continue;
		if (!best || exact) {
			best = r->live[i];
			at = i;
		}
		if (exact)
			break;
	}
	if (best)
		r->live_used[at] = true;
	return best;
}

void
wf_compare_rows(const struct wf_compare_want *wants, size_t nwants,
                const struct wf_ledger_row *rows, size_t nrows, struct wf_arena *arena,
                const struct wf_ledger_row **out)
{
	struct run r = {.in = NULL};
	size_t i;

	collect_heads(&r, rows, nrows, arena);
	for (i = 0; i < nwants; i++)
		out[i] = find_head(&r, &wants[i].spec);
}

static struct wf_compared *
add(struct run *r)
{
	struct wf_comparison *o = r->out;

	o->v = wf_grow(o->v, &r->cap, o->n, sizeof(*o->v));
	memset(&o->v[o->n], 0, sizeof(*o->v));
	return &o->v[o->n++];
}

static void
match(struct run *r)
{
	struct wf_compared *c;
	size_t i;

	for (i = 0; i < r->in->nwants; i++) {
		const struct wf_compare_want *m = &r->in->wants[i];

		c = add(r);
		c->want = m;
		c->row = find_head(r, &m->spec);
		c->live = find_live(r, &m->spec,
		                    m->spec.args ? m->spec.args : c->row ? c->row->spec.args : NULL);
	}
	for (i = 0; i < r->nheads; i++) {
		if (r->head_used[i])
			continue;
		c = add(r);
		c->row = r->heads[i];
		c->live = find_live(r, &c->row->spec, c->row->spec.args ? c->row->spec.args : "");
	}
	for (i = 0; i < r->nlive; i++) {
		if (r->live_used[i])
			continue;
		c = add(r);
		c->live = r->live[i];
	}
}

static int
compared_order(const void *pa, const void *pb)
{
	const struct wf_compared *a = pa, *b = pb;
	int c = strcmp(a->schema, b->schema);

	if (!c)
		c = strcmp(a->name, b->name);
	return c ? c : strcmp(a->signature, b->signature);
}

static void
name(struct run *r, struct wf_compared *c)
{
	const struct wf_spec *m = c->want ? &c->want->spec : NULL;
	const struct wf_spec *l = c->row ? &c->row->spec : NULL;
	const struct wf_spec *v = c->live ? &c->live->spec : NULL;
	const struct wf_spec *any = v ? v : l ? l : m;

	c->schema = any->schema;
	c->name = any->name;
	c->signature = wf_spec_signature(any, &r->out->arena);
	if (m && m->has_module)
		wf_digest_text(&m->module, c->want_digest);
	else if (!m && l && l->has_module)
		wf_digest_text(&l->module, c->want_digest);
	if (v && v->has_module)
		wf_digest_text(&v->module, c->have_digest);
}

void
wf_compare(const struct wf_compare *in, struct wf_comparison *out)
{
	struct run r = {.in = in, .out = out};
	int64_t bad = 0;
	char expected[64], observed[64];
	size_t i;

	memset(out, 0, sizeof(*out));
	out->state = WF_STATE_IN_SYNC;
	out->findings.target = in->target;
	out->findings.system_identifier = in->live->system_identifier;
	out->findings.database = in->live->database;
	out->chain = wf_ledger_row_chain(in->live->ledger, in->live->nledger, &bad);
	if (out->chain == WF_CHAIN_BROKEN) {
		snprintf(expected, sizeof(expected), "a whole chain");
		snprintf(observed, sizeof(observed), "broken at row %lld", (long long)bad);
		wf_finding_add(&out->findings, WF_D20, WF_SEV_CRITICAL, "ledger", expected,
		                observed);
	}
	wf_compare_head(in, out);
	collect_heads(&r, in->live->ledger, in->live->nledger, &out->arena);
	collect_live(&r);
	match(&r);
	for (i = 0; i < out->n; i++)
		name(&r, &out->v[i]);
	wf_compare_target(in, out);
	wf_compare_states(in, out);
	if (out->n)
		qsort(out->v, out->n, sizeof(*out->v), compared_order);
	wf_finding_sort(&out->findings);
	for (i = 0; i < out->n; i++) {
		out->state = wf_compare_state_worse(out->state, out->v[i].state);
		out->code = wf_rc_worse(out->code, wf_compare_state_code(out->v[i].state));
	}
	for (i = 0; i < out->findings.n; i++) {
		enum wf_rc code = out->findings.v[i].code;

		out->code = wf_rc_worse(out->code, code);
		if (code == WF_E_UNCHECKED || code == WF_E_CONFIG)
			out->state = wf_compare_state_worse(out->state, WF_STATE_UNKNOWN);
		else if (code != WF_OK)
			out->state = wf_compare_state_worse(out->state, WF_STATE_DRIFT);
	}
}

void
wf_compare_free(struct wf_comparison *c)
{
	if (!c)
		return;
	free(c->v);
	wf_finding_free(&c->findings);
	wf_arena_free(&c->arena);
	memset(c, 0, sizeof(*c));
}
