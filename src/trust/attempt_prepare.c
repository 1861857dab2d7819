/* SPDX-License-Identifier: Apache-2.0
 *
 * Authorities with everything read.  Must never leave one less strict because
 * something of it could not be read.
 */
#include <string.h>

#include "trust/attempt.h"

static enum wf_rc
prepare_wants(const struct wf_authority *a, struct wf_keyring *ring, struct wf_arena *arena,
              struct wf_attempt_by *out, struct wf_err *err)
{
	size_t i;
	enum wf_rc rc;

	out->wants = wf_arena_alloc(arena, (a->nidentities + 1) * sizeof(*out->wants));
	for (i = 0; i < a->nidentities; i++) {
		struct wf_identity_want *w = &out->wants[out->nwants++];
		const struct wf_identity *id = &a->identities[i];

		*w = (struct wf_identity_want){
			.subject = id->subject,
			.issuer = id->issuer,
			.extensions = id->extensions,
			.nextensions = id->nextensions,
		};
		if ((id->issuer_regexp &&
		     (rc = wf_keyring_regexp(ring, id->issuer_regexp, &w->issuer_regexp, err))) ||
		    (id->subject_regexp &&
		     (rc = wf_keyring_regexp(ring, id->subject_regexp, &w->subject_regexp, err))))
			return rc;
	}
	return WF_OK;
}

enum wf_rc
wf_attempt_prepare(const struct wf_authority *a, struct wf_keyring *ring,
                   struct wf_arena *arena, struct wf_attempt_by *out, struct wf_err *err)
{
	size_t i;
	enum wf_rc rc = WF_OK;

	memset(out, 0, sizeof(*out));
	out->authority = a;
	out->keys = wf_arena_alloc(arena, (a->nkeys + 1) * sizeof(*out->keys));
	for (i = 0; i < a->nkeys && !rc; i++) {
		out->keys[i].path = a->keys[i].path;
		rc = wf_keyring_get(ring, &a->keys[i], &out->keys[i].key, err);
	}
	out->nkeys = a->nkeys;
	if (!rc)
		rc = prepare_wants(a, ring, arena, out, err);
	if (!rc && a->root.path)
		rc = wf_keyring_root(ring, &a->root, &out->root, err);
	if (!rc && a->nidentities && !out->root)
		rc = wf_err_set(err, WF_R_CONFIG, "identities without a trusted root");
	return rc ? wf_err_wrap(err, "authority %s", a->name) : WF_OK;
}
