/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks imports up in the tables.  Must never answer "nothing" for what it
 * does not find.
 */
#include "wasm/capability.h"

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
capability(const struct wf_wasm *w, const struct wf_wasm_import *imp, bool stdio_only)
{
	static const struct wf_cap_family *const families[] = {
		&wf_capability_wasi, &wf_capability_database, &wf_capability_plugin,
	};

	for (size_t f = 0; w->kind == WF_WASM_CORE && f < WF_COUNT(families); f++) {
		const struct wf_cap_row *row = find(families[f], imp);

		if (!row)
			continue;
		if (stdio_only && row->classes == (WF_CAPS(STDIO) | WF_CAPS(FILESYSTEM)))
			return (struct wf_capability){WF_CAPS(STDIO),
				"can use standard input and output"};
		return (struct wf_capability){row->classes, row->says};
	}
	if (imp->kind == WF_EXTERN_MODULE || imp->kind == WF_EXTERN_COMPONENT)
		return (struct wf_capability){WF_CAPS(CODE_IMPORT), "has other code linked in"};
	return (struct wf_capability){WF_CAPS(UNKNOWN), "is not known to this version"};
}

void
wf_capability_list(const struct wf_wasm *w, struct wf_capability *out)
{
	bool stdio_only = only_stdio(w);

	for (size_t i = 0; i < w->nimports; i++)
		out[i] = capability(w, &w->imports[i], stdio_only);
}
