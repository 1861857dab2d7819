/* SPDX-License-Identifier: Apache-2.0
 *
 * Progress and diagnostics out of src/, which itself never prints.  cmd/
 * sets the sink; without one nothing is shown.
 */
#ifndef WF_BASE_LOG_H
#define WF_BASE_LOG_H

#include <stddef.h>

#include "base/cc.h"

enum wf_log_level {
	WF_LOG_WARN,     /* always, unless -q */
	WF_LOG_PROGRESS, /* something that may take over a second */
	WF_LOG_INFO,     /* -v */
	WF_LOG_DEBUG,    /* -v twice */
};

/* The message is escaped already and has no line end. */
typedef void wf_log_sink(enum wf_log_level, const char *msg, void *arg);

void wf_log_set(wf_log_sink *sink, void *arg);

/* Lines kept back: what is said of one of several things at a time comes out
 * together, later.  Progress is never kept.  Zero is empty. */
struct wf_log_held {
	struct wf_log_line {
		enum wf_log_level level;
		char *msg;
	} *v;
	size_t n, cap;
};
/* From now on lines go there; NULL: to the sink.  Returns where they went. */
struct wf_log_held *wf_log_hold(struct wf_log_held *);
/* To the sink with them, in their order; empties it. */
void wf_log_give(struct wf_log_held *);

/* Never give it a secret: no level is secret-safe. */
void wf_log(enum wf_log_level, const char *fmt, ...) WF_PRINTF(2, 3);

#endif
