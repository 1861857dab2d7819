/* SPDX-License-Identifier: Apache-2.0
 *
 * The cursor of the decoder.  The first failure sticks: it is written to err,
 * the cursor moves to its end and every later read gives zero, so a decoder
 * may look once after a group of reads.  Never reads outside [p, end).
 * Private to src/wasm/.
 */
#ifndef WF_WASM_READER_H
#define WF_WASM_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "wasm/wasm.h"

struct wf_wasm_reader {
	const uint8_t *p, *end;
	const uint8_t *base; /* offset 0 of the file, for messages */
	struct wf_err *err;
	uint64_t features;   /* what has been seen so far */
	uint32_t type_limit; /* type indices must be below it */
	bool failed;
};

static inline void
wf_wasm_saw(struct wf_wasm_reader *r, enum wf_feature f)
{
	r->features |= WF_FEATURE_BIT(f);
}

/* Says what is wrong at a place; the offset is put in front. */
void wf_wasm_bad(struct wf_wasm_reader *, const uint8_t *at,
                 enum wf_reason reason, const char *fmt, ...) WF_PRINTF(4, 5);

static inline size_t
wf_wasm_left(const struct wf_wasm_reader *r)
{
	return (size_t)(r->end - r->p);
}

static inline size_t
wf_wasm_at(const struct wf_wasm_reader *r)
{
	return (size_t)(r->p - r->base);
}

/* Spec 5.2.2.  LEB128 of at most ceil(bits / 7) bytes, unused bits of the
 * last one checked. */
uint64_t wf_wasm_uleb(struct wf_wasm_reader *, unsigned bits, const char *what);
int64_t wf_wasm_sleb(struct wf_wasm_reader *, unsigned bits, const char *what);

static inline uint8_t
wf_wasm_byte(struct wf_wasm_reader *r, const char *what)
{
	if (r->p == r->end) {
		wf_wasm_bad(r, r->p, WF_R_MALFORMED, "%s: expected a byte, found the end", what);
		return 0;
	}
	return *r->p++;
}

static inline uint32_t
wf_wasm_u32(struct wf_wasm_reader *r, const char *what)
{
	if (r->p < r->end && *r->p < 0x80)
		return *r->p++;
	return (uint32_t)wf_wasm_uleb(r, 32, what);
}

/* The count of a vector whose entries take at least min bytes each; never
 * more than can be there, WF_R_LIMIT past max. */
uint32_t wf_wasm_count(struct wf_wasm_reader *, size_t min, uint32_t max,
                       const char *what);
/* n bytes; an empty view on failure. */
struct wf_str wf_wasm_take(struct wf_wasm_reader *, size_t n, const char *what);
/* Spec 5.2.4: length and strict UTF-8. */
struct wf_str wf_wasm_name(struct wf_wasm_reader *, const char *what);

#endif
