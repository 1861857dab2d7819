/* SPDX-License-Identifier: Apache-2.0
 *
 * Rules that need several authorities.  Must never let one signer speak for
 * two of them.
 */
#include "trust/voices.h"

#include <string.h>

static bool
same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool
same_identity(const struct wf_identity *a, const struct wf_identity *b)
{
	return same_text(a->issuer, b->issuer) && same_text(a->subject, b->subject) &&
	       same_text(a->issuer_regexp, b->issuer_regexp) &&
	       same_text(a->subject_regexp, b->subject_regexp);
}

/* What two authorities share, or NULL. */
static const char *
shared(const struct wf_attempt_by *a, const struct wf_attempt_by *b)
{
	const struct wf_identity *id;
	size_t k, l;

	for (k = 0; k < a->nkeys; k++)
		for (l = 0; l < b->nkeys; l++)
			if (strcmp(wf_sigkey_id(a->keys[k].key), wf_sigkey_id(b->keys[l].key)) == 0)
				return wf_sigkey_id(a->keys[k].key);
	for (k = 0; k < a->nwants; k++) {
		id = &a->authority->identities[k];
		for (l = 0; l < b->nwants; l++)
			if (same_identity(id, &b->authority->identities[l]))
				return id->subject ? id->subject : id->subject_regexp;
	}
	return NULL;
}

enum wf_rc
wf_voices_distinct(const struct wf_trust_rule *r, const struct wf_attempt_by *by,
               struct wf_err *err)
{
	const char *what;
	size_t i, j;

	if (r->require == WF_REQUIRE_ANY)
		return WF_OK;
	for (i = 0; i < r->nauthorities; i++)
		for (j = i + 1; j < r->nauthorities; j++)
			if ((what = shared(&by[i], &by[j])))
				return wf_err_set(err, WF_R_CONFIG,
				                  "authorities %s and %s of one rule share the %s %s, "
				                  "so one signature would count twice",
				                  r->authorities[i].name, r->authorities[j].name,
				                  strncmp(what, "sha256:", 7) == 0 ? "key" : "identity",
				                  what);
	return WF_OK;
}

/* A bipartite matching: authorities on one side, different signers on the
 * other. */
struct match {
	const struct wf_verdict *verdicts;
	size_t n;
	const bool *signers;
	size_t *taken; /* by signer: authority + 1, 0 none */
	bool *seen;
};

static bool
same_signer(const struct wf_verdict *a, const struct wf_verdict *b)
{
	return strcmp(a->who.key_id, b->who.key_id) == 0 &&
	       same_text(a->who.identity, b->who.identity) &&
	       same_text(a->who.issuer, b->who.issuer);
}

/* The first candidate of the same signer stands for all of them. */
static size_t
stands_for(const struct wf_verdict *v, size_t candidate)
{
	size_t i;

	for (i = 0; i < candidate; i++)
		if (v[i].verified && same_signer(&v[i], &v[candidate]))
			return i;
	return candidate;
}

static bool
find_voice(struct match *m, size_t authority)
{
	size_t i, signer;

	for (i = 0; i < m->n; i++) {
		if (!m->signers[authority * m->n + i])
			continue;
		signer = stands_for(m->verdicts, i);
		if (m->seen[signer])
			continue;
		m->seen[signer] = true;
		if (m->taken[signer] == 0 || find_voice(m, m->taken[signer] - 1)) {
			m->taken[signer] = authority + 1;
			return true;
		}
	}
	return false;
}

size_t
wf_voices_count(const bool *signers, size_t nauthorities, const struct wf_verdict *verdicts,
                size_t n, struct wf_arena *arena)
{
	struct match m = {
		.verdicts = verdicts,
		.n = n,
		.signers = signers,
		.taken = wf_arena_alloc(arena, (n + 1) * sizeof(*m.taken)),
		.seen = wf_arena_alloc(arena, (n + 1) * sizeof(*m.seen)),
	};
	size_t i, count = 0;

	memset(m.taken, 0, n * sizeof(*m.taken));
	for (i = 0; i < nauthorities; i++) {
		memset(m.seen, 0, n * sizeof(*m.seen));
		count += find_voice(&m, i);
	}
	return count;
}
