/* SPDX-License-Identifier: Apache-2.0
 *
 * Types of components as text.  What is open is a level on a stack of a fixed
 * depth; every step writes something or is counted, so that a type that names
 * another a thousand times costs no more than the text it may have.  Reads
 * only bytes that were decoded before.
 */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "wasm/limits.h"
#include "wasm/surface.h"

enum { BY_NAME = 0xff }; /* form of a level: the exports of an instance */

struct level {
	const uint8_t *p; /* what is read next */
	uint32_t scope, left, done;
	const struct wf_surface_entry *exports;
	uint8_t form;
	bool open;   /* a bracket that the next step closes */
	bool closed; /* the parameters of a function have ended */
};

struct text {
	const struct wf_wasm *w;
	const struct wf_surface *s;
	struct wf_buf *b;
	size_t max, depth;
	unsigned steps;
	bool cut;
	struct level level[WF_WASM_MAX_TYPE_DEPTH];
};

static void
put(struct text *t, const char *p, size_t n)
{
	if (t->cut || t->b->len + n > t->max || wf_buf_add(t->b, p, n, NULL))
		t->cut = true;
}

static void
putz(struct text *t, const char *z)
{
	put(t, z, strlen(z));
}

static void
put_name(struct text *t, uint32_t offset)
{
	struct wf_str s = wf_surface_name(t->w, offset);

	put(t, s.p, s.len);
}

static void
put_label(struct text *t, struct level *l)
{
	uint32_t n = wf_surface_uleb(&l->p);

	put(t, (const char *)l->p, n);
	l->p += n;
}

/* --- levels ---------------------------------------------------------------------- */

static struct level *
push(struct text *t, uint8_t form, uint32_t scope)
{
	struct level *l;

	if (t->cut || t->depth == WF_COUNT(t->level)) {
		t->cut = true;
		return NULL;
	}
	l = &t->level[t->depth++];
	*l = (struct level){.form = form, .scope = scope};
	return l;
}

static const char *
primitive(uint8_t b)
{
	static const char *const words[] = {
		[0x64] = "error-context", [0x73] = "string", [0x74] = "char", [0x75] = "f64",
		[0x76] = "f32", [0x77] = "u64", [0x78] = "s64", [0x79] = "u32", [0x7a] = "s32",
		[0x7b] = "u16", [0x7c] = "s16", [0x7d] = "u8", [0x7e] = "s8", [0x7f] = "bool",
	};

	return b < WF_COUNT(words) ? words[b] : NULL;
}

/* A type that is written at p: its word, and a level for what is in it. */
static void
written(struct text *t, const uint8_t *p, uint32_t scope)
{
	static const struct { uint8_t form, counted; const char *word; } forms[] = {
		{0x72, 1, "record {"}, {0x71, 1, "variant {"}, {0x70, 0, "list<"}, {0x6f, 1, "tuple<"},
		{0x6e, 1, "flags {"}, {0x6d, 1, "enum {"}, {0x6b, 0, "option<"}, {0x6a, 0, "result"},
		{0x69, 0, "own<"}, {0x68, 0, "borrow<"}, {0x67, 0, "list<"}, {0x66, 0, "stream"},
		{0x65, 0, "future"}, {0x63, 0, "map<"}, {0x43, 1, "async func("}, {0x40, 1, "func("},
	};
	uint8_t form = *p++;
	const char *word = primitive(form);
	struct level *l;

	if (word || form == 0x3f) {
		putz(t, word ? word : "resource");
		return;
	}
	for (size_t i = 0; i < WF_COUNT(forms); i++) {
		if (forms[i].form != form)
			continue;
		putz(t, forms[i].word);
		if ((l = push(t, form, scope))) {
			l->p = p;
			l->left = forms[i].counted ? wf_surface_uleb(&l->p) : 0;
		}
		return;
	}
	t->cut = true;
}

static void
exports(struct text *t, const char *word, const struct wf_surface_entry *v, uint32_t n,
        uint32_t scope)
{
	struct level *l;

	putz(t, word);
	if ((l = push(t, BY_NAME, scope))) {
		l->exports = v;
		l->left = n;
	}
}

/* What something is, whatever it is called. */
static void
thing(struct text *t, struct wf_surface_at a)
{
	const char *word = a.sort == WF_SURFACE_COMPONENT ? "component {" : "instance {";
	const struct wf_surface_item *it;

	a = wf_surface_settle(t->w, a, &t->steps);
	if (!a.known) {
		t->cut = true;
		return;
	}
	it = wf_surface_item(t->s, a);
	if (it->how == WF_SURFACE_HERE)
		written(t, t->w->bytes + it->a, a.scope);
	else if (it->how == WF_SURFACE_RESOURCE)
		putz(t, "resource");
	else if (it->how == WF_SURFACE_SCOPE)
		exports(t, word, t->s->v[it->a].exports, t->s->v[it->a].nexports, it->a);
	else
		exports(t, word, t->s->passed + it->a, it->b, a.scope);
}

/* A type by its name, where it has one. */
static void
type(struct text *t, uint32_t scope, uint32_t index)
{
	struct wf_surface_at a = {scope, index, WF_SURFACE_TYPE, true};
	const struct wf_surface_item *it = wf_surface_item(t->s, a), *of;

	if (!it->name && it->how == WF_SURFACE_SAME) {
		a.scope = it->a;
		a.index = it->b;
		it = wf_surface_item(t->s, a);
	}
	if (it->name) {
		put_name(t, it->name);
	} else if (it->how == WF_SURFACE_OF) {
		of = &t->s->v[a.scope].v[WF_SURFACE_INSTANCE][it->a];
		if (of->name) {
			put_name(t, of->name);
			putz(t, ".");
		}
		put_name(t, it->b);
	} else {
		thing(t, a);
	}
}

/* What stands for a type whose name is being explained. */
static void
explained(struct text *t, uint32_t scope, uint32_t index)
{
	struct wf_surface_at a = {scope, index, WF_SURFACE_TYPE, true};
	const struct wf_surface_item *it = wf_surface_item(t->s, a);

	if (it->how == WF_SURFACE_SAME)
		type(t, it->a, it->b);
	else if (it->how == WF_SURFACE_OF)
		type(t, scope, index);
	else
		thing(t, a);
}

static void
entry(struct text *t, uint32_t scope, const struct wf_surface_entry *e)
{
	if (e->sort == WF_SURFACE_TYPE)
		explained(t, scope, e->index);
	else if (e->sort == WF_SURFACE_OTHER)
		putz(t, "other");
	else
		thing(t, (struct wf_surface_at){scope, e->index, e->sort, true});
}

/* The type at l->p, which a level may follow. */
static void
child(struct text *t, struct level *l)
{
	uint8_t b = *l->p;
	const char *word = b < 0x80 && b >= 0x40 ? primitive(b) : NULL;
	uint32_t scope = l->scope;

	if (word) {
		l->p++;
		putz(t, word);
		return;
	}
	type(t, scope, wf_surface_uleb(&l->p));
}

static void
end(struct text *t, const char *z)
{
	t->depth--;
	putz(t, z);
}

static void
comma(struct text *t, struct level *l)
{
	if (l->done++)
		putz(t, ", ");
}

/* record, variant, flags, enum, parameters: labels, with or without types */
static void
labelled(struct text *t, struct level *l)
{
	comma(t, l);
	l->left--;
	put_label(t, l);
	if (l->form == 0x71) {
		l->open = *l->p++ == 1;
		if (!l->open) {
			l->p++; /* a byte that is 0 */
			return;
		}
		putz(t, "(");
	} else if (l->form == 0x6e || l->form == 0x6d) {
		return;
	} else {
		putz(t, ": ");
	}
	child(t, l);
}

/* What follows parameters. */
static void
result(struct text *t, struct level *l)
{
	if (l->closed) {
		end(t, "");
		return;
	}
	l->closed = true;
	putz(t, ")");
	if (*l->p++ == 0) {
		putz(t, " -> ");
		child(t, l);
	}
}

/* result<…>: either may be left out */
static void
either(struct text *t, struct level *l)
{
	bool has = l->done < 2 && *l->p++ == 1;

	switch (l->done++) {
	case 0:
		l->open = has;
		if (has) {
			putz(t, "<");
			child(t, l);
		}
		return;
	case 1:
		if (!has)
			return;
		putz(t, l->open ? ", " : "<_, ");
		l->open = true;
		child(t, l);
		return;
	default:
		end(t, l->open ? ">" : "");
	}
}

/* Those with one or two types in angle brackets. */
static void
bracketed(struct text *t, struct level *l)
{
	unsigned want = l->form == 0x63 ? 2 : 1;
	bool may_lack = l->form == 0x66 || l->form == 0x65;

	if (l->done == 0 && may_lack) {
		if (*l->p++ == 0) {
			end(t, "");
			return;
		}
		putz(t, "<");
	}
	if (l->done == want) {
		char length[16];

		if (l->form == 0x67) {
			(void)snprintf(length, sizeof(length), ", %u", wf_surface_uleb(&l->p));
			putz(t, length);
		}
		end(t, ">");
		return;
	}
	comma(t, l);
	if (l->form == 0x69 || l->form == 0x68)
		type(t, l->scope, wf_surface_uleb(&l->p));
	else
		child(t, l);
}

static void
advance(struct text *t)
{
	struct level *l = &t->level[t->depth - 1];

	switch (l->form) {
	case BY_NAME:
		if (!l->left--) {
			end(t, "}");
			return;
		}
		comma(t, l);
		put_name(t, l->exports[l->done - 1].name);
		putz(t, ": ");
		entry(t, l->scope, &l->exports[l->done - 1]);
		return;
	case 0x6a:
		either(t, l);
		return;
	case 0x72:
	case 0x71:
	case 0x6e:
	case 0x6d:
	case 0x43:
	case 0x40:
		if (l->form == 0x71 && l->open) {
			l->open = false;
			l->p++; /* a byte that is 0 */
			putz(t, ")");
		}
		if (l->left)
			labelled(t, l);
		else if (l->form == 0x43 || l->form == 0x40)
			result(t, l);
		else
			end(t, "}");
		return;
	case 0x6f:
		if (!l->left--) {
			end(t, ">");
			return;
		}
		comma(t, l);
		child(t, l);
		return;
	default:
		bracketed(t, l);
	}
}

static void
finish(struct text *t)
{
	while (t->depth && !t->cut)
		advance(t);
	if (t->cut && wf_buf_addz(t->b, WF_WASM_CUT, NULL))
		wf_die("room for an ellipsis was left");
}

static bool
begin(struct text *t, const struct wf_wasm *w, struct wf_buf *b)
{
	if (!w->surface || w->surface->full || b->max < b->len + 2 * strlen(WF_WASM_CUT))
		return false;
	t->w = w;
	t->s = w->surface;
	t->b = b;
	t->max = b->max - strlen(WF_WASM_CUT);
	t->depth = 0;
	t->steps = 0;
	t->cut = false;
	return true;
}

static enum wf_surface_sort
sort_of(enum wf_extern kind)
{
	switch ((int)kind) {
	case WF_EXTERN_FUNC:
		return WF_SURFACE_FUNC;
	case WF_EXTERN_TYPE:
		return WF_SURFACE_TYPE;
	case WF_EXTERN_COMPONENT:
		return WF_SURFACE_COMPONENT;
	case WF_EXTERN_INSTANCE:
		return WF_SURFACE_INSTANCE;
	}
	return WF_SURFACE_OTHER;
}

void
wf_surface_text(struct wf_buf *b, const struct wf_wasm *w, enum wf_extern kind, uint32_t index)
{
	struct wf_surface_entry e = {.sort = (uint8_t)sort_of(kind), .index = index};
	struct text t;

	if (e.sort == WF_SURFACE_OTHER)
		return;
	if (begin(&t, w, b)) {
		entry(&t, 0, &e);
		finish(&t);
	} else if (w->surface && w->surface->full && wf_buf_addz(b, WF_WASM_CUT, NULL)) {
		wf_die("room for an ellipsis");
	}
}

void
wf_wasm_member_text(struct wf_buf *b, const struct wf_wasm *w, const struct wf_wasm_member *m)
{
	struct wf_surface_entry e = {.sort = (uint8_t)m->sort, .index = m->index};
	struct text t;

	if (begin(&t, w, b)) {
		entry(&t, m->scope, &e);
		finish(&t);
	}
}

bool
wf_wasm_text_is_cut(struct wf_str s)
{
	return s.len >= strlen(WF_WASM_CUT) && memcmp(s.p + s.len - strlen(WF_WASM_CUT), WF_WASM_CUT, strlen(WF_WASM_CUT)) == 0;
}
