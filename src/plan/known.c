/* SPDX-License-Identifier: Apache-2.0
 *
 * A host's own memory of ledger rows.  Must never forget a row for an older
 * one: that is how a rewound ledger would pass.
 */
#include "plan/known.h"

#include <stdio.h>
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

static const char *
refers_to(struct wf_known *k, const struct wf_ledger_row *row)
{
	char text[WF_DIGEST_TEXT];

	if (!row->spec.has_manifest || (row->action && strcmp(row->action, "remove") == 0))
		return "none";
	wf_digest_text(&row->spec.manifest, text);
	return wf_arena_strn(&k->arena, text, strlen(text));
}

bool
wf_known_add(struct wf_known *k, const struct wf_ledger_row *row, const char *now)
{
	const char *function = wf_spec_signature(&row->spec, &k->arena);
	struct wf_known_row *r = find(k, function);

	if (r && r->seq > row->seq)
		return false;
	if (r && r->seq == row->seq && wf_digest_eq(&r->hash, &row->hash)) {
		if (r->manifest)
			return false;
		r->manifest = refers_to(k, row);
		return true;
	}
	if (!r)
		r = insert(k, function);
	r->seq = row->seq;
	r->hash = row->hash;
	r->since = wf_arena_strn(&k->arena, now, strlen(now));
	r->manifest = refers_to(k, row);
	return true;
}

bool
wf_known_stands(const struct wf_known_row *r, const struct wf_ledger_row *rows, size_t n)
{
	/* seq has no holes unless somebody tampered with it */
	return r->seq > 0 && (uint64_t)r->seq <= n && rows[r->seq - 1].seq == r->seq &&
	       wf_digest_eq(&rows[r->seq - 1].hash, &r->hash);
}

/* --- the head --------------------------------------------------------------- */

const char *
wf_known_fate_word(enum wf_known_fate f)
{
	switch (f) {
	case WF_HEAD_NONE: return "none";
	case WF_HEAD_STANDS: return "stands";
	case WF_HEAD_BEHIND: return "behind";
	case WF_HEAD_TRUNCATED: return "truncated";
	case WF_HEAD_REWRITTEN: return "rewritten";
	case WF_HEAD_RESTORED: return "restored";
	}
	return "none";
}

/* "16/B374D848" as a number; false when it is none. */
static bool
lsn_value(const char *z, uint64_t *out)
{
	unsigned hi, lo;
	char rest;

	if (!z || sscanf(z, "%8X/%8X%c", &hi, &lo, &rest) != 2)
		return false;
	*out = (uint64_t)hi << 32 | lo;
	return true;
}

/* Log position and transaction numbers never go back, a timeline begins where a server was
 * promoted or recovered to a point, and a database made again has another
 * OID: none of it happens to a server by editing a table. */
static bool
went_back(const struct wf_known_head *h, const struct wf_live_history *now)
{
	uint64_t then_at, now_at;

	if (h->xid && now->xid && strtoull(now->xid, NULL, 10) < strtoull(h->xid, NULL, 10))
		return true;
	if (h->database_oid && now->database_oid && strcmp(h->database_oid, now->database_oid) != 0)
		return true;
	if (h->timeline && now->timeline && strcmp(h->timeline, now->timeline) != 0)
		return true;
	return lsn_value(h->lsn, &then_at) && lsn_value(now->lsn, &now_at) && now_at < then_at;
}

enum wf_known_fate
wf_known_fate(const struct wf_known *k, int64_t newest, const struct wf_digest *at,
              const struct wf_live_history *now, bool standby)
{
	const struct wf_known_head *h = &k->head;

	if (h->seq == 0)
		return WF_HEAD_NONE;
	if (at && wf_digest_eq(at, &h->hash))
		return WF_HEAD_STANDS;
	if (standby && newest < h->seq)
		return WF_HEAD_BEHIND;
	if (went_back(h, now))
		return WF_HEAD_RESTORED;
	return newest < h->seq ? WF_HEAD_TRUNCATED : WF_HEAD_REWRITTEN;
}

enum wf_known_fate
wf_known_fate_live(const struct wf_known *k, const struct wf_live *l)
{
	const struct wf_digest *at = NULL;
	int64_t newest = 0;
	size_t i;

	for (i = 0; i < l->nledger; i++) {
		if (l->ledger[i].seq > newest)
			newest = l->ledger[i].seq;
		if (l->ledger[i].seq == k->head.seq)
			at = &l->ledger[i].hash;
	}
	return wf_known_fate(k, newest, at, &l->history, l->standby);
}

static const char *
keep(struct wf_known *k, const char *z)
{
	return z ? wf_arena_strn(&k->arena, z, strlen(z)) : NULL;
}

bool
wf_known_set_head(struct wf_known *k, int64_t seq, const struct wf_digest *hash,
                  const struct wf_live_history *at, const char *now)
{
	if (seq <= k->head.seq)
		return false;
	k->head = (struct wf_known_head){
		.seq = seq, .hash = *hash, .since = keep(k, now),
		.database_oid = keep(k, at->database_oid), .timeline = keep(k, at->timeline),
		.lsn = keep(k, at->lsn), .xid = keep(k, at->xid),
	};
	return true;
}

static void
head_to_json(const struct wf_known_head *h, struct wf_json *doc)
{
	struct wf_json *o = wf_json_object();
	char hash[WF_DIGEST_TEXT];

	wf_digest_text(&h->hash, hash);
	wf_json_set_int(o, "seq", h->seq);
	wf_json_set_z(o, "hash", hash);
	wf_json_set_z(o, "since", h->since);
	wf_json_set_z(o, "database_oid", h->database_oid);
	wf_json_set_z(o, "timeline", h->timeline);
	wf_json_set_z(o, "lsn", h->lsn);
	wf_json_set_z(o, "xid", h->xid);
	wf_json_set(doc, "head", o);
}

static bool
read_head(const struct wf_json *v, struct wf_known *k)
{
	struct wf_known_head *h = &k->head;
	const char *hash = wf_json_z(wf_json_get(v, "hash"));

	if (!v)
		return true; /* of a version that kept none */
	if (!hash || !wf_json_int(wf_json_get(v, "seq"), &h->seq) || h->seq < 1 ||
	    wf_digest_parse(wf_str(hash), "hash", &h->hash, NULL) != WF_OK)
		return false;
	h->since = keep(k, wf_json_z(wf_json_get(v, "since")));
	h->database_oid = keep(k, wf_json_z(wf_json_get(v, "database_oid")));
	h->timeline = keep(k, wf_json_z(wf_json_get(v, "timeline")));
	h->lsn = keep(k, wf_json_z(wf_json_get(v, "lsn")));
	h->xid = keep(k, wf_json_z(wf_json_get(v, "xid")));
	return h->since != NULL;
}

/* --- the file's document ----------------------------------------------------- */

struct wf_json *
wf_known_to_json(const struct wf_known *k, const char *system_identifier, const char *database)
{
	struct wf_json *doc = wf_json_object(), *rows = wf_json_array();
	char hash[WF_DIGEST_TEXT];
	size_t i;

	wf_json_set_int(doc, "version", 1);
	wf_json_set_z(doc, "system_identifier", system_identifier);
	wf_json_set_z(doc, "database", database);
	if (k->head.seq)
		head_to_json(&k->head, doc);
	for (i = 0; i < k->n; i++) {
		struct wf_json *r = wf_json_object();

		wf_digest_text(&k->rows[i].hash, hash);
		wf_json_set_z(r, "function", k->rows[i].function);
		wf_json_set_int(r, "seq", k->rows[i].seq);
		wf_json_set_z(r, "hash", hash);
		wf_json_set_z(r, "since", k->rows[i].since);
		if (k->rows[i].manifest)
			wf_json_set_z(r, "manifest", k->rows[i].manifest);
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
	const struct wf_json *refers = wf_json_get(v, "manifest");
	struct wf_str function, hash, since, manifest;
	struct wf_digest d, artifact;
	int64_t seq;
	struct wf_known_row *r;
	const char *name;

	if (!wf_json_str(wf_json_get(v, "function"), &function) ||
	    !wf_json_str(wf_json_get(v, "hash"), &hash) ||
	    !wf_json_str(wf_json_get(v, "since"), &since) ||
	    !wf_json_int(wf_json_get(v, "seq"), &seq) || seq < 1 ||
	    wf_digest_parse(hash, "hash", &d, NULL) != WF_OK)
		return false;
	if (refers && (!wf_json_str(refers, &manifest) ||
	               (!wf_str_eqz(manifest, "none") &&
	                wf_digest_parse(manifest, "manifest", &artifact, NULL) != WF_OK)))
		return false;
	name = wf_arena_strn(&k->arena, function.p, function.len);
	if (find(k, name))
		return false;
	r = insert(k, name);
	r->since = wf_arena_strn(&k->arena, since.p, since.len);
	r->seq = seq;
	r->hash = d;
	r->manifest = refers ? wf_arena_strn(&k->arena, manifest.p, manifest.len) : NULL;
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
	if (!read_head(wf_json_get(doc, "head"), &k))
		return malformed("the head is not whole", err);
	for (i = 0; i < wf_json_len(rows); i++)
		if (!read_row(wf_json_at(rows, i), &k))
			return malformed("a row is not whole", err);
	*out = k;
	memset(&k, 0, sizeof(k));
	return WF_OK;
}
