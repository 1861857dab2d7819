/* SPDX-License-Identifier: Apache-2.0
 *
 * Functions as the catalogs and the stored bytes have them.  Digests are
 * computed over the bytes by the server's own sha256(); the engine's columns
 * are carried beside them and never believed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/limits.h"
#include "engine/pg_wasm.h"

/* tableoid pins the relation that was looked at: what has been put in its
 * place since then makes the statement fail, a view has no tableoid at all.
 * Each module is hashed once, however many functions use it. */
#define WITH_TABLES \
	"WITH def AS MATERIALIZED (SELECT d.proc, d.sha256, d.config::pg_catalog.text AS config " \
	"FROM wasm.function_def d WHERE d.tableoid" WF_EQ "$2::pg_catalog.oid), " \
	"mod AS MATERIALIZED (SELECT m.sha256, pg_catalog.encode(pg_catalog.sha256(m.bytes), 'hex') " \
	"AS hash, pg_catalog.length(m.bytes) AS size FROM wasm.module m " \
	"WHERE m.tableoid" WF_EQ "$3::pg_catalog.oid AND m.sha256" WF_EQ \
	"ANY (SELECT d.sha256 FROM def d)) "
#define WITHOUT_TABLES \
	"WITH def AS (SELECT NULL::pg_catalog.oid AS proc, NULL::pg_catalog.bytea AS sha256, " \
	"NULL::pg_catalog.text AS config WHERE $2::pg_catalog.text IS NULL " \
	"AND $3::pg_catalog.text IS NULL AND false), " \
	"mod AS (SELECT NULL::pg_catalog.bytea AS sha256, NULL::pg_catalog.text AS hash, " \
	"NULL::pg_catalog.int4 AS size WHERE false) "

#define ROLE(oid) \
	"CASE WHEN " oid WF_EQ "0 THEN 'PUBLIC' " \
	"WHEN pg_catalog.pg_get_userbyid(" oid ")" WF_EQ "'PUBLIC' THEN '\"PUBLIC\"' " \
	"ELSE pg_catalog.pg_get_userbyid(" oid ")::pg_catalog.text END"

#define EXECUTE_ACL(more) \
	"(SELECT pg_catalog.json_agg(" ROLE("a.grantee") " ORDER BY " ROLE("a.grantee") \
	" COLLATE \"C\") FROM pg_catalog.aclexplode(coalesce(p.proacl, " \
	"pg_catalog.acldefault('f', p.proowner))) a " \
	"WHERE a.privilege_type" WF_EQ "'EXECUTE' AND a.grantee" WF_NE "p.proowner" more ")"

enum { OID, SCHEMA, NAME, ARGS, RETURNS, OWNER, SUPER, LANGUAGE, IS_WASM, SOURCE, BINARY,
       DEFINER, STRICT, VOLATILITY, PARALLEL, LEAKPROOF, COST, SUPPORT, GRANTS, GRANTABLE, CONFIG, HAS_ROW,
       COLUMN, HASH, SIZE, ENGINE_CONFIG, COMMENT, OWNER_REVOKED };

#define SELECT_FUNCTIONS \
	"SELECT p.oid, n.nspname, p.proname, " \
	"(SELECT pg_catalog.string_agg(pg_catalog.format_type(t.v, NULL), ', ' ORDER BY t.i) " \
	"FROM pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) WITH ORDINALITY AS t(v, i)), " \
	"CASE WHEN p.proretset THEN 'SETOF ' ELSE '' END" WF_CAT \
	"pg_catalog.format_type(p.prorettype, NULL), " \
	"pg_catalog.pg_get_userbyid(p.proowner), r.rolsuper, l.lanname, " \
	"p.prolang" WF_EQ "$1::pg_catalog.oid, " \
	"CASE WHEN p.prolang" WF_EQ "$1::pg_catalog.oid THEN pg_catalog.left(p.prosrc, 200) END, " \
	"p.probin IS NOT NULL, p.prosecdef, p.proisstrict, p.provolatile, p.proparallel, " \
	"p.proleakproof, p.procost, CASE WHEN p.prosupport" WF_NE "0 THEN " \
	"p.prosupport::pg_catalog.regproc::pg_catalog.text END, " EXECUTE_ACL("") ", " EXECUTE_ACL(" AND a.is_grantable") ", " \
	"pg_catalog.to_json(p.proconfig), def.proc IS NOT NULL, " \
	"pg_catalog.encode(def.sha256, 'hex'), mod.hash, mod.size, def.config, c.description, " WF_OWNER_REVOKED " " \
	"FROM pg_catalog.pg_proc p " \
	"JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "p.pronamespace " \
	"JOIN pg_catalog.pg_language l ON l.oid" WF_EQ "p.prolang " \
	"LEFT JOIN pg_catalog.pg_roles r ON r.oid" WF_EQ "p.proowner " \
	"LEFT JOIN def ON def.proc" WF_EQ "p.oid " \
	"LEFT JOIN mod ON mod.sha256" WF_EQ "def.sha256 " \
	"LEFT JOIN pg_catalog.pg_description c ON c.objoid" WF_EQ "p.oid AND c.objsubid" WF_EQ \
	"0 AND c.classoid" WF_EQ "'pg_catalog.pg_proc'::pg_catalog.regclass " \
	"WHERE p.prolang" WF_EQ "$1::pg_catalog.oid OR def.proc IS NOT NULL " \
	"ORDER BY n.nspname COLLATE \"C\", p.proname COLLATE \"C\", p.oid"

static bool
hex_digest(const char *hex, struct wf_digest *out)
{
	return hex && wf_enc_unhex(wf_str(hex), out->sha256, sizeof(out->sha256));
}

static enum wf_volatility
volatility(const char *z)
{
	return !z ? WF_VOLATILITY_UNSET
	       : *z == 'i' ? WF_IMMUTABLE : *z == 's' ? WF_STABLE : WF_VOLATILE;
}

/* The wrapper as the engine writes it: its language, source `sha256:<hex>`,
 * nothing in probin.  The handler behind the language is an oddity of its own. */
static void
judge_wrapper(struct wf_live *live, const struct wf_pg_rows *rows, size_t i,
              struct wf_live_function *f)
{
	const char *source = wf_pg_z(rows, i, SOURCE);

	if (!wf_pg_bool(rows, i, IS_WASM)) {
		f->wrapper_state = wf_engine_keep(live, "another language");
		return;
	}
	f->has_wrapper_digest = source && strncmp(source, "sha256:", 7) == 0 &&
	                        hex_digest(source + 7, &f->wrapper);
	if (!f->has_wrapper_digest)
		f->wrapper_state = "its source is no digest";
	else if (wf_pg_bool(rows, i, BINARY))
		f->wrapper_state = "it names a library";
	else
		f->wrapper_ok = true;
}

static void
judge_row(const struct wf_pg_rows *rows, size_t i, const struct wf_pg_wasm_facts *facts,
          struct wf_live_function *f)
{
	f->has_row = wf_pg_bool(rows, i, HAS_ROW);
	f->has_column = hex_digest(wf_pg_z(rows, i, COLUMN), &f->column);
	f->spec.has_module = hex_digest(wf_pg_z(rows, i, HASH), &f->spec.module);
	f->size = wf_pg_int(rows, i, SIZE);
	if (!facts->function_def || !facts->module)
		f->unreadable = "the engine's tables are not its own";
	else if (!facts->read_def || !facts->read_module)
		f->unreadable = "permission denied for the engine's tables";
	else if (!f->has_row)
		f->wrapper_state = f->wrapper_ok ? "no row in wasm.function_def" : f->wrapper_state;
	else if (!f->spec.has_module)
		f->wrapper_state = f->wrapper_ok ? "its module is not in wasm.module"
		                                 : f->wrapper_state;
}

static void
odd(struct wf_live *live, struct wf_live_function *f, const char *expected, const char *what,
    const char *value)
{
	char text[160];

	(void)snprintf(text, sizeof(text), "%s %.120s", what, value ? value : "not known");
	f->odd[f->nodd++] = (struct wf_pair){expected, wf_engine_keep(live, text)};
}

/* wasm.create_function makes every wrapper with these, and nothing of wasmfn
 * changes them. */
static void
judge_attributes(struct wf_live *live, const struct wf_pg_rows *rows, size_t i,
                 struct wf_live_function *f)
{
	const char *parallel = wf_pg_z(rows, i, PARALLEL), *cost = wf_pg_z(rows, i, COST);
	const char *support = wf_pg_z(rows, i, SUPPORT);

	if (!parallel || *parallel != 'u')
		odd(live, f, "parallel unsafe", "parallel",
		    !parallel ? NULL : *parallel == 's' ? "safe" : "restricted");
	if (!cost || strcmp(cost, "100") != 0)
		odd(live, f, "cost 100", "cost", cost);
	if (support)
		odd(live, f, "no support function", "support function", support);
	f->odd_wrapper = support != NULL;
}

static enum wf_rc
fill(struct wf_live *live, const struct wf_pg_rows *rows, size_t i,
     const struct wf_pg_wasm_facts *facts, struct wf_live_function *f, struct wf_err *err)
{
	struct wf_strs grantable;
	const char *odd = NULL;
	enum wf_rc rc;

	f->oid = (uint32_t)wf_pg_int(rows, i, OID);
	f->spec = (struct wf_spec)WF_SPEC_INIT;
	f->spec.schema = wf_engine_keep(live, wf_pg_z(rows, i, SCHEMA));
	f->spec.name = wf_engine_keep(live, wf_pg_z(rows, i, NAME));
	f->spec.args = wf_engine_keep(live, wf_pg_z(rows, i, ARGS) ? wf_pg_z(rows, i, ARGS) : "");
	f->spec.returns = wf_engine_keep(live, wf_pg_z(rows, i, RETURNS));
	f->spec.owner = wf_engine_keep(live, wf_pg_z(rows, i, OWNER));
	f->owner_superuser = wf_pg_bool(rows, i, SUPER);
	f->owner_revoked = wf_pg_bool(rows, i, OWNER_REVOKED);
	f->language = wf_engine_keep(live, wf_pg_z(rows, i, LANGUAGE));
	f->spec.definer = wf_pg_bool(rows, i, DEFINER) ? WF_YES : WF_NO;
	f->spec.strict = wf_pg_bool(rows, i, STRICT) ? WF_YES : WF_NO;
	f->spec.volatility = volatility(wf_pg_z(rows, i, VOLATILITY));
	judge_attributes(live, rows, i, f);
	f->leakproof = wf_pg_bool(rows, i, LEAKPROOF);
	f->spec.comment = wf_engine_keep(live, wf_pg_z(rows, i, COMMENT));
	rc = wf_engine_list(live, wf_pg_z(rows, i, GRANTS), &f->spec.grants, err);
	if (rc == WF_OK)
		rc = wf_engine_list(live, wf_pg_z(rows, i, GRANTABLE), &grantable, err);
	if (rc == WF_OK)
		rc = wf_engine_list(live, wf_pg_z(rows, i, CONFIG), &f->config, err);
	if (rc != WF_OK)
		return rc;
	f->spec.grants_set = true;
	for (size_t g = 0; g < grantable.n; g++)
		wf_engine_add_excess(live, wf_spec_signature(&f->spec, &live->arena),
		                     grantable.v[g], "EXECUTE WITH GRANT OPTION");
	judge_wrapper(live, rows, i, f);
	judge_row(rows, i, facts, f);
	if (f->has_row)
		wf_pg_wasm_config(live, wf_pg_z(rows, i, ENGINE_CONFIG), &f->spec, &odd);
	if (odd && !f->wrapper_state)
		f->wrapper_state = odd;
	if (f->wrapper_state)
		f->wrapper_ok = false;
	return WF_OK;
}

/* Two modules under one key: the engine could run either. */
static void
twice(struct wf_live *live, struct wf_live_function *f)
{
	f->unreadable = "wasm.module has its key twice";
	wf_engine_add_oddity(live, "D16", "table wasm.module", "one row a key",
	                     wf_spec_signature(&f->spec, &live->arena));
}

enum wf_rc
wf_pg_wasm_functions(struct wf_engine *e, struct wf_live *live,
                     const struct wf_pg_wasm_facts *facts, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	bool tables = facts->read_def && facts->read_module && facts->function_def &&
	              facts->module;
	struct wf_pg_param p[3] = {
		WF_PG_Z(facts->language ? facts->language : "0"),
		WF_PG_Z(tables ? facts->function_def : NULL),
		WF_PG_Z(tables ? facts->module : NULL),
	};
	enum wf_rc rc;
	size_t i, n = 0;

	rc = wf_engine_exec_long(e, live, tables ? WITH_TABLES SELECT_FUNCTIONS
	                                         : WITHOUT_TABLES SELECT_FUNCTIONS, p, 3, &rows,
	                         err);
	if (rc != WF_OK)
		return wf_err_wrap(err, "functions");
	live->functions = wf_arena_alloc(&live->arena,
	                                 (wf_pg_count(rows) + 1) * sizeof(*live->functions));
	for (i = 0; i < wf_pg_count(rows); i++) {
		struct wf_live_function f = {0};

		rc = fill(live, rows, i, facts, &f, err);
		if (rc != WF_OK)
			return rc;
		if (n && live->functions[n - 1].oid == f.oid)
			twice(live, &live->functions[n - 1]);
		else
			live->functions[n++] = f;
	}
	live->nfunctions = n;
	return WF_OK;
}

/* --- config ---------------------------------------------------------------- */

static int64_t
limit(const struct wf_json *v)
{
	int64_t n;

	if (!v)
		return -1; /* the engine's cap holds */
	/* what is no sane number is as wide as can be: it differs from any wish */
	return wf_json_int(v, &n) && n >= 0 ? n : INT64_MAX;
}

static struct wf_json *
preopens(const struct wf_json *list)
{
	struct wf_json *out = wf_json_array(), *one;
	const struct wf_json *v;
	size_t i;
	bool b;

	for (i = 0; i < wf_json_len(list); i++) {
		v = wf_json_at(list, i);
		one = wf_json_copy(v);
		if (wf_json_kind(v) == WF_JSON_OBJECT && !wf_json_bool(wf_json_get(v, "readonly"), &b))
			wf_json_set_bool(one, "readonly", true); /* the engine's default */
		wf_json_push(out, one);
	}
	return out;
}

/* An empty list, or an object with nothing in it, grants nothing. */
static void
set_unless_empty(struct wf_json *o, const char *key, struct wf_json *v)
{
	if ((wf_json_kind(v) == WF_JSON_ARRAY || wf_json_kind(v) == WF_JSON_OBJECT) &&
	    wf_json_len(v) == 0)
		wf_json_free(v);
	else
		wf_json_set(o, key, v);
}

char *
wf_pg_wasm_wasi(const struct wf_json *wasi)
{
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	const struct wf_json *fs, *v;
	struct wf_json *part;
	const char *key, *inner;
	void *it = NULL, *in = NULL;

	if (!wasi || wf_json_kind(wasi) == WF_JSON_NULL)
		return wf_strdup("null");
	if (wf_json_kind(wasi) != WF_JSON_OBJECT) {
		doc = wf_json_copy(wasi);
	} else {
		doc = wf_json_object();
		while (wf_json_next(wasi, &it, &key, &v)) {
			if (strcmp(key, "filesystem") != 0 && strcmp(key, "sockets") != 0) {
				wf_json_set(doc, key, wf_json_copy(v));
				continue;
			}
			part = wf_json_object();
			in = NULL;
			while (wf_json_next(v, &in, &inner, &fs))
				set_unless_empty(part, inner, strcmp(inner, "preopen") == 0
				                                      ? preopens(fs) : wf_json_copy(fs));
			set_unless_empty(doc, key, part);
		}
	}
	if (wf_json_dump(doc, WF_JSON_CANONICAL, &text, NULL) != WF_OK)
		return wf_strdup("\"too large\"");
	return wf_buf_steal(&text);
}

void
wf_pg_wasm_config(struct wf_live *live, const char *json, struct wf_spec *s, const char **odd)
{
	static const char *const known[] = {"max_memory_bytes", "fuel_per_call",
		"epoch_deadline_ms", "stack_size_bytes", "export", "instance", "wasi"};
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	WF_AUTO(wf_freep) char *wasi = NULL;
	const struct wf_json *v;
	const char *key;
	void *it = NULL;
	size_t i;

	if (!json || wf_json_parse(wf_str(json), "config", &doc, NULL) != WF_OK ||
	    wf_json_kind(doc) != WF_JSON_OBJECT) {
		*odd = "its config is no JSON object";
		return;
	}
	s->limits = (struct wf_limits){
		limit(wf_json_get(doc, "max_memory_bytes")),
		limit(wf_json_get(doc, "fuel_per_call")),
		limit(wf_json_get(doc, "epoch_deadline_ms")),
		limit(wf_json_get(doc, "stack_size_bytes")),
	};
	wasi = wf_pg_wasm_wasi(wf_json_get(doc, "wasi"));
	s->wasi = wf_engine_keep(live, wasi);
	/* the engine's own rule: without one, the export named like the function */
	s->export_name = wf_json_get(doc, "export")
	                 ? wf_engine_keep(live, wf_json_z(wf_json_get(doc, "export")))
	                 : s->name;
	while (wf_json_next(doc, &it, &key, &v)) {
		for (i = 0; i < WF_COUNT(known); i++)
			if (strcmp(key, known[i]) == 0)
				break;
		if (i == WF_COUNT(known))
			*odd = "its config has a member that the engine does not know";
	}
}
