/* SPDX-License-Identifier: Apache-2.0
 *
 * M.  Must never fill in a value that neither the entry nor something signed
 * says, except the numeric types that the module's own export has.
 */
#include "plan/want.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

/* --- lists in an arena ------------------------------------------------------ */

static void
push(struct wf_strs *l, const char *z, struct wf_arena *a)
{
	const char **grown;

	/* doubled when the length is a power of two */
	if ((l->n & (l->n - 1)) == 0) {
		grown = wf_arena_alloc(a, (l->n ? 2 * l->n : 1) * sizeof(*grown));
		if (l->n)
			memcpy(grown, l->v, l->n * sizeof(*grown));
		l->v = grown;
	}
	l->v[l->n++] = z;
}

static void
push_trimmed(struct wf_strs *out, const char *p, const char *end, struct wf_arena *a)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	push(out, wf_arena_strn(a, p, (size_t)(end - p)), a);
}

void
wf_want_split(const char *types, struct wf_strs *out, struct wf_arena *a)
{
	const char *start = types, *p;
	bool quoted = false;
	int depth = 0;

	*out = (struct wf_strs){NULL, 0};
	if (types[strspn(types, " \t")] == '\0')
		return;
	for (p = types; *p; p++) {
		if (*p == '"')
			quoted = !quoted;
		else if (!quoted && *p == '(')
			depth++;
		else if (!quoted && *p == ')')
			depth--;
		else if (!quoted && depth <= 0 && *p == ',') {
			push_trimmed(out, start, p, a);
			start = p + 1;
		}
	}
	push_trimmed(out, start, p, a);
}

/* --- export and types ------------------------------------------------------- */

void
wf_want_sig_entry(const struct wf_manifest_entry *e, struct wf_want_sig *out)
{
	*out = (struct wf_want_sig){e->export_name, e->args, e->nargs, e->args_set, e->returns};
}

static const struct wf_wasm_export *
find_export(const struct wf_wasm *w, const char *name)
{
	size_t i;

	for (i = 0; i < w->nexports; i++)
		if (w->exports[i].kind == WF_EXTERN_FUNC && wf_str_eqz(w->exports[i].name, name))
			return &w->exports[i];
	return NULL;
}

static const struct wf_wasm_export *
only_function(const struct wf_wasm *w)
{
	const struct wf_wasm_export *one = NULL;
	size_t i;

	for (i = 0; i < w->nexports; i++) {
		if (w->exports[i].kind != WF_EXTERN_FUNC)
			continue;
		if (one)
			return NULL;
		one = &w->exports[i];
	}
	return one;
}

static enum wf_rc
choose_export(const struct wf_manifest_entry *e, const struct wf_artifact *art,
              const struct wf_wasm *w, const struct wf_wasm_export **out, struct wf_err *err)
{
	const char *name = e->export_name ? e->export_name : art->ann_export;

	if (name) {
		*out = find_export(w, name);
		if (!*out)
			return wf_err_set(err, WF_R_PLAN_REFUSED,
			                  "the module exports no function \"%s\"%s", name,
			                  e->export_name ? "" : ", which its annotation names");
		return WF_OK;
	}
	*out = find_export(w, e->name);
	if (!*out)
		*out = only_function(w);
	if (*out)
		return WF_OK;
	(void)wf_err_set(err, WF_R_PLAN_REFUSED,
	                 "the module exports no function \"%s\", and not exactly one other",
	                 e->name);
	return wf_err_hint(err, "Name one with `export:` in the manifest file.");
}

static const char *
numeric(struct wf_wasm_valtype t)
{
	switch (t.code) {
	case 0x7f: return "integer";
	case 0x7e: return "bigint";
	case 0x7d: return "real";
	case 0x7c: return "double precision";
	}
	return NULL;
}

static enum wf_rc
not_numeric(const char *what, const char *export_name, struct wf_err *err)
{
	(void)wf_err_set(err, WF_R_PLAN_REFUSED,
	                 "the SQL type of %s of \"%s\" is not known: neither manifest file nor "
	                 "annotations say it and the module's own type is not one number",
	                 what, export_name);
	return wf_err_hint(err, "Say `args:` and `returns:` in the manifest file, or sign the "
	                        "artifact with annotations dev.wasmfn.args and dev.wasmfn.returns.");
}

static enum wf_rc
args_of_export(const struct wf_wasm *w, uint32_t type, struct wf_arena *a,
               struct wf_want_sig *sig, struct wf_err *err)
{
	struct wf_wasm_valtype v[WF_MAX_ARGS];
	size_t i, n = wf_wasm_params(w, type, v, WF_COUNT(v));

	if (n > WF_COUNT(v))
		return wf_err_set(err, WF_R_LIMIT, "export \"%s\" takes %zu arguments, at most %u",
		                  sig->export_name, n, WF_MAX_ARGS);
	sig->args = wf_arena_alloc(a, (n + 1) * sizeof(*sig->args));
	for (i = 0; i < n; i++) {
		sig->args[i] = numeric(v[i]);
		if (!sig->args[i])
			return not_numeric("an argument", sig->export_name, err);
	}
	sig->nargs = n;
	sig->args_set = true;
	return WF_OK;
}

static enum wf_rc
result_of_export(const struct wf_wasm *w, uint32_t type, struct wf_want_sig *sig,
                 struct wf_err *err)
{
	struct wf_wasm_valtype v[1];
	size_t n = wf_wasm_results(w, type, v, 1);

	sig->returns = n == 0 ? "void" : n == 1 ? numeric(v[0]) : NULL;
	return sig->returns ? WF_OK : not_numeric("the result", sig->export_name, err);
}

enum wf_rc
wf_want_sig_complete(const struct wf_manifest_entry *e, const struct wf_artifact *art,
                     const struct wf_wasm *w, struct wf_arena *a, struct wf_want_sig *out,
                     struct wf_err *err)
{
	const struct wf_wasm_export *x = NULL;
	struct wf_want_sig sig;
	struct wf_strs list;
	enum wf_rc rc;

	wf_want_sig_entry(e, &sig);
	rc = choose_export(e, art, w, &x, err);
	if (rc != WF_OK)
		return rc;
	if (!x)
		return wf_err_set(err, WF_R_BUG, "no export was chosen");
	sig.export_name = wf_arena_strn(a, x->name.p, x->name.len);
	if (!sig.args_set && art->ann_args) {
		wf_want_split(art->ann_args, &list, a);
		sig.args = list.v;
		sig.nargs = list.n;
		sig.args_set = true;
	}
	if (!sig.returns)
		sig.returns = art->ann_returns;
	if (x->index >= w->nfuncs)
		return wf_err_set(err, WF_R_MALFORMED, "export \"%s\" has no function",
		                  sig.export_name);
	if (!sig.args_set)
		rc = args_of_export(w, w->funcs[x->index], a, &sig, err);
	if (rc == WF_OK && !sig.returns)
		rc = result_of_export(w, w->funcs[x->index], &sig, err);
	if (rc == WF_OK)
		*out = sig;
	return rc;
}

/* --- the server's names ----------------------------------------------------- */

size_t
wf_want_types_add(struct wf_strs *list, const struct wf_want_sig *sig, struct wf_arena *a)
{
	size_t at = list->n, i;

	for (i = 0; sig->args_set && i < sig->nargs; i++)
		push(list, sig->args[i], a);
	if (sig->returns)
		push(list, sig->returns, a);
	return at;
}

static const char *
join(const char *const *types, size_t n, struct wf_arena *a)
{
	size_t i, len = 1;
	char *text, *p;

	for (i = 0; i < n; i++)
		len += strlen(types[i]) + 2;
	p = text = wf_arena_alloc(a, len);
	for (i = 0; i < n; i++) {
		if (i)
			p = stpcpy(p, ", ");
		p = stpcpy(p, types[i]);
	}
	*p = '\0';
	return text;
}

static void
set_types(const struct wf_want_sig *sig, const char *const *answers, size_t at,
          struct wf_arena *a, struct wf_spec *s, const char **no_type)
{
	size_t i, n = sig->args_set ? sig->nargs : 0;

	for (i = 0; i < n; i++) {
		if (!answers[at + i]) {
			*no_type = sig->args[i];
			return;
		}
	}
	if (sig->args_set)
		s->args = join(answers + at, n, a);
	if (!sig->returns)
		return;
	if (!answers[at + n])
		*no_type = sig->returns;
	s->returns = answers[at + n];
}

/* --- the rest --------------------------------------------------------------- */

static int
by_text(const void *x, const void *y)
{
	const char *const *a = x, *const *b = y;

	return strcmp(*a, *b);
}

/* One spelling: canonical JSON, defaults written out, empty lists left out. */
static const char *
wasi_text(const struct wf_manifest_entry *e, struct wf_arena *a)
{
	WF_AUTO(wf_json_freep) struct wf_json *doc = wf_json_object();
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	struct wf_json *list = wf_json_array(), *one, *part;
	size_t i;

	for (i = 0; i < e->npreopens; i++) {
		one = wf_json_object();
		wf_json_set_z(one, "guest_path", e->preopens[i].guest_path);
		wf_json_set_z(one, "host_path", e->preopens[i].host_path);
		wf_json_set_bool(one, "readonly", e->preopens[i].readonly);
		wf_json_push(list, one);
	}
	if (e->npreopens) {
		part = wf_json_object();
		wf_json_set(part, "preopen", list);
		wf_json_set(doc, "filesystem", part);
	} else {
		wf_json_free(list);
	}
	list = wf_json_array();
	for (i = 0; i < e->ntcp; i++) {
		one = wf_json_object();
		wf_json_set_z(one, "host", e->tcp[i].host);
		wf_json_set_int(one, "port", (int64_t)e->tcp[i].port);
		wf_json_push(list, one);
	}
	if (e->ntcp) {
		part = wf_json_object();
		wf_json_set(part, "allow_outbound_tcp", list);
		wf_json_set(doc, "sockets", part);
	} else {
		wf_json_free(list);
	}
	if (wf_json_dump(doc, WF_JSON_CANONICAL, &text, NULL) != WF_OK)
		wf_die("wasi larger than its manifest file");
	return wf_arena_strn(a, text.p, text.len);
}

void
wf_want_spec(const struct wf_manifest_entry *e, const struct wf_want_sig *sig,
             const char *const *answers, size_t at, struct wf_arena *a,
             struct wf_spec *out, const char **no_type)
{
	struct wf_spec s = WF_SPEC_INIT;

	*no_type = NULL;
	s.schema = e->schema;
	s.name = e->name;
	s.export_name = sig->export_name;
	s.has_manifest = e->ref.has_digest;
	s.manifest = e->ref.digest;
	if (e->security_set)
		s.definer = e->definer ? WF_YES : WF_NO;
	s.strict = e->strict;
	s.volatility = e->volatility;
	s.owner = e->owner;
	s.grants_set = e->grants_set;
	if (e->grants_set) {
		s.grants.n = e->ngrants;
		s.grants.v = wf_arena_alloc(a, (e->ngrants + 1) * sizeof(*s.grants.v));
		if (e->ngrants)
			memcpy(s.grants.v, e->grants, e->ngrants * sizeof(*s.grants.v));
		qsort(s.grants.v, s.grants.n, sizeof(*s.grants.v), by_text);
	}
	s.limits = (struct wf_limits){e->max_memory_bytes, e->fuel_per_call,
	                              e->epoch_deadline_ms, e->stack_size_bytes};
	if (e->wasi_set)
		s.wasi = wasi_text(e, a);
	s.comment = e->comment;
	set_types(sig, answers, at, a, &s, no_type);
	*out = s;
}
