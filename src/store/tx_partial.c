/* SPDX-License-Identifier: Apache-2.0
 *
 * Beginnings of blobs.  Must never hand out a file that another user may still
 * write to, or one file to two runs: a rename gives it to one of them.
 */
#include "store/tx_partial.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cc.h"
#include "base/mem.h"
#include "sys/clock.h"
#include "sys/file.h"

#define PREFIX ".partial-"

static int
open_dir(int ingest, const char *name)
{
	return openat(ingest, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* The name of this user's directory. */
static char *
own_name(void)
{
	return wf_asprintf(PREFIX "%ju", (uintmax_t)geteuid());
}

/* Nobody else may reach into it. */
static int
own_dir(int ingest, const char *name)
{
	struct stat st;
	int fd = open_dir(ingest, name);

	if (fd < 0 || (fstat(fd, &st) == 0 && st.st_uid == geteuid() && !(st.st_mode & 077)))
		return fd;
	(void)close(fd);
	return -1;
}

static bool
ours(const struct stat *st)
{
	return S_ISREG(st->st_mode) && st->st_uid == geteuid() && st->st_nlink == 1;
}

void
wf_tx_partial_keep(int ingest, int dir, const char *name)
{
	WF_AUTO(wf_freep) char *own = own_name();
	WF_AUTO(wf_file_closep) int to = -1;
	struct stat st;

	if (strlen(name) == 64 && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    ours(&st) && st.st_size >= WF_TX_PARTIAL_BYTES) {
		(void)mkdirat(ingest, own, 0700);
		to = own_dir(ingest, own);
	}
	if (to < 0 || renameat(dir, name, to, name) < 0)
		(void)unlinkat(dir, name, 0);
}

int
wf_tx_partial_take(int ingest, int dir, const char *name, int64_t size)
{
	WF_AUTO(wf_freep) char *own = own_name();
	WF_AUTO(wf_file_closep) int from = own_dir(ingest, own);
	WF_AUTO(wf_file_closep) int fd = -1;
	struct stat st;
	int taken;

	if (from < 0 || renameat(from, name, dir, name) < 0)
		return -1;
	(void)unlinkat(ingest, own, AT_REMOVEDIR); /* if that was the last */
	fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !ours(&st) || st.st_size > size) {
		(void)unlinkat(dir, name, 0);
		return -1;
	}
	taken = fd;
	fd = -1;
	return taken;
}

static void
sweep_dir(int fd, int64_t before)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	struct stat st;

	if (!d) {
		(void)close(fd);
		return;
	}
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' &&
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_mtime <= before)
			(void)unlinkat(dirfd(d), e->d_name, 0);
	(void)closedir(d);
}

void
wf_tx_partial_sweep(int ingest, int64_t seconds)
{
	int fd = ingest >= 0 ? open_dir(ingest, ".") : -1, sub;
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	int64_t before = wf_clock_wall() - seconds;
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (strncmp(e->d_name, PREFIX, strlen(PREFIX)) == 0 &&
		    (sub = open_dir(dirfd(d), e->d_name)) >= 0) {
			sweep_dir(sub, before);
			(void)unlinkat(dirfd(d), e->d_name, AT_REMOVEDIR); /* if empty */
		}
	if (d)
		(void)closedir(d);
}
