/* SPDX-License-Identifier: Apache-2.0
 *
 * An OCI layout in a tar archive.  The headers are read once and what is
 * between them is skipped; must never read a file past its entry.
 */
#include "store/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "ref/tar.h"
#include "sys/file.h"

#define BLOBS "blobs/sha256/"

struct file {
	char name[sizeof(BLOBS) + 64];
	uint64_t at, size;
};

struct wf_archive {
	int fd;
	struct file *v;
	size_t n, cap;
	uint64_t at; /* where reading is */
};

/* Files that layouts have; others are no error and are not kept. */
static bool
is_ours(struct wf_str name)
{
	return wf_str_eqz(name, "index.json") || wf_str_eqz(name, "oci-layout") ||
	       (wf_str_starts(name, BLOBS) && name.len == sizeof(BLOBS) - 1 + 64);
}

static enum wf_rc
entry(void *arg, struct wf_str name, char type, uint64_t size, struct wf_err *err)
{
	struct wf_archive *a = arg;

	while (wf_str_starts(name, "./"))
		name = (struct wf_str){name.p + 2, name.len - 2};
	if (type == 'n')
		return wf_err_set(err, WF_R_MALFORMED,
		                  "archive: \"%.*s\" is a link or a device, which a layout has not",
		                  (int)(name.len < 200 ? name.len : 200), name.p);
	if (type != 'f' || !is_ours(name))
		return WF_OK;
	a->v = wf_grow(a->v, &a->cap, a->n, sizeof(*a->v));
	a->v[a->n] = (struct file){.at = a->at, .size = size};
	memcpy(a->v[a->n++].name, name.p, name.len);
	return WF_OK;
}

static int
by_name(const void *x, const void *y)
{
	return strcmp(((const struct file *)x)->name, ((const struct file *)y)->name);
}

static enum wf_rc
list(struct wf_archive *a, const char *path, struct wf_err *err)
{
	WF_AUTO(wf_tar_free) struct wf_tar t = {.entry = entry, .arg = a};
	char block[512];
	enum wf_rc rc;
	ssize_t n;

	while ((n = pread(a->fd, block, sizeof(block), (off_t)a->at)) > 0) {
		a->at += (uint64_t)n;
		if ((rc = wf_tar_add(&t, block, (size_t)n, err)))
			return wf_err_wrap(err, "\"%s\"", path);
		a->at += wf_tar_skip(&t);
		if (a->at > INT64_MAX)
			break;
	}
	if (n < 0)
		return wf_err_sys(err, WF_R_IO, "cannot read \"%s\"", path);
	if ((rc = wf_tar_end(&t, err)))
		return wf_err_wrap(err, "\"%s\"", path);
	qsort(a->v, a->n, sizeof(*a->v), by_name);
	for (size_t i = 1; i < a->n; i++)
		if (by_name(&a->v[i - 1], &a->v[i]) == 0)
			return wf_err_set(err, WF_R_MALFORMED, "\"%s\": archive: \"%s\" is there twice",
			                  path, a->v[i].name);
	return WF_OK;
}

enum wf_rc
wf_archive_open(const char *path, struct wf_archive **out, struct wf_err *err)
{
	WF_AUTO(wf_archive_freep) struct wf_archive *a = wf_calloc(1, sizeof(*a));
	struct stat st;
	enum wf_rc rc;

	a->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (a->fd < 0 || fstat(a->fd, &st) < 0)
		return wf_err_sys(err, WF_R_NO_INPUT, "cannot open the archive \"%s\"", path);
	if (!S_ISREG(st.st_mode))
		return wf_err_set(err, WF_R_NO_INPUT, "\"%s\" is no regular file", path);
	a->v = wf_grow(NULL, &a->cap, 0, sizeof(*a->v));
	if ((rc = list(a, path, err)))
		return rc;
	*out = a;
	a = NULL;
	return WF_OK;
}

void
wf_archive_freep(struct wf_archive **a)
{
	if (!*a)
		return;
	wf_file_closep(&(*a)->fd);
	free((*a)->v);
	free(*a);
	*a = NULL;
}

int
wf_archive_file(struct wf_archive *a, const char *name)
{
	struct file key = {.at = 0}, *f;
	WF_AUTO(wf_file_closep) int mem = -1;
	WF_AUTO(wf_freep) char *chunk = NULL;
	int out;

	(void)snprintf(key.name, sizeof(key.name), "%s", name);
	f = bsearch(&key, a->v, a->n, sizeof(*a->v), by_name);
	if (!f || f->size > WF_MAX_BLOB_BYTES) {
		errno = f ? EFBIG : ENOENT;
		return -1;
	}
	mem = memfd_create("layout", MFD_CLOEXEC);
	if (mem < 0)
		return -1;
	chunk = wf_malloc(65536);
	for (uint64_t done = 0; done < f->size; ) {
		size_t want = f->size - done < 65536 ? (size_t)(f->size - done) : 65536;
		ssize_t n = pread(a->fd, chunk, want, (off_t)(f->at + done));

		if (n <= 0 || wf_file_write_all(mem, chunk, (size_t)n, "memory", NULL)) {
			errno = EIO; /* shorter than when it was listed, or no memory */
			return -1;
		}
		done += (uint64_t)n;
	}
	if (lseek(mem, 0, SEEK_SET) < 0)
		return -1;
	out = mem;
	mem = -1;
	return out;
}

bool
wf_archive_blob(const struct wf_archive *a, size_t *i, uint64_t max, struct wf_digest *digest)
{
	while (*i < a->n) {
		const struct file *f = &a->v[(*i)++];
		char text[WF_DIGEST_TEXT];

		if (f->size > max || strncmp(f->name, BLOBS, sizeof(BLOBS) - 1) != 0)
			continue;
		(void)snprintf(text, sizeof(text), "sha256:%.64s", f->name + sizeof(BLOBS) - 1);
		if (wf_digest_parse(wf_str(text), "", digest, NULL) == WF_OK)
			return true;
	}
	return false;
}
