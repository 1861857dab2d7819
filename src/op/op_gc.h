/* SPDX-License-Identifier: Apache-2.0
 *
 * `wasmfn gc`: what every manifest file of the machine and every ledger head
 * that it knows refer to stays in the store.
 */
#ifndef WF_OP_OP_GC_H
#define WF_OP_OP_GC_H

#include "config/config.h"
#include "store/gc.h"

struct wf_op_gc {
	const struct wf_config *config;
	struct wf_store *store;   /* for writing, unless dry_run */
	const char *state_dir;
	const char *const *files; /* further manifest files and directories */
	size_t nfiles;
	bool dry_run;
	bool now;                 /* no grace for what came lately */
};

/* Fails closed: a manifest file that cannot be read or has a problem (its own
 * code: 65, 64, 66, 78), a state file (65, 74, 78), or one that does not say
 * what it refers to (unchecked 4), and nothing is removed.  No manifest file at
 * all is WF_R_NO_INPUT.  Else as wf_gc_run. */
WF_MUST enum wf_rc wf_op_gc(const struct wf_op_gc *, struct wf_gc_result *out,
                            struct wf_err *err);

#endif
