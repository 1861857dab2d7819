/* SPDX-License-Identifier: Apache-2.0
 *
 * RFC 3161 tokens, made from their parts: OpenSSL's own responder refuses the
 * certificates that tests are about.
 */
#include "tests/pki/pki.h"

#include <openssl/cms.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

static struct wf_str
tst_info(struct pki *p, struct wf_str message, int64_t when, unsigned milli)
{
	TS_TST_INFO *info = TS_TST_INFO_new();
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *alg = X509_ALGOR_new();
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	ASN1_OBJECT *policy = OBJ_txt2obj("1.3.6.1.4.1.57264.2", 1);
	ASN1_GENERALIZEDTIME *at = ASN1_GENERALIZEDTIME_new();
	bool sha1 = pki_is(p, "r32-sha1-imprint"), sha512 = pki_is(p, "ok-r32-sha512-imprint");
	unsigned char *der = NULL, sha[20];
	struct wf_str hash, out;
	struct tm tm;
	time_t t = (time_t)when;
	char text[32], z[40];
	int n;

	if (pki_is(p, "r32-imprint"))
		message = pki_cat(p, message, WF_STR_LIT("x"));
	hash = pki_sha2(p, sha512 ? 512 : 256, message);
	if (sha1) {
		PKI_MUST(EVP_Digest(message.p, message.len, sha, NULL, EVP_sha1(), NULL) == 1, "SHA-1");
		hash = (struct wf_str){(const char *)sha, 20};
	}
	PKI_MUST(gmtime_r(&t, &tm) && strftime(text, sizeof(text), "%Y%m%d%H%M%S", &tm) > 0, "time");
	/* DER: no zeros at the end of the fraction */
	(void)snprintf(z, sizeof(z), milli == 500 ? "%s.5Z" : milli ? "%s.%03uZ" : "%sZ", text, milli);
	PKI_MUST(info && imprint && alg && serial && policy && at && ASN1_INTEGER_set(serial, 77) == 1 &&
	                 X509_ALGOR_set0(alg, OBJ_nid2obj(sha1 ? NID_sha1 : sha512 ? NID_sha512 : NID_sha256), V_ASN1_NULL, NULL) == 1 &&
	                 TS_MSG_IMPRINT_set_algo(imprint, alg) == 1 &&
	                 TS_MSG_IMPRINT_set_msg(imprint, (unsigned char *)(uintptr_t)hash.p, (int)hash.len) == 1 &&
	                 ASN1_STRING_set(at, z, -1) == 1,
	         "timestamp");
	PKI_MUST(TS_TST_INFO_set_version(info, 1) == 1 && TS_TST_INFO_set_policy_id(info, policy) == 1 &&
	                 TS_TST_INFO_set_msg_imprint(info, imprint) == 1 && TS_TST_INFO_set_serial(info, serial) == 1 &&
	                 TS_TST_INFO_set_time(info, at) == 1,
	         "timestamp");
	n = i2d_TS_TST_INFO(info, &der);
	PKI_MUST(n > 0, "timestamp");
	out = wf_arena_dup(&p->arena, (struct wf_str){(const char *)der, (size_t)n});
	OPENSSL_free(der);
	ASN1_GENERALIZEDTIME_free(at);
	ASN1_OBJECT_free(policy);
	ASN1_INTEGER_free(serial);
	X509_ALGOR_free(alg);
	TS_MSG_IMPRINT_free(imprint);
	TS_TST_INFO_free(info);
	return out;
}

static void
set_signing_time(CMS_SignerInfo *si, int64_t when)
{
	ASN1_TIME *t = ASN1_TIME_adj(NULL, (time_t)when, 0, 0);

	PKI_MUST(t && CMS_signed_add1_attr_by_NID(si, NID_pkcs9_signingTime, t->type, t, -1) == 1, "signing time");
	ASN1_TIME_free(t);
}

/* CMS SignedData over the info. */
static struct wf_str
signed_data(struct pki *p, struct wf_str info, X509 *cert, EVP_PKEY *key, X509 *chain, int64_t when)
{
	unsigned flags = CMS_PARTIAL | CMS_BINARY | CMS_NOSMIMECAP | CMS_NOCERTS;
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	BIO *in = BIO_new_mem_buf(info.p, (int)info.len);
	bool decoy = pki_is(p, "r33-decoy-first"), bare = pki_is(p, "ok-r33-no-certificate");
	CMS_SignerInfo *si;
	unsigned char *der = NULL;
	struct wf_str out;
	int n;

	PKI_MUST(cms && in && CMS_set1_eContentType(cms, OBJ_nid2obj(NID_id_smime_ct_TSTInfo)) == 1, "CMS");
	if (decoy)
		PKI_MUST(CMS_add1_cert(cms, p->tsa_leaf) == 1, "decoy");
	if (!bare)
		PKI_MUST(CMS_add1_cert(cms, cert) == 1, "certificate");
	if (pki_is(p, "ok-r33-whole-chain"))
		PKI_MUST(CMS_add1_cert(cms, chain) == 1, "chain");
	si = CMS_add1_signer(cms, cert, key, EVP_sha256(), flags | (pki_is(p, "r33-no-signing-certificate") ? 0 : CMS_CADES));
	PKI_MUST(si != NULL, "signer");
	set_signing_time(si, when);
	if (pki_is(p, "r33-two-signers")) {
		si = CMS_add1_signer(cms, p->tsa_decoy, pki_key(p, "tsa-decoy", PKI_CA_KEY), EVP_sha256(), flags | CMS_CADES);
		PKI_MUST(si != NULL, "second signer");
		set_signing_time(si, when);
	}
	PKI_MUST(CMS_final(cms, in, NULL, CMS_BINARY) == 1, "CMS");
	n = i2d_CMS_ContentInfo(cms, &der);
	PKI_MUST(n > 0, "CMS");
	out = wf_arena_dup(&p->arena, (struct wf_str){(const char *)der, (size_t)n});
	OPENSSL_free(der);
	BIO_free(in);
	CMS_ContentInfo_free(cms);
	return out;
}

static struct wf_str
sequence(struct pki *p, struct wf_str content)
{
	char head[4] = {0x30, (char)0x82, (char)(content.len >> 8), (char)(content.len & 255)};

	PKI_MUST(content.len >= 256, "a long sequence");
	return pki_cat(p, (struct wf_str){head, 4}, content);
}

struct wf_str
pki_token(struct pki *p, size_t i, struct wf_str message)
{
	bool second = i == 1 && !pki_is(p, "r31-two-stamps-one-authority");
	X509 *cert = second ? p->tsa2_leaf : p->tsa_leaf;
	const char *key = second ? "tsa2-leaf" : "tsa-leaf";
	int64_t when = PKI_T0 + 5;
	struct wf_str info, cms, out, status = WF_STR_LIT("\x30\x03\x02\x01\0");

	if (pki_is(p, "r33-another-leaf") || pki_is(p, "r33-decoy-first"))
		cert = p->tsa_decoy, key = "tsa-decoy";
	if (pki_is(p, "r33-unknown-authority"))
		cert = p->stranger_mid, key = "other-mid";
	if (pki_is(p, "r33-another-key"))
		key = "tsa-decoy";
	if (pki_is(p, "r34-before-window"))
		when = PKI_START + PKI_DAY;
	if (pki_is(p, "r36-stamp-after-leaf"))
		when = PKI_T0 + 601;
	if (pki_is(p, "r36-stamp-before-leaf"))
		when = PKI_T0 - 1;
	if (pki_is(p, "ok-r36-stamp-at-end"))
		when = PKI_T0 + 600;
	info = tst_info(p, message, when, pki_is(p, "r34-after-end-by-a-millisecond") ? 501 : pki_is(p, "ok-r34-at-end-by-a-millisecond") ? 500 : 0);
	if (pki_is(p, "r33-another-key"))
		PKI_MUST(X509_set_pubkey(p->tsa_leaf, pki_key(p, "tsa-decoy", PKI_CA_KEY)) == 1, "key");
	cms = signed_data(p, info, cert, pki_key(p, key, PKI_CA_KEY), second ? p->tsa2_root : p->tsa_root, when);
	if (pki_is(p, "r32-rejection"))
		status = WF_STR_LIT("\x30\x03\x02\x01\x02");
	if (pki_is(p, "ok-r32-granted-with-mods"))
		status = WF_STR_LIT("\x30\x03\x02\x01\x01");
	out = sequence(p, pki_cat(p, status, cms));
	if (pki_is(p, "r32-no-token"))
		out = WF_STR_LIT("\x30\x05\x30\x03\x02\x01\0");
	if (pki_is(p, "r32-trailing"))
		out = pki_cat(p, out, WF_STR_LIT("\0"));
	if (pki_is(p, "r33-signature"))
		out = pki_flip(p, out);
	if (pki_is(p, "r32-bare-token"))
		out = cms;
	return out;
}
