/* SPDX-License-Identifier: Apache-2.0
 *
 * The Wasm FDW of supabase wrappers 0.6: probe and snapshot.  A function is a
 * foreign server: name is the server's, schema that of its foreign-data
 * wrapper.  What runs is a file that the database server downloaded and never
 * checks again, so nothing here is ever in sync.  Must never show an option's
 * value: any of them may be a secret.
 */
#include "engine/supabase.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"

#define IS_WASM_FDW \
	"EXISTS (SELECT 1 FROM pg_catalog.pg_proc h WHERE h.oid" WF_EQ "w.fdwhandler " \
	"AND h.proname" WF_EQ "'wasm_fdw_handler')"

#define SIGNS \
	"EXISTS (SELECT 1 FROM pg_catalog.pg_foreign_data_wrapper w WHERE " IS_WASM_FDW ")"

static enum wf_rc
probe(struct wf_pg *pg, const char *parameter, bool *present, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	struct wf_supabase_ask ask;
	enum wf_rc rc = wf_supabase_ask(parameter, &ask, err);

	if (rc == WF_OK)
		rc = wf_pg_exec(pg, "SELECT " SIGNS, NULL, 0, &rows, err);
	if (rc == WF_OK)
		*present = wf_pg_bool(rows, 0, 0);
	return rc;
}

#define ROLE(oid) \
	"CASE WHEN " oid WF_EQ "0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(" oid ")" \
	"::pg_catalog.text END"
#define OPTION(name) \
	"(SELECT o.option_value FROM pg_catalog.pg_options_to_table(s.srvoptions) o " \
	"WHERE o.option_name" WF_EQ "'fdw_package_" name "')"
#define SERVERS \
	"(SELECT s.*, w.fdwname, w.fdwvalidator, " OPTION("url") " AS url, " OPTION("name") " AS package, " \
	OPTION("version") " AS version, " OPTION("checksum") " AS checksum " \
	"FROM pg_catalog.pg_foreign_server s JOIN pg_catalog.pg_foreign_data_wrapper w " \
	"ON w.oid" WF_EQ "s.srvfdw WHERE " IS_WASM_FDW ")"

enum { FDW, NAME, OWNER, SUPER, VALIDATOR, URL, CHECKSUM, TWIN, GRANTS, COMMENT };

/* TWIN: the same cache key with another digest, in this database. */
static const char servers_sql[] =
	"WITH v AS MATERIALIZED " SERVERS " "
	"SELECT s.fdwname, s.srvname, " ROLE("s.srvowner") ", r.rolsuper, "
	"s.fdwvalidator" WF_NE "0, s.url, s.checksum, EXISTS (SELECT 1 FROM v t WHERE t.oid" WF_NE
	"s.oid AND t.url" WF_EQ "s.url AND t.package" WF_EQ "s.package AND t.version" WF_EQ
	"s.version AND t.checksum IS DISTINCT FROM s.checksum), "
	"(SELECT pg_catalog.json_agg(" ROLE("a.grantee") " ORDER BY " ROLE("a.grantee")
	" COLLATE \"C\") FROM pg_catalog.aclexplode(coalesce(s.srvacl, pg_catalog.acldefault('S', "
	"s.srvowner))) a WHERE a.grantee" WF_NE "s.srvowner), c.description FROM v s "
	"LEFT JOIN pg_catalog.pg_roles r ON r.oid" WF_EQ "s.srvowner "
	"LEFT JOIN pg_catalog.pg_description c ON c.objoid" WF_EQ "s.oid AND c.objsubid" WF_EQ
	"0 AND c.classoid" WF_EQ "'pg_catalog.pg_foreign_server'::pg_catalog.regclass "
	"ORDER BY s.fdwname COLLATE \"C\", s.srvname COLLATE \"C\"";

#define LABEL "s.fdwname" WF_CAT "'.'" WF_CAT "s.srvname"
#define SHA(text) "'sha256:'" WF_CAT "pg_catalog.encode(pg_catalog.sha256(" \
	"pg_catalog.convert_to(" text ", 'UTF8')), 'hex')"
/* Names as they are, values as one digest. */
#define HIDDEN(options, where) \
	"(SELECT coalesce(pg_catalog.string_agg(o.option_name, ', ' ORDER BY o.option_name COLLATE " \
	"\"C\")" WF_CAT "'; '" WF_CAT SHA("pg_catalog.string_agg(pg_catalog.quote_literal(o.option_name)" \
	WF_CAT "pg_catalog.quote_literal(o.option_value), ',' ORDER BY o.option_name COLLATE \"C\")") \
	", 'none') FROM pg_catalog.pg_options_to_table(" options ") o WHERE " where ")"

/* What a server is beside its digest, recorded with an install and compared
 * from then on.  A column list that the guest does not keep to reads or writes
 * memory of the database server. */
static const char around_sql[] =
	"WITH s AS MATERIALIZED " SERVERS " "
	"SELECT 's', 'server '" WF_CAT LABEL WF_CAT "' url', "
	"pg_catalog.regexp_replace(pg_catalog.split_part(pg_catalog.split_part(s.url, '#', 1), '?', 1), "
	"'//[^/@]*@', '//(hidden)@')" WF_CAT "'; '" WF_CAT SHA("pg_catalog.split_part(s.url, '#', 1)") ", NULL FROM s "
	"UNION ALL SELECT 's', 'server '" WF_CAT LABEL WF_CAT "' package', s.package" WF_CAT "'@'" WF_CAT
	"s.version, NULL FROM s "
	"UNION ALL SELECT 's', 'server '" WF_CAT LABEL WF_CAT "' options', "
	HIDDEN("s.srvoptions", "NOT pg_catalog.starts_with(o.option_name, 'fdw_package_')") ", NULL FROM s "
	"UNION ALL SELECT 's', 'server '" WF_CAT LABEL WF_CAT "' tables', coalesce((SELECT "
	"pg_catalog.string_agg(n.nspname" WF_CAT "'.'" WF_CAT "c.relname, ', ' ORDER BY n.nspname COLLATE "
	"\"C\", c.relname COLLATE \"C\") FROM pg_catalog.pg_foreign_table t JOIN pg_catalog.pg_class c "
	"ON c.oid" WF_EQ "t.ftrelid JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "c.relnamespace "
	"WHERE t.ftserver" WF_EQ "s.oid), 'none'), NULL FROM s "
	"UNION ALL SELECT 's', 'table '" WF_CAT "n.nspname" WF_CAT "'.'" WF_CAT "c.relname, coalesce((SELECT "
	"pg_catalog.string_agg(a.attname" WF_CAT "' '" WF_CAT "pg_catalog.format_type(a.atttypid, "
	"a.atttypmod), ', ' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a WHERE a.attrelid" WF_EQ
	"c.oid AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped), 'no columns')" WF_CAT
	"'; '" WF_CAT HIDDEN("t.ftoptions", "true") ", NULL FROM s JOIN pg_catalog.pg_foreign_table t "
	"ON t.ftserver" WF_EQ "s.oid JOIN pg_catalog.pg_class c ON c.oid" WF_EQ "t.ftrelid "
	"JOIN pg_catalog.pg_namespace n ON n.oid" WF_EQ "c.relnamespace "
	"UNION ALL SELECT 'x', 'foreign-data wrapper '" WF_CAT "w.fdwname, 'PUBLIC', 'USAGE' "
	"FROM pg_catalog.pg_foreign_data_wrapper w CROSS JOIN LATERAL pg_catalog.aclexplode(w.fdwacl) a "
	"WHERE " IS_WASM_FDW " AND a.grantee" WF_EQ "0 "
	"UNION ALL SELECT 'o', 'foreign-data wrapper '" WF_CAT "w.fdwname, "
	"'handler and validator of $libdir/wrappers', CASE WHEN l.lanname" WF_NE "'c' OR NOT "
	"coalesce(h.probin OPERATOR(pg_catalog.~) '^\\$libdir/wrappers(-[0-9.]+)?$', false) OR NOT r.rolsuper "
	"THEN 'handler: '" WF_CAT "l.lanname" WF_CAT "' '" WF_CAT "coalesce(h.probin, '') "
	"WHEN v.proname IS DISTINCT FROM 'wasm_fdw_validator' THEN 'validator: '" WF_CAT
	"coalesce(v.proname, 'none') END FROM pg_catalog.pg_foreign_data_wrapper w "
	"JOIN pg_catalog.pg_proc h ON h.oid" WF_EQ "w.fdwhandler JOIN pg_catalog.pg_language l ON l.oid" WF_EQ
	"h.prolang LEFT JOIN pg_catalog.pg_roles r ON r.oid" WF_EQ "h.proowner "
	"LEFT JOIN pg_catalog.pg_proc v ON v.oid" WF_EQ "w.fdwvalidator WHERE " IS_WASM_FDW;

/* As the server's own parser leaves a URL: the cache is keyed by that. */
static bool
normal(const char *url)
{
	const char *p = strstr(url, "://"), *end;

	if (!p || strpbrk(url, " \t\n") || strstr(url, "/./") || strstr(url, "/../"))
		return false;
	for (end = p + 3 + strcspn(p + 3, "/?#"), p = url; p < end; p++)
		if (*p >= 'A' && *p <= 'Z')
			return false;
	return true;
}

static void
odd(struct wf_live_function *f, const char *expected, const char *observed)
{
	if (f->nodd < WF_COUNT(f->odd))
		f->odd[f->nodd++] = (struct wf_pair){expected, observed};
	f->odd_wrapper = true;
}

static void
judge(struct wf_live_function *f, const char *url, const char *sum, bool validator, bool twin)
{
	const char *fragment = url ? strchr(url, '#') : NULL;

	f->unprovable = "the engine runs a file it downloaded once and never checks again";
	f->has_column = sum && strspn(sum, "0123456789abcdef") == 64 && sum[64] == '\0' &&
	                wf_enc_unhex(wf_str(sum), f->column.sha256, sizeof(f->column.sha256));
	if (!url || !wf_supabase_checked(url))
		f->wrapper_state = "its package comes from where the engine checks no digest";
	else if (!f->has_column)
		f->wrapper_state = "its checksum is no SHA-256 in lower case";
	f->wrapper_ok = f->wrapper_state == NULL;
	if (!f->wrapper_ok)
		return;
	if (!fragment || strcmp(fragment + 1, sum) != 0)
		odd(f, "the digest as the fragment of the URL",
		    "another fragment or none: a new digest would not be checked");
	if (!wf_supabase_safe(url) || !normal(url))
		odd(f, "an https URL in its normal form", "another URL");
	if (twin)
		odd(f, "one digest for url, name and version", "another server has another");
	else if (!validator)
		odd(f, "a wrapper with a validator", "none");
}

static enum wf_rc
read_servers(struct wf_engine *e, struct wf_live *live, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	enum wf_rc rc = wf_pg_exec(e->pg, servers_sql, NULL, 0, &rows, err);
	size_t i;

	if (rc != WF_OK)
		return wf_err_wrap(err, "servers");
	live->functions = wf_arena_alloc(&live->arena,
	                                 (wf_pg_count(rows) + 1) * sizeof(*live->functions));
	for (i = 0; i < wf_pg_count(rows); i++) {
		struct wf_live_function f = {.spec = WF_SPEC_INIT, .has_row = true};

		/* no OID of pg_proc: whoever goes by that must find nothing */
		f.spec.schema = wf_engine_keep(live, wf_pg_z(rows, i, FDW));
		f.spec.name = wf_engine_keep(live, wf_pg_z(rows, i, NAME));
		f.spec.owner = wf_engine_keep(live, wf_pg_z(rows, i, OWNER));
		f.owner_superuser = wf_pg_bool(rows, i, SUPER);
		f.spec.definer = WF_NO;
		f.spec.comment = wf_engine_keep(live, wf_pg_z(rows, i, COMMENT));
		f.spec.grants_set = true;
		rc = wf_engine_list(live, wf_pg_z(rows, i, GRANTS), &f.spec.grants, err);
		if (rc != WF_OK)
			return rc;
		judge(&f, wf_pg_z(rows, i, URL), wf_pg_z(rows, i, CHECKSUM),
		      wf_pg_bool(rows, i, VALIDATOR), wf_pg_bool(rows, i, TWIN));
		live->functions[live->nfunctions++] = f;
	}
	return WF_OK;
}

static enum wf_rc
snapshot(struct wf_engine *e, struct wf_live *live, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *version = NULL;
	enum wf_rc rc = wf_engine_one_text(e, "SELECT coalesce(pg_catalog.min(e.extversion), 'none') "
	                                      "FROM pg_catalog.pg_extension e WHERE e.extname" WF_EQ
	                                      "'wrappers'", NULL, 0, &version, err);

	if (rc != WF_OK)
		return rc;
	live->engine_version = wf_engine_keep(live, version);
	rc = read_servers(e, live, err);
	if (rc == WF_OK)
		rc = wf_engine_facts(e, around_sql, NULL, 0, live, err);
	if (rc == WF_OK)
		rc = wf_engine_around(e, NULL, live, err);
	return rc;
}

const struct wf_engine_ops wf_supabase_ops = {
	.about = {
		.name = "supabase",
		.can = WF_CAN(DECLARED) | WF_CAN(WRAPPER) | WF_CAN(ENGINE) | WF_CAN(OWNER) |
		       WF_CAN(GRANTS) | WF_CAN(SETTINGS) | WF_CAN(REPLACE) | WF_CAN(ONE_TX),
		.partly = WF_CAN(INSTALL) | WF_CAN(LOADED),
		.unproven = true,
	},
	.keeps = WF_SPEC_MANIFEST | WF_SPEC_MODULE | WF_SPEC_OWNER | WF_SPEC_GRANTS |
	         WF_SPEC_COMMENT,
	.born_private = true,
	.signs = SIGNS,
	.probe = probe,
	.snapshot = snapshot,
	.put = wf_supabase_put,
	.alter = wf_supabase_alter,
	.remove = wf_supabase_remove,
	.settled = wf_supabase_settled,
};
