/* SPDX-License-Identifier: Apache-2.0
 *
 * The body of a Rekor v2 entry, made anew.  Must never be parsed into an
 * answer: what cannot be made from what was signed is refused.
 */
#include "trust/logbody_v2.h"

#include <string.h>

#include "base/enc.h"
#include "base/limits.h"
#include "base/mem.h"
#include "dep/crypto.h"

#define OWN_TEXT 512u /* names of members, algorithm and key details */

/* How a key signs, by sigstore's algorithm registry: the key's own hash
 * first, then what cosign assumes. */
struct scheme {
	const char *key, *details, *hash;
	unsigned bits;
};

static const struct scheme schemes[] = {
	{"ecdsa-p256", "PKIX_ECDSA_P256_SHA_256", "SHA2_256", 256},
	{"ecdsa-p384", "PKIX_ECDSA_P384_SHA_384", "SHA2_384", 384},
	{"ecdsa-p384", "PKIX_ECDSA_P384_SHA_256", "SHA2_256", 256},
	{"ecdsa-p521", "PKIX_ECDSA_P521_SHA_512", "SHA2_512", 512},
	{"ecdsa-p521", "PKIX_ECDSA_P521_SHA_256", "SHA2_256", 256},
	{"rsa-2048", "PKIX_RSA_PKCS1V15_2048_SHA256", "SHA2_256", 256},
	{"rsa-3072", "PKIX_RSA_PKCS1V15_3072_SHA256", "SHA2_256", 256},
	{"rsa-4096", "PKIX_RSA_PKCS1V15_4096_SHA256", "SHA2_256", 256},
	{"ed25519", "PKIX_ED25519_PH", "SHA2_512", 512},
};

static bool
digest_of(const struct wf_log_signed *w, unsigned bits, uint8_t out[64])
{
	if (!w->whole && bits != 256)
		return false;
	if (w->whole)
		wf_crypto_sha2(bits, w->message.p, w->message.len, out);
	else
		memcpy(out, w->sha256, 32);
	return true;
}

/* The RFC 8785 form: members sorted, no white space; base64 and these words
 * need no escapes. */
static enum wf_rc
make(const struct wf_log_signed *w, const struct scheme *s, const uint8_t *digest,
     struct wf_buf *out, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf spki = WF_BUF_INIT(WF_MAX_KEY_BYTES);
	bool cert = w->certificate.len > 0;
	struct wf_str raw = w->certificate;
	enum wf_rc rc;

	if (!cert) {
		if ((rc = wf_sigkey_spki(w->key, &spki, err)))
			return rc;
		raw = wf_buf_str(&spki);
	}
	if ((rc = wf_buf_addf(out, err, "{\"apiVersion\":\"0.0.2\",\"kind\":\"hashedrekord\","
	                      "\"spec\":{\"hashedRekordV002\":{\"data\":{\"algorithm\":\"%s\","
	                      "\"digest\":\"", s->hash)) ||
	    (rc = wf_enc_base64((struct wf_str){(const char *)digest, s->bits / 8}, out, err)) ||
	    (rc = wf_buf_addz(out, "\"},\"signature\":{\"content\":\"", err)) ||
	    (rc = wf_enc_base64(w->sig, out, err)) ||
	    (rc = wf_buf_addf(out, err, "\",\"verifier\":{\"keyDetails\":\"%s\",\"%s\":"
	                      "{\"rawBytes\":\"", s->details,
	                      cert ? "x509Certificate" : "publicKey")) ||
	    (rc = wf_enc_base64(raw, out, err)))
		return rc;
	return wf_buf_addz(out, "\"}}}}}}", err);
}

/* Says what differs, for the message alone. */
static enum wf_rc
explain(const struct wf_logentry *e, const struct wf_log_signed *w, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *body = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf sig = WF_BUF_INIT(WF_MAX_BUNDLE_BYTES);
	const struct wf_json *record;
	struct wf_str text;
	const char *what = "digest, key or spelling of the record";

	if (wf_json_parse(e->body, "log entry body", &body, NULL) == WF_OK) {
		record = wf_json_get(wf_json_get(body, "spec"), "hashedRekordV002");
		if (!wf_json_str(wf_json_get(wf_json_get(record, "signature"), "content"), &text) ||
		    wf_enc_unbase64(text, &sig, NULL) || !wf_str_eq(wf_buf_str(&sig), w->sig))
			what = "signature";
	}
	return wf_err_set(err, WF_R_LOG_PROOF_MISMATCH, "the log entry is about another %s", what);
}

enum wf_rc
wf_logbody_v2(const struct wf_logentry *e, const struct wf_log_signed *w, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(2 * WF_MAX_BUNDLE_BYTES + OWN_TEXT);
	uint8_t digest[64];
	size_t i, made = 0;
	enum wf_rc rc;

	for (i = 0; i < WF_COUNT(schemes); i++) {
		if (strcmp(schemes[i].key, wf_sigkey_algorithm(w->key)) != 0 ||
		    !digest_of(w, schemes[i].bits, digest))
			continue;
		made++;
		wf_buf_reset(&text);
		if ((rc = make(w, &schemes[i], digest, &text, err)))
			return rc;
		if (wf_str_eq(wf_buf_str(&text), e->body))
			return WF_OK;
	}
	if (made == 0)
		return wf_err_set(err, WF_R_UNSUPPORTED_ALGORITHM,
		                  "no Rekor v2 entry can be made for a signature by a %s key%s",
		                  wf_sigkey_algorithm(w->key),
		                  w->whole ? "" : " when only a digest is known");
	return explain(e, w, err);
}
