/* SPDX-License-Identifier: Apache-2.0
 *
 * SLSA provenance, v0.2 and v1: which builder made the artifact, out of which
 * source (slsa.dev/provenance/v0.2 and /v1).  Reads statements whose
 * signature and subject have been checked, and nothing else.
 */
#ifndef WF_TRUST_PROVENANCE_H
#define WF_TRUST_PROVENANCE_H

#include "trust/dsse.h"
#include "trust/steps.h"

#define WF_PROVENANCE_V02 "https://slsa.dev/provenance/v0.2"
#define WF_PROVENANCE_V1 "https://slsa.dev/provenance/v1"

/* Views into the statement. */
struct wf_provenance {
	struct wf_str builder_id; /* empty: none named */
	struct wf_str source_uri; /* empty: none named */
	struct wf_str source_ref; /* where the ref is a member of its own; may be empty */
};

/* What a policy demands (attestations[].require); NULL: not demanded. */
struct wf_provenance_want {
	const char *builder_id, *source_uri;
};

/* Builder: v0.2 builder.id, v1 runDetails.builder.id.  Source, the first that
 * is there.  v0.2: invocation.configSource.uri, materials[0].uri.  v1, in
 * buildDefinition: externalParameters.workflow.repository (its ref apart),
 * externalParameters.source (text, or its uri), externalParameters
 * .configSource.uri, resolvedDependencies[0].uri.
 * WF_R_PREDICATE_MISMATCH when it is no provenance of these two versions,
 * WF_R_CANDIDATE_MALFORMED when a member on the way is of another kind. */
WF_MUST enum wf_rc wf_provenance_read(const struct wf_dsse_statement *,
                                      struct wf_provenance *out,
                                      struct wf_err *err);

/* Is the source the wanted one?  Byte for byte, except that "git+" in front
 * does not matter on either side, and that a wanted URI without a ref takes
 * any: "@refs/…" or "@" and a commit, nothing else, may follow it. */
bool wf_provenance_is_source(const struct wf_provenance *, const char *want);

/* The whole condition: WF_R_PROVENANCE_MISMATCH when the builder (byte for
 * byte) or the source is another one or is not named, besides the reasons
 * above.  Nothing demanded: WF_OK without a look. */
WF_MUST enum wf_rc wf_provenance_check(const struct wf_dsse_statement *,
                                       const struct wf_provenance_want *,
                                       struct wf_steps *steps,
                                       struct wf_err *err);

#endif
