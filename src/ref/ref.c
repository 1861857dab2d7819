/* SPDX-License-Identifier: Apache-2.0
 *
 * Reference grammar.  Must never clean up a name: what does not match is
 * refused, so that no two spellings reach a registry, a path or a policy.
 */
#include "ref/ref.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static bool
lower_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* One path component: alnum runs joined by '.', '_', '__' or '-'+. */
static bool
component(struct wf_str s)
{
	size_t i = 0, run;

	if (s.len == 0 || !lower_alnum(s.p[0]) || !lower_alnum(s.p[s.len - 1]))
		return false;
	while (i < s.len) {
		if (lower_alnum(s.p[i])) {
			i++;
			continue;
		}
		for (run = i; run < s.len && s.p[run] == s.p[i]; run++)
			;
		if ((s.p[i] == '.' && run - i != 1) ||
		    (s.p[i] == '_' && run - i > 2) ||
		    (s.p[i] != '.' && s.p[i] != '_' && s.p[i] != '-') ||
		    run == s.len || !lower_alnum(s.p[run]))
			return false;
		i = run;
	}
	return true;
}

static bool
repository(struct wf_str s)
{
	size_t i, from = 0;

	for (i = 0; i <= s.len; i++) {
		if (i < s.len && s.p[i] != '/')
			continue;
		if (!component((struct wf_str){s.p + from, i - from}))
			return false;
		from = i + 1;
	}
	return true;
}

static bool
port(struct wf_str s)
{
	unsigned long v = 0;
	size_t i;

	if (s.len == 0 || s.len > 5)
		return false;
	for (i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (unsigned long)(s.p[i] - '0');
	}
	return v > 0 && v < 65536;
}

/* DNS name, IPv4 or [IPv6], with an optional port. */
static bool
host(struct wf_str s)
{
	const char *end, *colon;
	size_t i, n;

	if (s.len && s.p[0] == '[') {
		end = memchr(s.p, ']', s.len);
		if (!end || end == s.p + 1)
			return false;
		for (i = 1; s.p + i < end; i++)
			if (!strchr("0123456789abcdef:.", s.p[i]))
				return false;
		n = s.len - (size_t)(end + 1 - s.p);
		return n == 0 || (end[1] == ':' &&
		                  port((struct wf_str){end + 2, n - 1}));
	}
	colon = memchr(s.p, ':', s.len);
	n = colon ? (size_t)(colon - s.p) : s.len;
	if (colon && !port((struct wf_str){colon + 1, s.len - n - 1}))
		return false;
	if (n == 0 || s.p[0] == '-' || s.p[0] == '.' || s.p[n - 1] == '-' ||
	    s.p[n - 1] == '.')
		return false;
	for (i = 0; i < n; i++)
		if (!lower_alnum(s.p[i]) && s.p[i] != '-' &&
		    (s.p[i] != '.' || s.p[i + 1] == '.'))
			return false;
	return true;
}

static bool
looks_like_host(struct wf_str s)
{
	return (s.len == 9 && memcmp(s.p, "localhost", 9) == 0) ||
	       memchr(s.p, '.', s.len) || memchr(s.p, ':', s.len);
}

static bool
tag(struct wf_str s)
{
	size_t i;

	if (s.len == 0 || s.len > 128 || s.p[0] == '.' || s.p[0] == '-')
		return false;
	for (i = 0; i < s.len; i++)
		if (!lower_alnum(s.p[i]) && !(s.p[i] >= 'A' && s.p[i] <= 'Z') &&
		    s.p[i] != '_' && s.p[i] != '.' && s.p[i] != '-')
			return false;
	return true;
}

static enum wf_rc
bad(struct wf_err *err, const char *text, const char *why)
{
	return wf_err_set(err, WF_R_USAGE, "reference \"%.200s\": %s", text, why);
}

/* Cuts "@sha256:…" off; anything after '@' must be a digest. */
static enum wf_rc
cut_digest(struct wf_str *s, struct wf_ref *r, struct wf_err *err)
{
	const char *at = s->len ? memrchr(s->p, '@', s->len) : NULL;
	enum wf_rc rc;

	if (!at)
		return WF_OK;
	rc = wf_digest_parse((struct wf_str){at + 1, (size_t)(s->p + s->len - at - 1)},
	                     "reference", &r->digest, err);
	if (rc)
		return rc;
	r->has_digest = true;
	s->len = (size_t)(at - s->p);
	return WF_OK;
}

static enum wf_rc
parse_registry(const char *text, struct wf_ref *r, struct wf_err *err)
{
	struct wf_str s = wf_str(text), h, rest;
	const char *slash, *colon;
	enum wf_rc rc;

	if ((rc = cut_digest(&s, r, err)))
		return rc;
	slash = memchr(s.p, '/', s.len);
	h = (struct wf_str){s.p, (size_t)(slash - s.p)};
	rest = (struct wf_str){slash + 1, s.len - h.len - 1};
	if (!host(h))
		return bad(err, text, "expected a lower-case host name or address, with an optional port");
	colon = rest.len ? memrchr(rest.p, ':', rest.len) : NULL;
	if (colon) {
		struct wf_str t = {colon + 1, (size_t)(rest.p + rest.len - colon - 1)};

		if (!tag(t))
			return bad(err, text, "not a tag: expected [A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
		r->tag = wf_strndup(t.p, t.len);
		rest.len = (size_t)(colon - rest.p);
	}
	if (h.len + 1 + rest.len > 255)
		return bad(err, text, "host and repository are longer than 255 characters");
	if (!repository(rest))
		return bad(err, text, "not a repository name: expected lower-case components of a-z, 0-9 joined by . _ __ or -");
	r->kind = WF_REF_REGISTRY;
	r->host = wf_strndup(h.p, h.len);
	r->path = wf_strndup(rest.p, rest.len);
	r->match = wf_asprintf("%s/%s", r->host, r->path);
	return WF_OK;
}

/* One spelling a directory: policy patterns see it as written.  "." and ".."
 * may lead a relative path, where they say from where it goes. */
static bool
plain_path(struct wf_str s)
{
	bool leading = s.p[0] != '/';
	size_t i, n;

	for (i = leading ? 0 : 1; i < s.len; i += n + 1) {
		const char *p = s.p + i, *slash = memchr(p, '/', s.len - i);

		n = slash ? (size_t)(slash - p) : s.len - i;
		if (n == 0 || (slash && slash + 1 == s.p + s.len))
			return false;
		if (n == 1 && *p == '.') {
			if (i != 0 || !leading)
				return false;
			leading = false;
		} else if (n == 2 && p[0] == '.' && p[1] == '.') {
			if (!leading)
				return false;
		} else {
			leading = false;
		}
	}
	return true;
}

static enum wf_rc
parse_layout(const char *text, struct wf_ref *r, struct wf_err *err)
{
	bool archive = strncmp(text, "oci-archive:", 12) == 0;
	struct wf_str s = wf_str(text + (archive ? 12 : 4));
	const char *colon;
	enum wf_rc rc;

	if ((rc = cut_digest(&s, r, err)))
		return rc;
	colon = s.len ? memrchr(s.p, ':', s.len) : NULL;
	if (colon && !memchr(colon, '/', (size_t)(s.p + s.len - colon))) {
		struct wf_str t = {colon + 1, (size_t)(s.p + s.len - colon - 1)};

		if (!tag(t))
			return bad(err, text, "not a tag after the path");
		r->tag = wf_strndup(t.p, t.len);
		s.len = (size_t)(colon - s.p);
	}
	if (s.len == 0)
		return bad(err, text, "expected a path after oci: or oci-archive:");
	if (!plain_path(s))
		return bad(err, text, "expected a path without \"//\", \"/./\", \"/../\" and \"/\" at its end");
	r->kind = WF_REF_OCI_DIR;
	r->archive = archive;
	r->path = wf_strndup(s.p, s.len);
	r->match = wf_asprintf("oci:%s", r->path);
	return WF_OK;
}

static enum wf_rc
parse_any(const char *text, struct wf_ref *r, struct wf_err *err)
{
	struct wf_str s = wf_str(text);
	const char *slash;

	if (s.len == 0)
		return bad(err, text, "is empty");
	if (s.len > 4096)
		return bad(err, text, "is longer than 4096 characters");
	if (wf_str_starts(s, "oci-archive:") || wf_str_starts(s, "oci:"))
		return parse_layout(text, r, err);
	if (wf_str_starts(s, "sha256:")) {
		r->kind = WF_REF_DIGEST;
		r->has_digest = true;
		r->match = wf_strdup("");
		return wf_digest_parse(s, "digest", &r->digest, err);
	}
	slash = memchr(s.p, '/', s.len);
	if (slash && slash != s.p && s.p[0] != '.' &&
	    looks_like_host((struct wf_str){s.p, (size_t)(slash - s.p)}))
		return parse_registry(text, r, err);
	if (memchr(s.p, '@', s.len) && slash != s.p && s.p[0] != '.')
		return bad(err, text, "has a digest but no registry host: expected host/repository@sha256:…");
	r->kind = WF_REF_FILE;
	r->path = wf_strdup(text);
	r->match = wf_strdup("");
	return WF_OK;
}

enum wf_rc
wf_ref_parse(const char *text, struct wf_ref *out, struct wf_err *err)
{
	struct wf_ref r = WF_REF_INIT;
	enum wf_rc rc = parse_any(text, &r, err);

	if (rc) {
		wf_ref_free(&r);
		return rc;
	}
	r.text = wf_strdup(text);
	*out = r;
	return WF_OK;
}

enum wf_rc
wf_ref_need_digest(const struct wf_ref *r, struct wf_err *err)
{
	if (r->has_digest || r->kind == WF_REF_FILE)
		return WF_OK;
	(void)wf_err_set(err, WF_R_TAG_ONLY,
	                 "reference \"%s\" has no digest: a tag can move", r->text);
	return wf_err_hint(err, "Write %s%s@sha256:<64 hex>; `wasmfn pin` resolves tags to digests.",
	                   r->archive ? "oci-archive:" : r->kind == WF_REF_OCI_DIR ? "oci:" : "",
	                   r->kind == WF_REF_OCI_DIR ? r->path : r->match);
}

bool
wf_ref_is_loopback(const char *h)
{
	size_t n = strcspn(h, ":");
	unsigned a;
	int used = 0;

	if (h[0] == '[')
		return strncmp(h, "[::1]", 5) == 0 && (h[5] == '\0' || h[5] == ':');
	if (n == 9 && memcmp(h, "localhost", 9) == 0)
		return true;
	if (n > 10 && memcmp(h + n - 10, ".localhost", 10) == 0)
		return true;
	/* 127.x.y.z and nothing that merely begins so */
	if (strncmp(h, "127.", 4) != 0)
		return false;
	for (a = 0, used = 4; (size_t)used < n; used++) {
		if (h[used] == '.')
			a++;
		else if (h[used] < '0' || h[used] > '9')
			return false;
	}
	return a == 2;
}

const char *
wf_ref_hub(const char *host)
{
	return strcmp(host, "index.docker.io") == 0 ||
	       strcmp(host, "registry-1.docker.io") == 0 ? "docker.io" : host;
}

void
wf_ref_free(struct wf_ref *r)
{
	if (!r)
		return;
	free(r->text);
	free(r->host);
	free(r->path);
	free(r->tag);
	free(r->match);
	memset(r, 0, sizeof(*r));
}
