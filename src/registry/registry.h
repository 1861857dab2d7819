/* SPDX-License-Identifier: Apache-2.0
 *
 * The distribution protocol, reading half: one repository of one registry as
 * a source of manifests, blobs and signatures.  Connections, tokens and
 * logins live in a session, one for a run.  Tasks (sys/task.h) may ask at the
 * same time.
 */
#ifndef WF_REGISTRY_REGISTRY_H
#define WF_REGISTRY_REGISTRY_H

#include "config/config.h"
#include "ref/ref.h"
#include "store/source.h"

struct wf_registry_session;
struct wf_registry;

/* config may be NULL; it must outlive the session. */
struct wf_registry_session *wf_registry_session_new(const struct wf_config *config);
void wf_registry_session_freep(struct wf_registry_session **);

/* One for a repository, which the session keeps: connections, login, token and
 * what was learnt of the registry are shared.  No request is sent.  https,
 * except where the host is loopback or the configuration says plainHttp.
 * WF_R_BLOCKED.  A login that cannot be had is told by the first request. */
WF_MUST enum wf_rc wf_registry_open(struct wf_registry_session *,
                                    const struct wf_ref *,
                                    struct wf_registry **out,
                                    struct wf_err *err);

/* Gives it back; it lives as long as the session. */
void wf_registry_freep(struct wf_registry **);

struct wf_source wf_registry_source(struct wf_registry *);

/* One request: what the tag means now.  Bytes as for a manifest. */
WF_MUST enum wf_rc wf_registry_resolve(struct wf_registry *, const char *tag,
                                       struct wf_buf *out,
                                       struct wf_digest *digest,
                                       struct wf_err *err);

#endif
