/* SPDX-License-Identifier: Apache-2.0
 *
 * Expressions over libc's regex.  Must never take a match of a part for one
 * of the whole, nor wrap an expression in another: "a)|(b" would escape.
 */
#include "policy/regexp.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

struct wf_regexp {
	regex_t re;
	char *pattern;
};

/* Walks an expression once, counting what it comes to with its repetitions
 * written out. */
struct weigh {
	const char *at;
	size_t total[WF_MAX_REGEXP_DEPTH + 1]; /* of each open group */
	size_t last;                           /* of what a repetition repeats */
	unsigned depth;
};

static const char *
skip_bracket(const char *p)
{
	char kind;

	p++;
	if (*p == '^')
		p++;
	if (*p == ']')
		p++;
	for (; *p && *p != ']'; p++) {
		if (p[0] != '[' || !p[1] || !strchr(".:=", p[1]))
			continue;
		kind = p[1];
		for (p += 2; *p && !(p[0] == kind && p[1] == ']'); p++)
			;
		if (!*p)
			return p;
		p++;
	}
	return p;
}

/* "{m,n}" at p: how often at most, 0 when it is no repetition. */
static size_t
repeats(const char *p)
{
	size_t n = 0, m = 0;

	for (p++; isdigit((unsigned char)*p) && m <= WF_MAX_REGEXP_STATES; p++)
		m = m * 10 + (size_t)(*p - '0');
	if (*p == ',')
		for (p++; isdigit((unsigned char)*p) && n <= WF_MAX_REGEXP_STATES; p++)
			n = n * 10 + (size_t)(*p - '0');
	return m > n ? m : n;
}

static const char *
weigh_one(struct weigh *w)
{
	const char *p = w->at;
	size_t n;

	switch (*p) {
	case '(':
		if (w->depth == WF_MAX_REGEXP_DEPTH)
			return "has groups nested too deep";
		w->total[++w->depth] = 0;
		w->last = 0;
		break;
	case ')':
		if (w->depth == 0)
			return "has a ) without a (";
		w->last = w->total[w->depth--];
		w->total[w->depth] += w->last;
		break;
	case '{':
		n = repeats(p);
		if (n > 1)
			w->total[w->depth] += w->last * (n - 1);
		w->last *= n ? n : 1;
		while (p[1] && *p != '}')
			p++;
		break;
	case '*': /* what they repeat can be repeated again */
	case '+':
	case '?':
		break;
	case '[':
		p = skip_bracket(p);
		w->last = 1;
		w->total[w->depth]++;
		break;
	case '\\':
		if (isalnum((unsigned char)p[1]))
			return "has a \\ before a letter or digit, which means nothing here";
		p++;
		/* fall through */
	default:
		w->last = 1;
		w->total[w->depth]++;
	}
	w->at = *p ? p + 1 : p;
	return w->total[w->depth] > WF_MAX_REGEXP_STATES || w->last > WF_MAX_REGEXP_STATES
	               ? "repeats more than can be matched in bounded time" : NULL;
}

static const char *
too_costly(const char *text)
{
	struct weigh w = {.at = text};
	const char *why = NULL;

	if (!*text)
		return "is empty";
	if (strlen(text) > WF_MAX_PATTERN_BYTES)
		return "is longer than 512 bytes";
	while (*w.at && !why)
		why = weigh_one(&w);
	return why;
}

enum wf_rc
wf_regexp_compile(const char *pattern, enum wf_reason bad, struct wf_regexp **out,
                  struct wf_err *err)
{
	const char *why = too_costly(pattern);
	struct wf_regexp *e;
	char libc[128];
	int rc;

	if (why) {
		wf_err_set(err, bad, "expression \"%.300s\" %s", pattern, why);
		return wf_err_hint(err, "Expressions are POSIX extended ones: [0-9] and not \\d, \\. for a dot.");
	}
	e = wf_calloc(1, sizeof(*e));
	rc = regcomp(&e->re, pattern, REG_EXTENDED);
	if (rc == 0) {
		e->pattern = wf_strdup(pattern);
		*out = e;
		return WF_OK;
	}
	(void)regerror(rc, &e->re, libc, sizeof(libc));
	free(e);
	return wf_err_set(err, bad, "\"%.300s\" is no POSIX extended regular expression: %s",
	                  pattern, libc);
}

void
wf_regexp_free(struct wf_regexp *e)
{
	if (!e)
		return;
	regfree(&e->re);
	free(e->pattern);
	free(e);
}

void
wf_regexp_freep(struct wf_regexp **e)
{
	wf_regexp_free(*e);
	*e = NULL;
}

/* False too for a text that is too long or has a NUL. */
static bool
run(const struct wf_regexp *e, struct wf_str text, regmatch_t *m)
{
	char copy[WF_MAX_REGEXP_TEXT + 1];

	if (text.len > WF_MAX_REGEXP_TEXT || (text.len && memchr(text.p, 0, text.len)))
		return false;
	if (text.len)
		memcpy(copy, text.p, text.len);
	copy[text.len] = '\0';
	return regexec(&e->re, copy, 1, m, 0) == 0;
}

/* The longest match that begins leftmost is the whole text, if any is: that
 * is what POSIX demands of regexec. */
bool
wf_regexp_full(const struct wf_regexp *e, struct wf_str text)
{
	regmatch_t m;

	return run(e, text, &m) && m.rm_so == 0 && (size_t)m.rm_eo == text.len;
}

bool
wf_regexp_search(const struct wf_regexp *e, struct wf_str text)
{
	regmatch_t m;

	return run(e, text, &m);
}

const char *
wf_regexp_pattern(const struct wf_regexp *e)
{
	return e->pattern;
}
