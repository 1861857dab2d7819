/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to the libcurl door (dep/http.c): libcurl's functions, found at run
 * time, and what is asked about URLs.
 */
#ifndef WF_DEP_HTTP_CURL_H
#define WF_DEP_HTTP_CURL_H

#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>
#include <stdbool.h>

#include "base/err.h"

#define WF_HTTP_CURL_FUNCTIONS(X) \
	X(curl_global_init) \
	X(curl_easy_init) \
	X(curl_easy_cleanup) \
	X(curl_easy_reset) \
	X(curl_easy_setopt) \
	X(curl_easy_getinfo) \
	X(curl_easy_strerror) \
	X(curl_free) \
	X(curl_multi_add_handle) \
	X(curl_multi_cleanup) \
	X(curl_multi_info_read) \
	X(curl_multi_init) \
	X(curl_multi_perform) \
	X(curl_multi_poll) \
	X(curl_multi_remove_handle) \
	X(curl_multi_setopt) \
	X(curl_slist_append) \
	X(curl_slist_free_all) \
	X(curl_url) \
	X(curl_url_cleanup) \
	X(curl_url_get) \
	X(curl_url_set) \
	X(curl_version_info)

struct wf_http_curl {
#define WF_HTTP_CURL_MEMBER(name) __typeof__(name) *name;
	WF_HTTP_CURL_FUNCTIONS(WF_HTTP_CURL_MEMBER)
#undef WF_HTTP_CURL_MEMBER
};
extern struct wf_http_curl wf_http_curl; /* set by load */

/* Loads libcurl once.  WF_R_UNAVAILABLE when it is missing or too old. */
WF_MUST enum wf_rc wf_http_curl_load(struct wf_err *err);

/* wf_http_origin and wf_http_resolve, where libcurl is. */
WF_MUST enum wf_rc wf_http_curl_origin(const char *url, char **out, struct wf_err *err);
WF_MUST enum wf_rc wf_http_curl_resolve(const char *base, const char *ref, char **out,
                                        struct wf_err *err);

/* The path of an absolute URL, decoded, without empty segments and the first
 * slash.  NULL: it has bytes that are in no path.  Caller frees. */
char *wf_http_curl_path(const char *url);

/* All take an origin or a URL that wf_http_origin accepts. */
bool wf_http_curl_is_http(const char *origin);
bool wf_http_curl_is_loopback(const char *origin);
bool wf_http_curl_same_host(const char *a, const char *b);

/* May we go from one origin to the next?  https never falls to http, and http
 * leads to http only on this machine or on the same host.  WF_R_PROTOCOL. */
WF_MUST enum wf_rc wf_http_curl_may_follow(const char *from, const char *to, bool plain,
                                           struct wf_err *err);

/* Behind a proxy the peer is the proxy, and its address says nothing. */
bool wf_http_curl_proxied(void);

#endif
