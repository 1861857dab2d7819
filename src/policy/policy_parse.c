/* SPDX-License-Identifier: Apache-2.0
 *
 * Policy files by table (contract section 7).  Must never read over a word
 * that was meant to forbid something: unknown keys, words and patterns that
 * can never match are errors.
 */
#include <string.h>

#include "base/limits.h"
#include "policy/value.h"

/* The field context comes first: takers get it and find the rest around. */
struct parse {
	struct wf_field_ctx c;
	struct wf_policy *p;
	const char *key_dir; /* NULL: key files are not read */
};

static struct parse *
around(struct wf_field_ctx *c)
{
	return (struct parse *)c;
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

/* --- trust --------------------------------------------------------------- */

/* digest_ok: a list of denied keys may name one by the digest of its SPKI. */
static struct wf_policy_key *
take_key_list(struct wf_field_ctx *c, const struct wf_field *f,
              const struct wf_yaml_node *v, bool digest_ok, size_t *n)
{
	struct parse *p = around(c);
	struct wf_strs paths = {NULL, 0};
	struct wf_policy_key *keys;
	const struct wf_yaml_node *m;

	*n = 0;
	wf_field_texts(c, f, v, &paths);
	if (v->kind != WF_YAML_LIST)
		return NULL;
	keys = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*keys));
	for (m = v->first; m; m = m->next) {
		struct wf_policy_key *k = &keys[*n];
		struct wf_err why = {0};
		struct wf_digest d;

		if (m->kind != WF_YAML_SCALAR || m->text.len == 0)
			continue;
		k->path = wf_field_copy(c, m);
		(*n)++;
		if (digest_ok && wf_str_starts(m->text, "sha256:")) {
			if (wf_digest_parse(m->text, f->name, &d, &why))
				wf_field_problem(c, m, "%s", why.msg);
		} else if (p->key_dir && !wf_policy_read_key(p->p, p->key_dir, k, &why)) {
			wf_field_problem_as(c, why.code == WF_E_CONFIG ? why.reason : WF_R_CONFIG,
			                    m, "%s: %s", f->name, why.msg);
		}
	}
	return keys;
}

static void
take_keys(struct wf_field_ctx *c, const struct wf_field *f,
          const struct wf_yaml_node *v, void *out)
{
	struct wf_authority *a = out;

	a->keys = take_key_list(c, f, v, false, &a->nkeys);
}

static void
take_annotations(struct wf_field_ctx *c, const struct wf_field *f,
                 const struct wf_yaml_node *v, void *out)
{
	struct wf_authority *a = out;

	a->annotations = wf_field_pairs(c, f, v, &a->nannotations);
}

static const struct wf_field proof_rows[] = {
	{.name = "transparencyLog", .flags = WF_FIELD_UNSERVED},
	{.name = "signedCertificateTimestamps", .flags = WF_FIELD_UNSERVED},
	{.name = "timestamps", .flags = WF_FIELD_UNSERVED},
};
static const struct wf_fields proof_fields = WF_FIELDS("proofs", proof_rows);
static const struct wf_field identity_rows[] = {
	{.name = "issuer", .flags = WF_FIELD_UNSERVED},
	{.name = "subject", .flags = WF_FIELD_UNSERVED},
	{.name = "subjectRegexp", .flags = WF_FIELD_UNSERVED},
	{.name = "extensions", .flags = WF_FIELD_UNSERVED},
};
static const struct wf_fields identity_fields = WF_FIELDS("an identity", identity_rows);

static const struct wf_field authority_rows[] = {
	{.name = "name", .flags = WF_FIELD_REQUIRED, .take = wf_field_text,
	 .off = offsetof(struct wf_authority, name)},
	{.name = "keys", .take = take_keys},
	{.name = "annotations", .take = take_annotations},
	{.name = "identities", .flags = WF_FIELD_UNSERVED | WF_FIELD_EMPTY_OK,
	 .sub = &identity_fields},
	{.name = "trustedRoot", .flags = WF_FIELD_UNSERVED},
	{.name = "proofs", .flags = WF_FIELD_UNSERVED, .sub = &proof_fields},
};
static const struct wf_fields authority_fields = WF_FIELDS("an authority", authority_rows);

static bool
named_before(const struct wf_authority *v, size_t n, const char *name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (v[i].name && name && strcmp(v[i].name, name) == 0)
			return true;
	return false;
}

static void
take_authorities(struct wf_field_ctx *c, const struct wf_field *f,
                 const struct wf_yaml_node *v, void *out)
{
	struct wf_trust_rule *r = out;
	const struct wf_yaml_node *m;

	if (!wf_field_is_list(c, f, v))
		return;
	if (v->n == 0)
		wf_field_problem(c, v, "%s: expected at least one", f->name);
	r->authorities = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*r->authorities));
	for (m = v->first; m; m = m->next) {
		struct wf_authority *a = &r->authorities[r->nauthorities];
		size_t before = c->problems->n + c->problems->left_off;

		a->pos = wf_field_pos(c, m);
		wf_field_read(c, f->sub, m, a);
		if (named_before(r->authorities, r->nauthorities, a->name))
			wf_field_problem(c, m, "a second authority \"%.100s\" in one rule",
			                 a->name);
		if (a->nkeys == 0 && before == c->problems->n + c->problems->left_off)
			wf_field_problem(c, m, "an authority has no keys: it could never be satisfied");
		r->nauthorities++;
	}
}

static const struct wf_field require_rows[] = {
	{.name = "atLeast", .flags = WF_FIELD_REQUIRED, .take = wf_field_int, .min = 1,
	 .max = 1000},
};
static const struct wf_fields require_fields = WF_FIELDS("require", require_rows);
static const char *const require_words[] = {"any", "all", NULL};

static void
take_require(struct wf_field_ctx *c, const struct wf_field *f,
             const struct wf_yaml_node *v, void *out)
{
	struct wf_trust_rule *r = out;
	int64_t n = 0;
	int i = -1;

	if (v->kind == WF_YAML_MAP) {
		wf_field_read(c, f->sub, v, &n);
		r->require = WF_REQUIRE_AT_LEAST;
		r->at_least = (unsigned)n;
		return;
	}
	wf_field_word(c, f, v, &i);
	if (i >= 0)
		r->require = i == 0 ? WF_REQUIRE_ANY : WF_REQUIRE_ALL;
}

static const char *const format_words[] = {"bundle", "legacy", NULL};

static void
take_formats(struct wf_field_ctx *c, const struct wf_field *f,
             const struct wf_yaml_node *v, void *out)
{
	struct wf_trust_rule *r = out;
	struct wf_strs words = {NULL, 0};
	size_t i;

	wf_field_words(c, f, v, &words);
	r->formats = 0;
	for (i = 0; i < words.n; i++)
		r->formats |= strcmp(words.v[i], "bundle") == 0 ? WF_FORMAT_BUNDLE
		                                                : WF_FORMAT_LEGACY;
}

static const struct wf_field att_require_rows[] = {
	{.name = "builderId", .flags = WF_FIELD_UNSERVED},
	{.name = "sourceUri", .flags = WF_FIELD_UNSERVED},
};
static const struct wf_fields att_require_fields = WF_FIELDS("require", att_require_rows);
static const struct wf_field attestation_rows[] = {
	{.name = "predicateType", .flags = WF_FIELD_UNSERVED},
	{.name = "authorities", .flags = WF_FIELD_UNSERVED},
	{.name = "require", .flags = WF_FIELD_UNSERVED, .sub = &att_require_fields},
};
static const struct wf_fields attestation_fields = WF_FIELDS("an attestation", attestation_rows);

static const struct wf_field trust_rows[] = {
	{.name = "match", .flags = WF_FIELD_REQUIRED | WF_FIELD_FILLED, .take = wf_policy_take_match,
	 .off = offsetof(struct wf_trust_rule, match)},
	{.name = "require", .take = take_require, .words = require_words,
	 .sub = &require_fields},
	{.name = "formats", .flags = WF_FIELD_FILLED, .take = take_formats, .words = format_words},
	{.name = "authorities", .flags = WF_FIELD_REQUIRED, .take = take_authorities,
	 .sub = &authority_fields},
	{.name = "attestations", .flags = WF_FIELD_UNSERVED | WF_FIELD_EMPTY_OK,
	 .sub = &attestation_fields},
};
static const struct wf_fields trust_fields = WF_FIELDS("a trust rule", trust_rows);

static void
take_trust(struct wf_field_ctx *c, const struct wf_field *f,
           const struct wf_yaml_node *v, void *out)
{
	struct wf_policy *p = out;
	const struct wf_yaml_node *m;

	if (!wf_field_is_list(c, f, v))
		return;
	for (m = v->first; m; m = m->next) {
		struct wf_trust_rule r = {.formats = WF_FORMAT_BUNDLE | WF_FORMAT_LEGACY};

		r.pos = wf_field_pos(c, m);
		wf_field_read(c, f->sub, m, &r);
		if (r.require == WF_REQUIRE_AT_LEAST && r.at_least > r.nauthorities)
			wf_field_problem(c, m, "require: at least %u of %zu authorities can never be satisfied",
			                 r.at_least, r.nauthorities);
		p->trust = wf_grow(p->trust, &p->trust_cap, p->ntrust, sizeof(r));
		p->trust[p->ntrust++] = r;
	}
}

/* --- deny ---------------------------------------------------------------- */

static struct wf_digest *
take_digests(struct wf_field_ctx *c, const struct wf_field *f,
             const struct wf_yaml_node *v, size_t *n)
{
	struct wf_strs texts = {NULL, 0};
	struct wf_digest *d;
	const struct wf_yaml_node *m;

	*n = 0;
	wf_field_texts(c, f, v, &texts);
	if (v->kind != WF_YAML_LIST)
		return NULL;
	d = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*d));
	for (m = v->first; m; m = m->next) {
		struct wf_err why = {0};

		if (m->kind != WF_YAML_SCALAR || m->text.len == 0)
			continue;
		if (wf_digest_parse(m->text, f->name, &d[*n], &why))
			wf_field_problem(c, m, "%s", why.msg);
		else
			(*n)++;
	}
	return d;
}

static void
take_deny_manifests(struct wf_field_ctx *c, const struct wf_field *f,
                    const struct wf_yaml_node *v, void *out)
{
	struct wf_deny *d = out;

	d->manifests = take_digests(c, f, v, &d->nmanifests);
}

static void
take_deny_modules(struct wf_field_ctx *c, const struct wf_field *f,
                  const struct wf_yaml_node *v, void *out)
{
	struct wf_deny *d = out;

	d->modules = take_digests(c, f, v, &d->nmodules);
}

static void
take_deny_keys(struct wf_field_ctx *c, const struct wf_field *f,
               const struct wf_yaml_node *v, void *out)
{
	struct wf_deny *d = out;

	d->keys = take_key_list(c, f, v, true, &d->nkeys);
}

static const struct wf_field deny_rows[] = {
	{.name = "manifests", .take = take_deny_manifests},
	{.name = "modules", .take = take_deny_modules},
	{.name = "keys", .take = take_deny_keys},
	{.name = "identities", .flags = WF_FIELD_UNSERVED | WF_FIELD_EMPTY_OK},
	{.name = "logIndexes", .flags = WF_FIELD_UNSERVED | WF_FIELD_EMPTY_OK},
};
static const struct wf_fields deny_fields = WF_FIELDS("deny", deny_rows);

static void
take_deny(struct wf_field_ctx *c, const struct wf_field *f,
          const struct wf_yaml_node *v, void *out)
{
	struct wf_policy *p = out;
	struct wf_deny d = {.pos = wf_field_pos(c, v)};

	wf_field_read(c, f->sub, v, &d);
	p->deny = wf_grow(p->deny, &p->deny_cap, p->ndeny, sizeof(d));
	p->deny[p->ndeny++] = d;
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
	{.name = "trust", .take = take_trust, .sub = &trust_fields},
	{.name = "deny", .take = take_deny, .sub = &deny_fields},
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
	struct parse ctx = {{&p->problems, &p->arena, NULL, WF_R_CONFIG}, p, key_dir};
	WF_AUTO(wf_yaml_freep) struct wf_yaml *doc = NULL;

	ctx.c.file = wf_arena_strn(&p->arena, name, strlen(name));
	doc = wf_yaml_parse(yaml, ctx.c.file, WF_R_CONFIG, &p->problems);
	if (doc)
		wf_field_read(&ctx.c, &head_fields, wf_yaml_root(doc), p);
}
