/* SPDX-License-Identifier: Apache-2.0
 *
 * The problem list.  Must never hold text from outside unescaped.
 */
#include "base/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

void
wf_problem_add(struct wf_problems *list, enum wf_reason reason,
               const char *file, unsigned line, unsigned column,
               const char *fmt, ...)
{
	char raw[1024], safe[1024];
	struct wf_problem *p;
	va_list ap;

	if (list->n >= WF_MAX_PROBLEMS) {
		list->left_off++;
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	(void)wf_text_escape(raw, strlen(raw), safe, sizeof(safe));
	list->v = wf_grow(list->v, &list->cap, list->n, sizeof(*list->v));
	p = &list->v[list->n++];
	p->file = wf_arena_strn(&list->arena, file, strlen(file));
	p->line = line;
	p->column = column;
	p->reason = reason;
	p->text = wf_arena_strn(&list->arena, safe, strlen(safe));
}

enum wf_rc
wf_problem_error(const struct wf_problems *list, struct wf_err *err)
{
	const struct wf_problem *p, *worst = NULL;
	size_t i, more;
	enum wf_rc rc;

	for (i = 0; i < list->n; i++) {
		p = &list->v[i];
		if (!worst || wf_rc_severity(wf_reason_code(p->reason)) >
		              wf_rc_severity(wf_reason_code(worst->reason)))
			worst = p;
	}
	if (!worst)
		return WF_OK;
	if (worst->line)
		rc = wf_err_set(err, worst->reason, "%s:%u:%u: %s", worst->file,
		                worst->line, worst->column, worst->text);
	else
		rc = wf_err_set(err, worst->reason, "%s: %s", worst->file,
		                worst->text);
	more = list->n - 1 + list->left_off;
	if (worst->reason == WF_R_TAG_ONLY)
		(void)wf_err_hint(err, "Write the digest: `wasmfn pin %s` resolves tags to digests.",
		                  worst->file);
	else if (more)
		(void)wf_err_hint(err, "There %s %zu more: `wasmfn lint` lists every problem.",
		                  more == 1 ? "is" : "are", more);
	return rc;
}

void
wf_problem_move(struct wf_problems *to, struct wf_problems *from)
{
	wf_problem_free(to);
	*to = *from;
	memset(from, 0, sizeof(*from));
}

void
wf_problem_free(struct wf_problems *list)
{
	if (!list)
		return;
	free(list->v);
	wf_arena_free(&list->arena);
	memset(list, 0, sizeof(*list));
}
