/* SPDX-License-Identifier: Apache-2.0
 *
 * Roles of a target.  Must never call one good that was not found.
 */
#include "op/op_doctor_target.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "engine/grants.h"
#include "engine/untrusted.h"
#include "policy/policy.h"

static enum wf_rc
roles(struct wf_engine *engine, struct wf_op_doctored *out, struct wf_err *err)
{
	struct wf_grants_found *found = NULL;
	enum wf_rc worst = WF_OK, rc;
	size_t i, n = 0, looked = 0;
	char text[900];

	rc = wf_engine_grants(engine, &out->arena, &found, &n, &looked, err);
	if (rc != WF_OK)
		return rc;
	for (i = 0; i < n; i++) {
		const struct wf_grants_found *f = &found[i];
		struct wf_err why = {0};

		(void)wf_err_set(&why, f->lack ? WF_R_PRIVILEGE : WF_R_DRIFT, "role %s %s %s",
		                 f->role, f->lack ? "lacks" : "should not have", f->what);
		(void)snprintf(text, sizeof(text), "as %s: %s %s; %s;",
		               wf_grants_role_name(f->as), f->lack ? "lacks" : "should not have",
		               f->what, f->cure ? f->cure : "");
		wf_op_doctor_add(out, "role", f->role, WF_OP_DOCTOR_BAD, why.reason, text);
		if (wf_rc_worse(worst, why.code) == worst)
			continue;
		worst = why.code;
		if (err)
			*err = why;
	}
	(void)snprintf(text, sizeof(text), "%zu role%s compared with the least they need",
	               looked, looked == 1 ? "" : "s");
	if (n == 0)
		wf_op_doctor_add(out, "roles", "", looked ? WF_OP_DOCTOR_GOOD : WF_OP_DOCTOR_NOTE,
		                 WF_R_OK, looked ? text : "none of wasmfn_reader, wasmfn_deployer and "
		                 "wasmfn_auditor is there: --grants prints what makes them");
	return worst;
}

static bool
has_function(const struct wf_live *live, const char *schema)
{
	size_t i;

	for (i = 0; i < live->nfunctions; i++)
		if (strcmp(live->functions[i].spec.schema, schema) == 0)
			return true;
	return strcmp(schema, "wasm") == 0;
}

/* Which functions no sandbox holds, who may make such, and who may create
 * where the WASM functions are. */
static enum wf_rc
languages(struct wf_engine *engine, struct wf_op_doctored *out, struct wf_err *err)
{
	WF_AUTO(wf_live_freep) struct wf_live *live = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf who = WF_BUF_INIT(WF_MIB);
	char text[900];
	enum wf_rc rc = wf_engine_snapshot(engine, NULL, 0, &live, err);
	size_t i;

	if (rc == WF_OK)
		rc = wf_engine_untrusted(engine, live, err);
	if (rc != WF_OK)
		return rc;
	for (i = 0; i < live->nuntrusted; i++) {
		(void)snprintf(text, sizeof(text), "language %s, owned by %s: no sandbox holds it",
		               live->untrusted[i].language, live->untrusted[i].owner);
		wf_op_doctor_add(out, "untrusted function", live->untrusted[i].function,
		                 WF_OP_DOCTOR_NOTE, WF_R_OK, text);
	}
	for (i = 0; i < live->superusers.n; i++)
		wf_buf_putf(&who, "%s%s", i ? ", " : "", live->superusers.v[i]);
	wf_op_doctor_add(out, "untrusted languages", "", WF_OP_DOCTOR_GOOD, WF_R_OK,
	                 wf_buf_z(&who));
	for (i = 0; i < live->ncreators; i++) {
		const struct wf_pair *c = &live->creators[i];

		if (has_function(live, c->key))
			wf_op_doctor_add(out, "creates in schema", c->key,
			                 strcmp(c->value, "PUBLIC") == 0 ? WF_OP_DOCTOR_NOTE
			                                                 : WF_OP_DOCTOR_GOOD,
			                 WF_R_OK, c->value);
	}
	return WF_OK;
}

/* Owners that the policy lets manifest files name; a policy that cannot be
 * read has been said already. */
static void
sql(const struct wf_op_doctor *in, const char *engine, struct wf_op_doctored *out)
{
	const char *own = in->policy;
	struct wf_strs one = {&own, 1}, paths = own ? one : wf_paths_policies();
	WF_AUTO(wf_policy_freep) struct wf_policy *p = NULL;
	struct wf_err ignored = {0};
	const struct wf_function_policy *f = NULL;
	struct wf_strs none = {NULL, 0};
	bool whole = false;

	if (paths.n && wf_policy_load(paths.v, paths.n, &p, &ignored) == WF_OK)
		f = wf_policy_functions(p);
	wf_grants_sql(engine, f ? &f->owners : &none, &out->arena, &out->grants, &whole);
	if (!whole)
		wf_op_doctor_add(out, "grants", engine, WF_OP_DOCTOR_NOTE, WF_R_OK,
		                 "what this engine's own objects need is in wasmfn-engines(7), "
		                 "not in the SQL");
}

enum wf_rc
wf_op_doctor_target(const struct wf_op_doctor *in, struct wf_op_doctored *out,
                    struct wf_err *err)
{
	WF_AUTO(wf_engine_closep) struct wf_engine *engine = NULL;
	struct wf_engine_target t;
	struct wf_err why = {0};
	const char *named = "pg_wasm";
	enum wf_rc rc = WF_OK;

	if (!in->target && in->engine && strcmp(in->engine, "auto") != 0) {
		rc = wf_engine_find(in->engine, &named, err);
		if (rc != WF_OK)
			return rc;
		named = in->engine; /* what stands after its colon says which table */
	}
	if (in->target) {
		t = in->target->engine;
		t.read_only = true;
		t.verb = "doctor";
		rc = wf_engine_open(&t, &engine, &why);
		if (rc == WF_OK)
			named = t.engine && wf_engine_is(t.engine, wf_engine_name(engine))
			        ? t.engine : wf_engine_name(engine);
	}
	if (in->grants)
		sql(in, named, out);
	if (rc != WF_OK) {
		wf_op_doctor_add(out, "target", t.name ? t.name : "", WF_OP_DOCTOR_BAD, why.reason,
		                 why.msg);
		if (err)
			*err = why;
		return rc;
	}
	if (!engine)
		return WF_OK;
	rc = languages(engine, out, err);
	return rc == WF_OK ? roles(engine, out, err) : rc;
}
