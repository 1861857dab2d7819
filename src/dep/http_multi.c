/* SPDX-License-Identifier: Apache-2.0
 *
 * Exchanges side by side on one set of connections.  Must never touch an
 * exchange after it was told that it has ended.
 */
#include "dep/http_exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

static CURLM *multi;
static struct wf_http_exchange *all; /* in the order in which they came */
static CURL *free_handles[WF_MAX_TASKS];
static unsigned nfree;

/* libcurl's HTTP/2 before 8.1 sometimes leaves the last bytes of a stream with
 * another stream that happened to read them, until the stall timeout; it was
 * seen with 7.88.  There a connection has one stream at a time. */
#define STREAMS_FROM 0x080100

static bool
have_multi(void)
{
	if (multi)
		return true;
	multi = wf_http_curl.curl_multi_init();
	if (multi && wf_http_curl.curl_version_info(CURLVERSION_NOW)->version_num < STREAMS_FROM)
		(void)wf_http_curl.curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, 1L);
	return multi != NULL;
}

void
wf_http_multi_start(struct wf_http_exchange *x)
{
	struct wf_http_exchange **at = &all;

	while (*at)
		at = &(*at)->next;
	*at = x;
}

static CURL *
take_handle(void)
{
	return nfree ? free_handles[--nfree] : wf_http_curl.curl_easy_init();
}

static void
give_handle(CURL *e)
{
	wf_http_curl.curl_easy_reset(e); /* it points to what is no more */
	if (nfree < WF_COUNT(free_handles))
		free_handles[nfree++] = e;
	else
		wf_http_curl.curl_easy_cleanup(e);
}

static void
stop(struct wf_http_exchange *x)
{
	if (x->state == WF_HTTP_RUNNING)
		(void)wf_http_curl.curl_multi_remove_handle(multi, x->easy);
	if (x->easy)
		give_handle(x->easy);
	x->easy = NULL;
}

void
wf_http_multi_drop(struct wf_http_exchange *x)
{
	struct wf_http_exchange **at = &all;

	stop(x);
	while (*at != x)
		at = &(*at)->next;
	*at = x->next;
	wf_http_exchange_clear(x);
}

static void
end(struct wf_http_exchange *x, enum wf_rc rc)
{
	wf_http_multi_drop(x);
	x->ended(x, rc);
}

static bool
busy(const char *origin)
{
	const struct wf_http_exchange *x;
	unsigned n = 0;

	for (x = all; x; x = x->next)
		n += x->state == WF_HTTP_RUNNING && strcmp(x->origin, origin) == 0;
	return n >= WF_MAX_ORIGIN_TRANSFERS;
}

static enum wf_rc
start_hop(struct wf_http_exchange *x)
{
	enum wf_rc rc;

	if (!x->easy)
		x->easy = have_multi() ? take_handle() : NULL;
	if (!x->easy)
		return wf_err_set(x->err, WF_R_UNAVAILABLE, "libcurl does not start");
	if ((rc = wf_http_exchange_hop(x)))
		return rc;
	if (wf_http_curl.curl_easy_setopt(x->easy, CURLOPT_PRIVATE, x) != CURLE_OK ||
	    wf_http_curl.curl_multi_add_handle(multi, x->easy) != CURLM_OK)
		return wf_err_set(x->err, WF_R_UNAVAILABLE, "libcurl does not start a transfer");
	x->state = WF_HTTP_RUNNING;
	return WF_OK;
}

static void
ask(struct wf_http_exchange *x)
{
	WF_AUTO(wf_freep) char *path = wf_http_curl_path(x->url);

	x->state = WF_HTTP_ASKING;
	x->ask(x, path);
}

void
wf_http_multi_may(struct wf_http_exchange *x, enum wf_rc rc, const char *ca)
{
	if (x->state != WF_HTTP_ASKING)
		return;
	if (rc) {
		end(x, x->hops ? wf_err_wrap(x->err, "redirect from %s", x->first) : rc);
		return;
	}
	free(x->ca);
	x->ca = ca ? wf_strdup(ca) : NULL;
	x->state = WF_HTTP_MAY;
}

/* The first one that need not wait for others; its end may start more. */
static bool
start_one(void)
{
	struct wf_http_exchange *x;
	enum wf_rc rc = WF_OK;

	for (x = all; x; x = x->next)
		if (x->state == WF_HTTP_NEW || (x->state == WF_HTTP_MAY && !busy(x->origin)))
			break;
	if (!x)
		return false;
	if (x->state == WF_HTTP_MAY)
		rc = start_hop(x);
	else if (x->origin || (rc = wf_http_exchange_open(x)) == WF_OK)
		ask(x);
	if (rc)
		end(x, rc);
	return true;
}

static bool
collect(void)
{
	struct CURLMsg *m;
	bool any = false;
	int left;

	while ((m = wf_http_curl.curl_multi_info_read(multi, &left))) {
		struct wf_http_exchange *x = NULL;
		CURLcode code = m->data.result;
		bool more = false;
		enum wf_rc rc;

		if (m->msg != CURLMSG_DONE ||
		    wf_http_curl.curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &x) != CURLE_OK ||
		    !x)
			continue;
		any = true;
		(void)wf_http_curl.curl_multi_remove_handle(multi, x->easy);
		x->state = WF_HTTP_NEW;
		rc = wf_http_exchange_after(x, code, &more);
		if (!more)
			end(x, rc);
	}
	return any;
}

void
wf_http_multi_go(void)
{
	int left;

	do {
		while (start_one())
			;
		if (multi && wf_http_curl.curl_multi_perform(multi, &left) != CURLM_OK)
			wf_die("libcurl does not go on");
	} while (multi && collect());
}

void
wf_http_multi_wait(int fd, int ms)
{
	struct curl_waitfd also = {.fd = fd, .events = CURL_WAIT_POLLIN};

	if (!have_multi() || wf_http_curl.curl_multi_poll(multi, &also, 1, ms, NULL) != CURLM_OK)
		wf_die("libcurl does not wait");
}

enum wf_rc
wf_http_multi_defaults(char file[256], char dir[256], struct wf_err *err)
{
	char *f = NULL, *d = NULL;
	enum wf_rc rc = wf_http_curl_load(err);
	CURL *e = rc ? NULL : take_handle();

	if (rc)
		return rc;
	if (!e)
		return wf_err_set(err, WF_R_UNAVAILABLE, "libcurl does not start");
	(void)wf_http_curl.curl_easy_getinfo(e, CURLINFO_CAINFO, &f);
	(void)wf_http_curl.curl_easy_getinfo(e, CURLINFO_CAPATH, &d);
	(void)snprintf(file, 256, "%s", f ? f : "");
	(void)snprintf(dir, 256, "%s", d ? d : "");
	give_handle(e);
	return WF_OK;
}
