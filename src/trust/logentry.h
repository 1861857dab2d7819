/* SPDX-License-Identifier: Apache-2.0
 *
 * One transparency log entry, read and not yet believed: from a bundle's
 * tlogEntries[] (protobuf-specs sigstore_rekor.proto) or from the legacy
 * annotation dev.sigstore.cosign/bundle.
 */
#ifndef WF_TRUST_LOGENTRY_H
#define WF_TRUST_LOGENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "dep/json.h"

/* Views point into the JSON or the arena it was read with. */
struct wf_logentry {
	int64_t index;         /* of the whole log, >= 0 */
	struct wf_str log_id;  /* raw key id; never empty */
	struct wf_str kind, version; /* legacy: empty, the body alone says it */
	int64_t integrated;    /* seconds since 1970; only a promise signs it */
	struct wf_str body;    /* canonicalized body, decoded; never empty */
	bool has_promise;
	struct wf_str promise; /* the log's signature */
	bool has_proof;
	int64_t proof_index, tree_size;
	struct wf_str root;
	struct wf_str *hashes;
	size_t nhashes;
	struct wf_str checkpoint; /* empty: none */
	bool legacy;
};

/* An entry of a bundle of version 0.minor.  0.1 needs a promise, later ones a
 * proof (WF_R_LOG_PROOF_MISSING).  A proof of a 0.1 bundle that has no
 * checkpoint is left out: nothing signs its root.  A promise that is there and
 * empty is WF_R_LOG_PROOF_INVALID.  Else WF_R_CANDIDATE_MALFORMED,
 * WF_R_CANDIDATE_LIMIT. */
WF_MUST enum wf_rc wf_logentry_bundle(const struct wf_json *, unsigned minor,
                                      struct wf_arena *, struct wf_logentry *out,
                                      struct wf_err *err);

/* The annotation's text.  It always carries a promise and never a proof. */
WF_MUST enum wf_rc wf_logentry_legacy(struct wf_str text, struct wf_arena *,
                                      struct wf_logentry *out, struct wf_err *err);

#endif
