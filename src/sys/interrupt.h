/* SPDX-License-Identifier: Apache-2.0
 *
 * SIGINT and SIGTERM become a flag that long work looks at, so that it can
 * roll back; the process then dies of the same signal (contract: re-raised).
 */
#ifndef WF_SYS_INTERRUPT_H
#define WF_SYS_INTERRUPT_H

#include "base/err.h"

/* Catches SIGINT and SIGTERM, ignores SIGPIPE.  A second signal of the same
 * kind ends the process at once. */
void wf_interrupt_init(void);

/* The signal that arrived, 0 if none. */
int wf_interrupt_pending(void);

/* WF_OK, or WF_E_TRY_AGAIN ("interrupted", "timeout") when a signal has
 * arrived or the command's deadline has passed. */
WF_MUST enum wf_rc wf_interrupt_check(struct wf_err *err);

/* Dies of the pending signal, if there is one. */
void wf_interrupt_reraise(void);

#endif
