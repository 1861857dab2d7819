/* SPDX-License-Identifier: Apache-2.0
 *
 * dep/pg.c, dep/pg_query.c: what becomes of a SQLSTATE, of a failed start and
 * of a connection string.  No server is needed.
 */
#include "dep/pg_lib.h"
#include "tests/lib/tap.h"

static void
states(void)
{
	static const struct {
		const char *state;
		enum wf_reason reason;
		int code;
	} table[] = {
		{"28P01", WF_R_AUTH, 77},         {"28000", WF_R_AUTH, 77},
		{"42501", WF_R_PRIVILEGE, 77},    {"08006", WF_R_UNAVAILABLE, 69},
		{"57P01", WF_R_UNAVAILABLE, 69},  {"57P03", WF_R_UNAVAILABLE, 69},
		{"55P03", WF_R_TRY_AGAIN, 75},    {"40001", WF_R_TRY_AGAIN, 75},
		{"40P01", WF_R_TRY_AGAIN, 75},    {"53300", WF_R_TRY_AGAIN, 75},
		{"57014", WF_R_TIMEOUT, 75},      {"3D000", WF_R_CONFIG, 78},
		{"42601", WF_R_ENGINE, 76},       {"54000", WF_R_ENGINE, 76},
		{"38W04", WF_R_ENGINE, 76},       {"XX001", WF_R_ENGINE, 76},
		{"", WF_R_ENGINE, 76},
	};
	size_t i;

	for (i = 0; i < WF_COUNT(table); i++) {
		EQ(wf_pg_reason(table[i].state), table[i].reason, table[i].state);
		EQ(wf_reason_code(wf_pg_reason(table[i].state)), table[i].code, "its exit code");
	}
}

static void
startup(void)
{
	static const struct {
		const char *text;
		enum wf_reason reason;
		const char *state, *message;
	} table[] = {
		{"connection to server on socket \"/x/.s.PGSQL.1\" failed: FATAL:  28P01: password "
		 "authentication failed for user \"a\"\nLOCATION:  auth_failed, auth.c:1\n",
		 WF_R_AUTH, "28P01",
		 "server: password authentication failed for user \"a\" (28P01)"},
		{"connection to server at \"h\" failed: FATAL:  53300: sorry, too many clients already\n",
		 WF_R_TRY_AGAIN, "53300", "server: sorry, too many clients already (53300)"},
		{"connection to server at \"127.0.0.1\", port 1 failed: Connection refused\n\tIs the "
		 "server running on that host and accepting TCP/IP connections?\n",
		 WF_R_UNAVAILABLE, "",
		 "connection to server at \"127.0.0.1\", port 1 failed: Connection refused"},
		{"definition of service \"nope\" not found\n", WF_R_CONFIG, "",
		 "definition of service \"nope\" not found"},
		{"connection to server at \"h\" failed: fe_sendauth: no password supplied\n",
		 WF_R_AUTH, "",
		 "connection to server at \"h\" failed: fe_sendauth: no password supplied"},
		{"a\x1b[31mb\n", WF_R_UNAVAILABLE, "", "a\\x1b[31mb"},
		{"FATAL:  28P0", WF_R_UNAVAILABLE, "", "FATAL:  28P0"},
	};
	char state[6];
	size_t i;

	for (i = 0; i < WF_COUNT(table); i++) {
		struct wf_err e = {0};

		ERR(wf_pg_startup_error(table[i].text, state, &e), &e, table[i].reason,
		    table[i].message);
		IS(e.msg, table[i].message, "message");
		IS(state, table[i].state, "state");
	}
}

static void
strings(void)
{
	static const struct {
		const char *text;
		bool good, password;
	} table[] = {
		{"", true, false},
		{"service=prod", true, false},
		{"host=/tmp user=a password=secret", true, true},
		{"postgresql://u@h/db", true, false},
		{"postgresql://u:secret@h/db", true, true},
		{"postgresql://u:se%40cret@h/db", true, true},
		{"postgresql://u:se@cret@h/db", false, false},
		{"prod", false, false},
		{"host=a nonsense=secret", false, false},
		{"host='secret", false, false},
	};
	size_t i;

	for (i = 0; i < WF_COUNT(table); i++) {
		struct wf_err e = {0};
		bool password = false;
		enum wf_rc rc = wf_pg_check(table[i].text, &password, &e);

		ERR(rc, &e, table[i].good ? WF_R_OK : WF_R_CONFIG, table[i].text);
		EQ(password, table[i].password, "has a password");
		OK(!strstr(e.msg, "secret") && !strstr(e.hint, "secret"), "no secret in the message");
	}
}

static void
refused(void)
{
	struct wf_pg_open o = {.conninfo = "host=127.0.0.1 port=1 sslmode=require dbname=x"};
	struct wf_pg *pg = NULL;
	struct wf_err e = {0};

	ERR(wf_pg_open(&o, &pg, &e), &e, WF_R_CONFIG, "TCP with less than verify-full, loopback too");
	wf_err_clear(&e);
	o.conninfo = "host=/nonexistent port=1 sslmode=require dbname=x";
	ERR(wf_pg_open(&o, &pg, &e), &e, WF_R_UNAVAILABLE, "a socket needs no TLS");
	wf_err_clear(&e);
	o.conninfo = "host=127.0.0.1 port=1 sslmode=require dbname=x";
	o.insecure = true;
	ERR(wf_pg_open(&o, &pg, &e), &e, WF_R_UNAVAILABLE, "insecure: goes on to connect");
	OK(pg == NULL, "no connection is made up");
}

int
main(void)
{
	states();
	EQ(wf_pg_library(), 0, "libpq is not loaded before it is needed");
	strings();
	OK(wf_pg_library() >= 150000, "and is then");
	startup();
	refused();
	return tap_done();
}
