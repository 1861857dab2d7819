/* SPDX-License-Identifier: Apache-2.0
 *
 * Hands messages to the sink, escaped.  Must never print by itself.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static wf_log_sink *the_sink;
static void *the_arg;
static struct wf_log_held *the_held;

void
wf_log_set(wf_log_sink *sink, void *arg)
{
	the_sink = sink;
	the_arg = arg;
}

void
wf_log(enum wf_log_level level, const char *fmt, ...)
{
	char raw[1024], safe[1024];
	va_list ap;

	if (!the_sink)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	(void)wf_text_escape(raw, strnlen(raw, sizeof(raw)), safe, sizeof(safe));
	if (!the_held || level == WF_LOG_PROGRESS) {
		the_sink(level, safe, the_arg);
		return;
	}
	the_held->v = wf_grow(the_held->v, &the_held->cap, the_held->n, sizeof(*the_held->v));
	the_held->v[the_held->n++] = (struct wf_log_line){level, wf_strdup(safe)};
}

struct wf_log_held *
wf_log_hold(struct wf_log_held *held)
{
	struct wf_log_held *was = the_held;

	the_held = held;
	return was;
}

void
wf_log_give(struct wf_log_held *held)
{
	size_t i;

	for (i = 0; i < held->n; i++) {
		if (the_sink)
			the_sink(held->v[i].level, held->v[i].msg, the_arg);
		free(held->v[i].msg);
	}
	free(held->v);
	*held = (struct wf_log_held){NULL, 0, 0};
}
