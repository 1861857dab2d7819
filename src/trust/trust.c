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

#include "trust/evidence.h"
#include "trust/verified.h"

struct wf_authority_keys {
	struct wf_evidence_key *v;
	size_t n;
};

/* One judgement in the making. */
struct session {
	const struct wf_trust_input *in;
	const struct wf_subject *subject;
	struct wf_judgement *out;
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

/* A deny entry is a key file (bytes) or an id in its place. */
static enum wf_rc
is_denied(const struct wf_trust_input *in, const char *id, bool *denied,
          struct wf_err *err)
{
	const struct wf_policy_key *k;
	const struct wf_sigkey *key;
	size_t i, j;
	enum wf_rc rc;

	for (i = 0; i < in->ndenies; i++) {
		for (j = 0; j < in->denies[i]->nkeys; j++) {
			k = &in->denies[i]->keys[j];
			if (k->bytes.len == 0 && strncmp(k->path, "sha256:", 7) == 0) {
				*denied |= strcmp(k->path, id) == 0;
				continue;
			}
			if ((rc = wf_keyring_get(in->keyring, k, &key, err)))
				return wf_err_wrap(err, "deny.keys");
			*denied |= strcmp(wf_sigkey_id(key), id) == 0;
		}
	}
	return WF_OK;
}

static enum wf_rc
load_keys(struct session *s, const struct wf_authority *a,
          struct wf_authority_keys *out, struct wf_err *err)
{
	size_t i;
	enum wf_rc rc;

	out->v = grab(s->out, a->nkeys, sizeof(*out->v));
	out->n = a->nkeys;
	for (i = 0; i < a->nkeys; i++) {
		out->v[i].path = a->keys[i].path;
		if ((rc = wf_keyring_get(s->in->keyring, &a->keys[i], &out->v[i].key, err)) ||
		    (rc = is_denied(s->in, wf_sigkey_id(out->v[i].key), &out->v[i].denied, err)))
			return wf_err_wrap(err, "authority %s", a->name);
	}
	return WF_OK;
}

/* Where more than one authority must agree, one key must not speak twice. */
static enum wf_rc
check_distinct(const struct wf_trust_rule *r, const struct wf_authority_keys *keys,
               struct wf_err *err)
{
	size_t i, j, k, l;

	if (r->require == WF_REQUIRE_ANY)
		return WF_OK;
	for (i = 0; i < r->nauthorities; i++)
		for (j = i + 1; j < r->nauthorities; j++)
			for (k = 0; k < keys[i].n; k++)
				for (l = 0; l < keys[j].n; l++)
					if (strcmp(wf_sigkey_id(keys[i].v[k].key),
					           wf_sigkey_id(keys[j].v[l].key)) == 0)
						return wf_err_set(err, WF_R_CONFIG,
						                  "authorities %s and %s of one rule share the key %s, "
						                  "so one signature would count twice",
						                  r->authorities[i].name,
						                  r->authorities[j].name,
						                  wf_sigkey_id(keys[i].v[k].key));
	return WF_OK;
}

/* Keeps what came closest for the candidate. */
static void
remember(struct session *s, size_t i, const struct wf_attempt *a,
         const char *authority)
{
	struct wf_verdict *v = &s->verdicts[i];

	if (v->verified || (v->reason != WF_R_OK &&
	                    wf_evidence_rank(v->reason) >= wf_evidence_rank(a->reason)))
		return;
	v->reason = a->reason;
	memcpy(v->detail, a->detail, sizeof(v->detail));
	v->nsteps = a->nsteps;
	v->steps = grab(s->out, a->nsteps, sizeof(*v->steps));
	memcpy(v->steps, a->steps, a->nsteps * sizeof(*v->steps));
	if (a->reason != WF_R_OK)
		return;
	v->verified = true;
	v->authority = authority;
	v->key_path = a->by->path;
	v->proofs_not_evaluated = s->evidence[i].proofs;
	(void)snprintf(v->key_id, sizeof(v->key_id), "%s", wf_sigkey_id(a->by->key));
}

/* What one rule came to: how many authorities, and the worst that stands
 * against it. */
struct tally {
	size_t satisfied;
	enum wf_reason reason;
	char detail[WF_EVIDENCE_DETAIL];
	const char *authority; /* first that is not satisfied */
};

static void
blame(struct tally *t, const struct wf_attempt *a)
{
	int sev = wf_rc_severity(wf_reason_code(a->reason));
	int had = wf_rc_severity(wf_reason_code(t->reason));

	if (a->reason == WF_R_OK || a->reason == WF_R_UNSIGNED_FORM)
		return;
	if (t->reason != WF_R_OK &&
	    (sev < had || (sev == had && wf_evidence_rank(a->reason) <=
	                                 wf_evidence_rank(t->reason))))
		return;
	t->reason = a->reason;
	memcpy(t->detail, a->detail, sizeof(t->detail));
}

static void
judge_authority(struct session *s, const struct wf_rule_source *src,
                const struct wf_authority *auth,
                const struct wf_authority_keys *keys,
                struct wf_authority_result *result, struct tally *t)
{
	const struct wf_demand demands[2] = {
		{auth->annotations, auth->nannotations},
		{src->annotations, src->nannotations},
	};
	const struct wf_purpose signature = {.predicate_type = NULL};
	struct wf_attempt a;
	struct tally against = {.reason = WF_R_OK};
	size_t i;

	result->rule = wf_arena_strn(&s->out->arena, src->name, strlen(src->name));
	result->name = auth->name;
	for (i = 0; i < s->n; i++) {
		wf_evidence_try(&s->evidence[i], s->subject, &signature,
		                src->rule->formats, keys->v, keys->n, demands, &s->out->arena, &a);
		remember(s, i, &a, auth->name);
		blame(&against, &a);
		if (a.reason == WF_R_OK && !result->satisfied) {
			result->satisfied = true;
			result->key_path = a.by->path;
			(void)snprintf(result->key_id, sizeof(result->key_id), "%s",
			               wf_sigkey_id(a.by->key));
		}
	}
	if (result->satisfied) {
		t->satisfied++;
		return;
	}
	if (!t->authority)
		t->authority = auth->name;
	if (against.reason != WF_R_OK) {
		memset(&a, 0, sizeof(a));
		a.reason = against.reason;
		memcpy(a.detail, against.detail, sizeof(a.detail));
		blame(t, &a);
	}
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
	else
		wf_err_set(err, t->reason, "%s: authority %s: %s", src->name,
		           t->authority, t->detail);
	if (t->reason == WF_R_KEYLESS_UNSUPPORTED)
		wf_err_hint(err, "Only signatures made with a key are judged by this version.");
	else if (t->reason == WF_R_UNSUPPORTED_ALGORITHM)
		wf_err_hint(err, "Sign with an ECDSA P-256 key, or build with OpenSSL 3.2 or newer.");
	return wf_reason_code(t->reason);
}

static enum wf_rc
judge_rule(struct session *s, const struct wf_rule_source *src,
           struct wf_authority_result *results, struct wf_err *err)
{
	const struct wf_trust_rule *r = src->rule;
	struct wf_authority_keys *keys = grab(s->out, r->nauthorities, sizeof(*keys));
	struct tally t = {.reason = WF_R_OK};
	size_t i;
	enum wf_rc rc;

	if (needed(r) > r->nauthorities)
		return wf_err_set(err, WF_R_CONFIG,
		                  "%s: a rule that needs %zu authorities names %zu",
		                  src->name, needed(r), r->nauthorities);
	if (r->nattestations)
		return wf_err_set(err, WF_R_CONFIG, "%s: attestations are not judged yet", src->name);
	for (i = 0; i < r->nauthorities; i++)
		if (r->authorities[i].nidentities)
			return wf_err_set(err, WF_R_CONFIG, "%s: identities are not judged yet", src->name);
	for (i = 0; i < r->nauthorities; i++)
		if ((rc = load_keys(s, &r->authorities[i], &keys[i], err)))
			return wf_err_wrap(err, "%s", src->name);
	if ((rc = check_distinct(r, keys, err)))
		return wf_err_wrap(err, "%s", src->name);
	for (i = 0; i < r->nauthorities; i++)
		judge_authority(s, src, &r->authorities[i], &keys[i], &results[i], &t);
	if (t.satisfied >= needed(r))
		return WF_OK;
	return fail_rule(s, src, &t, err);
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
	size_t i, at = 0, total = 0;

	wf_judgement_free(out);
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
	for (i = 0; i < in->nrules; i++)
		total += in->rules[i].rule ? in->rules[i].rule->nauthorities : 0;
	out->authorities = grab(out, total, sizeof(*out->authorities));
	if (in->nrules == 0)
		rc = wf_err_set(err, WF_R_NO_POLICY, "no rule to judge by");
	for (i = 0; i < in->nrules; i++) {
		if (!in->rules[i].rule) {
			one = wf_err_set(err, WF_R_NO_POLICY,
			                 "%s: no trust rule matches", in->rules[i].name);
		} else {
			out->nauthorities = at + in->rules[i].rule->nauthorities;
			one = judge_rule(&s, &in->rules[i], &out->authorities[at], err);
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
			                   j->authorities[i].key_id);
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
	enum wf_rc rc;

	wf_judgement_free(judgement);
	/* the module's digest is read from the bytes that are signed, here */
	if ((rc = wf_artifact_open((struct wf_str){a->manifest, a->manifest_len},
	                           &a->digest, &again, err)))
		return rc;
	if (check_denies(in, &again.digest, &again.layer.digest, &denied)) {
		(void)judge(&subject, a->cand, a->ncand, in, judgement, NULL);
		return pass_on(&denied, err);
	}
	if ((rc = judge(&subject, a->cand, a->ncand, in, judgement, err)) || !out)
		return rc;
	*out = wf_calloc(1, sizeof(**out));
	(*out)->manifest = again.digest;
	(*out)->module = again.layer.digest;
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
