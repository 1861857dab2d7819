/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a saved plan.  Whoever wrote the file is a stranger: must never
 * accept a member that is not known, missing or of another kind.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "plan/saved.h"

struct reader {
	const char *name; /* of the file, for messages */
	struct wf_saved *out;
	struct wf_err *err;
};

static enum wf_rc
bad(const struct reader *r, const char *key, const char *what)
{
	return wf_err_set(r->err, WF_R_MALFORMED, "%s: \"%s\" is not %s", r->name, key, what);
}

static const char *
keep(const struct reader *r, struct wf_str s)
{
	return wf_arena_strn(&r->out->arena, s.p, s.len);
}

/* The object has exactly these members. */
static enum wf_rc
exactly(const struct reader *r, const struct wf_json *o, const char *what,
        const char *const *keys, size_t n)
{
	const struct wf_json *v;
	const char *key;
	void *it = NULL;
	size_t i;

	if (wf_json_kind(o) != WF_JSON_OBJECT)
		return bad(r, what, "an object");
	for (i = 0; i < n; i++)
		if (!wf_json_get(o, keys[i]))
			return wf_err_set(r->err, WF_R_MALFORMED, "%s: \"%s\" has no member \"%s\"",
			                  r->name, what, keys[i]);
	while (wf_json_next(o, &it, &key, &v)) {
		for (i = 0; i < n && strcmp(key, keys[i]) != 0; i++)
			;
		if (i == n)
			return wf_err_set(r->err, WF_R_MALFORMED,
			                  "%s: member \"%s\" of \"%s\" is not known", r->name, key,
			                  what);
	}
	return WF_OK;
}

static enum wf_rc
text(const struct reader *r, const struct wf_json *o, const char *key, bool null_too,
     const char **out)
{
	const struct wf_json *v = wf_json_get(o, key);
	struct wf_str s;

	*out = NULL;
	if (null_too && wf_json_kind(v) == WF_JSON_NULL)
		return WF_OK;
	if (!wf_json_str(v, &s) || memchr(s.p, '\0', s.len))
		return bad(r, key, "a string");
	*out = keep(r, s);
	return WF_OK;
}

static enum wf_rc
digest(const struct reader *r, const struct wf_json *o, const char *key, struct wf_digest *out)
{
	struct wf_str s;

	if (!wf_json_str(wf_json_get(o, key), &s) || wf_digest_parse(s, key, out, NULL) != WF_OK)
		return bad(r, key, "a digest");
	return WF_OK;
}

static enum wf_rc
paths(const struct reader *r, const struct wf_json *o, struct wf_strs *out)
{
	const struct wf_json *a = wf_json_get(o, "manifests");
	struct wf_str s;
	size_t i, n = wf_json_len(a);

	if (wf_json_kind(a) != WF_JSON_ARRAY)
		return bad(r, "manifests", "a list");
	out->v = wf_arena_alloc(&r->out->arena, (n + 1) * sizeof(*out->v));
	for (i = 0; i < n; i++) {
		if (!wf_json_str(wf_json_at(a, i), &s) || s.len == 0 || s.p[0] != '/' ||
		    memchr(s.p, '\0', s.len))
			return bad(r, "manifests", "a list of absolute paths");
		out->v[out->n++] = keep(r, s);
	}
	return WF_OK;
}

static enum wf_rc
files(const struct reader *r, const struct wf_json *o)
{
	static const char *const keys[] = {"path", "hash"};
	const struct wf_json *a = wf_json_get(o, "manifest_files");
	size_t i, n = wf_json_len(a);
	enum wf_rc rc = WF_OK;

	if (wf_json_kind(a) != WF_JSON_ARRAY || n == 0)
		return bad(r, "manifest_files", "a list of files");
	r->out->files = wf_arena_alloc(&r->out->arena, n * sizeof(*r->out->files));
	for (i = 0; rc == WF_OK && i < n; i++) {
		const struct wf_json *f = wf_json_at(a, i);

		rc = exactly(r, f, "manifest_files", keys, WF_COUNT(keys));
		if (rc == WF_OK)
			rc = text(r, f, "path", false, &r->out->files[i].path);
		if (rc == WF_OK)
			rc = digest(r, f, "hash", &r->out->files[i].hash);
		r->out->nfiles = i + 1;
	}
	return rc;
}

static enum wf_rc
target(const struct reader *r, const struct wf_json *o)
{
	static const char *const keys[] = {"name", "engine", "system_identifier", "database"};
	const struct wf_json *t = wf_json_get(o, "target");
	enum wf_rc rc = exactly(r, t, "target", keys, WF_COUNT(keys));

	if (rc == WF_OK)
		rc = text(r, t, "name", true, &r->out->target);
	if (rc == WF_OK)
		rc = text(r, t, "engine", false, &r->out->engine);
	if (rc == WF_OK)
		rc = text(r, t, "system_identifier", true, &r->out->system_identifier);
	if (rc == WF_OK)
		rc = text(r, t, "database", false, &r->out->database);
	return rc;
}

static enum wf_rc
ledger(const struct reader *r, const struct wf_json *o)
{
	static const char *const keys[] = {"seq", "hash"};
	const struct wf_json *l = wf_json_get(o, "ledger");
	enum wf_rc rc = exactly(r, l, "ledger", keys, WF_COUNT(keys));

	if (rc != WF_OK)
		return rc;
	if (!wf_json_int(wf_json_get(l, "seq"), &r->out->head_seq) || r->out->head_seq < 0)
		return bad(r, "seq", "the number of a row");
	if (r->out->head_seq > 0)
		return digest(r, l, "hash", &r->out->head);
	return wf_json_kind(wf_json_get(l, "hash")) == WF_JSON_NULL
	       ? WF_OK : bad(r, "hash", "null where the ledger has no row");
}

/* Nothing is taken from a step but its text, to be compared. */
static enum wf_rc
steps(const struct reader *r, const struct wf_json *o)
{
	static const char *const keys[] = {"action", "function", "what", "from", "to",
	                                   "sql_class"};
	const struct wf_json *a = wf_json_get(o, "steps");
	const char *ignored;
	enum wf_rc rc = WF_OK;
	size_t i, k;

	if (wf_json_kind(a) != WF_JSON_ARRAY)
		return bad(r, "steps", "a list");
	for (i = 0; rc == WF_OK && i < wf_json_len(a); i++) {
		const struct wf_json *s = wf_json_at(a, i);

		rc = exactly(r, s, "steps", keys, WF_COUNT(keys));
		for (k = 0; rc == WF_OK && k < WF_COUNT(keys); k++)
			rc = text(r, s, keys[k], k == 3 || k == 4, &ignored);
	}
	r->out->steps = a;
	return rc;
}

/* The document without its digest hashes to that. */
static enum wf_rc
whole(const struct reader *r, struct wf_json *doc)
{
	WF_AUTO(wf_buf_free) struct wf_buf canonical = WF_BUF_INIT(SIZE_MAX / 4);
	struct wf_digest found;
	enum wf_rc rc = digest(r, doc, "digest", &r->out->digest);

	if (rc != WF_OK)
		return rc;
	wf_json_del(doc, "digest");
	if (wf_json_dump(doc, WF_JSON_CANONICAL, &canonical, NULL) != WF_OK)
		wf_die("a plan cannot be written");
	wf_digest_of(canonical.p, canonical.len, &found);
	if (wf_digest_eq(&found, &r->out->digest))
		return WF_OK;
	return wf_err_set(r->err, WF_R_MALFORMED, "%s: the plan was changed after it was written",
	                  r->name);
}

static enum wf_rc
read_document(const struct reader *r, struct wf_json *doc)
{
	static const char *const keys[] = {
		"schema", "version", "run", "created", "manifests", "manifest_files", "policy",
		"target", "ledger", "live", "steps", "digest",
	};
	struct wf_saved *s = r->out;
	const char *z;
	enum wf_rc rc;

	/* first of all: another format may have any members */
	if (!(z = wf_json_z(wf_json_get(doc, "schema"))) || strcmp(z, WF_SAVED_SCHEMA) != 0)
		return bad(r, "schema", "\"" WF_SAVED_SCHEMA "\"");
	if ((rc = exactly(r, doc, "plan", keys, WF_COUNT(keys))) ||
	    (rc = text(r, doc, "version", false, &s->version)) ||
	    (rc = text(r, doc, "run", false, &s->run)) ||
	    (rc = text(r, doc, "created", false, &s->created)) ||
	    (rc = paths(r, doc, &s->manifests)) || (rc = files(r, doc)) ||
	    (rc = digest(r, doc, "policy", &s->policy)) || (rc = target(r, doc)) ||
	    (rc = ledger(r, doc)) || (rc = digest(r, doc, "live", &s->live)) ||
	    (rc = steps(r, doc)) || (rc = whole(r, doc)))
		return rc;
	if (strcmp(s->version, WF_VERSION) == 0)
		return WF_OK;
	(void)wf_err_set(r->err, WF_R_PLAN_STALE,
	                 "%s: made by wasmfn %s, this is %s; its steps may mean something else",
	                 r->name, s->version, WF_VERSION);
	return wf_err_hint(r->err, "Run `wasmfn plan -o` again.");
}

enum wf_rc
wf_saved_from_text(struct wf_str bytes, const char *name, struct wf_saved *out,
                   struct wf_err *err)
{
	const struct reader r = {name, out, err};
	enum wf_rc rc = wf_json_parse_sparse(bytes, name, &out->doc, err);

	return rc == WF_OK ? read_document(&r, out->doc) : rc;
}
