/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: the module decoder and everything that reads its value.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"
#include "wasm/capability.h"
#include "wasm/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_WASM_MAX_TYPE_TEXT);
	WF_AUTO(wf_freep) struct wf_capability *caps = NULL;
	struct wf_err err = {0};
	enum wf_rc rc = wf_wasm_decode((struct wf_str){(const char *)data, size}, "fuzz", &w, &err);

	if ((rc == WF_OK) != (w != NULL) || rc != err.code)
		wf_die("result and error disagree");
	if (!w)
		return 0;
	caps = wf_calloc(w->nimports, sizeof(*caps));
	wf_capability_list(w, caps);
	for (size_t i = 0; i < w->nimports; i++) {
		if (!caps[i].classes || !caps[i].says)
			wf_die("an import without a capability");
		wf_buf_reset(&text);
		wf_wasm_extern_text(&text, w, w->imports[i].kind, w->imports[i].index);
	}
	for (size_t i = 0; i < w->nexports; i++) {
		wf_buf_reset(&text);
		wf_wasm_extern_text(&text, w, w->exports[i].kind, w->exports[i].index);
	}
	return 0;
}
