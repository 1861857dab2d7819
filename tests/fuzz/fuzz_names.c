/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: the contents of a name section.  Whatever they are, the module
 * around them stands.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "wasm/names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
	WF_AUTO(wf_freep) char *bytes = NULL;
	struct wf_wasm_names names;
	size_t section = size + 5, n = 8;

	if (size > 1u << 20)
		return 0;
	bytes = wf_malloc(size + 32);
	memcpy(bytes, "\0asm\1\0\0\0\0", 9);
	n = 9;
	for (; section >= 0x80; section >>= 7)
		bytes[n++] = (char)(section | 0x80);
	bytes[n++] = (char)section;
	memcpy(bytes + n, "\4name", 5);
	n += 5;
	if (size)
		memcpy(bytes + n, data, size);
	if (wf_wasm_decode((struct wf_str){bytes, n + size}, "fuzz", &w, NULL))
		wf_die("a name section made a module malformed");
	names = wf_wasm_names(w);
	if (names.state == WF_NAMES_ABSENT || (names.state == WF_NAMES_DAMAGED && names.module.p))
		wf_die("names that are not there, or shown though damaged");
	for (uint32_t f = 0; f < 8; f++) {
		struct wf_str s = wf_wasm_names_func(w, &names, f);

		if (s.p && !wf_text_is_utf8(s.p, s.len))
			wf_die("a name that is no text");
	}
	return 0;
}
