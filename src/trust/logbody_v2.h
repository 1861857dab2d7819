/* SPDX-License-Identifier: Apache-2.0
 *
 * Entries of Rekor v2 (rekor-v2-spec sections 4.3 and 6.1).
 */
#ifndef WF_TRUST_LOGBODY_V2_H
#define WF_TRUST_LOGBODY_V2_H

#include "trust/log_judge.h"

/* hashedrekord 0.0.2, made from what was signed, equals the body byte for
 * byte.  WF_R_LOG_PROOF_MISMATCH. */
WF_MUST enum wf_rc wf_logbody_v2(const struct wf_logentry *, const struct wf_log_signed *,
                                 struct wf_err *err);

#endif
