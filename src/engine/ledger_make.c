/* SPDX-License-Identifier: Apache-2.0
 *
 * Making the ledger: table, triggers, privileges, and the function that
 * answers for it in SQL.  Must never take over what belongs to a role that
 * this one is no member of: its triggers would run as us.
 */
#include <string.h>

#include "engine/ledger.h"

/* Privileges: nobody but the owner adds rows, nobody changes them (the owner
 * would have to grant that to itself and drop a trigger first, which the hash
 * chain and this host's record of the head then show).  Roles named
 * wasmfn_reader and wasmfn_auditor, where there are such, may read. */
static const char table_sql[] =
	"CREATE TABLE wasmfn.ledger ("
	"seq pg_catalog.int8 CONSTRAINT ledger_pkey PRIMARY KEY, "
	"prev pg_catalog.bytea NOT NULL CHECK (pg_catalog.length(prev)" WF_EQ "32), "
	"hash pg_catalog.bytea NOT NULL UNIQUE "
	"CHECK (hash" WF_EQ "pg_catalog.sha256(pg_catalog.convert_to(doc, 'UTF8'))), "
	"run pg_catalog.text NOT NULL, "
	"action pg_catalog.text NOT NULL, "
	"function pg_catalog.text NOT NULL, "
	"doc pg_catalog.text NOT NULL); "
	"CREATE INDEX ledger_run_idx ON wasmfn.ledger (run); "
	"COMMENT ON TABLE wasmfn.ledger IS 'what wasmfn applied; rows are only ever added'; "
	"CREATE FUNCTION wasmfn.ledger_is_append_only() RETURNS pg_catalog.trigger "
	"LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS "
	"'BEGIN RAISE EXCEPTION ''rows of wasmfn.ledger are never changed'' "
	"USING ERRCODE = ''insufficient_privilege''; END'; "
	"REVOKE ALL ON FUNCTION wasmfn.ledger_is_append_only() FROM PUBLIC; "
	"CREATE TRIGGER ledger_rows BEFORE UPDATE OR DELETE ON wasmfn.ledger "
	"FOR EACH ROW EXECUTE FUNCTION wasmfn.ledger_is_append_only(); "
	"CREATE TRIGGER ledger_truncate BEFORE TRUNCATE ON wasmfn.ledger "
	"FOR EACH STATEMENT EXECUTE FUNCTION wasmfn.ledger_is_append_only(); "
	"ALTER TABLE wasmfn.ledger ENABLE ALWAYS TRIGGER ledger_rows; "
	"ALTER TABLE wasmfn.ledger ENABLE ALWAYS TRIGGER ledger_truncate; "
	"REVOKE ALL ON SCHEMA wasmfn FROM PUBLIC; "
	"REVOKE ALL ON TABLE wasmfn.ledger FROM PUBLIC";

#define READERS \
	"r.rolname" WF_EQ "ANY (ARRAY['wasmfn_reader', 'wasmfn_auditor']::pg_catalog.name[])"

static const char owner_sql[] =
	"SELECT pg_catalog.format(s.v, c.relowner::pg_catalog.regrole) "
	"FROM pg_catalog.pg_class c, (VALUES "
	"('REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON TABLE wasmfn.ledger FROM %s')) "
	"AS s(v) WHERE c.oid" WF_EQ "'wasmfn.ledger'::pg_catalog.regclass "
	"UNION ALL SELECT pg_catalog.format(s.v, r.rolname) FROM pg_catalog.pg_roles r, (VALUES "
	"('GRANT USAGE ON SCHEMA wasmfn TO %I'), "
	"('GRANT SELECT ON TABLE wasmfn.ledger TO %I')) AS s(v) WHERE " READERS;

/* --- wasmfn.provenance ------------------------------------------------------ */

/* Inside $$: a name as wf_spec_signature writes it. */
#define IDENT(v) \
	"CASE WHEN " v " OPERATOR(pg_catalog.~) '^[a-z_][a-z0-9_]*$' THEN " v " ELSE '\"'" WF_CAT \
	"pg_catalog.replace(" v ", '\"', '\"\"')" WF_CAT "'\"' END"
#define MEMBER(key) "r.j OPERATOR(pg_catalog.->>) '" key "'"
#define INNER(key) "r.j OPERATOR(pg_catalog.#>>) '{function," key "}'"

/* $1: name(types) as SQL has it, found in the catalog; of a function that is
 * gone, as the ledger wrote it; without types, each of that name.  Runs with
 * the caller's rights: who may read the table may ask. */
#define PROVENANCE_BODY \
	" SELECT r.seq, (" MEMBER("time") ")::pg_catalog.timestamptz, " MEMBER("action") ", " \
	"r.function, " MEMBER("ref") ", " INNER("manifest_digest") ", " INNER("module_digest") ", " \
	MEMBER("signer") ", " MEMBER("actor") ", " MEMBER("reason") ", " MEMBER("git_commit") ", " \
	MEMBER("manifest_file_hash") ", " MEMBER("policy_hash") ", " MEMBER("tool") ", " \
	MEMBER("run") ", pg_catalog.encode(r.hash, 'hex') " \
	"FROM (SELECT l.seq, l.function, l.hash, l.doc::pg_catalog.jsonb AS j " \
	"FROM ONLY wasmfn.ledger l WHERE CASE WHEN pg_catalog.strpos($1, '(')" WF_EQ "0 " \
	"THEN pg_catalog.left(l.function, pg_catalog.length($1) OPERATOR(pg_catalog.+) 1)" WF_EQ \
	"($1" WF_CAT "'(') ELSE l.function" WF_EQ "coalesce((SELECT " IDENT("n.nspname::pg_catalog.text") \
	WF_CAT "'.'" WF_CAT IDENT("p.proname::pg_catalog.text") WF_CAT "'('" WF_CAT \
	"coalesce((SELECT pg_catalog.string_agg(pg_catalog.format_type(t.v, NULL), ', ' ORDER BY t.i) " \
	"FROM pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) WITH ORDINALITY AS t(v, i)), '')" WF_CAT \
	"')' FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "p.pronamespace " \
	"WHERE p.oid" WF_EQ "CASE WHEN pg_catalog.strpos($1, '(') OPERATOR(pg_catalog.>) 0 THEN " \
	"pg_catalog.to_regprocedure($1)::pg_catalog.oid END), $1) END) r " \
	"ORDER BY r.seq USING OPERATOR(pg_catalog.>) "

static const char provenance_sql[] =
	"CREATE OR REPLACE FUNCTION wasmfn.provenance(function pg_catalog.text) RETURNS TABLE ("
	"seq pg_catalog.int8, \"time\" pg_catalog.timestamptz, action pg_catalog.text, "
	"\"signature\" pg_catalog.text, ref pg_catalog.text, manifest_digest pg_catalog.text, "
	"module_digest pg_catalog.text, signed_by pg_catalog.text, actor pg_catalog.text, "
	"reason pg_catalog.text, git_commit pg_catalog.text, manifest_file_hash pg_catalog.text, "
	"policy_hash pg_catalog.text, tool pg_catalog.text, run pg_catalog.text, "
	"row_hash pg_catalog.text) LANGUAGE sql STABLE STRICT SECURITY INVOKER "
	"SET search_path = pg_catalog, pg_temp AS $wasmfn$" PROVENANCE_BODY "$wasmfn$; "
	"REVOKE ALL ON FUNCTION wasmfn.provenance(pg_catalog.text) FROM PUBLIC; "
	"COMMENT ON FUNCTION wasmfn.provenance(pg_catalog.text) IS "
	"'who installed a WASM function, what, when, signed by whom; newest first'";

static const char may_ask_sql[] =
	"SELECT pg_catalog.format('GRANT EXECUTE ON FUNCTION wasmfn.provenance(pg_catalog.text) "
	"TO %I', r.rolname) FROM pg_catalog.pg_roles r WHERE " READERS;

/* Ours, in the words of this version? */
static const char is_made_sql[] =
	"SELECT 1 FROM pg_catalog.pg_proc p WHERE p.oid" WF_EQ
	"pg_catalog.to_regprocedure('wasmfn.provenance(pg_catalog.text)') "
	"AND p.prosrc" WF_EQ "$1::pg_catalog.text AND NOT p.prosecdef "
	"AND p.proconfig" WF_EQ "ARRAY['search_path=pg_catalog, pg_temp']";

static enum wf_rc
provenance(struct wf_engine *e, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	struct wf_pg_param p = WF_PG_Z(PROVENANCE_BODY);
	enum wf_rc rc = wf_pg_exec(e->pg, is_made_sql, &p, 1, &rows, err);

	if (rc != WF_OK || wf_pg_count(rows))
		return rc;
	rc = wf_pg_exec(e->pg, provenance_sql, NULL, 0, NULL, err);
	if (rc == WF_OK)
		rc = wf_pg_exec_made(e->pg, may_ask_sql, NULL, 0, NULL, err);
	return rc;
}

enum wf_rc
wf_engine_make_ledger(struct wf_engine *e, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *at = NULL;
	enum wf_rc rc = wf_pg_exec(e->pg, wf_ledger_where_sql, NULL, 0, &at, err);

	if (rc != WF_OK)
		return rc;
	/* another owner's triggers would run as us */
	if (wf_pg_count(at) && !wf_pg_bool(at, 0, 4))
		return wf_err_set(err, WF_R_PRIVILEGE,
		                  "schema wasmfn belongs to %s, of which role %s is no member",
		                  wf_pg_z(at, 0, 5), e->role);
	if (wf_pg_count(at) && wf_pg_z(at, 0, 0)) {
		if (*wf_pg_z(at, 0, 1) != 'r')
			return wf_err_set(err, WF_R_ENGINE, "wasmfn.ledger is not a table");
		return provenance(e, err);
	}
	/* IF NOT EXISTS would ask for CREATE on the database all the same */
	if (wf_pg_count(at) == 0)
		rc = wf_pg_exec(e->pg, "CREATE SCHEMA wasmfn", NULL, 0, NULL, err);
	if (rc == WF_OK)
		rc = wf_pg_exec(e->pg, table_sql, NULL, 0, NULL, err);
	if (rc == WF_OK)
		rc = wf_pg_exec_made(e->pg, owner_sql, NULL, 0, NULL, err);
	if (rc == WF_OK)
		rc = provenance(e, err);
	if (rc != WF_OK && err && err->reason == WF_R_PRIVILEGE)
		(void)wf_err_hint(err, "Make the schema once: CREATE SCHEMA wasmfn AUTHORIZATION %s;",
		                  e->role);
	return rc;
}
