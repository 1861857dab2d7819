/* SPDX-License-Identifier: Apache-2.0
 *
 * DSSE envelopes (secure-systems-lab/dsse, protocol 1.0) and the in-toto
 * statements inside them (v0.1 and v1).
 */
#ifndef WF_TRUST_DSSE_H
#define WF_TRUST_DSSE_H

#include "base/mem.h"
#include "dep/json.h"
#include "ref/digest.h"

#define WF_DSSE_IN_TOTO "application/vnd.in-toto+json"
/* What cosign writes to sign an image (predicateType). */
#define WF_DSSE_COSIGN_SIGN "https://sigstore.dev/cosign/sign/v1"

struct wf_dsse {
	struct wf_str payload_type; /* view into the JSON */
	struct wf_str payload;      /* decoded, in the arena */
	struct wf_str sig;          /* decoded, in the arena; not empty */
	struct wf_str keyid;        /* view; may be empty */
};

/* Reads {payload, payloadType, signatures: [{sig, keyid}]}: exactly one
 * signature, no other member.  The payload is not looked into. */
WF_MUST enum wf_rc wf_dsse_envelope(const struct wf_json *, const char *where,
                                    struct wf_arena *, struct wf_dsse *out,
                                    struct wf_err *err);

/* The bytes that are signed: PAE(type, payload), lengths in bytes. */
WF_MUST enum wf_rc wf_dsse_pae(const struct wf_dsse *, struct wf_buf *out,
                               struct wf_err *err);

/* What a statement says; call it only after the signature was checked. */
struct wf_dsse_statement {
	struct wf_json *json;       /* owned */
	struct wf_str type, predicate_type;
};
#define WF_DSSE_STATEMENT_INIT {.json = NULL}

/* Strict JSON, _type v0.1 or v1 (WF_R_UNSUPPORTED_VERSION), subjects of the
 * right shape and number, and one of them with digest.sha256 equal to the
 * digest (WF_R_SUBJECT_MISMATCH).  payloadType must be in-toto
 * (WF_R_PREDICATE_MISMATCH). */
WF_MUST enum wf_rc wf_dsse_statement(const struct wf_dsse *,
                                     const struct wf_digest *subject,
                                     struct wf_dsse_statement *out,
                                     struct wf_err *err);
/* Does a subject with that digest carry the annotation?  *found: the value
 * there is instead, empty when there is none. */
bool wf_dsse_annotation(const struct wf_dsse_statement *,
                        const struct wf_digest *subject, const char *key,
                        const char *value, struct wf_str *found);
void wf_dsse_statement_free(struct wf_dsse_statement *);

#endif
