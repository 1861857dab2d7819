/* SPDX-License-Identifier: Apache-2.0
 *
 * The deny lists of all policies in force, made ready: keys, identities and
 * log entries whose signatures do not count (WF_R_REVOKED), whatever else is
 * said.  Manifests and modules are trust.c's.
 */
#ifndef WF_TRUST_DENIED_H
#define WF_TRUST_DENIED_H

#include "trust/cert.h"
#include "trust/keyring.h"

struct wf_denied_identity {
	const struct wf_identity *says;
	const struct wf_regexp *issuer, *subject; /* NULL: not said */
};

struct wf_denied {
	const struct wf_deny *const *lists; /* borrowed */
	size_t nlists;
	const char **ids; /* of keys: "sha256:<hex>" */
	size_t nids;
	struct wf_denied_identity *identities;
	size_t nidentities;
};

/* Reads keys and expressions once, so that asking cannot fail.  Allocates in
 * the arena.  WF_R_CONFIG. */
WF_MUST enum wf_rc wf_denied_prepare(const struct wf_deny *const *lists, size_t n,
                                     struct wf_keyring *, struct wf_arena *,
                                     struct wf_denied *out, struct wf_err *err);

bool wf_denied_key(const struct wf_denied *, const char *id);
/* All that an entry says holds of the certificate. */
bool wf_denied_cert(const struct wf_denied *, const struct wf_cert *);
bool wf_denied_log_index(const struct wf_denied *, int64_t index);
/* Some entry is denied: an index that nobody signed must not evade it. */
bool wf_denied_any_log_index(const struct wf_denied *);

#endif
