/* SPDX-License-Identifier: Apache-2.0
 *
 * One operand judged by the capability policy: the bytes that are hashed are
 * those that are decoded and judged.
 */
#ifndef WF_OP_OP_CHECK_H
#define WF_OP_OP_CHECK_H

#include "engine/fit.h"
#include "manifest/manifest.h"
#include "op/op_inspect.h"
#include "policy/policy_eval.h"

/* The policy that check judges by: the file named, else the machine's, else
 * none (*out NULL: the built-in rule).  Caller frees. */
WF_MUST enum wf_rc wf_op_check_policy(const char *path, struct wf_policy **out,
                                      struct wf_err *err);

/* What to check: operands, or the entries of manifest files. */
struct wf_op_check_item {
	const char *operand;
	const char *policy; /* a further policy that must also pass, or NULL */
	const struct wf_manifest_entry *entry; /* of a manifest file, or NULL */
};
struct wf_op_check_list {
	struct wf_op_check_item *v;
	size_t n, cap;
	struct wf_manifest *manifest; /* owns the texts of entries */
};
void wf_op_check_add(struct wf_op_check_list *, const char *operand);
/* paths may be directories. */
WF_MUST enum wf_rc wf_op_check_manifests(struct wf_op_check_list *,
                                         const char *const *paths, size_t n,
                                         struct wf_err *err);
/* Fetches their references side by side; wf_op_check tells what became of each. */
void wf_op_check_ahead(struct wf_op_inspect *, const struct wf_op_check_list *);
void wf_op_check_list_free(struct wf_op_check_list *);

/* As wf_op_inspect, then the verdict.  WF_R_DENIED names the first decision
 * that denies, WF_R_REVOKED a digest on a deny list; v has them all.  policy and *further (the item's own, loaded
 * here, freed by the caller) must outlive v. */
WF_MUST enum wf_rc wf_op_check(struct wf_op_inspect *, const struct wf_op_check_item *,
                               const struct wf_policy *policy,
                               struct wf_policy **further, struct wf_inspected *x,
                               struct wf_policy_verdict *v, struct wf_err *err);

/* Whether the engine can run what was inspected, for the function that the
 * entry or the artifact's annotations speak of.  WF_R_UNFIT; WF_R_PLAN_REFUSED
 * when the entry's export is not there; WF_R_UNCHECKED when nothing is wrong
 * and something could not be decided.  out is freed by the caller. */
WF_MUST enum wf_rc wf_op_check_fit(const struct wf_fit_engine *, const struct wf_op_check_item *,
                                   const struct wf_inspected *, struct wf_fit *out,
                                   struct wf_err *err);

#endif
