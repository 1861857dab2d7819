/* SPDX-License-Identifier: Apache-2.0
 *
 * base/buf.c: the limit is exact.
 */
#include "base/mem.h"
#include "tests/lib/tap.h"

int
main(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(8);
	struct wf_err e = {0};

	EQ(wf_buf_add(&b, "12345678", 8, &e), 0, "a buffer takes its limit");
	ERR(wf_buf_add(&b, "9", 1, &e), &e, WF_R_LIMIT, "and not one byte more");
	IS(wf_buf_z(&b), "12345678", "and keeps what it had");
	return tap_done();
}
