/* SPDX-License-Identifier: Apache-2.0
 *
 * NAME operands, `schema.name[(argument types)]` (contract section 2).
 */
#ifndef WF_OP_OP_NAME_H
#define WF_OP_OP_NAME_H

#include "plan/want.h"

/* Identifiers as SQL reads them: lower-cased unless quoted. */
struct wf_op_name {
	const char *schema, *name;
	const char *args; /* as written; NULL: not given */
};

/* WF_R_USAGE when it is none.  Strings live in the arena. */
WF_MUST enum wf_rc wf_op_name_parse(const char *text, struct wf_arena *,
                                    struct wf_op_name *out, struct wf_err *err);

/* Does it name that function?  Types are compared only when both sides have
 * them, by manifest/type_name.h. */
bool wf_op_name_is(const struct wf_op_name *, const char *schema, const char *name,
                   const char *args);

#endif
