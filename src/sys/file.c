/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and writing files.  Must never block on a FIFO, follow a size that
 * stat() claims, or leave half a file under its final name.
 */
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define CHUNK 65536u

void
wf_file_closep(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

enum wf_rc
wf_file_read_fd(int fd, const char *name, struct wf_buf *out,
                struct wf_err *err)
{
	WF_AUTO(wf_freep) char *chunk = wf_malloc(CHUNK);
	struct stat st;
	size_t got = 0;
	ssize_t n;

	if (fstat(fd, &st) < 0)
		return wf_err_sys(err, WF_R_IO, "cannot stat \"%s\"", name);
	if (!S_ISREG(st.st_mode))
		return wf_err_set(err, WF_R_NO_INPUT,
		                  "\"%s\" is not a regular file", name);
	if ((uintmax_t)st.st_size > out->max - out->len)
		return wf_err_set(err, WF_R_LIMIT,
		                  "\"%s\" has %jd bytes, the limit is %zu", name,
		                  (intmax_t)st.st_size, out->max);
	while ((n = read(fd, chunk, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return wf_err_sys(err, WF_R_IO, "cannot read \"%s\"",
			                  name);
		got += (size_t)n;
		if (wf_buf_add(out, chunk, (size_t)n, err))
			return wf_err_wrap(err, "\"%s\"", name);
	}
	if (got != (uintmax_t)st.st_size)
		return wf_err_set(err, WF_R_IO,
		                  "\"%s\" changed while it was read: expected %jd bytes, found %zu",
		                  name, (intmax_t)st.st_size, got);
	return WF_OK;
}

enum wf_rc
wf_file_read(const char *path, struct wf_buf *out, struct wf_err *err)
{
	/* O_NONBLOCK: opening a FIFO must not wait for a writer */
	WF_AUTO(wf_file_closep) int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return wf_err_sys(err, WF_R_NO_INPUT, "cannot open \"%s\"", path);
	return wf_file_read_fd(fd, path, out, err);
}

enum wf_rc
wf_file_write_all(int fd, const void *data, size_t n, const char *name,
                  struct wf_err *err)
{
	const char *p = data;
	ssize_t k;

	while (n) {
		k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			continue;
		if (k < 0)
			return wf_err_sys(err, WF_R_IO, "cannot write \"%s\"",
			                  name);
		p += k;
		n -= (size_t)k;
	}
	return WF_OK;
}

static enum wf_rc
sync_dir(const char *dir, struct wf_err *err)
{
	WF_AUTO(wf_file_closep) int fd =
		open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return wf_err_sys(err, WF_R_IO, "cannot sync \"%s\"", dir);
	return WF_OK;
}

static enum wf_rc
write_temp(int fd, const char *tmp, struct wf_str bytes, mode_t mode,
           struct wf_err *err)
{
	enum wf_rc rc = wf_file_write_all(fd, bytes.p, bytes.len, tmp, err);

	if (rc == WF_OK && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		rc = wf_err_sys(err, WF_R_IO, "cannot write \"%s\"", tmp);
	return rc;
}

enum wf_reason
wf_file_create_reason(void)
{
	return errno == ENOSPC || errno == EDQUOT ? WF_R_IO : WF_R_CANNOT_CREATE;
}

enum wf_rc
wf_file_write_atomic(const char *path, struct wf_str bytes, mode_t mode,
                     struct wf_err *err)
{
	WF_AUTO(wf_freep) char *tmp = wf_asprintf("%s.tmp.XXXXXX", path);
	WF_AUTO(wf_freep) char *copy = wf_strdup(path);
	WF_AUTO(wf_file_closep) int fd = mkostemp(tmp, O_CLOEXEC);
	enum wf_rc rc;

	if (fd < 0)
		return wf_err_sys(err, wf_file_create_reason(),
		                  "cannot create \"%s\"", tmp);
	rc = write_temp(fd, tmp, bytes, mode, err);
	if (rc == WF_OK && rename(tmp, path) < 0)
		rc = wf_err_sys(err, wf_file_create_reason(),
		                "cannot rename to \"%s\"", path);
	if (rc) {
		(void)unlink(tmp);
		return rc;
	}
	return sync_dir(dirname(copy), err);
}

enum wf_rc
wf_file_mkdirs(const char *path, mode_t mode, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *copy = wf_strdup(path);
	struct stat st;
	char *p;

	if (!path[0])
		return wf_err_set(err, WF_R_CANNOT_CREATE, "a directory without a name");
	for (p = copy + 1; ; p++) {
		char c = *p;

		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(copy, mode) == 0) {
			if (chmod(copy, mode) < 0)
				return wf_err_sys(err, WF_R_CANNOT_CREATE,
				                  "cannot set the mode of \"%s\"",
				                  copy);
		} else if (errno != EEXIST) {
			return wf_err_sys(err, WF_R_CANNOT_CREATE,
			                  "cannot create directory \"%s\"", copy);
		}
		*p = c;
		if (c == '\0')
			break;
	}
	if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
		return wf_err_set(err, WF_R_CANNOT_CREATE,
		                  "\"%s\" is not a directory", path);
	return WF_OK;
}

enum wf_rc
wf_file_next(DIR *d, const char *name, struct dirent **out, struct wf_err *err)
{
	errno = 0;
	*out = readdir(d);
	return *out || errno == 0 ? WF_OK : wf_err_sys(err, WF_R_IO, "directory %s", name);
}
