/* SPDX-License-Identifier: Apache-2.0
 *
 * What a signing certificate says (Fulcio certificate specification, fulcio
 * oid-info).  Must never let one statement have two readings: a value that is
 * not exactly what its OID prescribes refuses the certificate.
 */
#include "trust/cert.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

#define ARC "1.3.6.1.4.1.57264.1."
#define TAG_UTF8STRING 0x0c

/* Number under ARC, name, and whether the value is bare text instead of a DER
 * UTF8String (the first six, deprecated). */
static const struct {
	const char *oid, *name;
	bool bare;
} known[] = {
	{ARC "1", "issuer", true},
	{ARC "2", "githubWorkflowTrigger", true},
	{ARC "3", "githubWorkflowSHA", true},
	{ARC "4", "githubWorkflowName", true},
	{ARC "5", "githubWorkflowRepository", true},
	{ARC "6", "githubWorkflowRef", true},
	{ARC "8", "issuer", false},
	{ARC "9", "buildSignerURI", false},
	{ARC "10", "buildSignerDigest", false},
	{ARC "11", "runnerEnvironment", false},
	{ARC "12", "sourceRepositoryURI", false},
	{ARC "13", "sourceRepositoryDigest", false},
	{ARC "14", "sourceRepositoryRef", false},
	{ARC "15", "sourceRepositoryIdentifier", false},
	{ARC "16", "sourceRepositoryOwnerURI", false},
	{ARC "17", "sourceRepositoryOwnerIdentifier", false},
	{ARC "18", "buildConfigURI", false},
	{ARC "19", "buildConfigDigest", false},
	{ARC "20", "buildTrigger", false},
	{ARC "21", "runInvocationURI", false},
	{ARC "22", "sourceRepositoryVisibilityAtSigning", false},
	{ARC "23", "deploymentEnvironment", false},
	{ARC "24", "tokenSubject", false},
};
_Static_assert(WF_MAX_SAN_BYTES <= WF_MAX_REGEXP_TEXT, "expressions reach every name");
_Static_assert(WF_COUNT(known) <= WF_CERT_EXTENSIONS, "room for every known extension");

/* X.690: tag 0x0c, the shortest length, nothing behind. */
static bool
utf8string(struct wf_str der, struct wf_str *out)
{
	const unsigned char *p = (const unsigned char *)der.p;
	size_t head, n, i;

	if (der.len < 2 || p[0] != TAG_UTF8STRING)
		return false;
	n = p[1];
	head = 2;
	if (n & 0x80u) {
		size_t bytes = n & 0x7fu;

		if (bytes < 1 || bytes > 2 || der.len < 2 + bytes || p[2] == 0)
			return false;
		for (n = 0, i = 0; i < bytes; i++)
			n = n << 8 | p[2 + i];
		if (n < 0x80)
			return false;
		head += bytes;
	}
	if (der.len - head != n)
		return false;
	*out = (struct wf_str){der.p + head, n};
	return true;
}

static bool
is_text(struct wf_str s)
{
	return !memchr(s.p ? s.p : "", '\0', s.len) && wf_text_is_utf8(s.p ? s.p : "", s.len);
}

static enum wf_rc
read_extensions(struct wf_cert *c, struct wf_err *err)
{
	struct wf_x509_ext e;
	struct wf_str v, issuer[2] = {{NULL, 0}, {NULL, 0}}; /* bare, UTF8String */
	bool has[2] = {false, false};
	size_t i, k;

	for (i = 0; wf_x509_ext(c->x509, i, &e); i++) {
		for (k = 0; k < WF_COUNT(known); k++)
			if (strcmp(e.oid, known[k].oid) == 0)
				break;
		if (k == WF_COUNT(known))
			continue;
		v = e.value;
		if ((!known[k].bare && !utf8string(e.value, &v)) || !is_text(v))
			return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
			                  "certificate: extension %s (%s) is not %s", e.oid,
			                  known[k].name, known[k].bare ? "text" : "a DER UTF8String");
		if (strcmp(known[k].name, "issuer") == 0) {
			issuer[!known[k].bare] = v;
			has[!known[k].bare] = true;
			continue;
		}
		c->extensions[c->nextensions++] = (struct wf_cert_extension){known[k].name, v};
	}
	if (has[0] && has[1] && !wf_str_eq(issuer[0], issuer[1]))
		return wf_err_set(err, WF_R_ISSUER_MISMATCH,
		                  "the certificate names two issuers, \"%.*s\" and \"%.*s\"",
		                  issuer[0].len > 120 ? 120 : (int)issuer[0].len, issuer[0].p,
		                  issuer[1].len > 120 ? 120 : (int)issuer[1].len, issuer[1].p);
	c->issuer = has[1] ? issuer[1] : issuer[0];
	/* an expression matches nothing longer, and a deny list must not miss it */
	if (c->issuer.len > WF_MAX_SAN_BYTES)
		return wf_err_set(err, WF_R_CANDIDATE_LIMIT,
		                  "the certificate's issuer has %zu bytes, at most %u are read",
		                  c->issuer.len, WF_MAX_SAN_BYTES);
	return WF_OK;
}

/* Exactly one name, of a kind that Fulcio issues. */
static enum wf_rc
read_subject(struct wf_cert *c, struct wf_err *err)
{
	struct wf_x509_san san;
	size_t n = wf_x509_sans(c->x509), i;

	if (n != 1)
		return wf_err_set(err, WF_R_CERTIFICATE_CHAIN,
		                  "the certificate has %zu subject alternative names, expected exactly one", n);
	if (!wf_x509_san(c->x509, 0, &san) || san.kind == WF_X509_SAN_OTHER)
		return wf_err_set(err, WF_R_CERTIFICATE_CHAIN,
		                  "the certificate's subject alternative name is no URI, e-mail address or user name");
	if (san.value.len == 0 || san.value.len > WF_MAX_SAN_BYTES)
		return wf_err_set(err, san.value.len ? WF_R_CANDIDATE_LIMIT : WF_R_CANDIDATE_MALFORMED,
		                  "the certificate's subject alternative name has %zu bytes, expected 1 to %u",
		                  san.value.len, WF_MAX_SAN_BYTES);
	if (!is_text(san.value))
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "the certificate's subject alternative name is not text");
	for (i = 0; san.kind != WF_X509_SAN_USERNAME && i < san.value.len; i++)
		if ((unsigned char)san.value.p[i] >= 0x80)
			return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
			                  "the certificate's subject alternative name is not ASCII");
	c->kind = san.kind;
	c->subject = san.value;
	return WF_OK;
}

static enum wf_rc
take(struct wf_cert *c, struct wf_cert *out, struct wf_err *err)
{
	enum wf_rc rc;

	if ((rc = read_extensions(c, err)) || (rc = read_subject(c, err)) ||
	    (rc = wf_x509_key(c->x509, "certificate", WF_R_UNSUPPORTED_ALGORITHM, &c->key, err))) {
		wf_cert_free(c);
		return rc;
	}
	*out = *c;
	return WF_OK;
}

enum wf_rc
wf_cert_read(struct wf_str der, struct wf_cert *out, struct wf_err *err)
{
	struct wf_cert c = WF_CERT_INIT;
	enum wf_rc rc;

	if ((rc = wf_x509_read(der, "certificate", WF_R_CANDIDATE_MALFORMED, &c.x509, err)))
		return rc;
	return take(&c, out, err);
}

enum wf_rc
wf_cert_read_pem(struct wf_str pem, struct wf_cert *out, struct wf_err *err)
{
	struct wf_cert c = WF_CERT_INIT;
	size_t n;
	enum wf_rc rc;

	if ((rc = wf_x509_read_pem(pem, "certificate", WF_R_CANDIDATE_MALFORMED, &c.x509, 1, &n, err)))
		return rc;
	return take(&c, out, err);
}

void
wf_cert_free(struct wf_cert *c)
{
	if (!c)
		return;
	wf_x509_free(c->x509);
	wf_sigkey_free(c->key);
	*c = (struct wf_cert)WF_CERT_INIT;
}

bool
wf_cert_extension(const struct wf_cert *c, const char *name, struct wf_str *out)
{
	size_t i;

	if (strcmp(name, "issuer") == 0 && c->issuer.len) {
		*out = c->issuer;
		return true;
	}
	for (i = 0; i < c->nextensions; i++) {
		if (strcmp(c->extensions[i].name, name) == 0) {
			*out = c->extensions[i].value;
			return true;
		}
	}
	return false;
}

bool
wf_cert_extension_known(const char *name)
{
	size_t i;

	for (i = 0; i < WF_COUNT(known); i++)
		if (strcmp(known[i].name, name) == 0)
			return true;
	return false;
}

enum wf_rc
wf_cert_check_chain(const struct wf_str *ders, size_t n, struct wf_err *err)
{
	size_t i;
	enum wf_rc rc;

	if (n == 0)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED, "the certificate chain is empty");
	for (i = 0; i < n; i++) {
		WF_AUTO(wf_x509_freep) struct wf_x509 *x = NULL;

		if ((rc = wf_x509_read(ders[i], "certificate chain", WF_R_CANDIDATE_MALFORMED, &x, err)))
			return rc;
		if (wf_x509_is_self_signed(x))
			return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
			                  "certificate %zu of the chain signs itself: a signature cannot bring its own root",
			                  i + 1);
	}
	return WF_OK;
}
