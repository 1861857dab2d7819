/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn lint`: what kind of file it is, and everything that is wrong in it.
 * Looks at the text alone: no key file is read, no reference resolved, and
 * owner and mode do not matter (a file in a checkout is no configuration
 * yet).
 */
#ifndef WF_OP_LINT_H
#define WF_OP_LINT_H

#include "base/problem.h"

enum wf_op_lint_kind {
	WF_OP_LINT_UNKNOWN = 0,
	WF_OP_LINT_MANIFEST,
	WF_OP_LINT_POLICY,
	WF_OP_LINT_CONFIG,
};
const char *wf_op_lint_word(enum wf_op_lint_kind); /* "manifest", …; unknown: NULL */

struct wf_op_lint_out {
	enum wf_op_lint_kind kind;
	struct wf_problems problems;
	struct wf_problems notes; /* advice about a policy without problems */
};
void wf_op_lint_free(struct wf_op_lint_out *);

/* A list is a manifest file; of a mapping, `kind` decides.  WF_R_NO_INPUT
 * (66); 65 for a manifest file with problems and for what is none of the
 * three, 78 for policy and configuration.  out is filled in any case; the
 * error counts the problems. */
WF_MUST enum wf_rc wf_op_lint(const char *path, struct wf_op_lint_out *out,
                              struct wf_err *err);

#endif
