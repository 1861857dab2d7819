/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules over candidates.  Must never make a struct wf_verified unless every
 * rule was satisfied and no deny list names the manifest, the module or the
 * key.
 */
#include "trust/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trust/attempt.h"
#include "trust/verified.h"
#include "trust/voices.h"

/* One judgement in the making. */
struct session {
	const struct wf_trust_input *in;
	const struct wf_subject *subject;
	struct wf_judgement *out;
	struct wf_denied denied;
	struct wf_evidence *evidence;
	size_t n;
	struct wf_verdict *verdicts; /* best so far, one a candidate */
};

static void
session_end(struct session *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		wf_evidence_free(&s->evidence[i]);
	free(s->evidence);
}

static void *
grab(struct wf_judgement *j, size_t n, size_t size)
{
	void *p = wf_arena_alloc(&j->arena, n ? n * size : 1);

	memset(p, 0, n ? n * size : 1);
	return p;
}

/* Keeps what came closest for the candidate. */
static void
remember(struct session *s, size_t i, const struct wf_attempt *a,
         const char *authority, const char *attestation)
{
	struct wf_verdict *v = &s->verdicts[i];

	if (v->verified || (v->reason != WF_R_OK &&
	                    wf_evidence_rank(v->reason) >= wf_evidence_rank(a->reason)))
		return;
	v->reason = a->reason;
	memcpy(v->detail, a->detail, sizeof(v->detail));
	memcpy(v->hint, a->hint, sizeof(v->hint));
	v->nsteps = a->steps.n;
	v->steps = grab(s->out, a->steps.n, sizeof(*v->steps));
	memcpy(v->steps, a->steps.v, a->steps.n * sizeof(*v->steps));
	if (a->reason != WF_R_OK)
		return;
	v->verified = true;
	v->authority = authority;
	v->attestation = attestation;
	v->proofs_not_evaluated = a->not_evaluated;
	v->who = a->who;
}

/* What one rule came to: how many authorities, and the worst that stands
 * against it. */
struct tally {
	size_t satisfied;
	enum wf_reason reason;
	char detail[WF_EVIDENCE_DETAIL];
	char hint[256];
	const char *authority; /* first that is not satisfied */
	/* who spoke for which authority: signers[authority * n + candidate] */
	bool *signers;
};

static void
blame(struct tally *t, enum wf_reason reason, const char *detail, const char *hint)
{
	int sev = wf_rc_severity(wf_reason_code(reason));
	int had = wf_rc_severity(wf_reason_code(t->reason));

	if (reason == WF_R_OK || reason == WF_R_UNSIGNED_FORM)
		return;
	if (t->reason != WF_R_OK &&
	    (sev < had || (sev == had && wf_evidence_rank(reason) <=
	                                 wf_evidence_rank(t->reason))))
		return;
	t->reason = reason;
	(void)snprintf(t->detail, sizeof(t->detail), "%s", detail);
	(void)snprintf(t->hint, sizeof(t->hint), "%s", hint);
}

static void
judge_authority(struct session *s, const struct wf_rule_source *src,
                const struct wf_attempt_by *by, size_t at,
                struct wf_authority_result *result, struct tally *t)
{
	static const struct wf_purpose signature = {.predicate_type = NULL};
	const struct wf_authority *auth = by->authority;
	const struct wf_attempt_ask ask = {
		.subject = s->subject,
		.purpose = &signature,
		.formats = src->rule->formats,
		.demands = {{auth->annotations, auth->nannotations},
		            {src->annotations, src->nannotations}},
		.denied = &s->denied,
		.arena = &s->out->arena,
	};
	struct wf_attempt a;
	struct tally against = {.reason = WF_R_OK};
	size_t i;

	result->rule = wf_arena_strn(&s->out->arena, src->name, strlen(src->name));
	result->name = auth->name;
	for (i = 0; i < s->n; i++) {
		wf_attempt(&s->evidence[i], &ask, by, &a);
		remember(s, i, &a, auth->name, NULL);
		blame(&against, a.reason, a.detail, a.hint);
		t->signers[at * s->n + i] = a.reason == WF_R_OK;
		if (a.reason == WF_R_OK && !result->satisfied) {
			result->satisfied = true;
			result->who = a.who;
		}
	}
	if (result->satisfied) {
		t->satisfied++;
		return;
	}
	if (!t->authority)
		t->authority = auth->name;
	blame(t, against.reason, against.detail, against.hint);
}

static size_t
needed(const struct wf_trust_rule *r)
{
	switch (r->require) {
	case WF_REQUIRE_ANY:
		return 1;
	case WF_REQUIRE_ALL:
		return r->nauthorities ? r->nauthorities : 1;
	case WF_REQUIRE_AT_LEAST:
		return r->at_least ? r->at_least : 1;
	}
	return (size_t)-1;
}

static enum wf_rc
fail_rule(const struct session *s, const struct wf_rule_source *src,
          const struct tally *t, struct wf_err *err)
{
	char text[WF_DIGEST_TEXT];

	wf_digest_text(&s->subject->digest, text);
	if (t->reason == WF_R_OK) {
		wf_err_set(err, WF_R_NO_SIGNATURE, "nothing signs %s", text);
		(void)wf_err_hint(err, s->subject->blob
		                       ? "Give its signature with --bundle."
		                       : "Sign it, or ask the registry again with pull --refresh.");
		return wf_reason_code(WF_R_NO_SIGNATURE);
	}
	if (needed(src->rule) > 1)
		wf_err_set(err, t->reason, "%s: %zu of %zu authorities satisfied, %s is not: %s",
		           src->name, t->satisfied, needed(src->rule), t->authority, t->detail);
	else if (src->rule->nauthorities > 1)
		wf_err_set(err, t->reason, "%s: none of %zu authorities is satisfied: %s",
		           src->name, src->rule->nauthorities, t->detail);
	else if (src->rule->pos.file)
		wf_err_set(err, t->reason, "%s: authority %s: %s", src->name,
		           t->authority, t->detail);
	else /* of an option: it is its own authority */
		wf_err_set(err, t->reason, "%s: %s", src->name, t->detail);
	if (t->hint[0])
		(void)wf_err_hint(err, "%s", t->hint);
	else if (t->reason == WF_R_UNSUPPORTED_ALGORITHM)
		(void)wf_err_hint(err, "Sign with an ECDSA P-256 key, or build with OpenSSL 3.2 or newer.");
	return wf_reason_code(t->reason);
}

static enum wf_rc
judge_attestation(struct session *s, const struct wf_rule_source *src,
                  const struct wf_attestation *want, const struct wf_attempt_by *by,
                  struct wf_attestation_result *result, struct wf_err *err)
{
	const struct wf_purpose purpose = {
		.predicate_type = want->predicate_type,
		.provenance = {want->builder_id, want->source_uri},
	};
	const struct wf_attempt_ask ask = {
		.subject = s->subject,
		.purpose = &purpose,
		.formats = src->rule->formats,
		.denied = &s->denied,
		.arena = &s->out->arena,
	};
	struct tally t = {.reason = WF_R_OK};
	struct wf_attempt a;
	size_t i, k;

	result->rule = wf_arena_strn(&s->out->arena, src->name, strlen(src->name));
	result->predicate_type = want->predicate_type;
	for (k = 0; k < want->nauthorities; k++) {
		const struct wf_attempt_by *one = &by[want->authorities[k]];

		for (i = 0; i < s->n; i++) {
			wf_attempt(&s->evidence[i], &ask, one, &a);
			remember(s, i, &a, one->authority->name, want->predicate_type);
			blame(&t, a.reason, a.detail, a.hint);
			if (a.reason != WF_R_OK || result->satisfied)
				continue;
			result->satisfied = true;
			result->authority = one->authority->name;
			result->who = a.who;
		}
	}
	if (result->satisfied)
		return WF_OK;
	if (t.reason == WF_R_OK)
		blame(&t, WF_R_PREDICATE_MISMATCH, "there is none", "");
	wf_err_set(err, t.reason, "%s: attestation %s: %s", src->name, want->predicate_type,
	           t.detail);
	if (t.hint[0])
		(void)wf_err_hint(err, "%s", t.hint);
	return wf_reason_code(t.reason);
}

static enum wf_rc
judge_attestations(struct session *s, const struct wf_rule_source *src,
                   const struct wf_attempt_by *by, struct wf_attestation_result *results,
                   struct wf_err *err)
{
	const struct wf_trust_rule *r = src->rule;
	enum wf_rc rc = WF_OK, one;
	size_t i;

	for (i = 0; i < r->nattestations; i++) {
		one = judge_attestation(s, src, &r->attestations[i], by, &results[i],
		                        rc == WF_OK ? err : NULL);
		if (rc == WF_OK)
			rc = one;
	}
	return rc;
}

static enum wf_rc
judge_signatures(struct session *s, const struct wf_rule_source *src,
                 const struct wf_attempt_by *by, struct wf_authority_result *results,
                 struct wf_err *err)
{
	const struct wf_trust_rule *r = src->rule;
	struct tally t = {
		.reason = WF_R_OK,
		.signers = grab(s->out, r->nauthorities * (s->n + 1), sizeof(*t.signers)),
	};
	size_t i, speak;

	for (i = 0; i < r->nauthorities; i++)
		judge_authority(s, src, &by[i], i, &results[i], &t);
	if (t.satisfied < needed(r))
		return fail_rule(s, src, &t, err);
	if (needed(r) == 1)
		return WF_OK;
	speak = wf_voices_count(t.signers, r->nauthorities, s->verdicts, s->n,
	                        &s->out->arena);
	if (speak >= needed(r))
		return WF_OK;
	return wf_err_set(err, WF_R_IDENTITY_MISMATCH,
	                  "%s: %zu of %zu authorities satisfied, since one signer counts once",
	                  src->name, speak, needed(r));
}

static enum wf_rc
judge_rule(struct session *s, const struct wf_rule_source *src,
           struct wf_authority_result *results,
           struct wf_attestation_result *attestations, struct wf_err *err)
{
	const struct wf_trust_rule *r = src->rule;
	struct wf_attempt_by *by = grab(s->out, r->nauthorities, sizeof(*by));
	size_t i;
	enum wf_rc rc, two;

	if (needed(r) > r->nauthorities)
		return wf_err_set(err, WF_R_CONFIG,
		                  "%s: a rule that needs %zu authorities names %zu",
		                  src->name, needed(r), r->nauthorities);
	for (i = 0; i < r->nauthorities; i++)
		if ((rc = wf_attempt_prepare(&r->authorities[i], s->in->keyring, &s->out->arena,
		                             &by[i], err)))
			return wf_err_wrap(err, "%s", src->name);
	if ((rc = wf_voices_distinct(r, by, err)))
		return wf_err_wrap(err, "%s", src->name);
	rc = judge_signatures(s, src, by, results, err);
	two = judge_attestations(s, src, by, attestations, rc == WF_OK ? err : NULL);
	return rc ? rc : two;
}

static void
finish_verdicts(struct session *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		struct wf_verdict *v = &s->verdicts[i];

		/* no rule looked at it: still never "verified" */
		if (v->verified || v->reason != WF_R_OK)
			continue;
		v->reason = s->evidence[i].reason ? s->evidence[i].reason : WF_R_NO_POLICY;
		memcpy(v->detail, s->evidence[i].detail, sizeof(v->detail));
	}
}

/* All rules are judged, so that the judgement is whole; the error is that of
 * the first that fails. */
static enum wf_rc
judge(const struct wf_subject *subject, const struct wf_candidate *cand, size_t ncand,
      const struct wf_trust_input *in, struct wf_judgement *out, struct wf_err *err)
{
	WF_AUTO(session_end) struct session s = {.in = in, .subject = subject, .out = out};
	enum wf_rc rc = WF_OK, one;
	size_t i, at = 0, total = 0, attestations = 0;

	wf_judgement_free(out);
	if ((rc = wf_denied_prepare(in->denies, in->ndenies, in->keyring, &out->arena,
	                            &s.denied, err)))
		return rc;
	s.evidence = wf_calloc(ncand, sizeof(*s.evidence));
	s.verdicts = grab(out, ncand, sizeof(*s.verdicts));
	for (i = 0; i < ncand; i++) {
		wf_evidence_open(&s.evidence[i], &cand[i], subject);
		s.n = i + 1;
		s.verdicts[i].candidate = i;
		s.verdicts[i].form = cand[i].form;
		s.verdicts[i].digest = cand[i].digest;
	}
	out->verdicts = s.verdicts;
	out->nverdicts = ncand;
	for (i = 0; i < in->nrules; i++) {
		total += in->rules[i].rule ? in->rules[i].rule->nauthorities : 0;
		attestations += in->rules[i].rule ? in->rules[i].rule->nattestations : 0;
	}
	out->authorities = grab(out, total, sizeof(*out->authorities));
	out->attestations = grab(out, attestations, sizeof(*out->attestations));
	if (in->nrules == 0)
		rc = wf_err_set(err, WF_R_NO_POLICY, "no rule to judge by");
	for (i = 0; i < in->nrules; i++) {
		if (!in->rules[i].rule) {
			one = wf_err_set(err, WF_R_NO_POLICY,
			                 "%s: no trust rule matches", in->rules[i].name);
		} else {
			const struct wf_trust_rule *r = in->rules[i].rule;
			size_t att = out->nattestations;

			out->nauthorities = at + r->nauthorities;
			out->nattestations = att + r->nattestations;
			one = judge_rule(&s, &in->rules[i], &out->authorities[at],
			                 &out->attestations[att], rc == WF_OK ? err : NULL);
			at = out->nauthorities;
		}
		if (rc == WF_OK)
			rc = one;
	}
	finish_verdicts(&s);
	return rc;
}

static bool
listed(const struct wf_digest *list, size_t n, const struct wf_digest *d)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (wf_digest_eq(&list[i], d))
			return true;
	return false;
}

/* Manifest and module denies: whatever the signatures say. */
static enum wf_rc
check_denies(const struct wf_trust_input *in, const struct wf_digest *manifest,
             const struct wf_digest *module, struct wf_err *err)
{
	const struct wf_deny *d;
	char text[WF_DIGEST_TEXT];
	size_t i;

	for (i = 0; i < in->ndenies; i++) {
		d = in->denies[i];
		if (listed(d->manifests, d->nmanifests, manifest)) {
			wf_digest_text(manifest, text);
			return wf_err_set(err, WF_R_REVOKED, "manifest %s is on the deny list", text);
		}
		if (listed(d->modules, d->nmodules, module)) {
			wf_digest_text(module, text);
			return wf_err_set(err, WF_R_REVOKED, "module %s is on the deny list", text);
		}
	}
	return WF_OK;
}

/* A module that nobody took out of its archive may be any on a list. */
static enum wf_rc
check_inside(const struct wf_trust_input *in, enum wf_pack pack, struct wf_err *err)
{
	size_t i;

	for (i = 0; i < in->ndenies && pack != WF_PACK_NONE && !in->inside; i++)
		if (in->denies[i]->nmodules)
			return wf_err_set(err, WF_R_UNCHECKED,
			                  "whether the module in the archive is on the deny list is not known");
	return WF_OK;
}

static enum wf_rc
pass_on(const struct wf_err *from, struct wf_err *err)
{
	if (err && err->code == WF_OK)
		*err = *from;
	return from->code;
}

static char *
signer_of(const struct wf_judgement *j)
{
	size_t i;

	for (i = 0; i < j->nauthorities; i++)
		if (j->authorities[i].satisfied)
			return wf_asprintf("%s %s", j->authorities[i].name,
			                   j->authorities[i].who.identity
			                           ? j->authorities[i].who.identity
			                           : j->authorities[i].who.key_id);
	return wf_strdup("");
}

enum wf_rc
wf_trust_judge(const struct wf_artifact *a, const struct wf_trust_input *in,
               struct wf_judgement *judgement, struct wf_verified **out,
               struct wf_err *err)
{
	WF_AUTO(wf_artifact_free) struct wf_artifact again = WF_ARTIFACT_INIT;
	struct wf_subject subject = {.digest = a->digest};
	struct wf_err denied = {0};
	struct wf_digest module;
	enum wf_rc rc;

	wf_judgement_free(judgement);
	/* the module's digest is read from the bytes that are signed, here */
	if ((rc = wf_artifact_reopen(a, &again, err)))
		return rc;
	if (check_denies(in, &again.digest, &again.layer.digest, &denied) ||
	    check_denies(in, &again.child, in->inside ? in->inside : &again.layer.digest,
	                 &denied)) {
		(void)judge(&subject, a->cand, a->ncand, in, judgement, NULL);
		return pass_on(&denied, err);
	}
	if ((rc = judge(&subject, a->cand, a->ncand, in, judgement, err)))
		return rc;
	if (!out)
		return check_inside(in, again.pack, err);
	if (!wf_artifact_module(&again, &module)) {
		(void)wf_err_set(err, WF_R_MALFORMED,
		                 "layout %s: the module is in an archive, so what is signed does not name its digest",
		                 again.layout);
		return wf_err_hint(err, "Install takes a module that is a layer of its own: push it as application/wasm.");
	}
	*out = wf_calloc(1, sizeof(**out));
	(*out)->manifest = again.digest;
	(*out)->module = module;
	(*out)->module_size = again.layer.size;
	(*out)->signer = signer_of(judgement);
	return WF_OK;
}

enum wf_rc
wf_trust_judge_blob(const struct wf_trust_blob *blob,
                    const struct wf_candidate *cand, size_t ncand,
                    const struct wf_trust_input *in,
                    struct wf_judgement *judgement, struct wf_err *err)
{
	struct wf_subject subject = {
		.digest = blob->digest,
		.blob = true,
		.whole = blob->whole,
		.bytes = blob->bytes,
	};
	struct wf_err denied = {0};
	enum wf_rc rc;

	wf_judgement_free(judgement);
	if (blob->whole && (rc = wf_digest_check(blob->bytes.p, blob->bytes.len,
	                                         &blob->digest, "the file", err)))
		return rc;
	if (check_denies(in, &blob->digest, &blob->digest, &denied)) {
		(void)judge(&subject, cand, ncand, in, judgement, NULL);
		return pass_on(&denied, err);
	}
	return judge(&subject, cand, ncand, in, judgement, err);
}
