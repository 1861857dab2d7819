/* SPDX-License-Identifier: Apache-2.0
 *
 * Points in time with their fraction, and windows that include both ends:
 * what logs, certificates and timestamps are compared by.  No function here
 * knows what "now" is; "now" is never a verified time.
 */
#ifndef WF_SYS_INSTANT_H
#define WF_SYS_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct wf_instant {
	int64_t sec;   /* since 1970, UTC */
	uint32_t nsec; /* < 1,000,000,000 */
};

#define WF_INSTANT_TEXT 40

/* Strict RFC 3339 with any offset and a fraction of up to nine digits. */
WF_MUST int wf_instant_parse(struct wf_str text, struct wf_instant *out); /* 0 or -1 */
/* "2026-11-21T08:00:00Z", with the fraction where there is one. */
void wf_instant_text(struct wf_instant, char out[WF_INSTANT_TEXT]);
/* < 0, 0, > 0 */
int wf_instant_cmp(struct wf_instant, struct wf_instant);

/* Both ends belong to it. */
struct wf_window {
	struct wf_instant start, end;
	bool has_end; /* false: open */
};

bool wf_instant_within(const struct wf_window *, struct wf_instant);

#endif
