/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory.  Out of memory ends the process (abort, no output half made):
 * sizes from outside are checked against a named limit before they get here.
 */
#ifndef WF_BASE_MEM_H
#define WF_BASE_MEM_H

#include <stddef.h>

#include "base/buf.h"
#include "base/cc.h"

/* Never NULL, also for n == 0.  Caller frees with free(). */
void *wf_malloc(size_t n) __attribute__((malloc, returns_nonnull));
void *wf_calloc(size_t n, size_t size) __attribute__((malloc, returns_nonnull));
void *wf_realloc(void *p, size_t n) __attribute__((returns_nonnull));
char *wf_strdup(const char *z) __attribute__((returns_nonnull));
char *wf_strndup(const char *p, size_t n) __attribute__((returns_nonnull));
char *wf_asprintf(const char *fmt, ...) WF_PRINTF(1, 2);

/* For WF_AUTO on any malloc'ed pointer: WF_AUTO(wf_freep) char *s = NULL; */
void wf_freep(void *pp);

/* Grows *array (element size `size`, *cap slots) so that slot n exists. */
void *wf_grow(void *array, size_t *cap, size_t n, size_t size)
	__attribute__((returns_nonnull));

/* Many small things of one document, freed together. */
struct wf_arena {
	struct wf_arena_chunk *head;
};

void *wf_arena_alloc(struct wf_arena *, size_t n) __attribute__((returns_nonnull));
char *wf_arena_strn(struct wf_arena *, const char *p, size_t n); /* NUL added */
struct wf_str wf_arena_dup(struct wf_arena *, struct wf_str);
void wf_arena_free(struct wf_arena *);

/* For states that only a bug reaches: message to stderr, abort. */
WF_NORETURN void wf_die(const char *what);

#endif
