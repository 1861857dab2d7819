/* SPDX-License-Identifier: Apache-2.0
 *
 * Finding the adapter, the session every adapter works in, and the one
 * transaction of a change.  Must never fall back to another engine than the
 * one named, and never call a COMMIT done whose outcome it has not seen.
 */
#include "engine/engine.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "engine/adapter.h"
#include "engine/ledger.h"
#include "sys/clock.h"
#include "sys/interrupt.h"

#define COMMIT_MS 60000       /* for the answer to COMMIT */
#define SETTLE_MS 20000       /* to reach the server again after a lost one */
#define SHARED_WAIT_MS 5000   /* a report waits this long for a running change */

/* advisory lock of a target: 'wasm', 'func' */
#define LOCK_KEYS "2002875245, 1718972003"

static const struct wf_engine_ops *const adapters[] = {
	&wf_pg_wasm_ops,
	&wf_pgwasm_ops,
	&wf_supabase_ops,
	&wf_table_ops,
	&wf_wasmer_ops,
};

bool
wf_engine_is(const char *option, const char *adapter)
{
	size_t n = strlen(adapter);

	return strncmp(option, adapter, n) == 0 && (option[n] == '\0' || option[n] == ':');
}

static const struct wf_engine_ops *
find(const char *option)
{
	size_t i;

	for (i = 0; i < WF_COUNT(adapters); i++)
		if (wf_engine_is(option, adapters[i]->about.name))
			return adapters[i];
	return NULL;
}

const char *
wf_engine_adapter(size_t i)
{
	return i < WF_COUNT(adapters) ? adapters[i]->about.name : NULL;
}

const struct wf_engine_about *
wf_engine_about(size_t i)
{
	return i < WF_COUNT(adapters) ? &adapters[i]->about : NULL;
}

const struct wf_engine_about *
wf_engine_describe(const struct wf_engine *e)
{
	return &e->ops->about;
}

/* Everything that could bend the meaning of a later statement is set here,
 * whatever the role, the database or the environment say. */
#define SET(name, value) "pg_catalog.set_config('" name "', '" value "', false), "
#define PREAMBLE(read_only) "SELECT " \
	SET("search_path", "pg_catalog, pg_temp") \
	SET("default_transaction_read_only", read_only) \
	SET("statement_timeout", "0") \
	SET("lock_timeout", "10s") \
	SET("idle_in_transaction_session_timeout", "5min") \
	SET("client_min_messages", "notice") \
	SET("DateStyle", "ISO, YMD") \
	SET("IntervalStyle", "postgres") \
	SET("TimeZone", "UTC") \
	SET("bytea_output", "hex") \
	SET("extra_float_digits", "1") \
	SET("standard_conforming_strings", "on") \
	SET("quote_all_identifiers", "off") \
	SET("transform_null_equals", "off") \
	SET("array_nulls", "on") \
	SET("row_security", "off") \
	SET("synchronous_commit", "on") \
	"pg_catalog.current_database(), current_user, session_user, " \
	"pg_catalog.pg_is_in_recovery(), " \
	"pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE'), " \
	"(SELECT d.oid FROM pg_catalog.pg_database d " \
	"WHERE d.datname" WF_EQ "pg_catalog.current_database()), " \
	"CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn() " \
	"ELSE pg_catalog.pg_current_wal_lsn() END, " \
	"CASE WHEN NOT pg_catalog.pg_is_in_recovery() THEN pg_catalog.left(" \
	"pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 8) END, " \
	"pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())"
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

static enum wf_rc
session(struct wf_engine *e, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	const size_t at = PREAMBLE_SETTINGS;
	enum wf_rc rc;

	rc = wf_pg_exec(e->pg, e->target.read_only ? PREAMBLE("on") : PREAMBLE("off"),
	                NULL, 0, &rows, err);
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
	return read_system_identifier(e, wf_pg_bool(rows, 0, at + 4), err);
}

/* Two engines in one database: which of them is meant is not guessed. */
static enum wf_rc
choose(struct wf_engine *e, const struct wf_engine_ops *named, struct wf_err *err)
{
	enum wf_rc rc;
	size_t i;

	for (i = 0; i < WF_COUNT(adapters); i++) {
		const struct wf_engine_ops *a = adapters[i];
		bool present = false;

		if (named && named != a)
			continue;
		rc = a->probe(e->pg, e->parameter, &present, err);
		if (rc != WF_OK)
			return rc;
		if (present && e->ops)
			return wf_err_set(err, WF_R_ENGINE, "database \"%s\" carries the engines %s "
			                  "and %s: name one with --engine", e->database,
			                  e->ops->about.name, a->about.name);
		if (present)
			e->ops = a;
	}
	if (e->ops)
		return WF_OK;
	(void)wf_err_set(err, WF_R_ENGINE, "database \"%s\" carries no %s engine",
	                 e->database, named ? named->about.name : "WASM");
	return wf_err_hint(err, "wasmfn-engines(7) says what each engine is known by; for pg_wasm "
	                        "the extension must be there: CREATE EXTENSION pg_wasm.");
}

static enum wf_rc
unknown_engine(const char *name, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf names = WF_BUF_INIT(1024);
	size_t i;

	for (i = 0; i < WF_COUNT(adapters); i++)
		wf_buf_putf(&names, i ? ", %s" : "%s", adapters[i]->about.name);
	return wf_err_set(err, WF_R_USAGE, "unknown engine \"%s\"; there is: %s", name,
	                  wf_buf_z(&names));
}

static enum wf_rc
connect_again(const struct wf_engine *e, struct wf_pg **out, struct wf_err *err)
{
	struct wf_pg_open o = {e->target.conninfo, e->application_name, e->target.insecure,
	                       e->target.insecure_sslmode};

	return wf_pg_open(&o, out, err);
}

enum wf_rc
wf_engine_open(const struct wf_engine_target *t, struct wf_engine **out, struct wf_err *err)
{
	WF_AUTO(wf_engine_closep) struct wf_engine *e = NULL;
	const struct wf_engine_ops *named = NULL;
	enum wf_rc rc;

	if (t->engine && strcmp(t->engine, "auto") != 0 && !(named = find(t->engine)))
		return unknown_engine(t->engine, err);
	e = wf_calloc(1, sizeof(*e));
	e->target = *t;
	e->parameter = named ? strchr(t->engine, ':') : NULL;
	e->parameter += e->parameter != NULL;
	(void)snprintf(e->application_name, sizeof(e->application_name), "wasmfn %s %s",
	               t->verb ? t->verb : "", wf_clock_run_id());
	rc = connect_again(e, &e->pg, err);
	if (rc == WF_OK)
		rc = session(e, err);
	if (rc == WF_OK)
		rc = choose(e, named, err);
	if (rc != WF_OK) {
		if (t->name && *t->name)
			(void)wf_err_wrap(err, "target %s", t->name);
		return rc;
	}
	*out = e;
	e = NULL;
	return WF_OK;
}

void
wf_engine_close(struct wf_engine *e)
{
	if (!e)
		return;
	wf_engine_rollback(e);
	wf_pg_close(e->pg);
	free(e->database);
	free(e->role);
	free(e->session_role);
	free(e->system_identifier);
	free(e->second);
	free(e->unasked);
	free(e->database_oid);
	free(e->timeline);
	free(e->lsn);
	while (e->ntouched_names)
		free(e->touched_names[--e->ntouched_names]);
	free(e->touched_names);
	free(e->xid);
	free(e);
}

void
wf_engine_closep(struct wf_engine **e)
{
	wf_engine_close(*e);
	*e = NULL;
}

const char *
wf_engine_name(const struct wf_engine *e)
{
	return e->ops->about.name;
}

/* --- the snapshot ---------------------------------------------------------- */

/* A change that is under way is no drift: wait for it a little.  Each try is
 * a transaction of its own, so that what is read is newer than the lock. */
enum wf_rc
wf_engine_begin_report(struct wf_engine *e, struct wf_err *err)
{
	int64_t end = wf_clock_mono_ms() + SHARED_WAIT_MS;
	enum wf_rc rc;

	for (;;) {
		WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;

		rc = wf_pg_exec(e->pg,
		                "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; "
		                "SELECT pg_catalog.pg_try_advisory_xact_lock_shared(" LOCK_KEYS ")",
		                NULL, 0, &rows, err);
		if (rc != WF_OK || wf_pg_bool(rows, 0, 0))
			return rc;
		if (wf_clock_mono_ms() >= end) {
			wf_log(WF_LOG_INFO, "a change holds the lock of this target; "
			       "reading without waiting for it any longer");
			return WF_OK;
		}
		rc = wf_pg_exec(e->pg, "ROLLBACK", NULL, 0, NULL, err);
		if (rc != WF_OK)
			return rc;
		(void)poll(NULL, 0, 100);
	}
}

void
wf_engine_say_target(const struct wf_engine *e, struct wf_live *live)
{
	live->engine = e->ops->about.name;
	live->unproven = e->ops->about.unproven;
	live->one_by_one = e->ops->about.one_by_one;
	live->born_private = e->ops->born_private;
	live->database = wf_engine_keep(live, e->database);
	live->role = wf_engine_keep(live, e->role);
	live->system_identifier = wf_engine_keep(live, e->system_identifier);
	live->standby = e->standby;
	live->history = (struct wf_live_history){
		wf_engine_keep(live, e->database_oid), wf_engine_keep(live, e->timeline),
		wf_engine_keep(live, e->lsn), wf_engine_keep(live, e->xid),
	};
}

/* NULL where the server knows no such type.  A name that is not even one
 * (a syntax error) fails the whole statement: then they are asked one by one. */
static enum wf_rc
read_types(struct wf_engine *e, const char *const *types, size_t n, struct wf_live *live,
           struct wf_err *err)
{
	static const char sql[] =
		"SELECT pg_catalog.format_type(pg_catalog.to_regtype(t.v), NULL) "
		"FROM pg_catalog.jsonb_array_elements_text($1::pg_catalog.jsonb) "
		"WITH ORDINALITY AS t(v, i) ORDER BY t.i";
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	WF_AUTO(wf_json_freep) struct wf_json *list = wf_json_array();
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	struct wf_pg_param p;
	struct wf_err own = {0};
	enum wf_rc rc;
	size_t i;

	for (i = 0; i < n; i++)
		wf_json_push(list, wf_json_new_z(types[i]));
	rc = wf_json_dump(list, WF_JSON_COMPACT, &text, err);
	if (rc != WF_OK)
		return rc;
	p = WF_PG_Z(wf_buf_z(&text));
	rc = wf_pg_exec(e->pg, sql, &p, 1, &rows, &own);
	for (i = 0; rc == WF_OK && i < n; i++)
		live->types[i] = wf_engine_keep(live, wf_pg_z(rows, i, 0));
	if (rc == WF_OK)
		return WF_OK;
	if (strncmp(wf_pg_sqlstate(e->pg), "42", 2) != 0 || e->in_tx) {
		*err = own;
		return rc;
	}
	if (n == 1) {
		live->types[0] = NULL;
		return WF_OK;
	}
	for (i = 0; i < n; i++) {
		struct wf_live one = {.types = &live->types[i]};

		rc = read_types(e, &types[i], 1, &one, err);
		live->types[i] = wf_engine_keep(live, live->types[i]);
		wf_arena_free(&one.arena);
		if (rc != WF_OK)
			return rc;
	}
	return WF_OK;
}

static void
run_meanwhile(struct wf_engine *e, struct wf_live *live)
{
	const struct wf_engine_meanwhile *m = e->meanwhile;

	e->meanwhile = NULL;
	wf_ledger_parse(live, e->ledger_rows);
	wf_pg_rows_freep(&e->ledger_rows);
	if (m)
		m->run(m->arg, live);
}

enum wf_rc
wf_engine_exec_long(struct wf_engine *e, struct wf_live *live, const char *sql,
                    const struct wf_pg_param *param, size_t n, struct wf_pg_rows **out,
                    struct wf_err *err)
{
	enum wf_rc rc = wf_pg_send(e->pg, sql, param, n, err);

	if (rc != WF_OK)
		return rc;
	run_meanwhile(e, live);
	return wf_pg_receive(e->pg, out, err);
}

enum wf_rc
wf_engine_snapshot(struct wf_engine *e, const char *const *types, size_t ntypes,
                   struct wf_live **out, struct wf_err *err)
{
	return wf_engine_snapshot_while(e, types, ntypes, NULL, out, err);
}

enum wf_rc
wf_engine_snapshot_while(struct wf_engine *e, const char *const *types, size_t ntypes,
                         const struct wf_engine_meanwhile *meanwhile, struct wf_live **out,
                         struct wf_err *err)
{
	WF_AUTO(wf_live_freep) struct wf_live *live = wf_calloc(1, sizeof(*live));
	enum wf_rc rc = WF_OK;

	live->docs = wf_json_array();
	wf_engine_say_target(e, live);
	if (!e->system_identifier)
		wf_engine_unreadable(live, "system identifier: permission denied");
	live->ntypes = ntypes;
	live->types = wf_arena_alloc(&live->arena, (ntypes + 1) * sizeof(*live->types));
	if (ntypes)
		rc = read_types(e, types, ntypes, live, err);
	if (rc == WF_OK && !e->in_tx)
		rc = wf_engine_begin_report(e, err);
	/* one snapshot: the order in which it is read makes no difference */
	if (rc == WF_OK)
		rc = wf_ledger_fetch(e, live, &e->ledger_rows, err);
	e->meanwhile = meanwhile;
	if (rc == WF_OK)
		rc = e->ops->snapshot(e, live, err);
	if (rc == WF_OK)
		run_meanwhile(e, live);
	e->meanwhile = NULL;
	wf_pg_rows_freep(&e->ledger_rows);
	if (!e->in_tx && !wf_pg_lost(e->pg)) {
		struct wf_err ignored = {0};

		if (wf_pg_exec_final(e->pg, "ROLLBACK", 5000, &ignored) != WF_OK && rc == WF_OK)
			rc = wf_err_set(err, ignored.reason, "%s", ignored.msg);
	}
	if (rc != WF_OK)
		return rc;
	*out = live;
	live = NULL;
	return WF_OK;
}

/* --- the transaction ------------------------------------------------------- */

enum wf_rc
wf_engine_begin(struct wf_engine *e, struct wf_err *err)
{
	enum wf_rc rc;

	if (e->standby)
		return wf_err_set(err, WF_R_CONFIG, "the server is a standby; expected the primary");
	/* nobody may get in between the transactions of one run */
	if (e->ops->about.one_by_one && !e->locked) {
		rc = wf_pg_exec(e->pg, "SELECT pg_catalog.pg_advisory_lock(" LOCK_KEYS ")", NULL, 0,
		                NULL, err);
		if (rc != WF_OK)
			return wf_err_wrap(err, "another run is changing this target");
		e->locked = true;
	}
	e->changed = false;
	e->touched = 0;
	e->head_seq = 0; /* no row of this transaction yet */
	/* read committed: what is compared next must be newer than the lock */
	rc = wf_pg_exec(e->pg, "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE; "
	                       "SELECT pg_catalog.pg_advisory_xact_lock(" LOCK_KEYS ")",
	                NULL, 0, NULL, err);
	e->in_tx = true;
	e->head_known = false;
	if (rc == WF_OK)
		return WF_OK;
	wf_engine_rollback(e);
	if (err && err->reason == WF_R_TRY_AGAIN)
		(void)wf_err_wrap(err, "another run is changing this target");
	return rc;
}

enum wf_rc
wf_engine_put(struct wf_engine *e, const struct wf_verified *v, const struct wf_spec *spec,
              bool replace, struct wf_err *err)
{
	struct wf_str bytes = wf_verified_bytes(v);

	if (!e->in_tx || !bytes.len || !spec->has_module ||
	    !wf_digest_eq(&spec->module, wf_verified_module(v)))
		wf_die("put: no transaction, or another module than the one verified");
	e->changed = true;
	return e->ops->put(e, bytes, spec, replace, err);
}

enum wf_rc
wf_engine_alter(struct wf_engine *e, const struct wf_spec *want,
                const struct wf_live_function *have, struct wf_err *err)
{
	(void)have; /* the adapter compares with the catalog of this moment */
	e->changed = true;
	return e->ops->alter(e, want, err);
}

enum wf_rc
wf_engine_remove(struct wf_engine *e, const struct wf_spec *spec, struct wf_err *err)
{
	e->changed = true;
	return e->ops->remove(e, spec, err);
}

enum wf_rc
wf_engine_record(struct wf_engine *e, struct wf_ledger_row *row, struct wf_err *err)
{
	return wf_ledger_add(e, row, err);
}

void
wf_engine_rollback(struct wf_engine *e)
{
	struct wf_err ignored = {0};

	if (!e->in_tx)
		return;
	e->in_tx = false;
	if (!wf_pg_lost(e->pg) && wf_pg_exec_final(e->pg, "ROLLBACK", 5000, &ignored) != WF_OK)
		wf_log(WF_LOG_INFO, "rollback: %s", ignored.msg);
}

/* The answer to COMMIT did not come.  The old backend keeps the lock until
 * its transaction has ended one way or the other, so whoever gets the lock
 * sees the outcome. */
static enum wf_rc
settle(struct wf_engine *e, const char *run, struct wf_err *err)
{
	int64_t end = wf_clock_mono_ms() + SETTLE_MS;
	struct wf_err last = {0};
	bool there = false;
	enum wf_rc rc;

	do {
		WF_AUTO(wf_pg_closep) struct wf_pg *pg = NULL;

		wf_err_clear(&last);
		rc = connect_again(e, &pg, &last);
		if (rc == WF_OK)
			rc = wf_pg_exec(pg, "SET lock_timeout = '10s'; BEGIN; "
			                    "SELECT pg_catalog.pg_advisory_xact_lock(" LOCK_KEYS ")",
			                NULL, 0, NULL, &last);
		if (rc == WF_OK)
			rc = wf_ledger_has_run(pg, run, e->head_seq, &there, &last);
		if (rc == WF_OK) {
			wf_log(WF_LOG_WARN, "the answer to COMMIT was lost; the ledger says it was %s",
			       there ? "done" : "not done");
			return there ? WF_OK
			             : wf_err_set(err, WF_R_UNAVAILABLE, "the connection was lost at "
			                          "COMMIT and nothing was changed");
		}
		(void)poll(NULL, 0, 200);
	} while (wf_clock_mono_ms() < end && wf_interrupt_pending() == 0);
	(void)wf_err_set(err, WF_R_UNAVAILABLE, "the connection was lost at COMMIT; "
	                 "whether run %s was applied is not known: %s", run, last.msg);
	return wf_err_hint(err, "Run the same command again when the server is back: "
	                        "what was applied is not applied twice.");
}

enum wf_rc
wf_engine_commit(struct wf_engine *e, const char *run, struct wf_err *err)
{
	struct wf_err own = {0};
	enum wf_rc rc;

	/* the last moment at which a signal or the deadline still stops it */
	rc = wf_interrupt_check(err);
	if (rc != WF_OK) {
		wf_engine_rollback(e);
		return rc;
	}
	rc = wf_pg_exec_final(e->pg, "COMMIT", COMMIT_MS, &own);
	if (rc == WF_OK) {
		e->in_tx = false;
		return e->changed && e->ops->settled ? e->ops->settled(e, err) : WF_OK;
	}
	if (!wf_pg_lost(e->pg) && wf_pg_sqlstate(e->pg)[0]) {
		e->in_tx = false; /* refused: the server has rolled back */
		*err = own;
		return rc;
	}
	e->in_tx = false;
	rc = settle(e, run, err);
	if (rc == WF_OK && e->changed && e->ops->settled)
		return wf_err_set(err, WF_R_UNAVAILABLE, "committed, but the connection was lost before "
		                  "what else the engine did could be looked at");
	return rc;
}
