/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: the sections of a component, without its preamble, so that no
 * time is spent on finding it.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "wasm/capability.h"
#include "wasm/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
look_at(const struct wf_wasm *w, const struct wf_wasm *outer)
{
	if (w->offset + w->size > outer->size || (w->nimports && !w->ifaces && w->kind != WF_WASM_CORE))
		wf_die("a nested value outside its file, or imports without interfaces");
	for (size_t i = 0; w->ifaces && i < w->nimports; i++) {
		const struct wf_wasm_iface *f = &w->ifaces[i];

		if ((size_t)f->first_func + f->nfuncs > w->niface_funcs)
			wf_die("functions past the list");
		if (f->only_types && f->nfuncs)
			wf_die("only types, and functions");
	}
}

static void
say(const struct wf_wasm *w, enum wf_extern kind, uint32_t index)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_WASM_MAX_TYPE_TEXT);
	WF_AUTO(wf_freep) struct wf_wasm_member *v = NULL;
	size_t n = 0;

	wf_wasm_extern_text(&b, w, kind, index);
	if (!wf_wasm_members(w, kind, index, &v, &n))
		return;
	for (size_t i = 0; i < n; i++) {
		wf_buf_reset(&b);
		wf_wasm_member_text(&b, w, &v[i]);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = NULL;
	WF_AUTO(wf_wasm_freep) struct wf_wasm *shallow = NULL;
	WF_AUTO(wf_freep) char *bytes = wf_malloc(size + 8);
	WF_AUTO(wf_freep) struct wf_capability *caps = NULL;
	struct wf_err err = {0};
	enum wf_rc rc;

	memcpy(bytes, "\0asm\x0d\0\1\0", 8);
	if (size)
		memcpy(bytes + 8, data, size);
	rc = wf_wasm_decode((struct wf_str){bytes, size + 8}, "fuzz", &w, &err);
	if ((rc == WF_OK) != (w != NULL) || rc != err.code)
		wf_die("result and error disagree");
	if (!w)
		return 0;
	if (wf_wasm_decode_shallow((struct wf_str){bytes, size + 8}, "fuzz", &shallow, NULL) ||
	    shallow->nimports != w->nimports || shallow->nnested != w->nnested ||
	    (shallow->features & ~w->features))
		wf_die("a shallow look sees something else");
	look_at(w, w);
	for (size_t i = 0; i < w->nnested; i++)
		look_at(w->nested[i], w);
	caps = wf_calloc(w->nimports, sizeof(*caps));
	wf_capability_list(w, caps);
	for (size_t i = 0; i < w->nimports; i++)
		if (!caps[i].classes || !caps[i].says)
			wf_die("an import without a capability");
	for (size_t i = 0; i < w->nimports; i++)
		say(w, w->imports[i].kind, w->imports[i].index);
	for (size_t i = 0; i < w->nexports; i++)
		say(w, w->exports[i].kind, w->exports[i].index);
	return 0;
}
