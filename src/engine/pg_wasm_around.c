/* SPDX-License-Identifier: Apache-2.0
 *
 * What surrounds the functions: settings and their overrides, privileges
 * that a hardened target does not give, and whether the engine's own objects
 * are as the extension made them.  Catalogs only: any role may look.
 */
#include <string.h>

#include "engine/pg_wasm.h"

#define ROLE(oid) \
	"CASE WHEN " oid WF_EQ "0 THEN 'PUBLIC' " \
	"ELSE pg_catalog.pg_get_userbyid(" oid ")::pg_catalog.text END"

/* Rows of (kind, a, b, c, d): s setting, x excess, o oddity, u superuser, d
 * default privilege of this session's role. */

#define SETTINGS \
	"SELECT 's', s.name, s.setting, 'server', s.source FROM pg_catalog.pg_settings s " \
	"WHERE pg_catalog.starts_with(s.name, 'pg_wasm.') "

#define SPLIT_NAME "pg_catalog.split_part(c.v, '=', 1)"
#define SPLIT_VALUE "pg_catalog.substr(c.v, pg_catalog.strpos(c.v, '=')" \
	" OPERATOR(pg_catalog.+) 1)"

#define ROLE_SETTINGS \
	"UNION ALL SELECT 's', " SPLIT_NAME ", " SPLIT_VALUE ", " \
	"CASE WHEN s.setrole" WF_EQ "0 THEN 'database '" WF_CAT "d.datname " \
	"WHEN s.setdatabase" WF_EQ "0 THEN 'role '" WF_CAT "pg_catalog.pg_get_userbyid(s.setrole) " \
	"ELSE 'role '" WF_CAT "pg_catalog.pg_get_userbyid(s.setrole)" WF_CAT "' in database '" \
	WF_CAT "d.datname END, NULL " \
	"FROM pg_catalog.pg_db_role_setting s " \
	"LEFT JOIN pg_catalog.pg_database d ON d.oid" WF_EQ "s.setdatabase " \
	"CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c(v) " \
	"WHERE pg_catalog.starts_with(c.v, 'pg_wasm.') AND (s.setdatabase" WF_EQ "0 " \
	"OR d.datname" WF_EQ "pg_catalog.current_database()) "

/* On any function: one of another language can switch it on for its callees. */
#define FUNCTION_SETTINGS \
	"UNION ALL SELECT 's', " SPLIT_NAME ", " SPLIT_VALUE ", " \
	"'function '" WF_CAT "n.nspname" WF_CAT "'.'" WF_CAT "p.proname, NULL " \
	"FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "p.pronamespace " \
	"CROSS JOIN LATERAL pg_catalog.unnest(p.proconfig) AS c(v) " \
	"WHERE pg_catalog.starts_with(c.v, 'pg_wasm.') "

#define WASM_FUNCTION_SCHEMAS \
	"(SELECT p.pronamespace FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_language l " \
	"ON l.oid" WF_EQ "p.prolang WHERE l.lanname" WF_EQ "'wasm')"

#define EXCESS_SCHEMA \
	"UNION ALL SELECT 'x', 'schema '" WF_CAT "n.nspname, 'PUBLIC', 'CREATE', NULL " \
	"FROM pg_catalog.pg_namespace n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a " \
	"WHERE (n.nspname" WF_EQ "ANY (ARRAY['wasm', 'wasmfn']::pg_catalog.name[]) " \
	"OR n.oid" WF_EQ "ANY " WASM_FUNCTION_SCHEMAS ") " \
	"AND a.grantee" WF_EQ "0 AND a.privilege_type" WF_EQ "'CREATE' "

#define EXCESS_FUNCTION \
	"UNION ALL SELECT 'x', 'function wasm.'" WF_CAT "p.proname, 'PUBLIC', 'EXECUTE', NULL " \
	"FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "p.pronamespace " \
	"CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(p.proacl, " \
	"pg_catalog.acldefault('f', p.proowner))) a " \
	"WHERE n.nspname" WF_EQ "'wasm' AND p.proname" WF_EQ "ANY (ARRAY['create_function', " \
	"'replace_function', 'drop_function', 'module_bytes']::pg_catalog.name[]) " \
	"AND a.grantee" WF_EQ "0 AND a.privilege_type" WF_EQ "'EXECUTE' "

/* Tables that decide what runs, and the ledger: nobody but the owner writes. */
#define EXCESS_TABLE \
	"UNION ALL SELECT 'x', 'table '" WF_CAT "n.nspname" WF_CAT "'.'" WF_CAT "c.relname, " \
	ROLE("a.grantee") ", a.privilege_type, NULL " \
	"FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "c.relnamespace " \
	"CROSS JOIN LATERAL (SELECT * FROM pg_catalog.aclexplode(c.relacl) " \
	"UNION ALL SELECT x.* FROM pg_catalog.pg_attribute t " \
	"CROSS JOIN LATERAL pg_catalog.aclexplode(t.attacl) x WHERE t.attrelid" WF_EQ "c.oid) a " \
	"WHERE ((n.nspname" WF_EQ "'wasm' AND c.relname" WF_EQ "ANY " \
	"(ARRAY['module', 'function_def']::pg_catalog.name[])) " \
	"OR (n.nspname" WF_EQ "'wasmfn' AND c.relname" WF_EQ "'ledger')) " \
	"AND a.grantee" WF_NE "c.relowner AND a.privilege_type" WF_EQ \
	"ANY (ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) "

#define IN_EXTENSION(class, oid) \
	"EXISTS (SELECT 1 FROM pg_catalog.pg_depend d, pg_catalog.pg_extension e " \
	"WHERE d.classid" WF_EQ "'pg_catalog." class "'::pg_catalog.regclass AND d.objid" WF_EQ oid \
	" AND d.refclassid" WF_EQ "'pg_catalog.pg_extension'::pg_catalog.regclass " \
	"AND d.refobjid" WF_EQ "e.oid AND e.extname" WF_EQ "'pg_wasm' AND d.deptype" WF_EQ "'e')"

/* The engine's C functions: each once, the same library, its own symbol. */
#define ODD_FUNCTIONS \
	"UNION ALL SELECT 'o', 'D16', 'function wasm.'" WF_CAT "w.name, " \
	"'c $libdir/pg_wasm '" WF_CAT "w.symbol, " \
	"coalesce(pg_catalog.string_agg(l.lanname" WF_CAT "' '" WF_CAT "coalesce(p.probin, '')" \
	WF_CAT "' '" WF_CAT "pg_catalog.left(p.prosrc, 80)" WF_CAT \
	"CASE WHEN p.prosecdef THEN ' definer' ELSE '' END" WF_CAT \
	"CASE WHEN p.proconfig IS NULL THEN '' ELSE ' settings' END" WF_CAT \
	"CASE WHEN r.rolsuper THEN '' ELSE ' owner is no superuser' END" WF_CAT \
	"CASE WHEN " IN_EXTENSION("pg_proc", "p.oid") " THEN '' ELSE ' not of the extension' END, " \
	"'; '), 'missing') " \
	"FROM (VALUES ('call_handler', 'pgw_sql_call_handler'), ('validator', 'pgw_sql_validator'), " \
	"('create_function', 'pgw_sql_create_function'), " \
	"('replace_function', 'pgw_sql_replace_function'), " \
	"('drop_function', 'pgw_sql_drop_function'), ('module_bytes', 'pgw_sql_module_bytes'), " \
	"('call', 'pgw_sql_call'), ('engine_info', 'pgw_sql_engine_info'), " \
	"('on_sql_drop', 'pgw_sql_on_sql_drop')) AS w(name, symbol) " \
	"LEFT JOIN (pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ \
	"p.pronamespace AND n.nspname" WF_EQ "'wasm' JOIN pg_catalog.pg_language l ON l.oid" WF_EQ \
	"p.prolang JOIN pg_catalog.pg_roles r ON r.oid" WF_EQ "p.proowner) " \
	"ON p.proname" WF_EQ "w.name::pg_catalog.name GROUP BY w.name, w.symbol " \
	"HAVING pg_catalog.count(p.oid)" WF_NE "1 OR NOT pg_catalog.bool_and(l.lanname" WF_EQ \
	"'c' AND p.probin" WF_EQ "'$libdir/pg_wasm' AND p.prosrc" WF_EQ "w.symbol " \
	"AND NOT p.prosecdef AND p.proconfig IS NULL AND r.rolsuper AND " \
	IN_EXTENSION("pg_proc", "p.oid") ") "

#define ODD_LANGUAGE \
	"UNION ALL SELECT 'o', 'D16', 'language wasm', 'untrusted, handler wasm.call_handler', " \
	"coalesce(pg_catalog.max(CASE WHEN l.lanpltrusted THEN 'trusted' ELSE 'untrusted' END" \
	WF_CAT "', handler '" WF_CAT "l.lanplcallfoid::pg_catalog.regprocedure::pg_catalog.text" \
	WF_CAT "CASE WHEN r.rolsuper THEN '' ELSE ', owner is no superuser' END), 'missing') " \
	"FROM pg_catalog.pg_language l " \
	"LEFT JOIN pg_catalog.pg_roles r ON r.oid" WF_EQ "l.lanowner " \
	"LEFT JOIN pg_catalog.pg_proc p ON p.oid" WF_EQ "l.lanplcallfoid " \
	"LEFT JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "p.pronamespace " \
	"WHERE l.lanname" WF_EQ "'wasm' HAVING pg_catalog.count(*)" WF_NE "1 OR NOT " \
	"pg_catalog.bool_and(NOT l.lanpltrusted AND n.nspname" WF_EQ "'wasm' AND p.proname" WF_EQ \
	"'call_handler' AND r.rolsuper) "

/* Another language with the engine's handler would run modules unseen. */
#define ODD_SECOND_LANGUAGE \
	"UNION ALL SELECT 'o', 'D16', 'language '" WF_CAT "l.lanname, 'no second language', " \
	"'handler '" WF_CAT "l.lanplcallfoid::pg_catalog.regprocedure::pg_catalog.text " \
	"FROM pg_catalog.pg_language l JOIN pg_catalog.pg_proc p ON p.oid" WF_EQ "l.lanplcallfoid " \
	"WHERE l.lanname" WF_NE "'wasm' AND p.prosrc" WF_EQ "'pgw_sql_call_handler' "

#define ODD_TABLES \
	"UNION ALL SELECT 'o', 'D16', 'table wasm.'" WF_CAT "w.name, 'the extension''s plain table', " \
	"CASE WHEN c.oid IS NULL THEN 'missing' " \
	"WHEN c.relkind" WF_EQ "'v' THEN 'a view' " \
	"WHEN c.relkind" WF_NE "'r' THEN 'a relation of kind '" WF_CAT "c.relkind::pg_catalog.text " \
	"WHEN NOT " IN_EXTENSION("pg_class", "c.oid") " THEN 'a table that is not of the extension' " \
	"WHEN c.relrowsecurity THEN 'a table with row security' " \
	"WHEN NOT r.rolsuper THEN 'a table whose owner is no superuser' " \
	"WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_rewrite x WHERE x.ev_class" WF_EQ "c.oid) " \
	"THEN 'a table with a rule' " \
	"WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_inherits x WHERE x.inhparent" WF_EQ "c.oid " \
	"OR x.inhrelid" WF_EQ "c.oid) THEN 'a table with relatives' " \
	"WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_trigger x WHERE x.tgrelid" WF_EQ "c.oid " \
	"AND NOT x.tgisinternal) THEN 'a table with a trigger' END " \
	"FROM (VALUES ('module'), ('function_def')) AS w(name) " \
	"LEFT JOIN (pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ \
	"c.relnamespace AND n.nspname" WF_EQ "'wasm' JOIN pg_catalog.pg_roles r ON r.oid" WF_EQ \
	"c.relowner) ON c.relname" WF_EQ "w.name::pg_catalog.name "

#define ODD_CONSTRAINTS \
	"UNION ALL SELECT 'o', 'D16', 'constraint '" WF_CAT "w.name, 'valid', " \
	"CASE WHEN x.oid IS NULL THEN 'missing' WHEN NOT x.convalidated THEN 'not validated' END " \
	"FROM (VALUES ('module', 'module_sha256_check', 'c'), ('module', 'module_pkey', 'p'), " \
	"('function_def', 'function_def_pkey', 'p'), " \
	"('function_def', 'function_def_sha256_fkey', 'f')) AS w(tab, name, kind) " \
	"JOIN pg_catalog.pg_class c ON c.relname" WF_EQ "w.tab::pg_catalog.name " \
	"JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "c.relnamespace AND n.nspname" WF_EQ \
	"'wasm' AND c.relkind" WF_EQ "'r' " \
	"LEFT JOIN pg_catalog.pg_constraint x ON x.conrelid" WF_EQ "c.oid AND x.conname" WF_EQ \
	"w.name::pg_catalog.name AND x.contype::pg_catalog.text" WF_EQ "w.kind "

#define ODD_EVENT_TRIGGER \
	"UNION ALL SELECT 'o', 'D16', 'event trigger wasm_sql_drop', 'enabled', " \
	"CASE WHEN t.oid IS NULL THEN 'missing' WHEN t.evtenabled" WF_EQ "'D' THEN 'disabled' " \
	"WHEN t.evtenabled" WF_EQ "'R' THEN 'enabled on replicas only' END " \
	"FROM (VALUES ('wasm_sql_drop')) AS w(name) LEFT JOIN pg_catalog.pg_event_trigger t " \
	"ON t.evtname" WF_EQ "w.name::pg_catalog.name "

#define SUPERUSERS \
	"UNION ALL SELECT 'u', r.rolname, '', '', NULL FROM pg_catalog.pg_roles r WHERE r.rolsuper "

/* What a function that this role creates has from the start. */
#define DEFAULT_GRANTS \
	"UNION ALL SELECT 'd', coalesce(n.nspname, ''), " ROLE("a.grantee") ", '', NULL " \
	"FROM pg_catalog.pg_default_acl d JOIN pg_catalog.pg_roles r ON r.oid" WF_EQ "d.defaclrole " \
	"AND r.rolname" WF_EQ "current_user " \
	"LEFT JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "d.defaclnamespace " \
	"CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) a WHERE d.defaclobjtype" WF_EQ \
	"'f' AND a.privilege_type" WF_EQ "'EXECUTE' AND a.grantee" WF_NE "d.defaclrole "

static const char sql[] =
	"SELECT * FROM (" SETTINGS ROLE_SETTINGS FUNCTION_SETTINGS EXCESS_SCHEMA EXCESS_FUNCTION
	EXCESS_TABLE ODD_FUNCTIONS ODD_LANGUAGE ODD_SECOND_LANGUAGE ODD_TABLES ODD_CONSTRAINTS
	ODD_EVENT_TRIGGER SUPERUSERS DEFAULT_GRANTS ") AS f(kind, a, b, c, d) "
	"ORDER BY f.kind, f.a COLLATE \"C\", f.b COLLATE \"C\", f.c COLLATE \"C\", f.d COLLATE \"C\"";

/* What the configuration files say and the next reload or restart brings: the
 * last line about a name counts.  Only who was given both may look; for the
 * others it is what the server has taken up that is compared. */
static const char may_pending_sql[] =
	"SELECT pg_catalog.has_table_privilege('pg_catalog.pg_file_settings', 'SELECT') "
	"AND pg_catalog.has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'EXECUTE')";
static const char pending_sql[] =
	"SELECT DISTINCT ON (f.name) f.name, f.setting, 'file '" WF_CAT "f.sourcefile "
	"FROM pg_catalog.pg_file_settings f WHERE pg_catalog.starts_with(f.name, 'pg_wasm.') "
	"AND f.setting IS NOT NULL AND f.sourcefile IS NOT NULL "
	"ORDER BY f.name, f.seqno DESC";

static enum wf_rc
pending(struct wf_engine *e, struct wf_live *live, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *may = NULL;
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	enum wf_rc rc = wf_pg_exec(e->pg, may_pending_sql, NULL, 0, &may, err);
	size_t i;

	if (rc == WF_OK && wf_pg_bool(may, 0, 0))
		rc = wf_pg_exec(e->pg, pending_sql, NULL, 0, &rows, err);
	for (i = 0; rc == WF_OK && rows && i < wf_pg_count(rows); i++)
		wf_engine_add_setting(live, wf_pg_z(rows, i, 0), wf_pg_z(rows, i, 1),
		                      wf_pg_z(rows, i, 2), NULL);
	return rc == WF_OK ? rc : wf_err_wrap(err, "the configuration files");
}

enum wf_rc
wf_pg_wasm_surroundings(struct wf_engine *e, struct wf_live *live, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	enum wf_rc rc = wf_pg_exec(e->pg, sql, NULL, 0, &rows, err);
	const char *kind, *a, *b, *c, *d;
	size_t i;

	if (rc != WF_OK)
		return wf_err_wrap(err, "the engine's surroundings");
	for (i = 0; i < wf_pg_count(rows); i++) {
		kind = wf_pg_z(rows, i, 0);
		a = wf_pg_z(rows, i, 1);
		b = wf_pg_z(rows, i, 2);
		c = wf_pg_z(rows, i, 3);
		d = wf_pg_z(rows, i, 4);
		if (!kind || !a || !b || !c)
			return wf_err_set(err, WF_R_PROTOCOL,
			                  "the engine's surroundings: an answer without its values");
		if (*kind == 's')
			wf_engine_add_setting(live, a, b, c, d);
		else if (*kind == 'u')
			wf_engine_push(live, &live->superusers, a);
		else if (*kind == 'd')
			wf_engine_add_default(live, a, b);
		else if (*kind == 'x')
			wf_engine_add_excess(live, a, b, c);
		else if (d) /* an oddity whose observation is NULL is none */
			wf_engine_add_oddity(live, a, b, c, d);
	}
	return pending(e, live, err);
}
