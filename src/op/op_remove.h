/* SPDX-License-Identifier: Apache-2.0
 *
 * `remove`: takes functions out of one target, all or none, with a ledger row
 * each.
 */
#ifndef WF_OP_OP_REMOVE_H
#define WF_OP_OP_REMOVE_H

#include "op/op_name.h"
#include "op/op_target.h"
#include "plan/steps.h"

struct wf_op_remove {
	const struct wf_op_target *target;
	const struct wf_op_claims *claims; /* may be NULL: no manifest file at all */
	const struct wf_op_name *names;
	size_t nnames;
	const char *reason; /* --reason; NULL */
	const char *state_dir;
};

struct wf_op_removed {
	struct wf_step *v; /* one a function */
	size_t n;
	const char *engine, *database, *role;
	struct wf_live *live; /* before */
	struct wf_arena arena;
};
#define WF_OP_REMOVED_INIT {.v = NULL}

/* WF_R_CLAIMED (1) while a manifest file claims one of them and there is no
 * reason; WF_R_FAILED (1) when there is no such function; WF_R_AMBIGUOUS (64)
 * when there are several.  Nothing is removed then. */
WF_MUST enum wf_rc wf_op_remove(const struct wf_op_remove *, struct wf_op_removed *out,
                                struct wf_err *err);
void wf_op_removed_free(struct wf_op_removed *);

#endif
