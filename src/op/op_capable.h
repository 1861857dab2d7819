/* SPDX-License-Identifier: Apache-2.0
 *
 * May the module run here?  The capability decision for what is about to be
 * installed, by every policy in force.
 */
#ifndef WF_OP_OP_CAPABLE_H
#define WF_OP_OP_CAPABLE_H

#include "manifest/manifest.h"
#include "policy/policy.h"
#include "wasm/wasm.h"

/* policies[0] is the one that rules (NULL: none; the built-in rule holds).
 * The others may only take away: one that has no capability rule for the
 * reference says nothing.  match: wf_ref.match.  entry: what is asked for the
 * function, NULL when nobody asks.  WF_R_DENIED names the first decision that
 * denies, with its file and line. */
WF_MUST enum wf_rc wf_op_capable(const struct wf_policy *const *policies, size_t n,
                                 const char *match, const struct wf_wasm *,
                                 const struct wf_manifest_entry *, struct wf_err *err);

#endif
