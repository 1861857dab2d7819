/* SPDX-License-Identifier: Apache-2.0
 *
 * The door to libpq, opened with dlopen on first use.  A statement is a
 * literal of ours with parameters, or text that the server itself quoted
 * (wf_pg_exec_made); nothing from outside is ever pasted into one.
 * Waits end with the command's deadline or a signal: the statement is then
 * cancelled at the server.  No message holds a password.
 */
#ifndef WF_DEP_PG_H
#define WF_DEP_PG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct wf_pg; /* one connection */

struct wf_pg_open {
	const char *conninfo; /* conninfo or URI; "" or NULL: libpq's own defaults */
	const char *application_name;
	/* TCP, loopback too, demands sslmode=verify-full.  insecure_sslmode
	 * is used in its place when insecure is set (NULL: "require"). */
	bool insecure;
	const char *insecure_sslmode;
};

/* Connects within connect_timeout (10 s unless the connection string,
 * service file or environment says otherwise).  unavailable 69, auth and
 * privilege 77, config 78 (a connection string, service or database that is
 * wrong; transport that is not safe), try-again 75: a server that is full, and
 * stays so when connections of ours have ended. */
WF_MUST enum wf_rc wf_pg_open(const struct wf_pg_open *, struct wf_pg **out,
                              struct wf_err *err);
void wf_pg_close(struct wf_pg *); /* NULL is fine; the server rolls back */
void wf_pg_closep(struct wf_pg **);

/* Reads a connection string without connecting: WF_R_CONFIG when it is none
 * (the text is not repeated: it may hold a password). */
WF_MUST enum wf_rc wf_pg_check(const char *conninfo, bool *has_password,
                               struct wf_err *err);

enum wf_pg_kind {
	WF_PG_NULL = 0,
	WF_PG_TEXT,  /* NUL-ended text */
	WF_PG_BYTES, /* sent as binary: bytea only */
};

struct wf_pg_param {
	enum wf_pg_kind kind;
	const char *p;
	size_t len; /* for WF_PG_BYTES */
};

/* NULL gives SQL NULL. */
static inline struct wf_pg_param
wf_pg_text(const char *z)
{
	return (struct wf_pg_param){z ? WF_PG_TEXT : WF_PG_NULL, z, 0};
}
#define WF_PG_Z(z) wf_pg_text(z)
#define WF_PG_B(ptr, n) ((struct wf_pg_param){WF_PG_BYTES, (ptr), (n)})

struct wf_pg_rows; /* the result of a statement */

/* One statement, one round trip; without parameters (n 0) sql may be several
 * statements, and out gets the last one's rows.  out may be NULL.  Reasons by
 * SQLSTATE, see wf_pg_reason; a lost connection is unavailable. */
WF_MUST enum wf_rc wf_pg_exec(struct wf_pg *, const char *sql,
                              const struct wf_pg_param *, size_t n,
                              struct wf_pg_rows **out, struct wf_err *err);

/* The same in two halves, so that the caller can work while the server does:
 * nothing else may be asked of the connection in between.  wf_pg_exec_final
 * gives up on what was never received. */
WF_MUST enum wf_rc wf_pg_send(struct wf_pg *, const char *sql, const struct wf_pg_param *,
                              size_t n, struct wf_err *err);
WF_MUST enum wf_rc wf_pg_receive(struct wf_pg *, struct wf_pg_rows **out, struct wf_err *err);

/* Statements whose rows nobody reads, without waiting for one before the next:
 * together one round trip, and no parameter is held once it is with the server.
 * wf_pg_settle waits for the answers; wf_pg_exec and wf_pg_send do so first, and
 * wf_pg_exec_final cancels what is under way.  about: whom the statement is
 * about, in front of the message of its failure.  After a failure the server
 * does none of those that follow; wf_pg_queue fails as well from then on. */
WF_MUST enum wf_rc wf_pg_queue(struct wf_pg *, const char *about, const char *sql,
                               const struct wf_pg_param *, size_t n, struct wf_err *err);
WF_MUST enum wf_rc wf_pg_settle(struct wf_pg *, struct wf_err *err); /* nothing queued: WF_OK */

/* wf_pg_exec, but neither deadline nor signal cancels it: for COMMIT, whose
 * outcome must be known.  wait_ms bounds the wait. */
WF_MUST enum wf_rc wf_pg_exec_final(struct wf_pg *, const char *sql, int wait_ms,
                                    struct wf_err *err);

/* Runs sql, whose first column is statements made by the server (format()
 * with %I and %L), and then those, in order, in one round trip.  *made gets
 * their number (may be NULL).  A second column says whom a statement is about,
 * as in wf_pg_queue. */
WF_MUST enum wf_rc wf_pg_exec_made(struct wf_pg *, const char *sql,
                                   const struct wf_pg_param *, size_t n,
                                   size_t *made, struct wf_err *err);

size_t wf_pg_count(const struct wf_pg_rows *); /* rows; NULL gives 0 */
/* NULL: SQL NULL.  Valid as long as the rows. */
const char *wf_pg_z(const struct wf_pg_rows *, size_t row, size_t column);
struct wf_str wf_pg_str(const struct wf_pg_rows *, size_t row, size_t column);
bool wf_pg_bool(const struct wf_pg_rows *, size_t row, size_t column); /* NULL is false */
int64_t wf_pg_int(const struct wf_pg_rows *, size_t row, size_t column); /* NULL is 0 */
void wf_pg_rows_free(struct wf_pg_rows *);
void wf_pg_rows_freep(struct wf_pg_rows **);

/* SQLSTATE of the last failure, "" when it had none. */
const char *wf_pg_sqlstate(const struct wf_pg *);
/* Process number of the server's session as the startup gave it, 0: none. */
int wf_pg_backend_pid(const struct wf_pg *);
bool wf_pg_lost(const struct wf_pg *); /* the connection is gone */

/* 28* auth 77; 42501 privilege 77; 08*, 57P* unavailable 69; 55P03, 40001,
 * 40P01, 53300 try-again 75; 57014 timeout 75; 3D000 config 78; others
 * engine 76. */
enum wf_reason wf_pg_reason(const char *sqlstate);

/* Version of the library that is loaded, 0 before it is. */
int wf_pg_library(void);

#endif
