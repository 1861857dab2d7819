/* SPDX-License-Identifier: Apache-2.0
 *
 * The payload of a legacy signature: simple signing JSON as cosign writes it
 * (cosign SIGNATURE_SPEC; containers-signature(5)).
 */
#ifndef WF_TRUST_SIMPLESIGNING_H
#define WF_TRUST_SIMPLESIGNING_H

#include "dep/json.h"
#include "ref/digest.h"

struct wf_simplesigning {
	struct wf_json *json;   /* owned */
	struct wf_str reference; /* critical.identity.docker-reference; unchecked */
};
#define WF_SIMPLESIGNING_INIT {.json = NULL}

/* Reads the payload of a signature that verified.  Exact members; type must
 * be cosign's (WF_R_PREDICATE_MISMATCH), the manifest digest the subject
 * (WF_R_SUBJECT_MISMATCH), both compared as text. */
WF_MUST enum wf_rc wf_simplesigning_parse(struct wf_str payload,
                                          const struct wf_digest *subject,
                                          struct wf_simplesigning *out,
                                          struct wf_err *err);
/* Does `optional` carry the annotation?  *found: the value there is instead,
 * empty when there is none. */
bool wf_simplesigning_annotation(const struct wf_simplesigning *,
                                 const char *key, const char *value,
                                 struct wf_str *found);
void wf_simplesigning_free(struct wf_simplesigning *); /* NULL is fine */

#endif
