/* SPDX-License-Identifier: Apache-2.0
 *
 * Public keys of rules, parsed once for a run: a reconcile judges a thousand
 * artifacts by the same three keys.
 */
#ifndef WF_TRUST_KEYRING_H
#define WF_TRUST_KEYRING_H

#include "dep/sigkey.h"
#include "policy/policy.h"

struct wf_keyring;

struct wf_keyring *wf_keyring_new(void);
void wf_keyring_freep(struct wf_keyring **);

/* The parsed key, found again by its exact bytes.  Owned by the ring.
 * WF_R_CONFIG when the bytes are no key that can be used. */
WF_MUST enum wf_rc wf_keyring_get(struct wf_keyring *, const struct wf_policy_key *,
                                  const struct wf_sigkey **out,
                                  struct wf_err *err);

#endif
