/* SPDX-License-Identifier: Apache-2.0
 *
 * Holds a module against the description of an engine.  Must never say that
 * something fits which the description does not speak of.
 */
#include "engine/fit.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

struct ctx {
	const struct wf_fit_engine *e;
	const struct wf_fit_subject *s;
	struct wf_fit *out;
};

const char *
wf_fit_word(enum wf_fit_verdict v)
{
	switch (v) {
	case WF_FIT_NO: return "unfit";
	case WF_FIT_UNKNOWN: return "unknown";
	case WF_FIT_YES: return "fits";
	}
	return "unfit";
}

static void point(struct ctx *, enum wf_fit_verdict, const char *what, struct wf_str subject,
                  const char *fmt, ...) WF_PRINTF(5, 6);

static void
point(struct ctx *c, enum wf_fit_verdict verdict, const char *what, struct wf_str subject,
      const char *fmt, ...)
{
	struct wf_fit *o = c->out;
	char line[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	o->v = wf_grow(o->v, &o->cap, o->n, sizeof(*o->v));
	o->v[o->n++] = (struct wf_fit_point){verdict, what, wf_arena_dup(&o->arena, subject),
	                                     wf_arena_strn(&o->arena, line, strlen(line))};
	if (verdict < o->verdict)
		o->verdict = verdict;
}

static bool
like(struct wf_str text, const char *pattern)
{
	size_t n = strlen(pattern);

	if (n && pattern[n - 1] == '*')
		return text.len >= n - 1 && memcmp(text.p, pattern, n - 1) == 0;
	return wf_str_eqz(text, pattern);
}

/* --- kind, size, name, features -------------------------------------------------- */

static void
shape(struct ctx *c)
{
	const struct wf_wasm *w = c->s->wasm;
	bool takes = w->kind == WF_WASM_CORE ? c->e->core
	           : w->kind == WF_WASM_COMPONENT ? c->e->component : false;
	const char *setting = c->e->max_size_setting;
	char size[32];

	point(c, takes ? WF_FIT_YES : WF_FIT_NO, "kind", wf_str(wf_wasm_kind_word(w->kind)),
	      takes ? "is taken" : "it runs %s", c->e->core ? "core modules" : "components");
	(void)snprintf(size, sizeof(size), "%zu bytes", w->size);
	if (c->e->max_size && w->size > c->e->max_size)
		point(c, setting ? WF_FIT_UNKNOWN : WF_FIT_NO, "size", wf_str(size),
		      "it takes %llu%s%s", (unsigned long long)c->e->max_size,
		      setting ? " unless the server raised " : "", setting ? setting : "");
	for (unsigned f = WF_F_NONE + 1; f < WF_F_COUNT; f++)
		if (w->features & c->e->refused & WF_FEATURE_BIT(f))
			point(c, WF_FIT_NO, "feature", wf_str(wf_feature_word((enum wf_feature)f)),
			      "it does not run this");
	if (c->e->max_imports && w->nimports > c->e->max_imports)
		point(c, WF_FIT_NO, "import", wf_str("imports"), "%zu, it takes %zu", w->nimports,
		      c->e->max_imports);
	if (c->e->max_exports && w->nexports > c->e->max_exports)
		point(c, WF_FIT_NO, "export", wf_str("exports"), "%zu, it takes %zu", w->nexports,
		      c->e->max_exports);
}

static void
name(struct ctx *c)
{
	const struct wf_fit_subject *s = c->s;
	size_t n = s->name ? strlen(s->name) : 0, max = c->e->max_name;

	if (!s->name)
		return;
	if (c->e->name_and_export && s->export_name)
		n += 2 + strlen(s->export_name);
	if (max && n > max)
		point(c, WF_FIT_NO, "name", wf_str(s->name), "%zu bytes%s, it takes %zu", n,
		      c->e->name_and_export ? " with the export" : "", max);
	for (const char *p = s->name; c->e->word_name && *p; p++) {
		if (isalnum((unsigned char)*p) || *p == '_')
			continue;
		point(c, WF_FIT_NO, "name", wf_str(s->name),
		      "it takes letters, digits and underscores");
		return;
	}
}

/* --- imports --------------------------------------------------------------------- */

/* "ns:pkg/iface@1.2.3" in two. */
static void
split(struct wf_str whole, struct wf_str *name, struct wf_str *version)
{
	const char *at = whole.len ? memchr(whole.p, '@', whole.len) : NULL;

	*name = whole;
	*version = (struct wf_str){NULL, 0};
	if (at) {
		name->len = (size_t)(at - whole.p);
		*version = (struct wf_str){at + 1, whole.len - name->len - 1};
	}
}

static const struct wf_fit_import *
provided(const struct wf_fit_engine *e, const struct wf_wasm *w, const struct wf_wasm_import *imp)
{
	struct wf_str name = imp->name, version = {NULL, 0};

	if (w->kind != WF_WASM_CORE)
		split(imp->name, &name, &version);
	else if (imp->kind != WF_EXTERN_FUNC)
		return NULL;
	for (size_t i = 0; i < e->nimports; i++) {
		const struct wf_fit_import *p = &e->imports[i];
		bool component = p->module[0] == '\0';

		if (component != (w->kind != WF_WASM_CORE) || !like(name, p->name))
			continue;
		if (!component && !wf_str_eqz(imp->module, p->module))
			continue;
		if (component && (p->version ? !wf_str_starts(version, p->version) : version.len))
			continue;
		return p;
	}
	return NULL;
}

static struct wf_str
import_name(struct ctx *c, const struct wf_wasm_import *imp)
{
	size_t len = imp->module.len + 1 + imp->name.len;
	char *p;

	if (c->s->wasm->kind != WF_WASM_CORE)
		return imp->name;
	p = wf_arena_alloc(&c->out->arena, len + 1);
	if (imp->module.len)
		memcpy(p, imp->module.p, imp->module.len);
	p[imp->module.len] = '.';
	if (imp->name.len)
		memcpy(p + imp->module.len + 1, imp->name.p, imp->name.len);
	return (struct wf_str){p, len};
}

static void
imports(struct ctx *c)
{
	const struct wf_wasm *w = c->s->wasm;

	for (size_t i = 0; i < w->nimports; i++) {
		const struct wf_wasm_import *imp = &w->imports[i];
		const struct wf_fit_import *p = provided(c->e, w, imp);

		if (imp->kind == WF_EXTERN_TYPE)
			continue;
		if (!p && c->e->keeps_only)
			point(c, WF_FIT_UNKNOWN, "import", import_name(c, imp),
			      "is up to the code that loads it");
		else if (!p)
			point(c, WF_FIT_NO, "import", import_name(c, imp), "it does not provide this");
		else if (!p->wasi || c->s->wasi == WF_FIT_WASI_GRANTED)
			point(c, WF_FIT_YES, "import", import_name(c, imp), "is provided");
		else if (c->s->wasi == WF_FIT_WASI_LEDGER)
			point(c, WF_FIT_UNKNOWN, "import", import_name(c, imp),
			      "is provided with `wasi:`, which the manifest file does not say");
		else
			point(c, WF_FIT_YES, "import", import_name(c, imp),
			      "is provided where the manifest file says `wasi:`");
	}
}

/* --- exports --------------------------------------------------------------------- */

static const struct wf_wasm_export *
find_export(const struct wf_wasm *w, const char *pattern)
{
	for (size_t i = 0; i < w->nexports; i++)
		if (like(w->exports[i].name, pattern))
			return &w->exports[i];
	return NULL;
}

static char
letter(struct wf_wasm_valtype t)
{
	switch (t.code) {
	case 0x7f: return 'i';
	case 0x7e: return 'I';
	case 0x7d: return 'f';
	case 0x7c: return 'F';
	}
	return '?';
}

/* "ii:I"; NULL: no function. */
static const char *
function_type(struct ctx *c, const struct wf_wasm_export *x)
{
	struct wf_wasm_valtype params[2 * WF_MAX_ARGS], results[4];
	const struct wf_wasm *w = c->s->wasm;
	char text[2 * WF_MAX_ARGS + 8];
	size_t n, i, at = 0;

	if (x->kind != WF_EXTERN_FUNC || w->kind != WF_WASM_CORE || x->index >= w->nfuncs)
		return NULL;
	n = wf_wasm_params(w, w->funcs[x->index], params, WF_COUNT(params));
	for (i = 0; i < n && i < WF_COUNT(params); i++)
		text[at++] = letter(params[i]);
	if (n > WF_COUNT(params))
		text[at++] = '?';
	text[at++] = ':';
	n = wf_wasm_results(w, w->funcs[x->index], results, WF_COUNT(results));
	for (i = 0; i < n && i < WF_COUNT(results); i++)
		text[at++] = letter(results[i]);
	if (n > WF_COUNT(results))
		text[at++] = '?';
	return wf_arena_strn(&c->out->arena, text, at);
}

static bool
has_function(struct ctx *c, const char *name, const char *type)
{
	const struct wf_wasm_export *x = find_export(c->s->wasm, name);
	const char *have = x ? function_type(c, x) : NULL;

	return have && strcmp(have, type) == 0;
}

static void
need(struct ctx *c, const char *name, const char *type, const char *why)
{
	bool there = has_function(c, name, type);

	point(c, there ? WF_FIT_YES : WF_FIT_NO, "export", wf_str(name), "%s%s",
	      there ? "is there" : why, there ? "" : " needs it");
}

static void
listed_exports(struct ctx *c)
{
	for (size_t i = 0; i < c->e->nexports; i++) {
		const struct wf_fit_export *x = &c->e->exports[i];
		bool there;

		if (x->component != (c->s->wasm->kind != WF_WASM_CORE))
			continue;
		there = x->type ? has_function(c, x->name, x->type)
		                : find_export(c->s->wasm, x->name) != NULL;
		point(c, there ? WF_FIT_YES : WF_FIT_NO, "export", wf_str(x->name),
		      there ? "is there" : "the engine needs it");
	}
}

/* --- types ----------------------------------------------------------------------- */

char
wf_fit_sql_type(const char *sql)
{
	static const struct {
		char as;
		const char *names;
	} known[] = {
		{'i', "|int2|int4|smallint|integer|int|bool|boolean|"},
		{'I', "|int8|bigint|"},
		{'f', "|float4|real|"},
		{'F', "|float8|double precision|"},
		{'v', "|void|"},
		{'p', "|text|varchar|character varying|json|jsonb|bytea|inet|cidr|macaddr|numeric|"
		      "decimal|uuid|date|time|timetz|timestamp|timestamptz|interval|xml|char|"
		      "character|bpchar|name|oid|money|point|tsvector|tsquery|"},
	};
	char word[40] = "|";
	const char *p = sql, *end;
	size_t n = 1, len;

	if (strncmp(p, "pg_catalog.", 11) == 0)
		p += 11;
	len = strlen(p);
	if (len > 2 && strcmp(p + len - 2, "[]") == 0 && !strchr(p, '"'))
		return wf_fit_sql_type("text");
	for (end = p; *end && *end != '('; end++)
		;
	while (end > p && end[-1] == ' ')
		end--;
	if (end == p || (size_t)(end - p) > sizeof(word) - 3)
		return 0;
	for (; p < end; p++)
		word[n++] = (char)tolower((unsigned char)*p);
	word[n++] = '|';
	word[n] = '\0';
	for (size_t i = 0; i < WF_COUNT(known); i++)
		if (strstr(known[i].names, word))
			return known[i].as;
	return 0;
}

/* What pg_wasm wants of the export; false: a type it is not known for. */
static bool
wanted(struct ctx *c, char *text, bool *memory, bool *alloc)
{
	const struct wf_fit_subject *s = c->s;
	size_t n = 0;
	bool known = true;

	for (size_t i = 0; i < s->nargs && i < WF_MAX_ARGS; i++) {
		char as = wf_fit_sql_type(s->args[i]);

		if (as == 0 || as == 'v') {
			point(c, as ? WF_FIT_NO : WF_FIT_UNKNOWN, "type", wf_str(s->args[i]),
			      as ? "is no type of an argument" : "the server knows what it is");
			known = false;
			continue;
		}
		if (as == 'p') {
			*memory = *alloc = true;
			text[n++] = 'i';
			as = 'i';
		}
		text[n++] = as;
	}
	text[n++] = ':';
	switch (wf_fit_sql_type(s->returns)) {
	case 0:
		point(c, WF_FIT_UNKNOWN, "type", wf_str(s->returns), "the server knows what it is");
		known = false;
		break;
	case 'v':
		break;
	case 'p':
		*memory = true;
		text[n++] = 'I';
		break;
	case 'i': text[n++] = 'i'; break;
	case 'I': text[n++] = 'I'; break;
	case 'f': text[n++] = 'f'; break;
	case 'F': text[n++] = 'F'; break;
	}
	text[n] = '\0';
	return known;
}

static void
pointers_abi(struct ctx *c)
{
	const struct wf_fit_subject *s = c->s;
	const struct wf_wasm_export *x = find_export(s->wasm, s->export_name), *m;
	const char *have = x ? function_type(c, x) : NULL;
	char want[2 * WF_MAX_ARGS + 8];
	bool memory = false, alloc = false, ok;

	if (!have || !s->args_set || !s->returns) {
		point(c, have ? WF_FIT_YES : WF_FIT_NO, "export", wf_str(s->export_name),
		      have ? "is there" : "is no function of the module");
		return;
	}
	if (wanted(c, want, &memory, &alloc)) {
		ok = strcmp(want, have) == 0;
		point(c, ok ? WF_FIT_YES : WF_FIT_NO, "type", wf_str(s->export_name),
		      ok ? "has the type of the SQL signature"
		         : "is (%.*s) -> (%s), the SQL signature needs (%.*s) -> (%s)",
		      (int)strcspn(have, ":"), have, strchr(have, ':') + 1,
		      (int)strcspn(want, ":"), want, strchr(want, ':') + 1);
	}
	if (alloc)
		need(c, "alloc", "i:i", "an argument of variable length");
	if (!memory)
		return;
	m = find_export(s->wasm, "memory");
	ok = m && m->kind == WF_EXTERN_MEMORY;
	point(c, ok ? WF_FIT_YES : WF_FIT_NO, "export", wf_str("memory"),
	      ok ? "is there" : "a value of variable length needs it");
	if (find_export(s->wasm, "dealloc"))
		need(c, "dealloc", "ii:", "the engine frees values with (i32, i32) and");
}

/* pgwasm registers every export that it can; one it cannot is an error. */
static void
two_i32_abi(struct ctx *c)
{
	const struct wf_wasm *w = c->s->wasm;

	if (w->nimported_funcs)
		point(c, WF_FIT_NO, "import", wf_str("imported functions"),
		      "it reads exports of such a core module with the wrong types");
	for (size_t i = 0; i < w->nexports; i++) {
		const char *t = function_type(c, &w->exports[i]);

		if (!t || (c->s->export_name && !wf_str_eqz(w->exports[i].name, c->s->export_name)))
			continue;
		if (strcmp(t, "i:i") == 0 || strcmp(t, "ii:i") == 0 || strcmp(t, ":i") == 0)
			point(c, WF_FIT_YES, "type", w->exports[i].name, "is called as it is");
		else
			point(c, c->s->export_name ? WF_FIT_NO : WF_FIT_UNKNOWN, "type",
			      w->exports[i].name,
			      "is (%.*s) -> (%s); it calls at most two i32 with one i32 back",
			      (int)strcspn(t, ":"), t, strchr(t, ':') + 1);
	}
}

static void
row_buffer_abi(struct ctx *c)
{
	const struct wf_wasm *w = c->s->wasm;
	bool buffer = has_function(c, "clickhouse_create_buffer", "i:i") &&
	              has_function(c, "clickhouse_destroy_buffer", "i:");
	const struct wf_wasm_export *x = c->s->export_name ? find_export(w, c->s->export_name) : NULL;
	const char *t = x ? function_type(c, x) : NULL;
	const struct wf_wasm_export *m = find_export(w, "memory");

	if (!m || m->kind != WF_EXTERN_MEMORY)
		point(c, WF_FIT_NO, "export", wf_str("memory"), "the engine needs it");
	if (!c->s->export_name)
		return;
	if (!t)
		point(c, WF_FIT_NO, "export", wf_str(c->s->export_name),
		      "is no function of the module");
	else if (buffer && strcmp(t, "ii:i") == 0)
		point(c, WF_FIT_YES, "type", x->name, "is called with a buffer of rows");
	else if (!strchr(t, '?') && strlen(strchr(t, ':')) == 2)
		point(c, WF_FIT_YES, "type", x->name, "is called row by row");
	else
		point(c, WF_FIT_NO, "type", x->name,
		      "is (%.*s) -> (%s): neither numbers with one number back, nor a buffer",
		      (int)strcspn(t, ":"), t, strchr(t, ':') + 1);
}

static void
types(struct ctx *c)
{
	if (c->s->wasm->kind != WF_WASM_CORE || !c->e->core) {
		if (c->e->component && c->s->args_set)
			point(c, WF_FIT_UNKNOWN, "type", wf_str("component"),
			      "types of a component's exports are not compared with SQL types");
		return;
	}
	switch (c->e->abi) {
	case WF_FIT_ABI_NONE:
		break;
	case WF_FIT_ABI_POINTERS:
		if (c->s->export_name)
			pointers_abi(c);
		break;
	case WF_FIT_ABI_TWO_I32:
		two_i32_abi(c);
		break;
	case WF_FIT_ABI_ROW_BUFFER:
		row_buffer_abi(c);
		break;
	}
}

void
wf_fit(const struct wf_fit_engine *e, const struct wf_fit_subject *s, struct wf_fit *out)
{
	struct ctx c = {e, s, out};

	wf_fit_free(out);
	out->verdict = WF_FIT_YES;
	shape(&c);
	name(&c);
	imports(&c);
	listed_exports(&c);
	types(&c);
}

const struct wf_fit_point *
wf_fit_first(const struct wf_fit *f, enum wf_fit_verdict verdict)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->v[i].verdict == verdict)
			return &f->v[i];
	return NULL;
}

void
wf_fit_free(struct wf_fit *f)
{
	if (!f)
		return;
	free(f->v);
	wf_arena_free(&f->arena);
	*f = (struct wf_fit)WF_FIT_INIT;
}
