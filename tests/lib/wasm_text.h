/* SPDX-License-Identifier: Apache-2.0
 *
 * Modules for unit tests, written as text.
 *
 * "ID: bytes; ID: bytes" is a list of sections in hex whose sizes
 * are filled in, after the preamble; (bytes) is a group with its size in front,
 * 'text' a name with its length in front; a text that begins with '@' is a
 * component; one that begins with '!' is the bytes after the preamble as they are.
 */
#ifndef WF_TESTS_LIB_WASM_TEXT_H
#define WF_TESTS_LIB_WASM_TEXT_H

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* out is large enough for what the test writes: sizes are single bytes. */
static inline struct wf_str
wasm_text(const char *text, uint8_t *out)
{
	size_t n = 8, group_at = 0;
	bool raw;

	memcpy(out, *text == '@' ? "\0asm\x0d\0\1\0" : "\0asm\1\0\0\0", 8);
	text += *text == '@';
	raw = *text == '!';
	text += raw;
	while (*text) {
		size_t size_at = 0;

		if (!raw) {
			out[n++] = (uint8_t)strtoul(text, NULL, 10);
			text = strchr(text, ':') + 1;
			size_at = n++;
		}
		for (; *text && *text != ';'; ) {
			char two[3] = {text[0], text[1], 0};

			text++;
			if (two[0] == '\'') {
				size_t len = strcspn(text, "'");

				out[n++] = (uint8_t)len;
				memcpy(out + n, text, len);
				n += len;
				text += len + 1;
			} else if (two[0] == '(') {
				group_at = n++;
			} else if (two[0] == ')') {
				out[group_at] = (uint8_t)(n - group_at - 1);
			} else if (!isspace((unsigned char)two[0])) {
				out[n++] = (uint8_t)strtoul(two, NULL, 16);
				text++;
			}
		}
		if (!raw)
			out[size_at] = (uint8_t)(n - size_at - 1);
		while (*text == ';' || *text == ' ')
			text++;
	}
	return (struct wf_str){(const char *)out, n};
}

#endif
