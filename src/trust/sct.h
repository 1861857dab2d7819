/* SPDX-License-Identifier: Apache-2.0
 *
 * Signed certificate timestamps inside a certificate (RFC 6962 section 3.3).
 */
#ifndef WF_TRUST_SCT_H
#define WF_TRUST_SCT_H

#include "dep/x509.h"
#include "trust/root.h"
#include "trust/steps.h"

/* R40, R31: the timestamps in leaf, whose issuer signed it, by the root's
 * certificate logs.  Logs that are not known are passed over, a known one's
 * that does not verify refuses (WF_R_SCT_INVALID); one outside its log's
 * window does not count.  Fewer distinct logs than needed: WF_R_SCT_MISSING
 * when there is no timestamp at all, else WF_R_SCT_INVALID.  Not DER or not
 * TLS: WF_R_SCT_INVALID.  *count: distinct logs (by key) that vouch. */
WF_MUST enum wf_rc wf_sct_judge(const struct wf_x509 *leaf, const struct wf_x509 *issuer,
                                const struct wf_root *, size_t needed,
                                struct wf_steps *, size_t *count, struct wf_err *err);

#endif
