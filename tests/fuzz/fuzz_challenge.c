/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as WWW-Authenticate, and as docker's login file.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "registry/challenge.h"
#include "registry/login.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_challenge_free) struct wf_challenge c = WF_CHALLENGE_INIT;
	WF_AUTO(wf_login_free) struct wf_login l = WF_LOGIN_INIT;
	WF_AUTO(wf_freep) char *z = wf_malloc(size + 1);
	char *list[2] = {z, NULL};
	struct wf_err e = {0};

	memcpy(z, data, size);
	z[size] = '\0';
	if (wf_challenge_parse(list, 1, &c, &e) == WF_OK &&
	    c.scheme == WF_SCHEME_BEARER && !c.realm)
		abort();
	wf_err_clear(&e);
	if (wf_login_parse(z, size, size & 1, "fuzz", "r.example", "x/y", &l, &e) == WF_OK &&
	    (l.file != NULL) != (l.user || l.identity_token || l.registry_token || (l.helper && l.helper_must && l.file)))
		abort();
	return 0;
}
