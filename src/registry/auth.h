/* SPDX-License-Identifier: Apache-2.0
 *
 * From a 401 to the value of an Authorization header: Basic, or a token from
 * the realm the challenge names.  A credential goes to the registry's origin
 * or to a realm that passed the checks (rule R-A3), and nowhere else.
 */
#ifndef WF_REGISTRY_AUTH_H
#define WF_REGISTRY_AUTH_H

#include <stdbool.h>

#include "dep/http.h"
#include "registry/challenge.h"
#include "registry/login.h"

struct wf_auth_place {
	const char *host;   /* host[:port] of the registry, as logins name it */
	const char *path;   /* repository */
	const char *origin; /* scheme://host[:port] that answered 401 */
	bool public_peer;   /* the registry is not on a private network */
	const char *cert, *key; /* of ours, shown to that origin alone; NULL */
};

/* Pure: may a token be asked for there?  WF_R_PROTOCOL says why not. */
WF_MUST enum wf_rc wf_auth_check_realm(const char *realm, const char *origin,
                                       struct wf_err *err);

/* Answers the challenges of a response.  *header is the caller's, to be
 * cleared after use; *expires is in monotonic ms.  WF_R_AUTH when there is no
 * login that is needed, or it is refused. */
WF_MUST enum wf_rc wf_auth_answer(struct wf_http *, const struct wf_auth_place *,
                                  const struct wf_login *,
                                  const struct wf_http_response *challenge,
                                  char **header, int64_t *expires,
                                  struct wf_err *err);

/* Whoever logs in nowhere can still have a ready token. */
void wf_auth_wipe(char **secret);

#endif
