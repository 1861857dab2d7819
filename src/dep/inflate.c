/* SPDX-License-Identifier: Apache-2.0
 *
 * The ceilings of decompression, in one place for both libraries.
 */
#include "dep/inflate.h"

#include "base/limits.h"

enum wf_rc
wf_inflate_give(struct wf_inflate_out *o, const void *p, size_t n, struct wf_err *err)
{
	o->out += n;
	if (o->out > WF_MAX_UNPACKED_BYTES)
		return wf_err_set(err, WF_R_LIMIT, "unpacks to more than the limit of %u bytes",
		                  WF_MAX_UNPACKED_BYTES);
	if (o->out > WF_MIB && o->out / WF_MAX_UNPACK_RATIO > o->in)
		return wf_err_set(err, WF_R_LIMIT,
		                  "unpacks to more than %u times its size (%llu bytes from %llu)",
		                  WF_MAX_UNPACK_RATIO, (unsigned long long)o->out,
		                  (unsigned long long)o->in);
	return o->add(o->arg, p, n, err);
}
