/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as an archive, whole and in pieces of 13: the same either way.
 * Checksums are put right first, where a header seems to be.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ref/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum wf_rc
read_it(const uint8_t *p, size_t n, size_t step, struct wf_buf *out)
{
	WF_AUTO(wf_tar_free) struct wf_tar t = {.want = "plugin.wasm", .out = out};
	struct wf_err e = {0};
	enum wf_rc rc = WF_OK;

	for (size_t i = 0; i < n && rc == WF_OK; i += step)
		rc = wf_tar_add(&t, p + i, i + step < n ? step : n - i, &e);
	if (rc == WF_OK)
		rc = wf_tar_end(&t, &e);
	if (rc != e.code)
		abort();
	return rc;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_freep) uint8_t *p = wf_malloc(size + 1);
	WF_AUTO(wf_buf_free) struct wf_buf one = WF_BUF_INIT(65536);
	WF_AUTO(wf_buf_free) struct wf_buf two = WF_BUF_INIT(65536);
	enum wf_rc rc;

	if (size)
		memcpy(p, data, size);
	for (size_t i = 0; i + 512 <= size; i += 512) {
		unsigned sum = 0;

		if (memcmp(p + i + 257, "ustar", 5) != 0)
			continue;
		memset(p + i + 148, ' ', 8);
		for (size_t k = 0; k < 512; k++)
			sum += p[i + k];
		(void)snprintf((char *)p + i + 148, 8, "%06o", sum);
	}
	rc = read_it(p, size, size ? size : 1, &one);
	if (rc != read_it(p, size, 13, &two) ||
	    (rc == WF_OK && !wf_str_eq(wf_buf_str(&one), wf_buf_str(&two))))
		abort();
	return 0;
}
