/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates of the shape that authorities' have, seen by their bytes, for
 * the doors in src/dep/ alone: decoding one costs more than judging with it.
 */
#ifndef WF_DEP_X509_PLAIN_H
#define WF_DEP_X509_PLAIN_H

#include "dep/x509.h"

/* Views of the bytes. */
struct wf_x509_plain {
	struct wf_str issuer, subject; /* DER of the names */
	int64_t not_before, not_after;
	struct wf_x509_eku eku;
	bool ca;
};

/* true: all of it is of the shapes known here, and wf_x509_read takes it.
 * false says nothing about it. */
bool wf_x509_plain(struct wf_str der, struct wf_x509_plain *out);

/* false: the names (DER) differ, whatever counts as equal (RFC 5280 section
 * 7.1). */
bool wf_x509_plain_may_equal(struct wf_str first, struct wf_str second);

#endif
