/* SPDX-License-Identifier: Apache-2.0
 *
 * The road of a function into a database.  Must never send bytes that were
 * not judged, never commit without a ledger row, and never leave a part of a
 * manifest applied.
 */
#include "op/op_install.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "op/op_capable.h"
#include "op/op_dependents.h"
#include "op/op_evidence.h"
#include "op/op_first_call.h"
#include "op/op_fit.h"
#include "op/op_floor.h"
#include "op/op_head.h"
#include "op/op_hold.h"
#include "op/op_install_apply.h"
#include "op/op_plan.h"
#include "op/op_prune.h"
#include "op/op_tries.h"
#include "op/op_untrusted.h"
#include "sys/clock.h"
#include "sys/interrupt.h"

/* All modules of a run are in memory at once: judged bytes are sent bytes. */
#define MAX_MODULES_BYTES ((size_t)1024 * WF_MIB)

void
wf_op_installed_free(struct wf_op_installed *x)
{
	size_t i;

	if (!x)
		return;
	for (i = 0; i < x->n; i++) {
		wf_op_fetched_free(&x->fns[i].fetched);
		wf_judgement_free(&x->fns[i].judgement);
		wf_verified_free(x->fns[i].verified);
		free(x->fns[i].policies);
	}
	free(x->fns);
	free(x->wants);
	wf_steps_free(&x->steps);
	wf_live_free(x->live);
	wf_arena_free(&x->arena);
	*x = (struct wf_op_installed)WF_OP_INSTALLED_INIT;
}

/* --- which entries ---------------------------------------------------------- */

bool
wf_op_install_names(const struct wf_op_name *n, const struct wf_manifest_entry *e)
{
	WF_AUTO(wf_buf_free) struct wf_buf args = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	size_t i;

	for (i = 0; i < e->nargs; i++)
		wf_buf_putf(&args, "%s%s", i ? ", " : "", e->args[i]);
	return wf_op_name_is(n, e->schema, e->name, e->args_set ? wf_buf_z(&args) : NULL);
}

static bool
named(const struct wf_op_install *in, const struct wf_manifest_entry *e)
{
	size_t i;

	for (i = 0; i < in->nnames; i++)
		if (wf_op_install_names(&in->names[i], e))
			return true;
	return in->nnames == 0;
}

/* A name means one entry. */
static enum wf_rc
check_name(const struct wf_op_install *in, const struct wf_op_name *n, struct wf_err *err)
{
	const struct wf_manifest_entry *first = NULL, *e;
	size_t i;

	for (i = 0; i < in->claims->n; i++) {
		e = in->claims->v[i];
		if (!wf_op_install_names(n, e))
			continue;
		if (first) {
			(void)wf_err_set(err, WF_R_AMBIGUOUS, "%s.%s is at %s:%u and at %s:%u", n->schema,
			                 n->name, first->file, first->line, e->file, e->line);
			return wf_err_hint(err, "Name the argument types: schema.name(types).");
		}
		first = e;
	}
	if (!first)
		return wf_err_set(err, WF_R_USAGE, "no manifest file has %s.%s%s%s%s", n->schema,
		                  n->name, n->args ? "(" : "", n->args ? n->args : "",
		                  n->args ? ")" : "");
	return WF_OK;
}

static enum wf_rc
choose(const struct wf_op_install *in, struct wf_op_installed *out, struct wf_err *err)
{
	enum wf_rc rc = WF_OK;
	size_t i;

	out->fns = wf_calloc(in->claims->n + 1, sizeof(*out->fns));
	for (i = 0; i < in->claims->n; i++) {
		if (!named(in, in->claims->v[i]))
			continue;
		out->fns[out->n] = (struct wf_op_install_fn){
			.entry = in->claims->v[i],
			.fetched = WF_OP_FETCHED_INIT,
			.judgement = WF_JUDGEMENT_INIT,
		};
		out->n++;
	}
	for (i = 0; rc == WF_OK && i < in->nnames; i++)
		rc = check_name(in, &in->names[i], err);
	return rc;
}

/* --- one entry: from reference to verified bytes and a wanted signature ------ */

static enum wf_rc
policies_for(const struct wf_op_install *in, struct wf_op_install_fn *f, struct wf_err *err)
{
	const struct wf_policy *own = NULL;
	enum wf_rc rc = wf_op_judge_entry_policy(in->judge, f->entry->policy, &own, err);
	size_t n = 0;

	if (rc != WF_OK)
		return rc;
	while (wf_op_judge_policy(in->judge, n))
		n++;
	f->policies = wf_calloc(n + 2, sizeof(*f->policies));
	for (f->npolicies = 0; f->npolicies < n; f->npolicies++)
		f->policies[f->npolicies] = wf_op_judge_policy(in->judge, f->npolicies);
	if (own)
		f->policies[f->npolicies++] = own;
	return WF_OK;
}

static enum wf_rc
fits(const struct wf_op_install_fn *f, const struct wf_wasm *w, const char *engine,
     struct wf_err *err)
{
	struct wf_fit_subject s;

	wf_op_fit_subject(w, f->entry, &f->sig, &s);
	return wf_op_fit(engine, &s, err);
}

/* Nobody named the engine: once it is known, the one that is there must fit,
 * not one of all. */
static enum wf_rc
fits_found(const struct wf_op_install *in, const struct wf_op_installed *out,
           const char *engine, struct wf_err *err)
{
	const char *named = in->target->engine.engine;
	enum wf_rc rc = WF_OK;

	if ((named && strcmp(named, "auto") != 0) || !wf_engine_adapter(1))
		return WF_OK;
	for (size_t i = 0; rc == WF_OK && i < out->n; i++) {
		WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;

		rc = wf_wasm_decode(wf_verified_bytes(out->fns[i].verified),
		                    out->fns[i].entry->ref.text, &w, err);
		if (rc == WF_OK)
			rc = fits(&out->fns[i], w, engine, err);
	}
	return rc;
}

/* An engine that keeps no signature needs none to be known. */
static enum wf_rc
signature(const struct wf_op_install *in, struct wf_op_install_fn *f, const struct wf_wasm *w,
          struct wf_arena *a, struct wf_err *err)
{
	if (!wf_engine_without_types(in->target->engine.engine))
		return wf_want_sig_complete(f->entry, &f->fetched.artifact, w, a, &f->sig, err);
	wf_want_sig_entry(f->entry, &f->sig);
	return WF_OK;
}

static enum wf_rc
module_of(const struct wf_op_install *in, struct wf_op_install_fn *f, struct wf_arena *a,
          struct wf_err *err)
{
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
	struct wf_buf *bytes = &f->fetched.module;
	enum wf_rc rc = WF_OK;

	if (!bytes->len) {
		*bytes = (struct wf_buf)WF_BUF_INIT(WF_MAX_MODULE_BYTES);
		rc = wf_store_module(in->fetch->store, &f->fetched.artifact, bytes, err);
	}
	if (rc == WF_OK)
		rc = wf_verified_attach(f->verified, bytes, err);
	if (rc == WF_OK)
		rc = wf_wasm_decode(wf_verified_bytes(f->verified), f->entry->ref.text, &w, err);
	if (rc == WF_OK)
		rc = wf_op_capable(f->policies, f->npolicies, f->entry->ref.match, w,
		                   f->entry, err);
	if (rc == WF_OK)
		rc = signature(in, f, w, a, err);
	if (rc == WF_OK)
		rc = fits(f, w, in->target->engine.engine, err);
	return rc;
}

/* For a rollback: the store has the module, and the ledger what the store has
 * lost, or never had: manifest and signatures, which are judged all the same. */
static bool
from_ledger(const struct wf_op_install *in, struct wf_op_install_fn *f)
{
	const struct wf_ledger_row *row = in->rollback->row;
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(WF_MAX_MODULE_BYTES);
	WF_AUTO(wf_json_freep) struct wf_json *owner = NULL;
	const struct wf_json *evidence = wf_ledger_row_evidence(row, &owner);
	struct wf_digest module;

	if (!evidence || wf_artifact_from_json(evidence, &row->spec.manifest, &a, NULL) != WF_OK ||
	    !wf_artifact_module(&a, &module) || !wf_digest_eq(&module, &row->spec.module) ||
	    wf_store_module(in->fetch->store, &a, &bytes, NULL) != WF_OK)
		return false;
	wf_log(WF_LOG_INFO, "the store has no signatures of it: those of ledger row %lld are judged",
	       (long long)row->seq);
	wf_op_fetched_free(&f->fetched);
	f->fetched.artifact = a;
	a = (struct wf_artifact)WF_ARTIFACT_INIT;
	return true;
}

static enum wf_rc
judge(const struct wf_op_install *in, struct wf_op_install_fn *f, struct wf_err *err)
{
	const struct wf_manifest_entry *e = f->entry;

	wf_clock_phase("judge");
	return wf_op_judge_artifact(in->judge, e->ref.match, e->policy, &f->fetched.artifact, NULL,
	                            &f->judgement, &f->verified, err);
}

static enum wf_rc
fetch_and_judge(const struct wf_op_install *in, struct wf_op_install_fn *f, struct wf_err *err)
{
	const struct wf_manifest_entry *e = f->entry;
	enum wf_rc rc;

	wf_clock_phase("fetch");
	in->fetch->formats = wf_op_judge_formats(in->judge, e->ref.match, e->policy);
	rc = wf_op_fetch(in->fetch, &e->ref, &f->fetched, err);
	if (rc == WF_OK)
		rc = judge(in, f, err);
	if (!in->rollback || (err->reason != WF_R_NO_SIGNATURE && err->reason != WF_R_OFFLINE) ||
	    !from_ledger(in, f))
		return rc;
	wf_err_clear(err);
	wf_judgement_free(&f->judgement);
	return judge(in, f, err);
}

static enum wf_rc
prepare_one(const struct wf_op_install *in, struct wf_op_install_fn *f, struct wf_arena *a,
            struct wf_err *err)
{
	enum wf_rc rc = wf_interrupt_check(err);

	if (rc == WF_OK)
		rc = policies_for(in, f, err);
	if (rc == WF_OK)
		rc = fetch_and_judge(in, f, err);
	if (rc == WF_OK)
		rc = module_of(in, f, a, err);
	return rc;
}

static void
fetch_ahead(const struct wf_op_install *in, const struct wf_op_installed *out)
{
	WF_AUTO(wf_op_fetch_list_free) struct wf_op_fetch_list ahead = {0};
	size_t i;

	for (i = 0; i < out->n; i++) {
		const struct wf_manifest_entry *e = out->fns[i].entry;

		wf_op_fetch_list_add(&ahead, e->ref.text,
		                     wf_op_judge_formats(in->judge, e->ref.match, e->policy));
	}
	wf_op_fetch_many(in->fetch, &ahead);
}

static enum wf_rc
prepare(const struct wf_op_install *in, struct wf_op_installed *out, struct wf_err *err)
{
	enum wf_rc rc = WF_OK;
	size_t i;

	/* before any request: a reference without a rule is never asked for */
	for (i = 0; rc == WF_OK && i < out->n; i++) {
		out->failed = &out->fns[i];
		rc = wf_op_judge_allows(in->judge, out->fns[i].entry->ref.match,
		                        out->fns[i].entry->policy, err);
	}
	if (rc == WF_OK)
		fetch_ahead(in, out);
	for (i = 0; rc == WF_OK && i < out->n; i++) {
		out->failed = &out->fns[i];
		wf_log(WF_LOG_INFO, "%s.%s: %s", out->fns[i].entry->schema,
		       out->fns[i].entry->name, out->fns[i].entry->ref.text);
		rc = prepare_one(in, &out->fns[i], &out->arena, err);
		out->module_bytes += rc == WF_OK ? wf_verified_bytes(out->fns[i].verified).len : 0;
		if (rc == WF_OK && out->module_bytes > MAX_MODULES_BYTES)
			rc = wf_err_set(err, WF_R_LIMIT, "more than %zu bytes of modules in one run",
			                MAX_MODULES_BYTES);
	}
	wf_clock_phase(NULL);
	if (rc != WF_OK)
		return wf_err_wrap(err, "%s:%u: %s.%s", out->failed->entry->file,
		                   out->failed->entry->line, out->failed->entry->schema,
		                   out->failed->entry->name);
	out->failed = NULL;
	return WF_OK;
}

/* Of several targets one at a time comes to the store, the registries and the
 * judge, and no further one while the others hold enough. */
static enum wf_rc
prepare_in_turn(const struct wf_op_install *in, struct wf_op_installed *out, struct wf_err *err)
{
	struct wf_op_install_shared *s = in->shared;
	enum wf_rc rc;

	if (!s)
		return prepare(in, out, err);
	wf_task_lock(&s->prepare);
	while (s->bytes > WF_MAX_HELD_MODULES)
		wf_task_wait(&s->room);
	rc = prepare(in, out, err);
	s->bytes += out->module_bytes;
	wf_task_unlock(&s->prepare);
	return rc;
}

static void
leave(const struct wf_op_install *in, const struct wf_op_installed *out)
{
	if (!in->shared)
		return;
	in->shared->bytes -= out->module_bytes;
	wf_task_wake(&in->shared->room);
}

/* --- the plan --------------------------------------------------------------- */

static enum wf_rc
make_wants(struct wf_op_installed *out, const struct wf_live *live,
           const struct wf_engine *engine, struct wf_err *err)
{
	enum wf_rc rc;
	size_t i;

	out->wants = wf_calloc(out->n + 1, sizeof(*out->wants));
	for (i = 0; i < out->n; i++) {
		struct wf_op_install_fn *f = &out->fns[i];
		struct wf_steps_want *w = &out->wants[i];
		const char *no_type = NULL;

		wf_want_spec(f->entry, &f->sig, live->types, f->types_at, &out->arena, &w->spec,
		             &no_type);
		if (no_type)
			return wf_err_set(err, WF_R_PLAN_REFUSED,
			                  "%s:%u: %s.%s: the server has no type \"%s\"",
			                  f->entry->file, f->entry->line, f->entry->schema,
			                  f->entry->name, no_type);
		rc = wf_engine_shape(engine, f->entry, &w->spec, err);
		if (rc != WF_OK)
			return wf_err_wrap(err, "%s:%u", f->entry->file, f->entry->line);
		rc = wf_op_first_call_want(f, &out->arena, w, err);
		if (rc != WF_OK)
			return rc;
		w->spec.has_module = true;
		w->spec.module = *wf_verified_module(f->verified);
		w->pos = (struct wf_pos){f->entry->file, f->entry->line, f->entry->column};
		w->match = f->entry->ref.match;
		w->policies = f->policies;
		w->npolicies = f->npolicies;
	}
	return WF_OK;
}

/* Installing next to what cannot be seen would be guessing. */
static enum wf_rc
check_readable(const struct wf_live *live, struct wf_err *err)
{
	size_t i;

	for (i = 0; i < live->unreadable.n; i++)
		if (strncmp(live->unreadable.v[i], "table wasm.", 11) == 0) {
			(void)wf_err_set(err, WF_R_PRIVILEGE, "role %s cannot compare: %s",
			                 live->role, live->unreadable.v[i]);
			return wf_err_hint(err, "GRANT SELECT ON wasm.module, wasm.function_def TO the "
			                        "role that installs.");
		}
	return WF_OK;
}

/* Rows are judged again, in a run that changes nothing too.  A row that
 * contradicts itself nobody but an attacker wrote; one that today's policy
 * does not take has no say in what the entry leaves out. */
static enum wf_rc
check_rows(const struct wf_op_install *in, struct wf_op_installed *out,
           const struct wf_live *live, struct wf_err *err)
{
	char why[320];
	enum wf_rc code;
	size_t i;

	for (i = 0; i < out->n; i++) {
		const struct wf_manifest_entry *e = out->fns[i].entry;
		const struct wf_ledger_row *row =
			wf_hold_base(live->ledger, live->nledger, &out->wants[i].spec);
		enum wf_evidence v = row ? wf_op_evidence(in->judge, row, e, false, why, &code)
		                         : WF_EVIDENCE_COUNTS;

		if (v == WF_EVIDENCE_FORGED) {
			(void)wf_err_set(err, WF_R_TAMPERED, "%s:%u: %s.%s: ledger row %lld: %s",
			                 e->file, e->line, e->schema, e->name,
			                 (long long)row->seq, why);
			return wf_err_hint(err, "%s", WF_LEDGER_TAMPERED_HINT);
		}
		if (v == WF_EVIDENCE_REFUSED)
			wf_log(WF_LOG_WARN, "%s.%s: ledger row %lld does not count today: %s",
			       e->schema, e->name, (long long)row->seq, why);
		out->wants[i].row_void = v == WF_EVIDENCE_REFUSED;
	}
	return WF_OK;
}

/* What is done while the server hashes; its failure counts when its turn comes. */
struct early {
	const struct wf_op_install *in;
	struct wf_op_installed *out;
	const struct wf_engine *engine;
	struct wf_err err;
};

static void
meanwhile(void *arg, const struct wf_live *live)
{
	struct early *x = arg;

	if (make_wants(x->out, live, x->engine, &x->err) == WF_OK)
		(void)!check_rows(x->in, x->out, live, &x->err);
}

static enum wf_rc
plan(const struct wf_op_install *in, struct wf_engine *engine, struct wf_op_installed *out,
     struct wf_err *err)
{
	struct early early = {in, out, engine, {0}};
	struct wf_engine_meanwhile work = {meanwhile, &early};
	struct wf_strs types = {NULL, 0};
	enum wf_rc rc;
	size_t i;

	for (i = 0; i < out->n; i++)
		out->fns[i].types_at = wf_want_types_add(&types, &out->fns[i].sig, &out->arena);
	wf_clock_phase("snapshot");
	rc = wf_engine_snapshot_while(engine, types.v, types.n, &work, &out->live, err);
	out->unread = rc != WF_OK;
	wf_clock_phase("plan");
	if (rc == WF_OK)
		rc = check_readable(out->live, err);
	if (rc == WF_OK)
		rc = wf_op_head_check(in->state_dir, out->live, err);
	if (rc == WF_OK && early.err.code != WF_OK) {
		*err = early.err;
		rc = err->code;
	}
	if (rc == WF_OK)
		rc = wf_op_holds(in, out, err);
	if (rc == WF_OK)
		rc = wf_steps_plan(out->wants, out->n, out->live, &out->steps, err);
	if (rc == WF_OK)
		rc = wf_op_floors(in, out, err);
	if (rc == WF_OK)
		rc = wf_op_prune_plan(in, engine, out, err);
	if (rc == WF_OK)
		out->planned = true;
	if (rc == WF_OK)
		rc = wf_op_dependents(in, engine, out, err);
	if (rc == WF_OK)
		rc = wf_op_untrusted(in, engine, out->live, err);
	if (rc == WF_OK)
		rc = wf_op_first_calls_ready(out, engine, err);
	wf_clock_phase(NULL);
	return rc;
}

/* --- all of it -------------------------------------------------------------- */

/* One transaction, from connecting to COMMIT. */
static enum wf_rc
attempt(const struct wf_op_install *in, struct wf_op_installed *out, struct wf_engine **e,
        struct wf_err *err)
{
	struct wf_engine_target t = in->target->engine;
	struct wf_engine *engine = NULL;
	enum wf_rc rc;

	t.read_only = in->dry_run;
	rc = wf_engine_open(&t, &engine, err);
	*e = engine;
	out->unread = rc != WF_OK && rc != WF_E_USAGE;
	if (rc == WF_OK)
		rc = fits_found(in, out, wf_engine_name(engine), err);
	/* planned under the lock: what is compared stays so until COMMIT */
	if (rc == WF_OK && !in->dry_run)
		rc = wf_engine_begin(engine, err);
	out->unread |= rc == WF_E_UNAVAILABLE;
	if (rc == WF_OK)
		rc = plan(in, engine, out, err);
	if (in->saved)
		rc = wf_op_plan_after(in, out, rc, err);
	if (rc != WF_OK || in->dry_run)
		return rc;
	if (!out->steps.any) {
		wf_engine_rollback(engine);
		out->applied = true;
		return WF_OK;
	}
	wf_clock_phase("apply");
	rc = wf_op_install_apply(in, engine, out, err);
	wf_clock_phase(NULL);
	return rc;
}

/* What the last try left: the next one looks at the target anew. */
static void
forget(struct wf_op_installed *x)
{
	free(x->wants);
	x->wants = NULL;
	wf_steps_free(&x->steps);
	wf_live_freep(&x->live);
	x->planned = x->applied = x->unread = false;
	x->changed = x->nquarantined = x->nheld = 0;
	x->prune = NULL; /* in the arena */
	x->nprune = 0;
	x->dependents = NULL;
	x->ndependents = 0;
}

struct work {
	const struct wf_op_install *in;
	struct wf_op_installed *out;
};

static enum wf_rc
try_it(void *arg, struct wf_engine **engine, struct wf_err *err)
{
	struct work *w = arg;

	forget(w->out);
	return attempt(w->in, w->out, engine, err);
}

enum wf_rc
wf_op_install(const struct wf_op_install *in, struct wf_op_installed *out, struct wf_err *err)
{
	struct work w = {in, out};
	enum wf_rc rc = choose(in, out, err);

	if (rc == WF_OK && in->saved)
		rc = wf_op_plan_before(in, err);
	if (rc == WF_OK)
		rc = prepare_in_turn(in, out, err);
	if (rc == WF_OK)
		rc = wf_op_tries(try_it, &w, err);
	leave(in, out);
	return rc;
}
