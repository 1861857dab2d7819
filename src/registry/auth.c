/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens.  Must never follow a challenge to an address that the registry's
 * word alone should not open, or show a secret.
 */
#include "registry/auth.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "dep/json.h"
#include "ref/ref.h"
#include "registry/retry.h"
#include "sys/clock.h"

#define CLIENT_ID "wasmfn"
#define MIN_SECONDS 60      /* what the token protocol means by "not said" */
#define MAX_SECONDS 86400

void
wf_auth_wipe(char **z)
{
	if (*z)
		explicit_bzero(*z, strlen(*z));
	free(*z);
	*z = NULL;
}

/* "Basic " + base64(user:password) */
static char *
basic(const struct wf_login *l)
{
	WF_AUTO(wf_buf_wipe) struct wf_buf pair = WF_BUF_INIT(2 * WF_MAX_TOKEN_BYTES);
	WF_AUTO(wf_buf_wipe) struct wf_buf out = WF_BUF_INIT(4 * WF_MAX_TOKEN_BYTES);

	wf_buf_putz(&pair, l->user);
	wf_buf_putz(&pair, ":");
	wf_buf_putz(&pair, l->password);
	wf_buf_putz(&out, "Basic ");
	if (wf_enc_base64(wf_buf_str(&pair), &out, NULL))
		wf_die("base64 bound");
	return wf_strdup(wf_buf_z(&out));
}

/* RFC 6750 b64token: nothing that could end a header line. */
static bool
b64token(const char *z)
{
	size_t n = strlen(z), i;

	for (i = 0; i < n && z[i] != '='; i++)
		if (!((z[i] >= 'a' && z[i] <= 'z') || (z[i] >= 'A' && z[i] <= 'Z') ||
		      (z[i] >= '0' && z[i] <= '9') || strchr("-._~+/", z[i])))
			return false;
	return i > 0 && strspn(z + i, "=") == n - i;
}

static char *
bearer(const char *token)
{
	return wf_asprintf("Bearer %s", token);
}

/* host[:port] of an origin. */
static const char *
after_scheme(const char *origin)
{
	const char *p = strstr(origin, "://");

	return p ? p + 3 : origin;
}

static char *
bare_host(const char *host)
{
	const char *end = host[0] == '[' ? strchr(host, ']') : NULL;
	size_t n = end ? (size_t)(end + 1 - host) : strcspn(host, ":");

	/* without brackets, so that it reads as an address */
	return end ? wf_strndup(host + 1, n - 2) : wf_strndup(host, n);
}

static bool
forbidden_name(const char *host)
{
	static const char *const names[] = {
		"metadata", "metadata.google.internal", "metadata.goog",
		"instance-data", "instance-data.ec2.internal",
	};
	unsigned i;

	for (i = 0; i < WF_COUNT(names); i++)
		if (strcmp(host, names[i]) == 0)
			return true;
	return false;
}

enum wf_rc
wf_auth_check_realm(const char *realm, const char *origin, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *to = NULL;
	WF_AUTO(wf_freep) char *host = NULL;
	WF_AUTO(wf_freep) char *own = NULL;
	bool local, local_realm;
	enum wf_rc rc;

	if (strchr(realm, '#'))
		return wf_err_set(err, WF_R_PROTOCOL, "%s: the realm has a fragment",
		                  origin);
	if ((rc = wf_http_origin(realm, &to, err)))
		return wf_err_wrap(err, "%s: realm", origin);
	host = bare_host(after_scheme(to));
	own = bare_host(after_scheme(origin));
	local = wf_ref_is_loopback(after_scheme(origin));
	local_realm = wf_ref_is_loopback(after_scheme(to));
	if (strncmp(to, "http://", 7) == 0 &&
	    (strncmp(origin, "http://", 7) != 0 ||
	     (strcmp(host, own) != 0 && !(local && local_realm))))
		return wf_err_set(err, WF_R_PROTOCOL,
		                  "%s: the realm %s is plain http", origin, to);
	if (strcmp(host, own) == 0 || (local && local_realm))
		return WF_OK;
	if (local_realm || wf_http_is_private(host) || forbidden_name(host))
		return wf_err_set(err, WF_R_PROTOCOL,
		                  "%s: the realm %s is on a private network, where a registry's word does not lead",
		                  origin, to);
	return WF_OK;
}

static void
add_param(struct wf_buf *b, const char *name, const char *value)
{
	WF_AUTO(wf_freep) char *safe = wf_http_escape(value);

	wf_buf_putf(b, "%s%s=", b->len ? "&" : "", name);
	wf_buf_putz(b, safe);
}

/* The token protocol's request: GET with Basic, or POST with a refresh token. */
static void
token_request(const struct wf_auth_place *at, const struct wf_login *l,
              const struct wf_challenge *c, struct wf_buf *url,
              struct wf_buf *form)
{
	WF_AUTO(wf_buf_wipe) struct wf_buf q = WF_BUF_INIT(4 * WF_MAX_TOKEN_BYTES);
	/* what is needed and no more, whatever scope the challenge offers */
	WF_AUTO(wf_freep) char *scope = wf_asprintf("repository:%s:pull", at->path);

	if (l->identity_token) {
		add_param(&q, "grant_type", "refresh_token");
		add_param(&q, "client_id", CLIENT_ID);
		add_param(&q, "refresh_token", l->identity_token);
	}
	if (c->service)
		add_param(&q, "service", c->service);
	add_param(&q, "scope", scope);
	wf_buf_putz(url, c->realm);
	if (l->identity_token) {
		wf_buf_putz(form, wf_buf_z(&q));
		return;
	}
	wf_buf_putz(url, strchr(c->realm, '?') ? "&" : "?");
	wf_buf_putz(url, wf_buf_z(&q));
}

static enum wf_rc
take_token(struct wf_str body, const char *origin, char **header,
           int64_t *expires, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	struct wf_err hidden = {0}; /* its message could quote the token */
	const char *token;
	int64_t seconds;

	if (wf_json_parse(body, "token", &j, &hidden))
		return wf_err_set(err, WF_R_PROTOCOL,
		                  "%s: the token server's answer is not JSON", origin);
	token = wf_json_z(wf_json_get(j, "token"));
	if (!token || !*token)
		token = wf_json_z(wf_json_get(j, "access_token"));
	if (!token || !b64token(token))
		return wf_err_set(err, WF_R_PROTOCOL,
		                  "%s: the token server's answer has no token that can be sent",
		                  origin);
	if (!wf_json_int(wf_json_get(j, "expires_in"), &seconds) ||
	    seconds < MIN_SECONDS)
		seconds = MIN_SECONDS;
	if (seconds > MAX_SECONDS)
		seconds = MAX_SECONDS;
	*expires = wf_clock_mono_ms() + seconds * 1000;
	*header = bearer(token);
	return WF_OK;
}

static enum wf_rc
token_refused(const struct wf_login *l, const char *origin, int status,
              const struct wf_auth_place *at, struct wf_err *err)
{
	WF_AUTO(wf_freep) char *says = wf_login_says(l);

	(void)wf_err_set(err, WF_R_AUTH,
	                 "%s: the token server answers %d for %s, scope repository:%s:pull, %s",
	                 origin, status, at->host, at->path, says);
	return wf_err_hint(err, "Log in with `podman login %s` or `docker login %s`, with a user that may pull.",
	                   at->host, at->host);
}

static enum wf_rc
fetch_token(struct wf_http *http, const struct wf_auth_place *at,
            const struct wf_login *l, const struct wf_challenge *c,
            char **header, int64_t *expires, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf url = WF_BUF_INIT(WF_MAX_HEADER_BYTES * 4);
	WF_AUTO(wf_buf_wipe) struct wf_buf form = WF_BUF_INIT(4 * WF_MAX_TOKEN_BYTES);
	WF_AUTO(wf_http_response_free) struct wf_http_response res = {0};
	WF_AUTO(wf_auth_wipe) char *own = l->user ? basic(l) : NULL;
	WF_AUTO(wf_freep) char *to = NULL;
	struct wf_http_request q = {0};
	enum wf_rc rc;

	if ((rc = wf_auth_check_realm(c->realm, at->origin, err)) ||
	    (rc = wf_http_origin(c->realm, &to, err)))
		return rc;
	token_request(at, l, c, &url, &form);
	q.url = wf_buf_z(&url);
	q.form = l->identity_token ? wf_buf_z(&form) : NULL;
	q.authorization = own;
	q.accept = "application/json";
	if (strcmp(to, at->origin) == 0) {
		q.cert = at->cert;
		q.key = at->key;
	}
	q.plain = strncmp(to, "http://", 7) == 0;
	q.no_private = at->public_peer;
	q.max = WF_MAX_TOKEN_BYTES;
	q.name = "token";
	wf_log(WF_LOG_DEBUG, "asking %s for a token for %s", to, at->path);
	if ((rc = wf_retry_get(http, &q, to, &res, err)))
		return wf_err_wrap(err, "token for %s/%s", at->host, at->path);
	if (res.status == 400 || res.status == 401 || res.status == 403)
		return token_refused(l, to, res.status, at, err);
	if (wf_retry_is_later(res.status))
		return wf_err_set(err, WF_R_TRY_AGAIN,
		                  "%s: the token server answers %d", to, res.status);
	if (res.status != 200)
		return wf_err_set(err, res.status >= 500 ? WF_R_UNAVAILABLE
		                                         : WF_R_PROTOCOL,
		                  "%s: the token server answers %d", to, res.status);
	rc = take_token(wf_buf_str(&res.body), to, header, expires, err);
	if (res.body.p)
		explicit_bzero(res.body.p, res.body.len);
	return rc;
}

static enum wf_rc
need_login(const struct wf_auth_place *at, const struct wf_login *l,
           struct wf_err *err)
{
	WF_AUTO(wf_freep) char *says = wf_login_says(l);

	(void)wf_err_set(err, WF_R_AUTH,
	                 "%s wants a login for scope repository:%s:pull, and was asked %s",
	                 at->host, at->path, says);
	return wf_err_hint(err, "Log in with `podman login %s` or `docker login %s`.",
	                   at->host, at->host);
}

enum wf_rc
wf_auth_answer(struct wf_http *http, const struct wf_auth_place *at,
               const struct wf_login *l,
               const struct wf_http_response *challenge, char **header,
               int64_t *expires, struct wf_err *err)
{
	WF_AUTO(wf_challenge_free) struct wf_challenge c = WF_CHALLENGE_INIT;
	enum wf_rc rc;

	*expires = INT64_MAX;
	if ((rc = wf_challenge_parse(challenge->challenge, WF_HTTP_CHALLENGES, &c,
	                             err)))
		return wf_err_wrap(err, "%s", at->origin);
	if (c.scheme == WF_SCHEME_NONE)
		return wf_err_set(err, WF_R_AUTH,
		                  "%s wants a login of a kind that is not spoken (expected Basic or Bearer)",
		                  at->origin);
	if ((l->user || l->identity_token || l->registry_token) &&
	    strncmp(at->origin, "http://", 7) == 0 && !wf_ref_is_loopback(at->host)) {
		(void)wf_err_set(err, WF_R_AUTH,
		                 "%s is spoken to in plain http, where anybody on the way would read the login from \"%s\"",
		                 at->host, l->file);
		return wf_err_hint(err, "Give the registry a certificate, or take the login out of the file.");
	}
	if (l->registry_token) {
		if (!b64token(l->registry_token))
			return wf_err_set(err, WF_R_AUTH,
			                  "\"%s\": registrytoken is no token that can be sent",
			                  l->file);
		*header = bearer(l->registry_token);
		return WF_OK;
	}
	if (c.scheme == WF_SCHEME_BEARER)
		return fetch_token(http, at, l, &c, header, expires, err);
	if (!l->user)
		return need_login(at, l, err);
	*header = basic(l);
	return WF_OK;
}
