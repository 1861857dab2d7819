/* SPDX-License-Identifier: Apache-2.0
 *
 * What remove and quarantine share: functions named on the command line are
 * found in one target, acted upon and recorded, all of them or none.
 */
#ifndef WF_OP_OP_NAMED_H
#define WF_OP_OP_NAMED_H

#include "op/op_name.h"
#include "op/op_target.h"
#include "plan/steps.h"

struct wf_op_named {
	const struct wf_op_target *target;
	const struct wf_op_claims *claims; /* may be NULL: no manifest file at all */
	const struct wf_op_name *names;
	size_t nnames;
	const char *reason; /* --reason; NULL */
	const char *state_dir;
};

struct wf_op_named_done {
	struct wf_step *v; /* one a function */
	size_t n;
	struct wf_live *live, *after;
	struct wf_arena arena;
};
#define WF_OP_NAMED_INIT {.v = NULL}
void wf_op_named_free(struct wf_op_named_done *); /* NULL is fine */

/* One verb.  f is borrowed from done->live. */
struct wf_op_named_act {
	enum wf_action action;
	const char *what; /* of the step */
	/* changes what the engine keeps: an engine that takes one function a
	 * transaction gets one name, and the ledger is told first */
	bool engine;
	/* already as wanted: no statement, no row */
	bool (*done)(const struct wf_live *, const struct wf_live_function *);
	WF_MUST enum wf_rc (*act)(struct wf_engine *, const struct wf_live_function *,
	                          struct wf_err *err);
	/* Fills the row's own members (settings and the like are there); v: the
	 * function after everything was done, NULL when it is gone.  What row
	 * points to lives in the arena. */
	WF_MUST enum wf_rc (*row)(const struct wf_live *, const struct wf_live_function *,
	                          const struct wf_live_function *v, struct wf_arena *,
	                          struct wf_ledger_row *row, struct wf_err *err);
};

/* WF_R_CLAIMED (1) while a manifest file claims one of the names and there is
 * no reason. */
WF_MUST enum wf_rc wf_op_named_claimed(const struct wf_op_named *, struct wf_err *err);

/* The live function that the i-th name means; its types were asked for by
 * wf_op_named_look.  WF_R_FAILED (1) when there is none, WF_R_AMBIGUOUS (64)
 * when there are several. */
WF_MUST enum wf_rc wf_op_named_look(const struct wf_op_named *, struct wf_engine *,
                                    struct wf_arena *, size_t *at, struct wf_live **out,
                                    struct wf_err *err);
WF_MUST enum wf_rc wf_op_named_find(const struct wf_op_named *, size_t i, size_t at,
                                    const struct wf_live *, struct wf_arena *,
                                    const struct wf_live_function **out, struct wf_err *err);

/* All of it in one transaction; nothing is changed when it fails, unless out
 * has steps: then it was committed, and what the engine did besides failed. */
WF_MUST enum wf_rc wf_op_named(const struct wf_op_named *, const struct wf_op_named_act *,
                               struct wf_op_named_done *out, struct wf_err *err);

#endif
