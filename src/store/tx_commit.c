/* SPDX-License-Identifier: Apache-2.0
 *
 * The store's only writer, its second half.  Must never let a blob be seen
 * under its digest before it was hashed and synced, nor an artifact before all
 * of it is there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "store/layout.h"
#include "store/tx_staging.h"
#include "sys/file.h"

/* From here on one flush of the whole file system is cheaper than a flush for
 * each blob, even where others write to it too. */
#define MANY_BLOBS 16u

/* What failed parts have fetched stays behind, and goes. */
static size_t
mark_wanted(struct wf_tx *tx)
{
	size_t i, k, n = 0;

	for (i = 0; i < tx->nparts; i++)
		for (k = 0; tx->parts[i]->complete && k < tx->parts[i]->nuses; k++)
			tx->blobs[tx->parts[i]->uses[k]].wanted = true;
	for (i = 0; i < tx->nblobs; i++)
		n += tx->blobs[i].wanted;
	return n;
}

static enum wf_rc
sync_blob(struct wf_tx *tx, const struct wf_digest *digest, struct wf_err *err)
{
	WF_AUTO(wf_file_closep) int fd = -1;
	char hex[65];

	wf_digest_hex(digest, hex);
	fd = openat(tx->dir, hex, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return wf_err_sys(err, WF_R_IO, "store: cannot sync a blob");
	return WF_OK;
}

/* One after the other: the first waits for the disk, and a file system with a
 * journal has then written the others too.  (A write that the disk refused and
 * an old kernel does not tell of is found when the blob is read: it is hashed
 * then.) */
static enum wf_rc
sync_blobs(struct wf_tx *tx, size_t n, struct wf_err *err)
{
	enum wf_rc rc = WF_OK;
	size_t i;

	if (n >= MANY_BLOBS)
		return syncfs(tx->dir) < 0 ? wf_err_sys(err, WF_R_IO, "store: cannot sync the blobs")
		                           : WF_OK;
	for (i = 0; rc == WF_OK && i < tx->nblobs; i++)
		if (tx->blobs[i].wanted)
			rc = sync_blob(tx, &tx->blobs[i].digest, err);
	return rc;
}

static enum wf_rc
move_blobs(struct wf_tx *tx, size_t n, struct wf_err *err)
{
	int blobs = wf_layout_blobs(tx->store);
	char hex[65];
	size_t i;

	if (blobs < 0)
		return wf_err_sys(err, WF_R_IO, "store: cannot open blobs/sha256");
	for (i = 0; i < tx->nblobs; i++) {
		bool fresh;

		if (!tx->blobs[i].wanted)
			continue;
		wf_digest_hex(&tx->blobs[i].digest, hex);
		fresh = faccessat(blobs, hex, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
		if (renameat(tx->dir, hex, blobs, hex) < 0)
			return wf_err_sys(err, wf_file_create_reason(),
			                  "store: cannot move a blob to its place");
		tx->blobs[i].fresh = fresh;
	}
	if (n && fsync(blobs) < 0)
		return wf_err_sys(err, WF_R_IO, "store: cannot sync blobs/sha256");
	return WF_OK;
}

static ino_t
index_inode(const struct wf_store *s)
{
	return s->stamped ? s->stamp.st_ino : 0;
}

/* What a commit that then failed has moved, except where it only replaced a
 * blob that others may use. */
static void
drop_moved(struct wf_tx *tx, ino_t index_was)
{
	int blobs = wf_layout_blobs(tx->store);
	struct wf_err ignored = {0};
	char hex[65];
	size_t i;

	/* the index may have been replaced, and only syncing failed: then they
	 * are in use */
	if (wf_layout_refresh(tx->store, &ignored) ||
	    index_inode(tx->store) != index_was)
		return;
	for (i = 0; blobs >= 0 && i < tx->nblobs; i++) {
		if (!tx->blobs[i].fresh)
			continue;
		wf_digest_hex(&tx->blobs[i].digest, hex);
		(void)unlinkat(blobs, hex, 0);
	}
}

enum wf_rc
wf_tx_commit(struct wf_tx *tx, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_INDEX_BYTES);
	WF_AUTO(wf_freep) char *path =
		wf_asprintf("%s/index.json", tx->store->path);
	WF_AUTO(wf_freep) const struct wf_tx_entry **entries =
		wf_calloc(tx->nparts + 1, sizeof(*entries));
	WF_AUTO(wf_file_closep) int lock = -1;
	size_t i, n = 0, blobs = mark_wanted(tx);
	ino_t index_was;
	enum wf_rc rc;

	for (i = 0; i < tx->nparts; i++)
		if (tx->parts[i]->complete)
			entries[n++] = &tx->parts[i]->entry;
	if (n == 0) /* nothing came whole: nothing of it is wanted */
		return WF_OK;
	/* synced before the lock is taken and before anything is visible */
	if ((rc = sync_blobs(tx, blobs, err)) ||
	    (rc = wf_tx_lock(tx->store, &lock, err)) ||
	    (rc = wf_layout_refresh(tx->store, err)) ||
	    (rc = wf_tx_index_text(&tx->store->index, entries, n, &text, err)))
		return rc;
	index_was = index_inode(tx->store);
	if ((rc = move_blobs(tx, blobs, err)) ||
	    (rc = wf_file_write_atomic(path, wf_buf_str(&text), WF_TX_FILE_MODE, err))) {
		drop_moved(tx, index_was);
		return rc;
	}
	return wf_layout_refresh(tx->store, err);
}
