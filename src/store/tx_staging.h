/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to store/: what a transaction holds until it is committed.
 */
#ifndef WF_STORE_TX_STAGING_H
#define WF_STORE_TX_STAGING_H

#include "store/tx.h"
#include "store/tx_index.h"
#include "sys/task.h"

#define WF_TX_FILE_MODE 0640

struct wf_tx_blob {
	struct wf_digest digest;
	int64_t size;
	enum { WF_TX_COMING, WF_TX_HERE, WF_TX_FAILED } state;
	bool wanted; /* by a part that is committed */
	bool fresh;  /* moved to where no blob was */
};

struct wf_tx_part {
	struct wf_tx *tx;
	bool complete;
	struct wf_tx_entry entry;
	size_t *uses, nuses, usecap; /* blobs of the transaction */
};

struct wf_tx {
	struct wf_store *store;
	int ingest; /* .ingest itself, no symbolic link */
	char *name; /* in it */
	int dir;    /* of that */
	int alive;  /* its file "lock", locked, so that nobody sweeps it */
	struct wf_tx_blob *blobs;
	size_t nblobs, cap;
	struct wf_tx_part **parts;
	size_t nparts, partcap;
	struct wf_task_queue arrived; /* woken when a blob is there, or failed */
};

/* The store's lock, held while blobs are moved and the index is replaced. */
WF_MUST enum wf_rc wf_tx_lock(struct wf_store *, int *out, struct wf_err *err);
/* Under that lock: a run is between its beginning and its commit.  What killed
 * ones left is swept. */
bool wf_tx_others(struct wf_store *);

#endif
