/* SPDX-License-Identifier: Apache-2.0
 *
 * Ledger rows as canonical JSON and the chain over them.  Must never take a
 * row whose hash was not computed here again for part of a whole chain.
 */
#include "plan/ledger_row.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "plan/ledger_text.h"

static void
set_text(struct wf_json *doc, const char *key, const char *value)
{
	if (value)
		wf_json_set_z(doc, key, value);
}

/* What only newer formats say: null where nothing is. */
static void
set_newer(const struct wf_ledger_row *r, struct wf_json *doc)
{
	if (r->format < 2) {
		set_text(doc, "git_commit", r->git_commit);
		return;
	}
	wf_json_set_int(doc, "format", r->format);
	wf_json_set_z(doc, "git_commit", r->git_commit);
	if (r->has_before)
		wf_json_set(doc, "before", wf_spec_to_json(&r->before));
	else
		wf_json_set_z(doc, "before", NULL);
}

struct wf_json *
wf_ledger_row_to_json(const struct wf_ledger_row *r)
{
	struct wf_json *doc = wf_json_object();
	char prev[WF_DIGEST_TEXT];

	wf_digest_text(&r->prev, prev);
	wf_json_set_int(doc, "seq", r->seq);
	wf_json_set_z(doc, "prev", prev);
	set_text(doc, "action", r->action);
	wf_json_set(doc, "function", wf_spec_to_json(&r->spec));
	set_text(doc, "held", r->held);
	set_text(doc, "ref", r->ref);
	set_text(doc, "signer", r->signer);
	set_text(doc, "manifest_file_hash", r->manifest_file_hash);
	set_text(doc, "policy_hash", r->policy_hash);
	set_newer(r, doc);
	set_text(doc, "actor", r->actor);
	set_text(doc, "tool", r->tool);
	set_text(doc, "run", r->run);
	set_text(doc, "time", r->time);
	set_text(doc, "reason", r->reason);
	set_text(doc, "engine_version", r->engine_version);
	if (r->settings)
		wf_json_set(doc, "settings", wf_json_copy(r->settings));
	if (r->evidence)
		wf_json_set(doc, "evidence", wf_json_copy(r->evidence));
	return doc;
}

static enum wf_rc
bad(const char *key, const char *what, struct wf_err *err)
{
	return wf_err_set(err, WF_R_MALFORMED, "ledger row: \"%s\" is not %s", key, what);
}

static enum wf_rc
read_digest(const struct wf_json *v, const char *key, struct wf_digest *out, struct wf_err *err)
{
	struct wf_str s;

	if (!wf_json_str(v, &s) || wf_digest_parse(s, key, out, NULL) != WF_OK)
		return bad(key, "a digest", err);
	return WF_OK;
}

static enum wf_rc
read_object(const struct wf_json *v, const char *key, const struct wf_json **out,
            struct wf_err *err)
{
	if (wf_json_kind(v) != WF_JSON_OBJECT)
		return bad(key, "an object", err);
	*out = v;
	return WF_OK;
}

static enum wf_rc
read_member(const char *key, const struct wf_json *v, struct wf_arena *a,
            struct wf_ledger_row *r, struct wf_err *err)
{
	const struct {
		const char *key;
		const char **out;
	} texts[] = {
		{"action", &r->action},
		{"held", &r->held},
		{"ref", &r->ref},
		{"signer", &r->signer},
		{"manifest_file_hash", &r->manifest_file_hash},
		{"policy_hash", &r->policy_hash},
		{"git_commit", &r->git_commit},
		{"actor", &r->actor},
		{"tool", &r->tool},
		{"run", &r->run},
		{"time", &r->time},
		{"reason", &r->reason},
		{"engine_version", &r->engine_version},
	};
	struct wf_str s;
	size_t i;

	for (i = 0; i < WF_COUNT(texts); i++) {
		if (strcmp(key, texts[i].key) != 0)
			continue;
		/* null is what set_newer writes of it */
		if (texts[i].out == &r->git_commit && wf_json_kind(v) == WF_JSON_NULL)
			return WF_OK;
		if (!wf_json_str(v, &s))
			return bad(key, "a string", err);
		*texts[i].out = wf_arena_strn(a, s.p, s.len);
		return WF_OK;
	}
	if (strcmp(key, "seq") == 0)
		return wf_json_int(v, &r->seq) && r->seq > 0 ? WF_OK
		                                             : bad(key, "a positive number", err);
	if (strcmp(key, "prev") == 0)
		return read_digest(v, key, &r->prev, err);
	if (strcmp(key, "format") == 0)
		return wf_json_int(v, &r->format) && r->format == WF_LEDGER_FORMAT
		       ? WF_OK : bad(key, "a format that this version knows", err);
	if (strcmp(key, "function") == 0)
		return wf_spec_from_json(v, a, &r->spec, err);
	if (strcmp(key, "before") == 0) {
		r->has_before = wf_json_kind(v) != WF_JSON_NULL;
		r->before = (struct wf_spec)WF_SPEC_INIT;
		return r->has_before ? wf_spec_from_json(v, a, &r->before, err) : WF_OK;
	}
	if (strcmp(key, "settings") == 0)
		return read_object(v, key, &r->settings, err);
	if (strcmp(key, "evidence") == 0)
		return read_object(v, key, &r->evidence, err);
	return wf_err_set(err, WF_R_MALFORMED, "ledger row: member \"%s\" is not known", key);
}

enum wf_rc
wf_ledger_row_from_json(const struct wf_json *doc, struct wf_arena *a,
                        struct wf_ledger_row *out, struct wf_err *err)
{
	struct wf_ledger_row r = {.spec = {.limits = WF_LIMITS_UNSET}};
	const struct wf_json *value;
	const char *key;
	void *it = NULL;
	enum wf_rc rc;

	if (wf_json_kind(doc) != WF_JSON_OBJECT)
		return wf_err_set(err, WF_R_MALFORMED, "ledger row: expected an object");
	while (wf_json_next(doc, &it, &key, &value)) {
		rc = read_member(key, value, a, &r, err);
		if (rc != WF_OK)
			return rc;
	}
	if (!r.seq || !r.action || !r.spec.name || !wf_json_get(doc, "prev"))
		return wf_err_set(err, WF_R_MALFORMED,
		                  "ledger row: expected seq, prev, action and function");
	*out = r;
	return WF_OK;
}

/* Settings hardly ever change from one row to the next: those of `like`, when
 * they are the same bytes, are not parsed again.  *rest: the row without them. */
static bool
same_settings(struct wf_str text, const struct wf_ledger_row *like, struct wf_str *settings,
              struct wf_buf *rest)
{
	return like && like->settings_text.p &&
	       wf_ledger_text_cut(text, "settings", settings, rest) &&
	       settings->len == like->settings_text.len &&
	       memcmp(settings->p, like->settings_text.p, settings->len) == 0;
}

/* The value's text, so that the next row can be compared with it. */
static struct wf_str
keep_settings(struct wf_str text, const struct wf_ledger_row *r, struct wf_arena *a)
{
	struct wf_str v;

	if (!r->settings || !wf_ledger_text_member(text, "settings", &v))
		return (struct wf_str){NULL, 0};
	return (struct wf_str){wf_arena_strn(a, v.p, v.len), v.len};
}

enum wf_rc
wf_ledger_row_from_text(struct wf_str text, const struct wf_ledger_row *like,
                        struct wf_arena *a, struct wf_arena *bulk, struct wf_json **doc,
                        struct wf_ledger_row *out, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf rest = WF_BUF_INIT(text.len + 1);
	WF_AUTO(wf_buf_free) struct wf_buf less = WF_BUF_INIT(text.len + 1);
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	struct wf_ledger_row r = {.spec = WF_SPEC_INIT};
	struct wf_str evidence = {NULL, 0}, settings = {NULL, 0}, parse = text;
	bool cut = wf_ledger_text_cut(text, "evidence", &evidence, &rest), same;
	enum wf_rc rc;

	if (cut)
		parse = wf_buf_str(&rest);
	same = same_settings(parse, like, &settings, &less);
	rc = wf_json_parse(same ? wf_buf_str(&less) : parse, "ledger row", &j, err);
	if (rc == WF_OK)
		rc = wf_ledger_row_from_json(j, a, &r, err);
	if (rc != WF_OK)
		return rc;
	if ((cut && r.evidence) || (same && r.settings))
		return wf_err_set(err, WF_R_MALFORMED, "ledger row: \"%s\" is there twice",
		                  cut && r.evidence ? "evidence" : "settings");
	if (cut)
		r.evidence_text = (struct wf_str){wf_arena_strn(bulk, evidence.p, evidence.len),
		                                  evidence.len};
	r.settings = same ? like->settings : r.settings;
	r.settings_text = same ? like->settings_text : keep_settings(parse, &r, a);
	wf_digest_of(text.p, text.len, &r.text_hash);
	r.has_text_hash = true;
	*out = r;
	*doc = j;
	j = NULL;
	return WF_OK;
}

const struct wf_json *
wf_ledger_row_evidence(const struct wf_ledger_row *r, struct wf_json **owner)
{
	if (r->evidence || !r->evidence_text.p)
		return r->evidence;
	if (wf_json_parse(r->evidence_text, "evidence", owner, NULL) != WF_OK)
		return NULL;
	return *owner;
}

void
wf_ledger_row_hash(const struct wf_ledger_row *r, struct wf_digest *out)
{
	WF_AUTO(wf_json_freep) struct wf_json *doc = wf_ledger_row_to_json(r);
	/* made by us from what was read under a limit: no ceiling of its own */
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(SIZE_MAX / 4);

	if (wf_json_dump(doc, WF_JSON_CANONICAL, &text, NULL) != WF_OK)
		wf_die("a ledger row cannot be written");
	wf_digest_of(text.p, text.len, out);
}

bool
wf_ledger_row_follows(struct wf_chain *c, const struct wf_ledger_row *r, int64_t *bad_seq)
{
	struct wf_digest hash;

	*bad_seq = c->seq + 1;
	if (r->seq != c->seq + 1 || !r->action || !r->spec.name || !wf_digest_eq(&r->prev, &c->hash))
		return false;
	if (r->has_text_hash)
		hash = r->text_hash;
	else
		wf_ledger_row_hash(r, &hash);
	if (!wf_digest_eq(&r->hash, &hash))
		return false;
	c->seq++;
	c->hash = hash;
	return true;
}

enum wf_chain_state
wf_ledger_row_chain(const struct wf_ledger_row *rows, size_t n, int64_t *bad_seq)
{
	struct wf_chain c = {0, {{0}}};
	size_t i;

	if (n == 0)
		return WF_CHAIN_EMPTY;
	for (i = 0; i < n; i++)
		if (!wf_ledger_row_follows(&c, &rows[i], bad_seq))
			return WF_CHAIN_BROKEN;
	*bad_seq = 0;
	return WF_CHAIN_WHOLE;
}

bool
wf_ledger_row_intent(const struct wf_ledger_row *r)
{
	return r->action && strcmp(r->action, "intent") == 0;
}

static bool
named(const struct wf_ledger_row *r, const struct wf_spec *s)
{
	return r->action && !wf_ledger_row_intent(r) && r->spec.name && r->spec.schema &&
	       strcmp(r->spec.name, s->name) == 0 && strcmp(r->spec.schema, s->schema) == 0;
}

bool
wf_ledger_row_about(const struct wf_ledger_row *r, const struct wf_spec *s)
{
	return named(r, s) &&
	       strcmp(r->spec.args ? r->spec.args : "", s->args ? s->args : "") == 0;
}

/* A newer row than i about the same schema.name(args). */
static bool
superseded(const struct wf_ledger_row *rows, size_t n, size_t i)
{
	size_t j;

	for (j = i + 1; j < n; j++)
		if (wf_ledger_row_about(&rows[j], &rows[i].spec))
			return true;
	return false;
}

const struct wf_ledger_row *
wf_ledger_row_find(const struct wf_ledger_row *rows, size_t n, const struct wf_spec *s)
{
	size_t i;

	for (i = n; i-- > 0;) {
		if (s->args ? !wf_ledger_row_about(&rows[i], s) : !named(&rows[i], s))
			continue;
		if (strcmp(rows[i].action, "remove") == 0) {
			if (s->args)
				return NULL;
			continue;
		}
		if (s->args || !superseded(rows, n, i))
			return &rows[i];
	}
	return NULL;
}
