/* SPDX-License-Identifier: Apache-2.0
 *
 * Functions by name.  Must never touch more than what was named, nor record
 * what it did not see in the database afterwards.
 */
#include "op/op_named.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "op/op_head.h"
#include "op/op_install_apply.h"
#include "op/op_tries.h"
#include "sys/clock.h"

void
wf_op_named_free(struct wf_op_named_done *x)
{
	if (!x)
		return;
	wf_live_free(x->live);
	wf_live_free(x->after);
	wf_arena_free(&x->arena);
	*x = (struct wf_op_named_done)WF_OP_NAMED_INIT;
}

enum wf_rc
wf_op_named_claimed(const struct wf_op_named *in, struct wf_err *err)
{
	size_t i, j;

	for (i = 0; !in->reason && in->claims && i < in->nnames; i++) {
		for (j = 0; j < in->claims->n; j++) {
			const struct wf_manifest_entry *e = in->claims->v[j];

			if (!wf_op_install_names(&in->names[i], e))
				continue;
			(void)wf_err_set(err, WF_R_CLAIMED, "%s.%s is claimed by %s:%u", e->schema,
			                 e->name, e->file, e->line);
			return wf_err_hint(err, "Take it out of the manifest file, or say why with "
			                        "--reason TEXT.");
		}
	}
	return WF_OK;
}

/* --- which functions ------------------------------------------------------- */

/* The server's names of the types given, "integer, text"; NULL: none given.
 * *no_type: one that the server does not know. */
static const char *
server_args(const struct wf_op_name *n, const struct wf_live *live, size_t at,
            struct wf_arena *a, const char **no_type)
{
	struct wf_want_sig sig = {.args_set = true};
	struct wf_manifest_entry e = {.schema = n->schema, .name = n->name};
	struct wf_spec s;
	struct wf_strs list;

	if (!n->args)
		return NULL;
	wf_want_split(n->args, &list, a);
	sig.args = list.v;
	sig.nargs = list.n;
	wf_want_spec(&e, &sig, live->types, at, a, &s, no_type);
	return s.args;
}

static enum wf_rc
pick(const struct wf_op_name *n, const char *args, const struct wf_live *live,
     const struct wf_live_function **out, struct wf_err *err)
{
	size_t i;

	*out = NULL;
	for (i = 0; i < live->nfunctions; i++) {
		const struct wf_spec *v = &live->functions[i].spec;

		if (strcmp(v->schema, n->schema) != 0 || strcmp(v->name, n->name) != 0 ||
		    (args && (!v->args || strcmp(v->args, args) != 0)))
			continue;
		if (*out) {
			(void)wf_err_set(err, WF_R_AMBIGUOUS, "%s.%s(%s) and %s.%s(%s) are both there",
			                 n->schema, n->name, (*out)->spec.args ? (*out)->spec.args : "",
			                 n->schema, n->name, v->args ? v->args : "");
			return wf_err_hint(err, "Name the argument types: schema.name(types).");
		}
		*out = &live->functions[i];
	}
	if (!*out)
		return wf_err_set(err, WF_R_FAILED, "there is no WASM function %s.%s%s%s%s",
		                  n->schema, n->name, n->args ? "(" : "", n->args ? n->args : "",
		                  n->args ? ")" : "");
	return WF_OK;
}

enum wf_rc
wf_op_named_find(const struct wf_op_named *in, size_t i, size_t at, const struct wf_live *live,
                 struct wf_arena *a, const struct wf_live_function **out, struct wf_err *err)
{
	const char *no_type = NULL;
	const char *args = server_args(&in->names[i], live, at, a, &no_type);

	if (no_type)
		return wf_err_set(err, WF_R_USAGE, "the server has no type \"%s\"", no_type);
	return pick(&in->names[i], args, live, out, err);
}

enum wf_rc
wf_op_named_look(const struct wf_op_named *in, struct wf_engine *engine, struct wf_arena *a,
                 size_t *at, struct wf_live **out, struct wf_err *err)
{
	struct wf_strs types = {NULL, 0}, list;
	struct wf_want_sig sig = {.args_set = true};
	size_t i;

	for (i = 0; i < in->nnames; i++) {
		wf_want_split(in->names[i].args ? in->names[i].args : "", &list, a);
		sig.args = list.v;
		sig.nargs = list.n;
		at[i] = wf_want_types_add(&types, &sig, a);
	}
	return wf_engine_snapshot(engine, types.v, types.n, out, err);
}

/* --- doing it -------------------------------------------------------------- */

struct chosen {
	const struct wf_live_function **f;
	bool *skip;
	struct wf_ledger_row *rows;
	size_t n;
};

static enum wf_rc
choose(const struct wf_op_named *in, const size_t *at, struct wf_op_named_done *x,
       struct chosen *c, struct wf_err *err)
{
	enum wf_rc rc = WF_OK;
	size_t i, j;

	for (i = 0; rc == WF_OK && i < in->nnames; i++) {
		rc = wf_op_named_find(in, i, at[i], x->live, &x->arena, &c->f[i], err);
		for (j = 0; rc == WF_OK && j < i; j++)
			if (c->f[j] == c->f[i])
				rc = wf_err_set(err, WF_R_USAGE, "%s is named twice",
				                wf_spec_signature(&c->f[i]->spec, &x->arena));
	}
	c->n = in->nnames;
	return rc;
}

/* The same function, wherever the engine keeps it: one that was dropped and
 * made again meanwhile is another. */
static const struct wf_live_function *
again(const struct wf_live *live, const struct wf_live_function *f)
{
	const struct wf_live_function *v = wf_live_find(live, &f->spec);

	return v && v->oid == f->oid ? v : NULL;
}

static enum wf_rc
record(const struct wf_op_named *in, const struct wf_op_named_act *act, struct wf_engine *engine,
       struct wf_op_named_done *x, struct chosen *c, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *settings = wf_op_install_settings(x->after);
	char policy_hash[WF_DIGEST_TEXT];
	enum wf_rc rc = WF_OK;
	size_t i;

	for (i = 0; rc == WF_OK && i < c->n; i++) {
		struct wf_ledger_row *row = &c->rows[i];

		if (c->skip[i])
			continue;
		wf_op_install_row(x->after, NULL, 0, settings, row, policy_hash);
		row->action = wf_steps_word(act->action);
		row->reason = in->reason;
		rc = act->row(x->live, c->f[i], again(x->after, c->f[i]), &x->arena, row,
		              err);
		if (rc == WF_OK)
			rc = wf_engine_record(engine, row, err);
		row->settings = row->evidence = NULL;
	}
	return rc;
}

static void
steps(const struct wf_op_named_act *act, struct wf_op_named_done *x, const struct chosen *c)
{
	char from[WF_DIGEST_TEXT];
	size_t i;

	for (i = 0; i < c->n; i++) {
		struct wf_spec claimed = wf_live_claimed(c->f[i]), *s = &claimed;

		wf_digest_text(&s->module, from);
		x->v[x->n++] = (struct wf_step){
			c->skip[i] ? WF_ACTION_NONE : act->action, wf_spec_signature(s, &x->arena),
			act->what, s->has_module ? wf_arena_strn(&x->arena, from, strlen(from)) : NULL,
			NULL,
		};
	}
}

static void
learn(const struct wf_op_named *in, const struct wf_live *live, const struct chosen *c)
{
	WF_AUTO(wf_freep) struct wf_ledger_row *list = wf_calloc(c->n + 1, sizeof(*list));
	size_t i, n = 0;

	for (i = 0; i < c->n; i++)
		if (!c->skip[i])
			list[n++] = c->rows[i];
	wf_op_head_learn(in->state_dir, live, list, n);
}

/* Nothing is put on top of a ledger that lost what this host knows.  Taking
 * EXECUTE away is what one does about it, and not refused for it. */
static enum wf_rc
look_at_head(const struct wf_op_named *in, const struct wf_op_named_act *act,
             const struct wf_live *live, bool *whole, struct wf_err *err)
{
	struct wf_err e = {0};
	enum wf_rc rc = wf_op_head_check(in->state_dir, live, &e);

	*whole = rc == WF_OK;
	if (rc != WF_OK && act->action == WF_ACTION_QUARANTINE) {
		wf_log(WF_LOG_WARN, "%s", e.msg);
		return WF_OK;
	}
	if (rc != WF_OK && err)
		*err = e;
	return rc;
}

/* Where function and ledger cannot change together: said first, and kept. */
static enum wf_rc
announce(const struct wf_op_named_act *act, struct wf_engine *engine, const struct wf_live *live,
         const struct wf_live_function *f, struct wf_err *err)
{
	char policy_hash[WF_DIGEST_TEXT];
	struct wf_ledger_row row;
	enum wf_rc rc;

	if (!act->engine || !wf_engine_describe(engine)->one_by_one)
		return WF_OK;
	wf_op_install_row(live, NULL, 0, NULL, &row, policy_hash);
	row.action = "intent";
	row.reason = wf_steps_word(act->action);
	row.spec = wf_live_claimed(f);
	rc = wf_engine_record(engine, &row, err);
	if (rc == WF_OK)
		rc = wf_engine_commit(engine, wf_clock_run_id(), err);
	return rc == WF_OK ? wf_engine_begin(engine, err) : rc;
}

static enum wf_rc
act_all(const struct wf_op_named *in, const struct wf_op_named_act *act, struct wf_engine *engine,
        struct wf_op_named_done *x, struct chosen *c, struct wf_err *err)
{
	enum wf_rc rc = WF_OK;
	size_t i, todo = 0;

	for (i = 0; rc == WF_OK && i < c->n; i++) {
		c->skip[i] = act->done && act->done(x->live, c->f[i]);
		todo += !c->skip[i];
		if (!c->skip[i])
			rc = announce(act, engine, x->live, c->f[i], err);
		if (rc == WF_OK && !c->skip[i])
			rc = act->act(engine, c->f[i], err);
	}
	if (rc == WF_OK && todo)
		rc = wf_engine_snapshot(engine, NULL, 0, &x->after, err);
	if (rc == WF_OK && todo)
		rc = record(in, act, engine, x, c, err);
	if (rc == WF_OK && todo)
		rc = wf_engine_commit(engine, wf_clock_run_id(), err);
	return rc;
}

struct work {
	const struct wf_op_named *in;
	const struct wf_op_named_act *act;
	struct wf_op_named_done *out;
};

static enum wf_rc
try_it(void *arg, struct wf_engine **e, struct wf_err *err)
{
	const struct work *w = arg;
	const struct wf_op_named *in = w->in;
	const struct wf_op_named_act *act = w->act;
	struct wf_op_named_done *out = w->out;
	struct wf_engine *engine = NULL;
	size_t n = in->nnames + 1;
	WF_AUTO(wf_freep) size_t *at = wf_calloc(n, sizeof(*at));
	struct chosen c;
	bool whole = false;
	enum wf_rc rc = wf_engine_open(&in->target->engine, &engine, err);

	*e = engine;
	wf_op_named_free(out); /* what the last try left */
	c = (struct chosen){
		wf_arena_alloc(&out->arena, n * sizeof(*c.f)), wf_arena_alloc(&out->arena, n),
		wf_arena_alloc(&out->arena, n * sizeof(*c.rows)), 0,
	};
	out->v = wf_arena_alloc(&out->arena, n * sizeof(*out->v));
	if (rc == WF_OK && act->engine && in->nnames > 1 && wf_engine_describe(engine)->one_by_one)
		rc = wf_err_set(err, WF_R_USAGE, "engine %s: one function a transaction, so name one "
		                "at a time", wf_engine_name(engine));
	if (rc == WF_OK)
		rc = wf_engine_begin(engine, err);
	if (rc == WF_OK)
		rc = wf_op_named_look(in, engine, &out->arena, at, &out->live, err);
	if (rc == WF_OK)
		rc = look_at_head(in, act, out->live, &whole, err);
	if (rc == WF_OK)
		rc = choose(in, at, out, &c, err);
	if (rc == WF_OK)
		rc = act_all(in, act, engine, out, &c, err);
	if (rc != WF_OK && !wf_engine_committed(engine))
		return rc;
	steps(act, out, &c);
	if (whole)
		learn(in, out->live, &c);
	return rc;
}

enum wf_rc
wf_op_named(const struct wf_op_named *in, const struct wf_op_named_act *act,
            struct wf_op_named_done *out, struct wf_err *err)
{
	struct work w = {in, act, out};
	enum wf_rc rc = wf_op_named_claimed(in, err);

	return rc == WF_OK ? wf_op_tries(try_it, &w, err) : rc;
}
