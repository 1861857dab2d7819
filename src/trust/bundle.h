/* SPDX-License-Identifier: Apache-2.0
 *
 * Sigstore bundles, versions 0.1 to 0.3 (protobuf-specs sigstore_bundle.proto,
 * client specification section 5): read strictly, judged elsewhere.
 */
#ifndef WF_TRUST_BUNDLE_H
#define WF_TRUST_BUNDLE_H

#include "base/mem.h"
#include "dep/json.h"
#include "trust/dsse.h"
#include "trust/logentry.h"

enum wf_bundle_material {
	WF_BUNDLE_NO_MATERIAL = 0,
	WF_BUNDLE_KEY,         /* publicKey: a hint */
	WF_BUNDLE_CERTIFICATE, /* certificate, or the chain of 0.1 and 0.2 */
};

enum wf_bundle_content {
	WF_BUNDLE_NO_CONTENT = 0,
	WF_BUNDLE_DSSE,
	WF_BUNDLE_MESSAGE,
};

struct wf_bundle {
	struct wf_json *json; /* owned; views below point into it */
	struct wf_arena arena;
	unsigned minor;       /* of the version 0.minor: 1, 2, 3 */
	enum wf_bundle_material material;
	struct wf_str hint;   /* publicKey.hint; may be empty; not signed */
	struct wf_str certificate; /* DER of the leaf */
	struct wf_str *chain;      /* of 0.1 and 0.2, leaf first; never trusted */
	size_t nchain;             /* 0: a leaf alone */
	struct wf_logentry *entry; /* read, not judged: trust/proofs.h */
	size_t log_entries;
	struct wf_str *stamp;      /* DER TimeStampResp, not judged */
	size_t timestamps;
	enum wf_bundle_content content;
	struct wf_dsse dsse;
	struct wf_str digest_algorithm; /* messageDigest; may be empty; not signed */
	struct wf_str digest, signature;
};
#define WF_BUNDLE_INIT {.json = NULL}

/* Media type of a version (WF_R_UNSUPPORTED_VERSION for any other), exactly
 * one content, exactly one material, the version's rules on chains and log
 * proofs (WF_R_LOG_PROOF_MISSING), all limits, no unknown member anywhere.  Of
 * a log entry and a timestamp the shape is checked, not the proof.  hint and
 * DSSE keyid, when both are set, are equal.  Other reasons:
 * WF_R_CANDIDATE_MALFORMED, WF_R_CANDIDATE_LIMIT.  out is WF_BUNDLE_INIT before. */
WF_MUST enum wf_rc wf_bundle_parse(struct wf_str text, struct wf_bundle *out,
                                   struct wf_err *err);
void wf_bundle_free(struct wf_bundle *); /* NULL is fine */

#endif
