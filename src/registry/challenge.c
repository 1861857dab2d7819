/* SPDX-License-Identifier: Apache-2.0
 *
 * Challenge grammar.  Must never take one parameter twice or guess where a
 * quoted string ends.
 */
#include "registry/challenge.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

void
wf_challenge_free(struct wf_challenge *c)
{
	free(c->realm);
	free(c->service);
	free(c->scope);
	memset(c, 0, sizeof(*c));
}

static bool
token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || (c && strchr("!#$%&'*+-.^_`|~", c));
}

static struct wf_str
token(const char **p)
{
	struct wf_str s = {*p, 0};

	while (token_char(s.p[s.len]))
		s.len++;
	*p += s.len;
	return s;
}

static void
blanks(const char **p)
{
	*p += strspn(*p, " \t");
}

static enum wf_rc
bad(struct wf_err *err, const char *why)
{
	return wf_err_set(err, WF_R_PROTOCOL, "WWW-Authenticate: %s", why);
}

/* token or quoted-string; caller frees *out. */
static enum wf_rc
value(const char **p, char **out, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(strlen(*p) + 1);
	const char *q = *p;

	if (*q != '"') {
		struct wf_str t = token(p);

		if (!t.len)
			return bad(err, "expected a value after '='");
		*out = wf_strndup(t.p, t.len);
		return WF_OK;
	}
	for (q++; *q != '"'; q++) {
		if (*q == '\\')
			q++;
		if (*q == '\0' || (unsigned char)*q < 0x20 || *q == 0x7f)
			return bad(err, "a quoted string does not end, or has control bytes");
		wf_buf_putf(&b, "%c", *q);
	}
	*p = q + 1;
	*out = wf_buf_steal(&b);
	return WF_OK;
}

static enum wf_rc
keep(struct wf_challenge *c, struct wf_str name, char *v, struct wf_err *err)
{
	char **slot = NULL;

	if (name.len == 5 && strncasecmp(name.p, "realm", 5) == 0)
		slot = &c->realm;
	else if (name.len == 7 && strncasecmp(name.p, "service", 7) == 0)
		slot = &c->service;
	else if (name.len == 5 && strncasecmp(name.p, "scope", 5) == 0)
		slot = &c->scope;
	if (slot && *slot) {
		free(v);
		return bad(err, "a parameter is there twice");
	}
	if (slot)
		*slot = v;
	else
		free(v);
	return WF_OK;
}

/* scheme [ token68 | params ] up to the next scheme or the end. */
static enum wf_rc
one(const char **p, struct wf_challenge *c, struct wf_err *err)
{
	struct wf_str name = token(p);
	enum wf_rc rc;

	if (!name.len)
		return bad(err, "expected a scheme");
	c->scheme = name.len == 6 && strncasecmp(name.p, "Bearer", 6) == 0
	            ? WF_SCHEME_BEARER
	            : name.len == 5 && strncasecmp(name.p, "Basic", 5) == 0
	            ? WF_SCHEME_BASIC : WF_SCHEME_NONE;
	if (**p && **p != ' ' && **p != ',' && **p != '\t')
		return bad(err, "expected a blank after the scheme");
	for (;;) {
		const char *before;
		char *v = NULL;

		*p += strspn(*p, " \t,");
		if (**p == '\0')
			return WF_OK;
		before = *p;
		name = token(p);
		blanks(p);
		if (**p == '=' && (*p)[1 + strspn(*p + 1, "= \t")] != '\0' &&
		    (*p)[1] != '=' && (*p)[1] != ',') {
			(*p)++;
			blanks(p);
			if ((rc = value(p, &v, err)) || (rc = keep(c, name, v, err)))
				return rc;
			continue;
		}
		if (c->scheme == WF_SCHEME_NONE && (**p == '=' || **p == '/')) {
			*p += strcspn(*p, ",");  /* token68 of somebody else's scheme */
			continue;
		}
		if (!name.len || **p == '=')
			return bad(err, "expected name=value");
		if (c->scheme == WF_SCHEME_NONE && (**p == ',' || **p == '\0')) {
			/* token68 without padding, or the next scheme alone:
			 * neither is ours unless it says so */
			if (name.len != 5 || strncasecmp(name.p, "Basic", 5) != 0)
				continue;
		}
		*p = before; /* the next scheme */
		return WF_OK;
	}
}

enum wf_rc
wf_challenge_parse(char *const *headers, size_t n, struct wf_challenge *out,
                   struct wf_err *err)
{
	WF_AUTO(wf_challenge_free) struct wf_challenge best = WF_CHALLENGE_INIT;
	size_t i;

	for (i = 0; i < n && headers[i]; i++) {
		const char *p = headers[i];

		p += strspn(p, " \t,");
		while (*p) {
			WF_AUTO(wf_challenge_free) struct wf_challenge c = WF_CHALLENGE_INIT;
			enum wf_rc rc = one(&p, &c, err);

			if (rc)
				return rc;
			if (c.scheme == WF_SCHEME_BEARER && !c.realm)
				return bad(err, "Bearer without a realm");
			if (c.scheme <= best.scheme)
				continue;
			wf_challenge_free(&best);
			best = c;
			memset(&c, 0, sizeof(c));
		}
	}
	*out = best;
	memset(&best, 0, sizeof(best));
	return WF_OK;
}
