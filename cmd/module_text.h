/* SPDX-License-Identifier: Apache-2.0
 *
 * A decoded module for people and as JSON (contract section 4, inspect);
 * inspect and check show the same.
 */
#ifndef WF_CMD_MODULE_TEXT_H
#define WF_CMD_MODULE_TEXT_H

#include "cmd/out.h"
#include "op/op_inspect.h"
#include "op/op_suspicion.h"

#define WF_MODULE_NAME_TEXT 200 /* what of a name is shown in a table */
/* Human tables stop after these; JSON always has all. */
#define WF_MODULE_MAX_ROWS 2000u
#define WF_MODULE_MAX_NESTED 20u /* lines about modules inside a component */

/* A name for a table cell: every byte visible, NUL too. */
void wf_module_name(struct wf_str name, char out[WF_MODULE_NAME_TEXT]);
/* "stdio+filesystem" */
void wf_module_classes(uint32_t classes, char out[WF_MODULE_NAME_TEXT]);

/* {"ref","manifest_digest","module_digest"}, as far as known; never NULL. */
struct wf_json *wf_module_subject(const struct wf_inspected *);
/* How far the decoder went: "well-formed, not type-checked". */
const char *wf_module_checked(const struct wf_wasm *);

/* The members "subject" and "module" of the document, as far as known. */
void wf_module_doc(struct wf_out *, const struct wf_inspected *);
/* What the file is: a few aligned lines. */
void wf_module_head(struct wf_out *, const struct wf_inspected *);
/* The member "findings" and their table; nothing when there are none. */
void wf_module_findings(struct wf_out *, const struct wf_suspicions *);
/* Imports, exports, capabilities, custom sections. */
void wf_module_tables(struct wf_out *, const struct wf_inspected *);

#endif
