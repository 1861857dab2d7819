/* SPDX-License-Identifier: Apache-2.0
 *
 * One HTTP exchange, redirects included, in the process for the network
 * (dep/http_process.h).  Must never send a credential to a second origin,
 * follow a redirect from https to http, buffer or pass on more
 * than the limit asked for, or put a URL's query into a message.
 */
#include "dep/http.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "dep/http_exchange.h"
#include "sys/clock.h"
#include "sys/interrupt.h"

#define CONNECT_MS 15000          /* a handshake across the world takes 1 s */
#define STALL_SECONDS 30L         /* less than one byte a second for so long */
#define ANSWER_MS 60000           /* a whole answer that is not streamed */
#define RECEIVE_BYTES 262144u
#define SMALL_BYTES 16384u        /* libcurl's own; a buffer for each transfer */
#define NO_DEADLINE_MS 86400000   /* "more than we ask about" */

static size_t
on_header(char *p, size_t size, size_t n, void *arg)
{
	struct wf_http_exchange *h = arg;

	n *= size;
	h->header_bytes += n;
	if (h->header_bytes > WF_MAX_HEADER_BYTES) {
		h->rc = wf_err_set(h->err, WF_R_LIMIT,
		                   "%s sent more than %u bytes of headers",
		                   h->origin, WF_MAX_HEADER_BYTES);
		return 0;
	}
	wf_http_header_line(&h->seen, (struct wf_str){p, n});
	return n;
}

static enum wf_rc
take(struct wf_http_exchange *h, const char *p, size_t n)
{
	const struct wf_http_request *q = h->req;
	const char *name = q->name ? q->name : "answer";
	enum wf_rc rc;

	if (h->seen.encoded)
		return wf_err_set(h->err, WF_R_PROTOCOL,
		                  "%s: %s came with a Content-Encoding, which was not asked for",
		                  h->origin, name);
	if (q->begin && h->bytes == n &&
	    (rc = q->begin(q->arg, h->seen.res, h->err)))
		return rc;
	if (h->bytes > q->max)
		return wf_err_set(h->err, q->body ? WF_R_SIZE_MISMATCH : WF_R_LIMIT,
		                  "%s: %s has more than the expected %ju bytes",
		                  h->origin, name, (uintmax_t)q->max);
	if (q->body)
		return q->body(q->arg, p, n, h->err);
	h->seen.res->body.max = q->max;
	return wf_buf_add(&h->seen.res->body, p, n, h->err);
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct wf_http_exchange *h = arg;
	long status = 0;
	size_t room;

	n *= size;
	h->bytes += n;
	wf_clock_stats.bytes_in += n;
	(void)wf_http_curl.curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
	h->seen.res->status = (int)status;
	if (status == 200 || (status == 206 && h->req->from)) {
		h->rc = take(h, p, n);
		return h->rc ? 0 : n;
	}
	h->seen.res->body.max = WF_MAX_ERROR_BODY_BYTES;
	room = WF_MAX_ERROR_BODY_BYTES - h->seen.res->body.len;
	if (wf_buf_add(&h->seen.res->body, p, n < room ? n : room, NULL) == WF_OK &&
	    n <= room)
		return n;
	h->cut = true;
	return 0;
}

static int
on_progress(void *arg, curl_off_t total, curl_off_t now, curl_off_t upt,
            curl_off_t up)
{
	struct wf_http_exchange *h = arg;

	(void)total;
	(void)now;
	(void)upt;
	(void)up;
	if (wf_interrupt_check(h->err)) {
		h->rc = h->err ? h->err->code : WF_E_TRY_AGAIN;
		return 1;
	}
	return 0;
}

static curl_socket_t
on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct wf_http_exchange *h = arg;
	char text[INET6_ADDRSTRLEN] = "";

	(void)purpose;
	if (a->family == AF_INET) {
		struct sockaddr_in in;

		memcpy(&in, &a->addr, sizeof(in));
		(void)inet_ntop(AF_INET, &in.sin_addr, text, sizeof(text));
	} else if (a->family == AF_INET6) {
		struct sockaddr_in6 in6;

		memcpy(&in6, &a->addr, sizeof(in6));
		(void)inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof(text));
	}
	if (h->no_private && (!text[0] || wf_http_is_private(text))) {
		h->refused_peer = true;
		return CURL_SOCKET_BAD;
	}
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

#define SET(opt, value) \
	(bad |= wf_http_curl.curl_easy_setopt(e, (opt), (value)) != CURLE_OK)

static bool
set_limits(CURL *e, const struct wf_http_request *q)
{
	int left = wf_clock_left_ms(NO_DEADLINE_MS);
	int total = q->body ? left : left < ANSWER_MS ? left : ANSWER_MS;
	bool bad = false;

	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)(left < CONNECT_MS ? left : CONNECT_MS));
	if (total < NO_DEADLINE_MS)
		SET(CURLOPT_TIMEOUT_MS, (long)total);
	SET(CURLOPT_LOW_SPEED_LIMIT, 1L);
	SET(CURLOPT_LOW_SPEED_TIME, STALL_SECONDS);
	SET(CURLOPT_NOSIGNAL, 1L);
	/* a wish: a handle that shared a connection may still have its buffer */
	(void)wf_http_curl.curl_easy_setopt(e, CURLOPT_BUFFERSIZE, (long)(q->body && q->max > SMALL_BYTES
	                                                                  ? RECEIVE_BYTES : SMALL_BYTES));
	return !bad;
}

static bool
set_tls(CURL *e, const struct wf_http_exchange *h, bool first_origin)
{
	const char *file = getenv("SSL_CERT_FILE");
	bool bad = false;

	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_SSLCERT, first_origin ? h->req->cert : NULL);
	SET(CURLOPT_SSLKEY, first_origin ? h->req->key : NULL);
	if (h->ca)
		SET(CURLOPT_CAINFO, h->ca);
	else if (file && *file) /* libcurl leaves this one to its callers */
		SET(CURLOPT_CAINFO, file);
	return !bad;
}

static bool
set_callbacks(CURL *e, struct wf_http_exchange *h)
{
	bool bad = false;

	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, h);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, h);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_XFERINFODATA, h);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_OPENSOCKETFUNCTION, on_socket);
	SET(CURLOPT_OPENSOCKETDATA, h);
	return !bad;
}

static bool
set_request(CURL *e, const struct wf_http_exchange *h, const char *url, bool first_origin,
            struct curl_slist *headers, char errbuf[CURL_ERROR_SIZE])
{
	const struct wf_http_request *q = h->req;
	bool bad = false;

	SET(CURLOPT_ERRORBUFFER, errbuf);
	SET(CURLOPT_URL, url);
	SET(CURLOPT_PROTOCOLS_STR, wf_http_curl_is_http(url) ? "http" : "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_USERAGENT, "wasmfn/" WF_VERSION);
	SET(CURLOPT_HTTPHEADER, headers);
	if (!wf_http_curl_is_http(url)) /* rather on a connection that is being made */
		SET(CURLOPT_PIPEWAIT, 1L);
	if (wf_http_curl_is_loopback(h->origin))
		SET(CURLOPT_NOPROXY, "*"); /* as Go's clients do */
	if (q->form && first_origin)
		SET(CURLOPT_COPYPOSTFIELDS, q->form);
	return !bad;
}

/* A byte that has been passed on cannot be taken back. */
static bool
is_passing(const struct wf_http_exchange *h, CURLcode code)
{
	if (h->req->body && h->bytes)
		return false;
	return code == CURLE_COULDNT_CONNECT || code == CURLE_OPERATION_TIMEDOUT ||
	       code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR ||
	       code == CURLE_RECV_ERROR || code == CURLE_PARTIAL_FILE ||
	       code == CURLE_HTTP2 || code == CURLE_HTTP2_STREAM;
}

/* The reason of a transfer that libcurl gave up. */
static enum wf_rc
give_up(const struct wf_http_exchange *h, CURLcode code, const char *errbuf)
{
	const char *why = errbuf[0] ? errbuf
	                  : wf_http_curl.curl_easy_strerror(code);

	if (h->rc)
		return h->rc;
	if (h->refused_peer)
		return wf_err_set(h->err, WF_R_PROTOCOL,
		                  "%s is a private address, and a public server pointed to it",
		                  h->origin);
	if (wf_interrupt_check(h->err))
		return h->err ? h->err->code : WF_E_TRY_AGAIN;
	if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY)
		return wf_err_set(h->err, WF_R_PROTOCOL, "%s: %s", h->origin, why);
	if (h->req->passing)
		*h->req->passing = is_passing(h, code);
	(void)wf_err_set(h->err, WF_R_UNAVAILABLE, "%s: %s", h->origin, why);
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		(void)wf_err_hint(h->err, "Name the authority that signed the server's certificate as `ca` under `registries` in config.yaml.");
	if (code == CURLE_SSL_CONNECT_ERROR)
		(void)wf_err_hint(h->err, "If this registry speaks plain http, set `plainHttp: true` for it under `registries` in config.yaml.");
	return h->err ? h->err->code : WF_E_UNAVAILABLE;
}

static struct curl_slist *
add_header(struct curl_slist *list, const char *name, const char *value)
{
	char *line = wf_asprintf("%s: %s", name, value);

	list = wf_http_curl.curl_slist_append(list, line);
	explicit_bzero(line, strlen(line));
	free(line);
	return list;
}

static struct curl_slist *
headers_of(const struct wf_http_request *q, bool first_origin)
{
	struct curl_slist *list = q->accept ? add_header(NULL, "Accept", q->accept) : NULL;
	char range[40];

	if (q->authorization && first_origin)
		list = add_header(list, "Authorization", q->authorization);
	(void)snprintf(range, sizeof(range), "bytes=%ju-", (uintmax_t)q->from);
	return q->from ? add_header(list, "Range", range) : list;
}

static void
wipe_headers(struct curl_slist *list)
{
	struct curl_slist *l;

	for (l = list; l; l = l->next)
		explicit_bzero(l->data, strlen(l->data));
	if (list)
		wf_http_curl.curl_slist_free_all(list);
}

/* From here on the answer to one request comes in. */
static enum wf_rc
ask(struct wf_http_exchange *h)
{
	CURL *e = h->easy;

	h->headers = headers_of(h->req, h->ours);
	wf_http_curl.curl_easy_reset(e);
	if (!set_limits(e, h->req) || !set_tls(e, h, h->ours) || !set_callbacks(e, h) ||
	    !set_request(e, h, h->url, h->ours, h->headers, h->errbuf))
		return wf_err_set(h->err, WF_R_UNAVAILABLE,
		                  "this libcurl lacks an option that is needed; 7.88 or later is expected");
	wf_clock_stats.requests++;
	return WF_OK;
}

static enum wf_rc
answered(struct wf_http_exchange *h, CURLcode code)
{
	CURL *e = h->easy;
	struct wf_http_response *res = h->seen.res;
	curl_off_t after = 0;
	long status = 0;
	char *ip = NULL;

	if (code != CURLE_OK && !(code == CURLE_WRITE_ERROR && h->cut))
		return give_up(h, code, h->errbuf);
	(void)wf_http_curl.curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &status);
	(void)wf_http_curl.curl_easy_getinfo(e, CURLINFO_PRIMARY_IP, &ip);
	res->status = (int)status;
	res->public_peer = ip && *ip && !wf_http_is_private(ip) && !wf_http_curl_proxied();
	if (res->retry_after == 0 &&
	    wf_http_curl.curl_easy_getinfo(e, CURLINFO_RETRY_AFTER, &after) == CURLE_OK &&
	    after > 0)
		res->retry_after = after > 86400 ? 86400 : (int)after;
	return WF_OK;
}

static bool
is_redirect(int s)
{
	return s == 301 || s == 302 || s == 303 || s == 307 || s == 308;
}

/* Replaces url and origin by where the answer points. */
static enum wf_rc
next_hop(struct wf_http_exchange *h)
{
	WF_AUTO(wf_freep) char *to = NULL;
	WF_AUTO(wf_freep) char *to_origin = NULL;
	enum wf_rc rc;

	if (!h->seen.location)
		return wf_err_set(h->err, WF_R_PROTOCOL, "%s answers %d without a Location",
		                  h->origin, h->seen.res->status);
	if ((rc = wf_http_curl_resolve(h->url, h->seen.location, &to, h->err)) ||
	    (rc = wf_http_curl_origin(to, &to_origin, h->err)))
		return wf_err_wrap(h->err, "redirect from %s", h->origin);
	if ((rc = wf_http_curl_may_follow(h->origin, to_origin, h->req->plain, h->err)))
		return rc;
	wf_log(WF_LOG_DEBUG, "%s redirects to %s", h->origin, to_origin);
	free(h->url);
	h->url = to;
	free(h->origin);
	h->origin = to_origin;
	to = to_origin = NULL;
	return WF_OK;
}

enum wf_rc
wf_http_exchange_open(struct wf_http_exchange *x)
{
	const struct wf_http_request *q = x->req;
	enum wf_rc rc;

	x->ours = true;
	x->no_private = q->no_private && !wf_http_curl_proxied();
	x->url = wf_strdup(q->url);
	if ((rc = wf_http_curl_origin(x->url, &x->origin, x->err)))
		return rc;
	if (wf_http_curl_is_http(x->origin) && !q->plain)
		return wf_err_set(x->err, WF_R_PROTOCOL,
		                  "%s is plain http, which is not allowed for it",
		                  x->origin);
	x->first = wf_strdup(x->origin);
	return WF_OK;
}

static void
forget_hop(struct wf_http_exchange *x)
{
	wipe_headers(x->headers);
	x->headers = NULL;
	free(x->seen.location);
	x->seen.location = NULL;
	x->seen.encoded = x->cut = x->refused_peer = false;
	x->errbuf[0] = '\0';
	x->bytes = x->header_bytes = 0;
	x->rc = WF_OK;
}

enum wf_rc
wf_http_exchange_hop(struct wf_http_exchange *x)
{
	struct wf_http_response *res = x->seen.res;
	enum wf_rc rc;

	if (x->hops++ > WF_MAX_REDIRECTS)
		return wf_err_set(x->err, WF_R_PROTOCOL, "%s redirects more than %d times",
		                  x->first, WF_MAX_REDIRECTS);
	if ((rc = wf_interrupt_check(x->err)))
		return rc;
	forget_hop(x);
	wf_http_header_begin(res);
	/* once the way has left the first origin nothing of ours goes
	 * along, even if it leads back */
	x->ours = x->ours && strcmp(x->origin, x->first) == 0;
	res->same_origin = x->ours;
	return ask(x);
}

enum wf_rc
wf_http_exchange_after(struct wf_http_exchange *x, CURLcode code, bool *more)
{
	enum wf_rc rc = answered(x, code);

	if (rc || !is_redirect(x->seen.res->status))
		return rc;
	x->no_private = x->no_private || x->seen.res->public_peer;
	if ((rc = next_hop(x)) == WF_OK)
		*more = true;
	return rc;
}

void
wf_http_exchange_clear(struct wf_http_exchange *x)
{
	forget_hop(x);
	free(x->url);
	free(x->origin);
	free(x->first);
	free(x->ca);
	x->url = x->origin = x->first = x->ca = NULL;
}
