/* SPDX-License-Identifier: Apache-2.0
 *
 * The three-way plan.  Must never plan from a digest that the engine recorded,
 * and never leave a privilege that nobody asked for to PUBLIC.
 */
#include "plan/steps.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *word, *sql;
} actions[] = {
#define ROW(name, word, sql) {word, sql},
	WF_ACTIONS(ROW)
#undef ROW
};

const char *
wf_steps_word(enum wf_action a)
{
	return actions[a].word;
}

const char *
wf_steps_sql_class(enum wf_action a)
{
	return actions[a].sql;
}

void
wf_steps_free(struct wf_steps *s)
{
	if (!s)
		return;
	wf_arena_free(&s->arena);
	*s = (struct wf_steps)WF_STEPS_INIT;
}

/* --- collecting ------------------------------------------------------------- */

struct work {
	struct wf_steps *out;
	const struct wf_live *live;
	const char *function;
	struct wf_change *change;
	const struct wf_steps_want *wants;
	size_t nwants;
};

static const char *
keep(struct work *w, const char *z)
{
	return z ? wf_arena_strn(&w->out->arena, z, strlen(z)) : NULL;
}

static void
add(struct work *w, enum wf_action a, const char *what, const char *from, const char *to)
{
	struct wf_steps *s = w->out;
	struct wf_step *grown;

	if ((s->n & (s->n - 1)) == 0) {
		grown = wf_arena_alloc(&s->arena, (s->n ? 2 * s->n : 1) * sizeof(*grown));
		if (s->n)
			memcpy(grown, s->v, s->n * sizeof(*grown));
		s->v = grown;
	}
	s->v[s->n++] = (struct wf_step){a, w->function, what, keep(w, from), keep(w, to)};
	/* the ledger's word is the first that matters */
	if (w->change->action == WF_ACTION_NONE)
		w->change->action = a;
}

static const char *
digest_text(char text[WF_DIGEST_TEXT], bool has, const struct wf_digest *d)
{
	if (!has)
		return NULL;
	wf_digest_text(d, text);
	return text;
}

/* --- the goal --------------------------------------------------------------- */

static int64_t
first_set(int64_t a, int64_t b)
{
	return a >= 0 ? a : b;
}

/* The entry; where it is silent, what the ledger's row says. */
static struct wf_spec
overlay(const struct wf_spec *m, const struct wf_spec *l)
{
	struct wf_spec g = *m;

	if (!l) {
		if (g.definer == WF_YESNO_UNSET)
			g.definer = WF_NO;
		return g;
	}
	if (g.definer == WF_YESNO_UNSET)
		g.definer = l->definer == WF_YESNO_UNSET ? WF_NO : l->definer;
	if (g.strict == WF_YESNO_UNSET)
		g.strict = l->strict;
	if (g.volatility == WF_VOLATILITY_UNSET)
		g.volatility = l->volatility;
	if (!g.owner)
		g.owner = l->owner;
	if (!g.grants_set) {
		g.grants_set = l->grants_set;
		g.grants = l->grants;
	}
	g.limits = (struct wf_limits){
		first_set(m->limits.max_memory_bytes, l->limits.max_memory_bytes),
		first_set(m->limits.fuel_per_call, l->limits.fuel_per_call),
		first_set(m->limits.epoch_deadline_ms, l->limits.epoch_deadline_ms),
		first_set(m->limits.stack_size_bytes, l->limits.stack_size_bytes),
	};
	if (!g.wasi)
		g.wasi = l->wasi;
	if (!g.comment)
		g.comment = l->comment;
	return g;
}

static bool
same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* --- differences ------------------------------------------------------------ */

static bool
has(const struct wf_strs *l, const char *z)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->v[i], z) == 0)
			return true;
	return false;
}

/* What only sending the module again can change. */
static void
diff_module(struct work *w, const struct wf_spec *goal, const struct wf_live_function *v,
            const struct wf_ledger_row *row)
{
	char from[WF_DIGEST_TEXT], to[WF_DIGEST_TEXT], f[24], t[24];
	const struct wf_spec claimed = wf_live_claimed(v), *have = &claimed;
	const struct {
		const char *name;
		int64_t want, have;
	} limits[] = {
		{"max_memory_bytes", goal->limits.max_memory_bytes, have->limits.max_memory_bytes},
		{"fuel_per_call", goal->limits.fuel_per_call, have->limits.fuel_per_call},
		{"epoch_deadline_ms", goal->limits.epoch_deadline_ms, have->limits.epoch_deadline_ms},
		{"stack_size_bytes", goal->limits.stack_size_bytes, have->limits.stack_size_bytes},
	};
	size_t i, before = w->out->n;

	if (!have->has_module || !wf_digest_eq(&have->module, &goal->module))
		add(w, WF_ACTION_REPLACE, "module",
		    digest_text(from, have->has_module, &have->module),
		    digest_text(to, true, &goal->module));
	else if (row && row->spec.has_compiled && have->has_compiled &&
	         wf_digest_eq(&row->spec.module, &goal->module) &&
	         !wf_digest_eq(&row->spec.compiled, &have->compiled))
		add(w, WF_ACTION_REPLACE, "compiled module",
		    digest_text(from, true, &have->compiled),
		    digest_text(to, true, &row->spec.compiled));
	else if (!v->wrapper_ok)
		add(w, WF_ACTION_REPLACE, "wrapper", v->wrapper_state, "the engine's own");
	else if ((v->has_column && !wf_digest_eq(&v->column, &have->module)) ||
	         (v->has_wrapper_digest && !wf_digest_eq(&v->wrapper, &have->module)))
		add(w, WF_ACTION_REPLACE, "recorded digest", "another",
		    digest_text(to, true, &goal->module));
	for (i = 0; i < WF_COUNT(limits); i++) {
		/* silent entry and no row: nothing to compare with */
		if (limits[i].want == limits[i].have || (limits[i].want < 0 && !row))
			continue;
		(void)snprintf(f, sizeof(f), "%lld", (long long)limits[i].have);
		(void)snprintf(t, sizeof(t), "%lld", (long long)limits[i].want);
		add(w, WF_ACTION_REPLACE, limits[i].name, limits[i].have < 0 ? NULL : f,
		    limits[i].want < 0 ? NULL : t);
	}
	if (goal->wasi && !same(goal->wasi, have->wasi))
		add(w, WF_ACTION_REPLACE, "wasi", have->wasi, goal->wasi);
	if (goal->export_name && !same(goal->export_name, have->export_name))
		add(w, WF_ACTION_REPLACE, "export", have->export_name, goal->export_name);
	w->change->put = w->change->replace = w->out->n > before || v->odd_wrapper;
}

static const char *
yesno(enum wf_yesno v)
{
	return v == WF_YES ? "yes" : "no";
}

static const char *
volatility(enum wf_volatility v)
{
	switch (v) {
	case WF_IMMUTABLE: return "immutable";
	case WF_STABLE: return "stable";
	case WF_VOLATILE: return "volatile";
	case WF_VOLATILITY_UNSET: break;
	}
	return NULL;
}

static void
diff_grants(struct work *w, const struct wf_spec *goal, const struct wf_spec *have,
            const char *owner)
{
	size_t i;

	for (i = 0; i < have->grants.n; i++) {
		const char *who = have->grants.v[i];
		bool wanted = goal->grants_set ? has(&goal->grants, who)
		                               : strcmp(who, "PUBLIC") != 0;

		if (!wanted)
			add(w, WF_ACTION_REVOKE, "execute", who, NULL);
	}
	for (i = 0; goal->grants_set && i < goal->grants.n; i++)
		if (!has(&have->grants, goal->grants.v[i]) && !same(goal->grants.v[i], owner))
			add(w, WF_ACTION_GRANT, "execute", NULL, goal->grants.v[i]);
}

/* Settings on a function: none, but the fixed search_path of a definer. */
static void
diff_config(struct work *w, const struct wf_spec *goal, const struct wf_live_function *v)
{
	static const char path[] = "search_path=pg_catalog, pg_temp";
	bool definer = goal->definer == WF_YES;
	size_t i;

	for (i = 0; i < v->config.n; i++)
		if (!definer || strcmp(v->config.v[i], path) != 0)
			add(w, WF_ACTION_ALTER, "setting", v->config.v[i], NULL);
	if (definer && !has(&v->config, path))
		add(w, WF_ACTION_ALTER, "setting", NULL, path);
}

static void
diff_attributes(struct work *w, const struct wf_spec *goal, const struct wf_live_function *v)
{
	const struct wf_spec *have = &v->spec;
	unsigned d = wf_spec_diff(goal, have);
	size_t before = w->out->n, i;

	if (d & WF_SPEC_STRICT)
		add(w, WF_ACTION_ALTER, "strict", yesno(have->strict), yesno(goal->strict));
	if (d & WF_SPEC_VOLATILITY)
		add(w, WF_ACTION_ALTER, "volatility", volatility(have->volatility),
		    volatility(goal->volatility));
	if (d & WF_SPEC_DEFINER)
		add(w, WF_ACTION_ALTER, "security", have->definer == WF_YES ? "definer" : "invoker",
		    goal->definer == WF_YES ? "definer" : "invoker");
	if (v->leakproof)
		add(w, WF_ACTION_ALTER, "leakproof", "yes", "no");
	for (i = 0; i < v->nodd; i++)
		add(w, WF_ACTION_ALTER, "attribute", v->odd[i].value, v->odd[i].key);
	diff_config(w, goal, v);
	if (d & WF_SPEC_COMMENT)
		add(w, WF_ACTION_ALTER, "comment", have->comment, goal->comment);
	diff_grants(w, goal, have, goal->owner ? goal->owner : have->owner);
	if (d & WF_SPEC_OWNER)
		add(w, WF_ACTION_ALTER, "owner", have->owner, goal->owner);
	if (w->out->n > before)
		w->change->alter = true;
}

/* --- one function ----------------------------------------------------------- */

/* Who may execute what this role creates in the schema. */
static struct wf_strs
grants_at_birth(struct work *w, const char *schema)
{
	const struct wf_live *l = w->live;
	struct wf_strs s = {wf_arena_alloc(&w->out->arena, (l->ndefaults + 1) * sizeof(*s.v)), 0};
	size_t i;

	if (l->born_private)
		return s;
	s.v[s.n++] = "PUBLIC";
	for (i = 0; i < l->ndefaults; i++) {
		const struct wf_live_default *d = &l->defaults[i];

		if ((*d->schema == '\0' || strcmp(d->schema, schema) == 0) && !has(&s, d->grantee))
			s.v[s.n++] = d->grantee;
	}
	return s;
}

static void
plan_create(struct work *w, const struct wf_spec *goal, const struct wf_strs *grants)
{
	/* as PostgreSQL and the engine make it, before anything is altered */
	struct wf_live_function fresh = {.spec = WF_SPEC_INIT, .wrapper_ok = true};
	char to[WF_DIGEST_TEXT];

	fresh.spec.definer = goal->definer;
	fresh.spec.strict = WF_YES;
	fresh.spec.volatility = WF_VOLATILE;
	fresh.spec.owner = w->live->role;
	fresh.spec.grants_set = true;
	fresh.spec.grants = *grants;
	add(w, WF_ACTION_CREATE, "module", NULL, digest_text(to, true, &goal->module));
	diff_attributes(w, goal, &fresh);
	w->change->put = true;
	w->change->alter = true;
}

static bool
wanted(const struct work *w, const struct wf_spec *s)
{
	size_t i;

	for (i = 0; i < w->nwants; i++)
		if (wf_spec_same(&w->wants[i].spec, s))
			return true;
	return false;
}

/* Two entries whose types the server calls by the same names. */
static enum wf_rc
check_twice(const struct work *w, size_t at, struct wf_err *err)
{
	const struct wf_spec *m = &w->wants[at].spec;
	size_t i;

	for (i = 0; i < at; i++) {
		const struct wf_steps_want *o = &w->wants[i];

		if (wf_spec_same(&o->spec, m))
			return wf_err_set(err, WF_R_PLAN_REFUSED, "second entry for function %s: "
			                  "first at %s:%u", w->function,
			                  o->pos.file ? o->pos.file : "", o->pos.line);
	}
	return WF_OK;
}

/* Same name, other arguments, and recorded by us: not an upgrade in place. */
static enum wf_rc
check_arguments(const struct work *w, const struct wf_spec *m, struct wf_err *err)
{
	struct wf_spec any = *m;
	const struct wf_ledger_row *row;

	any.args = NULL;
	row = wf_ledger_row_find(w->live->ledger, w->live->nledger, &any);
	/* it is there itself, or the other one is wanted too: an overload */
	if (!row || same(row->spec.args, m->args) || !wf_live_find(w->live, &row->spec) ||
	    wf_live_find(w->live, m) || wanted(w, &row->spec))
		return WF_OK;
	(void)wf_err_set(err, WF_R_PLAN_REFUSED,
	                 "%s: argument types are (%s), wanted (%s); PostgreSQL cannot change them "
	                 "in place", w->function, row->spec.args ? row->spec.args : "",
	                 m->args ? m->args : "");
	return wf_err_hint(err, "`wasmfn remove --reason TEXT` the old one first.");
}

static enum wf_rc
check_in_place(const struct work *w, const struct wf_spec *goal,
               const struct wf_live_function *v, struct wf_err *err)
{
	if (v->unreadable)
		return wf_err_set(err, WF_R_PRIVILEGE, "%s: cannot be compared: %s", w->function,
		                  v->unreadable);
	if (!goal->returns || same(goal->returns, v->spec.returns))
		return WF_OK; /* an engine without types plans none */
	(void)wf_err_set(err, WF_R_PLAN_REFUSED,
	                 "%s: return type is %s, wanted %s; PostgreSQL cannot change it in place",
	                 w->function, v->spec.returns, goal->returns);
	return wf_err_hint(err, "`wasmfn remove --reason TEXT` the old one first.");
}

static enum wf_rc
allowed(const struct work *w, const struct wf_steps_want *want, const struct wf_spec *s,
        struct wf_err *err)
{
	const struct wf_change *c = w->change;
	const char *owner = s->owner ? s->owner : c->live ? c->live->spec.owner : w->live->role;
	enum wf_rc rc = WF_OK;
	size_t i;

	for (i = 0; rc == WF_OK && i < want->npolicies; i++)
		rc = wf_steps_allowed(want->policies[i], want->match, s, owner, w->live, err);
	return rc;
}

/* The goal completed by what stays of the database's own: policy has a say
 * about that too, and before anything is sent. */
static enum wf_rc
allowed_after(struct work *w, const struct wf_steps_want *want, const struct wf_strs *grants,
              struct wf_err *err)
{
	const struct wf_change *c = w->change;
	const struct wf_limits *have = c->live ? &c->live->spec.limits : NULL;
	struct wf_spec s = c->goal;
	enum wf_rc rc;
	size_t i;

	if (!s.grants_set) {
		s.grants.v = wf_arena_alloc(&w->out->arena, (grants->n + 1) * sizeof(*s.grants.v));
		for (i = 0; i < grants->n; i++)
			if (strcmp(grants->v[i], "PUBLIC") != 0)
				s.grants.v[s.grants.n++] = grants->v[i];
		s.grants_set = true;
	}
	if (c->live && !c->put && !s.wasi)
		s.wasi = c->live->spec.wasi;
	if (have && !c->put)
		s.limits = (struct wf_limits){
			first_set(s.limits.max_memory_bytes, have->max_memory_bytes),
			first_set(s.limits.fuel_per_call, have->fuel_per_call),
			first_set(s.limits.epoch_deadline_ms, have->epoch_deadline_ms),
			first_set(s.limits.stack_size_bytes, have->stack_size_bytes),
		};
	rc = allowed(w, want, &s, err);
	return rc == WF_OK ? rc : wf_err_wrap(err, "as the database would have it");
}

/* Its hold ends: the row says so even where nothing else changes.  One that
 * no row described before its quarantine gets the grants back that it had. */
static void
release(struct work *w, const struct wf_steps_want *want)
{
	struct wf_change *c = w->change;
	const struct wf_ledger_row *r =
		wf_hold_begin(w->live->ledger, w->live->nledger, &want->spec);
	struct wf_strs *g = &c->goal.grants;
	size_t i;

	add(w, WF_ACTION_RELEASE, "hold",
	    want->hold == WF_HOLD_QUARANTINED ? "quarantined" : "rolled back", NULL);
	c->alter = true;
	if (c->goal.grants_set || !r || !r->has_before || !r->before.grants_set)
		return;
	c->goal.grants_set = true;
	g->v = wf_arena_alloc(&w->out->arena, (r->before.grants.n + 1) * sizeof(*g->v));
	for (i = 0; i < r->before.grants.n; i++)
		if (strcmp(r->before.grants.v[i], "PUBLIC") != 0)
			g->v[g->n++] = r->before.grants.v[i];
}

static void
roll_back(struct work *w, const struct wf_steps_want *want)
{
	char from[WF_DIGEST_TEXT], to[WF_DIGEST_TEXT];
	const struct wf_spec *l = w->change->row ? &w->change->row->spec : NULL;

	add(w, WF_ACTION_ROLLBACK, "artifact",
	    l ? digest_text(from, l->has_manifest, &l->manifest) : NULL,
	    digest_text(to, true, &want->spec.manifest));
}

static enum wf_rc
plan_one(struct work *w, const struct wf_steps_want *want, struct wf_err *err)
{
	struct wf_change *c = w->change;
	struct wf_strs grants;
	enum wf_rc rc = check_arguments(w, &want->spec, err);

	if (rc != WF_OK)
		return rc;
	c->live = wf_live_find(w->live, &want->spec);
	if (want->hold != WF_HOLD_NONE && !want->release) {
		c->left = want->hold;
		add(w, WF_ACTION_NONE, want->hold == WF_HOLD_QUARANTINED ? "quarantined" : "held",
		    NULL, NULL);
		return WF_OK;
	}
	c->row = want->row_void ? NULL
	                        : wf_hold_base(w->live->ledger, w->live->nledger, &want->spec);
	c->goal = overlay(&want->spec, c->row ? &c->row->spec : NULL);
	if (want->release)
		release(w, want);
	if (want->rollback)
		roll_back(w, want);
	rc = allowed(w, want, &c->goal, err);
	if (rc != WF_OK)
		return rc;
	if (!c->live) {
		grants = grants_at_birth(w, want->spec.schema);
		plan_create(w, &c->goal, &grants);
		return allowed_after(w, want, &grants, err);
	}
	rc = check_in_place(w, &c->goal, c->live, err);
	if (rc != WF_OK)
		return rc;
	diff_module(w, &c->goal, c->live, c->row);
	diff_attributes(w, &c->goal, c->live);
	rc = allowed_after(w, want, &c->live->spec.grants, err);
	if (rc != WF_OK || c->action != WF_ACTION_NONE)
		return rc;
	/* live is as wanted; does the ledger say so? */
	if (!c->row || wf_spec_diff(&c->goal, &c->row->spec) ||
	    (c->live->spec.has_compiled && !c->row->spec.has_compiled))
		add(w, WF_ACTION_ADOPT, "ledger", c->row ? "another row" : NULL, "row");
	else
		add(w, WF_ACTION_NONE, "nothing", NULL, NULL);
	return WF_OK;
}

enum wf_rc
wf_steps_ledger(const struct wf_live *live, struct wf_err *err)
{
	int64_t bad = 0;

	if (live->ledger_exists && !live->ledger_readable)
		return wf_err_set(err, WF_R_PRIVILEGE, "role %s may not read wasmfn.ledger",
		                  live->role);
	if (wf_ledger_row_chain(live->ledger, live->nledger, &bad) != WF_CHAIN_BROKEN)
		return WF_OK;
	(void)wf_err_set(err, WF_R_TAMPERED, "the ledger's chain is broken at row %lld",
	                 (long long)bad);
	return wf_err_hint(err, "%s", WF_LEDGER_TAMPERED_HINT);
}

enum wf_rc
wf_steps_plan(const struct wf_steps_want *wants, size_t n, const struct wf_live *live,
              struct wf_steps *out, struct wf_err *err)
{
	struct work w = {out, live, NULL, NULL, wants, n};
	enum wf_rc rc = wf_steps_ledger(live, err);
	size_t i;

	if (rc != WF_OK)
		return rc;
	out->changes = wf_arena_alloc(&out->arena, (n + 1) * sizeof(*out->changes));
	for (i = 0; rc == WF_OK && i < n; i++) {
		out->changes[i] = (struct wf_change){.want = i, .goal = WF_SPEC_INIT};
		w.change = &out->changes[i];
		w.function = wf_spec_signature(&wants[i].spec, &out->arena);
		rc = check_twice(&w, i, err);
		if (rc == WF_OK)
			rc = plan_one(&w, &wants[i], err);
		if (rc == WF_OK && wants[i].check && w.change->action != WF_ACTION_NONE)
			add(&w, WF_ACTION_CHECK, "check", NULL, wants[i].check);
		if (rc != WF_OK && wants[i].pos.file)
			(void)wf_err_wrap(err, "%s:%u", wants[i].pos.file, wants[i].pos.line);
		out->nchanges = i + 1;
		out->any = out->any || out->changes[i].action != WF_ACTION_NONE;
	}
	return rc;
}

void
wf_steps_remove(struct wf_steps *out, const struct wf_live_function *f)
{
	struct wf_spec had = wf_live_claimed(f);
	struct wf_change none = {.goal = WF_SPEC_INIT};
	struct work w = {.out = out, .change = &none};
	char from[WF_DIGEST_TEXT];

	w.function = wf_spec_signature(&f->spec, &out->arena);
	add(&w, WF_ACTION_REMOVE, "module", digest_text(from, had.has_module, &had.module), NULL);
	out->any = true;
}
