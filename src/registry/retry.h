/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to registry/: which failures are worth another try, and when it is
 * made.  A wait ends with the deadline of the command or a signal.
 */
#ifndef WF_REGISTRY_RETRY_H
#define WF_REGISTRY_RETRY_H

#include "dep/http.h"

/* The tries of one request; zero before the first. */
struct wf_retry {
	int tries;
	int64_t began; /* monotonic ms, of the first */
};

/* The first failure is about to be possible. */
void wf_retry_begin(struct wf_retry *);

/* After a try: res is what was answered, NULL where nothing was and *err says
 * why; passing is what wf_http_request.passing was set to.  Is it worth another
 * one?  Then it has said so, waited, and cleared *err.  false, and what the
 * wait failed with where that is why. */
bool wf_retry_again(struct wf_retry *, const char *who,
                    const struct wf_http_response *res, bool passing,
                    enum wf_rc *rc, struct wf_err *err);

/* 408, 429, 503: the server itself says that it may answer later. */
bool wf_retry_is_later(int status);

/* wf_http_get, so often as it is worth.  who is for messages. */
WF_MUST enum wf_rc wf_retry_get(struct wf_http *, struct wf_http_request *,
                                const char *who, struct wf_http_response *out,
                                struct wf_err *err);

#endif
