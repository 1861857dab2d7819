/* SPDX-License-Identifier: Apache-2.0
 *
 * wasmer-postgres 0.1.0: looked at, never installed into.  A module is a file
 * of the server that a session loads; what lasts is plpgsql wrappers, each with
 * the id of an instance in its source.  Must never call a function in sync:
 * the engine keeps no bytes.
 */
#include <string.h>

#include "engine/adapter.h"

#define SIGNS \
	"EXISTS (SELECT 1 FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_depend d ON d.refobjid" \
	WF_EQ "e.oid AND d.refclassid" WF_EQ "'pg_catalog.pg_extension'::pg_catalog.regclass " \
	"AND d.classid" WF_EQ "'pg_catalog.pg_proc'::pg_catalog.regclass AND d.deptype" WF_EQ "'e' " \
	"JOIN pg_catalog.pg_proc p ON p.oid" WF_EQ "d.objid AND p.proname" WF_EQ \
	"'wasm_new_instance' WHERE e.extname" WF_EQ "'wasm')"

static enum wf_rc
probe(struct wf_pg *pg, const char *parameter, bool *present, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	enum wf_rc rc;

	if (parameter)
		return wf_err_set(err, WF_R_USAGE, "engine wasmer-postgres takes no parameter");
	rc = wf_pg_exec(pg, "SELECT " SIGNS, NULL, 0, &rows, err);
	if (rc == WF_OK)
		*present = wf_pg_bool(rows, 0, 0);
	return rc;
}

#define ROLE(oid) \
	"CASE WHEN " oid WF_EQ "0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(" oid ")" \
	"::pg_catalog.text END"
/* wasm__invoke_function_<arity>('<id>', '<export>' */
#define CALL "pg_catalog.regexp_match(p.prosrc, " \
	"'wasm__invoke_function_([0-9]+)\\(''([0-9a-f-]{36})'', ''([^'']*)''')"

enum { OID, SCHEMA, NAME, ARGS, RETURNS, OWNER, SUPER, DEFINER, STRICT, VOLATILITY, LEAKPROOF,
       GRANTS, CONFIG, EXPORT, ODD, COMMENT, OWNER_REVOKED };

static const char functions_sql[] =
	"SELECT p.oid, n.nspname, p.proname, (SELECT pg_catalog.string_agg(pg_catalog.format_type(t.v, "
	"NULL), ', ' ORDER BY t.i) FROM pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) "
	"WITH ORDINALITY AS t(v, i)), pg_catalog.format_type(p.prorettype, NULL), "
	ROLE("p.proowner") ", r.rolsuper, p.prosecdef, p.proisstrict, p.provolatile, p.proleakproof, "
	"(SELECT pg_catalog.json_agg(" ROLE("a.grantee") " ORDER BY " ROLE("a.grantee")
	" COLLATE \"C\") FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', "
	"p.proowner))) a WHERE a.privilege_type" WF_EQ "'EXECUTE' AND a.grantee" WF_NE "p.proowner), "
	"pg_catalog.to_json(p.proconfig), c.m[3], "
	"CASE WHEN c.m[1]" WF_NE "p.pronargs::pg_catalog.text THEN 'it calls with another number of arguments' "
	"WHEN NOT pg_catalog.right(p.proname::pg_catalog.text, pg_catalog.length(c.m[3]) "
	"OPERATOR(pg_catalog.+) 1)" WF_EQ "('_'" WF_CAT "c.m[3]) THEN 'it leads to another export' END, "
	"d.description, " WF_OWNER_REVOKED " FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ
	"p.pronamespace JOIN pg_catalog.pg_language l ON l.oid" WF_EQ "p.prolang AND l.lanname" WF_EQ
	"'plpgsql' CROSS JOIN LATERAL (SELECT " CALL ") c(m) "
	"LEFT JOIN pg_catalog.pg_roles r ON r.oid" WF_EQ "p.proowner "
	"LEFT JOIN pg_catalog.pg_description d ON d.objoid" WF_EQ "p.oid AND d.objsubid" WF_EQ
	"0 AND d.classoid" WF_EQ "'pg_catalog.pg_proc'::pg_catalog.regclass "
	"WHERE c.m IS NOT NULL ORDER BY n.nspname COLLATE \"C\", p.proname COLLATE \"C\", p.oid";

/* Both read any file of the server that its user can read. */
static const char around_sql[] =
	"SELECT 'x', 'function '" WF_CAT "n.nspname" WF_CAT "'.'" WF_CAT "p.proname, 'PUBLIC', 'EXECUTE' "
	"FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "p.pronamespace "
	"CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(p.proacl, "
	"pg_catalog.acldefault('f', p.proowner))) a WHERE p.proname" WF_EQ
	"ANY (ARRAY['wasm_new_instance', 'wasm_init']::pg_catalog.name[]) AND a.grantee" WF_EQ "0 "
	"UNION ALL SELECT 's', 'instance of '" WF_CAT "n.nspname" WF_CAT "'.'" WF_CAT "p.proname, c.m[2], NULL "
	"FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "p.pronamespace "
	"JOIN pg_catalog.pg_language l ON l.oid" WF_EQ "p.prolang AND l.lanname" WF_EQ "'plpgsql' "
	"CROSS JOIN LATERAL (SELECT " CALL ") c(m) WHERE c.m IS NOT NULL";

static enum wf_rc
fill(struct wf_live *live, const struct wf_pg_rows *rows, size_t i, struct wf_live_function *f,
     struct wf_err *err)
{
	const char *v = wf_pg_z(rows, i, VOLATILITY);
	enum wf_rc rc;

	f->oid = (uint32_t)wf_pg_int(rows, i, OID);
	f->spec.schema = wf_engine_keep(live, wf_pg_z(rows, i, SCHEMA));
	f->spec.name = wf_engine_keep(live, wf_pg_z(rows, i, NAME));
	f->spec.args = wf_engine_keep(live, wf_pg_z(rows, i, ARGS) ? wf_pg_z(rows, i, ARGS) : "");
	f->spec.returns = wf_engine_keep(live, wf_pg_z(rows, i, RETURNS));
	f->spec.export_name = wf_engine_keep(live, wf_pg_z(rows, i, EXPORT));
	f->spec.owner = wf_engine_keep(live, wf_pg_z(rows, i, OWNER));
	f->owner_superuser = wf_pg_bool(rows, i, SUPER);
	f->owner_revoked = wf_pg_bool(rows, i, OWNER_REVOKED);
	f->spec.definer = wf_pg_bool(rows, i, DEFINER) ? WF_YES : WF_NO;
	f->spec.strict = wf_pg_bool(rows, i, STRICT) ? WF_YES : WF_NO;
	f->spec.volatility = !v ? WF_VOLATILITY_UNSET : *v == 'i' ? WF_IMMUTABLE
	                                              : *v == 's' ? WF_STABLE : WF_VOLATILE;
	f->leakproof = wf_pg_bool(rows, i, LEAKPROOF);
	f->spec.comment = wf_engine_keep(live, wf_pg_z(rows, i, COMMENT));
	f->spec.grants_set = true;
	f->wrapper_state = wf_engine_keep(live, wf_pg_z(rows, i, ODD));
	f->wrapper_ok = f->wrapper_state == NULL;
	f->unprovable = "the engine keeps no bytes, and each session loads a file of the server anew";
	rc = wf_engine_list(live, wf_pg_z(rows, i, GRANTS), &f->spec.grants, err);
	return rc == WF_OK ? wf_engine_list(live, wf_pg_z(rows, i, CONFIG), &f->config, err) : rc;
}

static enum wf_rc
snapshot(struct wf_engine *e, struct wf_live *live, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	WF_AUTO(wf_freep) char *version = NULL;
	enum wf_rc rc = wf_engine_one_text(e, "SELECT e.extversion FROM pg_catalog.pg_extension e "
	                                      "WHERE e.extname" WF_EQ "'wasm'", NULL, 0, &version, err);
	size_t i;

	if (rc == WF_OK)
		rc = wf_pg_exec(e->pg, functions_sql, NULL, 0, &rows, err);
	if (rc != WF_OK)
		return wf_err_wrap(err, "functions");
	live->engine_version = wf_engine_keep(live, version);
	live->functions = wf_arena_alloc(&live->arena,
	                                 (wf_pg_count(rows) + 1) * sizeof(*live->functions));
	for (i = 0; rc == WF_OK && i < wf_pg_count(rows); i++) {
		struct wf_live_function f = {.spec = WF_SPEC_INIT, .has_row = true};

		rc = fill(live, rows, i, &f, err);
		live->functions[live->nfunctions++] = f;
	}
	if (rc == WF_OK)
		rc = wf_engine_facts(e, around_sql, NULL, 0, live, err);
	if (rc == WF_OK)
		rc = wf_engine_around(e, NULL, live, err);
	return rc;
}

static enum wf_rc
refuse(const struct wf_spec *s, struct wf_err *err)
{
	return wf_err_set(err, WF_R_UNFIT, "%s.%s: engine wasmer-postgres takes modules from files of "
	                  "the server only, and wasmfn puts none there", s->schema, s->name);
}

static enum wf_rc
put(struct wf_engine *e, struct wf_str module, const struct wf_spec *s, bool replace,
    struct wf_err *err)
{
	(void)e;
	(void)module;
	(void)replace;
	return refuse(s, err);
}

static enum wf_rc
alter(struct wf_engine *e, const struct wf_spec *want, struct wf_err *err)
{
	(void)e;
	return refuse(want, err);
}

static enum wf_rc
drop(struct wf_engine *e, const struct wf_spec *s, struct wf_err *err)
{
	static const char sql[] =
		"SELECT pg_catalog.format('DROP FUNCTION %s', p.oid::pg_catalog.regprocedure) "
		"FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ
		"p.pronamespace WHERE n.nspname" WF_EQ "$1::pg_catalog.name AND p.proname" WF_EQ
		"$2::pg_catalog.name AND coalesce((SELECT pg_catalog.string_agg(pg_catalog.format_type("
		"t.v, NULL), ', ' ORDER BY t.i) FROM pg_catalog.unnest(p.proargtypes::pg_catalog.oid[]) "
		"WITH ORDINALITY AS t(v, i)), '')" WF_EQ "$3::pg_catalog.text AND " CALL " IS NOT NULL";
	struct wf_pg_param p[] = {WF_PG_Z(s->schema), WF_PG_Z(s->name), WF_PG_Z(s->args ? s->args : "")};
	size_t made = 0;
	enum wf_rc rc = wf_pg_exec_made(e->pg, sql, p, WF_COUNT(p), &made, err);

	if (rc == WF_OK && made != 1)
		rc = wf_err_set(err, WF_R_ENGINE, "there is no such wrapper");
	return rc == WF_OK ? rc : wf_err_wrap(err, "%s.%s", s->schema, s->name);
}

const struct wf_engine_ops wf_wasmer_ops = {
	.about = {
		.name = "wasmer-postgres",
		.can = WF_CAN(SIGNATURE) | WF_CAN(OWNER) | WF_CAN(GRANTS) | WF_CAN(ONE_TX),
		.partly = WF_CAN(WRAPPER),
		.unproven = true,
	},
	.keeps = ~(unsigned)(WF_SPEC_LIMITS | WF_SPEC_WASI),
	.signs = SIGNS,
	.probe = probe,
	.snapshot = snapshot,
	.put = put,
	.alter = alter,
	.remove = drop,
};
