/* SPDX-License-Identifier: Apache-2.0
 *
 * One member of a JSON object as the text it is written in, without reading
 * the rest: the evidence is most of a ledger row and seldom asked for.  Finds
 * places and judges nothing; what it gives is parsed or hashed by who asks.
 */
#ifndef WF_PLAN_LEDGER_TEXT_H
#define WF_PLAN_LEDGER_TEXT_H

#include "base/buf.h"

/* The value of the first member with this key, written without escapes; false
 * when there is none or the text is no object that far. */
bool wf_ledger_text_member(struct wf_str object, const char *key, struct wf_str *value);

/* The same, and the object without the member, as text (appended to rest). */
bool wf_ledger_text_cut(struct wf_str object, const char *key, struct wf_str *value,
                        struct wf_buf *rest);

#endif
