/* SPDX-License-Identifier: Apache-2.0
 *
 * The other databases of the cluster.  pgwasm keys its directories by module
 * id alone, so a second database with the extension overwrites and deletes the
 * first one's code.  Must never take a database that could not be asked for
 * one without the extension.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "engine/pgwasm.h"

/* The same connection string with another database; caller frees. */
static char *
with_database(const char *conninfo, const char *name)
{
	bool uri = wf_str_starts(wf_str(conninfo), "postgresql://") ||
	           wf_str_starts(wf_str(conninfo), "postgres://");
	WF_AUTO(wf_buf_free) struct wf_buf b =
		WF_BUF_INIT(strlen(conninfo) + 3 * strlen(name) + 32);

	wf_buf_putz(&b, conninfo);
	wf_buf_putz(&b, !uri ? " dbname='" : strchr(conninfo, '?') ? "&dbname=" : "?dbname=");
	for (; *name; name++) {
		if (uri)
			wf_buf_putf(&b, "%%%02X", (unsigned)(unsigned char)*name);
		else
			wf_buf_putf(&b, *name == '\'' || *name == '\\' ? "\\%c" : "%c", *name);
	}
	if (!uri)
		wf_buf_putz(&b, "'");
	return wf_buf_steal(&b);
}

/* Has it the extension? */
static enum wf_rc
ask(struct wf_engine *e, const char *name, bool *has, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *conninfo =
		with_database(e->target.conninfo ? e->target.conninfo : "", name);
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	WF_AUTO(wf_pg_closep) struct wf_pg *pg = NULL;
	struct wf_pg_open o = {conninfo, e->application_name, e->target.insecure,
	                       e->target.insecure_sslmode};
	enum wf_rc rc = wf_pg_open(&o, &pg, err);

	if (rc == WF_OK)
		rc = wf_pg_exec(pg, "SELECT pg_catalog.current_database(), EXISTS (SELECT 1 FROM "
		                    "pg_catalog.pg_extension e WHERE e.extname" WF_EQ "'pgwasm')",
		                NULL, 0, &rows, err);
	if (rc == WF_OK && (!wf_pg_z(rows, 0, 0) || strcmp(wf_pg_z(rows, 0, 0), name) != 0))
		rc = wf_err_set(err, WF_R_PROTOCOL, "another database answered");
	if (rc == WF_OK)
		*has = wf_pg_bool(rows, 0, 1);
	return rc;
}

static void
say(char **out, const char *name, const char *why)
{
	char text[512];

	(void)snprintf(text, sizeof(text), "database %.100s%s%.300s", name, why ? ": whether it has "
	               "pgwasm too could not be asked: " : "", why ? why : "");
	if (!*out)
		*out = wf_strdup(text);
}

enum wf_rc
wf_pgwasm_cluster(struct wf_engine *e, const char **second, const char **unknown,
                  struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	enum wf_rc rc = WF_OK;
	size_t i;

	if (!e->cluster_known)
		rc = wf_pg_exec(e->pg, "SELECT d.datname FROM pg_catalog.pg_database d WHERE "
		                       "d.datallowconn AND d.datname" WF_NE
		                       "pg_catalog.current_database() ORDER BY d.datname",
		                NULL, 0, &rows, err);
	if (rc != WF_OK)
		return rc;
	for (i = 0; rows && i < wf_pg_count(rows); i++) {
		const char *name = wf_pg_z(rows, i, 0);
		struct wf_err why = {0};
		bool has = false;

		if (ask(e, name, &has, &why) != WF_OK)
			say(&e->unasked, name, why.msg);
		else if (has)
			say(&e->second, name, NULL);
	}
	e->cluster_known = true;
	*second = e->second;
	*unknown = e->unasked;
	return WF_OK;
}
