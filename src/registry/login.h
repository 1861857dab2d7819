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
	char *helper;         /* the credential helper that has it, or may */
	bool helper_must;     /* the file says that this host's login is there */
	char *tried;          /* without a login: where none was found */
};

#define WF_LOGIN_INIT {.file = NULL}

/* Looks for host/path, its parents, then host; the port is part of the host.
 * Files, the first that has an entry wins: $REGISTRY_AUTH_FILE alone, else
 * $DOCKER_CONFIG/config.json alone, else $CREDENTIALS_DIRECTORY/auth.json
 * (systemd's), podman's auth.json (runtime, then configuration directory),
 * ~/.docker/config.json, ~/.dockercfg.  In a file: credHelpers, credsStore,
 * auths.  A helper is asked here (registry/helper.h); one of credHelpers, and
 * credsStore where `auths` names the host, must answer (WF_R_AUTH), else its
 * failure is a warning and there is no login.  None is WF_OK with file NULL.
 * WF_R_MALFORMED when a file cannot be read as what it is. */
WF_MUST enum wf_rc wf_login_find(const char *host, const char *path,
                                 struct wf_login *out, struct wf_err *err);

/* "with the login from …" or "without a login: …", for messages.  Caller
 * frees. */
char *wf_login_says(const struct wf_login *);

/* Clears the secrets. */
void wf_login_free(struct wf_login *);

/* One file's text; no helper is asked.  dockercfg: the bare map. */
WF_MUST enum wf_rc wf_login_parse(const char *text, size_t len, bool dockercfg,
                                  const char *file, const char *host,
                                  const char *path, struct wf_login *out,
                                  struct wf_err *err);

#endif
