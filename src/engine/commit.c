/* SPDX-License-Identifier: Apache-2.0
 *
 * COMMIT, what to think when its answer is lost, and when to try all of it
 * again.  Must never call a COMMIT done, or undone, whose outcome it has not
 * seen.
 */
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "engine/adapter.h"
#include "engine/ledger.h"
#include "sys/clock.h"
#include "sys/interrupt.h"
#include "sys/task.h"

#define COMMIT_MS 60000  /* for the answer to COMMIT */
#define SETTLE_MS 20000  /* to reach the server again after a lost one */
#define AGAIN_MS 100     /* before the first new try; doubled for each */

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
		rc = wf_engine_connect(e, &pg, &last);
		if (rc == WF_OK)
			rc = wf_pg_exec(pg, "BEGIN; SET LOCAL lock_timeout = '10s'; "
			                    "SELECT pg_catalog.pg_advisory_xact_lock(" WF_LOCK_KEYS ")",
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
		wf_task_sleep(200);
	} while (wf_clock_mono_ms() < end && wf_interrupt_pending() == 0);
	e->unsure = true;
	(void)wf_err_set(err, WF_R_UNAVAILABLE, "the connection was lost at COMMIT; "
	                 "whether run %s was applied is not known: %s", run, last.msg);
	return wf_err_hint(err, "Run the same command again when the server is back: "
	                        "what was applied is not applied twice.");
}

/* What the engine did besides, looked at after COMMIT.  A new try would find
 * nothing to do and not look: nothing that failed here is to be tried again. */
static enum wf_rc
settled(struct wf_engine *e, struct wf_err *err)
{
	struct wf_err own = {0};
	enum wf_rc rc = WF_OK;

	e->committed = true;
	if (e->changed && e->ops->settled)
		rc = e->ops->settled(e, &own);
	if (own.reason == WF_R_TRY_AGAIN)
		return wf_err_set(err, WF_R_UNAVAILABLE, "%s", own.msg);
	if (rc != WF_OK && err)
		*err = own;
	return rc;
}

enum wf_rc
wf_engine_commit(struct wf_engine *e, const char *run, struct wf_err *err)
{
	struct wf_err own = {0};
	enum wf_rc rc;

	rc = wf_pg_settle(e->pg, err);
	/* the last moment at which a signal or the deadline still stops it */
	if (rc == WF_OK)
		rc = wf_interrupt_check(err);
	if (rc != WF_OK) {
		wf_engine_rollback(e);
		return rc;
	}
	rc = wf_pg_exec_final(e->pg, "COMMIT", COMMIT_MS, &own);
	if (rc == WF_OK) {
		e->in_tx = false;
		return settled(e, err);
	}
	if (!wf_pg_lost(e->pg) && wf_pg_sqlstate(e->pg)[0]) {
		e->in_tx = false; /* refused: the server has rolled back */
		*err = own;
		return rc;
	}
	e->in_tx = false;
	rc = settle(e, run, err);
	e->committed = rc == WF_OK;
	if (rc != WF_OK || !e->changed || !e->ops->settled)
		return rc;
	return wf_err_set(err, WF_R_UNAVAILABLE, "committed, but the connection was lost before "
	                  "what else the engine did could be looked at");
}

bool
wf_engine_committed(const struct wf_engine *e)
{
	return e && e->committed;
}

/* Seed of the sorting: what the server refuses for the moment only (40001,
 * 40P01, 53300, 55P03: try-again) and a connection that broke may go well the
 * next time; everything else will not. */
bool
wf_engine_again(const struct wf_engine *e, const struct wf_err *err, unsigned tries)
{
	bool busy = err->reason == WF_R_TRY_AGAIN && !(e && e->waited);
	bool broken = err->reason == WF_R_UNAVAILABLE && e && !e->unsure && wf_pg_lost(e->pg);
	int64_t end = wf_clock_mono_ms() + ((int64_t)AGAIN_MS << tries);

	if (tries + 1 >= WF_MAX_TRIES || (!busy && !broken) || wf_engine_committed(e) ||
	    (e && e->ops && e->ops->about.one_by_one))
		return false;
	if (wf_clock_left_ms((AGAIN_MS << tries) + 1) <= AGAIN_MS << tries)
		return false; /* the command has no time for it */
	while (wf_clock_mono_ms() < end && wf_interrupt_pending() == 0)
		wf_task_sleep(20);
	return wf_interrupt_pending() == 0;
}
