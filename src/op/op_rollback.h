/* SPDX-License-Identifier: Apache-2.0
 *
 * `rollback`: one function back to an artifact that the ledger says it had,
 * from the store alone, by today's policy.  Against a manifest file it is
 * held: install leaves it until its entry changes or it is released.
 */
#ifndef WF_OP_OP_ROLLBACK_H
#define WF_OP_OP_ROLLBACK_H

#include "op/op_install.h"
#include "op/op_named.h"

struct wf_op_rollback {
	struct wf_op_named named;  /* one name */
	struct wf_op_judge *judge;
	struct wf_op_fetch *fetch; /* offline; its store is open */
	/* of the OCI manifest; NULL: the newest before that is another than now */
	const struct wf_digest *to;
	bool below_floor; /* allowed in writing: there is a reason */
	bool accept_change; /* although dependents keep results */
	bool dry_run;
};

struct wf_op_rolled_back {
	struct wf_op_installed x;
	bool held;
	struct wf_manifest_entry entry; /* made of the row; x borrows it */
	struct wf_live *live;           /* as it was chosen from */
	struct wf_arena arena;
};
#define WF_OP_ROLLED_BACK_INIT {.x = WF_OP_INSTALLED_INIT}

/* claimed 1; quarantined 20; not-found 11 when the ledger has no such row;
 * rollback-refused 18 below the floor: the newest that an artifact which the
 * ledger has for the function states (annotation dev.wasmfn.floor, a time,
 * compared with org.opencontainers.image.created), or an artifact that was
 * quarantined; offline 69 when the store lacks it; then as wf_op_install. */
WF_MUST enum wf_rc wf_op_rollback(const struct wf_op_rollback *, struct wf_op_rolled_back *out,
                                  struct wf_err *err);
void wf_op_rolled_back_free(struct wf_op_rolled_back *);

#endif
