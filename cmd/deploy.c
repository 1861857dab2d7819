/* SPDX-License-Identifier: Apache-2.0
 *
 * Plans shown like a diff.  Must never show a step that was not planned, and
 * never say applied before COMMIT was answered.
 */
#include "cmd/deploy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/state.h"
#include "op/op_dependents.h"
#include "op/op_many.h"
#include "op/op_plan.h"
#include "op/op_prune.h"
#include "op/op_untrusted.h"

#define SHORT_DIGEST 19 /* "sha256:" and 12 digits */

enum wf_rc
wf_deploy_names(const struct wf_run *r, struct wf_arena *a, struct wf_op_name *out,
                struct wf_err *err)
{
	enum wf_rc rc = WF_OK;
	int i;

	for (i = 0; rc == WF_OK && i < r->argc; i++)
		rc = wf_op_name_parse(r->argv[i], a, &out[i], err);
	return rc;
}

void
wf_deploy_target(struct wf_run *r, const struct wf_op_target *t, const struct wf_live *live)
{
	struct wf_json *d = wf_out_doc(r->out);

	wf_json_set_z(d, "target", t->engine.name);
	if (!live)
		return;
	wf_json_set_z(d, "engine", live->engine);
	wf_json_set_z(d, "engine_version", live->engine_version);
	wf_json_set_bool(d, "engine_unproven", live->unproven);
	wf_json_set_z(d, "transactions", live->one_by_one ? "one a function" : "one");
	wf_json_set_z(d, "database", live->database);
	wf_out_styled(r->out, WF_BOLD, "%s: %s %s, database %s, role %s", t->engine.name,
	              live->engine, live->engine_version, live->database, live->role);
	if (live->unproven)
		wf_out_styled(r->out, WF_WARN, "  adapter unproven: it has met a stand-in of %s only",
		              live->engine);
	if (live->one_by_one)
		wf_out_line(r->out, "  one function a transaction, each announced in the ledger first");
}

/* --- steps for people ------------------------------------------------------- */

static const struct {
	const char *sign;
	enum wf_style style;
} looks[] = {
	[WF_ACTION_NONE] = {"=", WF_DIM},     [WF_ACTION_CREATE] = {"+", WF_GOOD},
	[WF_ACTION_REPLACE] = {"~", WF_WARN}, [WF_ACTION_ALTER] = {"~", WF_WARN},
	[WF_ACTION_GRANT] = {"+", WF_GOOD},   [WF_ACTION_REVOKE] = {"-", WF_BAD},
	[WF_ACTION_ADOPT] = {"~", WF_WARN},   [WF_ACTION_REMOVE] = {"-", WF_BAD},
	[WF_ACTION_QUARANTINE] = {"!", WF_BAD}, [WF_ACTION_RELEASE] = {"~", WF_WARN},
	[WF_ACTION_ROLLBACK] = {"~", WF_WARN}, [WF_ACTION_CHECK] = {"?", WF_DIM},
};

/* Digests are cut for the eye; --json has them whole. */
static const char *
shorten(const char *z, char text[SHORT_DIGEST + 1])
{
	if (!z)
		return "none";
	if (strncmp(z, "sha256:", 7) != 0)
		return z;
	(void)strncpy(text, z, SHORT_DIGEST);
	text[SHORT_DIGEST] = '\0';
	return text;
}

static void
show_step(struct wf_run *r, const struct wf_step *s, int width)
{
	char from[SHORT_DIGEST + 1], to[SHORT_DIGEST + 1];
	const char *sign = looks[s->action].sign;
	enum wf_style style = looks[s->action].style;

	if (s->action == WF_ACTION_NONE)
		return;
	/* what is there on one side only comes or goes */
	if ((s->from && s->to) || s->action == WF_ACTION_ALTER || s->action == WF_ACTION_REPLACE)
		wf_out_styled(r->out, style, "      %s %-*s  %s -> %s", sign, width, s->what,
		              shorten(s->from, from), shorten(s->to, to));
	else
		wf_out_styled(r->out, style, "      %s %-*s  %s", sign, width, s->what,
		              shorten(s->from ? s->from : s->to, from));
}

/* Wide enough for every word of the plan, so that values stand in a column. */
static int
width_of(const struct wf_steps *s)
{
	size_t i, n = strlen("signed by"), len;

	for (i = 0; i < s->n; i++) {
		len = s->v[i].action == WF_ACTION_NONE ? 0 : strlen(s->v[i].what);
		n = len > n ? len : n;
	}
	return (int)n;
}

static void
show_steps(struct wf_run *r, const struct wf_op_installed *x)
{
	int width = width_of(&x->steps);
	size_t i, at = 0;

	for (i = 0; i < x->steps.nchanges; i++) {
		const struct wf_change *c = &x->steps.changes[i];
		const struct wf_op_install_fn *f = &x->fns[c->want];
		const char *function = at < x->steps.n ? x->steps.v[at].function : "";
		bool none = c->action == WF_ACTION_NONE;

		wf_out_styled(r->out, none ? WF_DIM : WF_BOLD, "  %s %s%s",
		              c->action == WF_ACTION_GRANT || c->action == WF_ACTION_REVOKE
		              ? "~" : looks[c->action].sign,
		              function, !none ? "" : c->left == WF_HOLD_NONE ? "  unchanged"
		              : c->left == WF_HOLD_QUARANTINED ? "  left alone: quarantined"
		              : "  left alone: rolled back and held");
		for (; at < x->steps.n && strcmp(x->steps.v[at].function, function) == 0; at++)
			show_step(r, &x->steps.v[at], width);
		if (none)
			continue;
		wf_out_line(r->out, "        %-*s  %s", width, "artifact", f->entry->ref.text);
		wf_out_line(r->out, "        %-*s  %s", width, "signed by",
		            wf_verified_signer(f->verified));
	}
	for (; at < x->steps.n; at++)
		wf_out_styled(r->out, looks[x->steps.v[at].action].style,
		              "  %s %s  no manifest file claims it", looks[x->steps.v[at].action].sign,
		              x->steps.v[at].function);
}

static void
show_dependents(struct wf_run *r, const struct wf_op_installed *x)
{
	const char *last = NULL;
	size_t i;

	for (i = 0; i < x->ndependents; i++) {
		const struct wf_dependent *d = &x->dependents[i];
		const struct wf_live_function *f = wf_op_dependents_of(x, i);

		if (f && f->spec.name != last)
			wf_out_styled(r->out, WF_BOLD, "  used by, before %s.%s changes:",
			              f->spec.schema, f->spec.name);
		last = f ? f->spec.name : NULL;
		wf_out_styled(r->out, d->stored ? WF_WARN : WF_DIM, "    %-17s %s%s", d->kind,
		              d->object, d->stored ? ", which keeps results" : "");
		if (d->remedy)
			wf_out_line(r->out, "      afterwards: %s;", d->remedy);
	}
}

/* Beside what runs in a sandbox; who reviews a plan should know. */
static void
show_untrusted(struct wf_run *r, const struct wf_live *live)
{
	size_t i;

	for (i = 0; live && i < live->nuntrusted; i++)
		wf_out_styled(r->out, WF_WARN, "  no sandbox: %s, language %s, owned by %s",
		              live->untrusted[i].function, live->untrusted[i].language,
		              live->untrusted[i].owner);
}

static void
show_summary(struct wf_run *r, const struct wf_op_installed *x, bool dry)
{
	size_t i, create = 0, change = 0, same = 0;
	char removed[40] = "";

	if (x->nprune)
		(void)snprintf(removed, sizeof(removed), dry ? ", %zu to remove" : ", %zu removed",
		               x->nprune);
	for (i = 0; i < x->steps.nchanges; i++) {
		enum wf_action a = x->steps.changes[i].action;

		create += a == WF_ACTION_CREATE;
		same += a == WF_ACTION_NONE && x->steps.changes[i].left == WF_HOLD_NONE;
		change += a != WF_ACTION_CREATE && a != WF_ACTION_NONE;
	}
	if (!x->steps.any)
		wf_out_styled(r->out, WF_GOOD, "nothing to do: %zu function%s as wanted", same,
		              same == 1 ? " is" : "s are");
	else if (dry)
		wf_out_line(r->out, "plan: %zu to create, %zu to change, %zu unchanged%s", create,
		            change, same, removed);
	else
		wf_out_line(r->out, "applied: %zu created, %zu changed, %zu unchanged%s", create,
		            change, same, removed);
	if (x->nquarantined + x->nheld)
		wf_out_styled(r->out, WF_WARN, "left alone: %zu quarantined, %zu held",
		              x->nquarantined, x->nheld);
}

/* Everything else was done; that something was not is for the exit code. */
static enum wf_rc
say_held(const struct wf_op_installed *x, struct wf_err *err)
{
	size_t i;

	for (i = 0; i < x->steps.nchanges; i++)
		if (x->steps.changes[i].left == WF_HOLD_ROLLED_BACK)
			break;
	(void)wf_err_set(err, WF_R_HELD, "%s.%s was rolled back and is held%s",
	                 x->fns[i].entry->schema, x->fns[i].entry->name,
	                 x->nheld > 1 ? ", and so are others" : "");
	return wf_err_hint(err, "Change its manifest entry, or end it with --release NAME.");
}

/* What became of the entry that failed: the verdict on each signature. */
static void
show_failure(struct wf_run *r, const struct wf_op_install_fn *f)
{
	struct wf_json *d = wf_out_doc(r->out), *subject = wf_json_object();
	char text[WF_DIGEST_TEXT];

	wf_json_set_z(subject, "ref", f->entry->ref.text);
	wf_digest_text(&f->entry->ref.digest, text);
	wf_json_set_z(subject, "manifest_digest", text);
	if (f->fetched.artifact.layout) {
		wf_digest_text(&f->fetched.artifact.layer.digest, text);
		wf_json_set_z(subject, "module_digest",
		              f->fetched.artifact.pack != WF_PACK_NONE ? NULL : text);
	}
	wf_json_set(d, "subject", subject);
	if (f->judgement.nverdicts) {
		wf_json_set(d, "candidates", wf_op_judge_candidates_json(&f->judgement));
		wf_json_set(d, "authorities", wf_op_judge_authorities_json(&f->judgement));
	}
}

void
wf_deploy_show(struct wf_run *r, const struct wf_op_installed *x, enum wf_rc rc, bool dry)
{
	if (x->failed)
		show_failure(r, x->failed);
	wf_json_set(wf_out_doc(r->out), "steps", wf_steps_to_json(&x->steps));
	wf_json_set_bool(wf_out_doc(r->out), "applied", x->applied && x->changed);
	wf_json_set(wf_out_doc(r->out), "dependents", wf_op_dependents_json(x));
	wf_json_set(wf_out_doc(r->out), "untrusted", wf_op_untrusted_json(x->live));
	if (rc == WF_OK && (dry || r->g->verbose))
		show_untrusted(r, x->live);
	if (x->planned && (rc == WF_OK || r->g->verbose || x->ndependents)) {
		show_steps(r, x);
		show_dependents(r, x);
	}
	if (rc == WF_OK)
		show_summary(r, x, dry);
}

/* --- one target ------------------------------------------------------------- */

struct world {
	struct wf_config *config;
	struct wf_store *store;
	struct wf_op_judge *judge;
	struct wf_op_fetch fetch;
	struct wf_op_targets targets;
	struct wf_op_install_shared shared;
	struct wf_op_name *names, *release; /* operands, then what is released */
	size_t nnames;
	/* apply: the plan, and -f or where the plan saw the manifest files */
	const struct wf_saved *saved;
	struct wf_strs files;
	struct wf_arena arena;
};

static void
world_end(struct world *w)
{
	wf_op_fetch_end(&w->fetch);
	wf_op_judge_free(w->judge);
	wf_store_freep(&w->store);
	wf_op_targets_free(&w->targets);
	wf_config_freep(&w->config);
	wf_arena_free(&w->arena);
}

static enum wf_rc
save(struct wf_run *r, const struct wf_op_install *in, const struct wf_op_installed *x,
     struct wf_err *err)
{
	const struct wf_deploy_params *p = r->params;
	char digest[WF_DIGEST_TEXT];
	enum wf_rc rc = wf_op_plan_save(p->plan, in, x, p->manifests.v, p->manifests.n, digest,
	                                err);

	if (rc != WF_OK)
		return rc;
	wf_json_set_z(wf_out_doc(r->out), "plan", p->plan);
	wf_json_set_z(wf_out_doc(r->out), "plan_digest", digest);
	wf_out_line(r->out, "written to %s: %s", p->plan, digest);
	return WF_OK;
}

/* What became of it, in a few words. */
static void
say_end(struct wf_op_many_end *end, const struct wf_op_installed *x, bool dry)
{
	size_t i, n = x->nprune;

	for (i = 0; i < x->steps.nchanges; i++)
		n += x->steps.changes[i].action != WF_ACTION_NONE;
	if (!x->steps.any)
		(void)snprintf(end->says, sizeof(end->says), "nothing to do");
	else
		(void)snprintf(end->says, sizeof(end->says), "%s: %zu change%s",
		               dry ? "planned" : "applied", n, n == 1 ? "" : "s");
}

static enum wf_rc
finish_target(struct wf_run *r, const struct wf_op_install *in, const struct wf_op_installed *x,
              struct wf_err *err)
{
	const struct wf_deploy_params *p = r->params;
	enum wf_rc rc;

	if (in->dry_run && p->plan && (rc = save(r, in, x, err)) != WF_OK)
		return rc;
	if (x->nheld && !in->dry_run)
		return say_held(x, err);
	return in->dry_run && p->detailed_exitcode && x->steps.any ? WF_E_DRIFT : WF_OK;
}

/* Of several targets one that cannot be reached or read is 4, and the cause
 * stays in err. */
static enum wf_rc
run_target(struct wf_run *r, struct world *w, struct wf_op_target *t, bool dry,
           struct wf_op_many_end *end, struct wf_err *err)
{
	const struct wf_deploy_params *p = r->params;
	bool several = w->targets.n > 1;
	WF_AUTO(wf_op_claims_free) struct wf_op_claims claims = {0};
	WF_AUTO(wf_op_installed_free) struct wf_op_installed x = WF_OP_INSTALLED_INIT;
	struct wf_op_install in = {
		.judge = w->judge, .fetch = &w->fetch, .target = t, .claims = &claims,
		.names = w->names, .nnames = w->nnames, .dry_run = dry,
		.saved = w->saved, .saved_paths = w->saved && p->manifests.n == 0,
		.release = w->release, .nrelease = p->release.n,
		.prune = p->prune, .accept_change = p->accept_change,
		.below_floor = p->below_floor, .reason = p->reason,
		.prune_percent = p->prune_limit ? p->prune_limit : WF_PRUNE_PERCENT,
		.state_dir = wf_state_dir(r->g->state, wf_config_state(w->config)),
		.shared = several ? &w->shared : NULL,
	};
	const struct wf_manifest_file *f;
	enum wf_rc rc;
	size_t i;

	t->engine.verb = r->cmd->name;
	rc = wf_op_claims_load(t, w->files.v, w->files.n, false, &claims, err);
	for (i = 0; rc == WF_OK && (f = wf_manifest_file_at(claims.manifest, i)); i++)
		if (f->unsafe_dir)
			wf_log(WF_LOG_WARN, "D24: %s: %s", f->path, f->why);
	if (rc == WF_OK)
		rc = wf_op_install(&in, &x, err);
	wf_deploy_target(r, t, x.live);
	wf_deploy_show(r, &x, rc, dry);
	if (rc == WF_OK) {
		say_end(end, &x, dry);
		rc = finish_target(r, &in, &x, err);
	}
	if (err->code != WF_OK)
		(void)snprintf(end->says, sizeof(end->says), "%.*s", (int)sizeof(end->says) - 1,
		               err->msg);
	return several && x.unread ? WF_E_UNCHECKED : rc;
}

/* --- all of them ------------------------------------------------------------ */

/* Who releases one function does not ask for all the others. */
static enum wf_rc
read_names(const struct wf_run *r, struct world *w, struct wf_err *err)
{
	const struct wf_deploy_params *p = r->params;
	size_t n = (size_t)r->argc, i;
	enum wf_rc rc;

	if (w->saved)
		return WF_OK; /* the operand is the plan */
	w->nnames = n + p->release.n;
	w->names = wf_arena_alloc(&w->arena, (w->nnames + 1) * sizeof(*w->names));
	w->release = w->names + n;
	rc = wf_deploy_names(r, &w->arena, w->names, err);
	for (i = 0; rc == WF_OK && i < p->release.n; i++)
		rc = wf_op_name_parse(p->release.v[i], &w->arena, &w->release[i], err);
	return rc;
}

/* -f, else for apply where the plan saw them; n 0: the configuration's. */
static struct wf_strs
manifests(const struct wf_deploy_params *p, const struct wf_saved *saved)
{
	if (p->manifests.n || !saved)
		return (struct wf_strs){p->manifests.v, p->manifests.n};
	return saved->manifests;
}

/* --target; else the name in the plan, which is a name and never a place to
 * connect to, whoever wrote it. */
static enum wf_rc
target_of(const struct wf_deploy_params *p, const struct world *w, const char **out,
          struct wf_err *err)
{
	*out = p->target;
	if (p->target || !w->saved || !w->saved->target)
		return WF_OK;
	*out = w->saved->target;
	if (w->config && wf_config_target(w->config, *out))
		return WF_OK;
	return wf_err_set(err, WF_R_USAGE, "the plan is for target \"%s\", which the "
	                  "configuration does not have", *out);
}

static enum wf_rc
one_plan(const struct wf_run *r, const struct world *w, struct wf_err *err)
{
	const struct wf_deploy_params *p = r->params;

	if (p->plan && strcmp(p->plan, "-") == 0) {
		(void)wf_err_set(err, WF_R_USAGE, "-o - is no file to keep a plan in");
		return wf_err_hint(err, "--json shows the plan on standard output.");
	}
	if (w->targets.n == 1 || (!p->plan && !w->saved))
		return WF_OK;
	(void)wf_err_set(err, WF_R_USAGE, "a plan is for one target, and there are %zu",
	                 w->targets.n);
	return wf_err_hint(err, w->saved ? "Give --target as it was given to plan."
	                                 : "Give --target.");
}

static enum wf_rc
world_open(struct wf_run *r, struct world *w, struct wf_op_judge_options *trust,
           struct wf_err *err)
{
	const struct wf_deploy_params *p = r->params;
	const char *target = NULL;
	enum wf_rc rc = wf_trust_opt_judge(&p->trust, &w->arena, trust, err);

	w->files = manifests(p, w->saved);
	if (rc == WF_OK)
		rc = wf_op_many_check(p->parallel, err);
	if (rc == WF_OK && p->below_floor && !p->reason)
		rc = wf_err_set(err, WF_R_USAGE, "--below-floor needs --reason TEXT");
	if (rc == WF_OK && p->prune_limit > 100)
		rc = wf_err_set(err, WF_R_USAGE, "--prune-limit %u: expected 1 to 100",
		                p->prune_limit);
	if (rc == WF_OK && p->prune_limit && !p->prune)
		rc = wf_err_set(err, WF_R_USAGE, "--prune-limit without --prune");
	if (rc == WF_OK && p->prune && (r->argc || p->release.n))
		rc = wf_err_set(err, WF_R_USAGE, "--prune is about all functions of a target: name none");
	if (rc == WF_OK)
		rc = read_names(r, w, err);
	if (rc == WF_OK)
		rc = wf_config_load(r->g->config, &w->config, err);
	if (rc == WF_OK)
		rc = target_of(p, w, &target, err);
	if (rc == WF_OK)
		rc = wf_op_targets(w->config, target, p->engine, &w->targets, err);
	if (rc == WF_OK)
		rc = one_plan(r, w, err);
	if (rc == WF_OK)
		rc = wf_op_judge_open(trust, WF_OP_JUDGE_SYSTEM, &w->judge, err);
	if (rc == WF_OK)
		rc = wf_store_open(wf_store_dir(r->g->store, w->config),
		                   r->g->offline ? WF_STORE_READ : WF_STORE_WRITE, &w->store, err);
	w->fetch = (struct wf_op_fetch){
		.config = w->config, .store = w->store, .offline = r->g->offline, .recheck = true,
		.keep = true,
	};
	return rc;
}

/* --- several targets -------------------------------------------------------- */

struct turn {
	struct wf_out *out; /* NULL: its wave never began */
	enum wf_rc rc;
	struct wf_err err;
};

struct turns {
	struct wf_run *r;
	struct world *w;
	bool dry;
	struct turn *v;
	size_t well, unread, left;
	enum wf_rc worst;
};

static void
work(void *arg, size_t i, struct wf_op_many_end *end)
{
	struct turns *t = arg;
	struct turn *mine = &t->v[i];
	struct wf_run r = *t->r;

	r.out = mine->out = wf_out_aside(t->r->out);
	mine->rc = run_target(&r, t->w, &t->w->targets.v[i], t->dry, end, &mine->err);
	end->wrong = mine->rc != WF_OK;
}

static void
ended(void *arg, size_t i, bool left)
{
	struct turns *t = arg;
	struct turn *mine = &t->v[i];
	const char *name = t->w->targets.v[i].engine.name;

	if (left) {
		mine->out = wf_out_aside(t->r->out);
		wf_json_set_z(wf_out_doc(mine->out), "target", name);
		wf_json_set(wf_out_doc(mine->out), "steps", wf_json_array());
		wf_json_set_bool(wf_out_doc(mine->out), "applied", false);
		mine->rc = wf_err_set(&mine->err, WF_R_WAVE, "target %s: not begun, an earlier wave "
		                      "did not go well", name);
	}
	t->well += mine->rc == WF_OK;
	t->left += left;
	t->unread += !left && mine->rc == WF_E_UNCHECKED;
	wf_out_take(t->r->out, mine->out);
	t->worst = wf_rc_worse(t->worst, wf_out_record(t->r->out, mine->rc, &mine->err));
}

static enum wf_rc
run_targets(struct wf_run *r, struct world *w, bool dry)
{
	const struct wf_deploy_params *p = r->params;
	size_t n = w->targets.n;
	struct turns t = {r, w, dry, wf_calloc(n, sizeof(*t.v)), 0, 0, 0, WF_OK};
	const struct wf_op_many many = {
		.targets = &w->targets,
		.parallel = p->parallel,
		.waves = !dry,
		.progress = !dry || isatty(STDERR_FILENO),
		.work = work,
		.ended = ended,
		.arg = &t,
	};

	wf_out_expect(r->out, (int)n);
	wf_op_many(&many);
	wf_out_styled(r->out, WF_BOLD, "%zu targets: %zu done, %zu failed, %zu not reached or read, "
	              "%zu not begun", n, t.well, n - t.well - t.unread - t.left, t.unread, t.left);
	free(t.v);
	return t.worst;
}

enum wf_rc
wf_deploy_run(struct wf_run *r, bool dry, const struct wf_saved *saved, struct wf_err *err)
{
	WF_AUTO(world_end) struct world w = {.saved = saved};
	struct wf_op_judge_options trust;
	struct wf_op_many_end end;
	enum wf_rc rc = world_open(r, &w, &trust, err);

	if (rc != WF_OK)
		return rc;
	if (w.targets.n > 1)
		return run_targets(r, &w, dry);
	return run_target(r, &w, &w.targets.v[0], dry, &end, err);
}
