/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks imports up in the tables.  Must never answer "nothing" for what it
 * does not find.
 */
#include "wasm/capability.h"

#include <stdio.h>
#include <string.h>

#include "base/cc.h"

struct class_row {
	const char *word, *says;
};

static const struct class_row classes[WF_CAP_COUNT] = {
#define WF_CAP_ROW(name, word, says) {word, says},
	WF_CAPABILITIES(WF_CAP_ROW)
#undef WF_CAP_ROW
};

_Static_assert(WF_CAP_COUNT <= 32, "classes are a 32-bit set");

const char *
wf_capability_word(enum wf_cap c)
{
	return (unsigned)c < WF_CAP_COUNT ? classes[c].word : NULL;
}

const char *
wf_capability_says(enum wf_cap c)
{
	return (unsigned)c < WF_CAP_COUNT ? classes[c].says : NULL;
}

bool
wf_capability_parse(struct wf_str word, enum wf_cap *out)
{
	for (unsigned i = 0; i < WF_CAP_COUNT; i++) {
		if (wf_str_eqz(word, classes[i].word)) {
			*out = (enum wf_cap)i;
			return true;
		}
	}
	return false;
}

const struct wf_cap_family *const wf_capability_families[] = {
	&wf_capability_wasi, &wf_capability_wasi2, &wf_capability_proposals,
	&wf_capability_database, &wf_capability_plugin,
};
const size_t wf_capability_nfamilies = WF_COUNT(wf_capability_families);

static bool
name_matches(const char *pattern, struct wf_str name)
{
	size_t n;

	if (!pattern)
		return true;
	n = strlen(pattern);
	if (n && pattern[n - 1] == '*')
		return name.len >= n - 1 && memcmp(name.p, pattern, n - 1) == 0;
	return wf_str_eqz(name, pattern);
}

static const struct wf_cap_row *
find(const struct wf_cap_family *f, const struct wf_wasm_import *imp)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct wf_cap_row *row = &f->rows[i];

		if (row->kind == imp->kind && wf_str_eqz(imp->module, row->module) &&
		    name_matches(row->name, imp->name))
			return row;
	}
	return NULL;
}

/* wasi-libc uses the same calls for standard output and for files: which of
 * the two it is shows in whether anything can be opened at all. */
static bool
only_stdio(const struct wf_wasm *w)
{
	static const char *const openers[] = {
		"path_open", "fd_prestat_get", "fd_prestat_dir_name", "sock_accept",
		"sock_open", "sock_accept_v2", "sock_open_v2",
	};

	for (size_t i = 0; i < WF_COUNT(openers); i++)
		if (wf_wasm_has_import(w, "wasi_snapshot_preview1", openers[i]) ||
		    wf_wasm_has_import(w, "wasi_unstable", openers[i]))
			return false;
	return true;
}

static struct wf_capability
core_import(const struct wf_wasm_import *imp, bool stdio_only)
{
	for (size_t f = 0; f < wf_capability_nfamilies; f++) {
		const struct wf_cap_row *row = find(wf_capability_families[f], imp);

		if (!row)
			continue;
		if (stdio_only && row->classes == (WF_CAPS(STDIO) | WF_CAPS(FILESYSTEM)))
			return (struct wf_capability){WF_CAPS(STDIO),
				"can use standard input and output"};
		return (struct wf_capability){row->classes, row->says};
	}
	return (struct wf_capability){WF_CAPS(UNKNOWN), "is not known to this version"};
}

/* --- components ------------------------------------------------------------- */

/* Is the version one of the lines of a row?  0.2.6 is of line 0.2, 1.4.0 of 1. */
static bool
of_line(const char *lines, const struct wf_extern_version *v)
{
	char want[48];
	size_t n;

	if (!lines || !v->parts)
		return !lines && !v->parts;
	n = (size_t)(v->n[0] ? snprintf(want, sizeof(want), "%llu", (unsigned long long)v->n[0])
	                     : snprintf(want, sizeof(want), "0.%llu", (unsigned long long)v->n[1]));
	while (*lines) {
		size_t k = strcspn(lines, " ");

		if (k == n && memcmp(lines, want, n) == 0)
			return true;
		lines += k + (lines[k] == ' ');
	}
	return false;
}

static bool
of_interface(const struct wf_cap_row *row, const struct wf_extern_name *name)
{
	return row->kind == WF_EXTERN_INSTANCE && wf_str_eqz(name->path, row->module) &&
	       of_line(row->versions, &name->version);
}

static void
add(struct wf_capability *out, uint32_t set, const char *says)
{
	out->says = !out->says || out->says == says ? says : "can use several parts of it";
	out->classes |= set;
}

/* One function of an interface; rows by name come before the row for all. */
static bool
function(const struct wf_extern_name *iface, struct wf_str name, struct wf_capability *out)
{
	for (size_t f = 0; f < wf_capability_nfamilies; f++) {
		const struct wf_cap_family *fam = wf_capability_families[f];

		for (size_t i = 0; i < fam->n; i++) {
			if (of_interface(&fam->rows[i], iface) &&
			    name_matches(fam->rows[i].name, name)) {
				add(out, fam->rows[i].classes, fam->rows[i].says);
				return true;
			}
		}
	}
	return false;
}

/* Every row of an interface, for one that may have more than the functions it
 * lists.  Without a row for all of them it may have one that nobody knows. */
static void
whole(const struct wf_extern_name *iface, struct wf_capability *out)
{
	bool all = false;

	for (size_t f = 0; f < wf_capability_nfamilies; f++) {
		const struct wf_cap_family *fam = wf_capability_families[f];

		for (size_t i = 0; i < fam->n; i++) {
			if (!of_interface(&fam->rows[i], iface))
				continue;
			add(out, fam->rows[i].classes, fam->rows[i].says);
			all = all || !fam->rows[i].name;
		}
	}
	if (!all)
		add(out, WF_CAPS(UNKNOWN), "may ask for what this version does not know");
}

static struct wf_capability
component_import(const struct wf_wasm *w, size_t i)
{
	const struct wf_wasm_iface *f = &w->ifaces[i];
	enum wf_extern kind = w->imports[i].kind;
	struct wf_capability out = {0, NULL};

	if (kind == WF_EXTERN_MODULE || kind == WF_EXTERN_COMPONENT ||
	    f->name.kind == WF_NAME_CODE || f->external_id.p)
		add(&out, WF_CAPS(CODE_IMPORT), "has other code linked in");
	else if (f->only_types)
		add(&out, WF_CAPS(TYPES), "can name types of the host");
	if (kind == WF_EXTERN_INSTANCE && !f->only_types) {
		for (size_t k = 0; k < f->nfuncs; k++)
			if (!function(&f->of, w->iface_funcs[f->first_func + k], &out))
				add(&out, WF_CAPS(UNKNOWN),
				    "asks for a function that this version does not know");
		if (f->opaque)
			whole(&f->of, &out);
	}
	if (!out.classes)
		out = (struct wf_capability){WF_CAPS(UNKNOWN), "is not known to this version"};
	return out;
}

void
wf_capability_list(const struct wf_wasm *w, struct wf_capability *out)
{
	bool stdio_only = w->kind == WF_WASM_CORE && only_stdio(w);

	for (size_t i = 0; i < w->nimports; i++)
		out[i] = w->kind == WF_WASM_CORE ? core_import(&w->imports[i], stdio_only)
		                                 : component_import(w, i);
}

uint32_t
wf_capability_builtins(const struct wf_wasm *w)
{
	return w->canon_threads ? WF_CAPS(THREADS) : 0;
}
