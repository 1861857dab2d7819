/* SPDX-License-Identifier: Apache-2.0
 *
 * What is live against today's policy: `functions`, `limits`, and the paths and
 * addresses that `capabilities` speaks of.  What an
 * install was once allowed is no reason to allow it now, and neither manifest
 * file nor ledger row may speak in the policy's place.
 */
#include <stdio.h>
#include <string.h>

#include "plan/asks.h"
#include "plan/compare_fields.h"

struct breach {
	const struct wf_compare_fields *c;
	unsigned n;
};

/* Said once: what is above a policy is often not as recorded either. */
static bool
said(const struct wf_compare_fields *c, enum wf_finding_id id, const char *observed)
{
	size_t i;

	for (i = 0; i < c->findings->n; i++) {
		const struct wf_finding *f = &c->findings->v[i];

		if (f->id == id && strcmp(f->object, c->object) == 0 &&
		    (!observed || strcmp(f->observed, observed) == 0))
			return true;
	}
	return false;
}

static void
report(struct breach *b, enum wf_finding_id id, enum wf_severity severity, const char *expected,
       const char *observed)
{
	b->n++;
	if (!said(b->c, id, id == WF_D11 ? observed : NULL))
		wf_finding_add(b->c->findings, id, severity, b->c->object, expected, observed);
}

static bool
listed(const struct wf_strs *patterns, const char *z)
{
	size_t i;

	for (i = 0; i < patterns->n; i++)
		if (wf_policy_glob(patterns->v[i], z))
			return true;
	return false;
}

/* PUBLIC is no role: only the word itself allows it. */
static bool
grantee_allowed(const struct wf_strs *patterns, const char *role)
{
	size_t i;

	if (strcmp(role, "PUBLIC") != 0)
		return listed(patterns, role);
	for (i = 0; i < patterns->n; i++)
		if (strcmp(patterns->v[i], role) == 0)
			return true;
	return false;
}

static void
functions(struct breach *b, const struct wf_function_policy *p)
{
	const struct wf_spec *v = &b->c->live->spec;
	char text[160];
	size_t i;

	if (!p || !p->set)
		return;
	if (p->schemas.n && !listed(&p->schemas, v->schema)) {
		(void)snprintf(text, sizeof(text), "schema %s", v->schema);
		report(b, WF_D17, WF_SEV_HIGH, "a schema that policy allows", text);
	}
	if (p->owners.n && (!v->owner || !listed(&p->owners, v->owner))) {
		(void)snprintf(text, sizeof(text), "owner %s", v->owner ? v->owner : "not known");
		report(b, WF_D07, WF_SEV_HIGH, "an owner that policy allows", text);
	}
	for (i = 0; p->grantees.n && i < v->grants.n; i++) {
		if (grantee_allowed(&p->grantees, v->grants.v[i]))
			continue;
		(void)snprintf(text, sizeof(text), "EXECUTE for %s", v->grants.v[i]);
		report(b, WF_D08, WF_SEV_HIGH, "EXECUTE for roles that policy allows", text);
	}
	if (p->definer == WF_DENY && v->definer != WF_NO)
		report(b, WF_D09, WF_SEV_CRITICAL, "security invoker, by policy",
		       "security definer");
}

/* A limit that is not set is the cluster's, and compared there. */
static void
limits(struct breach *b, const struct wf_limits *most)
{
	char expected[96], observed[96];
	int64_t have, top;
	size_t i;

	for (i = 0; most && i < WF_LIMIT_COUNT; i++) {
		top = wf_spec_limit(most, i);
		have = wf_spec_limit(&b->c->live->spec.limits, i);
		if (top < 0 || have <= top)
			continue;
		(void)snprintf(expected, sizeof(expected), "%s at most %lld, by policy",
		               wf_spec_limit_word(i), (long long)top);
		(void)snprintf(observed, sizeof(observed), "%s %lld", wf_spec_limit_word(i),
		               (long long)have);
		report(b, WF_D11, WF_SEV_HIGH, expected, observed);
	}
}

static void
asks(struct breach *b, const struct wf_policy *p, const char *match)
{
	const char *why = wf_asks_against(p, match, &b->c->live->spec, b->c->arena);

	if (why)
		report(b, WF_D12, WF_SEV_CRITICAL, "paths and addresses that policy allows", why);
}

unsigned
wf_compare_policy(const struct wf_compare_fields *c, const struct wf_policy *own,
                  const char *match)
{
	struct breach b = {.c = c};
	size_t i;

	for (i = 0; i < c->in->npolicies; i++) {
		functions(&b, wf_policy_functions(c->in->policies[i]));
		limits(&b, wf_policy_limits(c->in->policies[i]));
		asks(&b, c->in->policies[i], match);
	}
	if (own) {
		functions(&b, wf_policy_functions(own));
		limits(&b, wf_policy_limits(own));
		asks(&b, own, match);
	}
	return b.n;
}
