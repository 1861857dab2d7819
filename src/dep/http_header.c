/* SPDX-License-Identifier: Apache-2.0
 *
 * Header lines of an answer, one at a time.  Must never believe two lines of
 * one meaning more than one, or keep what an earlier answer said.
 */
#include "dep/http_header.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

static void
release(struct wf_http_response *r)
{
	unsigned i;

	for (i = 0; i < WF_COUNT(r->link); i++)
		free(r->link[i]);
	for (i = 0; i < WF_COUNT(r->challenge); i++)
		free(r->challenge[i]);
	free(r->digest);
	wf_buf_free(&r->body);
	memset(r, 0, sizeof(*r));
}

void
wf_http_response_free(struct wf_http_response *r)
{
	if (r)
		release(r);
}

void
wf_http_header_begin(struct wf_http_response *r)
{
	release(r);
	r->content_length = r->range_from = -1;
	r->retry_after = -1;
}

static void
keep_header(char **list, size_t slots, struct wf_str value)
{
	size_t i;

	for (i = 0; i + 1 < slots; i++) {
		if (list[i])
			continue;
		list[i] = wf_strndup(value.p, value.len);
		return;
	}
}

static bool
header_is(struct wf_str line, const char *name, struct wf_str *value)
{
	size_t n = strlen(name);

	if (line.len <= n || line.p[n] != ':' ||
	    strncasecmp(line.p, name, n) != 0)
		return false;
	value->p = line.p + n + 1;
	value->len = line.len - n - 1;
	while (value->len && (*value->p == ' ' || *value->p == '\t'))
		value->p++, value->len--;
	while (value->len && strchr(" \t\r\n", value->p[value->len - 1]))
		value->len--;
	return true;
}

static int64_t
number(struct wf_str s)
{
	int64_t v = 0;
	size_t i;

	if (s.len == 0 || s.len > 18)
		return -1;
	for (i = 0; i < s.len && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		v = v * 10 + (s.p[i] - '0');
	return i == s.len ? v : -1;
}

static void
media_type(struct wf_str v, char out[128])
{
	size_t i;

	for (i = 0; i < v.len && i < 127 && !strchr("; \t", v.p[i]); i++)
		out[i] = v.p[i] >= 'A' && v.p[i] <= 'Z' ? (char)(v.p[i] + 32)
		                                        : v.p[i];
	out[i] = '\0';
}

void
wf_http_header_line(struct wf_http_seen *h, struct wf_str line)
{
	struct wf_http_response *r = h->res;
	struct wf_str v;
	size_t n;

	if (line.len >= 5 && memcmp(line.p, "HTTP/", 5) == 0) {
		/* a new answer: what 1xx and a proxy's CONNECT said is over */
		bool same = r->same_origin;

		wf_http_header_begin(r);
		r->same_origin = same;
		h->encoded = false;
		free(h->location);
		h->location = NULL;
	} else if (header_is(line, "Content-Type", &v)) {
		media_type(v, r->content_type);
	} else if (header_is(line, "Content-Length", &v)) {
		r->content_length = number(v);
	} else if (header_is(line, "Content-Range", &v)) {
		n = strcspn(v.p, "-\r\n"); /* bytes FROM-TO/ALL */
		if (n > 6 && strncasecmp(v.p, "bytes ", 6) == 0)
			r->range_from = number((struct wf_str){v.p + 6, n - 6});
	} else if (header_is(line, "Content-Encoding", &v)) {
		h->encoded = !wf_str_eqz(v, "identity");
	} else if (header_is(line, "Retry-After", &v)) {
		r->retry_after = 0; /* the number comes from libcurl */
	} else if (header_is(line, "Docker-Content-Digest", &v)) {
		if (!r->digest)
			r->digest = wf_strndup(v.p, v.len);
	} else if (header_is(line, "Location", &v)) {
		if (!h->location)
			h->location = wf_strndup(v.p, v.len);
	} else if (header_is(line, "WWW-Authenticate", &v)) {
		keep_header(r->challenge, WF_COUNT(r->challenge), v);
	} else if (header_is(line, "Link", &v)) {
		keep_header(r->link, WF_COUNT(r->link), v);
	}
}
