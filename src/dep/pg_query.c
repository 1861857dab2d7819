/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements and what became of them.  Must never wait longer than the
 * command has, never leave a statement running behind the caller's back, and
 * never report success for a result that is not one.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dep/pg_lib.h"
#include "sys/clock.h"
#include "sys/interrupt.h"
#include "sys/task.h"

#define MAX_PARAMS 16
#define WAIT_MS 1000000000 /* no deadline: about eleven days */
#define MAX_MADE_BYTES (16u * 1024 * 1024) /* statements of one change */

#define lib (*wf_pg_lib)

enum wf_reason
wf_pg_reason(const char *s)
{
	static const struct {
		const char *prefix;
		enum wf_reason reason;
	} table[] = {
		{"28", WF_R_AUTH},           {"42501", WF_R_PRIVILEGE},
		{"08", WF_R_UNAVAILABLE},    {"57P", WF_R_UNAVAILABLE},
		{"55P03", WF_R_TRY_AGAIN},   {"40001", WF_R_TRY_AGAIN},
		{"40P01", WF_R_TRY_AGAIN},   {"53300", WF_R_TRY_AGAIN},
		{"57014", WF_R_TIMEOUT},     {"3D000", WF_R_CONFIG},
	};
	size_t i;

	for (i = 0; i < WF_COUNT(table); i++)
		if (strncmp(s, table[i].prefix, strlen(table[i].prefix)) == 0)
			return table[i].reason;
	return WF_R_ENGINE;
}

static bool
is_sqlstate(const char *p)
{
	int i;

	for (i = 0; i < 5; i++)
		if (!((p[i] >= '0' && p[i] <= '9') || (p[i] >= 'A' && p[i] <= 'Z')))
			return false;
	return p[5] == ':' && p[6] == ' ';
}

/* Failures that carry no SQLSTATE because no server spoke. */
static enum wf_rc
local_failure(const char *text, struct wf_err *err)
{
	static const char *const config[] = {
		"definition of service", "service file", "invalid sslmode", "invalid port",
		"invalid connection option", "invalid integer value", "root certificate file",
		"does not support SSL", "server certificate for",
	};
	int n = (int)strcspn(text, "\n");
	size_t i;

	for (i = 0; i < WF_COUNT(config); i++)
		if (strstr(text, config[i]))
			return wf_err_set(err, WF_R_CONFIG, "%.*s", n, text);
	if (strstr(text, "no password supplied"))
		return wf_err_set(err, WF_R_AUTH, "%.*s", n, text);
	return wf_err_set(err, WF_R_UNAVAILABLE, "%.*s", n, text);
}

enum wf_rc
wf_pg_startup_error(const char *text, char sqlstate[6], struct wf_err *err)
{
	const char *p = text;

	sqlstate[0] = '\0';
	while ((p = strstr(p, ":  "))) {
		p += 3;
		if (strlen(p) < 8 || !is_sqlstate(p))
			continue;
		memcpy(sqlstate, p, 5);
		sqlstate[5] = '\0';
		p += 7;
		return wf_err_set(err, wf_pg_reason(sqlstate), "server: %.*s (%s)",
		                  (int)strcspn(p, "\n"), p, sqlstate);
	}
	return local_failure(text, err);
}

static enum wf_rc
lost(struct wf_err *err)
{
	return wf_err_set(err, WF_R_UNAVAILABLE, "the connection to the server was lost");
}

enum wf_rc
wf_pg_failed(struct wf_pg *pg, const PGresult *res, struct wf_err *err)
{
	const char *state = lib.PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *text = lib.PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	if (!state || strlen(state) != 5) {
		pg->sqlstate[0] = '\0';
		if (lib.PQstatus(pg->conn) == CONNECTION_BAD)
			return lost(err);
		return wf_err_set(err, WF_R_PROTOCOL, "the server broke its protocol");
	}
	memcpy(pg->sqlstate, state, 6);
	return wf_err_set(err, wf_pg_reason(state), "server: %s (%s)",
	                  text ? text : "no message", state);
}

struct cancelling {
	PGcancel *c;
	bool done;
};

/* A connection of its own, waited for inside of libpq. */
static void
cancel_outside(void *arg)
{
	struct cancelling *x = arg;
	char why[256];

	x->done = lib.PQcancel(x->c, why, sizeof(why));
}

void
wf_pg_cancel(struct wf_pg *pg)
{
	struct cancelling x = {lib.PQgetCancel(pg->conn), false};

	if (x.c)
		wf_task_outside(cancel_outside, &x);
	wf_clock_stats.round_trips += x.done;
	lib.PQfreeCancel(x.c);
}

static enum wf_rc
still_waiting(struct wf_pg *pg, struct wf_pg_patience *p, struct wf_err *err)
{
	enum wf_rc rc;

	if (!p->final && !p->cancelled) {
		rc = wf_interrupt_check(err);
		if (rc != WF_OK) {
			wf_pg_cancel(pg);
			p->cancelled = true;
			p->end = wf_clock_mono_ms() + WF_PG_CANCEL_MS;
		}
		return WF_OK;
	}
	if (wf_clock_mono_ms() >= p->end)
		return p->cancelled ? err->code
		                    : wf_err_set(err, WF_R_UNAVAILABLE, "no answer from the server");
	return WF_OK;
}

static int
slice(const struct wf_pg_patience *p)
{
	int64_t left;

	if (!p->final && !p->cancelled)
		return wf_clock_left_ms(WAIT_MS);
	left = p->end - wf_clock_mono_ms();
	return left > 0 ? (int)left : 0;
}

enum wf_rc
wf_pg_flush(struct wf_pg *pg, struct wf_pg_patience *p, struct wf_err *err)
{
	enum wf_rc rc;
	short got;
	int n;

	while ((n = lib.PQflush(pg->conn)) > 0) {
		rc = still_waiting(pg, p, err);
		if (rc != WF_OK)
			return rc;
		got = wf_pg_poll(pg, POLLIN | POLLOUT, slice(p));
		/* a server that answers before it has read everything */
		if ((got & POLLIN) && !lib.PQconsumeInput(pg->conn))
			return WF_OK; /* the result says why */
	}
	return WF_OK;
}

enum wf_rc
wf_pg_await(struct wf_pg *pg, struct wf_pg_patience *p, struct wf_err *err)
{
	enum wf_rc rc;

	while (lib.PQisBusy(pg->conn)) {
		rc = still_waiting(pg, p, err);
		if (rc != WF_OK)
			return rc;
		if (wf_pg_poll(pg, POLLIN, slice(p)) && !lib.PQconsumeInput(pg->conn))
			return WF_OK;
	}
	return WF_OK;
}

bool
wf_pg_is_good(const PGresult *res)
{
	ExecStatusType st = lib.PQresultStatus(res);

	return st == PGRES_TUPLES_OK || st == PGRES_COMMAND_OK || st == PGRES_EMPTY_QUERY;
}

/* All results of what was sent; keeps the last good one.  The first failure
 * is the one reported, but everything is read. */
static enum wf_rc
collect(struct wf_pg *pg, struct wf_pg_patience *p, PGresult **out, struct wf_err *err)
{
	enum wf_rc rc = wf_pg_flush(pg, p, err), worst = WF_OK;
	PGresult *res, *kept = NULL;

	pg->good = 0;
	while (rc == WF_OK && (rc = wf_pg_await(pg, p, err)) == WF_OK) {
		res = lib.PQgetResult(pg->conn);
		if (!res)
			break;
		if (wf_pg_is_good(res)) {
			lib.PQclear(kept);
			kept = res;
			pg->good++;
			continue;
		}
		if (worst == WF_OK)
			worst = wf_pg_failed(pg, res, err);
		lib.PQclear(res);
		if (lib.PQstatus(pg->conn) == CONNECTION_BAD)
			break;
	}
	if (rc == WF_OK && worst == WF_OK && err && err->code != WF_OK && p->cancelled)
		worst = err->code; /* it ended well, but we were told to stop */
	if (rc == WF_OK && worst == WF_OK && !kept)
		worst = lost(err);
	if (rc != WF_OK || worst != WF_OK) {
		lib.PQclear(kept);
		return rc != WF_OK ? rc : worst;
	}
	*out = kept;
	return WF_OK;
}

enum wf_rc
wf_pg_not_sent(struct wf_pg *pg, struct wf_err *err)
{
	pg->sqlstate[0] = '\0';
	if (lib.PQstatus(pg->conn) == CONNECTION_BAD)
		return lost(err);
	return wf_err_set(err, WF_R_PROTOCOL, "the statement cannot be sent");
}

static enum wf_rc
finish(struct wf_pg *pg, struct wf_pg_patience *p, struct wf_pg_rows **out, struct wf_err *err)
{
	struct wf_err own = {0};
	PGresult *res = NULL;
	enum wf_rc rc;

	wf_clock_stats.round_trips++;
	pg->sqlstate[0] = '\0';
	rc = collect(pg, p, &res, &own); /* own: a cancel must be seen even without err */
	if (rc != WF_OK) {
		if (err && err->code == WF_OK)
			*err = own;
		return rc;
	}
	if (!out) {
		lib.PQclear(res);
		return WF_OK;
	}
	*out = wf_calloc(1, sizeof(**out));
	(*out)->res = res;
	return WF_OK;
}

enum wf_rc
wf_pg_start(struct wf_pg *pg, const char *sql, const struct wf_pg_param *param, size_t n,
            struct wf_err *err)
{
	const char *values[MAX_PARAMS];
	int lengths[MAX_PARAMS], formats[MAX_PARAMS];
	enum wf_rc rc = wf_interrupt_check(err);
	size_t i;

	if (rc != WF_OK)
		return rc;
	if (n > MAX_PARAMS || pg->sent)
		wf_die("too many parameters, or a statement before the last one's result");
	for (i = 0; i < n; i++) {
		if (param[i].len > (size_t)1 << 30)
			return wf_err_set(err, WF_R_LIMIT, "a parameter of %zu bytes is too large",
			                  param[i].len);
		values[i] = param[i].kind == WF_PG_NULL ? NULL : param[i].p ? param[i].p : "";
		lengths[i] = (int)param[i].len;
		formats[i] = param[i].kind == WF_PG_BYTES;
	}
	/* in a pipeline there is no simple query */
	if (!(n || pg->queued
	      ? lib.PQsendQueryParams(pg->conn, sql, (int)n, NULL, values, lengths, formats, 0)
	      : lib.PQsendQuery(pg->conn, sql)))
		return wf_pg_not_sent(pg, err);
	return WF_OK;
}

enum wf_rc
wf_pg_exec(struct wf_pg *pg, const char *sql, const struct wf_pg_param *param, size_t n,
           struct wf_pg_rows **out, struct wf_err *err)
{
	struct wf_pg_patience p = {false, false, 0};
	enum wf_rc rc = wf_pg_settle(pg, err);

	if (rc == WF_OK)
		rc = wf_pg_start(pg, sql, param, n, err);
	return rc == WF_OK ? finish(pg, &p, out, err) : rc;
}

/* What was sent and never received is cancelled and read to its end: the
 * connection must be free for what comes now. */
static void
abandon(struct wf_pg *pg)
{
	struct wf_pg_patience p = {false, true, wf_clock_mono_ms() + WF_PG_CANCEL_MS};
	struct wf_err ignored = {0};
	PGresult *res = NULL;

	wf_pg_unqueue(pg);
	if (!pg->sent)
		return;
	pg->sent = false;
	wf_pg_cancel(pg);
	if (collect(pg, &p, &res, &ignored) == WF_OK)
		lib.PQclear(res);
}

enum wf_rc
wf_pg_send(struct wf_pg *pg, const char *sql, const struct wf_pg_param *param, size_t n,
           struct wf_err *err)
{
	struct wf_pg_patience p = {false, false, 0};
	struct wf_err own = {0};
	enum wf_rc rc = wf_pg_settle(pg, err);

	if (rc == WF_OK)
		rc = wf_pg_start(pg, sql, param, n, err);
	if (rc != WF_OK)
		return rc;
	pg->sent = true;
	rc = wf_pg_flush(pg, &p, &own);
	if (rc == WF_OK && !p.cancelled)
		return WF_OK;
	abandon(pg);
	*err = own;
	return own.code;
}

enum wf_rc
wf_pg_receive(struct wf_pg *pg, struct wf_pg_rows **out, struct wf_err *err)
{
	struct wf_pg_patience p = {false, false, 0};

	if (!pg->sent)
		wf_die("a result of what was never sent");
	pg->sent = false;
	return finish(pg, &p, out, err);
}

enum wf_rc
wf_pg_exec_final(struct wf_pg *pg, const char *sql, int wait_ms, struct wf_err *err)
{
	struct wf_pg_patience p = {true, false, 0};

	abandon(pg);
	p.end = wf_clock_mono_ms() + wait_ms;
	if (!lib.PQsendQuery(pg->conn, sql))
		return wf_pg_not_sent(pg, err);
	return finish(pg, &p, NULL, err);
}

enum wf_rc
wf_pg_exec_made(struct wf_pg *pg, const char *sql, const struct wf_pg_param *param, size_t n,
                size_t *made, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *rows = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(MAX_MADE_BYTES);
	struct wf_pg_patience p = {false, false, 0};
	enum wf_rc rc = wf_pg_exec(pg, sql, param, n, &rows, err);
	size_t i;

	for (i = 0; rc == WF_OK && i < wf_pg_count(rows); i++) {
		rc = wf_buf_add(&text, wf_pg_str(rows, i, 0).p, wf_pg_str(rows, i, 0).len, err);
		if (rc == WF_OK)
			rc = wf_buf_addz(&text, ";\n", err);
	}
	if (rc != WF_OK)
		return rc;
	if (made)
		*made = wf_pg_count(rows);
	if (!text.len)
		return WF_OK;
	if (!lib.PQsendQuery(pg->conn, wf_buf_z(&text)))
		return wf_pg_not_sent(pg, err);
	rc = finish(pg, &p, NULL, err);
	if (rc != WF_OK && pg->sqlstate[0] && wf_pg_z(rows, pg->good, 1))
		(void)wf_err_wrap(err, "%s", wf_pg_z(rows, pg->good, 1));
	return rc;
}

size_t
wf_pg_count(const struct wf_pg_rows *r)
{
	return r ? (size_t)lib.PQntuples(r->res) : 0;
}

const char *
wf_pg_z(const struct wf_pg_rows *r, size_t row, size_t col)
{
	if (row >= wf_pg_count(r) || col >= (size_t)lib.PQnfields(r->res) ||
	    lib.PQgetisnull(r->res, (int)row, (int)col))
		return NULL;
	return lib.PQgetvalue(r->res, (int)row, (int)col);
}

struct wf_str
wf_pg_str(const struct wf_pg_rows *r, size_t row, size_t col)
{
	const char *z = wf_pg_z(r, row, col);

	if (!z)
		return (struct wf_str){NULL, 0};
	return (struct wf_str){z, (size_t)lib.PQgetlength(r->res, (int)row, (int)col)};
}

bool
wf_pg_bool(const struct wf_pg_rows *r, size_t row, size_t col)
{
	const char *z = wf_pg_z(r, row, col);

	return z && z[0] == 't';
}

int64_t
wf_pg_int(const struct wf_pg_rows *r, size_t row, size_t col)
{
	const char *z = wf_pg_z(r, row, col);

	return z ? strtoll(z, NULL, 10) : 0;
}

void
wf_pg_rows_free(struct wf_pg_rows *r)
{
	if (!r)
		return;
	lib.PQclear(r->res);
	free(r);
}

void
wf_pg_rows_freep(struct wf_pg_rows **r)
{
	wf_pg_rows_free(*r);
	*r = NULL;
}

const char *
wf_pg_sqlstate(const struct wf_pg *pg)
{
	return pg->sqlstate;
}

int
wf_pg_backend_pid(const struct wf_pg *pg)
{
	return lib.PQbackendPID(pg->conn);
}

bool
wf_pg_lost(const struct wf_pg *pg)
{
	return !pg->conn || lib.PQstatus(pg->conn) == CONNECTION_BAD;
}
