/* SPDX-License-Identifier: Apache-2.0
 *
 * Who says that a ledger row is true: the OCI manifest and the signatures
 * that it keeps, judged again by today's policy.  Whoever can write to the
 * database wrote the row.
 */
#ifndef WF_OP_OP_EVIDENCE_H
#define WF_OP_OP_EVIDENCE_H

#include "manifest/manifest.h"
#include "op/op_judge.h"
#include "plan/ledger_row.h"

enum wf_evidence {
	/* The row contradicts itself: no evidence, of another artifact, leading
	 * to another module.  wasmfn writes no such row. */
	WF_EVIDENCE_FORGED = 0,
	WF_EVIDENCE_REFUSED, /* whole, and today's policy does not take it */
	WF_EVIDENCE_COUNTS,
};

/* entry: about the same function, NULL for none.  known: this host's memory
 * vouches for the row; else the reference in it is a claim of its writer, and
 * the rule for the entry's own reference must pass too.  why: one phrase when
 * it does not count; *code: 12 … 17. */
enum wf_evidence wf_op_evidence(struct wf_op_judge *, const struct wf_ledger_row *,
                                const struct wf_manifest_entry *entry, bool known,
                                char why[320], enum wf_rc *code);

#endif
