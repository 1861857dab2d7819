/* SPDX-License-Identifier: Apache-2.0
 *
 * Parsed keys by the digest of their bytes.  Must never hand out a key for
 * other bytes than those asked for.
 */
#include "trust/keyring.h"

#include <stdlib.h>

#include "base/mem.h"
#include "ref/digest.h"

struct entry {
	struct wf_digest of;
	struct wf_sigkey *key;
};

struct wf_keyring {
	struct entry *v;
	size_t n, cap;
};

struct wf_keyring *
wf_keyring_new(void)
{
	return wf_calloc(1, sizeof(struct wf_keyring));
}

void
wf_keyring_freep(struct wf_keyring **ring)
{
	size_t i;

	if (!*ring)
		return;
	for (i = 0; i < (*ring)->n; i++)
		wf_sigkey_free((*ring)->v[i].key);
	free((*ring)->v);
	free(*ring);
	*ring = NULL;
}

enum wf_rc
wf_keyring_get(struct wf_keyring *ring, const struct wf_policy_key *key,
               const struct wf_sigkey **out, struct wf_err *err)
{
	struct wf_sigkey *parsed = NULL;
	struct wf_digest of;
	size_t i;
	enum wf_rc rc;

	wf_digest_of(key->bytes.p, key->bytes.len, &of);
	for (i = 0; i < ring->n; i++) {
		if (wf_digest_eq(&ring->v[i].of, &of)) {
			*out = ring->v[i].key;
			return WF_OK;
		}
	}
	if ((rc = wf_sigkey_load(key->bytes, key->path, &parsed, err)))
		return rc;
	ring->v = wf_grow(ring->v, &ring->cap, ring->n, sizeof(*ring->v));
	ring->v[ring->n++] = (struct entry){of, parsed};
	*out = parsed;
	return WF_OK;
}
