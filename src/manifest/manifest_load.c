/* SPDX-License-Identifier: Apache-2.0
 *
 * Manifest files from disk.  Must never read a file that somebody else may
 * rewrite, nor call a missing file an empty one.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "manifest/value.h"
#include "sys/file.h"

const char *
wf_manifest_seed_path(void)
{
	return WF_SYSCONFDIR "/postgresql/wasm-functions.yaml";
}

/* The same file as the seed's, whatever way it is named. */
static bool
is_seed(const char *path)
{
	struct stat a, b;

	return stat(path, &a) == 0 && stat(wf_manifest_seed_path(), &b) == 0 &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static enum wf_rc
load_file(struct wf_manifest *m, const char *path, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	enum wf_file_safety safety;
	struct wf_manifest_file f = {.path = NULL};
	enum wf_rc rc;

	if ((rc = wf_file_safety(path, &safety, f.why, err)))
		return rc;
	f.unsafe_dir = safety == WF_FILE_SAFE_BUT_DIR && is_seed(path);
	if (safety != WF_FILE_SAFE && !f.unsafe_dir) {
		(void)wf_err_set(err, WF_R_UNSAFE_FILE,
		                 "manifest file \"%s\" is not safe: %s", path, f.why);
		return wf_err_hint(err, "The file and every directory above it must belong to root or the caller and be writable by nobody else.");
	}
	if ((rc = wf_file_read(path, &bytes, err)))
		return rc;
	f.path = wf_arena_strn(&m->arena, path, strlen(path));
	wf_digest_of(bytes.p, bytes.len, &f.hash);
	m->files = wf_grow(m->files, &m->files_cap, m->nfiles, sizeof(*m->files));
	m->files[m->nfiles++] = f;
	wf_manifest_parse(m, wf_buf_str(&bytes), path);
	return WF_OK;
}

static int
is_yaml(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return d->d_name[0] != '.' && n > 5 &&
	       strcmp(d->d_name + n - 5, ".yaml") == 0;
}

static int
in_c_order(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static enum wf_rc
load_dir(struct wf_manifest *m, const char *dir, struct wf_err *err)
{
	struct dirent **names = NULL;
	int i, n = scandir(dir, &names, is_yaml, in_c_order);
	enum wf_rc rc = WF_OK;

	if (n < 0)
		return wf_err_sys(err, WF_R_NO_INPUT, "cannot read directory \"%s\"", dir);
	if (n == 0)
		rc = wf_err_set(err, WF_R_NO_INPUT,
		                "directory \"%s\" has no *.yaml file", dir);
	for (i = 0; i < n; i++) {
		if (rc == WF_OK) {
			WF_AUTO(wf_freep) char *path =
				wf_asprintf("%s/%s", dir, names[i]->d_name);

			rc = load_file(m, path, err);
		}
		free(names[i]);
	}
	free(names);
	return rc;
}

enum wf_rc
wf_manifest_load(struct wf_manifest *m, const char *const *paths, size_t n,
                 struct wf_err *err)
{
	struct stat st;
	enum wf_rc rc;
	size_t i;

	if (n == 0) {
		(void)wf_err_set(err, WF_R_NO_INPUT, "no manifest file");
		return wf_err_hint(err, "Name one with -f, or write %s/wasmfn/manifests.d/NAME.yaml; an empty list ([]) says that no function is wanted.",
		                   WF_SYSCONFDIR);
	}
	for (i = 0; i < n; i++) {
		if (stat(paths[i], &st) < 0)
			return wf_err_sys(err, WF_R_NO_INPUT,
			                  "manifest file \"%s\"", paths[i]);
		rc = S_ISDIR(st.st_mode) ? load_dir(m, paths[i], err)
		                         : load_file(m, paths[i], err);
		if (rc)
			return rc;
	}
	return wf_problem_error(&m->problems, err);
}
