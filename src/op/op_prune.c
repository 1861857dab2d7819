/* SPDX-License-Identifier: Apache-2.0
 *
 * Pruning.  Must never take what wasmfn did not put there, nor everything.
 */
#include "op/op_prune.h"

#include <string.h>

#include "base/log.h"
#include "op/op_evidence.h"
#include "op/op_install_apply.h"

/* By name and types, as the server writes both: each entry is a want here. */
static bool
claimed(const struct wf_op_installed *x, const struct wf_spec *s)
{
	size_t i;

	for (i = 0; i < x->n; i++)
		if (wf_spec_same(&x->wants[i].spec, s))
			return true;
	return false;
}

static enum wf_rc
check_row(const struct wf_op_install *in, const struct wf_ledger_row *row, struct wf_err *err)
{
	enum wf_rc code;
	char why[320];

	if (wf_op_evidence(in->judge, row, NULL, false, why, &code) != WF_EVIDENCE_FORGED)
		return WF_OK;
	(void)wf_err_set(err, WF_R_TAMPERED, "%s.%s: ledger row %lld: %s", row->spec.schema,
	                 row->spec.name, (long long)row->seq, why);
	return wf_err_hint(err, "%s", WF_LEDGER_TAMPERED_HINT);
}

static enum wf_rc
check_share(const struct wf_op_install *in, size_t go, size_t all, struct wf_err *err)
{
	struct wf_err e = {0};
	unsigned percent = (unsigned)((go * 100 + all - 1) / (all ? all : 1));

	if (in->claims->n == 0)
		(void)wf_err_set(&e, WF_R_PLAN_REFUSED, "--prune would remove all %zu recorded "
		                 "functions: no manifest file has an entry", all);
	else if (go * 100 > (size_t)in->prune_percent * all) {
		(void)wf_err_set(&e, WF_R_PLAN_REFUSED, "--prune would remove %zu of %zu recorded "
		                 "functions (%u%%), and the limit is %u%%", go, all, percent,
		                 in->prune_percent);
		(void)wf_err_hint(&e, "If that is meant: --prune-limit %u.", percent);
	} else {
		return WF_OK;
	}
	if (in->dry_run) {
		wf_log(WF_LOG_WARN, "would be refused: %s", e.msg);
		return WF_OK;
	}
	*err = e;
	return e.code;
}

enum wf_rc
wf_op_prune_plan(const struct wf_op_install *in, struct wf_engine *engine,
                 struct wf_op_installed *x, struct wf_err *err)
{
	const struct wf_live *live = x->live;
	enum wf_rc rc = WF_OK;
	size_t i, all = 0;

	if (!in->prune)
		return WF_OK;
	if (wf_engine_describe(engine)->one_by_one)
		return wf_err_set(err, WF_R_USAGE, "engine %s: one function a transaction, so remove "
		                  "them one at a time", wf_engine_name(engine));
	x->prune = wf_arena_alloc(&x->arena, (live->nfunctions + 1) * sizeof(*x->prune));
	for (i = 0; rc == WF_OK && i < live->nfunctions; i++) {
		const struct wf_spec *s = &live->functions[i].spec;
		const struct wf_ledger_row *row =
			wf_ledger_row_find(live->ledger, live->nledger, s);

		all += row != NULL;
		if (!row || claimed(x, s))
			continue;
		if (wf_hold(row, NULL) == WF_HOLD_QUARANTINED) {
			wf_log(WF_LOG_WARN, "%s.%s is in quarantine and stays", s->schema, s->name);
			continue;
		}
		rc = check_row(in, row, err);
		x->prune[x->nprune++] = &live->functions[i];
	}
	if (rc == WF_OK && x->nprune)
		rc = check_share(in, x->nprune, all, err);
	for (i = 0; rc == WF_OK && i < x->nprune; i++)
		wf_steps_remove(&x->steps, x->prune[i]);
	return rc;
}

enum wf_rc
wf_op_prune_send(struct wf_engine *engine, const struct wf_op_installed *x, struct wf_err *err)
{
	enum wf_rc rc = WF_OK;
	size_t i;

	for (i = 0; rc == WF_OK && i < x->nprune; i++)
		rc = wf_engine_remove(engine, &x->prune[i]->spec, err);
	return rc;
}

enum wf_rc
wf_op_prune_record(struct wf_engine *engine, const struct wf_op_installed *x,
                   const struct wf_live *after, struct wf_json *settings,
                   struct wf_ledger_row *rows, struct wf_err *err)
{
	char policy_hash[WF_DIGEST_TEXT];
	enum wf_rc rc = WF_OK;
	size_t i;

	for (i = 0; rc == WF_OK && i < x->nprune; i++) {
		const struct wf_live_function *f = x->prune[i];

		if (wf_live_find(after, &f->spec))
			return wf_err_set(err, WF_R_ENGINE, "%s.%s is there after the engine "
			                  "removed it", f->spec.schema, f->spec.name);
		wf_op_install_row(after, NULL, 0, settings, &rows[i], policy_hash);
		rows[i].action = wf_steps_word(WF_ACTION_REMOVE);
		rows[i].reason = "pruned: no manifest file claims it";
		rows[i].spec = rows[i].before = wf_live_claimed(f);
		rows[i].has_before = true;
		rc = wf_engine_record(engine, &rows[i], err);
		rows[i].settings = NULL;
	}
	return rc;
}
