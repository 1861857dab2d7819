/* SPDX-License-Identifier: Apache-2.0
 *
 * What a connection must prove before anything of ours is sent: over TCP the
 * server's name and a login bound to that very TLS session, over a unix socket
 * the account that listens.  Must never take less because a connection
 * string, a service file or the environment asks for less: that is for
 * `insecure` in the configuration alone.
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/mem.h"
#include "dep/pg_lib.h"

#define lib (*wf_pg_lib)

static bool
is(const PQconninfoOption *o, const char *keyword)
{
	return strcmp(o->keyword, keyword) == 0;
}

/* "a,/run/b,@c": each place on its own. */
static void
look_at_hosts(const char *hosts, struct wf_pg_facts *f)
{
	const char *p;

	for (p = hosts; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
		size_t n = strcspn(p, ",");

		if (*p == '/' && n < sizeof(f->directory)) {
			f->directories++;
			memcpy(f->directory, p, n);
			f->directory[n] = '\0';
		} else if (*p == '@') {
			f->abstract = true;
		} else if (n) {
			f->tcp = true;
		}
	}
}

static void
look_at(const PQconninfoOption *o, struct wf_pg_facts *f)
{
	if (!o->val || !*o->val)
		return;
	if (is(o, "connect_timeout") && atoi(o->val) > 0)
		f->seconds = atoi(o->val);
	else if (is(o, "hostaddr"))
		f->tcp = true;
	else if (is(o, "host"))
		look_at_hosts(o->val, f);
	else if (is(o, "requirepeer"))
		f->requirepeer = true;
	else if (is(o, "sslcert"))
		f->certificate = true;
	else if (is(o, "passfile"))
		f->passfile = true;
	else if (is(o, "channel_binding"))
		f->bound = strcmp(o->val, "require") == 0;
	else if (is(o, "require_auth"))
		f->scram = strcmp(o->val, "scram-sha-256") == 0;
}

void
wf_pg_facts(struct wf_pg *pg, struct wf_pg_facts *f)
{
	PQconninfoOption *list = lib.PQconninfo(pg->conn), *o;
	const char *place = lib.PQhost(pg->conn);

	*f = (struct wf_pg_facts){.seconds = WF_PG_CONNECT_SECONDS};
	for (o = list; o && o->keyword; o++)
		look_at(o, f);
	lib.PQconninfoFree(list);
	/* nobody named a place: libpq's own */
	if (!f->tcp && !f->directories && !f->abstract && place)
		look_at_hosts(place, f);
}

bool
wf_pg_facts_ahead(const char *conninfo, struct wf_pg_facts *f)
{
	PQconninfoOption *said = conninfo ? lib.PQconninfoParse(conninfo, NULL) : NULL;
	PQconninfoOption *defaults = lib.PQconndefaults(), *o, *d;
	bool service = !defaults || (conninfo && !said);

	*f = (struct wf_pg_facts){.seconds = WF_PG_CONNECT_SECONDS};
	for (d = defaults; d && d->keyword; d++) {
		for (o = said; o && o->keyword && !is(o, d->keyword); o++)
			;
		if (!o || !o->keyword || !o->val)
			o = d;
		service |= is(o, "service") && o->val && *o->val;
		look_at(o, f);
	}
	lib.PQconninfoFree(said);
	lib.PQconninfoFree(defaults);
	return !service && (f->tcp || f->directories || f->abstract);
}

/* Who may put a socket into a directory is its owner (and, where others may
 * write to it, they; their account is another). */
static enum wf_rc
owner_of(const struct wf_pg_facts *f, char account[64], struct wf_err *err)
{
	const struct passwd *pw = NULL;
	struct stat st;

	if (f->directories == 1 && !f->abstract && stat(f->directory, &st) == 0)
		pw = getpwuid(st.st_uid);
	if (f->directories == 1 && !f->abstract && stat(f->directory, &st) != 0)
		return WF_OK; /* there is no server: libpq says it better */
	if (pw && strlen(pw->pw_name) < 64) {
		(void)snprintf(account, 64, "%s", pw->pw_name);
		return WF_OK;
	}
	(void)wf_err_set(err, WF_R_CONFIG, "which account the server runs as cannot be told from "
	                 "the socket's place");
	return wf_err_hint(err, "Say requirepeer=ACCOUNT in the connection string.");
}

/* systemd's LoadCredential=pgpass:…; a file named by anybody else wins. */
static void
credential(const struct wf_pg_facts *f, struct wf_pg_extra *x)
{
	const char *dir = getenv("CREDENTIALS_DIRECTORY");
	struct stat st;

	if (f->passfile || !dir || *dir != '/')
		return;
	if (snprintf(x->passfile, sizeof(x->passfile), "%s/pgpass", dir) >=
	            (int)sizeof(x->passfile) || stat(x->passfile, &st) != 0)
		x->passfile[0] = '\0';
}

/* A unit's environment is for everybody to read. */
static void
warn_of_environment(void)
{
	static bool said;

	if (said || !getenv("PGPASSWORD") || !getenv("INVOCATION_ID"))
		return;
	said = true;
	wf_log(WF_LOG_WARN, "PGPASSWORD is in the environment of a unit, which every user of this "
	       "machine can read; LoadCredential=pgpass:FILE keeps it from them");
}

enum wf_rc
wf_pg_rules(const struct wf_pg_facts *f, bool insecure, struct wf_pg_extra *x,
            struct wf_err *err)
{
	memset(x, 0, sizeof(*x));
	credential(f, x);
	warn_of_environment();
	if (insecure)
		return WF_OK;
	if (f->tcp && !f->certificate) {
		x->bind = !f->bound;
		x->scram = !f->scram && lib.PQlibVersion() >= 160000;
	}
	/* a login over both kinds of place cannot be bound to TLS on one */
	if (f->tcp && (f->directories || f->abstract))
		return wf_err_set(err, WF_R_CONFIG,
		                  "the connection string names TCP hosts and unix sockets; expected one kind");
	if (!f->tcp && !f->requirepeer)
		return owner_of(f, x->peer, err);
	return WF_OK;
}

enum wf_rc
wf_pg_rules_failed(struct wf_err *err)
{
	/* libpq's words for what its own options refuse */
	static const struct {
		const char *words, *hint;
	} table[] = {
		{"requirepeer specifies",
		 "The socket lies in a directory of another account than the server's. Say "
		 "requirepeer=ACCOUNT in the connection string."},
		{"channel binding",
		 "The server must ask for SCRAM-SHA-256 (not md5, password or trust) or for a client "
		 "certificate (sslcert=). A target in the configuration may say `insecure: {sslmode: …, "
		 "reason: …}`."},
		{"auth method",
		 "The server must ask for SCRAM-SHA-256 (not md5, password or trust) or for a client "
		 "certificate (sslcert=)."},
	};
	WF_AUTO(wf_freep) char *text = wf_strdup(err->msg);
	size_t i;

	for (i = 0; i < WF_COUNT(table); i++) {
		if (!strstr(text, table[i].words))
			continue;
		wf_err_clear(err);
		(void)wf_err_set(err, WF_R_CONFIG, "%s", text);
		return wf_err_hint(err, "%s", table[i].hint);
	}
	return err->code;
}
