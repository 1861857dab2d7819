/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/bundle.c and trust/proto.c: a bundle that parses, then one change at
 * a time, each with its reason.
 */
#include "trust/bundle.h"

#include <stdlib.h>

#include "base/limits.h"
#include "tests/lib/sign.h"
#include "tests/lib/tap.h"

#define KEY "verificationMaterial.publicKey"
#define HASH "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define ENTRY "{\"logIndex\":\"7\",\"logId\":{\"keyId\":\"AAAA\"}," \
	"\"kindVersion\":{\"kind\":\"dsse\",\"version\":\"0.0.1\"},\"integratedTime\":\"1\"," \
	"\"inclusionPromise\":{\"signedEntryTimestamp\":\"AAAA\"}," \
	"\"inclusionProof\":{\"logIndex\":\"7\",\"rootHash\":\"" HASH "\",\"treeSize\":\"8\"," \
	"\"hashes\":[\"" HASH "\"],\"checkpoint\":{\"envelope\":\"x\"}},\"canonicalizedBody\":\"AAAA\"}"

struct row {
	const char *name, *path;
	const char *value; /* JSON; NULL removes the member */
	enum wf_reason reason;
};

static const struct row rows[] = {
	{"R06 the other spelling of version 0.3", "mediaType",
	 "\"application/vnd.dev.sigstore.bundle+json;version=0.3\"", WF_R_OK},
	{"R06 version 0.2", "mediaType", "\"application/vnd.dev.sigstore.bundle+json;version=0.2\"", WF_R_OK},
	{"R06 version 0.1", "mediaType", "\"application/vnd.dev.sigstore.bundle+json;version=0.1\"", WF_R_OK},
	{"R06 version 0.4", "mediaType", "\"application/vnd.dev.sigstore.bundle.v0.4+json\"", WF_R_UNSUPPORTED_VERSION},
	{"R06 another media type", "mediaType", "\"application/json\"", WF_R_CANDIDATE_MALFORMED},
	{"R06 media type in capitals", "mediaType",
	 "\"APPLICATION/vnd.dev.sigstore.bundle.v0.3+json\"", WF_R_CANDIDATE_MALFORMED},
	{"R06 no media type", "mediaType", NULL, WF_R_CANDIDATE_MALFORMED},
	{"R07 unknown member at the top", "extra", "1", WF_R_CANDIDATE_MALFORMED},
	{"null at the top", "messageSignature", "null", WF_R_CANDIDATE_MALFORMED},
	{"R08 both contents", "messageSignature", "{\"signature\":\"AAAA\"}", WF_R_CANDIDATE_MALFORMED},
	{"R08 no content", "dsseEnvelope", NULL, WF_R_CANDIDATE_MALFORMED},
	{"no material", "verificationMaterial", NULL, WF_R_CANDIDATE_MALFORMED},
	{"material without a kind", "verificationMaterial", "{}", WF_R_CANDIDATE_MALFORMED},
	{"two kinds of material", "verificationMaterial.certificate", "{\"rawBytes\":\"AAAA\"}",
	 WF_R_CANDIDATE_MALFORMED},
	{"unknown member in the material", "verificationMaterial.x", "1", WF_R_CANDIDATE_MALFORMED},
	{"unknown member in the key", KEY ".x", "1", WF_R_CANDIDATE_MALFORMED},
	{"a key without a hint", KEY, "{}", WF_R_OK},
	{"a hint that is no string", KEY ".hint", "1", WF_R_CANDIDATE_MALFORMED},
	{"R07 snake case", "verificationMaterial", "{\"public_key\":{\"hint\":\"\"}}", WF_R_CANDIDATE_MALFORMED},
	{"unknown member in the envelope", "dsseEnvelope.x", "1", WF_R_CANDIDATE_MALFORMED},
	{"R08 no signature", "dsseEnvelope.signatures", "[]", WF_R_CANDIDATE_MALFORMED},
	{"R08 two signatures", "dsseEnvelope.signatures", "[{\"sig\":\"AAAA\"},{\"sig\":\"AAAA\"}]",
	 WF_R_CANDIDATE_MALFORMED},
	{"an empty signature", "dsseEnvelope.signatures.0.sig", "\"\"", WF_R_CANDIDATE_MALFORMED},
	{"signatures that are no array", "dsseEnvelope.signatures", "{}", WF_R_CANDIDATE_MALFORMED},
	{"a null signature", "dsseEnvelope.signatures", "[null]", WF_R_CANDIDATE_MALFORMED},
	{"keyid equal to the hint", "dsseEnvelope.signatures.0.keyid", "@hint", WF_R_OK},
	{"keyid unlike the hint", "dsseEnvelope.signatures.0.keyid", "\"other\"", WF_R_CANDIDATE_MALFORMED},
	{"R07 base64 without padding", "dsseEnvelope.payload", "\"AAA\"", WF_R_CANDIDATE_MALFORMED},
	{"R07 base64url", "dsseEnvelope.payload", "\"-_-_\"", WF_R_CANDIDATE_MALFORMED},
	{"R07 base64 with white space", "dsseEnvelope.payload", "\"AAAA \"", WF_R_CANDIDATE_MALFORMED},
	{"R07 base64 with unused bits", "dsseEnvelope.payload", "\"AAAB/x==\"", WF_R_CANDIDATE_MALFORMED},
	{"a log entry", "verificationMaterial.tlogEntries", "[" ENTRY "]", WF_R_OK},
	{"R09 0.3 with a chain", "verificationMaterial",
	 "{\"x509CertificateChain\":{\"certificates\":[{\"rawBytes\":\"AAAA\"}]}}", WF_R_CANDIDATE_MALFORMED},
	{"a certificate", "verificationMaterial", "{\"certificate\":{\"rawBytes\":\"AAAA\"}}", WF_R_OK},
	{"an empty certificate", "verificationMaterial", "{\"certificate\":{}}", WF_R_CANDIDATE_MALFORMED},
	{"a timestamp", "verificationMaterial.timestampVerificationData",
	 "{\"rfc3161Timestamps\":[{\"signedTimestamp\":\"AAAA\"}]}", WF_R_OK},
	{"an empty timestamp", "verificationMaterial.timestampVerificationData",
	 "{\"rfc3161Timestamps\":[{}]}", WF_R_CANDIDATE_MALFORMED},
	{"unknown member beside the timestamps", "verificationMaterial.timestampVerificationData",
	 "{\"x\":[]}", WF_R_CANDIDATE_MALFORMED},
};

#define E "verificationMaterial.tlogEntries.0."

static const struct row entry_rows[] = {
	{"integers as JSON integers", E "logIndex", "7", WF_R_OK},
	{"the largest integer", E "logIndex", "\"9223372036854775807\"", WF_R_OK},
	{"one more", E "logIndex", "\"9223372036854775808\"", WF_R_CANDIDATE_MALFORMED},
	{"index absent is 0", E "logIndex", NULL, WF_R_OK},
	{"negative index", E "logIndex", "\"-1\"", WF_R_CANDIDATE_MALFORMED},
	{"index with a leading zero", E "logIndex", "\"07\"", WF_R_CANDIDATE_MALFORMED},
	{"index with a plus", E "logIndex", "\"+7\"", WF_R_CANDIDATE_MALFORMED},
	{"index as a real", E "logIndex", "7.0", WF_R_CANDIDATE_MALFORMED},
	{"index empty", E "logIndex", "\"\"", WF_R_CANDIDATE_MALFORMED},
	{"no log id", E "logId", NULL, WF_R_CANDIDATE_MALFORMED},
	{"no kind", E "kindVersion", NULL, WF_R_CANDIDATE_MALFORMED},
	{"no body", E "canonicalizedBody", NULL, WF_R_CANDIDATE_MALFORMED},
	{"R09 0.3 without a promise", E "inclusionPromise", NULL, WF_R_OK},
	{"R09 0.3 without a proof", E "inclusionProof", NULL, WF_R_LOG_PROOF_MISSING},
	{"a hash of 3 bytes", E "inclusionProof.hashes", "[\"AAAA\"]", WF_R_CANDIDATE_MALFORMED},
	{"a hash that is no string", E "inclusionProof.hashes", "[1]", WF_R_CANDIDATE_MALFORMED},
	{"R25 an empty promise", E "inclusionPromise.signedEntryTimestamp", "\"\"", WF_R_LOG_PROOF_INVALID},
	{"an empty log id", E "logId.keyId", "\"\"", WF_R_CANDIDATE_MALFORMED},
	{"an empty kind", E "kindVersion.kind", "\"\"", WF_R_CANDIDATE_MALFORMED},
	{"unknown member in the proof", E "inclusionProof.x", "1", WF_R_CANDIDATE_MALFORMED},
	{"unknown member in the entry", E "x", "1", WF_R_CANDIDATE_MALFORMED},
};

static void
check(struct wf_str text, enum wf_reason want, const char *name)
{
	struct wf_bundle b = WF_BUNDLE_INIT;
	struct wf_err err = {0};

	ERR(wf_bundle_parse(text, &b, &err), &err, want, name);
	wf_bundle_free(&b);
}

static void
run_row(const struct sign_key *k, const struct row *r, const char *entries)
{
	WF_AUTO(wf_freep) char *statement = sign_statement("sha256:00", NULL);
	WF_AUTO(wf_json_freep) struct wf_json *b = sign_dsse(k, NULL, statement);
	WF_AUTO(wf_freep) char *text = NULL;
	struct wf_json *value = NULL;

	if (entries)
		sign_set(b, "verificationMaterial.tlogEntries", sign_json(entries));
	WF_AUTO(wf_freep) char *before = sign_text(b);
	check(wf_str(before), WF_R_OK, "before the change it parses");
	if (r->value && strcmp(r->value, "@hint") == 0)
		value = wf_json_copy(wf_json_get(wf_json_get(wf_json_get(b, "verificationMaterial"),
		                                             "publicKey"), "hint"));
	else if (r->value) {
		WF_AUTO(wf_freep) char *wrapped = wf_asprintf("[%s]", r->value);
		WF_AUTO(wf_json_freep) struct wf_json *list = sign_json(wrapped);

		value = wf_json_copy(wf_json_at(list, 0));
	}
	sign_set(b, r->path, value);
	text = sign_text(b);
	check(wf_str(text), r->reason, r->name);
}

static void
test_versions_and_proofs(const struct sign_key *k)
{
	static const struct row v01 = {"R09 0.1 without a promise", E "inclusionPromise", NULL,
	                               WF_R_LOG_PROOF_MISSING};
	WF_AUTO(wf_json_freep) struct wf_json *b = sign_dsse(k, NULL, "{}");
	WF_AUTO(wf_freep) char *text = NULL;
	WF_AUTO(wf_freep) char *bad = NULL;
	WF_AUTO(wf_freep) char *chain = NULL;

	sign_set(b, "mediaType", wf_json_new_z("application/vnd.dev.sigstore.bundle+json;version=0.1"));
	sign_set(b, "verificationMaterial.tlogEntries", sign_json("[" ENTRY "]"));
	text = sign_text(b);
	check(wf_str(text), WF_R_OK, "R09 0.1 with promise and proof");
	sign_set(b, v01.path, NULL);
	bad = sign_text(b);
	check(wf_str(bad), v01.reason, v01.name);
	sign_set(b, "verificationMaterial",
	         sign_json("{\"x509CertificateChain\":{\"certificates\":[{\"rawBytes\":\"AAAA\"}]}}"));
	chain = sign_text(b);
	check(wf_str(chain), WF_R_OK, "R09 0.1 with a chain");
}

static void
test_limits(const struct sign_key *k)
{
	static const struct {
		const char *name, *path, *item;
		size_t max;
	} lists[] = {
		{"log entries", "verificationMaterial.tlogEntries", ENTRY, WF_MAX_LOG_ENTRIES},
		{"timestamps", "verificationMaterial.timestampVerificationData",
		 "{\"signedTimestamp\":\"AAAA\"}", WF_MAX_TIMESTAMPS},
	};
	size_t i, n, extra;

	for (i = 0; i < WF_COUNT(lists); i++) {
		for (extra = 0; extra < 2; extra++) {
			WF_AUTO(wf_json_freep) struct wf_json *b = sign_dsse(k, NULL, "{}");
			struct wf_json *list = wf_json_array(), *data;
			WF_AUTO(wf_freep) char *text = NULL;

			for (n = 0; n < lists[i].max + extra; n++)
				wf_json_push(list, sign_json(lists[i].item));
			if (i == 1) {
				data = wf_json_object();
				wf_json_set(data, "rfc3161Timestamps", list);
				list = data;
			}
			sign_set(b, lists[i].path, list);
			text = sign_text(b);
			check(wf_str(text), extra ? WF_R_CANDIDATE_LIMIT : WF_R_OK, lists[i].name);
		}
	}
}

static void
test_text(const struct sign_key *k)
{
	WF_AUTO(wf_json_freep) struct wf_json *b = sign_dsse(k, NULL, "{}");
	WF_AUTO(wf_freep) char *text = sign_text(b);
	WF_AUTO(wf_freep) char *tail = wf_asprintf("%sx", text);
	WF_AUTO(wf_freep) char *bom = wf_asprintf("\xef\xbb\xbf%s", text);
	WF_AUTO(wf_freep) char *twice = wf_asprintf("{\"mediaType\":\"x\",%s", text + 1);
	struct wf_bundle out = WF_BUNDLE_INIT;
	struct wf_err err = {0};

	ERR(wf_bundle_parse(wf_str(text), &out, &err), &err, WF_R_OK, "a bundle parses");
	EQ(out.minor, 3, "version");
	EQ(out.material, WF_BUNDLE_KEY, "material");
	EQ(out.content, WF_BUNDLE_DSSE, "content");
	EQ(out.log_entries + out.timestamps + out.nchain, 0, "no proofs");
	OK(wf_str_eqz(out.dsse.payload, "{}"), "payload is decoded");
	wf_bundle_free(&out);
	check(wf_str(tail), WF_R_CANDIDATE_MALFORMED, "R07 text after the document");
	check(wf_str(bom), WF_R_CANDIDATE_MALFORMED, "byte order mark");
	check(wf_str(twice), WF_R_CANDIDATE_MALFORMED, "R07 a member twice");
	check(wf_str(""), WF_R_CANDIDATE_MALFORMED, "nothing");
	check(wf_str("[]"), WF_R_CANDIDATE_MALFORMED, "an array");
	check(wf_str("<html></html>"), WF_R_CANDIDATE_MALFORMED, "HTML");
	check((struct wf_str){text, WF_MAX_BUNDLE_BYTES + 1u}, WF_R_CANDIDATE_LIMIT,
	      "larger than the limit is not looked at");
}

int
main(void)
{
	WF_AUTO(sign_key_freep) struct sign_key *k = sign_key_new("p256");
	size_t i;

	test_text(k);
	for (i = 0; i < WF_COUNT(rows); i++)
		run_row(k, &rows[i], NULL);
	for (i = 0; i < WF_COUNT(entry_rows); i++)
		run_row(k, &entry_rows[i], "[" ENTRY "]");
	test_versions_and_proofs(k);
	test_limits(k);
	return tap_done();
}
