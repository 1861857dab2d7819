/* SPDX-License-Identifier: Apache-2.0
 *
 * Transfers in words: bars that fit, a line for each, a beat while nothing else
 * is said.
 */
#include <string.h>

#include "base/progress.h"
#include "tests/lib/tap.h"

static struct wf_progress *last;
static unsigned ended;

static void
sink(struct wf_progress *p, const struct wf_progress_item *e, void *arg)
{
	(void)arg;
	last = p;
	ended += e != NULL;
}

/* No line of it is longer than the columns. */
static bool
fits(const char *text, size_t columns)
{
	const char *end;

	for (; (end = strchr(text, '\n')); text = end + 1)
		if ((size_t)(end - text) > columns)
			return false;
	return *text == '\0';
}

static void
bars(struct wf_progress_item *a, struct wf_progress_item *b)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(65536);
	unsigned columns;

	EQ(wf_progress_draw(last, 79, 24, 2000, &text), 3, "two transfers and a total");
	OK(strstr(wf_buf_z(&text), "50% of 2.0 KiB\n") != NULL, "half of one");
	OK(strstr(wf_buf_z(&text), "waiting\n") != NULL, "the size of the other is not known");
	OK(strstr(wf_buf_z(&text), "0 of 2, 1.0 KiB, 1.0 KiB/s, 1 s\n") != NULL, "the total");
	wf_buf_reset(&text);
	EQ(wf_progress_draw(last, 79, 2, 2000, &text), 2, "in two rows there is one, and the total");
	b->want = INT64_MAX / 4;
	b->have = INT64_MAX;
	a->have = -1;
	for (columns = 30; columns < 200; columns++) {
		wf_buf_reset(&text);
		(void)wf_progress_draw(last, columns, 24, 2000, &text);
		if (!fits(wf_buf_z(&text), columns))
			break;
	}
	EQ(columns, 200, "no line is longer than its terminal, whatever is counted");
	a->have = 1024;
	b->have = b->want = 0;
}

static void
lines(struct wf_progress_item *a, struct wf_progress_item *b)
{
	char line[400];

	OK(!wf_progress_line(last, NULL, 10999, line), "nothing to say for ten seconds");
	OK(wf_progress_line(last, NULL, 11000, line), "then that it goes on");
	IS(line, "0 of 2, 1.0 KiB, 10 s", "how far");
	OK(!wf_progress_line(last, NULL, 20999, line), "and nothing for ten more");
	a->failed = true;
	wf_progress_end(a);
	OK(wf_progress_line(last, a, 21000, line), "an end is said");
	IS(line, "1 of 2: host/a, failed", "and what it was");
	OK(!wf_progress_line(last, NULL, 30000, line), "which counts as one of the lines");
	wf_progress_end(b);
	wf_progress_over(2);
	OK(!last->items && !last->expected, "over is over");
}

static void
alone(struct wf_progress_item *a)
{
	char line[400];

	*a = (struct wf_progress_item){.name = "host/a", .want = 2048};
	wf_progress_begin(a);
	last->began = 1000;
	wf_progress_move(a, 512);
	OK(wf_progress_line(last, NULL, 11000, line), "one alone beats too");
	IS(line, "host/a: 512 B of 2.0 KiB, 10 s", "with its own size");
	ended = 0;
	wf_progress_end(a);
	EQ(ended, 1, "its end is seen");
	OK(!wf_progress_line(last, a, 11001, line), "and not said: the result says it");
	OK(!last->items && !last->expected && !last->began, "and all is over");
}

int
main(void)
{
	struct wf_progress_item a = {.name = "host/a", .want = 2048};
	struct wf_progress_item b = {.name = "a-host-with-a-long-name.example:5000/a/long/repository@0123456789ab"};

	wf_progress_begin(&a);
	wf_progress_end(&a);
	OK(!last, "nobody looks on");
	wf_progress_set(sink, NULL);
	wf_progress_expect(2);
	wf_progress_begin(&a);
	wf_progress_begin(&b);
	last->began = 1000;
	wf_progress_move(&a, 1024);
	bars(&a, &b);
	lines(&a, &b);
	alone(&a);
	return tap_done();
}
