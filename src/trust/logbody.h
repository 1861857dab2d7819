/* SPDX-License-Identifier: Apache-2.0
 *
 * What a log entry records (Rekor's canonicalized bodies) against what was
 * signed: rules R20 to R24.
 */
#ifndef WF_TRUST_LOGBODY_H
#define WF_TRUST_LOGBODY_H

#include "trust/log_judge.h"

/* The body is of a kind that is known, says the same kind as the entry, and
 * names this signature, this key or certificate and these bytes.
 * WF_R_LOG_PROOF_MISMATCH, WF_R_UNSUPPORTED_VERSION (kind),
 * WF_R_UNSUPPORTED_ALGORITHM (a hash that cannot be compared),
 * WF_R_CANDIDATE_MALFORMED.  *v2: an entry of Rekor v2; set on WF_OK only. */
WF_MUST enum wf_rc wf_logbody_judge(const struct wf_logentry *, const struct wf_log_signed *,
                                    bool *v2, struct wf_err *err);

#endif
