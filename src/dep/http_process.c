/* SPDX-License-Identifier: Apache-2.0
 *
 * The process for the network: it alone loads libcurl and a TLS library and
 * reads what servers send.  It is shut in before the first request, holds no
 * descriptor but the socket to the program, and knows of the program's secrets
 * those alone that go into a request.  Must never speak to a server before
 * that, nor outlive the program.
 */
#include "dep/http_process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "dep/http_exchange.h"
#include "dep/http_wire.h"
#include "sys/clock.h"
#include "sys/sandbox.h"

#define WAIT_MS 1000 /* so often libcurl looks at its own clocks */

/* What the resolver, the loader and TLS libraries read, in the places of
 * Debian, Fedora, SUSE and Alpine; no directory among them holds secrets. */
static const char *const readable[] = {
	"/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache",
	"/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
	"/etc/services", "/etc/protocols", "/etc/networks",
	"/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager/resolv.conf",
	"/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/ssl/cert.pem", "/etc/ca-certificates",
	"/usr/share/ca-certificates", "/usr/local/share/ca-certificates", "/usr/share/pki",
	"/etc/pki/tls/certs", "/etc/pki/tls/cert.pem", "/etc/pki/tls/openssl.cnf",
	"/etc/pki/ca-trust", "/var/lib/ca-certificates",
	"/etc/crypto-policies", "/usr/share/crypto-policies", "/etc/gnutls",
	"/dev/null", "/dev/urandom", "/sys/devices/system/cpu",
};

/* What was asked, and on its way. */
struct job {
	struct wf_http_exchange x; /* first: both are one */
	struct job *next;
	uint32_t id;
	struct wf_http_request req;
	struct wf_http_response res;
	struct wf_err err;
	bool passing;
	char *frame; /* the strings of req are in it */
	size_t frame_len;
};

static int to_program;
static struct wf_buf out = WF_BUF_INIT(WF_WIRE_MAX_HELD);
static struct job *jobs;

/* The program is gone or does not listen: there is nobody to tell. */
static void
flush(void)
{
	size_t at = 0;
	ssize_t n;

	while (at < out.len) {
		n = send(to_program, out.p + at, out.len - at, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(0);
		at += (size_t)n;
	}
	wf_buf_reset(&out);
}

static void
log_frame(enum wf_log_level level, const char *msg, void *arg)
{
	size_t at = wf_http_wire_begin(&out, WF_WIRE_LOG, 0);

	(void)arg;
	wf_http_wire_put(&out, (uint64_t)level);
	wf_http_wire_put_z(&out, msg);
	wf_http_wire_end(&out, at);
}

static void
on_ask(struct wf_http_exchange *x, const char *path)
{
	const struct job *j = (const struct job *)x;
	size_t at = wf_http_wire_begin(&out, WF_WIRE_ASK, j->id);

	wf_http_wire_put_z(&out, x->origin);
	wf_http_wire_put_z(&out, path);
	wf_http_wire_end(&out, at);
}

static enum wf_rc
on_begin(void *arg, const struct wf_http_response *res, struct wf_err *err)
{
	const struct job *j = arg;
	size_t at = wf_http_wire_begin(&out, WF_WIRE_BEGIN, j->id);

	(void)err;
	wf_http_wire_put_response(&out, res);
	wf_http_wire_end(&out, at);
	return WF_OK;
}

static void
send_bytes(enum wf_http_wire_kind kind, uint32_t id, const char *p, size_t n)
{
	while (n) {
		size_t some = n < WF_WIRE_BATCH ? n : WF_WIRE_BATCH;
		size_t at = wf_http_wire_begin(&out, kind, id);

		wf_http_wire_put_bytes(&out, p, some);
		wf_http_wire_end(&out, at);
		if (out.len >= WF_WIRE_BATCH)
			flush();
		p += some;
		n -= some;
	}
}

static enum wf_rc
on_chunk(void *arg, const void *p, size_t n, struct wf_err *err)
{
	const struct job *j = arg;

	(void)err;
	send_bytes(WF_WIRE_CHUNK, j->id, p, n);
	return WF_OK;
}

/* What every answer ends with; the counters are those of the whole run. */
static void
send_end(uint32_t id, const struct wf_err *err, bool passing,
         const struct wf_http_response *res, const char *text)
{
	static const struct wf_http_response none;
	size_t at = wf_http_wire_begin(&out, WF_WIRE_END, id);

	wf_http_wire_put_err(&out, err);
	wf_http_wire_put(&out, passing);
	wf_http_wire_put(&out, wf_clock_stats.requests);
	wf_http_wire_put(&out, wf_clock_stats.bytes_in);
	wf_http_wire_put_response(&out, res ? res : &none);
	wf_http_wire_put_z(&out, text);
	wf_http_wire_end(&out, at);
}

static void
job_free(struct job *j)
{
	struct job **at = &jobs;

	while (*at != j)
		at = &(*at)->next;
	*at = j->next;
	wf_http_response_free(&j->res);
	explicit_bzero(j->frame, j->frame_len);
	free(j->frame);
	free(j);
}

static void
on_end(struct wf_http_exchange *x, enum wf_rc rc)
{
	struct job *j = (struct job *)x;

	if (rc == WF_OK)
		wf_err_clear(&j->err);
	send_bytes(WF_WIRE_TEXT, j->id, j->res.body.p, j->res.body.len);
	send_end(j->id, &j->err, j->passing, &j->res, NULL);
	job_free(j);
}

/* The frame is copied: its strings are used until the end. */
static void
start_job(const struct wf_http_wire *frame)
{
	struct job *j = wf_calloc(1, sizeof(*j));
	struct wf_http_wire w = *frame;
	struct wf_http_request *q = &j->req;
	bool streamed;

	j->id = w.head.id;
	j->frame_len = w.left;
	j->frame = wf_malloc(w.left);
	memcpy(j->frame, w.p, w.left);
	w.p = j->frame;
	q->url = wf_http_wire_get_z(&w);
	q->form = wf_http_wire_get_z(&w);
	q->accept = wf_http_wire_get_z(&w);
	q->authorization = wf_http_wire_get_z(&w);
	q->cert = wf_http_wire_get_z(&w);
	q->key = wf_http_wire_get_z(&w);
	q->plain = wf_http_wire_get(&w);
	q->from = wf_http_wire_get(&w);
	q->no_private = wf_http_wire_get(&w);
	streamed = wf_http_wire_get(&w);
	q->max = wf_http_wire_get(&w);
	q->name = wf_http_wire_get_z(&w);
	if (w.bad || !q->url)
		_exit(1); /* the program is what we are: a bug */
	q->begin = streamed ? on_begin : NULL;
	q->body = streamed ? on_chunk : NULL;
	q->arg = j;
	q->passing = &j->passing;
	j->x = (struct wf_http_exchange){.req = q, .seen = {.res = &j->res}, .err = &j->err,
	                                 .ask = on_ask, .ended = on_end};
	j->next = jobs;
	jobs = j;
	wf_http_multi_start(&j->x);
}

static struct job *
find(uint32_t id)
{
	struct job *j;

	for (j = jobs; j && j->id != id; j = j->next)
		;
	return j;
}

static void
take_may(struct wf_http_wire *w)
{
	struct job *j = find(w->head.id);
	struct wf_err err = {0};
	const char *ca;

	wf_http_wire_get_err(w, &err);
	ca = wf_http_wire_get_z(w);
	if (!j)
		return;
	if (err.code)
		j->err = err;
	wf_http_multi_may(&j->x, err.code, ca);
}

static void
cancel(uint32_t id)
{
	struct job *j = find(id);

	if (!j)
		return;
	wf_http_multi_drop(&j->x);
	job_free(j);
}

static void
answer_url(struct wf_http_wire *w)
{
	const char *a = wf_http_wire_get_z(w), *b = wf_http_wire_get_z(w);
	WF_AUTO(wf_freep) char *text = NULL;
	struct wf_err err = {0};
	enum wf_rc rc;

	if (!a || (w->head.kind == WF_WIRE_RESOLVE && !b))
		_exit(1);
	rc = w->head.kind == WF_WIRE_ORIGIN ? wf_http_curl_origin(a, &text, &err)
	                                    : wf_http_curl_resolve(a, b, &text, &err);
	send_end(w->head.id, &err, false, NULL, rc ? NULL : text);
}

/* --- the door closes ------------------------------------------------------- */

struct paths {
	const char **v;
	size_t n, cap;
};

static void
add_path(struct paths *p, const char *path)
{
	if (!path || !*path)
		return;
	p->v = wf_grow(p->v, &p->cap, p->n, sizeof(*p->v));
	p->v[p->n++] = path;
}

/* SSL_CERT_DIR may be several. */
static void
add_paths(struct paths *p, char *list)
{
	char *at = NULL, *one;

	for (one = list ? strtok_r(list, ":", &at) : NULL; one; one = strtok_r(NULL, ":", &at))
		add_path(p, one);
}

static void
shut_in(struct wf_http_wire *w)
{
	const char *dirs = getenv("SSL_CERT_DIR"), *path;
	WF_AUTO(wf_freep) char *copy = dirs ? wf_strdup(dirs) : NULL;
	struct wf_sandbox got = {0};
	struct paths p = {NULL, 0, 0};
	struct wf_err err = {0};
	char file[256] = "", dir[256] = "";
	size_t i, at;

	/* libraries first: they come from this machine */
	(void)!wf_http_multi_defaults(file, dir, &err);
	for (i = 0; i < WF_COUNT(readable); i++)
		add_path(&p, readable[i]);
	add_path(&p, file);
	add_path(&p, dir);
	add_path(&p, getenv("SSL_CERT_FILE"));
	add_paths(&p, copy);
	while ((path = wf_http_wire_get_z(w)))
		add_path(&p, path);
	wf_sandbox_enter(p.v, p.n, &got);
	free(p.v);
	at = wf_http_wire_begin(&out, WF_WIRE_READY, 0);
	wf_http_wire_put_err(&out, &err);
	wf_http_wire_put(&out, (uint64_t)got.landlock);
	wf_http_wire_put(&out, (uint64_t)got.landlock_errno);
	wf_http_wire_put(&out, got.seccomp);
	wf_http_wire_put(&out, (uint64_t)got.seccomp_errno);
	wf_http_wire_put(&out, got.capabilities);
	wf_http_wire_end(&out, at);
	if (err.code) {
		flush();
		_exit(0);
	}
}

/* START comes first, before there is a library that could be waited with. */
static bool
take_frame(struct wf_http_wire *w, bool *shut)
{
	enum wf_http_wire_kind kind = (enum wf_http_wire_kind)w->head.kind;

	if ((kind == WF_WIRE_START) == *shut)
		return false;
	if (kind == WF_WIRE_START)
		shut_in(w);
	else if (kind == WF_WIRE_GET)
		start_job(w);
	else if (kind == WF_WIRE_MAY)
		take_may(w);
	else if (kind == WF_WIRE_CANCEL)
		cancel(w->head.id);
	else if (kind == WF_WIRE_ORIGIN || kind == WF_WIRE_RESOLVE)
		answer_url(w);
	else
		return false;
	*shut = true;
	return true;
}

static void
take_frames(struct wf_buf *in, bool *shut)
{
	struct wf_http_wire w;
	size_t at = 0;

	while (wf_http_wire_next(in, &at, &w))
		if (!take_frame(&w, shut))
			_exit(1);
	if (w.bad)
		_exit(1);
	explicit_bzero(in->p, at);
	wf_http_wire_drop(in, at);
}

/* --- from fork on ------------------------------------------------------------ */

/* What libcurl, the resolver and TLS libraries ask the environment for; the
 * rest (PGPASSWORD, tokens of a pipeline) is wiped. */
static bool
is_for_network(const char *var)
{
	static const char *const names[] = {
		"http_proxy=", "https_proxy=", "HTTPS_PROXY=", "all_proxy=", "ALL_PROXY=",
		"no_proxy=", "NO_PROXY=", "SSL_CERT_FILE=", "SSL_CERT_DIR=", "OPENSSL_",
		"RES_OPTIONS=", "LOCALDOMAIN=", "LANG=", "LC_", "LD_", "TZ=", "ASAN_OPTIONS=",
		"UBSAN_OPTIONS=",
	};
	unsigned i;

	for (i = 0; i < WF_COUNT(names); i++)
		if (strncmp(var, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static void
forget(char **argv)
{
	char **from, **to = environ;

	for (from = environ; from && *from; from++) {
		if (is_for_network(*from))
			*to++ = *from;
		else
			explicit_bzero(*from, strlen(*from));
	}
	if (to)
		*to = NULL;
	for (; argv && *argv; argv++)
		explicit_bzero(*argv, strlen(*argv));
}

static void
close_all_but(int fd)
{
	int i;

	if ((fd == STDERR_FILENO + 1 || close_range(STDERR_FILENO + 1, (unsigned)fd - 1, 0) == 0) &&
	    close_range((unsigned)fd + 1, ~0u, 0) == 0)
		return;
	for (i = STDERR_FILENO + 1; i < 1024; i++) /* an old kernel */
		if (i != fd)
			(void)close(i);
}

/* Nothing stays open but the socket, and what a signal is to mean the program
 * decides. */
static void
leave_the_program(int fd, char **argv)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), i;

	if (null < 0)
		_exit(1);
	for (i = 0; i <= STDERR_FILENO; i++)
		if (dup2(null, i) < 0)
			_exit(1);
	close_all_but(fd);
	(void)signal(SIGINT, SIG_IGN);
	(void)signal(SIGTERM, SIG_IGN);
	forget(argv);
}

void
wf_http_process(int fd, char **argv)
{
	struct wf_buf in = WF_BUF_INIT(WF_WIRE_MAX_HELD);
	bool shut = false;
	char byte;

	leave_the_program(fd, argv);
	to_program = fd;
	wf_log_set(log_frame, NULL);
	/* in most runs that find all in the store nothing is asked */
	while (recv(fd, &byte, 1, MSG_PEEK) < 0 && errno == EINTR)
		;
	for (;;) {
		if (!wf_http_wire_receive(fd, &in))
			_exit(0);
		if (in.len)
			take_frames(&in, &shut);
		if (shut)
			wf_http_multi_go();
		flush();
		if (shut)
			wf_http_multi_wait(fd, WAIT_MS);
	}
}
