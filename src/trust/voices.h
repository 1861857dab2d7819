/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules that need several authorities: one key or identity has one voice.
 */
#ifndef WF_TRUST_VOICES_H
#define WF_TRUST_VOICES_H

#include "trust/attempt.h"

/* WF_R_CONFIG where two authorities of an `all` or `atLeast` rule name the
 * same key or the same identity: nobody can have meant that. */
WF_MUST enum wf_rc wf_voices_distinct(const struct wf_trust_rule *,
                                      const struct wf_attempt_by *by,
                                      struct wf_err *err);

/* How many of the authorities are satisfied when each signer speaks for one
 * of them: signers[authority * n + candidate] says who can.  Identities of
 * expressions overlap in ways that nobody sees in the rule. */
size_t wf_voices_count(const bool *signers, size_t nauthorities,
                       const struct wf_verdict *verdicts, size_t n, struct wf_arena *);

#endif
