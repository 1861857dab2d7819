/* SPDX-License-Identifier: Apache-2.0
 *
 * The call that a manifest entry's `check` asks for, inside the transaction
 * that made the function and under a role without rights.  What the function,
 * its types or anybody's SQL behind them do there is undone, and none of it
 * has the power of the role that installs.
 */
#ifndef WF_ENGINE_FIRST_CALL_H
#define WF_ENGINE_FIRST_CALL_H

#include "engine/engine.h"

#define WF_NOBODY "wasmfn_nobody"

/* Can calls be made here at all?  WF_R_PRIVILEGE (77) when the role is not
 * there, has rights, or this session is no member of it. */
WF_MUST enum wf_rc wf_engine_first_call_ready(struct wf_engine *, struct wf_err *err);

/* Inside the transaction of a change, after everything else of it.
 * WF_R_CHECK_FAILED (1): an error, another answer, or none within
 * WF_FIRST_CALL_MS; the caller must roll back then. */
WF_MUST enum wf_rc wf_engine_first_call(struct wf_engine *, const struct wf_spec *,
                                        const struct wf_manifest_check *, struct wf_err *err);

#endif
