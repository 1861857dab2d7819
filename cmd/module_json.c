/* SPDX-License-Identifier: Apache-2.0
 *
 * A decoded module as JSON.  Complete or not there: a module that could not
 * be decoded has no "module" member at all.
 */
#include "base/mem.h"
#include "cmd/module_text.h"
#include "wasm/limits.h"
#include "wasm/names.h"
#include "wasm/target.h"

/* left: of the text that the types of one list may have together; after that
 * each is an ellipsis. */
static struct wf_json *
type_json(const struct wf_wasm *w, enum wf_extern kind, uint32_t index, size_t *left)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_WASM_MAX_TYPE_TEXT);

	if (!*left)
		return wf_json_new_z(WF_WASM_CUT);
	wf_wasm_extern_text(&b, w, kind, index);
	*left -= b.len < *left ? b.len : *left;
	return b.len ? wf_json_new_str(wf_buf_str(&b)) : wf_json_new_null();
}

static struct wf_json *
text_json(struct wf_str s)
{
	return s.p ? wf_json_new_str(s) : wf_json_new_null();
}

/* What a component says beside the name of an import. */
static void
iface_json(struct wf_json *o, const struct wf_wasm *w, const struct wf_wasm_iface *f)
{
	struct wf_json *funcs = wf_json_array();

	for (size_t k = 0; k < f->nfuncs; k++)
		wf_json_push(funcs, wf_json_new_str(w->iface_funcs[f->first_func + k]));
	wf_json_set(o, "interface", f->of.kind == WF_NAME_INTERFACE
	            ? wf_json_new_str(f->of.path) : wf_json_new_null());
	wf_json_set(o, "version", f->of.version.parts ? wf_json_new_str(f->of.version.text)
	                                              : wf_json_new_null());
	wf_json_set(o, "version_suffix", text_json(f->suffix));
	wf_json_set(o, "implements", text_json(f->implements));
	wf_json_set(o, "external_id", text_json(f->external_id));
	wf_json_set(o, "functions", funcs);
	wf_json_set_bool(o, "only_types", f->only_types);
}

static struct wf_json *
imports_json(const struct wf_wasm *w)
{
	struct wf_json *all = wf_json_array();
	size_t left = WF_WASM_MAX_TYPES_TEXT;

	for (size_t i = 0; i < w->nimports; i++) {
		const struct wf_wasm_import *imp = &w->imports[i];
		struct wf_json *o = wf_json_object();

		wf_json_set_str(o, "module", imp->module);
		wf_json_set_str(o, "name", imp->name);
		wf_json_set_z(o, "kind", wf_wasm_extern_word(imp->kind));
		wf_json_set(o, "type", type_json(w, imp->kind, imp->index, &left));
		if (w->ifaces)
			iface_json(o, w, &w->ifaces[i]);
		wf_json_push(all, o);
	}
	return all;
}

static struct wf_json *
exports_json(const struct wf_wasm *w)
{
	struct wf_json *all = wf_json_array();
	size_t left = WF_WASM_MAX_TYPES_TEXT;

	for (size_t i = 0; i < w->nexports; i++) {
		struct wf_json *o = wf_json_object();

		wf_json_set_str(o, "name", w->exports[i].name);
		wf_json_set_z(o, "kind", wf_wasm_extern_word(w->exports[i].kind));
		wf_json_set(o, "type", type_json(w, w->exports[i].kind, w->exports[i].index,
		                                 &left));
		wf_json_push(all, o);
	}
	return all;
}

/* Pages of 64-bit memories can pass what JSON integers hold in practice;
 * 2^48 pages fit, and so do the bytes of custom page sizes up to 2^63. */
static int64_t
clamp(uint64_t v)
{
	return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

static void
limits_json(struct wf_json *o, const struct wf_wasm_limits *l)
{
	wf_json_set_int(o, "min", clamp(l->min));
	wf_json_set(o, "max", l->has_max ? wf_json_new_int(clamp(l->max)) : wf_json_new_null());
	wf_json_set_bool(o, "shared", l->shared);
	wf_json_set_bool(o, "index64", l->is64);
}

static bool
exported(const struct wf_wasm *w, enum wf_extern kind, size_t index)
{
	for (size_t i = 0; i < w->nexports; i++)
		if (w->exports[i].kind == kind && w->exports[i].index == index)
			return true;
	return false;
}

static struct wf_json *
memories_json(const struct wf_wasm *w)
{
	struct wf_json *all = wf_json_array();

	for (size_t i = 0; i < w->nmemories; i++) {
		struct wf_json *o = wf_json_object();

		limits_json(o, &w->memories[i]);
		wf_json_set_int(o, "page_size", INT64_C(1) << w->memories[i].page_log2);
		wf_json_set_bool(o, "imported", i < w->nimported_memories);
		wf_json_set_bool(o, "exported", exported(w, WF_EXTERN_MEMORY, i));
		wf_json_push(all, o);
	}
	return all;
}

static struct wf_json *
tables_json(const struct wf_wasm *w)
{
	struct wf_json *all = wf_json_array();

	for (size_t i = 0; i < w->ntables; i++) {
		WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_WASM_MAX_TYPE_TEXT);
		struct wf_json *o = wf_json_object();

		wf_wasm_valtype_text(&b, w->tables[i].elem);
		wf_json_set_str(o, "element", wf_buf_str(&b));
		limits_json(o, &w->tables[i].limits);
		wf_json_set_bool(o, "imported", i < w->nimported_tables);
		wf_json_set_bool(o, "exported", exported(w, WF_EXTERN_TABLE, i));
		wf_json_push(all, o);
	}
	return all;
}

static struct wf_json *
features_json(uint64_t features)
{
	struct wf_json *all = wf_json_array();

	for (unsigned f = WF_F_NONE + 1; f < WF_F_COUNT; f++)
		if (features & WF_FEATURE_BIT(f))
			wf_json_push(all, wf_json_new_z(wf_feature_word((enum wf_feature)f)));
	return all;
}

static struct wf_json *
customs_json(const struct wf_wasm *w)
{
	struct wf_json *all = wf_json_array();

	for (size_t i = 0; i < w->ncustoms; i++) {
		struct wf_json *o = wf_json_object();

		wf_json_set_str(o, "name", w->customs[i].name);
		wf_json_set_int(o, "size", (int64_t)w->customs[i].size);
		wf_json_set_int(o, "offset", (int64_t)w->customs[i].offset);
		wf_json_push(all, o);
	}
	return all;
}

static void
start_json(struct wf_json *all, const struct wf_wasm *w)
{
	struct wf_json *o;

	if (!w->has_start)
		return;
	o = wf_json_object();
	wf_json_set_int(o, "offset", (int64_t)w->offset);
	wf_json_set_int(o, "function", w->start);
	wf_json_push(all, o);
}

/* Everything that runs when it is instantiated, wherever it is nested. */
static struct wf_json *
starts_json(const struct wf_wasm *w)
{
	struct wf_json *all = wf_json_array();

	start_json(all, w);
	for (size_t i = 0; i < w->nnested; i++)
		start_json(all, w->nested[i]);
	return all;
}

static struct wf_json *
nested_json(const struct wf_wasm *outer)
{
	struct wf_json *all = wf_json_array();

	for (size_t i = 0; i < outer->nnested; i++) {
		const struct wf_wasm *w = outer->nested[i];
		struct wf_json *o = wf_json_object();

		wf_json_set_z(o, "kind", wf_wasm_kind_word(w->kind));
		wf_json_set_int(o, "offset", (int64_t)w->offset);
		wf_json_set_int(o, "size", (int64_t)w->size);
		wf_json_set_int(o, "depth", w->depth);
		wf_json_set(o, "imports", imports_json(w));
		wf_json_set(o, "exports", exports_json(w));
		wf_json_set(o, "memories", memories_json(w));
		wf_json_set(o, "tables", tables_json(w));
		wf_json_set(o, "start", w->has_start ? wf_json_new_int(w->start) : wf_json_new_null());
		wf_json_set(o, "features", features_json(w->features));
		wf_json_set(o, "custom_sections", customs_json(w));
		wf_json_push(all, o);
	}
	return all;
}

static struct wf_json *
capabilities_json(const struct wf_inspected *x)
{
	struct wf_json *all = wf_json_array();
	uint32_t classes = wf_capability_builtins(x->wasm);

	for (size_t i = 0; i < x->wasm->nimports; i++)
		classes |= x->caps[i].classes;
	for (unsigned c = 0; c < WF_CAP_COUNT; c++)
		if (classes & WF_CAP_BIT(c))
			wf_json_push(all, wf_json_new_z(wf_capability_word((enum wf_cap)c)));
	return all;
}

static struct wf_json *
producers_json(const struct wf_wasm *w)
{
	struct wf_json *all = wf_json_array();

	for (size_t i = 0; i < w->nproducers; i++) {
		struct wf_json *o = wf_json_object();

		wf_json_set_str(o, "field", w->producers[i].field);
		wf_json_set_str(o, "name", w->producers[i].name);
		wf_json_set_str(o, "version", w->producers[i].version);
		wf_json_push(all, o);
	}
	return all;
}

/* What the compiler declared, beside what is seen; null: it declared nothing. */
static struct wf_json *
target_json(const struct wf_wasm *w)
{
	const struct wf_wasm_target t = wf_wasm_target(w);
	struct wf_json *o;

	if (!t.present || t.damaged)
		return wf_json_new_null();
	o = wf_json_object();
	wf_json_set(o, "declared", features_json(t.declared));
	wf_json_set(o, "unused", features_json(t.declared & ~w->features));
	wf_json_set(o, "undeclared", features_json(t.undeclared | t.forbidden));
	return o;
}

static struct wf_json *
digest_json(bool known, const struct wf_digest *d)
{
	char text[WF_DIGEST_TEXT];

	if (!known)
		return wf_json_new_null();
	wf_digest_text(d, text);
	return wf_json_new_z(text);
}

struct wf_json *
wf_module_subject(const struct wf_inspected *x)
{
	struct wf_json *subject = wf_json_object();

	wf_json_set_z(subject, "ref", x->name);
	wf_json_set(subject, "manifest_digest", digest_json(x->has_manifest, &x->manifest_digest));
	wf_json_set(subject, "module_digest", digest_json(x->has_module, &x->module_digest));
	return subject;
}

void
wf_module_doc(struct wf_out *out, const struct wf_inspected *x)
{
	struct wf_json *doc = wf_out_doc(out), *m;
	const struct wf_wasm *w = x->wasm;

	wf_json_set(doc, "subject", wf_module_subject(x));
	if (!w || wf_out_is_human(out)) /* nobody would read it */
		return;
	m = wf_json_object();
	wf_json_set_z(m, "kind", wf_wasm_kind_word(w->kind));
	wf_json_set_int(m, "size", (int64_t)w->size);
	wf_json_set(m, "digest", digest_json(true, &x->module_digest));
	wf_json_set(m, "imports", imports_json(w));
	wf_json_set(m, "exports", exports_json(w));
	wf_json_set(m, "memories", memories_json(w));
	wf_json_set(m, "tables", tables_json(w));
	wf_json_set(m, "start", w->has_start ? wf_json_new_int(w->start) : wf_json_new_null());
	wf_json_set(m, "starts", starts_json(w));
	wf_json_set_z(m, "entry", wf_wasm_entry_word(w));
	wf_json_set(m, "features", features_json(w->features));
	wf_json_set(m, "custom_sections", customs_json(w));
	wf_json_set(m, "capabilities", capabilities_json(x));
	wf_json_set(m, "producers", producers_json(w));
	wf_json_set(m, "target_features", target_json(w));
	wf_json_set(m, "layout", wf_json_new_z(x->layout));
	wf_json_set(m, "name", text_json(wf_wasm_names(w).module));
	wf_json_set_z(m, "checked", wf_module_checked(w));
	wf_json_set_bool(m, "type_checked", false);
	if (x->deep)
		wf_json_set(m, "nested", nested_json(w));
	wf_json_set(doc, "module", m);
}
