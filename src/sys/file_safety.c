/* SPDX-License-Identifier: Apache-2.0
 *
 * Who could swap a file under its name.  The path is walked component by
 * component, symbolic links followed by hand, because every directory on the
 * way counts: realpath() would hide the ones a link in the middle lies in.
 */
#include "sys/file.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

#define MAX_LINKS 40 /* as the kernel */

struct walk {
	char at[PATH_MAX];   /* resolved so far, no trailing slash; "" is / */
	char rest[PATH_MAX]; /* still to walk */
	int links;
	int worst;
	char *why;
};

/* 0 safe, 1 another's directory, 2 unsafe. */
static int
judge(const struct stat *st, const char *path, char why[256])
{
	bool ours = st->st_uid == 0 || st->st_uid == geteuid();
	bool writable = (st->st_mode & (S_IWGRP | S_IWOTH)) != 0;
	bool dir = S_ISDIR(st->st_mode);

	/* in a sticky directory of root nobody can take away what is ours */
	if (dir && writable && st->st_uid == 0 && (st->st_mode & S_ISVTX))
		writable = false;
	if (writable) {
		(void)snprintf(why, 256,
		               "\"%.160s\" is writable by group or others (mode %04o)",
		               path, (unsigned)(st->st_mode & 07777));
		return 2;
	}
	if (!ours) {
		(void)snprintf(why, 256,
		               "\"%.160s\" belongs to uid %u, neither root nor the caller",
		               path, (unsigned)st->st_uid);
		return dir ? 1 : 2;
	}
	return 0;
}

static void
note(struct walk *w, const struct stat *st)
{
	char line[256];
	int v = judge(st, w->at[0] ? w->at : "/", line);

	if (v > w->worst) {
		w->worst = v;
		if (w->why)
			(void)snprintf(w->why, 256, "%s", line);
	}
}

/* Puts the target of the link at w->at in front of what is left. */
static enum wf_rc
follow(struct walk *w, struct wf_err *err)
{
	char target[PATH_MAX], joined[PATH_MAX];
	ssize_t n = readlink(w->at, target, sizeof(target) - 1);

	if (n < 0)
		return wf_err_sys(err, WF_R_NO_INPUT, "cannot read the link \"%s\"", w->at);
	target[n] = '\0';
	if (++w->links > MAX_LINKS)
		return wf_err_set(err, WF_R_NO_INPUT,
		                  "\"%s\": more than %d symbolic links", w->at, MAX_LINKS);
	if ((size_t)snprintf(joined, sizeof(joined), "%s/%s", target, w->rest) >=
	    sizeof(joined))
		return wf_err_set(err, WF_R_NO_INPUT, "\"%s\": path too long", w->at);
	memcpy(w->rest, joined, sizeof(joined));
	if (target[0] == '/')
		w->at[0] = '\0';
	else
		*strrchr(w->at, '/') = '\0';
	return WF_OK;
}

/* Takes one component off w->rest and steps into it. */
static enum wf_rc
step(struct walk *w, struct wf_err *err)
{
	size_t lead = strspn(w->rest, "/"), n = strcspn(w->rest + lead, "/");
	char name[PATH_MAX];
	struct stat st;
	size_t used;

	memcpy(name, w->rest + lead, n);
	name[n] = '\0';
	memmove(w->rest, w->rest + lead + n, strlen(w->rest + lead + n) + 1);
	if (n == 0 || strcmp(name, ".") == 0)
		return WF_OK;
	if (strcmp(name, "..") == 0) {
		char *slash = strrchr(w->at, '/');

		if (slash)
			*slash = '\0';
		return WF_OK;
	}
	used = strlen(w->at);
	if (used + 1 + n >= sizeof(w->at))
		return wf_err_set(err, WF_R_NO_INPUT, "path too long");
	(void)snprintf(w->at + used, sizeof(w->at) - used, "/%s", name);
	if (lstat(w->at, &st) < 0)
		return wf_err_sys(err, WF_R_NO_INPUT, "cannot stat \"%s\"", w->at);
	if (S_ISLNK(st.st_mode))
		return follow(w, err);
	note(w, &st);
	return WF_OK;
}

enum wf_rc
wf_file_safety(const char *path, enum wf_file_safety *out, char why[256],
               struct wf_err *err)
{
	WF_AUTO(wf_freep) struct walk *w = wf_calloc(1, sizeof(*w));
	WF_AUTO(wf_freep) char *cwd = path[0] == '/' ? NULL : getcwd(NULL, 0);
	struct stat st;
	enum wf_rc rc;

	if (path[0] != '/' && !cwd)
		return wf_err_sys(err, WF_R_NO_INPUT, "no working directory");
	if ((size_t)snprintf(w->rest, sizeof(w->rest), "%s/%s", cwd ? cwd : "", path) >=
	    sizeof(w->rest))
		return wf_err_set(err, WF_R_NO_INPUT, "\"%.100s…\": path too long", path);
	w->why = why;
	if (why)
		why[0] = '\0';
	if (stat("/", &st) < 0)
		return wf_err_sys(err, WF_R_NO_INPUT, "cannot stat \"/\"");
	note(w, &st);
	while (w->rest[0])
		if ((rc = step(w, err)))
			return rc;
	*out = w->worst == 0 ? WF_FILE_SAFE
	       : w->worst == 1 ? WF_FILE_SAFE_BUT_DIR : WF_FILE_UNSAFE;
	return WF_OK;
}
