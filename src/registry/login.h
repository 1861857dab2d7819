/* SPDX-License-Identifier: Apache-2.0
 *
 * Registry logins out of docker's and podman's own files.  Reads only; a
 * secret leaves this module for the registry it is filed under and nothing
 * else.
 */
#ifndef WF_REGISTRY_LOGIN_H
#define WF_REGISTRY_LOGIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* At most one of the three kinds is set. */
struct wf_login {
	char *user, *password;
	char *identity_token; /* OAuth2 refresh token */
	char *registry_token; /* ready to use as Bearer */
	char *file;           /* where it was found; NULL: nowhere */
	char *helper;         /* the global helper that may know one; for hints */
};

#define WF_LOGIN_INIT {.file = NULL}

/* Looks for host/path, its parents, then host; the port is part of the host.
 * Files, the first that has an entry wins: $REGISTRY_AUTH_FILE alone, else
 * $DOCKER_CONFIG/config.json alone, else podman's auth.json (runtime, then
 * configuration directory), ~/.docker/config.json, ~/.dockercfg.  None is
 * WF_OK with file NULL.  WF_R_AUTH when the entry needs a credential helper,
 * WF_R_MALFORMED when a file cannot be read as what it is. */
WF_MUST enum wf_rc wf_login_find(const char *host, const char *path,
                                 struct wf_login *out, struct wf_err *err);
/* Clears the secrets. */
void wf_login_free(struct wf_login *);

/* One file's text, for the tests and the fuzzer.  dockercfg: the bare map. */
WF_MUST enum wf_rc wf_login_parse(const char *text, size_t len, bool dockercfg,
                                  const char *file, const char *host,
                                  const char *path, struct wf_login *out,
                                  struct wf_err *err);

#endif
