/* SPDX-License-Identifier: Apache-2.0
 *
 * libpq's functions as pointers, and what the two halves of the door share.
 * Only for src/dep/pg*.c.
 */
#ifndef WF_DEP_PG_LIB_H
#define WF_DEP_PG_LIB_H

#include <libpq-fe.h>

#include "dep/pg.h"

#define WF_PG_FUNCTIONS(X) \
	X(PQbackendPID) X(PQcancel) X(PQclear) X(PQcmdTuples) X(PQconndefaults) X(PQconninfo) \
	X(PQconninfoFree) X(PQconninfoParse) X(PQconnectPoll) \
	X(PQconnectStartParams) X(PQconnectionNeedsPassword) \
	X(PQconsumeInput) X(PQenterPipelineMode) X(PQerrorMessage) X(PQexitPipelineMode) \
	X(PQfinish) X(PQflush) X(PQfreeCancel) X(PQfreemem) X(PQgetCancel) X(PQgetResult) \
	X(PQgetisnull) X(PQgetlength) X(PQgetvalue) X(PQisBusy) \
	X(PQhost) X(PQlibVersion) X(PQnfields) X(PQntuples) X(PQpipelineSync) \
	X(PQresultErrorField) \
	X(PQresultStatus) X(PQsendQuery) X(PQsendQueryParams) \
	X(PQsetErrorVerbosity) X(PQsetNoticeReceiver) X(PQsetnonblocking) \
	X(PQsocket) X(PQsslInUse) X(PQstatus)

struct wf_pg_lib {
#define WF_PG_MEMBER(name) __typeof__(name) *name;
	WF_PG_FUNCTIONS(WF_PG_MEMBER)
#undef WF_PG_MEMBER
};

struct wf_pg {
	PGconn *conn;
	char sqlstate[6];
	bool connected;
	bool sent; /* a statement whose result nobody has read yet */
	size_t good; /* of the last statements that were sent together, in order */
	struct wf_pg_queued *queued; /* statements in a pipeline, NULL: none */
};

struct wf_pg_rows {
	PGresult *res;
};

/* The library, loaded; NULL before wf_pg_lib_load. */
extern const struct wf_pg_lib *wf_pg_lib;
WF_MUST enum wf_rc wf_pg_lib_load(struct wf_err *err);

/* poll(2) on the connection's socket for at most wait_ms, during which other
 * tasks run; less when a signal came.  Returns revents, 0 when none. */
short wf_pg_poll(struct wf_pg *, short events, int wait_ms);

/* Why a wait must end, once: the statement is then cancelled, and the server
 * has a while to say so. */
struct wf_pg_patience {
	bool final;      /* neither deadline nor signal */
	bool cancelled;
	int64_t end;     /* monotonic ms */
};
#define WF_PG_CANCEL_MS 5000 /* for the server to confirm a cancel */

/* Sends what libpq holds; waits until a result can be had without waiting.
 * err gets why they were told to stop, even when they then return WF_OK. */
WF_MUST enum wf_rc wf_pg_flush(struct wf_pg *, struct wf_pg_patience *, struct wf_err *err);
WF_MUST enum wf_rc wf_pg_await(struct wf_pg *, struct wf_pg_patience *, struct wf_err *err);
/* Of a result that is a failure; of none: the connection is lost. */
enum wf_rc wf_pg_failed(struct wf_pg *, const PGresult *, struct wf_err *err);
enum wf_rc wf_pg_not_sent(struct wf_pg *, struct wf_err *err);
bool wf_pg_is_good(const PGresult *);
void wf_pg_cancel(struct wf_pg *);
WF_MUST enum wf_rc wf_pg_start(struct wf_pg *, const char *sql, const struct wf_pg_param *,
                               size_t n, struct wf_err *err);
/* Ends the pipeline: what is still under way in it is cancelled. */
void wf_pg_unqueue(struct wf_pg *);
void wf_pg_queue_free(struct wf_pg *); /* says nothing to the server */

/* Writes the failure of a startup: text as libpq gives it with verbosity
 * PQERRORS_VERBOSE. */
enum wf_rc wf_pg_startup_error(const char *text, char sqlstate[6],
                               struct wf_err *err);

/* What a connection string comes to, service file and environment included. */
struct wf_pg_facts {
	bool tcp, abstract;      /* where the server is asked for */
	unsigned directories;    /* of unix sockets */
	char directory[256];     /* the last of them */
	bool requirepeer, certificate, passfile;
	bool bound, scram;       /* channel_binding=require, require_auth=scram-sha-256 */
	int seconds;             /* connect_timeout */
};
#define WF_PG_CONNECT_SECONDS 10 /* when nobody says otherwise */

/* What must be asked for besides. */
struct wf_pg_extra {
	bool bind, scram;
	char peer[64];           /* requirepeer; "" none */
	char passfile[256];      /* of the credentials directory; "" none */
};

/* Of a connection that was started. */
void wf_pg_facts(struct wf_pg *, struct wf_pg_facts *out);
/* Of a connection string and the environment; false where only libpq itself
 * can tell: a service file, or its own default place. */
bool wf_pg_facts_ahead(const char *conninfo, struct wf_pg_facts *out);
WF_MUST enum wf_rc wf_pg_rules(const struct wf_pg_facts *, bool insecure,
                               struct wf_pg_extra *out, struct wf_err *err);
/* After a startup that failed: what one of the rules refused is WF_R_CONFIG
 * with a hint. */
enum wf_rc wf_pg_rules_failed(struct wf_err *err);

#endif
