/* SPDX-License-Identifier: Apache-2.0
 *
 * The pg_wasm adapter: probe and snapshot.  Must never call the engine's own
 * functions to learn what is there (they may be somebody else's by now), and
 * never read through a view.
 */
#include "engine/pg_wasm.h"

#include <string.h>

#include "base/log.h"

#define SIGNS \
	"EXISTS (SELECT 1 FROM pg_catalog.pg_extension e WHERE e.extname" WF_EQ "'pg_wasm')"

static enum wf_rc
probe(struct wf_pg *pg, const char *parameter, bool *present, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	enum wf_rc rc;

	if (parameter)
		return wf_err_set(err, WF_R_USAGE, "engine pg_wasm takes no parameter");
	rc = wf_pg_exec(pg, "SELECT " SIGNS, NULL, 0, &rows, err);
	if (rc == WF_OK)
		*present = wf_pg_bool(rows, 0, 0);
	return rc;
}

/* A relation counts only as a plain, permanent table that the extension made;
 * `readable` needs USAGE on the schema too. */
#define TABLE(name) \
	"(SELECT c.oid FROM pg_catalog.pg_class c, pg_catalog.pg_namespace n " \
	"WHERE n.oid" WF_EQ "c.relnamespace AND n.nspname" WF_EQ "'wasm' " \
	"AND c.relname" WF_EQ "'" name "' AND c.relkind" WF_EQ "'r' " \
	"AND NOT c.relrowsecurity AND EXISTS (SELECT 1 FROM pg_catalog.pg_depend d " \
	"WHERE d.classid" WF_EQ "'pg_catalog.pg_class'::pg_catalog.regclass " \
	"AND d.objid" WF_EQ "c.oid AND d.refobjid" WF_EQ "e.oid " \
	"AND d.refclassid" WF_EQ "'pg_catalog.pg_extension'::pg_catalog.regclass " \
	"AND d.deptype" WF_EQ "'e'))"

static const char facts_sql[] =
	"SELECT e.extversion, n.nspname, r.rolsuper, l.oid, t.module, t.def, "
	"pg_catalog.has_table_privilege(t.module, 'SELECT') "
	"AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'), "
	"pg_catalog.has_table_privilege(t.def, 'SELECT') "
	"AND pg_catalog.has_schema_privilege(n.oid, 'USAGE'), "
	"EXISTS (SELECT 1 FROM pg_catalog.pg_settings s "
	"WHERE pg_catalog.starts_with(s.name, 'pg_wasm.')) "
	"FROM pg_catalog.pg_extension e "
	"LEFT JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "e.extnamespace "
	"LEFT JOIN pg_catalog.pg_roles r ON r.oid" WF_EQ "e.extowner "
	"LEFT JOIN pg_catalog.pg_language l ON l.lanname" WF_EQ "'wasm' "
	"CROSS JOIN LATERAL (SELECT " TABLE("module") " AS module, "
	TABLE("function_def") " AS def) t "
	"WHERE e.extname" WF_EQ "'pg_wasm'";

static enum wf_rc
read_facts(struct wf_engine *e, struct wf_live *live, struct wf_pg_wasm_facts *f,
           struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	enum wf_rc rc = wf_pg_exec(e->pg, facts_sql, NULL, 0, &rows, err);

	if (rc != WF_OK)
		return rc;
	if (wf_pg_count(rows) != 1)
		return wf_err_set(err, WF_R_ENGINE, "extension pg_wasm is gone");
	*f = (struct wf_pg_wasm_facts){
		.version = wf_engine_keep(live, wf_pg_z(rows, 0, 0)),
		.schema = wf_engine_keep(live, wf_pg_z(rows, 0, 1)),
		.owner_superuser = wf_pg_bool(rows, 0, 2),
		.language = wf_engine_keep(live, wf_pg_z(rows, 0, 3)),
		.module = wf_engine_keep(live, wf_pg_z(rows, 0, 4)),
		.function_def = wf_engine_keep(live, wf_pg_z(rows, 0, 5)),
		.read_module = wf_pg_bool(rows, 0, 6),
		.read_def = wf_pg_bool(rows, 0, 7),
		.settings_known = wf_pg_bool(rows, 0, 8),
	};
	return WF_OK;
}

static void
say_unreadable(struct wf_live *live, const struct wf_pg_wasm_facts *f)
{
	if (!f->module)
		wf_engine_unreadable(live, "table wasm.module: not the engine's table");
	else if (!f->read_module)
		wf_engine_unreadable(live, "table wasm.module: permission denied");
	if (!f->function_def)
		wf_engine_unreadable(live, "table wasm.function_def: not the engine's table");
	else if (!f->read_def)
		wf_engine_unreadable(live, "table wasm.function_def: permission denied");
	if (!f->settings_known)
		wf_engine_unreadable(live, "settings pg_wasm.*: the library is not in "
		                           "shared_preload_libraries");
}

static enum wf_rc
snapshot(struct wf_engine *e, struct wf_live *live, struct wf_err *err)
{
	struct wf_pg_wasm_facts f;
	enum wf_rc rc = read_facts(e, live, &f, err);

	if (rc != WF_OK)
		return rc;
	live->engine_version = f.version;
	say_unreadable(live, &f);
	if (!f.owner_superuser)
		wf_engine_add_oddity(live, "D15", "extension pg_wasm", "owned by a superuser",
		                     "owned by a role that is none");
	if (!f.schema || strcmp(f.schema, "wasm") != 0)
		wf_engine_add_oddity(live, "D15", "extension pg_wasm", "in schema wasm",
		                     f.schema ? f.schema : "in no schema");
	rc = wf_pg_wasm_functions(e, live, &f, err);
	if (rc == WF_OK)
		rc = wf_pg_wasm_surroundings(e, live, err);
	return rc;
}

const struct wf_engine_ops wf_pg_wasm_ops = {
	.about = {
		.name = "pg_wasm",
		.can = WF_CAN(BYTES) | WF_CAN(DECLARED) | WF_CAN(RUNS) | WF_CAN(WRAPPER) |
		       WF_CAN(ENGINE) | WF_CAN(SIGNATURE) | WF_CAN(OWNER) | WF_CAN(GRANTS) |
		       WF_CAN(LIMITS) | WF_CAN(WASI) | WF_CAN(SETTINGS) | WF_CAN(INSTALL) |
		       WF_CAN(REPLACE) | WF_CAN(ONE_TX) | WF_CAN(LOADED) | WF_CAN(CHECK),
	},
	.keeps = ~0u,
	.limits = ~0u,
	.signs = SIGNS,
	.probe = probe,
	.snapshot = snapshot,
	.put = wf_pg_wasm_put,
	.alter_all = wf_pg_wasm_alter_all,
	.remove = wf_pg_wasm_remove,
};
