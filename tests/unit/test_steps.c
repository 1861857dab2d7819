/* SPDX-License-Identifier: Apache-2.0
 *
 * plan/steps.c: one table of M, L and V, each case one difference away from
 * a function that is as wanted and recorded.
 */
#include "plan/steps.h"

#include <stdlib.h>

#include "tests/lib/tap.h"

static const char *reader[] = {"reader"}, *everybody[] = {"PUBLIC", "reader"};

/* The three in agreement, to be bent by a case. */
struct world {
	struct wf_steps_want m;
	struct wf_live v;
	struct wf_live_function f;
	struct wf_ledger_row l;
	bool no_live, no_row;
};

static void
agree(struct world *w)
{
	memset(w, 0, sizeof(*w));
	w->m.spec = (struct wf_spec){
		.schema = "wasm", .name = "f", .args = "integer", .returns = "integer",
		.export_name = "f", .has_manifest = true, .has_module = true,
		.manifest = {{1}}, .module = {{2}}, .owner = "app", .grants_set = true,
		.grants = {reader, 1}, .limits = {65536, -1, -1, -1},
	};
	w->f.spec = w->m.spec;
	w->f.spec.definer = WF_NO;
	w->f.spec.strict = WF_YES;
	w->f.spec.volatility = WF_VOLATILE;
	w->f.spec.wasi = "null";
	w->l.spec = w->f.spec;
	w->f.spec.has_manifest = false;
	w->f.wrapper_ok = w->f.has_row = w->f.has_column = w->f.has_wrapper_digest = true;
	w->f.column = w->f.wrapper = w->f.spec.module;
	w->f.language = "wasm";
	w->l.action = "create";
	w->v.role = "deploy";
	w->v.engine_version = "1";
}

/* Runs the plan; actions as "replace:module alter:owner", changes' ledger word. */
static enum wf_rc
plan(struct world *w, char text[512], const char **word, struct wf_err *e)
{
	WF_AUTO(wf_steps_free) struct wf_steps s = WF_STEPS_INIT;
	enum wf_rc rc;
	size_t i;

	w->v.functions = &w->f;
	w->v.nfunctions = w->no_live ? 0 : 1;
	w->v.ledger = &w->l;
	w->v.nledger = w->no_row ? 0 : 1;
	w->v.ledger_exists = w->v.ledger_readable = true;
	w->l.seq = 1;
	if (w->l.hash.sha256[0] == 0)
		wf_ledger_row_hash(&w->l, &w->l.hash);
	rc = wf_steps_plan(&w->m, 1, &w->v, &s, e);
	text[0] = '\0';
	for (i = 0; rc == WF_OK && i < s.n; i++)
		(void)snprintf(text + strlen(text), 512 - strlen(text), "%s%s:%s", i ? " " : "",
		               wf_steps_word(s.v[i].action), s.v[i].what);
	*word = rc == WF_OK ? wf_steps_word(s.changes[0].action) : "";
	if (rc == WF_OK)
		OK(s.any == (strcmp(*word, "none") != 0), "any says whether there is a step");
	return rc;
}

static const char *setting[] = {"pg_wasm.allow_fs=on"}, *path[] = {"search_path=pg_catalog, pg_temp"};

static void no_live(struct world *w) { w->no_live = true; }
static void nothing(struct world *w) { w->no_live = w->no_row = true; }
static void no_row(struct world *w) { w->no_row = true; }
static void same(struct world *w) { (void)w; }
static void other_row(struct world *w) { w->l.spec.manifest.sha256[0] = 9; }
static void bytes(struct world *w) { w->f.spec.module.sha256[0] = 9; }
static void column(struct world *w) { w->f.column.sha256[0] = 9; }
static void wrapper(struct world *w) { w->f.wrapper.sha256[0] = 9; }
static void all_forged(struct world *w) { bytes(w), column(w), wrapper(w), w->l.spec.module = w->f.spec.module; }
static void language(struct world *w) { w->f.wrapper_ok = false; w->f.wrapper_state = "another language"; }
static void no_bytes(struct world *w) { w->f.spec.has_module = false; }
static void wider(struct world *w) { w->f.spec.limits.max_memory_bytes = 1 << 30; }
static void recorded_limit(struct world *w) { w->m.spec.limits.max_memory_bytes = -1; wider(w); }
static void limit_lifted(struct world *w) { w->f.spec.limits.fuel_per_call = 5; }
static void limit_nobody(struct world *w) { w->m.spec.limits.max_memory_bytes = -1; w->no_row = true; wider(w); }
static void wasi(struct world *w) { w->f.spec.wasi = "{\"filesystem\":{}}"; }
static void owner(struct world *w) { w->f.spec.owner = "mallory"; }
static void recorded_owner(struct world *w) { w->m.spec.owner = NULL; owner(w); }
static void public(struct world *w) { w->f.spec.grants.v = everybody; w->f.spec.grants.n = 2; }
static void public_silent(struct world *w) { w->m.spec.grants_set = false; w->no_row = true; public(w); }
static void ungranted(struct world *w) { w->f.spec.grants.n = 0; }
static void definer(struct world *w) { w->f.spec.definer = WF_YES; }
static void not_strict(struct world *w) { w->f.spec.strict = WF_NO; }
static void leakproof(struct world *w) { w->f.leakproof = true; }
static void costs(struct world *w) { w->f.nodd = 1; w->f.odd[0] = (struct wf_pair){"cost 100", "cost 1"}; }
static void config(struct world *w) { w->f.config = (struct wf_strs){setting, 1}; }
static void want_definer(struct world *w) { w->m.spec.definer = WF_YES; definer(w); w->l.spec.definer = WF_YES; }
static void definer_fine(struct world *w) { want_definer(w); w->f.config = (struct wf_strs){path, 1}; }
static void export_(struct world *w) { w->f.spec.export_name = "g"; }
static void broken(struct world *w) { w->l.hash.sha256[0] = 1; }
static void void_row(struct world *w) { w->m.row_void = true; }
static void void_limit(struct world *w) { void_row(w); recorded_limit(w); }

/* an engine without bytes to read, which declares a digest */
static void declares(struct world *w) { w->f.spec.has_module = false; w->f.unprovable = "no bytes"; }
static void declares_other(struct world *w) { declares(w); column(w); }
static void intended(struct world *w) { w->l.action = "intent"; }
static void typeless(struct world *w) { w->m.spec.returns = NULL; }
static void was_compiled(struct world *w)
{
	w->f.spec.has_compiled = w->l.spec.has_compiled = true;
	w->f.spec.compiled = w->l.spec.compiled = (struct wf_digest){{7}};
}
static void compiled_other(struct world *w) { was_compiled(w); w->f.spec.compiled.sha256[0] = 8; }
static void compiled_new(struct world *w) { was_compiled(w); w->l.spec.has_compiled = false; }
static void private(struct world *w) { nothing(w); w->v.born_private = true; }

static void
table(void)
{
	static const struct {
		const char *name;
		void (*bend)(struct world *);
		const char *steps, *word;
	} t[] = {
		{"M = L = V", same, "none:nothing", "none"},
		{"nothing there", nothing, "create:module revoke:execute grant:execute alter:owner", "create"},
		{"recorded, not there", no_live, "create:module revoke:execute grant:execute alter:owner", "create"},
		{"M = V, no L", no_row, "adopt:ledger", "adopt"},
		{"M = V, another L", other_row, "adopt:ledger", "adopt"},
		{"a digest declared, as wanted", declares, "none:nothing", "none"},
		{"another digest declared", declares_other, "replace:module", "replace"},
		{"an intent is no record", intended, "adopt:ledger", "adopt"},
		{"an engine without types", typeless, "none:nothing", "none"},
		{"compiled as recorded", was_compiled, "none:nothing", "none"},
		{"compiled to something else", compiled_other, "replace:compiled module", "replace"},
		{"compiled, and not recorded", compiled_new, "adopt:ledger", "adopt"},
		{"nothing there, PUBLIC has no rights at birth", private,
		 "create:module grant:execute alter:owner", "create"},
		{"bytes differ", bytes, "replace:module", "replace"},
		{"engine's column differs", column, "replace:recorded digest", "replace"},
		{"wrapper's digest differs", wrapper, "replace:recorded digest", "replace"},
		{"bytes, column, wrapper and row forged", all_forged, "replace:module", "replace"},
		{"wrapper of another language", language, "replace:wrapper", "replace"},
		{"bytes missing", no_bytes, "replace:module", "replace"},
		{"limit raised", wider, "replace:max_memory_bytes", "replace"},
		{"limit that only the row has", recorded_limit, "replace:max_memory_bytes", "replace"},
		{"limit that was not there", limit_lifted, "replace:fuel_per_call", "replace"},
		{"limit nobody speaks of", limit_nobody, "adopt:ledger", "adopt"},
		{"wasi granted", wasi, "replace:wasi", "replace"},
		{"another export", export_, "replace:export", "replace"},
		{"owner changed", owner, "alter:owner", "alter"},
		{"owner that only the row has", recorded_owner, "alter:owner", "alter"},
		{"PUBLIC may", public, "revoke:execute", "revoke"},
		{"PUBLIC may, nobody speaks of grants", public_silent, "revoke:execute", "revoke"},
		{"grant taken", ungranted, "grant:execute", "grant"},
		{"definer", definer, "alter:security", "alter"},
		{"not strict", not_strict, "alter:strict", "alter"},
		{"leakproof", leakproof, "alter:leakproof", "alter"},
		{"another cost", costs, "alter:attribute", "alter"},
		{"setting on the function", config, "alter:setting", "alter"},
		{"definer without search_path", want_definer, "alter:setting", "alter"},
		{"definer with it", definer_fine, "none:nothing", "none"},
		{"row void, in sync", void_row, "adopt:ledger", "adopt"},
		{"row void, a limit only it has", void_limit, "adopt:ledger", "adopt"},
	};
	size_t i;

	for (i = 0; i < WF_COUNT(t); i++) {
		struct world w;
		struct wf_err e = {0};
		const char *word;
		char text[512];

		agree(&w);
		t[i].bend(&w);
		ERR(plan(&w, text, &word, &e), &e, WF_R_OK, t[i].name);
		IS(text, t[i].steps, "steps");
		IS(word, t[i].word, "ledger row");
	}
}

static void
refusals(void)
{
	struct world w;
	struct wf_err e = {0};
	const char *word;
	char text[512];

	agree(&w);
	w.m.spec.returns = "bigint";
	ERR(plan(&w, text, &word, &e), &e, WF_R_PLAN_REFUSED, "another return type");
	agree(&w);
	wf_err_clear(&e);
	w.m.spec.args = "text";
	ERR(plan(&w, text, &word, &e), &e, WF_R_PLAN_REFUSED, "other argument types");
	agree(&w);
	wf_err_clear(&e);
	w.f.unreadable = "permission denied";
	ERR(plan(&w, text, &word, &e), &e, WF_R_PRIVILEGE, "what cannot be read");
	agree(&w);
	wf_err_clear(&e);
	broken(&w);
	ERR(plan(&w, text, &word, &e), &e, WF_R_TAMPERED, "a broken chain where all is in sync");
	agree(&w);
	wf_err_clear(&e);
	broken(&w);
	bytes(&w);
	ERR(plan(&w, text, &word, &e), &e, WF_R_TAMPERED, "a broken chain where bytes differ");
}

/* A path that only the ledger speaks of is asked about before it is kept. */
static void
recorded_paths(void)
{
	static const char text[] =
		"apiVersion: wasmfn/v1\nkind: Policy\n"
		"capabilities: [{match: ['reg/**'], constraints: {paths: {allow: [{path: /tmp}]}}}]\n";
	WF_AUTO(wf_policy_freep) struct wf_policy *p = NULL;
	const struct wf_policy *all[1];
	struct world w;
	struct wf_err e = {0};
	const char *word;
	char steps[512];

	ERR(wf_policy_parse(wf_str(text), "p.yaml", &p, &e), &e, WF_R_OK, "a policy about paths");
	all[0] = p;
	for (int bad = 0; bad < 2; bad++) {
		agree(&w);
		w.m.spec.wasi = NULL;
		w.m.match = "reg/f";
		w.m.policies = all;
		w.m.npolicies = 1;
		w.l.spec.wasi = w.f.spec.wasi = bad
			? "{\"filesystem\":{\"preopen\":[{\"guest_path\":\"/\",\"host_path\":\"/etc\",\"readonly\":true}]}}"
			: "{\"filesystem\":{\"preopen\":[{\"guest_path\":\"/\",\"host_path\":\"/tmp\",\"readonly\":true}]}}";
		wf_err_clear(&e);
		ERR(plan(&w, steps, &word, &e), &e, bad ? WF_R_DENIED : WF_R_OK,
		    bad ? "a path that policy does not allow" : "a path that it allows");
	}
	OK(strstr(e.msg, "preopen /etc is denied: constraints.paths (p.yaml:3)"), "and names the rule");
}

int
main(void)
{
	table();
	refusals();
	recorded_paths();
	return tap_done();
}
