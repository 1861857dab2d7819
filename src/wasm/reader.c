/* SPDX-License-Identifier: Apache-2.0
 *
 * Integers, vectors and names of the binary format.  Must never look past
 * the end it was given and never trust a length it has not compared.
 */
#include "wasm/reader.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "wasm/limits.h"

void
wf_wasm_bad(struct wf_wasm_reader *r, const uint8_t *at, enum wf_reason reason,
            const char *fmt, ...)
{
	char text[400];
	va_list ap;

	if (r->failed)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	(void)wf_err_set(r->err, reason, "offset 0x%zx: %s",
	                 (size_t)(at - r->base), text);
	r->failed = true;
	r->p = r->end;
}

uint64_t
wf_wasm_uleb(struct wf_wasm_reader *r, unsigned bits, const char *what)
{
	const uint8_t *start = r->p;
	uint64_t v = 0;

	for (unsigned shift = 0; ; shift += 7) {
		unsigned left = bits - shift;
		uint8_t b;

		if (r->p == r->end) {
			wf_wasm_bad(r, r->p, WF_R_MALFORMED,
			            "%s: expected an integer, found the end", what);
			return 0;
		}
		b = *r->p++;
		if (left < 7 && (b & 0x7f) >> left) {
			wf_wasm_bad(r, start, WF_R_MALFORMED,
			            "%s: integer too large for %u bits", what, bits);
			return 0;
		}
		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return v;
		if (left <= 7) {
			wf_wasm_bad(r, start, WF_R_MALFORMED,
			            "%s: integer representation longer than %u bits need",
			            what, bits);
			return 0;
		}
	}
}

int64_t
wf_wasm_sleb(struct wf_wasm_reader *r, unsigned bits, const char *what)
{
	const uint8_t *start = r->p;
	uint64_t v = 0;
	unsigned shift = 0;
	uint8_t b;

	for (;;) {
		unsigned left = bits - shift;

		if (r->p == r->end) {
			wf_wasm_bad(r, r->p, WF_R_MALFORMED,
			            "%s: expected an integer, found the end", what);
			return 0;
		}
		b = *r->p++;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (left <= 7) {
			/* The sign bit is bit left - 1; what is above repeats it. */
			unsigned top = (b & 0x7fu) >> (left - 1);

			if (b & 0x80) {
				wf_wasm_bad(r, start, WF_R_MALFORMED,
				            "%s: integer representation longer than %u bits need",
				            what, bits);
				return 0;
			}
			if (top != 0 && top != 0x7fu >> (left - 1)) {
				wf_wasm_bad(r, start, WF_R_MALFORMED,
				            "%s: integer too large for %u bits", what, bits);
				return 0;
			}
		}
		shift += 7;
		if (!(b & 0x80))
			break;
	}
	if ((b & 0x40) && shift < 64)
		v |= ~UINT64_C(0) << shift;
	return (int64_t)v;
}

uint32_t
wf_wasm_count(struct wf_wasm_reader *r, size_t min, uint32_t max, const char *what)
{
	const uint8_t *at = r->p;
	uint32_t n = wf_wasm_u32(r, what);

	if (r->failed)
		return 0;
	if (n > wf_wasm_left(r) / (min ? min : 1)) {
		wf_wasm_bad(r, at, WF_R_MALFORMED,
		            "%s: count %u does not fit in the %zu bytes that follow",
		            what, n, wf_wasm_left(r));
		return 0;
	}
	if (n > max) {
		wf_wasm_bad(r, at, WF_R_LIMIT, "%s: %u are more than the limit of %u",
		            what, n, max);
		return 0;
	}
	return n;
}

struct wf_str
wf_wasm_take(struct wf_wasm_reader *r, size_t n, const char *what)
{
	struct wf_str s = {NULL, 0};

	if (r->failed)
		return s;
	if (n > wf_wasm_left(r)) {
		wf_wasm_bad(r, r->p, WF_R_MALFORMED,
		            "%s: expected %zu bytes, found %zu", what, n, wf_wasm_left(r));
		return s;
	}
	s.p = (const char *)r->p;
	s.len = n;
	r->p += n;
	return s;
}

struct wf_str
wf_wasm_name(struct wf_wasm_reader *r, const char *what)
{
	const uint8_t *at = r->p;
	uint32_t n = wf_wasm_u32(r, what);
	struct wf_str s = wf_wasm_take(r, n, what);

	if (r->failed)
		return s;
	if (n > WF_WASM_MAX_NAME_BYTES)
		wf_wasm_bad(r, at, WF_R_LIMIT, "%s: %u bytes are more than the limit of %u",
		            what, n, WF_WASM_MAX_NAME_BYTES);
	else if (!wf_text_is_utf8(s.p, s.len))
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s: not UTF-8", what);
	else
		return s;
	return (struct wf_str){NULL, 0};
}
