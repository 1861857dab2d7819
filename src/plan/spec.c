/* SPDX-License-Identifier: Apache-2.0
 *
 * A function's wanted, recorded or found state: to and from JSON, and field
 * by field against another.  Must never call two values equal because one of
 * them could not be read.
 */
#include "plan/spec.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

static const char *const volatility_words[] = {
	[WF_VOLATILITY_UNSET] = NULL,
	[WF_IMMUTABLE] = "immutable",
	[WF_STABLE] = "stable",
	[WF_VOLATILE] = "volatile",
};

static const struct {
	const char *key;
	size_t off;
} limit_rows[WF_LIMIT_COUNT] = {
	{"max_memory_bytes", offsetof(struct wf_limits, max_memory_bytes)},
	{"fuel_per_call", offsetof(struct wf_limits, fuel_per_call)},
	{"epoch_deadline_ms", offsetof(struct wf_limits, epoch_deadline_ms)},
	{"stack_size_bytes", offsetof(struct wf_limits, stack_size_bytes)},
};

const char *
wf_spec_limit_word(size_t i)
{
	return limit_rows[i].key;
}

int64_t
wf_spec_limit(const struct wf_limits *l, size_t i)
{
	int64_t v;

	memcpy(&v, (const char *)l + limit_rows[i].off, sizeof(v));
	return v;
}

static void
set_text(struct wf_json *doc, const char *key, const char *value)
{
	if (value)
		wf_json_set_z(doc, key, value);
}

static void
set_digest(struct wf_json *doc, const char *key, bool has, const struct wf_digest *d)
{
	char text[WF_DIGEST_TEXT];

	if (!has)
		return;
	wf_digest_text(d, text);
	wf_json_set_z(doc, key, text);
}

static struct wf_json *
limits_to_json(const struct wf_limits *l)
{
	struct wf_json *doc = NULL;
	size_t i;

	for (i = 0; i < WF_LIMIT_COUNT; i++) {
		if (wf_spec_limit(l, i) < 0)
			continue;
		if (!doc)
			doc = wf_json_object();
		wf_json_set_int(doc, limit_rows[i].key, wf_spec_limit(l, i));
	}
	return doc;
}

struct wf_json *
wf_spec_to_json(const struct wf_spec *s)
{
	struct wf_json *doc = wf_json_object(), *part;
	size_t i;

	set_text(doc, "schema", s->schema);
	set_text(doc, "name", s->name);
	set_text(doc, "args", s->args);
	set_text(doc, "returns", s->returns);
	set_text(doc, "export", s->export_name);
	set_digest(doc, "manifest_digest", s->has_manifest, &s->manifest);
	set_digest(doc, "module_digest", s->has_module, &s->module);
	set_digest(doc, "compiled_digest", s->has_compiled, &s->compiled);
	if (s->definer != WF_YESNO_UNSET)
		wf_json_set_z(doc, "security", s->definer == WF_YES ? "definer" : "invoker");
	if (s->strict != WF_YESNO_UNSET)
		wf_json_set_bool(doc, "strict", s->strict == WF_YES);
	set_text(doc, "volatility", volatility_words[s->volatility]);
	set_text(doc, "owner", s->owner);
	if (s->grants_set) {
		part = wf_json_array();
		for (i = 0; i < s->grants.n; i++)
			wf_json_push(part, wf_json_new_z(s->grants.v[i]));
		wf_json_set(doc, "grants", part);
	}
	part = limits_to_json(&s->limits);
	if (part)
		wf_json_set(doc, "limits", part);
	set_text(doc, "wasi", s->wasi);
	set_text(doc, "comment", s->comment);
	return doc;
}

static enum wf_rc
want_kind(const char *key, const char *what, struct wf_err *err)
{
	return wf_err_set(err, WF_R_MALFORMED, "function record: \"%s\" is not %s", key, what);
}

static enum wf_rc
read_text(const struct wf_json *v, const char *key, struct wf_arena *a, const char **out,
          struct wf_err *err)
{
	struct wf_str s;

	if (!wf_json_str(v, &s))
		return want_kind(key, "a string", err);
	*out = wf_arena_strn(a, s.p, s.len);
	return WF_OK;
}

static enum wf_rc
read_digest(const struct wf_json *v, const char *key, bool *has, struct wf_digest *out,
            struct wf_err *err)
{
	struct wf_str s;

	if (!wf_json_str(v, &s) || wf_digest_parse(s, key, out, NULL) != WF_OK)
		return want_kind(key, "a digest", err);
	*has = true;
	return WF_OK;
}

static enum wf_rc
read_yesno(const struct wf_json *v, const char *key, enum wf_yesno *out, struct wf_err *err)
{
	bool b;

	if (!wf_json_bool(v, &b))
		return want_kind(key, "true or false", err);
	*out = b ? WF_YES : WF_NO;
	return WF_OK;
}

static enum wf_rc
read_security(const struct wf_json *v, const char *key, enum wf_yesno *out, struct wf_err *err)
{
	struct wf_str s;

	if (!wf_json_str(v, &s) || (!wf_str_eqz(s, "definer") && !wf_str_eqz(s, "invoker")))
		return want_kind(key, "invoker or definer", err);
	*out = wf_str_eqz(s, "definer") ? WF_YES : WF_NO;
	return WF_OK;
}

static enum wf_rc
read_volatility(const struct wf_json *v, const char *key, enum wf_volatility *out,
                struct wf_err *err)
{
	struct wf_str s;
	size_t i;

	if (!wf_json_str(v, &s))
		return want_kind(key, "a string", err);
	for (i = 1; i < WF_COUNT(volatility_words); i++) {
		if (wf_str_eqz(s, volatility_words[i])) {
			*out = (enum wf_volatility)i;
			return WF_OK;
		}
	}
	return want_kind(key, "immutable, stable or volatile", err);
}

static enum wf_rc
read_grants(const struct wf_json *v, const char *key, struct wf_arena *a, struct wf_spec *out,
            struct wf_err *err)
{
	size_t i, n = wf_json_len(v);

	if (wf_json_kind(v) != WF_JSON_ARRAY)
		return want_kind(key, "a list", err);
	out->grants.v = wf_arena_alloc(a, (n + 1) * sizeof(*out->grants.v));
	for (i = 0; i < n; i++) {
		enum wf_rc rc = read_text(wf_json_at(v, i), key, a, &out->grants.v[i], err);

		if (rc != WF_OK)
			return rc;
	}
	out->grants.n = n;
	out->grants_set = true;
	return WF_OK;
}

static enum wf_rc
read_limits(const struct wf_json *v, const char *key, struct wf_limits *out, struct wf_err *err)
{
	const struct wf_json *item;
	const char *name;
	void *it = NULL;
	int64_t n;
	size_t i;

	if (wf_json_kind(v) != WF_JSON_OBJECT)
		return want_kind(key, "an object", err);
	while (wf_json_next(v, &it, &name, &item)) {
		for (i = 0; i < WF_LIMIT_COUNT; i++)
			if (strcmp(name, limit_rows[i].key) == 0)
				break;
		if (i == WF_LIMIT_COUNT || !wf_json_int(item, &n) || n < 0)
			return want_kind(key, "an object of known limits", err);
		memcpy((char *)out + limit_rows[i].off, &n, sizeof(n));
	}
	return WF_OK;
}

static enum wf_rc
read_member(const char *key, const struct wf_json *v, struct wf_arena *a, struct wf_spec *s,
            struct wf_err *err)
{
	const struct {
		const char *key;
		const char **out;
	} texts[] = {
		{"schema", &s->schema}, {"name", &s->name},          {"args", &s->args},
		{"returns", &s->returns}, {"export", &s->export_name}, {"owner", &s->owner},
		{"wasi", &s->wasi},     {"comment", &s->comment},
	};
	size_t i;

	for (i = 0; i < WF_COUNT(texts); i++)
		if (strcmp(key, texts[i].key) == 0)
			return read_text(v, key, a, texts[i].out, err);
	if (strcmp(key, "manifest_digest") == 0)
		return read_digest(v, key, &s->has_manifest, &s->manifest, err);
	if (strcmp(key, "module_digest") == 0)
		return read_digest(v, key, &s->has_module, &s->module, err);
	if (strcmp(key, "compiled_digest") == 0)
		return read_digest(v, key, &s->has_compiled, &s->compiled, err);
	if (strcmp(key, "security") == 0)
		return read_security(v, key, &s->definer, err);
	if (strcmp(key, "strict") == 0)
		return read_yesno(v, key, &s->strict, err);
	if (strcmp(key, "volatility") == 0)
		return read_volatility(v, key, &s->volatility, err);
	if (strcmp(key, "grants") == 0)
		return read_grants(v, key, a, s, err);
	if (strcmp(key, "limits") == 0)
		return read_limits(v, key, &s->limits, err);
	return wf_err_set(err, WF_R_MALFORMED, "function record: member \"%s\" is not known", key);
}

enum wf_rc
wf_spec_from_json(const struct wf_json *doc, struct wf_arena *a, struct wf_spec *out,
                  struct wf_err *err)
{
	struct wf_spec s = {.limits = WF_LIMITS_UNSET};
	const struct wf_json *value;
	const char *key;
	void *it = NULL;
	enum wf_rc rc;

	if (wf_json_kind(doc) != WF_JSON_OBJECT)
		return wf_err_set(err, WF_R_MALFORMED, "function record: expected an object");
	while (wf_json_next(doc, &it, &key, &value)) {
		rc = read_member(key, value, a, &s, err);
		if (rc != WF_OK)
			return rc;
	}
	if (!s.schema || !s.name)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "function record: expected \"schema\" and \"name\"");
	*out = s;
	return WF_OK;
}

/* want says something and have does not say the same */
static bool
text_differs(const char *want, const char *have)
{
	return want && (!have || strcmp(want, have) != 0);
}

static bool
digest_differs(bool want_has, const struct wf_digest *want, bool have_has,
               const struct wf_digest *have)
{
	return want_has && (!have_has || !wf_digest_eq(want, have));
}

static bool
strs_has(const struct wf_strs *l, const char *z)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->v[i], z) == 0)
			return true;
	return false;
}

/* As sets: order and repetition say nothing. */
static bool
grants_differ(const struct wf_spec *want, const struct wf_spec *have)
{
	size_t i;

	if (!want->grants_set)
		return false;
	if (!have->grants_set)
		return true;
	for (i = 0; i < want->grants.n; i++)
		if (!strs_has(&have->grants, want->grants.v[i]))
			return true;
	for (i = 0; i < have->grants.n; i++)
		if (!strs_has(&want->grants, have->grants.v[i]))
			return true;
	return false;
}

static bool
limits_differ(const struct wf_limits *want, const struct wf_limits *have)
{
	size_t i;

	for (i = 0; i < WF_LIMIT_COUNT; i++)
		if (wf_spec_limit(want, i) >= 0 && wf_spec_limit(want, i) != wf_spec_limit(have, i))
			return true;
	return false;
}

unsigned
wf_spec_diff(const struct wf_spec *want, const struct wf_spec *have)
{
	unsigned d = 0;

	if (digest_differs(want->has_manifest, &want->manifest, have->has_manifest,
	                   &have->manifest))
		d |= WF_SPEC_MANIFEST;
	if (digest_differs(want->has_module, &want->module, have->has_module, &have->module))
		d |= WF_SPEC_MODULE;
	if (text_differs(want->args, have->args))
		d |= WF_SPEC_ARGS;
	if (text_differs(want->returns, have->returns))
		d |= WF_SPEC_RETURNS;
	if (text_differs(want->export_name, have->export_name))
		d |= WF_SPEC_EXPORT;
	if (want->definer != WF_YESNO_UNSET && want->definer != have->definer)
		d |= WF_SPEC_DEFINER;
	if (want->strict != WF_YESNO_UNSET && want->strict != have->strict)
		d |= WF_SPEC_STRICT;
	if (want->volatility != WF_VOLATILITY_UNSET && want->volatility != have->volatility)
		d |= WF_SPEC_VOLATILITY;
	if (text_differs(want->owner, have->owner))
		d |= WF_SPEC_OWNER;
	if (grants_differ(want, have))
		d |= WF_SPEC_GRANTS;
	if (limits_differ(&want->limits, &have->limits))
		d |= WF_SPEC_LIMITS;
	if (text_differs(want->wasi, have->wasi))
		d |= WF_SPEC_WASI;
	if (text_differs(want->comment, have->comment))
		d |= WF_SPEC_COMMENT;
	return d;
}

const char *
wf_spec_field_word(enum wf_spec_field f)
{
	switch (f) {
	case WF_SPEC_MANIFEST: return "manifest digest";
	case WF_SPEC_MODULE: return "module digest";
	case WF_SPEC_ARGS: return "argument types";
	case WF_SPEC_RETURNS: return "return type";
	case WF_SPEC_EXPORT: return "export";
	case WF_SPEC_DEFINER: return "security";
	case WF_SPEC_STRICT: return "strict";
	case WF_SPEC_VOLATILITY: return "volatility";
	case WF_SPEC_OWNER: return "owner";
	case WF_SPEC_GRANTS: return "grants";
	case WF_SPEC_LIMITS: return "limits";
	case WF_SPEC_WASI: return "wasi";
	case WF_SPEC_COMMENT: return "comment";
	}
	return "field";
}

static bool
plain_identifier(const char *z)
{
	size_t i;

	if (!((*z >= 'a' && *z <= 'z') || *z == '_'))
		return false;
	for (i = 1; z[i]; i++)
		if (!((z[i] >= 'a' && z[i] <= 'z') || (z[i] >= '0' && z[i] <= '9') ||
		      z[i] == '_'))
			return false;
	return true;
}

static void
add_identifier(struct wf_buf *b, const char *z)
{
	if (plain_identifier(z)) {
		wf_buf_putz(b, z);
		return;
	}
	wf_buf_putz(b, "\"");
	for (; *z; z++)
		wf_buf_putf(b, *z == '"' ? "%c\"" : "%c", *z);
	wf_buf_putz(b, "\"");
}

static bool
same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

bool
wf_spec_same(const struct wf_spec *a, const struct wf_spec *b)
{
	return same_text(a->schema, b->schema) && same_text(a->name, b->name) &&
	       same_text(a->args, b->args);
}

const char *
wf_spec_signature(const struct wf_spec *s, struct wf_arena *a)
{
	size_t args = s->args ? strlen(s->args) : 0;
	WF_AUTO(wf_buf_free) struct wf_buf b =
		WF_BUF_INIT(2 * (strlen(s->schema) + strlen(s->name)) + args + 16);

	add_identifier(&b, s->schema);
	wf_buf_putz(&b, ".");
	add_identifier(&b, s->name);
	if (s->args)
		wf_buf_putf(&b, "(%s)", s->args);
	return wf_arena_strn(a, b.p, b.len);
}
