/* SPDX-License-Identifier: Apache-2.0
 *
 * The door to libcrypto for RFC 3161 timestamp tokens: reading one, and
 * checking that a given certificate made it.  Whether that certificate is
 * trusted is not decided here.
 */
#ifndef WF_DEP_TSA_H
#define WF_DEP_TSA_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "dep/x509.h"

struct wf_tsa; /* one token */

/* A DER TimeStampResp, all of the bytes: granted, with a token of exactly one
 * signer and a TSTInfo of version 1.  Nothing of it is believed yet.
 * WF_R_TIMESTAMP_INVALID; WF_R_CANDIDATE_LIMIT.  Caller frees *out. */
WF_MUST enum wf_rc wf_tsa_read(struct wf_str der, struct wf_tsa **out,
                               struct wf_err *err);
void wf_tsa_free(struct wf_tsa *); /* NULL is fine */
void wf_tsa_freep(struct wf_tsa **);

/* What it says about when; believe it only after wf_tsa_check. */
void wf_tsa_time(const struct wf_tsa *, int64_t *sec, uint32_t *nsec);

/* Is its imprint that of the bytes, by SHA-256, SHA-384 or SHA-512?
 * WF_R_TIMESTAMP_INVALID. */
WF_MUST enum wf_rc wf_tsa_imprint(const struct wf_tsa *, struct wf_str stamped,
                                  struct wf_err *err);

/* Does the token name this certificate as its signer? */
bool wf_tsa_names(const struct wf_tsa *, const struct wf_x509 *);
/* DER of the certificate in the token that it names as its signer; empty: none. */
struct wf_str wf_tsa_embedded(const struct wf_tsa *);
/* Was its signer's certificate, by name, issued by the subject of this one? */
bool wf_tsa_issued_by(const struct wf_tsa *, const struct wf_x509 *);

/* The signature over the token is that of this certificate, and the
 * certificate is a timestamp authority's: no CA, extended key usage critical
 * and exactly timeStamping (RFC 3161 section 2.3).  Its chain and dates are
 * the caller's.  WF_R_TIMESTAMP_INVALID. */
WF_MUST enum wf_rc wf_tsa_check(const struct wf_tsa *, const struct wf_x509 *,
                                struct wf_err *err);

#endif
