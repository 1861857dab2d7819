/* SPDX-License-Identifier: Apache-2.0
 *
 * A file edited in place of its owner.  Must never widen who may read or
 * write it, nor lose what somebody else wrote meanwhile.
 */
#include "sys/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/mem.h"

#define ACCESS_LIST "system.posix_acl_access"

/* A mode alone would be read without the list: then the group has more.  Where
 * the old file has none, what the directory gives to new ones goes. */
static bool
copy_access_list(const char *from, int to)
{
	char list[4096];
	ssize_t n = getxattr(from, ACCESS_LIST, list, sizeof(list));

	if (n < 0 && errno == ENODATA && fremovexattr(to, ACCESS_LIST) == 0)
		return true;
	if (n < 0)
		return errno == ENODATA || errno == ENOTSUP;
	return fsetxattr(to, ACCESS_LIST, list, (size_t)n, 0) == 0;
}

static enum wf_rc
like(int fd, const char *path, const struct stat *st, struct wf_err *err)
{
	struct stat now;

	if (fstat(fd, &now) < 0)
		return wf_err_sys(err, WF_R_IO, "cannot look at a new \"%s\"", path);
	if (((now.st_uid != st->st_uid || now.st_gid != st->st_gid) &&
	     fchown(fd, st->st_uid, st->st_gid) < 0) ||
	    !copy_access_list(path, fd) || fchmod(fd, st->st_mode & 07777) < 0)
		return wf_err_sys(err, WF_R_CANNOT_CREATE,
		                  "cannot give a new \"%s\" the owner and mode of the old one",
		                  path);
	return WF_OK;
}

static enum wf_rc
unchanged(const char *path, struct wf_str old, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf now = WF_BUF_INIT(old.len + 1);
	struct wf_err ignored = {0};

	if (wf_file_read(path, &now, &ignored) == WF_OK &&
	    wf_str_eq(wf_buf_str(&now), old))
		return WF_OK;
	return wf_err_set(err, WF_R_TRY_AGAIN,
	                  "\"%s\" was changed by somebody else meanwhile", path);
}

static enum wf_rc
sync_dir(char *path, struct wf_err *err)
{
	WF_AUTO(wf_file_closep) int fd =
		open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return wf_err_sys(err, WF_R_IO, "cannot sync the directory of \"%s\"", path);
	return WF_OK;
}

enum wf_rc
wf_file_replace(const char *path, struct wf_str old, struct wf_str text,
                struct wf_err *err)
{
	WF_AUTO(wf_freep) char *real = realpath(path, NULL);
	WF_AUTO(wf_freep) char *tmp = NULL;
	WF_AUTO(wf_file_closep) int fd = -1;
	struct stat st;
	enum wf_rc rc;

	if (!real || stat(real, &st) < 0)
		return wf_err_sys(err, WF_R_NO_INPUT, "\"%s\"", path);
	tmp = wf_asprintf("%s.tmp.XXXXXX", real);
	if ((fd = mkostemp(tmp, O_CLOEXEC)) < 0)
		return wf_err_sys(err, wf_file_create_reason(),
		                  "cannot create \"%s\"", tmp);
	if ((rc = wf_file_write_all(fd, text.p, text.len, tmp, err)) == WF_OK &&
	    (rc = like(fd, real, &st, err)) == WF_OK && fsync(fd) < 0)
		rc = wf_err_sys(err, WF_R_IO, "cannot write \"%s\"", tmp);
	if (rc == WF_OK && (rc = unchanged(real, old, err)) == WF_OK &&
	    rename(tmp, real) < 0)
		rc = wf_err_sys(err, wf_file_create_reason(),
		                "cannot rename to \"%s\"", real);
	if (rc) {
		(void)unlink(tmp);
		return rc;
	}
	return sync_dir(real, err);
}
