/* SPDX-License-Identifier: Apache-2.0
 *
 * The door to libcrypto for X.509 certificates.  Nothing of the system takes
 * part: no default store, no openssl.cnf, no clock.  Times are seconds since
 * 1970 and are compared by the caller; a path is built without looking at
 * any, because its windows must hold at every verified time (trust/cert.h).
 */
#ifndef WF_DEP_X509_H
#define WF_DEP_X509_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "dep/sigkey.h"

struct wf_x509;

/* One DER certificate, consumed to its last byte.  No extension may be there
 * twice (RFC 5280 section 4.2), no date may have a fraction.  At most
 * WF_MAX_CERT_BYTES.  Errors have the reason given (bad): a trust root's is
 * WF_R_CONFIG, a candidate's WF_R_CANDIDATE_MALFORMED.  name is for messages.
 * Caller frees *out. */
WF_MUST enum wf_rc wf_x509_read(struct wf_str der, const char *name, enum wf_reason bad,
                                struct wf_x509 **out, struct wf_err *err);
/* The same for a file with many of which few are used: one of the usual shape
 * is looked at only, and read when it is asked for more than its bytes. */
WF_MUST enum wf_rc wf_x509_read_late(struct wf_str der, const char *name, enum wf_reason bad,
                                     struct wf_x509 **out, struct wf_err *err);
void wf_x509_free(struct wf_x509 *); /* NULL is fine */
void wf_x509_freep(struct wf_x509 **);

/* PEM text with one to max CERTIFICATE blocks, no headers, nothing around
 * and between them but white space.  Fills v[] and *n; the caller frees each. */
WF_MUST enum wf_rc wf_x509_read_pem(struct wf_str pem, const char *name, enum wf_reason bad,
                                    struct wf_x509 **v, size_t max, size_t *n,
                                    struct wf_err *err);

/* One PEM block of the type ("PUBLIC KEY", "CERTIFICATE"): its bytes.  What
 * log entries and annotations hold.  *out is added to. */
WF_MUST enum wf_rc wf_x509_unpem(struct wf_str pem, const char *type, const char *name,
                                 enum wf_reason bad, struct wf_buf *out,
                                 struct wf_err *err);

/* Views live as long as the certificate. */
struct wf_str wf_x509_der(const struct wf_x509 *);
struct wf_str wf_x509_spki(const struct wf_x509 *);   /* DER SubjectPublicKeyInfo */
/* "O=sigstore.dev, CN=sigstore"; may hold any byte, may be empty */
const char *wf_x509_subject(const struct wf_x509 *);
/* Its key, as wf_sigkey_load reads it.  Caller frees. */
WF_MUST enum wf_rc wf_x509_key(const struct wf_x509 *, const char *name, enum wf_reason bad,
                               struct wf_sigkey **out, struct wf_err *err);
bool wf_x509_eq(const struct wf_x509 *, const struct wf_x509 *); /* the same bytes */

/* Both belong to the validity. */
int64_t wf_x509_not_before(const struct wf_x509 *);
int64_t wf_x509_not_after(const struct wf_x509 *);

bool wf_x509_is_ca(const struct wf_x509 *);          /* basicConstraints says so */
bool wf_x509_is_self_signed(const struct wf_x509 *); /* issuer is subject, and its key signed it */
enum wf_x509_use { WF_X509_NOT_SAID = 0, WF_X509_YES, WF_X509_NO };
enum wf_x509_use wf_x509_may_sign(const struct wf_x509 *);      /* KU digitalSignature */
enum wf_x509_use wf_x509_may_sign_certs(const struct wf_x509 *); /* KU keyCertSign */
/* extendedKeyUsage; `any` (anyExtendedKeyUsage) counts for intermediates. */
struct wf_x509_eku {
	bool present, critical;
	bool code_signing, time_stamping, any;
	size_t n; /* how many usages, those not known here too */
};
struct wf_x509_eku wf_x509_eku(const struct wf_x509 *);

/* Extensions in order; false at the end. */
struct wf_x509_ext {
	char oid[80];        /* "1.3.6.1.4.1.57264.1.8" */
	bool critical;
	struct wf_str value; /* contents of extnValue */
};
bool wf_x509_ext(const struct wf_x509 *, size_t i, struct wf_x509_ext *out);
bool wf_x509_ext_find(const struct wf_x509 *, const char *oid, struct wf_x509_ext *out);

/* Subject alternative names in order; false at the end. */
enum wf_x509_san_kind {
	WF_X509_SAN_OTHER = 0, /* a kind that is no identity here */
	WF_X509_SAN_URI,
	WF_X509_SAN_EMAIL,
	WF_X509_SAN_USERNAME,  /* otherName 1.3.6.1.4.1.57264.1.7, UTF8String */
};
struct wf_x509_san {
	enum wf_x509_san_kind kind;
	struct wf_str value;
};
size_t wf_x509_sans(const struct wf_x509 *);
bool wf_x509_san(const struct wf_x509 *, size_t i, struct wf_x509_san *out);

#define WF_X509_PATH_MAX 8u /* certificates of a path */

/* Builds the path from leaf to anchor through the intermediates given, by
 * RFC 5280 without its times: signatures (SHA-2, keys of 112 bits and more),
 * basicConstraints, keyCertSign, path lengths, name constraints, critical
 * extensions.  The anchor may itself be an intermediate.  path[0] is the leaf,
 * path[*n - 1] the anchor; borrowed from the arguments.  false: no path, and
 * why (cap bytes, may be NULL) says what libcrypto found. */
WF_MUST bool wf_x509_path(const struct wf_x509 *leaf,
                          struct wf_x509 *const *intermediates, size_t nintermediates,
                          const struct wf_x509 *anchor,
                          const struct wf_x509 *path[WF_X509_PATH_MAX], size_t *n,
                          char *why, size_t cap);

/* RFC 6962 section 3.2: the TBSCertificate without the list of signed
 * certificate timestamps, added to out. */
WF_MUST enum wf_rc wf_x509_precert(const struct wf_x509 *, struct wf_buf *out,
                                   struct wf_err *err);

#endif
