/* SPDX-License-Identifier: Apache-2.0
 *
 * What is not wrong in a policy and yet not what somebody meant: rules that
 * can decide nothing, rules that others decide before, patterns that match no
 * import that is known.  Advice: it refuses nothing.
 */
#ifndef WF_POLICY_POLICY_ADVICE_H
#define WF_POLICY_POLICY_ADVICE_H

#include "policy/policy.h"

/* Each with its place; the text begins with "dead:", "shadowed:" or "matches
 * nothing:". */
void wf_policy_advice(const struct wf_policy *, struct wf_problems *out);

#endif
