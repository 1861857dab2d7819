/* SPDX-License-Identifier: Apache-2.0
 *
 * The mapping `constraints` of a capability rule, by table.  Must never take
 * a pattern that no path and no address can match.
 */
#include <string.h>

#include "base/limits.h"
#include "policy/value.h"

/* "host:port", the host in lower case or with stars. */
static bool
is_address(const char *z)
{
	const char *colon = strrchr(z, ':');
	size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;

	if (!colon || colon == z || strlen(z) > WF_MAX_PATTERN_BYTES)
		return false;
	for (const char *p = z; p < colon; p++)
		if ((*p >= 'A' && *p <= 'Z') || *p <= ' ' || *p == '/' || *p == 0x7f)
			return false;
	return strcmp(colon + 1, "*") == 0 || (digits && digits < 6 && !colon[1 + digits]);
}

static void
take_hosts(struct wf_field_ctx *c, const struct wf_field *f, const struct wf_yaml_node *v,
           void *out)
{
	struct wf_cap_rule *r = out;

	r->hosts_pos = wf_field_pos(c, v);
	wf_field_texts(c, f, v, &r->hosts);
	for (const struct wf_yaml_node *m = v->kind == WF_YAML_LIST ? v->first : NULL; m; m = m->next)
		if (m->kind == WF_YAML_SCALAR && m->text.len && !is_address(m->text.p))
			wf_field_problem(c, m, "%s: expected host:port, the host in lower case, \"*\" for any, found \"%.100s\"",
			                 f->name, m->text.p);
}

static void
take_path(struct wf_field_ctx *c, const struct wf_field *f, const struct wf_yaml_node *v,
          void *out)
{
	if (!wf_field_is_text(c, f, v))
		return;
	if (v->text.p[0] != '/' || v->text.len > WF_MAX_PATTERN_BYTES)
		wf_field_problem(c, v, "%s: expected a pattern that begins with /, found \"%.100s\"",
		                 f->name, v->text.p);
	else
		*(const char **)out = wf_field_copy(c, v);
}

static const char *const access_words[] = {"read", "write", NULL};

static void
take_access(struct wf_field_ctx *c, const struct wf_field *f, const struct wf_yaml_node *v,
            void *out)
{
	int i = -1;

	wf_field_word(c, f, v, &i);
	*(bool *)out = i == 1;
}

static const struct wf_field path_rows[] = {
	{.name = "path", .flags = WF_FIELD_REQUIRED, .take = take_path,
	 .off = offsetof(struct wf_path_rule, path)},
	{.name = "access", .take = take_access, .words = access_words,
	 .off = offsetof(struct wf_path_rule, write)},
};
static const struct wf_fields path_fields = WF_FIELDS("a path", path_rows);

static void
take_paths(struct wf_field_ctx *c, const struct wf_field *f, const struct wf_yaml_node *v,
           void *out)
{
	struct wf_cap_rule *r = out;

	r->paths_pos = wf_field_pos(c, v);
	if (!wf_field_is_list(c, f, v))
		return;
	r->paths = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*r->paths));
	for (const struct wf_yaml_node *m = v->first; m; m = m->next) {
		struct wf_path_rule *p = &r->paths[r->npaths++];

		*p = (struct wf_path_rule){"", false, wf_field_pos(c, m)};
		wf_field_read(c, f->sub, m, p);
	}
}

static const struct wf_field hosts_rows[] = {
	{.name = "allow", .flags = WF_FIELD_REQUIRED, .take = take_hosts},
};
static const struct wf_fields hosts_fields = WF_FIELDS("hosts", hosts_rows);
static const struct wf_field paths_rows[] = {
	{.name = "allow", .flags = WF_FIELD_REQUIRED, .take = take_paths, .sub = &path_fields},
};
static const struct wf_fields paths_fields = WF_FIELDS("paths", paths_rows);
static const struct wf_field constraint_rows[] = {
	{.name = "hosts", .take = wf_field_map, .sub = &hosts_fields},
	{.name = "paths", .take = wf_field_map, .sub = &paths_fields},
};
const struct wf_fields wf_policy_constraint_fields = WF_FIELDS("constraints", constraint_rows);
