/* SPDX-License-Identifier: Apache-2.0
 *
 * The pgwasm 0.1.0 adapter: probe and snapshot.  Must never believe a digest
 * that the catalog keeps, and never call a module's own code.
 */
#include "engine/pgwasm.h"

#include <string.h>

#define LIBRARY "p.probin" WF_EQ "'$libdir/pgwasm' AND l.lanname" WF_EQ "'c'"

#define SIGNS \
	"EXISTS (SELECT 1 FROM pg_catalog.pg_extension e WHERE e.extname" WF_EQ "'pgwasm')"

static enum wf_rc
probe(struct wf_pg *pg, const char *parameter, bool *present, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	enum wf_rc rc;

	if (parameter)
		return wf_err_set(err, WF_R_USAGE, "engine pgwasm takes no parameter");
	rc = wf_pg_exec(pg, "SELECT " SIGNS ", pg_catalog.to_regprocedure("
	                    "'pgwasm.pgwasm_load(text,json,json)') IS NOT NULL",
	                NULL, 0, &rows, err);
	if (rc == WF_OK && wf_pg_bool(rows, 0, 0) && !wf_pg_bool(rows, 0, 1))
		return wf_err_set(err, WF_R_ENGINE, "extension pgwasm is there, but its "
		                  "pgwasm.pgwasm_load(text, json, json) is not: another version");
	if (rc == WF_OK)
		*present = wf_pg_bool(rows, 0, 0);
	return rc;
}

#define TABLE_IS_FINE(name) \
	"EXISTS (SELECT 1 FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ \
	"c.relnamespace JOIN pg_catalog.pg_depend d ON d.objid" WF_EQ "c.oid AND d.classid" WF_EQ \
	"'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid" WF_EQ \
	"'pg_catalog.pg_extension'::pg_catalog.regclass AND d.refobjid" WF_EQ "e.oid " \
	"WHERE n.nspname" WF_EQ "'pgwasm' AND c.relname" WF_EQ "'" name "' AND c.relkind" WF_EQ "'r' " \
	"AND NOT c.relrowsecurity AND d.deptype" WF_EQ "'e' " \
	"AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_rewrite x WHERE x.ev_class" WF_EQ "c.oid) " \
	"AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_inherits x WHERE x.inhparent" WF_EQ "c.oid " \
	"OR x.inhrelid" WF_EQ "c.oid) AND pg_catalog.has_table_privilege(c.oid, 'SELECT') " \
	"AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'))"

static const char facts_sql[] =
	"SELECT e.extversion, " TABLE_IS_FINE("modules") ", " TABLE_IS_FINE("exports") ", "
	TABLE_IS_FINE("wit_types") " AND " TABLE_IS_FINE("dependencies") ", "
	"pg_catalog.has_function_privilege('pg_catalog.pg_read_binary_file(text, bigint, bigint, boolean)', 'EXECUTE') "
	"AND pg_catalog.has_function_privilege('pg_catalog.pg_stat_file(text, boolean)', 'EXECUTE'), "
	"coalesce((SELECT pg_catalog.bool_and(" LIBRARY " AND pg_catalog.starts_with(p.prosrc, 'pgwasm_functions') "
	"AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE')) FROM pg_catalog.pg_proc p "
	"JOIN pg_catalog.pg_language l ON l.oid" WF_EQ "p.prolang WHERE p.oid" WF_EQ
	"pg_catalog.to_regprocedure('pgwasm.pgwasm_functions()')), false) "
	"FROM pg_catalog.pg_extension e WHERE e.extname" WF_EQ "'pgwasm'";

/* Rows for wf_engine_facts. */
static const char around_sql[] =
	"SELECT 'x', 'schema pgwasm', 'PUBLIC', a.privilege_type FROM pg_catalog.pg_namespace n "
	"CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a WHERE n.nspname" WF_EQ "'pgwasm' "
	"AND a.grantee" WF_EQ "0 "
	/* runs any bytes with the host's powers */
	"UNION ALL SELECT 'x', 'function pgwasm.'" WF_CAT "p.proname, 'PUBLIC', 'EXECUTE' "
	"FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "p.pronamespace "
	"CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(p.proacl, "
	"pg_catalog.acldefault('f', p.proowner))) a WHERE n.nspname" WF_EQ "'pgwasm' "
	"AND p.proname" WF_EQ "'pgwasm_core_invoke_scalar' AND a.grantee" WF_EQ "0 "
	"AND a.privilege_type" WF_EQ "'EXECUTE' "
	"UNION ALL SELECT 'x', 'table '" WF_CAT "n.nspname" WF_CAT "'.'" WF_CAT "c.relname, "
	"CASE WHEN a.grantee" WF_EQ "0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee)"
	"::pg_catalog.text END, a.privilege_type FROM pg_catalog.pg_class c "
	"JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "c.relnamespace "
	"CROSS JOIN LATERAL (SELECT * FROM pg_catalog.aclexplode(c.relacl) UNION ALL "
	"SELECT x.* FROM pg_catalog.pg_attribute t CROSS JOIN LATERAL "
	"pg_catalog.aclexplode(t.attacl) x WHERE t.attrelid" WF_EQ "c.oid) a "
	"WHERE c.relkind" WF_EQ "'r' AND (n.nspname" WF_EQ "'pgwasm' OR (n.nspname" WF_EQ
	"'wasmfn' AND c.relname" WF_EQ "'ledger')) AND a.grantee" WF_NE "c.relowner "
	"AND coalesce(pg_catalog.pg_get_userbyid(a.grantee)" WF_NE "'pgwasm_loader', true) "
	"AND a.privilege_type" WF_EQ
	"ANY (ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) "
	/* the library's entry points */
	"UNION ALL SELECT 'o', 'function pgwasm.'" WF_CAT "w.name, 'c $libdir/pgwasm', "
	"CASE WHEN pg_catalog.count(p.oid)" WF_EQ "0 THEN 'missing' WHEN NOT pg_catalog.bool_and("
	LIBRARY " AND NOT p.prosecdef AND p.proconfig IS NULL AND r.rolsuper) "
	"THEN pg_catalog.string_agg(l.lanname" WF_CAT "' '" WF_CAT "coalesce(p.probin, '')" WF_CAT
	"CASE WHEN p.prosecdef THEN ' definer' ELSE '' END" WF_CAT
	"CASE WHEN r.rolsuper THEN '' ELSE ' owner is no superuser' END, '; ') END "
	"FROM (VALUES ('pgwasm_load'), ('pgwasm_reload'), ('pgwasm_unload')) AS w(name) "
	"LEFT JOIN (pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ
	"p.pronamespace AND n.nspname" WF_EQ "'pgwasm' JOIN pg_catalog.pg_language l ON l.oid" WF_EQ
	"p.prolang JOIN pg_catalog.pg_roles r ON r.oid" WF_EQ "p.proowner) ON p.proname" WF_EQ
	"w.name::pg_catalog.name GROUP BY w.name "
	/* an overload beside a wrapper takes calls by its types */
	"UNION ALL SELECT 'o', 'function '" WF_CAT "p.oid::pg_catalog.regprocedure::pg_catalog.text, "
	"'an export of a module', l.lanname FROM pg_catalog.pg_proc p "
	"JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "p.pronamespace "
	"JOIN pg_catalog.pg_language l ON l.oid" WF_EQ "p.prolang "
	"WHERE n.nspname" WF_EQ "'pgwasm' AND (p.prosrc" WF_EQ "'pgwasm_udf_trampoline' OR NOT EXISTS "
	"(SELECT 1 FROM pg_catalog.pg_depend d, pg_catalog.pg_extension e WHERE d.classid" WF_EQ
	"'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid" WF_EQ "p.oid AND d.refclassid" WF_EQ
	"'pg_catalog.pg_extension'::pg_catalog.regclass AND d.refobjid" WF_EQ "e.oid "
	"AND e.extname" WF_EQ "'pgwasm' AND d.deptype" WF_EQ "'e')) "
	"AND NOT EXISTS (SELECT 1 FROM pgwasm.exports x WHERE x.fn_oid" WF_EQ "p.oid) "
	"UNION ALL SELECT 'n', 'settings pgwasm.*', 'the library cannot be loaded by this role', NULL "
	"WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_settings s WHERE "
	"pg_catalog.starts_with(s.name, 'pgwasm.'))";

enum wf_rc
wf_pgwasm_load_library(struct wf_engine *e, struct wf_err *err)
{
	return wf_pg_exec(e->pg, "SELECT pg_catalog.count(*) FROM pgwasm.pgwasm_functions()", NULL,
	                  0, NULL, err);
}

static enum wf_rc
read_facts(struct wf_engine *e, struct wf_live *live, struct wf_pgwasm_facts *f,
           struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	enum wf_rc rc = wf_pg_exec(e->pg, facts_sql, NULL, 0, &rows, err);

	if (rc != WF_OK)
		return rc;
	if (wf_pg_count(rows) != 1)
		return wf_err_set(err, WF_R_ENGINE, "extension pgwasm is gone");
	if (!wf_pg_bool(rows, 0, 1) || !wf_pg_bool(rows, 0, 2)) {
		(void)wf_err_set(err, WF_R_PRIVILEGE, "role %s cannot read pgwasm.modules and "
		                 "pgwasm.exports as the extension made them", e->role);
		return wf_err_hint(err, "GRANT pgwasm_reader TO the role.");
	}
	f->version = wf_engine_keep(live, wf_pg_z(rows, 0, 0));
	f->files = wf_pg_bool(rows, 0, 4);
	/* called by a role that may not read all four, it fails for the session */
	f->library = wf_pg_bool(rows, 0, 3) && wf_pg_bool(rows, 0, 5);
	return WF_OK;
}

static enum wf_rc
snapshot(struct wf_engine *e, struct wf_live *live, struct wf_err *err)
{
	struct wf_pgwasm_facts f = {NULL, true, false, false};
	const char *second = NULL, *unknown = NULL;
	enum wf_rc rc = read_facts(e, live, &f, err);

	if (rc != WF_OK)
		return rc;
	live->engine_version = f.version;
	rc = wf_pgwasm_cluster(e, &second, &unknown, err);
	if (rc == WF_OK && second)
		wf_engine_add_oddity(live, "D16", second, "no second pgwasm in the cluster",
		                     "it has the extension too, and shares the directories");
	if (rc == WF_OK && unknown)
		wf_engine_unreadable(live, "%s", unknown);
	if (rc == WF_OK)
		rc = wf_pgwasm_modules(e, live, &f, err);
	if (rc == WF_OK && f.library)
		rc = wf_pgwasm_load_library(e, err);
	if (rc == WF_OK)
		rc = wf_engine_facts(e, around_sql, NULL, 0, live, err);
	if (rc == WF_OK)
		rc = wf_engine_around(e, "pgwasm.", live, err);
	return rc;
}

const struct wf_engine_ops wf_pgwasm_ops = {
	.about = {
		.name = "pgwasm",
		.can = WF_CAN(DECLARED) | WF_CAN(WRAPPER) | WF_CAN(ENGINE) | WF_CAN(OWNER) |
		       WF_CAN(GRANTS) | WF_CAN(LIMITS) | WF_CAN(INSTALL) | WF_CAN(REPLACE),
		.partly = WF_CAN(BYTES) | WF_CAN(RUNS) | WF_CAN(WASI) | WF_CAN(SETTINGS) |
		          WF_CAN(LOADED),
		.unproven = true,
		.one_by_one = true,
	},
	.keeps = WF_SPEC_MANIFEST | WF_SPEC_MODULE | WF_SPEC_OWNER | WF_SPEC_GRANTS | WF_SPEC_LIMITS,
	.limits = 7, /* memory, fuel, deadline; the fourth of the engine is set to 1 */
	.signs = SIGNS,
	.probe = probe,
	.snapshot = snapshot,
	.put = wf_pgwasm_put,
	.alter = wf_pgwasm_alter,
	.remove = wf_pgwasm_remove,
	.revoke_all = wf_pgwasm_revoke_all,
	.restore_owner = wf_pgwasm_restore_owner,
	.settled = wf_pgwasm_settled,
};
