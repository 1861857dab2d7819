/* SPDX-License-Identifier: Apache-2.0
 *
 * A libpq.so.5 that is libpq, and counts: before the N-th call that speaks to
 * a server, or waits for it, the process is killed or the connection is cut.
 * (A call that only looks at a result is to the server the same moment as the
 * call before it, and is not counted.)
 *
 *   WF_PQ_REAL    the real library
 *   WF_PQ_MODE    kill | drop | (none: count only)
 *   WF_PQ_AT      N, from 1
 *   WF_PQ_FLAG    file that is made when it happened; its text is the call.
 *                 Without it having happened: the number of calls.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *real;
static long calls;
static int done;

static void *
sym(const char *name)
{
	void *f;

	if (!real)
		real = dlopen(getenv("WF_PQ_REAL"), RTLD_NOW | RTLD_LOCAL);
	f = real ? dlsym(real, name) : NULL;
	if (!f) {
		fprintf(stderr, "pq_steps: no %s\n", name);
		abort();
	}
	return f;
}

static void
note(const char *text)
{
	const char *path = getenv("WF_PQ_FLAG");
	int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		abort();
	(void)close(fd);
}

__attribute__((destructor)) static void
total(void)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%ld", calls);
	if (getenv("WF_PQ_FLAG") && !done)
		note(text);
}

static void
step(const PGconn *c, const char *name)
{
	const char *mode = getenv("WF_PQ_MODE"), *at = getenv("WF_PQ_AT");
	int (*sock)(const PGconn *) = (int (*)(const PGconn *))sym("PQsocket");

	calls++;
	if (!mode || !at || done || calls != atol(at))
		return;
	done = 1;
	note(name);
	if (strcmp(mode, "kill") == 0)
		(void)kill(getpid(), SIGKILL);
	if (c)
		(void)shutdown(sock(c), SHUT_RDWR);
}

/* F(result, name, parameters, arguments, connection or NULL) */
#define F(type, name, params, args, conn) \
	type name params \
	{ \
		static type (*f) params; \
		if (!f) \
			*(void **)(&f) = sym(#name); \
		step(conn, #name); \
		return f args; \
	}
/* what only looks */
#define L(type, name, params, args) \
	type name params \
	{ \
		static type (*f) params; \
		if (!f) \
			*(void **)(&f) = sym(#name); \
		return f args; \
	}

F(PGconn *, PQconnectStartParams, (const char *const *k, const char *const *v, int x), (k, v, x), NULL)
F(PostgresPollingStatusType, PQconnectPoll, (PGconn *c), (c), c)
F(int, PQsendQuery, (PGconn *c, const char *q), (c, q), c)
F(int, PQsendQueryParams, (PGconn *c, const char *q, int n, const Oid *t, const char *const *v,
                           const int *l, const int *m, int r), (c, q, n, t, v, l, m, r), c)
F(int, PQpipelineSync, (PGconn *c), (c), c)
F(int, PQflush, (PGconn *c), (c), c)
F(int, PQconsumeInput, (PGconn *c), (c), c)
F(void, PQfinish, (PGconn *c), (c), c)
F(PGcancel *, PQgetCancel, (PGconn *c), (c), c)
F(int, PQcancel, (PGcancel *c, char *e, int n), (c, e, n), NULL)

/* asked for only when PQisBusy has said that it waits for nothing */
L(PGresult *, PQgetResult, (PGconn *c), (c))
L(int, PQenterPipelineMode, (PGconn *c), (c))
L(int, PQexitPipelineMode, (PGconn *c), (c))
L(int, PQbackendPID, (const PGconn *c), (c))
L(void, PQclear, (PGresult *r), (r))
L(char *, PQcmdTuples, (PGresult *r), (r))
L(PQconninfoOption *, PQconndefaults, (void), ())
L(PQconninfoOption *, PQconninfo, (PGconn *c), (c))
L(void, PQconninfoFree, (PQconninfoOption *o), (o))
L(PQconninfoOption *, PQconninfoParse, (const char *s, char **e), (s, e))
L(int, PQconnectionNeedsPassword, (const PGconn *c), (c))
L(char *, PQerrorMessage, (const PGconn *c), (c))
L(void, PQfreeCancel, (PGcancel *c), (c))
L(void, PQfreemem, (void *p), (p))
L(int, PQgetisnull, (const PGresult *r, int i, int j), (r, i, j))
L(int, PQgetlength, (const PGresult *r, int i, int j), (r, i, j))
L(char *, PQgetvalue, (const PGresult *r, int i, int j), (r, i, j))
L(char *, PQhost, (const PGconn *c), (c))
L(int, PQisBusy, (PGconn *c), (c))
L(int, PQlibVersion, (void), ())
L(int, PQnfields, (const PGresult *r), (r))
L(int, PQntuples, (const PGresult *r), (r))
L(char *, PQresultErrorField, (const PGresult *r, int i), (r, i))
L(ExecStatusType, PQresultStatus, (const PGresult *r), (r))
L(PGVerbosity, PQsetErrorVerbosity, (PGconn *c, PGVerbosity v), (c, v))
L(PQnoticeReceiver, PQsetNoticeReceiver, (PGconn *c, PQnoticeReceiver p, void *a), (c, p, a))
L(int, PQsetnonblocking, (PGconn *c, int a), (c, a))
L(int, PQsocket, (const PGconn *c), (c))
L(int, PQsslInUse, (PGconn *c), (c))
L(ConnStatusType, PQstatus, (const PGconn *c), (c))
