/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 3161 tokens through CMS.  Must never check another certificate than the
 * one that signed: the caller names it, none is taken from the token, and
 * each check starts from the bytes again.
 */
#include "dep/tsa.h"

#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "dep/crypto.h"
#include "dep/crypto_ctx.h"
#include "dep/tsa_der.h"
#include "dep/x509_raw.h"
#include "sys/clock.h"

struct wf_tsa {
	char *der;            /* the token: ContentInfo */
	size_t len;
	CMS_ContentInfo *cms; /* for reading alone */
	CMS_SignerInfo *signer; /* of cms */
	TS_TST_INFO *info;
	unsigned bits;        /* of the imprint's hash */
	int64_t sec;
	uint32_t nsec;
	unsigned char *embedded;
	size_t embedded_len;
};

static void
cms_freep(CMS_ContentInfo **c)
{
	CMS_ContentInfo_free(*c);
}

static void
x509_freep(X509 **x)
{
	X509_free(*x);
}

static void
x509s_freep(STACK_OF(X509) **s)
{
	sk_X509_pop_free(*s, X509_free);
}

static void
eku_freep(EXTENDED_KEY_USAGE **e)
{
	EXTENDED_KEY_USAGE_free(*e);
}

static enum wf_rc
invalid(struct wf_err *err, const char *what)
{
	ERR_clear_error();
	return wf_err_set(err, WF_R_TIMESTAMP_INVALID, "timestamp: %s", what);
}

static CMS_ContentInfo *
read_cms(const char *der, size_t n)
{
	CMS_ContentInfo *cms = CMS_ContentInfo_new_ex(wf_crypto_ctx(), NULL);
	const unsigned char *p = (const unsigned char *)der;

	if (cms && d2i_CMS_ContentInfo(&cms, &p, (long)n) &&
	    p == (const unsigned char *)der + n)
		return cms;
	CMS_ContentInfo_free(cms);
	return NULL;
}

static X509 *
read_x509(struct wf_str der)
{
	X509 *x = X509_new_ex(wf_crypto_ctx(), NULL);
	const unsigned char *p = (const unsigned char *)der.p;

	if (x && d2i_X509(&x, &p, (long)der.len) &&
	    p == (const unsigned char *)der.p + der.len)
		return x;
	X509_free(x);
	return NULL;
}

static unsigned
sha2_bits(const X509_ALGOR *a)
{
	const ASN1_OBJECT *o = NULL;

	X509_ALGOR_get0(&o, NULL, NULL, a);
	switch (OBJ_obj2nid(o)) {
	case NID_sha256: return 256;
	case NID_sha384: return 384;
	case NID_sha512: return 512;
	default: return 0; /* numbers of libcrypto's, not an enum of ours */
	}
}

static enum wf_rc
read_info(struct wf_tsa *t, struct wf_err *err)
{
	ASN1_OCTET_STRING **content = CMS_get0_content(t->cms);
	const unsigned char *p, *start;
	TS_MSG_IMPRINT *imprint;
	const ASN1_GENERALIZEDTIME *when;
	int n, i;

	if (!content || !*content)
		return invalid(err, "the token holds no content");
	p = start = ASN1_STRING_get0_data(*content);
	n = ASN1_STRING_length(*content);
	if (n <= 0 || !(t->info = d2i_TS_TST_INFO(NULL, &p, n)) || p != start + n)
		return invalid(err, "the content of the token is no TSTInfo");
	if (TS_TST_INFO_get_version(t->info) != 1)
		return invalid(err, "TSTInfo of another version than 1");
	for (i = 0; i < TS_TST_INFO_get_ext_count(t->info); i++)
		if (X509_EXTENSION_get_critical(TS_TST_INFO_get_ext(t->info, i)))
			return invalid(err, "TSTInfo with a critical extension");
	imprint = TS_TST_INFO_get_msg_imprint(t->info);
	t->bits = sha2_bits(TS_MSG_IMPRINT_get_algo(imprint));
	if (t->bits == 0)
		return invalid(err, "an imprint by another hash than SHA-256, SHA-384 and SHA-512");
	if ((unsigned)ASN1_STRING_length(TS_MSG_IMPRINT_get_msg(imprint)) != t->bits / 8)
		return invalid(err, "an imprint of the wrong length");
	when = TS_TST_INFO_get_time(t->info);
	if (!when || wf_tsa_der_time((struct wf_str){(const char *)ASN1_STRING_get0_data(when),
	                                             (size_t)ASN1_STRING_length(when)},
	                             &t->sec, &t->nsec))
		return invalid(err, "genTime is no time of RFC 3161");
	return WF_OK;
}

/* The certificate that the signer's name and serial point to, wherever in
 * the token it lies. */
static enum wf_rc
read_embedded(struct wf_tsa *t, struct wf_err *err)
{
	WF_AUTO(x509s_freep) STACK_OF(X509) *certs = CMS_get1_certs(t->cms);
	int i, n;

	for (i = 0; i < sk_X509_num(certs); i++) {
		if (CMS_SignerInfo_cert_cmp(t->signer, sk_X509_value(certs, i)) != 0)
			continue;
		if ((n = i2d_X509(sk_X509_value(certs, i), &t->embedded)) <= 0)
			return invalid(err, "the certificate in the token cannot be read");
		t->embedded_len = (size_t)n;
		break;
	}
	return WF_OK;
}

static enum wf_rc
read_token(struct wf_tsa *t, struct wf_err *err)
{
	STACK_OF(CMS_SignerInfo) *signers;
	enum wf_rc rc;

	t->cms = read_cms(t->der, t->len);
	if (!t->cms || OBJ_obj2nid(CMS_get0_type(t->cms)) != NID_pkcs7_signed)
		return invalid(err, "the token is no SignedData");
	if (OBJ_obj2nid(CMS_get0_eContentType(t->cms)) != NID_id_smime_ct_TSTInfo)
		return invalid(err, "the token is not about a TSTInfo");
	signers = CMS_get0_SignerInfos(t->cms);
	if (sk_CMS_SignerInfo_num(signers) != 1)
		return invalid(err, "not exactly one signer");
	t->signer = sk_CMS_SignerInfo_value(signers, 0);
	if ((rc = read_info(t, err)))
		return rc;
	return read_embedded(t, err);
}

enum wf_rc
wf_tsa_read(struct wf_str der, struct wf_tsa **out, struct wf_err *err)
{
	WF_AUTO(wf_tsa_freep) struct wf_tsa *t = NULL;
	struct wf_str token;
	const char *why;
	enum wf_rc rc;

	if (der.len > WF_MAX_TIMESTAMP_BYTES)
		return wf_err_set(err, WF_R_CANDIDATE_LIMIT,
		                  "timestamp of %zu bytes, at most %u are read", der.len,
		                  WF_MAX_TIMESTAMP_BYTES);
	if ((why = wf_tsa_der_response(der, &token)))
		return invalid(err, why);
	t = wf_calloc(1, sizeof(*t));
	t->der = wf_malloc(token.len);
	memcpy(t->der, token.p, token.len);
	t->len = token.len;
	if ((rc = read_token(t, err)))
		return rc;
	ERR_clear_error();
	*out = t;
	t = NULL;
	return WF_OK;
}

void
wf_tsa_free(struct wf_tsa *t)
{
	if (!t)
		return;
	OPENSSL_free(t->embedded);
	TS_TST_INFO_free(t->info);
	CMS_ContentInfo_free(t->cms);
	free(t->der);
	free(t);
}

void
wf_tsa_freep(struct wf_tsa **t)
{
	wf_tsa_free(*t);
	*t = NULL;
}

void
wf_tsa_time(const struct wf_tsa *t, int64_t *sec, uint32_t *nsec)
{
	*sec = t->sec;
	*nsec = t->nsec;
}

enum wf_rc
wf_tsa_imprint(const struct wf_tsa *t, struct wf_str stamped, struct wf_err *err)
{
	const ASN1_OCTET_STRING *have = TS_MSG_IMPRINT_get_msg(TS_TST_INFO_get_msg_imprint(t->info));
	uint8_t want[64];

	wf_crypto_sha2(t->bits, stamped.p, stamped.len, want);
	if (memcmp(ASN1_STRING_get0_data(have), want, t->bits / 8) != 0)
		return invalid(err, "it is about other bytes than this signature");
	return WF_OK;
}

bool
wf_tsa_names(const struct wf_tsa *t, const struct wf_x509 *certificate)
{
	return CMS_SignerInfo_cert_cmp(t->signer, wf_x509_raw(certificate)) == 0;
}

struct wf_str
wf_tsa_embedded(const struct wf_tsa *t)
{
	return (struct wf_str){(const char *)t->embedded, t->embedded_len};
}

bool
wf_tsa_issued_by(const struct wf_tsa *t, const struct wf_x509 *certificate)
{
	WF_AUTO(x509_freep) X509 *own = NULL;
	X509_NAME *issuer = NULL;
	bool same;

	if (CMS_SignerInfo_get0_signer_id(t->signer, NULL, &issuer, NULL) != 1)
		issuer = NULL;
	if (!issuer && t->embedded && (own = read_x509(wf_tsa_embedded(t))))
		issuer = X509_get_issuer_name(own);
	same = issuer &&
	       X509_NAME_cmp(issuer, X509_get_subject_name(wf_x509_raw(certificate))) == 0;
	ERR_clear_error();
	return same;
}

/* RFC 3161 section 2.3.  libcrypto's own check lets usages through that it
 * does not know. */
static enum wf_rc
check_profile(X509 *x, struct wf_err *err)
{
	WF_AUTO(eku_freep) EXTENDED_KEY_USAGE *usages = NULL;
	uint32_t flags = X509_get_extension_flags(x), usage = X509_get_key_usage(x);
	int critical = 0;

	if (flags & (EXFLAG_INVALID | EXFLAG_CRITICAL))
		return invalid(err, "the signer's certificate has an extension that is wrong or unknown");
	if (flags & EXFLAG_CA)
		return invalid(err, "the signer's certificate is that of an authority (CA)");
	if ((flags & EXFLAG_KUSAGE) &&
	    (!(usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) || (usage & KU_KEY_CERT_SIGN)))
		return invalid(err, "the signer's key usage does not allow timestamps");
	usages = X509_get_ext_d2i(x, NID_ext_key_usage, &critical, NULL);
	if (!usages || critical != 1)
		return invalid(err, "the signer's extended key usage is missing or not critical");
	if (sk_ASN1_OBJECT_num(usages) != 1 ||
	    OBJ_obj2nid(sk_ASN1_OBJECT_value(usages, 0)) != NID_time_stamp)
		return invalid(err, "the signer's extended key usage is not timeStamping alone");
	return WF_OK;
}

static struct wf_str
attribute(CMS_SignerInfo *si, int nid)
{
	const ASN1_STRING *s = CMS_signed_get0_data_by_OBJ(si, OBJ_nid2obj(nid), -3, V_ASN1_SEQUENCE);

	if (!s)
		return (struct wf_str){NULL, 0};
	return (struct wf_str){(const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)};
}

/* RFC 3161 section 2.4.1 and RFC 5816: the signed attributes name the
 * certificate by its hash, so that no other one of that key will do. */
static enum wf_rc
check_attributes(CMS_SignerInfo *si, struct wf_str certificate, struct wf_err *err)
{
	struct wf_str v1 = attribute(si, NID_id_smime_aa_signingCertificate);
	struct wf_str v2 = attribute(si, NID_id_smime_aa_signingCertificateV2);
	const ASN1_OBJECT *type;
	uint8_t sha1[20];
	size_t n = 0;

	type = CMS_signed_get0_data_by_OBJ(si, OBJ_nid2obj(NID_pkcs9_contentType), -3, V_ASN1_OBJECT);
	if (!type || OBJ_obj2nid(type) != NID_id_smime_ct_TSTInfo)
		return invalid(err, "the signed attributes are not about a TSTInfo");
	if (!v1.p && !v2.p)
		return invalid(err, "the signed attributes do not name the signer's certificate");
	if (v2.p && !wf_tsa_der_names(v2, certificate))
		return invalid(err, "made by another certificate than the one trusted");
	if (!v1.p)
		return WF_OK;
	if (EVP_Q_digest(wf_crypto_ctx(), "SHA1", NULL, certificate.p, certificate.len, sha1, &n) != 1 ||
	    n != sizeof(sha1) || !wf_tsa_der_names_sha1(v1, sha1))
		return invalid(err, "made by another certificate than the one trusted");
	return WF_OK;
}

/* The signature itself.  That the signer is x is looked at once more after:
 * libcrypto keeps the first certificate it is given. */
static enum wf_rc
check_signature(CMS_ContentInfo *cms, X509 *x, struct wf_err *err)
{
	STACK_OF(X509) *only = sk_X509_new_null(), *signers;
	bool good;

	if (!only || sk_X509_push(only, x) != 1)
		wf_die("out of memory (libcrypto)");
	good = CMS_verify(cms, only, NULL, NULL, NULL,
	                  CMS_NO_SIGNER_CERT_VERIFY | CMS_NOINTERN | CMS_BINARY) == 1;
	sk_X509_free(only);
	signers = CMS_get0_signers(cms);
	good = good && sk_X509_num(signers) == 1 && X509_cmp(sk_X509_value(signers, 0), x) == 0;
	sk_X509_free(signers);
	return good ? WF_OK : invalid(err, "its signature does not verify");
}

enum wf_rc
wf_tsa_check(const struct wf_tsa *t, const struct wf_x509 *certificate, struct wf_err *err)
{
	WF_AUTO(cms_freep) CMS_ContentInfo *cms = read_cms(t->der, t->len);
	X509 *x = wf_x509_raw(certificate);
	CMS_SignerInfo *si;
	X509_ALGOR *digest = NULL;
	enum wf_rc rc;

	if (!cms)
		return invalid(err, "the token cannot be read again");
	si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
	if (CMS_SignerInfo_cert_cmp(si, x) != 0)
		return invalid(err, "made by another certificate than the one trusted");
	CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, NULL);
	if (sha2_bits(digest) == 0)
		return invalid(err, "signed by another hash than SHA-256, SHA-384 and SHA-512");
	if ((rc = check_profile(x, err)) || (rc = check_attributes(si, wf_x509_der(certificate), err)) ||
	    (rc = check_signature(cms, x, err)))
		return rc;
	ERR_clear_error();
	return WF_OK;
}
