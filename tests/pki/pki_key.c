/* SPDX-License-Identifier: Apache-2.0
 *
 * Keys that are the same on every run, and small things about bytes.
 */
#include "tests/pki/pki.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/enc.h"
#include "dep/crypto.h"

void
pki_must(bool ok, const char *what, const char *file, int line)
{
	if (ok)
		return;
	(void)fprintf(stderr, "pki: %s:%d: %s failed\n", file, line, what);
	abort();
}

struct wf_str
pki_str(struct pki *p, const char *fmt, ...)
{
	struct wf_str out;
	char *z = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&z, fmt, ap);
	va_end(ap);
	PKI_MUST(n >= 0, "text");
	out.p = wf_arena_strn(&p->arena, z, (size_t)n);
	out.len = (size_t)n;
	free(z);
	return out;
}

struct wf_str
pki_cat(struct pki *p, struct wf_str a, struct wf_str b)
{
	char *out = wf_arena_alloc(&p->arena, a.len + b.len + 1);

	if (a.len)
		memcpy(out, a.p, a.len);
	if (b.len)
		memcpy(out + a.len, b.p, b.len);
	out[a.len + b.len] = 0;
	return (struct wf_str){out, a.len + b.len};
}

struct wf_str
pki_flip(struct pki *p, struct wf_str s)
{
	char *out = wf_arena_strn(&p->arena, s.p, s.len);

	PKI_MUST(s.len > 0, "flipping");
	out[s.len - 1] = (char)(out[s.len - 1] ^ 1);
	return (struct wf_str){out, s.len};
}

struct wf_str
pki_sha2(struct pki *p, unsigned bits, struct wf_str s)
{
	uint8_t h[64];

	wf_crypto_sha2(bits, s.p, s.len, h);
	return wf_arena_dup(&p->arena, (struct wf_str){(const char *)h, bits / 8});
}

const char *
pki_hex(struct pki *p, struct wf_str s)
{
	char *out = wf_arena_alloc(&p->arena, s.len * 2 + 1);

	wf_enc_hex((const uint8_t *)s.p, s.len, out);
	return out;
}

const char *
pki_b64(struct pki *p, struct wf_str s)
{
	struct wf_buf b = WF_BUF_INIT(s.len * 2 + 8);
	const char *out;

	PKI_MUST(wf_enc_base64(s, &b, NULL) == WF_OK, "base64");
	out = wf_arena_strn(&p->arena, b.p, b.len);
	wf_buf_free(&b);
	return out;
}

const char *
pki_date(struct pki *p, int64_t sec, unsigned milli)
{
	time_t t = (time_t)sec;
	struct tm tm;
	char text[32];

	PKI_MUST(gmtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) > 0, "date");
	return milli ? pki_str(p, "%s.%03uZ", text, milli).p : pki_str(p, "%sZ", text).p;
}

/* --- keys ---------------------------------------------------------------- */

/* Private scalar = SHA-512 of the name, twice, modulo order - 1, plus 1. */
static EVP_PKEY *
ec_key(const char *seed, int nid, const char *group_name)
{
	EC_GROUP *g = EC_GROUP_new_by_curve_name(nid);
	BIGNUM *order = BN_new(), *k = BN_new();
	BN_CTX *ctx = BN_CTX_new();
	EC_POINT *pub = EC_POINT_new(g);
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *kctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	EVP_PKEY *out = NULL;
	OSSL_PARAM *params;
	uint8_t h[128], point[160];
	size_t n;

	wf_crypto_sha2(512, seed, strlen(seed), h);
	wf_crypto_sha2(512, h, 64, h + 64);
	PKI_MUST(g && order && k && ctx && pub && bld && kctx && EC_GROUP_get_order(g, order, ctx) == 1 &&
	                 BN_sub_word(order, 1) == 1 && BN_bin2bn(h, sizeof(h), k) &&
	                 BN_mod(k, k, order, ctx) == 1 && BN_add_word(k, 1) == 1 &&
	                 EC_POINT_mul(g, pub, k, NULL, NULL, ctx) == 1,
	         "elliptic curve");
	n = EC_POINT_point2oct(g, pub, POINT_CONVERSION_UNCOMPRESSED, point, sizeof(point), ctx);
	PKI_MUST(n > 0 && OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, group_name, 0) == 1 &&
	                 OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, k) == 1 &&
	                 OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point, n) == 1,
	         "key parameters");
	params = OSSL_PARAM_BLD_to_param(bld);
	PKI_MUST(params && EVP_PKEY_fromdata_init(kctx) == 1 &&
	                 EVP_PKEY_fromdata(kctx, &out, EVP_PKEY_KEYPAIR, params) == 1,
	         "key");
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(kctx);
	EC_POINT_free(pub);
	EC_GROUP_free(g);
	BN_CTX_free(ctx);
	BN_free(order);
	BN_free(k);
	return out;
}

static EVP_PKEY *
rsa_key(struct pki *p, const char *kind)
{
	struct wf_str path = pki_str(p, "%s/keys/%s.pem", p->ask.data, kind);
	BIO *b = BIO_new_file(path.p, "r");
	EVP_PKEY *k;

	PKI_MUST(b != NULL, path.p);
	k = PEM_read_bio_PrivateKey(b, NULL, NULL, NULL);
	BIO_free(b);
	PKI_MUST(k != NULL, path.p);
	return k;
}

EVP_PKEY *
pki_key(struct pki *p, const char *name, const char *kind)
{
	struct pki_named_key *k;
	struct wf_str seed;
	uint8_t h[64];
	size_t i;

	for (i = 0; i < p->nkeys; i++)
		if (strcmp(p->keys[i].name, name) == 0 && strcmp(p->keys[i].kind, kind) == 0)
			return p->keys[i].key;
	PKI_MUST(p->nkeys < PKI_MAX_KEYS, "room for keys");
	k = &p->keys[p->nkeys++];
	(void)snprintf(k->name, sizeof(k->name), "%s", name);
	(void)snprintf(k->kind, sizeof(k->kind), "%s", kind);
	seed = pki_str(p, "wasmfn test key %s %s", kind, name);
	if (strcmp(kind, "p256") == 0)
		k->key = ec_key(seed.p, NID_X9_62_prime256v1, "P-256");
	else if (strcmp(kind, "p384") == 0)
		k->key = ec_key(seed.p, NID_secp384r1, "P-384");
	else if (strcmp(kind, "p521") == 0)
		k->key = ec_key(seed.p, NID_secp521r1, "P-521");
	else if (strcmp(kind, "k1") == 0)
		k->key = ec_key(seed.p, NID_secp256k1, "secp256k1");
	else if (strcmp(kind, "ed25519") == 0) {
		wf_crypto_sha2(256, seed.p, seed.len, h);
		k->key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, h, 32);
	} else {
		k->key = rsa_key(p, kind);
	}
	PKI_MUST(k->key != NULL, kind);
	return k->key;
}

static struct wf_str
taken(struct pki *p, unsigned char *der, int n)
{
	struct wf_str out;

	PKI_MUST(n > 0, "encoding");
	out = wf_arena_dup(&p->arena, (struct wf_str){(const char *)der, (size_t)n});
	OPENSSL_free(der);
	return out;
}

struct wf_str
pki_spki(struct pki *p, EVP_PKEY *k)
{
	unsigned char *der = NULL;
	int n = i2d_PUBKEY(k, &der);

	return taken(p, der, n);
}

struct wf_str
pki_der(struct pki *p, X509 *x)
{
	unsigned char *der = NULL;
	int n = i2d_X509(x, &der);

	return taken(p, der, n);
}

static const char *
drained(struct pki *p, BIO *b)
{
	char *text = NULL;
	long n = BIO_get_mem_data(b, &text);
	const char *out = wf_arena_strn(&p->arena, text, (size_t)n);

	BIO_free(b);
	return out;
}

const char *
pki_pem(struct pki *p, X509 *x)
{
	BIO *b = BIO_new(BIO_s_mem());

	PKI_MUST(b && PEM_write_bio_X509(b, x) == 1, "PEM");
	return drained(p, b);
}

const char *
pki_pem_key(struct pki *p, EVP_PKEY *k)
{
	BIO *b = BIO_new(BIO_s_mem());

	PKI_MUST(b && PEM_write_bio_PUBKEY(b, k) == 1, "PEM");
	return drained(p, b);
}

unsigned
pki_hash_bits(EVP_PKEY *k)
{
	char group[32] = "";
	size_t n;

	if (EVP_PKEY_is_a(k, "ED25519"))
		return 0;
	if (EVP_PKEY_is_a(k, "EC"))
		PKI_MUST(EVP_PKEY_get_group_name(k, group, sizeof(group), &n) == 1, "group");
	return strcmp(group, "secp384r1") == 0 ? 384 : strcmp(group, "secp521r1") == 0 ? 512 : 256;
}

const char *
pki_key_details(EVP_PKEY *k)
{
	if (EVP_PKEY_is_a(k, "ED25519"))
		return "PKIX_ED25519";
	if (EVP_PKEY_is_a(k, "RSA"))
		return EVP_PKEY_get_bits(k) == 2048   ? "PKIX_RSA_PKCS1V15_2048_SHA256"
		       : EVP_PKEY_get_bits(k) == 3072 ? "PKIX_RSA_PKCS1V15_3072_SHA256"
		                                      : "PKIX_RSA_PKCS1V15_4096_SHA256";
	switch (pki_hash_bits(k)) {
	case 384:
		return "PKIX_ECDSA_P384_SHA_384";
	case 512:
		return "PKIX_ECDSA_P521_SHA_512";
	default:
		return "PKIX_ECDSA_P256_SHA_256";
	}
}

struct wf_str
pki_sign(struct pki *p, EVP_PKEY *k, const char *hash, struct wf_str msg)
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	unsigned bits = pki_hash_bits(k);
	unsigned char sig[2048];
	size_t n = sizeof(sig);

	if (!hash && bits)
		hash = bits == 256 ? "SHA256" : bits == 384 ? "SHA384" : "SHA512";
	PKI_MUST(c && EVP_DigestSignInit_ex(c, NULL, hash, NULL, NULL, k, NULL) == 1 &&
	                 EVP_DigestSign(c, sig, &n, (const unsigned char *)msg.p, msg.len) == 1,
	         "signing");
	EVP_MD_CTX_free(c);
	return wf_arena_dup(&p->arena, (struct wf_str){(const char *)sig, n});
}
