/* SPDX-License-Identifier: Apache-2.0
 *
 * HEAD of a work tree.  Must never follow what is written in .git to
 * anything but a commit's name: not a file is run, and no configuration read.
 */
#include "manifest/git.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "sys/file.h"

#define MAX_PARENTS 64  /* directories above a file */
#define MAX_SYMREFS 5   /* as git follows them */

static bool
is_commit(struct wf_str s)
{
	size_t i;

	if (s.len != 40 && s.len != 64)
		return false;
	for (i = 0; i < s.len; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return true;
}

/* "refs/heads/main": nothing that climbs. */
static bool
is_ref(struct wf_str s)
{
	return s.len > 5 && s.len < 256 && strncmp(s.p, "refs/", 5) == 0 &&
	       !memmem(s.p, s.len, "..", 2) && !memchr(s.p, '\0', s.len);
}

/* One line, its end cut off. */
static bool
read_line(const char *dir, const char *name, struct wf_buf *b, struct wf_str *line)
{
	WF_AUTO(wf_freep) char *path = wf_asprintf("%s/%s", dir, name);
	struct stat st;

	wf_buf_reset(b);
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || wf_file_read(path, b, NULL) != WF_OK)
		return false;
	*line = wf_buf_str(b);
	line->len = strcspn(wf_buf_z(b), "\n");
	while (line->len && (line->p[line->len - 1] == ' ' || line->p[line->len - 1] == '\r'))
		line->len--;
	return true;
}

static bool
packed(const char *common, const char *ref, char out[WF_GIT_COMMIT_TEXT])
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_MAX_PACKED_REFS_BYTES);
	WF_AUTO(wf_freep) char *path = wf_asprintf("%s/packed-refs", common);
	struct stat st;
	const char *p;
	size_t n = strlen(ref), k;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || wf_file_read(path, &b, NULL) != WF_OK)
		return false;
	for (p = wf_buf_z(&b); *p; p += k + (p[k] == '\n')) {
		struct wf_str hex = {p, strcspn(p, " \n")};

		k = strcspn(p, "\n");
		if (k == hex.len + 1 + n && memcmp(p + hex.len + 1, ref, n) == 0 && is_commit(hex)) {
			memcpy(out, hex.p, hex.len);
			out[hex.len] = '\0';
			return true;
		}
	}
	return false;
}

/* dir: the work tree's own; common: where branches are. */
static bool
resolve(const char *dir, const char *common, char out[WF_GIT_COMMIT_TEXT])
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(4096);
	char ref[256] = "HEAD";
	struct wf_str s;
	int i;

	for (i = 0; i < MAX_SYMREFS; i++) {
		if (!read_line(i ? common : dir, ref, &b, &s))
			return i && packed(common, ref, out);
		if (is_commit(s)) {
			memcpy(out, s.p, s.len);
			out[s.len] = '\0';
			return true;
		}
		if (s.len < 6 || strncmp(s.p, "ref: ", 5) != 0)
			return false;
		s = (struct wf_str){s.p + 5, s.len - 5};
		if (!is_ref(s))
			return false;
		memcpy(ref, s.p, s.len);
		ref[s.len] = '\0';
	}
	return false;
}

/* A relative name counts from dir. */
static char *
under(const char *dir, struct wf_str name)
{
	return name.len && name.p[0] == '/' ? wf_asprintf("%.*s", (int)name.len, name.p)
	                                    : wf_asprintf("%s/%.*s", dir, (int)name.len, name.p);
}

static bool
read_git(const char *tree, const char *git, bool is_dir, char out[WF_GIT_COMMIT_TEXT])
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(4096);
	WF_AUTO(wf_freep) char *dir = NULL;
	WF_AUTO(wf_freep) char *common = NULL;
	struct wf_str s;

	if (is_dir)
		return resolve(git, git, out);
	/* a work tree of its own: .git is a file that says where */
	if (!read_line(tree, ".git", &b, &s) || s.len < 9 || strncmp(s.p, "gitdir: ", 8) != 0)
		return false;
	dir = under(tree, (struct wf_str){s.p + 8, s.len - 8});
	common = read_line(dir, "commondir", &b, &s) ? under(dir, s) : wf_strdup(dir);
	return resolve(dir, common, out);
}

bool
wf_git_commit(const char *path, char out[WF_GIT_COMMIT_TEXT])
{
	WF_AUTO(wf_freep) char *tree = realpath(path, NULL);
	struct stat file, st;
	char *slash;
	int i;

	out[0] = '\0';
	if (!tree || stat(tree, &file) != 0)
		return false;
	for (i = 0; i < MAX_PARENTS && (slash = strrchr(tree, '/')) && slash != tree; i++) {
		WF_AUTO(wf_freep) char *git = NULL;

		*slash = '\0';
		git = wf_asprintf("%s/.git", tree);
		if (lstat(git, &st) != 0)
			continue;
		if (st.st_uid != 0 && st.st_uid != geteuid() && st.st_uid != file.st_uid)
			return false;
		return read_git(tree, git, S_ISDIR(st.st_mode), out);
	}
	return false;
}
