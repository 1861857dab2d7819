/* SPDX-License-Identifier: Apache-2.0
 *
 * Putting one artifact into the store: blobs are written aside, hashed while
 * they arrive, and appear together with the entry in index.json when the
 * transaction is committed.  One that is not committed leaves nothing.
 */
#ifndef WF_STORE_TX_H
#define WF_STORE_TX_H

#include "store/source.h"
#include "store/store.h"

struct wf_tx;

/* One at a time for a store opened for writing. */
WF_MUST enum wf_rc wf_tx_begin(struct wf_store *, struct wf_tx **out,
                               struct wf_err *err);
/* Drops everything that was not committed; NULL inside is fine. */
void wf_tx_freep(struct wf_tx **);

/* The blob is in the store or in this transaction, with that size. */
bool wf_tx_has(struct wf_tx *, const struct wf_digest *, int64_t size);

/* Fetches a blob into the transaction: size and digest are checked on what
 * was written.  A blob that the store has is not fetched. */
WF_MUST enum wf_rc wf_tx_fetch(struct wf_tx *, const struct wf_source *,
                               const struct wf_digest *, int64_t size,
                               const char *name, struct wf_err *err);
/* Bytes in memory, which hash to the digest. */
WF_MUST enum wf_rc wf_tx_put(struct wf_tx *, const struct wf_digest *,
                             struct wf_str bytes, struct wf_err *err);

/* A signature's manifest, to be listed.  tag: its name, or NULL. */
void wf_tx_sign(struct wf_tx *, const struct wf_digest *manifest, size_t size,
                enum wf_form form, const char *tag);
/* A candidate that could not be collected: remembered as that. */
void wf_tx_broken(struct wf_tx *, const struct wf_candidate *);

struct wf_tx_artifact {
	const struct wf_artifact *artifact;
	const char *from;     /* wf_ref.match */
	const char *ref_name; /* for other tools */
	bool asked;           /* signatures are complete: replaces older ones */
	unsigned formats;     /* complete for these, WF_FORMAT_* */
};
/* Makes it visible: blobs, then index.json, each synced. */
WF_MUST enum wf_rc wf_tx_commit(struct wf_tx *, const struct wf_tx_artifact *,
                                struct wf_err *err);

#endif
