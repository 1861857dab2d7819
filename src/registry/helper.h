/* SPDX-License-Identifier: Apache-2.0
 *
 * Credential helpers: programs named docker-credential-SUFFIX that are asked
 * for the login of one server.  Run without a shell, with nothing open but
 * three descriptors of ours and an environment by list; killed, with whatever
 * they started, when their time is over.
 */
#ifndef WF_REGISTRY_HELPER_H
#define WF_REGISTRY_HELPER_H

#include "base/buf.h"
#include "registry/login.h"

/* Asks the helper for server.  Each is asked once in a process, also when it
 * failed.  WF_OK with nothing set in out: it has none.  WF_R_AUTH: it is
 * missing, ends badly, takes longer than WF_MAX_HELPER_SECONDS, or says
 * something that is no login; nothing of what it said is in the message. */
WF_MUST enum wf_rc wf_helper_ask(const char *suffix, const char *server,
                                 struct wf_login *out, struct wf_err *err);

/* What the answer is made of: user, password or identity token.  For tests. */
WF_MUST enum wf_rc wf_helper_parse(struct wf_str answer, const char *suffix,
                                   struct wf_login *out, struct wf_err *err);

/* Clears what was kept. */
void wf_helper_forget(void);

#endif
