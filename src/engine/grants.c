/* SPDX-License-Identifier: Apache-2.0
 *
 * Least privilege, once as a table: what is printed is what is compared.  Must
 * never call a role right that could not be looked at.
 */
#include "engine/grants.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "engine/adapter.h"
#include "engine/first_call.h"

#define R (1u << WF_GRANTS_READER)
#define D (1u << WF_GRANTS_DEPLOYER)
#define A (1u << WF_GRANTS_AUDITOR)
#define N (1u << WF_GRANTS_NOBODY)

static const struct {
	const char *name, *about;
} roles[WF_GRANTS_ROLES] = {
	[WF_GRANTS_READER] = {"wasmfn_reader", "reconcile, status and list"},
	[WF_GRANTS_DEPLOYER] = {"wasmfn_deployer",
	                        "install, apply, remove, rollback and quarantine"},
	[WF_GRANTS_AUDITOR] = {"wasmfn_auditor", "log and provenance: the ledger and nothing else"},
	[WF_GRANTS_NOBODY] = {WF_NOBODY, "whom the check of a manifest entry is called as"},
};

#define ITS_SCHEMA "its schema"
#define ITS_TABLE "its table"

/* A function without its types is each of that name.
 * need: who must have it.  may: who may have it besides; the rest is excess.
 * made: by the first install, which grants it too. */
static const struct need {
	const char *engine; /* NULL: any */
	const char *kind, *schema, *name, *privilege;
	unsigned need, may;
	bool made;
} needs[] = {
	{NULL, "database", "", "", "CONNECT", R | D | A, N, false},
	{NULL, "database", "", "", "CREATE", 0, 0, false},
	{NULL, "schema", "", "public", "CREATE", 0, 0, false},
	{NULL, "schema", "", "wasmfn", "USAGE", R | D | A, 0, false},
	{NULL, "schema", "", "wasmfn", "CREATE", D, 0, false},
	{NULL, "table", "wasmfn", "ledger", "SELECT", R | D | A, 0, true},
	{NULL, "table", "wasmfn", "ledger", "INSERT", D, 0, true},
	{NULL, "table", "wasmfn", "ledger", "UPDATE", 0, 0, true},
	{NULL, "table", "wasmfn", "ledger", "DELETE", 0, 0, true},
	{NULL, "table", "wasmfn", "ledger", "TRUNCATE", 0, 0, true},
	{NULL, "table", "wasmfn", "ledger", "TRIGGER", 0, 0, true},
	{NULL, "function", "wasmfn", "provenance", "EXECUTE", R | D | A, 0, true},
	{NULL, "function", "pg_catalog", "pg_control_system", "EXECUTE", R | D, A | N, false},
	{"pg_wasm", "schema", "", "wasm", "USAGE", R | D | N, A, false},
	{"pg_wasm", "schema", "", "wasm", "CREATE", D, 0, false},
	{"pg_wasm", "function", "wasm", "create_function", "EXECUTE", D, 0, false},
	{"pg_wasm", "function", "wasm", "replace_function", "EXECUTE", D, 0, false},
	{"pg_wasm", "function", "wasm", "drop_function", "EXECUTE", D, 0, false},
	{"pg_wasm", "function", "wasm", "module_bytes", "EXECUTE", 0, 0, false},
	{"pg_wasm", "table", "wasm", "module", "SELECT", R | D, 0, false},
	{"pg_wasm", "table", "wasm", "module", "INSERT", 0, 0, false},
	{"pg_wasm", "table", "wasm", "module", "UPDATE", 0, 0, false},
	{"pg_wasm", "table", "wasm", "module", "DELETE", 0, 0, false},
	{"pg_wasm", "table", "wasm", "module", "TRUNCATE", 0, 0, false},
	{"pg_wasm", "table", "wasm", "module", "TRIGGER", 0, 0, false},
	{"pg_wasm", "table", "wasm", "function_def", "SELECT", R | D, 0, false},
	{"pg_wasm", "table", "wasm", "function_def", "INSERT", 0, 0, false},
	{"pg_wasm", "table", "wasm", "function_def", "UPDATE", 0, 0, false},
	{"pg_wasm", "table", "wasm", "function_def", "DELETE", 0, 0, false},
	{"pg_wasm", "table", "wasm", "function_def", "TRUNCATE", 0, 0, false},
	{"pg_wasm", "table", "wasm", "function_def", "TRIGGER", 0, 0, false},
	{"pgwasm", "role", "", "pgwasm_reader", "MEMBER", R | D, 0, false},
	{"pgwasm", "role", "", "pgwasm_loader", "MEMBER", D, 0, false},
	{"pgwasm", "role", "", "pg_read_all_stats", "MEMBER", R | D, 0, false},
	{"pgwasm", "sequence", "pgwasm", "modules_module_id_seq", "USAGE", D, 0, false},
	{"pgwasm", "sequence", "pgwasm", "exports_export_id_seq", "USAGE", D, 0, false},
	{"pgwasm", "function", "pgwasm", "pgwasm_core_invoke_scalar", "EXECUTE", 0, 0, false},
	{"pgwasm", "function", "pg_catalog", "pg_read_binary_file(text,bigint,bigint,boolean)",
	 "EXECUTE", R | D, 0, false},
	{"pgwasm", "function", "pg_catalog", "pg_stat_file(text,boolean)", "EXECUTE", R | D, 0, false},
	{"supabase", "foreign data wrapper", "", "wasm_wrapper", "USAGE", D, 0, false},
	{"wasmer-postgres", "function", "public", "wasm_new_instance", "EXECUTE", 0, 0, false},
	{"wasmer-postgres", "function", "public", "wasm_init", "EXECUTE", 0, 0, false},
	{"table", "schema", "", ITS_SCHEMA, "USAGE", R | D, A | N, false},
	{"table", "table", "", ITS_TABLE, "SELECT", R | D, 0, false},
	{"table", "table", "", ITS_TABLE, "INSERT", D, 0, false},
	{"table", "table", "", ITS_TABLE, "UPDATE", D, 0, false},
	{"table", "table", "", ITS_TABLE, "DELETE", D, 0, false},
	{"table", "table", "", ITS_TABLE, "TRUNCATE", 0, 0, false},
	{"table", "table", "", ITS_TABLE, "TRIGGER", 0, 0, false},
};

/* An engine as --engine has it, and the table that it may be about, as SQL. */
struct place {
	const char *engine, *schema, *table;
};

/* "table:app.modules(name,data)": identifiers, as they were written, and
 * nothing else that SQL could read. */
static void
find_place(const char *engine, struct wf_arena *a, struct place *out)
{
	const char *p = strchr(engine, ':'), *dot = NULL, *end;
	bool quoted = false;

	*out = (struct place){engine, NULL, NULL};
	for (end = p ? p + 1 : NULL; end && *end && (quoted || *end != '('); end++) {
		if (*end == '"')
			quoted = !quoted;
		else if (!quoted && *end == '.')
			dot = end;
		else if (!quoted && !strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		                            "0123456789_$", *end))
			return;
	}
	if (!dot || quoted || *end != '(')
		return;
	out->schema = wf_arena_strn(a, p + 1, (size_t)(dot - p) - 1);
	out->table = wf_arena_strn(a, p + 1, (size_t)(end - p) - 1);
}

const char *
wf_grants_role_name(enum wf_grants_role r)
{
	return roles[r].name;
}

const char *
wf_grants_role_about(enum wf_grants_role r)
{
	return roles[r].about;
}

static bool
of(const struct need *n, const struct place *at)
{
	return !n->engine || (wf_engine_is(at->engine, n->engine) &&
	                      (at->table || strcmp(n->engine, "table") != 0));
}

/* --- as SQL ------------------------------------------------------------------ */

static void WF_PRINTF(3, 4)
say(struct wf_strs *out, struct wf_arena *a, const char *fmt, ...)
{
	const char **grown;
	char *text;
	va_list ap, again;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	text = wf_arena_alloc(a, (size_t)(len > 0 ? len : 0) + 1);
	(void)vsnprintf(text, (size_t)(len > 0 ? len : 0) + 1, fmt, again);
	va_end(again);
	va_end(ap);
	if ((out->n & (out->n - 1)) == 0) {
		grown = wf_arena_alloc(a, (out->n ? 2 * out->n : 1) * sizeof(*grown));
		if (out->n)
			memcpy(grown, out->v, out->n * sizeof(*grown));
		out->v = grown;
	}
	out->v[out->n++] = text;
}

/* Always in quotes: what a policy names may be a key word. */
static const char *
quoted(const char *z, struct wf_arena *a)
{
	char *text = wf_arena_alloc(a, 2 * strlen(z) + 3), *q = text;

	*q++ = '"';
	for (; *z; z++) {
		if (*z == '"')
			*q++ = '"';
		*q++ = *z;
	}
	*q++ = '"';
	*q = '\0';
	return text;
}

static const char *
keyword(const struct need *n)
{
	switch (*n->kind) {
	case 'd': return "DATABASE";
	case 's': return n->kind[1] == 'c' ? "SCHEMA" : "SEQUENCE";
	case 't': return "TABLE";
	}
	return n->kind[1] == 'u' ? "FUNCTION" : "FOREIGN DATA WRAPPER";
}

static bool
is_role(const struct need *n)
{
	return *n->kind == 'r';
}

static const char *
object(const struct need *n, const struct place *at, struct wf_arena *a)
{
	struct wf_strs one = {NULL, 0};

	if (strcmp(n->name, ITS_SCHEMA) == 0)
		return at->schema;
	if (strcmp(n->name, ITS_TABLE) == 0)
		return at->table;
	say(&one, a, "%s%s%s", n->schema, *n->schema ? "." : "", n->name);
	return one.v[0];
}

static void
give(const struct need *n, const struct place *at, const char *to, struct wf_strs *out,
     struct wf_arena *a)
{
	if (is_role(n))
		say(out, a, "GRANT %s TO %s;", n->name, to);
	else
		say(out, a, "GRANT %s ON %s %s TO %s;", n->privilege, keyword(n), object(n, at, a), to);
}

/* What the owner of a function must be able to do there; NULL: nothing. */
static const char *
for_owners(const struct place *at)
{
	return wf_engine_is(at->engine, "pg_wasm") ? "CREATE ON SCHEMA wasm"
	       : wf_engine_is(at->engine, "pgwasm") ? "CREATE ON SCHEMA pgwasm"
	       : wf_engine_is(at->engine, "supabase") ? "USAGE ON FOREIGN DATA WRAPPER wasm_wrapper"
	                                              : NULL;
}

static void
owners_sql(const struct wf_strs *owners, const char *right, struct wf_strs *out,
           struct wf_arena *a)
{
	size_t i;

	if (!right)
		return;
	say(out, a, "-- for each owner that manifest files name");
	for (i = 0; i < owners->n; i++) {
		const char *q = quoted(owners->v[i], a);

		if (strchr(owners->v[i], '*')) {
			say(out, a, "-- and each role that the policy's owners \"%s\" means",
			    owners->v[i]);
			continue;
		}
		say(out, a, "GRANT %s TO wasmfn_deployer;", q);
		say(out, a, "GRANT %s TO %s;", right, q);
	}
	if (owners->n == 0) {
		say(out, a, "-- GRANT app_owner TO wasmfn_deployer;");
		say(out, a, "-- GRANT %s TO app_owner;", right);
	}
}

void
wf_grants_sql(const char *engine, const struct wf_strs *owners, struct wf_arena *a,
              struct wf_strs *out, bool *whole)
{
	struct place at;
	size_t i, k;

	*whole = false;
	find_place(engine, a, &at);
	say(out, a, "-- once, as a superuser, in the target's database");
	for (k = 0; k < WF_GRANTS_ROLES; k++)
		say(out, a, "CREATE ROLE %s%s;", roles[k].name, k == WF_GRANTS_NOBODY ? "" : " LOGIN");
	say(out, a, "GRANT %s TO %s;", roles[WF_GRANTS_NOBODY].name,
	    roles[WF_GRANTS_DEPLOYER].name);
	say(out, a, "CREATE SCHEMA wasmfn AUTHORIZATION wasmfn_deployer;");
	say(out, a, "-- what nobody has who was not given it");
	for (i = 0; i < WF_COUNT(needs); i++)
		if (of(&needs[i], &at) && !needs[i].made && strcmp(needs[i].kind, "database") != 0 &&
		    !is_role(&needs[i]) &&
		    strcmp(needs[i].privilege, "USAGE") != 0 &&
		    strcmp(needs[i].schema, "pg_catalog") != 0 &&
		    strcmp(needs[i].name, "wasmfn") != 0 && strcmp(needs[i].kind, "table") != 0)
			say(out, a, "REVOKE %s ON %s %s FROM PUBLIC;", needs[i].privilege,
			    keyword(&needs[i]), object(&needs[i], &at, a));
	for (k = 0; k < WF_GRANTS_ROLES; k++) {
		say(out, a, "-- %s: %s", roles[k].name, roles[k].about);
		for (i = 0; i < WF_COUNT(needs); i++) {
			const struct need *n = &needs[i];

			*whole = *whole || (n->engine && of(n, &at));
			if (!of(n, &at) || n->made || !(n->need & (1u << k)) ||
			    strcmp(n->kind, "database") == 0 ||
			    (k == WF_GRANTS_DEPLOYER && strcmp(n->name, "wasmfn") == 0))
				continue;
			give(n, &at, roles[k].name, out, a);
		}
	}
	owners_sql(owners, for_owners(&at), out, a);
	say(out, a, "-- the first install makes wasmfn.ledger and lets the first three read it");
}

/* --- as it is ------------------------------------------------------------------ */

/* to_regclass would fail where the schema may not be used. */
#define RELATION \
	"FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "c.relnamespace " \
	"WHERE n.nspname" WF_EQ "(pg_catalog.parse_ident(w.object))[1]::pg_catalog.name " \
	"AND c.relname" WF_EQ "(pg_catalog.parse_ident(w.object))[2]::pg_catalog.name"

/* By OID 0 PUBLIC is meant, which is a member of nothing. */
#define HAS(who) \
	"CASE w.kind " \
	"WHEN 'database' THEN pg_catalog.has_database_privilege(" who ", d.oid, w.privilege) " \
	"WHEN 'schema' THEN (SELECT pg_catalog.has_schema_privilege(" who ", n.oid, w.privilege) " \
	"FROM pg_catalog.pg_namespace n WHERE n.nspname" WF_EQ \
	"(pg_catalog.parse_ident(w.object))[1]::pg_catalog.name) " \
	"WHEN 'table' THEN (SELECT pg_catalog.has_table_privilege(" who ", c.oid, w.privilege) " \
	RELATION ") WHEN 'sequence' THEN (SELECT pg_catalog.has_sequence_privilege(" who ", c.oid, " \
	"w.privilege) " RELATION ") " \
	"WHEN 'foreign data wrapper' THEN (SELECT pg_catalog.has_foreign_data_wrapper_privilege(" who \
	", f.oid, w.privilege) FROM pg_catalog.pg_foreign_data_wrapper f WHERE f.fdwname" WF_EQ \
	"w.name::pg_catalog.name) " \
	"WHEN 'role' THEN (SELECT " who WF_NE "0::pg_catalog.oid AND pg_catalog.pg_has_role(" who \
	", r.oid, w.privilege) FROM pg_catalog.pg_roles r WHERE r.rolname" WF_EQ \
	"w.name::pg_catalog.name AND " who WF_NE "0::pg_catalog.oid) " \
	"WHEN 'one function' THEN pg_catalog.has_function_privilege(" who ", " \
	"pg_catalog.to_regprocedure(w.object)::pg_catalog.oid, w.privilege) " \
	"ELSE (SELECT pg_catalog.bool_or(pg_catalog.has_function_privilege(" who ", p.oid, " \
	"w.privilege)) FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ \
	"p.pronamespace WHERE n.nspname" WF_EQ "w.schema::pg_catalog.name AND p.proname" WF_EQ \
	"w.name::pg_catalog.name) END"

/* $1 the roles' names in order; $2 [{n, kind, schema, name, privilege}].  One
 * row a role and a thing: role, class, whether one of those itself, n,
 * has (NULL: there is no such thing), quoted role, quoted database, and for n
 * -1 an attribute, for n -2 a role it is a member of; whether PUBLIC has it. */
static const char sql[] =
	"WITH g AS (SELECT r.oid, r.rolname, t.i AS class, true AS own FROM "
	"pg_catalog.jsonb_array_elements_text($1::pg_catalog.jsonb) WITH ORDINALITY t(v, i) "
	"JOIN pg_catalog.pg_roles r ON r.rolname" WF_EQ "t.v::pg_catalog.name), "
	"who AS (SELECT * FROM g UNION ALL SELECT * FROM (SELECT DISTINCT ON (m.oid) m.oid, m.rolname, "
	"g.class, false FROM pg_catalog.pg_roles m JOIN g ON pg_catalog.pg_has_role(m.oid, g.oid, 'MEMBER') "
	"WHERE m.rolcanlogin AND NOT m.rolsuper AND NOT m.oid" WF_EQ "ANY (SELECT x.oid FROM g x) "
	"ORDER BY m.oid, CASE g.class WHEN 2 THEN 0 ELSE g.class END) m), "
	"w AS (SELECT * FROM pg_catalog.jsonb_to_recordset($2::pg_catalog.jsonb) AS w(n pg_catalog.int4, "
	"kind pg_catalog.text, schema pg_catalog.text, name pg_catalog.text, object pg_catalog.text, "
	"privilege pg_catalog.text)) "
	"SELECT who.rolname, who.class, who.own, w.n, " HAS("who.oid") ", pg_catalog.quote_ident(who.rolname), pg_catalog.quote_ident(d.datname), NULL, " HAS("0::pg_catalog.oid") " "
	"FROM who CROSS JOIN w CROSS JOIN pg_catalog.pg_database d "
	"JOIN pg_catalog.pg_roles r ON r.oid" WF_EQ "who.oid AND NOT r.rolsuper "
	"WHERE d.datname" WF_EQ "pg_catalog.current_database() "
	"UNION ALL SELECT who.rolname, who.class, who.own, -1, true, pg_catalog.quote_ident(who.rolname), "
	"'', x.v, false FROM who JOIN pg_catalog.pg_roles r ON r.oid" WF_EQ "who.oid CROSS JOIN LATERAL ("
	"VALUES ('SUPERUSER', r.rolsuper), ('CREATEROLE', r.rolcreaterole), ('CREATEDB', r.rolcreatedb), "
	"('BYPASSRLS', r.rolbypassrls), ('REPLICATION', r.rolreplication)) x(v, has) WHERE x.has "
	"UNION ALL SELECT who.rolname, who.class, who.own, -2, true, pg_catalog.quote_ident(who.rolname), "
	"'', p.rolname::pg_catalog.text, false FROM who JOIN pg_catalog.pg_roles p ON p.rolname" WF_EQ
	"ANY (ARRAY['pg_write_all_data', 'pg_read_server_files', 'pg_write_server_files', "
	"'pg_execute_server_program']::pg_catalog.name[]) WHERE pg_catalog.pg_has_role(who.oid, p.oid, "
	"'MEMBER') AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles s WHERE s.oid" WF_EQ
	"who.oid AND s.rolsuper) "
	"ORDER BY 2, 3 DESC, 1, 4 DESC";

static char *
json_params(const struct place *at, struct wf_arena *a, char **names)
{
	WF_AUTO(wf_json_freep) struct wf_json *list = wf_json_array(), *who = wf_json_array();
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MIB), text2 = WF_BUF_INIT(WF_MIB);
	struct wf_json *o;
	size_t i;

	for (i = 0; i < WF_GRANTS_ROLES; i++)
		wf_json_push(who, wf_json_new_z(roles[i].name));
	for (i = 0; i < WF_COUNT(needs); i++) {
		if (!of(&needs[i], at))
			continue;
		o = wf_json_object();
		wf_json_set_int(o, "n", (int64_t)i);
		wf_json_set_z(o, "kind", strchr(needs[i].name, '(') ? "one function" : needs[i].kind);
		wf_json_set_z(o, "schema", needs[i].schema);
		wf_json_set_z(o, "object", object(&needs[i], at, a));
		wf_json_set_z(o, "name", needs[i].name);
		wf_json_set_z(o, "privilege", needs[i].privilege);
		wf_json_push(list, o);
	}
	if (wf_json_dump(list, WF_JSON_COMPACT, &text, NULL) != WF_OK ||
	    wf_json_dump(who, WF_JSON_COMPACT, &text2, NULL) != WF_OK)
		wf_die("a table of our own that cannot be written");
	*names = wf_buf_steal(&text2);
	return wf_buf_steal(&text);
}

/* One row of the answer: false when all is well. */
static bool
judge(const struct wf_pg_rows *rows, size_t i, const struct place *place, struct wf_arena *a,
      struct wf_grants_found *f)
{
	struct wf_strs text = {NULL, 0};
	int64_t at = wf_pg_int(rows, i, 3), class = wf_pg_int(rows, i, 1);
	bool own = wf_pg_bool(rows, i, 2), has = wf_pg_bool(rows, i, 4);
	const char *q = wf_pg_z(rows, i, 5), *extra = wf_pg_z(rows, i, 7);
	const struct need *n = at >= 0 ? &needs[at] : NULL;
	unsigned bit = 1u << (class - 1);

	*f = (struct wf_grants_found){.role = wf_arena_strn(a, wf_pg_z(rows, i, 0),
	                                                     strlen(wf_pg_z(rows, i, 0))),
	                              .as = (enum wf_grants_role)(class - 1)};
	if (!n) {
		say(&text, a, "%s%s", at == -1 ? "" : "membership in ", extra);
		if (at == -1)
			say(&text, a, "ALTER ROLE %s NO%s", q, extra);
		else
			say(&text, a, "REVOKE %s FROM %s", extra, q);
		f->what = text.v[0];
		f->cure = text.v[1];
		return true;
	}
	if (!wf_pg_z(rows, i, 4))
		return false; /* not there (yet) */
	f->lack = (n->need & bit) && !has && own;
	if (!f->lack && (!has || ((n->need | n->may) & bit)))
		return false;
	if (is_role(n)) {
		say(&text, a, "membership in %s", n->name);
		say(&text, a, f->lack ? "GRANT %s TO %s" : "REVOKE %s FROM %s", n->name, q);
	} else {
		say(&text, a, "%s on %s%s%s", n->privilege, n->kind, *n->kind == 'd' ? "" : " ",
		    object(n, place, a));
		say(&text, a, "%s %s ON %s %s %s %s", f->lack ? "GRANT" : "REVOKE", n->privilege,
		    keyword(n), *n->kind == 'd' ? wf_pg_z(rows, i, 6) : object(n, place, a),
		    f->lack ? "TO" : "FROM", !f->lack && wf_pg_bool(rows, i, 8) ? "PUBLIC" : q);
	}
	f->what = text.v[0];
	f->cure = text.v[1];
	return true;
}

enum wf_rc
wf_engine_grants(struct wf_engine *e, struct wf_arena *a, struct wf_grants_found **out, size_t *n,
                 size_t *nroles, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	WF_AUTO(wf_freep) char *names = NULL;
	struct place at;
	WF_AUTO(wf_freep) char *list = NULL;
	struct wf_pg_param p[2];
	const char *last = NULL;
	enum wf_rc rc;
	size_t i;

	find_place(e->target.engine && wf_engine_is(e->target.engine, e->ops->about.name)
	           ? e->target.engine : e->ops->about.name, a, &at);
	list = json_params(&at, a, &names);
	p[0] = WF_PG_Z(names);
	p[1] = WF_PG_Z(list);
	rc = wf_engine_ask(e, sql, p, WF_COUNT(p), &rows, err);
	if (rc != WF_OK)
		return wf_err_wrap(err, "privileges");
	*n = *nroles = 0;
	*out = wf_arena_alloc(a, (wf_pg_count(rows) + 1) * sizeof(**out));
	for (i = 0; i < wf_pg_count(rows); i++) {
		const char *who = wf_pg_z(rows, i, 0);
		int64_t class = wf_pg_int(rows, i, 1);

		if (!who || class < 1 || class > WF_GRANTS_ROLES ||
		    wf_pg_int(rows, i, 3) >= (int64_t)WF_COUNT(needs))
			return wf_err_set(err, WF_R_PROTOCOL, "privileges: an answer without its values");
		*nroles += !last || strcmp(last, who) != 0;
		last = who;
		*n += judge(rows, i, &at, a, &(*out)[*n]);
	}
	return WF_OK;
}
