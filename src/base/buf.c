/* SPDX-License-Identifier: Apache-2.0
 *
 * The bounded buffer.  Never grows past its limit, never by a size that
 * somebody outside named: only by bytes that are really there.
 */
#include "base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct wf_str
wf_str(const char *z)
{
	return (struct wf_str){z, z ? strlen(z) : 0};
}

bool
wf_str_eq(struct wf_str a, struct wf_str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool
wf_str_eqz(struct wf_str a, const char *z)
{
	return wf_str_eq(a, wf_str(z));
}

bool
wf_str_starts(struct wf_str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && memcmp(s.p, prefix, n) == 0;
}

static void
grow(struct wf_buf *b, size_t need)
{
	size_t cap = b->cap ? b->cap : 64;

	if (need <= b->cap && b->p)
		return;
	while (cap < need)
		cap *= 2;
	if (cap > b->max)
		cap = b->max;
	b->p = wf_realloc(b->p, cap + 1);
	b->cap = cap;
}

enum wf_rc
wf_buf_add(struct wf_buf *b, const void *data, size_t n, struct wf_err *err)
{
	if (n > b->max - b->len)
		return wf_err_set(err, WF_R_LIMIT,
		                  "more than %zu bytes", b->max);
	grow(b, b->len + n);
	if (n)
		memcpy(b->p + b->len, data, n);
	b->len += n;
	b->p[b->len] = '\0';
	return WF_OK;
}

enum wf_rc
wf_buf_addz(struct wf_buf *b, const char *z, struct wf_err *err)
{
	return wf_buf_add(b, z, strlen(z), err);
}

static enum wf_rc vaddf(struct wf_buf *, struct wf_err *, const char *fmt, va_list ap)
	WF_PRINTF(3, 0);

static enum wf_rc
vaddf(struct wf_buf *b, struct wf_err *err, const char *fmt, va_list ap)
{
	va_list again;
	enum wf_rc rc;
	char *heap;
	char small[256];
	int n;

	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	if (n < 0) {
		va_end(again);
		return wf_err_set(err, WF_R_BUG, "bad format");
	}
	if ((size_t)n < sizeof(small)) {
		va_end(again);
		return wf_buf_add(b, small, (size_t)n, err);
	}
	heap = wf_malloc((size_t)n + 1);
	(void)vsnprintf(heap, (size_t)n + 1, fmt, again);
	va_end(again);
	rc = wf_buf_add(b, heap, (size_t)n, err);
	free(heap);
	return rc;
}

enum wf_rc
wf_buf_addf(struct wf_buf *b, struct wf_err *err, const char *fmt, ...)
{
	enum wf_rc rc;
	va_list ap;

	va_start(ap, fmt);
	rc = vaddf(b, err, fmt, ap);
	va_end(ap);
	return rc;
}

void
wf_buf_putz(struct wf_buf *b, const char *z)
{
	if (wf_buf_add(b, z, strlen(z), NULL))
		wf_die("buffer limit passed by text of our own");
}

void
wf_buf_putf(struct wf_buf *b, const char *fmt, ...)
{
	enum wf_rc rc;
	va_list ap;

	va_start(ap, fmt);
	rc = vaddf(b, NULL, fmt, ap);
	va_end(ap);
	if (rc)
		wf_die("buffer limit passed by text of our own");
}

struct wf_str
wf_buf_str(const struct wf_buf *b)
{
	return (struct wf_str){b->p, b->len};
}

const char *
wf_buf_z(struct wf_buf *b)
{
	grow(b, b->len);
	b->p[b->len] = '\0';
	return b->p;
}

char *
wf_buf_steal(struct wf_buf *b)
{
	char *p;

	(void)wf_buf_z(b);
	p = b->p;
	b->p = NULL;
	b->len = b->cap = 0;
	return p;
}

void
wf_buf_reset(struct wf_buf *b)
{
	b->len = 0;
	if (b->p)
		b->p[0] = '\0';
}

void
wf_buf_free(struct wf_buf *b)
{
	if (!b)
		return;
	free(b->p);
	b->p = NULL;
	b->len = b->cap = 0;
}

void
wf_buf_wipe(struct wf_buf *b)
{
	if (b && b->p)
		explicit_bzero(b->p, b->cap);
	wf_buf_free(b);
}
