/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds a login.  Must never fall back to another host's entry, or put a secret
 * into a message.
 */
#include "registry/login.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/enc.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "dep/json.h"
#include "ref/ref.h"
#include "registry/helper.h"
#include "sys/file.h"

static void
wipe(char **z)
{
	if (*z)
		explicit_bzero(*z, strlen(*z));
	free(*z);
	*z = NULL;
}

void
wf_login_free(struct wf_login *l)
{
	wipe(&l->user);
	wipe(&l->password);
	wipe(&l->identity_token);
	wipe(&l->registry_token);
	free(l->file);
	free(l->helper);
	free(l->tried);
	memset(l, 0, sizeof(*l));
}

/* A key of the file as host[/path]: "https://host/v1/" is what docker once
 * wrote for host. */
static char *
key_name(const char *key)
{
	bool url = false;
	char *name, *slash;
	size_t n;

	if (strncmp(key, "https://", 8) == 0)
		url = true, key += 8;
	else if (strncmp(key, "http://", 7) == 0)
		url = true, key += 7;
	name = wf_strdup(key);
	n = strlen(name);
	while (n && name[n - 1] == '/')
		name[--n] = '\0';
	slash = strchr(name, '/');
	if (slash && (url || strcmp(slash, "/v1") == 0 || strcmp(slash, "/v2") == 0))
		*slash = '\0';
	if (!strchr(name, '/')) {
		char *one = wf_strdup(wf_ref_hub(name));

		free(name);
		name = one;
	}
	return name;
}

/* The member whose key means `want`. */
static const struct wf_json *
entry_named(const struct wf_json *map, const char *want)
{
	const struct wf_json *v;
	const char *key;
	void *it = NULL;

	while (wf_json_next(map, &it, &key, &v)) {
		WF_AUTO(wf_freep) char *name = key_name(key);

		if (strcmp(name, want) == 0)
			return v;
	}
	return NULL;
}

/* Most specific first: host/a/b, host/a, host. */
static const struct wf_json *
entry_for(const struct wf_json *map, const char *host, const char *path)
{
	WF_AUTO(wf_freep) char *want = wf_asprintf("%s/%s", wf_ref_hub(host), path);
	const struct wf_json *v;
	char *slash;

	while (!(v = entry_named(map, want)) && (slash = strrchr(want, '/')))
		*slash = '\0';
	return v;
}

static enum wf_rc
split_auth(const char *auth, const char *file, struct wf_login *l,
           struct wf_err *err)
{
	WF_AUTO(wf_buf_wipe) struct wf_buf text = WF_BUF_INIT(WF_MAX_TOKEN_BYTES);
	struct wf_err hidden = {0}; /* its message would show the secret */
	const char *colon;
	size_t n;

	if (wf_enc_unbase64(wf_str(auth), &text, &hidden))
		return wf_err_set(err, WF_R_MALFORMED,
		                  "\"%s\": \"auth\" is not base64", file);
	while (text.len && text.p[text.len - 1] == '\0')
		text.len--;
	colon = text.len ? memchr(text.p, ':', text.len) : NULL;
	if (!colon || colon == text.p || memchr(text.p, '\0', text.len))
		return wf_err_set(err, WF_R_MALFORMED,
		                  "\"%s\": \"auth\" is not base64 of user:password",
		                  file);
	n = (size_t)(colon - text.p);
	l->user = wf_strndup(text.p, n);
	l->password = wf_strndup(colon + 1, text.len - n - 1);
	return WF_OK;
}

static const char *
text_of(const struct wf_json *o, const char *key)
{
	const char *v = wf_json_z(wf_json_get(o, key));

	return v && *v ? v : NULL;
}

static enum wf_rc
take_entry(const struct wf_json *e, const char *file, struct wf_login *l,
           struct wf_err *err)
{
	const char *auth = text_of(e, "auth"), *user = text_of(e, "username"),
	           *password = text_of(e, "password");

	if (wf_json_kind(e) != WF_JSON_OBJECT)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "\"%s\": an entry of \"auths\" is no object", file);
	if (text_of(e, "identitytoken"))
		l->identity_token = wf_strdup(text_of(e, "identitytoken"));
	else if (text_of(e, "registrytoken"))
		l->registry_token = wf_strdup(text_of(e, "registrytoken"));
	else if (auth)
		return split_auth(auth, file, l, err);
	else if (user && password) {
		if (strchr(user, ':'))
			return wf_err_set(err, WF_R_MALFORMED,
			                  "\"%s\": a user name with ':' cannot be sent",
			                  file);
		l->user = wf_strdup(user);
		l->password = wf_strdup(password);
	}
	return WF_OK;
}

static enum wf_rc
from_document(const struct wf_json *j, bool dockercfg, const char *file,
              const char *host, const char *path, struct wf_login *l,
              struct wf_err *err)
{
	const struct wf_json *auths = dockercfg ? j : wf_json_get(j, "auths");
	const struct wf_json *e = entry_for(auths, host, path);
	const char *store = dockercfg ? NULL : text_of(j, "credsStore");
	const char *helper = NULL;
	enum wf_rc rc;

	if (!dockercfg)
		helper = wf_json_z(entry_named(wf_json_get(j, "credHelpers"),
		                               wf_ref_hub(host)));
	if (helper && *helper) {
		l->helper = wf_strdup(helper);
		l->helper_must = true;
		l->file = wf_strdup(file);
		return WF_OK;
	}
	if (store)
		l->helper = wf_strdup(store);
	if (!e)
		return WF_OK;
	if ((rc = take_entry(e, file, l, err)))
		return rc;
	if (l->user || l->identity_token || l->registry_token)
		l->file = wf_strdup(file);
	else /* an empty entry marks that the global helper has the secret */
		l->helper_must = store != NULL;
	return WF_OK;
}

enum wf_rc
wf_login_parse(const char *text, size_t len, bool dockercfg, const char *file,
               const char *host, const char *path, struct wf_login *out,
               struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	WF_AUTO(wf_login_free) struct wf_login l = WF_LOGIN_INIT;
	struct wf_err hidden = {0};
	enum wf_rc rc;

	/* the parser's own message quotes what it stumbled over */
	if (wf_json_parse((struct wf_str){text, len}, file, &j, &hidden))
		return wf_err_set(err, WF_R_MALFORMED,
		                  "\"%s\" is not JSON, or has a key twice", file);
	if (wf_json_kind(j) != WF_JSON_OBJECT)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "\"%s\": expected a JSON object", file);
	if ((rc = from_document(j, dockercfg, file, host, path, &l, err)))
		return rc;
	wf_login_free(out);
	*out = l;
	memset(&l, 0, sizeof(l));
	return WF_OK;
}

static enum wf_rc
from_file(const char *file, bool dockercfg, const char *host, const char *path,
          struct wf_login *out, struct wf_err *err)
{
	WF_AUTO(wf_buf_wipe) struct wf_buf text = WF_BUF_INIT(WF_MAX_CONFIG_BYTES);
	struct stat st;
	enum wf_rc rc;

	if (stat(file, &st) < 0 && (errno == ENOENT || errno == ENOTDIR ||
	                            errno == EACCES))
		return WF_OK;
	if ((rc = wf_file_read(file, &text, err)))
		return wf_err_wrap(err, "registry login");
	if (st.st_mode & (S_IRGRP | S_IROTH))
		wf_log(WF_LOG_INFO, "\"%s\" holds registry logins and can be read by others",
		       file);
	return wf_login_parse(text.p, text.len, dockercfg, file, host, path, out,
	                      err);
}

static const char *
env(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

static const char *
home(void)
{
	const struct passwd *pw;

	if (env("HOME"))
		return env("HOME");
	pw = getpwuid(geteuid());
	return pw ? pw->pw_dir : "/nonexistent";
}

/* The i-th file to look into, NULL at the end. */
static char *
file_at(unsigned i, bool *dockercfg)
{
	const char *credentials = env("CREDENTIALS_DIRECTORY");

	*dockercfg = false;
	if (env("REGISTRY_AUTH_FILE"))
		return i == 0 ? wf_strdup(env("REGISTRY_AUTH_FILE")) : NULL;
	if (env("DOCKER_CONFIG"))
		return i == 0 ? wf_asprintf("%s/config.json", env("DOCKER_CONFIG"))
		              : NULL;
	if (credentials && *credentials == '/' && i-- == 0)
		return wf_asprintf("%s/auth.json", credentials);
	switch (i) {
	case 0:
		if (env("XDG_RUNTIME_DIR"))
			return wf_asprintf("%s/containers/auth.json",
			                   env("XDG_RUNTIME_DIR"));
		return wf_asprintf("/run/containers/%u/auth.json",
		                   (unsigned)geteuid());
	case 1:
		if (env("XDG_CONFIG_HOME"))
			return wf_asprintf("%s/containers/auth.json",
			                   env("XDG_CONFIG_HOME"));
		return wf_asprintf("%s/.config/containers/auth.json", home());
	case 2:
		return wf_asprintf("%s/.docker/config.json", home());
	case 3:
		*dockercfg = true;
		return wf_asprintf("%s/.dockercfg", home());
	}
	return NULL;
}

/* Docker's helpers keep Docker Hub under the oldest of its names. */
static const char *
helper_name(const char *host)
{
	return strcmp(wf_ref_hub(host), "docker.io") == 0 ? "https://index.docker.io/v1/" : host;
}

/* What the file leaves to a helper. */
static enum wf_rc
ask_helper(const char *file, const char *host, struct wf_login *l, struct wf_err *err)
{
	WF_AUTO(wf_login_free) struct wf_login got = WF_LOGIN_INIT;
	struct wf_err e = {0};

	if (wf_helper_ask(l->helper, helper_name(host), &got, &e)) {
		if (l->helper_must || e.reason != WF_R_AUTH) {
			*err = e;
			return wf_err_wrap(err, "\"%s\"", file);
		}
		wf_log(WF_LOG_WARN, "\"%s\": %s; going on without it", file, e.msg);
	}
	if (got.user || got.identity_token) {
		got.file = wf_strdup(file);
		got.helper = wf_strdup(l->helper);
		wf_login_free(l);
		*l = got;
		memset(&got, 0, sizeof(got));
		return WF_OK;
	}
	if (l->user || l->identity_token || l->registry_token) {
		free(l->helper); /* it is the file's own */
		l->helper = NULL;
		return WF_OK;
	}
	free(l->file);
	l->file = NULL;
	return WF_OK;
}

/* "FILE", and the helper that has nothing either. */
static void
note(struct wf_buf *tried, const char *file, const struct wf_login *l)
{
	if (access(file, F_OK) != 0)
		return;
	if (tried->len < 300)
		wf_buf_putf(tried, "%s\"%.120s\"", tried->len ? ", " : "", file);
	if (l->helper && tried->len < 300)
		wf_buf_putf(tried, " and its credential helper \"%.60s\"", l->helper);
}

enum wf_rc
wf_login_find(const char *host, const char *path, struct wf_login *out,
              struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf tried = WF_BUF_INIT(1024);
	unsigned i;

	for (i = 0; ; i++) {
		WF_AUTO(wf_login_free) struct wf_login l = WF_LOGIN_INIT;
		bool dockercfg;
		WF_AUTO(wf_freep) char *file = file_at(i, &dockercfg);
		enum wf_rc rc;

		if (!file)
			break;
		if ((rc = from_file(file, dockercfg, host, path, &l, err)) ||
		    (l.helper && (rc = ask_helper(file, host, &l, err))))
			return rc;
		if (l.file) {
			*out = l;
			memset(&l, 0, sizeof(l));
			return WF_OK;
		}
		note(&tried, file, &l);
	}
	out->tried = wf_buf_steal(&tried);
	return WF_OK;
}

char *
wf_login_says(const struct wf_login *l)
{
	if (l->file && l->helper)
		return wf_asprintf("with the login that credential helper \"%s\" of \"%s\" gave",
		                   l->helper, l->file);
	if (l->file)
		return wf_asprintf("with the login from \"%s\"", l->file);
	if (l->tried && *l->tried)
		return wf_asprintf("without a login: there is none for it in %s", l->tried);
	return wf_strdup("without a login: there is no file with logins");
}
