/* SPDX-License-Identifier: Apache-2.0
 *
 * Functions as PostgreSQL sees them.  Must never look a name up by way of
 * search_path: functions by OID, operators by schema.
 */
#include "engine/privilege.h"

#include <stdio.h>

#include "engine/adapter.h"

#define OID_TEXT 12

static struct wf_pg_param
oid_param(const struct wf_live_function *f, char text[OID_TEXT])
{
	(void)snprintf(text, OID_TEXT, "%u", (unsigned)f->oid);
	return WF_PG_Z(text);
}

/* The owner last: until then the others' grants are its own to take back. */
static const char revoke_sql[] =
	"SELECT s.v FROM (SELECT CASE WHEN a.grantee" WF_EQ "p.proowner THEN 1 ELSE 0 END, "
	"pg_catalog.format('REVOKE ALL ON ROUTINE %s FROM %s CASCADE', "
	"p.oid::pg_catalog.regprocedure, CASE WHEN a.grantee" WF_EQ "0 THEN 'PUBLIC' "
	"ELSE pg_catalog.format('%I', pg_catalog.pg_get_userbyid(a.grantee)) END) "
	"FROM pg_catalog.pg_proc p CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(p.proacl, "
	"pg_catalog.acldefault('f', p.proowner))) a WHERE p.oid" WF_EQ "$1::pg_catalog.oid) "
	"s(n, v) GROUP BY s.n, s.v ORDER BY s.n, s.v COLLATE \"C\"";

static const char restore_sql[] =
	"SELECT pg_catalog.format('GRANT EXECUTE ON ROUTINE %s TO %I', "
	"p.oid::pg_catalog.regprocedure, pg_catalog.pg_get_userbyid(p.proowner)) "
	"FROM pg_catalog.pg_proc p WHERE p.oid" WF_EQ "$1::pg_catalog.oid "
	"AND NOT EXISTS (SELECT 1 FROM pg_catalog.aclexplode(coalesce(p.proacl, "
	"pg_catalog.acldefault('f', p.proowner))) a WHERE a.grantee" WF_EQ "p.proowner "
	"AND a.privilege_type" WF_EQ "'EXECUTE')";

static const char there_sql[] =
	"SELECT 1 FROM pg_catalog.pg_proc p WHERE p.oid" WF_EQ "$1::pg_catalog.oid";

enum wf_rc
wf_engine_revoke_all(struct wf_engine *e, const struct wf_live_function *f, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *there = NULL;
	char text[OID_TEXT];
	struct wf_pg_param p = oid_param(f, text);
	enum wf_rc rc;

	if (e->ops->revoke_all)
		return e->ops->revoke_all(e, &f->spec, err);
	rc = wf_pg_exec(e->pg, there_sql, &p, 1, &there, err);

	if (rc == WF_OK && wf_pg_count(there) != 1)
		rc = wf_err_set(err, WF_R_ENGINE, "the function is not in pg_proc, so it has no "
		                "EXECUTE privilege to take away");
	if (rc == WF_OK)
		rc = wf_pg_exec_made(e->pg, revoke_sql, &p, 1, NULL, err);
	return rc == WF_OK ? rc : wf_err_wrap(err, "%s.%s", f->spec.schema, f->spec.name);
}

enum wf_rc
wf_engine_restore_owner(struct wf_engine *e, const struct wf_live_function *f, struct wf_err *err)
{
	char text[OID_TEXT];
	struct wf_pg_param p = oid_param(f, text);
	enum wf_rc rc;

	if (e->ops->restore_owner)
		return e->ops->restore_owner(e, &f->spec, err);
	rc = wf_pg_exec_made(e->pg, restore_sql, &p, 1, NULL, err);
	return rc == WF_OK ? rc : wf_err_wrap(err, "%s.%s", f->spec.schema, f->spec.name);
}
