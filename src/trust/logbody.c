/* SPDX-License-Identifier: Apache-2.0
 *
 * Bodies of log entries.  Must never leave one of signature, key and content
 * uncompared: an entry about anything else proves nothing about this.
 */
#include "trust/logbody.h"

#include <string.h>

#include "base/enc.h"
#include "base/limits.h"
#include "dep/crypto.h"
#include "dep/x509.h"
#include "trust/logbody_v2.h"
#include "trust/proto.h"

#define SHOW(s) (int)((s).len > 40 ? 40 : (s).len), (s).p ? (s).p : ""

static enum wf_rc
malformed(struct wf_err *err, const char *what)
{
	return wf_err_set(err, WF_R_CANDIDATE_MALFORMED, "log entry body: %s", what);
}

static enum wf_rc
mismatch(struct wf_err *err, const char *what)
{
	return wf_err_set(err, WF_R_LOG_PROOF_MISMATCH, "the log entry is about another %s", what);
}

/* Down a dotted path of members. */
static const struct wf_json *
at(const struct wf_json *j, const char *path)
{
	char name[32];
	size_t n;

	for (; *path; path += n + (path[n] == '.')) {
		n = strcspn(path, ".");
		if (n >= sizeof(name))
			return NULL;
		memcpy(name, path, n);
		name[n] = '\0';
		j = wf_json_get(j, name);
	}
	return j;
}

static enum wf_rc
decode(const struct wf_json *j, const char *path, struct wf_buf *out, struct wf_err *err)
{
	struct wf_str text;

	if (wf_json_str(at(j, path), &text) && text.len && wf_enc_unbase64(text, out, NULL) == WF_OK)
		return WF_OK;
	return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
	                  "log entry body: %s is not a base64 string", path);
}

/* R21.  wrapped: the base64 of the base64 text of the signature, which is how
 * intoto 0.0.2 was defined; writers that wrap once exist too. */
static enum wf_rc
check_signature(const struct wf_json *j, const char *path, bool wrapped,
                const struct wf_log_signed *w, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf once = WF_BUF_INIT(WF_MAX_BUNDLE_BYTES);
	WF_AUTO(wf_buf_free) struct wf_buf twice = WF_BUF_INIT(WF_MAX_BUNDLE_BYTES);
	enum wf_rc rc = decode(j, path, &once, err);

	if (rc)
		return rc;
	if (w->sig.len && wf_str_eq(wf_buf_str(&once), w->sig))
		return WF_OK;
	if (wrapped && w->sig.len && wf_enc_unbase64(wf_buf_str(&once), &twice, NULL) == WF_OK &&
	    wf_str_eq(wf_buf_str(&twice), w->sig))
		return WF_OK;
	return mismatch(err, "signature");
}

/* R22: certificates as DER, keys as SubjectPublicKeyInfo: PEM has many
 * spellings. */
static enum wf_rc
check_verifier(const struct wf_json *j, const char *path, const struct wf_log_signed *w,
               struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf pem = WF_BUF_INIT(2 * WF_MAX_KEY_BYTES);
	WF_AUTO(wf_buf_free) struct wf_buf der = WF_BUF_INIT(WF_MAX_KEY_BYTES);
	WF_AUTO(wf_sigkey_freep) struct wf_sigkey *key = NULL;
	bool cert = w->certificate.len > 0;
	enum wf_rc rc;

	if ((rc = decode(j, path, &pem, err)))
		return rc;
	if (wf_x509_unpem(wf_buf_str(&pem), cert ? "CERTIFICATE" : "PUBLIC KEY", path,
	                  WF_R_LOG_PROOF_MISMATCH, &der, NULL))
		return mismatch(err, cert ? "kind of signer than a certificate"
		                          : "kind of signer than a key");
	if (cert)
		return wf_str_eq(wf_buf_str(&der), w->certificate)
		               ? WF_OK : mismatch(err, "certificate");
	if (wf_sigkey_load(wf_buf_str(&der), path, &key, NULL) ||
	    strcmp(wf_sigkey_id(key), wf_sigkey_id(w->key)) != 0)
		return mismatch(err, "key");
	return WF_OK;
}

static unsigned
bits_of(struct wf_str algorithm)
{
	return wf_str_eqz(algorithm, "sha256")   ? 256
	       : wf_str_eqz(algorithm, "sha384") ? 384
	       : wf_str_eqz(algorithm, "sha512") ? 512 : 0;
}

/* R23: {algorithm, value}.  known: the SHA-256, where the bytes are not. */
static enum wf_rc
check_hash(const struct wf_json *j, const char *path, const struct wf_str *bytes,
           const uint8_t *known, struct wf_err *err)
{
	const struct wf_json *hash = at(j, path);
	struct wf_str algorithm, value;
	uint8_t have[64];
	char hex[2 * 64 + 1];
	unsigned bits;

	if (!wf_json_str(wf_json_get(hash, "algorithm"), &algorithm) ||
	    !wf_json_str(wf_json_get(hash, "value"), &value))
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "log entry body: %s has no algorithm and value", path);
	bits = bits_of(algorithm);
	if (bits == 0 || (!bytes && bits != 256))
		return wf_err_set(err, WF_R_UNSUPPORTED_ALGORITHM,
		                  "log entry body: %s by \"%.*s\", expected %s", path, SHOW(algorithm),
		                  bytes ? "sha256, sha384 or sha512" : "sha256, the only digest known");
	if (bytes)
		wf_crypto_sha2(bits, bytes->p, bytes->len, have);
	else
		memcpy(have, known, 32);
	wf_enc_hex(have, bits / 8, hex);
	return wf_str_eqz(value, hex) ? WF_OK : mismatch(err, "digest");
}

static enum wf_rc
hashedrekord(const struct wf_json *spec, const struct wf_log_signed *w, struct wf_err *err)
{
	enum wf_rc rc;

	if ((rc = check_signature(spec, "signature.content", false, w, err)) ||
	    (rc = check_verifier(spec, "signature.publicKey.content", w, err)))
		return rc;
	return check_hash(spec, "data.hash", w->whole ? &w->message : NULL, w->sha256, err);
}

static enum wf_rc
rekord(const struct wf_json *spec, const struct wf_log_signed *w, struct wf_err *err)
{
	struct wf_str format;

	if (!wf_json_str(at(spec, "signature.format"), &format) || !wf_str_eqz(format, "x509"))
		return malformed(err, "signature.format, expected x509");
	return hashedrekord(spec, w, err);
}

static enum wf_rc
needs_envelope(const struct wf_log_signed *w, struct wf_err *err)
{
	return w->dsse ? WF_OK : mismatch(err, "form of signature, an envelope");
}

static enum wf_rc
dsse(const struct wf_json *spec, const struct wf_log_signed *w, struct wf_err *err)
{
	const struct wf_json *list = wf_json_get(spec, "signatures"), *sig = wf_json_at(list, 0);
	enum wf_rc rc;

	if ((rc = needs_envelope(w, err)))
		return rc;
	if (wf_json_len(list) != 1)
		return mismatch(err, "number of signatures than one");
	if ((rc = check_signature(sig, "signature", false, w, err)) ||
	    (rc = check_verifier(sig, "verifier", w, err)))
		return rc;
	return check_hash(spec, "payloadHash", &w->dsse->payload, NULL, err);
}

static enum wf_rc
intoto2(const struct wf_json *spec, const struct wf_log_signed *w, struct wf_err *err)
{
	const struct wf_json *list = at(spec, "content.envelope.signatures");
	const struct wf_json *sig = wf_json_at(list, 0);
	struct wf_str type;
	enum wf_rc rc;

	if ((rc = needs_envelope(w, err)))
		return rc;
	if (wf_json_len(list) != 1)
		return mismatch(err, "number of signatures than one");
	if ((rc = check_signature(sig, "sig", true, w, err)) ||
	    (rc = check_verifier(sig, "publicKey", w, err)))
		return rc;
	if (!wf_json_str(at(spec, "content.envelope.payloadType"), &type) ||
	    !wf_str_eq(type, w->dsse->payload_type))
		return mismatch(err, "payload type");
	return check_hash(spec, "content.payloadHash", &w->dsse->payload, NULL, err);
}

/* It names no signature: the hash of the whole envelope stands for it. */
static enum wf_rc
intoto1(const struct wf_json *spec, const struct wf_log_signed *w, struct wf_err *err)
{
	enum wf_rc rc;

	if (w->envelope.len == 0)
		return mismatch(err, "form of signature, an envelope");
	if ((rc = check_verifier(spec, "publicKey", w, err)))
		return rc;
	return check_hash(spec, "content.hash", &w->envelope, NULL, err);
}

static enum wf_rc
check_kind(const struct wf_logentry *e, struct wf_str kind, struct wf_str version,
           struct wf_err *err)
{
	if (e->legacy || (wf_str_eq(kind, e->kind) && wf_str_eq(version, e->version)))
		return WF_OK;
	return wf_err_set(err, WF_R_LOG_PROOF_MISMATCH,
	                  "the log entry says %.*s %.*s, its body %.*s %.*s", SHOW(e->kind),
	                  SHOW(e->version), SHOW(kind), SHOW(version));
}

enum wf_rc
wf_logbody_judge(const struct wf_logentry *e, const struct wf_log_signed *w, bool *v2,
                 struct wf_err *err)
{
	enum form { BOTH, BUNDLE, LEGACY };
	static const struct {
		const char *kind, *version;
		enum form form; /* where such entries were ever written */
		enum wf_rc (*check)(const struct wf_json *, const struct wf_log_signed *,
		                    struct wf_err *);
	} kinds[] = {
		{"hashedrekord", "0.0.1", BOTH, hashedrekord},
		{"dsse", "0.0.1", BOTH, dsse},
		{"intoto", "0.0.2", BOTH, intoto2},
		{"intoto", "0.0.1", LEGACY, intoto1},
		{"rekord", "0.0.1", LEGACY, rekord},
		{"hashedrekord", "0.0.2", BUNDLE, NULL}, /* Rekor v2: made anew and compared */
	};
	WF_AUTO(wf_json_freep) struct wf_json *body = NULL;
	struct wf_str kind, version;
	size_t i;
	enum wf_rc rc;

	if ((rc = wf_proto_parse(e->body, "log entry body", &body, err)))
		return rc;
	if (!wf_json_str(wf_json_get(body, "kind"), &kind) ||
	    !wf_json_str(wf_json_get(body, "apiVersion"), &version) ||
	    wf_json_kind(wf_json_get(body, "spec")) != WF_JSON_OBJECT)
		return malformed(err, "no kind, apiVersion and spec");
	for (i = 0; i < WF_COUNT(kinds); i++) {
		if (!wf_str_eqz(kind, kinds[i].kind) || !wf_str_eqz(version, kinds[i].version) ||
		    kinds[i].form == (e->legacy ? BUNDLE : LEGACY))
			continue;
		if ((rc = check_kind(e, kind, version, err)))
			return rc;
		rc = kinds[i].check ? kinds[i].check(wf_json_get(body, "spec"), w, err)
		                    : wf_logbody_v2(e, w, err);
		if (rc == WF_OK)
			*v2 = !kinds[i].check;
		return rc;
	}
	return wf_err_set(err, WF_R_UNSUPPORTED_VERSION,
	                  "log entry of kind %.*s %.*s%s", SHOW(kind), SHOW(version),
	                  e->legacy ? " in an annotation" : "");
}
