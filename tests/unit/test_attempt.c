/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/attempt.c on legacy signatures and attestations with a certificate:
 * annotations that are missing, foreign or changed.  Bundles and whole
 * policies are in tests/cli/22 to 29.
 */
#include "trust/attempt.h"

#include <stdlib.h>

#include "policy/policy.h"
#include "tests/lib/tap.h"
#include "tests/pki/pki.h"

enum {
	AS_IS = 0,
	NO_LOG_ENTRY = 1,
	NO_TIMESTAMP = 2,
	NO_CERTIFICATE = 4,
	STAMP_OVER_OTHER = 8, /* the signature for the envelope, the other way round */
	LOG_ENTRY_BROKEN = 16,
	STAMP_BROKEN = 32,
};

struct row {
	const char *name, *content, *entry, *change;
	unsigned tamper;
	const char *predicate; /* NULL: a signature is asked for */
	struct wf_policy_proofs proofs;
	enum wf_reason reason;
};

#define PREDICATE "https://slsa.dev/provenance/v1"
#define USUAL WF_PROOFS_UNSET
#define STAMPED {-1, -1, 1}
#define STAMP_ONLY {0, -1, 1}

static void
fill(struct pki *pki, const struct row *r, struct wf_candidate *c)
{
	bool att = strcmp(r->content, "att") == 0;
	struct wf_str over = att != !!(r->tamper & STAMP_OVER_OTHER) ? pki->envelope : pki->signature;
	struct wf_str payload = att ? pki->envelope : pki->payload, s;

	memset(c, 0, sizeof(*c));
	c->form = att ? WF_FORM_ATT_TAG : WF_FORM_SIG_TAG;
	c->payload = wf_arena_strn(&pki->arena, payload.p, payload.len);
	c->payload_len = payload.len;
	c->signature = att ? wf_arena_strn(&pki->arena, "", 0)
	                   : wf_arena_strn(&pki->arena, pki_b64(pki, pki->signature),
	                                   strlen(pki_b64(pki, pki->signature)));
	if (!(r->tamper & NO_CERTIFICATE))
		c->certificate = wf_arena_strn(&pki->arena, pki_pem(pki, pki->leaf),
		                               strlen(pki_pem(pki, pki->leaf)));
	s = r->tamper & LOG_ENTRY_BROKEN ? wf_str("{}") : pki_legacy_entry(pki);
	if (!(r->tamper & NO_LOG_ENTRY))
		c->bundle = wf_arena_strn(&pki->arena, s.p, s.len);
	s = pki_str(pki, "{\"SignedRFC3161Timestamp\":\"%s\"}",
	            r->tamper & STAMP_BROKEN ? "AAAA" : pki_b64(pki, pki_token(pki, 0, over)));
	if (!(r->tamper & NO_TIMESTAMP))
		c->timestamp = wf_arena_strn(&pki->arena, s.p, s.len);
}

static void
run(const struct row *r)
{
	WF_AUTO(wf_root_freep) struct wf_root *root = NULL;
	WF_AUTO(wf_arena_free) struct wf_arena arena = {NULL};
	struct pki_ask ask = pki_ask_default();
	struct wf_identity_want want = {.subject = PKI_IDENTITY, .issuer = PKI_ISSUER};
	struct wf_authority authority = {.name = "ci", .nidentities = 1, .proofs = r->proofs};
	struct wf_attempt_by by = {.authority = &authority, .wants = &want, .nwants = 1};
	const struct wf_purpose purpose = {.predicate_type = r->predicate};
	const struct wf_denied denied = {.nids = 0};
	struct wf_subject subject = {.blob = false};
	const struct wf_attempt_ask attempt = {.subject = &subject, .purpose = &purpose,
	                                       .formats = WF_FORMAT_BUNDLE | WF_FORMAT_LEGACY,
	                                       .denied = &denied, .arena = &arena};
	struct wf_candidate c;
	struct wf_evidence e;
	struct wf_attempt a;
	struct pki pki;
	char digest[80];

	ask.content = r->content;
	ask.entry = r->entry;
	ask.stamps = 1;
	ask.image = true;
	ask.predicate = r->predicate;
	if (r->change)
		ask.changes[ask.nchanges++] = r->change;
	pki_init(&pki, &ask);
	PKI_MUST(wf_root_parse(pki_trusted_root_text(&pki), "root", &root, NULL) == WF_OK, "root");
	by.root = root;
	(void)snprintf(digest, sizeof(digest), "sha256:%s", pki.subject);
	PKI_MUST(wf_digest_parse(wf_str(digest), "subject", &subject.digest, NULL) == WF_OK, "subject");
	fill(&pki, r, &c);
	wf_evidence_open(&e, &c, &subject);
	wf_attempt(&e, &attempt, &by, &a);
	if (!OK(a.reason == r->reason, r->name))
		printf("# expected: %s\n#    found: %s %s\n", wf_reason_word(r->reason),
		       wf_reason_word(a.reason), a.detail);
	wf_evidence_free(&e);
	pki_free(&pki);
}

int
main(void)
{
	static const struct row rows[] = {
		{"an attestation", "att", "dsse", NULL, AS_IS, PREDICATE, USUAL, WF_R_OK},
		{"an attestation, intoto 0.0.1", "att", "intoto1", NULL, AS_IS, PREDICATE, USUAL, WF_R_OK},
		{"R46 its timestamp asked for", "att", "dsse", NULL, AS_IS, PREDICATE, STAMPED, WF_R_OK},
		{"R46 its timestamp alone", "att", "dsse", NULL, NO_LOG_ENTRY, PREDICATE, STAMP_ONLY, WF_R_OK},
		{"R32 the timestamp over the signature", "att", "dsse", NULL, STAMP_OVER_OTHER, PREDICATE, USUAL,
		 WF_R_TIMESTAMP_INVALID},
		{"R46 no log entry", "att", "dsse", NULL, NO_LOG_ENTRY, PREDICATE, USUAL, WF_R_LOG_PROOF_MISSING},
		{"R46 no timestamp where one is asked for", "att", "dsse", NULL, NO_TIMESTAMP, PREDICATE,
		 STAMPED, WF_R_TIMESTAMP_MISSING},
		{"R11 no certificate", "att", "dsse", NULL, NO_CERTIFICATE, PREDICATE, USUAL,
		 WF_R_IDENTITY_MISMATCH},
		{"R47 a log annotation of another shape", "att", "dsse", NULL, LOG_ENTRY_BROKEN, PREDICATE, USUAL,
		 WF_R_CANDIDATE_MALFORMED},
		{"R47 a timestamp that is none", "att", "dsse", NULL, STAMP_BROKEN, PREDICATE, USUAL,
		 WF_R_TIMESTAMP_INVALID},
		{"R21 r21-entry-signature", "att", "dsse", "r21-entry-signature", AS_IS, PREDICATE, USUAL,
		 WF_R_LOG_PROOF_MISMATCH},
		{"R22 r22-entry-certificate", "att", "intoto1", "r22-entry-certificate", AS_IS, PREDICATE, USUAL,
		 WF_R_LOG_PROOF_MISMATCH},
		{"R23 r23-envelope-hash", "att", "intoto1", "r23-envelope-hash", AS_IS, PREDICATE, USUAL,
		 WF_R_LOG_PROOF_MISMATCH},
		{"R25 r25-signature", "att", "dsse", "r25-signature", AS_IS, PREDICATE, USUAL,
		 WF_R_LOG_PROOF_INVALID},
		{"R20 r20-unknown-log", "att", "dsse", "r20-unknown-log", AS_IS, PREDICATE, USUAL,
		 WF_R_LOG_PROOF_MISSING},
		{"R33 r33-signature", "att", "dsse", "r33-signature", AS_IS, PREDICATE, USUAL,
		 WF_R_TIMESTAMP_INVALID},
		{"R18 r18-another-subject", "att", "dsse", "r18-another-subject", AS_IS, PREDICATE, USUAL,
		 WF_R_SUBJECT_MISMATCH},
		{"R19 r19-another-predicate", "att", "dsse", "r19-another-predicate", AS_IS, PREDICATE, USUAL,
		 WF_R_PREDICATE_MISMATCH},
		{"R19 an attestation is no signature", "att", "dsse", NULL, AS_IS, NULL, USUAL,
		 WF_R_UNSIGNED_FORM},
		{"a signature", "sig", "hashedrekord", NULL, AS_IS, NULL, USUAL, WF_R_OK},
		{"R19 a signature is no attestation", "sig", "hashedrekord", NULL, AS_IS, PREDICATE, USUAL,
		 WF_R_UNSIGNED_FORM},
		{"R46 a signature with its timestamp alone", "sig", "hashedrekord", NULL, NO_LOG_ENTRY, NULL,
		 STAMP_ONLY, WF_R_OK},
		{"R35 a signature with no time at all", "sig", "hashedrekord", NULL, NO_LOG_ENTRY | NO_TIMESTAMP, NULL,
		 {0, -1, 0}, WF_R_TIMESTAMP_MISSING},
		{"R46 a signature without a log entry", "sig", "hashedrekord", NULL, NO_LOG_ENTRY, NULL, USUAL,
		 WF_R_LOG_PROOF_MISSING},
		{"R32 the timestamp over something else", "sig", "hashedrekord", "r32-imprint", AS_IS, NULL, USUAL,
		 WF_R_TIMESTAMP_INVALID},
	};
	size_t i;

	for (i = 0; i < WF_COUNT(rows); i++)
		run(&rows[i]);
	return tap_done();
}
