/* SPDX-License-Identifier: Apache-2.0
 *
 * The door to the network.  Requests are made by a process of their own, which
 * loads libcurl (never linked) and is shut in before the first one
 * (sys/sandbox.h): it can change no file, read none but what TLS and name
 * lookup need, start nothing, and reach no local socket.  A process and not a
 * thread: threads share memory, and one that is taken over has all that the
 * program has.  What it says is a server's word: digests and signatures are
 * looked at on this side.
 * A request blocks the task that makes it (sys/task.h) and no other; they share
 * connections, which live as long as the process.  Limits, the deadline of the
 * command and signals are looked at while bytes arrive.
 * Credentials go to the origin (scheme, host, port) of the URL they were
 * given for and nowhere else; they are never part of a message.
 */
#ifndef WF_DEP_HTTP_H
#define WF_DEP_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "sys/sandbox.h"

/* Makes the process for the network, which then waits.  Early: what the program
 * has read by then is in that process as well.  Without it every request fails
 * with WF_R_BUG.  argv is wiped there (NULL: left).  Once; never fails,
 * requests do. */
void wf_http_start(char **argv);
/* Ends it, and its connections. */
void wf_http_stop(void);

/* From here on every request fails with WF_R_OFFLINE, and no process is made. */
void wf_http_forbid(void);
/* Without a sandbox in force requests fail with WF_R_NO_SANDBOX. */
void wf_http_require_sandbox(void);
/* A file that requests name (CA, cert, key), told before the first one, else it
 * cannot be read.  NULL is fine; borrowed. */
void wf_http_allow(const char *path);
/* What holds for requests.  Sends none, but loads libcurl in that process.
 * WF_R_UNAVAILABLE, WF_R_NO_SANDBOX. */
WF_MUST enum wf_rc wf_http_sandbox(struct wf_sandbox *out, struct wf_err *err);

struct wf_http; /* a session */

/* Asked before each request of a session, redirects and tokens included: may it
 * be sent to that origin?  path is decoded, without empty segments and the first
 * slash; NULL: it has bytes that are in no path.  *ca is NULL and may become a PEM file
 * that stands for the system's authorities there. */
typedef enum wf_rc wf_http_rule(void *arg, const char *path, const char *origin,
                                const char **ca, struct wf_err *err);

/* Never fails.  rule may be NULL. */
struct wf_http *wf_http_new(wf_http_rule *rule, void *arg);
void wf_http_freep(struct wf_http **);

struct wf_http_response;

struct wf_http_request {
	const char *url;           /* absolute, http or https, no userinfo */
	const char *form;          /* POST of application/x-www-form-urlencoded */
	const char *accept;        /* may be NULL */
	const char *authorization; /* whole value of the header; may be NULL */
	const char *cert, *key;    /* PEM files that say who we are; NULL */
	bool plain;                /* http is allowed for this URL's origin */
	uint64_t from;             /* ask for what follows so many bytes; 0: all */
	bool no_private;           /* refuse loopback, private and link-local peers */

	/* Body of a 200 answer (of a 206 too where from is set): to the function if there is one, else to
	 * response.body.  More than max bytes is WF_R_LIMIT, to a function
	 * WF_R_SIZE_MISMATCH.  begin (may be NULL) sees the headers of a 200
	 * before the first byte. */
	enum wf_rc (*begin)(void *arg, const struct wf_http_response *, struct wf_err *);
	enum wf_rc (*body)(void *arg, const void *p, size_t n, struct wf_err *err);
	void *arg;
	uint64_t max;
	const char *name;          /* what is fetched, for progress and messages */
	bool *passing;             /* NULL, or set to true where it fails and might
	                            * not fail again: nobody listens, the connection
	                            * breaks, before request.body saw a byte */
};

#define WF_HTTP_CHALLENGES 8u

struct wf_http_response {
	int status;
	char content_type[128];   /* lower case, without parameters; "" if absent */
	int64_t content_length;   /* -1: not said */
	int64_t range_from;       /* of Content-Range; -1: not said */
	int retry_after;          /* seconds, -1: not said */
	char *link[8];            /* Link headers, as received; NULL ends */
	char *challenge[WF_HTTP_CHALLENGES + 1]; /* WWW-Authenticate; NULL ends */
	char *digest;             /* Docker-Content-Digest; NULL: absent */
	bool same_origin;         /* no redirect has left the first origin */
	bool public_peer;         /* answered by an address that is not private */
	/* A 200 body without request.body; else at most WF_MAX_ERROR_BODY_BYTES
	 * of what came instead. */
	struct wf_buf body;
};

/* Fills out (any status is WF_OK; the caller judges it) and follows redirects
 * by hand: at most WF_MAX_REDIRECTS, never from https to http, nothing of ours
 * (authorization, certificate) to another origin.  Errors: WF_R_UNAVAILABLE,
 * WF_R_TIMEOUT, WF_R_TRY_AGAIN (a signal), WF_R_PROTOCOL, WF_R_LIMIT, or what
 * request.body returned. */
WF_MUST enum wf_rc wf_http_get(struct wf_http *, const struct wf_http_request *,
                               struct wf_http_response *out,
                               struct wf_err *err);

void wf_http_response_free(struct wf_http_response *); /* NULL is fine */

/* scheme://host[:port] of an absolute URL, lower case, the default port left
 * out.  WF_R_PROTOCOL for another scheme, userinfo, or what does not parse. */
WF_MUST enum wf_rc wf_http_origin(const char *url, char **out,
                                  struct wf_err *err);
/* Resolves a reference against an absolute URL (RFC 3986). */
WF_MUST enum wf_rc wf_http_resolve(const char *base, const char *ref,
                                   char **out, struct wf_err *err);
/* Percent-encodes for a query or a form.  Caller frees. */
char *wf_http_escape(const char *text);

/* Loopback, private, link-local, unspecified, multicast: text form of an IPv4
 * or IPv6 address.  What is no address is not private. */
bool wf_http_is_private(const char *address);

#endif
