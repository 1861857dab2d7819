/* SPDX-License-Identifier: Apache-2.0
 *
 * libcrypto's own value of a certificate, for the doors in src/dep/ alone.
 */
#ifndef WF_DEP_X509_RAW_H
#define WF_DEP_X509_RAW_H

#include <openssl/types.h>

#include "dep/x509.h"

/* Borrowed; must not be changed. */
X509 *wf_x509_raw(const struct wf_x509 *);

/* The certificate that was found to have signed this one and to lead on to an
 * anchor; NULL: not known.  Compare it, it may be gone. */
const struct wf_x509 **wf_x509_issuer(const struct wf_x509 *);

/* This pair was looked at when the program was written: the issuer issued the
 * certificate, to issue others, and names are not constrained. */
bool wf_x509_checked(const struct wf_x509 *certificate, const struct wf_x509 *issuer);

/* Subject and issuer, DER. */
struct wf_str wf_x509_name(const struct wf_x509 *);
struct wf_str wf_x509_issuer_name(const struct wf_x509 *);

#endif
