/* SPDX-License-Identifier: Apache-2.0
 *
 * Preloaded into the program under test: /etc/postgresql is the directory
 * that SEED_DIR names, and belongs to uid 4321, as a user who is not root
 * cannot arrange it.  Must never be linked into anything.
 */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEED "/etc/postgresql"

static const char *
moved(const char *path, char out[PATH_MAX])
{
	const char *to = getenv("SEED_DIR");
	size_t n = sizeof(SEED) - 1;

	if (!to || strncmp(path, SEED, n) != 0 || (path[n] != '\0' && path[n] != '/'))
		return path;
	(void)snprintf(out, PATH_MAX, "%s%s", to, path + n);
	return out;
}

static void
owned(const char *path, struct stat *st)
{
	if (strcmp(path, SEED) == 0)
		st->st_uid = 4321;
}

/* Makes f the function that the program would have called. */
#define NEXT(name) \
	static __typeof__(name) *f; \
	void *found = f ? NULL : dlsym(RTLD_NEXT, #name); \
	if (!f) \
		memcpy(&f, &found, sizeof(found))

int
stat(const char *path, struct stat *st)
{
	char to[PATH_MAX];
	int rc;
	NEXT(stat);

	rc = f(moved(path, to), st);
	if (rc == 0)
		owned(path, st);
	return rc;
}

int
lstat(const char *path, struct stat *st)
{
	char to[PATH_MAX];
	int rc;
	NEXT(lstat);

	rc = f(moved(path, to), st);
	if (rc == 0)
		owned(path, st);
	return rc;
}

int
access(const char *path, int mode)
{
	char to[PATH_MAX];
	NEXT(access);

	return f(moved(path, to), mode);
}

int
open(const char *path, int flags, ...)
{
	char to[PATH_MAX];
	unsigned mode;
	va_list ap;
	NEXT(open);

	va_start(ap, flags);
	mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, unsigned) : 0;
	va_end(ap);
	return f(moved(path, to), flags, mode);
}
