/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/logbody.c and logbody_v2.c: a body of each kind, written here from
 * Rekor's schemas, that names what was signed; then one change at a time.
 */
#include "trust/logbody.h"

#include <stdlib.h>

#include "base/enc.h"
#include "dep/crypto.h"
#include "dep/x509.h"
#include "tests/lib/sign.h"
#include "tests/lib/tap.h"

/* What was signed: a message, or an envelope around a payload. */
struct scene {
	struct sign_key *sign;
	struct wf_sigkey *key;
	struct wf_buf spki, cert, pem, cert_pem;
	struct wf_dsse dsse;
	struct wf_log_signed w;
};

static void
scene_init(struct scene *s, const char *kind)
{
	memset(s, 0, sizeof(*s));
	s->sign = sign_key_new(kind);
	s->spki = sign_public(s->sign, SIGN_DER);
	s->pem = sign_public(s->sign, SIGN_PEM);
	s->cert_pem = sign_public(s->sign, SIGN_CERT_PEM);
	s->cert.max = s->cert_pem.len;
	if (wf_x509_unpem(wf_buf_str(&s->cert_pem), "CERTIFICATE", kind, WF_R_CONFIG, &s->cert, NULL) ||
	    wf_sigkey_load(wf_buf_str(&s->spki), kind, &s->key, NULL))
		abort();
	s->dsse.payload_type = wf_str(WF_DSSE_IN_TOTO);
	s->dsse.payload = wf_str("the payload");
	s->w.key = s->key;
	s->w.sig = wf_str("a signature");
	s->w.whole = true;
	s->w.message = wf_str("the message");
	wf_crypto_sha256(s->w.message.p, s->w.message.len, s->w.sha256);
}

static void
scene_free(struct scene *s)
{
	sign_key_freep(&s->sign);
	wf_sigkey_free(s->key);
	wf_buf_free(&s->spki);
	wf_buf_free(&s->pem);
	wf_buf_free(&s->cert);
	wf_buf_free(&s->cert_pem);
}

static char *
hex_of(unsigned bits, const char *text)
{
	uint8_t hash[64];
	char hex[129];

	wf_crypto_sha2(bits, text, strlen(text), hash);
	wf_enc_hex(hash, bits / 8, hex);
	return wf_strdup(hex);
}

/* The body of a kind about the scene; caller frees. */
static struct wf_json *
body_of(const struct scene *s, const char *kind)
{
	WF_AUTO(wf_freep) char *sig = sign_base64(s->w.sig);
	WF_AUTO(wf_freep) char *sig2 = sign_base64(wf_str(sig));
	WF_AUTO(wf_freep) char *who = sign_base64(wf_buf_str(s->w.certificate.len ? &s->cert_pem : &s->pem));
	WF_AUTO(wf_freep) char *message = hex_of(256, "the message");
	WF_AUTO(wf_freep) char *payload = hex_of(256, "the payload");
	WF_AUTO(wf_freep) char *envelope = hex_of(256, "the envelope");
	WF_AUTO(wf_freep) char *text = NULL;

	if (strcmp(kind, "hashedrekord") == 0 || strcmp(kind, "rekord") == 0)
		text = wf_asprintf("{\"apiVersion\":\"0.0.1\",\"kind\":\"%s\",\"spec\":{\"data\":{\"hash\":"
		                   "{\"algorithm\":\"sha256\",\"value\":\"%s\"}},\"signature\":{\"content\":\"%s\","
		                   "%s\"publicKey\":{\"content\":\"%s\"}}}}", kind, message, sig,
		                   kind[0] == 'r' ? "\"format\":\"x509\"," : "", who);
	else if (strcmp(kind, "dsse") == 0)
		text = wf_asprintf("{\"apiVersion\":\"0.0.1\",\"kind\":\"dsse\",\"spec\":{\"envelopeHash\":"
		                   "{\"algorithm\":\"sha256\",\"value\":\"00\"},\"payloadHash\":{\"algorithm\":"
		                   "\"sha256\",\"value\":\"%s\"},\"signatures\":[{\"signature\":\"%s\","
		                   "\"verifier\":\"%s\"}]}}", payload, sig, who);
	else if (strcmp(kind, "intoto") == 0)
		text = wf_asprintf("{\"apiVersion\":\"0.0.2\",\"kind\":\"intoto\",\"spec\":{\"content\":{"
		                   "\"envelope\":{\"payloadType\":\"" WF_DSSE_IN_TOTO "\",\"signatures\":[{"
		                   "\"sig\":\"%s\",\"publicKey\":\"%s\"}]},\"payloadHash\":{\"algorithm\":"
		                   "\"sha256\",\"value\":\"%s\"}}}}", sig2, who, payload);
	else
		text = wf_asprintf("{\"apiVersion\":\"0.0.1\",\"kind\":\"intoto\",\"spec\":{\"content\":{"
		                   "\"hash\":{\"algorithm\":\"sha256\",\"value\":\"%s\"}},\"publicKey\":\"%s\"}}",
		                   envelope, who);
	return sign_json(text);
}

static enum wf_rc
judge_text(const struct scene *s, const char *kind, const char *version, bool legacy,
           const char *text, struct wf_err *err)
{
	struct wf_logentry e = {.kind = wf_str(kind), .version = wf_str(version),
	                        .body = wf_str(text), .legacy = legacy};
	bool v2 = false;
	enum wf_rc rc;

	wf_err_clear(err);
	rc = wf_logbody_judge(&e, &s->w, &v2, err);
	if (rc == WF_OK && v2 != (strcmp(kind, "hashedrekord") == 0 && strcmp(version, "0.0.2") == 0))
		return WF_E_BUG;
	return rc;
}

/* Judges the body of a kind with one member replaced by JSON text, or none. */
static void
expect(const struct scene *s, const char *kind, bool legacy, const char *path,
       const char *value, enum wf_reason want, const char *name)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = body_of(s, kind);
	WF_AUTO(wf_freep) char *text = NULL;
	struct wf_err err;

	if (path) {
		WF_AUTO(wf_freep) char *wrapped = wf_asprintf("[%s]", value ? value : "0");
		WF_AUTO(wf_json_freep) struct wf_json *list = sign_json(wrapped);

		sign_set(j, path, value ? wf_json_copy(wf_json_at(list, 0)) : NULL);
	}
	text = sign_text(j);
	ERR(judge_text(s, strcmp(kind, "intoto1") == 0 ? "intoto" : kind,
	               strcmp(kind, "intoto") == 0 ? "0.0.2" : "0.0.1", legacy, text, &err),
	    &err, want, name);
}

struct row {
	const char *name, *path, *value;
	enum wf_reason reason;
};

#define ZEROS "\"0000000000000000000000000000000000000000000000000000000000000000\""
#define MISMATCH WF_R_LOG_PROOF_MISMATCH
#define BROKEN WF_R_CANDIDATE_MALFORMED

static const struct row shared[] = {
	{"R20 another kind", "kind", "\"alpine\"", WF_R_UNSUPPORTED_VERSION},
	{"R20 another version", "apiVersion", "\"0.0.9\"", WF_R_UNSUPPORTED_VERSION},
	{"R20 no kind", "kind", NULL, BROKEN},
	{"R20 no spec", "spec", NULL, BROKEN},
	{"R20 spec that is null", "spec", "null", BROKEN},
};

static const struct row rekord[] = {
	{"R21 another signature", "spec.signature.content", "\"AAAA\"", MISMATCH},
	{"R21 an empty signature", "spec.signature.content", "\"\"", BROKEN},
	{"R21 no signature", "spec.signature.content", NULL, BROKEN},
	{"R21 not base64", "spec.signature.content", "\"AAA\"", BROKEN},
	{"R22 no key", "spec.signature.publicKey", NULL, BROKEN},
	{"R22 a key that is no PEM", "spec.signature.publicKey.content", "\"AAAA\"", MISMATCH},
	{"R23 another digest", "spec.data.hash.value", ZEROS, MISMATCH},
	{"R23 another algorithm", "spec.data.hash.algorithm", "\"sha512\"", MISMATCH},
	{"R23 an algorithm that is not served", "spec.data.hash.algorithm", "\"sha1\"",
	 WF_R_UNSUPPORTED_ALGORITHM},
	{"R23 no digest", "spec.data", NULL, BROKEN},
};

static const struct row dsse[] = {
	{"R21 another signature", "spec.signatures.0.signature", "\"AAAA\"", MISMATCH},
	{"R21 no signatures", "spec.signatures", "[]", MISMATCH},
	{"R21 signatures that are null", "spec.signatures", "null", MISMATCH},
	{"R21 two signatures", "spec.signatures", "[{},{}]", MISMATCH},
	{"R22 no key", "spec.signatures.0.verifier", NULL, BROKEN},
	{"R23 another payload", "spec.payloadHash.value", ZEROS, MISMATCH},
	{"R23 no payload", "spec.payloadHash", NULL, BROKEN},
	{"R23 the envelope's hash is not looked at", "spec.envelopeHash", NULL, WF_R_OK},
};

static const struct row intoto[] = {
	{"R21 another signature", "spec.content.envelope.signatures.0.sig", "\"AAAA\"", MISMATCH},
	{"R21 two signatures", "spec.content.envelope.signatures", "[{},{}]", MISMATCH},
	{"R22 no key", "spec.content.envelope.signatures.0.publicKey", NULL, BROKEN},
	{"R23 another payload", "spec.content.payloadHash.value", ZEROS, MISMATCH},
	{"R23 another payload type", "spec.content.envelope.payloadType", "\"text/plain\"", MISMATCH},
	{"R21 the signature wrapped once", "spec.content.envelope.signatures.0.sig",
	 "\"YSBzaWduYXR1cmU=\"", WF_R_OK},
};

static const struct row intoto1[] = {
	{"R22 no key", "spec.publicKey", NULL, BROKEN},
	{"R23 another envelope", "spec.content.hash.value", ZEROS, MISMATCH},
	{"R23 no envelope", "spec.content", NULL, BROKEN},
};

static void
run_rows(const struct scene *s, const char *kind, bool legacy, const struct row *r, size_t n)
{
	WF_AUTO(wf_freep) char *whole = wf_asprintf("R20 %s%s names what was signed", kind,
	                                            legacy ? ", legacy," : "");
	size_t i;

	expect(s, kind, legacy, NULL, NULL, WF_R_OK, whole);
	for (i = 0; i < n; i++) {
		WF_AUTO(wf_freep) char *name = wf_asprintf("%s: %s", kind, r[i].name);

		expect(s, kind, legacy, r[i].path, r[i].value, r[i].reason, name);
	}
	for (i = 0; i < WF_COUNT(shared); i++) {
		WF_AUTO(wf_freep) char *name = wf_asprintf("%s: %s", kind, shared[i].name);

		expect(s, kind, legacy, shared[i].path, shared[i].value, shared[i].reason, name);
	}
}

static void
kinds(struct scene *s)
{
	run_rows(s, "hashedrekord", false, rekord, WF_COUNT(rekord));
	run_rows(s, "hashedrekord", true, rekord, WF_COUNT(rekord));
	run_rows(s, "rekord", true, rekord, WF_COUNT(rekord));
	expect(s, "rekord", true, "spec.signature.format", "\"pgp\"", BROKEN, "rekord of another format");
	expect(s, "rekord", false, NULL, NULL, WF_R_UNSUPPORTED_VERSION, "R20 rekord in a bundle");
	expect(s, "dsse", false, NULL, NULL, MISMATCH, "R23 dsse about what is no envelope");
	expect(s, "intoto", false, NULL, NULL, MISMATCH, "R23 intoto about what is no envelope");
	expect(s, "intoto1", true, NULL, NULL, MISMATCH, "R23 intoto 0.0.1 about what is no envelope");
	s->w.dsse = &s->dsse;
	run_rows(s, "dsse", false, dsse, WF_COUNT(dsse));
	run_rows(s, "intoto", false, intoto, WF_COUNT(intoto));
	s->w.envelope = wf_str("the envelope");
	run_rows(s, "intoto1", true, intoto1, WF_COUNT(intoto1));
	expect(s, "intoto1", false, NULL, NULL, WF_R_UNSUPPORTED_VERSION, "R20 intoto 0.0.1 in a bundle");
	s->w.dsse = NULL;
	s->w.envelope = wf_str(NULL);
}

static void
signers(struct scene *s)
{
	struct scene other;
	WF_AUTO(wf_freep) char *other_key = NULL;
	WF_AUTO(wf_freep) char *own_cert = sign_base64(wf_buf_str(&s->cert_pem));
	WF_AUTO(wf_freep) char *own_key = sign_base64(wf_buf_str(&s->pem));
	WF_AUTO(wf_freep) char *quoted_cert = wf_asprintf("\"%s\"", own_cert);
	WF_AUTO(wf_freep) char *quoted_key = wf_asprintf("\"%s\"", own_key);
	WF_AUTO(wf_freep) char *two = wf_asprintf("%s%s", s->cert_pem.p, s->cert_pem.p);
	WF_AUTO(wf_freep) char *two64 = sign_base64(wf_str(two));
	WF_AUTO(wf_freep) char *quoted_two = wf_asprintf("\"%s\"", two64);
	static const char path[] = "spec.signature.publicKey.content";

	scene_init(&other, "p256");
	{
		WF_AUTO(wf_freep) char *b64 = sign_base64(wf_buf_str(&other.pem));
		WF_AUTO(wf_freep) char *cert64 = sign_base64(wf_buf_str(&other.cert_pem));
		WF_AUTO(wf_freep) char *cert = wf_asprintf("\"%s\"", cert64);

		other_key = wf_asprintf("\"%s\"", b64);
		expect(s, "hashedrekord", false, path, other_key, MISMATCH, "R22 another key");
		expect(s, "hashedrekord", false, path, quoted_cert, MISMATCH,
		       "R22 a certificate of the same key, where a key signed");
		s->w.certificate = wf_buf_str(&s->cert);
		expect(s, "hashedrekord", false, NULL, NULL, WF_R_OK, "R22 the certificate");
		expect(s, "hashedrekord", false, path, cert, MISMATCH, "R22 another certificate");
	}
	expect(s, "hashedrekord", false, path, quoted_key, MISMATCH,
	       "R22 the key alone, where a certificate signed");
	expect(s, "hashedrekord", false, path, quoted_two, MISMATCH, "R22 two certificates");
	s->w.certificate = wf_str(NULL);
	scene_free(&other);
}

static void
digests(struct scene *s)
{
	WF_AUTO(wf_freep) char *h384 = hex_of(384, "the message");
	WF_AUTO(wf_freep) char *hash = wf_asprintf("{\"algorithm\":\"sha384\",\"value\":\"%s\"}", h384);
	WF_AUTO(wf_freep) char *h256 = hex_of(256, "the message");
	WF_AUTO(wf_freep) char *upper = wf_asprintf("\"%s\"", h256);
	char *p;

	for (p = upper; *p; p++)
		if (*p >= 'a' && *p <= 'f')
			*p = (char)(*p - 'a' + 'A');
	expect(s, "hashedrekord", false, "spec.data.hash", hash, WF_R_OK, "R23 by SHA-384");
	expect(s, "hashedrekord", false, "spec.data.hash.value", upper, MISMATCH, "R23 in capitals");
	s->w.whole = false;
	s->w.message = wf_str(NULL);
	expect(s, "hashedrekord", false, NULL, NULL, WF_R_OK, "R23 only the SHA-256 is known");
	expect(s, "hashedrekord", false, "spec.data.hash", hash, WF_R_UNSUPPORTED_ALGORITHM,
	       "R23 SHA-384 cannot be compared then");
	s->w.sha256[0] ^= 1;
	expect(s, "hashedrekord", false, NULL, NULL, MISMATCH, "R23 the SHA-256 of something else");
	s->w.sha256[0] ^= 1;
	s->w.whole = true;
	s->w.message = wf_str("the message");
	s->w.sig = wf_str(NULL);
	expect(s, "hashedrekord", false, "spec.signature.content", "\"\"", BROKEN,
	       "R21 no signature equals no signature");
	s->w.sig = wf_str("a signature");
}

/* Rekor v2's body about the scene, from rekor-tiles' hashedrekord.proto. */
static char *
v2_body(const struct scene *s, const char *details, const char *algorithm, unsigned bits)
{
	uint8_t hash[64];
	WF_AUTO(wf_freep) char *digest = NULL;
	WF_AUTO(wf_freep) char *sig = sign_base64(s->w.sig);
	WF_AUTO(wf_freep) char *raw = sign_base64(wf_buf_str(s->w.certificate.len ? &s->cert : &s->spki));

	wf_crypto_sha2(bits, "the message", 11, hash);
	digest = sign_base64((struct wf_str){(const char *)hash, bits / 8});
	return wf_asprintf("{\"apiVersion\":\"0.0.2\",\"kind\":\"hashedrekord\",\"spec\":{\"hashedRekordV002\":{"
	                   "\"data\":{\"algorithm\":\"%s\",\"digest\":\"%s\"},\"signature\":{\"content\":\"%s\","
	                   "\"verifier\":{\"keyDetails\":\"%s\",\"%s\":{\"rawBytes\":\"%s\"}}}}}}",
	                   algorithm, digest, sig, details,
	                   s->w.certificate.len ? "x509Certificate" : "publicKey", raw);
}

static void
second_generation(void)
{
	static const struct {
		const char *key, *details, *algorithm;
		unsigned bits;
		enum wf_reason reason;
	} rows[] = {
		{"p256", "PKIX_ECDSA_P256_SHA_256", "SHA2_256", 256, WF_R_OK},
		{"p384", "PKIX_ECDSA_P384_SHA_384", "SHA2_384", 384, WF_R_OK},
		{"p384", "PKIX_ECDSA_P384_SHA_256", "SHA2_256", 256, WF_R_OK},
		{"p521", "PKIX_ECDSA_P521_SHA_512", "SHA2_512", 512, WF_R_OK},
		{"rsa2048", "PKIX_RSA_PKCS1V15_2048_SHA256", "SHA2_256", 256, WF_R_OK},
		{"rsa3072", "PKIX_RSA_PKCS1V15_3072_SHA256", "SHA2_256", 256, WF_R_OK},
		{"ed25519", "PKIX_ED25519_PH", "SHA2_512", 512, WF_R_OK},
		{"p256", "PKIX_ECDSA_P384_SHA_384", "SHA2_384", 384, MISMATCH},
		{"p256", "PKIX_ECDSA_P256_SHA_256", "SHA2_512", 512, MISMATCH},
		{"ed25519", "PKIX_ED25519", "SHA2_512", 512, MISMATCH},
		{"rsa2048", "PKIX_RSA_PSS_2048_SHA256", "SHA2_256", 256, MISMATCH},
	};
	struct wf_err err;
	size_t i, certified;

	for (i = 0; i < WF_COUNT(rows); i++) {
		for (certified = 0; certified < 2; certified++) {
			struct scene s;
			WF_AUTO(wf_freep) char *name = wf_asprintf("R24 %s as %s by %s", rows[i].key,
			                                           rows[i].details, rows[i].algorithm);

			scene_init(&s, rows[i].key);
			if (certified)
				s.w.certificate = wf_buf_str(&s.cert);
			WF_AUTO(wf_freep) char *text = v2_body(&s, rows[i].details, rows[i].algorithm, rows[i].bits);
			ERR(judge_text(&s, "hashedrekord", "0.0.2", false, text, &err), &err,
			    rows[i].reason, name);
			scene_free(&s);
		}
	}
}

static void
canonical(struct scene *s)
{
	WF_AUTO(wf_freep) char *good = v2_body(s, "PKIX_ECDSA_P256_SHA_256", "SHA2_256", 256);
	WF_AUTO(wf_freep) char *spaced = wf_asprintf("{ %s", good + 1);
	WF_AUTO(wf_freep) char *tail = wf_asprintf("%s\n", good);
	WF_AUTO(wf_freep) char *kind = wf_strdup(good);
	struct wf_err err;

	ERR(judge_text(s, "hashedrekord", "0.0.2", false, good, &err), &err, WF_R_OK, "R24 byte for byte");
	ERR(judge_text(s, "hashedrekord", "0.0.2", false, spaced, &err), &err, MISMATCH, "R24 a space");
	ERR(judge_text(s, "hashedrekord", "0.0.2", false, tail, &err), &err, MISMATCH, "R24 a newline at the end");
	ERR(judge_text(s, "hashedrekord", "0.0.1", false, good, &err), &err, MISMATCH,
	    "R20 the entry says another version");
	ERR(judge_text(s, "hashedrekord", "0.0.2", true, good, &err), &err, WF_R_UNSUPPORTED_VERSION,
	    "R24 in a legacy annotation");
	memcpy(strstr(kind, "0.0.2"), "0.0.3", 5);
	ERR(judge_text(s, "hashedrekord", "0.0.3", false, kind, &err), &err, WF_R_UNSUPPORTED_VERSION,
	    "R24 of version 0.0.3");
	s->w.whole = false;
	ERR(judge_text(s, "hashedrekord", "0.0.2", false, good, &err), &err, WF_R_OK, "R24 from the digest alone");
	s->w.whole = true;
	s->w.sig = wf_str("another one");
	ERR(judge_text(s, "hashedrekord", "0.0.2", false, good, &err), &err, MISMATCH, "R21 another signature");
	s->w.sig = wf_str("a signature");
	s->w.message = wf_str("the Message");
	ERR(judge_text(s, "hashedrekord", "0.0.2", false, good, &err), &err, MISMATCH, "R23 another message");
	s->w.message = wf_str("the message");
	ERR(judge_text(s, "hashedrekord", "0.0.1", false, "{\"kind\":1}", &err), &err, BROKEN, "R20 kind 1");
	ERR(judge_text(s, "hashedrekord", "0.0.1", false, "[]", &err), &err, BROKEN, "R20 an array");
	ERR(judge_text(s, "hashedrekord", "0.0.1", false, "{\"kind\":\"hashedrekord\",\"kind\":\"x\"}", &err),
	    &err, BROKEN, "R20 a member twice");
}

int
main(void)
{
	struct scene s;

	scene_init(&s, "p256");
	kinds(&s);
	signers(&s);
	digests(&s);
	canonical(&s);
	scene_free(&s);
	second_generation();
	return tap_done();
}
