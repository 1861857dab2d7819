/* SPDX-License-Identifier: Apache-2.0
 *
 * The door to the network as the program sees it: requests go to a process of
 * their own, which is made here, and what it says comes back.  Must never load
 * libcurl, nor take what that process says for more than a server's word.
 */
#include "dep/http.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/progress.h"
#include "dep/http_process.h"
#include "dep/http_wire.h"
#include "sys/clock.h"
#include "sys/interrupt.h"
#include "sys/task.h"

struct wf_http { /* connections belong to the process */
	wf_http_rule *rule;
	void *rule_arg;
};

/* A request that somebody waits for. */
struct call {
	struct call *next;
	uint32_t id;
	const struct wf_http *http;
	const struct wf_http_request *req; /* NULL: a question about a URL */
	struct wf_http_response *res;
	struct wf_err *err;
	char *text;
	uint64_t bytes; /* passed on */
	enum wf_rc rc;
	bool done;
	struct wf_task_queue ended;
};

static struct {
	pid_t pid; /* 0: none */
	int fd;
	bool asked, ready, required;
	struct wf_err failed; /* it is of no use, and why */
	struct wf_sandbox sandbox;
	struct wf_buf in, out;
	struct call *calls;
	uint32_t last_id;
	const char **readable;
	size_t nreadable, cap;
} net = {.fd = -1, .in = WF_BUF_INIT(WF_WIRE_MAX_HELD), .out = WF_BUF_INIT(WF_WIRE_MAX_HELD)};

/* --- making and ending the process ------------------------------------------ */

void
wf_http_start(char **argv)
{
	int pair[2], room = 4 * WF_WIRE_BATCH;
	pid_t pid;

	if (net.pid || net.failed.code)
		return;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		(void)wf_err_sys(&net.failed, WF_R_UNAVAILABLE, "cannot make a socket");
		return;
	}
	/* room for two batches: one is read while the next one is put together */
	(void)setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	pid = fork();
	if (pid == 0)
		wf_http_process(pair[1], argv);
	(void)close(pair[1]);
	if (pid < 0) {
		(void)wf_err_sys(&net.failed, WF_R_UNAVAILABLE,
		                 "cannot start the process for the network");
		(void)close(pair[0]);
		return;
	}
	net.pid = pid;
	net.fd = pair[0];
}

static int
reap(void)
{
	int status = 0;

	if (net.fd >= 0)
		(void)close(net.fd);
	net.fd = -1;
	while (net.pid && waitpid(net.pid, &status, 0) < 0 && errno == EINTR)
		;
	net.pid = 0;
	return status;
}

void
wf_http_stop(void)
{
	if (net.pid)
		(void)kill(net.pid, SIGKILL); /* it has nothing to put in order */
	(void)reap();
	wf_buf_wipe(&net.in);
	wf_buf_wipe(&net.out);
	free(net.readable);
	net.readable = NULL;
	net.nreadable = net.cap = 0;
	net.asked = net.ready = false;
}

void
wf_http_require_sandbox(void)
{
	net.required = true;
}

void
wf_http_forbid(void)
{
	(void)wf_err_set(&net.failed, WF_R_OFFLINE, "the network is off");
}

void
wf_http_allow(const char *path)
{
	if (!path)
		return;
	net.readable = wf_grow(net.readable, &net.cap, net.nreadable, sizeof(*net.readable));
	net.readable[net.nreadable++] = path;
}

/* --- what comes back --------------------------------------------------------- */

static void
finish(struct call *c, enum wf_rc rc)
{
	struct call **at = &net.calls;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->rc = rc;
	c->done = true;
	wf_task_wake(&c->ended);
}

/* What still comes of it belongs to nobody. */
static void
give_up(struct call *c, enum wf_rc rc)
{
	size_t at = wf_http_wire_begin(&net.out, WF_WIRE_CANCEL, c->id);

	wf_http_wire_end(&net.out, at);
	finish(c, rc);
}

/* It has ended, or says what no process of ours says. */
static void
lost(const char *why)
{
	int status;

	if (net.pid && why)
		(void)kill(net.pid, SIGKILL);
	status = reap();
	if (why)
		(void)wf_err_set(&net.failed, WF_R_BUG, "the process for the network %s", why);
	else if (WIFSIGNALED(status))
		(void)wf_err_set(&net.failed, WF_R_BUG, "the process for the network died of signal %d",
		                 WTERMSIG(status));
	else
		(void)wf_err_set(&net.failed, WF_R_BUG, "the process for the network ended with status %d",
		                 WEXITSTATUS(status));
	while (net.calls) {
		if (net.calls->err)
			*net.calls->err = net.failed;
		finish(net.calls, net.failed.code);
	}
}

static void
on_ready(struct wf_http_wire *w)
{
	wf_http_wire_get_err(w, &net.failed);
	net.sandbox.landlock = (int)wf_http_wire_get(w);
	net.sandbox.landlock_errno = (int)wf_http_wire_get(w);
	net.sandbox.seccomp = wf_http_wire_get(w) != 0;
	net.sandbox.seccomp_errno = (int)wf_http_wire_get(w);
	net.sandbox.capabilities = wf_http_wire_get(w) != 0;
	net.ready = !w->bad;
}

static void
on_log(struct wf_http_wire *w)
{
	uint64_t level = wf_http_wire_get(w);
	const char *msg = wf_http_wire_get_z(w);

	if (msg && level <= WF_LOG_DEBUG)
		wf_log((enum wf_log_level)level, "%s", msg);
}

/* The configuration is on this side. */
static void
on_ask(struct call *c, struct wf_http_wire *w)
{
	const char *origin = wf_http_wire_get_z(w), *path = wf_http_wire_get_z(w), *ca = NULL;
	struct wf_err err = {0};
	size_t at;

	if (!origin || !strstr(origin, "://"))
		w->bad = true;
	if (w->bad)
		return;
	if (c->http && c->http->rule)
		(void)!c->http->rule(c->http->rule_arg, path, origin, &ca, &err);
	at = wf_http_wire_begin(&net.out, WF_WIRE_MAY, c->id);
	wf_http_wire_put_err(&net.out, &err);
	wf_http_wire_put_z(&net.out, err.code ? NULL : ca);
	wf_http_wire_end(&net.out, at);
}

static void
on_begin(struct call *c, struct wf_http_wire *w)
{
	WF_AUTO(wf_http_response_free) struct wf_http_response res = {0};
	enum wf_rc rc;

	wf_http_wire_get_response(w, &res);
	if (w->bad || !c->req || !c->req->begin)
		return;
	if ((rc = c->req->begin(c->req->arg, &res, c->err)))
		give_up(c, rc);
}

static void
on_bytes(struct call *c, const struct wf_http_wire *w)
{
	const struct wf_http_request *q = c->req;
	enum wf_rc rc = WF_OK;

	c->bytes += w->left;
	if (q && w->head.kind == WF_WIRE_CHUNK && q->body && c->bytes <= q->max) {
		rc = q->body(q->arg, w->p, w->left, c->err);
	} else if (q && w->head.kind == WF_WIRE_TEXT) {
		c->res->body.max = q->body || q->max < WF_MAX_ERROR_BODY_BYTES ? WF_MAX_ERROR_BODY_BYTES
		                                                               : q->max;
		rc = wf_buf_add(&c->res->body, w->p, w->left, c->err);
	} else {
		rc = wf_err_set(c->err, WF_R_BUG, "the process for the network sends more than was asked for");
	}
	if (rc)
		give_up(c, rc);
}

static void
on_end(struct call *c, struct wf_http_wire *w)
{
	struct wf_err err = {0};
	const char *text;
	bool passing;

	wf_http_wire_get_err(w, &err);
	passing = wf_http_wire_get(w) != 0;
	wf_clock_stats.requests = wf_http_wire_get(w);
	wf_clock_stats.bytes_in = wf_http_wire_get(w);
	wf_http_wire_get_response(w, c->res);
	text = wf_http_wire_get_z(w);
	if (w->bad)
		return; /* the frame is told of as a whole */
	if (text)
		c->text = wf_strdup(text);
	if (err.code && c->err)
		*c->err = err;
	if (err.code && c->req && c->req->passing)
		*c->req->passing = passing;
	finish(c, err.code);
}

static void
take_frame(struct wf_http_wire *w)
{
	struct call *c;

	if (w->head.kind == WF_WIRE_READY && !net.ready) {
		on_ready(w);
		return;
	}
	if (w->head.kind == WF_WIRE_LOG) {
		on_log(w);
		return;
	}
	for (c = net.calls; c && c->id != w->head.id; c = c->next)
		;
	if (!c)
		return;
	if (w->head.kind == WF_WIRE_ASK)
		on_ask(c, w);
	else if (w->head.kind == WF_WIRE_BEGIN)
		on_begin(c, w);
	else if (w->head.kind == WF_WIRE_CHUNK || w->head.kind == WF_WIRE_TEXT)
		on_bytes(c, w);
	else if (w->head.kind == WF_WIRE_END)
		on_end(c, w);
	else
		w->bad = true;
}

static void
take_frames(void)
{
	struct wf_http_wire w;
	size_t at = 0;

	while (wf_http_wire_next(&net.in, &at, &w)) {
		take_frame(&w);
		if (w.bad)
			break;
	}
	wf_http_wire_drop(&net.in, at);
	if (w.bad)
		lost("says what is no answer");
}

static void
write_out(void)
{
	ssize_t n = send(net.fd, net.out.p, net.out.len, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n <= 0)
		return; /* full, or gone, which reading tells */
	explicit_bzero(net.out.p, (size_t)n);
	wf_http_wire_drop(&net.out, (size_t)n);
}

/* One look at the socket, at most ms long or until another descriptor has
 * something. */
static void
pump(const struct pollfd *others, unsigned n, int ms)
{
	struct pollfd p[WF_MAX_POLLED + 1] = {{.fd = net.fd, .events = POLLIN}};

	if (net.out.len)
		write_out();
	if (net.out.len)
		p[0].events |= POLLOUT;
	if (n)
		memcpy(p + 1, others, n * sizeof(*p));
	if (poll(p, n + 1, ms) <= 0 || !(p[0].revents & (POLLIN | POLLHUP | POLLERR)))
		return;
	if (!wf_http_wire_receive(net.fd, &net.in)) {
		take_frames();
		if (net.pid)
			lost(NULL);
		return;
	}
	take_frames();
}

/* Everybody waits: for the network, and for what others wait for. */
static bool
idle(const struct pollfd *fds, unsigned n, int ms)
{
	struct wf_err e = {0};
	struct call *c, *next;

	if (!net.calls)
		return false;
	pump(fds, n, ms);
	wf_progress_look();
	if (wf_interrupt_check(&e) == WF_OK)
		return true;
	for (c = net.calls; c; c = next) {
		next = c->next;
		if (c->err)
			*c->err = e;
		give_up(c, e.code);
	}
	return true;
}

/* --- asking ------------------------------------------------------------------ */

static void
say_sandbox(void)
{
	char text[256];

	wf_sandbox_text(&net.sandbox, text, sizeof(text));
	wf_log(WF_LOG_INFO, "what speaks to the network is shut in: %s%s", text,
	       wf_sandbox_whole(&net.sandbox) ? "" : "; less than there could be");
}

/* The process is there, shut in, and ready to be asked. */
static enum wf_rc
need(struct wf_err *err)
{
	char text[256];
	size_t i, at;

	if (!net.pid && !net.failed.code) /* now it would know all that was read */
		return wf_err_set(err, WF_R_BUG, "nothing was prepared for speaking to the network");
	if (!net.asked && net.pid) {
		net.asked = true;
		at = wf_http_wire_begin(&net.out, WF_WIRE_START, 0);
		for (i = 0; i < net.nreadable; i++)
			wf_http_wire_put_z(&net.out, net.readable[i]);
		wf_http_wire_put_z(&net.out, NULL);
		wf_http_wire_end(&net.out, at);
		while (net.pid && !net.ready)
			pump(NULL, 0, 1000);
		if (net.ready && !net.failed.code)
			say_sandbox();
		wf_task_set_idle(idle);
	}
	if (net.failed.code) {
		if (err)
			*err = net.failed;
		return net.failed.code;
	}
	if (!net.required || wf_sandbox_whole(&net.sandbox))
		return WF_OK;
	wf_sandbox_text(&net.sandbox, text, sizeof(text));
	return wf_err_set(err, WF_R_NO_SANDBOX,
	                  "what speaks to the network cannot be shut in as --require-sandbox demands: %s",
	                  text);
}

enum wf_rc
wf_http_sandbox(struct wf_sandbox *out, struct wf_err *err)
{
	enum wf_rc rc = need(err);

	*out = net.sandbox;
	return rc;
}

struct wf_http *
wf_http_new(wf_http_rule *rule, void *arg)
{
	struct wf_http *h = wf_calloc(1, sizeof(*h));

	h->rule = rule;
	h->rule_arg = arg;
	return h;
}

void
wf_http_freep(struct wf_http **hp)
{
	free(*hp);
	*hp = NULL;
}

static void
begin(struct call *c)
{
	c->id = ++net.last_id;
	c->next = net.calls;
	net.calls = c;
}

static void
put_request(struct wf_buf *b, const struct wf_http_request *q)
{
	wf_http_wire_put_z(b, q->url);
	wf_http_wire_put_z(b, q->form);
	wf_http_wire_put_z(b, q->accept);
	wf_http_wire_put_z(b, q->authorization);
	wf_http_wire_put_z(b, q->cert);
	wf_http_wire_put_z(b, q->key);
	wf_http_wire_put(b, q->plain);
	wf_http_wire_put(b, q->from);
	wf_http_wire_put(b, q->no_private);
	wf_http_wire_put(b, q->body != NULL);
	wf_http_wire_put(b, q->max);
	wf_http_wire_put_z(b, q->name);
}

enum wf_rc
wf_http_get(struct wf_http *http, const struct wf_http_request *q,
            struct wf_http_response *out, struct wf_err *err)
{
	WF_AUTO(wf_http_response_free) struct wf_http_response res = {0};
	struct call c = {.http = http, .req = q, .res = &res, .err = err};
	enum wf_rc rc;
	size_t at;

	if ((rc = need(err)) || (rc = wf_interrupt_check(err)))
		return rc;
	begin(&c);
	at = wf_http_wire_begin(&net.out, WF_WIRE_GET, c.id);
	put_request(&net.out, q);
	wf_http_wire_end(&net.out, at);
	while (!c.done)
		wf_task_wait(&c.ended);
	if (c.rc)
		return c.rc;
	*out = res;
	memset(&res, 0, sizeof(res));
	return WF_OK;
}

/* Answered at once and by no server: no other task runs meanwhile. */
static enum wf_rc
ask_url(enum wf_http_wire_kind kind, const char *a, const char *b, char **out, struct wf_err *err)
{
	WF_AUTO(wf_http_response_free) struct wf_http_response none = {0};
	struct call c = {.res = &none, .err = err};
	enum wf_rc rc;
	size_t at;

	if ((rc = need(err)))
		return rc;
	begin(&c);
	at = wf_http_wire_begin(&net.out, kind, c.id);
	wf_http_wire_put_z(&net.out, a);
	wf_http_wire_put_z(&net.out, b);
	wf_http_wire_end(&net.out, at);
	while (!c.done)
		pump(NULL, 0, 1000);
	if (c.rc == WF_OK && c.text)
		*out = c.text;
	else if (c.rc == WF_OK)
		c.rc = wf_err_set(err, WF_R_BUG, "the process for the network answers nothing");
	return c.rc;
}

enum wf_rc
wf_http_origin(const char *url, char **out, struct wf_err *err)
{
	return ask_url(WF_WIRE_ORIGIN, url, NULL, out, err);
}

enum wf_rc
wf_http_resolve(const char *base, const char *ref, char **out, struct wf_err *err)
{
	return ask_url(WF_WIRE_RESOLVE, base, ref, out, err);
}
