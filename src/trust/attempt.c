/* SPDX-License-Identifier: Apache-2.0
 *
 * Judges one candidate by one authority.  Must never say WF_R_OK before the
 * exact bytes verified, every proof that is demanded or there was judged, and
 * the statement was found to be about the subject; a step that did not run is
 * never one that passed.
 */
#include "trust/attempt.h"

#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "base/limits.h"
#include "base/text.h"
#include "dep/crypto.h"
#include "trust/proofs.h"

struct job {
	struct wf_evidence *e;
	const struct wf_attempt_ask *ask;
	const struct wf_attempt_by *by;
	struct wf_attempt *a;
	struct wf_proofs proofs;
	struct wf_policy_proofs need;
};

/* --- outcomes ---------------------------------------------------------------- */

static void WF_PRINTF(3, 4)
refuse(struct job *j, enum wf_reason reason, const char *fmt, ...)
{
	char raw[WF_EVIDENCE_DETAIL * 2];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	j->a->reason = wf_evidence_reason(j->e, reason);
	(void)wf_text_escape(raw, strnlen(raw, sizeof(raw)), j->a->detail, sizeof(j->a->detail));
}

/* The error of a judge below; true: there is none. */
static bool
passed(struct job *j, enum wf_rc rc, const struct wf_err *why)
{
	if (rc == WF_OK)
		return true;
	j->a->reason = wf_evidence_reason(j->e, why->reason);
	(void)snprintf(j->a->detail, sizeof(j->a->detail), "%.*s",
	               (int)sizeof(j->a->detail) - 1, why->msg);
	(void)snprintf(j->a->hint, sizeof(j->a->hint), "%.*s", (int)sizeof(j->a->hint) - 1,
	               why->hint);
	return false;
}

static const char *
kept(struct job *j, struct wf_str text)
{
	char safe[WF_EVIDENCE_DETAIL];

	if (text.len == 0)
		return NULL;
	(void)wf_text_escape(text.p, text.len, safe, sizeof(safe));
	return wf_arena_strn(j->ask->arena, safe, strlen(safe));
}

/* --- 1. can it be what is asked for at all? ---------------------------------- */

/* By its form, before anything is verified; what the form does not tell is
 * left to check_purpose. */
static bool
may_serve(struct job *j)
{
	const struct wf_evidence *e = j->e;
	const struct wf_purpose *p = j->ask->purpose;

	if (e->format && !(e->format & j->ask->formats))
		refuse(j, WF_R_FORMAT_NOT_ALLOWED, "of format %s, which the rule does not take",
		       e->format == WF_FORMAT_LEGACY ? "legacy" : "bundle");
	else if (e->reason != WF_R_OK)
		refuse(j, e->reason, "%s", e->detail);
	else if (!p->predicate_type && e->attestation)
		refuse(j, WF_R_UNSIGNED_FORM,
		       "an attestation about the artifact, expected a signature of it");
	else if (p->predicate_type && !e->dsse)
		refuse(j, WF_R_UNSIGNED_FORM, "a signature, expected an attestation of type %s",
		       p->predicate_type);
	else
		return true;
	return false;
}

static void
describe(struct job *j)
{
	const struct wf_evidence *e = j->e;
	struct wf_steps *steps = &j->a->steps;

	if (e->format == WF_FORMAT_LEGACY)
		wf_steps_add(steps, "legacy %s, payload of %zu bytes",
		             e->dsse ? "attestation" : "signature",
		             e->dsse ? e->dsse->payload.len : e->message.len);
	else
		wf_steps_add(steps, "bundle 0.%u with a %s, %zu log entries, %zu timestamps",
		             e->bundle.minor,
		             e->dsse ? "DSSE statement" : "message signature",
		             e->nentries, e->nstamps);
}

/* R11: what signed is of the kind that the authority takes. */
static bool
material_fits(struct job *j)
{
	const struct wf_cert *c = &j->e->cert;

	if (j->e->has_cert && j->by->nwants == 0)
		refuse(j, WF_R_WRONG_KEY, "made with a certificate for %.*s, expected a key",
		       c->subject.len > 120 ? 120 : (int)c->subject.len, c->subject.p);
	else if (!j->e->has_cert && j->by->nkeys == 0)
		refuse(j, WF_R_IDENTITY_MISMATCH, "made with a key, expected a certificate for %s",
		       j->by->nwants > 1 ? "one of several identities"
		       : j->by->wants[0].subject ? j->by->wants[0].subject
		                                 : wf_regexp_pattern(j->by->wants[0].subject_regexp));
	else
		return true;
	return false;
}

/* --- 2. the signature --------------------------------------------------------- */

/* A hint that has the form of a key id: base64 or hex of 32 bytes, with or
 * without "sha256:". */
static bool
hinted_id(struct wf_str hint, char id[WF_SIGKEY_ID_TEXT])
{
	WF_AUTO(wf_buf_free) struct wf_buf raw = WF_BUF_INIT(32);
	uint8_t bytes[32];

	if (wf_str_starts(hint, "sha256:")) {
		hint.p += 7;
		hint.len -= 7;
	}
	if (!wf_enc_unhex(hint, bytes, sizeof(bytes))) {
		if (wf_enc_unbase64(hint, &raw, NULL) || raw.len != 32)
			return false;
		memcpy(bytes, raw.p, sizeof(bytes));
	}
	memcpy(id, "sha256:", 7);
	wf_enc_hex(bytes, sizeof(bytes), id + 7);
	return true;
}

static void
no_key(struct job *j, const char *cannot)
{
	const struct wf_evidence *e = j->e;
	const struct wf_attempt_by *by = j->by;
	struct wf_str hint = e->bundle.hint.len || !e->dsse ? e->bundle.hint : e->dsse->keyid;
	char id[WF_SIGKEY_ID_TEXT], expected[160];
	bool ours = false;
	size_t i;

	if (by->nkeys == 1)
		(void)snprintf(expected, sizeof(expected), "%s key %s",
		               wf_sigkey_algorithm(by->keys[0].key), wf_sigkey_id(by->keys[0].key));
	else
		(void)snprintf(expected, sizeof(expected), "any of %zu keys", by->nkeys);
	if (hinted_id(hint, id)) {
		for (i = 0; i < by->nkeys; i++)
			ours |= strcmp(id, wf_sigkey_id(by->keys[i].key)) == 0;
		if (!ours) {
			refuse(j, WF_R_WRONG_KEY, "made by key %s, expected %s", id, expected);
			return;
		}
	}
	if (cannot)
		refuse(j, WF_R_UNSUPPORTED_ALGORITHM, "%s", cannot);
	else
		refuse(j, WF_R_SIGNATURE_MISMATCH, "does not verify with %s", expected);
}

static enum wf_sigkey_outcome
verify(const struct job *j, const struct wf_sigkey *key, const char **how)
{
	const struct wf_subject *s = j->ask->subject;

	if (j->e->bundle.content == WF_BUNDLE_MESSAGE && !s->whole)
		return wf_sigkey_verify_sha256(key, s->digest.sha256, j->e->sig, how);
	return wf_sigkey_verify(key, j->e->message, j->e->sig, how);
}

/* The key that verified, NULL: none, and the reason is set. */
static const struct wf_sigkey *
try_keys(struct job *j)
{
	const char *how = NULL, *cannot = NULL;
	size_t i;

	for (i = 0; i < j->by->nkeys; i++) {
		const struct wf_attempt_key *k = &j->by->keys[i];

		switch (verify(j, k->key, &how)) {
		case WF_SIGKEY_GOOD:
			j->a->who.key_path = k->path;
			(void)snprintf(j->a->who.key_id, sizeof(j->a->who.key_id), "%s",
			               wf_sigkey_id(k->key));
			wf_steps_add(&j->a->steps, "signature verifies: %s by %s (%s)", how,
			             wf_sigkey_id(k->key), k->path);
			return k->key;
		case WF_SIGKEY_CANNOT:
			cannot = how;
			break;
		case WF_SIGKEY_BAD:
			break;
		}
	}
	no_key(j, cannot);
	return NULL;
}

static const struct wf_sigkey *
try_cert(struct job *j)
{
	const struct wf_cert *c = &j->e->cert;
	const char *how = NULL;

	switch (verify(j, c->key, &how)) {
	case WF_SIGKEY_GOOD:
		wf_steps_add(&j->a->steps, "signature verifies: %s by the certificate's key", how);
		return c->key;
	case WF_SIGKEY_CANNOT:
		refuse(j, WF_R_UNSUPPORTED_ALGORITHM, "%s", how);
		return NULL;
	case WF_SIGKEY_BAD:
		break;
	}
	refuse(j, WF_R_SIGNATURE_MISMATCH, "does not verify with the certificate's %s key",
	       wf_sigkey_algorithm(c->key));
	return NULL;
}

/* --- 3. log entries and timestamps -------------------------------------------- */

static void
signed_thing(const struct job *j, const struct wf_sigkey *key, struct wf_log_signed *out)
{
	const struct wf_evidence *e = j->e;
	const struct wf_subject *s = j->ask->subject;

	*out = (struct wf_log_signed){
		.sig = e->sig,
		.key = key,
		.certificate = e->cert_der,
		.message = e->message,
		.whole = e->dsse || e->format == WF_FORMAT_LEGACY || s->whole,
		.dsse = e->dsse,
		.envelope = e->attestation ? e->stamped : wf_str(NULL),
	};
	if (out->whole)
		wf_crypto_sha256(e->message.p, e->message.len, out->sha256);
	else
		memcpy(out->sha256, s->digest.sha256, sizeof(out->sha256));
}

static void
remember_proofs(struct job *j)
{
	const struct wf_proofs *p = &j->proofs;
	struct wf_instant first;
	size_t i;

	for (i = 0; i < p->nentries && !j->a->who.logged; i++) {
		j->a->who.logged = p->index_signed[i];
		j->a->who.log_index = p->log_index[i];
		j->a->who.log = kept(j, p->log[i]->base_url);
	}
	if (p->ntimes == 0)
		return;
	first = p->times[0];
	for (i = 1; i < p->ntimes; i++)
		if (wf_instant_cmp(p->times[i], first) < 0)
			first = p->times[i];
	wf_instant_text(first, j->a->who.time);
}

/* The index of a Rekor v1 entry is the promise's word: without one whoever
 * hands over the bundle could write another than the denied. */
static bool
indexes_hold(struct job *j)
{
	size_t i;

	if (!wf_denied_any_log_index(j->ask->denied))
		return true;
	for (i = 0; i < j->proofs.nentries; i++) {
		if (j->proofs.index_signed[i])
			continue;
		refuse(j, WF_R_LOG_PROOF_MISSING,
		       "log entry %lld has no promise, which alone signs its index, and the deny list is by index",
		       (long long)j->proofs.log_index[i]);
		return false;
	}
	return true;
}

static bool
judge_proofs(struct job *j, const struct wf_sigkey *key)
{
	const struct wf_evidence *e = j->e;
	struct wf_proofs_input in = {
		.entries = e->entry,
		.nentries = e->nentries,
		.stamps = e->stamp,
		.nstamps = e->nstamps,
		.stamped = e->stamped,
	};
	struct wf_err why = {0};
	size_t i;

	for (i = 0; i < e->nentries; i++) {
		if (wf_denied_log_index(j->ask->denied, e->entry[i].index)) {
			refuse(j, WF_R_REVOKED, "log entry %lld is on the deny list",
			       (long long)e->entry[i].index);
			return false;
		}
	}
	if (e->nentries + e->nstamps == 0)
		return true;
	if (!j->by->root) {
		j->a->not_evaluated = true;
		wf_steps_add(&j->a->steps, "log and timestamp proofs: not-evaluated");
		return true;
	}
	signed_thing(j, key, &in.what);
	if (!passed(j, wf_proofs_judge(&in, j->by->root, &j->a->steps, &j->proofs, &why), &why))
		return false;
	j->a->not_evaluated = j->proofs.unknown_logs || j->proofs.unknown_tsas;
	remember_proofs(j);
	return indexes_hold(j);
}

/* R31, R46: demanded and absent has a word of its own. */
static bool
enough_proofs(struct job *j)
{
	const struct wf_proofs *p = &j->proofs;

	if ((int64_t)p->logs < j->need.transparency_log) {
		if (j->e->nentries == 0)
			refuse(j, WF_R_LOG_PROOF_MISSING, "no log entry, expected %lld",
			       (long long)j->need.transparency_log);
		else
			refuse(j, WF_R_LOG_PROOF_MISSING,
			       "%zu of %zu log entries are of logs in the trusted root, which are %zu different ones, expected %lld",
			       p->nentries, j->e->nentries, p->logs,
			       (long long)j->need.transparency_log);
		return false;
	}
	if ((int64_t)p->tsas < j->need.timestamps) {
		refuse(j, WF_R_TIMESTAMP_MISSING,
		       "%zu of %zu timestamps are of different authorities in the trusted root, expected %lld",
		       p->tsas, j->e->nstamps, (long long)j->need.timestamps);
		return false;
	}
	if (j->need.transparency_log)
		wf_steps_add(&j->a->steps, "%zu transparency logs, %lld needed", p->logs,
		             (long long)j->need.transparency_log);
	if (j->need.timestamps)
		wf_steps_add(&j->a->steps, "%zu timestamp authorities, %lld needed", p->tsas,
		             (long long)j->need.timestamps);
	return true;
}

static int64_t
said(int64_t value, int64_t otherwise)
{
	return value < 0 ? otherwise : value;
}

static void
what_is_needed(struct job *j, struct wf_policy_proofs otherwise)
{
	const struct wf_policy_proofs *p = &j->by->authority->proofs;

	j->need.transparency_log = said(p->transparency_log, otherwise.transparency_log);
	j->need.scts = said(p->scts, otherwise.scts);
	j->need.timestamps = said(p->timestamps, otherwise.timestamps);
}

/* --- 4. the signer -------------------------------------------------------------- */

/* R44: the key was in use at every verified time, and there is one. */
static bool
in_key_window(struct job *j)
{
	const struct wf_authority *a = j->by->authority;
	char have[WF_INSTANT_TEXT], start[WF_INSTANT_TEXT], end[WF_INSTANT_TEXT] = "on";
	size_t i;

	if (!a->has_key_window)
		return true;
	wf_instant_text(a->key_window.start, start);
	if (a->key_window.has_end)
		wf_instant_text(a->key_window.end, end);
	if (j->proofs.ntimes == 0) {
		refuse(j, WF_R_TIMESTAMP_MISSING,
		       "no verified time, expected one from %s to %s, when the key was in use",
		       start, end);
		return false;
	}
	for (i = 0; i < j->proofs.ntimes; i++) {
		if (wf_instant_within(&a->key_window, j->proofs.times[i]))
			continue;
		wf_instant_text(j->proofs.times[i], have);
		refuse(j, WF_R_KEY_TIME, "signed at %s, the key was in use from %s to %s", have,
		       start, end);
		return false;
	}
	wf_steps_add(&j->a->steps, "%zu verified times are in the key's window", j->proofs.ntimes);
	return true;
}

static bool
by_key(struct job *j)
{
	const struct wf_sigkey *key = try_keys(j);

	if (!key)
		return false;
	if (wf_denied_key(j->ask->denied, wf_sigkey_id(key))) {
		refuse(j, WF_R_REVOKED, "made by key %s, which is on the deny list",
		       wf_sigkey_id(key));
		return false;
	}
	what_is_needed(j, (struct wf_policy_proofs)WF_PROOFS_KEY);
	return judge_proofs(j, key) && enough_proofs(j) && in_key_window(j);
}

static void
remember_signer(struct job *j)
{
	const struct wf_cert *c = &j->e->cert;
	struct wf_signer *w = &j->a->who;
	struct wf_str text, digest;
	char raw[512];

	w->identity = kept(j, c->subject);
	w->issuer = kept(j, c->issuer);
	if (wf_cert_extension(c, "buildConfigURI", &text) ||
	    wf_cert_extension(c, "buildSignerURI", &text))
		w->workflow = kept(j, text);
	if (wf_cert_extension(c, "runInvocationURI", &text))
		w->run = kept(j, text);
	if (!wf_cert_extension(c, "sourceRepositoryURI", &text))
		return;
	if (!wf_cert_extension(c, "sourceRepositoryDigest", &digest))
		digest = wf_str("");
	(void)snprintf(raw, sizeof(raw), "%.*s%s%.*s", text.len > 200 ? 200 : (int)text.len, text.p,
	               digest.len ? "@" : "", digest.len > 200 ? 200 : (int)digest.len,
	               digest.len ? digest.p : "");
	w->source = kept(j, wf_str(raw));
}

static bool
by_certificate(struct job *j)
{
	const struct wf_sigkey *key = try_cert(j);
	struct wf_err why = {0};

	if (!key)
		return false;
	if (wf_denied_key(j->ask->denied, wf_sigkey_id(key))) {
		refuse(j, WF_R_REVOKED, "made by key %s, which is on the deny list",
		       wf_sigkey_id(key));
		return false;
	}
	what_is_needed(j, (struct wf_policy_proofs)WF_PROOFS_CERTIFICATE);
	if (!judge_proofs(j, key) || !enough_proofs(j) ||
	    !passed(j, wf_cert_judge(&j->e->cert, j->by->root, j->proofs.times, j->proofs.ntimes,
	                             (size_t)j->need.scts, &j->a->steps, NULL, &why), &why))
		return false;
	if (wf_denied_cert(j->ask->denied, &j->e->cert)) {
		refuse(j, WF_R_REVOKED, "made with a certificate for %.*s, whose identity is on the deny list",
		       j->e->cert.subject.len > 160 ? 160 : (int)j->e->cert.subject.len,
		       j->e->cert.subject.p);
		return false;
	}
	if (!passed(j, wf_identity_match(&j->e->cert, j->by->wants, j->by->nwants, &j->a->steps,
	                                 NULL, &why), &why))
		return false;
	remember_signer(j);
	return true;
}

/* --- 5. what is signed ------------------------------------------------------------ */

/* The statement's kind: a file may be signed by a statement of any. */
static bool
check_purpose(struct job *j)
{
	const struct wf_purpose *p = j->ask->purpose;
	const char *want = p->predicate_type ? p->predicate_type : WF_DSSE_COSIGN_SIGN;
	struct wf_str have = j->e->statement.predicate_type;
	struct wf_err why = {0};

	if (!j->e->statement.json)
		return true;
	wf_steps_add(&j->a->steps, "predicate type %.*s", have.len > 120 ? 120 : (int)have.len,
	             have.p);
	/* a signature lies beside every attestation: it is not one gone wrong */
	if (p->predicate_type && wf_str_eqz(have, WF_DSSE_COSIGN_SIGN) &&
	    !wf_str_eqz(have, want)) {
		refuse(j, WF_R_UNSIGNED_FORM, "a signature, expected an attestation of type %s",
		       want);
		return false;
	}
	if ((p->predicate_type || !j->ask->subject->blob) && !wf_str_eqz(have, want)) {
		refuse(j, WF_R_PREDICATE_MISMATCH, "predicate type %.*s, expected %s",
		       have.len > 120 ? 120 : (int)have.len, have.p, want);
		return false;
	}
	return passed(j, wf_provenance_check(&j->e->statement, &p->provenance, &j->a->steps, &why),
	              &why);
}

static bool
check_annotations(struct job *j, const struct wf_demand *d)
{
	struct wf_str found = wf_str(NULL);
	size_t i;

	for (i = 0; i < d->n; i++) {
		if (!wf_evidence_annotation(j->e, j->ask->subject, d->v[i].key, d->v[i].value, &found)) {
			refuse(j, WF_R_ANNOTATION_MISMATCH,
			       "annotation %s is %s%.*s%s, expected \"%s\"", d->v[i].key,
			       found.len ? "\"" : "missing", found.len > 80 ? 80 : (int)found.len,
			       found.p ? found.p : "", found.len ? "\"" : "", d->v[i].value);
			return false;
		}
		wf_steps_add(&j->a->steps, "annotation %s is \"%s\"", d->v[i].key, d->v[i].value);
	}
	return true;
}

static bool
check_claims(struct job *j)
{
	char text[WF_DIGEST_TEXT];

	wf_evidence_claims(j->e, j->ask->subject);
	if (j->e->claims != WF_R_OK) {
		refuse(j, j->e->claims, "%s", j->e->claims_detail);
		return false;
	}
	wf_digest_text(&j->ask->subject->digest, text);
	wf_steps_add(&j->a->steps, "subject is %s", text);
	return check_purpose(j) && check_annotations(j, &j->ask->demands[0]) &&
	       check_annotations(j, &j->ask->demands[1]);
}

void
wf_attempt(struct wf_evidence *e, const struct wf_attempt_ask *ask,
           const struct wf_attempt_by *by, struct wf_attempt *out)
{
	struct job j = {.e = e, .ask = ask, .by = by, .a = out};

	memset(out, 0, sizeof(*out));
	out->reason = WF_R_BUG; /* until everything passed */
	out->steps.arena = ask->arena;
	if (!may_serve(&j))
		return;
	describe(&j);
	if (!material_fits(&j) || !(e->has_cert ? by_certificate(&j) : by_key(&j)) ||
	    !check_claims(&j))
		return;
	out->reason = WF_R_OK;
}
