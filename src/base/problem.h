/* SPDX-License-Identifier: Apache-2.0
 *
 * A list of what is wrong in files people wrote, each with its place, so
 * that one run shows all of it.  Bounded: after WF_MAX_PROBLEMS the rest is
 * only counted.
 */
#ifndef WF_BASE_PROBLEM_H
#define WF_BASE_PROBLEM_H

#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"

struct wf_problem {
	const char *file;      /* as given to the parser */
	unsigned line, column; /* from 1; 0: the file as a whole */
	enum wf_reason reason;
	char *text;            /* escaped, one line */
};

struct wf_problems {
	struct wf_problem *v;
	size_t n, cap;
	size_t left_off; /* found, but past the cap */
	struct wf_arena arena;
};

#define WF_PROBLEMS_INIT {.v = NULL}

/* file is copied.  line 0 when there is no place. */
void wf_problem_add(struct wf_problems *, enum wf_reason, const char *file,
                    unsigned line, unsigned column, const char *fmt, ...)
	WF_PRINTF(6, 7);

/* The first problem of the most severe code as an error, "FILE:LINE:COLUMN:
 * text", with a hint when there are more.  WF_OK when there is none. */
WF_MUST enum wf_rc wf_problem_error(const struct wf_problems *, struct wf_err *);

/* The list changes hands; to is empty before, from afterwards. */
void wf_problem_move(struct wf_problems *to, struct wf_problems *from);
void wf_problem_free(struct wf_problems *); /* NULL is fine */

#endif
