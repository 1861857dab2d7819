/* SPDX-License-Identifier: Apache-2.0
 *
 * The policy value and the choice among its rules.  No rule that matches
 * means refused: a function here returns NULL, never a default.
 */
#include "policy/policy.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "dep/crypto.h"
#include "policy/value.h"

/* "oci:/srv/a/../b" would match what is allowed for /srv/a. */
static bool
climbs(const char *match)
{
	const char *p = match + 4;

	for (;;) {
		if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
			return true;
		p = strchr(p, '/');
		if (!p)
			return false;
		p++;
	}
}

static bool
pattern_matches(const char *pattern, const char *match)
{
	bool oci = strncmp(match, "oci:", 4) == 0;

	if (match[0] == '\0')
		return strcmp(pattern, "**") == 0;
	if (oci != (strncmp(pattern, "oci:", 4) == 0))
		return false;
	if (oci && climbs(match))
		return false;
	return wf_policy_glob(pattern, match);
}

/* Literal characters of the most specific pattern that matches, -1: none. */
static int
specificity(const struct wf_strs *patterns, const char *match)
{
	int best = -1, n;
	size_t i;

	for (i = 0; i < patterns->n; i++) {
		if (!pattern_matches(patterns->v[i], match))
			continue;
		n = (int)wf_policy_literal(patterns->v[i]);
		if (n > best)
			best = n;
	}
	return best;
}

const struct wf_trust_rule *
wf_policy_trust(const struct wf_policy *p, const char *match)
{
	const struct wf_trust_rule *found = NULL;
	int best = -1, n;
	size_t i;

	for (i = 0; i < p->ntrust; i++) {
		n = specificity(&p->trust[i].match, match);
		if (n > best) {
			best = n;
			found = &p->trust[i];
		}
	}
	return found;
}

const struct wf_cap_rule *
wf_policy_caps(const struct wf_policy *p, const char *match, size_t skip)
{
	const struct wf_cap_rule *found;
	int below = WF_MAX_PATTERN_BYTES + 1, best, n;
	size_t i;

	/* no two rules have the same literal prefix, and prefixes of one text
	 * with the same length are the same: each step down is one rule */
	for (;; skip--) {
		found = NULL;
		best = -1;
		for (i = 0; i < p->ncaps; i++) {
			n = specificity(&p->caps[i].match, match);
			if (n > best && n < below) {
				best = n;
				found = &p->caps[i];
			}
		}
		if (!found || skip == 0)
			return found;
		below = best;
	}
}

const struct wf_trust_rule *
wf_policy_trust_at(const struct wf_policy *p, size_t i)
{
	return i < p->ntrust ? &p->trust[i] : NULL;
}

const struct wf_deny *
wf_policy_deny(const struct wf_policy *p, size_t i)
{
	return i < p->ndeny ? &p->deny[i] : NULL;
}

const struct wf_function_policy *
wf_policy_functions(const struct wf_policy *p)
{
	return &p->functions;
}

const struct wf_limits *
wf_policy_limits(const struct wf_policy *p)
{
	return &p->limits;
}

const struct wf_digest *
wf_policy_hash(const struct wf_policy *p)
{
	return &p->hash;
}

/* One pattern of a section with the rule it belongs to. */
struct owned {
	const char *pattern;
	size_t literal, rule;
	const struct wf_pos *pos;
};

static int
by_literal(const void *a, const void *b)
{
	const struct owned *x = a, *y = b;
	size_t n = x->literal < y->literal ? x->literal : y->literal;
	int c = memcmp(x->pattern, y->pattern, n);

	if (c == 0 && x->literal != y->literal)
		c = x->literal < y->literal ? -1 : 1;
	return c ? c : x->rule < y->rule ? -1 : x->rule > y->rule;
}

static void
section_conflicts(struct wf_policy *p, struct owned *v, size_t n)
{
	size_t i;

	if (n)
		qsort(v, n, sizeof(*v), by_literal);
	for (i = 1; i < n; i++) {
		const struct owned *x = &v[i - 1], *y = &v[i];

		if (x->rule == y->rule || x->literal != y->literal ||
		    memcmp(x->pattern, y->pattern, x->literal) != 0)
			continue;
		wf_problem_add(&p->problems, WF_R_CONFIG, y->pos->file, y->pos->line,
		               y->pos->column,
		               "pattern \"%.150s\" is as specific as \"%.150s\" of the rule at %.150s:%u: expected another literal beginning",
		               y->pattern, x->pattern, x->pos->file, x->pos->line);
	}
}

static size_t
own(struct owned *v, size_t n, const struct wf_strs *patterns,
    const struct wf_pos *pos, size_t rule)
{
	size_t i;

	for (i = 0; i < patterns->n; i++)
		v[n++] = (struct owned){patterns->v[i],
		                        wf_policy_literal(patterns->v[i]), rule, pos};
	return n;
}

void
wf_policy_conflicts(struct wf_policy *p)
{
	WF_AUTO(wf_freep) struct owned *v = NULL;
	size_t i, n = 0, most = 0;

	for (i = 0; i < p->ntrust; i++)
		most += p->trust[i].match.n;
	for (i = 0; i < p->ncaps; i++)
		most += p->caps[i].match.n;
	v = wf_calloc(most, sizeof(*v));
	for (i = 0; i < p->ntrust; i++)
		n = own(v, n, &p->trust[i].match, &p->trust[i].pos, i);
	section_conflicts(p, v, n);
	for (i = 0, n = 0; i < p->ncaps; i++)
		n = own(v, n, &p->caps[i].match, &p->caps[i].pos, i);
	section_conflicts(p, v, n);
}

void
wf_policy_free(struct wf_policy *p)
{
	if (!p)
		return;
	free(p->trust);
	free(p->deny);
	free(p->caps);
	wf_crypto_sha256_freep(&p->hasher);
	wf_problem_free(&p->problems);
	wf_arena_free(&p->arena);
	free(p);
}

void
wf_policy_freep(struct wf_policy **p)
{
	wf_policy_free(*p);
	*p = NULL;
}
