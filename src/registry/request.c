/* SPDX-License-Identifier: Apache-2.0
 *
 * One request and the meaning of its answer.  Must never loop on a 401, wait
 * longer than the command may take, or show a server's text unescaped.
 */
#include "registry/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "registry/auth.h"
#include "registry/retry.h"
#include "sys/clock.h"

#define TOKEN_SPARE_MS 5000 /* a token that ends soon is not used */

static bool
looks_like_page(struct wf_str body)
{
	size_t i = 0;

	while (i < body.len && strchr(" \t\r\n", body.p[i]))
		i++;
	return i < body.len && body.p[i] == '<';
}

enum wf_rc
wf_request_no_page(const struct wf_registry *r,
                   const struct wf_http_response *res, struct wf_str body,
                   const char *name, struct wf_err *err)
{
	if (strcmp(res->content_type, "text/html") != 0 &&
	    strcmp(res->content_type, "application/xhtml+xml") != 0 &&
	    !looks_like_page(body))
		return WF_OK;
	(void)wf_err_set(err, WF_R_PROTOCOL,
	                 "%s: not a registry response: the %s came as a web page (%s)",
	                 r->origin, name,
	                 res->content_type[0] ? res->content_type : "no Content-Type");
	return wf_err_hint(err, "A login page or a proxy may answer in the registry's place.");
}

/* The first error of {"errors":[…]}, "" when there is none. */
static void
server_text(const struct wf_http_response *res, char out[256])
{
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	struct wf_err ignored = {0};
	const struct wf_json *e;
	const char *code, *message;

	out[0] = '\0';
	if (!res->body.len ||
	    wf_json_parse(wf_buf_str(&res->body), "error", &j, &ignored))
		return;
	e = wf_json_at(wf_json_get(j, "errors"), 0);
	code = wf_json_z(wf_json_get(e, "code"));
	message = wf_json_z(wf_json_get(e, "message"));
	if (code || message)
		(void)snprintf(out, 256, " (%.60s%s%.150s)", code ? code : "",
		               code && message ? ": " : "",
		               message ? message : "");
}

static enum wf_rc
refused(const struct wf_registry *r, const struct wf_request *q,
        const struct wf_http_response *res, const char *said,
        struct wf_err *err)
{
	WF_AUTO(wf_freep) char *says = NULL;

	if (!res->same_origin)
		return wf_err_set(err, WF_R_AUTH,
		                  "%s redirects the %s to a server that answers %d",
		                  r->origin, q->name, res->status);
	says = wf_login_says(&r->login);
	(void)wf_err_set(err, WF_R_AUTH, "%s answers %d for scope repository:%s:pull%s, %s",
	                 r->origin, res->status, r->path, said, says);
	return wf_err_hint(err, "Log in with `podman login %s` or `docker login %s`, with a user that may pull.",
	                   r->host, r->host);
}

static enum wf_rc
judge(const struct wf_registry *r, const struct wf_request *q,
      const struct wf_http_response *res, struct wf_err *err)
{
	char said[256];

	if (res->status == 200 || (res->status == 206 && q->from))
		return WF_OK;
	server_text(res, said);
	switch (res->status) {
	case 401:
	case 403:
		return refused(r, q, res, said, err);
	case 404:
		if (q->no_route)
			*q->no_route = !said[0] && res->same_origin;
		return wf_err_set(err, WF_R_NOT_FOUND,
		                  "%s/%s has no such %s%s", r->host, r->path,
		                  q->name, said);
	case 429:
		(void)wf_err_set(err, WF_R_TRY_AGAIN,
		                 "%s limits the rate of requests (429)%s",
		                 r->origin, said);
		if (res->retry_after >= 0)
			return wf_err_hint(err, "It asks to wait %d seconds.",
			                   res->retry_after);
		return wf_err_hint(err, "Try again later, or with a login.");
	}
	return wf_err_set(err, wf_retry_is_later(res->status) ? WF_R_TRY_AGAIN
	                  : res->status >= 500 ? WF_R_UNAVAILABLE : WF_R_PROTOCOL,
	                  "%s answers %d for the %s%s", r->origin, res->status,
	                  q->name, said);
}

/* The tries of one request. */
struct attempt {
	struct wf_retry retry;
	bool answered; /* a 401, with a login */
	bool passing;  /* the last try failed in a way that may pass */
};

static enum wf_rc
exchange(struct wf_registry *r, const struct wf_request *q, struct attempt *at,
         struct wf_http_response *res, struct wf_err *err)
{
	WF_AUTO(wf_auth_wipe) char *authorization =
		r->authorization ? wf_strdup(r->authorization) : NULL;
	WF_AUTO(wf_freep) char *url = NULL;
	struct wf_http_request h = {0};

	url = q->url ? wf_strdup(q->url)
	             : wf_asprintf("%s/v2/%s/%s", r->origin, r->path, q->what);
	h.url = url;
	h.accept = q->accept;
	h.authorization = authorization;
	h.cert = r->cert;
	h.key = r->key;
	h.plain = r->plain;
	h.begin = q->begin;
	h.body = q->body;
	h.arg = q->arg;
	h.max = q->max;
	h.from = q->from;
	h.name = q->name;
	h.passing = &at->passing;
	at->passing = false;
	wf_http_response_free(res);
	return wf_http_get(r->session->http, &h, res, err);
}

/* A registry on this machine may speak either; http is asked first, because a
 * TLS server says so when it is spoken to in http, and nothing secret has been
 * sent by then. */
static enum wf_rc
first_exchange(struct wf_registry *r, const struct wf_request *q, struct attempt *at,
               struct wf_http_response *res, struct wf_err *err)
{
	WF_AUTO(wf_http_response_free) struct wf_http_response tls = {0};
	WF_AUTO(wf_freep) char *https = NULL;
	struct wf_registry other;
	struct wf_err first = {0}, second = {0};
	enum wf_rc rc = exchange(r, q, at, res, &first);
	bool passing = at->passing;

	if (rc == WF_OK && res->status != 400) {
		r->undecided = false;
		r->public_peer = res->public_peer;
		return WF_OK;
	}
	https = wf_asprintf("https://%s", r->host);
	if (rc == WF_OK || first.reason == WF_R_UNAVAILABLE ||
	    first.reason == WF_R_PROTOCOL) {
		enum wf_rc rc2;
		bool speaks;

		other = *r; /* now: what it has was replaced while the first waited */
		other.origin = https;
		other.plain = false;
		rc2 = exchange(&other, q, at, &tls, &second);
		speaks = rc2 == WF_OK || strstr(second.msg, "ertificate");
		if (speaks) {
			r->origin = wf_arena_strn(&r->session->arena, https, strlen(https));
			r->plain = r->undecided = false;
			wf_http_response_free(res);
			*res = tls;
			memset(&tls, 0, sizeof(tls));
			*err = second;
			return rc2;
		}
	}
	at->passing = passing;
	if (r->undecided) /* another task may have decided */
		r->undecided = rc && passing; /* nobody listens, or not yet */
	*err = first;
	return rc;
}

/* One login at a time, and none when the credential that was refused has been
 * replaced meanwhile: used is what was sent. */
static enum wf_rc
login(struct wf_registry *r, const struct wf_http_response *res, const char *used,
      struct wf_err *err)
{
	struct wf_auth_place at = {r->host, r->path, r->origin, res->public_peer,
	                           r->cert, r->key};
	char *header = NULL;
	int64_t expires = 0;

	if (r->logging_in) {
		while (r->logging_in)
			wf_task_wait(&r->waiting);
		if (r->login_rc)
			*err = r->login_err;
		return r->login_rc;
	}
	if (r->authorization && strcmp(r->authorization, used ? used : "") != 0)
		return WF_OK;
	if (r->login_err.reason == WF_R_AUTH) { /* refused is refused, for a run */
		*err = r->login_err;
		return r->login_rc;
	}
	r->logging_in = true;
	wf_auth_wipe(&r->authorization);
	wf_err_clear(&r->login_err);
	r->login_rc = wf_auth_answer(r->session->http, &at, &r->login, res, &header,
	                             &expires, &r->login_err);
	r->authorization = header;
	r->expires = expires;
	r->logging_in = false;
	wf_task_wake(&r->waiting);
	if (r->login_rc)
		*err = r->login_err;
	return r->login_rc;
}

/* A 401 is answered once; one of a server that we were redirected to is not
 * the registry's question. */
static enum wf_rc
exchange_logged_in(struct wf_registry *r, const struct wf_request *q, struct attempt *at,
                   struct wf_http_response *res, struct wf_err *err)
{
	WF_AUTO(wf_auth_wipe) char *used =
		r->authorization ? wf_strdup(r->authorization) : NULL;
	enum wf_rc rc = r->undecided ? first_exchange(r, q, at, res, err)
	                             : exchange(r, q, at, res, err);

	if (rc || at->answered || res->status != 401 || !res->same_origin ||
	    !res->challenge[0])
		return rc;
	at->answered = true;
	if ((rc = login(r, res, used, err)))
		return rc;
	return exchange(r, q, at, res, err);
}

/* Waits while another task sends the first request.  *alone: this is it. */
static void
take_turn(struct wf_registry *r, bool *alone)
{
	while (r->state == WF_REGISTRY_ASKING || r->logging_in)
		wf_task_wait(&r->waiting);
	if (r->authorization && r->expires - TOKEN_SPARE_MS < wf_clock_mono_ms()) {
		wf_auth_wipe(&r->authorization);
		r->state = WF_REGISTRY_NEW;
	}
	*alone = r->state == WF_REGISTRY_NEW;
	if (*alone)
		r->state = WF_REGISTRY_ASKING;
}

static enum wf_rc
one_try(struct wf_registry *r, const struct wf_request *q, struct attempt *at,
        struct wf_http_response *res, struct wf_err *err)
{
	bool alone;
	enum wf_rc rc;

	take_turn(r, &alone);
	rc = exchange_logged_in(r, q, at, res, err);
	if (alone) {
		r->state = WF_REGISTRY_KNOWN;
		wf_task_wake(&r->waiting);
	}
	return rc;
}

enum wf_rc
wf_request_send(struct wf_registry *r, const struct wf_request *q,
                struct wf_http_response *out, struct wf_err *err)
{
	WF_AUTO(wf_http_response_free) struct wf_http_response res = {0};
	struct attempt at = {0};
	enum wf_rc rc;

	if (r->cannot.code) {
		*err = r->cannot;
		return r->cannot.code;
	}
	wf_retry_begin(&at.retry);
	do
		rc = one_try(r, q, &at, &res, err);
	while (!r->gone && !q->once &&
	       wf_retry_again(&at.retry, r->host, rc ? NULL : &res, at.passing, &rc, err));
	r->gone = rc && at.passing && (r->gone || !q->once);
	if (rc || (rc = judge(r, q, &res, err)))
		return rc;
	*out = res;
	memset(&res, 0, sizeof(res));
	return WF_OK;
}
