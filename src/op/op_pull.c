/* SPDX-License-Identifier: Apache-2.0
 *
 * What pull does beside fetching.  Must never let a byte of a module out that
 * does not hash to what the manifest names.
 */
#include "op/op_pull.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "manifest/manifest.h"
#include "sys/file.h"

/* Two entries with policies of their own ask for what either needs. */
static bool
listed(struct wf_op_pull_list *l, const struct wf_ref *r, unsigned formats)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (strcmp(l->v[i].match, r->match) != 0 ||
		    !wf_digest_eq(&l->v[i].digest, &r->digest))
			continue;
		l->formats[i] |= formats;
		return true;
	}
	return false;
}

static enum wf_rc
add(struct wf_op_pull_list *l, const char *text, unsigned formats, struct wf_err *err)
{
	struct wf_ref r = WF_REF_INIT;
	enum wf_rc rc = wf_ref_parse(text, &r, err);

	if (rc)
		return rc;
	if (r.kind != WF_REF_REGISTRY && r.kind != WF_REF_OCI_DIR) {
		rc = wf_err_set(err, WF_R_USAGE,
		                "\"%s\" is %s, expected a reference such as host/repository@sha256:…",
		                text, r.kind == WF_REF_FILE ? "a file" : "a bare digest");
		wf_ref_free(&r);
		return rc;
	}
	if ((rc = wf_ref_need_digest(&r, err)) || listed(l, &r, formats)) {
		wf_ref_free(&r);
		return rc;
	}
	l->formats = wf_realloc(l->formats, (l->n + 1) * sizeof(*l->formats));
	l->formats[l->n] = formats;
	l->v = wf_grow(l->v, &l->cap, l->n, sizeof(*l->v));
	l->v[l->n++] = r;
	return WF_OK;
}

enum wf_rc
wf_op_pull_add(struct wf_op_pull_list *l, const char *text, struct wf_err *err)
{
	return add(l, text, 0, err);
}

enum wf_rc
wf_op_pull_manifests(struct wf_op_pull_list *l, const char *const *paths,
                     size_t n, const struct wf_op_judge_options *o,
                     struct wf_err *err)
{
	WF_AUTO(wf_manifest_freep) struct wf_manifest *m = NULL;
	WF_AUTO(wf_op_judge_freep) struct wf_op_judge *judge = NULL;
	const struct wf_manifest_entry *e;
	enum wf_rc rc;
	size_t i;

	if ((rc = wf_manifest_new(&m, err)) ||
	    (rc = wf_manifest_load(m, paths, n, err)) ||
	    (rc = wf_manifest_finish(m, err)) ||
	    (rc = wf_op_judge_open(o, WF_OP_JUDGE_SYSTEM, &judge, err)))
		return rc;
	for (i = 0; i < wf_manifest_count(m); i++) {
		e = wf_manifest_at(m, i);
		if ((rc = wf_op_judge_allows(judge, e->ref.match, e->policy, err)))
			return wf_err_wrap(err, "%s:%u: %s.%s", e->file, e->line,
			                   e->schema, e->name);
		if ((rc = add(l, e->ref.text,
		              wf_op_judge_formats(judge, e->ref.match, e->policy), err)))
			return rc;
	}
	return WF_OK;
}

void
wf_op_pull_list_free(struct wf_op_pull_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		wf_ref_free(&l->v[i]);
	free(l->v);
	free(l->formats);
	memset(l, 0, sizeof(*l));
}

enum wf_rc
wf_op_pull_module(struct wf_store *s, const struct wf_artifact *a, struct wf_digest *module,
                  int64_t *size, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(WF_MAX_MODULE_BYTES);
	enum wf_rc rc;

	*size = a->layer.size;
	if (wf_artifact_module(a, module))
		return WF_OK;
	if ((rc = wf_store_module(s, a, &bytes, err)))
		return rc;
	*size = (int64_t)bytes.len;
	wf_digest_of(bytes.p, bytes.len, module);
	return WF_OK;
}

struct out {
	int fd;
	const char *name;
};

static enum wf_rc
to_fd(void *arg, const void *p, size_t n, struct wf_err *err)
{
	struct out *o = arg;

	return wf_file_write_all(o->fd, p, n, o->name, err);
}

static enum wf_rc
stream(struct wf_store *s, const struct wf_artifact *a, int fd,
       const char *name, struct wf_err *err)
{
	struct wf_source src = wf_store_source(s);
	struct out o = {fd, name};
	struct wf_sink sink = {.add = to_fd, .arg = &o};
	WF_AUTO(wf_buf_free) struct wf_buf module = WF_BUF_INIT(WF_MAX_MODULE_BYTES);
	enum wf_rc rc;

	if (a->pack != WF_PACK_NONE) {
		rc = wf_store_module(s, a, &module, err);
		return rc ? rc : wf_file_write_all(fd, module.p, module.len, name, err);
	}
	return src.ops->blob(src.self, &a->layer.digest, a->layer.size, "module",
	                     &sink, err);
}

/* A pipe takes no byte back: the whole is hashed in memory of our own first. */
static enum wf_rc
to_stream(struct wf_store *s, const struct wf_artifact *a, int out_fd,
          const char *name, struct wf_err *err)
{
	WF_AUTO(wf_file_closep) int mem = memfd_create("module", MFD_CLOEXEC);
	WF_AUTO(wf_freep) char *chunk = wf_malloc(65536);
	enum wf_rc rc;
	ssize_t n;

	if (mem < 0)
		return wf_err_sys(err, WF_R_IO, "cannot make a buffer");
	if ((rc = stream(s, a, mem, "buffer", err)))
		return rc;
	if (lseek(mem, 0, SEEK_SET) < 0)
		return wf_err_sys(err, WF_R_IO, "cannot rewind a buffer");
	while ((n = read(mem, chunk, 65536)) > 0)
		if ((rc = wf_file_write_all(out_fd, chunk, (size_t)n, name, err)))
			return rc;
	return n < 0 ? wf_err_sys(err, WF_R_IO, "cannot read a buffer") : WF_OK;
}

/* A file of that name stays as it is. */
static int
put_in_place(const char *tmp, const char *path)
{
	if (renameat2(AT_FDCWD, tmp, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (link(tmp, path) < 0) /* NFS knows only this */
		return -1;
	return unlink(tmp);
}

static enum wf_rc
to_file(struct wf_store *s, const struct wf_artifact *a, const char *path,
        struct wf_err *err)
{
	WF_AUTO(wf_freep) char *tmp = wf_asprintf("%s.tmp.XXXXXX", path);
	WF_AUTO(wf_file_closep) int fd = mkostemp(tmp, O_CLOEXEC);
	enum wf_rc rc;

	if (fd < 0)
		return wf_err_sys(err, wf_file_create_reason(), "cannot create \"%s\"", path);
	rc = stream(s, a, fd, path, err);
	if (rc == WF_OK && (fchmod(fd, 0644) < 0 || fsync(fd) < 0))
		rc = wf_err_sys(err, WF_R_IO, "cannot write \"%s\"", path);
	if (rc == WF_OK && put_in_place(tmp, path) < 0)
		rc = wf_err_sys(err, wf_file_create_reason(), "cannot create \"%s\"", path);
	if (rc)
		(void)unlink(tmp);
	return rc;
}

enum kind { KIND_NEW, KIND_STREAM };

/* *kind is what is written to.  /dev/stdout and a FIFO are not to be replaced. */
static enum wf_rc
look_at(const char *path, enum kind *kind, struct wf_err *err)
{
	struct stat st;

	*kind = KIND_NEW;
	if (strcmp(path, "-") == 0) {
		*kind = KIND_STREAM;
		return WF_OK;
	}
	if (stat(path, &st) < 0 && lstat(path, &st) < 0)
		return WF_OK; /* if it cannot be created, that says why */
	if (S_ISDIR(st.st_mode))
		return wf_err_set(err, WF_R_CANNOT_CREATE,
		                  "\"%s\" is a directory, expected a file", path);
	if (S_ISREG(st.st_mode) || S_ISLNK(st.st_mode)) {
		(void)wf_err_set(err, WF_R_CANNOT_CREATE,
		                 "\"%s\" exists, and is not replaced", path);
		return wf_err_hint(err, "Remove it first, or name another file.");
	}
	*kind = KIND_STREAM;
	return WF_OK;
}

enum wf_rc
wf_op_pull_may_write(const char *path, struct wf_err *err)
{
	enum kind kind;

	return look_at(path, &kind, err);
}

enum wf_rc
wf_op_pull_write(struct wf_store *s, const struct wf_artifact *a,
                 const char *path, int out_fd, struct wf_err *err)
{
	WF_AUTO(wf_file_closep) int fd = -1;
	enum kind kind;
	enum wf_rc rc;

	if ((rc = look_at(path, &kind, err)))
		return rc;
	if (kind == KIND_NEW)
		return to_file(s, a, path, err);
	if (strcmp(path, "-") == 0)
		return to_stream(s, a, out_fd, "stdout", err);
	fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return wf_err_sys(err, WF_R_CANNOT_CREATE, "cannot open \"%s\"", path);
	return to_stream(s, a, fd, path, err);
}
