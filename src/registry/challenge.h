/* SPDX-License-Identifier: Apache-2.0
 *
 * WWW-Authenticate as RFC 9110 section 11.6.1 has it: several challenges in
 * one header, several headers, quoted strings with commas inside.  Pure.
 */
#ifndef WF_REGISTRY_CHALLENGE_H
#define WF_REGISTRY_CHALLENGE_H

#include "base/buf.h"

enum wf_scheme {
	WF_SCHEME_NONE = 0, /* nothing we speak */
	WF_SCHEME_BASIC,
	WF_SCHEME_BEARER,
};

struct wf_challenge {
	enum wf_scheme scheme;
	char *realm, *service, *scope; /* NULL: absent */
};

#define WF_CHALLENGE_INIT {.scheme = WF_SCHEME_NONE}

/* headers: n values.  Bearer before Basic; others are passed over.
 * WF_R_PROTOCOL when one does not parse or a Bearer has no realm. */
WF_MUST enum wf_rc wf_challenge_parse(char *const *headers, size_t n,
                                      struct wf_challenge *out,
                                      struct wf_err *err);
void wf_challenge_free(struct wf_challenge *);

#endif
