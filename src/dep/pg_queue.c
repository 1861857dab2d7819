/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements without a wait between them: libpq's pipeline mode.  Must never
 * hold more of them than are on their way to the server, send on once one is
 * known to have failed, nor take one for done whose answer was not read.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dep/pg_lib.h"
#include "sys/clock.h"

/* So many bytes of statements wait in libpq to go out together. */
#define TOGETHER_BYTES 16384u

#define lib (*wf_pg_lib)

struct wf_pg_queued {
	char **about; /* whom each statement is about, in their order */
	size_t n, cap;
	size_t answered;
	bool half;     /* a result of the next one was read, not yet its end */
	bool synced;   /* the answer to the Sync was */
	size_t unsent; /* bytes, about */
	struct wf_pg_patience patience;
	struct wf_err err; /* the first failure */
};

void
wf_pg_queue_free(struct wf_pg *pg)
{
	struct wf_pg_queued *q = pg->queued;

	if (!q)
		return;
	pg->queued = NULL;
	while (q->n)
		free(q->about[--q->n]);
	free(q->about);
	free(q);
}

/* Takes the result that is there; false: none will come any more.  What the
 * server skipped after a failure is no failure of its own. */
static bool
take(struct wf_pg *pg)
{
	struct wf_pg_queued *q = pg->queued;
	PGresult *res = lib.PQgetResult(pg->conn);
	ExecStatusType st = lib.PQresultStatus(res);
	bool more = res || q->half;

	if (!res) {
		q->answered += q->half;
		q->half = false;
	} else if (st == PGRES_PIPELINE_SYNC) {
		q->synced = true;
	} else {
		q->half = true;
		if (q->err.code == WF_OK && st != PGRES_PIPELINE_ABORTED && !wf_pg_is_good(res) &&
		    wf_pg_failed(pg, res, &q->err) != WF_OK && pg->sqlstate[0] && q->answered < q->n)
			(void)wf_err_wrap(&q->err, "%s", q->about[q->answered]);
	}
	lib.PQclear(res);
	return more && lib.PQstatus(pg->conn) != CONNECTION_BAD;
}

/* The server sends an error at once; all else may come with the Sync's. */
static void
send_on(struct wf_pg *pg)
{
	struct wf_pg_queued *q = pg->queued;

	q->unsent = 0;
	if (wf_pg_flush(pg, &q->patience, &q->err) != WF_OK || q->err.code != WF_OK)
		return;
	if (wf_pg_poll(pg, POLLIN, 0) && !lib.PQconsumeInput(pg->conn))
		return; /* the next to be sent, or the Sync, says why */
	while (q->err.code == WF_OK && q->answered < q->n && !lib.PQisBusy(pg->conn) && take(pg))
		;
}

enum wf_rc
wf_pg_queue(struct wf_pg *pg, const char *about, const char *sql,
            const struct wf_pg_param *param, size_t n, struct wf_err *err)
{
	struct wf_pg_queued *q = pg->queued;
	size_t i;

	if (!q) {
		if (!lib.PQenterPipelineMode(pg->conn))
			return wf_pg_not_sent(pg, err);
		pg->sqlstate[0] = '\0';
		pg->queued = q = wf_calloc(1, sizeof(*q));
	}
	if (q->err.code == WF_OK && wf_pg_start(pg, sql, param, n, &q->err) == WF_OK) {
		q->about = wf_grow(q->about, &q->cap, q->n, sizeof(*q->about));
		q->about[q->n++] = wf_strdup(about);
		for (i = 0; i < n; i++)
			q->unsent += param[i].kind == WF_PG_BYTES ? param[i].len
			             : param[i].p ? strlen(param[i].p) : 0;
		if (q->unsent >= TOGETHER_BYTES)
			send_on(pg);
	}
	if (q->err.code != WF_OK)
		*err = q->err;
	return q->err.code;
}

/* Up to the answer to the Sync, which the server gives in any case. */
static void
sync_up(struct wf_pg *pg)
{
	struct wf_pg_queued *q = pg->queued;

	if (!lib.PQpipelineSync(pg->conn)) {
		(void)wf_pg_not_sent(pg, &q->err);
		return;
	}
	wf_clock_stats.round_trips++;
	if (wf_pg_flush(pg, &q->patience, &q->err) != WF_OK)
		return;
	while (!q->synced)
		if (wf_pg_await(pg, &q->patience, &q->err) != WF_OK || !take(pg))
			break;
	if (!q->synced && q->err.code == WF_OK)
		(void)wf_pg_failed(pg, NULL, &q->err);
	(void)lib.PQexitPipelineMode(pg->conn);
}

enum wf_rc
wf_pg_settle(struct wf_pg *pg, struct wf_err *err)
{
	struct wf_pg_queued *q = pg->queued;
	enum wf_rc rc;

	if (!q)
		return WF_OK;
	sync_up(pg);
	rc = q->err.code;
	if (rc != WF_OK)
		*err = q->err;
	wf_pg_queue_free(pg);
	return rc;
}

void
wf_pg_unqueue(struct wf_pg *pg)
{
	struct wf_pg_queued *q = pg->queued;

	if (!q)
		return;
	if (!pg->sqlstate[0] && !q->patience.cancelled)
		wf_pg_cancel(pg);
	q->patience = (struct wf_pg_patience){false, true, wf_clock_mono_ms() + WF_PG_CANCEL_MS};
	sync_up(pg);
	wf_pg_queue_free(pg);
}
