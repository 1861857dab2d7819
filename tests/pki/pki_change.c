/* SPDX-License-Identifier: Apache-2.0
 *
 * The changes.  Three kinds: places in the code that ask pki_is, edits of the
 * finished JSON at a path, edits of its text.
 */
#include "tests/pki/pki.h"

#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/limits.h"
#include "tests/lib/sign.h"

/* Those the code asks for. */
static const char *const coded[] = {
#define PKI_CHANGE(name) name,
#include "tests/pki/pki_coded.h"
#undef PKI_CHANGE
};

enum how { SET, REMOVE, FLIP, OTHER, REPEAT_LAST };

struct edit {
	const char *name;
	enum how how;
	const char *path, *value; /* value: JSON */
};

#define VM "verificationMaterial."
#define E VM "tlogEntries.0."
#define BAD64 "\"not base64\""

static const struct edit bundle_edits[] = {
	{"r06-version-0.4", SET, "mediaType", "\"application/vnd.dev.sigstore.bundle.v0.4+json\""},
	{"r06-version-old-style-0.4", SET, "mediaType", "\"application/vnd.dev.sigstore.bundle+json;version=0.4\""},
	{"r06-version-suffix", SET, "mediaType", "\"application/vnd.dev.sigstore.bundle.v0.3+json;x=1\""},
	{"r06-foreign-type", SET, "mediaType", "\"application/json\""},
	{"r06-no-type", REMOVE, "mediaType", NULL},
	{"r06-type-not-text", SET, "mediaType", "3"},
	{"r07-unknown-member", SET, "extra", "1"},
	{"r07-null-material", SET, "verificationMaterial", "null"},
	{"r07-body-bad-base64", SET, E "canonicalizedBody", BAD64},
	{"r07-signature-bad-base64", SET, "messageSignature.signature", BAD64},
	{"r07-certificate-bad-base64", SET, VM "certificate.rawBytes", BAD64},
	{"r07-certificate-not-der", SET, VM "certificate.rawBytes", "\"AAAA\""},
	{"r07-index-not-a-number", SET, E "logIndex", "\"six\""},
	{"r07-index-leading-zero", SET, E "logIndex", "\"04163437\""},
	{"r07-time-is-real", SET, E "integratedTime", "1772366405.5"},
	{"ok-r07-index-as-integer", SET, E "logIndex", "4163437"},
	{"r08-no-content", REMOVE, "messageSignature", NULL},
	{"r08-both-contents", SET, "dsseEnvelope", "{\"payload\":\"e30=\",\"payloadType\":\"application/vnd.in-toto+json\",\"signatures\":[{\"sig\":\"AAAA\"}]}"},
	{"r08-two-signatures", REPEAT_LAST, "dsseEnvelope.signatures", NULL},
	{"r08-no-signatures", SET, "dsseEnvelope.signatures", "[]"},
	{"r08-empty-signature", SET, "messageSignature.signature", "\"\""},
	{"r09-no-proof", REMOVE, E "inclusionProof", NULL},
	{"r09-no-promise", REMOVE, E "inclusionPromise", NULL},
	{"r09-chain-in-0.3", SET, "mediaType", "\"application/vnd.dev.sigstore.bundle.v0.3+json\""},
	{"r09-no-checkpoint", REMOVE, E "inclusionProof.checkpoint", NULL},
	{"r10-no-material", REMOVE, VM "certificate", NULL},
	{"r10-two-materials", SET, VM "publicKey", "{\"hint\":\"x\"}"},
	{"r16-another-digest", OTHER, "messageSignature.messageDigest", NULL},
	{"r20-negative-index", SET, E "logIndex", "\"-1\""},
	{"r20-kind", SET, E "kindVersion.kind", "\"dsse\""},
	{"r20-kind-hashedrekord", SET, E "kindVersion.kind", "\"hashedrekord\""},
	{"r20-version", SET, E "kindVersion.version", "\"0.0.7\""},
	{"r20-log-id-empty", SET, E "logId.keyId", "\"\""},
	{"r20-log-id", FLIP, E "logId.keyId", NULL},
	{"r21-another-entry", OTHER, VM "tlogEntries.0", NULL},
	{"r22-another-certificate", OTHER, VM "certificate", NULL},
	{"r24-body-of-another", OTHER, E "canonicalizedBody", NULL},
	{"r25-another-promise", OTHER, E "inclusionPromise", NULL},
	{"r25-index-changed", SET, E "logIndex", "\"4163438\""},
	{"r25-time-changed", SET, E "integratedTime", "\"1772366406\""},
	{"r25-empty-promise", SET, E "inclusionPromise.signedEntryTimestamp", "\"\""},
	{"r26-no-promise", REMOVE, E "inclusionPromise", NULL},
	{"ok-r24-time-beside-proof", SET, E "integratedTime", "\"1772366405\""},
	{"r27-another-proof", OTHER, E "inclusionProof", NULL},
	{"r27-negative-index", SET, E "inclusionProof.logIndex", "\"-6\""},
	{"r27-index-differs", SET, E "logIndex", "\"7\""},
	{"r28-another-checkpoint", OTHER, E "inclusionProof.checkpoint", NULL},
	{"r28-no-root-hash", REMOVE, E "inclusionProof.rootHash", NULL},
	{"r28-no-size", REMOVE, E "inclusionProof.treeSize", NULL},
	{"r29-empty-checkpoint", SET, E "inclusionProof.checkpoint.envelope", "\"\""},
	{"r31-entry-twice", REPEAT_LAST, VM "tlogEntries", NULL},
	{"r31-stamp-twice", REPEAT_LAST, VM "timestampVerificationData.rfc3161Timestamps", NULL},
	{"r32-another-stamp", OTHER, VM "timestampVerificationData.rfc3161Timestamps.0", NULL},
	{"r32-empty", SET, VM "timestampVerificationData.rfc3161Timestamps.0.signedTimestamp", "\"\""},
	{"r32-not-der", SET, VM "timestampVerificationData.rfc3161Timestamps.0.signedTimestamp", "\"AAAA\""},
	{"r35-no-stamps", REMOVE, VM "timestampVerificationData", NULL},
	{"r35-empty-stamps", SET, VM "timestampVerificationData.rfc3161Timestamps", "[]"},
	{"r46-no-entries", SET, VM "tlogEntries", "[]"},
	{"r46-entries-absent", REMOVE, VM "tlogEntries", NULL},
};

static const struct edit root_edits[] = {
	{"r45-media-type", SET, "mediaType", "\"application/vnd.dev.sigstore.trustedroot+json;version=0.9\""},
	{"ok-r45-media-type-v0.1", SET, "mediaType", "\"application/vnd.dev.sigstore.trustedroot.v0.1+json\""},
	{"ok-r45-media-type-v0.2", SET, "mediaType", "\"application/vnd.dev.sigstore.trustedroot.v0.2+json\""},
	{"r45-no-media-type", REMOVE, "mediaType", NULL},
	{"r45-log-without-start", REMOVE, "tlogs.0.publicKey.validFor.start", NULL},
	{"r45-log-without-window", REMOVE, "tlogs.0.publicKey.validFor", NULL},
	{"r45-ctlog-without-start", REMOVE, "ctlogs.0.publicKey.validFor.start", NULL},
	{"r45-ctlog-without-window", REMOVE, "ctlogs.0.publicKey.validFor", NULL},
	{"r45-bad-date", SET, "tlogs.0.publicKey.validFor.start", "\"yesterday\""},
	{"r45-end-before-start", SET, "tlogs.0.publicKey.validFor.end", "\"2025-01-01T00:00:00Z\""},
	{"ok-r45-unknown-key-type-elsewhere", SET, "tlogs.2.publicKey.keyDetails", "\"ML_DSA_65\""},
	{"ok-r45-operator", SET, "tlogs.0.operator", "\"wasmfn.test\""},
	{"ok-r45-authority-without-window", REMOVE, "certificateAuthorities.0.validFor", NULL},
	{"r45-key-details-differ", SET, "tlogs.0.publicKey.keyDetails", "\"PKIX_ED25519\""},
	{"r45-unknown-key-type", SET, "tlogs.0.publicKey.keyDetails", "\"ML_DSA_65\""},
	{"r45-key-not-der", SET, "tlogs.0.publicKey.rawBytes", "\"AAAA\""},
	{"r45-bad-base64", SET, "tlogs.0.publicKey.rawBytes", BAD64},
	{"r45-certificate-not-der", SET, "certificateAuthorities.0.certChain.certificates.0.rawBytes", "\"AAAA\""},
	{"r45-no-certificates", SET, "certificateAuthorities.0.certChain.certificates", "[]"},
	{"r45-unknown-member", SET, "extra", "1"},
	{"r45-no-logs", SET, "tlogs", "[]"},
	{"r45-no-ctlogs", SET, "ctlogs", "[]"},
	{"r45-no-authorities", SET, "certificateAuthorities", "[]"},
	{"r45-no-timestamp-authorities", SET, "timestampAuthorities", "[]"},
	{"r45-log-id", FLIP, "tlogs.0.logId.keyId", NULL},
	{"ok-r45-log-twice", REPEAT_LAST, "tlogs", NULL},
};

struct text_edit {
	const char *name, *which, *from, *to;
};

static const struct text_edit text_edits[] = {
	{"r07-duplicate-key", "bundle", "{\"mediaType\":", "{\"mediaType\":\"x\",\"mediaType\":"},
	{"r07-duplicate-inner-key", "bundle", "\"logId\":{", "\"logId\":{\"keyId\":\"AAAA\","},
	{"r07-snake-case", "bundle", "\"canonicalizedBody\"", "\"canonicalized_body\""},
	{"r07-case", "bundle", "\"canonicalizedBody\"", "\"CanonicalizedBody\""},
	{"r07-trailing-text", "bundle", NULL, "x"},
	{"r07-trailing-document", "bundle", NULL, "{}"},
	{"r07-byte-order-mark", "bundle", "{\"mediaType\"", "\xef\xbb\xbf{\"mediaType\""},
	{"r07-not-json", "bundle", "{\"mediaType\"", "<\"mediaType\""},
	{"r07-unpadded", "bundle", "=\"}", "\"}"},
	{"r07-white-space-in-base64", "bundle", "\"rawBytes\":\"MI", "\"rawBytes\":\"MI\\n"},
	{"ok-r07-trailing-newline", "bundle", NULL, "\n"},
	{"r45-duplicate-key", "root", "{\"mediaType\":", "{\"mediaType\":\"x\",\"mediaType\":"},
	{"r45-not-json", "root", "{\"mediaType\"", "<\"mediaType\""},
};

static bool
known(const char *name)
{
	size_t i;

	for (i = 0; pki_change(i); i++)
		if (strcmp(pki_change(i), name) == 0)
			return true;
	return false;
}

const char *
pki_change(size_t i)
{
	if (i < WF_COUNT(coded))
		return coded[i];
	i -= WF_COUNT(coded);
	if (i < WF_COUNT(bundle_edits))
		return bundle_edits[i].name;
	i -= WF_COUNT(bundle_edits);
	if (i < WF_COUNT(root_edits))
		return root_edits[i].name;
	i -= WF_COUNT(root_edits);
	return i < WF_COUNT(text_edits) ? text_edits[i].name : NULL;
}

bool
pki_is(struct pki *p, const char *change)
{
	bool yes = false;
	size_t i;

	for (i = 0; i < p->ask.nchanges; i++) {
		if (strcmp(p->ask.changes[i], change) == 0) {
			p->applied[i] = true;
			yes = true;
		}
	}
	if (!yes && p->ask.nchanges == 0 && !known(change))
		PKI_MUST(false, change);
	return yes;
}

const char *
pki_unapplied(const struct pki *p, bool *unknown)
{
	size_t i;

	for (i = 0; i < p->ask.nchanges; i++) {
		*unknown = !known(p->ask.changes[i]);
		if (*unknown || !p->applied[i])
			return p->ask.changes[i];
	}
	return NULL;
}

static const struct wf_json *
at(const struct wf_json *j, const char *path)
{
	WF_AUTO(wf_freep) char *copy = wf_strdup(path);
	char *save = NULL, *name;

	for (name = strtok_r(copy, ".", &save); name; name = strtok_r(NULL, ".", &save))
		j = wf_json_kind(j) == WF_JSON_ARRAY ? wf_json_at(j, strtoul(name, NULL, 10)) : wf_json_get(j, name);
	return j;
}

/* Any JSON value; a document has to be an object or a list. */
static struct wf_json *
value_of(const char *text)
{
	WF_AUTO(wf_freep) char *list = wf_asprintf("[%s]", text);
	struct wf_json *all = sign_json(list), *out = wf_json_copy(wf_json_at(all, 0));

	wf_json_free(all);
	return out;
}

static struct wf_json *
flipped(struct pki *p, const struct wf_json *j)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_MIB);
	struct wf_str s;

	PKI_MUST(wf_json_str(j, &s) && wf_enc_unbase64(s, &b, NULL) == WF_OK, "base64 to flip");
	return wf_json_new_z(pki_b64(p, pki_flip(p, wf_buf_str(&b))));
}

/* The value at the path in a good case about something else. */
static struct wf_json *
of_another(struct pki *p, const char *path)
{
	struct pki_ask ask = p->ask;
	struct pki *q = wf_calloc(1, sizeof(*q));
	struct wf_json *b, *out;

	ask.nchanges = 0;
	ask.artifact = WF_STR_LIT("another artifact");
	pki_init(q, &ask);
	b = pki_bundle(q);
	out = wf_json_copy(at(b, path));
	PKI_MUST(at(b, path) != NULL, path);
	wf_json_free(b);
	pki_free(q);
	free(q);
	return out;
}

static struct wf_json *
repeated(const struct wf_json *list)
{
	struct wf_json *out = wf_json_copy(list);

	PKI_MUST(wf_json_len(list) > 0, "a list to repeat in");
	wf_json_push(out, wf_json_copy(wf_json_at(list, wf_json_len(list) - 1)));
	return out;
}

void
pki_edit_json(struct pki *p, struct wf_json *j, const char *which)
{
	bool bundle = strcmp(which, "bundle") == 0;
	const struct edit *e = bundle ? bundle_edits : root_edits;
	size_t n = bundle ? WF_COUNT(bundle_edits) : WF_COUNT(root_edits);

	for (; n--; e++) {
		if (!pki_is(p, e->name))
			continue;
		switch (e->how) {
		case SET:
			sign_set(j, e->path, value_of(e->value));
			break;
		case REMOVE:
			PKI_MUST(at(j, e->path) != NULL, e->path);
			sign_set(j, e->path, NULL);
			break;
		case FLIP:
			sign_set(j, e->path, flipped(p, at(j, e->path)));
			break;
		case OTHER:
			sign_set(j, e->path, of_another(p, e->path));
			break;
		case REPEAT_LAST:
			sign_set(j, e->path, repeated(at(j, e->path)));
			break;
		}
	}
}

struct wf_str
pki_edit_text(struct pki *p, struct wf_str text, const char *which)
{
	const struct text_edit *e;
	const char *hit;

	for (e = text_edits; e < text_edits + WF_COUNT(text_edits); e++) {
		if (strcmp(e->which, which) != 0 || !pki_is(p, e->name))
			continue;
		if (!e->from) {
			text = pki_cat(p, text, wf_str(e->to));
			continue;
		}
		hit = strstr(text.p, e->from);
		PKI_MUST(hit != NULL, e->name);
		text = pki_str(p, "%.*s%s%s", (int)(hit - text.p), text.p, e->to, hit + strlen(e->from));
	}
	return text;
}
