/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads an OCI image layout.  Must never follow a symbolic link below it, or
 * give out a byte as a blob's that was not hashed.
 */
#include "store/layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "dep/crypto.h"
#include "sys/file.h"
#include "sys/interrupt.h"

#define CHUNK 131072u
#define OPEN_FILE (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
#define OPEN_DIR (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

int
wf_layout_open(struct wf_store *s, const char *name)
{
	if (s->archive)
		return wf_archive_file(s->archive, name);
	return openat(s->dir, name, OPEN_FILE);
}

enum wf_rc
wf_layout_refresh(struct wf_store *s, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_INDEX_BYTES);
	WF_AUTO(wf_freep) char *name = wf_asprintf("%s/index.json", s->path);
	WF_AUTO(wf_file_closep) int fd = -1;
	struct wf_index index = {0};
	struct stat st;
	enum wf_rc rc;

	if ((s->dir < 0 && !s->archive) || (s->archive && s->stamped))
		return WF_OK; /* an archive is one open file */
	fd = wf_layout_open(s, "index.json");
	if (fd < 0 && errno == ENOENT && !s->foreign) {
		wf_index_free(&s->index);
		s->stamped = false;
		return WF_OK;
	}
	if (fd < 0)
		return wf_err_sys(err, s->foreign ? WF_R_NO_INPUT : WF_R_IO,
		                  "cannot open \"%s\"", name);
	if (fstat(fd, &st) < 0)
		return wf_err_sys(err, WF_R_IO, "cannot stat \"%s\"", name);
	if (s->stamped && same_file(&st, &s->stamp))
		return WF_OK;
	if ((rc = wf_file_read_fd(fd, name, &text, err)) ||
	    (rc = wf_index_parse(wf_buf_str(&text), name, &index, err)))
		return rc;
	wf_index_free(&s->index);
	s->index = index;
	s->stamp = st;
	s->stamped = true;
	return WF_OK;
}

int
wf_layout_blobs(struct wf_store *s)
{
	WF_AUTO(wf_file_closep) int blobs = -1;

	if (s->blobs >= 0)
		return s->blobs;
	if (s->dir < 0) {
		errno = ENOENT;
		return -1;
	}
	blobs = openat(s->dir, "blobs", OPEN_DIR);
	if (blobs >= 0)
		s->blobs = openat(blobs, "sha256", OPEN_DIR);
	return s->blobs;
}

enum wf_rc
wf_layout_open_blob(struct wf_store *s, const struct wf_digest *digest,
                    const char *name, int *out, int64_t *size,
                    struct wf_err *err)
{
	WF_AUTO(wf_file_closep) int fd = -1;
	char hex[65], path[sizeof("blobs/sha256/") + sizeof(hex)];
	int dir = s->archive ? -1 : wf_layout_blobs(s);
	struct stat st;

	wf_digest_hex(digest, hex);
	(void)snprintf(path, sizeof(path), "blobs/sha256/%s", hex);
	if (s->archive)
		fd = wf_archive_file(s->archive, path);
	else if (dir >= 0)
		fd = openat(dir, hex, OPEN_FILE);
	if (fd < 0 && errno == ENOENT)
		return wf_err_set(err, WF_R_NOT_FOUND,
		                  "%s sha256:%s is not in \"%s\"", name, hex,
		                  s->path);
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s sha256:%s in \"%s\" is a symbolic link, expected a regular file",
		                  name, hex, s->path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return wf_err_sys(err, WF_R_IO, "cannot open %s sha256:%s in \"%s\"",
		                  name, hex, s->path);
	if (!S_ISREG(st.st_mode))
		return wf_err_set(err, WF_R_MALFORMED,
		                  "%s sha256:%s in \"%s\" is not a regular file",
		                  name, hex, s->path);
	*size = st.st_size;
	*out = fd;
	fd = -1;
	return WF_OK;
}

/* Copies fd into the sink; *total and the hash are of what was read. */
static enum wf_rc
stream(int fd, const char *name, int64_t limit, const struct wf_sink *sink,
       int64_t *total, struct wf_digest *have, struct wf_err *err)
{
	WF_AUTO(wf_crypto_sha256_freep) struct wf_sha256 *hash =
		wf_crypto_sha256_new();
	bool own = !sink->checks;
	WF_AUTO(wf_freep) char *chunk = wf_malloc(CHUNK);
	enum wf_rc rc;
	ssize_t n;

	for (*total = 0; *total <= limit; *total += n) {
		/* a manifest is read even when time is up: it says what was done */
		if (*total >= (int64_t)CHUNK && (rc = wf_interrupt_check(err)))
			return rc;
		n = read(fd, chunk, CHUNK);
		if (n < 0 && errno == EINTR) {
			n = 0;
			continue;
		}
		if (n < 0)
			return wf_err_sys(err, WF_R_IO, "cannot read %s", name);
		if (n == 0)
			break;
		if (own)
			wf_crypto_sha256_add(hash, chunk, (size_t)n);
		if ((rc = sink->add(sink->arg, chunk, (size_t)n, err)))
			return rc;
	}
	wf_crypto_sha256_end(hash, have->sha256);
	return WF_OK;
}

enum wf_rc
wf_layout_read_blob(struct wf_store *s, const struct wf_digest *digest,
                    int64_t want, const char *name, const struct wf_sink *sink,
                    struct wf_err *err)
{
	char have_z[WF_DIGEST_TEXT], want_z[WF_DIGEST_TEXT];
	WF_AUTO(wf_file_closep) int fd = -1;
	struct wf_digest have = {0};
	int64_t size = 0, total = 0;
	enum wf_rc rc;

	if ((rc = wf_layout_open_blob(s, digest, name, &fd, &size, err)))
		return rc;
	if (want >= 0 && size != want)
		return wf_err_set(err, WF_R_SIZE_MISMATCH,
		                  "%s in \"%s\" has %jd bytes, expected %jd", name,
		                  s->path, (intmax_t)size, (intmax_t)want);
	if ((rc = stream(fd, name, size, sink, &total, &have, err)))
		return rc;
	if (sink->checks)
		return WF_OK;
	wf_digest_text(&have, have_z);
	wf_digest_text(digest, want_z);
	if (!wf_digest_eq(&have, digest))
		return wf_err_set(err, WF_R_DIGEST_MISMATCH,
		                  "%s in \"%s\" hashes to %s, expected %s", name,
		                  s->path, have_z, want_z);
	return WF_OK;
}

static enum wf_rc
to_buf(void *arg, const void *p, size_t n, struct wf_err *err)
{
	return wf_buf_add(arg, p, n, err);
}

enum wf_rc
wf_layout_manifest(struct wf_store *s, const struct wf_digest *digest,
                   struct wf_buf *out, struct wf_err *err)
{
	struct wf_sink sink = {.add = to_buf, .arg = out};

	return wf_layout_read_blob(s, digest, -1, "manifest", &sink, err);
}
