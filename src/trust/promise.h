/* SPDX-License-Identifier: Apache-2.0
 *
 * Inclusion promises of Rekor v1: signed entry timestamps over the RFC 8785
 * form of body, integratedTime, logID and logIndex.
 */
#ifndef WF_TRUST_PROMISE_H
#define WF_TRUST_PROMISE_H

#include "dep/sigkey.h"
#include "trust/logentry.h"

/* The bytes a log signs. */
WF_MUST enum wf_rc wf_promise_text(const struct wf_logentry *, struct wf_buf *out,
                                   struct wf_err *err);

/* WF_R_LOG_PROOF_INVALID.  After WF_OK entry->integrated is the log's word;
 * whether the log may give it then (its window) is not looked at here. */
WF_MUST enum wf_rc wf_promise_verify(const struct wf_logentry *,
                                     const struct wf_sigkey *log, struct wf_err *err);

#endif
