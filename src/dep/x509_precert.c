/* SPDX-License-Identifier: Apache-2.0
 *
 * The certificate before its timestamps, cut from its bytes.  Must never take
 * a length that is not the shortest: the log hashed DER.
 */
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <string.h>

#include "dep/x509.h"

#define TAG_SEQUENCE 0x30u
#define TAG_EXTENSIONS 0xa3u /* [3] of TBSCertificate */
#define HEAD_MAX 4u          /* of what WF_MAX_CERT_BYTES allow */

/* OBJECT IDENTIFIER 1.3.6.1.4.1.11129.2.4.2 */
static const struct wf_str sct_list = {
	"\x06\x0a\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02", 12,
};

static size_t
head(unsigned char *p, unsigned char tag, size_t n)
{
	p[0] = tag;
	if (n < 0x80) {
		p[1] = (unsigned char)n;
		return 2;
	}
	if (n < 0x100) {
		p[1] = 0x81;
		p[2] = (unsigned char)n;
		return 3;
	}
	p[1] = 0x82;
	p[2] = (unsigned char)(n >> 8);
	p[3] = (unsigned char)n;
	return HEAD_MAX;
}

/* Cuts one element off. */
static bool
take(struct wf_str *rest, unsigned char *tag, struct wf_str *content)
{
	const unsigned char *p = (const unsigned char *)rest->p;
	unsigned char shortest[HEAD_MAX];
	long n = 0;
	int number = 0, class = 0, r;

	if (rest->len == 0)
		return false;
	r = ASN1_get_object(&p, &n, &number, &class, (long)rest->len);
	ERR_clear_error();
	/* 0x80: broken; 0x01: without a length */
	if ((r & 0x81) || n < 0 || n > 0xffff)
		return false;
	*tag = (unsigned char)rest->p[0];
	*content = (struct wf_str){(const char *)p, (size_t)n};
	if (head(shortest, *tag, content->len) != (size_t)(content->p - rest->p))
		return false;
	rest->len -= (size_t)(content->p - rest->p) + content->len;
	rest->p = content->p + content->len;
	return true;
}

static bool
take_sequence(struct wf_str *rest, struct wf_str *content)
{
	unsigned char tag;

	return take(rest, &tag, content) && tag == TAG_SEQUENCE;
}

/* before: TBSCertificate up to its extensions; list: those. */
static bool
open_certificate(struct wf_str der, struct wf_str *before, struct wf_str *list)
{
	struct wf_str certificate, tbs, rest, content = {NULL, 0};
	unsigned char tag = 0;

	if (!take_sequence(&der, &certificate) || !take_sequence(&certificate, &tbs))
		return false;
	*before = (struct wf_str){tbs.p, 0};
	for (rest = tbs; rest.len && tag != TAG_EXTENSIONS;) {
		before->len = (size_t)(rest.p - tbs.p);
		if (!take(&rest, &tag, &content))
			return false;
	}
	return tag == TAG_EXTENSIONS && rest.len == 0 && take_sequence(&content, list) &&
	       content.len == 0;
}

static enum wf_rc
write_without(struct wf_str before, struct wf_str left, struct wf_str right, struct wf_buf *out,
              struct wf_err *err)
{
	size_t n = left.len + right.len, inner, outer, all;
	unsigned char list[HEAD_MAX], extensions[HEAD_MAX], tbs[HEAD_MAX];
	enum wf_rc rc;

	inner = head(list, TAG_SEQUENCE, n);
	outer = head(extensions, TAG_EXTENSIONS, inner + n);
	all = head(tbs, TAG_SEQUENCE, before.len + outer + inner + n);
	if ((rc = wf_buf_add(out, tbs, all, err)) ||
	    (rc = wf_buf_add(out, before.p, before.len, err)) ||
	    (rc = wf_buf_add(out, extensions, outer, err)) ||
	    (rc = wf_buf_add(out, list, inner, err)) ||
	    (rc = wf_buf_add(out, left.p, left.len, err)))
		return rc;
	return wf_buf_add(out, right.p, right.len, err);
}

enum wf_rc
wf_x509_precert(const struct wf_x509 *c, struct wf_buf *out, struct wf_err *err)
{
	struct wf_str before, list, rest, one, left;

	if (!open_certificate(wf_x509_der(c), &before, &list))
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "the certificate's extensions are not written as DER has it");
	for (rest = list; rest.len;) {
		left = (struct wf_str){list.p, (size_t)(rest.p - list.p)};
		if (!take_sequence(&rest, &one))
			return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
			                  "the certificate's extensions are not written as DER has it");
		if (one.len > sct_list.len && memcmp(one.p, sct_list.p, sct_list.len) == 0)
			return write_without(before, left, rest, out, err);
	}
	return wf_err_set(err, WF_R_SCT_MISSING,
	                  "the certificate holds no signed certificate timestamp");
}
