/* SPDX-License-Identifier: Apache-2.0
 *
 * Changing functions.  Values travel as parameters.  Statements that need
 * names in their text (ALTER, GRANT, COMMENT) are made by the server with
 * format() %I and %L and run as it returned them: it knows its own key words
 * and encoding, and no quoting rule is written twice.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "engine/pg_wasm.h"
#include "plan/want.h"

/* What one statement asks for: so many functions, or so much in comments. */
#define ALTER_FUNCTIONS 1000u
#define ALTER_COMMENTS WF_MIB

static enum wf_rc
check_name(const char *name, const char *what, struct wf_err *err)
{
	size_t n = strlen(name);

	if (n == 0 || n > WF_MAX_SQL_NAME_BYTES)
		return wf_err_set(err, WF_R_LIMIT, "%s \"%s\": expected 1 to %u bytes, found %zu",
		                  what, name, WF_MAX_SQL_NAME_BYTES, n);
	return WF_OK;
}

static char *
args_json(const char *args)
{
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	struct wf_arena a = {NULL};
	struct wf_strs v;

	wf_want_split(args, &v, &a);
	doc = wf_engine_list_json(&v);
	wf_arena_free(&a);
	if (wf_json_dump(doc, WF_JSON_COMPACT, &text, NULL) != WF_OK)
		wf_die("a list larger than a manifest file");
	return wf_buf_steal(&text);
}

static void
set_limit(struct wf_json *o, const char *key, int64_t v)
{
	if (v >= 0)
		wf_json_set_int(o, key, v);
}

static enum wf_rc
config_json(const struct wf_spec *s, char **out, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *o = wf_json_object();
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	struct wf_json *wasi = NULL;
	enum wf_rc rc;

	set_limit(o, "max_memory_bytes", s->limits.max_memory_bytes);
	set_limit(o, "fuel_per_call", s->limits.fuel_per_call);
	set_limit(o, "epoch_deadline_ms", s->limits.epoch_deadline_ms);
	set_limit(o, "stack_size_bytes", s->limits.stack_size_bytes);
	if (s->export_name && strcmp(s->export_name, s->name) != 0)
		wf_json_set_z(o, "export", s->export_name);
	if (s->wasi && strcmp(s->wasi, "null") != 0) {
		rc = wf_json_parse(wf_str(s->wasi), "wasi", &wasi, err);
		if (rc != WF_OK)
			return rc;
		wf_json_set(o, "wasi", wasi);
	}
	rc = wf_json_dump(o, WF_JSON_COMPACT, &text, err);
	if (rc == WF_OK)
		*out = wf_buf_steal(&text);
	return rc;
}

/* The function by its exact signature, as it is in this moment. */
#define THE_FUNCTION(schema, name, args) \
	"(SELECT p.oid FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n " \
	"ON n.oid" WF_EQ "p.pronamespace WHERE n.nspname" WF_EQ schema "::pg_catalog.name " \
	"AND p.proname" WF_EQ name "::pg_catalog.name AND coalesce((SELECT " \
	"pg_catalog.string_agg(pg_catalog.format_type(t.v, NULL), ', ' ORDER BY t.i) " \
	"FROM pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) WITH ORDINALITY AS t(v, i)), '')" \
	WF_EQ args "::pg_catalog.text)"

static enum wf_rc
create(struct wf_engine *e, const char *about, struct wf_str module, const struct wf_spec *s,
       const char *config, struct wf_err *err)
{
	static const char sql[] =
		"SELECT wasm.create_function(function_name => pg_catalog.format('%I.%I', "
		"$1::pg_catalog.text, $2::pg_catalog.text), wasm_module => $3::pg_catalog.bytea, "
		"arg_types => ARRAY(SELECT t.v FROM pg_catalog.jsonb_array_elements_text("
		"$4::pg_catalog.jsonb) WITH ORDINALITY AS t(v, i) ORDER BY t.i), "
		"return_type => $5::pg_catalog.text, config => $6::pg_catalog.jsonb, "
		"security => $7::pg_catalog.text)";
	WF_AUTO(wf_freep) char *args = args_json(s->args ? s->args : "");
	struct wf_pg_param p[] = {
		WF_PG_Z(s->schema), WF_PG_Z(s->name), WF_PG_B(module.p, module.len),
		WF_PG_Z(args), WF_PG_Z(s->returns), WF_PG_Z(config),
		WF_PG_Z(s->definer == WF_YES ? "DEFINER" : "INVOKER"),
	};

	return wf_pg_queue(e->pg, about, sql, p, WF_COUNT(p), err);
}

static enum wf_rc
replace(struct wf_engine *e, const char *about, struct wf_str module, const struct wf_spec *s,
        const char *config, struct wf_err *err)
{
	static const char sql[] =
		"SELECT wasm.replace_function(function_name => "
		THE_FUNCTION("$1", "$2", "$3") "::pg_catalog.regprocedure::pg_catalog.text, "
		"wasm_module => $4::pg_catalog.bytea, config => $5::pg_catalog.jsonb)";
	struct wf_pg_param p[] = {
		WF_PG_Z(s->schema), WF_PG_Z(s->name), WF_PG_Z(s->args ? s->args : ""),
		WF_PG_B(module.p, module.len), WF_PG_Z(config),
	};

	return wf_pg_queue(e->pg, about, sql, p, WF_COUNT(p), err);
}

enum wf_rc
wf_pg_wasm_put(struct wf_engine *e, struct wf_str module, const struct wf_spec *s,
               bool is_replace, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *config = NULL;
	WF_AUTO(wf_freep) char *about = wf_asprintf("%s.%s", s->schema, s->name);
	enum wf_rc rc = check_name(s->schema, "schema", err);


	if (rc == WF_OK)
		rc = check_name(s->name, "function", err);
	if (rc == WF_OK && module.len > WF_MAX_MODULE_BYTES)
		rc = wf_err_set(err, WF_R_LIMIT, "module of %zu bytes: expected at most %u",
		                module.len, WF_MAX_MODULE_BYTES);
	if (rc == WF_OK)
		rc = config_json(s, &config, err);
	if (rc != WF_OK)
		return wf_err_wrap(err, "%s", about);
	return is_replace ? replace(e, about, module, s, config, err)
	                  : create(e, about, module, s, config, err);
}

/* --- alter ----------------------------------------------------------------- */

#define ABOUT "f.schema" WF_CAT "'.'" WF_CAT "f.name, "
#define NAMED "pg_catalog.format("
#define SIG "f.oid::pg_catalog.regprocedure"

/* Grantees as aclexplode names them. */
#define HAS_EXECUTE \
	"(SELECT a.grantee, a.is_grantable, CASE WHEN a.grantee" WF_EQ "0 THEN 'PUBLIC' " \
	"ELSE pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text END AS who " \
	"FROM pg_catalog.aclexplode(coalesce(f.proacl, pg_catalog.acldefault('f', f.proowner))) a " \
	"WHERE a.privilege_type" WF_EQ "'EXECUTE' AND a.grantee" WF_NE "f.proowner)"
#define WANTED "(SELECT w.v FROM pg_catalog.jsonb_array_elements_text(f.grants) w(v))"

/* $1: a list of {"schema","name","args"} and what is wanted, in this order of
 * statements for each, so that each is still allowed after the one before: the
 * owner comes last.  What is not wanted (NULL) stays.  A definer gets a fixed
 * search_path. */
static const char alter_sql[] =
	"WITH f AS MATERIALIZED (SELECT p.*, w.*, (SELECT d.description FROM "
	"pg_catalog.pg_description d WHERE d.objoid" WF_EQ "p.oid AND d.objsubid" WF_EQ "0 "
	"AND d.classoid" WF_EQ "'pg_catalog.pg_proc'::pg_catalog.regclass) AS said "
	"FROM ROWS FROM (pg_catalog.jsonb_to_recordset($1::pg_catalog.jsonb) AS ("
	"schema pg_catalog.text, name pg_catalog.text, args pg_catalog.text, strict pg_catalog.bool, "
	"definer pg_catalog.bool, volatility pg_catalog.text, comment pg_catalog.text, "
	"owner pg_catalog.text, grants pg_catalog.jsonb)) WITH ORDINALITY AS w(schema, name, args, "
	"strict, definer, volatility, comment, owner, grants, nr) "
	"JOIN pg_catalog.pg_proc p ON p.oid" WF_EQ THE_FUNCTION("w.schema", "w.name", "w.args") ") "
	"SELECT s.v, s.about FROM ("
	"SELECT f.nr, 1, " ABOUT NAMED "'ALTER FUNCTION %s %s', " SIG ", CASE WHEN f.strict "
	"THEN 'STRICT' ELSE 'CALLED ON NULL INPUT' END) FROM f "
	"WHERE f.proisstrict" WF_NE "f.strict "
	"UNION ALL SELECT f.nr, 0, " ABOUT NAMED "'ALTER FUNCTION %s RESET %I', " SIG ", "
	"pg_catalog.split_part(c.v, '=', 1)) FROM f CROSS JOIN LATERAL "
	"pg_catalog.unnest(f.proconfig) c(v) WHERE NOT (pg_catalog.starts_with(c.v, 'search_path=') "
	"AND coalesce(f.definer, f.prosecdef)) "
	"UNION ALL SELECT f.nr, 2, " ABOUT NAMED "'ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp', "
	SIG ") FROM f WHERE f.definer AND NOT coalesce("
	"'search_path=pg_catalog, pg_temp'" WF_EQ "ANY (f.proconfig), false) "
	"UNION ALL SELECT f.nr, 3, " ABOUT NAMED "'ALTER FUNCTION %s SECURITY %s', " SIG ", "
	"CASE WHEN f.definer THEN 'DEFINER' ELSE 'INVOKER' END) FROM f "
	"WHERE f.prosecdef" WF_NE "f.definer "
	"UNION ALL SELECT f.nr, 4, " ABOUT NAMED "'ALTER FUNCTION %s %s', " SIG ", pg_catalog.upper("
	"f.volatility)) FROM f WHERE pg_catalog.left(f.volatility, 1)" WF_NE
	"f.provolatile::pg_catalog.text "
	"UNION ALL SELECT f.nr, 5, " ABOUT NAMED "'ALTER FUNCTION %s NOT LEAKPROOF', " SIG ") FROM f "
	"WHERE f.proleakproof "
	"UNION ALL SELECT f.nr, 5, " ABOUT NAMED "'ALTER FUNCTION %s PARALLEL UNSAFE COST 100', " SIG ") FROM f "
	"WHERE f.proparallel" WF_NE "'u' OR f.procost" WF_NE "100 "
	"UNION ALL SELECT f.nr, 6, " ABOUT NAMED "'COMMENT ON FUNCTION %s IS %L', " SIG ", "
	"f.comment) FROM f WHERE f.comment IS NOT NULL "
	"AND f.said IS DISTINCT FROM f.comment "
	"UNION ALL SELECT f.nr, 7, " ABOUT NAMED "'REVOKE EXECUTE ON FUNCTION %s FROM %s CASCADE', " SIG ", "
	"CASE WHEN h.grantee" WF_EQ "0 THEN 'PUBLIC' ELSE pg_catalog.format('%I', h.who) END) "
	"FROM f CROSS JOIN LATERAL " HAS_EXECUTE " h WHERE CASE WHEN f.grants IS NULL "
	"THEN h.grantee" WF_EQ "0 ELSE h.is_grantable OR NOT h.who" WF_EQ "ANY " WANTED " END "
	"UNION ALL SELECT f.nr, 8, " ABOUT NAMED "'GRANT EXECUTE ON FUNCTION %s TO %s', " SIG ", "
	"CASE WHEN w.v" WF_EQ "'PUBLIC' THEN 'PUBLIC' ELSE pg_catalog.format('%I', w.v) END) "
	"FROM f CROSS JOIN LATERAL " WANTED " w(v) WHERE w.v" WF_NE
	"pg_catalog.pg_get_userbyid(f.proowner)::pg_catalog.text AND NOT EXISTS (SELECT 1 FROM "
	HAS_EXECUTE " h WHERE h.who" WF_EQ "w.v AND NOT h.is_grantable) "
	"UNION ALL SELECT f.nr, 9, " ABOUT NAMED "'ALTER FUNCTION %s OWNER TO %I', " SIG ", "
	"f.owner) FROM f WHERE pg_catalog.pg_get_userbyid(f.proowner)"
	"::pg_catalog.text" WF_NE "f.owner"
	") s(nr, n, about, v) ORDER BY s.nr, s.n, s.v COLLATE \"C\"";

static const char *
volatility(enum wf_volatility v)
{
	switch (v) {
	case WF_IMMUTABLE: return "immutable";
	case WF_STABLE: return "stable";
	case WF_VOLATILE: return "volatile";
	case WF_VOLATILITY_UNSET: break;
	}
	return NULL;
}

static void
set_yesno(struct wf_json *o, const char *key, enum wf_yesno v)
{
	if (v != WF_YESNO_UNSET)
		wf_json_set_bool(o, key, v == WF_YES);
}

static void
set_text(struct wf_json *o, const char *key, const char *z)
{
	if (z)
		wf_json_set_z(o, key, z);
}

static struct wf_json *
wanted_json(const struct wf_spec *want)
{
	struct wf_json *o = wf_json_object();

	wf_json_set_z(o, "schema", want->schema);
	wf_json_set_z(o, "name", want->name);
	wf_json_set_z(o, "args", want->args ? want->args : "");
	set_yesno(o, "strict", want->strict);
	set_yesno(o, "definer", want->definer);
	set_text(o, "volatility", volatility(want->volatility));
	set_text(o, "comment", want->comment);
	set_text(o, "owner", want->owner);
	if (want->grants_set)
		wf_json_set(o, "grants", wf_engine_list_json(&want->grants));
	return o;
}

enum wf_rc
wf_pg_wasm_alter_all(struct wf_engine *e, const struct wf_engine_change *c, size_t n,
                     struct wf_err *err)
{
	enum wf_rc rc = WF_OK;
	size_t i = 0;

	while (rc == WF_OK && i < n) {
		WF_AUTO(wf_json_freep) struct wf_json *doc = wf_json_array();
		/* a character may take six */
		WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(8 * WF_MAX_MANIFEST_BYTES);
		size_t first = i, comments = 0;
		struct wf_pg_param p;

		for (; i < n && i - first < ALTER_FUNCTIONS && comments < ALTER_COMMENTS; i++) {
			wf_json_push(doc, wanted_json(c[i].want));
			comments += c[i].want->comment ? strlen(c[i].want->comment) : 0;
		}
		rc = wf_json_dump(doc, WF_JSON_COMPACT, &text, err);
		p = WF_PG_Z(wf_buf_z(&text));
		if (rc == WF_OK)
			rc = wf_pg_exec_made(e->pg, alter_sql, &p, 1, NULL, err);
	}
	return rc;
}

enum wf_rc
wf_pg_wasm_remove(struct wf_engine *e, const struct wf_spec *s, struct wf_err *err)
{
	static const char sql[] =
		"SELECT wasm.drop_function(function_name => " THE_FUNCTION("$1", "$2", "$3")
		"::pg_catalog.regprocedure::pg_catalog.text)";
	struct wf_pg_param p[] = {
		WF_PG_Z(s->schema), WF_PG_Z(s->name), WF_PG_Z(s->args ? s->args : ""),
	};
	WF_AUTO(wf_freep) char *about = wf_asprintf("%s.%s", s->schema, s->name);

	return wf_pg_queue(e->pg, about, sql, p, WF_COUNT(p), err);
}
