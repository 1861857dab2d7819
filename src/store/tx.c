/* SPDX-License-Identifier: Apache-2.0
 *
 * The store's only writer.  Must never let a blob be seen under its digest
 * before it was hashed and synced, nor an artifact before all of it is there.
 */
#include "store/tx.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "dep/crypto.h"
#include "store/layout.h"
#include "store/tx_index.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/interrupt.h"

#define FILE_MODE 0640
#define LOCK_WAIT_MS 30000 /* another run renames and syncs; that takes ms */

struct staged {
	struct wf_digest digest;
	bool fresh; /* moved to where no blob was */
};

struct wf_tx {
	struct wf_store *store;
	int ingest; /* .ingest itself, no symbolic link */
	char *name; /* in it */
	int dir;    /* of that */
	int alive;  /* its file "lock", locked, so that nobody sweeps it */
	struct staged *blobs;
	size_t nblobs, cap;
	struct wf_tx_list list;
};

static void
remove_staging(int ingest, const char *name)
{
	WF_AUTO(wf_file_closep) int fd =
		openat(ingest, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent *e;
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (!d)
		return;
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			(void)unlinkat(dirfd(d), e->d_name, 0);
	fd = -1; /* closedir closes it */
	(void)closedir(d);
	(void)unlinkat(ingest, name, AT_REMOVEDIR);
}

/* Of the open file, not of the process: gone when the process is. */
static bool
lock_fd(int fd)
{
	struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	return fcntl(fd, F_OFD_SETLK, &l) == 0;
}

/* The store's lock, held while blobs are moved and the index is replaced. */
static enum wf_rc
lock_store(struct wf_store *s, int *out, struct wf_err *err)
{
	WF_AUTO(wf_file_closep) int fd =
		openat(s->dir, ".lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0660);
	int64_t end = wf_clock_mono_ms() + wf_clock_left_ms(LOCK_WAIT_MS);
	struct stat st;
	enum wf_rc rc;

	if (fd < 0)
		return wf_err_sys(err, wf_file_create_reason(), "store: cannot open its lock");
	/* the group may write here: a second name would give away what it is of */
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1)
		return wf_err_set(err, WF_R_UNSAFE_FILE,
		                  "store \"%s\": .lock is not a plain file with one name",
		                  s->path);
	(void)fchmod(fd, 0660); /* another user's file: has it already */
	while (!lock_fd(fd)) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return wf_err_sys(err, WF_R_IO, "store: cannot lock");
		if ((rc = wf_interrupt_check(err)))
			return rc;
		if (wf_clock_mono_ms() >= end)
			return wf_err_set(err, WF_R_TRY_AGAIN,
			                  "store \"%s\" is locked by another run",
			                  s->path);
		(void)usleep(10000);
	}
	*out = fd;
	fd = -1;
	return WF_OK;
}

/* What killed runs left: a staging directory whose lock nobody holds.  Only
 * under the store's lock, under which they are made. */
static void
sweep(struct wf_store *s)
{
	int fd = openat(s->dir, ".ingest", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;

	while (d && (e = readdir(d))) {
		WF_AUTO(wf_file_closep) int lock = -1;
		WF_AUTO(wf_file_closep) int dir = -1;

		if (e->d_name[0] == '.')
			continue;
		dir = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (dir < 0)
			continue;
		lock = openat(dir, "lock", O_RDWR | O_NOFOLLOW | O_CLOEXEC);
		if (lock < 0 ? errno == ENOENT : lock_fd(lock))
			remove_staging(dirfd(d), e->d_name);
	}
	if (d)
		(void)closedir(d);
}

static enum wf_rc
make_staging(struct wf_tx *tx, struct wf_err *err)
{
	static unsigned made;
	struct wf_store *s = tx->store;
	WF_AUTO(wf_freep) char *path = NULL;
	WF_AUTO(wf_freep) char *name = NULL;

	/* under the store's lock, and with a run's own id: no other has the name */
	name = wf_asprintf("%s.%u", wf_clock_run_id(), made++);
	path = wf_asprintf("%s/.ingest/%s", s->path, name);
	tx->ingest = openat(s->dir, ".ingest", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (tx->ingest < 0 || mkdirat(tx->ingest, name, 0700) < 0)
		return wf_err_sys(err, wf_file_create_reason(), "store: cannot create \"%s\"",
		                  path);
	tx->name = name;
	name = NULL;
	tx->dir = openat(tx->ingest, tx->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (tx->dir >= 0)
		tx->alive = openat(tx->dir, "lock",
		                   O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (tx->alive < 0 || !lock_fd(tx->alive))
		return wf_err_sys(err, wf_file_create_reason(), "store: cannot lock \"%s\"",
		                  path);
	return WF_OK;
}

enum wf_rc
wf_tx_begin(struct wf_store *s, struct wf_tx **out, struct wf_err *err)
{
	WF_AUTO(wf_tx_freep) struct wf_tx *tx = wf_calloc(1, sizeof(*tx));
	WF_AUTO(wf_file_closep) int lock = -1;
	enum wf_rc rc;

	tx->store = s;
	tx->ingest = tx->dir = tx->alive = -1;
	if (!s->write)
		return wf_err_set(err, WF_R_BUG, "the store is open for reading only");
	if ((rc = lock_store(s, &lock, err)))
		return rc;
	sweep(s);
	if ((rc = make_staging(tx, err)))
		return rc;
	*out = tx;
	tx = NULL;
	return WF_OK;
}

void
wf_tx_freep(struct wf_tx **txp)
{
	struct wf_tx *tx = *txp;

	if (!tx)
		return;
	if (tx->name)
		remove_staging(tx->ingest, tx->name);
	wf_file_closep(&tx->ingest);
	wf_file_closep(&tx->alive);
	wf_file_closep(&tx->dir);
	wf_tx_list_free(&tx->list);
	free(tx->blobs);
	free(tx->name);
	free(tx);
	*txp = NULL;
}

static bool
staged(const struct wf_tx *tx, const struct wf_digest *digest)
{
	size_t i;

	for (i = 0; i < tx->nblobs; i++)
		if (wf_digest_eq(&tx->blobs[i].digest, digest))
			return true;
	return false;
}

static enum wf_rc
nothing(void *arg, const void *p, size_t n, struct wf_err *err)
{
	(void)arg;
	(void)p;
	(void)n;
	(void)err;
	return WF_OK;
}

bool
wf_tx_has(struct wf_tx *tx, const struct wf_digest *digest, int64_t size)
{
	struct wf_sink sink = {nothing, NULL, false, NULL};
	struct wf_err ignored = {0};

	/* a blob that rotted is fetched again, so it is hashed here */
	return staged(tx, digest) ||
	       wf_layout_read_blob(tx->store, digest, size, "blob", &sink,
	                           &ignored) == WF_OK;
}

/* A blob on its way into the staging directory. */
struct writing {
	int fd;
	const char *name;
	struct wf_sha256 *hash;
	int64_t got, want;
};

static enum wf_rc
add_bytes(void *arg, const void *p, size_t n, struct wf_err *err)
{
	struct writing *w = arg;

	w->got += (int64_t)n;
	if (w->got > w->want)
		return wf_err_set(err, WF_R_SIZE_MISMATCH,
		                  "%s has more than the expected %jd bytes",
		                  w->name, (intmax_t)w->want);
	wf_crypto_sha256_add(w->hash, p, n);
	return wf_file_write_all(w->fd, p, n, "store", err);
}

static enum wf_rc
restart(void *arg, struct wf_err *err)
{
	struct writing *w = arg;

	if (ftruncate(w->fd, 0) < 0 || lseek(w->fd, 0, SEEK_SET) < 0)
		return wf_err_sys(err, WF_R_IO, "store: cannot begin %s again", w->name);
	wf_crypto_sha256_reset(w->hash);
	w->got = 0;
	return WF_OK;
}

static enum wf_rc
check_written(struct writing *w, const struct wf_digest *digest,
              struct wf_err *err)
{
	char have_z[WF_DIGEST_TEXT], want_z[WF_DIGEST_TEXT];
	struct wf_digest have;

	wf_crypto_sha256_end(w->hash, have.sha256);
	if (w->got != w->want)
		return wf_err_set(err, WF_R_SIZE_MISMATCH,
		                  "%s has %jd bytes, expected %jd", w->name,
		                  (intmax_t)w->got, (intmax_t)w->want);
	wf_digest_text(&have, have_z);
	wf_digest_text(digest, want_z);
	if (!wf_digest_eq(&have, digest))
		return wf_err_set(err, WF_R_DIGEST_MISMATCH,
		                  "%s hashes to %s, expected %s", w->name, have_z,
		                  want_z);
	if (fchmod(w->fd, FILE_MODE) < 0)
		return wf_err_sys(err, WF_R_IO, "store: cannot write %s", w->name);
	/* on its way to the disk while the next one arrives: sync_blobs waits */
	(void)sync_file_range(w->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return WF_OK;
}

/* Opens HEX in the staging directory and lets `fill` write it. */
static enum wf_rc
stage(struct wf_tx *tx, const struct wf_digest *digest, int64_t size,
      const char *name,
      enum wf_rc (*fill)(void *arg, const struct wf_sink *, struct wf_err *),
      void *arg, struct wf_err *err)
{
	WF_AUTO(wf_crypto_sha256_freep) struct wf_sha256 *hash =
		wf_crypto_sha256_new();
	WF_AUTO(wf_file_closep) int fd = -1;
	struct writing w = {.name = name, .hash = hash, .want = size};
	struct wf_sink sink = {add_bytes, &w, true, restart};
	char hex[65];
	enum wf_rc rc;

	wf_digest_hex(digest, hex);
	fd = openat(tx->dir, hex,
	            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return wf_err_sys(err, wf_file_create_reason(), "store: cannot create \".ingest/%s/%s\"",
		                  tx->name, hex);
	w.fd = fd;
	if ((rc = fill(arg, &sink, err)) || (rc = check_written(&w, digest, err))) {
		(void)unlinkat(tx->dir, hex, 0);
		return rc;
	}
	tx->blobs = wf_grow(tx->blobs, &tx->cap, tx->nblobs, sizeof(*tx->blobs));
	tx->blobs[tx->nblobs++] = (struct staged){*digest, false};
	return WF_OK;
}

struct from_source {
	const struct wf_source *src;
	const struct wf_digest *digest;
	int64_t size;
	const char *name;
};

static enum wf_rc
fill_from_source(void *arg, const struct wf_sink *sink, struct wf_err *err)
{
	struct from_source *f = arg;

	return f->src->ops->blob(f->src->self, f->digest, f->size, f->name, sink,
	                         err);
}

static enum wf_rc
fill_from_bytes(void *arg, const struct wf_sink *sink, struct wf_err *err)
{
	struct wf_str *bytes = arg;

	return sink->add(sink->arg, bytes->p, bytes->len, err);
}

enum wf_rc
wf_tx_put(struct wf_tx *tx, const struct wf_digest *digest, struct wf_str bytes,
          struct wf_err *err)
{
	if (wf_tx_has(tx, digest, (int64_t)bytes.len))
		return WF_OK;
	return stage(tx, digest, (int64_t)bytes.len, "blob", fill_from_bytes,
	             &bytes, err);
}

enum wf_rc
wf_tx_fetch(struct wf_tx *tx, const struct wf_source *src,
            const struct wf_digest *digest, int64_t size, const char *name,
            struct wf_err *err)
{
	struct from_source f = {src, digest, size, name};
	struct wf_str empty = WF_STR_LIT("{}");
	struct wf_digest known;

	if (wf_tx_has(tx, digest, size))
		return WF_OK;
	wf_digest_of(empty.p, empty.len, &known);
	if (wf_digest_eq(&known, digest)) /* the empty config needs no request */
		return wf_tx_put(tx, digest, empty, err);
	return stage(tx, digest, size, name, fill_from_source, &f, err);
}

void
wf_tx_sign(struct wf_tx *tx, const struct wf_digest *manifest, size_t size,
           enum wf_form form, const char *tag)
{
	wf_tx_list_sign(&tx->list, manifest, size, form, tag);
}

void
wf_tx_broken(struct wf_tx *tx, const struct wf_candidate *c)
{
	wf_tx_list_broken(&tx->list, c);
}

/* All of them one after the other: the first waits for the disk, and a file
 * system with a journal has then written the others too. */
static enum wf_rc
sync_blobs(struct wf_tx *tx, struct wf_err *err)
{
	char hex[65];
	size_t i;

	for (i = 0; i < tx->nblobs; i++) {
		WF_AUTO(wf_file_closep) int fd = -1;

		wf_digest_hex(&tx->blobs[i].digest, hex);
		fd = openat(tx->dir, hex, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 || fsync(fd) < 0)
			return wf_err_sys(err, WF_R_IO, "store: cannot sync a blob");
	}
	return WF_OK;
}

static enum wf_rc
move_blobs(struct wf_tx *tx, struct wf_err *err)
{
	int blobs = wf_layout_blobs(tx->store);
	char hex[65];
	size_t i;

	if (blobs < 0)
		return wf_err_sys(err, WF_R_IO, "store: cannot open blobs/sha256");
	for (i = 0; i < tx->nblobs; i++) {
		bool fresh;

		wf_digest_hex(&tx->blobs[i].digest, hex);
		fresh = faccessat(blobs, hex, F_OK, AT_SYMLINK_NOFOLLOW) < 0;
		if (renameat(tx->dir, hex, blobs, hex) < 0)
			return wf_err_sys(err, wf_file_create_reason(),
			                  "store: cannot move a blob to its place");
		tx->blobs[i].fresh = fresh;
	}
	if (tx->nblobs && fsync(blobs) < 0)
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
wf_tx_commit(struct wf_tx *tx, const struct wf_tx_artifact *what,
             struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_INDEX_BYTES);
	WF_AUTO(wf_freep) char *path =
		wf_asprintf("%s/index.json", tx->store->path);
	WF_AUTO(wf_file_closep) int lock = -1;
	const struct wf_artifact *a = what->artifact;
	struct wf_str manifest = {a->manifest, a->manifest_len};
	struct wf_str index = {a->index, a->index_len};
	ino_t index_was;
	enum wf_rc rc;

	/* synced before the lock is taken and before anything is visible */
	if ((rc = wf_tx_put(tx, &a->child, manifest, err)) ||
	    (a->index && (rc = wf_tx_put(tx, &a->digest, index, err))) ||
	    (rc = sync_blobs(tx, err)) ||
	    (rc = lock_store(tx->store, &lock, err)) ||
	    (rc = wf_layout_refresh(tx->store, err)) ||
	    (rc = wf_tx_index_text(&tx->store->index, &tx->list, what, &text, err)))
		return rc;
	index_was = index_inode(tx->store);
	if ((rc = move_blobs(tx, err)) ||
	    (rc = wf_file_write_atomic(path, wf_buf_str(&text), FILE_MODE, err))) {
		drop_moved(tx, index_was);
		return rc;
	}
	return wf_layout_refresh(tx->store, err);
}
