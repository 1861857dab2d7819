/* SPDX-License-Identifier: Apache-2.0
 *
 * Transfers side by side on one set of connections.  Must never let a transfer
 * outlive the call that waits for it.
 */
#include "dep/http_multi.h"

#include <poll.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "sys/interrupt.h"
#include "sys/task.h"

_Static_assert(CURL_WAIT_POLLIN == POLLIN && CURL_WAIT_POLLOUT == POLLOUT, "as poll(2) has them");

struct transfer {
	struct transfer *next;
	const char *origin;
	struct wf_task_queue ended;
	bool done;
	CURLcode code;
};

static CURLM *multi;
static unsigned users;
static struct transfer *running;
static struct wf_task_queue slots; /* who waits for a server to be less busy */
static CURL *free_handles[WF_MAX_TASKS];
static unsigned nfree;

void
wf_http_multi_use(void)
{
	users++;
}

void
wf_http_multi_leave(void)
{
	if (--users)
		return;
	while (nfree)
		wf_http_curl.curl_easy_cleanup(free_handles[--nfree]);
	if (multi)
		(void)wf_http_curl.curl_multi_cleanup(multi);
	multi = NULL;
}

/* What has ended, to those who wait for it. */
static bool
collect(void)
{
	struct CURLMsg *m;
	bool any = false;
	int left;

	while ((m = wf_http_curl.curl_multi_info_read(multi, &left))) {
		struct transfer *t = NULL;

		if (m->msg != CURLMSG_DONE ||
		    wf_http_curl.curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t) != CURLE_OK ||
		    !t)
			continue;
		t->done = true;
		t->code = m->data.result;
		wf_task_wake(&t->ended);
		any = true;
	}
	return any;
}

/* Everybody waits: for the network, and for what others wait for. */
static bool
drive(const struct pollfd *fds, unsigned n, int ms)
{
	struct curl_waitfd extra[WF_MAX_POLLED];
	unsigned i;
	int left;

	if (!running)
		return false;
	if (wf_http_curl.curl_multi_perform(multi, &left) != CURLM_OK)
		wf_die("libcurl does not go on");
	/* the events that can be asked for have the same bits; what came of them
	 * is looked at by who asked */
	for (i = 0; i < n; i++)
		extra[i] = (struct curl_waitfd){fds[i].fd, fds[i].events, 0};
	if (!collect())
		(void)wf_http_curl.curl_multi_poll(multi, extra, n, ms, NULL);
	return true;
}

CURL *
wf_http_multi_take(void)
{
	if (!multi) {
		multi = wf_http_curl.curl_multi_init();
		wf_task_set_idle(drive);
	}
	if (!multi)
		return NULL;
	return nfree ? free_handles[--nfree] : wf_http_curl.curl_easy_init();
}

void
wf_http_multi_give(CURL *e)
{
	wf_http_curl.curl_easy_reset(e); /* it points to what is no more */
	if (nfree < WF_COUNT(free_handles))
		free_handles[nfree++] = e;
	else
		wf_http_curl.curl_easy_cleanup(e);
}

static bool
busy(const char *origin)
{
	const struct transfer *t;
	unsigned n = 0;

	for (t = running; t; t = t->next)
		n += strcmp(t->origin, origin) == 0;
	return n >= WF_MAX_ORIGIN_TRANSFERS;
}

enum wf_rc
wf_http_multi_run(CURL *e, const char *origin, CURLcode *code, struct wf_err *err)
{
	struct transfer t = {.origin = origin}, **at;
	enum wf_rc rc;

	while (busy(origin))
		wf_task_wait(&slots);
	if ((rc = wf_interrupt_check(err)))
		return rc;
	if (wf_http_curl.curl_easy_setopt(e, CURLOPT_PRIVATE, &t) != CURLE_OK ||
	    wf_http_curl.curl_multi_add_handle(multi, e) != CURLM_OK)
		return wf_err_set(err, WF_R_UNAVAILABLE, "libcurl does not start a transfer");
	t.next = running;
	running = &t;
	while (!t.done)
		wf_task_wait(&t.ended);
	for (at = &running; *at != &t; at = &(*at)->next)
		;
	*at = t.next;
	(void)wf_http_curl.curl_multi_remove_handle(multi, e);
	wf_task_wake(&slots);
	*code = t.code;
	return WF_OK;
}
