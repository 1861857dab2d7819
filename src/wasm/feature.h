/* SPDX-License-Identifier: Apache-2.0
 *
 * The features a module can be seen to use, once: the word that policies
 * write in features.deny and inspect prints.  Only what is observed in the
 * binary counts, never what a custom section declares.
 */
#ifndef WF_WASM_FEATURE_H
#define WF_WASM_FEATURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* X(NAME, "word"); the order is the order of output. */
#define WF_FEATURES_OBSERVED(X) \
	X(MUTABLE_GLOBAL, "mutable-global") \
	X(SAT_FLOAT, "saturating-float-to-int") \
	X(SIGN_EXT, "sign-extension") \
	X(MULTI_VALUE, "multi-value") \
	X(BULK_MEMORY, "bulk-memory") \
	X(REF_TYPES, "reference-types") \
	X(SIMD, "simd") \
	X(RELAXED_SIMD, "relaxed-simd") \
	X(TAIL_CALL, "tail-call") \
	X(EXTENDED_CONST, "extended-const") \
	X(MULTI_MEMORY, "multi-memory") \
	X(MEMORY64, "memory64") \
	X(FUNC_REFS, "function-references") \
	X(GC, "gc") \
	X(EXCEPTIONS, "exceptions") \
	X(LEGACY_EXCEPTIONS, "legacy-exceptions") \
	X(THREADS, "threads") \
	X(JS_STRING, "js-string-builtins") \
	X(BRANCH_HINTS, "branch-hinting") \
	X(PAGE_SIZES, "custom-page-sizes") \
	X(WIDE_ARITH, "wide-arithmetic") \
	X(COMPACT_IMPORTS, "compact-imports") \
	X(STACK_SWITCHING, "stack-switching") \
	X(SHARED_EVERYTHING, "shared-everything-threads") \
	X(MEMORY_CONTROL, "memory-control") \
	X(DESCRIPTORS, "custom-descriptors") \
	X(FLOATS, "floats") \
	X(GC_TYPES, "gc-types") \
	X(COMPONENT_MODEL, "component-model") \
	X(CM_VALUES, "cm-values") \
	X(CM_NESTED_NAMES, "cm-nested-names") \
	X(CM_ASYNC, "cm-async") \
	X(CM_ASYNC_STACKFUL, "cm-async-stackful") \
	X(CM_MORE_ASYNC, "cm-more-async-builtins") \
	X(CM_THREADING, "cm-threading") \
	X(CM_ERROR_CONTEXT, "cm-error-context") \
	X(CM_FIXED_LISTS, "cm-fixed-length-lists") \
	X(CM_GC, "cm-gc") \
	X(CM_MAP, "cm-map") \
	X(CM64, "cm64") \
	X(CM_IMPLEMENTS, "cm-implements") \
	X(CM_CANON_NAMES, "cm-canon-names")

/* NONE marks what every version of the format has. */
#define WF_FEATURES(X) \
	X(NONE, "mvp") \
	WF_FEATURES_OBSERVED(X)

enum wf_feature {
#define WF_FEATURE_ENUM(name, word) WF_F_##name,
	WF_FEATURES(WF_FEATURE_ENUM)
#undef WF_FEATURE_ENUM
	WF_F_COUNT
};

#define WF_FEATURE_BIT(f) (UINT64_C(1) << (f))

/* NULL past the end. */
const char *wf_feature_word(enum wf_feature);
/* false: no such word.  Takes every word but "mvp". */
bool wf_feature_parse(struct wf_str word, enum wf_feature *out);

#endif
