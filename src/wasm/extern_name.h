/* SPDX-License-Identifier: Apache-2.0
 *
 * Names of imports and exports of components (component-model Explainer.md,
 * "Import and Export Definitions"), parsed, and patterns of interfaces.  Two
 * names are one only when their parts are: nothing here looks for substrings.
 */
#ifndef WF_WASM_EXTERN_NAME_H
#define WF_WASM_EXTERN_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum wf_extern_name_kind {
	WF_NAME_NONE = 0,
	WF_NAME_PLAIN,     /* a label, also [constructor]a, [method]a.b, [static]a.b */
	WF_NAME_INTERFACE, /* ns:pkg/iface, with or without @version */
	WF_NAME_CODE,      /* url=, integrity=, locked-dep=, unlocked-dep=: code from elsewhere */
};

/* What a version says; a canonical one ("0.2") stands for all that it is
 * compatible with and has fewer parts.  Parts left out are 0. */
struct wf_extern_version {
	struct wf_str text;    /* as written; len 0: none */
	uint64_t n[3];
	unsigned parts;        /* 1 to 3 */
	struct wf_str pre;     /* "rc-2024-10-28" */
};

struct wf_extern_name {
	enum wf_extern_name_kind kind;
	struct wf_str path;    /* without @version: "wasi:clocks/wall-clock", "a" */
	struct wf_extern_version version; /* of an interface */
	bool nested;           /* more than one package or interface in it */
};

/* NULL when it is one, else what was expected.  suffix completes a canonical
 * version: "0.2" and ".6" are 0.2.6 (len 0: none). */
const char *wf_extern_name_parse(struct wf_str name, struct wf_str suffix,
                                 struct wf_extern_name *out);

/* Orders names so that two are equal (0) when they are not strongly unique
 * (Explainer.md, "Name Uniqueness"): case and hyphens do not count, of the
 * annotations only [constructor] and [set] do, and "a.a" is "a".  Versions are
 * compared as they are.  For qsort. */
int wf_extern_name_order(const void *a, const void *b); /* struct wf_str */

/* A label: "a", "a-b2", "a-BC". */
bool wf_extern_name_is_label(struct wf_str);

/* A pattern of a policy: "ns:pkg/iface" matches only a name without a
 * version; "…@1.2.3" only that version, a pre-release too; "…@>=0.2.0 <0.3.0"
 * what every comparison (>= > <= < =) holds for, and never a pre-release. */
struct wf_extern_pattern {
	struct wf_str path;
	struct wf_extern_version exact; /* parts 0: none */
	struct { char op[3]; uint64_t n[3]; } range[4];
	size_t nrange;
};

/* NULL, or what is wrong with it.  out borrows text. */
const char *wf_extern_pattern_parse(struct wf_str text, struct wf_extern_pattern *out);
/* suffix as given to wf_extern_name_parse. */
bool wf_extern_pattern_matches(const struct wf_extern_pattern *,
                               const struct wf_extern_name *, struct wf_str suffix);
/* For denies, which are as wide as what they can mean: no version in the
 * pattern is every version, a canonical version whatever it may stand for, a
 * pre-release what its numbers are; what stands after '+' does not matter. */
bool wf_extern_pattern_could_match(const struct wf_extern_pattern *,
                                   const struct wf_extern_name *);

#endif
