/* SPDX-License-Identifier: Apache-2.0
 *
 * The libzstd door: one frame, as it arrives.  libzstd is found when it is
 * first needed.
 */
#ifndef WF_DEP_ZSTD_H
#define WF_DEP_ZSTD_H

#include "dep/inflate.h"

struct wf_zstd;

/* WF_R_UNAVAILABLE when libzstd is missing. */
WF_MUST enum wf_rc wf_zstd_new(struct wf_zstd **out, struct wf_err *err);
/* WF_R_MALFORMED for what is no zstd, asks for a window of more than 8 MiB
 * (what every decoder has to have), or goes on after its end. */
WF_MUST enum wf_rc wf_zstd_add(struct wf_zstd *, const void *p, size_t n,
                               struct wf_inflate_out *, struct wf_err *err);
WF_MUST enum wf_rc wf_zstd_end(const struct wf_zstd *, struct wf_err *err);
void wf_zstd_freep(struct wf_zstd **);

#endif
