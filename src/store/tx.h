/* SPDX-License-Identifier: Apache-2.0
 *
 * Putting artifacts into the store: blobs are written aside, hashed while they
 * arrive, and appear together with the entries in index.json when the
 * transaction is committed.  One that is not committed leaves nothing to be seen,
 * and neither does a part of one that was not completed; what came of a large
 * blob is kept aside for the next (store/tx_partial.h).  Tasks (sys/task.h) may
 * fill parts, or one part, at the same time.
 */
#ifndef WF_STORE_TX_H
#define WF_STORE_TX_H

#include "store/source.h"
#include "store/store.h"

struct wf_tx;
struct wf_tx_part; /* one artifact's share */

/* For a store opened for writing. */
WF_MUST enum wf_rc wf_tx_begin(struct wf_store *, struct wf_tx **out,
                               struct wf_err *err);
/* Drops everything that was not committed; NULL inside is fine. */
void wf_tx_freep(struct wf_tx **);

/* Valid as long as the transaction. */
struct wf_tx_part *wf_tx_part(struct wf_tx *);

/* Fetches a blob into the transaction: size and digest are checked on what
 * was written.  A blob that the store has, or another part, is not fetched; one
 * that another task is fetching is waited for. */
WF_MUST enum wf_rc wf_tx_fetch(struct wf_tx_part *, const struct wf_source *,
                               const struct wf_digest *, int64_t size,
                               const char *name, struct wf_err *err);
/* Bytes in memory, which hash to the digest. */
WF_MUST enum wf_rc wf_tx_put(struct wf_tx_part *, const struct wf_digest *,
                             struct wf_str bytes, struct wf_err *err);

/* A signature's manifest, to be listed.  tag: its name, or NULL. */
void wf_tx_sign(struct wf_tx_part *, const struct wf_digest *manifest, size_t size,
                enum wf_form form, const char *tag);
/* A candidate that could not be collected: remembered as that. */
void wf_tx_broken(struct wf_tx_part *, const struct wf_candidate *);

struct wf_tx_artifact {
	const struct wf_artifact *artifact;
	const char *from;     /* wf_ref.match */
	const char *ref_name; /* for other tools */
	bool asked;           /* signatures are complete: replaces older ones */
	unsigned formats;     /* complete for these: WF_FORMAT_*, WF_ASK_* */
};
/* All of it has been fetched.  Copies what it is given. */
WF_MUST enum wf_rc wf_tx_complete(struct wf_tx_part *, const struct wf_tx_artifact *,
                                  struct wf_err *err);

/* Makes the completed parts visible, all or none: blobs, then index.json, each
 * synced. */
WF_MUST enum wf_rc wf_tx_commit(struct wf_tx *, struct wf_err *err);

#endif
