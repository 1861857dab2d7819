/* SPDX-License-Identifier: Apache-2.0
 *
 * Paths, and the certificate before its timestamps.  Must never ask libcrypto
 * about time: it takes the end of a validity as excluded, and one instant is
 * not all of them.
 */
#include <openssl/ct.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/mem.h"
#include "dep/crypto_ctx.h"
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

bool
wf_x509_path(const struct wf_x509 *leaf, struct wf_x509 *const *intermediates,
             size_t nintermediates, const struct wf_x509 *anchor,
             const struct wf_x509 *path[WF_X509_PATH_MAX], size_t *n, char *why, size_t cap)
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

enum wf_rc
wf_x509_precert(const struct wf_x509 *c, struct wf_buf *out, struct wf_err *err)
{
	WF_AUTO(x509_freep) X509 *copy = X509_dup(wf_x509_raw(c));
	WF_AUTO(openssl_freep) unsigned char *tbs = NULL;
	int at = copy ? X509_get_ext_by_NID(copy, NID_ct_precert_scts, -1) : -1, n;

	if (!copy)
		wf_die("out of memory (libcrypto)");
	if (at < 0)
		return wf_err_set(err, WF_R_SCT_MISSING,
		                  "the certificate holds no signed certificate timestamp");
	X509_EXTENSION_free(X509_delete_ext(copy, at));
	n = i2d_re_X509_tbs(copy, &tbs);
	ERR_clear_error();
	if (n <= 0)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "the certificate cannot be written without its timestamps");
	return wf_buf_add(out, tbs, (size_t)n, err);
}
