/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths.  Must never ask libcrypto about time: it takes the end of a validity
 * as excluded, and one instant is not all of them.
 */
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "dep/crypto.h"
#include "dep/crypto_ctx.h"
#include "dep/x509_plain.h"
#include "dep/x509_raw.h"

/* 112 bits: RSA and DH of 2048, SHA-224 and longer; SHA-1 is out. */
#define AUTH_LEVEL 2

static void
ctx_freep(X509_STORE_CTX **c)
{
	X509_STORE_CTX_free(*c);
}

/* The certificates stay the callers'. */
static void
stack_freep(STACK_OF(X509) **s)
{
	sk_X509_free(*s);
}

/* libcrypto's certificate as ours. */
static const struct wf_x509 *
find(X509 *x, const struct wf_x509 *leaf, struct wf_x509 *const *v, size_t n,
     const struct wf_x509 *anchor)
{
	size_t i;

	if (x == wf_x509_raw(leaf))
		return leaf;
	if (x == wf_x509_raw(anchor))
		return anchor;
	for (i = 0; i < n; i++)
		if (x == wf_x509_raw(v[i]))
			return v[i];
	return NULL;
}

/* basicConstraints and keyCertSign by the letter: without its strict mode
 * libcrypto also takes certificates of version 1 as authorities. */
static bool
issuers_may_issue(const struct wf_x509 *const *path, size_t n, char *why, size_t cap)
{
	size_t i;

	for (i = 1; i < n; i++) {
		if (wf_x509_is_ca(path[i]) && wf_x509_may_sign_certs(path[i]) != WF_X509_NO)
			continue;
		if (why)
			(void)snprintf(why, cap, "%s may not issue certificates", wf_x509_subject(path[i]));
		return false;
	}
	return true;
}

static bool
take_path(X509_STORE_CTX *ctx, const struct wf_x509 *leaf, struct wf_x509 *const *v,
          size_t nv, const struct wf_x509 *anchor, const struct wf_x509 **path, size_t *n)
{
	const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(ctx);
	int i, len = chain ? sk_X509_num(chain) : 0;

	/* a leaf that is its own anchor is no path */
	if (len < 2 || len > (int)WF_X509_PATH_MAX)
		return false;
	for (i = 0; i < len; i++)
		if (!(path[i] = find(sk_X509_value(chain, i), leaf, v, nv, anchor)))
			return false;
	*n = (size_t)len;
	return path[0] == leaf && path[len - 1] == anchor;
}

static bool
named_as_issuer(const struct wf_x509 *issuer, const struct wf_x509 *of)
{
	if (!wf_x509_plain_may_equal(wf_x509_name(issuer), wf_x509_issuer_name(of)))
		return false;
	return X509_NAME_cmp(X509_get_subject_name(wf_x509_raw(issuer)),
	                     X509_get_issuer_name(wf_x509_raw(of))) == 0;
}

static bool
build(const struct wf_x509 *leaf, struct wf_x509 *const *intermediates, size_t nintermediates,
      const struct wf_x509 *anchor, const struct wf_x509 *path[WF_X509_PATH_MAX], size_t *n,
      char *why, size_t cap)
{
	WF_AUTO(ctx_freep) X509_STORE_CTX *ctx = X509_STORE_CTX_new_ex(wf_crypto_ctx(), NULL);
	WF_AUTO(stack_freep) STACK_OF(X509) *trusted = sk_X509_new_null();
	WF_AUTO(stack_freep) STACK_OF(X509) *untrusted = sk_X509_new_null();
	X509_VERIFY_PARAM *param;
	size_t i;
	bool ok;

	if (!ctx || !trusted || !untrusted || !sk_X509_push(trusted, wf_x509_raw(anchor)))
		wf_die("out of memory (libcrypto)");
	for (i = 0; i < nintermediates; i++)
		if (!sk_X509_push(untrusted, wf_x509_raw(intermediates[i])))
			wf_die("out of memory (libcrypto)");
	if (X509_STORE_CTX_init(ctx, NULL, wf_x509_raw(leaf), untrusted) != 1)
		wf_die("out of memory (libcrypto)");
	X509_STORE_CTX_set0_trusted_stack(ctx, trusted);
	param = X509_STORE_CTX_get0_param(ctx);
	X509_VERIFY_PARAM_set_depth(param, (int)WF_X509_PATH_MAX - 2);
	X509_VERIFY_PARAM_set_auth_level(param, AUTH_LEVEL);
	if (X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN |
	                                       X509_V_FLAG_NO_CHECK_TIME) != 1)
		wf_die("libcrypto: no verify parameters");
	ok = X509_verify_cert(ctx) == 1;
	if (!ok && why)
		(void)snprintf(why, cap, "%s",
		               X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
	ERR_clear_error();
	if (!ok)
		return false;
	if (!take_path(ctx, leaf, intermediates, nintermediates, anchor, path, n)) {
		if (why)
			(void)snprintf(why, cap, "the path does not end in the anchor");
		return false;
	}
	return issuers_may_issue(path, *n, why, cap);
}

/* The part of a path above the leaf is the same for all leaves, but for name
 * constraints, which look down; it is remembered where there are none. */
static void
remember(const struct wf_x509 *const *path, size_t n)
{
	size_t i;

	for (i = 1; i < n; i++)
		if (X509_get_ext_by_NID(wf_x509_raw(path[i]), NID_name_constraints, -1) >= 0)
			return;
	for (i = 1; i + 1 < n; i++)
		*wf_x509_issuer(path[i]) = path[i + 1];
}

/* Issuers whose signature over an intermediate was checked beforehand: SHA-256
 * over both certificates, the intermediate first.  Nothing is trusted for it:
 * both have to be in the root in use.  P-384 is slow before OpenSSL 3.2, and
 * this pair is in every verification against the public-good root (test_x509
 * checks it in full). */
static const uint8_t checked[][WF_SHA256_BYTES] = {
	/* sigstore-intermediate by sigstore, 2022-04-13 */
	{0xcf, 0x5f, 0x49, 0x14, 0x5c, 0xc8, 0x15, 0xa8, 0xdf, 0xe0, 0x6f, 0x9e, 0xee, 0x5e, 0x46, 0x4e,
	 0x15, 0x49, 0x78, 0x52, 0xd9, 0x2c, 0xd9, 0x94, 0x19, 0x2b, 0x98, 0x3f, 0x23, 0x4e, 0x3b, 0xf6},
};

bool
wf_x509_checked(const struct wf_x509 *certificate, const struct wf_x509 *issuer)
{
	WF_AUTO(wf_crypto_sha256_freep) struct wf_sha256 *h = wf_crypto_sha256_new();
	struct wf_str a = wf_x509_der(certificate), b = wf_x509_der(issuer);
	uint8_t sum[WF_SHA256_BYTES];
	size_t i;

	wf_crypto_sha256_add(h, a.p, a.len);
	wf_crypto_sha256_add(h, b.p, b.len);
	wf_crypto_sha256_end(h, sum);
	for (i = 0; i < WF_COUNT(checked); i++)
		if (memcmp(sum, checked[i], sizeof(sum)) == 0)
			return true;
	return false;
}

/* What was remembered of it, up to this anchor and through these alone. */
static bool
lead_up(const struct wf_x509 *from, struct wf_x509 *const *v, size_t nv,
        const struct wf_x509 *anchor, const struct wf_x509 **path, size_t *n)
{
	size_t i;

	while (from != anchor) {
		from = *wf_x509_issuer(from);
		for (i = 0; from != anchor && i < nv && from != v[i]; i++)
			;
		if (!from || (from != anchor && i == nv) || *n == WF_X509_PATH_MAX)
			return false;
		path[(*n)++] = from;
	}
	return true;
}

static bool
build_short(const struct wf_x509 *leaf, struct wf_x509 *const *v, size_t nv,
            const struct wf_x509 *anchor, const struct wf_x509 **path, size_t *n)
{
	const struct wf_x509 *full[WF_X509_PATH_MAX] = {leaf, NULL};
	size_t i, len, m;

	for (i = 0; i < nv; i++) {
		full[1] = v[i];
		len = 2;
		if (!named_as_issuer(v[i], leaf))
			continue;
		if (!*wf_x509_issuer(v[i]) && wf_x509_checked(v[i], anchor))
			*wf_x509_issuer(v[i]) = anchor;
		if (!lead_up(v[i], v, nv, anchor, full, &len) ||
		    !build(leaf, NULL, 0, v[i], path, &m, NULL, 0))
			continue;
		memcpy(path, full, sizeof(full));
		*n = len;
		return true;
	}
	return false;
}

bool
wf_x509_path(const struct wf_x509 *leaf, struct wf_x509 *const *intermediates,
             size_t nintermediates, const struct wf_x509 *anchor,
             const struct wf_x509 *path[WF_X509_PATH_MAX], size_t *n, char *why, size_t cap)
{
	bool named = named_as_issuer(anchor, leaf);
	size_t i;

	for (i = 0; !named && i < nintermediates; i++)
		named = named_as_issuer(intermediates[i], leaf);
	if (!named) {
		if (why)
			(void)snprintf(why, cap, "%s",
			               X509_verify_cert_error_string(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY));
		return false;
	}
	if (build_short(leaf, intermediates, nintermediates, anchor, path, n))
		return true;
	if (!build(leaf, intermediates, nintermediates, anchor, path, n, why, cap))
		return false;
	remember(path, *n);
	return true;
}
