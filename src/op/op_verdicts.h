/* SPDX-License-Identifier: Apache-2.0
 *
 * The judge's verdicts on ledger rows within one run: each row is judged
 * once, and may be judged while the server is busy.  Nothing of it outlives
 * the run: a later one judges again.
 */
#ifndef WF_OP_OP_VERDICTS_H
#define WF_OP_OP_VERDICTS_H

#include "op/op_evidence.h"

struct wf_op_verdict {
	bool judged;
	enum wf_evidence evidence;
	enum wf_rc code;
	const char *why; /* "" when it counts */
	/* what was asked: another question is another verdict */
	const struct wf_manifest_entry *entry;
	bool known;
};

struct wf_op_verdicts {
	struct wf_op_judge *judge;
	const struct wf_ledger_row *rows; /* verdicts are about these, by place */
	struct wf_op_verdict *v;
	size_t n;
	struct wf_arena *arena;
};

/* rows: of one ledger, as long as the verdicts are used. */
void wf_op_verdicts_init(struct wf_op_verdicts *, struct wf_op_judge *,
                         const struct wf_ledger_row *rows, size_t n, struct wf_arena *);

/* wf_op_evidence of a row of that ledger; asked again, the same answer. */
const struct wf_op_verdict *wf_op_verdicts_get(struct wf_op_verdicts *,
                                               const struct wf_ledger_row *,
                                               const struct wf_manifest_entry *, bool known);

/* The row's evidence was read, hashes to the row's manifest digest and leads
 * to its module: whether anybody's signature counts is another question. */
bool wf_op_verdicts_whole(const struct wf_op_verdicts *, const struct wf_ledger_row *);

#endif
