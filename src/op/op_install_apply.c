/* SPDX-License-Identifier: Apache-2.0
 *
 * Applying.  Must never record what it did not see in the database afterwards:
 * rows are written from a second snapshot, and one that is not as planned
 * undoes everything.
 */
#include "op/op_install_apply.h"

#include <stdlib.h>
#include <string.h>

#include "engine/privilege.h"
#include "op/op_first_call.h"
#include "op/op_head.h"
#include "op/op_prune.h"
#include "sys/clock.h"

/* A change that asks the engine for nothing, a hold for one, is left out. */
static enum wf_rc
send(struct wf_engine *engine, struct wf_op_installed *x, const struct wf_change *c, size_t n,
     struct wf_err *err)
{
	WF_AUTO(wf_freep) struct wf_engine_change *list = wf_calloc(n + 1, sizeof(*list));
	enum wf_rc rc;
	size_t i, k = 0;

	for (i = 0; i < n; i++)
		if (c[i].put || c[i].alter)
			list[k++] = (struct wf_engine_change){
				c[i].put ? x->fns[c[i].want].verified : NULL, c[i].replace, &c[i].goal,
			};
	rc = wf_engine_change(engine, list, k, err);
	for (i = 0; rc == WF_OK && i < n; i++)
		if (c[i].action == WF_ACTION_RELEASE && c[i].live)
			rc = wf_engine_restore_owner(engine, c[i].live, err);
	return rc;
}

/* What the database has now is what was planned, byte for byte. */
static enum wf_rc
check_after(const struct wf_op_installed *x, const struct wf_change *c,
            const struct wf_live_function *v, struct wf_err *err)
{
	const struct wf_op_install_fn *f = &x->fns[c->want];
	struct wf_spec have = WF_SPEC_INIT;
	unsigned d, bit;

	if (v)
		have = wf_live_claimed(v);
	if (!v || v->unreadable || !have.has_module || !v->wrapper_ok || v->nodd)
		return wf_err_set(err, WF_R_ENGINE, "%s.%s is not there after the engine took it",
		                  f->entry->schema, f->entry->name);
	d = wf_spec_diff(&c->goal, &have) & ~(unsigned)WF_SPEC_MANIFEST;
	for (bit = 1; bit <= d; bit <<= 1)
		if (d & bit)
			return wf_err_set(err, WF_R_ENGINE,
			                  "%s.%s: the engine did not set the %s as asked",
			                  f->entry->schema, f->entry->name,
			                  wf_spec_field_word((enum wf_spec_field)bit));
	return WF_OK;
}

/* What the entry left out the database has filled in, default privileges for
 * one: policy is asked again about what is there now. */
static enum wf_rc
check_policies(const struct wf_op_install_fn *f, const struct wf_live_function *v,
               const struct wf_live *after, struct wf_err *err)
{
	enum wf_rc rc = WF_OK;
	size_t i;

	for (i = 0; rc == WF_OK && i < f->npolicies; i++)
		rc = wf_steps_allowed(f->policies[i], f->entry->ref.match, &v->spec, v->spec.owner, after, err);
	return rc == WF_OK ? rc : wf_err_wrap(err, "as the database has it");
}

struct wf_json *
wf_op_install_settings(const struct wf_live *live)
{
	struct wf_json *o = wf_json_object();
	size_t i;

	for (i = 0; i < live->nsettings; i++)
		if (strcmp(live->settings[i].where, "server") == 0)
			wf_json_set_z(o, live->settings[i].name, live->settings[i].value);
	return o;
}

void
wf_op_install_row(const struct wf_live *live, const struct wf_policy *const *policies,
                  size_t npolicies, struct wf_json *settings, struct wf_ledger_row *out,
                  char policy_hash[WF_DIGEST_TEXT])
{
	const struct wf_digest *h = npolicies ? wf_policy_hash(policies[0]) : NULL;

	*out = (struct wf_ledger_row){.spec = WF_SPEC_INIT};
	if (h) {
		wf_digest_text(h, policy_hash);
		out->policy_hash = policy_hash;
	}
	out->tool = "wasmfn " WF_VERSION;
	out->run = wf_clock_run_id();
	out->engine_version = live->engine_version;
	out->settings = settings;
}

/* The manifest file the entry stands in: its hash and its commit, which is
 * looked up once for the entries of a file. */
static void
set_file(const struct wf_op_install *in, struct wf_op_installed *x,
         const struct wf_manifest_entry *e, struct wf_ledger_row *row, char text[WF_DIGEST_TEXT])
{
	const struct wf_manifest_file *f;
	size_t i;

	if (!in->claims->manifest)
		return; /* the entry is of no file */
	for (i = 0; (f = wf_manifest_file_at(in->claims->manifest, i)); i++) {
		if (strcmp(f->path, e->file) != 0)
			continue;
		wf_digest_text(&f->hash, text);
		row->manifest_file_hash = text;
		if (x->commit_of != f)
			(void)wf_git_commit(f->path, x->commit);
		x->commit_of = f;
		row->git_commit = x->commit[0] ? x->commit : NULL;
		return;
	}
}

static enum wf_rc
record_one(const struct wf_op_install *in, struct wf_engine *engine, struct wf_op_installed *x,
           const struct wf_change *c, const struct wf_live *after, struct wf_json *settings,
           struct wf_ledger_row *row, struct wf_err *err)
{
	const struct wf_op_install_fn *f = &x->fns[c->want];
	const struct wf_live_function *v = wf_live_find(after, &c->goal);
	WF_AUTO(wf_json_freep) struct wf_json *evidence = NULL;
	char policy_hash[WF_DIGEST_TEXT], manifest_hash[WF_DIGEST_TEXT];
	enum wf_rc rc = check_after(x, c, v, err);

	if (rc == WF_OK)
		rc = check_policies(f, v, after, err);
	if (rc != WF_OK)
		return rc;
	evidence = wf_artifact_to_json(&f->fetched.artifact);
	wf_op_install_row(after, f->policies, f->npolicies, settings, row, policy_hash);
	row->action = wf_steps_word(c->action);
	row->spec = wf_live_claimed(v);
	row->spec.has_manifest = true;
	row->spec.manifest = *wf_verified_manifest(f->verified);
	row->ref = f->entry->ref.text;
	row->signer = wf_verified_signer(f->verified);
	set_file(in, x, f->entry, row, manifest_hash);
	row->has_before = c->live != NULL;
	if (c->live)
		row->before = c->live->spec;
	row->evidence = evidence;
	row->reason = in->reason;
	if (in->rollback) {
		row->reason = in->rollback->reason;
		row->held = in->rollback->held;
	}
	rc = wf_engine_record(engine, row, err);
	/* what is learnt later needs the row's place and names only */
	row->evidence = row->settings = NULL;
	row->policy_hash = row->manifest_file_hash = row->git_commit = NULL;
	return rc;
}

static enum wf_rc
record(const struct wf_op_install *in, struct wf_engine *engine, struct wf_op_installed *x,
       const struct wf_live *after, struct wf_ledger_row *rows, size_t *n, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *settings = wf_op_install_settings(after);
	enum wf_rc rc = WF_OK;
	size_t i;

	for (i = 0; rc == WF_OK && i < x->steps.nchanges; i++) {
		if (x->steps.changes[i].action == WF_ACTION_NONE)
			continue;
		rc = record_one(in, engine, x, &x->steps.changes[i], after, settings, &rows[*n], err);
		if (rc == WF_OK)
			(*n)++;
	}
	if (rc == WF_OK && x->nprune) {
		rc = wf_op_prune_record(engine, x, after, settings, rows + *n, err);
		*n += x->nprune;
	}
	if (rc == WF_OK)
		rc = wf_engine_settle(engine, err);
	return rc;
}

/* --- one function a transaction ---------------------------------------------- */

/* What is about to be done, committed before any of it: what a crash leaves
 * behind is then known to have been ours. */
static enum wf_rc
announce(struct wf_engine *engine, const struct wf_op_installed *x, struct wf_err *err)
{
	enum wf_rc rc = WF_OK;
	size_t i;

	for (i = 0; rc == WF_OK && i < x->steps.nchanges; i++) {
		const struct wf_change *c = &x->steps.changes[i];
		const struct wf_op_install_fn *f = &x->fns[c->want];
		struct wf_ledger_row row;
		char policy_hash[WF_DIGEST_TEXT];

		if (c->action == WF_ACTION_NONE)
			continue;
		wf_op_install_row(x->live, f->policies, f->npolicies, NULL, &row, policy_hash);
		row.action = "intent";
		row.reason = wf_steps_word(c->action);
		row.spec = c->goal;
		row.spec.has_manifest = true;
		row.spec.manifest = *wf_verified_manifest(f->verified);
		row.ref = f->entry->ref.text;
		row.signer = wf_verified_signer(f->verified);
		rc = wf_engine_record(engine, &row, err);
	}
	return rc == WF_OK ? wf_engine_commit(engine, wf_clock_run_id(), err) : rc;
}

/* The function is as it was when this was planned: nothing but the lock of
 * wasmfn itself lies in between. */
static enum wf_rc
check_still(const struct wf_change *c, const struct wf_live_function *now, struct wf_err *err)
{
	const struct wf_live_function *was = c->live;
	struct wf_spec a = WF_SPEC_INIT, b = WF_SPEC_INIT;

	if (was && now) {
		a = wf_live_claimed(was);
		b = wf_live_claimed(now);
	}
	if (!was == !now && (!was || (wf_spec_diff(&a, &b) == 0 && wf_spec_diff(&b, &a) == 0 &&
	                              was->wrapper_ok == now->wrapper_ok)))
		return WF_OK;
	return wf_err_set(err, WF_R_TRY_AGAIN, "%s.%s changed while this was under way",
	                  c->goal.schema, c->goal.name);
}

static enum wf_rc
apply_one(const struct wf_op_install *in, struct wf_engine *engine, struct wf_op_installed *x,
          const struct wf_change *c, struct wf_err *err)
{
	WF_AUTO(wf_live_freep) struct wf_live *before = NULL;
	WF_AUTO(wf_live_freep) struct wf_live *after = NULL;
	WF_AUTO(wf_json_freep) struct wf_json *settings = NULL;
	struct wf_ledger_row row;
	enum wf_rc rc = wf_engine_begin(engine, err);

	if (rc == WF_OK)
		rc = wf_engine_snapshot(engine, NULL, 0, &before, err);
	if (rc == WF_OK)
		rc = check_still(c, wf_live_find(before, &c->goal), err);
	if (rc == WF_OK)
		rc = send(engine, x, c, 1, err);
	if (rc == WF_OK)
		rc = wf_engine_snapshot(engine, NULL, 0, &after, err);
	if (rc == WF_OK) {
		settings = wf_op_install_settings(after);
		rc = record_one(in, engine, x, c, after, settings, &row, err);
	}
	if (rc == WF_OK)
		rc = wf_engine_commit(engine, wf_clock_run_id(), err);
	if (wf_engine_committed(engine)) {
		wf_op_head_learn(in->state_dir, after, &row, 1);
		x->changed++;
	}
	return rc;
}

static enum wf_rc
apply_each(const struct wf_op_install *in, struct wf_engine *engine, struct wf_op_installed *x,
           struct wf_err *err)
{
	enum wf_rc rc = announce(engine, x, err);
	size_t i;

	for (i = 0; rc == WF_OK && i < x->steps.nchanges; i++) {
		if (x->steps.changes[i].action == WF_ACTION_NONE)
			continue;
		rc = apply_one(in, engine, x, &x->steps.changes[i], err);
	}
	x->applied = rc == WF_OK;
	if (rc == WF_OK)
		return rc;
	wf_engine_rollback(engine);
	return wf_err_wrap(err, "after %zu of the changes", x->changed);
}

enum wf_rc
wf_op_install_apply(const struct wf_op_install *in, struct wf_engine *engine,
                    struct wf_op_installed *x, struct wf_err *err)
{
	WF_AUTO(wf_live_freep) struct wf_live *after = NULL;
	WF_AUTO(wf_freep) struct wf_ledger_row *rows =
		wf_calloc(x->steps.nchanges + x->nprune + 1, sizeof(*rows));
	size_t n = 0;
	enum wf_rc rc;

	if (wf_engine_describe(engine)->one_by_one)
		return apply_each(in, engine, x, err);
	rc = send(engine, x, x->steps.changes, x->steps.nchanges, err);
	if (rc == WF_OK)
		rc = wf_op_prune_send(engine, x, err);
	if (rc == WF_OK)
		rc = wf_engine_snapshot(engine, NULL, 0, &after, err);
	if (rc == WF_OK)
		rc = record(in, engine, x, after, rows, &n, err);
	if (rc == WF_OK)
		rc = wf_op_first_calls(x, engine, err);
	if (rc == WF_OK)
		rc = wf_engine_commit(engine, wf_clock_run_id(), err);
	if (!wf_engine_committed(engine)) {
		wf_engine_rollback(engine);
		return rc;
	}
	x->applied = true;
	x->changed = n;
	wf_op_head_learn(in->state_dir, after, rows, n);
	return rc;
}
