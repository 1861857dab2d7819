/* SPDX-License-Identifier: Apache-2.0
 *
 * Trying again, for every verb that speaks to a target: what was refused for
 * the moment and a connection that broke, from the beginning; never what was
 * committed, or may have been (wf_engine_again).
 */
#ifndef WF_OP_OP_TRIES_H
#define WF_OP_OP_TRIES_H

#include "engine/engine.h"

/* One try, from opening *engine on, which is closed afterwards.  It forgets
 * what the one before left in arg. */
typedef enum wf_rc wf_op_try(void *arg, struct wf_engine **engine, struct wf_err *err);

WF_MUST enum wf_rc wf_op_tries(wf_op_try *, void *arg, struct wf_err *err);

#endif
