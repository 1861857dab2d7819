/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/cert.c, trust/cert_judge.c and trust/sct.c in the world of tests/pki:
 * one change of a case that was shown to pass, and the reason it gives.
 */
#include "trust/cert.h"

#include "tests/lib/tap.h"
#include "tests/pki/pki.h"

/* The instant that most cases are judged at. */
#define AT (PKI_T0 + 5)
#define HALF 500000000u

struct world {
	struct pki p;
	struct wf_str der, root_text;
	struct wf_root *root;
	struct wf_cert cert;
};

static void
world_free(struct world *w)
{
	wf_cert_free(&w->cert);
	wf_root_freep(&w->root);
	pki_free(&w->p);
}

/* Everything but reading what came out. */
static void
world_make(struct world *w, const char *change, bool chain)
{
	struct pki_ask ask = pki_ask_default();
	bool unknown = false;
	const char *left;

	memset(w, 0, sizeof(*w));
	ask.data = "tests/data";
	ask.artifact = WF_STR_LIT("the artifact");
	if (chain) {
		ask.version = "0.1";
		ask.material = "chain";
	}
	if (change)
		ask.changes[ask.nchanges++] = change;
	pki_init(&w->p, &ask);
	w->root_text = pki_trusted_root_text(&w->p);
	w->der = pki_der(&w->p, w->p.leaf);
	left = pki_unapplied(&w->p, &unknown);
	OK(!left, change ? change : "no change");
}

static enum wf_rc
world_judge(struct world *w, const struct wf_instant *times, size_t n, size_t scts,
            struct wf_steps *steps, struct wf_cert_judgement *out, struct wf_err *err)
{
	enum wf_rc rc;

	if ((rc = wf_root_parse(w->root_text, "root", &w->root, err)) ||
	    (rc = wf_cert_read(w->der, &w->cert, err)))
		return rc;
	return wf_cert_judge(&w->cert, w->root, times, n, scts, steps, out, err);
}

struct row {
	const char *change;
	enum wf_reason reason;
	const char *says; /* part of the message, or NULL */
};

/* Judged at AT, one certificate timestamp needed. */
static const struct row rows[] = {
	{NULL, WF_R_OK, NULL},
	/* R36 */
	{"ok-r36-leaf-ends-then", WF_R_OK, NULL},
	{"ok-r36-leaf-begins-then", WF_R_OK, NULL},
	{"ok-r36-ca-ends-then", WF_R_OK, NULL},
	{"ok-r36-ca-begins-then", WF_R_OK, NULL},
	{"r36-leaf-expired", WF_R_CERTIFICATE_TIME, "but the certificate is valid from"},
	{"r36-leaf-not-yet", WF_R_CERTIFICATE_TIME, "but the certificate is valid from"},
	{"r36-intermediate-expired", WF_R_CERTIFICATE_TIME, "ca-mid"},
	{"r36-intermediate-not-yet", WF_R_CERTIFICATE_TIME, "ca-mid"},
	{"r36-root-expired", WF_R_CERTIFICATE_TIME, "ca-root"},
	{"r36-ca-ended-before", WF_R_CERTIFICATE_TIME, "the authority in the trusted root"},
	{"r36-ca-begins-later", WF_R_CERTIFICATE_TIME, "the authority in the trusted root"},
	/* R37 */
	{"ok-r37-anchor-is-intermediate", WF_R_OK, NULL},
	{"ok-r45-old-ca-first", WF_R_OK, NULL},
	{"r37-another-ca", WF_R_CERTIFICATE_CHAIN, "does not lead to"},
	{"r37-unknown-ca", WF_R_CERTIFICATE_CHAIN, "does not lead to"},
	{"r37-forged", WF_R_CERTIFICATE_CHAIN, "does not lead to"},
	{"r37-mid-not-ca", WF_R_CERTIFICATE_CHAIN, "does not lead to"},
	{"r37-mid-key-usage", WF_R_CERTIFICATE_CHAIN, "does not lead to"},
	{"r37-path-length", WF_R_CERTIFICATE_CHAIN, "does not lead to"},
	{"r10-self-signed-leaf", WF_R_CERTIFICATE_CHAIN, "does not lead to"},
	{"r45-no-authorities", WF_R_CERTIFICATE_CHAIN, "has no certificate authority"},
	/* R38 */
	{"ok-r38-intermediate-any-eku", WF_R_OK, NULL},
	{"ok-r38-intermediate-no-eku", WF_R_OK, NULL},
	{"r38-no-eku", WF_R_CERTIFICATE_CHAIN, "codeSigning"},
	{"r38-other-eku", WF_R_CERTIFICATE_CHAIN, "codeSigning"},
	{"r38-any-eku", WF_R_CERTIFICATE_CHAIN, "codeSigning"},
	{"r38-key-usage", WF_R_CERTIFICATE_CHAIN, "digitalSignature"},
	{"r38-ca-leaf", WF_R_CERTIFICATE_CHAIN, "is one of an authority"},
	{"r38-intermediate-eku", WF_R_CERTIFICATE_CHAIN, "may not vouch for code signing"},
	/* R39 */
	{"ok-r39-unknown-extension", WF_R_OK, NULL},
	{"r39-unknown-critical", WF_R_CERTIFICATE_CHAIN, "unhandled critical extension"},
	{"r39-duplicate-extension", WF_R_CANDIDATE_MALFORMED, "1.3.6.1.4.1.57264.1.20 is there twice"},
	{"r39-duplicate-issuer", WF_R_CANDIDATE_MALFORMED, "1.3.6.1.4.1.57264.1.1 is there twice"},
	{"r39-two-san-extensions", WF_R_CANDIDATE_MALFORMED, "2.5.29.17 is there twice"},
	{"r39-two-names", WF_R_CERTIFICATE_CHAIN, "has 2 subject alternative names"},
	{"r39-no-san", WF_R_CERTIFICATE_CHAIN, "has 0 subject alternative names"},
	/* R40 */
	{"ok-r40-extensions", WF_R_OK, NULL},
	{"ok-r40-two-logs", WF_R_OK, NULL},
	{"ok-r40-unknown-log-too", WF_R_OK, NULL},
	{"ok-r40-log-ends-then", WF_R_OK, NULL},
	{"r40-none", WF_R_SCT_MISSING, "holds no signed certificate timestamp"},
	{"r40-empty-list", WF_R_SCT_INVALID, "is not one"},
	{"r40-list-trailing", WF_R_SCT_INVALID, "is not one"},
	{"r40-trailing", WF_R_SCT_INVALID, "bytes behind it"},
	{"r40-signature", WF_R_SCT_INVALID, "known log does not verify"},
	{"r40-another-certificate", WF_R_SCT_INVALID, "known log does not verify"},
	{"r40-issuer-key", WF_R_SCT_INVALID, "known log does not verify"},
	{"r40-time-changed", WF_R_SCT_INVALID, "known log does not verify"},
	{"r40-entry-type", WF_R_SCT_INVALID, "known log does not verify"},
	{"r40-extensions-unsigned", WF_R_SCT_INVALID, "known log does not verify"},
	{"r40-algorithm", WF_R_SCT_INVALID, "known log does not verify"},
	{"r40-known-id-stranger-key", WF_R_SCT_INVALID, "known log does not verify"},
	{"r40-stranger", WF_R_SCT_INVALID, "not in the trusted root"},
	{"r40-version", WF_R_SCT_INVALID, "of version 1"},
	{"r40-before-log", WF_R_SCT_INVALID, "outside the time"},
	{"r40-log-ended-before", WF_R_SCT_INVALID, "outside the time"},
	{"r40-log-begins-later", WF_R_SCT_INVALID, "outside the time"},
	{"r45-no-ctlogs", WF_R_SCT_INVALID, "not in the trusted root"},
	/* R41 */
	{"ok-r41-v1-only", WF_R_OK, NULL},
	{"ok-r41-v2-only", WF_R_OK, NULL},
	{"r41-issuers-differ", WF_R_ISSUER_MISMATCH, "names two issuers"},
	{"r41-v2-trailing", WF_R_CANDIDATE_MALFORMED, "is not a DER UTF8String"},
	{"r41-v2-not-utf8string", WF_R_CANDIDATE_MALFORMED, "is not a DER UTF8String"},
	/* R42 */
	{"ok-r42-email", WF_R_OK, NULL},
	{"ok-r42-other-name", WF_R_OK, NULL},
	{"r42-dns", WF_R_CERTIFICATE_CHAIN, "no URI, e-mail address or user name"},
	{"r42-nul", WF_R_CANDIDATE_MALFORMED, "is not text"},
};

static void
test_rows(void)
{
	const struct wf_instant at = {AT, 0};
	size_t i;

	for (i = 0; i < WF_COUNT(rows); i++) {
		WF_AUTO(world_free) struct world w;
		struct wf_err err = {0};
		enum wf_rc rc;

		world_make(&w, rows[i].change, false);
		rc = world_judge(&w, &at, 1, 1, NULL, NULL, &err);
		if (!ERR(rc, &err, rows[i].reason, rows[i].change ? rows[i].change : "R35 to R43 hold"))
			continue;
		if (rows[i].says && !OK(strstr(err.msg, rows[i].says), rows[i].says))
			printf("# %s\n", err.msg);
	}
}

struct when {
	struct wf_instant v[3];
	size_t n;
	enum wf_reason reason;
	const char *name;
};

/* The leaf is valid from T0 to T0 + 600. */
static void
test_times(void)
{
	static const struct when cases[] = {
		{{{AT, 0}}, 0, WF_R_TIMESTAMP_MISSING, "R35 no time, and now is none"},
		{{{AT, 0}}, 1, WF_R_OK, "R35 one time"},
		{{{PKI_T0, 0}}, 1, WF_R_OK, "R36 the first second"},
		{{{PKI_T0 + 600, 0}}, 1, WF_R_OK, "R36 the last second"},
		{{{PKI_T0 - 1, 999999999}}, 1, WF_R_CERTIFICATE_TIME, "R36 a nanosecond before"},
		{{{PKI_T0 + 600, 1}}, 1, WF_R_CERTIFICATE_TIME, "R36 a nanosecond after"},
		{{{AT, 0}, {AT + 60, HALF}}, 2, WF_R_OK, "R36 two good times"},
		{{{AT, 0}, {PKI_T0 + 601, 0}}, 2, WF_R_CERTIFICATE_TIME, "R36 a good and a late one"},
		{{{PKI_T0 - 1, 0}, {AT, 0}}, 2, WF_R_CERTIFICATE_TIME, "R36 an early and a good one"},
		{{{AT, 0}, {AT, 0}, {INT64_MAX, 0}}, 3, WF_R_CERTIFICATE_TIME, "R36 the end of time"},
	};
	WF_AUTO(world_free) struct world w;
	size_t i;
	struct wf_err first = {0};

	world_make(&w, NULL, false);
	ERR(world_judge(&w, cases[1].v, 1, 1, NULL, NULL, &first), &first, WF_R_OK, "holds");
	for (i = 0; i < WF_COUNT(cases); i++) {
		struct wf_err err = {0};

		ERR(wf_cert_judge(&w.cert, w.root, cases[i].v, cases[i].n, 1, NULL, NULL, &err), &err,
		    cases[i].reason, cases[i].name);
	}
}

/* R31, R40: distinct logs are counted. */
static void
count(const char *change, size_t needed, enum wf_reason reason, size_t scts)
{
	WF_AUTO(world_free) struct world w;
	struct wf_cert_judgement j = {NULL, 99};
	struct wf_instant at = {AT, 0};
	struct wf_err err = {0};
	char name[96];

	world_make(&w, change, false);
	(void)snprintf(name, sizeof(name), "R31 %s, %zu needed", change ? change : "one log", needed);
	ERR(world_judge(&w, &at, 1, needed, NULL, &j, &err), &err, reason, name);
	EQ(j.scts, scts, reason == WF_R_OK ? "as many vouched" : "untouched on failure");
	OK(reason != WF_R_OK || j.ca == &w.root->cas[0], "and the authority is known");
}

static void
test_counts(void)
{
	count(NULL, 1, WF_R_OK, 1);
	count(NULL, 2, WF_R_SCT_INVALID, 99);
	count("ok-r40-two-logs", 2, WF_R_OK, 2);
	count("ok-r40-two-logs", 3, WF_R_SCT_INVALID, 99);
	count("r31-two-scts-one-log", 1, WF_R_OK, 1);
	count("r31-two-scts-one-log", 2, WF_R_SCT_INVALID, 99);
	count("r40-none", 0, WF_R_OK, 0);
	count("r40-stranger", 0, WF_R_OK, 0);
	/* what is there and bad refuses, needed or not */
	count("r40-signature", 0, WF_R_SCT_INVALID, 99);
}

/* R37: what a signature brings along builds no path, whatever it is. */
static void
test_brought_along(void)
{
	WF_AUTO(world_free) struct world w;
	struct wf_instant at = {AT, 0};
	struct wf_err err = {0};

	world_make(&w, "r37-no-intermediate", true);
	ERR(world_judge(&w, &at, 1, 1, NULL, NULL, &err), &err, WF_R_CERTIFICATE_CHAIN,
	    "R37 an intermediate from the bundle is not used");
}

/* R10 */
static void
test_chain(void)
{
	WF_AUTO(world_free) struct world w;
	struct wf_err e1 = {0}, e2 = {0}, e3 = {0}, e4 = {0}, e5 = {0};
	struct wf_str v[3];

	world_make(&w, NULL, false);
	v[0] = w.der;
	v[1] = pki_der(&w.p, w.p.mid);
	v[2] = pki_der(&w.p, w.p.root);
	ERR(wf_cert_check_chain(v, 1, &e1), &e1, WF_R_OK, "R10 a leaf alone");
	ERR(wf_cert_check_chain(v, 2, &e2), &e2, WF_R_OK, "R10 with its intermediate");
	ERR(wf_cert_check_chain(v, 3, &e3), &e3, WF_R_CANDIDATE_MALFORMED, "R10 with a root");
	ERR(wf_cert_check_chain(v, 0, &e4), &e4, WF_R_CANDIDATE_MALFORMED, "R10 empty");
	v[1].len--;
	ERR(wf_cert_check_chain(v, 2, &e5), &e5, WF_R_CANDIDATE_MALFORMED, "R10 with half a certificate");
}

/* What it says. */
static void
test_values(void)
{
	WF_AUTO(world_free) struct world w;
	WF_AUTO(wf_cert_free) struct wf_cert again = WF_CERT_INIT;
	struct wf_err err = {0};
	struct wf_arena arena = {NULL};
	struct wf_steps steps = {.arena = &arena};
	struct wf_instant at = {AT, HALF};
	struct wf_str v = {NULL, 0};
	const char *pem;

	world_make(&w, NULL, false);
	ERR(world_judge(&w, &at, 1, 1, &steps, NULL, &err), &err, WF_R_OK, "holds");
	OK(wf_str_eqz(w.cert.subject, PKI_IDENTITY), "R42 subject");
	EQ(w.cert.kind, WF_X509_SAN_URI, "R42 which is a URI");
	OK(wf_str_eqz(w.cert.issuer, PKI_ISSUER), "R41 issuer");
	OK(wf_cert_extension(&w.cert, "sourceRepositoryURI", &v) &&
	   wf_str_eqz(v, "https://github.com/wasmfn-test/fn"), "R43 sourceRepositoryURI");
	OK(wf_cert_extension(&w.cert, "issuer", &v) && wf_str_eqz(v, PKI_ISSUER), "R43 issuer by name");
	OK(!wf_cert_extension(&w.cert, "runnerEnvironment", &v), "R43 an absent one is absent");
	OK(!wf_cert_extension(&w.cert, "sourceRepositoryuri", &v), "R43 names are exact");
	OK(wf_cert_extension_known("deploymentEnvironment"), "R43 a known name");
	OK(!wf_cert_extension_known("sourceRepositoryuri"), "R43 an unknown one");
	EQ(steps.n, 2, "two steps");
	IS(steps.v[0], "certificate valid at 2026-03-01T12:00:05.5Z up to CN=ca-root,O=wasmfn.test", "time and anchor");
	IS(steps.v[1], "certificate timestamp of 2026-03-01T12:00:00.47Z verifies by https://ct.test/a", "log");
	pem = pki_pem(&w.p, w.p.leaf);
	ERR(wf_cert_read_pem(wf_str(pem), &again, &err), &err, WF_R_OK, "reads as PEM");
	OK(wf_x509_eq(again.x509, w.cert.x509), "the same certificate");
	wf_arena_free(&arena);
}

/* A leaf with the extension added to it, signed anew. */
static void
with_extension(const char *oid, size_t bytes, const char *der, enum wf_reason reason, const char *name)
{
	WF_AUTO(world_free) struct world w;
	WF_AUTO(wf_freep) char *text = wf_malloc(bytes + 8);
	ASN1_OBJECT *o = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *v = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e;
	struct wf_err err = {0};
	size_t n = strlen(der);
	int at;

	world_make(&w, "r41-none", false);
	memcpy(text, der, n);
	memset(text + n, 'i', bytes);
	at = X509_get_ext_by_OBJ(w.p.leaf, o, -1);
	if (at >= 0)
		X509_EXTENSION_free(X509_delete_ext(w.p.leaf, at));
	OK(ASN1_OCTET_STRING_set(v, (unsigned char *)text, (int)(n + bytes)) == 1, "text");
	e = X509_EXTENSION_create_by_OBJ(NULL, o, 0, v);
	OK(X509_add_ext(w.p.leaf, e, -1) == 1 &&
	   X509_sign(w.p.leaf, pki_key(&w.p, "ca-mid", PKI_CA_KEY), EVP_sha384()) > 0, "signed");
	ERR(wf_cert_read(pki_der(&w.p, w.p.leaf), &w.cert, &err), &err, reason, name);
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(v);
	ASN1_OBJECT_free(o);
}

/* R03, R41, R43: lengths. */
static void
test_lengths(void)
{
	with_extension("1.3.6.1.4.1.57264.1.1", 2048, "", WF_R_OK, "R41 an issuer at the limit");
	with_extension("1.3.6.1.4.1.57264.1.1", 2049, "", WF_R_CANDIDATE_LIMIT, "R03 a longer one");
	with_extension("1.3.6.1.4.1.57264.1.8", 100, "\x0c\x64", WF_R_OK, "R41 the shortest length");
	with_extension("1.3.6.1.4.1.57264.1.8", 100, "\x0c\x81\x64", WF_R_CANDIDATE_MALFORMED, "R41 a longer length for it");
	with_extension("1.3.6.1.4.1.57264.1.8", 128, "\x0c\x81\x80", WF_R_OK, "R41 one byte of length");
	with_extension("1.3.6.1.4.1.57264.1.8", 300, "\x0c\x82\x01\x2c", WF_R_OK, "R41 two bytes of length");
	with_extension("1.3.6.1.4.1.57264.1.8", 299, "\x0c\x82\x01\x2c", WF_R_CANDIDATE_MALFORMED, "R41 cut short");
	with_extension("1.3.6.1.4.1.57264.1.14", 100, "\x0c\x63", WF_R_CANDIDATE_MALFORMED, "R43 a byte behind the value");
	with_extension("1.3.6.1.4.1.57264.1.14", 100, "\x16\x64", WF_R_CANDIDATE_MALFORMED, "R43 another type");
	with_extension("1.3.6.1.4.1.57264.1.6", 100, "\xff", WF_R_CANDIDATE_MALFORMED, "R43 bytes that are no text");
}

int
main(void)
{
	test_rows();
	test_times();
	test_counts();
	test_brought_along();
	test_chain();
	test_values();
	test_lengths();
	return tap_done();
}
