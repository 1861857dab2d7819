/* SPDX-License-Identifier: Apache-2.0
 *
 * Live against wanted, field by field.  Must never look at a digest that the
 * engine recorded as if it were the digest of the bytes.
 */
#include "plan/compare_fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT 4096u /* one side of a finding; role lists are cut there */

static unsigned
report(const struct wf_compare_fields *c, enum wf_finding_id id, enum wf_severity severity,
       const char *expected, const char *observed)
{
	if (c->findings)
		wf_finding_add(c->findings, id, severity, c->object, expected, observed);
	return 1;
}

static const char *
or_none(const char *z)
{
	return z && *z ? z : "none";
}

static const char *
digest_text(const struct wf_compare_fields *c, const struct wf_digest *d)
{
	char t[WF_DIGEST_TEXT];

	wf_digest_text(d, t);
	return wf_arena_strn(c->arena, t, strlen(t));
}

/* --- the module and what points at it ------------------------------------- */

/* A digest that the engine keeps beside the bytes. */
static unsigned
recorded(const struct wf_compare_fields *c, const char *label, const struct wf_digest *d)
{
	const struct wf_spec *v = &c->live->spec;
	char expected[96], observed[96];

	if (!v->has_module || wf_digest_eq(&v->module, d))
		return 0;
	snprintf(expected, sizeof(expected), "%s %s", label, digest_text(c, &v->module));
	snprintf(observed, sizeof(observed), "%s %s", label, digest_text(c, d));
	return report(c, WF_D02, WF_SEV_CRITICAL, expected, observed);
}

/* Code that the engine runs in place of the module it was made from. */
static unsigned
compiled(const struct wf_compare_fields *c)
{
	const struct wf_spec *w = c->want, *h = &c->live->spec;
	char expected[96], observed[96];

	if (!w->has_compiled || (h->has_compiled && wf_digest_eq(&w->compiled, &h->compiled)))
		return 0;
	snprintf(expected, sizeof(expected), "compiled %s", digest_text(c, &w->compiled));
	snprintf(observed, sizeof(observed), "compiled %s",
	         h->has_compiled ? digest_text(c, &h->compiled) : "not there");
	/* not looked at is said as D30 */
	return !h->has_compiled && c->live->unprovable
	               ? 0 : report(c, WF_D01, WF_SEV_CRITICAL, expected, observed);
}

static unsigned
module(const struct wf_compare_fields *c)
{
	const struct wf_live_function *v = c->live;
	const struct wf_digest *have = &v->spec.module;
	unsigned n = 0;

	if (v->language && strcmp(v->language, "wasm") != 0)
		return report(c, WF_D16, WF_SEV_CRITICAL, "a wrapper in language wasm",
		              wf_arena_strn(c->arena, v->language, strlen(v->language)));
	if (v->unreadable)
		return 0; /* said as D30 */
	if (!v->has_row)
		return report(c, WF_D16, WF_SEV_CRITICAL, "a module behind the wrapper",
		              "the engine's catalog has none");
	if (v->spec.has_module && c->want->has_module && !wf_digest_eq(have, &c->want->module))
		n += report(c, WF_D01, WF_SEV_CRITICAL, digest_text(c, &c->want->module),
		            digest_text(c, have));
	else if (!v->spec.has_module && v->has_column && c->want->has_module &&
	         !wf_digest_eq(&v->column, &c->want->module))
		n += report(c, WF_D02, WF_SEV_CRITICAL, digest_text(c, &c->want->module),
		            digest_text(c, &v->column));
	n += compiled(c);
	if (v->has_column)
		n += recorded(c, "column", &v->column);
	if (v->has_wrapper_digest)
		n += recorded(c, "wrapper", &v->wrapper);
	/* anything else about the wrapper; a digest that differs is said above */
	if (!v->wrapper_ok && n == 0)
		n += report(c, WF_D16, WF_SEV_CRITICAL, "the wrapper as the engine makes it",
		            or_none(v->wrapper_state));
	return n;
}

/* --- signature and attributes --------------------------------------------- */

static unsigned
text_field(const struct wf_compare_fields *c, enum wf_finding_id id, enum wf_severity severity,
           const char *label, const char *want, const char *have)
{
	char w[512], h[512];

	if (!want || (have && strcmp(want, have) == 0))
		return 0;
	snprintf(w, sizeof(w), "%s %s", label, or_none(want));
	snprintf(h, sizeof(h), "%s %s", label, or_none(have));
	return report(c, id, severity, w, h);
}

static const char *
volatility_word(enum wf_volatility v)
{
	switch (v) {
	case WF_VOLATILITY_UNSET: return "not known";
	case WF_IMMUTABLE: return "immutable";
	case WF_STABLE: return "stable";
	case WF_VOLATILE: return "volatile";
	}
	return "not known";
}

static unsigned
signature(const struct wf_compare_fields *c)
{
	const struct wf_spec *w = c->want, *h = &c->live->spec;
	unsigned n = 0;
	size_t i;

	n += text_field(c, WF_D06, WF_SEV_HIGH, "arguments", w->args, h->args);
	n += text_field(c, WF_D06, WF_SEV_HIGH, "returns", w->returns, h->returns);
	if (c->live->has_row && !c->live->unreadable)
		n += text_field(c, WF_D06, WF_SEV_HIGH, "export", w->export_name, h->export_name);
	if (w->strict != WF_YESNO_UNSET && w->strict != h->strict)
		n += report(c, WF_D06, WF_SEV_HIGH,
		            w->strict == WF_YES ? "strict" : "called on null input",
		            h->strict == WF_YES  ? "strict"
		            : h->strict == WF_NO ? "called on null input"
		                                 : "not known");
	if (w->volatility != WF_VOLATILITY_UNSET && w->volatility != h->volatility)
		n += report(c, WF_D10, WF_SEV_LOW, volatility_word(w->volatility),
		            volatility_word(h->volatility));
	if (c->live->leakproof)
		n += report(c, WF_D10, WF_SEV_HIGH, "not leakproof", "leakproof");
	for (i = 0; i < c->live->nodd; i++)
		n += report(c, WF_D10, WF_SEV_LOW, c->live->odd[i].key, c->live->odd[i].value);
	n += text_field(c, WF_D10, WF_SEV_LOW, "comment", w->comment, h->comment);
	return n;
}

static unsigned
owner(const struct wf_compare_fields *c)
{
	return text_field(c, WF_D07, WF_SEV_HIGH, "owner", c->want->owner, c->live->spec.owner);
}

/* --- EXECUTE --------------------------------------------------------------- */

static bool
has(const struct wf_strs *l, const char *z)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->v[i], z) == 0)
			return true;
	return false;
}

static const char *
roles(const struct wf_compare_fields *c, const struct wf_strs *l)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(MAX_TEXT);
	size_t i;

	wf_buf_putz(&b, "EXECUTE for ");
	if (l->n == 0)
		wf_buf_putz(&b, "the owner alone");
	for (i = 0; i < l->n; i++) {
		if (b.len + strlen(l->v[i]) + 8 > MAX_TEXT) {
			wf_buf_putz(&b, " ...");
			break;
		}
		wf_buf_putf(&b, i ? ", %s" : "%s", l->v[i]);
	}
	return wf_arena_strn(c->arena, b.p, b.len);
}

static unsigned
grants(const struct wf_compare_fields *c)
{
	const struct wf_strs *want = &c->want->grants, *have = &c->live->spec.grants;
	bool wider = false, narrower = false;
	size_t i;

	if (!c->want->grants_set)
		return 0;
	for (i = 0; i < have->n; i++)
		wider |= !has(want, have->v[i]);
	for (i = 0; i < want->n; i++)
		narrower |= !has(have, want->v[i]);
	if (!wider && !narrower)
		return 0;
	return report(c, WF_D08, wider ? WF_SEV_HIGH : WF_SEV_INFO, roles(c, want),
	              roles(c, have));
}

/* --- SECURITY DEFINER ------------------------------------------------------ */

/* What install gives a definer: nobody can create objects in it. */
#define FIXED_PATH "search_path=pg_catalog, pg_temp"

static bool
sets(const char *config, const char *name)
{
	size_t n = strlen(name);

	return strncmp(config, name, n) == 0 && config[n] == '=';
}

/* "pg_wasm.allow_fs=on": by its name; a dot in a value says nothing. */
static bool
sets_engine(const struct wf_compare_fields *c, const char *config)
{
	const char *engine = c->in->live->engine;
	size_t n = engine ? strlen(engine) : 0;

	return n && strncmp(config, engine, n) == 0 && config[n] == '.';
}

static unsigned
security(const struct wf_compare_fields *c)
{
	const struct wf_live_function *v = c->live;
	bool want = c->want->definer == WF_YES, path = false;
	unsigned n = 0;
	size_t i;

	if (v->spec.definer == WF_YES && !want)
		n += report(c, WF_D09, WF_SEV_CRITICAL, "security invoker", "security definer");
	if (v->spec.definer == WF_NO && want)
		n += report(c, WF_D09, WF_SEV_LOW, "security definer", "security invoker");
	for (i = 0; i < v->config.n; i++) {
		if (sets(v->config.v[i], "search_path")) {
			path = true;
			if (v->spec.definer == WF_YES && strcmp(v->config.v[i], FIXED_PATH) != 0)
				n += report(c, WF_D09, WF_SEV_CRITICAL, FIXED_PATH, v->config.v[i]);
		}
		/* the engine's own settings are D13; wasmfn attaches nothing but a
		 * search_path to a definer, so what else is there is somebody else's */
		else if (c->complete && !sets_engine(c, v->config.v[i]))
			n += report(c, WF_D09, WF_SEV_HIGH, "no setting attached to the function",
			            v->config.v[i]);
	}
	if (v->spec.definer != WF_YES) {
		if (path && c->complete)
			n += report(c, WF_D09, WF_SEV_HIGH, "no setting attached to the function",
			            "search_path is set");
		return n;
	}
	if (!path)
		n += report(c, WF_D09, WF_SEV_CRITICAL, "a fixed search_path", "search_path not set");
	if (v->owner_superuser)
		n += report(c, WF_D09, WF_SEV_CRITICAL, "an owner that is no superuser",
		            "security definer owned by a superuser");
	return n;
}

/* --- limits and capabilities ----------------------------------------------- */

static void
limit_text(char out[96], const char *key, int64_t v)
{
	if (v < 0)
		snprintf(out, 96, "%s not set", key);
	else
		snprintf(out, 96, "%s %lld", key, (long long)v);
}

static unsigned
limits(const struct wf_compare_fields *c)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; i < WF_LIMIT_COUNT; i++) {
		int64_t want = wf_spec_limit(&c->want->limits, i);
		int64_t have = wf_spec_limit(&c->live->spec.limits, i);
		char w[96], h[96];
		bool wider;

		limit_text(w, wf_spec_limit_word(i), want);
		limit_text(h, wf_spec_limit_word(i), have);
		if (want == have || (want < 0 && !c->complete))
			continue;
		/* not set is as wide as the cluster allows */
		wider = have < 0 || have > want;
		n += report(c, WF_D11, wider ? WF_SEV_HIGH : WF_SEV_LOW, w, h);
	}
	return n;
}

/* One spelling for one meaning: readonly is the default of a preopen, empty
 * lists and objects grant nothing. */
static struct wf_json *
wasi_plain(const struct wf_json *j, bool preopen)
{
	struct wf_json *out, *part;
	const struct wf_json *value;
	const char *key;
	void *it = NULL;
	size_t i;

	if (wf_json_kind(j) == WF_JSON_ARRAY) {
		out = wf_json_array();
		for (i = 0; i < wf_json_len(j); i++)
			wf_json_push(out, wasi_plain(wf_json_at(j, i), preopen));
		return out;
	}
	if (wf_json_kind(j) != WF_JSON_OBJECT)
		return wf_json_copy(j);
	out = wf_json_object();
	if (preopen)
		wf_json_set_bool(out, "readonly", true);
	while (wf_json_next(j, &it, &key, &value)) {
		part = wasi_plain(value, strcmp(key, "preopen") == 0);
		if (!preopen && wf_json_len(part) == 0 &&
		    (wf_json_kind(part) == WF_JSON_OBJECT || wf_json_kind(part) == WF_JSON_ARRAY))
			wf_json_free(part);
		else
			wf_json_set(out, key, part);
	}
	return out;
}

const char *
wf_compare_wasi(const char *text, struct wf_arena *a)
{
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	WF_AUTO(wf_json_freep) struct wf_json *plain = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(SIZE_MAX / 4);

	if (!text)
		return "null";
	if (wf_json_parse(wf_str(text), "wasi", &doc, NULL) != WF_OK)
		return text; /* equal to nothing but itself */
	plain = wasi_plain(doc, false);
	if (wf_json_dump(plain, WF_JSON_CANONICAL, &b, NULL) != WF_OK)
		return text;
	return wf_arena_strn(a, b.p, b.len);
}

static unsigned
capabilities(const struct wf_compare_fields *c)
{
	const char *want, *have;
	bool narrower;

	if (!c->want->wasi && !c->complete)
		return 0;
	want = wf_compare_wasi(c->want->wasi, c->arena);
	have = wf_compare_wasi(c->live->spec.wasi, c->arena);
	if (strcmp(want, have) == 0)
		return 0;
	narrower = strcmp(have, "null") == 0 || (strcmp(have, "{}") == 0 && strcmp(want, "null") != 0);
	return report(c, WF_D12, narrower ? WF_SEV_LOW : WF_SEV_CRITICAL, want, have);
}

unsigned
wf_compare_fields(const struct wf_compare_fields *c)
{
	unsigned n = module(c) + signature(c) + owner(c) + grants(c) + security(c);

	/* without a row of the engine there is nothing that could be compared */
	if (c->live->has_row && !c->live->unreadable)
		n += limits(c) + capabilities(c);
	return n;
}
