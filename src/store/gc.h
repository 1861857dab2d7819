/* SPDX-License-Identifier: Apache-2.0
 *
 * Taking out of the store what nobody refers to.  The index is replaced first
 * and blobs go then, so that at any moment the store is a whole layout.
 */
#ifndef WF_STORE_GC_H
#define WF_STORE_GC_H

#include "store/store.h"

struct wf_gc {
	const struct wf_digest *keep; /* manifests, or indexes, of artifacts */
	size_t nkeep;
	int64_t grace; /* seconds: what came within them stays */
	bool dry_run;
};

struct wf_gc_gone {
	struct wf_digest digest;
	char *name; /* repository@digest; NULL: not noted */
};

struct wf_gc_result {
	struct wf_gc_gone *v; /* artifacts that are no longer listed */
	size_t n, cap;
	size_t kept;  /* artifacts that are, other tools' entries too */
	size_t young; /* of these, for their age alone */
	size_t blobs; /* files removed */
	uint64_t bytes;
};

/* Entries of other tools stay, with all that they refer to.  Waits for runs
 * that write to the store; WF_R_TRY_AGAIN when they take too long.  When what
 * is kept cannot be read (malformed, digest-mismatch), nothing is removed. */
WF_MUST enum wf_rc wf_gc_run(struct wf_store *, const struct wf_gc *,
                             struct wf_gc_result *out, struct wf_err *err);
void wf_gc_free(struct wf_gc_result *); /* NULL is fine */

#endif
