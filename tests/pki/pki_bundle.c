/* SPDX-License-Identifier: Apache-2.0
 *
 * What is signed, and the bundle around it.
 */
#include "tests/pki/pki.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

struct pki_ask
pki_ask_default(void)
{
	return (struct pki_ask){
		.version = "0.3", .content = "message", .entry = "hashedrekord",
		.material = "certificate", .key = "p256", .data = "tests/data",
		.artifact = WF_STR_LIT("\0asm\1\0\0\0"),
	};
}

void
pki_init(struct pki *p, const struct pki_ask *ask)
{
	static const char config[] = "{\"architecture\":\"wasm\",\"os\":\"wasip1\"}";

	memset(p, 0, sizeof(*p));
	p->ask = *ask;
	p->who = "signer";
	pki_certs(p);
	p->image_config = wf_str(config);
	p->image_manifest = pki_str(p,
		"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
		"\"config\":{\"mediaType\":\"application/vnd.wasm.config.v0+json\",\"digest\":\"sha256:%s\",\"size\":%zu},"
		"\"layers\":[{\"mediaType\":\"application/wasm\",\"digest\":\"sha256:%s\",\"size\":%zu}]}",
		pki_hex(p, pki_sha2(p, 256, p->image_config)), p->image_config.len,
		pki_hex(p, pki_sha2(p, 256, ask->artifact)), ask->artifact.len);
	memcpy(p->subject, pki_hex(p, pki_sha2(p, 256, ask->image ? p->image_manifest : ask->artifact)), 65);
	pki_sign_all(p);
}

void
pki_free(struct pki *p)
{
	X509 *all[] = {p->root, p->mid, p->leaf, p->stranger_root, p->stranger_mid, p->tsa_root,
	               p->tsa_leaf, p->tsa2_root, p->tsa2_leaf, p->tsa_decoy};
	size_t i;

	for (i = 0; i < WF_COUNT(all); i++)
		X509_free(all[i]);
	for (i = 0; i < p->nkeys; i++)
		EVP_PKEY_free(p->keys[i].key);
	wf_arena_free(&p->arena);
	memset(p, 0, sizeof(*p));
}

/* --- what is signed --------------------------------------------------------- */

static const char *
subjects(struct pki *p)
{
	const char *hex = p->subject, *ann = p->ask.annotations ? pki_str(p, ",\"annotations\":%s", p->ask.annotations).p : "";
	struct wf_str other = pki_sha2(p, 256, wf_str("another artifact"));
	char upper[65];
	size_t i;

	if (pki_is(p, "r18-another-subject"))
		hex = pki_hex(p, other);
	if (pki_is(p, "r18-null-subject"))
		return pki_str(p, "[null,{\"digest\":{\"sha256\":\"%s\"}}]", hex).p;
	if (pki_is(p, "r18-no-subject"))
		return "[]";
	if (pki_is(p, "r18-sha512-only"))
		return pki_str(p, "[{\"digest\":{\"sha512\":\"%s%s\"}}]", hex, hex).p;
	if (pki_is(p, "r18-upper-case")) {
		for (i = 0; i < 65; i++)
			upper[i] = (char)(hex[i] >= 'a' && hex[i] <= 'f' ? hex[i] - 32 : hex[i]);
		return pki_str(p, "[{\"digest\":{\"sha256\":\"%s\"}}]", upper).p;
	}
	if (pki_is(p, "ok-r18-second-subject"))
		return pki_str(p, "[{\"name\":\"other\",\"digest\":{\"sha256\":\"%s\"}},{\"digest\":{\"sha256\":\"%s\"}%s}]", pki_hex(p, other), hex, ann).p;
	if (pki_is(p, "r03-1025-subjects")) {
		struct wf_str s = WF_STR_LIT("[");

		for (i = 0; i < 1024; i++)
			s = pki_cat(p, s, pki_str(p, "{\"digest\":{\"sha256\":\"%s\"}},", pki_hex(p, other)));
		return pki_str(p, "%s{\"digest\":{\"sha256\":\"%s\"}}]", s.p, hex).p;
	}
	return pki_str(p, "[{\"digest\":{\"sha256\":\"%s\"}%s}]", hex, ann).p;
}

static struct wf_str
statement(struct pki *p)
{
	const char *type = "https://in-toto.io/Statement/v1", *extra = "";
	const char *predicate = p->ask.predicate ? p->ask.predicate : "https://sigstore.dev/cosign/sign/v1";
	bool legacy = strcmp(p->ask.content, "att") == 0;

	if (legacy || pki_is(p, "ok-r18-statement-v0.1"))
		type = "https://in-toto.io/Statement/v0.1";
	if (pki_is(p, "r18-statement-type"))
		type = "https://in-toto.io/Statement/v2";
	if (pki_is(p, "r18-duplicate-key"))
		extra = "\"predicateType\":\"x\",";
	if (pki_is(p, "r19-another-predicate"))
		predicate = "https://spdx.dev/Document";
	if (pki_is(p, "r19-not-json"))
		return wf_str("<statement/>");
	if (pki_is(p, "r19-no-predicate-type"))
		return pki_str(p, "{\"_type\":\"%s\",\"subject\":%s,\"predicate\":{}}", type, subjects(p));
	return pki_str(p, "{\"_type\":\"%s\",%s\"subject\":%s,\"predicateType\":\"%s\",\"predicate\":{%s}}", type, extra, subjects(p),
	               predicate, pki_is(p, "ok-r17-not-ascii") ? "\"note\":\"gr\xc3\xb6\xc3\x9f\x65\"" : "");
}

static struct wf_str
simple_signing(struct pki *p)
{
	const char *type = pki_is(p, "r13-type") ? "atomic container signature" : "cosign container image signature";
	const char *hex = pki_is(p, "r13-digest") ? pki_hex(p, pki_sha2(p, 256, wf_str("another artifact"))) : p->subject;

	return pki_str(p, "{\"critical\":{\"identity\":{\"docker-reference\":\"registry.test/fn\"},\"image\":"
	               "{\"docker-manifest-digest\":\"%s%s\"},\"type\":\"%s\"%s},\"optional\":%s}",
	               pki_is(p, "r13-digest-case") ? "SHA256:" : "sha256:", hex, type,
	               pki_is(p, "r13-duplicate-key") ? ",\"type\":\"cosign container image signature\"" : "",
	               p->ask.annotations ? p->ask.annotations : "null");
}

static struct wf_str
pae(struct pki *p, const char *type, struct wf_str payload)
{
	struct wf_str head = pki_str(p, "DSSEv1 %zu %s %zu ", strlen(type), type, payload.len);

	return pki_cat(p, head, payload);
}

void
pki_sign_all(struct pki *p)
{
	const char *content = p->ask.content, *hash = NULL;
	bool key = strcmp(p->ask.material, "key") == 0;
	EVP_PKEY *k = pki_key(p, p->who, p->ask.key);
	struct wf_str message;

	p->payload_type = pki_is(p, "r17-payload-type") ? "application/json" : "application/vnd.in-toto+json";
	if (strcmp(content, "dsse") == 0 || strcmp(content, "att") == 0) {
		p->payload = statement(p);
		p->message = pae(p, p->payload_type, p->payload);
	} else if (strcmp(content, "sig") == 0) {
		p->payload = simple_signing(p);
		p->message = p->payload;
	} else {
		p->payload = p->message = p->ask.image ? p->image_manifest : p->ask.artifact;
	}
	if (pki_is(p, "ok-r14-sha256"))
		hash = "SHA256";
	if (pki_is(p, "r14-sha512"))
		hash = "SHA512";
	if (pki_is(p, "r14-sha1"))
		hash = "SHA1";
	message = p->message;
	if (pki_is(p, "r15-signature-of-another"))
		message = pki_cat(p, message, WF_STR_LIT(" "));
	if (pki_is(p, "r15-signature-of-payload"))
		message = p->payload;
	if (pki_is(p, "r15-another-signer"))
		k = pki_key(p, "another-signer", p->ask.key);
	p->signature = pki_sign(p, k, hash, message);
	if (pki_is(p, "r15-trailing-byte"))
		p->signature = pki_cat(p, p->signature, WF_STR_LIT("\0"));
	if (pki_is(p, "r15-flipped"))
		p->signature = pki_flip(p, p->signature);
	p->envelope = pki_str(p, "{\"payloadType\":\"%s\",\"payload\":\"%s\",\"signatures\":[{\"keyid\":\"\",\"sig\":\"%s\"}]}",
	                      p->payload_type, pki_b64(p, p->payload), pki_b64(p, p->signature));
	k = pki_key(p, p->who, p->ask.key);
	if (!key)
		pki_leaf(p);
	p->material = key ? pki_spki(p, k) : pki_der(p, p->leaf);
	p->material_pem = key ? pki_pem_key(p, k) : pki_pem(p, p->leaf);
}

struct wf_str
pki_key_pem(struct pki *p)
{
	return wf_str(pki_pem_key(p, pki_key(p, p->who, p->ask.key)));
}

/* --- the bundle -------------------------------------------------------------- */

static struct wf_json *
raw_bytes(struct pki *p, struct wf_str der)
{
	struct wf_json *o = wf_json_object();

	wf_json_set_z(o, "rawBytes", pki_b64(p, der));
	return o;
}

static void
add_material(struct pki *p, struct wf_json *m)
{
	struct wf_json *o, *list;
	struct wf_str der = p->material;

	if (strcmp(p->ask.material, "key") == 0) {
		o = wf_json_object();
		wf_json_set_z(o, "hint", pki_b64(p, pki_sha2(p, 256, p->material)));
		wf_json_set(m, "publicKey", o);
		return;
	}
	if (pki_is(p, "r07-certificate-trailing-byte"))
		der = pki_cat(p, der, WF_STR_LIT("\0"));
	if (strcmp(p->ask.material, "certificate") == 0) {
		wf_json_set(m, "certificate", raw_bytes(p, der));
		return;
	}
	o = wf_json_object();
	list = wf_json_array();
	if (!pki_is(p, "r10-empty-chain"))
		wf_json_push(list, raw_bytes(p, der));
	if (pki_is(p, "ok-r10-with-intermediate") || pki_is(p, "r10-root-in-chain") || pki_is(p, "r37-no-intermediate"))
		wf_json_push(list, raw_bytes(p, pki_der(p, p->mid)));
	if (pki_is(p, "r10-root-in-chain"))
		wf_json_push(list, raw_bytes(p, pki_der(p, p->root)));
	wf_json_set(o, "certificates", list);
	wf_json_set(m, "x509CertificateChain", o);
}

static struct wf_json *
content(struct pki *p)
{
	struct wf_json *o = wf_json_object(), *d, *list;
	EVP_PKEY *k = pki_key(p, p->who, p->ask.key);
	unsigned bits = pki_hash_bits(k) ? pki_hash_bits(k) : 256;
	struct wf_str digest = pki_sha2(p, bits, p->message);
	const char *algorithm = bits == 256 ? "SHA2_256" : bits == 384 ? "SHA2_384" : "SHA2_512";

	if (strcmp(p->ask.content, "dsse") == 0) {
		wf_json_set_z(o, "payload", pki_b64(p, p->payload));
		wf_json_set_z(o, "payloadType", p->payload_type);
		d = wf_json_object();
		wf_json_set_z(d, "sig", pki_b64(p, p->signature));
		list = wf_json_array();
		wf_json_push(list, d);
		wf_json_set(o, "signatures", list);
		return o;
	}
	d = wf_json_object();
	wf_json_set_z(d, "algorithm", pki_is(p, "r16-algorithm") ? "SHA3_256" : pki_is(p, "r16-algorithm-differs") ? "SHA2_512" : algorithm);
	wf_json_set_z(d, "digest", pki_b64(p, pki_is(p, "r16-digest") ? pki_flip(p, digest) : digest));
	wf_json_set(o, "messageDigest", d);
	wf_json_set_z(o, "signature", pki_b64(p, p->signature));
	return o;
}

static void
add_stamps(struct pki *p, struct wf_json *m)
{
	struct wf_json *data = wf_json_object(), *list = wf_json_array(), *o;
	struct wf_str over = p->signature;
	size_t i;

	if (pki_is(p, "r32-over-message"))
		over = p->message;
	for (i = 0; i < p->ask.stamps; i++) {
		o = wf_json_object();
		wf_json_set_z(o, "signedTimestamp", pki_b64(p, pki_token(p, i, over)));
		wf_json_push(list, o);
	}
	wf_json_set(data, "rfc3161Timestamps", list);
	wf_json_set(m, "timestampVerificationData", data);
}

struct wf_json *
pki_bundle(struct pki *p)
{
	struct wf_json *o = wf_json_object(), *m = wf_json_object(), *list = wf_json_array();
	const char *v = p->ask.version;
	size_t i, n = strcmp(p->ask.entry, "none") == 0 ? 0 : 1;
	bool dsse = strcmp(p->ask.content, "dsse") == 0;

	if (pki_is(p, "ok-r31-two-logs") || pki_is(p, "r31-same-log-twice"))
		n = 2;
	wf_json_set_z(o, "mediaType",
	              strcmp(v, "0.3") == 0 && !pki_is(p, "ok-r06-old-name-of-0.3")
	                      ? "application/vnd.dev.sigstore.bundle.v0.3+json"
	                      : pki_str(p, "application/vnd.dev.sigstore.bundle+json;version=%s", v).p);
	add_material(p, m);
	for (i = 0; i < n; i++)
		wf_json_push(list, pki_entry(p, pki_is(p, "r31-same-log-twice") ? 0 : i));
	wf_json_set(m, "tlogEntries", list);
	if (p->ask.stamps)
		add_stamps(p, m);
	wf_json_set(o, "verificationMaterial", m);
	wf_json_set(o, dsse ? "dsseEnvelope" : "messageSignature", content(p));
	pki_edit_json(p, o, "bundle");
	return o;
}

static struct wf_str
text_of(struct pki *p, struct wf_json *o, const char *which)
{
	struct wf_buf b = WF_BUF_INIT(64 * WF_MIB);
	struct wf_str out;

	PKI_MUST(wf_json_dump(o, WF_JSON_COMPACT, &b, NULL) == WF_OK, "JSON");
	out = wf_arena_dup(&p->arena, wf_buf_str(&b));
	wf_buf_free(&b);
	wf_json_free(o);
	return pki_edit_text(p, out, which);
}

struct wf_str
pki_bundle_text(struct pki *p)
{
	return text_of(p, pki_bundle(p), "bundle");
}

struct wf_str
pki_trusted_root_text(struct pki *p)
{
	return text_of(p, pki_trusted_root(p), "root");
}
