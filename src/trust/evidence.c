/* SPDX-License-Identifier: Apache-2.0
 *
 * Opens candidates: reads strictly what each form holds and believes none of
 * it.  Must never look into what is signed before its signature verified.
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
#include "trust/stamp.h"

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

int
wf_evidence_rank(enum wf_reason reason)
{
	/* in the order in which things are looked at */
	static const enum wf_reason order[] = {
		WF_R_UNSIGNED_FORM,      WF_R_FORMAT_NOT_ALLOWED,
		WF_R_LIMIT,              WF_R_CANDIDATE_LIMIT,
		WF_R_MALFORMED,          WF_R_CANDIDATE_MALFORMED,
		WF_R_UNSUPPORTED_VERSION, WF_R_DIGEST_MISMATCH,
		WF_R_WRONG_KEY,          WF_R_SIGNATURE_MISMATCH,
		WF_R_UNSUPPORTED_ALGORITHM,
		WF_R_LOG_PROOF_MISMATCH, WF_R_LOG_PROOF_INVALID,
		WF_R_CHECKPOINT_INVALID, WF_R_TIMESTAMP_INVALID,
		WF_R_LOG_PROOF_MISSING,  WF_R_TIMESTAMP_MISSING,
		WF_R_CERTIFICATE_CHAIN,  WF_R_CERTIFICATE_TIME,
		WF_R_SCT_MISSING,        WF_R_SCT_INVALID,
		WF_R_KEY_TIME,           WF_R_IDENTITY_MISMATCH,
		WF_R_ISSUER_MISMATCH,    WF_R_REVOKED,
		WF_R_PREDICATE_MISMATCH, WF_R_SUBJECT_MISMATCH,
		WF_R_ANNOTATION_MISMATCH, WF_R_PROVENANCE_MISMATCH,
		WF_R_OK,
	};
	int i;

	for (i = 0; i < (int)WF_COUNT(order); i++)
		if (order[i] == reason)
			return i + 1;
	return 0;
}

enum wf_reason
wf_evidence_reason(const struct wf_evidence *e, enum wf_reason r)
{
	bool named = e->candidate->form == WF_FORM_BUNDLE_FILE;

	if (r == WF_R_CANDIDATE_MALFORMED || r == WF_R_MALFORMED)
		return named ? WF_R_MALFORMED : WF_R_CANDIDATE_MALFORMED;
	if (r == WF_R_CANDIDATE_LIMIT || r == WF_R_LIMIT)
		return named ? WF_R_LIMIT : WF_R_CANDIDATE_LIMIT;
	return r;
}

static void
refuse(struct wf_evidence *e, const struct wf_err *why)
{
	e->reason = wf_evidence_reason(e, why->reason);
	say(e->detail, sizeof(e->detail), "%s", why->msg);
}

/* What annotations hold beside a signature: certificate, log entry, token.
 * The chain annotation is not read: intermediates come from the trusted root
 * (client specification section 4.6). */
static enum wf_rc
open_beside(struct wf_evidence *e, struct wf_err *err)
{
	const struct wf_candidate *c = e->candidate;
	enum wf_rc rc;

	if (c->bundle) {
		if ((rc = wf_logentry_legacy(wf_str(c->bundle), &e->arena, &e->own_entry, err)))
			return rc;
		e->entry = &e->own_entry;
		e->nentries = 1;
	}
	if (c->timestamp) {
		if ((rc = wf_stamp_legacy(wf_str(c->timestamp), &e->arena, &e->own_stamp, err)))
			return rc;
		e->stamp = &e->own_stamp;
		e->nstamps = 1;
	}
	if (!c->certificate)
		return WF_OK;
	if ((rc = wf_cert_read_pem(wf_str(c->certificate), &e->cert, err)))
		return rc;
	e->has_cert = true;
	e->cert_der = wf_x509_der(e->cert.x509);
	return WF_OK;
}

static enum wf_rc
open_legacy(struct wf_evidence *e, struct wf_err *err)
{
	const struct wf_candidate *c = e->candidate;

	e->format = WF_FORMAT_LEGACY;
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
	return open_beside(e, err);
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
	if (text.len > WF_MAX_BUNDLE_BYTES)
		return wf_err_set(err, WF_R_CANDIDATE_LIMIT,
		                  "envelope of %zu bytes, at most %u are read",
		                  text.len, WF_MAX_BUNDLE_BYTES);
	if ((rc = wf_proto_parse_unsigned(text, "envelope", &e->envelope, err)) ||
	    (rc = wf_dsse_envelope(e->envelope, "envelope", &e->arena, &e->own, err)) ||
	    (rc = use_dsse(e, &e->own, err)))
		return rc;
	e->stamped = text;
	return open_beside(e, err);
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
	e->entry = b->entry;
	e->nentries = b->log_entries;
	e->stamp = b->stamp;
	e->nstamps = b->timestamps;
	if (!s->blob && b->minor < 3)
		return wf_err_set(err, WF_R_UNSUPPORTED_VERSION,
		                  "bundle version 0.%u in a registry, expected 0.3", b->minor);
	if (b->material == WF_BUNDLE_CERTIFICATE) {
		if ((b->nchain && (rc = wf_cert_check_chain(b->chain, b->nchain, err))) ||
		    (rc = wf_cert_read(b->certificate, &e->cert, err)))
			return rc;
		e->has_cert = true;
		e->cert_der = b->certificate;
	}
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
	wf_cert_free(&e->cert);
	wf_json_freep(&e->envelope);
	wf_arena_free(&e->arena);
	wf_buf_free(&e->pae);
	wf_buf_free(&e->signature);
	wf_simplesigning_free(&e->payload);
	wf_dsse_statement_free(&e->statement);
}

void
wf_evidence_claims(struct wf_evidence *e, const struct wf_subject *s)
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

bool
wf_evidence_annotation(const struct wf_evidence *e, const struct wf_subject *s,
                       const char *key, const char *value, struct wf_str *found)
{
	if (!e->dsse && e->format == WF_FORMAT_LEGACY)
		return wf_simplesigning_annotation(&e->payload, key, value, found);
	return e->statement.json &&
	       wf_dsse_annotation(&e->statement, &s->digest, key, value, found);
}
