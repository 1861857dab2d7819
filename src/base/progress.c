/* SPDX-License-Identifier: Apache-2.0
 *
 * What moves, and how it is put into words.  Must never keep a transfer whose
 * owner has gone, or write past the columns there are.
 */
#include "base/progress.h"

#include <stdio.h>
#include <string.h>

#define NAME_COLUMNS 44u /* a repository's end and twelve digits of a digest */
#define MIN_BAR 8u
#define MAX_BAR 100u
#define TEXT_COLUMNS 23u /* brackets, "100% of 1023.9 KiB" and spaces */

static struct wf_progress state;
static wf_progress_sink *the_sink;
static void *the_arg;

void
wf_progress_set(wf_progress_sink *sink, void *arg)
{
	the_sink = sink;
	the_arg = arg;
}

static void
tell(const struct wf_progress_item *ended)
{
	if (the_sink && (state.items || state.expected || ended))
		the_sink(&state, ended, the_arg);
}

void
wf_progress_expect(size_t n)
{
	state.expected += n;
}

void
wf_progress_begin(struct wf_progress_item *item)
{
	struct wf_progress_item **at = &state.items;

	while (*at)
		at = &(*at)->next;
	item->next = NULL;
	*at = item;
	tell(NULL);
}

void
wf_progress_move(struct wf_progress_item *item, int64_t bytes)
{
	item->have += bytes;
	state.bytes += bytes;
	tell(NULL);
}

void
wf_progress_end(struct wf_progress_item *item)
{
	struct wf_progress_item **at = &state.items;

	while (*at && *at != item)
		at = &(*at)->next;
	if (*at)
		*at = item->next;
	state.ended++;
	tell(item);
	wf_progress_over(0);
}

void
wf_progress_look(void)
{
	tell(NULL);
}

void
wf_progress_over(size_t n)
{
	struct wf_progress none = {.items = NULL};

	state.expected -= n;
	if (state.items || state.expected)
		return;
	state = none;
	if (the_sink)
		the_sink(&state, NULL, the_arg);
}

static void
size_text(int64_t n, char out[24])
{
	static const char *const unit[] = {"KiB", "MiB", "GiB"};
	unsigned u = 0;
	double v = (double)n / 1024;

	if (n < 1024) {
		(void)snprintf(out, 24, "%d B", (int)n);
		return;
	}
	for (; v >= 1024 && u < 2; u++)
		v /= 1024;
	(void)snprintf(out, 24, "%.1f %s", v, unit[u]);
}

/* The end of a name says more than its beginning. */
static const char *
tail(const char *name, size_t n)
{
	size_t len = strlen(name);

	return len > n ? name + (len - n) : name;
}

static void
draw_one(const struct wf_progress_item *i, unsigned columns, struct wf_buf *out)
{
	unsigned name = columns > NAME_COLUMNS + TEXT_COLUMNS + MIN_BAR
	                ? NAME_COLUMNS : columns / 3;
	unsigned width = columns > name + TEXT_COLUMNS ? columns - name - TEXT_COLUMNS : 0, k;
	double part = i->want > 0 ? (double)i->have / (double)i->want : 0;
	char bar[MAX_BAR + 1] = "", size[24], line[512];

	if (width > MAX_BAR)
		width = MAX_BAR;
	part = part < 0 ? 0 : part > 1 ? 1 : part;
	for (k = 0; width >= MIN_BAR && k < width; k++)
		bar[k] = k < (unsigned)(part * width) ? '=' : ' ';
	bar[k] = '\0';
	size_text(i->want, size);
	if (i->want)
		(void)snprintf(line, sizeof(line), "%-*s %s%s%s%3d%% of %s", (int)name,
		               tail(i->name, name), *bar ? "[" : "", bar, *bar ? "] " : "",
		               (int)(part * 100), size);
	else
		(void)snprintf(line, sizeof(line), "%-*s waiting", (int)name, tail(i->name, name));
	wf_buf_putf(out, "%.*s\n", (int)columns, line);
}

static void
draw_all(const struct wf_progress *p, unsigned columns, int64_t now_ms, struct wf_buf *out)
{
	int64_t ms = now_ms - p->began;
	char size[24], rate[24], line[128];

	size_text(p->bytes, size);
	size_text(ms > 0 ? p->bytes * 1000 / ms : 0, rate);
	(void)snprintf(line, sizeof(line), "%zu of %zu, %s, %s/s, %jd s", p->ended, p->expected,
	               size, rate, (intmax_t)(ms / 1000));
	wf_buf_putf(out, "%.*s\n", (int)columns, line);
}

unsigned
wf_progress_draw(const struct wf_progress *p, unsigned columns, unsigned rows,
                 int64_t now_ms, struct wf_buf *out)
{
	const struct wf_progress_item *i;
	unsigned n = 0;

	for (i = p->items; i && n + 1 < rows; i = i->next, n++)
		draw_one(i, columns, out);
	if (p->expected > 1) {
		draw_all(p, columns, now_ms, out);
		n++;
	}
	return n;
}

bool
wf_progress_line(struct wf_progress *p, const struct wf_progress_item *ended,
                 int64_t now_ms, char out[400])
{
	const struct wf_progress_item *i = p->items;
	int64_t ms = now_ms - p->began;
	char size[24], want[24];

	if (ended && p->expected > 1) {
		size_text(ended->have, size);
		p->said = now_ms;
		(void)snprintf(out, 400, "%zu of %zu: %.300s, %s", p->ended, p->expected,
		               ended->name, ended->failed ? "failed" : size);
		return true;
	}
	if (ended || now_ms - (p->said ? p->said : p->began) < WF_PROGRESS_BEAT_MS)
		return false;
	p->said = now_ms;
	size_text(p->expected > 1 || !i ? p->bytes : i->have, size);
	if (p->expected > 1 || !i) {
		(void)snprintf(out, 400, "%zu of %zu, %s, %jd s", p->ended, p->expected, size,
		               (intmax_t)(ms / 1000));
		return true;
	}
	size_text(i->want, want);
	(void)snprintf(out, 400, "%.300s: %s of %s, %jd s", i->name, size,
	               i->want ? want : "what is not known yet", (intmax_t)(ms / 1000));
	return true;
}
