/* SPDX-License-Identifier: Apache-2.0
 *
 * A host's own memory of ledger rows.  Must never forget a row for an older
 * one: that is how a rewound ledger would pass.
 */
#include "plan/known.h"

#include <stdlib.h>
#include <string.h>

void
wf_known_free(struct wf_known *k)
{
	if (!k)
		return;
	free(k->rows);
	wf_arena_free(&k->arena);
	memset(k, 0, sizeof(*k));
}

/* Rows are sorted by function.  Where it is, or would be put. */
static size_t
place(const struct wf_known *k, const char *function)
{
	size_t lo = 0, hi = k->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(k->rows[mid].function, function) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct wf_known_row *
find(const struct wf_known *k, const char *function)
{
	size_t at = place(k, function);

	return at < k->n && strcmp(k->rows[at].function, function) == 0 ? &k->rows[at] : NULL;
}

const struct wf_known_row *
wf_known_find(const struct wf_known *k, const char *function)
{
	return find(k, function);
}

bool
wf_known_vouches(const struct wf_known *k, const struct wf_ledger_row *row, struct wf_arena *a)
{
	const struct wf_known_row *r = find(k, wf_spec_signature(&row->spec, a));

	return r && r->seq == row->seq && wf_digest_eq(&r->hash, &row->hash);
}

static struct wf_known_row *
insert(struct wf_known *k, const char *function)
{
	size_t at = place(k, function);

	k->rows = wf_grow(k->rows, &k->cap, k->n, sizeof(*k->rows));
	memmove(&k->rows[at + 1], &k->rows[at], (k->n - at) * sizeof(*k->rows));
	k->n++;
	k->rows[at] = (struct wf_known_row){.function = function};
	return &k->rows[at];
}

bool
wf_known_add(struct wf_known *k, const struct wf_ledger_row *row, const char *now)
{
	const char *function = wf_spec_signature(&row->spec, &k->arena);
	struct wf_known_row *r = find(k, function);

	if (r && (r->seq > row->seq ||
	          (r->seq == row->seq && wf_digest_eq(&r->hash, &row->hash))))
		return false;
	if (!r)
		r = insert(k, function);
	r->seq = row->seq;
	r->hash = row->hash;
	r->since = wf_arena_strn(&k->arena, now, strlen(now));
	return true;
}

bool
wf_known_stands(const struct wf_known_row *r, const struct wf_ledger_row *rows, size_t n)
{
	/* seq has no holes unless somebody tampered with it */
	return r->seq > 0 && (uint64_t)r->seq <= n && rows[r->seq - 1].seq == r->seq &&
	       wf_digest_eq(&rows[r->seq - 1].hash, &r->hash);
}

struct wf_json *
wf_known_to_json(const struct wf_known *k, const char *system_identifier, const char *database)
{
	struct wf_json *doc = wf_json_object(), *rows = wf_json_array();
	char hash[WF_DIGEST_TEXT];
	size_t i;

	wf_json_set_int(doc, "version", 1);
	wf_json_set_z(doc, "system_identifier", system_identifier);
	wf_json_set_z(doc, "database", database);
	for (i = 0; i < k->n; i++) {
		struct wf_json *r = wf_json_object();

		wf_digest_text(&k->rows[i].hash, hash);
		wf_json_set_z(r, "function", k->rows[i].function);
		wf_json_set_int(r, "seq", k->rows[i].seq);
		wf_json_set_z(r, "hash", hash);
		wf_json_set_z(r, "since", k->rows[i].since);
		wf_json_push(rows, r);
	}
	wf_json_set(doc, "rows", rows);
	return doc;
}

static enum wf_rc
malformed(const char *what, struct wf_err *err)
{
	return wf_err_set(err, WF_R_MALFORMED, "local state: %s", what);
}

static bool
same(const struct wf_json *v, const char *z)
{
	struct wf_str s;

	return wf_json_str(v, &s) && wf_str_eqz(s, z);
}

static bool
read_row(const struct wf_json *v, struct wf_known *k)
{
	struct wf_str function, hash, since;
	struct wf_digest d;
	int64_t seq;
	struct wf_known_row *r;
	const char *name;

	if (!wf_json_str(wf_json_get(v, "function"), &function) ||
	    !wf_json_str(wf_json_get(v, "hash"), &hash) ||
	    !wf_json_str(wf_json_get(v, "since"), &since) ||
	    !wf_json_int(wf_json_get(v, "seq"), &seq) || seq < 1 ||
	    wf_digest_parse(hash, "hash", &d, NULL) != WF_OK)
		return false;
	name = wf_arena_strn(&k->arena, function.p, function.len);
	if (find(k, name))
		return false;
	r = insert(k, name);
	r->since = wf_arena_strn(&k->arena, since.p, since.len);
	r->seq = seq;
	r->hash = d;
	return true;
}

enum wf_rc
wf_known_from_json(const struct wf_json *doc, const char *system_identifier, const char *database,
                   struct wf_known *out, struct wf_err *err)
{
	WF_AUTO(wf_known_free) struct wf_known k = {0};
	const struct wf_json *rows = wf_json_get(doc, "rows");
	int64_t version;
	size_t i;

	if (!wf_json_int(wf_json_get(doc, "version"), &version) || version != 1)
		return malformed("expected version 1", err);
	if (!same(wf_json_get(doc, "system_identifier"), system_identifier) ||
	    !same(wf_json_get(doc, "database"), database))
		return malformed("it is about another target", err);
	if (wf_json_kind(rows) != WF_JSON_ARRAY)
		return malformed("expected a list \"rows\"", err);
	for (i = 0; i < wf_json_len(rows); i++)
		if (!read_row(wf_json_at(rows, i), &k))
			return malformed("a row is not whole", err);
	*out = k;
	memset(&k, 0, sizeof(k));
	return WF_OK;
}
