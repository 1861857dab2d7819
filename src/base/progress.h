/* SPDX-License-Identifier: Apache-2.0
 *
 * Transfers under way, for whoever looks on.  src/ says what moves; cmd/ sets
 * the sink and prints.  Without a sink nothing is kept.
 */
#ifndef WF_BASE_PROGRESS_H
#define WF_BASE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* One transfer; its owner's, from begin to end. */
struct wf_progress_item {
	const char *name;
	int64_t have, want; /* bytes; want 0: not known yet */
	bool failed;        /* set before end */
	struct wf_progress_item *next;
};

struct wf_progress {
	struct wf_progress_item *items; /* under way, the oldest first */
	size_t expected, ended;         /* transfers; expected 0: nobody said */
	int64_t bytes;                  /* of all */
	int64_t began, said;            /* ms: of the first, and of the last line */
};

/* Called when something moved or ended (ended is not NULL), and from time to
 * time while nothing does.  When nothing is under way or expected any more,
 * p->items is NULL and p->expected 0. */
typedef void wf_progress_sink(struct wf_progress *p, const struct wf_progress_item *ended,
                              void *arg);
void wf_progress_set(wf_progress_sink *, void *arg);

void wf_progress_expect(size_t n); /* so many more are going to begin */
void wf_progress_begin(struct wf_progress_item *);
void wf_progress_move(struct wf_progress_item *, int64_t bytes); /* < 0: taken back */
void wf_progress_end(struct wf_progress_item *);
void wf_progress_look(void);       /* time passes */
void wf_progress_over(size_t n);   /* so many are expected no more */

/* What a terminal shows: a line for each of at most rows - 1 transfers and one
 * for all where several are expected, each with '\n'.  Returns how many. */
unsigned wf_progress_draw(const struct wf_progress *, unsigned columns, unsigned rows,
                          int64_t now_ms, struct wf_buf *out);

/* What else there is to say at this time: a transfer of several that ended, or
 * that they go on, every WF_PROGRESS_BEAT_MS.  false: nothing. */
#define WF_PROGRESS_BEAT_MS 10000
bool wf_progress_line(struct wf_progress *, const struct wf_progress_item *ended,
                      int64_t now_ms, char out[400]);

#endif
