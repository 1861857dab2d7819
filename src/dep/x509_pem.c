/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates as text.  Must never skip what it does not understand between
 * two blocks.
 */
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

#include "base/limits.h"
#include "dep/x509.h"

struct block {
	char *type, *header;
	unsigned char *der;
	long n;
};

static void
bio_freep(BIO **b)
{
	BIO_free(*b);
}

static void
block_free(struct block *b)
{
	OPENSSL_free(b->type);
	OPENSSL_free(b->header);
	OPENSSL_free(b->der);
}

static struct wf_str
skip_space(struct wf_str s)
{
	while (s.len && memchr(" \t\r\n", s.p[0], 4)) {
		s.p++;
		s.len--;
	}
	return s;
}

/* The block at the start of *rest, which moves behind it and its space. */
static enum wf_rc
next_block(struct wf_str *rest, const char *type, const char *name, enum wf_reason bad,
           struct block *b, struct wf_err *err)
{
	WF_AUTO(bio_freep) BIO *bio = BIO_new_mem_buf(rest->p, (int)rest->len);
	char *left = NULL;
	long n;
	int ok;

	if (!wf_str_starts(*rest, "-----BEGIN "))
		return wf_err_set(err, bad, "%s: expected a PEM block %s", name, type);
	ok = bio && PEM_read_bio(bio, &b->type, &b->header, &b->der, &b->n) == 1;
	ERR_clear_error();
	if (!ok)
		return wf_err_set(err, bad, "%s: broken PEM", name);
	if (strcmp(b->type, type) != 0 || b->header[0])
		return wf_err_set(err, bad, "%s: PEM block \"%.40s\"%s, expected %s", name, b->type,
		                  b->header[0] ? " with headers" : "", type);
	n = BIO_get_mem_data(bio, &left);
	*rest = skip_space((struct wf_str){left, n > 0 ? (size_t)n : 0});
	return WF_OK;
}

/* PEM adds a third and line ends to the DER. */
static enum wf_rc
check_size(struct wf_str pem, size_t blocks, const char *name, enum wf_reason bad,
           struct wf_err *err)
{
	if (pem.len <= blocks * 2 * WF_MAX_CERT_BYTES)
		return WF_OK;
	return wf_err_set(err, bad == WF_R_CANDIDATE_MALFORMED ? WF_R_CANDIDATE_LIMIT : bad,
	                  "%s: %zu bytes of PEM, at most %zu are read", name, pem.len,
	                  blocks * 2 * WF_MAX_CERT_BYTES);
}

enum wf_rc
wf_x509_read_pem(struct wf_str pem, const char *name, enum wf_reason bad,
                 struct wf_x509 **v, size_t max, size_t *n, struct wf_err *err)
{
	struct wf_str rest = skip_space(pem);
	enum wf_rc rc;

	*n = 0;
	rc = check_size(pem, max, name, bad, err);
	if (!rc && rest.len == 0)
		rc = wf_err_set(err, bad, "%s: empty, expected a PEM certificate", name);
	while (!rc && rest.len) {
		WF_AUTO(block_free) struct block b = {.type = NULL};

		if (*n == max)
			rc = wf_err_set(err, bad, "%s: more than %zu PEM blocks", name, max);
		else if (!(rc = next_block(&rest, "CERTIFICATE", name, bad, &b, err)))
			rc = wf_x509_read((struct wf_str){(char *)b.der, (size_t)b.n}, name, bad,
			                  &v[*n], err);
		if (!rc)
			++*n;
	}
	while (rc && *n)
		wf_x509_freep(&v[--*n]);
	return rc;
}

enum wf_rc
wf_x509_unpem(struct wf_str pem, const char *type, const char *name, enum wf_reason bad,
              struct wf_buf *out, struct wf_err *err)
{
	WF_AUTO(block_free) struct block b = {.type = NULL};
	struct wf_str rest = skip_space(pem);
	enum wf_rc rc;

	if ((rc = check_size(pem, 1, name, bad, err)) ||
	    (rc = next_block(&rest, type, name, bad, &b, err)))
		return rc;
	if (rest.len)
		return wf_err_set(err, bad, "%s: text after the PEM block", name);
	return wf_buf_add(out, b.der, (size_t)b.n, err);
}
