/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn verify`: argv to op_verify, its verdicts to text or JSON.  With
 * --bundle neither configuration nor store is opened, and no library beyond
 * those linked is loaded.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/cmd.h"
#include "op/op_fetch.h"
#include "op/op_verify.h"

struct params {
	struct wf_list keys, annotations;
	const char *bundle, *policy;
};

#define SHORT_DIGEST 19 /* "sha256:" and 12 digits */
#define OFF(member) offsetof(struct params, member)

static const struct wf_opt opts[] = {
	{0, "key", "FILE", "public key that must have signed", WF_OPT_LIST, OFF(keys), NULL},
	{0, "bundle", "FILE", "signature of a file or bare digest", WF_OPT_STRING, OFF(bundle), NULL},
	{'a', NULL, "KEY=VALUE", "annotation that must be signed", WF_OPT_LIST, OFF(annotations), NULL},
	{0, "policy", "FILE", "policy that must be satisfied", WF_OPT_STRING, OFF(policy), NULL},
	{0, NULL, NULL, NULL, WF_OPT_END, 0, NULL},
};

/* What references need, opened when the first one comes. */
struct world {
	const struct wf_globals *g;
	struct wf_config *config;
	struct wf_store *store;
	struct wf_op_fetch fetch;
};

static void
world_end(struct world *w)
{
	wf_op_fetch_end(&w->fetch);
	wf_store_freep(&w->store);
	wf_config_freep(&w->config);
}

static enum wf_rc
world_open(struct world *w, struct wf_err *err)
{
	enum wf_rc rc;

	if (w->store)
		return WF_OK;
	if ((rc = wf_config_load(w->g->config, &w->config, err)) ||
	    (rc = wf_store_open(wf_store_dir(w->g->store, w->config),
	                        w->g->offline ? WF_STORE_READ : WF_STORE_WRITE, &w->store, err)))
		return rc;
	w->fetch.config = w->config;
	w->fetch.store = w->store;
	w->fetch.offline = w->g->offline;
	w->fetch.allow_tag = true;
	w->fetch.recheck = true;
	return WF_OK;
}

static enum wf_rc
find(void *arg, const struct wf_ref *ref, unsigned formats,
     struct wf_op_verify_found *out, struct wf_err *err)
{
	struct world *w = arg;
	struct wf_op_fetched f = WF_OP_FETCHED_INIT;
	enum wf_rc rc;

	if ((rc = world_open(w, err)))
		return rc;
	w->fetch.formats = formats;
	if ((rc = wf_op_fetch(&w->fetch, ref, &f, err)))
		return rc;
	out->artifact = f.artifact;
	(void)snprintf(out->ref, sizeof(out->ref), "%s", f.ref);
	return WF_OK;
}

static enum wf_rc
split_annotations(const struct wf_list *list, struct wf_arena *arena,
                  struct wf_pair *out, struct wf_err *err)
{
	const char *eq;
	size_t i;

	for (i = 0; i < list->n; i++) {
		eq = strchr(list->v[i], '=');
		if (!eq || eq == list->v[i])
			return wf_err_set(err, WF_R_USAGE, "-a %s: expected KEY=VALUE", list->v[i]);
		out[i].key = wf_arena_strn(arena, list->v[i], (size_t)(eq - list->v[i]));
		out[i].value = eq + 1;
	}
	return WF_OK;
}

static void
add_json(struct wf_run *r, const struct wf_op_verified *v)
{
	static const struct wf_digest none;
	struct wf_json *doc = wf_out_doc(r->out), *subject = wf_json_object();
	char text[WF_DIGEST_TEXT];

	wf_json_set_z(subject, "ref", v->ref);
	if (v->artifact) {
		wf_digest_text(&v->manifest, text);
		wf_json_set_z(subject, "manifest_digest", text);
		wf_digest_text(&v->module, text);
		wf_json_set_z(subject, "module_digest", text);
	} else if (!wf_digest_eq(&v->digest, &none)) {
		wf_digest_text(&v->digest, text);
		wf_json_set_z(subject, "digest", text);
	}
	wf_json_set(doc, "subject", subject);
	wf_json_set(doc, "candidates", wf_op_judge_candidates_json(&v->judgement));
	wf_json_set(doc, "authorities", wf_op_judge_authorities_json(&v->judgement));
}

static void
print_candidate(struct wf_run *r, const struct wf_verdict *v)
{
	char digest[WF_DIGEST_TEXT];
	size_t i;

	wf_digest_text(&v->digest, digest);
	digest[SHORT_DIGEST] = '\0'; /* JSON has it whole */
	if (v->verified)
		wf_out_field(r->out, wf_form_word(v->form), "%s counts for %s%s", digest, v->authority,
		             v->proofs_not_evaluated ? "; log and timestamp proofs not-evaluated" : "");
	else
		wf_out_field(r->out, wf_form_word(v->form), "%s %s: %s", digest,
		             wf_reason_word(v->reason), v->detail);
	for (i = 0; i < v->nsteps; i++)
		wf_out_verbose(r->out, 1, "      %s", v->steps[i]);
}

static void
print_human(struct wf_run *r, const struct wf_op_verified *v, enum wf_rc rc)
{
	const struct wf_judgement *j = &v->judgement;
	char digest[WF_DIGEST_TEXT];
	size_t i;

	if (rc && j->nverdicts == 0)
		return;
	wf_out_styled(r->out, rc ? WF_BAD : WF_GOOD, "%s %s", rc ? "refused " : "verified", v->ref);
	wf_digest_text(v->artifact ? &v->module : &v->digest, digest);
	wf_out_field(r->out, v->artifact ? "module" : "digest", "%s", digest);
	for (i = 0; i < j->nauthorities; i++) {
		const struct wf_authority_result *a = &j->authorities[i];

		if (a->satisfied)
			wf_out_field(r->out, "signed by", "%s (%s, %s)", a->name, a->key_path, a->key_id);
		else
			wf_out_field(r->out, "not by", "%s (%s)", a->name, a->rule);
	}
	for (i = 0; i < j->nverdicts; i++)
		print_candidate(r, &j->verdicts[i]);
}

static enum wf_rc
verify_one(struct wf_run *r, const struct wf_op_verify *op, const char *operand,
           struct wf_err *err)
{
	WF_AUTO(wf_op_verified_free) struct wf_op_verified v = WF_OP_VERIFIED_INIT;
	enum wf_rc rc = wf_op_verify(op, operand, &v, err);

	add_json(r, &v);
	if (wf_out_is_human(r->out))
		print_human(r, &v, rc);
	return rc;
}

static enum wf_rc
run_verify(struct wf_run *r, struct wf_err *err)
{
	const struct params *p = r->params;
	WF_AUTO(wf_arena_free) struct wf_arena arena = {NULL};
	WF_AUTO(wf_op_judge_freep) struct wf_op_judge *judge = NULL;
	WF_AUTO(world_end) struct world world = {.g = r->g};
	struct wf_pair *pairs = wf_arena_alloc(&arena, (p->annotations.n + 1) * sizeof(*pairs));
	const struct wf_op_judge_options o = {
		.keys = p->keys.v,
		.nkeys = p->keys.n,
		.annotations = pairs,
		.nannotations = p->annotations.n,
		.policy = p->policy,
	};
	struct wf_op_verify op = {
		.bundle = p->bundle, .find = find, .arg = &world,
	};
	enum wf_rc rc;
	int i;

	if (p->bundle && r->argc > 1)
		return wf_err_set(err, WF_R_USAGE,
		                  "--bundle is about one file or digest, and %d are given", r->argc);
	if ((rc = split_annotations(&p->annotations, &arena, pairs, err)) ||
	    (rc = wf_op_judge_open(&o, WF_OP_JUDGE_VERIFY, &judge, err)))
		return rc;
	op.judge = judge;
	if (r->argc == 1)
		return verify_one(r, &op, r->argv[0], err);
	wf_out_expect(r->out, r->argc);
	for (i = 0; i < r->argc; i++) {
		enum wf_rc one = verify_one(r, &op, r->argv[i], err);

		rc = wf_rc_worse(rc, wf_out_record(r->out, one, err));
	}
	return rc;
}

const struct wf_cmd wf_cmd_verify = {
	.name = "verify",
	.args = "REF… | FILE | sha256:HEX",
	.summary = "judge signatures by keys or a policy",
	.about = "Judges by the options given, all of which must be satisfied; only without --key and\n"
	         "--policy by the system policy.  A tag is resolved once, and the digest is shown.\n"
	         "With --bundle, for a file or a bare digest, nothing but the files named is read.",
	.opts = opts,
	.params_size = sizeof(struct params),
	.min_args = 1,
	.max_args = -1,
	.run = run_verify,
};
