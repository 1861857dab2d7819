/* SPDX-License-Identifier: Apache-2.0
 *
 * Findings about one operand: what the module shows, and what the artifact it
 * came in says about it.
 */
#ifndef WF_OP_OP_SUSPICION_H
#define WF_OP_OP_SUSPICION_H

#include "op/op_inspect.h"
#include "wasm/suspicion.h"

/* x was decoded.  A config that cannot be read is a finding too, never an
 * error.  Borrows from x; out is freed by the caller. */
void wf_op_suspicion(struct wf_op_inspect *, const struct wf_inspected *x,
                     struct wf_suspicions *out);

#endif
