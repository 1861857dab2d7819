/* SPDX-License-Identifier: Apache-2.0
 *
 * What an engine adapter must do.  An adapter never parses manifest files,
 * judges trust, prints, or pastes text into statements.
 */
#ifndef WF_ENGINE_ENGINE_H
#define WF_ENGINE_ENGINE_H

#include "plan/live.h"
#include "trust/trust.h"

/* What an engine can do, and what can be proved of what it runs: the rows of
 * the table in wasmfn-engines(7).  X(NAME, "word", "meaning") */
#define WF_ENGINE_CANS(X) \
	X(BYTES, "bytes", "the bytes that are stored are hashed by the server") \
	X(DECLARED, "digest", "a digest that the engine keeps is compared") \
	X(RUNS, "runs", "what was compared is what every session runs") \
	X(WRAPPER, "wrapper", "what SQL calls is as the engine makes it") \
	X(ENGINE, "engine", "the engine's own objects are as they were made") \
	X(SIGNATURE, "signature", "argument types, return type and export") \
	X(OWNER, "owner", "the owner, and who may change it") \
	X(GRANTS, "grants", "who may use the function") \
	X(LIMITS, "limits", "the limits of a function") \
	X(WASI, "wasi", "what a function is granted of the host") \
	X(SETTINGS, "settings", "the engine's settings and their overrides") \
	X(INSTALL, "install", "a module can be installed") \
	X(REPLACE, "replace", "in place: dependents and grants stay") \
	X(ONE_TX, "transaction", "all functions and the ledger in one transaction") \
	X(LOADED, "loaded", "what cannot be loaded is refused when it is installed") \
	X(CHECK, "check", "a first call before it is committed")

enum wf_engine_can {
#define WF_ENGINE_CAN_ENUM(name, word, meaning) WF_CAN_##name,
	WF_ENGINE_CANS(WF_ENGINE_CAN_ENUM)
#undef WF_ENGINE_CAN_ENUM
	WF_CAN_COUNT
};
#define WF_CAN(name) (1u << WF_CAN_##name)

struct wf_engine_about {
	const char *name;
	uint32_t can;    /* WF_CAN(...) */
	uint32_t partly; /* where role, module or set-up let it; why is in the page */
	bool unproven;   /* has met a stand-in of the engine only, never the engine */
	bool one_by_one; /* one function a transaction, an intent in the ledger first */
};
/* The adapters, i from 0; NULL at the end. */
const struct wf_engine_about *wf_engine_about(size_t i);
const char *wf_engine_can_word(enum wf_engine_can);
const char *wf_engine_can_meaning(enum wf_engine_can);

/* Where and how; everything borrowed. */
struct wf_engine_target {
	const char *name;              /* for messages and findings */
	const char *conninfo;          /* conninfo or URI; "" = libpq's own defaults */
	const char *engine;            /* "auto", or NAME[:PARAMETER]; unknown = WF_R_USAGE */
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

/* The adapter's name of "NAME[:PARAMETER]"; WF_R_USAGE when there is none. */
WF_MUST enum wf_rc wf_engine_find(const char *option, const char **name, struct wf_err *err);
/* NAME of "NAME[:PARAMETER]" is this adapter's? */
bool wf_engine_is(const char *option, const char *adapter);
/* The named engine keeps no signature of a function: it need not be known. */
bool wf_engine_without_types(const char *option);
/* Takes from a wanted spec what the engine has no place for and nobody asked
 * for; what the entry itself says and the engine cannot keep is WF_R_UNFIT. */
WF_MUST enum wf_rc wf_engine_shape(const struct wf_engine *,
                                   const struct wf_manifest_entry *, struct wf_spec *,
                                   struct wf_err *err);
const struct wf_engine_about *wf_engine_describe(const struct wf_engine *);

/* Everything in a constant number of round trips, whatever the number of
 * functions.  types: SQL type names to be normalised (live->types).  What the
 * role may not read is listed in live->unreadable, never left out in silence;
 * only a lost connection or a broken answer fails. */
WF_MUST enum wf_rc wf_engine_snapshot(struct wf_engine *,
                                      const char *const *types, size_t ntypes,
                                      struct wf_live **out, struct wf_err *err);

/* The same.  Work that needs nothing but the ledger and the types is done
 * while the server hashes the modules: run is called once, when live has
 * those and not yet the rest.  Should what follows fail, live is gone. */
struct wf_engine_meanwhile {
	void (*run)(void *arg, const struct wf_live *);
	void *arg;
};
WF_MUST enum wf_rc wf_engine_snapshot_while(struct wf_engine *, const char *const *types,
                                            size_t ntypes,
                                            const struct wf_engine_meanwhile *,
                                            struct wf_live **out, struct wf_err *err);

/* --- changing a target: begin … steps … commit, all in one transaction; one
 * function a time where the engine is one_by_one: the lock is kept then until
 * the engine is closed ------------------------------------------------------ */

/* BEGIN and the exclusive advisory lock.  try-again 75 when somebody holds it
 * for longer than the lock timeout. */
WF_MUST enum wf_rc wf_engine_begin(struct wf_engine *, struct wf_err *err);

/* One function's change. */
struct wf_engine_change {
	/* NULL: its bytes stay.  Else it is created, or replaced in place (OID,
	 * dependents and grants kept).  The only way bytes reach a database, and it
	 * takes nothing but what the judge made. */
	const struct wf_verified *put;
	bool replace;
	const struct wf_spec *want;
};
/* Then owner, EXECUTE grants, security, strictness, volatility, comment: only
 * what want sets; EXECUTE is taken from PUBLIC in any case unless granted.
 * Where the engine can, all bytes come first, and the number of round trips is
 * the same for one and for hundreds. */
WF_MUST enum wf_rc wf_engine_change(struct wf_engine *, const struct wf_engine_change *,
                                    size_t n, struct wf_err *err);
WF_MUST enum wf_rc wf_engine_remove(struct wf_engine *, const struct wf_spec *,
                                    struct wf_err *err);
/* Creates schema and table when missing; fills seq, prev, hash, time and
 * actor of the row.  What is wrong with it may be said by wf_engine_settle or
 * wf_engine_commit only. */
WF_MUST enum wf_rc wf_engine_record(struct wf_engine *, struct wf_ledger_row *,
                                    struct wf_err *err);
/* Everything sent so far was done. */
WF_MUST enum wf_rc wf_engine_settle(struct wf_engine *, struct wf_err *err);
/* A COMMIT without an answer is settled by looking for the run id. */
WF_MUST enum wf_rc wf_engine_commit(struct wf_engine *, const char *run,
                                    struct wf_err *err);
/* The transaction begun last was committed, although wf_engine_commit failed:
 * what the engine did besides is not as it should be.  NULL is fine. */
bool wf_engine_committed(const struct wf_engine *);
void wf_engine_rollback(struct wf_engine *);
/* After a failure: may all of it, from wf_engine_open on, be tried again?  If
 * so, it has waited before it says yes.  NULL: it could not be opened.  tries:
 * how many there were, less one. */
bool wf_engine_again(const struct wf_engine *, const struct wf_err *, unsigned tries);

#endif
