/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads trusted_root.json.  Must never take a log without a start of its
 * validity: without one every time would do.
 */
#include "trust/root.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "trust/proto.h"

#define CHAIN_MAX 16u /* certificates of one entry, as many as a bundle may bring */

static const struct wf_str rsa_spki_head = {
	/* SEQUENCE { OID rsaEncryption, NULL } */
	"\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", 15,
};

/* protobuf-specs PublicKeyDetails; what is not here is not served. */
static const struct {
	const char *details, *algorithm; /* algorithm: how wf_sigkey_algorithm begins */
	bool pkcs1;                      /* a bare RSAPublicKey, staging's oldest log */
} served[] = {
	{"PKIX_ECDSA_P256_SHA_256", "ecdsa-p256", false},
	{"PKIX_ECDSA_P384_SHA_384", "ecdsa-p384", false},
	{"PKIX_ECDSA_P384_SHA_256", "ecdsa-p384", false},
	{"PKIX_ECDSA_P521_SHA_512", "ecdsa-p521", false},
	{"PKIX_ECDSA_P521_SHA_256", "ecdsa-p521", false},
	{"PKIX_ED25519", "ed25519", false},
	{"PKIX_RSA_PKCS1V15_2048_SHA256", "rsa-2048", false},
	{"PKIX_RSA_PKCS1V15_3072_SHA256", "rsa-3072", false},
	{"PKIX_RSA_PKCS1V15_4096_SHA256", "rsa-4096", false},
	{"PKIX_RSA_PKCS1V5", "rsa-", false},
	{"PKCS1_RSA_PKCS1V5", "rsa-", true},
};

static enum wf_rc
read_instant(const struct wf_json *o, const char *where, const char *member, bool *given,
             struct wf_instant *out, struct wf_err *err)
{
	struct wf_str s;
	enum wf_rc rc;

	*given = wf_json_get(o, member) != NULL;
	if (!*given)
		return WF_OK;
	if ((rc = wf_proto_string(o, where, member, &s, err)))
		return rc;
	if (wf_instant_parse(s, out))
		return wf_err_set(err, WF_R_CONFIG, "%s.%s is \"%.*s\", expected an RFC 3339 time",
		                  where, member, s.len > 60 ? 60 : (int)s.len, s.p ? s.p : "");
	return WF_OK;
}

static enum wf_rc
read_window(struct wf_root *r, const struct wf_json *owner, const char *where,
            bool needs_start, struct wf_window *out, struct wf_err *err)
{
	static const char *const members[] = {"start", "end", NULL};
	const struct wf_json *o = wf_json_get(owner, "validFor");
	bool has_start = false;
	enum wf_rc rc;

	if (o && ((rc = wf_proto_object(o, "validFor", members, err)) ||
	          (rc = read_instant(o, "validFor", "start", &has_start, &out->start, err)) ||
	          (rc = read_instant(o, "validFor", "end", &out->has_end, &out->end, err))))
		return wf_err_wrap(err, "%s", where);
	if (!has_start && needs_start)
		return wf_err_set(err, WF_R_CONFIG, "%s: validFor has no start, which a log must have",
		                  where);
	if (!has_start)
		out->start = (struct wf_instant){.sec = INT64_MIN};
	else if (wf_instant_cmp(out->start, r->newest) > 0)
		r->newest = out->start;
	if (has_start && out->has_end && wf_instant_cmp(out->end, out->start) < 0)
		return wf_err_set(err, WF_R_CONFIG, "%s: validFor ends before it starts", where);
	return WF_OK;
}

static void
skip(struct wf_root *r, const char *where, const char *why, struct wf_str detail)
{
	size_t n = strlen(why);
	char *text;

	if (detail.len > 60)
		detail.len = 60;
	text = wf_arena_alloc(&r->arena, n + detail.len + 1);
	memcpy(text, why, n);
	if (detail.len)
		memcpy(text + n, detail.p, detail.len);
	text[n + detail.len] = '\0';
	r->skipped[r->nskipped++] = (struct wf_root_skipped){
		wf_arena_strn(&r->arena, where, strlen(where)), text,
	};
}

static size_t
der_head(unsigned char *p, unsigned char tag, size_t n)
{
	p[0] = tag;
	if (n < 0x80) {
		p[1] = (unsigned char)n;
		return 2;
	}
	p[1] = 0x82;
	p[2] = (unsigned char)(n >> 8);
	p[3] = (unsigned char)n;
	return 4;
}

/* RFC 8017 A.1.1's RSAPublicKey as a SubjectPublicKeyInfo. */
static struct wf_str
wrap_pkcs1(struct wf_root *r, struct wf_str key)
{
	size_t bits = key.len + 1, n = 0;
	unsigned char head[4];
	size_t body = rsa_spki_head.len + der_head(head, 0x03, bits) + bits;
	unsigned char *p = wf_arena_alloc(&r->arena, body + 4);

	n += der_head(p, 0x30, body);
	memcpy(p + n, rsa_spki_head.p, rsa_spki_head.len);
	n += rsa_spki_head.len;
	n += der_head(p + n, 0x03, bits);
	p[n++] = 0; /* no unused bits */
	memcpy(p + n, key.p, key.len);
	return (struct wf_str){(char *)p, n + key.len};
}

/* *taken false: a key of a kind that is not served. */
static enum wf_rc
read_key(struct wf_root *r, const struct wf_json *k, const char *where, bool *taken,
         struct wf_root_log *log, struct wf_err *err)
{
	static const char *const members[] = {"rawBytes", "keyDetails", "validFor", NULL};
	struct wf_str raw, details;
	size_t i;
	enum wf_rc rc;

	if ((rc = wf_proto_object(k, "publicKey", members, err)) ||
	    (rc = wf_proto_bytes(k, "publicKey", "rawBytes", &r->arena, &raw, err)) ||
	    (rc = wf_proto_string(k, "publicKey", "keyDetails", &details, err)))
		return wf_err_wrap(err, "%s", where);
	if (raw.len == 0 || raw.len > WF_MAX_KEY_BYTES / 2)
		return wf_err_set(err, WF_R_CONFIG, "%s: publicKey.rawBytes of %zu bytes", where,
		                  raw.len);
	if ((rc = read_window(r, k, where, true, &log->window, err)))
		return rc;
	for (i = 0; i < WF_COUNT(served); i++)
		if (wf_str_eqz(details, served[i].details))
			break;
	*taken = i < WF_COUNT(served);
	if (!*taken) {
		skip(r, where, "its key is not of a kind that is served: ", details);
		return WF_OK;
	}
	log->spki = served[i].pkcs1 ? wrap_pkcs1(r, raw) : raw;
	if ((rc = wf_sigkey_load_late(log->spki, where, &log->key, err)))
		return rc;
	if (strncmp(wf_sigkey_algorithm(log->key), served[i].algorithm,
	            strlen(served[i].algorithm)) != 0)
		return wf_err_set(err, WF_R_CONFIG, "%s: the key is %s, but keyDetails says %s", where,
		                  wf_sigkey_algorithm(log->key), served[i].details);
	return WF_OK;
}

/* "https://log.example/a/" -> "log.example" */
static struct wf_str
origin_of(struct wf_str url)
{
	static const char mark[] = "://";
	const char *p = url.len ? memmem(url.p, url.len, mark, sizeof(mark) - 1) : NULL;
	const char *end;

	if (p) {
		p += sizeof(mark) - 1;
		url = (struct wf_str){p, url.len - (size_t)(p - url.p)};
	}
	end = url.len ? memchr(url.p, '/', url.len) : NULL;
	if (end)
		url.len = (size_t)(end - url.p);
	return url;
}

static enum wf_rc
read_id(struct wf_root *r, const struct wf_json *o, const char *member, struct wf_str *out,
        struct wf_err *err)
{
	static const char *const members[] = {"keyId", NULL};
	const struct wf_json *id = wf_json_get(o, member);
	enum wf_rc rc;

	if ((rc = wf_proto_object(id, member, members, err)))
		return rc;
	return wf_proto_bytes(id, member, "keyId", &r->arena, out, err);
}

static enum wf_rc
read_log(struct wf_root *r, const struct wf_json *o, const char *where, bool *taken,
         struct wf_root_log *log, struct wf_err *err)
{
	static const char *const members[] = {"baseUrl", "hashAlgorithm", "publicKey", "logId",
	                                      "checkpointKeyId", "operator", NULL};
	struct wf_str url, hash, id;
	enum wf_rc rc;

	if ((rc = wf_proto_object(o, "log", members, err)) ||
	    (rc = wf_proto_string(o, "log", "baseUrl", &url, err)) ||
	    (rc = wf_proto_string(o, "log", "hashAlgorithm", &hash, err)) ||
	    (rc = read_id(r, o, "logId", &id, err)) ||
	    (wf_json_get(o, "checkpointKeyId") &&
	     (rc = read_id(r, o, "checkpointKeyId", &log->checkpoint_key_id, err))))
		return wf_err_wrap(err, "%s", where);
	if (!wf_str_eqz(hash, "SHA2_256"))
		return wf_err_set(err, WF_R_CONFIG, "%s: hashAlgorithm is \"%.*s\", expected SHA2_256",
		                  where, hash.len > 40 ? 40 : (int)hash.len, hash.p ? hash.p : "");
	if (id.len != WF_ROOT_ID_BYTES)
		return wf_err_set(err, WF_R_CONFIG, "%s: logId.keyId has %zu bytes, expected %u", where,
		                  id.len, WF_ROOT_ID_BYTES);
	memcpy(log->id, id.p, sizeof(log->id));
	log->base_url = wf_arena_dup(&r->arena, url);
	log->origin = origin_of(log->base_url);
	return read_key(r, wf_json_get(o, "publicKey"), where, taken, log, err);
}

static enum wf_rc
read_logs(struct wf_root *r, const struct wf_json *root, const char *member,
          struct wf_root_log **out, size_t *nout, struct wf_err *err)
{
	const struct wf_json *list;
	char where[64];
	size_t n, i;
	bool taken = false;
	enum wf_rc rc;

	if ((rc = wf_proto_array(root, "trusted root", member, WF_MAX_ROOT_ENTRIES, &list, &n, err)))
		return rc;
	*out = wf_calloc(n + 1, sizeof(**out));
	for (i = 0; i < n; i++) {
		(void)snprintf(where, sizeof(where), "%s[%zu]", member, i);
		rc = read_log(r, wf_json_at(list, i), where, &taken, &(*out)[*nout], err);
		/* counted first: it may own a key already */
		if (rc || taken)
			++*nout;
		else
			memset(&(*out)[*nout], 0, sizeof(**out));
		if (rc)
			return rc;
	}
	return WF_OK;
}

static enum wf_rc
read_certs(struct wf_root *r, const struct wf_json *o, const char *where,
           struct wf_root_ca *ca, struct wf_err *err)
{
	static const char *const members[] = {"certificates", NULL};
	static const char *const cert_members[] = {"rawBytes", NULL};
	const struct wf_json *chain = wf_json_get(o, "certChain"), *list;
	struct wf_str der;
	size_t n, i;
	enum wf_rc rc;

	if ((rc = wf_proto_object(chain, "certChain", members, err)) ||
	    (rc = wf_proto_array(chain, "certChain", "certificates", CHAIN_MAX, &list, &n, err)))
		return wf_err_wrap(err, "%s", where);
	if (n == 0)
		return wf_err_set(err, WF_R_CONFIG, "%s: certChain has no certificate", where);
	ca->certs = wf_calloc(n, sizeof(struct wf_x509 *));
	for (i = 0; i < n; i++) {
		if ((rc = wf_proto_object(wf_json_at(list, i), "certificates[]", cert_members, err)) ||
		    (rc = wf_proto_bytes(wf_json_at(list, i), "certificates[]", "rawBytes", &r->arena, &der, err)))
			return wf_err_wrap(err, "%s", where);
		if ((rc = wf_x509_read_late(der, where, WF_R_CONFIG, &ca->certs[i], err)))
			return rc;
		ca->ncerts++;
	}
	return WF_OK;
}

static enum wf_rc
read_ca(struct wf_root *r, const struct wf_json *o, const char *where,
        struct wf_root_ca *ca, struct wf_err *err)
{
	static const char *const members[] = {"subject", "uri", "certChain", "validFor",
	                                      "operator", NULL};
	struct wf_str uri;
	size_t first;
	enum wf_rc rc;

	if ((rc = wf_proto_object(o, "entry", members, err)) ||
	    (rc = wf_proto_string(o, "entry", "uri", &uri, err)))
		return wf_err_wrap(err, "%s", where);
	ca->uri = wf_arena_dup(&r->arena, uri);
	if ((rc = read_window(r, o, where, false, &ca->window, err)) ||
	    (rc = read_certs(r, o, where, ca, err)))
		return rc;
	if (!wf_x509_is_ca(ca->certs[0]))
		ca->leaf = ca->certs[0];
	ca->anchor = ca->certs[ca->ncerts - 1];
	first = ca->leaf ? 1 : 0;
	ca->intermediates = ca->certs + first;
	ca->nintermediates = ca->ncerts - 1 >= first ? ca->ncerts - 1 - first : 0;
	return WF_OK;
}

static enum wf_rc
read_cas(struct wf_root *r, const struct wf_json *root, const char *member,
         struct wf_root_ca **out, size_t *nout, struct wf_err *err)
{
	const struct wf_json *list;
	char where[64];
	size_t n, i;
	enum wf_rc rc;

	if ((rc = wf_proto_array(root, "trusted root", member, WF_MAX_ROOT_ENTRIES, &list, &n, err)))
		return rc;
	*out = wf_calloc(n + 1, sizeof(**out));
	for (i = 0; i < n; i++) {
		(void)snprintf(where, sizeof(where), "%s[%zu]", member, i);
		++*nout;
		if ((rc = read_ca(r, wf_json_at(list, i), where, &(*out)[i], err)))
			return rc;
	}
	return WF_OK;
}

static enum wf_rc
read_all(struct wf_str json, struct wf_root *r, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	static const char *const members[] = {"mediaType", "tlogs", "certificateAuthorities",
	                                      "ctlogs", "timestampAuthorities", NULL};
	static const char *const types[] = {
		"application/vnd.dev.sigstore.trustedroot+json;version=0.1",
		"application/vnd.dev.sigstore.trustedroot.v0.1+json",
		"application/vnd.dev.sigstore.trustedroot.v0.2+json",
	};
	struct wf_str type;
	size_t i;
	enum wf_rc rc;

	if ((rc = wf_proto_parse(json, "trusted root", &doc, err)) ||
	    (rc = wf_proto_object(doc, "trusted root", members, err)) ||
	    (rc = wf_proto_string(doc, "trusted root", "mediaType", &type, err)))
		return rc;
	for (i = 0; i < WF_COUNT(types); i++)
		if (wf_str_eqz(type, types[i]))
			break;
	if (i == WF_COUNT(types))
		return wf_err_set(err, WF_R_CONFIG,
		                  "mediaType is \"%.*s\", expected that of a trusted root 0.1 or 0.2",
		                  type.len > 80 ? 80 : (int)type.len, type.p ? type.p : "");
	r->skipped = wf_arena_alloc(&r->arena, 2 * WF_MAX_ROOT_ENTRIES * sizeof(*r->skipped));
	if ((rc = read_logs(r, doc, "tlogs", &r->logs, &r->nlogs, err)) ||
	    (rc = read_logs(r, doc, "ctlogs", &r->ctlogs, &r->nctlogs, err)) ||
	    (rc = read_cas(r, doc, "certificateAuthorities", &r->cas, &r->ncas, err)))
		return rc;
	return read_cas(r, doc, "timestampAuthorities", &r->tsas, &r->ntsas, err);
}

/* What "gh attestation trusted-root" prints: a root a line.  They are several
 * roots, and what one says must not vouch for what only another one knows. */
static bool
is_json_lines(struct wf_str json)
{
	const char *end = json.len ? memchr(json.p, '\n', json.len) : NULL;

	return end && end > json.p && end[-1] == '}' && json.p[0] == '{' &&
	       end + 1 < json.p + json.len && end[1] == '{';
}

enum wf_rc
wf_root_parse(struct wf_str json, const char *name, struct wf_root **out, struct wf_err *err)
{
	WF_AUTO(wf_root_freep) struct wf_root *r = wf_calloc(1, sizeof(*r));
	struct wf_err why = {0};

	r->newest.sec = INT64_MIN;
	r->name = wf_arena_strn(&r->arena, name, strlen(name));
	if (json.len > WF_MAX_ROOT_BYTES)
		return wf_err_set(err, WF_R_CONFIG, "%s: %zu bytes, a trusted root has at most %u",
		                  name, json.len, WF_MAX_ROOT_BYTES);
	if (is_json_lines(json)) {
		(void)wf_err_set(err, WF_R_CONFIG,
		                 "%s: several trusted roots, one a line, expected a single one", name);
		return wf_err_hint(err, "Put the line of the instance that signs for you into a file of its own.");
	}
	/* whatever is wrong in it, it is the operator's file */
	if (read_all(json, r, &why))
		return wf_err_set(err, WF_R_CONFIG, "%s: %s", name, why.msg);
	*out = r;
	r = NULL;
	return WF_OK;
}

static void
free_cas(struct wf_root_ca *v, size_t n)
{
	size_t i, j;

	for (i = 0; i < n; i++) {
		for (j = 0; j < v[i].ncerts; j++)
			wf_x509_free(v[i].certs[j]);
		free(v[i].certs);
	}
	free(v);
}

static void
free_logs(struct wf_root_log *v, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		wf_sigkey_free(v[i].key);
	free(v);
}

void
wf_root_free(struct wf_root *r)
{
	if (!r)
		return;
	free_logs(r->logs, r->nlogs);
	free_logs(r->ctlogs, r->nctlogs);
	free_cas(r->cas, r->ncas);
	free_cas(r->tsas, r->ntsas);
	wf_arena_free(&r->arena);
	free(r);
}

void
wf_root_freep(struct wf_root **r)
{
	wf_root_free(*r);
	*r = NULL;
}

const struct wf_root_log *
wf_root_log_next(const struct wf_root_log *logs, size_t n, struct wf_str id, size_t *i)
{
	while (*i < n) {
		const struct wf_root_log *l = &logs[(*i)++];

		if (id.len == sizeof(l->id) && memcmp(id.p, l->id, sizeof(l->id)) == 0)
			return l;
	}
	return NULL;
}
