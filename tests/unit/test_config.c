/* SPDX-License-Identifier: Apache-2.0
 *
 * The configuration file: every file under tests/data/config does what it
 * says; values; secrets; loading.
 */
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/limits.h"
#include "config/value.h"
#include "sys/file.h"
#include "tests/lib/tap.h"

#define DATA "tests/data/config/"

static void
one_file(const char *path)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(WF_MAX_CONFIG_BYTES);
	WF_AUTO(wf_config_freep) struct wf_config *cfg = NULL;
	struct wf_err err = {0};
	char word[40], name[200], where[300];
	unsigned line, column;
	enum wf_rc rc;

	if (!OK(wf_file_read(path, &bytes, &err) == WF_OK, path))
		return;
	rc = wf_config_parse(wf_buf_str(&bytes), "c.yaml", &cfg, &err);
	if (!strstr(path, "/bad-")) {
		ERR(rc, &err, WF_R_OK, path);
		return;
	}
	if (!OK(sscanf(bytes.p, "# expect: %39s %u:%u", word, &line, &column) == 3, path))
		return;
	(void)snprintf(name, sizeof(name), "%s: %s", path + strlen(DATA), word);
	IS(wf_reason_word(err.reason), word, name);
	EQ(rc, 78, name);
	(void)snprintf(where, sizeof(where), "c.yaml:%u:%u: ", line, column);
	if (!OK(strncmp(err.msg, where, strlen(where)) == 0, name))
		printf("# expected %s, found %s\n", where, err.msg);
	if (!OK(!strstr(err.hint, "more"), "one change, one problem"))
		printf("# %s %s\n", path, err.hint);
	OK(!strstr(err.msg, "hunter2"), "no secret is shown");
}

static void
data_files(void)
{
	glob_t g;
	size_t i;

	EQ(glob(DATA "*.yaml", 0, NULL, &g), 0, "there are files");
	OK(g.gl_pathc > 30, "many of them");
	for (i = 0; i < g.gl_pathc; i++)
		one_file(g.gl_pathv[i]);
	globfree(&g);
}

static void
values(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_MAX_CONFIG_BYTES);
	WF_AUTO(wf_config_freep) struct wf_config *c = NULL;
	const struct wf_config_target *t;
	struct wf_err err = {0};

	if (!OK(wf_file_read(DATA "good-contract.yaml", &b, &err) == WF_OK &&
	        wf_config_parse(wf_buf_str(&b), "c.yaml", &c, &err) == WF_OK,
	        "the contract's configuration"))
		return;
	t = wf_config_target(c, "prod");
	if (!OK(t && t == wf_config_target_at(c, 0), "the target, by name and place"))
		return;
	OK(!wf_config_target(c, "test") && !wf_config_target_at(c, 1), "and no other");
	EQ(t->pos.line, 4, "its line");
	IS(t->engine, "pg_wasm", "engine");
	IS(t->conninfo, "service=prod", "conninfo");
	IS(t->manifests.v[0], "/etc/wasmfn/manifests.d/*.yaml", "manifests");
	IS(t->system_identifier, "7340000000000000000", "system identifier");
	IS(t->expect_version, "0.4.2", "expected version");
	EQ(t->nexpect_settings, 2, "two settings");
	IS(t->expect_settings[0].key, "pg_wasm.allow_fs", "a setting");
	IS(t->expect_settings[0].value, "off", "its value is text");
	OK(!t->insecure, "insecure: null is not insecure");
	OK(wf_config_registry(c, "localhost:5000")->plain_http, "plain http");
	OK(!wf_config_registry(c, "ghcr.io")->plain_http, "not elsewhere");
	IS(wf_config_registry(c, "ghcr.io")->ca, "/etc/wasmfn/ca.pem", "ca");
	OK(!wf_config_registry(c, "localhost"), "a port is part of the host");
	EQ(wf_config_alerts(c)->facility, LOG_AUTHPRIV, "facility");
	OK(wf_config_alerts(c)->syslog_set, "syslog is configured");
	IS(wf_config_alerts(c)->socket, "/dev/log", "socket");
	OK(!wf_config_store(c) && !wf_config_state(c), "no store, no state");
}

static void
mirrored(const struct wf_config *c, const char *host, const char *path,
         const char *first)
{
	const struct wf_config_registry *r = wf_config_mirrored(c, host, path);

	IS(r ? r->mirrors[0].host : NULL, first, path);
}

static void
blocked(const struct wf_config *c, const char *host, const char *path, bool want)
{
	OK((wf_config_blocked(c, host, path) != NULL) == want, path);
}

static void
registries(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_MAX_CONFIG_BYTES);
	WF_AUTO(wf_config_freep) struct wf_config *c = NULL;
	const struct wf_config_registry *r;
	struct wf_err err = {0};

	if (!OK(wf_file_read(DATA "good-registries.yaml", &b, &err) == WF_OK &&
	        wf_config_parse(wf_buf_str(&b), "c.yaml", &c, &err) == WF_OK,
	        "mirrors and blocks"))
		return;
	r = wf_config_registry(c, "ghcr.io");
	IS(r->ca, "/etc/wasmfn/ca.pem", "an entry with a path is not that of the host");
	EQ(r->nmirrors, 2, "two mirrors");
	IS(r->mirrors[0].path, "ghcr", "with a path");
	IS(r->mirrors[1].host, "localhost:5001", "with a port");
	IS(r->mirrors[1].path, NULL, "without a path");
	IS(wf_config_registry(c, "mirror.internal")->client_key,
	   "/etc/wasmfn/client.key", "client key");
	mirrored(c, "ghcr.io", "other/fn", "mirror.internal");
	mirrored(c, "ghcr.io", "myorg/fn", NULL);
	mirrored(c, "ghcr.io", "myorg", NULL);
	mirrored(c, "ghcr.io", "myorg2/fn", "mirror.internal");
	mirrored(c, "ghcr.io:443", "other/fn", NULL);
	mirrored(c, "index.docker.io", "library/x", "mirror.internal");
	blocked(c, "ghcr.io", "evil", true);
	blocked(c, "ghcr.io", "evil/a/b", true);
	blocked(c, "ghcr.io", "evilish", false);
	blocked(c, "bad.example", "x", true);
	blocked(c, "bad.example:443", "x", false);
	blocked(c, "index.docker.io", "evil/x", true);
	blocked(c, "registry-1.docker.io", "evil/x", true);
}

static void
secrets(void)
{
	static const struct {
		const char *text;
		bool secret;
	} cases[] = {
		{"service=prod", false},
		{"host=/run/postgresql dbname=x user=u", false},
		{"host=db passfile=/x", false},
		{"mydb", false},
		{"", false},
		{"password=x", true},
		{"host=db password=x", true},
		{"host=db\tpassword\n=\n'x'", true},
		{"host='a b' password=x", true},
		{"host='a\\' password=x' user=u", false},
		{"host=a\\ password=x user=u", false},
		{"application_name='password=x'", false},
		{"sslpassword=x", true},
		{"user password=x", true},
		{"postgresql://u@db/x", false},
		{"postgresql://db:5432/x", false},
		{"postgresql://u@db:5432/x?sslmode=require", false},
		{"postgresql:///x?host=/run&user=u", false},
		{"postgresql://u:p@db/x", true},
		{"postgres://u:p@db/x", true},
		{"postgresql://u:p/q@db/x", true},
		{"postgresql://db/x?sslmode=require&password=p", true},
		{"postgresql://db/x?p%61ssword=p", true},
		{"postgresql://db?sslpassword=p", true},
	};
	size_t i;

	for (i = 0; i < WF_COUNT(cases); i++)
		EQ(wf_config_has_secret(cases[i].text), cases[i].secret, cases[i].text);
}

static char dir[] = "/tmp/wf_config.XXXXXX";

static void
files(void)
{
	WF_AUTO(wf_config_freep) struct wf_config *c = NULL;
	struct wf_err err = {0};
	char path[300], cmd[330];

	if (!OK(mkdtemp(dir) != NULL, "a private directory"))
		return;
	(void)snprintf(path, sizeof(path), "%s/c.yaml", dir);
	ERR(wf_config_load(path, &c, &err), &err, WF_R_NO_INPUT, "a named file must exist");
	wf_err_clear(&err);
	EQ(wf_file_write_atomic(path, WF_STR_LIT("apiVersion: wasmfn/v1\nkind: Config\nstore: /s\n"),
	                        0644, &err), 0, "a file");
	ERR(wf_config_load(path, &c, &err), &err, WF_R_OK, "loads");
	IS(wf_config_store(c), "/s", "its value");
	EQ(wf_config_alerts(c)->facility, LOG_AUTHPRIV, "facility when not said");
	IS(wf_config_alerts(c)->ident, "wasmfn", "ident when not said");
	OK(!wf_config_alerts(c)->syslog_set, "syslog is not configured");
	wf_config_freep(&c);
	EQ(chmod(path, 0666), 0, "for all to write");
	ERR(wf_config_load(path, &c, &err), &err, WF_R_UNSAFE_FILE, "is refused");
	wf_err_clear(&err);
	EQ(chmod(path, 0644), 0, "back");
	EQ(truncate(path, WF_MAX_CONFIG_BYTES + 1), 0, "a byte too many");
	ERR(wf_config_load(path, &c, &err), &err, WF_R_CONFIG, "is refused");
	OK(!c, "nothing is handed out");
	(void)snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	EQ(system(cmd), 0, "cleaned up");
}

int
main(void)
{
	data_files();
	values();
	registries();
	secrets();
	files();
	return tap_done();
}
