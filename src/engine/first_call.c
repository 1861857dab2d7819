/* SPDX-License-Identifier: Apache-2.0
 *
 * The first call.  Must never let anything that others wrote run with the
 * rights of this session: SET LOCAL ROLE would not do, since whoever is called
 * can RESET ROLE.  Inside a SECURITY DEFINER function PostgreSQL refuses that,
 * so the call is made by one that belongs to a role without rights; values,
 * types and the answer are read in there and nowhere else.  It lives in a
 * savepoint that is rolled back: no deferred trigger, cursor or setting of the
 * call is there at COMMIT.
 */
#include "engine/first_call.h"

#include <string.h>

#include "base/limits.h"
#include "engine/adapter.h"
#include "sys/interrupt.h"

#define STR_(x) #x
#define STR(x) STR_(x)

/* One row: the role has rights, whether this session may give it a function.
 * What a role may have and still be nobody is USAGE on schemas. */
static const char ready_sql[] =
	"SELECT r.rolsuper OR r.rolcreaterole OR r.rolcreatedb OR r.rolbypassrls OR r.rolreplication "
	"OR EXISTS (SELECT 1 FROM pg_catalog.pg_auth_members m WHERE m.member" WF_EQ "r.oid) "
	"OR EXISTS (SELECT 1 FROM pg_catalog.pg_shdepend s WHERE s.refclassid" WF_EQ
	"'pg_catalog.pg_authid'::pg_catalog.regclass AND s.refobjid" WF_EQ "r.oid AND s.dbid" WF_EQ
	"ANY (ARRAY[0::pg_catalog.oid, (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname"
	WF_EQ "pg_catalog.current_database())]) AND NOT (s.deptype" WF_EQ "'a' AND s.classid" WF_EQ
	"'pg_catalog.pg_namespace'::pg_catalog.regclass)) "
	"OR EXISTS (SELECT 1 FROM pg_catalog.pg_namespace n CROSS JOIN LATERAL "
	"pg_catalog.aclexplode(n.nspacl) a WHERE a.grantee" WF_EQ "r.oid AND a.privilege_type" WF_NE
	"'USAGE'), pg_catalog.pg_has_role(r.oid, 'MEMBER') "
	"FROM pg_catalog.pg_roles r WHERE r.rolname" WF_EQ "'" WF_NOBODY "'";

enum wf_rc
wf_engine_first_call_ready(struct wf_engine *e, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	enum wf_rc rc = wf_engine_ask(e, ready_sql, NULL, 0, &rows, err);
	const char *why = NULL;

	if (rc != WF_OK)
		return rc;
	if (wf_pg_count(rows) == 0)
		why = "does not exist";
	else if (wf_pg_bool(rows, 0, 0))
		why = "has rights, and must have none";
	else if (!wf_pg_bool(rows, 0, 1))
		why = "is not one that this session may act as";
	if (!why)
		return WF_OK;
	(void)wf_err_set(err, WF_R_PRIVILEGE, "a check is called as role " WF_NOBODY ", which %s", why);
	return wf_err_hint(err, "`wasmfn doctor --grants` prints the SQL that makes it.");
}

/* The function by its exact signature: $1 schema, $2 name, $3 types. */
#define F \
	"WITH f AS MATERIALIZED (SELECT p.oid, p.proname, p.prosecdef, p.proargtypes, n.nspname, " \
	"n.oid AS nsp FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ \
	"p.pronamespace WHERE n.nspname" WF_EQ "$1::pg_catalog.name AND p.proname" WF_EQ \
	"$2::pg_catalog.name AND coalesce((SELECT pg_catalog.string_agg(pg_catalog.format_type(t.v, " \
	"NULL), ', ' ORDER BY t.i) FROM pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) WITH " \
	"ORDINALITY AS t(v, i)), '')" WF_EQ "$3::pg_catalog.text) "

/* Text alone: no value is read as its type, and no operator chosen, before the
 * statement is inside the function.  $4 a JSON array of texts and nulls. */
static const char call_sql[] =
	F "SELECT pg_catalog.format('SELECT CASE WHEN c.v IS NULL THEN NULL ELSE "
	"pg_catalog.format(''%%s'', c.v) END FROM (SELECT %I.%I(%s) AS v OFFSET 0) c', f.nspname, "
	"f.proname, (SELECT pg_catalog.string_agg(coalesce(pg_catalog.quote_literal(a.v), 'NULL')"
	WF_CAT "'::'" WF_CAT "pg_catalog.format_type(t.v, NULL), ', ' ORDER BY t.i) "
	"FROM pg_catalog.unnest(f.proargtypes::pg_catalog.oid[]) WITH ORDINALITY AS t(v, i) JOIN "
	"pg_catalog.jsonb_array_elements_text($4::pg_catalog.jsonb) WITH ORDINALITY AS a(v, i) ON a.i"
	WF_EQ "t.i)), pg_catalog.has_schema_privilege('" WF_NOBODY "'::pg_catalog.name, f.nsp, "
	"'USAGE') FROM f";

/* read-only cannot be taken back inside a savepoint */
static const char prepare_sql[] =
	F "SELECT s.v FROM (VALUES (1, 'SAVEPOINT wasmfn_first_call'), "
	"(2, 'GRANT CREATE ON SCHEMA wasmfn TO " WF_NOBODY "'), "
	"(3, 'CREATE FUNCTION wasmfn.first_call(pg_catalog.text) RETURNS pg_catalog.text LANGUAGE "
	"plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS ''DECLARE r "
	"pg_catalog.text; BEGIN EXECUTE $1 INTO r; RETURN r; END'''), "
	"(4, 'GRANT EXECUTE ON FUNCTION wasmfn.first_call(pg_catalog.text) TO PUBLIC'), "
	"(5, 'ALTER FUNCTION wasmfn.first_call(pg_catalog.text) OWNER TO " WF_NOBODY "'), "
	"(8, 'SET LOCAL transaction_read_only = on'), "
	"(9, 'SET LOCAL statement_timeout = " STR(WF_FIRST_CALL_MS) "') "
	"UNION ALL SELECT 6, pg_catalog.format('ALTER FUNCTION %s SECURITY INVOKER', "
	"f.oid::pg_catalog.regprocedure) FROM f WHERE f.prosecdef "
	"UNION ALL SELECT 7, pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO " WF_NOBODY "', "
	"f.oid::pg_catalog.regprocedure) FROM f) s(n, v) ORDER BY s.n";

static char *
values(const struct wf_manifest_check *k)
{
	WF_AUTO(wf_json_freep) struct wf_json *list = wf_json_array();
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(2 * WF_MAX_MANIFEST_BYTES);
	size_t i;

	for (i = 0; i < k->nargs; i++)
		wf_json_push(list, wf_json_new_z(k->args[i]));
	if (wf_json_dump(list, WF_JSON_COMPACT, &text, NULL) != WF_OK)
		wf_die("a list larger than a manifest file");
	return wf_buf_steal(&text);
}

/* What the server says is the check's outcome, except where the connection or
 * this command ended. */
static enum wf_rc
call(struct wf_engine *e, const char *text, struct wf_pg_rows **out, struct wf_err *err)
{
	static const char sql[] = "SELECT wasmfn.first_call($1::pg_catalog.text)";
	struct wf_pg_param p = WF_PG_Z(text);
	struct wf_err own = {0};
	enum wf_rc rc = wf_pg_exec(e->pg, sql, &p, 1, out, &own);

	if (rc == WF_OK)
		return rc;
	if (wf_pg_lost(e->pg) || !wf_pg_sqlstate(e->pg)[0] || wf_interrupt_check(NULL) != WF_OK) {
		*err = own;
		return rc;
	}
	if (strcmp(wf_pg_sqlstate(e->pg), "57014") == 0)
		return wf_err_set(err, WF_R_CHECK_FAILED, "no answer within %u ms", WF_FIRST_CALL_MS);
	return wf_err_set(err, WF_R_CHECK_FAILED, "%s", own.msg);
}

static enum wf_rc
compare(const struct wf_manifest_check *k, const struct wf_pg_rows *rows, struct wf_err *err)
{
	const char *have = wf_pg_z(rows, 0, 0);

	if (!k->expect_set || (have && k->expect ? strcmp(have, k->expect) == 0 : have == k->expect))
		return WF_OK;
	return wf_err_set(err, WF_R_CHECK_FAILED, "expected %s%.300s%s, found %s%.300s%s",
	                  k->expect ? "\"" : "", k->expect ? k->expect : "NULL", k->expect ? "\"" : "",
	                  have ? "\"" : "", have ? have : "NULL", have ? "\"" : "");
}

static enum wf_rc
first_call(struct wf_engine *e, const struct wf_spec *s, const struct wf_manifest_check *k,
           struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *made = NULL;
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *answer = NULL;
	WF_AUTO(wf_freep) char *args = values(k);
	struct wf_pg_param p[] = {WF_PG_Z(s->schema), WF_PG_Z(s->name),
	                          WF_PG_Z(s->args ? s->args : ""), WF_PG_Z(args)};
	enum wf_rc rc = wf_pg_exec(e->pg, call_sql, p, 4, &made, err);

	if (rc == WF_OK && !wf_pg_z(made, 0, 0))
		rc = wf_err_set(err, WF_R_ENGINE, "the function is not there to be called");
	if (rc == WF_OK && !wf_pg_bool(made, 0, 1)) {
		(void)wf_err_set(err, WF_R_PRIVILEGE, "role " WF_NOBODY " has no USAGE on its schema");
		return wf_err_hint(err, "`wasmfn doctor --grants` prints the SQL that gives it.");
	}
	if (rc == WF_OK)
		rc = wf_pg_exec_made(e->pg, prepare_sql, p, 3, NULL, err);
	if (rc == WF_OK)
		rc = call(e, wf_pg_z(made, 0, 0), &answer, err);
	if (rc == WF_OK)
		rc = wf_pg_exec(e->pg, "ROLLBACK TO SAVEPOINT wasmfn_first_call; "
		                       "RELEASE SAVEPOINT wasmfn_first_call", NULL, 0, NULL, err);
	return rc == WF_OK ? compare(k, answer, err) : rc;
}

enum wf_rc
wf_engine_first_call(struct wf_engine *e, const struct wf_spec *s,
                     const struct wf_manifest_check *k, struct wf_err *err)
{
	enum wf_rc rc = first_call(e, s, k, err);

	return rc == WF_OK ? rc : wf_err_wrap(err, "check of %s.%s", s->schema, s->name);
}
