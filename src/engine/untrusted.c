/* SPDX-License-Identifier: Apache-2.0
 *
 * Languages and schemas.  Must never count a function as the engine's because
 * of its name: by OID, and only while its wrapper is as it should be.
 */
#include "engine/untrusted.h"

#include <string.h>

#include "engine/adapter.h"

/* f: function, its schema, signature, language, owner, OID.  c: schema, role
 * that may create in it.  Schemas of the server's own are left out. */
static const char sql[] =
	"WITH n AS MATERIALIZED (SELECT n.oid, n.nspname, n.nspowner, n.nspacl FROM pg_catalog.pg_namespace n "
	"WHERE NOT pg_catalog.starts_with(n.nspname::pg_catalog.text, 'pg_') AND n.nspname" WF_NE
	"'information_schema') SELECT * FROM ("
	"SELECT 'f', n.nspname::pg_catalog.text, p.oid::pg_catalog.regprocedure::pg_catalog.text, "
	"l.lanname::pg_catalog.text, pg_catalog.pg_get_userbyid(p.proowner)::pg_catalog.text, "
	"p.oid::pg_catalog.text FROM pg_catalog.pg_proc p JOIN n ON n.oid" WF_EQ "p.pronamespace "
	"JOIN pg_catalog.pg_language l ON l.oid" WF_EQ "p.prolang AND NOT l.lanpltrusted "
	"AND l.lanname" WF_NE "'sql' AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d "
	"WHERE d.classid" WF_EQ "'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid" WF_EQ "p.oid "
	"AND d.deptype" WF_EQ "'e') "
	"UNION ALL SELECT DISTINCT 'c', n.nspname::pg_catalog.text, CASE WHEN a.grantee" WF_EQ
	"0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text END, '', '', '' "
	"FROM n CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(n.nspacl, "
	"pg_catalog.acldefault('n', n.nspowner))) a WHERE a.privilege_type" WF_EQ "'CREATE'"
	") s(kind, schema, a, b, c, oid) ORDER BY s.kind, s.schema COLLATE \"C\", s.a COLLATE \"C\"";

/* The engine runs it, and it is as the engine makes it. */
static bool
ours(const struct wf_live *live, int64_t oid)
{
	size_t i;

	for (i = 0; i < live->nfunctions; i++)
		if (live->functions[i].oid == oid)
			return live->functions[i].wrapper_ok;
	return false;
}

enum wf_rc
wf_engine_untrusted(struct wf_engine *e, struct wf_live *live, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	enum wf_rc rc = wf_engine_ask(e, sql, NULL, 0, &rows, err);
	size_t i, n = wf_pg_count(rows);

	if (rc != WF_OK)
		return wf_err_wrap(err, "languages");
	live->untrusted = wf_arena_alloc(&live->arena, (n + 1) * sizeof(*live->untrusted));
	live->creators = wf_arena_alloc(&live->arena, (n + 1) * sizeof(*live->creators));
	live->nuntrusted = live->ncreators = 0;
	for (i = 0; i < n; i++) {
		const char *kind = wf_pg_z(rows, i, 0);
		const char *schema = wf_engine_keep(live, wf_pg_z(rows, i, 1));
		const char *a = wf_engine_keep(live, wf_pg_z(rows, i, 2));

		if (!kind || !schema || !a)
			return wf_err_set(err, WF_R_PROTOCOL, "languages: an answer without its values");
		if (*kind == 'c') {
			live->creators[live->ncreators++] = (struct wf_pair){schema, a};
			continue;
		}
		if (ours(live, wf_pg_int(rows, i, 5)))
			continue;
		live->untrusted[live->nuntrusted++] = (struct wf_live_untrusted){
			schema, a, wf_engine_keep(live, wf_pg_z(rows, i, 3)),
			wf_engine_keep(live, wf_pg_z(rows, i, 4)),
		};
	}
	return WF_OK;
}
