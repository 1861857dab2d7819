/* SPDX-License-Identifier: Apache-2.0
 *
 * A policy as an engine's own settings, so that what cannot be decided from
 * the binary is enforced where it can be.  Text only: nothing is sent.
 */
#ifndef WF_ENGINE_EMIT_H
#define WF_ENGINE_EMIT_H

#include "manifest/manifest.h"
#include "policy/policy_suggest.h"

/* "wasmtime", "pgwasm", "pg_wasm"; NULL at the end. */
const char *const *wf_emit_targets(void);

/* target: an index of the list.  entry: what the manifest file asks for the
 * function, or NULL.  A class that an engine cannot grant on its own is said
 * in a comment, never rounded up.  WF_R_LIMIT past out's max. */
WF_MUST enum wf_rc wf_emit(unsigned target, const struct wf_policy_effect *,
                           const struct wf_manifest_entry *entry, struct wf_buf *out,
                           struct wf_err *err);

#endif
