/* SPDX-License-Identifier: Apache-2.0
 *
 * The zlib door: one gzip stream, as it arrives.  zlib is found when it is
 * first needed: hardly any artifact is packed.
 */
#ifndef WF_DEP_ZLIB_H
#define WF_DEP_ZLIB_H

#include "dep/inflate.h"

struct wf_zlib;

/* WF_R_UNAVAILABLE when zlib is missing. */
WF_MUST enum wf_rc wf_zlib_new(struct wf_zlib **out, struct wf_err *err);
/* WF_R_MALFORMED for what is no gzip, or something after its end. */
WF_MUST enum wf_rc wf_zlib_add(struct wf_zlib *, const void *p, size_t n,
                               struct wf_inflate_out *, struct wf_err *err);
/* The stream has ended: WF_R_MALFORMED when it has not. */
WF_MUST enum wf_rc wf_zlib_end(const struct wf_zlib *, struct wf_err *err);
void wf_zlib_freep(struct wf_zlib **);

#endif
