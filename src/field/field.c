/* SPDX-License-Identifier: Apache-2.0
 *
 * Mappings by table.  Must never read over a key that it does not know.
 */
#include "field/field.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MAX_KNOWN_TEXT 700u

void
wf_field_problem_as(struct wf_field_ctx *c, enum wf_reason reason,
                    const struct wf_yaml_node *v, const char *fmt, ...)
{
	char text[900];
	va_list ap;

	if (v->broken)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	wf_problem_add(c->problems, reason, c->file, v->line, v->column, "%s", text);
}

void
wf_field_problem(struct wf_field_ctx *c, const struct wf_yaml_node *v,
                 const char *fmt, ...)
{
	char text[900];
	va_list ap;

	if (v->broken)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	wf_problem_add(c->problems, c->bad, c->file, v->line, v->column, "%s", text);
}

struct wf_pos
wf_field_pos(const struct wf_field_ctx *c, const struct wf_yaml_node *v)
{
	return (struct wf_pos){c->file, v->line, v->column};
}

static const struct wf_field *
find(const struct wf_fields *t, struct wf_str name)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (wf_str_eqz(name, t->v[i].name))
			return &t->v[i];
	return NULL;
}

static void
unknown(struct wf_field_ctx *c, const struct wf_fields *t,
        const struct wf_yaml_node *key)
{
	WF_AUTO(wf_buf_free) struct wf_buf known = WF_BUF_INIT(MAX_KNOWN_TEXT);
	size_t i;

	for (i = 0; i < t->n; i++)
		if (!(t->v[i].flags & WF_FIELD_UNSERVED))
			wf_buf_putf(&known, "%s%s", known.len ? ", " : "",
			            t->v[i].name);
	wf_field_problem(c, key, "unknown key \"%.100s\" in %s: known are %s",
	                 key->text.p, t->what, wf_buf_z(&known));
}

static bool
says_nothing(const struct wf_field *f, const struct wf_yaml_node *v)
{
	if (wf_yaml_is_null(v))
		return (f->flags & (WF_FIELD_NULL_OK | WF_FIELD_EMPTY_OK)) != 0;
	return (f->flags & WF_FIELD_EMPTY_OK) && v->kind != WF_YAML_SCALAR &&
	       v->n == 0;
}

void
wf_field_read(struct wf_field_ctx *c, const struct wf_fields *t,
              const struct wf_yaml_node *v, void *out)
{
	const struct wf_yaml_node *m;
	const struct wf_field *f;
	uint64_t seen = 0; /* a duplicate, which the reader reported, is not taken again */
	size_t i;

	if (t->n > 64)
		wf_die("a table of more than 64 fields");
	if (v->kind != WF_YAML_MAP) {
		wf_field_problem(c, v, "expected %s as a mapping, found %s",
		                 t->what, wf_yaml_what(v));
		return;
	}
	for (m = v->first; m; m = m->next) {
		f = find(t, m->key->text);
		if (!f) {
			unknown(c, t, m->key);
			continue;
		}
		if (seen & (UINT64_C(1) << (f - t->v)))
			continue;
		seen |= UINT64_C(1) << (f - t->v);
		if (says_nothing(f, m))
			continue;
		if (f->flags & WF_FIELD_UNSERVED)
			wf_field_problem(c, m->key,
			                 "\"%s\" is not served by this version",
			                 f->name);
		else
			f->take(c, f, m, (char *)out + f->off);
	}
	for (i = 0; i < t->n; i++)
		if ((t->v[i].flags & WF_FIELD_REQUIRED) &&
		    !wf_yaml_get(v, t->v[i].name))
			wf_field_problem(c, v, "%s has no \"%s\"", t->what,
			                 t->v[i].name);
}

static void
walk(const struct wf_fields *t, const char *prefix, bool served,
     wf_field_visit *visit, void *arg)
{
	char path[256];
	size_t i;
	bool s;

	for (i = 0; i < t->n; i++) {
		s = served && !(t->v[i].flags & WF_FIELD_UNSERVED);
		(void)snprintf(path, sizeof(path), "%s%s%s", prefix,
		               prefix[0] ? "." : "", t->v[i].name);
		visit(path, s, arg);
		if (t->v[i].sub)
			walk(t->v[i].sub, path, s, visit, arg);
	}
}

void
wf_field_walk(const struct wf_fields *t, wf_field_visit *visit, void *arg)
{
	walk(t, "", true, visit, arg);
}
