/* SPDX-License-Identifier: Apache-2.0
 *
 * Is a log entry in a log of the trusted root, and is it about this very
 * signature?  Rules R20 to R30 of src/trust/README.md.
 */
#ifndef WF_TRUST_LOG_JUDGE_H
#define WF_TRUST_LOG_JUDGE_H

#include "dep/sigkey.h"
#include "trust/dsse.h"
#include "trust/instant.h"
#include "trust/logentry.h"
#include "trust/steps.h"

struct wf_root;
struct wf_root_log;

/* What was signed, and with what.  The signature need not have been checked
 * yet; key is the key it is (or will be) checked with. */
struct wf_log_signed {
	struct wf_str sig;            /* raw bytes */
	const struct wf_sigkey *key;  /* that of the certificate where there is one */
	struct wf_str certificate;    /* DER of the leaf; empty: a bare key */
	/* what the signature is over: artifact, payload or PAE.  whole false:
	 * only its SHA-256 is known */
	bool whole;
	struct wf_str message;
	uint8_t sha256[32];           /* always set */
	const struct wf_dsse *dsse;   /* NULL: no envelope */
	struct wf_str envelope;       /* legacy attestation: the whole blob; else empty */
};

/* log NULL: a log that the root does not know, the entry counts for nothing. */
struct wf_log_verdict {
	const struct wf_root_log *log; /* borrowed from the root */
	int64_t index;
	bool timed;              /* a promise verified: time was signed by the log */
	struct wf_instant time;
	bool index_signed;       /* a promise or the place in the tree says index; else the bundle alone */
	size_t witnesses; /* of the root, that cosigned the checkpoint; no time comes from them */
};

/* WF_OK with out->log set: log known, body about the signature, promise and
 * proof verified as far as present (at least one is).  WF_OK with out->log
 * NULL: unknown log.  Anything else refuses the candidate:
 * WF_R_LOG_PROOF_INVALID (promise, proof, time outside the log's window),
 * WF_R_CHECKPOINT_INVALID, WF_R_LOG_PROOF_MISMATCH (the entry is about
 * something else), WF_R_UNSUPPORTED_VERSION (kind of entry),
 * WF_R_CANDIDATE_MALFORMED.  out is set on WF_OK only. */
WF_MUST enum wf_rc wf_log_judge(const struct wf_logentry *, const struct wf_root *,
                                const struct wf_log_signed *, struct wf_steps *,
                                struct wf_log_verdict *out, struct wf_err *err);

#endif
