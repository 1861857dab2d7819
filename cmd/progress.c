/* SPDX-License-Identifier: Apache-2.0
 *
 * Shows transfers.  Must never leave a bar behind, or draw where nobody looks.
 */
#include "cmd/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/progress.h"
#include "sys/clock.h"

#define FIRST_MS 300 /* what is over sooner needs no bar */
#define DRAW_MS 100

static struct {
	unsigned columns, rows; /* 0: no terminal */
	unsigned drawn;         /* lines */
	int64_t drew;           /* ms */
} shown;

void
wf_progress_hide(void)
{
	if (shown.drawn)
		(void)fprintf(stderr, "\033[%uA\033[J", shown.drawn);
	shown.drawn = 0;
}

static void
draw(const struct wf_progress *p, int64_t now)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(65536);
	unsigned n;

	if (now - p->began < FIRST_MS || now - shown.drew < DRAW_MS)
		return;
	shown.drew = now;
	n = wf_progress_draw(p, shown.columns, shown.rows, now, &text);
	wf_progress_hide();
	(void)fputs(wf_buf_z(&text), stderr);
	(void)fflush(stderr);
	shown.drawn = n;
}

static void
sink(struct wf_progress *p, const struct wf_progress_item *ended, void *arg)
{
	int64_t now = wf_clock_mono_ms();
	char line[400];

	(void)arg;
	if (!p->items && !p->expected && !ended) {
		wf_progress_hide();
		return;
	}
	if (!p->began)
		p->began = now;
	if (shown.columns)
		draw(p, now);
	else if (wf_progress_line(p, ended, now, line))
		(void)fprintf(stderr, "wasmfn: %s\n", line);
}

void
wf_progress_start(void)
{
	const char *term = getenv("TERM");
	struct winsize w;

	if (isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0) {
		shown.columns = 80;
		shown.rows = 24;
		if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col && w.ws_row) {
			shown.columns = w.ws_col - 1u;
			shown.rows = w.ws_row - 1u;
		}
	}
	wf_progress_set(sink, NULL);
}
