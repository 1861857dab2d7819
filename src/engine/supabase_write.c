/* SPDX-License-Identifier: Apache-2.0
 *
 * Changing servers of the Wasm FDW.  DDL takes no parameters: the server
 * itself quotes names and values (format %I %L).  Must never change the digest
 * without changing the URL's fragment with it, since only a cache miss makes
 * the engine compare, and never run a guest unless that was asked for.
 */
#include "engine/supabase.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/limits.h"
#include "base/log.h"

#define HOLE "{sha256}"
#define MAX_URL 2048u
#define PROBE_MS 30000 /* a guest cannot be stopped, only left behind */

static bool
begins(const char *z, const char *with)
{
	return strncmp(z, with, strlen(with)) == 0;
}

bool
wf_supabase_checked(const char *url)
{
	return begins(url, "https://") || begins(url, "http://");
}

bool
wf_supabase_safe(const char *url)
{
	static const char *const here[] = {"localhost", "127.0.0.1", "[::1]"};
	const char *host = url + strlen("http://");
	size_t i;

	if (begins(url, "https://"))
		return true;
	for (i = 0; begins(url, "http://") && i < WF_COUNT(here); i++)
		if (begins(host, here[i]) && host[strlen(here[i])] != '\0' &&
		    strchr(":/", host[strlen(here[i])]))
			return true;
	return false;
}

enum wf_rc
wf_supabase_ask(const char *parameter, struct wf_supabase_ask *out, struct wf_err *err)
{
	struct wf_supabase_ask a = {false, parameter};
	size_t i;

	if (parameter && begins(parameter, "probe") && (!parameter[5] || parameter[5] == ',')) {
		a.probe = true;
		a.url = parameter[5] ? parameter + 6 : NULL;
	}
	for (i = 0; a.url && a.url[i]; i++)
		if (a.url[i] <= ' ' || a.url[i] > '~')
			break;
	if (a.url && (a.url[i] || i > MAX_URL || !wf_supabase_safe(a.url) || strchr(a.url, '#') ||
	              strchr(a.url, '@') || !strstr(a.url, HOLE)))
		return wf_err_set(err, WF_R_USAGE, "engine supabase: expected supabase:[probe,]URL, an "
		                  "https URL with " HOLE " in it, no login and no fragment");
	*out = a;
	return WF_OK;
}

/* --- where the package is -------------------------------------------------------- */

static void
fill(const char *form, const char *hex, struct wf_buf *out)
{
	const char *hole = strstr(form, HOLE);

	if (hole)
		wf_buf_putf(out, "%.*s%s%s", (int)(hole - form), form, hex, hole + strlen(HOLE));
	else
		wf_buf_putf(out, "%.*s", (int)strcspn(form, "#"), form);
	wf_buf_putf(out, "#%s", hex);
}

#define THE_SERVER \
	"(SELECT s.* FROM pg_catalog.pg_foreign_server s JOIN pg_catalog.pg_foreign_data_wrapper w " \
	"ON w.oid" WF_EQ "s.srvfdw JOIN pg_catalog.pg_proc h ON h.oid" WF_EQ "w.fdwhandler " \
	"AND h.proname" WF_EQ "'wasm_fdw_handler' WHERE w.fdwname" WF_EQ "$1::pg_catalog.name " \
	"AND s.srvname" WF_EQ "$2::pg_catalog.name)"

/* The URL as it will stand; of a server that only lacks the fragment, its own. */
static enum wf_rc
make_url(struct wf_engine *e, const struct wf_spec *s, const char *hex, bool replace,
         struct wf_buf *out, struct wf_err *err)
{
	static const char sql[] =
		"SELECT (SELECT o.option_value FROM pg_catalog.pg_options_to_table(s.srvoptions) o "
		"WHERE o.option_name" WF_EQ "'fdw_package_url') FROM " THE_SERVER " s WHERE EXISTS (SELECT 1 "
		"FROM pg_catalog.pg_options_to_table(s.srvoptions) o WHERE o.option_name" WF_EQ
		"'fdw_package_checksum' AND o.option_value" WF_EQ "$3::pg_catalog.text)";
	struct wf_pg_param p[] = {WF_PG_Z(s->schema), WF_PG_Z(s->name), WF_PG_Z(hex)};
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	struct wf_supabase_ask ask;
	enum wf_rc rc = wf_supabase_ask(e->parameter, &ask, err);

	if (rc != WF_OK)
		return rc;
	if (ask.url) {
		fill(ask.url, hex, out);
		return WF_OK;
	}
	if (replace)
		rc = wf_pg_exec(e->pg, sql, p, 3, &rows, err);
	if (rc == WF_OK && rows && wf_pg_z(rows, 0, 0) && wf_supabase_safe(wf_pg_z(rows, 0, 0))) {
		fill(wf_pg_z(rows, 0, 0), hex, out);
		return WF_OK;
	}
	if (rc != WF_OK)
		return rc;
	(void)wf_err_set(err, WF_R_USAGE, "%s.%s: engine supabase downloads packages itself and was "
	                 "not told from where", s->schema, s->name);
	return wf_err_hint(err, "Say --engine supabase:https://HOST/PATH/" HOLE ".wasm, where the "
	                        "module is served under its digest.");
}

/* --- statements -------------------------------------------------------------------- */

/* $1 wrapper $2 server $3 url $4 digest */
static const char create_sql[] =
	"SELECT pg_catalog.format('CREATE SERVER %I FOREIGN DATA WRAPPER %I OPTIONS (fdw_package_url %L, "
	"fdw_package_name %L, fdw_package_version %L, fdw_package_checksum %L)', $2::pg_catalog.text, "
	"$1::pg_catalog.text, $3::pg_catalog.text, 'wasmfn:'" WF_CAT "$2::pg_catalog.text, '1.0.0', "
	"$4::pg_catalog.text)";
static const char replace_sql[] =
	"SELECT pg_catalog.format('ALTER SERVER %I OPTIONS (%s fdw_package_url %L, %s "
	"fdw_package_checksum %L)', s.srvname, CASE WHEN o.url THEN 'SET' ELSE 'ADD' END, "
	"$3::pg_catalog.text, CASE WHEN o.sum THEN 'SET' ELSE 'ADD' END, $4::pg_catalog.text) "
	"FROM " THE_SERVER " s CROSS JOIN LATERAL (SELECT "
	"coalesce(pg_catalog.bool_or(o.option_name" WF_EQ "'fdw_package_url'), false), "
	"coalesce(pg_catalog.bool_or(o.option_name" WF_EQ "'fdw_package_checksum'), false) "
	"FROM pg_catalog.pg_options_to_table(s.srvoptions) o) o(url, sum)";

static void
touch(struct wf_engine *e, const char *name)
{
	e->touched_names = wf_realloc(e->touched_names,
	                              (e->ntouched_names + 1) * sizeof(*e->touched_names));
	e->touched_names[e->ntouched_names++] = wf_strdup(name);
}

enum wf_rc
wf_supabase_put(struct wf_engine *e, struct wf_str module, const struct wf_spec *s, bool replace,
                struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf url = WF_BUF_INIT(2 * MAX_URL);
	char text[WF_DIGEST_TEXT];
	struct wf_pg_param p[4];
	size_t made = 0;
	enum wf_rc rc;

	(void)module; /* what is sent is the digest; the bytes come from the URL */
	wf_digest_text(&s->module, text);
	rc = make_url(e, s, text + strlen("sha256:"), replace, &url, err);
	if (rc != WF_OK)
		return rc;
	p[0] = WF_PG_Z(s->schema);
	p[1] = WF_PG_Z(s->name);
	p[2] = WF_PG_Z(wf_buf_z(&url));
	p[3] = WF_PG_Z(text + strlen("sha256:"));
	rc = wf_pg_exec_made(e->pg, replace ? replace_sql : create_sql, p, 4, &made, err);
	if (rc == WF_OK && made != 1)
		rc = wf_err_set(err, WF_R_ENGINE, "there is no such server");
	if (rc == WF_OK)
		touch(e, s->name);
	return rc == WF_OK ? rc : wf_err_wrap(err, "%s.%s", s->schema, s->name);
}

#define HAS_USAGE \
	"(SELECT a.grantee, a.is_grantable, CASE WHEN a.grantee" WF_EQ "0 THEN 'PUBLIC' " \
	"ELSE pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text END AS who " \
	"FROM pg_catalog.aclexplode(coalesce(f.srvacl, pg_catalog.acldefault('S', f.srvowner))) a " \
	"WHERE a.grantee" WF_NE "f.srvowner)"
#define WANTED "(SELECT w.v FROM pg_catalog.jsonb_array_elements_text($5::pg_catalog.jsonb) w(v))"

/* $1 wrapper $2 server; NULL leaves the rest alone: $3 comment $4 owner $5 grants */
static const char alter_sql[] =
	"WITH f AS MATERIALIZED " THE_SERVER " SELECT s.v FROM ("
	"SELECT 1, pg_catalog.format('COMMENT ON SERVER %I IS %L', f.srvname, $3::pg_catalog.text) "
	"FROM f WHERE $3::pg_catalog.text IS NOT NULL AND $3::pg_catalog.text IS DISTINCT FROM "
	"(SELECT d.description FROM pg_catalog.pg_description d WHERE d.objoid" WF_EQ "f.oid "
	"AND d.objsubid" WF_EQ "0 AND d.classoid" WF_EQ
	"'pg_catalog.pg_foreign_server'::pg_catalog.regclass) "
	"UNION ALL SELECT 2, pg_catalog.format('REVOKE USAGE ON FOREIGN SERVER %I FROM %s CASCADE', "
	"f.srvname, CASE WHEN h.grantee" WF_EQ "0 THEN 'PUBLIC' ELSE pg_catalog.format('%I', h.who) END) "
	"FROM f CROSS JOIN LATERAL " HAS_USAGE " h WHERE CASE WHEN $5::pg_catalog.jsonb IS NULL "
	"THEN h.grantee" WF_EQ "0 ELSE h.is_grantable OR NOT h.who" WF_EQ "ANY " WANTED " END "
	"UNION ALL SELECT 3, pg_catalog.format('GRANT USAGE ON FOREIGN SERVER %I TO %s', f.srvname, "
	"CASE WHEN w.v" WF_EQ "'PUBLIC' THEN 'PUBLIC' ELSE pg_catalog.format('%I', w.v) END) "
	"FROM f CROSS JOIN " WANTED " w(v) WHERE w.v" WF_NE
	"pg_catalog.pg_get_userbyid(f.srvowner)::pg_catalog.text AND NOT EXISTS (SELECT 1 FROM "
	HAS_USAGE " h WHERE h.who" WF_EQ "w.v AND NOT h.is_grantable) "
	"UNION ALL SELECT 4, pg_catalog.format('ALTER SERVER %I OWNER TO %I', f.srvname, "
	"$4::pg_catalog.text) FROM f WHERE pg_catalog.pg_get_userbyid(f.srvowner)"
	"::pg_catalog.text" WF_NE "$4::pg_catalog.text"
	") s(n, v) ORDER BY s.n, s.v COLLATE \"C\"";

enum wf_rc
wf_supabase_alter(struct wf_engine *e, const struct wf_spec *want, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf grants = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	struct wf_pg_param p[] = {WF_PG_Z(want->schema), WF_PG_Z(want->name), WF_PG_Z(want->comment),
	                          WF_PG_Z(want->owner), WF_PG_Z(NULL)};
	enum wf_rc rc = wf_engine_grants_param(want, &grants, &p[4], err);

	if (rc == WF_OK)
		rc = wf_pg_exec_made(e->pg, alter_sql, p, WF_COUNT(p), NULL, err);
	return rc == WF_OK ? rc : wf_err_wrap(err, "%s.%s", want->schema, want->name);
}

/* Without CASCADE: what hangs on the server is somebody's. */
enum wf_rc
wf_supabase_remove(struct wf_engine *e, const struct wf_spec *s, struct wf_err *err)
{
	static const char sql[] = "SELECT pg_catalog.format('DROP SERVER %I', s.srvname) FROM "
	                          THE_SERVER " s";
	struct wf_pg_param p[] = {WF_PG_Z(s->schema), WF_PG_Z(s->name)};
	size_t made = 0;
	enum wf_rc rc = wf_pg_exec_made(e->pg, sql, p, 2, &made, err);

	if (rc == WF_OK && made != 1)
		rc = wf_err_set(err, WF_R_ENGINE, "there is no such server");
	return rc == WF_OK ? rc : wf_err_wrap(err, "%s.%s", s->schema, s->name);
}

/* --- the probe ------------------------------------------------------------------------ */

/* Planning a query downloads, compares, loads, links and calls init.  Nothing
 * stops a guest that loops: this connection is left behind then, no other. */
static enum wf_rc
run_guest(struct wf_engine *e, const char *server, struct wf_err *err)
{
	struct wf_pg_param p = WF_PG_Z(server);
	WF_AUTO(wf_pg_closep) struct wf_pg *pg = NULL;
	enum wf_rc rc = wf_engine_connect(e, &pg, err);

	if (rc == WF_OK)
		rc = wf_pg_exec(pg, "SET search_path = pg_catalog, pg_temp; BEGIN", NULL, 0, NULL, err);
	if (rc == WF_OK)
		rc = wf_pg_exec_made(pg, "SELECT pg_catalog.format('CREATE FOREIGN TABLE "
		                         "pg_temp.wasmfn_probe (x pg_catalog.text) SERVER %I', "
		                         "$1::pg_catalog.text)", &p, 1, NULL, err);
	if (rc == WF_OK)
		rc = wf_pg_exec_final(pg, "EXPLAIN SELECT * FROM pg_temp.wasmfn_probe", PROBE_MS, err);
	return rc == WF_OK ? rc : wf_err_wrap(err, "installed, but the probe of server %s failed",
	                                      server);
}

enum wf_rc
wf_supabase_settled(struct wf_engine *e, struct wf_err *err)
{
	struct wf_supabase_ask ask;
	enum wf_rc rc = wf_supabase_ask(e->parameter, &ask, err);
	size_t i;

	for (i = 0; rc == WF_OK && ask.probe && i < e->ntouched_names; i++)
		rc = run_guest(e, e->touched_names[i], err);
	if (rc == WF_OK && !ask.probe && e->ntouched_names)
		wf_log(WF_LOG_WARN, "engine supabase downloads and checks a package at its first use, not "
		       "now; --engine supabase:probe does that, and runs the guest's code");
	return rc;
}
