/* SPDX-License-Identifier: Apache-2.0
 *
 * What a manifest file's `wasi` asks against what a policy grants: paths and
 * addresses, which no binary shows and only the engine can enforce.  Pure.
 */
#ifndef WF_POLICY_POLICY_ASKS_H
#define WF_POLICY_POLICY_ASKS_H

#include "manifest/manifest.h"
#include "policy/policy_eval.h"

/* Adds a decision for each path and address that the entry asks for: denied
 * when a matching rule denies the class (filesystem, network) or the most
 * specific rule that has a list does not list it; without any list it is not
 * restricted.  A path that climbs ("..") matches nothing.  Changes nothing
 * when policy is NULL. */
void wf_policy_eval_asks(const struct wf_policy *policy, const char *match,
                         const struct wf_manifest_entry *, struct wf_policy_verdict *out);

#endif
