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
	X(PQbackendPID) X(PQcancel) X(PQclear) X(PQcmdTuples) X(PQconninfo) \
	X(PQconninfoFree) X(PQconninfoParse) X(PQconnectPoll) \
	X(PQconnectStartParams) X(PQconnectionNeedsPassword) \
	X(PQconsumeInput) X(PQerrorMessage) X(PQfinish) X(PQflush) \
	X(PQfreeCancel) X(PQfreemem) X(PQgetCancel) X(PQgetResult) \
	X(PQgetisnull) X(PQgetlength) X(PQgetvalue) X(PQisBusy) \
	X(PQlibVersion) X(PQnfields) X(PQntuples) X(PQresultErrorField) \
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
	bool sent; /* a statement whose result nobody has read yet */
};

struct wf_pg_rows {
	PGresult *res;
};

/* The library, loaded; NULL before wf_pg_lib_load. */
extern const struct wf_pg_lib *wf_pg_lib;
WF_MUST enum wf_rc wf_pg_lib_load(struct wf_err *err);

/* poll(2) on the connection's socket for at most wait_ms; less when a signal
 * came.  Returns revents, 0 when none. */
short wf_pg_poll(struct wf_pg *, short events, int wait_ms);

/* Writes the failure of a startup: text as libpq gives it with verbosity
 * PQERRORS_VERBOSE. */
enum wf_rc wf_pg_startup_error(const char *text, char sqlstate[6],
                               struct wf_err *err);

#endif
