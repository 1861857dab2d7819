/* SPDX-License-Identifier: Apache-2.0
 *
 * The walk through pg_depend.  Must never run anything it finds.
 */
#include "engine/dependents.h"

#include <string.h>

#include "engine/adapter.h"

#define CLASS(name) "'pg_catalog." name "'::pg_catalog.regclass"
#define IS(column, name) column WF_EQ CLASS(name)

/* From an object to those that stand for it: a rule for its view, a default
 * for its generated column. */
#define NEXT \
	"(SELECT d.classid, d.objid, 0 WHERE " IS("d.classid", "pg_proc") " OR " \
	IS("d.classid", "pg_operator") \
	" UNION ALL SELECT " CLASS("pg_class") ", w.ev_class, 0 FROM pg_catalog.pg_rewrite w " \
	"WHERE " IS("d.classid", "pg_rewrite") " AND w.oid" WF_EQ "d.objid " \
	"UNION ALL SELECT " CLASS("pg_class") ", a.adrelid, a.adnum FROM pg_catalog.pg_attrdef a " \
	"JOIN pg_catalog.pg_attribute t ON t.attrelid" WF_EQ "a.adrelid AND t.attnum" WF_EQ \
	"a.adnum WHERE " IS("d.classid", "pg_attrdef") " AND a.oid" WF_EQ "d.objid " \
	"AND t.attgenerated" WF_EQ "'s') r(classid, objid, sub)"

#define WALK \
	"WITH RECURSIVE d(root, classid, objid, sub) AS (" \
	"SELECT f.v::pg_catalog.oid, p.classid, p.objid, p.objsubid " \
	"FROM pg_catalog.jsonb_array_elements_text($1::pg_catalog.jsonb) f(v) " \
	"JOIN pg_catalog.pg_depend p ON " IS("p.refclassid", "pg_proc") " AND p.refobjid" WF_EQ \
	"f.v::pg_catalog.oid " \
	"UNION SELECT d.root, p.classid, p.objid, p.objsubid FROM d CROSS JOIN LATERAL " NEXT \
	" JOIN pg_catalog.pg_depend p ON p.refclassid" WF_EQ "r.classid AND p.refobjid" WF_EQ \
	"r.objid AND (r.sub" WF_EQ "0 OR p.refobjsubid" WF_EQ "r.sub) " \
	"WHERE CASE WHEN r.sub" WF_NE "0 THEN " IS("p.classid", "pg_class") " OR " \
	IS("p.classid", "pg_constraint") " WHEN " IS("r.classid", "pg_class") " THEN " \
	IS("p.classid", "pg_rewrite") " ELSE true END) "

#define KIND \
	"CASE WHEN c.relkind" WF_EQ "ANY (ARRAY['i', 'I']::pg_catalog.\"char\"[]) THEN 'index' " \
	"WHEN c.oid IS NOT NULL THEN 'partition key' " \
	"WHEN v.relkind" WF_EQ "'v' THEN 'view' WHEN v.relkind" WF_EQ "'m' THEN 'materialized view' " \
	"WHEN v.oid IS NOT NULL THEN 'rule' " \
	"WHEN t.attgenerated" WF_EQ "'s' THEN 'generated column' " \
	"WHEN t.attrelid IS NOT NULL THEN 'column default' " \
	"WHEN k.oid IS NOT NULL THEN 'constraint' " \
	"WHEN " IS("d.classid", "pg_trigger") " THEN 'trigger' " \
	"WHEN " IS("d.classid", "pg_policy") " THEN 'policy' " \
	"WHEN " IS("d.classid", "pg_proc") " THEN 'function' " \
	"WHEN " IS("d.classid", "pg_operator") " THEN 'operator' " \
	"WHEN " IS("d.classid", "pg_statistic_ext") " THEN 'statistics' " \
	"WHEN " IS("d.classid", "pg_amproc") " OR " IS("d.classid", "pg_amop") \
	" THEN 'operator class' ELSE 'object' END"

#define STORED \
	"c.oid IS NOT NULL OR t.attgenerated" WF_EQ "'s' OR k.oid IS NOT NULL OR " \
	IS("d.classid", "pg_amproc") " OR " IS("d.classid", "pg_amop")

#define REMEDY \
	"CASE WHEN c.relkind" WF_EQ "ANY (ARRAY['i', 'I']::pg_catalog.\"char\"[]) " \
	"THEN pg_catalog.format('REINDEX INDEX CONCURRENTLY %s', c.oid::pg_catalog.regclass) " \
	"WHEN v.relkind" WF_EQ "'m' " \
	"THEN pg_catalog.format('REFRESH MATERIALIZED VIEW %s', v.oid::pg_catalog.regclass) " \
	"WHEN t.attgenerated" WF_EQ "'s' THEN pg_catalog.format('UPDATE %s SET %I = DEFAULT', " \
	"t.attrelid::pg_catalog.regclass, t.attname) " \
	"WHEN k.conrelid" WF_NE "0 THEN pg_catalog.format('SELECT * FROM %s WHERE NOT (%s)', " \
	"k.conrelid::pg_catalog.regclass, pg_catalog.pg_get_expr(k.conbin, k.conrelid)) END"

static const char sql[] =
	"SELECT * FROM (" WALK "SELECT d.root, " KIND ", pg_catalog.pg_describe_object(d.classid, d.objid, d.sub), "
	"coalesce(" STORED ", false), " REMEDY " FROM d "
	"LEFT JOIN pg_catalog.pg_class c ON " IS("d.classid", "pg_class") " AND c.oid" WF_EQ "d.objid "
	"LEFT JOIN pg_catalog.pg_rewrite w ON " IS("d.classid", "pg_rewrite") " AND w.oid" WF_EQ
	"d.objid LEFT JOIN pg_catalog.pg_class v ON v.oid" WF_EQ "w.ev_class "
	"LEFT JOIN pg_catalog.pg_attrdef a ON " IS("d.classid", "pg_attrdef") " AND a.oid" WF_EQ
	"d.objid LEFT JOIN pg_catalog.pg_attribute t ON t.attrelid" WF_EQ "a.adrelid AND t.attnum"
	WF_EQ "a.adnum LEFT JOIN pg_catalog.pg_constraint k ON " IS("d.classid", "pg_constraint")
	" AND k.oid" WF_EQ "d.objid AND k.contype" WF_EQ "'c' "
	") s(root, kind, object, stored, remedy) ORDER BY s.root, s.stored DESC, "
	"s.kind COLLATE \"C\", s.object COLLATE \"C\"";

static const char *
keep(struct wf_arena *a, const struct wf_pg_rows *rows, size_t i, size_t column)
{
	struct wf_str s = wf_pg_str(rows, i, column);

	return wf_pg_z(rows, i, column) ? wf_arena_strn(a, s.p, s.len) : NULL;
}

enum wf_rc
wf_engine_dependents(struct wf_engine *e, const uint32_t *oids, size_t n, struct wf_arena *a,
                     struct wf_dependent **out, size_t *nout, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf list = WF_BUF_INIT(12 * n + 16);
	struct wf_pg_param p;
	enum wf_rc rc;
	size_t i;

	wf_buf_putz(&list, "[");
	for (i = 0; i < n; i++)
		wf_buf_putf(&list, "%s%u", i ? "," : "", (unsigned)oids[i]);
	wf_buf_putz(&list, "]");
	p = WF_PG_Z(wf_buf_z(&list));
	rc = wf_engine_ask(e, sql, &p, 1, &rows, err);
	if (rc != WF_OK)
		return wf_err_wrap(err, "dependents");
	*out = wf_arena_alloc(a, (wf_pg_count(rows) + 1) * sizeof(**out));
	*nout = wf_pg_count(rows);
	for (i = 0; i < *nout; i++)
		(*out)[i] = (struct wf_dependent){
			.oid = (uint32_t)wf_pg_int(rows, i, 0),
			.kind = keep(a, rows, i, 1),
			.object = keep(a, rows, i, 2),
			.stored = wf_pg_bool(rows, i, 3),
			.remedy = keep(a, rows, i, 4),
		};
	return WF_OK;
}
