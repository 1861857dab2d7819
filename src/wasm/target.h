/* SPDX-License-Identifier: Apache-2.0
 *
 * The section `target_features`, in which a compiler says what it was allowed
 * to use.  Advisory: policy decides by what is seen in the code (rule R-W3).
 */
#ifndef WF_WASM_TARGET_H
#define WF_WASM_TARGET_H

#include "wasm/wasm.h"

struct wf_wasm_target {
	bool present;
	bool damaged;        /* it could not be read to its end */
	uint64_t declared;   /* WF_FEATURE_BIT of what it says is used */
	uint64_t undeclared; /* in use, and not said, of what compilers have a name for */
	uint64_t forbidden;  /* in use, and said not to be */
};

/* Of a core module; of a component nothing is present. */
struct wf_wasm_target wf_wasm_target(const struct wf_wasm *);

#endif
