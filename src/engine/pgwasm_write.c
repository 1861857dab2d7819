/* SPDX-License-Identifier: Apache-2.0
 *
 * Changing modules of pgwasm.  Must never do two things to modules in one
 * transaction (an unload followed by a load destroys the loaded module), never
 * leave out one of the four limits, and never pass `cascade`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "engine/pgwasm.h"

static enum wf_rc
check(struct wf_engine *e, const struct wf_spec *s, struct wf_err *err)
{
	const char *second = NULL, *unknown = NULL;
	enum wf_rc rc;

	if (e->touched++)
		return wf_err_set(err, WF_R_BUG, "pgwasm: two modules in one transaction");
	if (strcmp(s->schema, "pgwasm") != 0)
		return wf_err_set(err, WF_R_UNFIT, "%s.%s: engine pgwasm keeps all in schema pgwasm",
		                  s->schema, s->name);
	if (!*s->name || strlen(s->name) > WF_MAX_SQL_NAME_BYTES)
		return wf_err_set(err, WF_R_LIMIT, "module \"%s\": expected 1 to %u bytes", s->name,
		                  WF_MAX_SQL_NAME_BYTES);
	rc = wf_pgwasm_cluster(e, &second, &unknown, err);
	if (rc == WF_OK && (second || unknown)) {
		(void)wf_err_set(err, WF_R_ENGINE, "%s%s", second ? second : unknown,
		                 second ? " has pgwasm too: the two would destroy each other's modules"
		                        : "");
		return wf_err_hint(err, "One database of a cluster may have the extension; the role "
		                       "that installs must be able to connect to the others.");
	}
	return rc;
}

/* One that nobody set is what the cluster says now: all four are sent. */
static enum wf_rc
set_limit(struct wf_engine *e, struct wf_json *o, const char *key, int64_t v, struct wf_err *err)
{
	static const char sql[] = "SELECT pg_catalog.current_setting('pgwasm.'" WF_CAT
	                          "$1::pg_catalog.text)";
	WF_AUTO(wf_freep) char *text = NULL;
	struct wf_pg_param p = WF_PG_Z(key);
	enum wf_rc rc = WF_OK;

	if (v < 0) {
		rc = wf_engine_one_text(e, sql, &p, 1, &text, err);
		v = rc == WF_OK ? strtoll(text, NULL, 10) : 0;
	}
	if (rc == WF_OK && v > INT32_MAX)
		rc = wf_err_set(err, WF_R_LIMIT, "%s %lld: engine pgwasm takes at most %d", key,
		                (long long)v, INT32_MAX);
	if (rc == WF_OK)
		wf_json_set_int(o, key, v);
	return rc;
}

static enum wf_rc
options(struct wf_engine *e, const struct wf_spec *s, char **out, struct wf_err *err)
{
	static const char *const off[] = {"allow_spi", "allow_wasi", "allow_wasi_env",
		"allow_wasi_fs", "allow_wasi_http", "allow_wasi_net", "allow_wasi_stdio"};
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(4096);
	WF_AUTO(wf_json_freep) struct wf_json *doc = wf_json_object();
	struct wf_json *l = wf_json_object(), *o = wf_json_object();
	int64_t bytes = s->limits.max_memory_bytes;
	enum wf_rc rc = wf_pgwasm_load_library(e, err);
	size_t i;

	wf_json_set(doc, "limits", l);
	wf_json_set(doc, "overrides", o);
	for (i = 0; i < WF_COUNT(off); i++)
		wf_json_set_bool(o, off[i], false);
	if (rc == WF_OK && bytes >= 0 && bytes % WF_PGWASM_PAGE != 0)
		rc = wf_err_set(err, WF_R_UNFIT, "max_memory_bytes %lld: engine pgwasm counts pages of "
		                "%d bytes", (long long)bytes, WF_PGWASM_PAGE);
	if (rc == WF_OK)
		rc = set_limit(e, l, "max_memory_pages", bytes < 0 ? -1 : bytes / WF_PGWASM_PAGE, err);
	if (rc == WF_OK)
		rc = set_limit(e, l, "fuel_per_invocation", s->limits.fuel_per_call, err);
	if (rc == WF_OK)
		rc = set_limit(e, l, "invocation_deadline_ms", s->limits.epoch_deadline_ms, err);
	if (rc == WF_OK)
		rc = set_limit(e, l, "instances_per_module", 1, err);
	if (rc == WF_OK)
		rc = wf_json_dump(doc, WF_JSON_COMPACT, &text, err);
	if (rc == WF_OK)
		*out = wf_buf_steal(&text);
	return rc;
}

enum wf_rc
wf_pgwasm_put(struct wf_engine *e, struct wf_str module, const struct wf_spec *s, bool replace,
              struct wf_err *err)
{
#define CALL(name) "SELECT pgwasm." name "($1::pg_catalog.text, pg_catalog.json_build_object(" \
	"'bytes', pg_catalog.encode($2::pg_catalog.bytea, 'hex')), $3::pg_catalog.json)"
	WF_AUTO(wf_freep) char *opts = NULL;
	struct wf_pg_param p[3];
	enum wf_rc rc = check(e, s, err);

	/* reload itself would take more than load does */
	if (rc == WF_OK && module.len > WF_MAX_MODULE_BYTES)
		rc = wf_err_set(err, WF_R_LIMIT, "module of %zu bytes: expected at most %u",
		                module.len, WF_MAX_MODULE_BYTES);
	if (rc == WF_OK)
		rc = options(e, s, &opts, err);
	if (rc == WF_OK) {
		p[0] = WF_PG_Z(s->name);
		p[1] = WF_PG_B(module.p, module.len);
		p[2] = WF_PG_Z(opts);
		rc = wf_pg_exec(e->pg, replace ? CALL("pgwasm_reload") : CALL("pgwasm_load"), p, 3,
		                NULL, err);
	}
	return rc == WF_OK ? rc : wf_err_wrap(err, "%s.%s", s->schema, s->name);
}

/* --- wrappers ---------------------------------------------------------------- */

#define WRAPPERS \
	"FROM ONLY pgwasm.modules m JOIN ONLY pgwasm.exports x ON x.module_id" WF_EQ "m.module_id " \
	"JOIN pg_catalog.pg_proc p ON p.oid" WF_EQ "x.fn_oid WHERE m.name::pg_catalog.text" WF_EQ \
	"$1::pg_catalog.text"
#define SIG "f.oid::pg_catalog.regprocedure"
#define HAS_EXECUTE \
	"(SELECT a.grantee, a.is_grantable, CASE WHEN a.grantee" WF_EQ "0 THEN 'PUBLIC' " \
	"ELSE pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text END AS who " \
	"FROM pg_catalog.aclexplode(coalesce(f.proacl, pg_catalog.acldefault('f', f.proowner))) a " \
	"WHERE a.privilege_type" WF_EQ "'EXECUTE' AND a.grantee" WF_NE "f.proowner)"
#define WANTED "(SELECT w.v FROM pg_catalog.jsonb_array_elements_text($3::pg_catalog.jsonb) w(v))"

/* $1 module; NULL leaves the rest alone: $2 owner $3 grants */
static const char alter_sql[] =
	"WITH f AS MATERIALIZED (SELECT p.* " WRAPPERS ") SELECT s.v FROM ("
	"SELECT 1, pg_catalog.format('REVOKE EXECUTE ON FUNCTION %s FROM %s CASCADE', " SIG ", "
	"CASE WHEN h.grantee" WF_EQ "0 THEN 'PUBLIC' ELSE pg_catalog.format('%I', h.who) END) "
	"FROM f CROSS JOIN LATERAL " HAS_EXECUTE " h WHERE CASE WHEN $3::pg_catalog.jsonb IS NULL "
	"THEN h.grantee" WF_EQ "0 ELSE h.is_grantable OR NOT h.who" WF_EQ "ANY " WANTED " END "
	"UNION ALL SELECT 2, pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO %s', " SIG ", "
	"CASE WHEN w.v" WF_EQ "'PUBLIC' THEN 'PUBLIC' ELSE pg_catalog.format('%I', w.v) END) "
	"FROM f CROSS JOIN " WANTED " w(v) WHERE w.v" WF_NE
	"pg_catalog.pg_get_userbyid(f.proowner)::pg_catalog.text AND NOT EXISTS (SELECT 1 FROM "
	HAS_EXECUTE " h WHERE h.who" WF_EQ "w.v AND NOT h.is_grantable) "
	"UNION ALL SELECT 3, pg_catalog.format('ALTER FUNCTION %s SECURITY INVOKER', " SIG ") FROM f "
	"WHERE f.prosecdef "
	"UNION ALL SELECT 4, pg_catalog.format('ALTER FUNCTION %s OWNER TO %I', " SIG ", "
	"$2::pg_catalog.text) FROM f WHERE pg_catalog.pg_get_userbyid(f.proowner)"
	"::pg_catalog.text" WF_NE "$2::pg_catalog.text"
	") s(n, v) ORDER BY s.n, s.v COLLATE \"C\"";

enum wf_rc
wf_pgwasm_alter(struct wf_engine *e, const struct wf_spec *want, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf grants = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	struct wf_pg_param p[3] = {WF_PG_Z(want->name), WF_PG_Z(want->owner), WF_PG_Z(NULL)};
	enum wf_rc rc = wf_engine_grants_param(want, &grants, &p[2], err);

	if (rc == WF_OK)
		rc = wf_pg_exec_made(e->pg, alter_sql, p, 3, NULL, err);
	return rc == WF_OK ? rc : wf_err_wrap(err, "%s.%s", want->schema, want->name);
}

/* Of all wrappers; the owner last: until then the others' grants are its own. */
enum wf_rc
wf_pgwasm_revoke_all(struct wf_engine *e, const struct wf_spec *s, struct wf_err *err)
{
	static const char sql[] =
		"SELECT s.v FROM (SELECT CASE WHEN a.grantee" WF_EQ "f.proowner THEN 1 ELSE 0 END, "
		"pg_catalog.format('REVOKE ALL ON FUNCTION %s FROM %s CASCADE', " SIG ", "
		"CASE WHEN a.grantee" WF_EQ "0 THEN 'PUBLIC' ELSE pg_catalog.format('%I', "
		"pg_catalog.pg_get_userbyid(a.grantee)) END) FROM (SELECT p.* " WRAPPERS ") f "
		"CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(f.proacl, "
		"pg_catalog.acldefault('f', f.proowner))) a) s(n, v) "
		"GROUP BY s.n, s.v ORDER BY s.n, s.v COLLATE \"C\"";
	struct wf_pg_param p = WF_PG_Z(s->name);
	enum wf_rc rc = wf_pg_exec_made(e->pg, sql, &p, 1, NULL, err);

	return rc == WF_OK ? rc : wf_err_wrap(err, "%s.%s", s->schema, s->name);
}

enum wf_rc
wf_pgwasm_restore_owner(struct wf_engine *e, const struct wf_spec *s, struct wf_err *err)
{
	static const char sql[] =
		"SELECT pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO %I', " SIG ", "
		"pg_catalog.pg_get_userbyid(f.proowner)) FROM (SELECT p.* " WRAPPERS ") f "
		"WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.aclexplode(coalesce(f.proacl, "
		"pg_catalog.acldefault('f', f.proowner))) a WHERE a.grantee" WF_EQ "f.proowner "
		"AND a.privilege_type" WF_EQ "'EXECUTE')";
	struct wf_pg_param p = WF_PG_Z(s->name);
	enum wf_rc rc = wf_pg_exec_made(e->pg, sql, &p, 1, NULL, err);

	return rc == WF_OK ? rc : wf_err_wrap(err, "%s.%s", s->schema, s->name);
}

/* The engine itself ignores what depends on a wrapper, and leaves it broken. */
static const char dependents_sql[] =
	"SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_catalog.pg_depend d WHERE d.refclassid" WF_EQ
	"'pg_catalog.pg_proc'::pg_catalog.regclass AND d.deptype" WF_EQ "ANY (ARRAY['n', 'a']"
	"::\"char\"[]) AND d.refobjid" WF_EQ "ANY (SELECT p.oid " WRAPPERS ") LIMIT 1";

enum wf_rc
wf_pgwasm_remove(struct wf_engine *e, const struct wf_spec *s, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	struct wf_pg_param p = WF_PG_Z(s->name);
	enum wf_rc rc = check(e, s, err);

	if (rc == WF_OK)
		rc = wf_pg_exec(e->pg, dependents_sql, &p, 1, &rows, err);
	if (rc == WF_OK && wf_pg_count(rows))
		rc = wf_err_set(err, WF_R_ENGINE, "something depends on it: %s", wf_pg_z(rows, 0, 0));
	if (rc == WF_OK)
		rc = wf_pg_exec(e->pg, "SELECT pgwasm.pgwasm_unload($1::pg_catalog.text)", &p, 1, NULL,
		                err);
	return rc == WF_OK ? rc : wf_err_wrap(err, "%s.%s", s->schema, s->name);
}

/* Files go when the transaction has ended, and not only those of the module
 * that was meant: every other one is looked at again. */
enum wf_rc
wf_pgwasm_settled(struct wf_engine *e, struct wf_err *err)
{
	static const char may_sql[] =
		"SELECT pg_catalog.has_function_privilege('pg_catalog.pg_read_binary_file(text, bigint, "
		"bigint, boolean)', 'EXECUTE') AND pg_catalog.has_function_privilege("
		"'pg_catalog.pg_stat_file(text, boolean)', 'EXECUTE')";
	static const char sql[] =
		"SELECT m.name FROM (SELECT m.*, " WF_PGWASM_DIR("m.module_id") " AS dir FROM ONLY "
		"pgwasm.modules m) m WHERE coalesce(pg_catalog.encode(pg_catalog.sha256("
		WF_PGWASM_FILE("m.dir", "module.wasm") "), 'hex')" WF_NE
		"pg_catalog.ltrim(m.digest::pg_catalog.text, '\\x'), true) LIMIT 1";
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *may = NULL;
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	enum wf_rc rc = wf_pg_exec(e->pg, may_sql, NULL, 0, &may, err);

	if (rc == WF_OK && !wf_pg_bool(may, 0, 0)) {
		wf_log(WF_LOG_WARN, "this role may not read the files of the other modules: whether "
		       "the engine kept them is not known");
		return WF_OK;
	}
	if (rc == WF_OK)
		rc = wf_pg_exec(e->pg, sql, NULL, 0, &rows, err);
	if (rc == WF_OK && wf_pg_count(rows))
		return wf_err_set(err, WF_R_TAMPERED, "committed, but the files of module %s are not "
		                  "those of its digest any more", wf_pg_z(rows, 0, 0));
	return rc;
}
