/* SPDX-License-Identifier: Apache-2.0
 *
 * Decodes types.  No type nests inside another except by index, so nothing
 * here recurses.  Must never accept a byte that no specification gives a
 * meaning to.
 */
#include "wasm/type.h"

#include "base/mem.h"
#include "wasm/limits.h"

/* Abstract heap types, spec 5.3.2; 0x68 and 0x75 are stack switching. */
static bool
abstract_heap(struct wf_wasm_reader *r, uint8_t b)
{
	switch (b) {
	case 0x70: /* func: in every version */
		return true;
	case 0x6f: /* extern */
		wf_wasm_saw(r, WF_F_REF_TYPES);
		wf_wasm_saw(r, WF_F_GC_TYPES);
		return true;
	case 0x69: /* exn */
	case 0x74: /* noexn */
		wf_wasm_saw(r, WF_F_EXCEPTIONS);
		wf_wasm_saw(r, WF_F_GC_TYPES);
		return true;
	case 0x73: /* nofunc: functions are not collected */
		wf_wasm_saw(r, WF_F_GC);
		return true;
	case 0x6a: /* array */
	case 0x6b: /* struct */
	case 0x6c: /* i31 */
	case 0x6d: /* eq */
	case 0x6e: /* any */
	case 0x71: /* none */
	case 0x72: /* noextern */
		wf_wasm_saw(r, WF_F_GC);
		wf_wasm_saw(r, WF_F_GC_TYPES);
		return true;
	case 0x68: /* cont */
	case 0x75: /* nocont */
		wf_wasm_saw(r, WF_F_STACK_SWITCHING);
		return true;
	default:
		return false;
	}
}

uint32_t
wf_wasm_type_index(struct wf_wasm_reader *r, const char *what)
{
	const uint8_t *at = r->p;
	uint32_t i = wf_wasm_u32(r, what);

	if (!r->failed && i >= r->type_limit)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s: type %u does not exist (there are %u)",
		            what, i, r->type_limit);
	return r->failed ? 0 : i;
}

/* heaptype: an abstract type is exactly one byte, an index is an s33 that is
 * not negative. */
static void
heap(struct wf_wasm_reader *r, struct wf_wasm_valtype *v, const char *what)
{
	const uint8_t *at = r->p;
	int64_t i;

	if (r->p < r->end && *r->p == 0x65) {
		r->p++;
		v->shared = true;
		wf_wasm_saw(r, WF_F_SHARED_EVERYTHING);
	} else if (r->p < r->end && *r->p == 0x62) {
		r->p++;
		v->exact = true;
		wf_wasm_saw(r, WF_F_DESCRIPTORS);
		v->heap = (int32_t)wf_wasm_type_index(r, what);
		return;
	}
	if (r->p < r->end && abstract_heap(r, *r->p)) {
		v->heap = -(int32_t)*r->p++;
		return;
	}
	i = wf_wasm_sleb(r, 33, what);
	if (r->failed)
		return;
	if (i < 0 || v->shared) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s: unknown heap type 0x%02x", what, *at);
		return;
	}
	if (i >= r->type_limit) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s: type %lld does not exist (there are %u)",
		            what, (long long)i, r->type_limit);
		return;
	}
	v->heap = (int32_t)i;
}

struct wf_wasm_valtype
wf_wasm_type_val(struct wf_wasm_reader *r, const char *what)
{
	struct wf_wasm_valtype v = {0};
	const uint8_t *at = r->p;
	uint8_t b = wf_wasm_byte(r, what);

	if (r->failed)
		return v;
	v.code = b;
	switch (b) {
	case 0x7f:
	case 0x7e:
		return v;
	case 0x7d:
	case 0x7c:
		wf_wasm_saw(r, WF_F_FLOATS);
		return v;
	case 0x7b:
		wf_wasm_saw(r, WF_F_SIMD);
		return v;
	case WF_WASM_REF:
		wf_wasm_saw(r, WF_F_FUNC_REFS);
		heap(r, &v, what);
		return v;
	case WF_WASM_REF_NULL:
		heap(r, &v, what);
		if (v.heap >= 0)
			wf_wasm_saw(r, WF_F_FUNC_REFS);
		else
			wf_wasm_saw(r, WF_F_REF_TYPES);
		return v;
	default:
		break;
	}
	/* Short form of (ref null abstract). */
	v.code = WF_WASM_REF_NULL;
	if (b == 0x65 && r->p < r->end && abstract_heap(r, *r->p)) {
		wf_wasm_saw(r, WF_F_SHARED_EVERYTHING);
		v.shared = true;
		v.heap = -(int32_t)*r->p++;
	} else if (abstract_heap(r, b)) {
		v.heap = -(int32_t)b;
	} else {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s: unknown value type 0x%02x", what, b);
		v.code = 0;
	}
	return v;
}

struct wf_wasm_valtype
wf_wasm_type_ref(struct wf_wasm_reader *r, const char *what)
{
	const uint8_t *at = r->p;
	struct wf_wasm_valtype v = wf_wasm_type_val(r, what);

	if (!r->failed && v.code != WF_WASM_REF && v.code != WF_WASM_REF_NULL)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s: expected a reference type, found 0x%02x",
		            what, *at);
	return v;
}

void
wf_wasm_type_heap(struct wf_wasm_reader *r, const char *what)
{
	struct wf_wasm_valtype v = {0};

	heap(r, &v, what);
}

void
wf_wasm_type_block(struct wf_wasm_reader *r)
{
	const uint8_t *at = r->p;
	int64_t i;

	if (r->p == r->end) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "block type: expected a byte, found the end");
		return;
	}
	if (*r->p == 0x40) {
		r->p++;
		return;
	}
	/* Bytes 0x40 to 0x7f are the one-byte negative numbers: value types. */
	if (*r->p > 0x40 && *r->p < 0x80) {
		(void)wf_wasm_type_val(r, "block type");
		return;
	}
	i = wf_wasm_sleb(r, 33, "block type");
	if (r->failed)
		return;
	if (i < 0 || i >= r->type_limit)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "block type: type %lld does not exist (there are %u)",
		            (long long)i, r->type_limit);
	else
		wf_wasm_saw(r, WF_F_MULTI_VALUE);
}

/* Spec 5.3.13: one byte of flags (not a LEB128), then u64 values whatever
 * the index type; what the type can hold is checked by the caller. */
static struct wf_wasm_limits
limits(struct wf_wasm_reader *r, bool memory, const char *what)
{
	struct wf_wasm_limits l = {.page_log2 = 16};
	const uint8_t *at = r->p;
	uint8_t flags = wf_wasm_byte(r, what);

	if (flags > (memory ? 0x0f : 0x07)) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s: unknown limits flags 0x%02x", what, flags);
		return l;
	}
	l.has_max = flags & 1;
	l.shared = flags & 2;
	l.is64 = flags & 4;
	if (l.shared)
		wf_wasm_saw(r, memory ? WF_F_THREADS : WF_F_SHARED_EVERYTHING);
	if (l.is64)
		wf_wasm_saw(r, WF_F_MEMORY64);
	l.min = wf_wasm_uleb(r, 64, what);
	if (l.has_max)
		l.max = wf_wasm_uleb(r, 64, what);
	if (flags & 8) {
		uint32_t log2 = wf_wasm_u32(r, "page size");

		wf_wasm_saw(r, WF_F_PAGE_SIZES);
		if (log2 != 0 && log2 != 16)
			wf_wasm_bad(r, at, WF_R_MALFORMED,
			            "%s: page size 2^%u, expected 2^0 or 2^16", what, log2);
		l.page_log2 = (uint8_t)log2;
	}
	if (l.shared && memory && !l.has_max)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s: shared without a maximum", what);
	if (l.has_max && l.max < l.min)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s: maximum %llu below minimum %llu", what,
		            (unsigned long long)l.max, (unsigned long long)l.min);
	return l;
}

struct wf_wasm_limits
wf_wasm_type_memory(struct wf_wasm_reader *r)
{
	const uint8_t *at = r->p;
	struct wf_wasm_limits l = limits(r, true, "memory type");
	unsigned bits = l.is64 ? 64u - l.page_log2 : 32u - l.page_log2;
	uint64_t top = bits < 64 ? UINT64_C(1) << bits : UINT64_MAX;

	if (!r->failed && (l.min > top || (l.has_max && l.max > top)))
		wf_wasm_bad(r, at, WF_R_MALFORMED,
		            "memory type: more than the 2^%u pages that can be addressed", bits);
	return l;
}

struct wf_wasm_table
wf_wasm_type_table(struct wf_wasm_reader *r)
{
	struct wf_wasm_table t = {.elem = wf_wasm_type_ref(r, "table type")};
	const uint8_t *at = r->p;

	t.limits = limits(r, false, "table type");
	if (!r->failed && !t.limits.is64 &&
	    (t.limits.min > UINT32_MAX || (t.limits.has_max && t.limits.max > UINT32_MAX)))
		wf_wasm_bad(r, at, WF_R_MALFORMED, "table type: more than 2^32 - 1 elements");
	if (t.elem.heap != -0x70)
		wf_wasm_saw(r, WF_F_REF_TYPES);
	return t;
}

static bool
mutability(struct wf_wasm_reader *r, const char *what)
{
	const uint8_t *at = r->p;
	uint8_t b = wf_wasm_byte(r, what);

	if (b > 1)
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s: mutability 0x%02x, expected 0 or 1", what, b);
	return b == 1;
}

struct wf_wasm_global
wf_wasm_type_global(struct wf_wasm_reader *r)
{
	struct wf_wasm_global g = {.type = wf_wasm_type_val(r, "global type")};

	g.mutable_ = mutability(r, "global type");
	return g;
}

static void
field(struct wf_wasm_reader *r)
{
	if (r->p < r->end && (*r->p == 0x78 || *r->p == 0x77))
		r->p++; /* packed i8, i16 */
	else
		(void)wf_wasm_type_val(r, "field type");
	(void)mutability(r, "field type");
}

static uint16_t
values(struct wf_wasm_reader *r, uint32_t *at, const char *what)
{
	uint32_t n = wf_wasm_count(r, 1, WF_WASM_MAX_PARAMS, what);

	*at = (uint32_t)wf_wasm_at(r);
	for (uint32_t i = 0; i < n && !r->failed; i++)
		(void)wf_wasm_type_val(r, what);
	return (uint16_t)n;
}

static void
comptype(struct wf_wasm_reader *r, struct wf_wasm_type *t)
{
	const uint8_t *at = r->p;
	uint32_t n;

	t->form = wf_wasm_byte(r, "type");
	if (t->form == 0x65) {
		wf_wasm_saw(r, WF_F_SHARED_EVERYTHING);
		at = r->p;
		t->form = wf_wasm_byte(r, "type");
	}
	switch (t->form) {
	case 0x60:
		t->nparams = values(r, &t->params_at, "parameters");
		t->nresults = values(r, &t->results_at, "results");
		if (t->nresults > 1)
			wf_wasm_saw(r, WF_F_MULTI_VALUE);
		return;
	case 0x5f:
		wf_wasm_saw(r, WF_F_GC);
		wf_wasm_saw(r, WF_F_GC_TYPES);
		n = wf_wasm_count(r, 2, WF_WASM_MAX_FIELDS, "struct fields");
		for (uint32_t i = 0; i < n && !r->failed; i++)
			field(r);
		return;
	case 0x5e:
		wf_wasm_saw(r, WF_F_GC);
		wf_wasm_saw(r, WF_F_GC_TYPES);
		field(r);
		return;
	case 0x5d:
		wf_wasm_saw(r, WF_F_STACK_SWITCHING);
		(void)wf_wasm_type_index(r, "continuation type");
		return;
	default:
		wf_wasm_bad(r, at, WF_R_MALFORMED, "type: unknown form 0x%02x", t->form);
	}
}

static void
subtype(struct wf_wasm_reader *r, struct wf_wasm_type *t)
{
	if (r->p < r->end && (*r->p == 0x50 || *r->p == 0x4f)) {
		uint32_t n;

		r->p++;
		wf_wasm_saw(r, WF_F_GC);
		n = wf_wasm_count(r, 1, 1, "supertypes");
		if (n == 1)
			(void)wf_wasm_type_index(r, "supertype");
	}
	for (uint8_t mark = 0x4c; mark <= 0x4d; mark++) { /* describes, descriptor */
		if (r->p < r->end && *r->p == mark) {
			r->p++;
			wf_wasm_saw(r, WF_F_DESCRIPTORS);
			(void)wf_wasm_type_index(r, "descriptor");
		}
	}
	comptype(r, t);
}

uint32_t
wf_wasm_type_group(struct wf_wasm_reader *r, uint32_t before, struct wf_wasm *w, size_t *cap)
{
	const uint8_t *at = r->p;
	uint32_t n = 1;

	if (r->p < r->end && *r->p == 0x4e) {
		r->p++;
		wf_wasm_saw(r, WF_F_GC);
		n = wf_wasm_count(r, 2, WF_WASM_MAX_TYPES, "recursive types");
	}
	if (n > WF_WASM_MAX_TYPES - before) {
		wf_wasm_bad(r, at, WF_R_LIMIT, "types: more than the limit of %u",
		            WF_WASM_MAX_TYPES);
		return 0;
	}
	/* A type may name those of its own group, none behind it. */
	r->type_limit = before + n;
	for (uint32_t i = 0; i < n && !r->failed; i++) {
		struct wf_wasm_type t = {0};

		subtype(r, &t);
		if (!w)
			continue;
		w->types = wf_grow(w->types, cap, w->ntypes, sizeof(t));
		w->types[w->ntypes++] = t;
	}
	return r->failed ? 0 : n;
}

void
wf_wasm_type_section(struct wf_wasm_reader *r, struct wf_wasm *w)
{
	uint32_t groups = wf_wasm_count(r, 2, WF_WASM_MAX_TYPES, "types");
	size_t cap = 0;

	for (uint32_t g = 0; g < groups && !r->failed; g++)
		(void)wf_wasm_type_group(r, (uint32_t)w->ntypes, w, &cap);
}
