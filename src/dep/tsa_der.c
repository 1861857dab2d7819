/* SPDX-License-Identifier: Apache-2.0
 *
 * Small DER readings around a timestamp token.  Must never leave bytes
 * unread at the end: what is behind the token was not signed.
 */
#include "dep/tsa_der.h"

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "dep/crypto.h"
#include "sys/clock.h"

#define INDEFINITE 0x01 /* in what ASN1_get_object returns */
#define BROKEN 0x80

/* Cuts one element with that universal tag off; whole: with its header. */
static bool
take(struct wf_str *rest, int want, struct wf_str *content, struct wf_str *whole)
{
	const unsigned char *p = (const unsigned char *)rest->p;
	long n = 0;
	int tag = 0, class = 0, r;

	if (rest->len == 0)
		return false;
	r = ASN1_get_object(&p, &n, &tag, &class, (long)rest->len);
	ERR_clear_error();
	if ((r & (BROKEN | INDEFINITE)) || class != V_ASN1_UNIVERSAL || tag != want)
		return false;
	*content = (struct wf_str){(const char *)p, (size_t)n};
	if (whole)
		*whole = (struct wf_str){rest->p, (size_t)(content->p + n - rest->p)};
	rest->len -= (size_t)(content->p + n - rest->p);
	rest->p = content->p + n;
	return true;
}

const char *
wf_tsa_der_response(struct wf_str der, struct wf_str *token)
{
	struct wf_str outer, info, status, content;

	if (!take(&der, V_ASN1_SEQUENCE, &outer, NULL) || der.len)
		return "not one DER TimeStampResp";
	if (!take(&outer, V_ASN1_SEQUENCE, &info, NULL) ||
	    !take(&info, V_ASN1_INTEGER, &status, NULL))
		return "no PKIStatus";
	if (status.len != 1 || (status.p[0] != 0 && status.p[0] != 1))
		return "PKIStatus is not granted";
	if (!take(&outer, V_ASN1_SEQUENCE, &content, token) || outer.len)
		return "no token in it, or more than one";
	return NULL;
}

int
wf_tsa_der_time(struct wf_str s, int64_t *sec, uint32_t *nsec)
{
	char z[WF_TIME_TEXT];
	uint32_t fraction = 0, unit = 100000000;
	size_t i;

	if (s.len < 15 || s.p[s.len - 1] != 'Z')
		return -1;
	for (i = 0; i < 14; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return -1;
	if (s.len > 15) {
		if (s.p[14] != '.' || s.len < 17 || s.len > 25)
			return -1;
		for (i = 15; i < s.len - 1; i++, unit /= 10) {
			if (s.p[i] < '0' || s.p[i] > '9')
				return -1;
			fraction += (uint32_t)(s.p[i] - '0') * unit;
		}
	}
	(void)snprintf(z, sizeof(z), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", s.p, s.p + 4, s.p + 6,
	               s.p + 8, s.p + 10, s.p + 12);
	if (wf_clock_parse(z, sec))
		return -1;
	*nsec = fraction;
	return 0;
}

/* The first ESSCertID of either version. */
static bool
first_id(struct wf_str der, struct wf_str *id)
{
	struct wf_str outer, list;

	return take(&der, V_ASN1_SEQUENCE, &outer, NULL) && der.len == 0 &&
	       take(&outer, V_ASN1_SEQUENCE, &list, NULL) &&
	       take(&list, V_ASN1_SEQUENCE, id, NULL);
}

/* id-sha256, id-sha384, id-sha512 (NIST 2.16.840.1.101.3.4.2.1 to 3). */
static unsigned
sha2_of(struct wf_str algorithm)
{
	static const char arc[] = "\x60\x86\x48\x01\x65\x03\x04\x02";
	static const unsigned bits[] = {0, 256, 384, 512};
	struct wf_str oid;

	if (!take(&algorithm, V_ASN1_OBJECT, &oid, NULL) || oid.len != sizeof(arc) ||
	    memcmp(oid.p, arc, sizeof(arc) - 1) != 0 || oid.p[8] < 1 || oid.p[8] > 3)
		return 0;
	return bits[(unsigned char)oid.p[8]];
}

bool
wf_tsa_der_names(struct wf_str der, struct wf_str certificate)
{
	struct wf_str id, algorithm, hash;
	unsigned bits = 256; /* the DEFAULT */
	uint8_t have[64];

	if (!first_id(der, &id))
		return false;
	if (take(&id, V_ASN1_SEQUENCE, &algorithm, NULL))
		bits = sha2_of(algorithm);
	if (bits == 0 || !take(&id, V_ASN1_OCTET_STRING, &hash, NULL) || hash.len != bits / 8)
		return false;
	wf_crypto_sha2(bits, certificate.p, certificate.len, have);
	return memcmp(hash.p, have, hash.len) == 0;
}

bool
wf_tsa_der_names_sha1(struct wf_str der, const uint8_t sha1[20])
{
	struct wf_str id, hash;

	return first_id(der, &id) && take(&id, V_ASN1_OCTET_STRING, &hash, NULL) &&
	       hash.len == 20 && memcmp(hash.p, sha1, 20) == 0;
}
