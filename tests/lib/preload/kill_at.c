/* SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded into the program under test: KILL_AT=N kills it with SIGKILL just
 * before its N-th call that makes something durable or visible (fsync, syncfs,
 * rename, renameat, unlinkat, mkdirat), FULL_AT=N lets that call fail as on a full
 * disk (unlinkat never does).  Must never be linked into anything.
 */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* True: this call has to fail. */
static int
count(void)
{
	static long calls;
	const char *at = getenv("KILL_AT"), *full = getenv("FULL_AT");

	calls++;
	if (at && calls == atol(at))
		(void)kill(getpid(), SIGKILL);
	if (!full || calls != atol(full))
		return 0;
	errno = ENOSPC;
	return 1;
}

/* Makes f the function that the program would have called. */
#define NEXT(name) \
	static __typeof__(name) *f; \
	void *found = f ? NULL : dlsym(RTLD_NEXT, #name); \
	if (!f) \
		memcpy(&f, &found, sizeof(found))

int
fsync(int fd)
{
	NEXT(fsync);
	return count() ? -1 : f(fd);
}

int
syncfs(int fd)
{
	NEXT(syncfs);
	return count() ? -1 : f(fd);
}

int
rename(const char *from, const char *to)
{
	NEXT(rename);
	return count() ? -1 : f(from, to);
}

int
renameat(int a, const char *from, int b, const char *to)
{
	NEXT(renameat);
	return count() ? -1 : f(a, from, b, to);
}

int
unlinkat(int dir, const char *name, int flags)
{
	NEXT(unlinkat);
	(void)count();
	return f(dir, name, flags);
}

int
mkdirat(int dir, const char *name, mode_t mode)
{
	NEXT(mkdirat);
	return count() ? -1 : f(dir, name, mode);
}
