/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the libcurl door, and only for its process: exchanges side by
 * side, each a request with its redirects.  Nothing here waits but
 * wf_http_multi_drive.
 */
#ifndef WF_DEP_HTTP_EXCHANGE_H
#define WF_DEP_HTTP_EXCHANGE_H

#include "dep/http_curl.h"
#include "dep/http_header.h"

struct wf_http_exchange {
	/* for who started it */
	const struct wf_http_request *req;
	struct wf_http_seen seen; /* .res */
	struct wf_err *err;
	/* Before each hop: somebody has to call wf_http_multi_may. */
	void (*ask)(struct wf_http_exchange *, const char *path);
	/* It is over: seen.res is filled (WF_OK) or err.  May free the exchange. */
	void (*ended)(struct wf_http_exchange *, enum wf_rc);

	/* of the way so far (http.c) */
	char *url, *origin, *first;
	bool ours;
	int hops;
	/* of this hop */
	CURL *easy;
	char *ca; /* NULL: the system's */
	struct curl_slist *headers;
	char errbuf[CURL_ERROR_SIZE];
	uint64_t bytes;       /* of the body */
	size_t header_bytes;
	bool no_private;
	bool cut;             /* enough of an error body was read */
	bool refused_peer;
	enum wf_rc rc;        /* what a callback failed with */

	/* in the list of all (http_multi.c) */
	struct wf_http_exchange *next;
	enum { WF_HTTP_NEW, WF_HTTP_ASKING, WF_HTTP_MAY, WF_HTTP_RUNNING } state;
};

/* The first origin is known after that. */
WF_MUST enum wf_rc wf_http_exchange_open(struct wf_http_exchange *);
/* Makes x->easy ready for the next hop. */
WF_MUST enum wf_rc wf_http_exchange_hop(struct wf_http_exchange *);
/* How the hop went; *more: there is another one. */
WF_MUST enum wf_rc wf_http_exchange_after(struct wf_http_exchange *, CURLcode, bool *more);
/* Frees what it owns, but neither x itself nor what it points to. */
void wf_http_exchange_clear(struct wf_http_exchange *);

/* At most WF_MAX_ORIGIN_TRANSFERS to one origin run at a time. */
void wf_http_multi_start(struct wf_http_exchange *);
/* It does not end any more: the caller frees it. */
void wf_http_multi_drop(struct wf_http_exchange *);
/* The answer to ask: rc, err are why not; ca (NULL: the system's) is copied. */
void wf_http_multi_may(struct wf_http_exchange *, enum wf_rc, const char *ca);
/* Goes on with all of them as far as that goes. */
void wf_http_multi_go(void);
/* Waits at most ms for the network, or until fd can be read. */
void wf_http_multi_wait(int fd, int ms);
/* The authorities of libcurl's own: a file and a directory, "" for none. */
WF_MUST enum wf_rc wf_http_multi_defaults(char file[256], char dir[256], struct wf_err *);

#endif
