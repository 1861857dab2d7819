/* SPDX-License-Identifier: Apache-2.0
 *
 * Allocation that does not fail and the arena.  Must never be handed a size
 * that has not been bounded.
 */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_CHUNK 4096u

struct wf_arena_chunk {
	struct wf_arena_chunk *next;
	size_t used, cap;
	/* C11 alignment for any object */
	_Alignas(max_align_t) unsigned char data[];
};

void
wf_die(const char *what)
{
	(void)fprintf(stderr, "wasmfn: fatal: %s\n", what);
	abort();
}

void *
wf_malloc(size_t n)
{
	void *p = malloc(n ? n : 1);

	if (!p)
		wf_die("out of memory");
	return p;
}

void *
wf_calloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		wf_die("out of memory");
	return p;
}

void *
wf_realloc(void *old, size_t n)
{
	void *p = realloc(old, n ? n : 1);

	if (!p)
		wf_die("out of memory");
	return p;
}

char *
wf_strdup(const char *z)
{
	return wf_strndup(z, strlen(z));
}

char *
wf_strndup(const char *p, size_t n)
{
	char *s = wf_malloc(n + 1);

	if (n)
		memcpy(s, p, n);
	s[n] = '\0';
	return s;
}

char *
wf_asprintf(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		wf_die("out of memory");
	va_end(ap);
	return s;
}

void
wf_freep(void *pp)
{
	void *p;

	memcpy(&p, pp, sizeof(p));
	free(p);
}

void *
wf_grow(void *array, size_t *cap, size_t n, size_t size)
{
	size_t want = *cap;

	if (n < *cap && array)
		return array;
	while (want <= n) {
		if (want > SIZE_MAX / 2 / size)
			wf_die("array too large");
		want = want ? want * 2 : 8;
	}
	*cap = want;
	return wf_realloc(array, want * size);
}

void *
wf_arena_alloc(struct wf_arena *a, size_t n)
{
	const size_t al = _Alignof(max_align_t);
	struct wf_arena_chunk *c = a->head;
	size_t cap;
	void *p;

	n = (n + al - 1) / al * al;
	if (!c || c->cap - c->used < n) {
		cap = n > ARENA_CHUNK ? n : ARENA_CHUNK;
		c = wf_malloc(sizeof(*c) + cap);
		c->next = a->head;
		c->used = 0;
		c->cap = cap;
		a->head = c;
	}
	p = c->data + c->used;
	c->used += n;
	memset(p, 0, n);
	return p;
}

char *
wf_arena_strn(struct wf_arena *a, const char *p, size_t n)
{
	char *s = wf_arena_alloc(a, n + 1);

	if (n)
		memcpy(s, p, n);
	return s;
}

struct wf_str
wf_arena_dup(struct wf_arena *a, struct wf_str s)
{
	return (struct wf_str){wf_arena_strn(a, s.p, s.len), s.len};
}

void
wf_arena_free(struct wf_arena *a)
{
	struct wf_arena_chunk *c, *next;

	if (!a)
		return;
	for (c = a->head; c; c = next) {
		next = c->next;
		free(c);
	}
	a->head = NULL;
}
