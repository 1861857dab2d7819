/* SPDX-License-Identifier: Apache-2.0
 *
 * dep/x509: what is read, from which text, and what a path needs.
 */
#include "dep/x509.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "dep/x509_plain.h"
#include "dep/x509_raw.h"
#include "tests/lib/tap.h"
#include "tests/pki/pki.h"
#include "trust/root.h"

static struct pki p;

static void
test_der(void)
{
	WF_AUTO(wf_x509_freep) struct wf_x509 *x = NULL, *none = NULL;
	struct wf_str der = pki_der(&p, p.leaf);
	struct wf_err ok = {0}, e1 = {0}, e2 = {0}, e3 = {0}, e4 = {0}, e5 = {0};
	char *big = wf_calloc(1, WF_MAX_CERT_BYTES + 1);

	ERR(wf_x509_read(der, "c", WF_R_CANDIDATE_MALFORMED, &x, &ok), &ok, WF_R_OK, "R07 a certificate");
	OK(wf_str_eq(wf_x509_der(x), der), "keeps its bytes");
	EQ(wf_x509_not_before(x), PKI_T0, "from");
	EQ(wf_x509_not_after(x), PKI_T0 + 600, "to");
	ERR(wf_x509_read(pki_cat(&p, der, WF_STR_LIT("\0")), "c", WF_R_CANDIDATE_MALFORMED, &none, &e1), &e1,
	    WF_R_CANDIDATE_MALFORMED, "R07 a byte behind it");
	ERR(wf_x509_read((struct wf_str){der.p, der.len - 1}, "c", WF_R_CANDIDATE_MALFORMED, &none, &e2), &e2,
	    WF_R_CANDIDATE_MALFORMED, "R07 a byte less");
	ERR(wf_x509_read((struct wf_str){NULL, 0}, "c", WF_R_CANDIDATE_MALFORMED, &none, &e3), &e3,
	    WF_R_CANDIDATE_MALFORMED, "R07 nothing");
	ERR(wf_x509_read((struct wf_str){big, WF_MAX_CERT_BYTES + 1}, "c", WF_R_CANDIDATE_MALFORMED, &none, &e4),
	    &e4, WF_R_CANDIDATE_LIMIT, "R03 a giant");
	ERR(wf_x509_read((struct wf_str){big, WF_MAX_CERT_BYTES + 1}, "c", WF_R_CONFIG, &none, &e5), &e5,
	    WF_R_CONFIG, "R03 a giant in a trust root");
	OK(!none, "nothing comes out");
	free(big);
}

static void
pem(const char *name, struct wf_str in, size_t max, enum wf_reason reason, size_t want)
{
	struct wf_x509 *v[2] = {NULL, NULL};
	struct wf_err err = {0};
	size_t n = 99, i;

	ERR(wf_x509_read_pem(in, "c", WF_R_CANDIDATE_MALFORMED, v, max, &n, &err), &err, reason, name);
	EQ(n, want, "as many certificates");
	for (i = 0; i < n && i < 2; i++)
		wf_x509_free(v[i]);
}

static void
test_pem(void)
{
	const char *leaf = pki_pem(&p, p.leaf), *mid = pki_pem(&p, p.mid);
	struct wf_str key = pki_key_pem(&p), big;
	char *space = wf_malloc(4 * WF_MAX_CERT_BYTES);

	pem("one", wf_str(leaf), 1, WF_R_OK, 1);
	pem("white space around", pki_str(&p, " \r\n\t%s\n ", leaf), 1, WF_R_OK, 1);
	pem("two", pki_str(&p, "%s\n%s", leaf, mid), 2, WF_R_OK, 2);
	pem("R03 two of one", pki_str(&p, "%s%s", leaf, mid), 1, WF_R_CANDIDATE_MALFORMED, 0);
	pem("nothing", wf_str(""), 1, WF_R_CANDIDATE_MALFORMED, 0);
	pem("white space alone", wf_str(" \n"), 1, WF_R_CANDIDATE_MALFORMED, 0);
	pem("text before", pki_str(&p, "x\n%s", leaf), 1, WF_R_CANDIDATE_MALFORMED, 0);
	pem("text between", pki_str(&p, "%sx\n%s", leaf, mid), 2, WF_R_CANDIDATE_MALFORMED, 0);
	pem("text behind", pki_str(&p, "%sx", leaf), 2, WF_R_CANDIDATE_MALFORMED, 0);
	pem("a key", key, 1, WF_R_CANDIDATE_MALFORMED, 0);
	pem("half a block", (struct wf_str){leaf, strlen(leaf) / 2}, 1, WF_R_CANDIDATE_MALFORMED, 0);
	memset(space, ' ', 4 * WF_MAX_CERT_BYTES);
	big = (struct wf_str){space, 4 * WF_MAX_CERT_BYTES};
	pem("R03 a giant", big, 1, WF_R_CANDIDATE_LIMIT, 0);
	free(space);
}

static void
test_unpem(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf out = WF_BUF_INIT(4096);
	struct wf_str key = pki_key_pem(&p);
	struct wf_err e1 = {0}, e2 = {0}, e3 = {0};

	ERR(wf_x509_unpem(key, "PUBLIC KEY", "k", WF_R_CANDIDATE_MALFORMED, &out, &e1), &e1, WF_R_OK, "R22 a key");
	OK(wf_str_eq(wf_buf_str(&out), pki_spki(&p, pki_key(&p, p.who, p.ask.key))), "R22 its bytes");
	ERR(wf_x509_unpem(key, "CERTIFICATE", "k", WF_R_CANDIDATE_MALFORMED, &out, &e2), &e2,
	    WF_R_CANDIDATE_MALFORMED, "R22 of another type");
	ERR(wf_x509_unpem(pki_cat(&p, key, key), "PUBLIC KEY", "k", WF_R_CANDIDATE_MALFORMED, &out, &e3), &e3,
	    WF_R_CANDIDATE_MALFORMED, "R22 two keys");
}

static struct wf_x509 *
load(X509 *x)
{
	struct wf_x509 *c = NULL;
	struct wf_err err = {0};

	ERR(wf_x509_read(pki_der(&p, x), "c", WF_R_CONFIG, &c, &err), &err, WF_R_OK, "reads");
	return c;
}

static void
test_path(void)
{
	WF_AUTO(wf_x509_freep) struct wf_x509 *leaf = load(p.leaf), *mid = load(p.mid), *root = load(p.root);
	WF_AUTO(wf_x509_freep) struct wf_x509 *other = load(p.stranger_root), *stamp = load(p.tsa_leaf);
	struct wf_x509 *mids[] = {mid};
	const struct wf_x509 *path[WF_X509_PATH_MAX];
	char why[128] = "";
	size_t n = 0;

	OK(wf_x509_path(leaf, mids, 1, root, path, &n, why, sizeof(why)) && n == 3, "R37 leaf, intermediate, root");
	OK(path[0] == leaf && path[1] == mid && path[2] == root, "R37 in order");
	OK(wf_x509_path(leaf, NULL, 0, mid, path, &n, NULL, 0) && n == 2, "R37 an intermediate as anchor");
	OK(!wf_x509_path(leaf, NULL, 0, root, path, &n, why, sizeof(why)), "R37 a link is missing");
	OK(!wf_x509_path(leaf, mids, 1, other, path, &n, why, sizeof(why)), "R37 another root");
	OK(!wf_x509_path(leaf, mids, 1, leaf, path, &n, why, sizeof(why)), "R37 a leaf is not its own anchor");
	OK(!wf_x509_path(root, NULL, 0, root, path, &n, why, sizeof(why)), "R37 nor a root its own leaf");
	OK(!wf_x509_path(leaf, NULL, 0, stamp, path, &n, why, sizeof(why)), "R37 nor a stranger's leaf an anchor");
	OK(why[0], "says why");
	OK(wf_x509_is_ca(root) && wf_x509_is_ca(mid) && !wf_x509_is_ca(leaf), "R38 authorities");
	OK(wf_x509_is_self_signed(root) && !wf_x509_is_self_signed(mid) && !wf_x509_is_self_signed(leaf), "R10 self-signed");
	EQ(wf_x509_may_sign(leaf), WF_X509_YES, "R38 key usage");
	EQ(wf_x509_may_sign(root), WF_X509_NO, "R38 of a root");
	OK(wf_x509_eku(leaf).code_signing && wf_x509_eku(leaf).n == 1 && !wf_x509_eku(leaf).critical, "R38 one usage");
	OK(wf_x509_eku(stamp).time_stamping && wf_x509_eku(stamp).critical, "R33 a critical one");
	OK(!wf_x509_eku(root).present, "R38 none");
}

/* What was found out about an intermediate must not help anybody else. */
static void
test_path_again(void)
{
	WF_AUTO(wf_x509_freep) struct wf_x509 *leaf = load(p.leaf), *mid = load(p.mid), *root = load(p.root);
	WF_AUTO(wf_x509_freep) struct wf_x509 *other = load(p.stranger_root), *twin = load(p.root), *forged = NULL;
	struct wf_x509 *mids[] = {mid};
	const struct wf_x509 *path[WF_X509_PATH_MAX];
	X509 *x = X509_dup(p.leaf);
	char why[128] = "";
	size_t n = 0;
	int i;

	for (i = 0; i < 3; i++)
		OK(wf_x509_path(leaf, mids, 1, root, path, &n, why, sizeof(why)) && n == 3 &&
		   path[1] == mid && path[2] == root, "R37 the same path again");
	OK(X509_sign(x, pki_key(&p, "nobody", "p384"), EVP_sha384()) > 0, "a forged leaf");
	forged = load(x);
	OK(!wf_x509_path(forged, mids, 1, root, path, &n, why, sizeof(why)), "R37 forged under a known intermediate");
	OK(!wf_x509_path(leaf, mids, 1, other, path, &n, why, sizeof(why)), "R37 a known intermediate to another root");
	OK(!wf_x509_path(leaf, NULL, 0, root, path, &n, why, sizeof(why)), "R37 a known intermediate that is not given");
	OK(wf_x509_path(leaf, mids, 1, twin, path, &n, why, sizeof(why)) && path[2] == twin, "R37 the same root from elsewhere");
	X509_free(x);
}

static bool
alike(const struct wf_x509 *a, const struct wf_x509 *b)
{
	struct wf_x509_eku x = wf_x509_eku(a), y = wf_x509_eku(b);

	return wf_x509_not_before(a) == wf_x509_not_before(b) &&
	       wf_x509_not_after(a) == wf_x509_not_after(b) && wf_x509_is_ca(a) == wf_x509_is_ca(b) &&
	       strcmp(wf_x509_subject(a), wf_x509_subject(b)) == 0 && x.present == y.present &&
	       x.critical == y.critical && x.code_signing == y.code_signing &&
	       x.time_stamping == y.time_stamping && x.any == y.any && x.n == y.n;
}

/* Every bit of it, one at a time: whatever is found plain reads, and as the
 * same.  Returns how many were plain. */
static size_t
flip_all(struct wf_str der, const char *name)
{
	char *bytes = wf_strndup(der.p, der.len);
	size_t i, plain = 0, wrong = 0;

	for (i = 0; i < der.len * 8; i += tap_step(9)) {
		WF_AUTO(wf_x509_freep) struct wf_x509 *late = NULL, *now = NULL;
		struct wf_x509_plain seen;
		struct wf_str it = {bytes, der.len};

		bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << i % 8));
		if (wf_x509_plain(it, &seen)) {
			plain++;
			wrong += wf_x509_read(it, "c", WF_R_CONFIG, &now, NULL) ||
			         wf_x509_read_late(it, "c", WF_R_CONFIG, &late, NULL) || !alike(late, now);
		} else if (wf_x509_read_late(it, "c", WF_R_CONFIG, &late, NULL) !=
		           wf_x509_read(it, "c", WF_R_CONFIG, &now, NULL)) {
			wrong++;
		}
		bytes[i / 8] = (char)(bytes[i / 8] ^ (1 << i % 8));
	}
	EQ(wrong, 0, name);
	free(bytes);
	return plain;
}

static void
test_late(void)
{
	WF_AUTO(wf_x509_freep) struct wf_x509 *leaf = load(p.leaf), *mid = NULL, *root = NULL, *none = NULL;
	struct wf_x509 *mids[1];
	const struct wf_x509 *path[WF_X509_PATH_MAX];
	struct wf_x509_plain seen;
	struct wf_err e1 = {0}, e2 = {0}, e3 = {0};
	size_t n = 0;

	OK(wf_x509_plain(pki_der(&p, p.root), &seen) && seen.ca, "a root is plain");
	OK(wf_x509_plain(pki_der(&p, p.mid), &seen) && seen.ca, "an intermediate too");
	OK(wf_x509_plain(pki_der(&p, p.tsa_leaf), &seen) && !seen.ca && seen.eku.time_stamping, "and one for timestamps");
	OK(!wf_x509_plain(pki_der(&p, p.leaf), &seen), "a signer's is not");
	OK(flip_all(pki_der(&p, p.mid), "R45 a bit of an intermediate") > 800 / tap_step(9), "many are plain");
	OK(flip_all(pki_der(&p, p.tsa_leaf), "R45 a bit of one for timestamps") > 800 / tap_step(9), "many are plain");
	ERR(wf_x509_read_late(pki_der(&p, p.mid), "c", WF_R_CONFIG, &mid, &e1), &e1, WF_R_OK, "read late");
	ERR(wf_x509_read_late(pki_der(&p, p.root), "c", WF_R_CONFIG, &root, &e2), &e2, WF_R_OK, "read late");
	mids[0] = mid;
	OK(wf_x509_path(leaf, mids, 1, root, path, &n, NULL, 0) && n == 3, "R37 a path of those");
	OK(wf_x509_is_self_signed(root) && !wf_x509_is_self_signed(mid), "asked for more");
	ERR(wf_x509_read_late((struct wf_str){NULL, 0}, "c", WF_R_CONFIG, &none, &e3), &e3, WF_R_CONFIG, "R45 nothing");
}

static struct wf_str
name_of(const char *text)
{
	X509_NAME *n = X509_NAME_new();
	unsigned char *der = NULL;
	struct wf_str s;
	int len;

	OK(X509_NAME_add_entry_by_txt(n, "O", MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0) == 1, text);
	len = i2d_X509_NAME(n, &der);
	s = pki_str(&p, "%.*s", 0, "");
	s = pki_cat(&p, s, (struct wf_str){(char *)der, len > 0 ? (size_t)len : 0});
	OPENSSL_free(der);
	X509_NAME_free(n);
	return s;
}

/* RFC 5280 section 7.1, asked too generously never too strictly. */
static void
test_names(void)
{
	OK(wf_x509_plain_may_equal(name_of("a b"), name_of("A  B ")), "R37 case and space");
	OK(!wf_x509_plain_may_equal(name_of("a b"), name_of("a c")), "R37 other letters");
	OK(!wf_x509_plain_may_equal(name_of("a b"), name_of("a bc")), "R37 more letters");
	OK(wf_x509_plain_may_equal(name_of("a"), name_of("\xc3\xa4")), "R37 letters not known here");
	OK(wf_x509_plain_may_equal(WF_STR_LIT(""), name_of("a")), "R37 no name: libcrypto is asked");
}

/* The pair that x509_path.c takes as checked: here it is. */
static void
test_checked(void)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(1 << 20);
	WF_AUTO(wf_root_freep) struct wf_root *r = NULL;
	FILE *f = fopen("tests/data/sigstore/public-good-trusted_root.json", "r");
	const struct wf_x509 *path[WF_X509_PATH_MAX], *mid = NULL, *root = NULL;
	struct wf_err err = {0};
	char buf[4096];
	size_t n, i;

	while (f && (n = fread(buf, 1, sizeof(buf), f)) > 0)
		OK(wf_buf_add(&text, buf, n, NULL) == WF_OK, "read");
	OK(f && fclose(f) == 0, "the public-good root");
	ERR(wf_root_parse(wf_buf_str(&text), "root", &r, &err), &err, WF_R_OK, "parses");
	for (i = 0; r && i < r->ncas; i++) {
		if (r->cas[i].nintermediates != 1)
			continue;
		mid = r->cas[i].intermediates[0];
		root = r->cas[i].anchor;
	}
	OK(mid && root && wf_x509_path(mid, NULL, 0, root, path, &n, NULL, 0) && n == 2,
	   "R37 the intermediate was issued by the root");
	OK(mid && wf_x509_is_ca(mid) && wf_x509_may_sign_certs(mid) == WF_X509_YES, "R37 to issue");
	OK(mid && !wf_x509_ext_find(mid, "2.5.29.30", &(struct wf_x509_ext){.critical = false}) &&
	   !wf_x509_ext_find(root, "2.5.29.30", &(struct wf_x509_ext){.critical = false}),
	   "R37 no name constraints");
	OK(mid && wf_x509_checked(mid, root) && !wf_x509_checked(root, mid) && !wf_x509_checked(mid, mid),
	   "R37 and it is the one in the table");
}

/* A path of weak links: an RSA key of 1024 bits, SHA-1. */
static void
test_weak(void)
{
	WF_AUTO(wf_x509_freep) struct wf_x509 *leaf = NULL, *mid = load(p.mid);
	const struct wf_x509 *path[WF_X509_PATH_MAX];
	EVP_PKEY *k = pki_key(&p, "ca-mid", PKI_CA_KEY), *weak = EVP_RSA_gen(1024);
	X509 *x = X509_dup(p.leaf);
	char why[128] = "";
	size_t n = 0;

	OK(x && X509_sign(x, k, EVP_sha1()) > 0, "signed with SHA-1");
	leaf = load(x);
	OK(!wf_x509_path(leaf, NULL, 0, mid, path, &n, why, sizeof(why)), "R37 SHA-1 is no signature");
	wf_x509_freep(&leaf);
	OK(X509_sign(x, k, EVP_sha384()) > 0, "signed again");
	leaf = load(x);
	OK(wf_x509_path(leaf, NULL, 0, mid, path, &n, why, sizeof(why)), "R37 SHA-384 is one");
	wf_x509_freep(&leaf);
	OK(X509_set_pubkey(x, weak) == 1 && X509_sign(x, k, EVP_sha384()) > 0, "a weak key");
	leaf = load(x);
	OK(!wf_x509_path(leaf, NULL, 0, mid, path, &n, why, sizeof(why)), "R37 1024 bits are too few");
	X509_free(x);
	EVP_PKEY_free(weak);
}

/* R39, R36: dates that are none, too many extensions. */
static void
test_odd(void)
{
	static const char *const dates[] = {"20260301120000.5Z", "20260301120000+0100", "202603011200Z"};
	X509 *x = X509_dup(p.leaf);
	EVP_PKEY *k = pki_key(&p, "ca-mid", PKI_CA_KEY);
	ASN1_OBJECT *o;
	ASN1_OCTET_STRING *v = ASN1_OCTET_STRING_new();
	char oid[40];
	size_t i;

	for (i = 0; i < WF_COUNT(dates); i++) {
		X509 *y = X509_dup(p.leaf);
		WF_AUTO(wf_x509_freep) struct wf_x509 *c = NULL;
		struct wf_err err = {0};
		ASN1_STRING *t = ASN1_STRING_type_new(V_ASN1_GENERALIZEDTIME);

		OK(y && t && ASN1_STRING_set(t, dates[i], -1) == 1 && X509_set1_notBefore(y, t) == 1 &&
		   X509_sign(y, k, EVP_sha384()) > 0, dates[i]);
		ERR(wf_x509_read(pki_der(&p, y), "c", WF_R_CANDIDATE_MALFORMED, &c, &err), &err,
		    WF_R_CANDIDATE_MALFORMED, "R36 a date of another form");
		ASN1_STRING_free(t);
		X509_free(y);
	}
	for (i = 0; i <= WF_MAX_CERT_EXTENSIONS; i++) {
		X509_EXTENSION *e;

		(void)snprintf(oid, sizeof(oid), "1.3.6.1.4.1.57264.9.%zu", i + 1);
		o = OBJ_txt2obj(oid, 1);
		e = X509_EXTENSION_create_by_OBJ(NULL, o, 0, v);
		X509_add_ext(x, e, -1);
		X509_EXTENSION_free(e);
		ASN1_OBJECT_free(o);
	}
	ASN1_OCTET_STRING_free(v);
	OK(X509_sign(x, k, EVP_sha384()) > 0, "signed");
	{
		WF_AUTO(wf_x509_freep) struct wf_x509 *c = NULL;
		struct wf_err err = {0};

		ERR(wf_x509_read(pki_der(&p, x), "c", WF_R_CANDIDATE_MALFORMED, &c, &err), &err,
		    WF_R_CANDIDATE_LIMIT, "R03 too many extensions");
	}
	X509_free(x);
}

int
main(void)
{
	struct pki_ask ask = pki_ask_default();

	ask.data = "tests/data";
	ask.artifact = WF_STR_LIT("the artifact");
	pki_init(&p, &ask);
	test_der();
	test_pem();
	test_unpem();
	test_path();
	test_path_again();
	test_late();
	test_names();
	test_checked();
	test_weak();
	test_odd();
	pki_free(&p);
	return tap_done();
}
