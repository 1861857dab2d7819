/* SPDX-License-Identifier: Apache-2.0
 *
 * Opens candidates and tries keys on them.  Must never say WF_R_OK before a
 * key of the authority verified the exact bytes and the statement in them was
 * found to be about the subject.
 */
#include "trust/evidence.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/enc.h"
#include "base/limits.h"
#include "base/text.h"
#include "dep/crypto.h"
#include "policy/policy.h"
#include "trust/proto.h"

static void WF_PRINTF(3, 4)
say(char *out, size_t cap, const char *fmt, ...)
{
	char raw[WF_EVIDENCE_DETAIL * 2];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	(void)wf_text_escape(raw, strnlen(raw, sizeof(raw)), out, cap);
}

static void WF_PRINTF(3, 4)
step(struct wf_attempt *a, struct wf_arena *arena, const char *fmt, ...)
{
	char raw[512], safe[512];
	va_list ap;

	if (a->nsteps == WF_EVIDENCE_STEPS)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	(void)wf_text_escape(raw, strnlen(raw, sizeof(raw)), safe, sizeof(safe));
	a->steps[a->nsteps++] = wf_arena_strn(arena, safe, strlen(safe));
}

int
wf_evidence_rank(enum wf_reason reason)
{
	/* in the order in which things are looked at */
	static const enum wf_reason order[] = {
		WF_R_UNSIGNED_FORM,      WF_R_FORMAT_NOT_ALLOWED,
		WF_R_LIMIT,              WF_R_CANDIDATE_LIMIT,
		WF_R_MALFORMED,          WF_R_CANDIDATE_MALFORMED,
		WF_R_UNSUPPORTED_VERSION, WF_R_KEYLESS_UNSUPPORTED,
		WF_R_DIGEST_MISMATCH,    WF_R_WRONG_KEY,
		WF_R_SIGNATURE_MISMATCH, WF_R_UNSUPPORTED_ALGORITHM,
		WF_R_REVOKED,            WF_R_PREDICATE_MISMATCH,
		WF_R_SUBJECT_MISMATCH,   WF_R_ANNOTATION_MISMATCH,
		WF_R_PROVENANCE_MISMATCH,
		WF_R_OK,
	};
	int i;

	for (i = 0; i < (int)WF_COUNT(order); i++)
		if (order[i] == reason)
			return i + 1;
	return 0;
}

static void
refuse(struct wf_evidence *e, const struct wf_err *why)
{
	e->reason = why->reason;
	say(e->detail, sizeof(e->detail), "%s", why->msg);
	if (e->candidate->form != WF_FORM_BUNDLE_FILE)
		return;
	if (e->reason == WF_R_CANDIDATE_MALFORMED)
		e->reason = WF_R_MALFORMED;
	else if (e->reason == WF_R_CANDIDATE_LIMIT)
		e->reason = WF_R_LIMIT;
}

static enum wf_rc
open_legacy(struct wf_evidence *e, struct wf_err *err)
{
	const struct wf_candidate *c = e->candidate;

	e->format = WF_FORMAT_LEGACY;
	e->proofs = c->bundle || c->timestamp;
	if (c->certificate)
		return wf_err_set(err, WF_R_KEYLESS_UNSUPPORTED,
		                  "made with a certificate, not with a key");
	if (c->payload_len > WF_MAX_SIG_PAYLOAD_BYTES)
		return wf_err_set(err, WF_R_CANDIDATE_LIMIT,
		                  "payload of %zu bytes, at most %u are read",
		                  c->payload_len, WF_MAX_SIG_PAYLOAD_BYTES);
	if (!c->signature || !c->signature[0])
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "no annotation dev.cosignproject.cosign/signature");
	if (wf_enc_unbase64(wf_str(c->signature), &e->signature, NULL))
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "annotation dev.cosignproject.cosign/signature is not "
		                  "standard base64 with padding");
	e->message = (struct wf_str){c->payload, c->payload_len};
	e->sig = e->stamped = wf_buf_str(&e->signature);
	return WF_OK;
}

static enum wf_rc
use_dsse(struct wf_evidence *e, const struct wf_dsse *d, struct wf_err *err)
{
	enum wf_rc rc;

	e->dsse = d;
	e->pae.max = d->payload.len + d->payload_type.len + 64;
	if ((rc = wf_dsse_pae(d, &e->pae, err)))
		return rc;
	e->message = wf_buf_str(&e->pae);
	e->sig = e->stamped = d->sig;
	return WF_OK;
}

/* Forms B and D': an envelope, its proofs beside it. */
static enum wf_rc
open_attestation(struct wf_evidence *e, struct wf_err *err)
{
	const struct wf_candidate *c = e->candidate;
	struct wf_str text = {c->payload, c->payload_len};
	enum wf_rc rc;

	e->format = WF_FORMAT_LEGACY;
	e->attestation = true;
	e->proofs = c->bundle || c->timestamp;
	if (c->certificate)
		return wf_err_set(err, WF_R_KEYLESS_UNSUPPORTED,
		                  "made with a certificate, not with a key");
	if (text.len > WF_MAX_BUNDLE_BYTES)
		return wf_err_set(err, WF_R_CANDIDATE_LIMIT,
		                  "envelope of %zu bytes, at most %u are read",
		                  text.len, WF_MAX_BUNDLE_BYTES);
	if ((rc = wf_proto_parse_unsigned(text, "envelope", &e->envelope, err)) ||
	    (rc = wf_dsse_envelope(e->envelope, "envelope", &e->arena, &e->own, err)) ||
	    (rc = use_dsse(e, &e->own, err)))
		return rc;
	e->stamped = text;
	return WF_OK;
}

/* The digest in a message signature is a hint, but one that must not lie. */
static enum wf_rc
check_message_digest(const struct wf_bundle *b, const struct wf_subject *s,
                     struct wf_err *err)
{
	static const struct {
		const char *word;
		unsigned bits;
	} known[] = {{"SHA2_256", 256}, {"SHA2_384", 384}, {"SHA2_512", 512}};
	uint8_t have[64];
	char found[129], want[129];
	size_t i, n;

	if (b->digest.len == 0 && b->digest_algorithm.len == 0)
		return WF_OK;
	for (i = 0; i < WF_COUNT(known); i++)
		if (wf_str_eqz(b->digest_algorithm, known[i].word))
			break;
	if (i == WF_COUNT(known))
		return wf_err_set(err, WF_R_UNSUPPORTED_ALGORITHM,
		                  "messageDigest.algorithm is \"%.*s\", expected SHA2_256, SHA2_384 or SHA2_512",
		                  b->digest_algorithm.len > 60 ? 60 : (int)b->digest_algorithm.len,
		                  b->digest_algorithm.p ? b->digest_algorithm.p : "");
	n = known[i].bits / 8;
	if (b->digest.len != n)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "messageDigest.digest has %zu bytes, expected %zu",
		                  b->digest.len, n);
	if (known[i].bits == 256)
		memcpy(have, s->digest.sha256, 32);
	else if (s->whole)
		wf_crypto_sha2(known[i].bits, s->bytes.p, s->bytes.len, have);
	else
		return WF_OK; /* cannot be compared; the key needs the bytes anyway */
	if (memcmp(have, b->digest.p, n) == 0)
		return WF_OK;
	wf_enc_hex((const uint8_t *)b->digest.p, n, found);
	wf_enc_hex(have, n, want);
	return wf_err_set(err, WF_R_DIGEST_MISMATCH,
	                  "the bundle is about %s %s, what is verified has %s",
	                  known[i].word, found, want);
}

static enum wf_rc
open_bundle(struct wf_evidence *e, const struct wf_subject *s, struct wf_err *err)
{
	const struct wf_candidate *c = e->candidate;
	struct wf_bundle *b = &e->bundle;
	enum wf_rc rc;

	e->format = WF_FORMAT_BUNDLE;
	if ((rc = wf_bundle_parse((struct wf_str){c->payload, c->payload_len}, b, err)))
		return rc;
	e->proofs = b->log_entries || b->timestamps;
	if (!s->blob && b->minor < 3)
		return wf_err_set(err, WF_R_UNSUPPORTED_VERSION,
		                  "bundle version 0.%u in a registry, expected 0.3", b->minor);
	if (b->material == WF_BUNDLE_CERTIFICATE)
		return wf_err_set(err, WF_R_KEYLESS_UNSUPPORTED,
		                  "made with a certificate, not with a key");
	switch (b->content) {
	case WF_BUNDLE_MESSAGE:
		if (!s->blob)
			return wf_err_set(err, WF_R_PREDICATE_MISMATCH,
			                  "a message signature, expected a signed statement");
		e->message = s->bytes;
		e->sig = e->stamped = b->signature;
		return check_message_digest(b, s, err);
	case WF_BUNDLE_DSSE:
		return use_dsse(e, &b->dsse, err);
	case WF_BUNDLE_NO_CONTENT:
		break;
	}
	return wf_err_set(err, WF_R_CANDIDATE_MALFORMED, "the bundle signs nothing");
}

/* Contract section 3: a candidate's reason is one of a refusal.  The words of
 * other codes are for what the caller named. */
static enum wf_reason
of_candidate(enum wf_reason r)
{
	enum wf_rc code = wf_reason_code(r);

	if (r == WF_R_LIMIT)
		return WF_R_CANDIDATE_LIMIT;
	return code >= WF_E_NO_SIGNATURE && code <= WF_E_ROLLBACK && code != WF_E_NOT_FOUND
	               ? r : WF_R_CANDIDATE_MALFORMED;
}

static enum wf_rc
open_candidate(struct wf_evidence *e, const struct wf_subject *s, struct wf_err *err)
{
	const struct wf_candidate *c = e->candidate;

	if (c->broken != WF_R_OK)
		return wf_err_set(err, of_candidate(c->broken), "%s", c->detail);
	switch (c->form) {
	case WF_FORM_SIG_TAG:
	case WF_FORM_SIG_REFERRER:
		return open_legacy(e, err);
	case WF_FORM_BUNDLE_REFERRER:
	case WF_FORM_BUNDLE_FALLBACK_TAG:
	case WF_FORM_BUNDLE_FILE:
		return open_bundle(e, s, err);
	case WF_FORM_LAYOUT: /* the layout's own form is not kept: look */
		if (!c->signature)
			return open_bundle(e, s, err);
		return c->signature[0] ? open_legacy(e, err) : open_attestation(e, err);
	case WF_FORM_ATT_TAG:
	case WF_FORM_ATT_REFERRER:
		return open_attestation(e, err);
	case WF_FORM_SBOM_TAG:
		return wf_err_set(err, WF_R_UNSIGNED_FORM,
		                  "an SBOM beside the artifact, which signs nothing");
	case WF_FORM_NONE:
		break;
	}
	return wf_err_set(err, WF_R_CANDIDATE_MALFORMED, "of no known form");
}

void
wf_evidence_open(struct wf_evidence *e, const struct wf_candidate *c,
                 const struct wf_subject *s)
{
	struct wf_err why = {0};

	memset(e, 0, sizeof(*e));
	e->candidate = c;
	e->signature.max = WF_MAX_KEY_BYTES; /* the longest real one has 1 KiB */
	if (open_candidate(e, s, &why))
		refuse(e, &why);
}

void
wf_evidence_free(struct wf_evidence *e)
{
	wf_bundle_free(&e->bundle);
	wf_json_freep(&e->envelope);
	wf_arena_free(&e->arena);
	wf_buf_free(&e->pae);
	wf_buf_free(&e->signature);
	wf_simplesigning_free(&e->payload);
	wf_dsse_statement_free(&e->statement);
}

static void
read_claims(struct wf_evidence *e, const struct wf_subject *s)
{
	struct wf_err why = {0};
	enum wf_rc rc = WF_OK;

	if (e->claims_read)
		return;
	e->claims_read = true;
	if (e->dsse)
		rc = wf_dsse_statement(e->dsse, &s->digest, &e->statement, &why);
	else if (e->format == WF_FORMAT_LEGACY)
		rc = wf_simplesigning_parse(e->message, &s->digest, &e->payload, &why);
	e->claims = rc ? why.reason : WF_R_OK;
	say(e->claims_detail, sizeof(e->claims_detail), "%s", why.msg);
}

/* Can it be what is asked for at all?  By its form, before anything is
 * verified; what the form does not tell is left to check_purpose. */
static bool
may_serve(const struct wf_evidence *e, const struct wf_purpose *p,
          struct wf_attempt *a)
{
	if (!p->predicate_type && e->attestation) {
		a->reason = WF_R_UNSIGNED_FORM;
		say(a->detail, sizeof(a->detail),
		    "an attestation about the artifact, expected a signature of it");
		return false;
	}
	if (p->predicate_type && !e->dsse) {
		a->reason = WF_R_PREDICATE_MISMATCH;
		say(a->detail, sizeof(a->detail), "a signature, expected an attestation of type %s",
		    p->predicate_type);
		return false;
	}
	return true;
}

/* The statement's kind: a file may be signed by a statement of any. */
static bool
check_purpose(const struct wf_evidence *e, const struct wf_subject *s,
              const struct wf_purpose *p, struct wf_arena *arena, struct wf_attempt *a)
{
	const char *want = p->predicate_type ? p->predicate_type : WF_DSSE_COSIGN_SIGN;
	struct wf_str have = e->statement.predicate_type;
	struct wf_steps steps = {.arena = arena};
	struct wf_err why = {0};
	size_t i;

	if (!e->statement.json)
		return true;
	if ((p->predicate_type || !s->blob) && !wf_str_eqz(have, want)) {
		a->reason = WF_R_PREDICATE_MISMATCH;
		say(a->detail, sizeof(a->detail), "predicate type %.*s, expected %s",
		    have.len > 120 ? 120 : (int)have.len, have.p, want);
		return false;
	}
	if (wf_provenance_check(&e->statement, &p->provenance, &steps, &why)) {
		a->reason = why.reason;
		say(a->detail, sizeof(a->detail), "%s", why.msg);
		return false;
	}
	for (i = 0; i < steps.n; i++)
		step(a, arena, "%s", steps.v[i]);
	return true;
}

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
no_key(const struct wf_evidence *e, const struct wf_evidence_key *keys,
       size_t nkeys, const char *cannot, struct wf_attempt *a)
{
	struct wf_str hint = e->bundle.hint.len || !e->dsse ? e->bundle.hint : e->dsse->keyid;
	char id[WF_SIGKEY_ID_TEXT], expected[160];
	bool ours = false;
	size_t i;

	if (nkeys == 1)
		(void)snprintf(expected, sizeof(expected), "%s key %s",
		               wf_sigkey_algorithm(keys[0].key), wf_sigkey_id(keys[0].key));
	else
		(void)snprintf(expected, sizeof(expected), "any of %zu keys", nkeys);
	if (hinted_id(hint, id)) {
		for (i = 0; i < nkeys; i++)
			ours |= strcmp(id, wf_sigkey_id(keys[i].key)) == 0;
		if (!ours) {
			a->reason = WF_R_WRONG_KEY;
			say(a->detail, sizeof(a->detail),
			    "made by key %s, expected %s", id, expected);
			return;
		}
	}
	if (cannot) {
		a->reason = WF_R_UNSUPPORTED_ALGORITHM;
		say(a->detail, sizeof(a->detail), "%s", cannot);
		return;
	}
	a->reason = WF_R_SIGNATURE_MISMATCH;
	say(a->detail, sizeof(a->detail), "does not verify with %s", expected);
}

static bool
try_keys(const struct wf_evidence *e, const struct wf_subject *s,
         const struct wf_evidence_key *keys, size_t nkeys,
         struct wf_arena *arena, struct wf_attempt *a)
{
	bool only_digest = e->bundle.content == WF_BUNDLE_MESSAGE && !s->whole;
	const char *how = NULL, *cannot = NULL;
	enum wf_sigkey_outcome o;
	size_t i;

	for (i = 0; i < nkeys; i++) {
		o = only_digest ? wf_sigkey_verify_sha256(keys[i].key, s->digest.sha256, e->sig, &how)
		                : wf_sigkey_verify(keys[i].key, e->message, e->sig, &how);
		switch (o) {
		case WF_SIGKEY_GOOD:
			a->by = &keys[i];
			step(a, arena, "signature verifies: %s by %s (%s)", how,
			     wf_sigkey_id(keys[i].key), keys[i].path);
			return true;
		case WF_SIGKEY_CANNOT:
			cannot = how;
			break;
		case WF_SIGKEY_BAD:
			break;
		}
	}
	no_key(e, keys, nkeys, cannot, a);
	return false;
}

static bool
check_annotations(const struct wf_evidence *e, const struct wf_subject *s,
                  const struct wf_demand *d, struct wf_arena *arena,
                  struct wf_attempt *a)
{
	struct wf_str found = wf_str(NULL);
	size_t i;
	bool ok;

	for (i = 0; i < d->n; i++) {
		if (!e->dsse && e->format == WF_FORMAT_LEGACY)
			ok = wf_simplesigning_annotation(&e->payload, d->v[i].key,
			                                 d->v[i].value, &found);
		else
			ok = e->statement.json &&
			     wf_dsse_annotation(&e->statement, &s->digest, d->v[i].key,
			                        d->v[i].value, &found);
		if (!ok) {
			a->reason = WF_R_ANNOTATION_MISMATCH;
			say(a->detail, sizeof(a->detail),
			    "annotation %s is %s%.*s%s, expected \"%s\"", d->v[i].key,
			    found.len ? "\"" : "missing", found.len > 80 ? 80 : (int)found.len,
			    found.p ? found.p : "", found.len ? "\"" : "", d->v[i].value);
			return false;
		}
		step(a, arena, "annotation %s is \"%s\"", d->v[i].key, d->v[i].value);
	}
	return true;
}

static void
describe(const struct wf_evidence *e, struct wf_arena *arena, struct wf_attempt *a)
{
	const struct wf_bundle *b = &e->bundle;

	if (e->format == WF_FORMAT_LEGACY)
		step(a, arena, "legacy %s, payload of %zu bytes",
		     e->dsse ? "attestation" : "signature",
		     e->dsse ? e->dsse->payload.len : e->message.len);
	else
		step(a, arena, "bundle 0.%u with a %s, %zu log entries, %zu timestamps",
		     b->minor, b->content == WF_BUNDLE_DSSE ? "DSSE statement" : "message signature",
		     b->log_entries, b->timestamps);
}

static void
describe_claims(const struct wf_evidence *e, const struct wf_subject *s,
                struct wf_arena *arena, struct wf_attempt *a)
{
	char text[WF_DIGEST_TEXT];
	struct wf_str p = e->statement.predicate_type;

	wf_digest_text(&s->digest, text);
	if (e->statement.json)
		step(a, arena, "predicate type %.*s", p.len > 120 ? 120 : (int)p.len, p.p);
	step(a, arena, "subject is %s", text);
	if (e->proofs)
		step(a, arena, "log and timestamp proofs: not-evaluated");
}

void
wf_evidence_try(struct wf_evidence *e, const struct wf_subject *s,
                const struct wf_purpose *purpose, unsigned formats,
                const struct wf_evidence_key *keys,
                size_t nkeys, const struct wf_demand demands[2],
                struct wf_arena *arena, struct wf_attempt *a)
{
	memset(a, 0, sizeof(*a));
	a->reason = e->reason;
	if (e->format && !(e->format & formats)) {
		a->reason = WF_R_FORMAT_NOT_ALLOWED;
		say(a->detail, sizeof(a->detail), "of format %s, which the rule does not take",
		    e->format == WF_FORMAT_LEGACY ? "legacy" : "bundle");
		return;
	}
	if (e->reason != WF_R_OK) {
		say(a->detail, sizeof(a->detail), "%s", e->detail);
		return;
	}
	if (!may_serve(e, purpose, a))
		return;
	describe(e, arena, a);
	if (!try_keys(e, s, keys, nkeys, arena, a))
		return;
	if (a->by->denied) {
		a->reason = WF_R_REVOKED;
		say(a->detail, sizeof(a->detail), "made by key %s, which is on the deny list",
		    wf_sigkey_id(a->by->key));
		return;
	}
	read_claims(e, s);
	if (e->claims != WF_R_OK) {
		a->reason = e->claims;
		say(a->detail, sizeof(a->detail), "%s", e->claims_detail);
		return;
	}
	describe_claims(e, s, arena, a);
	if (!check_purpose(e, s, purpose, arena, a))
		return;
	if (!check_annotations(e, s, &demands[0], arena, a) ||
	    !check_annotations(e, s, &demands[1], arena, a))
		return;
	a->reason = WF_R_OK;
}
