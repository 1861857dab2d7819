/* SPDX-License-Identifier: Apache-2.0
 *
 * Log lines to a datagram socket.  Must never let bytes from outside start a
 * line of their own, and never call a line delivered that was not taken.
 */
#include "sys/logsock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

#define DEFAULT_SOCKET "/dev/log"
#define MARK " trunc=1"
#define SEND_WAIT_MS 1000 /* a log daemon that restarts is back by then */
/* "<PRI>Mmm dd hh:mm:ss IDENT[PID]: " at its longest */
#define HEADER_MAX (5 + 16 + 47 + 13 + 3)

static bool
ident_ok(const char *z)
{
	size_t n = strlen(z);

	return n > 0 && n < sizeof(((struct wf_logsock *)0)->ident) &&
	       strspn(z, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

static enum wf_rc
try_connect(struct wf_logsock *s)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	memcpy(a.sun_path, s->path, sizeof(a.sun_path));
	s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return WF_E_IO;
	if (connect(s->fd, (const struct sockaddr *)&a, sizeof(a)) == 0)
		return WF_OK;
	wf_logsock_close(s);
	return WF_E_IO;
}

enum wf_rc
wf_logsock_open(const char *path, int facility, const char *ident, struct wf_logsock *out,
               struct wf_err *err)
{
	struct wf_logsock s = {.fd = -1, .facility = facility};

	if (!ident)
		ident = "wasmfn";
	if (!ident_ok(ident))
		return wf_err_set(err, WF_R_CONFIG,
		                  "log ident: expected at most 47 letters, digits, dots, dashes, found \"%s\"",
		                  ident);
	memcpy(s.ident, ident, strlen(ident) + 1);
	if (!path && access(DEFAULT_SOCKET, F_OK) != 0) {
		*out = s;
		return WF_OK;
	}
	if (strlen(path ? path : DEFAULT_SOCKET) >= sizeof(s.path))
		return wf_err_set(err, WF_R_CONFIG, "log socket: the path is longer than %zu bytes",
		                  sizeof(s.path) - 1);
	memcpy(s.path, path ? path : DEFAULT_SOCKET, strlen(path ? path : DEFAULT_SOCKET) + 1);
	/* /dev/log that nobody listens on: each line is then undeliverable */
	if (try_connect(&s) != WF_OK && path)
		return wf_err_sys(err, WF_R_CONFIG, "log socket %s", path);
	*out = s;
	return WF_OK;
}

void
wf_logsock_close(struct wf_logsock *s)
{
	int keep = errno;

	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	errno = keep;
}

void
wf_logsock_begin(struct wf_logsock_line *l)
{
	memset(l, 0, sizeof(*l));
	l->room = WF_MAX_LOG_LINE - HEADER_MAX - strlen(MARK);
}

/* One character of a value, escaped; 0 when it needs none.  *used bytes of
 * the source are taken. */
static size_t
escape(const char *p, size_t n, char out[16], size_t *used)
{
	char wide[32];
	uint32_t cp;
	size_t seq = wf_text_utf8_seq(p, n, &cp), len;

	*used = seq ? seq : 1;
	if (*p == '"' || *p == '\\') {
		out[0] = '\\';
		out[1] = *p;
		return 2;
	}
	/* the one place that decides what may be shown */
	wf_text_escape(p, *used, wide, sizeof(wide));
	len = strlen(wide);
	if (len == *used && memcmp(wide, p, len) == 0)
		return 0;
	memcpy(out, wide, len);
	return len;
}

static bool
needs_quotes(const char *z)
{
	size_t n = strlen(z), i, used;
	char esc[16];

	for (i = 0; i < n; i += used)
		if (escape(z + i, n - i, esc, &used) || strchr(" =,()", z[i]))
			return true;
	return n == 0;
}

static bool
put(struct wf_logsock_line *l, const char *p, size_t n)
{
	if (l->truncated || l->len + n > l->room)
		return false;
	memcpy(l->text + l->len, p, n);
	l->len += n;
	return true;
}

void
wf_logsock_add(struct wf_logsock_line *l, const char *key, const char *value)
{
	bool quoted = needs_quotes(value);
	size_t n = strlen(value), start = l->len, i, used, len;
	char head[64], esc[16];

	if (l->truncated)
		return;
	len = (size_t)snprintf(head, sizeof(head), "%s%s=%s", l->len ? " " : "", key,
	                       quoted ? "\"" : "");
	if (!put(l, head, len)) {
		l->truncated = 1;
		return;
	}
	if (quoted)
		l->room--; /* the closing quote */
	for (i = 0; i < n; i += used) {
		len = escape(value + i, n - i, esc, &used);
		if (!put(l, len ? esc : value + i, len ? len : used)) {
			l->truncated = 1;
			break;
		}
	}
	if (quoted)
		l->text[l->len++] = '"';
	else if (l->truncated && i == 0)
		l->len = start; /* a key with nothing after it says something false */
}

const char *
wf_logsock_text(struct wf_logsock_line *l)
{
	if (l->truncated == 1) {
		memcpy(l->text + l->len, MARK, strlen(MARK));
		l->len += strlen(MARK);
		l->truncated = 2; /* marked */
	}
	l->text[l->len] = '\0';
	return l->text;
}

static size_t
header(const struct wf_logsock *s, int severity, char out[HEADER_MAX + 1])
{
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t now = time(NULL);
	struct tm tm;

	/* RFC 3164 wants local time and English months, whatever the locale */
	if (!localtime_r(&now, &tm))
		memset(&tm, 0, sizeof(tm));
	return (size_t)snprintf(out, HEADER_MAX + 1, "<%d>%s %2d %02d:%02d:%02d %s[%ld]: ",
	                        s->facility | severity, months[tm.tm_mon % 12], tm.tm_mday,
	                        tm.tm_hour, tm.tm_min, tm.tm_sec, s->ident, (long)getpid());
}

static enum wf_rc
send_once(struct wf_logsock *s, const char *p, size_t n)
{
	struct pollfd pf = {.fd = s->fd, .events = POLLOUT};

	for (;;) {
		if (send(s->fd, p, n, MSG_NOSIGNAL) == (ssize_t)n)
			return WF_OK;
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN && errno != ENOBUFS)
			return WF_E_IO;
		if (poll(&pf, 1, SEND_WAIT_MS) <= 0) {
			errno = EAGAIN;
			return WF_E_IO;
		}
	}
}

enum wf_rc
wf_logsock_send(struct wf_logsock *s, int severity, struct wf_logsock_line *l, struct wf_err *err)
{
	char line[HEADER_MAX + WF_MAX_LOG_LINE + 1];
	const char *text = wf_logsock_text(l);
	size_t n;

	if (!s->path[0])
		return WF_OK;
	n = header(s, severity, line);
	memcpy(line + n, text, l->len);
	n += l->len;
	if (s->fd >= 0 && send_once(s, line, n) == WF_OK)
		return WF_OK;
	/* the daemon was restarted: its socket is another one now */
	wf_logsock_close(s);
	if (try_connect(s) == WF_OK && send_once(s, line, n) == WF_OK)
		return WF_OK;
	return wf_err_sys(err, WF_R_IO, "log socket %s", s->path);
}
