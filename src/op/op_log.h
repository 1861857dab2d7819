/* SPDX-License-Identifier: Apache-2.0
 *
 * `log`: the ledger of one target, newest first, and whether its chain is
 * whole and has what this host knows of it.
 */
#ifndef WF_OP_OP_LOG_H
#define WF_OP_OP_LOG_H

#include "engine/history.h"
#include "engine/state.h"
#include "op/op_name.h"
#include "op/op_target.h"

struct wf_op_log {
	const struct wf_op_target *target;
	const struct wf_op_name *names; /* only these; n 0: all */
	size_t nnames;
	int64_t before;        /* rows before this seq; 0: from the newest */
	size_t limit;          /* rows given */
	bool verify;
	const char *state_dir; /* for verify; NULL: this host knows nothing */
	/* Each row, newest first.  doc: as it is kept. */
	void (*row)(void *arg, const struct wf_ledger_row *, struct wf_str doc);
	void *arg;
};

struct wf_op_logged {
	bool exists;           /* there is a ledger */
	bool more;             /* older rows that were not given */
	char *name, *database; /* of the target */
	/* with verify */
	enum wf_chain_state chain;
	int64_t bad;           /* row at which it breaks */
	struct wf_chain head;  /* the newest row of what is whole */
	enum wf_known_fate fate;
	int64_t known;         /* seq of the head known, 0: none */
	const char *known_since;
	struct wf_known memory;
};
void wf_op_logged_free(struct wf_op_logged *);

/* WF_R_TAMPERED (16) when verify finds a broken chain, or one without the head
 * or a row that this host knows; out is filled then too, and the rows have
 * been given. */
WF_MUST enum wf_rc wf_op_log(const struct wf_op_log *, struct wf_op_logged *out,
                             struct wf_err *err);

#endif
