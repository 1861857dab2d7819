/* SPDX-License-Identifier: Apache-2.0
 *
 * POSIX extended regular expressions over bytes, matched as a whole string,
 * in time bounded by (states x length): the text comes from a stranger's
 * certificate.  No back-references, no locale; `\` before a letter or a digit
 * is an error, since other dialects mean something by it.
 */
#ifndef WF_POLICY_REGEXP_H
#define WF_POLICY_REGEXP_H

#include <stdbool.h>

#include "base/buf.h"

struct wf_regexp;

/* Errors have the reason given; at most WF_MAX_PATTERN_BYTES and
 * WF_MAX_REGEXP_STATES.  Caller frees *out. */
WF_MUST enum wf_rc wf_regexp_compile(const char *pattern, enum wf_reason bad,
                                     struct wf_regexp **out, struct wf_err *err);
void wf_regexp_free(struct wf_regexp *); /* NULL is fine */
void wf_regexp_freep(struct wf_regexp **);

/* The text as a whole.  Longer than WF_MAX_REGEXP_TEXT: no match. */
bool wf_regexp_full(const struct wf_regexp *, struct wf_str text);
/* Anywhere in the text: for hints, never for a verdict. */
bool wf_regexp_search(const struct wf_regexp *, struct wf_str text);
const char *wf_regexp_pattern(const struct wf_regexp *);

#endif
