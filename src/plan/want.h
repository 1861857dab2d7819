/* SPDX-License-Identifier: Apache-2.0
 *
 * From a manifest entry to M: the spec it asks for.  Pure.  Two depths: what
 * the entry itself says (reconcile), and that completed from the signed
 * artifact and the module (plan, install; contract section 6).
 */
#ifndef WF_PLAN_WANT_H
#define WF_PLAN_WANT_H

#include "plan/live.h"
#include "ref/artifact.h"
#include "wasm/wasm.h"

/* Export and types, as somebody wrote them: not yet as the server names them. */
struct wf_want_sig {
	const char *export_name; /* NULL: not known */
	const char **args;
	size_t nargs;
	bool args_set;
	const char *returns;     /* NULL: not known */
};

/* What the entry says.  Borrows from it. */
void wf_want_sig_entry(const struct wf_manifest_entry *, struct wf_want_sig *out);

/* The entry completed: export (entry, annotation, the export named like the
 * function, the only exported function), types (entry, annotations, the
 * export's own numeric types).  WF_R_PLAN_REFUSED (65) says what is missing,
 * also when the export does not exist or is no function. */
WF_MUST enum wf_rc wf_want_sig_complete(const struct wf_manifest_entry *,
                                        const struct wf_artifact *,
                                        const struct wf_wasm *, struct wf_arena *,
                                        struct wf_want_sig *out, struct wf_err *err);

/* Types are asked of the server for all entries at once: add appends one
 * signature's names to the list (arena memory) and returns where they begin;
 * wf_want_spec takes the server's answers from there. */
size_t wf_want_types_add(struct wf_strs *list, const struct wf_want_sig *,
                         struct wf_arena *);

/* The spec: everything the entry says, types from answers + at.  *no_type:
 * the first name that the server does not know, NULL when it knows all. */
void wf_want_spec(const struct wf_manifest_entry *, const struct wf_want_sig *,
                  const char *const *answers, size_t at, struct wf_arena *,
                  struct wf_spec *out, const char **no_type);

/* "text, numeric(10,2)" in pieces: a comma inside quotes or parentheses
 * separates nothing; blanks around a piece go.  "" gives none. */
void wf_want_split(const char *types, struct wf_strs *out, struct wf_arena *);

#endif
