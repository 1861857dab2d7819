/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs credential helpers.  Must never run one by a shell or from a relative
 * path, wait without end, or show what one said: it may be the secret.
 */
#include "registry/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "dep/json.h"
#include "sys/clock.h"
#include "sys/file.h"
#include "sys/interrupt.h"

#define STEP_MS 20 /* how often a signal and the deadline are looked at */
#define NONE "credentials not found in native keychain"

extern char **environ;

/* Asked already: one entry a helper and server, for the process. */
struct answer {
	struct answer *next;
	char *suffix, *server;
	struct wf_login login;
	struct wf_err err;
};
static struct answer *answers;

void
wf_helper_forget(void)
{
	struct answer *a;

	while ((a = answers)) {
		answers = a->next;
		wf_login_free(&a->login);
		free(a->suffix);
		free(a->server);
		free(a);
	}
}

/* What helpers need to find their keys and their servers, and nothing else:
 * no password of a database, no loader's variable. */
static bool
passed_on(const char *entry)
{
	static const char *const names[] = {
		"PATH=", "HOME=", "USER=", "LOGNAME=", "LANG=", "LC_", "TZ=", "TMPDIR=",
		"XDG_", "DBUS_SESSION_BUS_ADDRESS=", "DISPLAY=", "WAYLAND_DISPLAY=",
		"GNUPGHOME=", "GPG_TTY=", "PASSWORD_STORE_", "DOCKER_CONFIG=",
		"REGISTRY_AUTH_FILE=", "AWS_", "AZURE_", "GOOGLE_", "CLOUDSDK_",
		"HTTPS_PROXY=", "https_proxy=", "http_proxy=", "NO_PROXY=", "no_proxy=",
		"SSL_CERT_FILE=", "SSL_CERT_DIR=", "CREDENTIALS_DIRECTORY=",
	};
	unsigned i;

	for (i = 0; i < WF_COUNT(names); i++)
		if (strncmp(entry, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static char **
small_environment(void)
{
	size_t n = 0, k = 0;
	char **env;

	while (environ && environ[n])
		n++;
	env = wf_calloc(n + 1, sizeof(*env));
	while (n)
		if (passed_on(environ[--n]))
			env[k++] = environ[n];
	return env;
}

/* In an absolute directory of PATH; NULL: nowhere. */
static char *
find_program(const char *name)
{
	const char *p = getenv("PATH");
	size_t n;

	for (p = p && *p ? p : "/usr/local/bin:/usr/bin:/bin"; *p; p += n + (p[n] == ':')) {
		char *path;

		n = strcspn(p, ":");
		if (*p != '/')
			continue;
		path = wf_asprintf("%.*s/%s", (int)n, p, name);
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

struct child {
	pid_t pid;
	int in, out; /* our ends; -1 closed */
};

static bool
start(const char *path, const char *name, struct child *c)
{
	WF_AUTO(wf_freep) char **env = small_environment();
	WF_AUTO(wf_freep) char *argv0 = wf_strdup(name);
	char verb[] = "get", *argv[] = {argv0, verb, NULL};
	WF_AUTO(wf_file_closep) int in = -1;
	WF_AUTO(wf_file_closep) int out = -1;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t all, none;
	int a[2], b[2], bad;

	if (pipe2(a, O_CLOEXEC) < 0)
		return false;
	in = a[0];
	c->in = a[1];
	if (pipe2(b, O_CLOEXEC) < 0)
		return false;
	c->out = b[0];
	out = b[1];
	(void)sigfillset(&all);
	(void)sigemptyset(&none);
	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawnattr_init(&attr);
	bad = posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO) ||
	      posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO) ||
	      posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0) ||
	      posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1) ||
	      posix_spawnattr_setsigdefault(&attr, &all) ||
	      posix_spawnattr_setsigmask(&attr, &none) ||
	      posix_spawnattr_setpgroup(&attr, 0) ||
	      posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF |
	                                      POSIX_SPAWN_SETSIGMASK) ||
	      posix_spawn(&c->pid, path, &files, &attr, argv, env);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&files);
	return !bad;
}

/* Reads to the end; WF_R_LIMIT, WF_R_TIMEOUT, or what ended the command. */
static enum wf_rc
listen_to(struct child *c, int64_t end, struct wf_buf *out, struct wf_err *err)
{
	struct pollfd p = {c->out, POLLIN, 0};
	char some[4096];
	enum wf_rc rc = WF_OK;
	ssize_t n;

	while (rc == WF_OK) {
		if ((rc = wf_interrupt_check(err)))
			break;
		if (wf_clock_mono_ms() >= end)
			return wf_err_set(err, WF_R_TIMEOUT, "time is over");
		if (poll(&p, 1, STEP_MS) <= 0)
			continue;
		n = read(c->out, some, sizeof(some));
		if (n == 0)
			break;
		if (n > 0)
			rc = wf_buf_add(out, some, (size_t)n, err);
		else if (errno != EINTR)
			rc = wf_err_sys(err, WF_R_IO, "cannot read");
	}
	explicit_bzero(some, sizeof(some));
	return rc;
}

/* Waits for its end, and makes one.  Status as of waitpid; -1 killed. */
static int
end_of(struct child *c, int64_t end, bool kill_it)
{
	int status = 0;
	pid_t got;

	while (!kill_it && (got = waitpid(c->pid, &status, WNOHANG)) != c->pid) {
		if ((got < 0 && errno != EINTR) || wf_interrupt_check(NULL) ||
		    wf_clock_mono_ms() >= end)
			kill_it = true;
		else
			(void)poll(NULL, 0, 2);
	}
	(void)kill(-c->pid, SIGKILL); /* what it left behind, too */
	if (!kill_it)
		return status;
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	return -1;
}

static enum wf_rc
failed(struct wf_err *err, const char *suffix, const char *server, const char *why)
{
	(void)wf_err_set(err, WF_R_AUTH,
	                 "credential helper \"docker-credential-%.100s\", which keeps the login for %s, %s",
	                 suffix, server, why);
	return wf_err_hint(err, "`echo %.100s | docker-credential-%.60s get` shows what it says; a login in a file that REGISTRY_AUTH_FILE names needs no helper.",
	                   server, suffix);
}

enum wf_rc
wf_helper_parse(struct wf_str answer, const char *suffix, struct wf_login *out,
                struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	struct wf_err hidden = {0}; /* its message quotes the answer */
	const char *user, *secret;

	if (wf_json_parse(answer, "answer", &j, &hidden) ||
	    !(user = wf_json_z(wf_json_get(j, "Username"))) ||
	    !(secret = wf_json_z(wf_json_get(j, "Secret"))) ||
	    (!*user && *secret) || strchr(user, ':'))
		return wf_err_set(err, WF_R_AUTH,
		                  "\"docker-credential-%.100s\": expected JSON with Username and Secret",
		                  suffix);
	if (!*secret)
		return WF_OK;
	if (strcmp(user, "<token>") == 0) {
		out->identity_token = wf_strdup(secret);
	} else {
		out->user = wf_strdup(user);
		out->password = wf_strdup(secret);
	}
	return WF_OK;
}

static bool
says_none(const struct wf_buf *said)
{
	return said->len && memmem(said->p, said->len, NONE, sizeof(NONE) - 1);
}

static enum wf_rc
converse(struct child *c, const char *suffix, const char *server,
         struct wf_login *out, struct wf_err *err)
{
	WF_AUTO(wf_buf_wipe) struct wf_buf said = WF_BUF_INIT(WF_MAX_TOKEN_BYTES);
	WF_AUTO(wf_freep) char *line = wf_asprintf("%s\n", server);
	int64_t end = wf_clock_mono_ms() + WF_MAX_HELPER_SECONDS * 1000;
	struct wf_err e = {0};
	char why[160];
	enum wf_rc rc;
	int status;

	/* shorter than a pipe holds; one that does not read it may still know */
	(void)!write(c->in, line, strlen(line));
	wf_file_closep(&c->in);
	rc = listen_to(c, end, &said, &e);
	status = end_of(c, end, rc != WF_OK);
	if (wf_interrupt_check(err))
		return err->code;
	if (e.reason == WF_R_LIMIT) {
		(void)snprintf(why, sizeof(why), "says more than %u bytes", WF_MAX_TOKEN_BYTES);
		return failed(err, suffix, server, why);
	}
	if (rc || status == -1) {
		(void)snprintf(why, sizeof(why), "does not answer within %u seconds",
		               WF_MAX_HELPER_SECONDS);
		return failed(err, suffix, server, e.reason == WF_R_IO ? "cannot be read" : why);
	}
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		if (wf_helper_parse(wf_buf_str(&said), suffix, out, &e))
			return failed(err, suffix, server, "says something that is no login (expected JSON with Username and Secret)");
		return WF_OK;
	}
	if (says_none(&said))
		return WF_OK;
	(void)snprintf(why, sizeof(why), WIFEXITED(status) ? "ends with status %d" : "dies of signal %d",
	               WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	return failed(err, suffix, server, why);
}

static enum wf_rc
run(const char *suffix, const char *server, struct wf_login *out, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *name = wf_asprintf("docker-credential-%s", suffix);
	WF_AUTO(wf_freep) char *path = NULL;
	struct child c = {.pid = -1, .in = -1, .out = -1};
	enum wf_rc rc;

	if (!*suffix || strlen(suffix) > 100 ||
	    suffix[strspn(suffix, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")])
		return wf_err_set(err, WF_R_AUTH,
		                  "a credential helper's name has A-Z, a-z, 0-9, \".\", \"_\" and \"-\", found \"%.100s\"",
		                  suffix);
	if (!(path = find_program(name)))
		return failed(err, suffix, server, "is not installed (looked in the directories of PATH)");
	wf_log(WF_LOG_INFO, "asking \"%s\" for the login for %s", path, server);
	if (start(path, name, &c))
		rc = converse(&c, suffix, server, out, err);
	else
		rc = failed(err, suffix, server, "cannot be started");
	wf_file_closep(&c.in);
	wf_file_closep(&c.out);
	return rc;
}

static char *
copy(const char *z)
{
	return z ? wf_strdup(z) : NULL;
}

enum wf_rc
wf_helper_ask(const char *suffix, const char *server, struct wf_login *out,
              struct wf_err *err)
{
	struct answer *a;

	for (a = answers; a; a = a->next)
		if (strcmp(a->suffix, suffix) == 0 && strcmp(a->server, server) == 0)
			break;
	if (!a) {
		a = wf_calloc(1, sizeof(*a));
		a->suffix = wf_strdup(suffix);
		a->server = wf_strdup(server);
		a->next = answers;
		answers = a;
		(void)!run(suffix, server, &a->login, &a->err);
	}
	if (a->err.code) {
		*err = a->err;
		return a->err.code;
	}
	out->user = copy(a->login.user);
	out->password = copy(a->login.password);
	out->identity_token = copy(a->login.identity_token);
	return WF_OK;
}
