/* SPDX-License-Identifier: Apache-2.0
 *
 * An expression, a line feed, a text: whoever matches as a whole is found by
 * a search too, and nothing takes long.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/regexp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
	WF_AUTO(wf_freep) char *pattern = NULL, *copy = NULL;
	WF_AUTO(wf_regexp_freep) struct wf_regexp *re = NULL;
	struct wf_str text;

	if (!end)
		return 0;
	pattern = wf_strndup((const char *)data, (size_t)(end - data));
	copy = wf_strndup((const char *)end + 1, size - (size_t)(end - data) - 1);
	text = (struct wf_str){copy, size - (size_t)(end - data) - 1};
	if (wf_regexp_compile(pattern, WF_R_CONFIG, &re, NULL))
		return 0;
	if (wf_regexp_full(re, text) && !wf_regexp_search(re, text))
		abort();
	return 0;
}
