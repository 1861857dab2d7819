/* SPDX-License-Identifier: Apache-2.0
 *
 * Garbage.  Must never remove what an entry that stays refers to, what a run
 * is about to list, or anything at all when it cannot tell.
 */
#include "store/gc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "store/layout.h"
#include "store/tx_partial.h"
#include "store/tx_staging.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/interrupt.h"

#define MAX_DEPTH 4 /* an index in an index, as readers go */
#define WAIT_MS 30000

struct digests {
	struct wf_digest *v;
	size_t n, cap;
	bool sorted;
};

struct gc {
	struct wf_store *store;
	const struct wf_gc *how;
	struct digests artifacts; /* that stay */
	struct digests blobs;     /* that stay */
	void *walked;             /* tree of manifests whose blobs are among them */
	struct wf_arena arena;    /* its digests */
	int64_t now;
};

static int
by_bytes(const void *a, const void *b)
{
	const struct wf_digest *x = a, *y = b;

	return memcmp(x->sha256, y->sha256, sizeof(x->sha256));
}

static void
add(struct digests *d, const struct wf_digest *one)
{
	d->v = wf_grow(d->v, &d->cap, d->n, sizeof(*d->v));
	d->v[d->n++] = *one;
	d->sorted = false;
}

static bool
in(struct digests *d, const struct wf_digest *one)
{
	if (!d->sorted && d->n)
		qsort(d->v, d->n, sizeof(*d->v), by_bytes);
	d->sorted = true;
	return d->n && bsearch(one, d->v, d->n, sizeof(*d->v), by_bytes);
}

void
wf_gc_free(struct wf_gc_result *r)
{
	size_t i;

	if (!r)
		return;
	for (i = 0; i < r->n; i++)
		free(r->v[i].name);
	free(r->v);
	memset(r, 0, sizeof(*r));
}

static bool
blob_stat(struct gc *g, const char *hex, struct stat *st)
{
	int dir = wf_layout_blobs(g->store);

	return dir >= 0 && fstatat(dir, hex, st, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool
young(const struct gc *g, const struct stat *st)
{
	return st->st_mtime > g->now - g->how->grace;
}

/* --- what stays ---------------------------------------------------------------- */

static void
add_desc(struct digests *d, const struct wf_json *desc)
{
	struct wf_digest one;
	const char *text = wf_json_z(wf_json_get(desc, "digest"));

	/* another algorithm's blobs lie elsewhere and are not touched */
	if (text && wf_digest_parse(wf_str(text), "digest", &one, NULL) == WF_OK)
		add(d, &one);
}

/* The document of a manifest or an index that is there; NULL: it is not. */
static enum wf_rc
document(struct gc *g, const struct wf_digest *digest, struct wf_json **out,
         struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_OCI_MANIFEST_BYTES);
	struct wf_err e = {0};
	enum wf_rc rc = wf_layout_manifest(g->store, digest, &text, &e);

	if (e.reason == WF_R_NOT_FOUND) /* a platform that was not pulled */
		return WF_OK;
	if (rc == WF_OK)
		rc = wf_json_parse_sparse(wf_buf_str(&text), "manifest", out, &e);
	if (rc)
		*err = e;
	return rc;
}

/* An index may name one thing as often as it likes. */
static bool
first_time(struct gc *g, const struct wf_digest *digest)
{
	struct wf_digest *own;

	if (tfind(digest, &g->walked, by_bytes))
		return false;
	own = wf_arena_alloc(&g->arena, sizeof(*own));
	*own = *digest;
	if (!tsearch(own, &g->walked, by_bytes))
		wf_die("out of memory");
	return true;
}

static enum wf_rc
mark(struct gc *g, const struct wf_digest *digest, int depth, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	const struct wf_json *list;
	enum wf_rc rc;
	size_t i;

	if (!first_time(g, digest))
		return WF_OK;
	add(&g->blobs, digest);
	if (depth > MAX_DEPTH)
		return wf_err_set(err, WF_R_LIMIT, "indexes nested deeper than %d", MAX_DEPTH);
	if ((rc = wf_interrupt_check(err)) || (rc = document(g, digest, &j, err)))
		return rc;
	add_desc(&g->blobs, wf_json_get(j, "config"));
	list = wf_json_get(j, "layers");
	for (i = 0; i < wf_json_len(list); i++)
		add_desc(&g->blobs, wf_json_at(list, i));
	list = wf_json_get(j, "manifests");
	for (i = 0; i < wf_json_len(list); i++) {
		const char *text = wf_json_z(wf_json_get(wf_json_at(list, i), "digest"));
		struct wf_digest child;

		if (text && wf_digest_parse(wf_str(text), "digest", &child, NULL) == WF_OK &&
		    (rc = mark(g, &child, depth + 1, err)))
			return rc;
	}
	return WF_OK;
}

/* An index is asked for by its own digest or by that of what is in it. */
static bool
holds_wanted(struct gc *g, struct digests *wanted, const struct wf_index_entry *e)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	const struct wf_json *list;
	struct wf_err ignored = {0};
	struct digests children = {0};
	bool found = in(wanted, &e->desc.digest);
	size_t i;

	if (found || strcmp(e->desc.media_type, WF_OCI_MANIFEST) == 0)
		return found;
	/* one that cannot be read is found out when it is marked */
	if (document(g, &e->desc.digest, &j, &ignored))
		return true;
	list = wf_json_get(j, "manifests");
	for (i = 0; i < wf_json_len(list); i++)
		add_desc(&children, wf_json_at(list, i));
	for (i = 0; i < children.n; i++)
		found = found || in(wanted, &children.v[i]);
	free(children.v);
	return found;
}

static void
decide(struct gc *g, struct wf_gc_result *out)
{
	const struct wf_index *x = &g->store->index;
	struct digests wanted = {0};
	size_t i;

	for (i = 0; i < g->how->nkeep; i++)
		add(&wanted, &g->how->keep[i]);
	for (i = 0; i < x->n; i++) {
		const struct wf_index_entry *e = &x->v[i];
		struct stat st;
		char hex[65];

		if (e->has_subject)
			continue;
		wf_digest_hex(&e->desc.digest, hex);
		if (!e->from || holds_wanted(g, &wanted, e)) {
			out->kept++;
		} else if (blob_stat(g, hex, &st) && young(g, &st)) {
			out->kept++;
			out->young++;
		} else {
			continue;
		}
		add(&g->artifacts, &e->desc.digest);
	}
	free(wanted.v);
}

static bool
stays(struct gc *g, const struct wf_index_entry *e)
{
	return !e->from || in(&g->artifacts, e->has_subject ? &e->subject : &e->desc.digest);
}

/* The index without what goes; what it cannot read stays as it is. */
static enum wf_rc
new_index(struct gc *g, struct wf_gc_result *out, struct wf_buf *text, struct wf_err *err)
{
	const struct wf_index *x = &g->store->index;
	WF_AUTO(wf_json_freep) struct wf_json *j =
		x->json ? wf_json_copy(x->json) : wf_json_object();
	const struct wf_json *was = wf_json_get(x->json, "manifests");
	struct wf_json *list = wf_json_array();
	size_t i, k = 0;

	for (i = 0; i < wf_json_len(was); i++) {
		const struct wf_json *raw = wf_json_at(was, i);
		struct wf_err ignored = {0};
		struct wf_oci_desc d;
		const struct wf_index_entry *e = NULL;

		if (wf_oci_desc_parse(raw, "manifests", &d, &ignored) == WF_OK)
			e = &x->v[k++];
		if (!e || stays(g, e)) {
			wf_json_push(list, wf_json_copy(raw));
			continue;
		}
		if (e->has_subject)
			continue;
		out->v = wf_grow(out->v, &out->cap, out->n, sizeof(*out->v));
		out->v[out->n++] = (struct wf_gc_gone){
			e->desc.digest, e->ref_name ? wf_strdup(e->ref_name) : NULL};
	}
	wf_json_set(j, "manifests", list);
	return wf_json_dump(j, WF_JSON_PRETTY, text, err);
}

static enum wf_rc
mark_all(struct gc *g, struct wf_err *err)
{
	const struct wf_index *x = &g->store->index;
	enum wf_rc rc;
	size_t i;

	for (i = 0; i < x->n; i++)
		if (stays(g, &x->v[i]) &&
		    (rc = mark(g, &x->v[i].desc.digest, 0, err)))
			return wf_err_wrap(err, "store \"%s\": an entry that stays",
			                   g->store->path);
	return WF_OK;
}

/* --- what goes ----------------------------------------------------------------- */

static enum wf_rc
sweep(struct gc *g, struct wf_gc_result *out, struct wf_err *err)
{
	int blobs = wf_layout_blobs(g->store);
	int fd = blobs < 0 ? -1 : openat(blobs, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e = NULL;
	enum wf_rc rc;

	if (!d)
		return wf_err_sys(err, WF_R_IO, "store: cannot open blobs/sha256");
	while ((rc = wf_file_next(d, "blobs/sha256", &e, err)) == WF_OK && e) {
		WF_AUTO(wf_freep) char *text = wf_asprintf("sha256:%s", e->d_name);
		struct wf_digest digest;
		struct stat st;

		if (wf_digest_parse(wf_str(text), "name", &digest, NULL) ||
		    in(&g->blobs, &digest) || !blob_stat(g, e->d_name, &st) ||
		    !S_ISREG(st.st_mode) || young(g, &st))
			continue;
		if ((rc = wf_interrupt_check(err)))
			break;
		if (!g->how->dry_run && unlinkat(blobs, e->d_name, 0) < 0)
			rc = wf_err_sys(err, WF_R_IO, "store: cannot remove a blob");
		if (rc != WF_OK)
			break;
		out->blobs++;
		out->bytes += (uint64_t)st.st_size;
	}
	(void)closedir(d);
	return rc;
}

/* The store's lock at a moment when no run holds blobs that it has not listed:
 * none begins while it is held. */
static enum wf_rc
lock_alone(struct wf_store *s, int *lock, struct wf_err *err)
{
	int64_t end = wf_clock_mono_ms() + wf_clock_left_ms(WAIT_MS);
	enum wf_rc rc;

	for (;;) {
		if ((rc = wf_tx_lock(s, lock, err)))
			return rc;
		if (!wf_tx_others(s))
			return WF_OK;
		wf_file_closep(lock);
		if ((rc = wf_interrupt_check(err)))
			return rc;
		if (wf_clock_mono_ms() >= end)
			return wf_err_set(err, WF_R_TRY_AGAIN,
			                  "store \"%s\": another run is putting something into it",
			                  s->path);
		wf_task_sleep(50);
	}
}

static void
sweep_partials(const struct gc *g)
{
	WF_AUTO(wf_file_closep) int ingest =
		openat(g->store->dir, ".ingest", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	wf_tx_partial_sweep(ingest, g->how->grace);
}

static enum wf_rc
collect(struct gc *g, struct wf_gc_result *out, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_INDEX_BYTES);
	WF_AUTO(wf_freep) char *path = wf_asprintf("%s/index.json", g->store->path);
	enum wf_rc rc;

	decide(g, out);
	if ((rc = mark_all(g, err)) || (rc = new_index(g, out, &text, err)))
		return rc;
	if (!g->how->dry_run && out->n &&
	    (rc = wf_file_write_atomic(path, wf_buf_str(&text), WF_TX_FILE_MODE, err)))
		return rc;
	if (!g->how->dry_run)
		sweep_partials(g);
	return sweep(g, out, err);
}

static void
kept_by_arena(void *digest)
{
	(void)digest;
}

enum wf_rc
wf_gc_run(struct wf_store *s, const struct wf_gc *how, struct wf_gc_result *out,
          struct wf_err *err)
{
	WF_AUTO(wf_file_closep) int lock = -1;
	struct gc g = {.store = s, .how = how, .now = wf_clock_wall()};
	struct wf_gc_result r = {0};
	enum wf_rc rc;

	if (s->dir < 0)
		return WF_OK; /* there is no store */
	if ((!how->dry_run && (rc = lock_alone(s, &lock, err))) ||
	    (rc = wf_layout_refresh(s, err)))
		return rc;
	rc = collect(&g, &r, err);
	free(g.artifacts.v);
	free(g.blobs.v);
	tdestroy(g.walked, kept_by_arena);
	wf_arena_free(&g.arena);
	if (rc) {
		wf_gc_free(&r);
		return rc;
	}
	*out = r;
	return how->dry_run ? WF_OK : wf_layout_refresh(s, err);
}
