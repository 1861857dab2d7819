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
#include "cmd/trust_opt.h"
#include "op/op_fetch.h"
#include "op/op_verify.h"

struct params {
	struct wf_trust_opt trust;
	const char *bundle;
};

#define SHORT_DIGEST 19 /* "sha256:" and 12 digits */
#define OFF(member) offsetof(struct params, member)

static const struct wf_opt opts[] = {
	WF_TRUST_OPT_ROWS(struct params, trust, ""),
	{0, "bundle", "FILE", "signature of a file or bare digest", WF_OPT_STRING, OFF(bundle), NULL},
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
	                        WF_STORE_READ, &w->store, err)))
		return rc;
	w->fetch.config = w->config;
	w->fetch.store = w->store;
	w->fetch.offline = w->g->offline;
	w->fetch.allow_tag = true;
	w->fetch.recheck = true;
	w->fetch.peek = true;
	if (!w->g->quiet || w->g->json)
		w->fetch.also = WF_ASK_ATTESTATIONS | WF_ASK_UNSIGNED; /* to be named */
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
module(void *arg, const struct wf_ref *ref, const struct wf_artifact *a, struct wf_digest *out,
       struct wf_err *err)
{
	struct world *w = arg;

	return wf_op_fetch_module(&w->fetch, ref, a, out, err);
}

/* Nothing is asked of a registry about which nobody may judge. */
static enum wf_rc
fetch_ahead(struct world *w, struct wf_op_judge *judge, int argc, char **argv,
            struct wf_err *err)
{
	WF_AUTO(wf_op_fetch_list_free) struct wf_op_fetch_list ahead = {0};
	enum wf_rc rc;
	int i;

	for (i = 0; i < argc; i++) {
		WF_AUTO(wf_ref_free) struct wf_ref ref = WF_REF_INIT;
		struct wf_err ignored = {0};

		if (wf_ref_parse(argv[i], &ref, &ignored) == WF_OK &&
		    wf_op_judge_allows(judge, ref.match, NULL, &ignored) == WF_OK)
			wf_op_fetch_list_add(&ahead, argv[i],
			                     wf_op_judge_formats(judge, ref.match, NULL));
	}
	if (ahead.n == 0)
		return WF_OK;
	if ((rc = world_open(w, err)))
		return rc;
	wf_op_fetch_many(&w->fetch, &ahead);
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
		wf_json_set_z(subject, "module_digest", v->packed ? NULL : text);
	} else if (!wf_digest_eq(&v->digest, &none)) {
		wf_digest_text(&v->digest, text);
		wf_json_set_z(subject, "digest", text);
	}
	wf_json_set(doc, "subject", subject);
	wf_json_set(doc, "candidates", wf_op_judge_candidates_json(&v->judgement));
	wf_json_set(doc, "authorities", wf_op_judge_authorities_json(&v->judgement));
	wf_json_set(doc, "attestations", wf_op_judge_attestations_json(&v->judgement));
}

static void
print_candidate(struct wf_run *r, const struct wf_verdict *v)
{
	char digest[WF_DIGEST_TEXT];
	size_t i;

	wf_digest_text(&v->digest, digest);
	digest[SHORT_DIGEST] = '\0'; /* JSON has it whole */
	if (v->verified)
		wf_out_field(r->out, wf_form_word(v->form), "%s counts for %s%s%s%s", digest,
		             v->authority, v->attestation ? " as attestation " : "",
		             v->attestation ? v->attestation : "",
		             v->proofs_not_evaluated ? "; log and timestamp proofs not-evaluated" : "");
	else
		wf_out_field(r->out, wf_form_word(v->form), "%s %s: %s", digest,
		             wf_reason_word(v->reason), v->detail);
	for (i = 0; i < v->nsteps; i++)
		wf_out_verbose(r->out, 1, "      %s", v->steps[i]);
}

static void
print_signer(struct wf_run *r, const char *word, const char *name, const struct wf_signer *w)
{
	if (!w->identity)
		wf_out_field(r->out, word, "%s (%s, %s)", name, w->key_path, w->key_id);
	else if (strcmp(name, w->identity) == 0)
		wf_out_field(r->out, word, "%s (issuer %s)", w->identity, w->issuer ? w->issuer : "none");
	else
		wf_out_field(r->out, word, "%s: %s (issuer %s)", name, w->identity,
		             w->issuer ? w->issuer : "none");
	if (w->time[0])
		wf_out_field(r->out, "at", "%s", w->time);
	if (w->workflow)
		wf_out_field(r->out, "workflow", "%s", w->workflow);
	if (w->source)
		wf_out_field(r->out, "source", "%s", w->source);
	if (w->run)
		wf_out_field(r->out, "run", "%s", w->run);
	if (w->logged)
		wf_out_field(r->out, "in log", "%s, entry %lld", w->log, (long long)w->log_index);
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
	wf_out_field(r->out, !v->artifact ? "digest" : v->packed ? "layer" : "module", "%s",
	             digest);
	for (i = 0; i < j->nauthorities; i++) {
		const struct wf_authority_result *a = &j->authorities[i];

		if (a->satisfied)
			print_signer(r, "signed by", a->name, &a->who);
		else
			wf_out_field(r->out, "not by", "%s (%s)", a->name, a->rule);
	}
	for (i = 0; i < j->nattestations; i++) {
		const struct wf_attestation_result *a = &j->attestations[i];

		if (a->satisfied)
			print_signer(r, "attested by", a->authority, &a->who);
		else
			wf_out_field(r->out, "no attestation", "%s (%s)", a->predicate_type, a->rule);
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
	struct wf_op_judge_options o;
	struct wf_op_verify op = {
		.bundle = p->bundle, .find = find, .module = module, .arg = &world,
	};
	enum wf_rc rc;
	int i;

	if (p->bundle && r->argc > 1)
		return wf_err_set(err, WF_R_USAGE,
		                  "--bundle is about one file or digest, and %d are given", r->argc);
	if ((rc = wf_trust_opt_judge(&p->trust, &arena, &o, err)) ||
	    (rc = wf_op_judge_open(&o, WF_OP_JUDGE_VERIFY, &judge, err)))
		return rc;
	op.judge = judge;
	if (r->argc == 1)
		return verify_one(r, &op, r->argv[0], err);
	if ((rc = fetch_ahead(&world, judge, r->argc, r->argv, err)))
		return rc;
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
	.summary = "judge signatures by keys, identities or a policy",
	.about = "Judges by the options given, all of which must be satisfied; only without --key,\n"
	         "--certificate-identity and --policy by the system policy.  A tag is resolved once, and the digest is shown.\n"
	         "With --bundle, for a file or a bare digest, nothing but the files named is read.",
	.opts = opts,
	.params_size = sizeof(struct params),
	.speaks = WF_SPEAKS_OPERANDS,
	.min_args = 1,
	.max_args = -1,
	.run = run_verify,
};
