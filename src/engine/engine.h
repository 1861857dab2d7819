/* SPDX-License-Identifier: Apache-2.0
 *
 * What an engine adapter must do.  An adapter never parses manifest files,
 * judges trust, prints, or pastes text into statements.
 */
#ifndef WF_ENGINE_ENGINE_H
#define WF_ENGINE_ENGINE_H

#include "plan/live.h"
#include "trust/trust.h"

/* Where and how; everything borrowed. */
struct wf_engine_target {
	const char *name;              /* for messages and findings */
	const char *conninfo;          /* conninfo or URI; "" = libpq's own defaults */
	const char *engine;            /* "auto" or a name; unknown = WF_R_USAGE */
	const char *system_identifier; /* NULL: not pinned; another server = WF_R_CONFIG */
	bool insecure;                 /* sslmode weaker than verify-full allowed */
	const char *insecure_sslmode;
	bool read_only;                /* report verbs: one READ ONLY REPEATABLE READ snapshot */
	const char *verb;              /* for application_name */
};

struct wf_engine;

/* Connects and probes.  unavailable 69, auth 77, config 78, engine 76. */
WF_MUST enum wf_rc wf_engine_open(const struct wf_engine_target *,
                                  struct wf_engine **out, struct wf_err *err);
void wf_engine_close(struct wf_engine *); /* NULL is fine; rolls back */
void wf_engine_closep(struct wf_engine **);
const char *wf_engine_name(const struct wf_engine *);
/* The adapters by name, i from 0, NULL at the end; engine/fit.h describes
 * them without a connection. */
const char *wf_engine_adapter(size_t i);

/* Everything in a constant number of round trips, whatever the number of
 * functions.  types: SQL type names to be normalised (live->types).  What the
 * role may not read is listed in live->unreadable, never left out in silence;
 * only a lost connection or a broken answer fails. */
WF_MUST enum wf_rc wf_engine_snapshot(struct wf_engine *,
                                      const char *const *types, size_t ntypes,
                                      struct wf_live **out, struct wf_err *err);

/* --- changing a target: begin … steps … commit, all in one transaction ---- */

/* BEGIN and the exclusive advisory lock.  try-again 75 when somebody holds it
 * for longer than the lock timeout. */
WF_MUST enum wf_rc wf_engine_begin(struct wf_engine *, struct wf_err *err);

/* Creates, or replaces in place (OID, dependents and grants kept).  The only
 * way bytes reach a database, and it takes nothing but what the judge made. */
WF_MUST enum wf_rc wf_engine_put(struct wf_engine *, const struct wf_verified *,
                                 const struct wf_spec *, bool replace,
                                 struct wf_err *err);
/* Owner, EXECUTE grants, security, strictness, volatility, comment: brings
 * the function from `have` to `want` (only what want sets), and takes EXECUTE
 * from PUBLIC in any case unless granted. */
WF_MUST enum wf_rc wf_engine_alter(struct wf_engine *, const struct wf_spec *want,
                                   const struct wf_live_function *have,
                                   struct wf_err *err);
WF_MUST enum wf_rc wf_engine_remove(struct wf_engine *, const struct wf_spec *,
                                    struct wf_err *err);
/* Creates schema and table when missing; fills seq, prev, hash, time and
 * actor of the row. */
WF_MUST enum wf_rc wf_engine_record(struct wf_engine *, struct wf_ledger_row *,
                                    struct wf_err *err);
/* A COMMIT without an answer is settled by looking for the run id. */
WF_MUST enum wf_rc wf_engine_commit(struct wf_engine *, const char *run,
                                    struct wf_err *err);
void wf_engine_rollback(struct wf_engine *);

#endif
