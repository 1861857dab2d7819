/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps steps.  Must never let text from outside through unescaped.
 */
#include "trust/steps.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

void
wf_steps_add(struct wf_steps *s, const char *fmt, ...)
{
	char raw[512], safe[512];
	va_list ap;

	if (!s || s->n == WF_STEPS_MAX)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	(void)wf_text_escape(raw, strnlen(raw, sizeof(raw)), safe, sizeof(safe));
	s->v[s->n++] = wf_arena_strn(s->arena, safe, strlen(safe));
}
