/* SPDX-License-Identifier: Apache-2.0
 *
 * Finding the adapter, the session every adapter works in, and the one
 * transaction of a change.  Must never fall back to another engine than the
 * one named, and never call a COMMIT done whose outcome it has not seen.
 */
#include "engine/engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "engine/adapter.h"
#include "engine/ledger.h"
#include "sys/clock.h"
#include "sys/interrupt.h"
#include "sys/task.h"

#define SHARED_WAIT_MS 5000   /* a report waits this long for a running change */

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

/* Which adapters are worth a probe, in one round trip for all. */
static enum wf_rc
look_for(struct wf_engine *e, bool signs[WF_COUNT(adapters)], struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf sql = WF_BUF_INIT(WF_COUNT(adapters) * WF_KIB);
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	enum wf_rc rc;
	size_t i;

	for (i = 0; i < WF_COUNT(adapters); i++)
		wf_buf_putf(&sql, "%s%s", i ? ", " : "SELECT ",
		            adapters[i]->signs ? adapters[i]->signs : "false");
	rc = wf_pg_exec(e->pg, wf_buf_z(&sql), NULL, 0, &rows, err);
	for (i = 0; rc == WF_OK && i < WF_COUNT(adapters); i++)
		signs[i] = wf_pg_bool(rows, 0, i);
	return rc;
}

/* Two engines in one database: which of them is meant is not guessed. */
static enum wf_rc
choose(struct wf_engine *e, const struct wf_engine_ops *named, struct wf_err *err)
{
	bool signs[WF_COUNT(adapters)] = {false};
	enum wf_rc rc = named ? WF_OK : look_for(e, signs, err);
	size_t i;

	if (rc != WF_OK)
		return rc;
	for (i = 0; i < WF_COUNT(adapters); i++) {
		const struct wf_engine_ops *a = adapters[i];
		bool present = false;

		if (named ? named != a : !signs[i])
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

enum wf_rc
wf_engine_find(const char *option, const char **name, struct wf_err *err)
{
	const struct wf_engine_ops *ops = find(option);

	if (!ops)
		return unknown_engine(option, err);
	*name = ops->about.name;
	return WF_OK;
}

enum wf_rc
wf_engine_connect(const struct wf_engine *e, struct wf_pg **out, struct wf_err *err)
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
	rc = wf_engine_connect(e, &e->pg, err);
	if (rc == WF_OK)
		rc = wf_engine_session(e, err);
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
	struct wf_err ignored = {0};

	if (!e)
		return;
	wf_engine_rollback(e);
	(void)!wf_engine_end_report(e, &ignored);
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

enum wf_rc
wf_engine_end_report(struct wf_engine *e, struct wf_err *err)
{
	struct wf_err own = {0};
	enum wf_rc rc;

	if (!e->reporting)
		return WF_OK;
	e->reporting = false;
	if (wf_pg_lost(e->pg))
		return WF_OK; /* it ended with the connection */
	rc = wf_pg_exec_final(e->pg, "ROLLBACK", 5000, &own);
	return rc == WF_OK ? rc : wf_err_set(err, own.reason, "%s", own.msg);
}

enum wf_rc
wf_engine_ask(struct wf_engine *e, const char *sql, const struct wf_pg_param *p, size_t n,
              struct wf_pg_rows **out, struct wf_err *err)
{
	enum wf_rc rc = e->in_tx || e->reporting ? WF_OK : wf_engine_begin_report(e, err);

	return rc == WF_OK ? wf_pg_exec(e->pg, sql, p, n, out, err) : rc;
}

/* A change that is under way is no drift: wait for it a little.  Each try is
 * a transaction of its own, so that what is read is newer than the lock. */
enum wf_rc
wf_engine_begin_report(struct wf_engine *e, struct wf_err *err)
{
	int64_t end = wf_clock_mono_ms() + SHARED_WAIT_MS;
	enum wf_rc rc = wf_engine_end_report(e, err);

	if (rc != WF_OK)
		return rc;
	e->reporting = true;
	for (;;) {
		WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;

		rc = wf_pg_exec(e->pg,
		                "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; "
		                "SELECT pg_catalog.pg_try_advisory_xact_lock_shared(" WF_LOCK_KEYS ")",
		                NULL, 0, &rows, err);
		if (rc != WF_OK || wf_pg_bool(rows, 0, 0))
			return rc == WF_OK ? wf_engine_settings(e, err) : rc;
		if (wf_clock_mono_ms() >= end) {
			wf_log(WF_LOG_INFO, "a change holds the lock of this target; "
			       "reading without waiting for it any longer");
			return wf_engine_settings(e, err);
		}
		rc = wf_pg_exec(e->pg, "ROLLBACK", NULL, 0, NULL, err);
		if (rc != WF_OK)
			return rc;
		wf_task_sleep(100);
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
	struct wf_err own = {0}, ignored = {0};
	char state[6];
	enum wf_rc rc;
	size_t i;

	for (i = 0; i < n; i++)
		wf_json_push(list, wf_json_new_z(types[i]));
	rc = wf_json_dump(list, WF_JSON_COMPACT, &text, err);
	if (rc != WF_OK)
		return rc;
	p = WF_PG_Z(wf_buf_z(&text));
	/* behind a pooler nothing set holds longer than a transaction */
	if (e->pooled && !e->in_tx)
		rc = wf_pg_exec(e->pg, "BEGIN READ ONLY", NULL, 0, NULL, &own);
	if (rc == WF_OK && e->pooled && !e->in_tx)
		rc = wf_engine_settings(e, &own);
	if (rc == WF_OK)
		rc = wf_pg_exec(e->pg, sql, &p, 1, &rows, &own);
	if (e->pooled && !e->in_tx && !wf_pg_lost(e->pg)) {
		memcpy(state, wf_pg_sqlstate(e->pg), sizeof(state));
		(void)!wf_pg_exec_final(e->pg, "ROLLBACK", 5000, &ignored);
	} else {
		memcpy(state, wf_pg_sqlstate(e->pg), sizeof(state));
	}
	for (i = 0; rc == WF_OK && i < n; i++)
		live->types[i] = wf_engine_keep(live, wf_pg_z(rows, i, 0));
	if (rc == WF_OK)
		return WF_OK;
	if (strncmp(state, "42", 2) != 0 || e->in_tx) {
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
	struct wf_err ignored = {0};
	enum wf_rc rc = wf_engine_end_report(e, err);

	live->docs = wf_json_array();
	wf_engine_say_target(e, live);
	if (!e->system_identifier)
		wf_engine_unreadable(live, "system identifier: permission denied");
	live->ntypes = ntypes;
	live->types = wf_arena_alloc(&live->arena, (ntypes + 1) * sizeof(*live->types));
	if (rc == WF_OK && ntypes)
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
	if (rc != WF_OK) {
		(void)!wf_engine_end_report(e, &ignored);
		return rc;
	}
	*out = live;
	live = NULL;
	return WF_OK;
}

/* --- the transaction ------------------------------------------------------- */

enum wf_rc
wf_engine_begin(struct wf_engine *e, struct wf_err *err)
{
	enum wf_rc rc;

	e->committed = false;
	rc = wf_engine_end_report(e, err);
	if (rc != WF_OK)
		return rc;
	if (e->standby)
		return wf_err_set(err, WF_R_CONFIG, "the server is a standby; expected the primary");
	/* nobody may get in between the transactions of one run */
	if (e->ops->about.one_by_one && e->pooled)
		return wf_err_set(err, WF_R_CONFIG, "engine %s needs a session of its own, and a pooler "
		                  "is in between", wf_engine_name(e));
	if (e->ops->about.one_by_one && !e->locked) {
		rc = wf_pg_exec(e->pg, "SELECT pg_catalog.pg_advisory_lock(" WF_LOCK_KEYS ")", NULL, 0,
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
	                       "SELECT pg_catalog.pg_advisory_xact_lock(" WF_LOCK_KEYS ")",
	                NULL, 0, NULL, err);
	e->in_tx = true;
	e->head_known = false;
	if (rc == WF_OK)
		rc = wf_engine_settings(e, err);
	if (rc == WF_OK)
		return WF_OK;
	wf_engine_rollback(e);
	if (err && err->reason == WF_R_TRY_AGAIN) {
		e->waited = true;
		(void)wf_err_wrap(err, "another run is changing this target");
	}
	return rc;
}

static enum wf_rc
put(struct wf_engine *e, const struct wf_engine_change *c, struct wf_err *err)
{
	struct wf_str bytes = wf_verified_bytes(c->put);

	if (!e->in_tx || !bytes.len || !c->want->has_module ||
	    !wf_digest_eq(&c->want->module, wf_verified_module(c->put)))
		wf_die("put: no transaction, or another module than the one verified");
	return e->ops->put(e, bytes, c->want, c->replace, err);
}

enum wf_rc
wf_engine_change(struct wf_engine *e, const struct wf_engine_change *c, size_t n,
                 struct wf_err *err)
{
	enum wf_rc rc = WF_OK;
	size_t i;

	if (n == 0)
		return WF_OK;
	e->changed = true;
	for (i = 0; rc == WF_OK && i < n; i++) {
		if (c[i].put)
			rc = put(e, &c[i], err);
		if (rc == WF_OK && e->ops->alter)
			rc = e->ops->alter(e, c[i].want, err);
	}
	if (rc == WF_OK)
		rc = wf_pg_settle(e->pg, err);
	return rc == WF_OK && e->ops->alter_all ? e->ops->alter_all(e, c, n, err) : rc;
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

enum wf_rc
wf_engine_settle(struct wf_engine *e, struct wf_err *err)
{
	return wf_pg_settle(e->pg, err);
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
