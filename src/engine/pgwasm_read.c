/* SPDX-License-Identifier: Apache-2.0
 *
 * Modules of pgwasm as catalog, files and pg_proc have them.  The server
 * hashes both files: a component runs module.cwasm, whatever module.wasm is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/limits.h"
#include "engine/pgwasm.h"

#define HEX(v) "pg_catalog.encode(" v ", 'hex')"
#define ROLE(oid) \
	"CASE WHEN " oid WF_EQ "0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(" oid ")" \
	"::pg_catalog.text END"

enum { ID, NAME, ABI, DIGEST, LIMITS, POLICY, WASM, CWASM, SIZE, STALE, EXPORTS, ODD, OWNER, SUPER,
       DEFINER, GRANTS, OWNERS, OIDS, OWNER_REVOKED };

#define WITH_FILES "w AS (SELECT pg_catalog.sha256(f.a) AS a, pg_catalog.length(f.a) AS n, " \
	"pg_catalog.sha256(f.b) AS b, m.module_id FROM m CROSS JOIN LATERAL (SELECT " \
	WF_PGWASM_FILE("m.dir", "module.wasm") ", " WF_PGWASM_FILE("m.dir", "module.cwasm") ") f(a, b))"
#define WITHOUT_FILES "w AS (SELECT NULL::pg_catalog.bytea AS a, NULL::pg_catalog.int4 AS n, " \
	"NULL::pg_catalog.bytea AS b, m.module_id FROM m)"

/* The first thing about a wrapper that is not as the library makes it. */
#define PREFIX "CASE m.abi WHEN 'core' THEN 'core__' ELSE m.name" WF_CAT "'__' END"
#define ODD_WRAPPER \
	"CASE WHEN p.oid IS NULL THEN 'is gone' " \
	"WHEN l.lanname" WF_NE "'c' THEN 'is in language '" WF_CAT "l.lanname " \
	"WHEN p.probin" WF_NE "'$libdir/pgwasm' OR p.prosrc" WF_NE "'pgwasm_udf_trampoline' " \
	"THEN 'names other code' " \
	"WHEN n.nspname" WF_NE "'pgwasm' OR p.proname::pg_catalog.text" WF_NE "x.sql_name " \
	"THEN 'has another name' " \
	"WHEN p.proargtypes::pg_catalog.text" WF_NE "pg_catalog.array_to_string(x.arg_types, ' ') " \
	"THEN 'has other argument types' " \
	"WHEN NOT pg_catalog.starts_with(x.sql_name, " PREFIX ") THEN 'leads to another module' " \
	"WHEN x.sql_name" WF_NE "((" PREFIX ")" WF_CAT \
	"pg_catalog.translate(x.wasm_name, '/-', '__')) " \
	"AND NOT pg_catalog.starts_with(x.sql_name, (" PREFIX ")" WF_CAT "'interface_') " \
	"THEN 'leads to export '" WF_CAT "x.wasm_name " \
	"WHEN p.provolatile" WF_NE "'v' THEN 'is not volatile' " \
	"WHEN p.proisstrict THEN 'is strict' WHEN p.proleakproof THEN 'is leakproof' " \
	"WHEN p.proparallel" WF_NE "'u' THEN 'is not parallel unsafe' " \
	"WHEN p.procost" WF_NE "100 THEN 'has another cost' " \
	"WHEN p.proconfig IS NOT NULL THEN 'has settings of its own' " \
	"WHEN NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d, pg_catalog.pg_extension e " \
	"WHERE d.classid" WF_EQ "'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid" WF_EQ "p.oid " \
	"AND d.refclassid" WF_EQ "'pg_catalog.pg_extension'::pg_catalog.regclass AND d.refobjid" WF_EQ \
	"e.oid AND e.extname" WF_EQ "'pgwasm' AND d.deptype" WF_EQ "'e') " \
	"THEN 'is not of the extension' END"

#define LIST(files) \
	"WITH m AS MATERIALIZED (SELECT m.module_id, m.name::pg_catalog.text AS name, " \
	"m.abi::pg_catalog.text AS abi, m.digest::pg_catalog.text AS digest, " \
	"m.limits::pg_catalog.text AS limits, m.policy::pg_catalog.text AS policy, " \
	"m.created_at, m.updated_at, " WF_PGWASM_DIR("m.module_id") " AS dir " \
	"FROM ONLY pgwasm.modules m), " files ", " \
	"x AS (SELECT x.module_id, pg_catalog.count(*) AS n, pg_catalog.min(CASE WHEN o.v IS NOT NULL " \
	"THEN 'wrapper '" WF_CAT "x.sql_name" WF_CAT "' '" WF_CAT "o.v END) AS odd, " \
	"pg_catalog.min(" ROLE("p.proowner") ") AS owner, pg_catalog.bool_or(r.rolsuper) AS super, " \
	"pg_catalog.bool_or(p.prosecdef) AS definer, " \
	"pg_catalog.count(DISTINCT p.proowner) AS owners, pg_catalog.min(p.oid::pg_catalog.int8) AS oid, " \
	"pg_catalog.bool_and(" WF_OWNER_REVOKED ") AS revoked " \
	"FROM ONLY pgwasm.exports x JOIN m ON m.module_id" WF_EQ "x.module_id " \
	"LEFT JOIN pg_catalog.pg_proc p ON p.oid" WF_EQ "x.fn_oid " \
	"LEFT JOIN pg_catalog.pg_language l ON l.oid" WF_EQ "p.prolang " \
	"LEFT JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "p.pronamespace " \
	"LEFT JOIN pg_catalog.pg_roles r ON r.oid" WF_EQ "p.proowner " \
	"CROSS JOIN LATERAL (SELECT " ODD_WRAPPER ") o(v) GROUP BY x.module_id), " \
	"g AS (SELECT q.module_id, pg_catalog.json_agg(q.who ORDER BY q.who COLLATE \"C\") AS list " \
	"FROM (SELECT DISTINCT x.module_id, " ROLE("a.grantee") " AS who FROM ONLY pgwasm.exports x " \
	"JOIN pg_catalog.pg_proc p ON p.oid" WF_EQ "x.fn_oid CROSS JOIN LATERAL " \
	"pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) a " \
	"WHERE a.privilege_type" WF_EQ "'EXECUTE' AND a.grantee" WF_NE "p.proowner) q " \
	"GROUP BY q.module_id) " \
	"SELECT m.module_id, m.name, m.abi, m.digest, m.limits, m.policy, " HEX("w.a") ", " \
	HEX("w.b") ", w.n, (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity s " \
	"WHERE s.datname" WF_EQ "pg_catalog.current_database() AND s.pid" WF_NE \
	"pg_catalog.pg_backend_pid() AND coalesce(s.backend_type" WF_EQ "'client backend', true) " \
	"AND m.abi" WF_NE "'core' AND m.updated_at" WF_NE "m.created_at " \
	"AND coalesce(s.backend_start OPERATOR(pg_catalog.<) m.updated_at, true)), " \
	"coalesce(x.n, 0), x.odd, x.owner, x.super, x.definer, g.list, x.owners, x.oid, x.revoked " \
	"FROM m JOIN w ON w.module_id" WF_EQ "m.module_id LEFT JOIN x ON x.module_id" WF_EQ \
	"m.module_id LEFT JOIN g ON g.module_id" WF_EQ "m.module_id " \
	"ORDER BY m.name COLLATE \"C\", m.module_id"

/* The four limits; -1 with what is wrong about one. */
static void
read_limits(struct wf_live *live, const char *text, struct wf_live_function *f)
{
	static const char *const keys[] = {"max_memory_pages", "fuel_per_invocation",
	                                   "invocation_deadline_ms", "instances_per_module"};
	int64_t n[WF_COUNT(keys)] = {-1, -1, -1, -1};
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	const struct wf_json *v;
	const char *key, *odd = NULL;
	void *it = NULL;
	size_t i;

	if (!text || wf_json_parse(wf_str(text), "limits", &doc, NULL) != WF_OK ||
	    wf_json_kind(doc) != WF_JSON_OBJECT) {
		f->wrapper_state = "its limits are no object";
		return;
	}
	while (wf_json_next(doc, &it, &key, &v)) {
		for (i = 0; i < WF_COUNT(keys) && strcmp(key, keys[i]) != 0; i++)
			;
		if (i == WF_COUNT(keys))
			odd = "its limits have a member that the engine does not know";
		else if (!wf_json_int(v, &n[i]) || n[i] < 0 || n[i] > INT32_MAX)
			odd = "one of its limits is no number that the engine takes";
	}
	if (n[3] >= 0 && n[3] != 1)
		odd = "more than one instance of it is kept";
	f->spec.limits = (struct wf_limits){n[0] >= 0 ? n[0] * WF_PGWASM_PAGE : -1, n[1], n[2], -1};
	if (odd && !f->wrapper_state)
		f->wrapper_state = wf_engine_keep(live, odd);
}

/* Every switch off, as install sends it: no WASI.  All else is shown as it is. */
static void
read_policy(struct wf_live *live, const char *text, struct wf_live_function *f)
{
	static const char *const keys[] = {"allow_spi", "allow_wasi", "allow_wasi_env",
		"allow_wasi_fs", "allow_wasi_http", "allow_wasi_net", "allow_wasi_stdio"};
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	size_t i, off = 0;
	bool b;

	f->spec.wasi = wf_engine_keep(live, text ? text : "\"none\"");
	if (!text || wf_json_parse(wf_str(text), "policy", &doc, NULL) != WF_OK)
		return;
	for (i = 0; i < WF_COUNT(keys); i++)
		off += wf_json_bool(wf_json_get(doc, keys[i]), &b) && !b;
	if (off == WF_COUNT(keys) && wf_json_len(doc) == off)
		f->spec.wasi = "null";
}

static bool
digest(const char *hex, struct wf_digest *out)
{
	if (hex && strncmp(hex, "\\x", 2) == 0)
		hex += 2;
	return hex && wf_enc_unhex(wf_str(hex), out->sha256, sizeof(out->sha256));
}

static void
judge_files(struct wf_live *live, const struct wf_pg_rows *rows, size_t i, bool files,
            struct wf_live_function *f)
{
	const char *abi = wf_pg_z(rows, i, ABI);
	bool component = abi && strcmp(abi, "component") == 0;
	char text[160];

	f->spec.has_module = digest(wf_pg_z(rows, i, WASM), &f->spec.module);
	f->spec.has_compiled = component && digest(wf_pg_z(rows, i, CWASM), &f->spec.compiled);
	f->size = wf_pg_int(rows, i, SIZE);
	if (!abi || (!component && strcmp(abi, "core") != 0))
		f->wrapper_state = "its kind is neither core nor component";
	else if (files && !f->spec.has_module)
		f->wrapper_state = "module.wasm is not there";
	else if (files && component && !f->spec.has_compiled)
		f->wrapper_state = "module.cwasm is not there";
	if (!files) {
		f->unprovable = "this role may not read the module's files";
	} else if (wf_pg_int(rows, i, STALE) > 0) {
		(void)snprintf(text, sizeof(text), "%lld sessions may be older than its last reload "
		               "and run what was there before",
		               (long long)wf_pg_int(rows, i, STALE));
		f->unprovable = wf_engine_keep(live, text);
	}
}

static enum wf_rc
fill(struct wf_live *live, const struct wf_pg_rows *rows, size_t i, bool files,
     struct wf_live_function *f, struct wf_err *err)
{
	enum wf_rc rc;

	f->oid = (uint32_t)wf_pg_int(rows, i, OIDS);
	f->spec = (struct wf_spec)WF_SPEC_INIT;
	f->spec.schema = "pgwasm";
	f->spec.name = wf_engine_keep(live, wf_pg_z(rows, i, NAME));
	f->spec.owner = wf_engine_keep(live, wf_pg_z(rows, i, OWNER));
	f->owner_superuser = wf_pg_bool(rows, i, SUPER);
	f->owner_revoked = wf_pg_bool(rows, i, OWNER_REVOKED);
	f->spec.definer = wf_pg_bool(rows, i, DEFINER) ? WF_YES : WF_NO;
	f->has_row = true;
	f->has_column = digest(wf_pg_z(rows, i, DIGEST), &f->column);
	judge_files(live, rows, i, files, f);
	read_limits(live, wf_pg_z(rows, i, LIMITS), f);
	read_policy(live, wf_pg_z(rows, i, POLICY), f);
	rc = wf_engine_list(live, wf_pg_z(rows, i, GRANTS), &f->spec.grants, err);
	if (rc != WF_OK)
		return rc;
	f->spec.grants_set = true;
	if (!f->wrapper_state && wf_pg_z(rows, i, ODD))
		f->wrapper_state = wf_engine_keep(live, wf_pg_z(rows, i, ODD));
	if (!f->wrapper_state && wf_pg_int(rows, i, EXPORTS) == 0)
		f->wrapper_state = "it has no wrappers";
	if (!f->wrapper_state && wf_pg_int(rows, i, OWNERS) > 1)
		f->wrapper_state = "its wrappers have several owners";
	if (!f->wrapper_state && !f->has_column)
		f->wrapper_state = "its digest is none";
	f->wrapper_ok = f->wrapper_state == NULL;
	return WF_OK;
}

enum wf_rc
wf_pgwasm_modules(struct wf_engine *e, struct wf_live *live, const struct wf_pgwasm_facts *facts,
                  struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	enum wf_rc rc = wf_pg_exec(e->pg, facts->files ? LIST(WITH_FILES) : LIST(WITHOUT_FILES), NULL,
	                           0, &rows, err);
	size_t i;

	if (rc != WF_OK)
		return wf_err_wrap(err, "modules");
	live->functions = wf_arena_alloc(&live->arena,
	                                 (wf_pg_count(rows) + 1) * sizeof(*live->functions));
	for (i = 0; i < wf_pg_count(rows); i++) {
		struct wf_live_function f = {0};

		rc = fill(live, rows, i, facts->files, &f, err);
		if (rc != WF_OK)
			return rc;
		live->functions[live->nfunctions++] = f;
	}
	return WF_OK;
}
