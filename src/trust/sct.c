/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads and checks signed certificate timestamps.  Must never count a log
 * twice: its signature does not cover its id, its key is what it is.
 */
#include "trust/sct.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "dep/crypto.h"

#define OID_SCT_LIST "1.3.6.1.4.1.11129.2.4.2"
#define TAG_OCTETS 0x04
#define HASH_SHA256 4u /* RFC 5246 section 7.4.1.4.1 */
#define SIG_RSA 1u
#define SIG_ECDSA 3u

/* What is left to read; ok goes false and stays so. */
struct reader {
	const uint8_t *p;
	size_t len;
	bool ok;
};

struct sct {
	struct wf_str id, extensions, signature;
	uint64_t ms; /* since 1970 */
	unsigned version, hash, algorithm;
};

static struct wf_str
bytes(struct reader *r, size_t n)
{
	struct wf_str s = {(const char *)r->p, n};

	if (!r->ok || n > r->len) {
		r->ok = false;
		return (struct wf_str){NULL, 0};
	}
	r->p += n;
	r->len -= n;
	return s;
}

static uint64_t
number(struct reader *r, size_t n)
{
	struct wf_str s = bytes(r, n);
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < s.len; i++)
		v = v << 8 | (uint8_t)s.p[i];
	return v;
}

static struct wf_str
vector16(struct reader *r)
{
	return bytes(r, (size_t)number(r, 2));
}

/* The octet string in the extension's octet string; X.690's shortest length. */
static struct wf_str
unwrap(struct wf_str value)
{
	struct reader r = {(const uint8_t *)value.p, value.len, true};
	size_t n, least = 0;

	if (number(&r, 1) != TAG_OCTETS)
		return (struct wf_str){NULL, 0};
	n = (size_t)number(&r, 1);
	if (n == 0x81) {
		n = (size_t)number(&r, 1);
		least = 0x80;
	} else if (n == 0x82) {
		n = (size_t)number(&r, 2);
		least = 0x100;
	} else if (n >= 0x80) {
		return (struct wf_str){NULL, 0};
	}
	if (!r.ok || n < least || n != r.len)
		return (struct wf_str){NULL, 0};
	return bytes(&r, n);
}

static bool
read_sct(struct wf_str text, struct sct *out)
{
	struct reader r = {(const uint8_t *)text.p, text.len, true};

	out->version = (unsigned)number(&r, 1);
	if (r.ok && out->version != 0)
		return true; /* of another version; passed over */
	out->id = bytes(&r, WF_ROOT_ID_BYTES);
	out->ms = number(&r, 8);
	out->extensions = vector16(&r);
	out->hash = (unsigned)number(&r, 1);
	out->algorithm = (unsigned)number(&r, 1);
	out->signature = vector16(&r);
	return r.ok && r.len == 0;
}

/* RFC 6962 section 3.2, digitally-signed over a precert_entry. */
static enum wf_rc
signed_bytes(const struct sct *s, const uint8_t issuer_hash[WF_SHA256_BYTES],
             struct wf_str precert, struct wf_buf *out, struct wf_err *err)
{
	/* v1, certificate_timestamp, time, precert_entry */
	uint8_t head[12] = {0}, size[3], extensions[2];
	size_t i;
	enum wf_rc rc;

	for (i = 0; i < 8; i++)
		head[2 + i] = (uint8_t)(s->ms >> (56 - 8 * i));
	head[11] = 1;
	for (i = 0; i < 3; i++)
		size[i] = (uint8_t)(precert.len >> (16 - 8 * i));
	extensions[0] = (uint8_t)(s->extensions.len >> 8);
	extensions[1] = (uint8_t)s->extensions.len;
	if ((rc = wf_buf_add(out, head, sizeof(head), err)) ||
	    (rc = wf_buf_add(out, issuer_hash, WF_SHA256_BYTES, err)) ||
	    (rc = wf_buf_add(out, size, sizeof(size), err)) ||
	    (rc = wf_buf_add(out, precert.p, precert.len, err)) ||
	    (rc = wf_buf_add(out, extensions, sizeof(extensions), err)))
		return rc;
	return wf_buf_add(out, s->extensions.p, s->extensions.len, err);
}

/* The scheme must be the key's: SHA-256 with RSA or ECDSA, nothing else. */
static bool
scheme_fits(const struct sct *s, const struct wf_sigkey *k)
{
	bool rsa = strncmp(wf_sigkey_algorithm(k), "rsa-", 4) == 0;
	bool ecdsa = strncmp(wf_sigkey_algorithm(k), "ecdsa-", 6) == 0;

	return s->hash == HASH_SHA256 &&
	       ((s->algorithm == SIG_RSA && rsa) || (s->algorithm == SIG_ECDSA && ecdsa));
}

struct judge {
	const struct wf_root *root;
	const char *keys[WF_MAX_SCTS]; /* ids of the logs that vouched */
	size_t nkeys;
	uint8_t issuer_hash[WF_SHA256_BYTES];
	struct wf_str precert;
	struct wf_steps *steps;
	char why[160]; /* about the last that did not count */
};

static void
count_key(struct judge *j, const struct wf_root_log *log, struct wf_instant at)
{
	char when[WF_INSTANT_TEXT];
	size_t i;

	for (i = 0; i < j->nkeys; i++)
		if (strcmp(j->keys[i], wf_sigkey_id(log->key)) == 0)
			return;
	j->keys[j->nkeys++] = wf_sigkey_id(log->key);
	wf_instant_text(at, when);
	wf_steps_add(j->steps, "certificate timestamp of %s verifies by %.*s", when,
	             log->base_url.len > 120 ? 120 : (int)log->base_url.len, log->base_url.p);
}

/* One id may stand for several entries: any that verifies and holds at that
 * time will do; if none verifies, the timestamp is forged. */
static enum wf_rc
judge_one(struct judge *j, const struct sct *s, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf msg = WF_BUF_INIT(WF_MAX_CERT_BYTES + 128 * WF_KIB);
	struct wf_instant at = {(int64_t)(s->ms / 1000), (uint32_t)(s->ms % 1000) * 1000000u};
	const struct wf_root_log *log;
	uint8_t digest[WF_SHA256_BYTES];
	bool known = false, verifies = false;
	const char *how;
	size_t i = 0;
	enum wf_rc rc;

	if ((rc = signed_bytes(s, j->issuer_hash, j->precert, &msg, err)))
		return rc;
	wf_crypto_sha256(msg.p, msg.len, digest);
	while ((log = wf_root_log_next(j->root->ctlogs, j->root->nctlogs, s->id, &i))) {
		known = true;
		if (!scheme_fits(s, log->key) ||
		    wf_sigkey_verify_sha256(log->key, digest, s->signature, &how) != WF_SIGKEY_GOOD)
			continue;
		verifies = true;
		if (wf_instant_within(&log->window, at)) {
			count_key(j, log, at);
			return WF_OK;
		}
	}
	if (known && !verifies)
		return wf_err_set(err, WF_R_SCT_INVALID,
		                  "a signed certificate timestamp of a known log does not verify");
	(void)snprintf(j->why, sizeof(j->why), "%s",
	               known ? "it was made outside the time the trusted root gives its log"
	                     : "its log is not in the trusted root");
	return WF_OK;
}

static enum wf_rc
judge_list(struct judge *j, struct wf_str list, struct wf_err *err)
{
	struct reader r = {(const uint8_t *)list.p, list.len, true};
	struct wf_str all = vector16(&r);
	size_t n = 0;
	enum wf_rc rc;

	if (!r.ok || r.len || all.len == 0)
		return wf_err_set(err, WF_R_SCT_INVALID,
		                  "the certificate's list of signed timestamps is not one");
	r = (struct reader){(const uint8_t *)all.p, all.len, true};
	while (r.len) {
		struct sct s = {.version = 0};
		struct wf_str one = vector16(&r);

		if (!r.ok || !read_sct(one, &s))
			return wf_err_set(err, WF_R_SCT_INVALID,
			                  "a signed certificate timestamp is cut short or has bytes behind it");
		if (++n > WF_MAX_SCTS)
			return wf_err_set(err, WF_R_CANDIDATE_LIMIT,
			                  "more than %u signed certificate timestamps", WF_MAX_SCTS);
		if (s.version != 0) {
			(void)snprintf(j->why, sizeof(j->why), "it is of version %u, known is 0", s.version);
			continue;
		}
		if ((rc = judge_one(j, &s, err)))
			return rc;
	}
	return WF_OK;
}

enum wf_rc
wf_sct_judge(const struct wf_x509 *leaf, const struct wf_x509 *issuer,
             const struct wf_root *root, size_t needed, struct wf_steps *steps,
             size_t *count, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf precert = WF_BUF_INIT(WF_MAX_CERT_BYTES + WF_KIB);
	struct judge j = {.root = root, .steps = steps};
	struct wf_str spki = wf_x509_spki(issuer);
	struct wf_x509_ext e;
	enum wf_rc rc;

	*count = 0;
	if (!wf_x509_ext_find(leaf, OID_SCT_LIST, &e)) {
		if (needed == 0)
			return WF_OK;
		return wf_err_set(err, WF_R_SCT_MISSING,
		                  "the certificate holds no signed certificate timestamp, %zu needed", needed);
	}
	if ((rc = wf_x509_precert(leaf, &precert, err)))
		return rc;
	j.precert = wf_buf_str(&precert);
	wf_crypto_sha256(spki.p, spki.len, j.issuer_hash);
	if ((rc = judge_list(&j, unwrap(e.value), err)))
		return rc;
	if (j.nkeys < needed)
		return wf_err_set(err, WF_R_SCT_INVALID,
		                  "signed certificate timestamps of %zu known logs, %zu needed%s%s", j.nkeys,
		                  needed, j.why[0] ? "; of one: " : "", j.why);
	*count = j.nkeys;
	return WF_OK;
}
