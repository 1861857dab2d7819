/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may execute a function, whatever engine runs it: taken from everybody,
 * and given back to its owner.
 */
#ifndef WF_ENGINE_PRIVILEGE_H
#define WF_ENGINE_PRIVILEGE_H

#include "engine/engine.h"

/* Takes EXECUTE from everybody, the owner too, what they passed on included.
 * Inside the transaction of a change.  That somebody else granted it, which
 * this role cannot take back, is no error here: look afterwards.
 * WF_R_ENGINE when the function is not there any more. */
WF_MUST enum wf_rc wf_engine_revoke_all(struct wf_engine *, const struct wf_live_function *,
                                        struct wf_err *err);
/* Gives EXECUTE back to the owner. */
WF_MUST enum wf_rc wf_engine_restore_owner(struct wf_engine *, const struct wf_live_function *,
                                           struct wf_err *err);

#endif
