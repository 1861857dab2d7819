/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks at plain certificates.  Must never find one plain that libcrypto would
 * not read: whoever asks for more later has no way to be told.
 */
#include "dep/x509_plain.h"

#include <string.h>
#include <time.h>

#define TAG_BOOLEAN 0x01
#define TAG_INTEGER 0x02
#define TAG_BITS 0x03
#define TAG_OCTETS 0x04
#define TAG_OID 0x06
#define TAG_UTF8 0x0c
#define TAG_PRINTABLE 0x13
#define TAG_IA5 0x16
#define TAG_UTC_TIME 0x17
#define TAG_GENERAL_TIME 0x18
#define TAG_SEQUENCE 0x30
#define TAG_SET 0x31
#define TAG_VERSION 0xa0
#define TAG_EXTENSIONS 0xa3

#define MAX_VALUE 64u      /* X.520's upper bound of a name's part */
#define MAX_SERIAL 20u     /* RFC 5280 section 4.1.2.2 */
#define MAX_KEY_ID 32u
#define MAX_EXTENSIONS 8u

/* One element of DER; false at the end and for what is none. */
static bool
take(struct wf_str *rest, unsigned char tag, struct wf_str *content)
{
	const unsigned char *p = (const unsigned char *)rest->p;
	size_t head = 2, n;

	if (rest->len < 2 || p[0] != tag)
		return false;
	n = p[1];
	if (n == 0x81 && rest->len > 2 && p[2] >= 0x80) {
		n = p[2];
		head = 3;
	} else if (n == 0x82 && rest->len > 3 && p[2]) {
		n = (size_t)p[2] << 8 | p[3];
		head = 4;
	} else if (n >= 0x80) {
		return false;
	}
	if (rest->len - head < n)
		return false;
	*content = (struct wf_str){rest->p + head, n};
	rest->p += head + n;
	rest->len -= head + n;
	return true;
}

static bool
is(struct wf_str s, const char *bytes, size_t n)
{
	return s.len == n && memcmp(s.p, bytes, n) == 0;
}
#define IS(s, literal) is(s, literal, sizeof(literal) - 1)

/* ECDSA with SHA-2, or RSA PKCS#1 with SHA-2. */
static bool
plain_algorithm(struct wf_str content)
{
	return IS(content, "\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02") ||
	       IS(content, "\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x03") ||
	       IS(content, "\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x04") ||
	       IS(content, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00") ||
	       IS(content, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c\x05\x00") ||
	       IS(content, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d\x05\x00");
}

/* P-256 or P-384, the point uncompressed. */
static bool
plain_key(struct wf_str content)
{
	struct wf_str algorithm, bits;

	if (!take(&content, TAG_SEQUENCE, &algorithm) || !take(&content, TAG_BITS, &bits) ||
	    content.len || bits.len < 2 || memcmp(bits.p, "\0\4", 2) != 0)
		return false;
	if (IS(algorithm, "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
	                  "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"))
		return bits.len == 2 + 64;
	return IS(algorithm, "\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22") &&
	       bits.len == 2 + 96;
}

/* One part of a name: an attribute of X.520 with a value in ASCII. */
static bool
take_part(struct wf_str *name, struct wf_str *oid, struct wf_str *value)
{
	struct wf_str set, pair;
	size_t i;

	if (!take(name, TAG_SET, &set) || !take(&set, TAG_SEQUENCE, &pair) || set.len ||
	    !take(&pair, TAG_OID, oid) || oid->len != 3 || memcmp(oid->p, "\x55\x04", 2) != 0 ||
	    (unsigned char)oid->p[2] >= 0x80)
		return false;
	if ((!take(&pair, TAG_UTF8, value) && !take(&pair, TAG_PRINTABLE, value) &&
	     !take(&pair, TAG_IA5, value)) ||
	    pair.len || value->len == 0 || value->len > MAX_VALUE)
		return false;
	for (i = 0; i < value->len; i++)
		if (value->p[i] < ' ' || value->p[i] > '~')
			return false;
	return true;
}

/* name: with its header */
static bool
take_name(struct wf_str *rest, struct wf_str *name)
{
	struct wf_str parts, oid, value;

	name->p = rest->p;
	if (!take(rest, TAG_SEQUENCE, &parts) || parts.len == 0)
		return false;
	name->len = (size_t)(rest->p - name->p);
	while (parts.len)
		if (!take_part(&parts, &oid, &value))
			return false;
	return true;
}

static int
digits(const char *p, size_t n)
{
	int v = 0;

	while (n--)
		v = v * 10 + (*p++ - '0');
	return v;
}

/* The 29th of February is not plain. */
static bool
take_time(struct wf_str *rest, int64_t *out)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool utc = rest->len && rest->p[0] == TAG_UTC_TIME;
	size_t i, year = utc ? 2 : 4;
	struct tm tm = {0};
	struct wf_str t;
	const char *p;

	if (!take(rest, utc ? TAG_UTC_TIME : TAG_GENERAL_TIME, &t) || t.len != year + 11)
		return false;
	for (i = 0; i + 1 < t.len; i++)
		if (t.p[i] < '0' || t.p[i] > '9')
			return false;
	p = t.p + year; /* MMDDhhmmssZ */
	tm.tm_year = digits(t.p, year) - (utc ? 0 : 1900);
	if (utc && tm.tm_year < 50) /* RFC 5280 section 4.1.2.5.1 */
		tm.tm_year += 100;
	tm.tm_mon = digits(p, 2) - 1;
	tm.tm_mday = digits(p + 2, 2);
	tm.tm_hour = digits(p + 4, 2);
	tm.tm_min = digits(p + 6, 2);
	tm.tm_sec = digits(p + 8, 2);
	if (p[10] != 'Z' || tm.tm_year < 70 || tm.tm_mon < 0 || tm.tm_mon > 11 || tm.tm_mday < 1 ||
	    tm.tm_mday > days[tm.tm_mon] || tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59)
		return false;
	*out = timegm(&tm);
	return true;
}

static bool
plain_usage(struct wf_str v)
{
	const unsigned char *p = (const unsigned char *)v.p;

	return v.len == 4 && p[0] == TAG_BITS && p[1] == 2 && p[2] < 8 && p[3] &&
	       (p[3] & ((1u << p[2]) - 1)) == 0;
}

static bool
plain_constraints(struct wf_str v, bool *ca)
{
	*ca = IS(v, "\x30\x03\x01\x01\xff") ||
	      (v.len == 8 && memcmp(v.p, "\x30\x06\x01\x01\xff\x02\x01", 7) == 0 &&
	       (unsigned char)v.p[7] < 0x80);
	return *ca || IS(v, "\x30\x00");
}

/* Purposes of RFC 5280 section 4.2.1.12. */
static bool
plain_purposes(struct wf_str v, bool critical, struct wf_x509_eku *out)
{
	struct wf_str list, oid;

	if (!take(&v, TAG_SEQUENCE, &list) || v.len || list.len == 0)
		return false;
	*out = (struct wf_x509_eku){.present = true, .critical = critical};
	for (; list.len; out->n++) {
		if (!take(&list, TAG_OID, &oid) || oid.len != 8 ||
		    memcmp(oid.p, "\x2b\x06\x01\x05\x05\x07\x03", 7) != 0 ||
		    (unsigned char)oid.p[7] >= 0x80)
			return false;
		out->code_signing |= oid.p[7] == 3;
		out->time_stamping |= oid.p[7] == 8;
	}
	return true;
}

static bool
plain_key_id(struct wf_str v, unsigned char tag)
{
	struct wf_str id;

	return take(&v, tag, &id) && v.len == 0 && id.len > 0 && id.len <= MAX_KEY_ID;
}

static bool
plain_extension(struct wf_str e, uint32_t *seen, struct wf_x509_plain *out)
{
	struct wf_str oid, truth, v, inner;
	bool critical;

	if (!take(&e, TAG_OID, &oid) || oid.len != 3 || memcmp(oid.p, "\x55\x1d", 2) != 0)
		return false;
	critical = take(&e, TAG_BOOLEAN, &truth);
	if (critical && !IS(truth, "\xff"))
		return false;
	if (!take(&e, TAG_OCTETS, &v) || e.len || oid.p[2] < 0x0e || oid.p[2] > 0x25 ||
	    (*seen & 1u << (oid.p[2] - 0x0e)))
		return false;
	*seen |= 1u << (oid.p[2] - 0x0e);
	switch (oid.p[2]) {
	case 0x0e: return plain_key_id(v, TAG_OCTETS);
	case 0x0f: return plain_usage(v);
	case 0x13: return plain_constraints(v, &out->ca);
	case 0x23: return take(&v, TAG_SEQUENCE, &inner) && v.len == 0 && plain_key_id(inner, 0x80);
	case 0x25: return plain_purposes(v, critical, &out->eku);
	default: return false; /* an arc of RFC 5280, not an enum of ours */
	}
}

static bool
plain_extensions(struct wf_str content, struct wf_x509_plain *out)
{
	struct wf_str list, e;
	uint32_t seen = 0;
	size_t n = 0;

	if (!take(&content, TAG_SEQUENCE, &list) || content.len || list.len == 0)
		return false;
	while (list.len)
		if (++n > MAX_EXTENSIONS || !take(&list, TAG_SEQUENCE, &e) ||
		    !plain_extension(e, &seen, out))
			return false;
	return true;
}

static bool
plain_serial(struct wf_str n)
{
	if (n.len == 0 || n.len > MAX_SERIAL || (unsigned char)n.p[0] >= 0x80)
		return false;
	return n.p[0] || (n.len > 1 && (unsigned char)n.p[1] >= 0x80);
}

static bool
plain_tbs(struct wf_str tbs, struct wf_str algorithm, struct wf_x509_plain *out)
{
	struct wf_str version, serial, inner, validity, key, extensions;

	return take(&tbs, TAG_VERSION, &version) && IS(version, "\x02\x01\x02") &&
	       take(&tbs, TAG_INTEGER, &serial) && plain_serial(serial) &&
	       take(&tbs, TAG_SEQUENCE, &inner) && is(inner, algorithm.p, algorithm.len) &&
	       take_name(&tbs, &out->issuer) && take(&tbs, TAG_SEQUENCE, &validity) &&
	       take_time(&validity, &out->not_before) && take_time(&validity, &out->not_after) &&
	       validity.len == 0 && take_name(&tbs, &out->subject) &&
	       take(&tbs, TAG_SEQUENCE, &key) && plain_key(key) &&
	       take(&tbs, TAG_EXTENSIONS, &extensions) && tbs.len == 0 &&
	       plain_extensions(extensions, out);
}

bool
wf_x509_plain(struct wf_str der, struct wf_x509_plain *out)
{
	struct wf_str all, tbs, algorithm, bits;

	*out = (struct wf_x509_plain){.ca = false};
	return take(&der, TAG_SEQUENCE, &all) && der.len == 0 && take(&all, TAG_SEQUENCE, &tbs) &&
	       take(&all, TAG_SEQUENCE, &algorithm) && plain_algorithm(algorithm) &&
	       take(&all, TAG_BITS, &bits) && all.len == 0 && bits.len > 1 && bits.p[0] == 0 &&
	       plain_tbs(tbs, algorithm, out);
}

/* The same letters, without looking at case and at how much space there is. */
static bool
alike(struct wf_str a, struct wf_str b)
{
	size_t i = 0, j = 0;
	unsigned char x, y;

	for (;;) {
		while (i < a.len && a.p[i] == ' ')
			i++;
		while (j < b.len && b.p[j] == ' ')
			j++;
		if (i == a.len || j == b.len)
			return i == a.len && j == b.len;
		x = (unsigned char)a.p[i++];
		y = (unsigned char)b.p[j++];
		if (x >= 'A' && x <= 'Z')
			x += 'a' - 'A';
		if (y >= 'A' && y <= 'Z')
			y += 'a' - 'A';
		if (x != y)
			return false;
	}
}

bool
wf_x509_plain_may_equal(struct wf_str first, struct wf_str second)
{
	struct wf_str a, b, oid[2], value[2];

	if (!take(&first, TAG_SEQUENCE, &a) || !take(&second, TAG_SEQUENCE, &b))
		return true; /* not plain: who knows */
	while (a.len && b.len) {
		if (!take_part(&a, &oid[0], &value[0]) || !take_part(&b, &oid[1], &value[1]))
			return true;
		if (!wf_str_eq(oid[0], oid[1]) || !alike(value[0], value[1]))
			return false;
	}
	return a.len == b.len;
}
