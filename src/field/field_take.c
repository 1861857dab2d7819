/* SPDX-License-Identifier: Apache-2.0
 *
 * Values.  Must never guess: a boolean is a plain true or false, a number is
 * plain decimal digits, and a text is taken as it was written.
 */
#include "field/field.h"

#include <stdlib.h>
#include <string.h>

bool
wf_field_is_text(struct wf_field_ctx *c, const struct wf_field *f,
                 const struct wf_yaml_node *v)
{
	if (v->kind == WF_YAML_SCALAR && !wf_yaml_is_null(v) && v->text.len)
		return true;
	wf_field_problem(c, v, "%s: expected a text, found %s", f->name,
	                 v->kind == WF_YAML_SCALAR ? "nothing" : wf_yaml_what(v));
	return false;
}

bool
wf_field_is_list(struct wf_field_ctx *c, const struct wf_field *f,
                 const struct wf_yaml_node *v)
{
	if (v->kind == WF_YAML_LIST)
		return true;
	wf_field_problem(c, v, "%s: expected a list, found %s", f->name,
	                 wf_yaml_what(v));
	return false;
}

bool
wf_field_is_map(struct wf_field_ctx *c, const struct wf_field *f,
                const struct wf_yaml_node *v)
{
	if (v->kind == WF_YAML_MAP)
		return true;
	wf_field_problem(c, v, "%s: expected a mapping, found %s", f->name,
	                 wf_yaml_what(v));
	return false;
}

const char *
wf_field_copy(struct wf_field_ctx *c, const struct wf_yaml_node *v)
{
	return wf_arena_dup(c->arena, v->text).p;
}

void
wf_field_text(struct wf_field_ctx *c, const struct wf_field *f,
              const struct wf_yaml_node *v, void *out)
{
	if (wf_field_is_text(c, f, v))
		*(const char **)out = wf_field_copy(c, v);
}

void
wf_field_path(struct wf_field_ctx *c, const struct wf_field *f,
              const struct wf_yaml_node *v, void *out)
{
	if (!wf_field_is_text(c, f, v))
		return;
	if (v->text.p[0] != '/')
		wf_field_problem(c, v, "%s: expected an absolute path, found \"%.200s\"",
		                 f->name, v->text.p);
	else
		*(const char **)out = wf_field_copy(c, v);
}

void
wf_field_bool(struct wf_field_ctx *c, const struct wf_field *f,
              const struct wf_yaml_node *v, void *out)
{
	bool plain = v->kind == WF_YAML_SCALAR && !v->quoted;

	if (plain && wf_str_eqz(v->text, "true"))
		*(bool *)out = true;
	else if (plain && wf_str_eqz(v->text, "false"))
		*(bool *)out = false;
	else
		wf_field_problem(c, v, "%s: expected true or false, found %s%.60s%s",
		                 f->name, v->text.len ? "\"" : wf_yaml_what(v),
		                 v->text.len ? v->text.p : "", v->text.len ? "\"" : "");
}

bool
wf_field_number(struct wf_field_ctx *c, const char *name,
                const struct wf_yaml_node *v, int64_t min, int64_t max,
                int64_t *out)
{
	int64_t n = 0;
	size_t i;
	bool good = v->kind == WF_YAML_SCALAR && !v->quoted && v->text.len &&
	            (v->text.p[0] != '0' || v->text.len == 1);

	for (i = 0; good && i < v->text.len; i++)
		good = v->text.p[i] >= '0' && v->text.p[i] <= '9';
	for (i = 0; good && i < v->text.len; i++)
		good = !__builtin_mul_overflow(n, 10, &n) &&
		       !__builtin_add_overflow(n, v->text.p[i] - '0', &n);
	if (good && n >= min && n <= max) {
		*out = n;
		return true;
	}
	wf_field_problem(c, v, "%s: expected a number from %jd to %jd, found %s%.60s%s",
	                 name, (intmax_t)min, (intmax_t)max,
	                 v->text.len ? "\"" : wf_yaml_what(v),
	                 v->text.len ? v->text.p : "", v->text.len ? "\"" : "");
	return false;
}

void
wf_field_int(struct wf_field_ctx *c, const struct wf_field *f,
             const struct wf_yaml_node *v, void *out)
{
	int64_t n;

	if (wf_field_number(c, f->name, v, f->min, f->max, &n))
		*(int64_t *)out = n;
}

static bool
listed(const struct wf_strs *s, const char *text)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->v[i], text) == 0)
			return true;
	return false;
}

static int
word_index(const char *const *words, const struct wf_yaml_node *v)
{
	int i;

	if (v->kind == WF_YAML_SCALAR)
		for (i = 0; words[i]; i++)
			if (wf_str_eqz(v->text, words[i]))
				return i;
	return -1;
}

static void
bad_word(struct wf_field_ctx *c, const struct wf_field *f,
         const struct wf_yaml_node *v)
{
	WF_AUTO(wf_buf_free) struct wf_buf known = WF_BUF_INIT(800);
	int i;

	for (i = 0; f->words[i]; i++)
		wf_buf_putf(&known, "%s%s", i ? ", " : "", f->words[i]);
	wf_field_problem(c, v, "%s: expected one of %s; found %s%.60s%s", f->name,
	                 wf_buf_z(&known), v->text.len ? "\"" : wf_yaml_what(v),
	                 v->text.len ? v->text.p : "", v->text.len ? "\"" : "");
}

void
wf_field_word(struct wf_field_ctx *c, const struct wf_field *f,
              const struct wf_yaml_node *v, void *out)
{
	int i = word_index(f->words, v);

	if (i < 0)
		bad_word(c, f, v);
	else
		*(int *)out = i;
}

static void
take_texts(struct wf_field_ctx *c, const struct wf_field *f,
           const struct wf_yaml_node *v, struct wf_strs *out)
{
	const struct wf_yaml_node *m;
	const char *text;

	if (!wf_field_is_list(c, f, v))
		return;
	if ((f->flags & WF_FIELD_FILLED) && v->n == 0)
		wf_field_problem(c, v, "%s: expected at least one", f->name);
	out->v = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*out->v));
	out->n = 0;
	for (m = v->first; m; m = m->next) {
		if (!wf_field_is_text(c, f, m))
			continue;
		if (f->words && word_index(f->words, m) < 0) {
			bad_word(c, f, m);
			continue;
		}
		text = wf_field_copy(c, m);
		if (listed(out, text))
			wf_field_problem(c, m, "%s: \"%.100s\" is listed twice",
			                 f->name, text);
		else
			out->v[out->n++] = text;
	}
}

void
wf_field_texts(struct wf_field_ctx *c, const struct wf_field *f,
               const struct wf_yaml_node *v, void *out)
{
	take_texts(c, f, v, out);
}

void
wf_field_words(struct wf_field_ctx *c, const struct wf_field *f,
               const struct wf_yaml_node *v, void *out)
{
	take_texts(c, f, v, out);
}

void
wf_field_map(struct wf_field_ctx *c, const struct wf_field *f,
             const struct wf_yaml_node *v, void *out)
{
	wf_field_read(c, f->sub, v, out);
}

void
wf_field_check_map(struct wf_field_ctx *c, const struct wf_field *f,
                   const struct wf_yaml_node *v, void *out)
{
	(void)out;
	wf_field_read(c, f->sub, v, NULL);
}

struct wf_pair *
wf_field_pairs(struct wf_field_ctx *c, const struct wf_field *f,
               const struct wf_yaml_node *v, size_t *n)
{
	const struct wf_yaml_node *m;
	struct wf_pair *pairs;

	*n = 0;
	if (!wf_field_is_map(c, f, v))
		return NULL;
	pairs = wf_arena_alloc(c->arena, (v->n + 1) * sizeof(*pairs));
	for (m = v->first; m; m = m->next) {
		if (m->kind != WF_YAML_SCALAR || wf_yaml_is_null(m))
			wf_field_problem(c, m, "%s: expected a text for \"%.100s\", found %s",
			                 f->name, m->key->text.p, wf_yaml_what(m));
		else
			pairs[(*n)++] = (struct wf_pair){wf_field_copy(c, m->key),
			                                 wf_field_copy(c, m)};
	}
	return pairs;
}

void
wf_field_api_version(struct wf_field_ctx *c, const struct wf_field *f,
                     const struct wf_yaml_node *v, void *out)
{
	(void)out;
	if (v->kind != WF_YAML_SCALAR || !wf_str_eqz(v->text, "wasmfn/v1"))
		wf_field_problem(c, v, "%s: expected wasmfn/v1, found %s%.60s%s",
		                 f->name, v->text.len ? "\"" : wf_yaml_what(v),
		                 v->text.len ? v->text.p : "", v->text.len ? "\"" : "");
}
