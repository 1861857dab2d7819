/* SPDX-License-Identifier: Apache-2.0
 *
 * dep/sigkey.c: which keys are taken, and that a good signature is refused
 * after any one change.
 */
#include "dep/sigkey.h"

#include <stdlib.h>

#include "base/limits.h"
#include "dep/crypto.h"
#include "tests/lib/sign.h"
#include "tests/lib/tap.h"

static const struct wf_str message = {"the signed bytes", 16};

static enum wf_sigkey_outcome
check(const struct wf_sigkey *k, struct wf_str msg, struct wf_str sig)
{
	const char *how = NULL;

	return wf_sigkey_verify(k, msg, sig, &how);
}

struct row {
	const char *kind, *hash;   /* NULL: the key's own */
	const char *algorithm, *how;
};

/* sigstore algorithm registry; SHA-256 with the larger curves is what
 * cosign's verifiers assume */
static const struct row good[] = {
	{"p256", NULL, "ecdsa-p256", "ecdsa-p256-sha256"},
	{"p384", NULL, "ecdsa-p384", "ecdsa-p384-sha384"},
	{"p384", "SHA256", "ecdsa-p384", "ecdsa-p384-sha256"},
	{"p521", NULL, "ecdsa-p521", "ecdsa-p521-sha512"},
	{"p521", "SHA256", "ecdsa-p521", "ecdsa-p521-sha256"},
	{"rsa2048", NULL, "rsa-2048", "rsa-2048-pkcs1-sha256"},
	{"rsa3072", NULL, "rsa-3072", "rsa-3072-pkcs1-sha256"},
	{"rsa4096", NULL, "rsa-4096", "rsa-4096-pkcs1-sha256"},
	{"ed25519", NULL, "ed25519", "ed25519"},
};

static void
one_change_each(const struct wf_sigkey *k, const struct wf_buf *sig, bool ed)
{
	WF_AUTO(wf_buf_free) struct wf_buf s = WF_BUF_INIT(4096);
	enum wf_sigkey_outcome bad = ed ? WF_SIGKEY_CANNOT : WF_SIGKEY_BAD;
	const char *how;

	/* with OpenSSL 3.2 Ed25519ph is tried too, and then it is known */
	if (ed && strcmp(wf_crypto_version(), "OpenSSL 3.2") >= 0)
		bad = WF_SIGKEY_BAD;
	EQ(check(k, WF_STR_LIT("the signed bytez"), wf_buf_str(sig)), bad, "other message");
	EQ(wf_buf_add(&s, sig->p, sig->len, NULL), 0, "copy");
	s.p[sig->len - 1] ^= 1;
	EQ(check(k, message, wf_buf_str(&s)), bad, "one bit of the signature");
	s.p[sig->len - 1] ^= 1;
	EQ(check(k, message, wf_buf_str(&s)), WF_SIGKEY_GOOD, "and back");
	EQ(wf_buf_add(&s, "", 1, NULL), 0, "append");
	EQ(check(k, message, wf_buf_str(&s)), WF_SIGKEY_BAD, "a byte after the signature");
	EQ(check(k, message, (struct wf_str){sig->p, sig->len - 1}), WF_SIGKEY_BAD,
	   "a byte less");
	EQ(wf_sigkey_verify(k, message, wf_str(NULL), &how), WF_SIGKEY_BAD, "no signature");
}

static void
test_good(const struct row *r)
{
	WF_AUTO(sign_key_freep) struct sign_key *signer = sign_key_new(r->kind);
	static const enum sign_format formats[] = {SIGN_PEM, SIGN_DER, SIGN_CERT_PEM, SIGN_CERT_DER};
	WF_AUTO(wf_buf_free) struct wf_buf sig = sign_bytes(signer, r->hash, message);
	struct wf_err err = {0};
	const char *how = "";
	uint8_t digest[32];
	bool ed = strcmp(r->kind, "ed25519") == 0;
	bool sha256 = strstr(r->how, "sha256") != NULL;
	size_t i;

	printf("# %s %s\n", r->kind, r->hash ? r->hash : "");
	wf_crypto_sha256(message.p, message.len, digest);
	for (i = 0; i < WF_COUNT(formats); i++) {
		WF_AUTO(wf_buf_free) struct wf_buf pub = sign_public(signer, formats[i]);
		WF_AUTO(wf_sigkey_freep) struct wf_sigkey *k = NULL;

		ERR(wf_sigkey_load(wf_buf_str(&pub), "k", &k, &err), &err, WF_R_OK, "loads");
		IS(wf_sigkey_id(k), sign_id(signer), "id is that of the SPKI");
		IS(wf_sigkey_algorithm(k), r->algorithm, "algorithm");
		EQ(wf_sigkey_verify(k, message, wf_buf_str(&sig), &how), WF_SIGKEY_GOOD, "verifies");
		IS(how, r->how, "says how");
		if (formats[i] != SIGN_PEM)
			continue;
		one_change_each(k, &sig, ed);
		EQ(wf_sigkey_verify_sha256(k, digest, wf_buf_str(&sig), &how),
		   sha256 ? WF_SIGKEY_GOOD : WF_SIGKEY_CANNOT, "from the SHA-256 alone");
		digest[0] ^= 1;
		EQ(wf_sigkey_verify_sha256(k, digest, wf_buf_str(&sig), &how),
		   strcmp(r->how, "ecdsa-p256-sha256") == 0 || strncmp(r->how, "rsa", 3) == 0
		           ? WF_SIGKEY_BAD : WF_SIGKEY_CANNOT, "from another digest");
		digest[0] ^= 1;
	}
}

/* The same key, decoded late. */
static void
test_late(const struct row *r)
{
	WF_AUTO(sign_key_freep) struct sign_key *signer = sign_key_new(r->kind);
	WF_AUTO(wf_buf_free) struct wf_buf sig = sign_bytes(signer, r->hash, message);
	WF_AUTO(wf_buf_free) struct wf_buf pub = sign_public(signer, SIGN_DER);
	WF_AUTO(wf_sigkey_freep) struct wf_sigkey *k = NULL;
	struct wf_err err = {0};
	const char *how = "";

	ERR(wf_sigkey_load_late(wf_buf_str(&pub), "k", &k, &err), &err, WF_R_OK, "loads late");
	IS(wf_sigkey_id(k), sign_id(signer), "id is that of the SPKI");
	IS(wf_sigkey_algorithm(k), r->algorithm, "algorithm");
	EQ(wf_sigkey_verify(k, message, wf_buf_str(&sig), &how), WF_SIGKEY_GOOD, "verifies");
	IS(how, r->how, "says how");
	OK(check(k, WF_STR_LIT("the signed bytez"), wf_buf_str(&sig)) != WF_SIGKEY_GOOD, "no other message");
}

/* A point that is not on its curve. */
static void
test_late_no_point(void)
{
	WF_AUTO(sign_key_freep) struct sign_key *signer = sign_key_new("p256");
	WF_AUTO(wf_buf_free) struct wf_buf sig = sign_bytes(signer, NULL, message);
	WF_AUTO(wf_buf_free) struct wf_buf pub = sign_public(signer, SIGN_DER);
	WF_AUTO(wf_sigkey_freep) struct wf_sigkey *k = NULL;
	uint8_t digest[32];
	struct wf_err e1 = {0}, e2 = {0};
	const char *how = "";

	wf_crypto_sha256(message.p, message.len, digest);
	pub.p[pub.len - 1] ^= 1;
	ERR(wf_sigkey_load_late(wf_buf_str(&pub), "k", &k, &e1), &e1, WF_R_OK, "no point is found late");
	EQ(wf_sigkey_verify(k, message, wf_buf_str(&sig), &how), WF_SIGKEY_BAD, "and verifies nothing");
	EQ(wf_sigkey_verify(k, message, wf_buf_str(&sig), &how), WF_SIGKEY_BAD, "nor the second time");
	EQ(wf_sigkey_verify_sha256(k, digest, wf_buf_str(&sig), &how), WF_SIGKEY_BAD, "nor by the digest");
	wf_sigkey_freep(&k);
	pub.p[0] ^= 1;
	ERR(wf_sigkey_load_late(wf_buf_str(&pub), "k", &k, &e2), &e2, WF_R_CONFIG, "no SubjectPublicKeyInfo");
}

/* P-256 has one hash; a signature with another is not tried. */
static void
test_other_hash(const char *kind, const char *hash)
{
	WF_AUTO(sign_key_freep) struct sign_key *signer = sign_key_new(kind);
	WF_AUTO(wf_buf_free) struct wf_buf sig = sign_bytes(signer, hash, message);
	WF_AUTO(wf_buf_free) struct wf_buf pub = sign_public(signer, SIGN_PEM);
	WF_AUTO(wf_sigkey_freep) struct wf_sigkey *k = NULL;
	struct wf_err err = {0};

	ERR(wf_sigkey_load(wf_buf_str(&pub), "k", &k, &err), &err, WF_R_OK, kind);
	EQ(check(k, message, wf_buf_str(&sig)), WF_SIGKEY_BAD, hash);
}

static void
refused(struct wf_str bytes, const char *says, const char *name)
{
	WF_AUTO(wf_sigkey_freep) struct wf_sigkey *k = NULL;
	struct wf_err err = {0};

	ERR(wf_sigkey_load(bytes, "k.pub", &k, &err), &err, WF_R_CONFIG, name);
	if (!OK(strstr(err.msg, says), "says why"))
		printf("# %s\n", err.msg);
	OK(!k, "no key comes out");
}

static void
test_refused(void)
{
	static const struct {
		const char *kind, *says;
	} kinds[] = {
		{"rsa1024", "RSA key of 1024 bits, expected 2048 to 8192"},
		{"k1", "curve secp256k1, expected P-256, P-384 or P-521"},
		{"rsapss", "RSA-PSS key, expected ECDSA, RSA or Ed25519"},
	};
	WF_AUTO(sign_key_freep) struct sign_key *k = sign_key_new("p256");
	WF_AUTO(wf_buf_free) struct wf_buf pem = sign_public(k, SIGN_PEM);
	WF_AUTO(wf_buf_free) struct wf_buf der = sign_public(k, SIGN_DER);
	WF_AUTO(wf_buf_free) struct wf_buf priv = sign_public(k, SIGN_PRIVATE_PEM);
	WF_AUTO(wf_buf_free) struct wf_buf big = WF_BUF_INIT(WF_MIB);
	WF_AUTO(wf_freep) char *two = wf_asprintf("%s%s", wf_buf_z(&pem), wf_buf_z(&pem));
	WF_AUTO(wf_freep) char *tail = wf_asprintf("%sgarbage\n", wf_buf_z(&pem));
	WF_AUTO(wf_freep) char *space = wf_asprintf("\n  %s\n\n", wf_buf_z(&pem));
	WF_AUTO(wf_sigkey_freep) struct wf_sigkey *ok = NULL;
	struct wf_err err = {0};
	size_t i;

	for (i = 0; i < WF_COUNT(kinds); i++) {
		WF_AUTO(sign_key_freep) struct sign_key *x = sign_key_new(kinds[i].kind);
		WF_AUTO(wf_buf_free) struct wf_buf pub = sign_public(x, SIGN_PEM);

		refused(wf_buf_str(&pub), kinds[i].says, kinds[i].kind);
	}
	ERR(wf_sigkey_load(wf_str(space), "k", &ok, &err), &err, WF_R_OK, "white space around");
	refused(wf_str(""), "empty", "empty file");
	refused(wf_str(two), "more than one PEM block", "two keys in a file");
	refused(wf_str(tail), "text after the PEM block", "text after the key");
	refused(wf_buf_str(&priv), "a private key", "a private key");
	refused(WF_STR_LIT("<html>404</html>"), "neither a public key", "HTML");
	refused((struct wf_str){pem.p, pem.len / 2}, "broken PEM", "half a PEM file");
	refused((struct wf_str){der.p, der.len - 1}, "neither a public key", "DER less a byte");
	EQ(wf_buf_add(&der, "x", 1, NULL), 0, "append");
	refused(wf_buf_str(&der), "neither a public key", "DER and a byte");
	for (i = 0; i <= WF_MAX_KEY_BYTES; i++)
		wf_buf_putz(&big, " ");
	refused(wf_buf_str(&big), "more than a key has", "larger than the limit");
}

/* The same key, its point compressed: the id does not depend on spelling. */
static void
test_compressed(void)
{
	static const char full[] =
		"-----BEGIN PUBLIC KEY-----\n"
		"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVxDk2Zy3hivD+CLMaG38S2rkoENb\n"
		"yj2vChPTvdQlPQynOWnwk9cZbXix01HbBmFoLm1cGv1PL6Pww0lb/NtgIw==\n"
		"-----END PUBLIC KEY-----\n";
	static const char compressed[] =
		"-----BEGIN PUBLIC KEY-----\n"
		"MDkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDIgADVxDk2Zy3hivD+CLMaG38S2rkoENb\n"
		"yj2vChPTvdQlPQw=\n"
		"-----END PUBLIC KEY-----\n";
	WF_AUTO(wf_sigkey_freep) struct wf_sigkey *a = NULL;
	WF_AUTO(wf_sigkey_freep) struct wf_sigkey *b = NULL;
	struct wf_err err = {0};

	ERR(wf_sigkey_load(wf_str(full), "k", &a, &err), &err, WF_R_OK, "uncompressed");
	ERR(wf_sigkey_load(wf_str(compressed), "k", &b, &err), &err, WF_R_OK, "compressed");
	IS(wf_sigkey_id(b), wf_sigkey_id(a), "one key, one id");
}

int
main(void)
{
	size_t i;

	for (i = 0; i < WF_COUNT(good); i++) {
		test_good(&good[i]);
		test_late(&good[i]);
	}
	test_late_no_point();
	test_other_hash("p256", "SHA384");
	test_other_hash("p384", "SHA512");
	test_other_hash("rsa2048", "SHA512");
	test_refused();
	test_compressed();
	return tap_done();
}
