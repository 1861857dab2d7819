/* SPDX-License-Identifier: Apache-2.0
 *
 * A decoded module for people.  Says what was checked, and that types were
 * not.
 */
#include "cmd/module_text.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "wasm/limits.h"
#include "wasm/names.h"

void
wf_module_name(struct wf_str name, char out[WF_MODULE_NAME_TEXT])
{
	(void)wf_text_escape(name.p ? name.p : "", name.len, out, WF_MODULE_NAME_TEXT);
}

void
wf_module_classes(uint32_t classes, char out[WF_MODULE_NAME_TEXT])
{
	size_t n = 0;

	out[0] = '\0';
	for (unsigned c = 0; c < WF_CAP_COUNT; c++) {
		if (!(classes & WF_CAP_BIT(c)))
			continue;
		n += (size_t)snprintf(out + n, WF_MODULE_NAME_TEXT - n, "%s%s", n ? "+" : "",
		                      wf_capability_word((enum wf_cap)c));
		if (n >= WF_MODULE_NAME_TEXT)
			return;
	}
}

static void
type_text(const struct wf_wasm *w, enum wf_extern kind, uint32_t index,
          char out[WF_MODULE_NAME_TEXT])
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_WASM_MAX_TYPE_TEXT);

	wf_wasm_extern_text(&b, w, kind, index);
	wf_module_name(wf_buf_str(&b), out);
}

static void
memory_lines(struct wf_out *out, const struct wf_wasm *w)
{
	char text[WF_MODULE_NAME_TEXT];

	for (size_t i = 0; i < w->nmemories; i++) {
		type_text(w, WF_EXTERN_MEMORY, (uint32_t)i, text);
		wf_out_field(out, "memory", "%s%s%s", text,
		             w->memories[i].has_max ? "" : ", no maximum",
		             i < w->nimported_memories ? ", imported" : "");
	}
	for (size_t i = 0; i < w->ntables; i++) {
		type_text(w, WF_EXTERN_TABLE, (uint32_t)i, text);
		wf_out_field(out, "table", "%s%s", text,
		             i < w->nimported_tables ? ", imported" : "");
	}
}

static void
feature_line(struct wf_out *out, uint64_t features)
{
	char text[1024] = "";
	size_t n = 0;

	for (unsigned f = WF_F_NONE + 1; f < WF_F_COUNT; f++)
		if (features & WF_FEATURE_BIT(f))
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n ? ", " : "",
			                      wf_feature_word((enum wf_feature)f));
	wf_out_field(out, "features", "%s", n ? text : "none beyond the first version");
}

static void
producer_lines(struct wf_out *out, const struct wf_wasm *w)
{
	char name[WF_MODULE_NAME_TEXT], version[WF_MODULE_NAME_TEXT], field[WF_MODULE_NAME_TEXT];

	for (size_t i = 0; i < w->nproducers && i < 20; i++) {
		wf_module_name(w->producers[i].name, name);
		wf_module_name(w->producers[i].version, version);
		wf_module_name(w->producers[i].field, field);
		wf_out_field(out, "made with", "%s%s%s (%s)", name, *version ? " " : "",
		             version, field);
	}
}

const char *
wf_module_checked(const struct wf_wasm *w)
{
	return w->shallow ? "framed, instructions not looked at"
	                  : "well-formed, not type-checked";
}

static void
name_lines(struct wf_out *out, const struct wf_wasm *w)
{
	const struct wf_wasm_names names = wf_wasm_names(w);
	char text[WF_MODULE_NAME_TEXT];

	if (names.state == WF_NAMES_DAMAGED)
		wf_out_field(out, "names", "the section that names things is damaged");
	else if (names.module.p) {
		wf_module_name(names.module, text);
		wf_out_field(out, "called", "%s, by its toolchain", text);
	}
}

static void
start_lines(struct wf_out *out, const struct wf_wasm *w)
{
	const struct wf_wasm_names names = wf_wasm_names(w);
	char text[WF_MODULE_NAME_TEXT];
	size_t n = 0;

	if (w->has_start) {
		wf_module_name(wf_wasm_names_func(w, &names, w->start), text);
		wf_out_field(out, "start", "function %u%s%s%s runs when the module is instantiated",
		             w->start, *text ? " (" : "", text, *text ? ")" : "");
	}
	for (size_t i = 0; i < w->nnested; i++) {
		if (!w->nested[i]->has_start)
			continue;
		if (n++ < WF_MODULE_MAX_NESTED)
			wf_out_field(out, "start", "function %u of the %s at 0x%zx runs when that is instantiated",
			             w->nested[i]->start, wf_wasm_kind_word(w->nested[i]->kind),
			             w->nested[i]->offset);
	}
	if (!n && !w->has_start)
		wf_out_field(out, "start", "none");
}

static void
component_lines(struct wf_out *out, const struct wf_wasm *w)
{
	size_t modules = 0;

	for (size_t i = 0; i < w->nnested; i++)
		modules += w->nested[i]->kind == WF_WASM_CORE;
	if (w->kind == WF_WASM_WIT_PACKAGE)
		wf_out_field(out, "kind", "WIT package, %zu bytes, %s: types, nothing to run", w->size,
		             wf_module_checked(w));
	else
		wf_out_field(out, "kind", "component, %zu bytes, %s", w->size, wf_module_checked(w));
	wf_out_field(out, "inside", "%zu core module%s, %zu component%s", modules,
	             modules == 1 ? "" : "s", w->nnested - modules,
	             w->nnested - modules == 1 ? "" : "s");
	if (wf_capability_builtins(w))
		wf_out_field(out, "built-ins", "can start and steer threads");
}

void
wf_module_head(struct wf_out *out, const struct wf_inspected *x)
{
	const struct wf_wasm *w = x->wasm;
	char digest[WF_DIGEST_TEXT];

	if (x->has_manifest) {
		wf_digest_text(&x->manifest_digest, digest);
		wf_out_field(out, "artifact", "%s%s%s", digest, x->layout ? ", layout " : "",
		             x->layout ? x->layout : "");
	}
	wf_digest_text(&x->module_digest, digest);
	wf_out_field(out, "digest", "%s", digest);
	if (w->kind == WF_WASM_CORE) {
		wf_out_field(out, "kind", "core module, %zu bytes, %s", w->size, wf_module_checked(w));
		wf_out_field(out, "code", "%u function%s, %llu bytes; %u data segment%s, %llu bytes",
		             w->ncode, w->ncode == 1 ? "" : "s", (unsigned long long)w->code_bytes,
		             w->ndatas, w->ndatas == 1 ? "" : "s", (unsigned long long)w->data_bytes);
		memory_lines(out, w);
	} else {
		component_lines(out, w);
	}
	name_lines(out, w);
	start_lines(out, w);
	if (strcmp(wf_wasm_entry_word(w), "none") != 0)
		wf_out_field(out, "entry", "%s", wf_wasm_entry_word(w));
	feature_line(out, w->features);
	producer_lines(out, w);
}

static void
more(struct wf_out *out, size_t n)
{
	if (n > WF_MODULE_MAX_ROWS)
		wf_out_styled(out, WF_WARN, "and %zu more; --json lists all",
		              n - WF_MODULE_MAX_ROWS);
}

/* What an instance has in it, in a word. */
static void
instance_text(const struct wf_wasm *w, uint32_t index, char out[WF_MODULE_NAME_TEXT])
{
	WF_AUTO(wf_freep) struct wf_wasm_member *v = NULL;
	size_t n;

	out[0] = '\0';
	if (wf_wasm_members(w, WF_EXTERN_INSTANCE, index, &v, &n))
		(void)snprintf(out, WF_MODULE_NAME_TEXT, "%zu member%s", n, n == 1 ? "" : "s");
}

/* The type of an import; of a component's, what is asked of it. */
static void
import_type(const struct wf_wasm *w, size_t i, char out[WF_MODULE_NAME_TEXT])
{
	const struct wf_wasm_iface *f = w->ifaces ? &w->ifaces[i] : NULL;
	char name[WF_MODULE_NAME_TEXT];
	size_t n = 0;

	out[0] = '\0';
	if (!f || w->imports[i].kind != WF_EXTERN_INSTANCE)
		type_text(w, w->imports[i].kind, w->imports[i].index, out);
	if (!f)
		return;
	if (f->implements.p) {
		wf_module_name(f->implements, name);
		n += (size_t)snprintf(out, WF_MODULE_NAME_TEXT, "implements %s ", name);
	}
	if (n < WF_MODULE_NAME_TEXT && f->nfuncs)
		(void)snprintf(out + n, WF_MODULE_NAME_TEXT - n, "%u function%s", f->nfuncs,
		               f->nfuncs == 1 ? "" : "s");
	else if (n < WF_MODULE_NAME_TEXT && f->only_types)
		(void)snprintf(out + n, WF_MODULE_NAME_TEXT - n, "only types");
}

static void
import_table(struct wf_out *out, const struct wf_inspected *x)
{
	static const char *const head[] = {"IMPORT", "NAME", "KIND", "TYPE", "CAPABILITY", NULL};
	const struct wf_wasm *w = x->wasm;
	char text[WF_MODULE_NAME_TEXT];

	wf_out_line(out, "%s", "");
	if (!w->nimports) {
		wf_out_styled(out, WF_GOOD, "no imports: it can only compute");
		return;
	}
	wf_out_table(out, head);
	for (size_t i = 0; i < w->nimports && i < WF_MODULE_MAX_ROWS; i++) {
		bool unknown = x->caps[i].classes & WF_CAPS(UNKNOWN);

		wf_module_name(w->imports[i].module, text);
		wf_out_cell(out, WF_PLAIN, "%s", w->kind != WF_WASM_CORE ? "-" : text);
		wf_module_name(w->imports[i].name, text);
		wf_out_cell(out, WF_PLAIN, "%s", text);
		wf_out_cell(out, WF_PLAIN, "%s", wf_wasm_extern_word(w->imports[i].kind));
		import_type(w, i, text);
		wf_out_cell(out, WF_PLAIN, "%s", *text ? text : "-");
		wf_module_classes(x->caps[i].classes, text);
		wf_out_cell(out, unknown ? WF_WARN : WF_PLAIN, "%s", text);
	}
	wf_out_table_end(out);
	more(out, w->nimports);
}

static void
export_table(struct wf_out *out, const struct wf_wasm *w)
{
	static const char *const head[] = {"EXPORT", "KIND", "TYPE", NULL};
	char text[WF_MODULE_NAME_TEXT];

	wf_out_line(out, "%s", "");
	if (!w->nexports) {
		wf_out_line(out, "no exports");
		return;
	}
	wf_out_table(out, head);
	for (size_t i = 0; i < w->nexports && i < WF_MODULE_MAX_ROWS; i++) {
		wf_module_name(w->exports[i].name, text);
		wf_out_cell(out, WF_PLAIN, "%s", text);
		wf_out_cell(out, WF_PLAIN, "%s", wf_wasm_extern_word(w->exports[i].kind));
		if (w->exports[i].kind == WF_EXTERN_INSTANCE)
			instance_text(w, w->exports[i].index, text);
		else
			type_text(w, w->exports[i].kind, w->exports[i].index, text);
		wf_out_cell(out, WF_PLAIN, "%s", *text ? text : "-");
	}
	wf_out_table_end(out);
	more(out, w->nexports);
}

static void
member_rows(struct wf_out *out, const struct wf_wasm *w, struct wf_str of, uint32_t index,
            size_t *rows)
{
	static const char *const head[] = {"INTERFACE", "NAME", "TYPE", NULL};
	WF_AUTO(wf_freep) struct wf_wasm_member *v = NULL;
	char text[WF_MODULE_NAME_TEXT];
	size_t n = 0;

	(void)wf_wasm_members(w, WF_EXTERN_INSTANCE, index, &v, &n);
	for (size_t i = 0; i < n && *rows < WF_MODULE_MAX_ROWS; i++) {
		WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_WASM_MAX_TYPE_TEXT);

		if (!(*rows)++) {
			wf_out_line(out, "%s", "");
			wf_out_table(out, head);
		}
		wf_module_name(of, text);
		wf_out_cell(out, WF_PLAIN, "%s", text);
		wf_module_name(v[i].name, text);
		wf_out_cell(out, WF_PLAIN, "%s", text);
		wf_wasm_member_text(&b, w, &v[i]);
		wf_module_name(wf_buf_str(&b), text);
		wf_out_cell(out, WF_PLAIN, "%s", *text ? text : "-");
	}
}

/* What the instances of a component's surface have in them. */
static void
member_table(struct wf_out *out, const struct wf_wasm *w)
{
	size_t rows = 0;

	for (size_t i = 0; i < w->nimports; i++)
		if (w->imports[i].kind == WF_EXTERN_INSTANCE)
			member_rows(out, w, w->imports[i].name, w->imports[i].index, &rows);
	for (size_t i = 0; i < w->nexports; i++)
		if (w->exports[i].kind == WF_EXTERN_INSTANCE)
			member_rows(out, w, w->exports[i].name, w->exports[i].index, &rows);
	if (rows)
		wf_out_table_end(out);
	if (rows == WF_MODULE_MAX_ROWS)
		wf_out_styled(out, WF_WARN, "and perhaps more; --json lists all");
}

static void
capability_table(struct wf_out *out, const struct wf_inspected *x)
{
	static const char *const head[] = {"CAPABILITY", "IMPORTS", "IT CAN", NULL};
	size_t count[WF_CAP_COUNT] = {0};

	if (!x->wasm->nimports)
		return;
	for (size_t i = 0; i < x->wasm->nimports; i++)
		for (unsigned c = 0; c < WF_CAP_COUNT; c++)
			if (x->caps[i].classes & WF_CAP_BIT(c))
				count[c]++;
	wf_out_line(out, "%s", "");
	wf_out_table(out, head);
	for (unsigned c = 0; c < WF_CAP_COUNT; c++) {
		if (!count[c])
			continue;
		wf_out_cell(out, c == WF_CAP_UNKNOWN ? WF_WARN : WF_PLAIN, "%s",
		            wf_capability_word((enum wf_cap)c));
		wf_out_cell(out, WF_PLAIN, "%zu", count[c]);
		wf_out_cell(out, WF_PLAIN, "%s", wf_capability_says((enum wf_cap)c));
	}
	wf_out_table_end(out);
}

static void
custom_table(struct wf_out *out, const struct wf_wasm *w)
{
	static const char *const head[] = {"CUSTOM SECTION", "BYTES", "AT", NULL};
	char text[WF_MODULE_NAME_TEXT];

	if (!w->ncustoms)
		return;
	wf_out_line(out, "%s", "");
	wf_out_table(out, head);
	for (size_t i = 0; i < w->ncustoms && i < WF_MODULE_MAX_ROWS; i++) {
		wf_module_name(w->customs[i].name, text);
		wf_out_cell(out, WF_PLAIN, "%s", text);
		wf_out_cell(out, WF_PLAIN, "%zu", w->customs[i].size);
		wf_out_cell(out, WF_PLAIN, "0x%zx", w->customs[i].offset);
	}
	wf_out_table_end(out);
	more(out, w->ncustoms);
}

/* What is nested in a component, for --deep: what it asks for is given to it
 * by what is around it, so nothing here is a capability. */
static void
nested_table(struct wf_out *out, const struct wf_wasm *outer)
{
	static const char *const head[] = {"INSIDE", "DEPTH", "AT", "BYTES", "IMPORTS", "EXPORTS", "START", NULL};

	if (!outer->nnested)
		return;
	wf_out_line(out, "%s", "");
	wf_out_table(out, head);
	for (size_t i = 0; i < outer->nnested; i++) {
		const struct wf_wasm *w = outer->nested[i];

		wf_out_cell(out, WF_PLAIN, "%s", wf_wasm_kind_word(w->kind));
		wf_out_cell(out, WF_PLAIN, "%u", w->depth);
		wf_out_cell(out, WF_PLAIN, "0x%zx", w->offset);
		wf_out_cell(out, WF_PLAIN, "%zu", w->size);
		wf_out_cell(out, WF_PLAIN, "%zu", w->nimports);
		wf_out_cell(out, WF_PLAIN, "%zu", w->nexports);
		wf_out_cell(out, WF_PLAIN, "%s", w->has_start ? "yes" : "no");
	}
	wf_out_table_end(out);
}

void
wf_module_tables(struct wf_out *out, const struct wf_inspected *x)
{
	import_table(out, x);
	export_table(out, x->wasm);
	member_table(out, x->wasm);
	capability_table(out, x);
	custom_table(out, x->wasm);
	if (x->deep)
		nested_table(out, x->wasm);
}
