/* SPDX-License-Identifier: Apache-2.0
 *
 * What the two decompressors have in common: bytes in as they arrive, bytes
 * out to a function, within a size and a ratio.  One stream and nothing after
 * it: readers differ in what they make of a second one.
 */
#ifndef WF_DEP_INFLATE_H
#define WF_DEP_INFLATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct wf_inflate_out {
	enum wf_rc (*add)(void *arg, const void *p, size_t n, struct wf_err *err);
	void *arg;
	uint64_t in, out; /* so far; zero at the beginning */
};

/* Hands on what came out.  WF_R_LIMIT past WF_MAX_UNPACKED_BYTES or
 * WF_MAX_UNPACK_RATIO. */
WF_MUST enum wf_rc wf_inflate_give(struct wf_inflate_out *, const void *p, size_t n,
                                   struct wf_err *err);

#endif
