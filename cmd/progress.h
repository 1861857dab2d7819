/* SPDX-License-Identifier: Apache-2.0
 *
 * Transfers on standard error: bars on a terminal, lines elsewhere.
 */
#ifndef WF_CMD_PROGRESS_H
#define WF_CMD_PROGRESS_H

/* Asks now what standard error is: later it may not be allowed.  Not called
 * under -q. */
void wf_progress_start(void);
/* Before anything else is written: bars are taken away, and come back. */
void wf_progress_hide(void);

#endif
