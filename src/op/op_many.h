/* SPDX-License-Identifier: Apache-2.0
 *
 * One run over several targets: as many at a time as may be, the results in
 * the order of the configuration, and no further wave once something went
 * wrong in one.
 */
#ifndef WF_OP_OP_MANY_H
#define WF_OP_OP_MANY_H

#include "op/op_target.h"

/* What became of one target. */
struct wf_op_many_end {
	bool wrong;     /* no further wave begins */
	char says[160]; /* for progress: "applied: 2 changed" */
};

struct wf_op_many {
	const struct wf_op_targets *targets;
	unsigned parallel; /* targets at a time; 0: WF_PARALLEL, 1: one after the other */
	bool waves;        /* by the configuration; else all targets are one wave */
	bool progress;     /* a line when a target is through, else with -v only */
	/* Works on target i, others meanwhile wherever it waits.  What it logs is
	 * kept until its turn. */
	void (*work)(void *arg, size_t i, struct wf_op_many_end *);
	/* Once it has returned for target i and for all before it, in their
	 * order: to show it.  left: its wave never began. */
	void (*ended)(void *arg, size_t i, bool left);
	void *arg;
};

/* WF_R_USAGE: more at a time than there may be. */
WF_MUST enum wf_rc wf_op_many_check(unsigned parallel, struct wf_err *);

/* Returns when ended was called for every target. */
void wf_op_many(const struct wf_op_many *);

#endif
