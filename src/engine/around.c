/* SPDX-License-Identifier: Apache-2.0
 *
 * What adapters ask alike: settings of an engine with their overrides,
 * superusers, default privileges.  Catalogs only: any role may look.
 */
#include "engine/adapter.h"

#define NAME_OF "pg_catalog.split_part(c.v, '=', 1)"
#define VALUE_OF "pg_catalog.substr(c.v, pg_catalog.strpos(c.v, '=')" \
	" OPERATOR(pg_catalog.+) 1)"

/* starts_with() is of PostgreSQL 11, and one engine is for 10 */
#define BEGINS(text) "pg_catalog.left(" text ", pg_catalog.length($1::pg_catalog.text))" \
	WF_EQ "$1::pg_catalog.text "

/* $1: what the settings' names begin with; NULL: it has none. */
static const char sql[] =
	"SELECT * FROM ("
	"SELECT 's', s.name, s.setting, 'server', s.source FROM pg_catalog.pg_settings s "
	"WHERE " BEGINS("s.name")
	"UNION ALL SELECT 's', " NAME_OF ", " VALUE_OF ", "
	"CASE WHEN s.setrole" WF_EQ "0 THEN 'database '" WF_CAT "d.datname "
	"WHEN s.setdatabase" WF_EQ "0 THEN 'role '" WF_CAT "pg_catalog.pg_get_userbyid(s.setrole) "
	"ELSE 'role '" WF_CAT "pg_catalog.pg_get_userbyid(s.setrole)" WF_CAT "' in database '"
	WF_CAT "d.datname END, NULL FROM pg_catalog.pg_db_role_setting s "
	"LEFT JOIN pg_catalog.pg_database d ON d.oid" WF_EQ "s.setdatabase "
	"CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c(v) "
	"WHERE " BEGINS("c.v") "AND (s.setdatabase" WF_EQ "0 "
	"OR d.datname" WF_EQ "pg_catalog.current_database()) "
	"UNION ALL SELECT 's', " NAME_OF ", " VALUE_OF ", "
	"'function '" WF_CAT "n.nspname" WF_CAT "'.'" WF_CAT "p.proname, NULL "
	"FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "p.pronamespace "
	"CROSS JOIN LATERAL pg_catalog.unnest(p.proconfig) AS c(v) "
	"WHERE " BEGINS("c.v")
	"UNION ALL SELECT 'u', r.rolname, '', '', NULL FROM pg_catalog.pg_roles r WHERE r.rolsuper "
	"UNION ALL SELECT 'd', coalesce(n.nspname, ''), CASE WHEN a.grantee" WF_EQ "0 THEN 'PUBLIC' "
	"ELSE pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text END, '', NULL "
	"FROM pg_catalog.pg_default_acl d JOIN pg_catalog.pg_roles r ON r.oid" WF_EQ "d.defaclrole "
	"AND r.rolname" WF_EQ "current_user "
	"LEFT JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "d.defaclnamespace "
	"CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) a WHERE d.defaclobjtype" WF_EQ
	"'f' AND a.privilege_type" WF_EQ "'EXECUTE' AND a.grantee" WF_NE "d.defaclrole "
	") AS f(kind, a, b, c, d) "
	"ORDER BY f.kind, f.a COLLATE \"C\", f.b COLLATE \"C\", f.c COLLATE \"C\", f.d COLLATE \"C\"";

enum wf_rc
wf_engine_around(struct wf_engine *e, const char *prefix, struct wf_live *live,
                 struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	struct wf_pg_param p = WF_PG_Z(prefix);
	enum wf_rc rc = wf_pg_exec(e->pg, sql, &p, 1, &rows, err);
	size_t i;

	if (rc != WF_OK)
		return wf_err_wrap(err, "settings and roles");
	for (i = 0; i < wf_pg_count(rows); i++) {
		const char *kind = wf_pg_z(rows, i, 0), *a = wf_pg_z(rows, i, 1);
		const char *b = wf_pg_z(rows, i, 2), *c = wf_pg_z(rows, i, 3);

		if (!kind || !a || !b || !c)
			return wf_err_set(err, WF_R_PROTOCOL,
			                  "settings and roles: an answer without its values");
		if (*kind == 's')
			wf_engine_add_setting(live, a, b, c, wf_pg_z(rows, i, 4));
		else if (*kind == 'u')
			wf_engine_push(live, &live->superusers, a);
		else
			wf_engine_add_default(live, a, b);
	}
	return WF_OK;
}

enum wf_rc
wf_engine_facts(struct wf_engine *e, const char *text, const struct wf_pg_param *p, size_t n,
                struct wf_live *live, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	enum wf_rc rc = wf_pg_exec(e->pg, text, p, n, &rows, err);
	size_t i;

	if (rc != WF_OK)
		return rc;
	for (i = 0; i < wf_pg_count(rows); i++) {
		const char *kind = wf_pg_z(rows, i, 0), *a = wf_pg_z(rows, i, 1);
		const char *b = wf_pg_z(rows, i, 2), *c = wf_pg_z(rows, i, 3);

		if (!kind || !a)
			return wf_err_set(err, WF_R_PROTOCOL, "an answer without its values");
		/* what is as it should be gives NULL */
		if (*kind == 's' && b)
			wf_engine_add_setting(live, a, b, "server", NULL);
		else if (*kind == 'x' && b && c)
			wf_engine_add_excess(live, a, b, c);
		else if (*kind == 'o' && b && c)
			wf_engine_add_oddity(live, "D16", a, b, c);
		else if (*kind == 'n' && b)
			wf_engine_unreadable(live, "%s: %s", a, b);
	}
	return WF_OK;
}

enum wf_rc
wf_engine_one_text(struct wf_engine *e, const char *text, const struct wf_pg_param *p, size_t n,
                   char **out, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	enum wf_rc rc = wf_pg_exec(e->pg, text, p, n, &rows, err);

	if (rc != WF_OK)
		return rc;
	if (wf_pg_count(rows) != 1 || !wf_pg_z(rows, 0, 0))
		return wf_err_set(err, WF_R_ENGINE, "the database has changed under this run");
	*out = wf_strdup(wf_pg_z(rows, 0, 0));
	return WF_OK;
}
