/* SPDX-License-Identifier: Apache-2.0
 *
 * Removing.  Must never take more than what was named.
 */
#include "op/op_remove.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "engine/state.h"
#include "op/op_install_apply.h"
#include "sys/clock.h"

void
wf_op_removed_free(struct wf_op_removed *x)
{
	if (!x)
		return;
	wf_live_free(x->live);
	wf_arena_free(&x->arena);
	*x = (struct wf_op_removed)WF_OP_REMOVED_INIT;
}

static enum wf_rc
check_claims(const struct wf_op_remove *in, struct wf_err *err)
{
	size_t i, j;

	for (i = 0; !in->reason && in->claims && i < in->nnames; i++) {
		for (j = 0; j < in->claims->n; j++) {
			const struct wf_manifest_entry *e = in->claims->v[j];

			if (!wf_op_name_is(&in->names[i], e->schema, e->name, NULL))
				continue;
			(void)wf_err_set(err, WF_R_CLAIMED, "%s.%s is claimed by %s:%u", e->schema,
			                 e->name, e->file, e->line);
			return wf_err_hint(err, "Take it out of the manifest file, or say why with "
			                        "--reason TEXT.");
		}
	}
	return WF_OK;
}

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

static enum wf_rc
remove_one(const struct wf_op_remove *in, struct wf_engine *engine,
           const struct wf_live_function *f, struct wf_op_removed *x, struct wf_json *settings,
           struct wf_ledger_row *row, struct wf_err *err)
{
	char policy_hash[WF_DIGEST_TEXT], from[WF_DIGEST_TEXT];
	enum wf_rc rc = wf_engine_remove(engine, &f->spec, err);

	if (rc != WF_OK)
		return rc;
	wf_op_install_row(x->live, NULL, 0, settings, row, policy_hash);
	row->action = wf_steps_word(WF_ACTION_REMOVE);
	row->spec = row->before = wf_live_claimed(f);
	row->has_before = true;
	row->reason = in->reason;
	rc = wf_engine_record(engine, row, err);
	row->settings = NULL;
	if (rc != WF_OK)
		return rc;
	wf_digest_text(&f->spec.module, from);
	x->v[x->n++] = (struct wf_step){
		WF_ACTION_REMOVE, wf_spec_signature(&f->spec, &x->arena), "module",
		f->spec.has_module ? wf_arena_strn(&x->arena, from, strlen(from)) : NULL, NULL,
	};
	return WF_OK;
}

/* Where function and ledger cannot change together: said first, and kept. */
static enum wf_rc
announce(struct wf_engine *engine, const struct wf_live *live,
         const struct wf_live_function *f, struct wf_err *err)
{
	char policy_hash[WF_DIGEST_TEXT];
	struct wf_ledger_row row;
	enum wf_rc rc;

	if (!wf_engine_describe(engine)->one_by_one)
		return WF_OK;
	wf_op_install_row(live, NULL, 0, NULL, &row, policy_hash);
	row.action = "intent";
	row.reason = wf_steps_word(WF_ACTION_REMOVE);
	row.spec = wf_live_claimed(f);
	rc = wf_engine_record(engine, &row, err);
	if (rc == WF_OK)
		rc = wf_engine_commit(engine, wf_clock_run_id(), err);
	return rc == WF_OK ? wf_engine_begin(engine, err) : rc;
}

static enum wf_rc
snapshot(const struct wf_op_remove *in, struct wf_engine *engine, struct wf_op_removed *out,
         size_t *at, struct wf_err *err)
{
	struct wf_strs types = {NULL, 0}, list;
	struct wf_want_sig sig = {.args_set = true};
	size_t i;

	for (i = 0; i < in->nnames; i++) {
		wf_want_split(in->names[i].args ? in->names[i].args : "", &list, &out->arena);
		sig.args = list.v;
		sig.nargs = list.n;
		at[i] = wf_want_types_add(&types, &sig, &out->arena);
	}
	return wf_engine_snapshot(engine, types.v, types.n, &out->live, err);
}

static void
learn(const struct wf_op_remove *in, const struct wf_live *live, const struct wf_ledger_row *rows,
      size_t n)
{
	WF_AUTO(wf_freep) const struct wf_ledger_row **list = wf_calloc(n + 1, sizeof(*list));
	struct wf_err err = {0};
	size_t i;

	for (i = 0; i < n; i++)
		list[i] = &rows[i];
	if (in->state_dir && live->system_identifier &&
	    wf_state_learn(in->state_dir, live->system_identifier, live->database, list, n,
	                   &err) != WF_OK)
		wf_log(WF_LOG_WARN, "removed, but not remembered on this host: %s", err.msg);
}

static enum wf_rc
remove_all(const struct wf_op_remove *in, struct wf_engine *engine, struct wf_op_removed *out,
           struct wf_ledger_row *rows, const size_t *at, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *settings = wf_op_install_settings(out->live);
	const struct wf_live_function *f;
	const char *args, *no_type;
	enum wf_rc rc = WF_OK;
	size_t i, j;

	out->v = wf_arena_alloc(&out->arena, (in->nnames + 1) * sizeof(*out->v));
	for (i = 0; rc == WF_OK && i < in->nnames; i++) {
		no_type = NULL;
		args = server_args(&in->names[i], out->live, at[i], &out->arena, &no_type);
		if (no_type)
			return wf_err_set(err, WF_R_USAGE, "the server has no type \"%s\"", no_type);
		rc = pick(&in->names[i], args, out->live, &f, err);
		for (j = 0; rc == WF_OK && j < out->n; j++)
			if (strcmp(out->v[j].function, wf_spec_signature(&f->spec, &out->arena)) == 0)
				rc = wf_err_set(err, WF_R_USAGE, "%s is named twice", out->v[j].function);
		if (rc == WF_OK)
			rc = announce(engine, out->live, f, err);
		if (rc == WF_OK)
			rc = remove_one(in, engine, f, out, settings, &rows[i], err);
	}
	return rc;
}

enum wf_rc
wf_op_remove(const struct wf_op_remove *in, struct wf_op_removed *out, struct wf_err *err)
{
	WF_AUTO(wf_engine_closep) struct wf_engine *engine = NULL;
	WF_AUTO(wf_freep) struct wf_ledger_row *rows = wf_calloc(in->nnames + 1, sizeof(*rows));
	WF_AUTO(wf_freep) size_t *at = wf_calloc(in->nnames + 1, sizeof(*at));
	enum wf_rc rc = check_claims(in, err);

	if (rc == WF_OK)
		rc = wf_engine_open(&in->target->engine, &engine, err);
	if (rc == WF_OK && in->nnames > 1 && wf_engine_describe(engine)->one_by_one)
		rc = wf_err_set(err, WF_R_USAGE, "engine %s: one function a transaction, so name one "
		                "at a time", wf_engine_name(engine));
	if (rc == WF_OK)
		rc = wf_engine_begin(engine, err);
	if (rc == WF_OK)
		rc = snapshot(in, engine, out, at, err);
	if (rc == WF_OK)
		rc = remove_all(in, engine, out, rows, at, err);
	if (rc == WF_OK)
		rc = wf_engine_commit(engine, wf_clock_run_id(), err);
	if (rc == WF_OK)
		learn(in, out->live, rows, out->n);
	return rc;
}
