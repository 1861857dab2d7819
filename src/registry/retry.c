/* SPDX-License-Identifier: Apache-2.0
 *
 * What is tried again.  Must never try again what cannot come out otherwise,
 * or wait longer than the command may take.
 */
#include "registry/retry.h"

#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "sys/clock.h"
#include "sys/interrupt.h"
#include "sys/task.h"

#define MAX_TRIES 4
#define FIRST_WAIT_MS 300 /* doubles: two seconds in all, what a restart takes */
#define MAX_ASKED_SECONDS 30 /* of one Retry-After: more is told, not waited for */
#define LAST_TRY_MS 20000 /* a server that lets us wait so long is not asked again */

void
wf_retry_begin(struct wf_retry *r)
{
	*r = (struct wf_retry){.began = wf_clock_mono_ms()};
}

bool
wf_retry_is_later(int status)
{
	return status == 408 || status == 429 || status == 503;
}

/* 501, 505 and their like will be said again. */
static bool
may_pass(int status)
{
	return wf_retry_is_later(status) || status == 500 || status == 502 ||
	       status == 504 || status == 522;
}

/* Between half of it and all: those who were sent away together do not come
 * back together. */
static int
jitter(int ms)
{
	uint16_t r = 0;

	if (getrandom(&r, sizeof(r), GRND_NONBLOCK) != (ssize_t)sizeof(r))
		r = 0;
	return ms / 2 + (int)((int64_t)ms / 2 * r / UINT16_MAX);
}

/* After how many milliseconds; -1: no. */
static int
pause_before(const struct wf_retry *r, const struct wf_http_response *res, bool passing)
{
	int ms = jitter(FIRST_WAIT_MS << r->tries);

	if (r->tries + 1 >= MAX_TRIES || !(res ? may_pass(res->status) : passing))
		return -1;
	if (res && res->retry_after >= 0)
		ms = res->retry_after > MAX_ASKED_SECONDS ? -1 : res->retry_after * 1000;
	else if (wf_clock_mono_ms() - r->began > LAST_TRY_MS)
		return -1;
	return ms >= 0 && wf_clock_left_ms(ms + 1000) > ms ? ms : -1;
}

/* Sleeps in short steps, so that a signal or the deadline ends it. */
static enum wf_rc
wait_ms(int ms, struct wf_err *err)
{
	int64_t end = wf_clock_mono_ms() + ms;
	enum wf_rc rc;

	while (wf_clock_mono_ms() < end) {
		if ((rc = wf_interrupt_check(err)))
			return rc;
		wf_task_sleep(20);
	}
	return WF_OK;
}

bool
wf_retry_again(struct wf_retry *r, const char *who, const struct wf_http_response *res,
               bool passing, enum wf_rc *rc, struct wf_err *err)
{
	int ms = pause_before(r, res, passing);

	if (ms < 0)
		return false;
	r->tries++;
	if (res)
		wf_log(WF_LOG_PROGRESS, "%s answers %d, trying again in %d.%d s", who,
		       res->status, ms / 1000, ms % 1000 / 100);
	else
		wf_log(WF_LOG_PROGRESS, "%s, trying again in %d.%d s", err->msg,
		       ms / 1000, ms % 1000 / 100);
	wf_err_clear(err);
	return (*rc = wait_ms(ms, err)) == WF_OK;
}

enum wf_rc
wf_retry_get(struct wf_http *http, struct wf_http_request *q, const char *who,
             struct wf_http_response *out, struct wf_err *err)
{
	WF_AUTO(wf_http_response_free) struct wf_http_response res = {0};
	struct wf_retry retry;
	bool passing;
	enum wf_rc rc;

	q->passing = &passing;
	wf_retry_begin(&retry);
	do {
		wf_http_response_free(&res);
		passing = false;
		rc = wf_http_get(http, q, &res, err);
	} while (wf_retry_again(&retry, who, rc ? NULL : &res, passing, &rc, err));
	q->passing = NULL;
	if (rc)
		return rc;
	*out = res;
	memset(&res, 0, sizeof(res));
	return WF_OK;
}
