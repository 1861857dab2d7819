/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the libcurl door: transfers side by side.  Whoever starts one
 * waits as a task (sys/task.h); connections, name lookups and TLS sessions are
 * shared by all transfers of the process.
 */
#ifndef WF_DEP_HTTP_MULTI_H
#define WF_DEP_HTTP_MULTI_H

#include "dep/http_curl.h"

/* Connections live as long as somebody uses them.  No request, no library. */
void wf_http_multi_use(void);
void wf_http_multi_leave(void);

/* A handle with nothing set; NULL when libcurl does not start. */
CURL *wf_http_multi_take(void);
void wf_http_multi_give(CURL *);

/* Runs the transfer to its end, *code says how it went.  At most
 * WF_MAX_ORIGIN_TRANSFERS to one origin run at a time: waits before that.
 * Fails with what wf_interrupt_check says, then nothing was sent. */
WF_MUST enum wf_rc wf_http_multi_run(CURL *, const char *origin, CURLcode *code,
                                     struct wf_err *err);

#endif
