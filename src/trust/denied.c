/* SPDX-License-Identifier: Apache-2.0
 *
 * Deny lists.  Must never leave an entry out: one that cannot be read is an
 * error of the policy, before any candidate is looked at.
 */
#include "trust/denied.h"

#include <string.h>

static enum wf_rc
prepare_keys(const struct wf_deny *d, struct wf_keyring *ring, struct wf_denied *out,
             struct wf_err *err)
{
	const struct wf_sigkey *key;
	size_t i;
	enum wf_rc rc;

	for (i = 0; i < d->nkeys; i++) {
		/* a key file (bytes), or an id in its place */
		if (d->keys[i].bytes.len == 0 && strncmp(d->keys[i].path, "sha256:", 7) == 0) {
			out->ids[out->nids++] = d->keys[i].path;
			continue;
		}
		if ((rc = wf_keyring_get(ring, &d->keys[i], &key, err)))
			return wf_err_wrap(err, "deny.keys");
		out->ids[out->nids++] = wf_sigkey_id(key);
	}
	return WF_OK;
}

static enum wf_rc
prepare_identities(const struct wf_deny *d, struct wf_keyring *ring, struct wf_denied *out,
                   struct wf_err *err)
{
	size_t i;
	enum wf_rc rc;

	for (i = 0; i < d->nidentities; i++) {
		struct wf_denied_identity *to = &out->identities[out->nidentities++];
		const struct wf_identity *id = &d->identities[i];

		to->says = id;
		if ((id->issuer_regexp &&
		     (rc = wf_keyring_regexp(ring, id->issuer_regexp, &to->issuer, err))) ||
		    (id->subject_regexp &&
		     (rc = wf_keyring_regexp(ring, id->subject_regexp, &to->subject, err))))
			return wf_err_wrap(err, "deny.identities");
	}
	return WF_OK;
}

enum wf_rc
wf_denied_prepare(const struct wf_deny *const *lists, size_t n, struct wf_keyring *ring,
                  struct wf_arena *arena, struct wf_denied *out, struct wf_err *err)
{
	size_t i, keys = 0, identities = 0;
	enum wf_rc rc;

	for (i = 0; i < n; i++) {
		keys += lists[i]->nkeys;
		identities += lists[i]->nidentities;
	}
	memset(out, 0, sizeof(*out));
	out->lists = lists;
	out->nlists = n;
	out->ids = wf_arena_alloc(arena, (keys + 1) * sizeof(*out->ids));
	out->identities = wf_arena_alloc(arena, (identities + 1) * sizeof(*out->identities));
	for (i = 0; i < n; i++)
		if ((rc = prepare_keys(lists[i], ring, out, err)) ||
		    (rc = prepare_identities(lists[i], ring, out, err)))
			return rc;
	return WF_OK;
}

bool
wf_denied_key(const struct wf_denied *d, const char *id)
{
	size_t i;

	for (i = 0; i < d->nids; i++)
		if (strcmp(d->ids[i], id) == 0)
			return true;
	return false;
}

static bool
holds(const struct wf_denied_identity *d, const struct wf_cert *c)
{
	const struct wf_identity *id = d->says;
	struct wf_str have;
	size_t i;

	if ((id->issuer && !wf_str_eqz(c->issuer, id->issuer)) ||
	    (id->subject && !wf_str_eqz(c->subject, id->subject)) ||
	    (d->issuer && !wf_regexp_full(d->issuer, c->issuer)) ||
	    (d->subject && !wf_regexp_full(d->subject, c->subject)))
		return false;
	for (i = 0; i < id->nextensions; i++)
		if (!wf_cert_extension(c, id->extensions[i].key, &have) ||
		    !wf_str_eqz(have, id->extensions[i].value))
			return false;
	return true;
}

bool
wf_denied_cert(const struct wf_denied *d, const struct wf_cert *c)
{
	size_t i;

	for (i = 0; i < d->nidentities; i++)
		if (holds(&d->identities[i], c))
			return true;
	return false;
}

bool
wf_denied_log_index(const struct wf_denied *d, int64_t index)
{
	size_t i, j;

	for (i = 0; i < d->nlists; i++)
		for (j = 0; j < d->lists[i]->nlog_indexes; j++)
			if (d->lists[i]->log_indexes[j] == index)
				return true;
	return false;
}

bool
wf_denied_any_log_index(const struct wf_denied *d)
{
	size_t i, n = 0;

	for (i = 0; i < d->nlists; i++)
		n += d->lists[i]->nlog_indexes;
	return n > 0;
}
