/* SPDX-License-Identifier: Apache-2.0
 *
 * Filling a snapshot: lists that grow in its arena.  Must never drop what
 * does not fit.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/adapter.h"

/* Arena memory cannot be grown in place: a list doubles when its length is a
 * power of two. */
static void *
room(struct wf_arena *a, const void *list, size_t n, size_t size)
{
	void *p;

	if (n && (n & (n - 1)))
		return NULL; /* there is room */
	p = wf_arena_alloc(a, (n ? 2 * n : 1) * size);
	if (n)
		memcpy(p, list, n * size);
	return p;
}

#define PUSH(live, list, count, value) do { \
		void *p_ = room(&(live)->arena, (list), (count), sizeof(*(list))); \
		if (p_) \
			(list) = p_; \
		(list)[(count)++] = (value); \
	} while (0)

const char *
wf_engine_keep(struct wf_live *live, const char *z)
{
	return z ? wf_arena_strn(&live->arena, z, strlen(z)) : NULL;
}

void
wf_engine_push(struct wf_live *live, struct wf_strs *list, const char *z)
{
	PUSH(live, list->v, list->n, wf_engine_keep(live, z));
}

void
wf_engine_unreadable(struct wf_live *live, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	wf_engine_push(live, &live->unreadable, text);
}

enum wf_rc
wf_engine_list(struct wf_live *live, const char *json, struct wf_strs *out, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	struct wf_strs list = {NULL, 0};
	enum wf_rc rc;
	size_t i;

	if (json) {
		rc = wf_json_parse(wf_str(json), "answer of the server", &doc, err);
		if (rc != WF_OK)
			return rc;
	}
	list.v = wf_arena_alloc(&live->arena, (wf_json_len(doc) + 1) * sizeof(*list.v));
	for (i = 0; i < wf_json_len(doc); i++)
		if (wf_json_z(wf_json_at(doc, i)))
			list.v[list.n++] = wf_engine_keep(live, wf_json_z(wf_json_at(doc, i)));
	*out = list;
	return WF_OK;
}

void
wf_engine_add_setting(struct wf_live *live, const char *name, const char *value,
                      const char *where, const char *source)
{
	struct wf_live_setting s = {wf_engine_keep(live, name), wf_engine_keep(live, value),
	                            wf_engine_keep(live, where), wf_engine_keep(live, source)};

	PUSH(live, live->settings, live->nsettings, s);
}

void
wf_engine_add_default(struct wf_live *live, const char *schema, const char *grantee)
{
	struct wf_live_default d = {wf_engine_keep(live, schema), wf_engine_keep(live, grantee)};

	PUSH(live, live->defaults, live->ndefaults, d);
}

void
wf_engine_add_excess(struct wf_live *live, const char *object, const char *grantee,
                     const char *privilege)
{
	struct wf_live_excess x = {wf_engine_keep(live, object), wf_engine_keep(live, grantee),
	                           wf_engine_keep(live, privilege)};

	PUSH(live, live->excess, live->nexcess, x);
}

void
wf_engine_add_oddity(struct wf_live *live, const char *id, const char *object,
                     const char *expected, const char *observed)
{
	struct wf_live_oddity o = {wf_engine_keep(live, id), wf_engine_keep(live, object),
	                           wf_engine_keep(live, expected),
	                           wf_engine_keep(live, observed)};

	PUSH(live, live->oddities, live->noddities, o);
}

struct wf_json *
wf_engine_list_json(const struct wf_strs *v)
{
	struct wf_json *doc = wf_json_array();
	size_t i;

	for (i = 0; i < v->n; i++)
		wf_json_push(doc, wf_json_new_z(v->v[i]));
	return doc;
}

enum wf_rc
wf_engine_grants_param(const struct wf_spec *s, struct wf_buf *text, struct wf_pg_param *p,
                       struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *list = wf_engine_list_json(&s->grants);
	enum wf_rc rc = s->grants_set ? wf_json_dump(list, WF_JSON_COMPACT, text, err) : WF_OK;

	*p = WF_PG_Z(rc == WF_OK && s->grants_set ? wf_buf_z(text) : NULL);
	return rc;
}
