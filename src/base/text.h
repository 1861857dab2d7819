/* SPDX-License-Identifier: Apache-2.0
 *
 * Text from outside, made safe to show: the one place that decides which
 * bytes may reach a terminal, a log line or JSON.
 */
#ifndef WF_BASE_TEXT_H
#define WF_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

/* Copies n bytes into dst (cap bytes, NUL added, truncated with "..." if it
 * must be).  Control bytes, DEL, C1 controls, bidirectional overrides, line
 * separators, characters that show nothing and bytes that are no UTF-8 become
 * \xNN (each byte); a backslash stays as it is.  Returns false when truncated. */
bool wf_text_escape(const char *src, size_t n, char *dst, size_t cap);

/* The same into a buffer, without truncation by itself. */
WF_MUST enum wf_rc wf_text_escape_buf(struct wf_buf *, struct wf_str,
                                      struct wf_err *);

/* Strict UTF-8 (RFC 3629): no overlong form, no surrogate, <= U+10FFFF. */
bool wf_text_is_utf8(const char *p, size_t n);

/* Length in bytes of the valid sequence at p, 0 if there is none. */
size_t wf_text_utf8_seq(const char *p, size_t n, uint32_t *cp);

#endif
