/* SPDX-License-Identifier: Apache-2.0
 *
 * Policy files by table (contract section 7).  Must never read over a word
 * that was meant to forbid something: unknown keys, words and patterns that
 * can never match are errors.
 */
#include <string.h>

#include "base/limits.h"
#include "policy/value.h"

struct wf_policy_ctx *
wf_policy_around(struct wf_field_ctx *c)
{
	return (struct wf_policy_ctx *)c;
}

/* Why a pattern of references can never match, or NULL. */
static const char *
pattern_wrong(const char *s)
{
	size_t host = strcspn(s, "/"), n = strlen(s), i;

	if (n > WF_MAX_PATTERN_BYTES)
		return "is longer than 512 bytes";
	if (strncmp(s, "oci:", 4) == 0)
		return s[4] ? NULL : "has no directory after oci:";
	if (strchr(s, '@'))
		return "has a digest: patterns are compared with host, port and path";
	for (i = 0; i < n; i++) {
		if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789._-/:[]*", s[i]))
			return "has a character that no lower-case reference has";
		if (s[i] == ':' && i > host)
			return "has a tag: patterns are compared with host, port and path";
		if (s[i] == '/' && (i == 0 || i + 1 == n || s[i - 1] == '/'))
			return "has an empty segment, which no reference has";
	}
	if (host == n && !strstr(s, "**"))
		return "has no path: expected host/path, or ** for everything";
	return NULL;
}

void
wf_policy_take_match(struct wf_field_ctx *c, const struct wf_field *f,
           const struct wf_yaml_node *v, void *out)
{
	const struct wf_yaml_node *m;
	const char *why;

	wf_field_texts(c, f, v, out);
	if (v->kind != WF_YAML_LIST)
		return;
	for (m = v->first; m; m = m->next)
		if (m->kind == WF_YAML_SCALAR && m->text.len &&
		    (why = pattern_wrong(m->text.p)))
			wf_field_problem(c, m, "%s: pattern \"%.200s\" %s", f->name,
			                 m->text.p, why);
}

/* Patterns of names: anything, of bounded length. */
static void
take_patterns(struct wf_field_ctx *c, const struct wf_field *f,
              const struct wf_yaml_node *v, void *out)
{
	const struct wf_yaml_node *m;

	wf_field_texts(c, f, v, out);
	for (m = v->kind == WF_YAML_LIST ? v->first : NULL; m; m = m->next)
		if (m->text.len > WF_MAX_PATTERN_BYTES)
			wf_field_problem(c, m, "%s: pattern is longer than %u bytes",
			                 f->name, WF_MAX_PATTERN_BYTES);
}

/* --- functions, limits ---------------------------------------------------- */

static const char *const verdict_words[] = {"allow", "deny", NULL};

static void
take_verdict(struct wf_field_ctx *c, const struct wf_field *f,
             const struct wf_yaml_node *v, void *out)
{
	int i = -1;

	wf_field_word(c, f, v, &i);
	if (i >= 0)
		*(enum wf_tristate *)out = i == 0 ? WF_ALLOW : WF_DENY;
}

static const struct wf_field function_rows[] = {
	{.name = "schemas", .flags = WF_FIELD_FILLED, .take = take_patterns,
	 .off = offsetof(struct wf_function_policy, schemas)},
	{.name = "owners", .flags = WF_FIELD_FILLED, .take = take_patterns,
	 .off = offsetof(struct wf_function_policy, owners)},
	{.name = "grantees", .flags = WF_FIELD_FILLED, .take = take_patterns,
	 .off = offsetof(struct wf_function_policy, grantees)},
	{.name = "definer", .take = take_verdict, .words = verdict_words,
	 .off = offsetof(struct wf_function_policy, definer)},
	{.name = "untrusted", .take = take_verdict, .words = verdict_words,
	 .off = offsetof(struct wf_function_policy, untrusted)},
};
static const struct wf_fields function_fields = WF_FIELDS("functions", function_rows);

static void
take_functions(struct wf_field_ctx *c, const struct wf_field *f,
               const struct wf_yaml_node *v, void *out)
{
	struct wf_policy *p = out;

	if (p->functions.set)
		wf_field_problem(c, v, "a second \"%s\": first at %s:%u", f->name,
		                 p->functions.pos.file, p->functions.pos.line);
	p->functions.set = true;
	p->functions.pos = wf_field_pos(c, v);
	wf_field_read(c, f->sub, v, &p->functions);
}

#define LIMIT(member) \
	{.name = #member, .take = wf_field_int, .min = 1, .max = INT64_MAX, \
	 .off = offsetof(struct wf_limits, member)}
static const struct wf_field limit_rows[] = {
	LIMIT(max_memory_bytes),
	LIMIT(fuel_per_call),
	LIMIT(epoch_deadline_ms),
	LIMIT(stack_size_bytes),
};
static const struct wf_fields limit_fields = WF_FIELDS("limits", limit_rows);

static void
take_limits(struct wf_field_ctx *c, const struct wf_field *f,
            const struct wf_yaml_node *v, void *out)
{
	struct wf_policy *p = out;

	if (p->limits_pos.line)
		wf_field_problem(c, v, "a second \"%s\": first at %s:%u", f->name,
		                 p->limits_pos.file, p->limits_pos.line);
	p->limits_pos = wf_field_pos(c, v);
	wf_field_read(c, f->sub, v, &p->limits);
}

static const char *const kind_words[] = {"Policy", NULL};

static void
take_kind(struct wf_field_ctx *c, const struct wf_field *f,
          const struct wf_yaml_node *v, void *out)
{
	int i = 0;

	(void)out;
	wf_field_word(c, f, v, &i);
}

static void
take_caps(struct wf_field_ctx *c, const struct wf_field *f,
          const struct wf_yaml_node *v, void *out)
{
	struct wf_policy *p = out;
	const struct wf_yaml_node *m;

	if (!wf_field_is_list(c, f, v))
		return;
	for (m = v->first; m; m = m->next) {
		p->caps = wf_grow(p->caps, &p->caps_cap, p->ncaps, sizeof(*p->caps));
		wf_policy_cap_rule(c, m, &p->caps[p->ncaps++]);
	}
}

static const struct wf_field head_rows[] = {
	{.name = "apiVersion", .flags = WF_FIELD_REQUIRED, .take = wf_field_api_version},
	{.name = "kind", .flags = WF_FIELD_REQUIRED, .take = take_kind, .words = kind_words},
	{.name = "trust", .take = wf_policy_take_trust, .sub = &wf_policy_trust_fields},
	{.name = "deny", .take = wf_policy_take_deny, .sub = &wf_policy_deny_fields},
	{.name = "capabilities", .take = take_caps, .sub = &wf_policy_cap_fields},
	{.name = "functions", .take = take_functions, .sub = &function_fields},
	{.name = "limits", .take = take_limits, .sub = &limit_fields},
};
static const struct wf_fields head_fields = WF_FIELDS("the policy", head_rows);

const struct wf_fields *
wf_policy_fields(void)
{
	return &head_fields;
}

void
wf_policy_parse_into(struct wf_policy *p, struct wf_str yaml, const char *name,
                     const char *key_dir)
{
	struct wf_policy_ctx ctx = {{&p->problems, &p->arena, NULL, WF_R_CONFIG}, p, key_dir};
	WF_AUTO(wf_yaml_freep) struct wf_yaml *doc = NULL;

	ctx.c.file = wf_arena_strn(&p->arena, name, strlen(name));
	doc = wf_yaml_parse(yaml, ctx.c.file, WF_R_CONFIG, &p->problems);
	if (doc)
		wf_field_read(&ctx.c, &head_fields, wf_yaml_root(doc), p);
}
