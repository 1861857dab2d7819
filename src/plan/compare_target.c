/* SPDX-License-Identifier: Apache-2.0
 *
 * What is wrong with a target as a whole: engine, settings and their
 * overrides, privileges, and what could not be read.  Must never take a
 * setting that is not there for one that is as wanted.
 */
#include "plan/compare_fields.h"
#include "plan/untrusted.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Settings that are ceilings for a limit of the policy: what follows the
 * first dot of the name, as the seed's contract names them. */
static const struct {
	const char *setting;
	size_t off;
} ceilings[] = {
	{"max_memory_bytes", offsetof(struct wf_limits, max_memory_bytes)},
	{"max_fuel_per_call", offsetof(struct wf_limits, fuel_per_call)},
	{"max_epoch_deadline_ms", offsetof(struct wf_limits, epoch_deadline_ms)},
	{"max_stack_bytes", offsetof(struct wf_limits, stack_size_bytes)},
};

/* "on", "off" or NULL: words that PostgreSQL takes for a boolean. */
static const char *
as_bool(const char *z)
{
	static const char *const on[] = {"on", "true", "yes", "1", "t", "y"};
	static const char *const off[] = {"off", "false", "no", "0", "f", "n"};
	size_t i;

	for (i = 0; i < WF_COUNT(on); i++) {
		if (strcasecmp(z, on[i]) == 0)
			return "on";
		if (strcasecmp(z, off[i]) == 0)
			return "off";
	}
	return NULL;
}

/* A number with PostgreSQL's unit of memory or time, in bytes or ms. */
static bool
as_number(const char *z, int64_t *out)
{
	static const struct {
		const char *unit;
		int64_t factor;
	} units[] = {{"", 1},         {"B", 1},          {"kB", 1024},
	             {"MB", 1048576}, {"GB", 1073741824}, {"TB", 1099511627776},
	             {"ms", 1},       {"s", 1000},        {"min", 60000}};
	char *end;
	long long v = strtoll(z, &end, 10);
	size_t i;

	if (end == z || v < 0)
		return false;
	while (*end == ' ')
		end++;
	for (i = 0; i < WF_COUNT(units); i++) {
		if (strcmp(end, units[i].unit) == 0 && v <= INT64_MAX / units[i].factor) {
			*out = v * units[i].factor;
			return true;
		}
	}
	return false;
}

static bool
same_value(const char *want, const char *have)
{
	bool want_word = strcmp(want, "on") == 0 || strcmp(want, "off") == 0;
	bool have_word = strcmp(have, "on") == 0 || strcmp(have, "off") == 0;
	int64_t a, b;

	if (strcmp(want, have) == 0)
		return true;
	if (want_word || have_word) {
		const char *w = as_bool(want), *h = as_bool(have);

		return w && h && strcmp(w, h) == 0;
	}
	return as_number(want, &a) && as_number(have, &b) && a == b;
}

static const char *
where(const struct wf_live_setting *s)
{
	return s->where && *s->where ? s->where : "server";
}

static void
setting_finding(struct wf_comparison *out, const struct wf_live_setting *s, const char *expected)
{
	char object[320], observed[512];

	snprintf(object, sizeof(object), "setting %s (%s)", s->name, where(s));
	if (s->source && strcmp(where(s), "server") == 0)
		snprintf(observed, sizeof(observed), "%s (%s)", s->value, s->source);
	else
		snprintf(observed, sizeof(observed), "%s", s->value);
	wf_finding_add(&out->findings, WF_D13, WF_SEV_CRITICAL, object, expected, observed);
}

/* What is expected of a setting: the target's `expect`, else what the ledger
 * recorded at the last install; NULL when neither says. */
static const char *
expected_value(const struct wf_compare *in, const struct wf_json *recorded, const char *name)
{
	size_t i;

	for (i = 0; in->expect && i < in->expect->nexpect_settings; i++)
		if (strcmp(in->expect->expect_settings[i].key, name) == 0)
			return in->expect->expect_settings[i].value;
	return wf_json_z(wf_json_get(recorded, name));
}

static bool
above_policy(const struct wf_compare *in, const struct wf_live_setting *s, char text[96])
{
	const char *dot = strchr(s->name, '.');
	int64_t have, top;
	size_t i, j;

	for (i = 0; dot && i < WF_COUNT(ceilings); i++) {
		if (strcmp(dot + 1, ceilings[i].setting) != 0)
			continue;
		for (j = 0; j < in->npolicies; j++) {
			const struct wf_limits *l = wf_policy_limits(in->policies[j]);

			if (!l)
				continue;
			memcpy(&top, (const char *)l + ceilings[i].off, sizeof(top));
			/* a ceiling that is no number we can read is above any */
			if (top >= 0 && (!as_number(s->value, &have) || have > top)) {
				snprintf(text, 96, "at most %lld", (long long)top);
				return true;
			}
		}
	}
	return false;
}

static void
missing_setting(const struct wf_compare *in, struct wf_comparison *out, const char *name,
                const char *want)
{
	char object[320];
	size_t i;

	for (i = 0; i < in->live->nsettings; i++)
		if (strcmp(in->live->settings[i].name, name) == 0 &&
		    strcmp(where(&in->live->settings[i]), "server") == 0)
			return;
	snprintf(object, sizeof(object), "setting %s", name);
	wf_finding_add(&out->findings, WF_D30, WF_SEV_HIGH, object, want,
	                "the server does not show it");
}

static void
settings(const struct wf_compare *in, struct wf_comparison *out, const struct wf_json *recorded)
{
	const struct wf_live *l = in->live;
	const struct wf_json *value;
	const char *want, *key;
	char text[96];
	void *it = NULL;
	size_t i;

	for (i = 0; i < l->nsettings; i++) {
		want = expected_value(in, recorded, l->settings[i].name);
		out->settings_checked += want != NULL;
		if (want && !same_value(want, l->settings[i].value))
			setting_finding(out, &l->settings[i], want);
		else if (above_policy(in, &l->settings[i], text))
			setting_finding(out, &l->settings[i], text);
	}
	for (i = 0; in->expect && i < in->expect->nexpect_settings; i++)
		missing_setting(in, out, in->expect->expect_settings[i].key,
		                in->expect->expect_settings[i].value);
	while (wf_json_next(recorded, &it, &key, &value))
		if (wf_json_z(value) && expected_value(in, NULL, key) == NULL)
			missing_setting(in, out, key, wf_json_z(value));
}

static void
version(const struct wf_compare *in, struct wf_comparison *out, const char *recorded)
{
	const char *want = in->expect && in->expect->expect_version ? in->expect->expect_version
	                                                            : recorded;
	const char *have = in->live->engine_version;
	char object[128];

	if (!want || (have && strcmp(want, have) == 0))
		return;
	snprintf(object, sizeof(object), "engine %s", in->live->engine);
	wf_finding_add(&out->findings, WF_D15, WF_SEV_HIGH, object, want,
	                have ? have : "not installed");
}

static void
excess(const struct wf_compare *in, struct wf_comparison *out)
{
	char observed[320], expected[320];
	size_t i;

	for (i = 0; i < in->live->nexcess; i++) {
		const struct wf_live_excess *e = &in->live->excess[i];

		snprintf(expected, sizeof(expected), "no %s for %s", e->privilege, e->grantee);
		snprintf(observed, sizeof(observed), "%s granted to %s", e->privilege, e->grantee);
		wf_finding_add(&out->findings, WF_D17, WF_SEV_HIGH, e->object, expected, observed);
	}
}

/* In schemas that a policy in force guards; each once. */
static void
untrusted(const struct wf_compare *in, struct wf_comparison *out)
{
	char object[320], observed[320];
	size_t i, k;

	for (i = 0; i < in->live->nuntrusted; i++) {
		const struct wf_live_untrusted *u = &in->live->untrusted[i];

		for (k = 0; k < in->npolicies; k++)
			if (wf_untrusted_denied(wf_policy_functions(in->policies[k]), u))
				break;
		if (k == in->npolicies)
			continue;
		snprintf(object, sizeof(object), "function %.300s", u->function);
		snprintf(observed, sizeof(observed), "language %s, owned by %s", u->language,
		         u->owner);
		wf_finding_add(&out->findings, WF_D17, WF_SEV_HIGH, object, "a trusted language",
		                observed);
	}
}

static void
oddities(const struct wf_compare *in, struct wf_comparison *out)
{
	enum wf_finding_id id;
	size_t i;

	for (i = 0; i < in->live->noddities; i++) {
		const struct wf_live_oddity *o = &in->live->oddities[i];

		if (!wf_finding_parse(o->id, &id))
			id = WF_D16;
		wf_finding_add(&out->findings, id, WF_SEV_CRITICAL, o->object, o->expected,
		                o->observed);
	}
}

void
wf_compare_target(const struct wf_compare *in, struct wf_comparison *out)
{
	const struct wf_live *l = in->live;
	const struct wf_json *recorded = NULL;
	const char *recorded_version = NULL;
	size_t i;

	for (i = l->nledger; i-- > 0 && (!recorded || !recorded_version);) {
		if (!recorded)
			recorded = l->ledger[i].settings;
		if (!recorded_version)
			recorded_version = l->ledger[i].engine_version;
	}
	oddities(in, out);
	version(in, out, recorded_version);
	settings(in, out, recorded);
	excess(in, out);
	untrusted(in, out);
	for (i = 0; i < l->unreadable.n; i++)
		wf_finding_add(&out->findings, WF_D30, WF_SEV_HIGH, "target", "readable",
		                l->unreadable.v[i]);
	if (in->known_error)
		wf_finding_add(&out->findings, WF_D30, WF_SEV_HIGH, "local state", "readable",
		                in->known_error);
}
