/* SPDX-License-Identifier: Apache-2.0
 *
 * Is the certificate's identity one of those asked for?  Exact by default,
 * byte for byte; a regular expression must match the whole string.
 */
#ifndef WF_TRUST_IDENTITY_H
#define WF_TRUST_IDENTITY_H

#include "field/field.h"
#include "policy/regexp.h"
#include "trust/cert.h"
#include "trust/steps.h"

/* One identity that would do.  NULL: not asked.  Of subject and issuer at
 * least one form each must be given; with both forms, both must match. */
struct wf_identity_want {
	const char *subject, *issuer;
	const struct wf_regexp *subject_regexp, *issuer_regexp;
	const struct wf_pair *extensions; /* name and value; all must be there and equal */
	size_t nextensions;
};

/* WF_OK when any of the n is met; *which (may be NULL) says which.  Else of
 * the one that came closest: WF_R_ISSUER_MISMATCH when the subject was right
 * and the issuer was not, WF_R_IDENTITY_MISMATCH for all others, with a hint
 * where the words look like a pattern or a search would have found them.
 * n == 0, or a want without subject or issuer, is WF_R_CONFIG. */
WF_MUST enum wf_rc wf_identity_match(const struct wf_cert *, const struct wf_identity_want *,
                                     size_t n, struct wf_steps *, size_t *which,
                                     struct wf_err *err);

#endif
