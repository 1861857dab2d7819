/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/identity.c: R41 to R43 against a certificate of tests/pki.
 */
#include "trust/identity.h"

#include "tests/lib/tap.h"
#include "tests/pki/pki.h"

static struct pki p;

static void
cert(const char *change, struct wf_cert *out)
{
	struct pki_ask ask = pki_ask_default();
	struct wf_err err = {0};

	ask.data = "tests/data";
	ask.artifact = WF_STR_LIT("the artifact");
	if (change)
		ask.changes[ask.nchanges++] = change;
	pki_init(&p, &ask);
	ERR(wf_cert_read(pki_der(&p, p.leaf), out, &err), &err, WF_R_OK, change ? change : "a certificate");
	pki_free(&p);
}

struct row {
	const char *name, *change;
	const char *subject, *subject_regexp, *issuer, *issuer_regexp;
	const char *key, *value; /* of an extension */
	enum wf_reason reason;
	const char *hint;        /* part of it; "" for none; NULL: not looked at */
};

#define ID PKI_IDENTITY
#define IS_ PKI_ISSUER
#define RE "https://github[.]com/wasmfn-test/fn/[.]github/workflows/.*"

static const struct row rows[] = {
	{"R42 both equal", NULL, ID, NULL, IS_, NULL, NULL, NULL, WF_R_OK, NULL},
	{"R42 by expressions", NULL, NULL, RE, NULL, "https://token[.]actions[.].*", NULL, NULL, WF_R_OK, NULL},
	{"R42 both forms", NULL, ID, RE, IS_, ".*", NULL, NULL, WF_R_OK, NULL},
	{"R42 both forms, the expression fails", NULL, ID, "x", IS_, NULL, NULL, NULL, WF_R_IDENTITY_MISMATCH, NULL},
	{"R42 both forms, the string fails", NULL, "x", RE, IS_, NULL, NULL, NULL, WF_R_IDENTITY_MISMATCH, NULL},
	{"R42 another case", "r42-case", ID, NULL, IS_, NULL, NULL, NULL, WF_R_IDENTITY_MISMATCH, ""},
	{"R42 longer", "r42-longer", ID, NULL, IS_, NULL, NULL, NULL, WF_R_IDENTITY_MISMATCH, ""},
	{"R42 contains it", "r42-contains", ID, NULL, IS_, NULL, NULL, NULL, WF_R_IDENTITY_MISMATCH, ""},
	{"R42 contains a match", "r42-contains", NULL, RE, IS_, NULL, NULL, NULL, WF_R_IDENTITY_MISMATCH, "a part of the subject only"},
	{"R42 a prefix is no match", NULL, NULL, "https://github[.]com/wasmfn-test/fn/", IS_, NULL, NULL, NULL, WF_R_IDENTITY_MISMATCH, "must match the whole string"},
	{"R42 a pattern as a string", NULL, "https://github.com/wasmfn-test/.*", NULL, IS_, NULL, NULL, NULL, WF_R_IDENTITY_MISMATCH, "(subjectRegexp, --certificate-identity-regexp)"},
	{"R42 an e-mail address", "ok-r42-email", "someone@wasmfn.test", NULL, IS_, NULL, NULL, NULL, WF_R_OK, NULL},
	{"R42 a user name", "ok-r42-other-name", "someone!wasmfn.test", NULL, IS_, NULL, NULL, NULL, WF_R_OK, NULL},
	{"R41 another issuer", "r41-another-issuer", ID, NULL, IS_, NULL, NULL, NULL, WF_R_ISSUER_MISMATCH, ""},
	{"R41 a prefix of the issuer", NULL, ID, NULL, "https://token.actions", NULL, NULL, NULL, WF_R_ISSUER_MISMATCH, ""},
	{"R41 a part of the issuer", NULL, ID, NULL, NULL, "token[.]actions", NULL, NULL, WF_R_ISSUER_MISMATCH, "a part of the issuer only"},
	{"R41 an issuer given as a pattern", NULL, ID, NULL, "https://.*", NULL, NULL, NULL, WF_R_ISSUER_MISMATCH, "(issuerRegexp, --certificate-oidc-issuer-regexp)"},
	{"R41 no issuer", "r41-none", ID, NULL, NULL, ".*", NULL, NULL, WF_R_ISSUER_MISMATCH, NULL},
	{"R41 the old issuer alone", "ok-r41-v1-only", ID, NULL, IS_, NULL, NULL, NULL, WF_R_OK, NULL},
	{"R41 the new issuer alone", "ok-r41-v2-only", ID, NULL, IS_, NULL, NULL, NULL, WF_R_OK, NULL},
	{"R43 an extension", NULL, ID, NULL, IS_, NULL, "sourceRepositoryURI", "https://github.com/wasmfn-test/fn", WF_R_OK, NULL},
	{"R43 another value", "r43-other", ID, NULL, IS_, NULL, "sourceRepositoryURI", "https://github.com/wasmfn-test/fn", WF_R_IDENTITY_MISMATCH, NULL},
	{"R43 absent", "r43-absent", ID, NULL, IS_, NULL, "sourceRepositoryURI", "https://github.com/wasmfn-test/fn", WF_R_IDENTITY_MISMATCH, NULL},
	{"R43 absent is not empty", "r43-absent", ID, NULL, IS_, NULL, "sourceRepositoryURI", "", WF_R_IDENTITY_MISMATCH, NULL},
	{"R43 a prefix of the value", NULL, ID, NULL, IS_, NULL, "sourceRepositoryURI", "https://github.com/wasmfn-test/f", WF_R_IDENTITY_MISMATCH, NULL},
	{"R49 no issuer asked", NULL, ID, NULL, NULL, NULL, NULL, NULL, WF_R_CONFIG, NULL},
	{"R49 no subject asked", NULL, NULL, NULL, IS_, NULL, NULL, NULL, WF_R_CONFIG, NULL},
	{"R49 nothing asked", NULL, NULL, NULL, NULL, NULL, NULL, NULL, WF_R_CONFIG, NULL},
	{"R42 empty strings match nothing", NULL, "", NULL, "", NULL, NULL, NULL, WF_R_IDENTITY_MISMATCH, NULL},
};

static void
regexp(const char *pattern, struct wf_regexp **out)
{
	struct wf_err err = {0};

	if (pattern)
		ERR(wf_regexp_compile(pattern, WF_R_CONFIG, out, &err), &err, WF_R_OK, pattern);
}

static void
test_rows(void)
{
	size_t i;

	for (i = 0; i < WF_COUNT(rows); i++) {
		const struct row *r = &rows[i];
		WF_AUTO(wf_cert_free) struct wf_cert c = WF_CERT_INIT;
		WF_AUTO(wf_regexp_freep) struct wf_regexp *subject = NULL, *issuer = NULL;
		const struct wf_pair pair = {r->key, r->value};
		struct wf_identity_want w;
		struct wf_err err = {0};

		cert(r->change, &c);
		regexp(r->subject_regexp, &subject);
		regexp(r->issuer_regexp, &issuer);
		w = (struct wf_identity_want){r->subject, r->issuer, subject, issuer, &pair, r->key ? 1 : 0};
		ERR(wf_identity_match(&c, &w, 1, NULL, NULL, &err), &err, r->reason, r->name);
		if (r->hint && *r->hint && !OK(strstr(err.hint, r->hint), "and a hint"))
			printf("# %s\n", err.hint);
		if (r->hint && !*r->hint)
			IS(err.hint, "", "and no hint");
	}
}

/* Any of several, and the reason of the closest. */
static void
test_any(void)
{
	WF_AUTO(wf_cert_free) struct wf_cert c = WF_CERT_INIT;
	const struct wf_pair wrong = {"sourceRepositoryURI", "https://github.com/other/fn"};
	const struct wf_identity_want wants[] = {
		{.subject = "x", .issuer = IS_},
		{.subject = ID, .issuer = "x"},
		{.subject = ID, .issuer = IS_, .extensions = &wrong, .nextensions = 1},
		{.subject = ID, .issuer = IS_},
		{.subject = ID},
	};
	struct wf_err e0 = {0}, e1 = {0}, e2 = {0}, e3 = {0}, e4 = {0};
	struct wf_arena arena = {NULL};
	struct wf_steps steps = {.arena = &arena};
	size_t which = 99;

	cert(NULL, &c);
	ERR(wf_identity_match(&c, wants, 0, NULL, &which, &e0), &e0, WF_R_CONFIG, "R49 none is asked for");
	ERR(wf_identity_match(&c, wants, 1, NULL, &which, &e1), &e1, WF_R_IDENTITY_MISMATCH, "R42 the subject differs");
	ERR(wf_identity_match(&c, wants, 2, NULL, &which, &e2), &e2, WF_R_ISSUER_MISMATCH, "R42 the second comes closer");
	ERR(wf_identity_match(&c, wants, 3, NULL, &which, &e3), &e3, WF_R_IDENTITY_MISMATCH, "R43 the third comes closest");
	OK(strstr(e3.msg, "sourceRepositoryURI is \"https://github.com/wasmfn-test/fn\", expected"), "and says what was expected and found");
	EQ(which, 99, "untouched on failure");
	EQ(wf_identity_match(&c, wants, 4, &steps, &which, &e4), WF_OK, "R42 any of them will do");
	EQ(which, 3, "and it is known which");
	IS(steps.v[steps.n - 1], "identity is " ID ", issued by " IS_, "a step says whose it is");
	wf_arena_free(&arena);
}

int
main(void)
{
	test_rows();
	test_any();
	return tap_done();
}
