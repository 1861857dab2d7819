/* SPDX-License-Identifier: Apache-2.0
 *
 * Hands messages to the sink, escaped.  Must never print by itself.
 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

static wf_log_sink *the_sink;
static void *the_arg;

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
	the_sink(level, safe, the_arg);
}
