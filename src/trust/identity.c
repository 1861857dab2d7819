/* SPDX-License-Identifier: Apache-2.0
 *
 * Compares identities.  Must never match part of a string, and never take a
 * want that asks for nothing.
 */
#include "trust/identity.h"

#include <string.h>

#define SHOWN 160

static int
shown(struct wf_str s)
{
	return s.len > SHOWN ? SHOWN : (int)s.len;
}

static bool
matches(struct wf_str have, const char *exact, const struct wf_regexp *re)
{
	return (exact || re) && (!exact || wf_str_eqz(have, exact)) &&
	       (!re || wf_regexp_full(re, have));
}

/* Written as a regular expression where an exact string was asked: the words
 * would match as one. */
static bool
looks_like_pattern(const char *exact)
{
	static const char *const marks[] = {".*", ".+", "[^", "\\.", "(", "*", "^"};
	size_t n = exact ? strlen(exact) : 0, i;

	for (i = 0; n && i < WF_COUNT(marks); i++)
		if (strstr(exact, marks[i]))
			return true;
	return n && exact[n - 1] == '$';
}

static void
hint(const char *what, struct wf_str have, const char *exact, const struct wf_regexp *re,
     struct wf_err *err)
{
	if (exact && looks_like_pattern(exact) && !wf_str_eqz(have, exact))
		(void)wf_err_hint(err, "The %s \"%.120s\" looks like a pattern but is compared as it "
		                  "stands; give it as a regular expression (%s).", what, exact,
		                  strcmp(what, "subject") == 0
		                          ? "subjectRegexp, --certificate-identity-regexp"
		                          : "issuerRegexp, --certificate-oidc-issuer-regexp");
	else if (re && !wf_regexp_full(re, have) && wf_regexp_search(re, have))
		(void)wf_err_hint(err, "The expression \"%.120s\" matches a part of the %s only; it must "
		                  "match the whole string.", wf_regexp_pattern(re), what);
}

static enum wf_rc
mismatch(enum wf_reason reason, const char *what, struct wf_str have, const char *exact,
         const struct wf_regexp *re, struct wf_err *err)
{
	wf_err_set(err, reason, "the %s is \"%.*s\", expected %s\"%.*s\"", what, shown(have),
	           have.p ? have.p : "", exact ? "" : "a match of ", SHOWN,
	           exact ? exact : wf_regexp_pattern(re));
	hint(what, have, exact, re, err);
	return wf_reason_code(reason);
}

static enum wf_rc
check_extensions(const struct wf_cert *c, const struct wf_identity_want *w,
                 struct wf_steps *steps, struct wf_err *err)
{
	struct wf_str have = {NULL, 0};
	size_t i;

	for (i = 0; i < w->nextensions; i++) {
		if (!wf_cert_extension(c, w->extensions[i].key, &have))
			return wf_err_set(err, WF_R_IDENTITY_MISMATCH,
			                  "the certificate has no %s, expected \"%.*s\"",
			                  w->extensions[i].key, SHOWN, w->extensions[i].value);
		if (!wf_str_eqz(have, w->extensions[i].value))
			return wf_err_set(err, WF_R_IDENTITY_MISMATCH,
			                  "the certificate's %s is \"%.*s\", expected \"%.*s\"",
			                  w->extensions[i].key, shown(have), have.p ? have.p : "",
			                  SHOWN, w->extensions[i].value);
	}
	for (i = 0; i < w->nextensions; i++)
		wf_steps_add(steps, "%s is \"%s\"", w->extensions[i].key, w->extensions[i].value);
	return WF_OK;
}

/* closeness: how many of subject, issuer and extensions were right, in this order. */
static enum wf_rc
match_one(const struct wf_cert *c, const struct wf_identity_want *w, struct wf_steps *steps,
          int *closeness, struct wf_err *err)
{
	*closeness = 0;
	if ((!w->subject && !w->subject_regexp) || (!w->issuer && !w->issuer_regexp))
		return wf_err_set(err, WF_R_CONFIG,
		                  "an identity needs a subject and an issuer");
	if (!matches(c->subject, w->subject, w->subject_regexp))
		return mismatch(WF_R_IDENTITY_MISMATCH, "subject", c->subject, w->subject,
		                w->subject_regexp, err);
	*closeness = 1;
	if (!c->issuer.len)
		return wf_err_set(err, WF_R_ISSUER_MISMATCH, "the certificate does not name an issuer");
	if (!matches(c->issuer, w->issuer, w->issuer_regexp))
		return mismatch(WF_R_ISSUER_MISMATCH, "issuer", c->issuer, w->issuer,
		                w->issuer_regexp, err);
	*closeness = 2;
	return check_extensions(c, w, steps, err);
}

enum wf_rc
wf_identity_match(const struct wf_cert *c, const struct wf_identity_want *wants, size_t n,
                  struct wf_steps *steps, size_t *which, struct wf_err *err)
{
	struct wf_err best = {0};
	int closest = -1, closeness;
	size_t i;
	enum wf_rc rc;

	if (n == 0)
		return wf_err_set(err, WF_R_CONFIG, "no identity is asked for");
	for (i = 0; i < n; i++) {
		struct wf_err why = {0};

		rc = match_one(c, &wants[i], steps, &closeness, &why);
		if (rc == WF_OK) {
			wf_steps_add(steps, "identity is %.*s, issued by %.*s", shown(c->subject),
			             c->subject.p, shown(c->issuer), c->issuer.p);
			if (which)
				*which = i;
			return WF_OK;
		}
		if (closeness > closest || why.reason == WF_R_CONFIG) {
			closest = why.reason == WF_R_CONFIG ? 3 : closeness;
			best = why;
		}
	}
	if (err && err->code == WF_OK)
		*err = best;
	return best.code;
}
