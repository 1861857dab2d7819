/* SPDX-License-Identifier: Apache-2.0
 *
 * Manifest files x ledger x live for every target, and the report of it: to
 * the caller, and one log line an event.  Changes nothing in any database and
 * talks to no registry.
 */
#ifndef WF_OP_OP_RECONCILE_H
#define WF_OP_OP_RECONCILE_H

#include "engine/state.h"
#include "op/op_judge.h"
#include "op/op_target.h"
#include "plan/compare.h"
#include "sys/clock.h"

struct wf_op_reconcile {
	const struct wf_config *config;
	const char *const *files; /* -f */
	size_t nfiles;
	const char *target, *engine; /* --target, --engine; NULL */
	struct wf_op_judge_options judge;
	const char *store_dir, *state_dir; /* options; NULL */
	const char *verb;
	unsigned parallel; /* targets at a time; 0: WF_PARALLEL */
	bool progress;     /* a line for each of several */
	/* status and list: no log line, nothing learnt, and a machine without a
	 * policy is no error (what would ask it is then not verified). */
	bool look_only;
};

struct wf_op_reconciled_target {
	struct wf_op_target target;
	char *name; /* the target's, else the database's; owned */
	/* WF_OK: compared.  Else the target could not be reached or read, which
	 * is unknown and 4 at the top; err says why. */
	enum wf_rc cause;
	struct wf_err err;
	bool fatal; /* private: not of this target alone, so nothing is reported */
	struct wf_op_claims claims;
	struct wf_compare_want *wants;
	struct wf_live *live;
	struct wf_known known;
	/* the ledger's head, when it is newer than the one this host knew */
	bool head_moved;
	struct wf_state_head head;
	struct wf_comparison cmp; /* its findings hold D24 and D30 too */
	struct wf_arena arena;
};

struct wf_op_reconciled {
	struct wf_op_reconciled_target *v;
	size_t n;
	enum wf_rc code; /* of all targets, contract section 3 */
	char now[WF_TIME_TEXT];
	/* log lines that could not be delivered: for stderr, and 74 */
	char **undelivered;
	size_t nundelivered;
	struct wf_op_targets targets;
};

/* Fails only when nothing could be compared at all: configuration, policy
 * (78), manifest files (64, 65, 66), log socket (78). */
WF_MUST enum wf_rc wf_op_reconcile(const struct wf_op_reconcile *, struct wf_op_reconciled *out,
                                   struct wf_err *err);
void wf_op_reconciled_free(struct wf_op_reconciled *); /* NULL is fine */

#endif
