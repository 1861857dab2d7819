/* SPDX-License-Identifier: Apache-2.0
 *
 * One owned, bounded buffer and one borrowed view.  Invariant: b->p is NULL
 * or has room for cap bytes and a NUL at p[len]; len <= max.
 */
#ifndef WF_BASE_BUF_H
#define WF_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdarg.h>

#include "base/err.h"

/* Borrowed; need not end with NUL; p may be NULL when len is 0. */
struct wf_str {
	const char *p;
	size_t len;
};

#define WF_STR_LIT(s) ((struct wf_str){(s), sizeof(s) - 1})

struct wf_str wf_str(const char *z); /* NULL gives the empty view */
bool wf_str_eq(struct wf_str a, struct wf_str b);
bool wf_str_eqz(struct wf_str a, const char *z);
bool wf_str_starts(struct wf_str s, const char *prefix);

/* Owned.  max is mandatory: the named limit of what is collected. */
struct wf_buf {
	char *p;
	size_t len, cap, max;
};

#define WF_BUF_INIT(limit) {NULL, 0, 0, (limit)}

/* WF_R_LIMIT when len would pass max. */
WF_MUST enum wf_rc wf_buf_add(struct wf_buf *, const void *, size_t,
                              struct wf_err *);
WF_MUST enum wf_rc wf_buf_addz(struct wf_buf *, const char *, struct wf_err *);
WF_MUST enum wf_rc wf_buf_addf(struct wf_buf *, struct wf_err *,
                               const char *fmt, ...) WF_PRINTF(3, 4);

/* For text we make ourselves, whose size is bounded by construction: aborts
 * when it passes max (a bug). */
void wf_buf_putz(struct wf_buf *, const char *);
void wf_buf_putf(struct wf_buf *, const char *fmt, ...) WF_PRINTF(2, 3);

struct wf_str wf_buf_str(const struct wf_buf *);
const char *wf_buf_z(struct wf_buf *);    /* NUL-ended, valid until the next change */
char *wf_buf_steal(struct wf_buf *);      /* caller frees; never NULL */
void wf_buf_reset(struct wf_buf *);       /* len = 0, keeps the memory */
void wf_buf_free(struct wf_buf *);        /* NULL is fine; may be used again */
void wf_buf_wipe(struct wf_buf *);        /* clears the memory, then frees */

#endif
