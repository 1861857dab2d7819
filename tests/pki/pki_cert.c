/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates: two authorities (one of them a stranger), timestamp
 * authorities, and the leaf with its signed certificate timestamp (RFC 6962).
 */
#include "tests/pki/pki.h"

#include <openssl/asn1.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "dep/crypto.h"

struct cert_spec {
	const char *name; /* key's name, and common name; leaf: key only */
	const char *kind;
	X509 *issuer;      /* NULL: self-signed */
	EVP_PKEY *issuer_key;
	int64_t from, to;
	const char *basic, *ku, *eku;
};

static void
add_text(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	if (!value)
		return;
	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer ? issuer : x, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	PKI_MUST(e && X509_add_ext(x, e, -1) == 1, value);
	X509_EXTENSION_free(e);
}

static void
add_raw(X509 *x, const char *oid, bool critical, struct wf_str value)
{
	ASN1_OBJECT *o = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *s = ASN1_OCTET_STRING_new();
	X509_EXTENSION *e = NULL;

	PKI_MUST(o && s && ASN1_OCTET_STRING_set(s, (const unsigned char *)value.p, (int)value.len) == 1, oid);
	e = X509_EXTENSION_create_by_OBJ(NULL, o, critical, s);
	PKI_MUST(e && X509_add_ext(x, e, -1) == 1, oid);
	X509_EXTENSION_free(e);
	ASN1_OCTET_STRING_free(s);
	ASN1_OBJECT_free(o);
}

/* DER of one value: tag, length, bytes. */
static struct wf_str
tlv(struct pki *p, unsigned tag, struct wf_str v)
{
	char head[5];
	size_t n = 0;

	head[n++] = (char)tag;
	if (v.len < 128) {
		head[n++] = (char)v.len;
	} else if (v.len < 256) {
		head[n++] = (char)0x81;
		head[n++] = (char)v.len;
	} else {
		head[n++] = (char)0x82;
		head[n++] = (char)(v.len >> 8);
		head[n++] = (char)(v.len & 255);
	}
	return pki_cat(p, (struct wf_str){head, n}, v);
}

static void
add_utf8(struct pki *p, X509 *x, unsigned arc, const char *text)
{
	add_raw(x, pki_str(p, "1.3.6.1.4.1.57264.1.%u", arc).p, false, tlv(p, 0x0c, wf_str(text)));
}

static X509 *
begin(struct pki *p, const struct cert_spec *s, const char *cn)
{
	X509 *x = X509_new();
	struct wf_str serial = pki_sha2(p, 256, pki_str(p, "serial %s %s", s->name, p->ask.artifact.len ? "" : "-"));
	BIGNUM *bn = BN_bin2bn((const unsigned char *)serial.p, 8, NULL);
	X509_NAME *name = X509_NAME_new();

	PKI_MUST(x && bn && name && X509_set_version(x, 2) == 1 && BN_clear_bit(bn, 63) >= 0 &&
	                 BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(x)) &&
	                 ASN1_TIME_adj(X509_getm_notBefore(x), (time_t)s->from, 0, 0) &&
	                 ASN1_TIME_adj(X509_getm_notAfter(x), (time_t)s->to, 0, 0) &&
	                 X509_set_pubkey(x, pki_key(p, s->name, s->kind)) == 1,
	         "certificate");
	if (cn)
		PKI_MUST(X509_NAME_add_entry_by_txt(name, "O", MBSTRING_ASC, (const unsigned char *)"wasmfn.test", -1, -1, 0) == 1 &&
		                 X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0) == 1,
		         "name");
	PKI_MUST(X509_set_subject_name(x, name) == 1 &&
	                 X509_set_issuer_name(x, s->issuer ? X509_get_subject_name(s->issuer) : name) == 1,
	         "names");
	X509_NAME_free(name);
	BN_free(bn);
	add_text(x, s->issuer, NID_basic_constraints, s->basic);
	add_text(x, s->issuer, NID_key_usage, s->ku);
	add_text(x, s->issuer, NID_ext_key_usage, s->eku);
	add_text(x, s->issuer, NID_subject_key_identifier, "hash");
	if (s->issuer)
		add_text(x, s->issuer, NID_authority_key_identifier, "keyid");
	return x;
}

static void
sign_cert(X509 *x, EVP_PKEY *k)
{
	unsigned bits = pki_hash_bits(k);

	PKI_MUST(X509_sign(x, k, bits == 0 ? NULL : bits == 384 ? EVP_sha384() : EVP_sha256()) > 0, "signing a certificate");
}

static X509 *
make(struct pki *p, const struct cert_spec *s)
{
	X509 *x = begin(p, s, s->name);

	sign_cert(x, s->issuer_key ? s->issuer_key : pki_key(p, s->name, s->kind));
	return x;
}

static X509 *
authority(struct pki *p, const char *name, X509 *issuer, const char *issuer_name, int64_t from, int64_t to, const char *eku)
{
	struct cert_spec s = {
		.name = name, .kind = PKI_CA_KEY, .issuer = issuer,
		.issuer_key = issuer ? pki_key(p, issuer_name, PKI_CA_KEY) : NULL,
		.from = from, .to = to,
		.basic = issuer ? "critical,CA:TRUE,pathlen:0" : "critical,CA:TRUE,pathlen:1",
		.ku = "critical,keyCertSign,cRLSign", .eku = eku,
	};

	if (issuer && strcmp(name, "ca-mid") == 0) {
		if (pki_is(p, "r37-mid-not-ca"))
			s.basic = "critical,CA:FALSE";
		if (pki_is(p, "r37-mid-key-usage"))
			s.ku = "critical,digitalSignature";
	}
	if (!issuer && strcmp(name, "ca-root") == 0 && pki_is(p, "r37-path-length"))
		s.basic = "critical,CA:TRUE,pathlen:0"; /* an intermediate above another: one too many below */
	return make(p, &s);
}

static X509 *
stamper(struct pki *p, const char *name, X509 *issuer, const char *issuer_name)
{
	bool first = strcmp(name, "tsa-leaf") == 0;
	struct cert_spec s = {
		.name = name, .kind = PKI_CA_KEY, .issuer = issuer, .issuer_key = pki_key(p, issuer_name, PKI_CA_KEY),
		.from = PKI_START, .to = PKI_START + 10 * 365 * PKI_DAY,
		.ku = "critical,digitalSignature", .eku = "critical,timeStamping",
	};

	if (first) {
		if (pki_is(p, "r33-extra-eku"))
			s.eku = "critical,timeStamping,codeSigning";
		if (pki_is(p, "r33-extra-unknown-eku"))
			s.eku = "critical,timeStamping,1.3.6.1.4.1.57264.99";
		if (pki_is(p, "r33-eku-not-critical"))
			s.eku = "timeStamping";
		if (pki_is(p, "r33-no-eku"))
			s.eku = NULL;
		if (pki_is(p, "r33-other-eku"))
			s.eku = "critical,codeSigning";
		if (pki_is(p, "r33-signer-is-ca")) {
			s.basic = "critical,CA:TRUE";
			s.ku = "critical,digitalSignature,keyCertSign";
		}
		if (pki_is(p, "r34-leaf-expired"))
			s.to = PKI_T0; /* a second before the time stamped */
		if (pki_is(p, "r34-leaf-not-yet"))
			s.from = PKI_T0 + 60;
		if (pki_is(p, "ok-r34-short-chain"))
			s.from = PKI_T0 - 60, s.to = PKI_T0 + 60;
	}
	return make(p, &s);
}

void
pki_certs(struct pki *p)
{
	int64_t from = PKI_START, to = PKI_START + 10 * 365 * PKI_DAY;
	int64_t root_to = pki_is(p, "r36-root-expired") ? PKI_T0 : to;
	int64_t mid_to = pki_is(p, "r36-intermediate-expired") ? PKI_T0 : to;
	int64_t mid_from = pki_is(p, "r36-intermediate-not-yet") ? PKI_T0 + 60 : from;
	int64_t tsa_to = pki_is(p, "ok-r34-short-chain") ? PKI_T0 + 60 : pki_is(p, "r34-root-expired") ? PKI_T0 : to;
	const char *eku = pki_is(p, "r38-intermediate-eku") ? "serverAuth" : pki_is(p, "ok-r38-intermediate-any-eku") ? "anyExtendedKeyUsage" : pki_is(p, "ok-r38-intermediate-no-eku") ? NULL : "codeSigning";

	p->root = authority(p, "ca-root", NULL, NULL, from, root_to, NULL);
	p->mid = authority(p, "ca-mid", p->root, "ca-root", mid_from, mid_to, eku);
	p->stranger_root = authority(p, "other-root", NULL, NULL, from, to, NULL);
	p->stranger_mid = authority(p, "other-mid", p->stranger_root, "other-root", from, to, "codeSigning");
	p->tsa_root = authority(p, "tsa-root", NULL, NULL, from, tsa_to, NULL);
	p->tsa_leaf = stamper(p, "tsa-leaf", p->tsa_root, "tsa-root");
	p->tsa_decoy = stamper(p, "tsa-decoy", p->tsa_root, "tsa-root");
	p->tsa2_root = authority(p, "tsa2-root", NULL, NULL, from, to, NULL);
	p->tsa2_leaf = stamper(p, "tsa2-leaf", p->tsa2_root, "tsa2-root");
}

/* --- signed certificate timestamp ----------------------------------------- */

static struct wf_str
be(struct pki *p, uint64_t v, unsigned bytes)
{
	char b[8];
	unsigned i;

	for (i = 0; i < bytes; i++)
		b[i] = (char)(v >> (8 * (bytes - 1 - i)));
	return wf_arena_dup(&p->arena, (struct wf_str){b, bytes});
}

struct wf_str
pki_ct_id(struct pki *p, const char *name)
{
	return pki_sha2(p, 256, pki_spki(p, pki_key(p, name, "p256")));
}

/* One SCT over the to-be-signed certificate without the list. */
static struct wf_str
sct(struct pki *p, struct wf_str tbs, const char *log)
{
	EVP_PKEY *issuer = pki_key(p, pki_is(p, "r40-issuer-key") ? "ca-root" : "ca-mid", PKI_CA_KEY);
	uint64_t ms = (uint64_t)PKI_T0 * 1000 + 470;
	bool with = pki_is(p, "ok-r40-extensions") || pki_is(p, "r40-extensions-unsigned");
	struct wf_str ext = with ? pki_cat(p, WF_STR_LIT("\0\0\x05"), WF_STR_LIT("\0\0\0\0\x2a")) : (struct wf_str){"", 0};
	struct wf_str id, signed_bytes, sig, out;

	if (pki_is(p, "r40-before-log"))
		ms = (uint64_t)(PKI_START - PKI_DAY) * 1000;
	if (pki_is(p, "r40-stranger"))
		log = "ct-stranger";
	id = pki_is(p, "r40-known-id-stranger-key") ? pki_ct_id(p, "ct-a") : pki_ct_id(p, log);
	if (pki_is(p, "r40-known-id-stranger-key"))
		log = "ct-stranger";
	signed_bytes = pki_cat(p, be(p, 0, 2), be(p, ms, 8));
	signed_bytes = pki_cat(p, signed_bytes, be(p, pki_is(p, "r40-entry-type") ? 0 : 1, 2));
	signed_bytes = pki_cat(p, signed_bytes, pki_sha2(p, 256, pki_spki(p, issuer)));
	signed_bytes = pki_cat(p, signed_bytes, be(p, tbs.len, 3));
	signed_bytes = pki_cat(p, signed_bytes, tbs);
	signed_bytes = pki_cat(p, signed_bytes, be(p, pki_is(p, "r40-extensions-unsigned") ? 0 : ext.len, 2));
	if (!pki_is(p, "r40-extensions-unsigned"))
		signed_bytes = pki_cat(p, signed_bytes, ext);
	sig = pki_sign(p, pki_key(p, log, "p256"), "SHA256", signed_bytes);
	if (pki_is(p, "r40-signature"))
		sig = pki_flip(p, sig);
	if (pki_is(p, "r40-time-changed"))
		ms++;
	out = pki_cat(p, be(p, pki_is(p, "r40-version") ? 1 : 0, 1), id);
	out = pki_cat(p, out, be(p, ms, 8));
	out = pki_cat(p, pki_cat(p, out, be(p, ext.len, 2)), ext);
	out = pki_cat(p, out, pki_is(p, "r40-algorithm") ? WF_STR_LIT("\x02\x03") : WF_STR_LIT("\x04\x03"));
	out = pki_cat(p, pki_cat(p, out, be(p, sig.len, 2)), sig);
	if (pki_is(p, "r40-trailing"))
		out = pki_cat(p, out, be(p, 0, 1));
	return pki_cat(p, be(p, out.len, 2), out);
}

static void
add_scts(struct pki *p, X509 *x)
{
	unsigned char *der = NULL;
	struct wf_str tbs, list;
	int n;

	if (pki_is(p, "r40-none"))
		return;
	n = i2d_re_X509_tbs(x, &der);
	PKI_MUST(n > 0, "to-be-signed certificate");
	tbs = wf_arena_dup(&p->arena, (struct wf_str){(const char *)der, (size_t)n});
	OPENSSL_free(der);
	if (pki_is(p, "r40-another-certificate"))
		tbs = pki_flip(p, tbs);
	if (pki_is(p, "r40-empty-list"))
		list = (struct wf_str){"", 0};
	else
		list = sct(p, tbs, "ct-a");
	if (pki_is(p, "ok-r40-two-logs"))
		list = pki_cat(p, list, sct(p, tbs, "ct-b"));
	if (pki_is(p, "r31-two-scts-one-log"))
		list = pki_cat(p, list, sct(p, tbs, "ct-a"));
	if (pki_is(p, "ok-r40-unknown-log-too"))
		list = pki_cat(p, sct(p, tbs, "ct-stranger"), list);
	list = pki_cat(p, be(p, list.len, 2), list);
	if (pki_is(p, "r40-list-trailing"))
		list = pki_cat(p, list, be(p, 0, 1));
	add_raw(x, "1.3.6.1.4.1.11129.2.4.2", false, tlv(p, 0x04, list));
}

/* --- the leaf -------------------------------------------------------------- */

static const char *
san(struct pki *p)
{
	if (pki_is(p, "r39-no-san"))
		return NULL;
	if (pki_is(p, "r39-two-names"))
		return "critical,URI:" PKI_IDENTITY ",email:someone@wasmfn.test";
	if (pki_is(p, "ok-r42-email"))
		return "critical,email:someone@wasmfn.test";
	if (pki_is(p, "ok-r42-other-name"))
		return "critical,otherName:1.3.6.1.4.1.57264.1.7;UTF8:someone!wasmfn.test";
	if (pki_is(p, "r42-dns"))
		return "critical,DNS:wasmfn.test";
	if (pki_is(p, "r42-case"))
		return "critical,URI:https://github.com/WASMFN-test/fn/.github/workflows/build.yml@refs/heads/main";
	if (pki_is(p, "r42-longer"))
		return "critical,URI:" PKI_IDENTITY "-2";
	if (pki_is(p, "r42-contains"))
		return "critical,URI:https://evil.test/?" PKI_IDENTITY;
	if (pki_is(p, "r42-nul"))
		return NULL; /* by hand */
	return "critical,URI:" PKI_IDENTITY;
}

static void
add_identity(struct pki *p, X509 *x)
{
	static const char issuer2[] = "https://issuer.wasmfn.test";
	struct wf_str general = {NULL, 0};
	const char *v1 = PKI_ISSUER, *v2 = PKI_ISSUER;

	add_text(x, NULL, NID_subject_alt_name, san(p));
	if (pki_is(p, "r42-nul")) {
		general = tlv(p, 0x86, pki_cat(p, wf_str(PKI_IDENTITY), WF_STR_LIT("\0evil")));
		add_raw(x, "2.5.29.17", true, tlv(p, 0x30, general));
	}
	if (pki_is(p, "r39-two-san-extensions"))
		add_text(x, NULL, NID_subject_alt_name, san(p));
	if (pki_is(p, "r41-another-issuer"))
		v1 = v2 = issuer2;
	if (pki_is(p, "r41-issuers-differ"))
		v1 = issuer2;
	if (!pki_is(p, "ok-r41-v2-only") && !pki_is(p, "r41-none"))
		add_raw(x, "1.3.6.1.4.1.57264.1.1", false, wf_str(v1));
	if (pki_is(p, "r41-v2-trailing"))
		add_raw(x, "1.3.6.1.4.1.57264.1.8", false, pki_cat(p, tlv(p, 0x0c, wf_str(v2)), WF_STR_LIT("\0")));
	else if (pki_is(p, "r41-v2-not-utf8string"))
		add_raw(x, "1.3.6.1.4.1.57264.1.8", false, tlv(p, 0x16, wf_str(v2)));
	else if (!pki_is(p, "ok-r41-v1-only") && !pki_is(p, "r41-none"))
		add_utf8(p, x, 8, v2);
	add_utf8(p, x, 9, PKI_IDENTITY);
	if (!pki_is(p, "r43-absent"))
		add_utf8(p, x, 12, pki_is(p, "r43-other") ? "https://github.com/wasmfn-test/fork" : "https://github.com/wasmfn-test/fn");
	add_utf8(p, x, 14, "refs/heads/main");
	add_utf8(p, x, 20, "push");
	if (pki_is(p, "r39-duplicate-extension"))
		add_utf8(p, x, 20, "push");
	if (pki_is(p, "r39-duplicate-issuer"))
		add_raw(x, "1.3.6.1.4.1.57264.1.1", false, wf_str(v1));
	if (pki_is(p, "r39-unknown-critical"))
		add_raw(x, "1.3.6.1.4.1.57264.77", true, WF_STR_LIT("\x05\0"));
	if (pki_is(p, "ok-r39-unknown-extension"))
		add_raw(x, "1.3.6.1.4.1.57264.77", false, WF_STR_LIT("\x05\0"));
}

void
pki_leaf(struct pki *p)
{
	bool stranger = pki_is(p, "r37-another-ca");
	bool self = pki_is(p, "r10-self-signed-leaf");
	bool forged = pki_is(p, "r37-forged"); /* says who it is from, but is not */
	X509 *issuer = self ? NULL : stranger ? p->stranger_mid : p->mid;
	EVP_PKEY *ik = self ? pki_key(p, p->who, p->ask.key) : pki_key(p, stranger || forged ? "other-mid" : "ca-mid", PKI_CA_KEY);
	struct cert_spec s = {
		.name = p->who, .kind = p->ask.key, .issuer = issuer, .issuer_key = ik,
		.from = PKI_T0, .to = PKI_T0 + 600,
		.ku = "critical,digitalSignature", .eku = "codeSigning",
	};

	if (pki_is(p, "r36-leaf-expired"))
		s.from = PKI_T0 - 600, s.to = PKI_T0;
	if (pki_is(p, "r36-leaf-not-yet"))
		s.from = PKI_T0 + 60;
	if (pki_is(p, "ok-r36-leaf-ends-then"))
		s.from = PKI_T0 - 600, s.to = PKI_T0 + 5;
	if (pki_is(p, "ok-r36-leaf-begins-then"))
		s.from = PKI_T0 + 5;
	if (pki_is(p, "r38-no-eku"))
		s.eku = NULL;
	if (pki_is(p, "r38-other-eku"))
		s.eku = "serverAuth,clientAuth";
	if (pki_is(p, "r38-any-eku"))
		s.eku = "anyExtendedKeyUsage";
	if (pki_is(p, "r38-key-usage"))
		s.ku = "critical,keyEncipherment";
	if (pki_is(p, "r38-ca-leaf")) {
		s.basic = "critical,CA:TRUE";
		s.ku = "critical,digitalSignature,keyCertSign";
	}
	p->leaf = begin(p, &s, NULL);
	add_identity(p, p->leaf);
	sign_cert(p->leaf, ik);
	add_scts(p, p->leaf);
	sign_cert(p->leaf, ik);
}
