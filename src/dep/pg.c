/* SPDX-License-Identifier: Apache-2.0
 *
 * Loading libpq and connecting.  Must never repeat a connection string in a
 * message, never ask for a password, and never send a credential over TCP to
 * a server that has not proved its name, unless the caller said `insecure`.
 */
#include "dep/pg.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/mem.h"
#include "dep/crypto.h"
#include "dep/library.h"
#include "dep/pg_lib.h"
#include "sys/clock.h"
#include "sys/interrupt.h"
#include "sys/task.h"

#define SLICE_MS 200       /* how late a signal may be noticed */
/* A server without a session left, while others of ours have theirs there */
#define FULL_AGAIN_MS 100  /* between tries */
#define FULL_ALONE_MS 1000 /* after the last of ours has ended */
#define FULL_MS 60000      /* in all */

static struct wf_pg_lib lib;
const struct wf_pg_lib *wf_pg_lib;
static unsigned nopen, ntrying; /* connections of ours */

enum wf_rc
wf_pg_lib_load(struct wf_err *err)
{
	static const struct wf_library libpq = {
		"libpq.so.5", "Install PostgreSQL's client library 15 or later (Debian: libpq5)."};
	static const struct wf_library_function table[] = {
#define ROW(name) {#name, offsetof(struct wf_pg_lib, name)},
		WF_PG_FUNCTIONS(ROW)
#undef ROW
	};
	enum wf_rc rc;

	if (wf_pg_lib)
		return WF_OK;
	wf_crypto_system_config();
	if ((rc = wf_library_load(&libpq, table, WF_COUNT(table), &lib, err)))
		return rc;
	wf_pg_lib = &lib;
	return WF_OK;
}

int
wf_pg_library(void)
{
	return wf_pg_lib ? wf_pg_lib->PQlibVersion() : 0;
}

static bool
is_uri(const char *z)
{
	return strncmp(z, "postgresql://", 13) == 0 || strncmp(z, "postgres://", 11) == 0;
}

/* What the connection string itself says about transport and password. */
struct said {
	bool password, sslmode_weak;
};

static enum wf_rc
bad_conninfo(struct wf_err *err)
{
	(void)wf_err_set(err, WF_R_CONFIG, "the connection string cannot be read");
	return wf_err_hint(err, "Expected keyword=value pairs or a postgresql:// URI, "
	                        "with special characters percent-encoded.");
}

static enum wf_rc
read_conninfo(const char *conninfo, struct said *said, struct wf_err *err)
{
	PQconninfoOption *list, *o;
	const char *at;
	char *why = NULL;

	*said = (struct said){false, false};
	if (!conninfo || !*conninfo)
		return WF_OK;
	if (!is_uri(conninfo) && !strchr(conninfo, '='))
		return bad_conninfo(err);
	/* an unencoded '@' would put a part of the password into the host */
	if (is_uri(conninfo) && (at = strchr(conninfo, '@')) && strchr(at + 1, '@'))
		return bad_conninfo(err);
	list = lib.PQconninfoParse(conninfo, &why);
	if (!list) {
		lib.PQfreemem(why); /* may hold the password: not shown */
		return bad_conninfo(err);
	}
	for (o = list; o->keyword; o++) {
		if (!o->val || !*o->val)
			continue;
		if (strcmp(o->keyword, "password") == 0)
			said->password = true;
		if (strcmp(o->keyword, "sslmode") == 0 && strcmp(o->val, "verify-full") != 0)
			said->sslmode_weak = true;
	}
	lib.PQconninfoFree(list);
	return WF_OK;
}

enum wf_rc
wf_pg_check(const char *conninfo, bool *has_password, struct wf_err *err)
{
	struct said said;
	enum wf_rc rc = wf_pg_lib_load(err);

	if (rc == WF_OK)
		rc = read_conninfo(conninfo, &said, err);
	if (rc == WF_OK)
		*has_password = said.password;
	return rc;
}

static void
on_notice(void *arg, const PGresult *res)
{
	const char *text = lib.PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);

	(void)arg;
	if (text)
		wf_log(WF_LOG_INFO, "server: %s", text);
}

short
wf_pg_poll(struct wf_pg *pg, short events, int wait_ms)
{
	int fd = lib.PQsocket(pg->conn);

	return fd < 0 ? POLLERR : wf_task_poll(fd, events, wait_ms < SLICE_MS ? wait_ms : SLICE_MS,
	                                       !pg->connected);
}

static enum wf_rc
startup_failed(struct wf_pg *pg, struct wf_err *err)
{
	(void)wf_pg_startup_error(lib.PQerrorMessage(pg->conn), pg->sqlstate, err);
	if (lib.PQconnectionNeedsPassword(pg->conn)) {
		wf_err_clear(err);
		(void)wf_err_set(err, WF_R_AUTH, "the server asks for a password and none is known");
		return wf_err_hint(err, "Put it into ~/.pgpass (mode 0600) or a service file.");
	}
	return err->code;
}

static enum wf_rc
wait_connected(struct wf_pg *pg, int seconds, struct wf_err *err)
{
	int64_t end = wf_clock_mono_ms() + (int64_t)seconds * 1000, left;
	PostgresPollingStatusType st = PGRES_POLLING_WRITING;
	enum wf_rc rc;

	for (;;) {
		rc = wf_interrupt_check(err);
		if (rc != WF_OK)
			return rc;
		left = end - wf_clock_mono_ms();
		/* what came while others computed has come in time */
		if (wf_pg_poll(pg, st == PGRES_POLLING_READING ? POLLIN : POLLOUT,
		               left > 0 ? wf_clock_left_ms((int)left) : 0) == 0) {
			if (left > 0)
				continue;
			return wf_err_set(err, WF_R_UNAVAILABLE,
			                  "the server gave no answer within %d s", seconds);
		}
		st = lib.PQconnectPoll(pg->conn);
		if (st == PGRES_POLLING_OK)
			return WF_OK;
		if (st == PGRES_POLLING_FAILED)
			return startup_failed(pg, err);
	}
}

/* The socket itself is asked: an option can be misread, a family cannot. */
static bool
is_unix(struct wf_pg *pg)
{
	struct sockaddr_storage sa = {0};
	socklen_t n = sizeof(sa);

	return getsockname(lib.PQsocket(pg->conn), (struct sockaddr *)&sa, &n) == 0 &&
	       sa.ss_family == AF_UNIX;
}

static enum wf_rc
weak_transport(struct wf_err *err)
{
	(void)wf_err_set(err, WF_R_CONFIG,
	                 "over TCP sslmode=verify-full is needed, the connection string asks for less");
	return wf_err_hint(err, "A target in the configuration file may say "
	                        "`insecure: {sslmode: …, reason: …}`.");
}

struct starting {
	const char *const *keys, *const *values;
	PGconn *conn;
};

/* Looks up the host's name, which may take its time. */
static void
start_outside(void *arg)
{
	struct starting *s = arg;

	s->conn = lib.PQconnectStartParams(s->keys, s->values, 1);
}

static enum wf_rc
start(struct wf_pg *pg, const struct wf_pg_open *o, const struct wf_pg_extra *x,
      struct wf_err *err)
{
	const char *conninfo = o->conninfo && *o->conninfo ? o->conninfo : NULL;
	const char *sslmode = !o->insecure ? "verify-full"
	                      : o->insecure_sslmode ? o->insecure_sslmode : "require";
	/* defaults stand before the connection string, what is fixed after it */
	const char *keys[14], *values[14];
	struct starting s = {keys, values, NULL};
	size_t n = 0;

#define ADD(k, v) (keys[n] = (k), values[n++] = (v))
	ADD("gssencmode", "disable");
	ADD("tcp_user_timeout", "30000");
	if (o->insecure && lib.PQlibVersion() >= 160000)
		ADD("require_auth", "!password"); /* none in clear to who knows whom */
	if (x->passfile[0])
		ADD("passfile", x->passfile);
	if (conninfo)
		ADD("dbname", conninfo);
	ADD("application_name", o->application_name ? o->application_name : "wasmfn");
	ADD("client_encoding", "UTF8");
	ADD("sslmode", sslmode);
	if (x->bind)
		ADD("channel_binding", "require");
	if (x->scram)
		ADD("require_auth", "scram-sha-256");
	if (x->peer[0])
		ADD("requirepeer", x->peer);
	ADD(NULL, NULL);
#undef ADD
	if (pg->conn)
		lib.PQfinish(pg->conn);
	wf_task_outside(start_outside, &s);
	pg->conn = s.conn;
	if (!pg->conn)
		wf_die("out of memory");
	return lib.PQstatus(pg->conn) == CONNECTION_BAD ? startup_failed(pg, err) : WF_OK;
}

/* What only libpq can tell (a service file, its own default place) is found
 * out by starting; nothing is sent before the first PQconnectPoll, and then it
 * is started once more with what is missing.  Else once is enough; what libpq
 * made of it is looked at again. */
static enum wf_rc
start_by_rules(struct wf_pg *pg, const struct wf_pg_open *o, struct wf_pg_facts *f,
               struct wf_err *err)
{
	struct wf_pg_extra x = {false, false, "", ""};
	bool ahead = wf_pg_facts_ahead(o->conninfo && *o->conninfo ? o->conninfo : NULL, f);
	bool passfile = f->passfile; /* libpq shows ~/.pgpass as if somebody had said it */
	enum wf_rc rc = ahead ? wf_pg_rules(f, o->insecure, &x, err) : WF_OK;

	if (rc == WF_OK)
		rc = start(pg, o, &x, err);
	if (rc != WF_OK)
		return rc;
	wf_pg_facts(pg, f);
	f->passfile = passfile || x.passfile[0];
	rc = wf_pg_rules(f, o->insecure, &x, err);
	if (rc == WF_OK && (x.bind || x.scram || x.peer[0] || x.passfile[0]))
		rc = start(pg, o, &x, err);
	return rc;
}

static enum wf_rc
connect_to(struct wf_pg *pg, const struct wf_pg_open *o, const struct said *said,
           struct wf_err *err)
{
	struct wf_pg_facts f;
	enum wf_rc rc = start_by_rules(pg, o, &f, err);

	if (rc != WF_OK)
		return rc;
	if (f.tcp && said->sslmode_weak && !o->insecure)
		return weak_transport(err);
	(void)lib.PQsetErrorVerbosity(pg->conn, PQERRORS_VERBOSE);
	(void)lib.PQsetNoticeReceiver(pg->conn, on_notice, NULL);
	wf_clock_stats.round_trips++;
	rc = wait_connected(pg, f.seconds, err);
	if (rc == WF_E_UNAVAILABLE && err && !wf_interrupt_pending())
		rc = wf_pg_rules_failed(err);
	if (rc != WF_OK)
		return rc;
	if (!o->insecure && !is_unix(pg) && !lib.PQsslInUse(pg->conn))
		return weak_transport(err);
	(void)lib.PQsetnonblocking(pg->conn, 1);
	pg->connected = true;
	nopen++;
	return WF_OK;
}

/* Whether to try again: the server had no session left, while others of ours
 * had theirs.  A session that has just ended is still counted for a moment. */
static bool
others_fill_it(const struct wf_pg *pg, int64_t began, int64_t *alone)
{
	int64_t now = wf_clock_mono_ms();

	if (nopen || (ntrying && !*alone))
		*alone = now;
	if (strcmp(pg->sqlstate, "53300") != 0 || !*alone || now - *alone >= FULL_ALONE_MS ||
	    now - began >= FULL_MS)
		return false;
	wf_task_sleep(FULL_AGAIN_MS);
	return wf_interrupt_check(NULL) == WF_OK;
}

enum wf_rc
wf_pg_open(const struct wf_pg_open *o, struct wf_pg **out, struct wf_err *err)
{
	WF_AUTO(wf_pg_closep) struct wf_pg *pg = NULL;
	struct wf_err one = {0};
	struct said said;
	int64_t began = wf_clock_mono_ms(), alone = 0;
	enum wf_rc rc;

	rc = wf_pg_lib_load(err);
	if (rc == WF_OK)
		rc = read_conninfo(o->conninfo, &said, err);
	if (rc != WF_OK)
		return rc;
	pg = wf_calloc(1, sizeof(*pg));
	do {
		wf_err_clear(&one);
		ntrying++;
		rc = connect_to(pg, o, &said, &one);
		ntrying--;
	} while (rc != WF_OK && others_fill_it(pg, began, &alone));
	if (rc != WF_OK && err)
		*err = one;
	if (rc != WF_OK)
		return rc;
	*out = pg;
	pg = NULL;
	return WF_OK;
}

void
wf_pg_close(struct wf_pg *pg)
{
	if (!pg)
		return;
	wf_pg_queue_free(pg);
	if (pg->conn)
		lib.PQfinish(pg->conn);
	nopen -= pg->connected;
	free(pg);
}

void
wf_pg_closep(struct wf_pg **pg)
{
	wf_pg_close(*pg);
	*pg = NULL;
}
