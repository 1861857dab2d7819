/* SPDX-License-Identifier: Apache-2.0
 *
 * Two modules side by side.  Must never leave a difference out that lets the
 * new one reach more: what cannot be paired is gained, not changed.
 */
#include "wasm/delta.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wasm/limits.h"

#define MAX_TYPE 400u /* bytes of a type in a row: a signature can have 2,000 words */

const char *
wf_delta_what_word(enum wf_delta_what what)
{
	static const char *const words[] = {
#define DELTA_WORD(name, word) [WF_DELTA_##name] = word,
		WF_DELTA_WHATS(DELTA_WORD)
#undef DELTA_WORD
	};

	return words[what];
}

const char *
wf_delta_how_word(enum wf_delta_how how)
{
	switch (how) {
	case WF_DELTA_GAINED: return "gained";
	case WF_DELTA_LOST: return "lost";
	case WF_DELTA_CHANGED: return "changed";
	}
	return "changed";
}

static struct wf_delta_row *
add(struct wf_delta *d, enum wf_delta_how how, enum wf_delta_what what, struct wf_str subject)
{
	d->v = wf_grow(d->v, &d->cap, d->n, sizeof(*d->v));
	d->v[d->n] = (struct wf_delta_row){.how = how, .what = what, .subject = subject};
	return &d->v[d->n++];
}

static const char *text(struct wf_delta *, const char *fmt, ...) WF_PRINTF(2, 3);

static const char *
text(struct wf_delta *d, const char *fmt, ...)
{
	char line[160];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	return wf_arena_strn(&d->arena, line, strlen(line));
}

const struct wf_wasm_limits *
wf_delta_memory(const struct wf_wasm *w, size_t i)
{
	if (i < w->nmemories)
		return &w->memories[i];
	i -= w->nmemories;
	for (size_t k = 0; k < w->nnested; k++) {
		if (i < w->nested[k]->nmemories)
			return &w->nested[k]->memories[i];
		i -= w->nested[k]->nmemories;
	}
	return NULL;
}

bool
wf_delta_has_start(const struct wf_wasm *w)
{
	bool has = w->has_start;

	for (size_t k = 0; k < w->nnested; k++)
		has = has || w->nested[k]->has_start;
	return has;
}

static const char *
memory_text(struct wf_delta *d, const struct wf_wasm_limits *l)
{
	const char *shape;

	if (!l)
		return NULL;
	shape = text(d, "%s%s", l->is64 ? ", 64-bit" : "", l->shared ? ", shared" : "");
	if (l->page_log2 != 16)
		shape = text(d, "%s of %llu bytes", shape, 1ULL << l->page_log2);
	if (l->has_max)
		return text(d, "%llu..%llu pages%s", (unsigned long long)l->min,
		            (unsigned long long)l->max, shape);
	return text(d, "%llu.. pages%s", (unsigned long long)l->min, shape);
}

/* The functions that an import of a component asks for. */
static const char *
functions_text(struct wf_delta *d, const struct wf_wasm *w, size_t import)
{
	const struct wf_wasm_iface *f = &w->ifaces[import];
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(MAX_TYPE);

	if (w->imports[import].kind != WF_EXTERN_INSTANCE)
		return NULL;
	for (uint32_t i = 0; i < f->nfuncs; i++) {
		struct wf_str name = w->iface_funcs[f->first_func + i];

		if ((i && wf_buf_add(&b, ", ", 2, NULL)) || wf_buf_add(&b, name.p, name.len, NULL))
			break;
	}
	return wf_arena_strn(&d->arena, b.p ? b.p : "", b.len);
}

/* A type as a row shows it; NULL: it has none that is known. */
static const char *
shown(struct wf_delta *d, const struct wf_buf *b)
{
	size_t n = b->len;
	char *p;

	if (n <= MAX_TYPE)
		return n ? wf_arena_strn(&d->arena, b->p, n) : NULL;
	for (n = MAX_TYPE; n && (b->p[n] & 0xc0) == 0x80; n--)
		; /* not inside a character */
	p = wf_arena_alloc(&d->arena, n + 4);
	memcpy(p, b->p, n);
	memcpy(p + n, "...", 4);
	return p;
}

static const char *
type_text(struct wf_delta *d, const struct wf_wasm *w, enum wf_extern kind, uint32_t index)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_WASM_MAX_TYPE_TEXT);

	wf_wasm_extern_text(&b, w, kind, index);
	return shown(d, &b);
}

/* What was cut short is never the same as anything. */
static bool
same(const struct wf_buf *a, const struct wf_buf *b)
{
	return wf_str_eq(wf_buf_str(a), wf_buf_str(b)) && !wf_wasm_text_is_cut(wf_buf_str(a));
}

/* --- imports and exports ------------------------------------------------------ */

/* One import or export, in the order of names. */
struct name {
	struct wf_str module, name;
	enum wf_extern kind;
	uint32_t index;
	size_t at; /* in its own list */
};

static int
by_bytes(struct wf_str a, struct wf_str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n ? memcmp(a.p, b.p, n) : 0;

	return c ? c : a.len < b.len ? -1 : a.len > b.len;
}

/* The kind too: a function and a global of one name are two things. */
static int
by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int c = by_bytes(x->module, y->module);

	if (c == 0)
		c = by_bytes(x->name, y->name);
	if (c == 0)
		c = (int)x->kind - (int)y->kind;
	return c;
}

static int
by_name_then_place(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int c = by_name(a, b);

	return c ? c : x->at < y->at ? -1 : x->at > y->at;
}

static struct name *
import_names(const struct wf_wasm *w)
{
	struct name *v = wf_calloc(w->nimports + 1, sizeof(*v));

	for (size_t i = 0; i < w->nimports; i++)
		v[i] = (struct name){w->imports[i].module, w->imports[i].name, w->imports[i].kind,
		                     w->imports[i].index, i};
	qsort(v, w->nimports, sizeof(*v), by_name_then_place);
	return v;
}

static struct name *
export_names(const struct wf_wasm *w)
{
	struct name *v = wf_calloc(w->nexports + 1, sizeof(*v));

	for (size_t i = 0; i < w->nexports; i++)
		v[i] = (struct name){{NULL, 0}, w->exports[i].name, w->exports[i].kind,
		                     w->exports[i].index, i};
	qsort(v, w->nexports, sizeof(*v), by_name_then_place);
	return v;
}

/* "module.name" as policy decisions name it. */
static struct wf_str
subject(struct wf_delta *d, const struct wf_wasm *w, const struct name *n, enum wf_delta_what what)
{
	size_t len = n->module.len + 1 + n->name.len;
	char *p;

	if (what == WF_DELTA_IMPORT && w->kind != WF_WASM_CORE && w->ifaces[n->at].implements.p) {
		struct wf_str of = w->ifaces[n->at].implements;
		char *z = wf_asprintf("%.*s (implements %.*s)", (int)n->name.len, n->name.p,
		                      (int)of.len, of.p);
		struct wf_str kept = wf_arena_dup(&d->arena, wf_str(z));

		free(z);
		return kept;
	}
	if (what == WF_DELTA_EXPORT || w->kind != WF_WASM_CORE)
		return n->name;
	p = wf_arena_alloc(&d->arena, len + 1);
	if (n->module.len)
		memcpy(p, n->module.p, n->module.len);
	p[n->module.len] = '.';
	if (n->name.len)
		memcpy(p + n->module.len + 1, n->name.p, n->name.len);
	p[len] = '\0';
	return (struct wf_str){p, len};
}

static int
by_member(const void *a, const void *b)
{
	const struct wf_wasm_member *x = a, *y = b;

	return by_bytes(x->name, y->name);
}

static void
member_row(struct wf_delta *d, bool imported, struct wf_str of, const struct wf_wasm *before,
           const struct wf_wasm_member *x, const struct wf_wasm *after,
           const struct wf_wasm_member *y)
{
	WF_AUTO(wf_buf_free) struct wf_buf old = WF_BUF_INIT(WF_WASM_MAX_TYPE_TEXT);
	WF_AUTO(wf_buf_free) struct wf_buf new = WF_BUF_INIT(WF_WASM_MAX_TYPE_TEXT);
	struct wf_str name = x ? x->name : y->name;
	struct wf_delta_row *r;
	char *z;

	if (x)
		wf_wasm_member_text(&old, before, x);
	if (y)
		wf_wasm_member_text(&new, after, y);
	if (x && y && same(&old, &new))
		return;
	z = wf_asprintf("%.*s#%.*s", (int)of.len, of.p, (int)name.len, name.p);
	r = add(d, !x ? WF_DELTA_GAINED : !y ? WF_DELTA_LOST : WF_DELTA_CHANGED, WF_DELTA_MEMBER,
	        wf_arena_dup(&d->arena, wf_str(z)));
	free(z);
	r->before = x ? shown(d, &old) : NULL;
	r->after = y ? shown(d, &new) : NULL;
	r->wider = imported && !x;
}

/* What is in an instance that both have: a function that takes something else
 * is another function. */
static void
members(struct wf_delta *d, enum wf_delta_what what, const struct wf_wasm *before,
        const struct name *x, const struct wf_wasm *after, const struct name *y)
{
	WF_AUTO(wf_freep) struct wf_wasm_member *old = NULL;
	WF_AUTO(wf_freep) struct wf_wasm_member *new = NULL;
	size_t nold, nnew, i = 0, k = 0;

	if (!wf_wasm_members(before, x->kind, x->index, &old, &nold) ||
	    !wf_wasm_members(after, y->kind, y->index, &new, &nnew)) {
		/* not known is not the same */
		add(d, WF_DELTA_CHANGED, WF_DELTA_MEMBER, y->name);
		return;
	}
	if (nold)
		qsort(old, nold, sizeof(*old), by_member);
	if (nnew)
		qsort(new, nnew, sizeof(*new), by_member);
	while (i < nold || k < nnew) {
		int c = i == nold ? 1 : k == nnew ? -1 : by_member(&old[i], &new[k]);

		member_row(d, what == WF_DELTA_IMPORT, y->name, before, c <= 0 ? &old[i] : NULL,
		           after, c >= 0 ? &new[k] : NULL);
		i += c <= 0;
		k += c >= 0;
	}
}

static void
one_sided(struct wf_delta *d, enum wf_delta_how how, enum wf_delta_what what,
          const struct wf_delta_side *s, const struct name *n)
{
	struct wf_delta_row *r = add(d, how, what, subject(d, s->wasm, n, what));
	const char *type = type_text(d, s->wasm, n->kind, n->index);

	if (!type || !*type)
		type = wf_wasm_extern_word(n->kind);
	if (how == WF_DELTA_GAINED)
		r->after = type;
	else
		r->before = type;
	if (what == WF_DELTA_IMPORT) {
		r->classes = s->caps[n->at].classes;
		r->wider = how == WF_DELTA_GAINED;
	}
}

/* Types of the two; true: they differ. */
static bool
other_type(struct wf_delta *d, const struct wf_wasm *before, const struct name *x,
           const struct wf_wasm *after, const struct name *y, const char **a, const char **b)
{
	WF_AUTO(wf_buf_free) struct wf_buf old = WF_BUF_INIT(WF_WASM_MAX_TYPE_TEXT);
	WF_AUTO(wf_buf_free) struct wf_buf new = WF_BUF_INIT(WF_WASM_MAX_TYPE_TEXT);

	wf_wasm_extern_text(&old, before, x->kind, x->index);
	wf_wasm_extern_text(&new, after, y->kind, y->index);
	*a = shown(d, &old);
	*b = shown(d, &new);
	return !same(&old, &new);
}

static void
paired(struct wf_delta *d, enum wf_delta_what what, const struct wf_delta_side *before,
       const struct name *x, const struct wf_delta_side *after, const struct name *y)
{
	bool instance = x->kind == WF_EXTERN_INSTANCE, other = false;
	const char *a = NULL, *b = NULL;
	uint32_t old = 0, new = 0;
	struct wf_delta_row *r;

	if (what == WF_DELTA_IMPORT && instance) {
		a = functions_text(d, before->wasm, x->at);
		b = functions_text(d, after->wasm, y->at);
		other = strcmp(a, b) != 0;
	} else if (!instance) {
		other = other_type(d, before->wasm, x, after->wasm, y, &a, &b);
	}
	if (what == WF_DELTA_IMPORT) {
		old = before->caps[x->at].classes;
		new = after->caps[y->at].classes;
	}
	if (old != new || other) {
		r = add(d, WF_DELTA_CHANGED, what, subject(d, after->wasm, y, what));
		r->before = a;
		r->after = b;
		r->classes = new;
		r->wider = (new & ~old) != 0;
	}
	if (instance)
		members(d, what, before->wasm, x, after->wasm, y);
}

static void
names(struct wf_delta *d, enum wf_delta_what what, const struct wf_delta_side *before,
      const struct name *x, size_t nx, const struct wf_delta_side *after,
      const struct name *y, size_t ny)
{
	size_t i = 0, k = 0;

	while (i < nx || k < ny) {
		int c = i == nx ? 1 : k == ny ? -1 : by_name(&x[i], &y[k]);

		if (c < 0)
			one_sided(d, WF_DELTA_LOST, what, before, &x[i++]);
		else if (c > 0)
			one_sided(d, WF_DELTA_GAINED, what, after, &y[k++]);
		else
			paired(d, what, before, &x[i++], after, &y[k++]);
	}
}

/* --- the rest ----------------------------------------------------------------- */

uint64_t
wf_delta_pages(const struct wf_wasm_limits *l)
{
	uint64_t size = UINT64_C(1) << (l->page_log2 < 16 ? 16 - l->page_log2 : 0);

	if (!l->has_max)
		return UINT64_MAX;
	return l->max / size + (l->max % size != 0);
}

static void
memories(struct wf_delta *d, const struct wf_wasm *a, const struct wf_wasm *b)
{
	const struct wf_wasm_limits *x, *y;

	for (size_t i = 0; (x = wf_delta_memory(a, i)), (y = wf_delta_memory(b, i)), x || y; i++) {
		const char *old = memory_text(d, x), *new = memory_text(d, y);
		struct wf_delta_row *r;

		if (x && y && strcmp(old, new) == 0)
			continue;
		r = add(d, !x ? WF_DELTA_GAINED : !y ? WF_DELTA_LOST : WF_DELTA_CHANGED,
		        WF_DELTA_MEMORY, wf_str(text(d, "memory %zu", i)));
		r->before = old;
		r->after = new;
		r->wider = y && (!x || wf_delta_pages(y) > wf_delta_pages(x) || y->min > x->min);
	}
}

static void
tables(struct wf_delta *d, const struct wf_wasm *a, const struct wf_wasm *b)
{
	size_t n = a->ntables > b->ntables ? a->ntables : b->ntables;

	for (size_t i = 0; i < n; i++) {
		const char *x = i < a->ntables ? type_text(d, a, WF_EXTERN_TABLE, (uint32_t)i) : NULL;
		const char *y = i < b->ntables ? type_text(d, b, WF_EXTERN_TABLE, (uint32_t)i) : NULL;
		struct wf_delta_row *r;

		if (x && y && strcmp(x, y) == 0)
			continue;
		r = add(d, !x ? WF_DELTA_GAINED : !y ? WF_DELTA_LOST : WF_DELTA_CHANGED,
		        WF_DELTA_TABLE, wf_str(text(d, "table %zu", i)));
		r->before = x;
		r->after = y;
	}
}

static void
flags(struct wf_delta *d, const struct wf_wasm *a, const struct wf_wasm *b)
{
	bool was = wf_delta_has_start(a), is = wf_delta_has_start(b);

	if (was != is) {
		const struct wf_wasm *w = is ? b : a;

		add(d, is ? WF_DELTA_GAINED : WF_DELTA_LOST, WF_DELTA_START,
		    wf_str(w->kind == WF_WASM_CORE ? text(d, "start function %u", w->start)
		                                   : "start function inside"))->wider = is;
	}
	for (unsigned f = WF_F_NONE + 1; f < WF_F_COUNT; f++) {
		bool x = a->features & WF_FEATURE_BIT(f), y = b->features & WF_FEATURE_BIT(f);

		if (x != y)
			add(d, y ? WF_DELTA_GAINED : WF_DELTA_LOST, WF_DELTA_FEATURE,
			    wf_str(wf_feature_word((enum wf_feature)f)))->wider = y;
	}
}

static uint32_t
class_union(const struct wf_delta_side *s)
{
	uint32_t all = 0;

	for (size_t i = 0; i < s->wasm->nimports; i++)
		all |= s->caps[i].classes;
	return all;
}

static void
classes(struct wf_delta *d, const struct wf_delta_side *before, const struct wf_delta_side *after)
{
	uint32_t x = class_union(before), y = class_union(after);

	d->gained = y & ~x;
	d->lost = x & ~y;
	for (unsigned c = 0; c < WF_CAP_COUNT; c++)
		if ((x ^ y) & WF_CAP_BIT(c))
			add(d, (y & WF_CAP_BIT(c)) ? WF_DELTA_GAINED : WF_DELTA_LOST,
			    WF_DELTA_CAPABILITY, wf_str(wf_capability_word((enum wf_cap)c)))
				->wider = (y & WF_CAP_BIT(c)) != 0;
}

void
wf_delta(const struct wf_delta_side *before, const struct wf_delta_side *after,
         struct wf_delta *out)
{
	const struct wf_wasm *a = before->wasm, *b = after->wasm;
	WF_AUTO(wf_freep) struct name *ia = import_names(a), *ib = import_names(b);
	WF_AUTO(wf_freep) struct name *ea = export_names(a), *eb = export_names(b);

	wf_delta_free(out);
	if (a->kind != b->kind) {
		struct wf_delta_row *r = add(out, WF_DELTA_CHANGED, WF_DELTA_KIND, wf_str("module"));

		r->before = wf_wasm_kind_word(a->kind);
		r->after = wf_wasm_kind_word(b->kind);
		r->wider = b->kind != WF_WASM_CORE;
	}
	classes(out, before, after);
	names(out, WF_DELTA_IMPORT, before, ia, a->nimports, after, ib, b->nimports);
	names(out, WF_DELTA_EXPORT, before, ea, a->nexports, after, eb, b->nexports);
	memories(out, a, b);
	tables(out, a, b);
	flags(out, a, b);
}

void
wf_delta_free(struct wf_delta *d)
{
	if (!d)
		return;
	free(d->v);
	wf_arena_free(&d->arena);
	*d = (struct wf_delta)WF_DELTA_INIT;
}
