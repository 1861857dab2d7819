/* SPDX-License-Identifier: Apache-2.0
 *
 * Modules kept as rows of a table: a key and the bytes, which somebody else's
 * code loads (pg_extism does).  Named by --engine table:SCHEMA.TABLE(KEY,BYTES),
 * never probed for: any table could be one.  Must never take a view, a foreign
 * table or a key that is not unique for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/limits.h"
#include "engine/adapter.h"

struct parts {
	char relation[2 * WF_MAX_SQL_NAME_BYTES + 8]; /* as written, "s"."t" or s.t */
	char key[WF_MAX_SQL_NAME_BYTES + 1], data[WF_MAX_SQL_NAME_BYTES + 1];
};

static bool
column(const char *p, size_t n, char out[WF_MAX_SQL_NAME_BYTES + 1])
{
	while (n && *p == ' ')
		p++, n--;
	while (n && p[n - 1] == ' ')
		n--;
	if (n == 0 || n > WF_MAX_SQL_NAME_BYTES)
		return false;
	memcpy(out, p, n);
	out[n] = '\0';
	return true;
}

static bool
split(const char *parameter, struct parts *out)
{
	const char *open = strrchr(parameter, '('), *comma = open ? strchr(open, ',') : NULL;
	size_t end = strlen(parameter), n = open ? (size_t)(open - parameter) : 0;

	if (!comma || parameter[end - 1] != ')' || n == 0 || n >= sizeof(out->relation))
		return false;
	memcpy(out->relation, parameter, n);
	out->relation[n] = '\0';
	/* a name without its schema would mean what search_path says */
	return strchr(out->relation, '.') && column(open + 1, (size_t)(comma - open) - 1, out->key) &&
	       column(comma + 1, end - (size_t)(comma - parameter) - 2, out->data);
}

/* $1 relation $2 key $3 bytes: what is wrong with it, NULL: nothing. */
static const char facts_sql[] =
	"SELECT c.oid, n.nspname, c.relname, pg_catalog.pg_get_userbyid(c.relowner), "
	"CASE WHEN c.relkind" WF_NE "'r' OR c.relpersistence" WF_NE "'p' "
	"THEN 'it is no plain, permanent table' "
	"WHEN c.relrowsecurity THEN 'it has row security' "
	"WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_inherits x WHERE x.inhparent" WF_EQ "c.oid "
	"OR x.inhrelid" WF_EQ "c.oid) THEN 'it has relatives' "
	"WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_rewrite x WHERE x.ev_class" WF_EQ "c.oid) "
	"THEN 'it has a rule' "
	"WHEN k.atttypid IS NULL OR NOT k.atttypid" WF_EQ "ANY (ARRAY['text', 'varchar', 'name']"
	"::pg_catalog.regtype[]::pg_catalog.oid[]) THEN 'its key column is not there or no text' "
	"WHEN d.atttypid IS NULL OR d.atttypid" WF_NE "'pg_catalog.bytea'::pg_catalog.regtype "
	"THEN 'its column of bytes is not there or no bytea' "
	"WHEN NOT k.attnotnull OR NOT EXISTS (SELECT 1 FROM pg_catalog.pg_index i "
	"WHERE i.indrelid" WF_EQ "c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate "
	"AND i.indpred IS NULL AND i.indnkeyatts" WF_EQ "1 AND i.indkey[0]" WF_EQ "k.attnum) "
	"THEN 'its key column is not unique and not null' END, "
	"pg_catalog.has_table_privilege(c.oid, 'SELECT') "
	"AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') "
	"FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "c.relnamespace "
	"LEFT JOIN pg_catalog.pg_attribute k ON k.attrelid" WF_EQ "c.oid AND k.attname" WF_EQ
	"$2::pg_catalog.name AND k.attnum OPERATOR(pg_catalog.>) 0 AND NOT k.attisdropped "
	"LEFT JOIN pg_catalog.pg_attribute d ON d.attrelid" WF_EQ "c.oid AND d.attname" WF_EQ
	"$3::pg_catalog.name AND d.attnum OPERATOR(pg_catalog.>) 0 AND NOT d.attisdropped "
	"WHERE c.oid" WF_EQ "pg_catalog.to_regclass($1::pg_catalog.text)";

static enum wf_rc
facts(struct wf_pg *pg, const struct parts *t, struct wf_pg_rows **out, struct wf_err *err)
{
	struct wf_pg_param p[] = {WF_PG_Z(t->relation), WF_PG_Z(t->key), WF_PG_Z(t->data)};
	enum wf_rc rc = wf_pg_exec(pg, facts_sql, p, WF_COUNT(p), out, err);

	if (rc != WF_OK)
		return wf_err_wrap(err, "table %s", t->relation);
	if (wf_pg_count(*out) == 1 && wf_pg_z(*out, 0, 4))
		return wf_err_set(err, WF_R_ENGINE, "table %s(%s, %s) cannot hold modules: %s",
		                  t->relation, t->key, t->data, wf_pg_z(*out, 0, 4));
	return WF_OK;
}

static enum wf_rc
probe(struct wf_pg *pg, const char *parameter, bool *present, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	struct parts t;
	enum wf_rc rc;

	*present = false;
	if (!parameter)
		return WF_OK;
	if (!split(parameter, &t))
		return wf_err_set(err, WF_R_USAGE,
		                  "engine table: expected table:SCHEMA.TABLE(KEY,BYTES), found "
		                  "\"table:%.120s\"", parameter);
	rc = facts(pg, &t, &rows, err);
	*present = rc == WF_OK && wf_pg_count(rows) == 1;
	return rc;
}

/* The server puts the names into a statement of ours: %1$I schema, %2$I
 * table, %3$I key, %4$I bytes, %5$s OID. */
static enum wf_rc
statement(struct wf_engine *e, const char *form, char **out, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	struct wf_pg_param p[6];
	struct parts t;
	enum wf_rc rc;

	if (!e->parameter || !split(e->parameter, &t))
		return wf_err_set(err, WF_R_BUG, "engine table without its table");
	rc = facts(e->pg, &t, &rows, err);
	if (rc != WF_OK)
		return rc;
	if (wf_pg_count(rows) != 1)
		return wf_err_set(err, WF_R_ENGINE, "table %s is gone", t.relation);
	if (!wf_pg_bool(rows, 0, 5))
		return wf_err_set(err, WF_R_PRIVILEGE, "role %s may not read table %s", e->role,
		                  t.relation);
	p[0] = WF_PG_Z(form);
	p[1] = WF_PG_Z(wf_pg_z(rows, 0, 1));
	p[2] = WF_PG_Z(wf_pg_z(rows, 0, 2));
	p[3] = WF_PG_Z(t.key);
	p[4] = WF_PG_Z(t.data);
	p[5] = WF_PG_Z(wf_pg_z(rows, 0, 0));
	return wf_engine_one_text(e, "SELECT pg_catalog.format($1::pg_catalog.text, "
	                             "$2::pg_catalog.text, $3::pg_catalog.text, $4::pg_catalog.text, "
	                             "$5::pg_catalog.text, $6::pg_catalog.text)",
	                          p, WF_COUNT(p), out, err);
}

/* --- reading ----------------------------------------------------------------- */

static const char list_form[] =
	"SELECT %1$L, t.%3$I::pg_catalog.text, pg_catalog.encode(pg_catalog.sha256(t.%4$I), 'hex'), "
	"pg_catalog.length(t.%4$I), pg_catalog.pg_get_userbyid(c.relowner), r.rolsuper "
	"FROM ONLY %1$I.%2$I t JOIN pg_catalog.pg_class c ON c.oid" WF_EQ "t.tableoid "
	"LEFT JOIN pg_catalog.pg_roles r ON r.oid" WF_EQ "c.relowner "
	"WHERE t.tableoid" WF_EQ "%5$s ORDER BY t.%3$I::pg_catalog.text COLLATE \"C\"";

static enum wf_rc
read_rows(struct wf_engine *e, struct wf_live *live, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	WF_AUTO(wf_freep) char *sql = NULL;
	enum wf_rc rc = statement(e, list_form, &sql, err);
	size_t i;

	if (rc == WF_OK)
		rc = wf_pg_exec(e->pg, sql, NULL, 0, &rows, err);
	if (rc != WF_OK)
		return rc;
	live->functions = wf_arena_alloc(&live->arena,
	                                 (wf_pg_count(rows) + 1) * sizeof(*live->functions));
	for (i = 0; i < wf_pg_count(rows); i++) {
		struct wf_live_function f = {.spec = WF_SPEC_INIT, .wrapper_ok = true, .has_row = true};
		const char *hex = wf_pg_z(rows, i, 2);

		f.spec.schema = wf_engine_keep(live, wf_pg_z(rows, i, 0));
		f.spec.name = wf_engine_keep(live, wf_pg_z(rows, i, 1));
		f.spec.owner = wf_engine_keep(live, wf_pg_z(rows, i, 4));
		f.spec.definer = WF_NO;
		f.owner_superuser = wf_pg_bool(rows, i, 5);
		f.size = wf_pg_int(rows, i, 3);
		f.spec.has_module = hex && wf_enc_unhex(wf_str(hex), f.spec.module.sha256,
		                                        sizeof(f.spec.module.sha256));
		if (!f.spec.has_module)
			f.unreadable = "the row holds no bytes";
		live->functions[live->nfunctions++] = f;
	}
	return WF_OK;
}

/* $1 the table's OID: what an attacker would bend.  All of it is recorded with
 * an install and compared from then on; PUBLIC may write in no case. */
static const char around_sql[] =
	"SELECT 's', 'table '" WF_CAT "t.rel" WF_CAT "' written by', coalesce(pg_catalog.string_agg("
	"w.who, ', ' ORDER BY w.who COLLATE \"C\"), 'the owner alone'), NULL FROM "
	"(SELECT c.oid, c.relowner, n.nspname" WF_CAT "'.'" WF_CAT "c.relname AS rel FROM "
	"pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "c.relnamespace "
	"WHERE c.oid" WF_EQ "$1::pg_catalog.oid) t LEFT JOIN LATERAL (SELECT DISTINCT "
	"CASE WHEN a.grantee" WF_EQ "0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(a.grantee)"
	"::pg_catalog.text END" WF_CAT "' '" WF_CAT "a.privilege_type AS who "
	"FROM pg_catalog.pg_class c CROSS JOIN LATERAL (SELECT * FROM "
	"pg_catalog.aclexplode(c.relacl) UNION ALL SELECT x.* FROM pg_catalog.pg_attribute q "
	"CROSS JOIN LATERAL pg_catalog.aclexplode(q.attacl) x WHERE q.attrelid" WF_EQ "c.oid) a "
	"WHERE c.oid" WF_EQ "t.oid AND a.grantee" WF_NE "c.relowner AND a.privilege_type" WF_EQ
	"ANY (ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES'])) w ON true "
	"GROUP BY t.rel "
	"UNION ALL SELECT 's', 'table '" WF_CAT "n.nspname" WF_CAT "'.'" WF_CAT "c.relname" WF_CAT
	"' triggers', coalesce(pg_catalog.string_agg(pg_catalog.pg_get_triggerdef(g.oid), '; ' "
	"ORDER BY g.tgname COLLATE \"C\"), 'none'), NULL FROM pg_catalog.pg_class c "
	"JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "c.relnamespace "
	"LEFT JOIN pg_catalog.pg_trigger g ON g.tgrelid" WF_EQ "c.oid AND NOT g.tgisinternal "
	"WHERE c.oid" WF_EQ "$1::pg_catalog.oid GROUP BY n.nspname, c.relname "
	/* the code that loads the bytes, where it is pg_extism's */
	"UNION ALL SELECT 's', 'function '" WF_CAT "p.oid::pg_catalog.regprocedure::pg_catalog.text, "
	"l.lanname" WF_CAT "' '" WF_CAT "pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to("
	"p.prosrc, 'UTF8')), 'hex'), NULL FROM pg_catalog.pg_proc p "
	"JOIN pg_catalog.pg_language l ON l.oid" WF_EQ "p.prolang "
	"WHERE pg_catalog.starts_with(p.proname::pg_catalog.text, 'extism_') "
	"UNION ALL SELECT 'x', 'table '" WF_CAT "c.oid::pg_catalog.regclass::pg_catalog.text, "
	"'PUBLIC', a.privilege_type FROM pg_catalog.pg_class c CROSS JOIN LATERAL "
	"pg_catalog.aclexplode(c.relacl) a WHERE c.oid" WF_EQ "$1::pg_catalog.oid "
	"AND a.grantee" WF_EQ "0 AND a.privilege_type" WF_NE "'SELECT'";

static enum wf_rc
snapshot(struct wf_engine *e, struct wf_live *live, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *oid = NULL;
	struct wf_pg_param p;
	enum wf_rc rc = statement(e, "%5$s", &oid, err);

	if (rc != WF_OK)
		return rc;
	p = WF_PG_Z(oid);
	rc = read_rows(e, live, err);
	if (rc == WF_OK)
		rc = wf_engine_facts(e, around_sql, &p, 1, live, err);
	if (rc == WF_OK)
		rc = wf_engine_around(e, NULL, live, err);
	live->engine_version = "rows";
	return rc;
}

/* --- writing ----------------------------------------------------------------- */

/* Exactly one row, or nothing has been done. */
static enum wf_rc
change(struct wf_engine *e, const char *form, const struct wf_spec *s, struct wf_str module,
       struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	WF_AUTO(wf_freep) char *sql = NULL;
	WF_AUTO(wf_freep) char *schema = NULL;
	struct wf_pg_param p[] = {WF_PG_Z(s->name), WF_PG_B(module.p, module.len)};
	enum wf_rc rc = statement(e, form, &sql, err);

	if (rc == WF_OK)
		rc = statement(e, "%1$s", &schema, err);
	if (rc == WF_OK && (!schema || strcmp(schema, s->schema) != 0))
		return wf_err_set(err, WF_R_UNFIT, "%s.%s: engine table keeps it in schema %s",
		                  s->schema, s->name, schema ? schema : "");
	if (rc == WF_OK && module.len > WF_MAX_MODULE_BYTES)
		rc = wf_err_set(err, WF_R_LIMIT, "module of %zu bytes: expected at most %u",
		                module.len, WF_MAX_MODULE_BYTES);
	if (rc == WF_OK)
		rc = wf_pg_exec(e->pg, sql, p, module.p ? 2 : 1, &rows, err);
	if (rc == WF_OK && wf_pg_int(rows, 0, 0) != 1)
		rc = wf_err_set(err, WF_R_ENGINE, "%lld rows changed, expected one",
		                (long long)wf_pg_int(rows, 0, 0));
	return rc == WF_OK ? rc : wf_err_wrap(err, "%s.%s", s->schema, s->name);
}

static enum wf_rc
put(struct wf_engine *e, struct wf_str module, const struct wf_spec *s, bool replace,
    struct wf_err *err)
{
	static const char insert_form[] =
		"WITH x AS (INSERT INTO %1$I.%2$I (%3$I, %4$I) VALUES ($1::pg_catalog.text, "
		"$2::pg_catalog.bytea) RETURNING 1) SELECT pg_catalog.count(*) FROM x";
	static const char update_form[] =
		"WITH x AS (UPDATE ONLY %1$I.%2$I t SET %4$I = $2::pg_catalog.bytea "
		"WHERE t.%3$I::pg_catalog.text" WF_EQ "$1::pg_catalog.text RETURNING 1) "
		"SELECT pg_catalog.count(*) FROM x";

	return change(e, replace ? update_form : insert_form, s, module, err);
}

static enum wf_rc
alter(struct wf_engine *e, const struct wf_spec *want, struct wf_err *err)
{
	(void)e;
	(void)want;
	(void)err;
	return WF_OK; /* a row has nothing of its own; what differs is found afterwards */
}

static enum wf_rc
drop(struct wf_engine *e, const struct wf_spec *s, struct wf_err *err)
{
	static const char form[] =
		"WITH x AS (DELETE FROM ONLY %1$I.%2$I t WHERE t.%3$I::pg_catalog.text" WF_EQ
		"$1::pg_catalog.text RETURNING 1) SELECT pg_catalog.count(*) FROM x";

	return change(e, form, s, (struct wf_str){NULL, 0}, err);
}

const struct wf_engine_ops wf_table_ops = {
	.about = {
		.name = "table",
		.can = WF_CAN(BYTES) | WF_CAN(INSTALL) | WF_CAN(REPLACE) | WF_CAN(ONE_TX),
		.partly = WF_CAN(RUNS) | WF_CAN(ENGINE) | WF_CAN(SETTINGS) | WF_CAN(OWNER),
	},
	.keeps = WF_SPEC_MANIFEST | WF_SPEC_MODULE,
	.born_private = true,
	.probe = probe,
	.snapshot = snapshot,
	.put = put,
	.alter = alter,
	.remove = drop,
};
