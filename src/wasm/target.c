/* SPDX-License-Identifier: Apache-2.0
 *
 * What a compiler declared beside what is seen (tool-conventions, Linking.md,
 * "Target Features Section").  A damaged section declares nothing.
 */
#include "wasm/target.h"

#include "wasm/limits.h"
#include "wasm/reader.h"

static const struct {
	const char *word;
	enum wf_feature f;
} names[] = {
	{"mutable-globals", WF_F_MUTABLE_GLOBAL}, {"nontrapping-fptoint", WF_F_SAT_FLOAT},
	{"sign-ext", WF_F_SIGN_EXT}, {"multivalue", WF_F_MULTI_VALUE},
	{"bulk-memory", WF_F_BULK_MEMORY}, {"bulk-memory-opt", WF_F_BULK_MEMORY},
	{"reference-types", WF_F_REF_TYPES}, {"call-indirect-overlong", WF_F_REF_TYPES},
	{"simd128", WF_F_SIMD}, {"relaxed-simd", WF_F_RELAXED_SIMD},
	{"tail-call", WF_F_TAIL_CALL}, {"extended-const", WF_F_EXTENDED_CONST},
	{"multimemory", WF_F_MULTI_MEMORY}, {"memory64", WF_F_MEMORY64},
	{"exception-handling", WF_F_EXCEPTIONS}, {"exception-handling", WF_F_LEGACY_EXCEPTIONS},
	{"atomics", WF_F_THREADS}, {"shared-mem", WF_F_THREADS}, {"gc", WF_F_GC},
	{"wide-arithmetic", WF_F_WIDE_ARITH},
};

static uint64_t
bits_of(struct wf_str word)
{
	uint64_t bits = 0;

	for (size_t i = 0; i < WF_COUNT(names); i++)
		if (wf_str_eqz(word, names[i].word))
			bits |= WF_FEATURE_BIT(names[i].f);
	return bits;
}

static void
read_it(const struct wf_wasm *w, const struct wf_wasm_custom *c, struct wf_wasm_target *out)
{
	struct wf_err ignored = {0};
	struct wf_wasm_reader r = {
		.p = w->bytes + c->offset, .end = w->bytes + c->offset + c->size,
		.base = w->bytes, .err = &ignored,
	};
	uint64_t used = 0, not_used = 0;
	uint32_t n = wf_wasm_count(&r, 2, WF_WASM_MAX_PRODUCERS, "features");

	for (uint32_t i = 0; i < n && !r.failed; i++) {
		uint8_t prefix = wf_wasm_byte(&r, "prefix");
		struct wf_str word = wf_wasm_name(&r, "feature");

		if (r.failed || (prefix != '+' && prefix != '-')) {
			out->damaged = true;
			return;
		}
		*(prefix == '+' ? &used : &not_used) |= bits_of(word);
	}
	if (r.failed || r.p != r.end) {
		out->damaged = true;
		return;
	}
	out->declared = used;
	out->forbidden = w->features & not_used & ~used;
}

struct wf_wasm_target
wf_wasm_target(const struct wf_wasm *w)
{
	struct wf_wasm_target t = {.present = false};
	uint64_t known = 0;

	for (size_t i = 0; i < w->ncustoms && w->kind == WF_WASM_CORE; i++) {
		if (!wf_str_eqz(w->customs[i].name, "target_features"))
			continue;
		t.damaged = t.damaged || t.present; /* two of them */
		t.present = true;
		if (!t.damaged)
			read_it(w, &w->customs[i], &t);
	}
	if (t.damaged)
		t.declared = t.forbidden = 0;
	for (size_t i = 0; i < WF_COUNT(names); i++)
		known |= WF_FEATURE_BIT(names[i].f);
	if (t.present && !t.damaged)
		t.undeclared = w->features & known & ~t.declared;
	return t;
}
