/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/attempt.c: attestations of every form, where one is asked for and
 * where a signature is (R12, R17, R18, R19).  A refusal changes one thing of
 * what is shown to count first.
 */
#include "trust/attempt.h"

#include <stdlib.h>

#include "tests/lib/sign_artifact.h"
#include "tests/lib/tap.h"

#define PROVENANCE "https://slsa.dev/provenance/v1"
#define BUILDER "https://builder.example/b1"
#define SOURCE "git+https://github.com/org/fn"

struct one {
	enum wf_form form;
	const char *signature; /* annotation; NULL: absent */
	/* changed in the statement before it is signed */
	const char *path, *value; /* value NULL removes */
	/* changed in the envelope or bundle afterwards */
	const char *after, *after_value;
	const char *predicate; /* asked for; NULL: a signature */
	struct wf_provenance_want want;
	unsigned formats;
	bool other_key;
	enum wf_reason reason;
	const char *name;
};

#define ANY (WF_FORMAT_BUNDLE | WF_FORMAT_LEGACY)
#define ATT .form = WF_FORM_ATT_TAG, .signature = "", .formats = ANY
#define PROV .predicate = PROVENANCE

static const struct one rows[] = {
	/* forms */
	{ATT, PROV, .reason = WF_R_OK, .name = "form B"},
	{.form = WF_FORM_ATT_REFERRER, .formats = ANY, PROV, .reason = WF_R_OK, .name = "form D'"},
	{.form = WF_FORM_LAYOUT, .signature = "", .formats = ANY, PROV, .reason = WF_R_OK, .name = "form H"},
	{.form = WF_FORM_BUNDLE_REFERRER, .formats = ANY, PROV, .reason = WF_R_OK, .name = "form E"},
	{ATT, .reason = WF_R_UNSIGNED_FORM, .name = "form B is no signature"},
	{ATT, .path = "predicateType", .value = WF_DSSE_COSIGN_SIGN, .reason = WF_R_UNSIGNED_FORM,
	 .name = "form B is none, whatever it says it is"},
	{.form = WF_FORM_ATT_REFERRER, .formats = ANY, .reason = WF_R_UNSIGNED_FORM,
	 .name = "form D' is no signature"},
	{.form = WF_FORM_BUNDLE_REFERRER, .formats = ANY, .reason = WF_R_PREDICATE_MISMATCH,
	 .name = "R19: an attestation of form E is no signature (CVE-2022-35929)"},
	{.form = WF_FORM_BUNDLE_REFERRER, .formats = ANY, .path = "predicateType",
	 .value = WF_DSSE_COSIGN_SIGN, .reason = WF_R_OK, .name = "form E, a signature"},
	{.form = WF_FORM_BUNDLE_REFERRER, .formats = ANY, PROV, .path = "predicateType",
	 .value = WF_DSSE_COSIGN_SIGN, .reason = WF_R_UNSIGNED_FORM,
	 .name = "R19: a signature is no attestation"},
	{.form = WF_FORM_ATT_TAG, .signature = "", .formats = WF_FORMAT_LEGACY, PROV, .reason = WF_R_OK,
	 .name = "form B is of format legacy"},
	{.form = WF_FORM_ATT_TAG, .signature = "", .formats = WF_FORMAT_BUNDLE, PROV,
	 .reason = WF_R_FORMAT_NOT_ALLOWED, .name = "and not of format bundle"},
	/* the statement */
	{ATT, PROV, .path = "_type", .value = "https://in-toto.io/Statement/v0.1", .reason = WF_R_OK,
	 .name = "R18: statement v0.1"},
	{ATT, PROV, .path = "_type", .value = "https://in-toto.io/Statement/v2",
	 .reason = WF_R_UNSUPPORTED_VERSION, .name = "R18: statement v2"},
	{ATT, PROV, .path = "subject.0.digest.sha256",
	 .value = "0000000000000000000000000000000000000000000000000000000000000000",
	 .reason = WF_R_SUBJECT_MISMATCH, .name = "R18: about another artifact"},
	{ATT, PROV, .path = "subject", .reason = WF_R_CANDIDATE_MALFORMED, .name = "R18: about nothing"},
	{ATT, PROV, .path = "predicateType", .value = "https://spdx.dev/Document",
	 .reason = WF_R_PREDICATE_MISMATCH, .name = "R19: another predicate type"},
	{ATT, PROV, .path = "predicateType", .value = PROVENANCE "/", .reason = WF_R_PREDICATE_MISMATCH,
	 .name = "R19: one that begins like it"},
	{ATT, PROV, .path = "predicateType", .reason = WF_R_CANDIDATE_MALFORMED,
	 .name = "R19: no predicate type"},
	{ATT, PROV, .path = "predicate", .value = "text (cosign's custom type)", .reason = WF_R_OK,
	 .name = "a predicate that is text"},
	{ATT, PROV, .path = "predicate", .value = "text", .want = {BUILDER, NULL},
	 .reason = WF_R_CANDIDATE_MALFORMED, .name = "of which a builder is demanded"},
	/* what provenance says */
	{ATT, PROV, .want = {BUILDER, SOURCE}, .reason = WF_R_OK, .name = "builder and source"},
	{ATT, PROV, .want = {BUILDER "2", SOURCE}, .reason = WF_R_PROVENANCE_MISMATCH,
	 .name = "another builder"},
	{ATT, PROV, .want = {BUILDER, SOURCE "2"}, .reason = WF_R_PROVENANCE_MISMATCH,
	 .name = "another source"},
	{ATT, .path = "predicateType", .value = "https://spdx.dev/Document",
	 .predicate = "https://spdx.dev/Document", .reason = WF_R_OK, .name = "an SBOM"},
	{ATT, .path = "predicateType", .value = "https://spdx.dev/Document",
	 .predicate = "https://spdx.dev/Document", .want = {BUILDER, NULL},
	 .reason = WF_R_PREDICATE_MISMATCH, .name = "an SBOM names no builder"},
	/* the envelope */
	{ATT, PROV, .other_key = true, .reason = WF_R_SIGNATURE_MISMATCH, .name = "R15: another key"},
	{ATT, PROV, .after = "payload", .after_value = "e30=", .reason = WF_R_SIGNATURE_MISMATCH,
	 .name = "R15: payload changed"},
	{ATT, PROV, .after = "payloadType", .after_value = "application/json",
	 .reason = WF_R_SIGNATURE_MISMATCH, .name = "R17: payload type changed, which is signed"},
	{ATT, PROV, .after = "signatures", .reason = WF_R_CANDIDATE_MALFORMED, .name = "R08: no signature"},
	{ATT, PROV, .after = "x", .after_value = "y", .reason = WF_R_CANDIDATE_MALFORMED,
	 .name = "R07: an unknown member"},
};

static struct sign_key *release, *other;

static void
make(const struct one *r, const char *digest, struct wf_artifact *a)
{
	WF_AUTO(wf_freep) char *text = wf_asprintf(
		"{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"" PROVENANCE "\","
		"\"subject\":[{\"digest\":{\"sha256\":\"%s\"}}],\"predicate\":{\"buildDefinition\":"
		"{\"externalParameters\":{\"source\":\"" SOURCE "@refs/heads/main\"}},"
		"\"runDetails\":{\"builder\":{\"id\":\"" BUILDER "\"}}}}", digest + strlen("sha256:"));
	WF_AUTO(wf_json_freep) struct wf_json *statement = sign_json(text);
	WF_AUTO(wf_json_freep) struct wf_json *bundle = NULL;
	WF_AUTO(wf_json_freep) struct wf_json *envelope = NULL;
	WF_AUTO(wf_freep) char *changed = NULL;

	if (r->path)
		sign_set(statement, r->path, r->value ? wf_json_new_z(r->value) : NULL);
	changed = sign_text(statement);
	bundle = sign_dsse(r->other_key ? other : release, NULL, changed);
	if (r->form == WF_FORM_BUNDLE_REFERRER) {
		sign_add_bundle(a, r->form, bundle);
		return;
	}
	envelope = wf_json_copy(wf_json_get(bundle, "dsseEnvelope"));
	if (r->after)
		sign_set(envelope, r->after, r->after_value ? wf_json_new_z(r->after_value) : NULL);
	sign_add_bundle(a, r->form, envelope);
	if (r->signature)
		a->cand[0].signature = wf_strdup(r->signature);
}

static void
try(const struct one *r, const struct wf_attempt_by *by)
{
	const struct wf_denied nobody = {.nlists = 0};
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	WF_AUTO(wf_arena_free) struct wf_arena arena = {0};
	struct wf_purpose purpose = {r->predicate, r->want};
	struct wf_subject subject = {.blob = false};
	const struct wf_attempt_ask ask = {
		.subject = &subject, .purpose = &purpose, .formats = r->formats, .denied = &nobody,
		.arena = &arena,
	};
	struct wf_evidence e;
	struct wf_attempt got;
	char digest[WF_DIGEST_TEXT];

	sign_artifact(&a, "the module");
	wf_digest_text(&a.digest, digest);
	make(r, digest, &a);
	subject.digest = a.digest;
	wf_evidence_open(&e, &a.cand[0], &subject);
	wf_attempt(&e, &ask, by, &got);
	IS(wf_reason_word(got.reason), wf_reason_word(r->reason), r->name);
	if (got.reason == WF_R_OK) {
		bool whole = r->form != WF_FORM_BUNDLE_REFERRER;

		EQ(e.stamped.len, whole ? a.cand[0].payload_len : e.sig.len,
		   "a timestamp is over the envelope, or a bundle's signature");
	}
	wf_evidence_free(&e);
}

/* What the judge makes of it where a rule asks for a signature. */
static void
test_judged(const struct sign_rule *rule, struct wf_keyring *ring)
{
	static const struct one row = {ATT, PROV};
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	WF_AUTO(wf_judgement_free) struct wf_judgement out = WF_JUDGEMENT_INIT;
	WF_AUTO(wf_freep) char *payload = NULL;
	struct wf_rule_source source = {.rule = &rule->rule, .name = "--key"};
	struct wf_trust_input in = {.rules = &source, .nrules = 1, .keyring = ring};
	struct wf_err err = {0};
	char digest[WF_DIGEST_TEXT];
	enum wf_rc rc;

	sign_artifact(&a, "the module");
	wf_digest_text(&a.digest, digest);
	make(&row, digest, &a);
	rc = wf_trust_judge(&a, &in, &out, NULL, &err);
	ERR(rc, &err, WF_R_NO_SIGNATURE, "an attestation alone signs nothing");
	EQ(out.verdicts[0].reason, WF_R_UNSIGNED_FORM, "and is named");
	payload = sign_payload(digest, NULL);
	sign_add_legacy(&a, other, NULL, payload);
	wf_err_clear(&err);
	rc = wf_trust_judge(&a, &in, &out, NULL, &err);
	ERR(rc, &err, WF_R_SIGNATURE_MISMATCH, "it takes no blame for a signature");
	sign_add_legacy(&a, release, NULL, payload);
	wf_err_clear(&err);
	rc = wf_trust_judge(&a, &in, &out, NULL, &err);
	ERR(rc, &err, WF_R_OK, "and does not stand in the way of one");
}

int
main(void)
{
	struct sign_rule rule;
	struct wf_keyring *ring = wf_keyring_new();
	WF_AUTO(wf_arena_free) struct wf_arena arena = {0};
	struct wf_attempt_by by;
	const struct sign_key *keys[1];
	size_t i;

	release = sign_key_new("p256");
	other = sign_key_new("p256");
	keys[0] = release;
	sign_rule_init(&rule, keys, 1);
	EQ(wf_attempt_prepare(&rule.rule.authorities[0], ring, &arena, &by, NULL), WF_OK, "the key");
	for (i = 0; i < WF_COUNT(rows); i++)
		try(&rows[i], &by);
	test_judged(&rule, ring);
	sign_rule_free(&rule);
	wf_keyring_freep(&ring);
	sign_key_freep(&release);
	sign_key_freep(&other);
	return tap_done();
}
