/* SPDX-License-Identifier: Apache-2.0
 *
 * One snapshot a target, compared and reported.  Must never learn from, or
 * call in sync, what it could not check.
 */
#include "op/op_reconcile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "engine/state.h"
#include "engine/untrusted.h"
#include "op/op_many.h"
#include "op/op_verdicts.h"
#include "op/report.h"
#include "plan/ledger_text.h"
#include "plan/want.h"
#include "store/store.h"
#include "sys/interrupt.h"

struct run {
	const struct wf_op_reconcile *in;
	struct wf_op_judge *judge; /* NULL: look_only on a machine without a policy */
	const struct wf_policy **policies;
	size_t npolicies;
	struct wf_store *store; /* NULL: cannot be opened */
	const char *state_dir;
};

struct asked {
	struct wf_want_sig sig;
	size_t at;
};

/* The run about one target. */
struct looking {
	struct run *r;
	struct wf_op_reconciled_target *t;
	struct asked *asked;
	struct wf_op_verdicts verdicts;
	bool no_memory; /* the local state could not be read, known_error says why */
	struct wf_err known_error;
};

static bool
verifies(void *arg, const struct wf_ledger_row *row, const struct wf_compare_want *want,
         bool known, char why[320], enum wf_rc *code)
{
	struct looking *k = arg;
	const struct wf_op_verdict *v;

	if (!k->r->judge) {
		*code = WF_E_UNTRUSTED;
		snprintf(why, 320, "this machine has no policy to judge it by");
		return false;
	}
	v = wf_op_verdicts_get(&k->verdicts, row, want ? want->entry : NULL, known);
	*code = v->code;
	snprintf(why, 320, "%s", v->why);
	return v->evidence == WF_EVIDENCE_COUNTS;
}

/* --- what the entries want ------------------------------------------------- */

static int
by_manifest(const void *pa, const void *pb)
{
	const struct wf_ledger_row *a = *(const struct wf_ledger_row *const *)pa;
	const struct wf_ledger_row *b = *(const struct wf_ledger_row *const *)pb;

	return memcmp(&a->spec.manifest, &b->spec.manifest, sizeof(a->spec.manifest));
}

/* Rows with evidence, by the digest of the OCI manifest. */
static const struct wf_ledger_row **
index_rows(const struct wf_live *l, struct wf_arena *a, size_t *n)
{
	const struct wf_ledger_row **v = wf_arena_alloc(a, (l->nledger + 1) * sizeof(*v));
	size_t i;

	*n = 0;
	for (i = 0; i < l->nledger; i++)
		if (l->ledger[i].evidence_text.p && l->ledger[i].spec.has_manifest)
			v[(*n)++] = &l->ledger[i];
	if (*n)
		qsort(v, *n, sizeof(*v), by_manifest);
	return v;
}

/* The module that the OCI manifest with this digest names: from the ledger's
 * evidence or the store, whose bytes are hashed again either way. */
static bool
module_of(struct looking *k, const struct wf_ledger_row **rows, size_t nrows,
          const struct wf_digest *manifest, struct wf_digest *module)
{
	struct run *r = k->r;
	const struct wf_ledger_row key = {.spec = {.manifest = *manifest}}, *pkey = &key, **hit;
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	struct wf_str text;

	hit = nrows ? bsearch(&pkey, rows, nrows, sizeof(*rows), by_manifest) : NULL;
	if (hit && wf_op_verdicts_whole(&k->verdicts, *hit)) {
		*module = (*hit)->spec.module; /* the judge has just been there */
		return true;
	}
	if (hit && wf_ledger_text_member((*hit)->evidence_text, "manifest", &text) &&
	    text.len > 2 && text.p[0] == '"') {
		text = (struct wf_str){text.p + 1, text.len - 2};
		if (wf_artifact_layer(text, manifest, module, NULL) == WF_OK)
			return true;
	}
	if (!r->store || wf_store_load(r->store, manifest, &a, NULL) != WF_OK)
		return false;
	return wf_artifact_module(&a, module);
}

static void
own_policy(struct run *r, struct wf_compare_want *w, struct wf_arena *a)
{
	struct wf_err e = {0};

	if (!r->judge || wf_op_judge_entry_policy(r->judge, w->entry->policy, &w->policy,
	                                          &e) == WF_OK)
		return;
	w->policy_error = wf_arena_strn(a, e.msg, strlen(e.msg));
	w->policy_unsafe = e.reason == WF_R_UNSAFE_FILE;
}

/* The rows that the comparison is going to ask about.  Judging needs nothing
 * from the rest of the snapshot. */
static void
judge_rows(struct looking *k, const struct wf_live *live)
{
	struct wf_op_reconciled_target *t = k->t;
	const struct wf_ledger_row **rows =
		wf_arena_alloc(&t->arena, (t->claims.n + 1) * sizeof(*rows));
	struct wf_err ignored = {0};
	size_t i;

	wf_op_verdicts_init(&k->verdicts, k->r->judge, live->ledger, live->nledger, &t->arena);
	if (!k->r->judge)
		return;
	wf_compare_rows(t->wants, t->claims.n, live->ledger, live->nledger, &t->arena, rows);
	for (i = 0; i < t->claims.n && wf_interrupt_check(&ignored) == WF_OK; i++)
		if (rows[i] && !t->wants[i].policy_error)
			(void)wf_op_verdicts_get(&k->verdicts, rows[i], t->claims.v[i],
			                         wf_known_vouches(&t->known, rows[i], &t->arena));
}

/* While the server hashes: everything that live has no say in. */
static void
meanwhile(void *arg, const struct wf_live *live)
{
	struct looking *k = arg;
	struct wf_op_reconciled_target *t = k->t;
	const struct wf_ledger_row **rows;
	size_t i, nrows;

	k->no_memory = wf_state_load(k->r->state_dir, live->system_identifier, live->database,
	                             &t->known, &k->known_error) != WF_OK;
	t->wants = wf_arena_alloc(&t->arena, (t->claims.n + 1) * sizeof(*t->wants));
	for (i = 0; i < t->claims.n; i++) {
		struct wf_compare_want *w = &t->wants[i];

		w->entry = t->claims.v[i];
		w->ref = w->entry->ref.text;
		w->match = w->entry->ref.match;
		own_policy(k->r, w, &t->arena);
		wf_want_spec(w->entry, &k->asked[i].sig, live->types, k->asked[i].at, &t->arena,
		             &w->spec, &w->no_type);
	}
	judge_rows(k, live);
	rows = index_rows(live, &t->arena, &nrows);
	for (i = 0; i < t->claims.n; i++) {
		struct wf_spec *s = &t->wants[i].spec;

		s->has_module = s->has_manifest &&
		                module_of(k, rows, nrows, &s->manifest, &s->module);
	}
}

/* --- one target ------------------------------------------------------------ */

static void
add_finding(struct wf_op_reconciled_target *t, enum wf_finding_id id, enum wf_severity severity,
            const char *object, const char *expected, const char *observed)
{
	struct wf_findings *l = &t->cmp.findings;
	struct wf_finding *f = wf_finding_add(l, id, severity, object, expected, observed);

	t->cmp.code = wf_rc_worse(t->cmp.code, f->code);
	if (f->code == WF_E_UNCHECKED || f->code == WF_E_CONFIG)
		t->cmp.state = wf_compare_state_worse(t->cmp.state, WF_STATE_UNKNOWN);
	wf_finding_sort(l);
}

/* Let be by the configuration, with a reason: seen on every run. */
static void
transport_finding(struct wf_op_reconciled_target *t)
{
	const struct wf_config_target *c = t->target.config;
	char observed[400];

	if (!t->target.engine.insecure)
		return;
	snprintf(observed, sizeof(observed), "sslmode=%s: %s",
	         c && c->insecure_sslmode ? c->insecure_sslmode : "require",
	         c && c->insecure_reason ? c->insecure_reason : "no reason given");
	add_finding(t, WF_D32, WF_SEV_LOW, "connection", "sslmode=verify-full and SCRAM bound to it",
	            observed);
}

static void
file_findings(struct wf_op_reconciled_target *t)
{
	const struct wf_manifest_file *f;
	size_t i;

	for (i = 0; (f = wf_manifest_file_at(t->claims.manifest, i)); i++)
		if (f->unsafe_dir)
			add_finding(t, WF_D24, WF_SEV_LOW, f->path,
			            "owned by root or the caller, and every directory above it",
			            f->why);
	if (t->claims.unsafe)
		add_finding(t, WF_D24, WF_SEV_CRITICAL, t->claims.unsafe_path,
		            "a file that nobody else can change", t->claims.unsafe_why.msg);
}

static bool
guards_languages(const struct run *r)
{
	size_t i;

	for (i = 0; i < r->npolicies; i++)
		if (wf_policy_functions(r->policies[i])->untrusted == WF_DENY)
			return true;
	return false;
}

static enum wf_rc
look(struct looking *k, struct wf_err *err)
{
	struct wf_op_reconciled_target *t = k->t;
	struct wf_engine_target et = t->target.engine;
	const struct wf_engine_meanwhile work = {meanwhile, k};
	WF_AUTO(wf_engine_closep) struct wf_engine *e = NULL;
	struct wf_strs types = {NULL, 0};
	enum wf_rc rc;
	size_t i;

	k->asked = wf_arena_alloc(&t->arena, (t->claims.n + 1) * sizeof(*k->asked));
	for (i = 0; i < t->claims.n; i++) {
		wf_want_sig_entry(t->claims.v[i], &k->asked[i].sig);
		k->asked[i].at = wf_want_types_add(&types, &k->asked[i].sig, &t->arena);
	}
	et.read_only = true;
	et.verb = k->r->in->verb;
	wf_clock_phase("connect");
	rc = wf_engine_open(&et, &e, err);
	wf_clock_phase("snapshot");
	if (rc == WF_OK)
		rc = wf_engine_snapshot_while(e, types.v, types.n, &work, &t->live, err);
	if (rc == WF_OK && guards_languages(k->r))
		rc = wf_engine_untrusted(e, t->live, err);
	wf_clock_phase("compare");
	if (rc != WF_OK)
		t->wants = NULL; /* they point into what is gone */
	return rc;
}

static void
unreachable(struct wf_op_reconciled_target *t)
{
	const struct wf_engine_target *et = &t->target.engine;

	t->cmp.findings.target = t->name;
	t->cmp.findings.system_identifier = et->system_identifier ? et->system_identifier : "";
	t->cmp.findings.database = t->name;
	t->cmp.state = WF_STATE_UNKNOWN;
	t->cmp.code = WF_E_UNCHECKED;
	add_finding(t, WF_D30, WF_SEV_HIGH, "target", "reachable and readable", t->err.msg);
}

static void
learn(struct run *r, struct wf_op_reconciled_target *t)
{
	const struct wf_ledger_row **rows =
		wf_arena_alloc(&t->arena, (t->cmp.n + 1) * sizeof(*rows));
	struct wf_err e = {0};
	size_t i, n = 0;

	for (i = 0; i < t->cmp.n; i++)
		if (t->cmp.v[i].learn &&
		    !wf_known_vouches(&t->known, t->cmp.v[i].row, &t->arena))
			rows[n++] = t->cmp.v[i].row;
	if (n == 0 || wf_state_learn(r->state_dir, t->live->system_identifier, t->live->database,
	                             rows, n, NULL, &e) == WF_OK)
		return;
	/* what was found stands; what this host cannot remember is said */
	add_finding(t, WF_D30, WF_SEV_HIGH, "local state", "writable", e.msg);
}

/* The head of a whole chain that has the head known in it: is it a new one? */
static void
look_at_head(struct wf_op_reconciled_target *t)
{
	const struct wf_live *l = t->live;
	const struct wf_ledger_row *last = l->nledger ? &l->ledger[l->nledger - 1] : NULL;

	if (t->cmp.chain != WF_CHAIN_WHOLE || !last || !l->system_identifier ||
	    (t->cmp.head != WF_HEAD_NONE && t->cmp.head != WF_HEAD_STANDS))
		return;
	t->head = (struct wf_state_head){last->seq, last->hash, l->history};
	t->head_moved = last->seq > t->known.head.seq;
}

/* After it was logged, so that no head is known that the log does not have. */
static void
learn_heads(struct run *r, struct wf_op_reconciled *out)
{
	struct wf_err e = {0};
	size_t i;

	for (i = 0; i < out->n; i++) {
		struct wf_op_reconciled_target *t = &out->v[i];

		if (!t->head_moved || wf_state_learn(r->state_dir, t->live->system_identifier,
		                                     t->live->database, NULL, 0, &t->head,
		                                     &e) == WF_OK)
			continue;
		add_finding(t, WF_D30, WF_SEV_HIGH, "local state", "writable", e.msg);
		out->code = wf_rc_worse(out->code, t->cmp.code);
	}
}

static void
compare(struct looking *k)
{
	struct run *r = k->r;
	struct wf_op_reconciled_target *t = k->t;
	struct wf_compare c = {
		.target = t->name,
		.wants = t->wants,
		.nwants = t->claims.n,
		.more_claims = t->claims.unsafe,
		.live = t->live,
		.known = &t->known,
		.expect = t->target.config,
		.policies = r->policies,
		.npolicies = r->npolicies,
		.verifies = verifies,
		.recheck = r->judge != NULL,
		.arg = k,
		.known_error = k->no_memory ? k->known_error.msg : NULL,
	};

	wf_compare(&c, &t->cmp);
	file_findings(t);
	transport_finding(t);
	if (!r->in->look_only && !c.known_error) {
		learn(r, t);
		look_at_head(t);
	}
}

static void
one_target(struct run *r, struct wf_op_reconciled_target *t)
{
	struct looking k = {.r = r, .t = t};
	enum wf_rc rc = look(&k, &t->err);

	t->cause = rc;
	if (rc == WF_E_USAGE || rc == WF_E_BUG || wf_interrupt_pending()) {
		t->fatal = rc != WF_OK;
		return;
	}
	if (!t->target.config && t->live) {
		free(t->name);
		t->name = wf_strdup(t->live->database);
	}
	if (rc != WF_OK)
		unreachable(t);
	else
		compare(&k);
	if (rc == WF_OK)
		wf_live_judged(t->live); /* until all are through only the result is needed */
}

/* --- all of them ----------------------------------------------------------- */

static enum wf_rc
open_judge(struct run *r, struct wf_err *err)
{
	struct wf_err e = {0};
	enum wf_rc rc = wf_op_judge_open(&r->in->judge, WF_OP_JUDGE_SYSTEM, &r->judge, &e);
	size_t n = 0;

	if (rc != WF_OK && !(r->in->look_only && rc == WF_E_CONFIG && !r->in->judge.policy)) {
		*err = e;
		return rc;
	}
	if (rc != WF_OK)
		return WF_OK;
	while (wf_op_judge_policy(r->judge, n))
		n++;
	r->policies = wf_calloc(n + 1, sizeof(*r->policies));
	for (r->npolicies = 0; r->npolicies < n; r->npolicies++)
		r->policies[r->npolicies] = wf_op_judge_policy(r->judge, r->npolicies);
	return WF_OK;
}

struct all {
	struct run *r;
	struct wf_op_reconciled *out;
};

static void
work(void *arg, size_t i, struct wf_op_many_end *end)
{
	struct all *a = arg;
	struct wf_op_reconciled_target *t = &a->out->v[i];

	one_target(a->r, t);
	if (t->fatal || t->cause != WF_OK)
		snprintf(end->says, sizeof(end->says), "%.*s", (int)sizeof(end->says) - 1, t->err.msg);
	else
		snprintf(end->says, sizeof(end->says), "%s, %zu finding%s",
		         wf_compare_state_word(t->cmp.state), t->cmp.findings.n,
		         t->cmp.findings.n == 1 ? "" : "s");
}

static void
ended(void *arg, size_t i, bool left)
{
	struct all *a = arg;

	(void)left; /* there is one wave */
	a->out->code = wf_rc_worse(a->out->code, a->out->v[i].cmp.code);
}

static enum wf_rc
all_targets(struct run *r, struct wf_op_reconciled *out, struct wf_err *err)
{
	struct all a = {r, out};
	const struct wf_op_many many = {
		.targets = &out->targets,
		.parallel = r->in->parallel,
		.progress = r->in->progress,
		.work = work,
		.ended = ended,
		.arg = &a,
	};
	enum wf_rc rc = WF_OK;
	size_t i;

	out->v = wf_calloc(out->targets.n, sizeof(*out->v));
	for (i = 0; rc == WF_OK && i < out->targets.n; i++) {
		struct wf_op_reconciled_target *t = &out->v[i];

		out->n = i + 1;
		t->target = out->targets.v[i];
		t->name = wf_strdup(t->target.engine.name);
		rc = wf_op_claims_load(&t->target, r->in->files, r->in->nfiles, true, &t->claims,
		                       err);
	}
	if (rc != WF_OK)
		return rc;
	wf_op_many(&many);
	for (i = 0; i < out->n; i++)
		if (out->v[i].fatal) {
			*err = out->v[i].err;
			return out->v[i].cause;
		}
	return WF_OK;
}

enum wf_rc
wf_op_reconcile(const struct wf_op_reconcile *in, struct wf_op_reconciled *out,
                struct wf_err *err)
{
	struct run r = {.in = in};
	struct wf_err ignored = {0};
	enum wf_rc rc;

	memset(out, 0, sizeof(*out));
	wf_clock_text(wf_clock_wall(), out->now);
	r.state_dir = wf_state_dir(in->state_dir, in->config ? wf_config_state(in->config) : NULL);
	rc = wf_op_many_check(in->parallel, err);
	if (rc == WF_OK)
		rc = open_judge(&r, err);
	if (rc == WF_OK)
		rc = wf_op_targets(in->config, in->target, in->engine, &out->targets, err);
	if (rc == WF_OK && wf_store_open(wf_store_dir(in->store_dir, in->config), WF_STORE_READ,
	                                 &r.store, &ignored) != WF_OK)
		wf_log(WF_LOG_WARN, "store: %s", ignored.msg);
	if (rc == WF_OK)
		rc = all_targets(&r, out, err);
	if (rc == WF_OK && !in->look_only)
		rc = wf_report_log(in->config, out, err);
	if (rc == WF_OK && !in->look_only)
		learn_heads(&r, out);
	wf_clock_phase(NULL);
	wf_store_freep(&r.store);
	free(r.policies);
	wf_op_judge_free(r.judge);
	if (rc != WF_OK)
		wf_op_reconciled_free(out);
	return rc;
}

void
wf_op_reconciled_free(struct wf_op_reconciled *o)
{
	size_t i;

	if (!o)
		return;
	for (i = 0; i < o->n; i++) {
		struct wf_op_reconciled_target *t = &o->v[i];

		wf_compare_free(&t->cmp);
		wf_known_free(&t->known);
		wf_live_free(t->live);
		wf_op_claims_free(&t->claims);
		wf_arena_free(&t->arena);
		free(t->name);
	}
	for (i = 0; i < o->nundelivered; i++)
		free(o->undelivered[i]);
	free(o->undelivered);
	free(o->v);
	wf_op_targets_free(&o->targets);
	memset(o, 0, sizeof(*o));
}
