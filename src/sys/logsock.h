/* SPDX-License-Identifier: Apache-2.0
 *
 * One event, one line, one datagram (RFC 3164) to a log socket; built here
 * because syslog(3) passes line ends through and hides what it cannot send.
 * (Not named syslog: <syslog.h> would find it as <sys/syslog.h>.)
 */
#ifndef WF_SYS_LOGSOCK_H
#define WF_SYS_LOGSOCK_H

#include <stddef.h>

#include "base/buf.h"
#include "base/limits.h"

/* The text of a line: key=value pairs, at most WF_MAX_LOG_LINE bytes.  When a
 * value no longer fits it is cut at a character and ` trunc=1` ends the line. */
struct wf_logsock_line {
	char text[WF_MAX_LOG_LINE + 1];
	size_t len;
	size_t room; /* what is left for text once header and mark are counted */
	int truncated;
};

struct wf_logsock {
	int fd;             /* -1: no socket, lines go nowhere */
	int facility;       /* LOG_AUTHPRIV … as in <syslog.h> */
	char ident[48];
	char path[108];
};

/* path NULL: /dev/log where it exists, else no socket (WF_OK, fd -1).  A named
 * socket must exist and take a connection: WF_R_CONFIG.  ident: NULL or longer
 * than 47 bytes of [A-Za-z0-9._-]: WF_R_CONFIG; "wasmfn" by default. */
WF_MUST enum wf_rc wf_logsock_open(const char *path, int facility, const char *ident,
                                  struct wf_logsock *out, struct wf_err *err);
void wf_logsock_close(struct wf_logsock *);

void wf_logsock_begin(struct wf_logsock_line *);
/* key is ours.  Control bytes, quotes, backslashes and what is no UTF-8 are
 * escaped; the value is quoted when it has one of " =,()", a quote, anything
 * escaped, or nothing in it. */
void wf_logsock_add(struct wf_logsock_line *, const char *key, const char *value);
const char *wf_logsock_text(struct wf_logsock_line *); /* ends the line */

/* severity: LOG_CRIT, LOG_ERR, LOG_WARNING, LOG_NOTICE, LOG_INFO.  A full
 * socket is waited for at most a second.  WF_R_IO when it cannot be
 * delivered; the caller then says the line on stderr.  No socket: WF_OK. */
WF_MUST enum wf_rc wf_logsock_send(struct wf_logsock *, int severity, struct wf_logsock_line *,
                                  struct wf_err *err);

#endif
