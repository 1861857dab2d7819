/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds libcurl when it is first needed (it drags in some thirty libraries,
 * which start-up must not pay for) and answers questions about URLs.  Must
 * never run with a function missing.
 */
#include "dep/http_curl.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "dep/crypto.h"
#include "dep/http.h"
#include "dep/library.h"

struct wf_http_curl wf_http_curl;

static bool loaded;

enum wf_rc
wf_http_curl_load(struct wf_err *err)
{
	static const struct wf_library libcurl = {
		"libcurl.so.4", "Install libcurl 7.88 or later (Debian: libcurl4)."};
	static const struct wf_library_function table[] = {
#define ROW(name) {#name, offsetof(struct wf_http_curl, name)},
		WF_HTTP_CURL_FUNCTIONS(ROW)
#undef ROW
	};
	enum wf_rc rc;

	if (loaded)
		return WF_OK;
	wf_crypto_system_config();
	if ((rc = wf_library_load(&libcurl, table, WF_COUNT(table), &wf_http_curl, err)))
		return rc;
	if (wf_http_curl.curl_global_init(CURL_GLOBAL_DEFAULT))
		return wf_err_set(err, WF_R_UNAVAILABLE, "libcurl does not start");
	loaded = true;
	return WF_OK;
}

bool
wf_http_curl_is_http(const char *origin)
{
	return strncasecmp(origin, "http://", 7) == 0;
}

/* Host of an origin as wf_http_origin writes it, without port. */
static struct wf_str
host_of(const char *origin)
{
	const char *p = strstr(origin, "://"), *end;

	p = p ? p + 3 : origin;
	if (*p == '[') {
		end = strchr(p, ']');
		return (struct wf_str){p, end ? (size_t)(end + 1 - p) : strlen(p)};
	}
	return (struct wf_str){p, strcspn(p, ":/?#")};
}

bool
wf_http_curl_is_loopback(const char *origin)
{
	struct wf_str h = host_of(origin);
	char z[64];
	struct in_addr a;

	if (h.len >= sizeof(z))
		return false;
	memcpy(z, h.p, h.len);
	z[h.len] = '\0';
	if (strcmp(z, "localhost") == 0 || strcmp(z, "[::1]") == 0 ||
	    (h.len > 10 && strcmp(z + h.len - 10, ".localhost") == 0))
		return true;
	return inet_pton(AF_INET, z, &a) == 1 && ntohl(a.s_addr) >> 24 == 127;
}

bool
wf_http_curl_same_host(const char *a, const char *b)
{
	return wf_str_eq(host_of(a), host_of(b));
}

enum wf_rc
wf_http_curl_may_follow(const char *from, const char *to, bool plain, struct wf_err *err)
{
	if (!wf_http_curl_is_http(to))
		return WF_OK;
	if (!wf_http_curl_is_http(from))
		return wf_err_set(err, WF_R_PROTOCOL,
		                  "%s redirects to %s: from https to http", from, to);
	if (plain && (wf_http_curl_is_loopback(to) ||
	              wf_http_curl_same_host(from, to)))
		return WF_OK;
	return wf_err_set(err, WF_R_PROTOCOL,
	                  "%s redirects to %s, which is plain http on another host",
	                  from, to);
}

bool
wf_http_curl_proxied(void)
{
	static const char *const names[] = {
		"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY",
	};
	unsigned i;

	for (i = 0; i < WF_COUNT(names); i++) {
		const char *v = getenv(names[i]);

		if (v && *v)
			return true;
	}
	return false;
}

static void
url_freep(CURLU **u)
{
	if (*u)
		wf_http_curl.curl_url_cleanup(*u);
	*u = NULL;
}

/* A part, lower case when asked, as our own memory; NULL: not there. */
static char *
part(CURLU *u, CURLUPart what, unsigned flags, bool lower)
{
	char *got = NULL, *mine, *p;

	if (wf_http_curl.curl_url_get(u, what, &got, flags) != CURLUE_OK || !got)
		return NULL;
	mine = wf_strdup(got);
	wf_http_curl.curl_free(got);
	for (p = mine; lower && *p; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p + 32);
	return mine;
}

enum wf_rc
wf_http_curl_origin(const char *url, char **out, struct wf_err *err)
{
	WF_AUTO(url_freep) CURLU *u = NULL;
	WF_AUTO(wf_freep) char *scheme = NULL;
	WF_AUTO(wf_freep) char *host = NULL;
	WF_AUTO(wf_freep) char *port = NULL;
	enum wf_rc rc = wf_http_curl_load(err);
	const char *p;

	if (rc)
		return rc;
	u = wf_http_curl.curl_url();
	if (!u || wf_http_curl.curl_url_set(u, CURLUPART_URL, url,
	                                    CURLU_DISALLOW_USER) != CURLUE_OK)
		return wf_err_set(err, WF_R_PROTOCOL,
		                  "not a URL that is followed (or it has a user name in it)");
	scheme = part(u, CURLUPART_SCHEME, 0, true);
	host = part(u, CURLUPART_HOST, 0, true);
	port = part(u, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT, false);
	if (!scheme || !host || !*host ||
	    (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
		return wf_err_set(err, WF_R_PROTOCOL,
		                  "expected an https URL, found scheme \"%s\"",
		                  scheme ? scheme : "");
	for (p = host; *p; p++)
		if (*p <= ' ' || *p > '~')
			return wf_err_set(err, WF_R_PROTOCOL,
			                  "the host \"%s\" of a URL is not ASCII", host);
	*out = port ? wf_asprintf("%s://%s:%s", scheme, host, port)
	            : wf_asprintf("%s://%s", scheme, host);
	return WF_OK;
}

enum wf_rc
wf_http_curl_resolve(const char *base, const char *ref, char **out,
                struct wf_err *err)
{
	WF_AUTO(url_freep) CURLU *u = NULL;
	enum wf_rc rc = wf_http_curl_load(err);
	char *url;

	if (rc)
		return rc;
	u = wf_http_curl.curl_url();
	if (!u ||
	    wf_http_curl.curl_url_set(u, CURLUPART_URL, base, 0) != CURLUE_OK ||
	    wf_http_curl.curl_url_set(u, CURLUPART_URL, ref, 0) != CURLUE_OK ||
	    wf_http_curl.curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0) != CURLUE_OK ||
	    !(url = part(u, CURLUPART_URL, 0, false)))
		return wf_err_set(err, WF_R_PROTOCOL, "not a URL reference");
	*out = url;
	return WF_OK;
}

char *
wf_http_curl_path(const char *url)
{
	WF_AUTO(url_freep) CURLU *u = NULL;
	char *path, *from, *to;

	u = wf_http_curl.curl_url();
	if (!u || wf_http_curl.curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK ||
	    !(path = part(u, CURLUPART_PATH, CURLU_URLDECODE, false)))
		return NULL;
	for (from = to = path; *from; from++)
		if (*from != '/' || (to > path && to[-1] != '/'))
			*to++ = *from;
	*to = '\0';
	return path;
}

char *
wf_http_escape(const char *text)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(strlen(text) * 3 + 1);

	for (; *text; text++)
		if ((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
		    (*text >= '0' && *text <= '9') || strchr("-._~", *text))
			wf_buf_putf(&b, "%c", *text);
		else
			wf_buf_putf(&b, "%%%02X", (unsigned char)*text);
	return wf_buf_steal(&b);
}

static bool
private4(uint32_t a)
{
	static const struct {
		uint32_t net;
		int bits;
	} nets[] = {
		{0x00000000, 8},  {0x0a000000, 8},  {0x64400000, 10},
		{0x7f000000, 8},  {0xa9fe0000, 16}, {0xac100000, 12},
		{0xc0000000, 24}, {0xc0a80000, 16}, {0xc6120000, 15},
		{0xe0000000, 3},
	};
	unsigned i;

	for (i = 0; i < WF_COUNT(nets); i++)
		if ((a ^ nets[i].net) >> (32 - nets[i].bits) == 0)
			return true;
	return false;
}

static uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
	       p[3];
}

bool
wf_http_is_private(const char *address)
{
	static const unsigned char zero[16], nat64[12] = {0, 0x64, 0xff, 0x9b};
	static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
	unsigned char a[16];

	if (inet_pton(AF_INET, address, a) == 1)
		return private4(be32(a));
	if (inet_pton(AF_INET6, address, a) != 1)
		return false;
	if (memcmp(a, mapped, 12) == 0 || memcmp(a, nat64, 12) == 0)
		return private4(be32(a + 12));
	return memcmp(a, zero, 15) == 0 ||      /* :: and ::1 */
	       (a[0] & 0xfe) == 0xfc ||         /* fc00::/7 */
	       (a[0] == 0xfe && (a[1] & 0xc0) == 0x80) ||
	       a[0] == 0xff;
}
