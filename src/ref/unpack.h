/* SPDX-License-Identifier: Apache-2.0
 *
 * A module out of a packed layer, as the bytes of the layer arrive.  What
 * comes out is a function of those bytes and the name alone, so that who
 * signed the layer has signed the module.
 */
#ifndef WF_REF_UNPACK_H
#define WF_REF_UNPACK_H

#include "ref/layout.h"

struct wf_unpack;

/* name: of wf_layout_file.  out is empty; its max bounds the
 * module.  WF_R_UNAVAILABLE when a library is missing. */
WF_MUST enum wf_rc wf_unpack_new(enum wf_pack pack, const char *name, struct wf_buf *out,
                                 struct wf_unpack **u, struct wf_err *err);
/* WF_R_MALFORMED, WF_R_LIMIT: and the same again for whatever follows. */
WF_MUST enum wf_rc wf_unpack_add(struct wf_unpack *, const void *p, size_t n,
                                 struct wf_err *err);
/* The stream and the archive have ended and the file was in it, once. */
WF_MUST enum wf_rc wf_unpack_end(struct wf_unpack *, struct wf_err *err);
void wf_unpack_freep(struct wf_unpack **);

#endif
