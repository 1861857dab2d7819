/* SPDX-License-Identifier: Apache-2.0
 *
 * Can the target's engine run the module?  Asked before anything is sent.
 */
#ifndef WF_OP_OP_FIT_H
#define WF_OP_OP_FIT_H

#include "engine/fit.h"
#include "plan/want.h"

/* entry NULL: none; sig NULL: not known.  What they say about the function as
 * the subject of wf_fit; borrows. */
void wf_op_fit_subject(const struct wf_wasm *, const struct wf_manifest_entry *entry,
                       const struct wf_want_sig *sig, struct wf_fit_subject *out);

/* engine: a name, or "auto": one of the adapters must fit.  WF_R_UNFIT names
 * the first point that does not; what is unknown is left to the engine, and
 * so is an engine that has no description. */
WF_MUST enum wf_rc wf_op_fit(const char *engine, const struct wf_fit_subject *,
                             struct wf_err *err);

/* The error for a fit that is NO: WF_R_UNFIT. */
enum wf_rc wf_op_fit_error(const struct wf_fit_engine *, const struct wf_fit *,
                           struct wf_err *err);

#endif
