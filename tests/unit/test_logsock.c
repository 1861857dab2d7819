/* SPDX-License-Identifier: Apache-2.0
 *
 * sys/logsock.c: nothing from outside starts a line or ends a value, a long
 * line is cut and says so, what is not taken is not called delivered.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "base/text.h"
#include "sys/logsock.h"
#include "tests/lib/tap.h"

static const char *
one(const char *value)
{
	static struct wf_logsock_line l;

	wf_logsock_begin(&l);
	wf_logsock_add(&l, "k", value);
	return wf_logsock_text(&l);
}

static void
values(void)
{
	IS(one("plain"), "k=plain", "a plain value stands as it is");
	IS(one("wasm.f(text)"), "k=\"wasm.f(text)\"", "a signature is quoted, as the contract shows it");
	IS(one("wasm.f(text, int)"), "k=\"wasm.f(text, int)\"", "a space does");
	IS(one(""), "k=\"\"", "nothing is quoted");
	IS(one("a\"b\\c"), "k=\"a\\\"b\\\\c\"", "quotes and backslashes are escaped");
	IS(one("a\nev=clean"), "k=\"a\\x0aev=clean\"", "a line end does not end the line");
	IS(one("\033[2J\x7f"), "k=\"\\x1b[2J\\x7f\"", "control bytes do not appear");
	IS(one("\xff"), "k=\"\\xff\"", "nor bytes that are no UTF-8");
	IS(one("\xe2\x80\xae"), "k=\"\\xe2\\x80\\xae\"", "nor a change of direction");
	IS(one("\xc3\xbc"), "k=\xc3\xbc", "letters do");
	IS(one("a=b"), "k=\"a=b\"", "an equals sign is quoted");
}

static void
length(void)
{
	struct wf_logsock_line l;
	char big[3000];
	size_t i;
	int bad = 0, unmarked = 0;

	for (i = 900; i < 1100; i++) {
		memset(big, 'x', i);
		memcpy(big + i, "\xc3\xbc\xc3\xbc", 5);
		wf_logsock_begin(&l);
		wf_logsock_add(&l, "ev", "drift");
		wf_logsock_add(&l, "want", big);
		wf_logsock_add(&l, "run", "01ABC");
		(void)wf_logsock_text(&l);
		bad += l.len > WF_MAX_LOG_LINE || !wf_text_is_utf8(l.text, l.len);
		if (!strstr(l.text, "run=01ABC"))
			unmarked += strcmp(l.text + l.len - 8, " trunc=1") != 0;
	}
	EQ(bad, 0, "no line is too long or ends inside a character");
	EQ(unmarked, 0, "what is cut says so");
	memset(big, ' ', 2000);
	big[2000] = '\0';
	wf_logsock_begin(&l);
	wf_logsock_add(&l, "k", big);
	IS(wf_logsock_text(&l) + l.len - 9, "\" trunc=1", "a cut value is closed");
}

static int
receiver(const char *path)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	return bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0 ? fd : -1;
}

static void
delivery(const char *path)
{
	struct wf_logsock s;
	struct wf_logsock_line l;
	struct wf_err e = {0};
	char got[2048] = "";
	ssize_t n;
	int fd;

	ERR(wf_logsock_open(path, LOG_AUTHPRIV, NULL, &s, &e), &e, WF_R_CONFIG,
	    "a named socket must exist");
	wf_err_clear(&e);
	ERR(wf_logsock_open(path, LOG_AUTHPRIV, "a b", &s, &e), &e, WF_R_CONFIG,
	    "an ident is one word");
	wf_err_clear(&e);
	fd = receiver(path);
	ERR(wf_logsock_open(path, LOG_AUTHPRIV, NULL, &s, &e), &e, WF_R_OK, "it exists now");
	wf_logsock_begin(&l);
	wf_logsock_add(&l, "ev", "clean");
	ERR(wf_logsock_send(&s, LOG_CRIT, &l, &e), &e, WF_R_OK, "a line is sent");
	n = recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT);
	OK(n > 0 && strncmp(got, "<82>", 4) == 0, "with facility and severity");
	OK(n > 0 && strstr(got, " wasmfn[") && strstr(got, "]: ev=clean"), "ident, pid, text");
	close(fd);
	unlink(path);
	wf_logsock_begin(&l);
	wf_logsock_add(&l, "ev", "clean");
	ERR(wf_logsock_send(&s, LOG_CRIT, &l, &e), &e, WF_R_IO, "nobody there: not delivered");
	wf_err_clear(&e);
	fd = receiver(path);
	ERR(wf_logsock_send(&s, LOG_CRIT, &l, &e), &e, WF_R_OK, "a new daemon is found");
	wf_logsock_close(&s);
	close(fd);
}

int
main(void)
{
	char dir[] = "/tmp/wft-log.XXXXXX", path[64];

	values();
	length();
	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/log", dir);
	delivery(path);
	unlink(path);
	OK(rmdir(dir) == 0, "cleaned up");
	return tap_done();
}
