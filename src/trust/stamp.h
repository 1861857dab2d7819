/* SPDX-License-Identifier: Apache-2.0
 *
 * Signed timestamps (RFC 3161) against the timestamp authorities of a trusted
 * root.  Rules R32 to R34 of src/trust/README.md.
 */
#ifndef WF_TRUST_STAMP_H
#define WF_TRUST_STAMP_H

#include "base/mem.h"
#include "trust/instant.h"
#include "trust/steps.h"

struct wf_root;
struct wf_root_ca;

/* tsa NULL: no authority of the root made it, it counts for nothing. */
struct wf_stamp_verdict {
	const struct wf_root_ca *tsa; /* borrowed from the root */
	struct wf_instant time;
};

/* A token claims an authority of the root when it names its certificate, or
 * one issued by its chain; what claims one and is not good is refused.
 * token: DER TimeStampResp.  stamped: the raw signature (bundle, legacy
 * signature) or the whole envelope (legacy attestation).  WF_OK with out->tsa
 * set: it is an authority's word that the bytes existed then.  WF_OK with
 * out->tsa NULL: unknown authority.  Else WF_R_TIMESTAMP_INVALID; out is set
 * on WF_OK only. */
WF_MUST enum wf_rc wf_stamp_judge(struct wf_str token, struct wf_str stamped,
                                  const struct wf_root *, struct wf_steps *,
                                  struct wf_stamp_verdict *out, struct wf_err *err);

/* The token of annotation dev.sigstore.cosign/rfc3161timestamp.
 * WF_R_CANDIDATE_MALFORMED. */
WF_MUST enum wf_rc wf_stamp_legacy(struct wf_str text, struct wf_arena *,
                                   struct wf_str *out, struct wf_err *err);

#endif
