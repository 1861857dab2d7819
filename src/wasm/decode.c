/* SPDX-License-Identifier: Apache-2.0
 *
 * From bytes to a value: preamble, section order, the rules across sections
 * (spec 5.5.17).  All or nothing: a caller never sees half a module.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "wasm/code.h"
#include "wasm/component.h"
#include "wasm/limits.h"
#include "wasm/section.h"
#include "wasm/surface.h"
#include "wasm/type.h"

enum { CUSTOM = 0, TYPE, IMPORT, FUNCTION, TABLE, MEMORY, GLOBAL, EXPORT, START,
       ELEMENT, CODE, DATA, DATACOUNT, TAG, NSECTIONS };

static const char *const names[NSECTIONS] = {
	"custom", "type", "import", "function", "table", "memory", "global",
	"export", "start", "element", "code", "data", "data count", "tag",
};

/* Ids are not in the order in which sections must come. */
static const uint8_t position[NSECTIONS] = {
	[TYPE] = 1, [IMPORT] = 2, [FUNCTION] = 3, [TABLE] = 4, [MEMORY] = 5,
	[TAG] = 6, [GLOBAL] = 7, [EXPORT] = 8, [START] = 9, [ELEMENT] = 10,
	[DATACOUNT] = 11, [CODE] = 12, [DATA] = 13,
};

struct decoder {
	struct wf_wasm_reader r;
	struct wf_wasm *w;
	struct wf_wasm_code code;
	bool shallow;
	uint8_t last; /* position of the last section that was not custom */
};

static void
section_body(struct decoder *d, uint8_t id)
{
	struct wf_wasm_reader *r = &d->r;
	struct wf_wasm *w = d->w;

	switch (id) {
	case CUSTOM:
		wf_wasm_custom_section(r, w);
		return;
	case TYPE:
		wf_wasm_type_section(r, w);
		return;
	case IMPORT:
		wf_wasm_section_import(r, w);
		return;
	case FUNCTION:
		wf_wasm_section_function(r, w);
		return;
	case TABLE:
		wf_wasm_section_table(r, w, &d->code);
		return;
	case MEMORY:
		wf_wasm_section_memory(r, w);
		return;
	case TAG:
		wf_wasm_section_tag(r, w);
		return;
	case GLOBAL:
		wf_wasm_section_global(r, w, &d->code);
		return;
	case EXPORT:
		wf_wasm_section_export(r, w);
		return;
	case START:
		wf_wasm_section_start(r, w);
		return;
	case ELEMENT:
		wf_wasm_section_elem(r, w, &d->code);
		return;
	case DATACOUNT:
		d->code.has_datacount = true;
		d->code.datacount = wf_wasm_u32(r, "data count");
		wf_wasm_saw(r, WF_F_BULK_MEMORY);
		return;
	case CODE:
		wf_wasm_code_section(&d->code, r, d->shallow);
		return;
	case DATA:
		wf_wasm_section_data(r, w, &d->code);
		return;
	default:
		wf_die("section id was checked");
	}
}

static void
section(struct decoder *d, const uint8_t *file_end)
{
	struct wf_wasm_reader *r = &d->r;
	const uint8_t *at = r->p;
	uint8_t id = wf_wasm_byte(r, "section");
	uint32_t size = wf_wasm_u32(r, "section size");

	if (r->failed)
		return;
	if (id >= NSECTIONS) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "unknown section %u", id);
	} else if (size > wf_wasm_left(r)) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s section: expected %u bytes, found %zu",
		            names[id], size, wf_wasm_left(r));
	} else if (id != CUSTOM && position[id] == d->last) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s section: there are two", names[id]);
	} else if (id != CUSTOM && position[id] < d->last) {
		wf_wasm_bad(r, at, WF_R_MALFORMED, "%s section: out of order", names[id]);
	}
	if (r->failed)
		return;
	if (id != CUSTOM)
		d->last = position[id];
	r->end = r->p + size;
	section_body(d, id);
	if (r->failed) {
		(void)wf_err_wrap(r->err, "%s section", names[id]);
		return;
	}
	if (r->p != r->end)
		wf_wasm_bad(r, r->p, WF_R_MALFORMED, "%s section: %zu bytes left over",
		            names[id], wf_wasm_left(r));
	else
		r->end = file_end;
}

static void
core(struct decoder *d)
{
	struct wf_wasm_reader *r = &d->r;
	const uint8_t *file_end = r->end;
	const struct wf_wasm *w = d->w;

	while (r->p < file_end && !r->failed)
		section(d, file_end);
	if (r->failed)
		return;
	if (w->nfuncs - w->nimported_funcs != w->ncode)
		wf_wasm_bad(r, r->p, WF_R_MALFORMED, "%zu functions are declared and %u have a body",
		            w->nfuncs - w->nimported_funcs, w->ncode);
	else if (d->code.has_datacount && d->code.datacount != w->ndatas)
		wf_wasm_bad(r, r->p, WF_R_MALFORMED,
		            "the data count section says %u, there are %u data segments",
		            d->code.datacount, w->ndatas);
}

/* Spec 5.5.16 and component-model Binary.md: "\0asm", then version and layer
 * as two 16-bit numbers. */
/* What people hand over in place of a module. */
static const char *
instead(const uint8_t *b)
{
	if (b[0] == 0x1f && b[1] == 0x8b)
		return ": it is compressed by gzip";
	if (memcmp(b, "\x28\xb5\x2f\xfd", 4) == 0)
		return ": it is compressed by zstd";
	if (memcmp(b, "\x7f" "ELF", 4) == 0)
		return ": it is native code";
	return b[0] == '(' || (b[0] == ';' && b[1] == ';') ? ": it is the text format" : "";
}

static void
preamble(struct decoder *d)
{
	struct wf_wasm_reader *r = &d->r;
	const uint8_t *b = r->p;
	unsigned version, layer;

	if (wf_wasm_left(r) < 8 || memcmp(b, "\0asm", 4) != 0) {
		if (wf_wasm_left(r) < 8)
			wf_wasm_bad(r, b, WF_R_MALFORMED,
			            "shorter than the eight bytes every module begins with");
		else
			wf_wasm_bad(r, b, WF_R_MALFORMED,
			            "not WebAssembly: does not begin with \"\\0asm\"%s", instead(b));
		return;
	}
	version = b[4] | (unsigned)b[5] << 8;
	layer = b[6] | (unsigned)b[7] << 8;
	r->p += 8;
	if (version == 1 && layer == 0)
		d->w->kind = WF_WASM_CORE;
	else if (version == 0x0d && layer == 1)
		d->w->kind = WF_WASM_COMPONENT;
	else
		wf_wasm_bad(r, b + 4, WF_R_MALFORMED,
		            "unknown version %u of layer %u (core modules: 1 of 0, components: 13 of 1)",
		            version, layer);
}

struct wf_wasm *
wf_wasm_nested_core(struct wf_wasm_reader *r, bool shallow, unsigned depth)
{
	struct wf_wasm *w = wf_calloc(1, sizeof(*w));
	struct decoder d = {.r = *r, .w = w, .shallow = shallow};

	w->bytes = r->base;
	w->offset = wf_wasm_at(r);
	w->size = wf_wasm_left(r);
	w->depth = depth;
	w->shallow = shallow;
	d.r.features = 0;
	d.r.type_limit = 0; /* it has none of the types around it */
	d.code.w = w;
	preamble(&d);
	if (!d.r.failed && w->kind != WF_WASM_CORE)
		wf_wasm_bad(&d.r, w->bytes + w->offset, WF_R_MALFORMED, "expected a core module");
	if (!d.r.failed)
		core(&d);
	wf_wasm_code_free(&d.code);
	w->features = d.r.features & ~WF_FEATURE_BIT(WF_F_NONE);
	r->features |= w->features;
	r->p = r->end;
	r->failed = d.r.failed;
	if (!d.r.failed)
		return w;
	wf_wasm_free(w);
	return NULL;
}

static enum wf_rc
decode(struct wf_str bytes, const char *name, bool shallow, struct wf_wasm **out,
       struct wf_err *err)
{
	static const uint8_t nothing[1];
	struct wf_err scratch = {0};
	WF_AUTO(wf_wasm_freep) struct wf_wasm *w = wf_calloc(1, sizeof(*w));
	struct decoder d = {.w = w, .shallow = shallow};

	if (!err)
		err = &scratch;
	if (bytes.len > WF_MAX_MODULE_BYTES)
		return wf_err_set(err, WF_R_LIMIT, "%s: %zu bytes are more than the limit of %u",
		                  name, bytes.len, WF_MAX_MODULE_BYTES);
	w->bytes = bytes.len ? (const uint8_t *)bytes.p : nothing;
	w->size = bytes.len;
	w->shallow = shallow;
	d.r = (struct wf_wasm_reader){.p = w->bytes, .end = w->bytes + bytes.len,
	                              .base = w->bytes, .err = err};
	d.code.w = w;
	preamble(&d);
	if (w->kind == WF_WASM_CORE)
		core(&d);
	else if (w->kind == WF_WASM_COMPONENT)
		wf_wasm_component(&d.r, w, shallow);
	wf_wasm_code_free(&d.code);
	if (d.r.failed)
		return wf_err_wrap(err, "%s", name);
	w->features = d.r.features & ~WF_FEATURE_BIT(WF_F_NONE);
	*out = w;
	w = NULL;
	return WF_OK;
}

enum wf_rc
wf_wasm_decode(struct wf_str bytes, const char *name, struct wf_wasm **out,
               struct wf_err *err)
{
	return decode(bytes, name, false, out, err);
}

enum wf_rc
wf_wasm_decode_shallow(struct wf_str bytes, const char *name, struct wf_wasm **out,
                       struct wf_err *err)
{
	return decode(bytes, name, true, out, err);
}

void
wf_wasm_free(struct wf_wasm *w)
{
	if (!w)
		return;
	free(w->types);
	free(w->imports);
	free(w->exports);
	free(w->funcs);
	free(w->tables);
	free(w->memories);
	free(w->globals);
	free(w->tags);
	free(w->ifaces);
	free(w->iface_funcs);
	for (size_t i = 0; i < w->nnested; i++)
		wf_wasm_free(w->nested[i]);
	free(w->nested);
	free(w->customs);
	free(w->producers);
	wf_surface_free(w->surface);
	free(w);
}

void
wf_wasm_freep(struct wf_wasm **w)
{
	wf_wasm_free(*w);
	*w = NULL;
}
