/* SPDX-License-Identifier: Apache-2.0
 *
 * What the judge found, as JSON.  Must never show a signer of a signature that
 * does not count.
 */
#include "op/op_judge.h"

/* Members of the contract's authorities[]; NULL: nobody, all null. */
static void
set_signer(struct wf_json *o, const struct wf_signer *w)
{
	static const struct wf_signer nobody = {.logged = false};

	if (!w)
		w = &nobody;
	wf_json_set_z(o, "identity", w->identity);
	wf_json_set_z(o, "issuer", w->issuer);
	wf_json_set_z(o, "key", w->key_id[0] ? w->key_id : NULL);
	if (w->logged)
		wf_json_set_int(o, "log_index", w->log_index);
	else
		wf_json_set_z(o, "log_index", NULL);
	wf_json_set_z(o, "time", w->time[0] ? w->time : NULL);
	wf_json_set_z(o, "log", w->log);
	wf_json_set_z(o, "workflow", w->workflow);
	wf_json_set_z(o, "source", w->source);
	wf_json_set_z(o, "run", w->run);
}

struct wf_json *
wf_op_judge_candidates_json(const struct wf_judgement *j)
{
	struct wf_json *list = wf_json_array(), *o, *steps;
	char digest[WF_DIGEST_TEXT];
	size_t i, k;

	for (i = 0; i < j->nverdicts; i++) {
		const struct wf_verdict *v = &j->verdicts[i];

		o = wf_json_object();
		wf_digest_text(&v->digest, digest);
		wf_json_set_z(o, "form", wf_form_word(v->form));
		wf_json_set_z(o, "digest", digest);
		wf_json_set_bool(o, "verified", v->verified);
		wf_json_set_z(o, "reason", v->verified ? NULL : wf_reason_word(v->reason));
		wf_json_set_z(o, "detail", v->verified ? NULL : v->detail);
		wf_json_set_z(o, "hint", !v->verified && v->hint[0] ? v->hint : NULL);
		wf_json_set_z(o, "authority", v->authority);
		wf_json_set_z(o, "attestation", v->attestation);
		set_signer(o, v->verified ? &v->who : NULL);
		wf_json_set_z(o, "proofs", v->proofs_not_evaluated ? "not-evaluated" : NULL);
		steps = wf_json_array();
		for (k = 0; k < v->nsteps; k++)
			wf_json_push(steps, wf_json_new_z(v->steps[k]));
		wf_json_set(o, "checked", steps);
		wf_json_push(list, o);
	}
	return list;
}

struct wf_json *
wf_op_judge_authorities_json(const struct wf_judgement *j)
{
	struct wf_json *list = wf_json_array(), *o;
	size_t i;

	for (i = 0; i < j->nauthorities; i++) {
		const struct wf_authority_result *a = &j->authorities[i];

		o = wf_json_object();
		wf_json_set_z(o, "name", a->name);
		wf_json_set_bool(o, "satisfied", a->satisfied);
		set_signer(o, a->satisfied ? &a->who : NULL);
		wf_json_set_z(o, "rule", a->rule);
		wf_json_push(list, o);
	}
	return list;
}

struct wf_json *
wf_op_judge_attestations_json(const struct wf_judgement *j)
{
	struct wf_json *list = wf_json_array(), *o;
	size_t i;

	for (i = 0; i < j->nattestations; i++) {
		const struct wf_attestation_result *a = &j->attestations[i];

		o = wf_json_object();
		wf_json_set_z(o, "predicate_type", a->predicate_type);
		wf_json_set_bool(o, "satisfied", a->satisfied);
		wf_json_set_z(o, "authority", a->authority);
		set_signer(o, a->satisfied ? &a->who : NULL);
		wf_json_set_z(o, "rule", a->rule);
		wf_json_push(list, o);
	}
	return list;
}
