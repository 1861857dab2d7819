/* SPDX-License-Identifier: Apache-2.0
 *
 * Parsed keys and roots by the digest of their bytes, expressions by their
 * text.  Must never hand out one for other bytes than those asked for.
 */
#include "trust/keyring.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ref/digest.h"

struct entry {
	struct wf_digest of;
	struct wf_sigkey *key;
};

struct root_entry {
	struct wf_digest of;
	struct wf_root *root;
};

struct wf_keyring {
	struct entry *v;
	size_t n, cap;
	struct root_entry *roots;
	size_t nroots, rootcap;
	struct wf_regexp **expressions;
	size_t nexpressions, expressioncap;
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
	for (i = 0; i < (*ring)->nroots; i++)
		wf_root_free((*ring)->roots[i].root);
	free((*ring)->roots);
	for (i = 0; i < (*ring)->nexpressions; i++)
		wf_regexp_free((*ring)->expressions[i]);
	free((*ring)->expressions);
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

enum wf_rc
wf_keyring_root(struct wf_keyring *ring, const struct wf_policy_root *from,
                const struct wf_root **out, struct wf_err *err)
{
	struct wf_root *parsed = NULL;
	struct wf_digest of;
	size_t i;
	enum wf_rc rc;

	if (from->bytes.len == 0)
		return wf_err_set(err, WF_R_CONFIG, "trusted root \"%s\" was not read", from->path);
	wf_digest_of(from->bytes.p, from->bytes.len, &of);
	for (i = 0; i < ring->nroots; i++) {
		if (wf_digest_eq(&ring->roots[i].of, &of)) {
			*out = ring->roots[i].root;
			return WF_OK;
		}
	}
	if ((rc = wf_root_parse(from->bytes, from->path, &parsed, err)))
		return rc;
	ring->roots = wf_grow(ring->roots, &ring->rootcap, ring->nroots, sizeof(*ring->roots));
	ring->roots[ring->nroots++] = (struct root_entry){of, parsed};
	*out = parsed;
	return WF_OK;
}

enum wf_rc
wf_keyring_regexp(struct wf_keyring *ring, const char *pattern,
                  const struct wf_regexp **out, struct wf_err *err)
{
	struct wf_regexp *e = NULL;
	size_t i;
	enum wf_rc rc;

	for (i = 0; i < ring->nexpressions; i++) {
		if (strcmp(wf_regexp_pattern(ring->expressions[i]), pattern) == 0) {
			*out = ring->expressions[i];
			return WF_OK;
		}
	}
	if ((rc = wf_regexp_compile(pattern, WF_R_CONFIG, &e, err)))
		return rc;
	ring->expressions = wf_grow(ring->expressions, &ring->expressioncap,
	                            ring->nexpressions, sizeof(*ring->expressions));
	*out = ring->expressions[ring->nexpressions++] = e;
	return WF_OK;
}
