/* SPDX-License-Identifier: Apache-2.0
 *
 * Column layout.  Knows nothing about what it lays out.
 */
#include "cmd/table_text.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define MAX_COLS 12u

struct cell {
	const char *color;
	char *text;
};

struct wf_table {
	const char *head[MAX_COLS];
	size_t cols, width[MAX_COLS];
	struct cell *cells;
	size_t n, cap;
};

static size_t
columns(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static void
widen(struct wf_table *t, size_t col, const char *text)
{
	size_t n = columns(text);

	if (n > t->width[col])
		t->width[col] = n;
}

struct wf_table *
wf_table_new(const char *const *head)
{
	struct wf_table *t = wf_calloc(1, sizeof(*t));

	for (; head[t->cols] && t->cols < MAX_COLS; t->cols++) {
		t->head[t->cols] = head[t->cols];
		widen(t, t->cols, head[t->cols]);
	}
	return t;
}

void
wf_table_cell(struct wf_table *t, const char *color, const char *text)
{
	t->cells = wf_grow(t->cells, &t->cap, t->n, sizeof(*t->cells));
	t->cells[t->n] = (struct cell){color, wf_strdup(text)};
	widen(t, t->n % t->cols, text);
	t->n++;
}

static void
put(struct wf_buf *b, const struct wf_table *t, size_t col, const char *color,
    const char *text)
{
	wf_buf_putf(b, "%s%s%s", color, text, color[0] ? "\033[0m" : "");
	if (col + 1 < t->cols)
		wf_buf_putf(b, "%*s", (int)(t->width[col] - columns(text)) + 2, "");
	else
		wf_buf_putz(b, "\n");
}

char *
wf_table_text(const struct wf_table *t)
{
	struct wf_buf b = WF_BUF_INIT((size_t)1 << 28);
	size_t i;

	for (i = 0; i < t->cols; i++)
		put(&b, t, i, "", t->head[i]);
	for (i = 0; i < t->n; i++)
		put(&b, t, i % t->cols, t->cells[i].color, t->cells[i].text);
	return wf_buf_steal(&b);
}

void
wf_table_free(struct wf_table *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->n; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t);
}
