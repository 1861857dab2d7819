/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules of the section "capabilities", by table.  Must never take a class
 * or a feature that no module can have: a misspelt deny denies nothing.
 */
#include <string.h>

#include "base/limits.h"
#include "policy/value.h"
#include "wasm/capability.h"

/* Capability classes an import can have; "unknown" is not one to be granted. */
static const char *const class_words[] = {
#define CLASS_WORD(name, word, says) word,
	WF_CAPABILITIES_KNOWN(CLASS_WORD)
#undef CLASS_WORD
	NULL,
};

static void
take_class_allow(struct wf_field_ctx *c, const struct wf_field *f,
                 const struct wf_yaml_node *v, void *out)
{
	struct wf_cap_rule *r = out;

	r->class_allow_pos = wf_field_pos(c, v);
	wf_field_words(c, f, v, &r->class_allow);
}

static void
take_class_deny(struct wf_field_ctx *c, const struct wf_field *f,
                const struct wf_yaml_node *v, void *out)
{
	struct wf_cap_rule *r = out;

	r->class_deny_pos = wf_field_pos(c, v);
	wf_field_words(c, f, v, &r->class_deny);
}

static const struct wf_field class_rows[] = {
	{.name = "allow", .take = take_class_allow, .words = class_words},
	{.name = "deny", .take = take_class_deny, .words = class_words},
};
static const struct wf_fields class_fields = WF_FIELDS("classes", class_rows);

static void
take_pattern(struct wf_field_ctx *c, const struct wf_field *f,
             const struct wf_yaml_node *v, void *out)
{
	/* an import may have an empty name, so a pattern may be empty too */
	if (v->kind != WF_YAML_SCALAR || wf_yaml_is_null(v))
		wf_field_problem(c, v, "%s: expected a pattern, found %s", f->name,
		                 wf_yaml_what(v));
	else if (v->text.len > WF_MAX_PATTERN_BYTES)
		wf_field_problem(c, v, "%s: pattern is longer than %u bytes", f->name,
		                 WF_MAX_PATTERN_BYTES);
	else
		*(const char **)out = wf_field_copy(c, v);
}

static const struct wf_field import_rows[] = {
	{.name = "module", .flags = WF_FIELD_REQUIRED, .take = take_pattern,
	 .off = offsetof(struct wf_import_rule, module)},
	{.name = "name", .flags = WF_FIELD_REQUIRED, .take = take_pattern,
	 .off = offsetof(struct wf_import_rule, name)},
};
static const struct wf_fields import_fields = WF_FIELDS("an import rule", import_rows);

static struct wf_import_rule *
import_list(struct wf_field_ctx *c, const struct wf_field *f,
            const struct wf_yaml_node *v, size_t *n)
{
	const struct wf_yaml_node *m;
	struct wf_import_rule *rules;

	*n = 0;
	if (!wf_field_is_list(c, f, v))
		return NULL;
	rules = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*rules));
	for (m = v->first; m; m = m->next) {
		rules[*n].pos = wf_field_pos(c, m);
		wf_field_read(c, f->sub, m, &rules[(*n)++]);
	}
	return rules;
}

static void
take_import_allow(struct wf_field_ctx *c, const struct wf_field *f,
                  const struct wf_yaml_node *v, void *out)
{
	struct wf_cap_rule *r = out;

	r->imp_allow = import_list(c, f, v, &r->nimp_allow);
}

static void
take_import_deny(struct wf_field_ctx *c, const struct wf_field *f,
                 const struct wf_yaml_node *v, void *out)
{
	struct wf_cap_rule *r = out;

	r->imp_deny = import_list(c, f, v, &r->nimp_deny);
}

static const struct wf_field imports_rows[] = {
	{.name = "allow", .take = take_import_allow, .sub = &import_fields},
	{.name = "deny", .take = take_import_deny, .sub = &import_fields},
};
static const struct wf_fields imports_fields = WF_FIELDS("imports", imports_rows);

/* Parsed here: a pattern that could never match is an error where it stands. */
static struct wf_interface_rule *
interface_list(struct wf_field_ctx *c, const struct wf_field *f,
               const struct wf_yaml_node *v, size_t *n)
{
	const struct wf_yaml_node *m;
	struct wf_interface_rule *rules;

	*n = 0;
	if (!wf_field_is_list(c, f, v))
		return NULL;
	rules = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*rules));
	for (m = v->first; m; m = m->next) {
		struct wf_interface_rule *r = &rules[*n];
		const char *why;

		if (m->kind != WF_YAML_SCALAR || m->text.len == 0) {
			wf_field_problem(c, m, "%s: expected an interface, found %s", f->name,
			                 wf_yaml_what(m));
			continue;
		}
		r->pos = wf_field_pos(c, m);
		r->text = wf_field_copy(c, m);
		why = wf_extern_pattern_parse(wf_str(r->text), &r->pattern);
		if (why)
			wf_field_problem(c, m, "%s: \"%.200s\": %s", f->name, r->text, why);
		else
			(*n)++;
	}
	return rules;
}

static void
take_interface_allow(struct wf_field_ctx *c, const struct wf_field *f,
                     const struct wf_yaml_node *v, void *out)
{
	struct wf_cap_rule *r = out;

	r->if_allow = interface_list(c, f, v, &r->nif_allow);
}

static void
take_interface_deny(struct wf_field_ctx *c, const struct wf_field *f,
                    const struct wf_yaml_node *v, void *out)
{
	struct wf_cap_rule *r = out;

	r->if_deny = interface_list(c, f, v, &r->nif_deny);
}

static const struct wf_field interface_rows[] = {
	{.name = "allow", .take = take_interface_allow},
	{.name = "deny", .take = take_interface_deny},
};
static const struct wf_fields interface_fields = WF_FIELDS("interfaces", interface_rows);

static void
take_features(struct wf_field_ctx *c, const struct wf_field *f,
              const struct wf_yaml_node *v, void *out)
{
	const struct wf_yaml_node *m;
	enum wf_feature feature;

	wf_field_texts(c, f, v, out);
	for (m = v->kind == WF_YAML_LIST ? v->first : NULL; m; m = m->next)
		if (m->kind == WF_YAML_SCALAR && m->text.len &&
		    !wf_feature_parse(m->text, &feature))
			wf_field_problem(c, m, "%s: no module has a feature \"%.100s\"; `wasmfn inspect` shows those of a module",
			                 f->name, m->text.p);
}

static const char *const kind_words[] = {"core", "component", NULL};
static const char *const verdict_words[] = {"allow", "deny", NULL};

static void
take_start(struct wf_field_ctx *c, const struct wf_field *f,
           const struct wf_yaml_node *v, void *out)
{
	int i = -1;

	wf_field_word(c, f, v, &i);
	if (i >= 0)
		*(enum wf_tristate *)out = i == 0 ? WF_ALLOW : WF_DENY;
}

static const struct wf_field feature_rows[] = {
	{.name = "deny", .take = take_features,
	 .off = offsetof(struct wf_cap_rule, feature_deny)},
};
static const struct wf_fields feature_fields = WF_FIELDS("features", feature_rows);
static const struct wf_field memory_rows[] = {
	{.name = "maxPages", .take = wf_field_int, .min = 0, .max = INT64_C(1) << 48,
	 .off = offsetof(struct wf_cap_rule, max_pages)},
};
static const struct wf_fields memory_fields = WF_FIELDS("memory", memory_rows);
static const struct wf_field module_rows[] = {
	{.name = "kinds", .flags = WF_FIELD_FILLED, .take = wf_field_words, .words = kind_words,
	 .off = offsetof(struct wf_cap_rule, kinds)},
	{.name = "features", .take = wf_field_map, .sub = &feature_fields},
	{.name = "memory", .take = wf_field_map, .sub = &memory_fields},
	{.name = "start", .take = take_start, .words = verdict_words,
	 .off = offsetof(struct wf_cap_rule, start)},
	{.name = "maxSize", .take = wf_field_int, .min = 1, .max = INT64_MAX,
	 .off = offsetof(struct wf_cap_rule, max_size)},
};
static const struct wf_fields module_fields = WF_FIELDS("module", module_rows);

static void
take_module(struct wf_field_ctx *c, const struct wf_field *f,
            const struct wf_yaml_node *v, void *out)
{
	struct wf_cap_rule *r = out;

	r->module_pos = wf_field_pos(c, v);
	wf_field_read(c, f->sub, v, r);
}

static const struct wf_field cap_rows[] = {
	{.name = "match", .flags = WF_FIELD_REQUIRED | WF_FIELD_FILLED, .take = wf_policy_take_match,
	 .off = offsetof(struct wf_cap_rule, match)},
	{.name = "classes", .take = wf_field_map, .sub = &class_fields},
	{.name = "imports", .take = wf_field_map, .sub = &imports_fields},
	{.name = "interfaces", .take = wf_field_map, .sub = &interface_fields},
	{.name = "module", .take = take_module, .sub = &module_fields},
	{.name = "constraints", .take = wf_field_map, .sub = &wf_policy_constraint_fields},
};
const struct wf_fields wf_policy_cap_fields = WF_FIELDS("a capability rule", cap_rows);

void
wf_policy_cap_rule(struct wf_field_ctx *c, const struct wf_yaml_node *v,
                   struct wf_cap_rule *r)
{
	memset(r, 0, sizeof(*r));
	r->max_pages = r->max_size = -1;
	r->pos = wf_field_pos(c, v);
	wf_field_read(c, &wf_policy_cap_fields, v, r);
}
