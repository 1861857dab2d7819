/* SPDX-License-Identifier: Apache-2.0
 *
 * SHA-256 through EVP.  Must never return an unfinished digest: a failure
 * inside libcrypto ends the process.
 */
#include "dep/crypto.h"

#include <openssl/conf.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>

#include "base/mem.h"
#include "dep/crypto_ctx.h"

struct wf_sha256 {
	EVP_MD_CTX *ctx;
};

/* Whatever uses libcrypto first would read openssl.cnf, and have everything
 * taken down at the end of the process, which is over by then. */
static void
start(void)
{
	static bool started;

	if (!started &&
	    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
		wf_die("libcrypto does not start");
	started = true;
}

OSSL_LIB_CTX *
wf_crypto_ctx(void)
{
	static OSSL_LIB_CTX *ctx;

	if (ctx)
		return ctx;
	start();
	ctx = OSSL_LIB_CTX_new();
	/* arithmetic on P-384 blinds; a generator made of ciphers would have the
	 * whole table of ciphers set up for it */
	if (!ctx || RAND_set_DRBG_type(ctx, "HASH-DRBG", NULL, NULL, "SHA256") != 1)
		wf_die("out of memory (libcrypto)");
	return ctx;
}

void
wf_crypto_system_config(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	start();
	/* as libcrypto does by itself: a fault in the file is not ours to judge */
	(void)CONF_modules_load_file_ex(NULL, NULL, NULL, CONF_MFLAGS_DEFAULT_SECTION |
	                                CONF_MFLAGS_IGNORE_MISSING_FILE |
	                                CONF_MFLAGS_IGNORE_RETURN_CODES);
	ERR_clear_error();
}

/* Fetched once: an implicit fetch for every digest costs more than hashing
 * a small file. */
static const EVP_MD *
sha256(void)
{
	static EVP_MD *md;

	if (!md)
		md = EVP_MD_fetch(wf_crypto_ctx(), "SHA256", NULL);
	if (!md)
		wf_die("libcrypto has no SHA-256");
	return md;
}

void
wf_crypto_sha256_reset(struct wf_sha256 *h)
{
	if (EVP_DigestInit_ex2(h->ctx, sha256(), NULL) != 1)
		wf_die("libcrypto: cannot start SHA-256");
}

struct wf_sha256 *
wf_crypto_sha256_new(void)
{
	struct wf_sha256 *h = wf_malloc(sizeof(*h));

	h->ctx = EVP_MD_CTX_new();
	if (!h->ctx)
		wf_die("out of memory");
	wf_crypto_sha256_reset(h);
	return h;
}

void
wf_crypto_sha256_add(struct wf_sha256 *h, const void *p, size_t n)
{
	if (n && EVP_DigestUpdate(h->ctx, p, n) != 1)
		wf_die("libcrypto: SHA-256 failed");
}

void
wf_crypto_sha256_end(struct wf_sha256 *h, uint8_t out[WF_SHA256_BYTES])
{
	unsigned len = 0;

	if (EVP_DigestFinal_ex(h->ctx, out, &len) != 1 || len != WF_SHA256_BYTES)
		wf_die("libcrypto: SHA-256 failed");
}

void
wf_crypto_sha256_freep(struct wf_sha256 **h)
{
	if (!*h)
		return;
	EVP_MD_CTX_free((*h)->ctx);
	free(*h);
	*h = NULL;
}

void
wf_crypto_sha256(const void *p, size_t n, uint8_t out[WF_SHA256_BYTES])
{
	WF_AUTO(wf_crypto_sha256_freep) struct wf_sha256 *h = wf_crypto_sha256_new();

	wf_crypto_sha256_add(h, p, n);
	wf_crypto_sha256_end(h, out);
}

void
wf_crypto_sha2(unsigned bits, const void *p, size_t n, uint8_t out[64])
{
	const char *name = bits == 256 ? "SHA256" : bits == 384 ? "SHA384"
	                   : bits == 512 ? "SHA512" : NULL;
	size_t len = 0;

	if (!name || EVP_Q_digest(wf_crypto_ctx(), name, NULL, n ? p : "", n, out, &len) != 1 ||
	    len != bits / 8)
		wf_die("libcrypto: SHA-2 failed");
}

const char *
wf_crypto_version(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}
