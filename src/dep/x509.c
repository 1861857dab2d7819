/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads certificates.  Must never take one that holds an extension twice:
 * libcrypto looks at the first and others at the last.
 */
#include "dep/x509.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/mem.h"
#include "dep/crypto_ctx.h"
#include "dep/sigkey_raw.h"
#include "dep/x509_plain.h"
#include "dep/x509_raw.h"

#define OID_USERNAME "1.3.6.1.4.1.57264.1.7" /* fulcio oid-info: otherName SAN */
#define UTC_TIME_LEN 13          /* YYMMDDHHMMSSZ, RFC 5280 section 4.1.2.5 */
#define GENERALIZED_TIME_LEN 15  /* YYYYMMDDHHMMSSZ */

/* What libcrypto made of it. */
struct body {
	X509 *x; /* NULL: not asked yet */
	char *subject;
	unsigned char *spki; /* libcrypto's */
	size_t spki_len;
	GENERAL_NAMES *sans; /* NULL: none */
	struct wf_x509_eku eku;
	int64_t not_before, not_after;
	const struct wf_x509 *issuer; /* see x509_raw.h */
};

struct wf_x509 {
	struct body *body;
	char *der;
	size_t der_len;
	struct wf_x509_plain plain; /* of one read late, until it has a body */
};

static void
bio_freep(BIO **b)
{
	BIO_free(*b);
}

static void
eku_freep(EXTENDED_KEY_USAGE **e)
{
	EXTENDED_KEY_USAGE_free(*e);
}

/* libcrypto asks the default context what SHA-1 is called when it first looks
 * at an extension; the first question there costs more than a certificate. */
static void
look(X509 *x)
{
	OSSL_LIB_CTX *before = OSSL_LIB_CTX_set0_default(wf_crypto_ctx());

	(void)X509_check_purpose(x, -1, 0);
	(void)OSSL_LIB_CTX_set0_default(before);
	ERR_clear_error();
}

static bool
read_time(const ASN1_TIME *t, int64_t *out)
{
	int type = t ? ASN1_STRING_type(t) : 0, n = t ? ASN1_STRING_length(t) : 0;
	struct tm tm = {0};

	if (!(type == V_ASN1_UTCTIME && n == UTC_TIME_LEN) &&
	    !(type == V_ASN1_GENERALIZEDTIME && n == GENERALIZED_TIME_LEN))
		return false;
	if (ASN1_STRING_get0_data(t)[n - 1] != 'Z' || ASN1_TIME_to_tm(t, &tm) != 1)
		return false;
	*out = timegm(&tm);
	return true;
}

/* Any extension twice is refused (RFC 5280 section 4.2); libcrypto itself does
 * so for those it knows only. */
static enum wf_rc
check_extensions(const X509 *x, const char *name, enum wf_reason bad, struct wf_err *err)
{
	int n = X509_get_ext_count(x), i, j;
	char oid[80];

	if (n > (int)WF_MAX_CERT_EXTENSIONS)
		return wf_err_set(err, bad == WF_R_CANDIDATE_MALFORMED ? WF_R_CANDIDATE_LIMIT : bad,
		                  "%s: %d extensions, at most %u are read", name, n,
		                  WF_MAX_CERT_EXTENSIONS);
	for (i = 0; i < n; i++) {
		const ASN1_OBJECT *o = X509_EXTENSION_get_object(X509_get_ext(x, i));

		for (j = 0; j < i; j++) {
			if (OBJ_cmp(o, X509_EXTENSION_get_object(X509_get_ext(x, j))) != 0)
				continue;
			(void)OBJ_obj2txt(oid, sizeof(oid), o, 1);
			return wf_err_set(err, bad, "%s: extension %s is there twice", name, oid);
		}
	}
	return WF_OK;
}

static bool
read_eku(X509 *x, struct wf_x509_eku *out)
{
	int critical = -1, i;
	WF_AUTO(eku_freep) EXTENDED_KEY_USAGE *e =
		X509_get_ext_d2i(x, NID_ext_key_usage, &critical, NULL);

	if (!e)
		return critical == -1; /* absent; else it does not parse */
	out->present = true;
	out->critical = critical == 1;
	out->n = (size_t)sk_ASN1_OBJECT_num(e);
	for (i = 0; i < sk_ASN1_OBJECT_num(e); i++) {
		int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(e, i));

		out->code_signing |= nid == NID_code_sign;
		out->time_stamping |= nid == NID_time_stamp;
		out->any |= nid == NID_anyExtendedKeyUsage;
	}
	return true;
}

static char *
name_text(const X509_NAME *name)
{
	WF_AUTO(bio_freep) BIO *b = BIO_new(BIO_s_mem());
	char *p = NULL;
	long n = 0;

	if (b && name && X509_NAME_print_ex(b, name, 0, XN_FLAG_RFC2253) >= 0)
		n = BIO_get_mem_data(b, &p);
	return wf_strndup(n > 0 && p ? p : "", n > 0 ? (size_t)n : 0);
}

/* What is looked at later is taken out now, so that nothing later can fail. */
static enum wf_rc
take_fields(struct body *c, const char *name, enum wf_reason bad, struct wf_err *err)
{
	int critical = -1, n;
	enum wf_rc rc;

	if ((rc = check_extensions(c->x, name, bad, err)))
		return rc;
	if (!read_time(X509_get0_notBefore(c->x), &c->not_before) ||
	    !read_time(X509_get0_notAfter(c->x), &c->not_after))
		return wf_err_set(err, bad, "%s: a validity date is not of the form YYYYMMDDHHMMSSZ", name);
	if (X509_get_extension_flags(c->x) & EXFLAG_INVALID)
		return wf_err_set(err, bad, "%s: an extension does not parse", name);
	c->sans = X509_get_ext_d2i(c->x, NID_subject_alt_name, &critical, NULL);
	if ((!c->sans && critical != -1) || !read_eku(c->x, &c->eku))
		return wf_err_set(err, bad, "%s: an extension does not parse", name);
	n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(c->x), &c->spki);
	if (n <= 0)
		return wf_err_set(err, bad, "%s: no public key", name);
	c->spki_len = (size_t)n;
	return WF_OK;
}

static enum wf_rc
read_body(struct body *c, struct wf_str der, const char *name, enum wf_reason bad,
          struct wf_err *err)
{
	const unsigned char *p = (const unsigned char *)der.p;
	enum wf_rc rc;

	c->x = X509_new_ex(wf_crypto_ctx(), NULL);
	if (!c->x)
		wf_die("out of memory (libcrypto)");
	if (!d2i_X509(&c->x, &p, (long)der.len)) {
		ERR_clear_error();
		return wf_err_set(err, bad, "%s: not a DER certificate", name);
	}
	if ((size_t)(p - (const unsigned char *)der.p) != der.len)
		return wf_err_set(err, bad, "%s: %zu bytes after the certificate", name,
		                  der.len - (size_t)(p - (const unsigned char *)der.p));
	look(c->x);
	rc = take_fields(c, name, bad, err);
	ERR_clear_error();
	return rc;
}

static enum wf_rc
check_length(struct wf_str der, const char *name, enum wf_reason bad, struct wf_err *err)
{
	if (der.len == 0)
		return wf_err_set(err, bad, "%s: empty, expected a certificate", name);
	if (der.len > WF_MAX_CERT_BYTES)
		return wf_err_set(err, bad == WF_R_CANDIDATE_MALFORMED ? WF_R_CANDIDATE_LIMIT : bad,
		                  "%s: %zu bytes, a certificate has at most %u", name, der.len,
		                  WF_MAX_CERT_BYTES);
	return WF_OK;
}

static struct wf_x509 *
new_certificate(struct wf_str der)
{
	struct wf_x509 *c = wf_calloc(1, sizeof(*c));

	c->body = wf_calloc(1, sizeof(*c->body));
	c->der = wf_strndup(der.p, der.len);
	c->der_len = der.len;
	return c;
}

enum wf_rc
wf_x509_read(struct wf_str der, const char *name, enum wf_reason bad,
             struct wf_x509 **out, struct wf_err *err)
{
	WF_AUTO(wf_x509_freep) struct wf_x509 *c = NULL;
	enum wf_rc rc;

	if ((rc = check_length(der, name, bad, err)))
		return rc;
	c = new_certificate(der);
	if ((rc = read_body(c->body, der, name, bad, err)))
		return rc;
	*out = c;
	c = NULL;
	return WF_OK;
}

enum wf_rc
wf_x509_read_late(struct wf_str der, const char *name, enum wf_reason bad,
                  struct wf_x509 **out, struct wf_err *err)
{
	struct wf_x509_plain plain;
	enum wf_rc rc;

	if ((rc = check_length(der, name, bad, err)))
		return rc;
	if (!wf_x509_plain(der, &plain))
		return wf_x509_read(der, name, bad, out, err);
	*out = new_certificate(der);
	(void)wf_x509_plain(wf_x509_der(*out), &(*out)->plain); /* views of its own bytes */
	return WF_OK;
}

/* Nothing that is plain can fail here: test_x509 asks both readers. */
static const struct body *
body(const struct wf_x509 *c)
{
	if (!c->body->x && read_body(c->body, wf_x509_der(c), "certificate", WF_R_BUG, NULL))
		wf_die("a certificate that was found plain does not read");
	return c->body;
}

static const struct wf_x509_plain *
unread(const struct wf_x509 *c)
{
	return c->body->x ? NULL : &c->plain;
}

static struct wf_str
name_der(const X509_NAME *n)
{
	const unsigned char *p = NULL;
	size_t len = 0;

	if (X509_NAME_get0_der(n, &p, &len) != 1)
		len = 0; /* no name: equal to none */
	return (struct wf_str){(const char *)p, len};
}

struct wf_str
wf_x509_name(const struct wf_x509 *c)
{
	return unread(c) ? c->plain.subject : name_der(X509_get_subject_name(c->body->x));
}

struct wf_str
wf_x509_issuer_name(const struct wf_x509 *c)
{
	return unread(c) ? c->plain.issuer : name_der(X509_get_issuer_name(c->body->x));
}

void
wf_x509_free(struct wf_x509 *c)
{
	if (!c)
		return;
	GENERAL_NAMES_free(c->body->sans);
	OPENSSL_free(c->body->spki);
	X509_free(c->body->x);
	free(c->body->subject);
	free(c->body);
	free(c->der);
	free(c);
}

void
wf_x509_freep(struct wf_x509 **c)
{
	wf_x509_free(*c);
	*c = NULL;
}

X509 *
wf_x509_raw(const struct wf_x509 *c)
{
	return body(c)->x;
}

const struct wf_x509 **
wf_x509_issuer(const struct wf_x509 *c)
{
	return &c->body->issuer;
}

struct wf_str
wf_x509_der(const struct wf_x509 *c)
{
	return (struct wf_str){c->der, c->der_len};
}

struct wf_str
wf_x509_spki(const struct wf_x509 *c)
{
	return (struct wf_str){(const char *)body(c)->spki, body(c)->spki_len};
}

const char *
wf_x509_subject(const struct wf_x509 *c)
{
	const unsigned char *p = (const unsigned char *)wf_x509_name(c).p;
	X509_NAME *name;

	if (!c->body->subject) {
		name = d2i_X509_NAME(NULL, &p, (long)wf_x509_name(c).len);
		c->body->subject = name_text(name);
		X509_NAME_free(name);
	}
	return c->body->subject;
}

enum wf_rc
wf_x509_key(const struct wf_x509 *c, const char *name, enum wf_reason bad,
            struct wf_sigkey **out, struct wf_err *err)
{
	struct wf_err why = {0};

	if (wf_sigkey_adopt(X509_get0_pubkey(body(c)->x), wf_x509_spki(c), name, out, &why))
		return wf_err_set(err, bad, "%s", why.msg);
	return WF_OK;
}

bool
wf_x509_eq(const struct wf_x509 *a, const struct wf_x509 *b)
{
	return wf_str_eq(wf_x509_der(a), wf_x509_der(b));
}

int64_t
wf_x509_not_before(const struct wf_x509 *c)
{
	return unread(c) ? c->plain.not_before : c->body->not_before;
}

int64_t
wf_x509_not_after(const struct wf_x509 *c)
{
	return unread(c) ? c->plain.not_after : c->body->not_after;
}

bool
wf_x509_is_ca(const struct wf_x509 *c)
{
	return unread(c) ? c->plain.ca : (X509_get_extension_flags(c->body->x) & EXFLAG_CA) != 0;
}

bool
wf_x509_is_self_signed(const struct wf_x509 *c)
{
	EVP_PKEY *k = X509_get0_pubkey(body(c)->x);
	bool yes;

	yes = X509_NAME_cmp(X509_get_subject_name(body(c)->x), X509_get_issuer_name(body(c)->x)) == 0 &&
	      k && X509_verify(body(c)->x, k) == 1;
	ERR_clear_error();
	return yes;
}

static enum wf_x509_use
usage(const struct wf_x509 *c, uint32_t bit)
{
	if (!(X509_get_extension_flags(body(c)->x) & EXFLAG_KUSAGE))
		return WF_X509_NOT_SAID;
	return X509_get_key_usage(body(c)->x) & bit ? WF_X509_YES : WF_X509_NO;
}

enum wf_x509_use
wf_x509_may_sign(const struct wf_x509 *c)
{
	return usage(c, KU_DIGITAL_SIGNATURE);
}

enum wf_x509_use
wf_x509_may_sign_certs(const struct wf_x509 *c)
{
	return usage(c, KU_KEY_CERT_SIGN);
}

struct wf_x509_eku
wf_x509_eku(const struct wf_x509 *c)
{
	return unread(c) ? c->plain.eku : c->body->eku;
}

bool
wf_x509_ext(const struct wf_x509 *c, size_t i, struct wf_x509_ext *out)
{
	X509_EXTENSION *e = i < WF_MAX_CERT_EXTENSIONS ? X509_get_ext(body(c)->x, (int)i) : NULL;
	const ASN1_OCTET_STRING *v;

	if (!e)
		return false;
	v = X509_EXTENSION_get_data(e);
	/* an OID too long for the field keeps its head and equals none asked for */
	(void)OBJ_obj2txt(out->oid, sizeof(out->oid), X509_EXTENSION_get_object(e), 1);
	out->critical = X509_EXTENSION_get_critical(e) != 0;
	out->value = (struct wf_str){(const char *)ASN1_STRING_get0_data(v),
	                             (size_t)ASN1_STRING_length(v)};
	return true;
}

bool
wf_x509_ext_find(const struct wf_x509 *c, const char *oid, struct wf_x509_ext *out)
{
	struct wf_x509_ext e;
	size_t i;

	for (i = 0; wf_x509_ext(c, i, &e); i++) {
		if (strcmp(e.oid, oid) == 0) {
			*out = e;
			return true;
		}
	}
	return false;
}

size_t
wf_x509_sans(const struct wf_x509 *c)
{
	return body(c)->sans ? (size_t)sk_GENERAL_NAME_num(body(c)->sans) : 0;
}

static struct wf_str
string_view(const ASN1_STRING *s)
{
	return (struct wf_str){(const char *)ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s)};
}

bool
wf_x509_san(const struct wf_x509 *c, size_t i, struct wf_x509_san *out)
{
	const GENERAL_NAME *g;
	char oid[80];

	if (i >= wf_x509_sans(c))
		return false;
	g = sk_GENERAL_NAME_value(body(c)->sans, (int)i);
	*out = (struct wf_x509_san){.kind = WF_X509_SAN_OTHER};
	if (g->type == GEN_URI || g->type == GEN_EMAIL) {
		out->kind = g->type == GEN_URI ? WF_X509_SAN_URI : WF_X509_SAN_EMAIL;
		out->value = string_view(g->d.ia5);
	} else if (g->type == GEN_OTHERNAME &&
	           g->d.otherName->value->type == V_ASN1_UTF8STRING) {
		(void)OBJ_obj2txt(oid, sizeof(oid), g->d.otherName->type_id, 1);
		if (strcmp(oid, OID_USERNAME) == 0) {
			out->kind = WF_X509_SAN_USERNAME;
			out->value = string_view(g->d.otherName->value->value.utf8string);
		}
	}
	return true;
}
