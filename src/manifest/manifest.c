/* SPDX-License-Identifier: Apache-2.0
 *
 * The manifest value: entries of all files, their problems, and the check
 * across files.  Must never let two entries speak for one function.
 */
#include "manifest/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "manifest/type_name.h"
#include "manifest/value.h"

enum wf_rc
wf_manifest_new(struct wf_manifest **out, struct wf_err *err)
{
	(void)err;
	*out = wf_calloc(1, sizeof(**out));
	return WF_OK;
}

void
wf_manifest_freep(struct wf_manifest **mp)
{
	struct wf_manifest *m = *mp;
	size_t i;

	if (!m)
		return;
	for (i = 0; i < m->n; i++)
		wf_ref_free(&m->v[i].ref);
	free(m->v);
	free(m->files);
	wf_problem_free(&m->problems);
	wf_arena_free(&m->arena);
	free(m);
	*mp = NULL;
}

enum wf_rc
wf_manifest_add(struct wf_manifest *m, struct wf_str yaml, const char *name,
                struct wf_err *err)
{
	wf_manifest_parse(m, yaml, name);
	return wf_problem_error(&m->problems, err);
}

/* By name, then as read. */
static int
by_name(const void *a, const void *b, void *arg)
{
	const struct wf_manifest *m = arg;
	size_t i = *(const size_t *)a, j = *(const size_t *)b;
	const struct wf_manifest_entry *x = &m->v[i], *y = &m->v[j];
	int c = strcmp(x->schema, y->schema);

	if (c == 0)
		c = strcmp(x->name, y->name);
	return c ? c : i < j ? -1 : i > j;
}

/* Two functions of one name: both say their types, and not the same.  (Names
 * of one's own for one type are seen when the server has been asked.) */
static bool
other_args(const struct wf_manifest_entry *x, const struct wf_manifest_entry *y)
{
	return x->args_set && y->args_set &&
	       !wf_type_name_lists(x->args, x->nargs, y->args, y->nargs);
}

static bool
other_target(const struct wf_manifest_entry *x, const struct wf_manifest_entry *y)
{
	return x->target && y->target && strcmp(x->target, y->target) != 0;
}

/* At the later of the two, once. */
static void
claim(struct wf_manifest *m, const struct wf_manifest_entry *first,
      const struct wf_manifest_entry *again)
{
	wf_problem_add(&m->problems, WF_R_MALFORMED, again->file, again->line,
	               again->column,
	               "second entry for function \"%s.%s\"%s: first at %s:%u:%u",
	               again->schema, again->name,
	               first->args_set != again->args_set
	               ? " (overloads must each say their `args`)" : "",
	               first->file, first->line, first->column);
}

static void
claims(struct wf_manifest *m)
{
	WF_AUTO(wf_freep) size_t *order = wf_calloc(m->n, sizeof(*order));
	size_t i, j, head = 0;

	for (i = 0; i < m->n; i++)
		order[i] = i;
	qsort_r(order, m->n, sizeof(*order), by_name, m);
	/* more problems than are listed need not be found */
	for (i = 1; i < m->n && m->problems.n < WF_MAX_PROBLEMS; i++) {
		const struct wf_manifest_entry *y = &m->v[order[i]];

		if (strcmp(m->v[order[head]].name, y->name) ||
		    strcmp(m->v[order[head]].schema, y->schema))
			head = i;
		for (j = head; j < i; j++) {
			const struct wf_manifest_entry *x = &m->v[order[j]];

			if (other_target(x, y) || other_args(x, y))
				continue;
			claim(m, x, y);
			break;
		}
	}
}

enum wf_rc
wf_manifest_finish(struct wf_manifest *m, struct wf_err *err)
{
	claims(m);
	return wf_problem_error(&m->problems, err);
}

void
wf_manifest_lint(struct wf_str yaml, const char *name, struct wf_problems *out)
{
	WF_AUTO(wf_manifest_freep) struct wf_manifest *m = wf_calloc(1, sizeof(*m));

	wf_manifest_parse(m, yaml, name);
	claims(m);
	wf_problem_move(out, &m->problems);
}

size_t
wf_manifest_count(const struct wf_manifest *m)
{
	return m->n;
}

const struct wf_manifest_entry *
wf_manifest_at(const struct wf_manifest *m, size_t i)
{
	return i < m->n ? &m->v[i] : NULL;
}

size_t
wf_manifest_problems(const struct wf_manifest *m)
{
	return m->problems.n;
}

const struct wf_problem *
wf_manifest_problem_at(const struct wf_manifest *m, size_t i)
{
	return i < m->problems.n ? &m->problems.v[i] : NULL;
}

const struct wf_manifest_file *
wf_manifest_file_at(const struct wf_manifest *m, size_t i)
{
	return i < m->nfiles ? &m->files[i] : NULL;
}
