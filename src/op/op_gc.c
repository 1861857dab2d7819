/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom the store is kept for.  Must never take "cannot be read" for "refers to
 * nothing".
 */
#include "op/op_gc.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "engine/state.h"
#include "manifest/manifest.h"
#include "op/op_target.h"

struct paths {
	const char **v;
	size_t n, cap;
};

static void
paths_free(struct paths *p)
{
	while (p->n)
		free((void *)(uintptr_t)p->v[--p->n]);
	free(p->v);
}

/* Each once: two targets may share a file. */
static void
add(struct paths *p, const char *path)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->v[i], path) == 0)
			return;
	p->v = wf_grow(p->v, &p->cap, p->n, sizeof(*p->v));
	p->v[p->n++] = wf_strdup(path);
}

static enum wf_rc
expand(struct paths *p, const char *pattern, struct wf_err *err)
{
	struct wf_strs list = {NULL, 0};
	enum wf_rc rc = wf_op_target_expand(pattern, &list, err);
	size_t i;

	for (i = 0; i < list.n; i++) {
		add(p, list.v[i]);
		free((void *)(uintptr_t)list.v[i]);
	}
	free(list.v);
	return rc;
}

static enum wf_rc
all_paths(const struct wf_op_gc *o, struct paths *p, struct wf_err *err)
{
	const struct wf_config_target *t;
	struct wf_strs system = wf_paths_manifests();
	enum wf_rc rc;
	size_t i, k;

	for (i = 0; i < o->nfiles; i++)
		add(p, o->files[i]);
	for (i = 0; o->config && (t = wf_config_target_at(o->config, i)); i++)
		for (k = 0; k < t->manifests.n; k++)
			if ((rc = expand(p, t->manifests.v[k], err)))
				return rc;
	for (i = 0; i < system.n; i++)
		add(p, system.v[i]);
	return WF_OK;
}

static enum wf_rc
named_by_manifests(const struct wf_op_gc *o, struct wf_digest **keep, size_t *n,
                   struct wf_err *err)
{
	WF_AUTO(wf_manifest_freep) struct wf_manifest *m = NULL;
	WF_AUTO(paths_free) struct paths p = {0};
	enum wf_rc rc;
	size_t i;

	/* not wf_manifest_finish: two files may claim one function, and both
	 * artifacts then stay */
	if ((rc = all_paths(o, &p, err)) || (rc = wf_manifest_new(&m, err)) ||
	    (rc = wf_manifest_load(m, p.v, p.n, err)))
		return rc;
	*keep = wf_calloc(wf_manifest_count(m) + 1, sizeof(**keep));
	for (i = 0; i < wf_manifest_count(m); i++)
		(*keep)[(*n)++] = wf_manifest_at(m, i)->ref.digest;
	return WF_OK;
}

enum wf_rc
wf_op_gc(const struct wf_op_gc *o, struct wf_gc_result *out, struct wf_err *err)
{
	WF_AUTO(wf_freep) struct wf_digest *keep = NULL;
	struct wf_gc gc = {.grace = o->now ? 0 : WF_GC_GRACE_SECONDS, .dry_run = o->dry_run};
	enum wf_rc rc;
	size_t n = 0;

	if ((rc = named_by_manifests(o, &keep, &n, err)) ||
	    (rc = wf_state_manifests(o->state_dir, &keep, &n, err)))
		return wf_err_wrap(err, "nothing is removed");
	gc.keep = keep;
	gc.nkeep = n;
	return wf_gc_run(o->store, &gc, out, err);
}
