/* SPDX-License-Identifier: Apache-2.0
 *
 * All log entries and timestamps of one signature, judged together: how many
 * distinct logs and authorities vouch for it, and which times they signed.
 * Whether that is enough is the caller's to say.
 */
#ifndef WF_TRUST_PROOFS_H
#define WF_TRUST_PROOFS_H

#include "base/limits.h"
#include "trust/log_judge.h"
#include "trust/stamp.h"

struct wf_proofs_input {
	const struct wf_logentry *entries;
	size_t nentries;            /* at most WF_MAX_LOG_ENTRIES */
	const struct wf_str *stamps; /* DER TimeStampResp */
	size_t nstamps;             /* at most WF_MAX_TIMESTAMPS */
	struct wf_log_signed what;
	struct wf_str stamped;      /* bytes that the timestamps are over */
};

#define WF_PROOFS_TIMES (WF_MAX_LOG_ENTRIES + WF_MAX_TIMESTAMPS)

struct wf_proofs {
	size_t logs, tsas;       /* distinct ones that vouch for it (R31) */
	size_t promises;         /* distinct logs that signed a time */
	/* every verified time, of logs and of authorities; a certificate has to
	 * be valid at all of them */
	struct wf_instant times[WF_PROOFS_TIMES];
	size_t ntimes;
	int64_t log_index[WF_MAX_LOG_ENTRIES]; /* of each entry that counted */
	bool index_signed[WF_MAX_LOG_ENTRIES]; /* false: what the bundle says (Rekor v1, no promise) */
	const struct wf_root_log *log[WF_MAX_LOG_ENTRIES];
	size_t nentries;
	size_t unknown_logs, unknown_tsas; /* passed over */
};

/* Everything present is judged; the first that is bad refuses, also when the
 * rest would have been enough.  The same entry or token twice is
 * WF_R_LOG_PROOF_INVALID or WF_R_TIMESTAMP_INVALID.  An entry without a
 * promise has no time of its own: then all verified times have to lie in
 * its log's window (WF_R_LOG_PROOF_INVALID). */
WF_MUST enum wf_rc wf_proofs_judge(const struct wf_proofs_input *, const struct wf_root *,
                                   struct wf_steps *, struct wf_proofs *out,
                                   struct wf_err *err);

#endif
