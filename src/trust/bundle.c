/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a bundle.  Must never skip a member it does not know: a field that
 * another client checks and we do not see is a second meaning.
 */
#include "trust/bundle.h"

#include <string.h>

#include "base/limits.h"
#include "trust/proto.h"

static enum wf_rc
check_media_type(const struct wf_json *root, unsigned *minor, struct wf_err *err)
{
	static const struct {
		const char *type;
		unsigned minor;
	} known[] = {
		{"application/vnd.dev.sigstore.bundle.v0.3+json", 3},
		{"application/vnd.dev.sigstore.bundle+json;version=0.3", 3},
		{"application/vnd.dev.sigstore.bundle+json;version=0.2", 2},
		{"application/vnd.dev.sigstore.bundle+json;version=0.1", 1},
	};
	struct wf_str s;
	size_t i;
	enum wf_rc rc;

	if ((rc = wf_proto_string(root, "bundle", "mediaType", &s, err)))
		return rc;
	for (i = 0; i < WF_COUNT(known); i++) {
		if (wf_str_eqz(s, known[i].type)) {
			*minor = known[i].minor;
			return WF_OK;
		}
	}
	if (!wf_str_starts(s, "application/vnd.dev.sigstore.bundle"))
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "bundle.mediaType is \"%.*s\", expected that of a sigstore bundle",
		                  s.len > 80 ? 80 : (int)s.len, s.p ? s.p : "");
	return wf_err_set(err, WF_R_UNSUPPORTED_VERSION,
	                  "bundle.mediaType is \"%.*s\", known are versions 0.1 to 0.3",
	                  s.len > 80 ? 80 : (int)s.len, s.p);
}

/* The leaf of a chain comes first (client specification section 4.6). */
static enum wf_rc
read_chain(const struct wf_json *chain, struct wf_bundle *b, struct wf_err *err)
{
	static const char *const members[] = {"certificates", NULL};
	static const char *const cert_members[] = {"rawBytes", NULL};
	const struct wf_json *list;
	size_t n, i;
	enum wf_rc rc;

	if (b->minor >= 3)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "x509CertificateChain, which version 0.3 forbids");
	if ((rc = wf_proto_object(chain, "x509CertificateChain", members, err)) ||
	    (rc = wf_proto_array(chain, "x509CertificateChain", "certificates",
	                         WF_MAX_CHAIN, &list, &n, err)))
		return rc;
	if (n == 0)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "x509CertificateChain.certificates: none");
	b->chain = wf_arena_alloc(&b->arena, n * sizeof(*b->chain));
	for (i = 0; i < n; i++) {
		if ((rc = wf_proto_object(wf_json_at(list, i), "certificates[]", cert_members, err)) ||
		    (rc = wf_proto_bytes(wf_json_at(list, i), "certificates[]", "rawBytes",
		                         &b->arena, &b->chain[i], err)))
			return rc;
		if (b->chain[i].len == 0)
			return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
			                  "certificates[%zu] is empty", i);
	}
	b->nchain = n;
	b->certificate = b->chain[0];
	return WF_OK;
}

static enum wf_rc
read_material_kind(const struct wf_json *m, struct wf_bundle *b, struct wf_err *err)
{
	static const char *const key_members[] = {"hint", NULL};
	static const char *const cert_members[] = {"rawBytes", NULL};
	const struct wf_json *key = wf_json_get(m, "publicKey");
	const struct wf_json *cert = wf_json_get(m, "certificate");
	const struct wf_json *chain = wf_json_get(m, "x509CertificateChain");
	enum wf_rc rc;

	if (!!key + !!cert + !!chain != 1)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "verificationMaterial has %d of publicKey, certificate and "
		                  "x509CertificateChain, expected exactly one",
		                  !!key + !!cert + !!chain);
	if (key) {
		b->material = WF_BUNDLE_KEY;
		if ((rc = wf_proto_object(key, "publicKey", key_members, err)))
			return rc;
		return wf_proto_string(key, "publicKey", "hint", &b->hint, err);
	}
	b->material = WF_BUNDLE_CERTIFICATE;
	if (chain)
		rc = read_chain(chain, b, err);
	else if ((rc = wf_proto_object(cert, "certificate", cert_members, err)) == WF_OK)
		rc = wf_proto_bytes(cert, "certificate", "rawBytes", &b->arena,
		                    &b->certificate, err);
	if (rc == WF_OK && b->certificate.len == 0)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED, "the certificate is empty");
	return rc;
}

static enum wf_rc
read_timestamps(const struct wf_json *m, struct wf_bundle *b, struct wf_err *err)
{
	static const char *const members[] = {"rfc3161Timestamps", NULL};
	static const char *const stamp_members[] = {"signedTimestamp", NULL};
	const struct wf_json *data = wf_json_get(m, "timestampVerificationData"), *list;
	size_t i;
	enum wf_rc rc;

	if (!data)
		return WF_OK;
	if ((rc = wf_proto_object(data, "timestampVerificationData", members, err)) ||
	    (rc = wf_proto_array(data, "timestampVerificationData", "rfc3161Timestamps",
	                         WF_MAX_TIMESTAMPS, &list, &b->timestamps, err)))
		return rc;
	b->stamp = wf_arena_alloc(&b->arena, (b->timestamps + 1) * sizeof(*b->stamp));
	for (i = 0; i < b->timestamps; i++) {
		if ((rc = wf_proto_object(wf_json_at(list, i), "rfc3161Timestamps[]",
		                          stamp_members, err)) ||
		    (rc = wf_proto_bytes(wf_json_at(list, i), "rfc3161Timestamps[]",
		                         "signedTimestamp", &b->arena, &b->stamp[i], err)))
			return rc;
		if (b->stamp[i].len == 0)
			return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
			                  "rfc3161Timestamps[%zu].signedTimestamp: missing", i);
	}
	return WF_OK;
}

static enum wf_rc
read_material(const struct wf_json *m, struct wf_bundle *b, struct wf_err *err)
{
	static const char *const members[] = {"publicKey", "certificate",
	                                      "x509CertificateChain", "tlogEntries",
	                                      "timestampVerificationData", NULL};
	const struct wf_json *entries;
	size_t i;
	enum wf_rc rc;

	if ((rc = wf_proto_object(m, "verificationMaterial", members, err)) ||
	    (rc = read_material_kind(m, b, err)) ||
	    (rc = wf_proto_array(m, "verificationMaterial", "tlogEntries",
	                         WF_MAX_LOG_ENTRIES, &entries, &b->log_entries, err)))
		return rc;
	b->entry = wf_arena_alloc(&b->arena, (b->log_entries + 1) * sizeof(*b->entry));
	for (i = 0; i < b->log_entries; i++)
		if ((rc = wf_logentry_bundle(wf_json_at(entries, i), b->minor, &b->arena,
		                             &b->entry[i], err)))
			return rc;
	return read_timestamps(m, b, err);
}

static enum wf_rc
read_message(const struct wf_json *m, struct wf_bundle *b, struct wf_err *err)
{
	static const char *const members[] = {"messageDigest", "signature", NULL};
	static const char *const digest_members[] = {"algorithm", "digest", NULL};
	const struct wf_json *digest = wf_json_get(m, "messageDigest");
	enum wf_rc rc;

	b->content = WF_BUNDLE_MESSAGE;
	if ((rc = wf_proto_object(m, "messageSignature", members, err)) ||
	    (rc = wf_proto_bytes(m, "messageSignature", "signature", &b->arena,
	                         &b->signature, err)))
		return rc;
	if (b->signature.len == 0)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "messageSignature.signature: missing");
	if (!digest)
		return WF_OK;
	if ((rc = wf_proto_object(digest, "messageDigest", digest_members, err)) ||
	    (rc = wf_proto_string(digest, "messageDigest", "algorithm",
	                          &b->digest_algorithm, err)))
		return rc;
	return wf_proto_bytes(digest, "messageDigest", "digest", &b->arena, &b->digest, err);
}

static enum wf_rc
read_content(const struct wf_json *root, struct wf_bundle *b, struct wf_err *err)
{
	const struct wf_json *dsse = wf_json_get(root, "dsseEnvelope");
	const struct wf_json *message = wf_json_get(root, "messageSignature");
	enum wf_rc rc;

	if (!dsse == !message)
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "bundle has %s of dsseEnvelope and messageSignature, expected one",
		                  dsse ? "both" : "none");
	if (message)
		return read_message(message, b, err);
	b->content = WF_BUNDLE_DSSE;
	if ((rc = wf_dsse_envelope(dsse, "dsseEnvelope", &b->arena, &b->dsse, err)))
		return rc;
	if (b->hint.len && b->dsse.keyid.len && !wf_str_eq(b->hint, b->dsse.keyid))
		return wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
		                  "publicKey.hint and the envelope's keyid differ");
	return WF_OK;
}

enum wf_rc
wf_bundle_parse(struct wf_str text, struct wf_bundle *out, struct wf_err *err)
{
	static const char *const members[] = {"mediaType", "verificationMaterial",
	                                      "dsseEnvelope", "messageSignature", NULL};
	enum wf_rc rc;

	if (text.len > WF_MAX_BUNDLE_BYTES)
		return wf_err_set(err, WF_R_CANDIDATE_LIMIT,
		                  "bundle of %zu bytes, at most %u are read", text.len,
		                  WF_MAX_BUNDLE_BYTES);
	/* the version first: another one may have other members */
	if ((rc = wf_proto_parse_unsigned(text, "bundle", &out->json, err)) == WF_OK &&
	    (rc = wf_json_kind(out->json) == WF_JSON_OBJECT ? WF_OK
	          : wf_err_set(err, WF_R_CANDIDATE_MALFORMED,
	                       "bundle: expected an object")) == WF_OK &&
	    (rc = check_media_type(out->json, &out->minor, err)) == WF_OK &&
	    (rc = wf_proto_object(out->json, "bundle", members, err)) == WF_OK &&
	    (rc = read_material(wf_json_get(out->json, "verificationMaterial"), out,
	                        err)) == WF_OK)
		rc = read_content(out->json, out, err);
	if (rc)
		wf_bundle_free(out);
	return rc;
}

void
wf_bundle_free(struct wf_bundle *b)
{
	if (!b)
		return;
	wf_json_freep(&b->json);
	wf_arena_free(&b->arena);
	memset(b, 0, sizeof(*b));
}
