/* SPDX-License-Identifier: Apache-2.0
 *
 * What policy lets a function be: `functions`, `limits`, paths, addresses.  Must never let
 * something through because a field was left out.
 */
#include <string.h>

#include "plan/asks.h"
#include "plan/steps.h"

static bool
matches(const struct wf_strs *patterns, const char *text)
{
	size_t i;

	for (i = 0; i < patterns->n; i++)
		if (wf_policy_glob(patterns->v[i], text))
			return true;
	return false;
}

static bool
is_superuser(const struct wf_live *live, const char *role)
{
	size_t i;

	for (i = 0; i < live->superusers.n; i++)
		if (strcmp(live->superusers.v[i], role) == 0)
			return true;
	return false;
}

static enum wf_rc
denied(const struct wf_function_policy *f, const struct wf_spec *s, const char *what,
       const char *value, const char *list, struct wf_err *err)
{
	return wf_err_set(err, WF_R_DENIED, "%s.%s: %s %s is not in functions.%s (%s:%u)",
	                  s->schema, s->name, what, value, list,
	                  f->pos.file ? f->pos.file : "policy", f->pos.line);
}

/* Contract section 7: an explicit owner that is no superuser; the fixed
 * search_path is set by the engine adapter. */
static enum wf_rc
definer_allowed(const struct wf_function_policy *f, const struct wf_spec *s, const char *owner,
                const struct wf_live *live, struct wf_err *err)
{
	if (s->definer != WF_YES)
		return WF_OK;
	if (f && f->set && f->definer == WF_DENY)
		return wf_err_set(err, WF_R_DENIED,
		                  "%s.%s: security definer is denied by functions.definer (%s:%u)",
		                  s->schema, s->name, f->pos.file ? f->pos.file : "policy",
		                  f->pos.line);
	if (!s->owner)
		return wf_err_set(err, WF_R_DENIED,
		                  "%s.%s: security definer needs an owner in the manifest file",
		                  s->schema, s->name);
	if (is_superuser(live, owner))
		return wf_err_set(err, WF_R_DENIED,
		                  "%s.%s: security definer with owner %s, who is a superuser",
		                  s->schema, s->name, owner);
	return WF_OK;
}

static enum wf_rc
functions_allowed(const struct wf_function_policy *f, const struct wf_spec *s,
                  const char *owner, struct wf_err *err)
{
	size_t i;

	if (!f || !f->set)
		return WF_OK;
	if (f->schemas.n && !matches(&f->schemas, s->schema))
		return denied(f, s, "schema", s->schema, "schemas", err);
	if (f->owners.n && !matches(&f->owners, owner)) {
		(void)denied(f, s, "owner", owner, "owners", err);
		return s->owner ? err ? err->code : WF_E_DENIED
		                : wf_err_hint(err, "Without `owner:` a function belongs to the role "
		                                   "that installs it.");
	}
	for (i = 0; f->grantees.n && s->grants_set && i < s->grants.n; i++)
		if (!matches(&f->grantees, s->grants.v[i]))
			return denied(f, s, "grantee", s->grants.v[i], "grantees", err);
	return WF_OK;
}

static enum wf_rc
limits_allowed(const struct wf_limits *ceiling, const struct wf_spec *s, struct wf_err *err)
{
	const struct {
		const char *name;
		int64_t want, most;
	} row[] = {
		{"max_memory_bytes", s->limits.max_memory_bytes, ceiling->max_memory_bytes},
		{"fuel_per_call", s->limits.fuel_per_call, ceiling->fuel_per_call},
		{"epoch_deadline_ms", s->limits.epoch_deadline_ms, ceiling->epoch_deadline_ms},
		{"stack_size_bytes", s->limits.stack_size_bytes, ceiling->stack_size_bytes},
	};
	size_t i;

	for (i = 0; i < WF_COUNT(row); i++)
		if (row[i].most >= 0 && row[i].want > row[i].most)
			return wf_err_set(err, WF_R_DENIED,
			                  "%s.%s: %s %lld is above the policy's limits.%s %lld",
			                  s->schema, s->name, row[i].name, (long long)row[i].want,
			                  row[i].name, (long long)row[i].most);
	return WF_OK;
}

enum wf_rc
wf_steps_allowed(const struct wf_policy *p, const char *match, const struct wf_spec *goal,
                 const char *owner, const struct wf_live *live, struct wf_err *err)
{
	WF_AUTO(wf_arena_free) struct wf_arena arena = {0};
	const struct wf_function_policy *f = wf_policy_functions(p);
	const struct wf_limits *l = wf_policy_limits(p);
	enum wf_rc rc = functions_allowed(f, goal, owner, err);
	const char *why;

	if (rc == WF_OK)
		rc = definer_allowed(f, goal, owner, live, err);
	if (rc == WF_OK && l)
		rc = limits_allowed(l, goal, err);
	if (rc == WF_OK && (why = wf_asks_against(p, match, goal, &arena)))
		rc = wf_err_set(err, WF_R_DENIED, "%s.%s: %s", goal->schema, goal->name, why);
	return rc;
}
