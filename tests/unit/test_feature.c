/* SPDX-License-Identifier: Apache-2.0
 *
 * wasm/feature.c and wasm/opcode.c: for each feature the smallest module that
 * shows it, and exactly the features it is seen to use.
 */
#include "base/cc.h"
#include "tests/lib/tap.h"
#include "tests/lib/wasm_text.h"
#include "wasm/capability.h"

#define T0 "1: 01 60 00 00; "
#define F0 T0 "3: 01 00; "
#define CODE(body) F0 "10: 01 (00 " body " 0b)"
#define MEM(body) F0 "5: 01 00 01; 10: 01 (00 " body " 0b)"
#define B(f) WF_FEATURE_BIT(WF_F_##f)

static const struct {
	const char *what, *module;
	uint64_t want;
} rows[] = {
	{"nothing", CODE(""), 0},
	{"a memory, a table, a global, an import", T0 "2: 01 01 61 01 62 00 00; 4: 01 70 00 01; 5: 01 00 01; 6: 01 7f 01 41 00 0b", 0},
	{"a mutable global exported", "6: 01 7f 01 41 00 0b; 7: 01 01 67 03 00", B(MUTABLE_GLOBAL)},
	{"an immutable one exported", "6: 01 7f 00 41 00 0b; 7: 01 01 67 03 00", 0},
	{"a mutable global imported", "2: 01 01 61 01 62 03 7f 01", B(MUTABLE_GLOBAL)},
	{"i32.trunc_sat_f32_s", CODE("fc 00"), B(SAT_FLOAT)},
	{"i32.extend8_s", CODE("c0"), B(SIGN_EXT)},
	{"two results", "1: 01 60 00 02 7f 7f", B(MULTI_VALUE)},
	{"a block with a type index", CODE("02 00 0b"), B(MULTI_VALUE)},
	{"memory.fill", MEM("fc 0b 00"), B(BULK_MEMORY)},
	{"a data count", "12: 00", B(BULK_MEMORY)},
	{"a passive segment", "11: 01 01 00", B(BULK_MEMORY)},
	{"ref.is_null", CODE("d1"), B(REF_TYPES)},
	{"externref", "1: 01 60 01 6f 00", B(REF_TYPES)},
	{"two tables", "4: 02 70 00 00 70 00 00", B(REF_TYPES)},
	{"call_indirect of table 0", F0 "4: 01 70 00 00; 10: 01 (00 11 00 00 0b)", 0},
	{"the same in two bytes", F0 "4: 01 70 00 00; 10: 01 (00 11 00 80 00 0b)", B(REF_TYPES)},
	{"v128", "1: 01 60 01 7b 00", B(SIMD)},
	{"i8x16.splat", CODE("fd 0f"), B(SIMD)},
	{"relaxed swizzle", CODE("fd 80 02"), B(RELAXED_SIMD)},
	{"return_call", CODE("12 00"), B(TAIL_CALL)},
	{"i32.add in a constant", "6: 01 7f 00 41 01 41 02 6a 0b", B(EXTENDED_CONST)},
	{"i32.add in a function", CODE("6a"), 0},
	{"two memories", "5: 02 00 01 00 01", B(MULTI_MEMORY)},
	{"a 64-bit memory", "5: 01 04 01", B(MEMORY64)},
	{"a 64-bit table", "4: 01 70 04 00", B(MEMORY64)},
	{"call_ref", CODE("14 00"), B(FUNC_REFS)},
	{"a table with an initial value", "4: 01 40 00 70 00 00 d0 70 0b", B(FUNC_REFS) | B(REF_TYPES)},
	{"a struct type", "1: 01 5f 00", B(GC)},
	{"ref.i31", CODE("fb 1c"), B(GC)},
	{"a tag", T0 "13: 01 00 00", B(EXCEPTIONS)},
	{"throw_ref", CODE("0a"), B(EXCEPTIONS)},
	{"try", CODE("06 40 0b"), B(LEGACY_EXCEPTIONS)},
	{"a shared memory", "5: 01 03 00 01", B(THREADS)},
	{"atomic.fence", CODE("fe 03 00"), B(THREADS)},
	{"a JavaScript string builtin", T0 "2: 01 0e 77 61 73 6d 3a 6a 73 2d 73 74 72 69 6e 67 01 62 00 00", B(JS_STRING)},
	{"branch hints", "0: 19 6d 65 74 61 64 61 74 61 2e 63 6f 64 65 2e 62 72 61 6e 63 68 5f 68 69 6e 74", B(BRANCH_HINTS)},
	{"pages of one byte", "5: 01 08 00 00", B(PAGE_SIZES)},
	{"i64.add128", CODE("fc 13"), B(WIDE_ARITH)},
	{"imports in a group", T0 "2: 01 01 6d 00 7e 00 00 01 01 61", B(COMPACT_IMPORTS)},
	{"a continuation type", "1: 02 60 00 00 5d 00", B(STACK_SWITCHING)},
	{"a shared reference", "1: 01 60 01 65 6e 00", B(SHARED_EVERYTHING) | B(GC)},
	{"memory.discard", MEM("fc 12 00"), B(MEMORY_CONTROL)},
	{"an exact function", T0 "2: 01 01 61 01 62 20 00", B(DESCRIPTORS)},
	{"f32.const", CODE("43 00 00 00 00"), B(FLOATS)},
};

static void
words(void)
{
	enum wf_feature f;
	enum wf_cap c;

	OK(wf_feature_parse(wf_str("threads"), &f) && f == WF_F_THREADS, "a feature by its word");
	OK(!wf_feature_parse(wf_str("thread"), &f) && !wf_feature_parse(wf_str("mvp"), &f) &&
	   !wf_feature_parse(wf_str(""), &f), "no other word");
	OK(wf_capability_parse(wf_str("http-client"), &c) && c == WF_CAP_HTTP_CLIENT, "a class by its word");
	OK(!wf_capability_parse(wf_str("http"), &c) && !wf_capability_parse(wf_str(""), &c), "no other word");
}

/* Capability tables: every row can be found, says something, and names no
 * class that would make it look harmless by accident. */
static void
tables(void)
{
	static const struct wf_cap_family *const families[] = {
		&wf_capability_wasi, &wf_capability_database, &wf_capability_plugin,
	};
	size_t preview1 = 0, bad = 0;

	for (size_t f = 0; f < WF_COUNT(families); f++) {
		for (size_t i = 0; i < families[f]->n; i++) {
			const struct wf_cap_row *r = &families[f]->rows[i];

			if (!r->classes || (r->classes & WF_CAPS(UNKNOWN)) || !r->says || !*r->says)
				bad++;
			for (size_t k = 0; k < i; k++) {
				const struct wf_cap_row *o = &families[f]->rows[k];

				if (strcmp(o->module, r->module) == 0 && o->kind == r->kind &&
				    o->name && r->name && strcmp(o->name, r->name) == 0) {
					bad++;
					printf("# %s.%s twice\n", r->module, r->name);
				}
			}
			preview1 += strcmp(r->module, "wasi_unstable") == 0;
		}
	}
	EQ(bad, 0, "rows are complete and stand once");
	EQ(preview1, 45, "preview0 has its 45 functions");
}

/* The same name as another kind of import is another import. */
static void
kinds(void)
{
	static const struct {
		const char *what, *module;
		uint32_t want;
	} k[] = {
		{"env.memory as a memory", "2: 01 03 65 6e 76 06 6d 65 6d 6f 72 79 02 00 01", WF_CAPS(DYNAMIC_LINKING)},
		{"env.memory as a function", T0 "2: 01 03 65 6e 76 06 6d 65 6d 6f 72 79 00 00", WF_CAPS(UNKNOWN)},
		{"go.x as a function", T0 "2: 01 02 67 6f 01 78 00 00", WF_CAPS(JS_HOST)},
		{"go.x as a global", "2: 01 02 67 6f 01 78 03 7f 00", WF_CAPS(UNKNOWN)},
		{"env.opa_abort", T0 "2: 01 03 65 6e 76 09 6f 70 61 5f 61 62 6f 72 74 00 00", WF_CAPS(PROCESS)},
		{"env.opa_abort_", T0 "2: 01 03 65 6e 76 0a 6f 70 61 5f 61 62 6f 72 74 5f 00 00", WF_CAPS(UNKNOWN)},
		{"env.opa_abor", T0 "2: 01 03 65 6e 76 08 6f 70 61 5f 61 62 6f 72 00 00", WF_CAPS(UNKNOWN)},
		{"g.x", T0 "2: 01 01 67 01 78 00 00", WF_CAPS(UNKNOWN)},
	};

	for (size_t i = 0; i < WF_COUNT(k); i++) {
		WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
		struct wf_capability cap = {0};
		uint8_t bytes[256];

		if (wf_wasm_decode(wasm_text(k[i].module, bytes), "m", &w, NULL) == WF_OK)
			wf_capability_list(w, &cap);
		EQ(cap.classes, k[i].want, k[i].what);
	}
}

int
main(void)
{
	for (size_t i = 0; i < WF_COUNT(rows); i++) {
		WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
		struct wf_err e = {0};
		uint8_t bytes[256];

		if (wf_wasm_decode(wasm_text(rows[i].module, bytes), "m", &w, &e) != WF_OK) {
			OK(false, rows[i].what);
			printf("# %s\n", e.msg);
			continue;
		}
		EQ(w->features, rows[i].want, rows[i].what);
	}
	words();
	tables();
	kinds();
	return tap_done();
}
