/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of the supabase adapter share.  Only for
 * src/engine/supabase*.c.
 */
#ifndef WF_ENGINE_SUPABASE_H
#define WF_ENGINE_SUPABASE_H

#include "engine/adapter.h"

/* "[probe,]URL": where packages are served, {sha256} in it for the digest,
 * and whether an install is followed by running the guest. */
struct wf_supabase_ask {
	bool probe;
	const char *url; /* NULL: not said */
};
WF_MUST enum wf_rc wf_supabase_ask(const char *parameter, struct wf_supabase_ask *out,
                                   struct wf_err *err);

/* The engine compares a digest at all: http and https only. */
bool wf_supabase_checked(const char *url);
/* https, or http to this machine. */
bool wf_supabase_safe(const char *url);

WF_MUST enum wf_rc wf_supabase_put(struct wf_engine *, struct wf_str module,
                                   const struct wf_spec *, bool replace, struct wf_err *err);
WF_MUST enum wf_rc wf_supabase_alter(struct wf_engine *, const struct wf_spec *want,
                                     struct wf_err *err);
WF_MUST enum wf_rc wf_supabase_remove(struct wf_engine *, const struct wf_spec *,
                                      struct wf_err *err);
WF_MUST enum wf_rc wf_supabase_settled(struct wf_engine *, struct wf_err *err);

#endif
