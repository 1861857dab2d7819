/* SPDX-License-Identifier: Apache-2.0
 *
 * What getting one artifact and getting many share.  Only for src/op/op_fetch*.c.
 */
#ifndef WF_OP_OP_FETCH_PARTS_H
#define WF_OP_OP_FETCH_PARTS_H

#include "op/op_fetch.h"
#include "store/source.h"
#include "store/tx.h"

/* Where it comes from, once that is decided.  Zero it. */
struct wf_op_fetch_origin {
	struct wf_registry *registry;
	struct wf_store *layout;
	struct wf_source src;
	char *manifest; /* bytes that resolving a tag has brought along */
	size_t manifest_len;
};
void wf_op_fetch_origin_free(struct wf_op_fetch_origin *);
WF_MUST enum wf_rc wf_op_fetch_open(struct wf_op_fetch *, const struct wf_ref *,
                                    struct wf_op_fetch_origin *, struct wf_err *err);

/* What became of a reference in this run. */
struct wf_op_fetch_read {
	char *match;
	struct wf_digest digest;
	struct wf_err *failed;      /* NULL: it is in the store, or here: */
	struct wf_artifact *peeked; /* NULL: not, or handed out already */
};
/* failed: NULL when it did not; it is copied.  Valid until the next call. */
struct wf_op_fetch_read *wf_op_fetch_note(struct wf_op_fetch *, const struct wf_ref *,
                                          const struct wf_digest *, const struct wf_err *failed);

/* The store has it, with the signatures that are asked for. */
bool wf_op_fetch_complete(struct wf_op_fetch *, const struct wf_ref *,
                          const struct wf_digest *, unsigned formats);

/* One artifact into its part of a transaction. */
WF_MUST enum wf_rc wf_op_fetch_transfer(struct wf_op_fetch *, const struct wf_ref *,
                                        unsigned formats, struct wf_op_fetch_origin *,
                                        const struct wf_digest *, struct wf_tx_part *,
                                        struct wf_err *err);

/* Manifest and signatures into memory, at most WF_MAX_EVIDENCE_BYTES and what
 * manifests have; nothing else is asked for, and nothing stored. */
WF_MUST enum wf_rc wf_op_fetch_peek(struct wf_op_fetch *, const struct wf_ref *,
                                    unsigned formats, struct wf_op_fetch_origin *,
                                    const struct wf_digest *, struct wf_artifact *out,
                                    struct wf_err *err);

#endif
