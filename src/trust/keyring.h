/* SPDX-License-Identifier: Apache-2.0
 *
 * Public keys, trusted roots and expressions of rules, parsed once for a run:
 * a reconcile judges a thousand artifacts by the same three keys.
 */
#ifndef WF_TRUST_KEYRING_H
#define WF_TRUST_KEYRING_H

#include "dep/sigkey.h"
#include "policy/policy.h"
#include "policy/regexp.h"
#include "trust/root.h"

struct wf_keyring;

struct wf_keyring *wf_keyring_new(void);
void wf_keyring_freep(struct wf_keyring **);

/* The parsed key, found again by its exact bytes.  Owned by the ring.
 * WF_R_CONFIG when the bytes are no key that can be used. */
WF_MUST enum wf_rc wf_keyring_get(struct wf_keyring *, const struct wf_policy_key *,
                                  const struct wf_sigkey **out,
                                  struct wf_err *err);
/* The same for a trusted root and an expression: WF_R_CONFIG. */
WF_MUST enum wf_rc wf_keyring_root(struct wf_keyring *, const struct wf_policy_root *,
                                   const struct wf_root **out, struct wf_err *err);
WF_MUST enum wf_rc wf_keyring_regexp(struct wf_keyring *, const char *pattern,
                                     const struct wf_regexp **out, struct wf_err *err);

#endif
