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

/* A module that exports f, and f made a function of the component with options. */
#define LIFTED(options) "@1: 00 61 73 6d 01 00 00 00 01 04 01 60 00 00 03 02 01 00 " \
	"07 05 01 01 66 00 00 0a 04 01 02 00 0b; 2: 01 00 00 00; 6: 01 00 00 01 00 01 66; " \
	"7: 01 40 00 01 00; 8: 01 00 00 00 " options " 00"
/* A component around types; a function type and an instance type. */
#define CM B(COMPONENT_MODEL)
#define INST "@7: 02 42 00 40 00 01 00; "
#define STREAM "@7: 01 66 00; "

static const struct {
	const char *what, *module;
	uint64_t want;
} rows[] = {
	{"nothing", CODE(""), 0},
	{"a memory, a table, a global, an import", T0 "2: 01 01 61 01 62 00 00; 4: 01 70 00 01; 5: 01 00 01; 6: 01 7f 01 41 00 0b", 0},

	/* notes 3.5, row by row: each kind of evidence alone */
	{"a mutable global exported", "6: 01 7f 01 41 00 0b; 7: 01 01 67 03 00", B(MUTABLE_GLOBAL)},
	{"an immutable one exported", "6: 01 7f 00 41 00 0b; 7: 01 01 67 03 00", 0},
	{"a mutable global imported", "2: 01 01 61 01 62 03 7f 01", B(MUTABLE_GLOBAL)},
	{"an immutable one imported", "2: 01 01 61 01 62 03 7f 00", 0},
	{"i32.trunc_sat_f32_s", CODE("fc 00"), B(SAT_FLOAT)},
	{"i64.trunc_sat_f64_u", CODE("fc 07"), B(SAT_FLOAT)},
	{"i32.extend8_s", CODE("c0"), B(SIGN_EXT)},
	{"i64.extend32_s", CODE("c4"), B(SIGN_EXT)},
	{"two results", "1: 01 60 00 02 7f 7f", B(MULTI_VALUE)},
	{"one result", "1: 01 60 00 01 7f", 0},
	{"a block with a type index", CODE("02 00 0b"), B(MULTI_VALUE)},
	{"a block with a value type", CODE("02 7f 0b"), 0},
	{"memory.init", F0 "5: 01 00 01; 12: 01; 10: 01 (00 fc 08 00 00 0b); 11: 01 01 00", B(BULK_MEMORY)},
	{"memory.fill", MEM("fc 0b 00"), B(BULK_MEMORY)},
	{"table.copy", CODE("fc 0e 00 00"), B(BULK_MEMORY)},
	{"a data count", "12: 00", B(BULK_MEMORY)},
	{"a passive segment", "11: 01 01 00", B(BULK_MEMORY)},
	{"a declarative one", "9: 01 03 00 00", B(BULK_MEMORY)},
	{"select with a type", CODE("1c 01 7f"), B(REF_TYPES)},
	{"table.get", CODE("25 00"), B(REF_TYPES)},
	{"ref.null func", CODE("d0 70"), B(REF_TYPES)},
	{"ref.is_null", CODE("d1"), B(REF_TYPES)},
	{"ref.func", CODE("d2 00"), B(REF_TYPES)},
	{"table.grow", CODE("fc 0f 00"), B(REF_TYPES)},
	{"externref", "1: 01 60 01 6f 00", B(REF_TYPES) | B(GC_TYPES)},
	{"two tables", "4: 02 70 00 00 70 00 00", B(REF_TYPES)},
	{"a segment of expressions", "4: 01 70 00 00; 9: 01 04 41 00 0b 00", B(REF_TYPES)},
	{"call_indirect of table 0", F0 "4: 01 70 00 00; 10: 01 (00 11 00 00 0b)", 0},
	{"the same in two bytes", F0 "4: 01 70 00 00; 10: 01 (00 11 00 80 00 0b)", B(REF_TYPES)},
	{"v128", "1: 01 60 01 7b 00", B(SIMD)},
	{"i8x16.splat", CODE("fd 0f"), B(SIMD)},
	{"f64x2.convert_low_i32x4_u", CODE("fd ff 01"), B(SIMD)},
	{"relaxed swizzle", CODE("fd 80 02"), B(RELAXED_SIMD)},
	{"relaxed dot add", CODE("fd 93 02"), B(RELAXED_SIMD)},
	{"return_call", CODE("12 00"), B(TAIL_CALL)},
	{"return_call_indirect", F0 "4: 01 70 00 00; 10: 01 (00 13 00 00 0b)", B(TAIL_CALL)},
	{"return_call_ref", CODE("15 00"), B(TAIL_CALL) | B(FUNC_REFS)},
	{"i32.add in a constant", "6: 01 7f 00 41 01 41 02 6a 0b", B(EXTENDED_CONST)},
	{"i64.mul in a constant", "6: 01 7e 00 42 01 42 02 7e 0b", B(EXTENDED_CONST)},
	{"i32.add in a function", CODE("6a"), 0},
	{"two memories", "5: 02 00 01 00 01", B(MULTI_MEMORY)},
	{"one imported, one defined", "2: 01 01 61 01 62 02 00 01; 5: 01 00 01", B(MULTI_MEMORY)},
	{"a memory index in an argument", MEM("41 00 28 42 00 00 1a"), B(MULTI_MEMORY)},
	{"a 64-bit memory", "5: 01 04 01", B(MEMORY64)},
	{"a 64-bit table", "4: 01 70 04 00", B(MEMORY64)},
	{"call_ref", CODE("14 00"), B(FUNC_REFS)},
	{"ref.as_non_null", CODE("d4"), B(FUNC_REFS)},
	{"br_on_non_null", CODE("d6 00"), B(FUNC_REFS)},
	{"a reference to a type", "1: 02 60 00 00 60 01 63 00 00", B(FUNC_REFS)},
	{"one that is never null", "1: 01 60 01 64 70 00", B(FUNC_REFS)},
	{"a table with an initial value", "4: 01 40 00 70 00 00 d0 70 0b", B(FUNC_REFS) | B(REF_TYPES)},
	{"a struct type", "1: 01 5f 00", B(GC) | B(GC_TYPES)},
	{"an array type", "1: 01 5e 7f 00", B(GC) | B(GC_TYPES)},
	{"a recursive group", "1: 01 4e 01 60 00 00", B(GC)},
	{"a subtype", "1: 01 50 00 60 00 00", B(GC)},
	{"a final one", "1: 01 4f 00 60 00 00", B(GC)},
	{"anyref", "1: 01 60 01 6e 00", B(GC) | B(GC_TYPES)},
	{"nullfuncref", "1: 01 60 01 73 00", B(GC)},
	{"ref.i31", CODE("fb 1c"), B(GC)},
	{"ref.eq", CODE("d3"), B(GC)},
	{"a tag", T0 "13: 01 00 00", B(EXCEPTIONS)},
	{"a tag imported", T0 "2: 01 01 61 01 62 04 00 00", B(EXCEPTIONS)},
	{"throw", T0 "3: 01 00; 13: 01 00 00; 10: 01 (00 08 00 0b)", B(EXCEPTIONS)},
	{"throw_ref", CODE("0a"), B(EXCEPTIONS)},
	{"try_table", CODE("1f 40 00 0b"), B(EXCEPTIONS)},
	{"exnref", "1: 01 60 01 69 00", B(EXCEPTIONS) | B(GC_TYPES)},
	{"try", CODE("06 40 0b"), B(LEGACY_EXCEPTIONS)},
	{"try, catch_all, rethrow", CODE("06 40 19 09 00 0b"), B(LEGACY_EXCEPTIONS)},
	{"try, delegate", CODE("06 40 18 00"), B(LEGACY_EXCEPTIONS)},
	{"a shared memory", "5: 01 03 00 01", B(THREADS)},
	{"atomic.fence", CODE("fe 03 00"), B(THREADS)},
	{"i32.atomic.load", MEM("41 00 fe 10 02 00 1a"), B(THREADS)},
	{"a JavaScript string builtin", T0 "2: 01 'wasm:js-string' 'b' 00 00", B(JS_STRING)},
	{"branch hints", "0: 'metadata.code.branch_hint'", B(BRANCH_HINTS)},
	{"another custom section", "0: 'metadata.code.x'", 0},
	{"pages of one byte", "5: 01 08 00 00", B(PAGE_SIZES)},
	{"i64.add128", CODE("fc 13"), B(WIDE_ARITH)},
	{"i64.mul_wide_u", CODE("fc 16"), B(WIDE_ARITH)},
	{"imports in a group", T0 "2: 01 01 6d 00 7e 00 00 01 01 61", B(COMPACT_IMPORTS)},
	{"the other form of it", T0 "2: 01 01 6d 00 7f 01 01 61 00 00", B(COMPACT_IMPORTS)},
	{"a continuation type", "1: 02 60 00 00 5d 00", B(STACK_SWITCHING)},
	{"suspend", T0 "3: 01 00; 13: 01 00 00; 10: 01 (00 e2 00 0b)", B(STACK_SWITCHING) | B(EXCEPTIONS)},
	{"a shared reference", "1: 01 60 01 65 6e 00", B(SHARED_EVERYTHING) | B(GC) | B(GC_TYPES)},
	{"global.atomic.get", T0 "3: 01 00; 6: 01 7f 00 41 00 0b; 10: 01 (00 fe 4f 00 00 0b)", B(SHARED_EVERYTHING)},
	{"memory.discard", MEM("fc 12 00"), B(MEMORY_CONTROL)},
	{"an exact function", T0 "2: 01 01 61 01 62 20 00", B(DESCRIPTORS)},
	{"f32.const", CODE("43 00 00 00 00"), B(FLOATS)},
	{"an f64 parameter", "1: 01 60 01 7c 00", B(FLOATS)},

	{"a component", "@0: 'a'", CM},
	{"a type that all have", "@7: 01 70 73", CM},
	{"a value", "@12: 01 7f 01 00", CM | B(CM_VALUES)},
	{"a name of nested packages", INST "10: 01 00 'a:b:c/d' 05 00", CM | B(CM_NESTED_NAMES)},
	{"a name of one package", INST "10: 01 00 'b:c/d' 05 00", CM},
	{"a stream", STREAM, CM | B(CM_ASYNC)},
	{"an async function", "@7: 01 43 00 01 00", CM | B(CM_ASYNC)},
	{"task.cancel", "@8: 01 05", CM | B(CM_ASYNC)},
	{"async lift without callback", LIFTED("01 06"), CM | B(CM_ASYNC) | B(CM_ASYNC_STACKFUL)},
	{"with callback", LIFTED("02 06 07 00"), CM | B(CM_ASYNC)},
	{"lift", LIFTED("00"), CM},
	{"a read that blocks", STREAM "8: 01 0f 00 00", CM | B(CM_ASYNC) | B(CM_MORE_ASYNC)},
	{"one that does not", STREAM "8: 01 0f 00 01 06", CM | B(CM_ASYNC)},
	{"an async cancel", "@8: 01 06 01", CM | B(CM_ASYNC) | B(CM_MORE_ASYNC)},
	{"thread.index", "@8: 01 26", CM | B(CM_THREADING)},
	{"error-context", "@7: 01 64", CM | B(CM_ERROR_CONTEXT)},
	{"error-context.drop", "@8: 01 1e", CM | B(CM_ERROR_CONTEXT)},
	{"a list of fixed length", "@7: 01 67 7d 04", CM | B(CM_FIXED_LISTS)},
	{"the gc option", LIFTED("01 09"), CM | B(CM_GC)},
	{"a map", "@7: 01 63 73 73", CM | B(CM_MAP)},
	{"a slot of 64 bits", "@8: 01 0a 7e 00", CM | B(CM_ASYNC) | B(CM64)},
	{"a resource of 64 bits", "@7: 01 3f 7e 00", CM | B(CM64)},
	{"implements", INST "10: 01 02 'a' 01 00 'b:c/d' 05 00", CM | B(CM_IMPLEMENTS)},
	{"a canonical name", INST "10: 01 00 'b:c/d@0.2' 05 00", CM | B(CM_CANON_NAMES)},
	{"a whole version", INST "10: 01 00 'b:c/d@0.2.0' 05 00", CM},
	{"the features of a module inside", "@1: 00 61 73 6d 01 00 00 00 05 03 01 04 01", CM | B(MEMORY64)},
	{"of a component inside", "@4: 00 61 73 6d 0d 00 01 00 07 03 01 66 00", CM | B(CM_ASYNC)},
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
	const struct wf_cap_family *const *families = wf_capability_families;
	size_t preview1 = 0, bad = 0;

	for (size_t f = 0; f < wf_capability_nfamilies; f++) {
		for (size_t i = 0; i < families[f]->n; i++) {
			const struct wf_cap_row *r = &families[f]->rows[i];
			const struct wf_str none = {NULL, 0};
			struct wf_extern_name n;

			if (r->kind == WF_EXTERN_INSTANCE &&
			    (wf_extern_name_parse(wf_str(r->module), none, &n) ||
			     n.kind != WF_NAME_INTERFACE || n.version.parts)) {
				bad++;
				printf("# %s is no interface without a version\n", r->module);
			}

			if (!r->classes || (r->classes & WF_CAPS(UNKNOWN)) || !r->says || !*r->says)
				bad++;
			for (size_t k = 0; k < i; k++) {
				const struct wf_cap_row *o = &families[f]->rows[k];

				if (strcmp(o->module, r->module) == 0 && o->kind == r->kind &&
				    !o->versions == !r->versions &&
				    (!o->name || (r->name && strcmp(o->name, r->name) == 0))) {
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
