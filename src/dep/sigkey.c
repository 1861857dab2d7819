/* SPDX-License-Identifier: Apache-2.0
 *
 * Public keys and signatures through EVP.  Must never take anything but the
 * result 1 for a good signature (EVP_DigestVerify returns -1 for some bad
 * ones), and never choose an algorithm by anything but the key.
 */
#include "dep/sigkey.h"

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/limits.h"
#include "base/mem.h"
#include "dep/crypto.h"
#include "dep/crypto_ctx.h"
#include "dep/sigkey_raw.h"

enum family { ECDSA, RSA_PKCS1, ED25519 };

/* A key decoded when it is first used: of a trusted root few keys are. */
struct slot {
	EVP_PKEY *pkey;
	unsigned char der[128]; /* n bytes; n == 0: decoded already, or no key */
	size_t n;
};

struct wf_sigkey {
	struct slot *slot;
	enum family family;
	const char *hash;   /* the key's own; NULL: the scheme has none */
	bool also_sha256;   /* P-384, P-521 */
	char algorithm[16];
	char how_own[32], how_sha256[32];
	char id[WF_SIGKEY_ID_TEXT];
};

/* What a key file came to; of a SubjectPublicKeyInfo its length and hash. */
struct found {
	EVP_PKEY *pkey;
	size_t spki_len;
	uint8_t spki_hash[WF_SHA256_BYTES];
};

static void
bio_freep(BIO **b)
{
	BIO_free(*b);
}

static void
x509_freep(X509 **x)
{
	X509_free(*x);
}

static void
openssl_freep(void *pp)
{
	OPENSSL_free(*(void **)pp);
}

static void
md_ctx_freep(EVP_MD_CTX **c)
{
	EVP_MD_CTX_free(*c);
}

static void
pkey_ctx_freep(EVP_PKEY_CTX **c)
{
	EVP_PKEY_CTX_free(*c);
}

static struct wf_str
trim(struct wf_str s)
{
	static const char space[] = " \t\r\n";

	while (s.len && memchr(space, s.p[0], sizeof(space) - 1)) {
		s.p++;
		s.len--;
	}
	while (s.len && memchr(space, s.p[s.len - 1], sizeof(space) - 1))
		s.len--;
	return s;
}

/* SubjectPublicKeyInfo, all of it. */
static void
spki_key(const unsigned char *der, size_t n, struct found *out)
{
	const unsigned char *p = der;
	EVP_PKEY *k = d2i_PUBKEY_ex(NULL, &p, (long)n, wf_crypto_ctx(), NULL);

	if (k && p != der + n) {
		EVP_PKEY_free(k);
		return;
	}
	out->pkey = k;
	out->spki_len = n;
	wf_crypto_sha256(der, n, out->spki_hash);
}

static EVP_PKEY *
certificate_key(const unsigned char *der, size_t n)
{
	WF_AUTO(x509_freep) X509 *x = X509_new_ex(wf_crypto_ctx(), NULL);
	const unsigned char *p = der;

	if (!x || !d2i_X509(&x, &p, (long)n) || p != der + n)
		return NULL;
	return X509_get_pubkey(x);
}

static const struct curve {
	const char *group, *word, *hash, *hash_word;
} curves[] = {
	{"prime256v1", "ecdsa-p256", "SHA256", "sha256"},
	{"secp384r1", "ecdsa-p384", "SHA384", "sha384"},
	{"secp521r1", "ecdsa-p521", "SHA512", "sha512"},
};

/* SubjectPublicKeyInfo up to the point, for the forms with one length. */
static const struct {
	const struct curve *curve; /* NULL: Ed25519 */
	size_t len;
	struct wf_str head;
} plain[] = {
	{&curves[0], 91, {"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a"
	                  "\x86\x48\xce\x3d\x03\x01\x07\x03\x42\x00\x04", 27}},
	{&curves[1], 120, {"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b"
	                   "\x81\x04\x00\x22\x03\x62\x00\x04", 24}},
	{NULL, 44, {"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", 12}},
};

/* The generic decoder tries every format there is, which costs more than the
 * arithmetic.  That the point is on its curve is checked as there. */
static EVP_PKEY *
plain_key(const unsigned char *der, size_t n)
{
	WF_AUTO(pkey_ctx_freep) EVP_PKEY_CTX *ctx = NULL;
	OSSL_PARAM params[3];
	EVP_PKEY *k = NULL;
	char group[16];
	size_t i = 0, head;

	while (i < WF_COUNT(plain) && plain[i].len != n)
		i++;
	if (i == WF_COUNT(plain))
		return NULL;
	if (!plain[i].curve)
		return EVP_PKEY_new_raw_public_key_ex(wf_crypto_ctx(), "ED25519", NULL,
		                                      der + plain[i].head.len, n - plain[i].head.len);
	head = plain[i].head.len - 1; /* its last byte belongs to the point */
	(void)snprintf(group, sizeof(group), "%s", plain[i].curve->group);
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
	                                              (void *)(uintptr_t)(der + head), n - head);
	params[2] = OSSL_PARAM_construct_end();
	ctx = EVP_PKEY_CTX_new_from_name(wf_crypto_ctx(), "EC", NULL);
	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &k, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	return k;
}

/* NULL: the bytes were no key after all. */
static EVP_PKEY *
pkey_of(const struct wf_sigkey *k)
{
	struct slot *s = k->slot;

	if (s->n) {
		s->pkey = plain_key(s->der, s->n);
		ERR_clear_error();
		s->n = 0;
	}
	return s->pkey;
}

static size_t
count(struct wf_str s, const char *word)
{
	size_t n = strlen(word), i, hits = 0;

	for (i = 0; i + n <= s.len; i++)
		hits += memcmp(s.p + i, word, n) == 0;
	return hits;
}

static enum wf_rc
from_pem(struct wf_str s, const char *name, struct found *out, struct wf_err *err)
{
	WF_AUTO(bio_freep) BIO *bio = BIO_new_mem_buf(s.p, (int)s.len);
	WF_AUTO(openssl_freep) char *type = NULL;
	WF_AUTO(openssl_freep) char *header = NULL;
	WF_AUTO(openssl_freep) unsigned char *der = NULL;
	long n = 0;
	char *rest = NULL;

	if (count(s, "-----BEGIN ") != 1)
		return wf_err_set(err, WF_R_CONFIG,
		                  "%s: more than one PEM block, expected one public key",
		                  name);
	if (!bio || !PEM_read_bio(bio, &type, &header, &der, &n))
		return wf_err_set(err, WF_R_CONFIG, "%s: broken PEM", name);
	if (BIO_get_mem_data(bio, &rest) != 0)
		return wf_err_set(err, WF_R_CONFIG,
		                  "%s: text after the PEM block", name);
	if (strstr(type, "PRIVATE KEY")) {
		wf_err_set(err, WF_R_CONFIG,
		           "%s: a private key (%s), expected a public one", name, type);
		return wf_err_hint(err, "Give the public half, usually the file that ends in .pub.");
	}
	if (strcmp(type, "PUBLIC KEY") == 0)
		spki_key(der, (size_t)n, out);
	else if (strcmp(type, "CERTIFICATE") == 0)
		out->pkey = certificate_key(der, (size_t)n);
	else
		return wf_err_set(err, WF_R_CONFIG,
		                  "%s: PEM block \"%s\", expected PUBLIC KEY or CERTIFICATE",
		                  name, type);
	if (!out->pkey)
		return wf_err_set(err, WF_R_CONFIG, "%s: not a public key that libcrypto reads",
		                  name);
	return WF_OK;
}

static enum wf_rc
read_key(struct wf_str bytes, const char *name, struct found *out, struct wf_err *err)
{
	struct wf_str s = trim(bytes);
	const unsigned char *der = (const unsigned char *)bytes.p;

	if (bytes.len > WF_MAX_KEY_BYTES)
		return wf_err_set(err, WF_R_CONFIG, "%s: %zu bytes are more than a key has (%u)",
		                  name, bytes.len, WF_MAX_KEY_BYTES);
	if (s.len == 0)
		return wf_err_set(err, WF_R_CONFIG, "%s: empty, expected a public key", name);
	if (wf_str_starts(s, "-----BEGIN "))
		return from_pem(s, name, out, err);
	spki_key(der, bytes.len, out);
	if (!out->pkey)
		out->pkey = certificate_key(der, bytes.len);
	if (!out->pkey)
		return wf_err_set(err, WF_R_CONFIG,
		                  "%s: neither a public key nor a certificate (PEM or DER)",
		                  name);
	return WF_OK;
}

static void
set_curve(struct wf_sigkey *k, const struct curve *c)
{
	k->family = ECDSA;
	k->hash = c->hash;
	k->also_sha256 = strcmp(k->hash, "SHA256") != 0;
	(void)snprintf(k->algorithm, sizeof(k->algorithm), "%s", c->word);
	(void)snprintf(k->how_own, sizeof(k->how_own), "%s-%s", c->word, c->hash_word);
	(void)snprintf(k->how_sha256, sizeof(k->how_sha256), "%s-sha256", c->word);
}

static void
set_ed25519(struct wf_sigkey *k)
{
	k->family = ED25519;
	memcpy(k->algorithm, "ed25519", 8);
	memcpy(k->how_own, "ed25519", 8);
}

static enum wf_rc
set_ec(struct wf_sigkey *k, const char *name, struct wf_err *err)
{
	EVP_PKEY *pkey = k->slot->pkey;
	char group[64] = "", encoding[32] = "";
	size_t i, n;

	if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_EC_ENCODING,
	                                   encoding, sizeof(encoding), &n) != 1 ||
	    strcmp(encoding, OSSL_PKEY_EC_ENCODING_GROUP) != 0)
		return wf_err_set(err, WF_R_CONFIG,
		                  "%s: the curve is given by parameters, expected a named one",
		                  name);
	if (EVP_PKEY_get_group_name(pkey, group, sizeof(group), &n) != 1)
		group[0] = '\0';
	/* a key's id must not depend on how its point is written */
	if (EVP_PKEY_set_utf8_string_param(pkey,
	                                   OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
	                                   OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) != 1)
		return wf_err_set(err, WF_R_CONFIG, "%s: not a usable EC key", name);
	for (i = 0; i < WF_COUNT(curves); i++) {
		if (strcmp(group, curves[i].group) != 0)
			continue;
		set_curve(k, &curves[i]);
		return WF_OK;
	}
	return wf_err_set(err, WF_R_CONFIG,
	                  "%s: curve %s, expected P-256, P-384 or P-521", name, group);
}

static enum wf_rc
set_rsa(struct wf_sigkey *k, const char *name, struct wf_err *err)
{
	int bits = EVP_PKEY_get_bits(k->slot->pkey);

	k->family = RSA_PKCS1;
	if (bits < (int)WF_MIN_RSA_BITS || bits > (int)WF_MAX_RSA_BITS)
		return wf_err_set(err, WF_R_CONFIG,
		                  "%s: RSA key of %d bits, expected %u to %u", name, bits,
		                  WF_MIN_RSA_BITS, WF_MAX_RSA_BITS);
	k->hash = "SHA256";
	(void)snprintf(k->algorithm, sizeof(k->algorithm), "rsa-%d", bits);
	(void)snprintf(k->how_own, sizeof(k->how_own), "rsa-%d-pkcs1-sha256", bits);
	return WF_OK;
}

/* Named curve with an uncompressed point, and Ed25519: one length each.  Others
 * are written anew, which costs more than checking a signature. */
static bool
is_canonical(const struct wf_sigkey *k, size_t spki_len)
{
	static const struct {
		const char *algorithm;
		size_t len;
	} known[] = {{"ecdsa-p256", 91}, {"ecdsa-p384", 120}, {"ecdsa-p521", 158}, {"ed25519", 44}};
	size_t i;

	for (i = 0; i < WF_COUNT(known); i++)
		if (strcmp(k->algorithm, known[i].algorithm) == 0)
			return spki_len == known[i].len;
	return false;
}

static enum wf_rc
set_id(struct wf_sigkey *k, struct found *f, const char *name, struct wf_err *err)
{
	WF_AUTO(openssl_freep) unsigned char *der = NULL;
	int n;

	if (!is_canonical(k, f->spki_len)) {
		if ((n = i2d_PUBKEY(k->slot->pkey, &der)) <= 0)
			return wf_err_set(err, WF_R_CONFIG, "%s: the key has no DER form", name);
		wf_crypto_sha256(der, (size_t)n, f->spki_hash);
	}
	memcpy(k->id, "sha256:", 7);
	wf_enc_hex(f->spki_hash, sizeof(f->spki_hash), k->id + 7);
	return WF_OK;
}

static struct wf_sigkey *
new_key(EVP_PKEY *pkey)
{
	struct wf_sigkey *k = wf_calloc(1, sizeof(*k));

	k->slot = wf_calloc(1, sizeof(*k->slot));
	k->slot->pkey = pkey;
	return k;
}

/* Takes over found->pkey. */
static enum wf_rc
from_found(struct found *found, const char *name, struct wf_sigkey **out, struct wf_err *err)
{
	WF_AUTO(wf_sigkey_freep) struct wf_sigkey *k = new_key(found->pkey);
	EVP_PKEY *pkey = found->pkey;
	const char *type;
	enum wf_rc rc;

	if (EVP_PKEY_is_a(pkey, "EC")) {
		rc = set_ec(k, name, err);
	} else if (EVP_PKEY_is_a(pkey, "RSA")) {
		rc = set_rsa(k, name, err);
	} else if (EVP_PKEY_is_a(pkey, "ED25519")) {
		set_ed25519(k);
		rc = WF_OK;
	} else {
		type = EVP_PKEY_get0_type_name(pkey);
		rc = wf_err_set(err, WF_R_CONFIG,
		                "%s: %s key, expected ECDSA, RSA or Ed25519", name,
		                type ? type : "unknown");
	}
	if (rc || (rc = set_id(k, found, name, err)))
		return rc;
	ERR_clear_error();
	*out = k;
	k = NULL;
	return WF_OK;
}

enum wf_rc
wf_sigkey_load(struct wf_str bytes, const char *name, struct wf_sigkey **out,
               struct wf_err *err)
{
	struct found found = {.pkey = NULL};
	enum wf_rc rc = read_key(bytes, name, &found, err);

	ERR_clear_error();
	if (rc) {
		EVP_PKEY_free(found.pkey);
		return rc;
	}
	return from_found(&found, name, out, err);
}

enum wf_rc
wf_sigkey_adopt(EVP_PKEY *pkey, struct wf_str spki, const char *name,
                struct wf_sigkey **out, struct wf_err *err)
{
	struct found found = {.pkey = pkey, .spki_len = spki.len};

	if (!pkey || EVP_PKEY_up_ref(pkey) != 1)
		return wf_err_set(err, WF_R_CONFIG, "%s: not a public key that libcrypto reads", name);
	wf_crypto_sha256(spki.p, spki.len, found.spki_hash);
	return from_found(&found, name, out, err);
}

enum wf_rc
wf_sigkey_load_late(struct wf_str spki, const char *name, struct wf_sigkey **out,
                    struct wf_err *err)
{
	struct found found = {.spki_len = spki.len};
	struct wf_sigkey *k;
	size_t i;

	for (i = 0; i < WF_COUNT(plain); i++)
		if (spki.len == plain[i].len && memcmp(spki.p, plain[i].head.p, plain[i].head.len) == 0)
			break;
	if (i == WF_COUNT(plain))
		return wf_sigkey_load(spki, name, out, err);
	k = new_key(NULL);
	memcpy(k->slot->der, spki.p, spki.len);
	k->slot->n = spki.len;
	if (plain[i].curve)
		set_curve(k, plain[i].curve);
	else
		set_ed25519(k);
	wf_crypto_sha256(spki.p, spki.len, found.spki_hash);
	(void)set_id(k, &found, name, NULL); /* of one length: it cannot fail */
	*out = k;
	return WF_OK;
}

void
wf_sigkey_free(struct wf_sigkey *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->slot->pkey);
	free(k->slot);
	free(k);
}

void
wf_sigkey_freep(struct wf_sigkey **k)
{
	wf_sigkey_free(*k);
	*k = NULL;
}

const char *
wf_sigkey_id(const struct wf_sigkey *k)
{
	return k->id;
}

enum wf_rc
wf_sigkey_spki(const struct wf_sigkey *k, struct wf_buf *out, struct wf_err *err)
{
	WF_AUTO(openssl_freep) unsigned char *der = NULL;
	EVP_PKEY *pkey = pkey_of(k);
	int n = pkey ? i2d_PUBKEY(pkey, &der) : 0;

	ERR_clear_error();
	if (n <= 0)
		return wf_err_set(err, WF_R_BUG, "a public key has no DER form");
	return wf_buf_add(out, der, (size_t)n, err);
}

const char *
wf_sigkey_algorithm(const struct wf_sigkey *k)
{
	return k->algorithm;
}

static bool
digest_verify(const struct wf_sigkey *k, const char *hash, struct wf_str msg,
              struct wf_str sig)
{
	WF_AUTO(md_ctx_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *pkey = pkey_of(k);
	int ok;

	ok = ctx && pkey && EVP_DigestVerifyInit_ex(ctx, NULL, hash, wf_crypto_ctx(), NULL,
	                                            pkey, NULL) == 1 &&
	     EVP_DigestVerify(ctx, (const unsigned char *)sig.p, sig.len,
	                      (const unsigned char *)(msg.p ? msg.p : ""), msg.len) == 1;
	ERR_clear_error();
	return ok;
}

/* RFC 8032 section 5.1: one algorithm, two domains.  libcrypto learned the
 * prehashed one in 3.2, asked for by name at run time. */
static enum wf_sigkey_outcome
verify_ed25519(const struct wf_sigkey *k, struct wf_str msg, struct wf_str sig,
               const char **how)
{
	WF_AUTO(md_ctx_freep) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx = NULL; /* owned by ctx */
	char instance[] = "Ed25519ph", param[] = "instance";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(param, instance, 0),
		OSSL_PARAM_construct_end(),
	};
	const OSSL_PARAM *can;
	enum wf_sigkey_outcome r = WF_SIGKEY_CANNOT;

	*how = k->how_own;
	if (sig.len != 64 || !pkey_of(k))
		return WF_SIGKEY_BAD;
	if (digest_verify(k, NULL, msg, sig))
		return WF_SIGKEY_GOOD;
	if (ctx && EVP_DigestVerifyInit_ex(ctx, &pctx, NULL, wf_crypto_ctx(), NULL,
	                                   pkey_of(k), NULL) == 1) {
		can = EVP_PKEY_CTX_settable_params(pctx);
		if (can && OSSL_PARAM_locate_const(can, param) &&
		    EVP_PKEY_CTX_set_params(pctx, params) == 1)
			r = EVP_DigestVerify(ctx, (const unsigned char *)sig.p, sig.len,
			                     (const unsigned char *)(msg.p ? msg.p : ""),
			                     msg.len) == 1
			            ? WF_SIGKEY_GOOD : WF_SIGKEY_BAD;
	}
	ERR_clear_error();
	*how = r == WF_SIGKEY_CANNOT
	               ? "not pure Ed25519, and this libcrypto has no Ed25519ph (OpenSSL 3.2)"
	               : "ed25519ph";
	return r;
}

enum wf_sigkey_outcome
wf_sigkey_verify(const struct wf_sigkey *k, struct wf_str msg, struct wf_str sig,
                 const char **how)
{
	switch (k->family) {
	case ED25519:
		return verify_ed25519(k, msg, sig, how);
	case ECDSA:
	case RSA_PKCS1:
		break;
	}
	*how = k->how_own;
	if (digest_verify(k, k->hash, msg, sig))
		return WF_SIGKEY_GOOD;
	if (!k->also_sha256)
		return WF_SIGKEY_BAD;
	*how = k->how_sha256;
	return digest_verify(k, "SHA256", msg, sig) ? WF_SIGKEY_GOOD : WF_SIGKEY_BAD;
}

enum wf_sigkey_outcome
wf_sigkey_verify_sha256(const struct wf_sigkey *k, const uint8_t digest[32],
                        struct wf_str sig, const char **how)
{
	WF_AUTO(pkey_ctx_freep) EVP_PKEY_CTX *ctx = NULL;
	char hash[] = "SHA256", pad[] = OSSL_PKEY_RSA_PAD_MODE_PKCSV15;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, hash, 0),
		OSSL_PARAM_construct_end(),
		OSSL_PARAM_construct_end(),
	};
	int ok;

	if (k->family == ED25519) {
		*how = "Ed25519 signs the whole message, and only its digest is known";
		return sig.len == 64 ? WF_SIGKEY_CANNOT : WF_SIGKEY_BAD;
	}
	if (k->family == RSA_PKCS1)
		params[1] = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE,
		                                             pad, 0);
	*how = k->also_sha256 ? k->how_sha256 : k->how_own;
	if (!pkey_of(k))
		return WF_SIGKEY_BAD;
	ctx = EVP_PKEY_CTX_new_from_pkey(wf_crypto_ctx(), pkey_of(k), NULL);
	ok = ctx && EVP_PKEY_verify_init_ex(ctx, params) == 1 &&
	     EVP_PKEY_verify(ctx, (const unsigned char *)sig.p, sig.len, digest, 32) == 1;
	ERR_clear_error();
	if (ok)
		return WF_SIGKEY_GOOD;
	if (!k->also_sha256)
		return WF_SIGKEY_BAD;
	*how = "the key's own hash is not SHA-256, and only the SHA-256 digest is known";
	return WF_SIGKEY_CANNOT;
}
