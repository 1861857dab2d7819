/* SPDX-License-Identifier: Apache-2.0
 *
 * Signer for tests.  Must never be linked into the program.
 */
#include "tests/lib/sign.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/limits.h"
#include "dep/crypto.h"

struct sign_key {
	EVP_PKEY *pkey;
};

static void
must(bool ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "sign: %s failed\n", what);
	abort();
}

struct sign_key *
sign_key_new(const char *kind)
{
	static const struct {
		const char *kind, *curve;
	} curves[] = {{"p256", "P-256"}, {"p384", "P-384"}, {"p521", "P-521"}, {"k1", "secp256k1"}};
	struct sign_key *k;
	char path[64];
	size_t i;

	if (strncmp(kind, "rsa", 3) == 0) {
		(void)snprintf(path, sizeof(path), "tests/data/keys/%s.pem", kind);
		return sign_key_read(path);
	}
	k = wf_calloc(1, sizeof(*k));
	for (i = 0; i < WF_COUNT(curves); i++)
		if (strcmp(kind, curves[i].kind) == 0)
			k->pkey = EVP_EC_gen(curves[i].curve);
	if (strcmp(kind, "ed25519") == 0)
		k->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	must(k->pkey != NULL, kind);
	return k;
}

struct sign_key *
sign_key_read(const char *path)
{
	struct sign_key *k = wf_calloc(1, sizeof(*k));
	BIO *b = BIO_new_file(path, "r");

	must(b != NULL, path);
	k->pkey = PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
	BIO_free(b);
	must(k->pkey != NULL, path);
	return k;
}

void
sign_key_freep(struct sign_key **k)
{
	if (!*k)
		return;
	EVP_PKEY_free((*k)->pkey);
	free(*k);
	*k = NULL;
}

static X509 *
certificate(const struct sign_key *k)
{
	X509 *x = X509_new();
	const EVP_MD *md = EVP_PKEY_is_a(k->pkey, "ED25519") ? NULL : EVP_sha256();

	must(x && ASN1_INTEGER_set(X509_get_serialNumber(x), 1) == 1 &&
	             X509_gmtime_adj(X509_getm_notBefore(x), 0) &&
	             X509_gmtime_adj(X509_getm_notAfter(x), 60) &&
	             X509_set_pubkey(x, k->pkey) == 1 && X509_sign(x, k->pkey, md) > 0,
	     "certificate");
	return x;
}

struct wf_buf
sign_public(const struct sign_key *k, enum sign_format f)
{
	struct wf_buf out = WF_BUF_INIT(WF_MIB);
	BIO *b = BIO_new(BIO_s_mem());
	X509 *x = f == SIGN_CERT_PEM || f == SIGN_CERT_DER ? certificate(k) : NULL;
	char *p = NULL;
	long n;
	int ok = 0;

	must(b != NULL, "bio");
	switch (f) {
	case SIGN_PEM:
		ok = PEM_write_bio_PUBKEY(b, k->pkey);
		break;
	case SIGN_DER:
		ok = i2d_PUBKEY_bio(b, k->pkey);
		break;
	case SIGN_CERT_PEM:
		ok = PEM_write_bio_X509(b, x);
		break;
	case SIGN_CERT_DER:
		ok = i2d_X509_bio(b, x);
		break;
	case SIGN_PRIVATE_PEM:
		ok = PEM_write_bio_PrivateKey(b, k->pkey, NULL, NULL, 0, NULL, NULL);
		break;
	}
	must(ok == 1, "writing a key");
	n = BIO_get_mem_data(b, &p);
	must(wf_buf_add(&out, p, (size_t)n, NULL) == WF_OK, "buffer");
	BIO_free(b);
	X509_free(x);
	return out;
}

const char *
sign_id(const struct sign_key *k)
{
	static char id[72];
	WF_AUTO(wf_buf_free) struct wf_buf der = sign_public(k, SIGN_DER);
	uint8_t h[32];

	wf_crypto_sha256(der.p, der.len, h);
	memcpy(id, "sha256:", 7);
	wf_enc_hex(h, 32, id + 7);
	return id;
}

static const char *
own_hash(const struct sign_key *k)
{
	char group[32] = "";
	size_t n;

	if (EVP_PKEY_is_a(k->pkey, "ED25519"))
		return NULL;
	if (EVP_PKEY_is_a(k->pkey, "EC"))
		must(EVP_PKEY_get_group_name(k->pkey, group, sizeof(group), &n) == 1, "group");
	return strcmp(group, "secp384r1") == 0 ? "SHA384" : strcmp(group, "secp521r1") == 0 ? "SHA512" : "SHA256";
}

struct wf_buf
sign_bytes(const struct sign_key *k, const char *hash, struct wf_str msg)
{
	struct wf_buf out = WF_BUF_INIT(WF_MIB);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	unsigned char sig[2048];
	size_t n = sizeof(sig);

	must(c && EVP_DigestSignInit_ex(c, NULL, hash ? hash : own_hash(k), NULL, NULL,
	                                k->pkey, NULL) == 1 &&
	             EVP_DigestSign(c, sig, &n, (const unsigned char *)msg.p, msg.len) == 1,
	     "signing");
	EVP_MD_CTX_free(c);
	must(wf_buf_add(&out, sig, n, NULL) == WF_OK, "buffer");
	return out;
}

char *
sign_base64(struct wf_str s)
{
	struct wf_buf b = WF_BUF_INIT(s.len * 2 + 8);

	must(wf_enc_base64(s, &b, NULL) == WF_OK, "base64");
	return wf_buf_steal(&b);
}

char *
sign_payload(const char *digest, const char *optional)
{
	return wf_asprintf("{\"critical\":{\"identity\":{\"docker-reference\":\"localhost:5000/fn\"},"
	                   "\"image\":{\"docker-manifest-digest\":\"%s\"},"
	                   "\"type\":\"cosign container image signature\"},\"optional\":%s}",
	                   digest, optional ? optional : "null");
}

char *
sign_statement(const char *digest, const char *annotations)
{
	return wf_asprintf("{\"_type\":\"https://in-toto.io/Statement/v1\",\"subject\":[{\"digest\":"
	                   "{\"sha256\":\"%s\"},\"annotations\":%s}],"
	                   "\"predicateType\":\"https://sigstore.dev/cosign/sign/v1\",\"predicate\":{}}",
	                   strncmp(digest, "sha256:", 7) == 0 ? digest + 7 : digest,
	                   annotations ? annotations : "{}");
}

struct wf_json *
sign_json(const char *text)
{
	WF_AUTO(wf_json_freep) struct wf_json *list = NULL;
	WF_AUTO(wf_freep) char *in = wf_asprintf("[%s]", text); /* a document is no bare string */

	must(wf_json_parse(wf_str(in), "test", &list, NULL) == WF_OK, text);
	return wf_json_copy(wf_json_at(list, 0));
}

char *
sign_text(const struct wf_json *j)
{
	struct wf_buf b = WF_BUF_INIT(64 * WF_MIB);

	must(wf_json_dump(j, WF_JSON_COMPACT, &b, NULL) == WF_OK, "dump");
	return wf_buf_steal(&b);
}

static struct wf_json *
bundle(const struct sign_key *k)
{
	WF_AUTO(wf_buf_free) struct wf_buf der = sign_public(k, SIGN_DER);
	uint8_t h[32];
	WF_AUTO(wf_freep) char *hint = NULL;
	WF_AUTO(wf_freep) char *text = NULL;

	wf_crypto_sha256(der.p, der.len, h);
	hint = sign_base64((struct wf_str){(const char *)h, 32});
	text = wf_asprintf("{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\","
	                   "\"verificationMaterial\":{\"publicKey\":{\"hint\":\"%s\"}}}", hint);
	return sign_json(text);
}

struct wf_json *
sign_dsse(const struct sign_key *k, const char *hash, const char *statement)
{
	struct wf_json *b = bundle(k);
	WF_AUTO(wf_freep) char *pae = wf_asprintf("DSSEv1 28 application/vnd.in-toto+json %zu %s",
	                                          strlen(statement), statement);
	WF_AUTO(wf_buf_free) struct wf_buf sig = sign_bytes(k, hash, wf_str(pae));
	WF_AUTO(wf_freep) char *sig64 = sign_base64(wf_buf_str(&sig));
	WF_AUTO(wf_freep) char *payload = sign_base64(wf_str(statement));
	WF_AUTO(wf_freep) char *text =
		wf_asprintf("{\"payload\":\"%s\",\"payloadType\":\"application/vnd.in-toto+json\","
	                    "\"signatures\":[{\"sig\":\"%s\"}]}", payload, sig64);

	wf_json_set(b, "dsseEnvelope", sign_json(text));
	return b;
}

struct wf_json *
sign_message(const struct sign_key *k, const char *hash, struct wf_str msg)
{
	struct wf_json *b = bundle(k);
	WF_AUTO(wf_buf_free) struct wf_buf sig = sign_bytes(k, hash, msg);
	WF_AUTO(wf_freep) char *sig64 = sign_base64(wf_buf_str(&sig));
	WF_AUTO(wf_freep) char *digest = NULL;
	WF_AUTO(wf_freep) char *text = NULL;
	uint8_t h[32];

	wf_crypto_sha256(msg.p, msg.len, h);
	digest = sign_base64((struct wf_str){(const char *)h, 32});
	text = wf_asprintf("{\"messageDigest\":{\"algorithm\":\"SHA2_256\",\"digest\":\"%s\"},"
	                   "\"signature\":\"%s\"}", digest, sig64);
	wf_json_set(b, "messageSignature", sign_json(text));
	return b;
}

/* Rebuilds the value with the member changed: the JSON door has no pointers
 * into a document that may be written to. */
static struct wf_json *
changed(const struct wf_json *j, const char *path, struct wf_json *value)
{
	const char *dot = strchr(path, '.');
	size_t n = dot ? (size_t)(dot - path) : strlen(path), i;
	WF_AUTO(wf_freep) char *name = wf_strndup(path, n);
	struct wf_json *copy;

	if (wf_json_kind(j) == WF_JSON_ARRAY) {
		copy = wf_json_array();
		for (i = 0; i < wf_json_len(j); i++) {
			if (i != (size_t)atoi(name))
				wf_json_push(copy, wf_json_copy(wf_json_at(j, i)));
			else if (dot)
				wf_json_push(copy, changed(wf_json_at(j, i), dot + 1, value));
			else if (value)
				wf_json_push(copy, value);
		}
		return copy;
	}
	copy = wf_json_copy(j);
	if (dot)
		wf_json_set(copy, name, changed(wf_json_get(j, name), dot + 1, value));
	else if (value)
		wf_json_set(copy, name, value);
	else
		wf_json_del(copy, name);
	return copy;
}

void
sign_set(struct wf_json *root, const char *path, struct wf_json *value)
{
	const char *dot = strchr(path, '.');
	WF_AUTO(wf_freep) char *name = wf_strndup(path, dot ? (size_t)(dot - path) : strlen(path));

	if (dot)
		wf_json_set(root, name, changed(wf_json_get(root, name), dot + 1, value));
	else if (value)
		wf_json_set(root, name, value);
	else
		wf_json_del(root, name);
}

void
sign_rule_init(struct sign_rule *r, const struct sign_key *const *keys, size_t n)
{
	size_t i;

	memset(r, 0, sizeof(*r));
	must(n <= WF_COUNT(r->key), "number of keys");
	for (i = 0; i < n; i++) {
		r->bytes[i] = sign_public(keys[i], SIGN_PEM);
		r->key[i].path = i ? "other.pub" : "release.pub";
		r->key[i].bytes = wf_buf_str(&r->bytes[i]);
	}
	r->authority.name = "release-key";
	r->authority.keys = r->key;
	r->authority.nkeys = n;
	r->rule.require = WF_REQUIRE_ANY;
	r->rule.formats = WF_FORMAT_BUNDLE | WF_FORMAT_LEGACY;
	r->rule.authorities = &r->authority;
	r->rule.nauthorities = 1;
}

void
sign_rule_free(struct sign_rule *r)
{
	size_t i;

	for (i = 0; i < WF_COUNT(r->bytes); i++)
		wf_buf_free(&r->bytes[i]);
}
