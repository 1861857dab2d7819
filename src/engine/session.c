/* SPDX-License-Identifier: Apache-2.0
 *
 * The session every adapter works in.  Must never leave a setting behind in a
 * server session that is not ours alone: behind a pooler in transaction mode
 * the next statement may come from somebody else's application.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "engine/adapter.h"

/* local: SQL, whether the value is for this transaction only. */
#define SET(name, value, local) \
	"pg_catalog.set_config('" name "', '" value "', " local "), "
#define SETTINGS(read_only, local) "SELECT " \
	SET("search_path", "pg_catalog, pg_temp", local) \
	SET("default_transaction_read_only", read_only, local) \
	SET("statement_timeout", "0", local) \
	SET("lock_timeout", "10s", local) \
	SET("idle_in_transaction_session_timeout", "5min", local) \
	SET("client_min_messages", "notice", local) \
	SET("DateStyle", "ISO, YMD", local) \
	SET("IntervalStyle", "postgres", local) \
	SET("TimeZone", "UTC", local) \
	SET("bytea_output", "hex", local) \
	SET("extra_float_digits", "1", local) \
	SET("standard_conforming_strings", "on", local) \
	SET("quote_all_identifiers", "off", local) \
	SET("transform_null_equals", "off", local) \
	SET("array_nulls", "on", local) \
	SET("row_security", "off", local) \
	SET("synchronous_commit", "on", local)

/* A pooler answers the startup itself, with a process number of its own: not
 * that of the server's session, and not the same in each transaction. */
#define POOLED "pg_catalog.pg_backend_pid() OPERATOR(pg_catalog.<>) $1::pg_catalog.int4"
#define PREAMBLE(read_only) SETTINGS(read_only, POOLED) \
	"pg_catalog.current_database(), current_user, session_user, " \
	"pg_catalog.pg_is_in_recovery(), " \
	"pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE'), " \
	"(SELECT d.oid FROM pg_catalog.pg_database d " \
	"WHERE d.datname" WF_EQ "pg_catalog.current_database()), " \
	"CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() " \
	"ELSE pg_catalog.pg_current_wal_lsn() END, " \
	"CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.left(" \
	"pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8) END, " \
	"pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())" ", " POOLED
#define PREAMBLE_SETTINGS 17u /* columns before what is asked */

static enum wf_rc
read_system_identifier(struct wf_engine *e, bool allowed, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	const char *want = e->target.system_identifier;
	enum wf_rc rc;

	if (!allowed) {
		if (want)
			return wf_err_set(err, WF_R_PRIVILEGE, "role %s may not execute "
			                  "pg_control_system(), so the pinned system "
			                  "identifier cannot be checked", e->role);
		return WF_OK;
	}
	rc = wf_pg_exec(e->pg, "SELECT c.system_identifier FROM pg_catalog.pg_control_system() c",
	                NULL, 0, &rows, err);
	if (rc != WF_OK)
		return rc;
	e->system_identifier = wf_strdup(wf_pg_z(rows, 0, 0) ? wf_pg_z(rows, 0, 0) : "");
	if (want && strcmp(want, e->system_identifier) != 0)
		return wf_err_set(err, WF_R_CONFIG,
		                  "this is another server: expected system identifier %s, found %s",
		                  want, e->system_identifier);
	return WF_OK;
}

static char *
maybe(const struct wf_pg_rows *rows, size_t column)
{
	const char *z = wf_pg_z(rows, 0, column);

	return z ? wf_strdup(z) : NULL;
}

enum wf_rc
wf_engine_session(struct wf_engine *e, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	const size_t at = PREAMBLE_SETTINGS;
	char pid[24] = "";
	struct wf_pg_param p = WF_PG_Z(pid);
	enum wf_rc rc;

	(void)snprintf(pid, sizeof(pid), "%d", wf_pg_backend_pid(e->pg));
	rc = wf_pg_exec(e->pg, e->target.read_only ? PREAMBLE("on") : PREAMBLE("off"),
	                &p, 1, &rows, err);
	if (rc != WF_OK)
		return rc;
	if (!wf_pg_z(rows, 0, at + 4))
		return wf_err_set(err, WF_R_PROTOCOL, "the server did not say who it is");
	e->database = wf_strdup(wf_pg_z(rows, 0, at));
	e->role = wf_strdup(wf_pg_z(rows, 0, at + 1));
	e->session_role = wf_strdup(wf_pg_z(rows, 0, at + 2));
	e->standby = wf_pg_bool(rows, 0, at + 3);
	e->database_oid = maybe(rows, at + 5);
	e->lsn = maybe(rows, at + 6);
	e->timeline = maybe(rows, at + 7);
	e->xid = maybe(rows, at + 8);
	e->pooled = wf_pg_bool(rows, 0, at + 9);
	if (e->pooled)
		wf_log(WF_LOG_INFO, "a pooler is in between: settings go with each transaction");
	return read_system_identifier(e, wf_pg_bool(rows, 0, at + 4), err);
}

enum wf_rc
wf_engine_settings(struct wf_engine *e, struct wf_err *err)
{
	if (!e->pooled)
		return WF_OK;
	return wf_pg_exec(e->pg, e->target.read_only ? SETTINGS("on", "true") "true"
	                                             : SETTINGS("off", "true") "true",
	                  NULL, 0, NULL, err);
}
