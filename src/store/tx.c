/* SPDX-License-Identifier: Apache-2.0
 *
 * The store's only writer, its first half: blobs are written aside and hashed
 * (store/tx_commit.c makes them visible).  Must never take a blob for written
 * that is not, nor write one twice.
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
#include "store/tx_partial.h"
#include "store/tx_staging.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/interrupt.h"
#include "sys/task.h"

#define FLUSH_BYTES (8 << 20)
#define TAKE_UP_BYTES 262144u
#define PARTIAL_SECONDS 86400 /* who has not come back by then does not */
#define LOCK_WAIT_MS 30000 /* another run renames and syncs; that takes ms */

/* rescue: of what it was writing when it was killed. */
static void
remove_staging(int ingest, const char *name, bool rescue)
{
	WF_AUTO(wf_file_closep) int fd =
		openat(ingest, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent *e;
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;

	if (!d)
		return;
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		else if (rescue)
			wf_tx_partial_keep(ingest, dirfd(d), e->d_name);
		else
			(void)unlinkat(dirfd(d), e->d_name, 0);
	fd = -1; /* closedir closes it */
	(void)closedir(d);
	(void)unlinkat(ingest, name, AT_REMOVEDIR);
}

/* Of the open file, not of the process: gone when the process is.  To read it
 * is enough to ask whether somebody writes. */
static bool
lock_fd(int fd, short how)
{
	struct flock l = {.l_type = how, .l_whence = SEEK_SET};

	return fcntl(fd, F_OFD_SETLK, &l) == 0;
}

enum wf_rc
wf_tx_lock(struct wf_store *s, int *out, struct wf_err *err)
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
	while (!lock_fd(fd, F_WRLCK)) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return wf_err_sys(err, WF_R_IO, "store: cannot lock");
		if ((rc = wf_interrupt_check(err)))
			return rc;
		if (wf_clock_mono_ms() >= end)
			return wf_err_set(err, WF_R_TRY_AGAIN,
			                  "store \"%s\" is locked by another run",
			                  s->path);
		wf_task_sleep(10);
	}
	*out = fd;
	fd = -1;
	return WF_OK;
}

/* What killed runs left: a staging directory whose lock nobody holds; it goes,
 * unless it is another user's.  Only under the store's lock, under which they
 * are made. */
bool
wf_tx_others(struct wf_store *s)
{
	int fd = openat(s->dir, ".ingest", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	bool others = fd < 0 && errno != ENOENT; /* who cannot look cannot say no */
	struct dirent *e = NULL;
	enum wf_rc rc = WF_OK;

	while (d && (rc = wf_file_next(d, ".ingest", &e, NULL)) == WF_OK && e) {
		WF_AUTO(wf_file_closep) int lock = -1;
		WF_AUTO(wf_file_closep) int dir = -1;

		if (e->d_name[0] == '.')
			continue;
		dir = openat(dirfd(d), e->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (dir < 0) {
			others = others || errno != ENOENT;
			continue;
		}
		lock = openat(dir, "lock", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (lock < 0 ? errno == ENOENT : lock_fd(lock, F_RDLCK))
			remove_staging(dirfd(d), e->d_name, true);
		else
			others = true;
	}
	if (d)
		(void)closedir(d);
	return others || rc != WF_OK;
}

/* The group that shares the store may see whether we are alive. */
static bool
show_group(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	       fchmod(fd, (st.st_mode & 07700) | (S_ISDIR(st.st_mode) ? 050 : 040)) == 0;
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
	if (tx->alive < 0 || !lock_fd(tx->alive, F_WRLCK) || !show_group(tx->alive) ||
	    !show_group(tx->dir))
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
	if ((rc = wf_tx_lock(s, &lock, err)))
		return rc;
	(void)wf_tx_others(s);
	if ((rc = make_staging(tx, err)))
		return rc;
	wf_tx_partial_sweep(tx->ingest, PARTIAL_SECONDS);
	*out = tx;
	tx = NULL;
	return WF_OK;
}

static void
part_free(struct wf_tx_part *p)
{
	wf_tx_list_free(&p->entry.list);
	free(p->entry.from);
	free(p->entry.ref_name);
	free(p->uses);
	free(p);
}

void
wf_tx_freep(struct wf_tx **txp)
{
	struct wf_tx *tx = *txp;

	if (!tx)
		return;
	if (tx->name)
		remove_staging(tx->ingest, tx->name, false);
	wf_file_closep(&tx->ingest);
	wf_file_closep(&tx->alive);
	wf_file_closep(&tx->dir);
	while (tx->nparts)
		part_free(tx->parts[--tx->nparts]);
	free(tx->parts);
	free(tx->blobs);
	free(tx->name);
	free(tx);
	*txp = NULL;
}

struct wf_tx_part *
wf_tx_part(struct wf_tx *tx)
{
	struct wf_tx_part *p = wf_calloc(1, sizeof(*p));

	p->tx = tx;
	tx->parts = wf_grow(tx->parts, &tx->partcap, tx->nparts, sizeof(struct wf_tx_part *));
	tx->parts[tx->nparts++] = p;
	return p;
}

/* Looks again after each wait: the list may have moved. */
static struct wf_tx_blob *
find(struct wf_tx *tx, const struct wf_digest *digest)
{
	size_t i;

	for (i = 0; i < tx->nblobs; i++)
		if (tx->blobs[i].state != WF_TX_FAILED &&
		    wf_digest_eq(&tx->blobs[i].digest, digest))
			return &tx->blobs[i];
	return NULL;
}

/* The part needs it: it is moved when the part is committed. */
static void
use(struct wf_tx_part *p, const struct wf_tx_blob *b)
{
	size_t at = (size_t)(b - p->tx->blobs);

	p->uses = wf_grow(p->uses, &p->usecap, p->nuses, sizeof(*p->uses));
	p->uses[p->nuses++] = at;
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

/* What another task is fetching is waited for, whoever it is for. */
static bool
has(struct wf_tx_part *p, const struct wf_digest *digest, int64_t size)
{
	struct wf_sink sink = {.add = nothing};
	struct wf_err ignored = {0};
	const struct wf_tx_blob *b;

	while ((b = find(p->tx, digest)) && b->state == WF_TX_COMING)
		wf_task_wait(&p->tx->arrived);
	if (b && b->size == size) {
		use(p, b);
		return true;
	}
	/* a blob that rotted is fetched again, so it is hashed here */
	return !b && wf_layout_read_blob(p->tx->store, digest, size, "blob", &sink,
	                                 &ignored) == WF_OK;
}

typedef enum wf_rc fill_fn(void *arg, const struct wf_sink *, struct wf_err *);

/* A blob on its way into the staging directory. */
struct writing {
	int fd;
	const char *name;
	struct wf_sha256 *hash;
	int64_t got, want;
	int64_t flushing; /* bytes that are on their way to the disk */
};

static enum wf_rc
add_bytes(void *arg, const void *p, size_t n, struct wf_err *err)
{
	struct writing *w = arg;
	enum wf_rc rc;

	w->got += (int64_t)n;
	if (w->got > w->want)
		return wf_err_set(err, WF_R_SIZE_MISMATCH,
		                  "%s has more than the expected %jd bytes",
		                  w->name, (intmax_t)w->want);
	wf_crypto_sha256_add(w->hash, p, n);
	if ((rc = wf_file_write_all(w->fd, p, n, "store", err)))
		return rc;
	if (w->got - w->flushing >= FLUSH_BYTES) { /* while the next bytes arrive */
		(void)sync_file_range(w->fd, w->flushing, w->got - w->flushing, SYNC_FILE_RANGE_WRITE);
		w->flushing = w->got;
	}
	return WF_OK;
}

static enum wf_rc
restart(void *arg, struct wf_err *err)
{
	struct writing *w = arg;

	if (ftruncate(w->fd, 0) < 0 || lseek(w->fd, 0, SEEK_SET) < 0)
		return wf_err_sys(err, WF_R_IO, "store: cannot begin %s again", w->name);
	wf_crypto_sha256_reset(w->hash);
	w->got = w->flushing = 0;
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
	if (fchmod(w->fd, WF_TX_FILE_MODE) < 0)
		return wf_err_sys(err, WF_R_IO, "store: cannot write %s", w->name);
	/* on its way to the disk while the next one arrives: sync_blobs waits */
	(void)sync_file_range(w->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return WF_OK;
}

/* Bytes that an earlier run left, hashed like any. */
static enum wf_rc
take_up(struct writing *w, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *chunk = wf_malloc(TAKE_UP_BYTES);
	enum wf_rc rc;
	ssize_t n;

	while ((n = read(w->fd, chunk, TAKE_UP_BYTES)) > 0) {
		if ((rc = wf_interrupt_check(err)))
			return rc;
		wf_crypto_sha256_add(w->hash, chunk, (size_t)n);
		w->got += n;
	}
	return n < 0 ? wf_err_sys(err, WF_R_IO, "store: cannot read %s", w->name) : WF_OK;
}

/* Fills what is missing, from where it breaks off. */
static enum wf_rc
fill_rest(struct writing *w, const struct wf_digest *digest, fill_fn *fill, void *arg,
          struct wf_err *err)
{
	struct wf_sink sink = {add_bytes, w, true, restart, w->got};
	enum wf_rc rc = w->got && w->got == w->want ? WF_OK : fill(arg, &sink, err);

	return rc ? rc : check_written(w, digest, err);
}

/* Not the bytes, or a server that does not go on where it should. */
static bool
is_wrong(enum wf_rc rc)
{
	return rc == WF_E_DIGEST || rc == WF_E_PROTOCOL;
}

static bool
broke_off(enum wf_rc rc)
{
	return rc == WF_E_UNAVAILABLE || rc == WF_E_TRY_AGAIN || rc == WF_E_AUTH;
}

/* take: what an earlier run left of it may be gone on with. */
static enum wf_rc
write_staged(struct wf_tx *tx, const struct wf_digest *digest, int64_t size, bool take,
             const char *name, fill_fn *fill, void *arg, struct wf_err *err)
{
	WF_AUTO(wf_crypto_sha256_freep) struct wf_sha256 *hash =
		wf_crypto_sha256_new();
	WF_AUTO(wf_file_closep) int fd = -1;
	struct writing w = {.name = name, .hash = hash, .want = size};
	bool taken;
	char hex[65];
	enum wf_rc rc = WF_OK;

	wf_digest_hex(digest, hex);
	if (take)
		fd = wf_tx_partial_take(tx->ingest, tx->dir, hex, size);
	taken = fd >= 0;
	if (!taken)
		fd = openat(tx->dir, hex,
		            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return wf_err_sys(err, wf_file_create_reason(), "store: cannot create \".ingest/%s/%s\"",
		                  tx->name, hex);
	w.fd = fd;
	if (taken)
		rc = take_up(&w, err);
	if (rc == WF_OK)
		rc = fill_rest(&w, digest, fill, arg, err);
	if (taken && is_wrong(rc) && restart(&w, NULL) == WF_OK) {
		wf_err_clear(err);
		rc = fill_rest(&w, digest, fill, arg, err);
	}
	if (rc && take && broke_off(rc))
		wf_tx_partial_keep(tx->ingest, tx->dir, hex);
	else if (rc)
		(void)unlinkat(tx->dir, hex, 0);
	return rc;
}

/* Lets `fill` write HEX in the staging directory; nobody else does meanwhile. */
static enum wf_rc
stage(struct wf_tx_part *p, const struct wf_digest *digest, int64_t size, bool take,
      const char *name, fill_fn *fill, void *arg, struct wf_err *err)
{
	struct wf_tx *tx = p->tx;
	const struct wf_tx_blob *b = find(tx, digest);
	size_t at = tx->nblobs;
	enum wf_rc rc;

	if (b)
		return wf_err_set(err, WF_R_SIZE_MISMATCH, "%s has %jd bytes, expected %jd",
		                  name, (intmax_t)b->size, (intmax_t)size);
	tx->blobs = wf_grow(tx->blobs, &tx->cap, at, sizeof(*tx->blobs));
	tx->blobs[tx->nblobs++] =
		(struct wf_tx_blob){.digest = *digest, .size = size, .state = WF_TX_COMING};
	rc = write_staged(tx, digest, size, take, name, fill, arg, err);
	tx->blobs[at].state = rc ? WF_TX_FAILED : WF_TX_HERE;
	wf_task_wake(&tx->arrived);
	if (rc == WF_OK)
		use(p, &tx->blobs[at]);
	return rc;
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
wf_tx_put(struct wf_tx_part *p, const struct wf_digest *digest, struct wf_str bytes,
          struct wf_err *err)
{
	if (has(p, digest, (int64_t)bytes.len))
		return WF_OK;
	return stage(p, digest, (int64_t)bytes.len, false, "blob", fill_from_bytes,
	             &bytes, err);
}

enum wf_rc
wf_tx_fetch(struct wf_tx_part *p, const struct wf_source *src,
            const struct wf_digest *digest, int64_t size, const char *name,
            struct wf_err *err)
{
	struct from_source f = {src, digest, size, name};
	struct wf_str empty = WF_STR_LIT("{}");
	struct wf_digest known;

	if (has(p, digest, size))
		return WF_OK;
	wf_digest_of(empty.p, empty.len, &known);
	if (wf_digest_eq(&known, digest)) /* the empty config needs no request */
		return wf_tx_put(p, digest, empty, err);
	return stage(p, digest, size, true, name, fill_from_source, &f, err);
}

void
wf_tx_sign(struct wf_tx_part *p, const struct wf_digest *manifest, size_t size,
           enum wf_form form, const char *tag)
{
	wf_tx_list_sign(&p->entry.list, manifest, size, form, tag);
}

void
wf_tx_broken(struct wf_tx_part *p, const struct wf_candidate *c)
{
	wf_tx_list_broken(&p->entry.list, c);
}

enum wf_rc
wf_tx_complete(struct wf_tx_part *p, const struct wf_tx_artifact *what,
               struct wf_err *err)
{
	const struct wf_artifact *a = what->artifact;
	struct wf_str manifest = {a->manifest, a->manifest_len};
	struct wf_str index = {a->index, a->index_len};
	enum wf_rc rc;

	if ((rc = wf_tx_put(p, &a->child, manifest, err)) ||
	    (a->index && (rc = wf_tx_put(p, &a->digest, index, err))))
		return rc;
	p->entry.digest = a->digest;
	p->entry.index = a->index != NULL;
	p->entry.size = a->index ? a->index_len : a->manifest_len;
	p->entry.from = wf_strdup(what->from);
	p->entry.ref_name = wf_strdup(what->ref_name);
	p->entry.asked = what->asked;
	p->entry.formats = what->formats & WF_FORMATS_ALL;
	p->complete = true;
	return WF_OK;
}
