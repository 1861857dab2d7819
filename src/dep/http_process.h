/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the libcurl door: what runs in the process for the network.
 */
#ifndef WF_DEP_HTTP_PROCESS_H
#define WF_DEP_HTTP_PROCESS_H

#include "base/cc.h"

/* In a process just made: wipes argv (NULL: none), then answers what comes over
 * the socket fd until its other end is closed. */
WF_NORETURN void wf_http_process(int fd, char **argv);

#endif
