/* SPDX-License-Identifier: Apache-2.0
 *
 * Going back.  Must never take a digest for good because it was good once,
 * nor give EXECUTE to a role that has lost it since: module, signature and
 * limits come from the old row, owner and grants from the newest.
 */
#include "op/op_rollback.h"

#include <string.h>

#include "manifest/type_name.h"
#include "op/op_floor.h"
#include "op/op_head.h"
#include "op/op_tries.h"
#include "plan/hold.h"

void
wf_op_rolled_back_free(struct wf_op_rolled_back *x)
{
	if (!x)
		return;
	wf_op_installed_free(&x->x);
	wf_ref_free(&x->entry.ref);
	wf_live_free(x->live);
	wf_arena_free(&x->arena);
	*x = (struct wf_op_rolled_back)WF_OP_ROLLED_BACK_INIT;
}

/* --- to what ----------------------------------------------------------------- */

static bool
candidate(const struct wf_ledger_row *r, const struct wf_spec *s)
{
	return wf_ledger_row_about(r, s) && strcmp(r->action, "remove") != 0 &&
	       strcmp(r->action, "quarantine") != 0 && r->ref && r->spec.has_manifest &&
	       r->spec.has_module;
}

static enum wf_rc
choose(const struct wf_op_rollback *in, const struct wf_live *live,
       const struct wf_ledger_row *head, const struct wf_ledger_row **out, struct wf_err *err)
{
	char text[WF_DIGEST_TEXT];
	size_t i;

	for (i = live->nledger; i-- > 0;) {
		const struct wf_ledger_row *r = &live->ledger[i];

		if (!candidate(r, &head->spec) ||
		    (in->to ? !wf_digest_eq(&r->spec.manifest, in->to)
		            : wf_digest_eq(&r->spec.manifest, &head->spec.manifest)))
			continue;
		*out = r;
		return WF_OK;
	}
	if (!in->to)
		return wf_err_set(err, WF_R_NOT_FOUND, "the ledger has no other artifact of %s.%s",
		                  head->spec.schema, head->spec.name);
	wf_digest_text(in->to, text);
	return wf_err_set(err, WF_R_NOT_FOUND, "the ledger has no row of %s.%s with %s",
	                  head->spec.schema, head->spec.name, text);
}

struct looking {
	const struct wf_op_rollback *in;
	struct wf_op_rolled_back *x;
	const struct wf_ledger_row *head, *to;
};

static enum wf_rc
look(void *arg, struct wf_engine **e, struct wf_err *err)
{
	struct looking *l = arg;
	const struct wf_op_rollback *in = l->in;
	struct wf_op_rolled_back *x = l->x;
	struct wf_engine_target t = in->named.target->engine;
	struct wf_engine *engine = NULL;
	const struct wf_live_function *f = NULL;
	size_t at = 0;
	enum wf_rc rc;

	wf_live_freep(&x->live);
	t.read_only = true;
	rc = wf_engine_open(&t, &engine, err);
	*e = engine;
	if (rc == WF_OK)
		rc = wf_op_named_look(&in->named, engine, &x->arena, &at, &x->live, err);
	if (rc == WF_OK)
		rc = wf_op_head_check(in->named.state_dir, x->live, err);
	if (rc == WF_OK)
		rc = wf_op_named_find(&in->named, 0, at, x->live, &x->arena, &f, err);
	if (rc != WF_OK)
		return rc;
	l->head = wf_ledger_row_find(x->live->ledger, x->live->nledger, &f->spec);
	if (!l->head)
		return wf_err_set(err, WF_R_NOT_FOUND, "the ledger has no row of %s.%s",
		                  f->spec.schema, f->spec.name);
	if (wf_hold(l->head, NULL) == WF_HOLD_QUARANTINED) {
		(void)wf_err_set(err, WF_R_QUARANTINED, "%s.%s is in quarantine since ledger row %lld",
		                 f->spec.schema, f->spec.name, (long long)l->head->seq);
		return wf_err_hint(err, "End that first: wasmfn install --release NAME.");
	}
	rc = choose(in, x->live, l->head, &l->to, err);
	if (rc == WF_OK && !in->below_floor)
		rc = wf_op_floor(x->live->ledger, x->live->nledger, l->to, err);
	return rc;
}

/* --- the old row as an entry --------------------------------------------------- */

static bool
same_types(const struct wf_manifest_entry *e, const char *args)
{
	struct wf_arena a = {NULL};
	struct wf_strs v;
	bool same;

	wf_want_split(args ? args : "", &v, &a);
	same = e->args_set && wf_type_name_lists(e->args, e->nargs, v.v, v.n);
	wf_arena_free(&a);
	return same;
}

/* The entry about the function: the only one of its name, else the one with
 * its types. */
static enum wf_rc
claim(const struct wf_op_rollback *in, const struct wf_spec *s,
      const struct wf_manifest_entry **out, struct wf_err *err)
{
	const struct wf_op_claims *c = in->named.claims;
	const struct wf_manifest_entry *exact = NULL;
	size_t i, n = 0;

	*out = NULL;
	for (i = 0; c && i < c->n; i++) {
		if (strcmp(c->v[i]->schema, s->schema) != 0 || strcmp(c->v[i]->name, s->name) != 0)
			continue;
		n++;
		*out = c->v[i];
		if (same_types(c->v[i], s->args))
			exact = c->v[i];
	}
	if (n < 2 || exact) {
		*out = exact ? exact : *out;
		return WF_OK;
	}
	(void)wf_err_set(err, WF_R_AMBIGUOUS, "%zu entries are called %s.%s, none of them (%s)", n,
	                 s->schema, s->name, s->args ? s->args : "");
	return wf_err_hint(err, "Write its argument types in the manifest file as the server "
	                        "names them.");
}

/* The store alone is asked, and by digest; what the policy sees is where the
 * artifact came from. */
static enum wf_rc
make_entry(const struct wf_ledger_row *to, const struct wf_manifest_entry *claims,
           struct wf_op_rolled_back *x, struct wf_err *err)
{
	struct wf_manifest_entry *e = &x->entry;
	struct wf_strs args;
	enum wf_rc rc = wf_ref_parse(to->ref, &e->ref, err);

	if (rc == WF_OK && (!e->ref.has_digest ||
	                    !wf_digest_eq(&e->ref.digest, &to->spec.manifest)))
		rc = wf_err_set(err, WF_R_TAMPERED, "its reference is of another artifact");
	if (rc != WF_OK)
		return wf_err_wrap(err, "ledger row %lld", (long long)to->seq);
	e->ref.kind = WF_REF_DIGEST;
	e->file = "ledger row";
	e->line = (unsigned)to->seq;
	e->schema = to->spec.schema;
	e->name = to->spec.name;
	e->export_name = to->spec.export_name;
	wf_want_split(to->spec.args ? to->spec.args : "", &args, &x->arena);
	e->args = args.v;
	e->nargs = args.n;
	e->args_set = to->spec.args != NULL; /* some engines keep no types */
	e->returns = to->spec.returns;
	e->max_memory_bytes = e->fuel_per_call = e->epoch_deadline_ms = e->stack_size_bytes = -1;
	e->policy = claims ? claims->policy : NULL;
	return WF_OK;
}

enum wf_rc
wf_op_rollback(const struct wf_op_rollback *in, struct wf_op_rolled_back *out,
               struct wf_err *err)
{
	struct looking l = {.in = in, .x = out};
	const struct wf_manifest_entry *claimed = NULL, *made = &out->entry;
	struct wf_op_claims one = {.v = &made, .n = 1};
	struct wf_op_rolling rolling = {.reason = in->named.reason};
	struct wf_op_install install = {
		.judge = in->judge, .fetch = in->fetch, .target = in->named.target,
		.claims = &one, .state_dir = in->named.state_dir, .dry_run = in->dry_run,
		.rollback = &rolling, .accept_change = in->accept_change,
	};
	char held[WF_DIGEST_TEXT];
	struct wf_digest hash;
	enum wf_rc rc = wf_op_named_claimed(&in->named, err);

	if (rc == WF_OK)
		rc = wf_op_tries(look, &l, err);
	if (rc == WF_OK)
		rc = claim(in, &l.to->spec, &claimed, err);
	if (rc != WF_OK || !l.head || !l.to)
		return rc != WF_OK ? rc : wf_err_set(err, WF_R_BUG, "rollback to no row");
	rc = make_entry(l.to, claimed, out, err);
	if (rc != WF_OK)
		return rc;
	if (claimed) {
		wf_hold_entry(claimed, &hash);
		wf_digest_text(&hash, held);
		rolling.held = held;
	}
	rolling.row = l.to;
	rolling.to = &l.to->spec;
	rolling.head = l.head->seq;
	rc = wf_op_install(&install, &out->x, err);
	out->held = rc == WF_OK && claimed && !in->dry_run;
	return rc;
}
