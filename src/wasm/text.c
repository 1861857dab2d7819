/* SPDX-License-Identifier: Apache-2.0
 *
 * Types as text and the accessors of the value.  Nothing here fails: what is
 * asked about was checked when it was decoded.
 */
#include <string.h>

#include "wasm/limits.h"
#include "wasm/surface.h"
#include "wasm/type.h"

const char *
wf_wasm_kind_word(enum wf_wasm_kind k)
{
	switch (k) {
	case WF_WASM_CORE:
		return "core";
	case WF_WASM_COMPONENT:
		return "component";
	case WF_WASM_WIT_PACKAGE:
		return "wit-package";
	case WF_WASM_NONE:
		break;
	}
	return "none";
}

const char *
wf_wasm_extern_word(enum wf_extern e)
{
	switch (e) {
	case WF_EXTERN_FUNC:
		return "func";
	case WF_EXTERN_TABLE:
		return "table";
	case WF_EXTERN_MEMORY:
		return "memory";
	case WF_EXTERN_GLOBAL:
		return "global";
	case WF_EXTERN_TAG:
		return "tag";
	case WF_EXTERN_MODULE:
		return "core module";
	case WF_EXTERN_VALUE:
		return "value";
	case WF_EXTERN_TYPE:
		return "type";
	case WF_EXTERN_COMPONENT:
		return "component";
	case WF_EXTERN_INSTANCE:
		return "instance";
	}
	return "unknown";
}

/* Types were decoded once without failing: the limit is not needed again. */
static size_t
values(const struct wf_wasm *w, uint32_t at, size_t n, struct wf_wasm_valtype *out, size_t cap)
{
	struct wf_wasm_reader r = {
		.p = w->bytes + at, .end = w->bytes + w->offset + w->size, .base = w->bytes,
		.type_limit = WF_WASM_MAX_TYPES,
	};

	for (size_t i = 0; i < n && i < cap; i++)
		out[i] = wf_wasm_type_val(&r, "type");
	return n;
}

size_t
wf_wasm_params(const struct wf_wasm *w, uint32_t type, struct wf_wasm_valtype *out, size_t cap)
{
	if (type >= w->ntypes || w->types[type].form != 0x60)
		return 0;
	return values(w, w->types[type].params_at, w->types[type].nparams, out, cap);
}

size_t
wf_wasm_results(const struct wf_wasm *w, uint32_t type, struct wf_wasm_valtype *out, size_t cap)
{
	if (type >= w->ntypes || w->types[type].form != 0x60)
		return 0;
	return values(w, w->types[type].results_at, w->types[type].nresults, out, cap);
}

static const char *
heap_word(int32_t heap)
{
	switch (-heap) {
	case 0x70:
		return "func";
	case 0x6f:
		return "extern";
	case 0x69:
		return "exn";
	case 0x6a:
		return "array";
	case 0x6b:
		return "struct";
	case 0x6c:
		return "i31";
	case 0x6d:
		return "eq";
	case 0x6e:
		return "any";
	case 0x71:
		return "none";
	case 0x72:
		return "noextern";
	case 0x73:
		return "nofunc";
	case 0x74:
		return "noexn";
	case 0x68:
		return "cont";
	case 0x75:
		return "nocont";
	default:
		return "?";
	}
}

void
wf_wasm_valtype_text(struct wf_buf *b, struct wf_wasm_valtype v)
{
	const char *null = v.code == WF_WASM_REF_NULL ? "null " : "";

	switch (v.code) {
	case 0x7f:
		wf_buf_putz(b, "i32");
		return;
	case 0x7e:
		wf_buf_putz(b, "i64");
		return;
	case 0x7d:
		wf_buf_putz(b, "f32");
		return;
	case 0x7c:
		wf_buf_putz(b, "f64");
		return;
	case 0x7b:
		wf_buf_putz(b, "v128");
		return;
	default:
		break;
	}
	if (v.heap >= 0)
		wf_buf_putf(b, v.exact ? "(ref %s(exact %d))" : "(ref %s%d)", null, v.heap);
	else if (v.shared)
		wf_buf_putf(b, "(ref %s(shared %s))", null, heap_word(v.heap));
	else if (*null && (v.heap == -0x70 || v.heap == -0x6f || v.heap == -0x69))
		wf_buf_putf(b, "%sref", heap_word(v.heap));
	else
		wf_buf_putf(b, "(ref %s%s)", null, heap_word(v.heap));
}

/* "(a, b)"; one value alone without parentheses where bare is set. */
static void
list_text(struct wf_buf *b, const struct wf_wasm_valtype *v, size_t n, bool bare)
{
	/* Long reference types could pass the ceiling: half of what is left. */
	size_t stop = b->len + (b->max - b->len) / 2 - 64;

	if (bare && n == 1) {
		wf_wasm_valtype_text(b, v[0]);
		return;
	}
	wf_buf_putz(b, "(");
	for (size_t i = 0; i < n; i++) {
		if (i)
			wf_buf_putz(b, ", ");
		if (b->len > stop) {
			wf_buf_putf(b, "and %zu more", n - i);
			break;
		}
		wf_wasm_valtype_text(b, v[i]);
	}
	wf_buf_putz(b, ")");
}

static void
func_text(struct wf_buf *b, const struct wf_wasm *w, uint32_t type)
{
	struct wf_wasm_valtype v[WF_WASM_MAX_PARAMS];
	size_t n = wf_wasm_params(w, type, v, WF_COUNT(v));

	list_text(b, v, n, false);
	wf_buf_putz(b, " -> ");
	n = wf_wasm_results(w, type, v, WF_COUNT(v));
	list_text(b, v, n, true);
}

static void
limits_text(struct wf_buf *b, const struct wf_wasm_limits *l, const char *unit)
{
	if (l->has_max)
		wf_buf_putf(b, "%llu..%llu", (unsigned long long)l->min, (unsigned long long)l->max);
	else
		wf_buf_putf(b, "%llu..", (unsigned long long)l->min);
	wf_buf_putz(b, unit);
	if (l->is64)
		wf_buf_putz(b, ", 64-bit");
	if (l->shared)
		wf_buf_putz(b, ", shared");
}

void
wf_wasm_extern_text(struct wf_buf *b, const struct wf_wasm *w, enum wf_extern kind,
                    uint32_t i)
{
	if (w->kind != WF_WASM_CORE) {
		wf_surface_text(b, w, kind, i);
		return;
	}
	switch (kind) {
	case WF_EXTERN_FUNC:
		func_text(b, w, w->funcs[i]);
		return;
	case WF_EXTERN_TABLE:
		wf_wasm_valtype_text(b, w->tables[i].elem);
		wf_buf_putz(b, " ");
		limits_text(b, &w->tables[i].limits, "");
		return;
	case WF_EXTERN_MEMORY:
		limits_text(b, &w->memories[i],
		            w->memories[i].page_log2 == 16 ? " pages" : " bytes");
		return;
	case WF_EXTERN_GLOBAL:
		if (w->globals[i].mutable_)
			wf_buf_putz(b, "mut ");
		wf_wasm_valtype_text(b, w->globals[i].type);
		return;
	case WF_EXTERN_TAG:
		func_text(b, w, w->tags[i]);
		return;
	case WF_EXTERN_MODULE:
	case WF_EXTERN_VALUE:
	case WF_EXTERN_TYPE:
	case WF_EXTERN_COMPONENT:
	case WF_EXTERN_INSTANCE:
		return;
	}
}

bool
wf_wasm_has_import(const struct wf_wasm *w, const char *module, const char *name)
{
	for (size_t i = 0; i < w->nimports; i++)
		if (wf_str_eqz(w->imports[i].module, module) &&
		    wf_str_eqz(w->imports[i].name, name))
			return true;
	return false;
}

static bool
exports_interface(const struct wf_wasm *w, const char *path)
{
	const struct wf_str none = {NULL, 0};
	struct wf_extern_name n;

	for (size_t i = 0; i < w->nexports; i++)
		if (!wf_extern_name_parse(w->exports[i].name, none, &n) &&
		    n.kind == WF_NAME_INTERFACE && wf_str_eqz(n.path, path))
			return true;
	return false;
}

static bool
exports_func(const struct wf_wasm *w, const char *name)
{
	for (size_t i = 0; i < w->nexports; i++)
		if (w->exports[i].kind == WF_EXTERN_FUNC && wf_str_eqz(w->exports[i].name, name))
			return true;
	return false;
}

const char *
wf_wasm_entry_word(const struct wf_wasm *w)
{
	switch (w->kind) {
	case WF_WASM_CORE:
		if (exports_func(w, "_start"))
			return "command";
		return exports_func(w, "_initialize") ? "reactor" : "none";
	case WF_WASM_COMPONENT:
		if (exports_interface(w, "wasi:cli/run"))
			return "command";
		if (exports_interface(w, "wasi:http/incoming-handler") ||
		    exports_interface(w, "wasi:http/handler"))
			return "server";
		return w->nexports ? "reactor" : "none";
	case WF_WASM_WIT_PACKAGE:
	case WF_WASM_NONE:
		break;
	}
	return "none";
}
