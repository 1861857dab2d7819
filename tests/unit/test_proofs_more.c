/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/proofs.c where a bundle is not enough to ask: proofs of the legacy
 * annotations, and the window of a log that signs no time.
 */
#include "trust/proofs.h"

#include <stdlib.h>

#include "dep/crypto.h"
#include "tests/lib/sign.h"
#include "tests/lib/tap.h"
#include "tests/pki/pki.h"
#include "trust/bundle.h"
#include "trust/cert.h"
#include "trust/root.h"

enum over { SIGNATURE, ENVELOPE };

/* Judges the proofs of a legacy signature or attestation. */
static enum wf_rc
legacy(const char *content, const char *entry, const char *change, enum over over,
       struct wf_proofs *p, struct wf_err *err)
{
	WF_AUTO(wf_arena_free) struct wf_arena arena = {NULL};
	WF_AUTO(wf_root_freep) struct wf_root *root = NULL;
	WF_AUTO(wf_cert_free) struct wf_cert cert = WF_CERT_INIT;
	WF_AUTO(wf_json_freep) struct wf_json *envelope = NULL;
	struct pki_ask ask = pki_ask_default();
	struct wf_proofs_input in = {.nentries = 1, .nstamps = 1};
	struct wf_logentry e;
	struct wf_str token;
	struct wf_dsse dsse = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
	struct pki pki;
	bool att = strcmp(content, "att") == 0;
	enum wf_rc rc;

	wf_err_clear(err);
	ask.content = content;
	ask.entry = entry;
	ask.stamps = 1;
	ask.image = true;
	if (change)
		ask.changes[ask.nchanges++] = change;
	pki_init(&pki, &ask);
	token = pki_token(&pki, 0, att ? pki.envelope : pki.signature);
	PKI_MUST(wf_logentry_legacy(pki_legacy_entry(&pki), &arena, &e, err) == WF_OK, "annotation");
	PKI_MUST(wf_root_parse(pki_trusted_root_text(&pki), "root", &root, err) == WF_OK, "root");
	PKI_MUST(wf_cert_read(pki_der(&pki, pki.leaf), &cert, err) == WF_OK, "leaf");
	in.entries = &e;
	in.stamps = &token;
	in.what = (struct wf_log_signed){
		.sig = pki.signature,
		.key = cert.key,
		.certificate = wf_x509_der(cert.x509),
		.whole = true,
		.message = pki.message,
	};
	wf_crypto_sha256(pki.message.p, pki.message.len, in.what.sha256);
	if (att) {
		PKI_MUST(wf_json_parse(pki.envelope, "envelope", &envelope, err) == WF_OK &&
		         wf_dsse_envelope(envelope, "envelope", &arena, &dsse, err) == WF_OK, "envelope");
		in.what.dsse = &dsse;
		in.what.envelope = pki.envelope;
	}
	in.stamped = over == ENVELOPE ? pki.envelope : pki.signature;
	rc = wf_proofs_judge(&in, root, NULL, p, err);
	pki_free(&pki);
	return rc;
}

static void
legacy_forms(void)
{
	static const struct {
		const char *content, *entry, *change;
		enum over over;
		enum wf_reason reason;
		const char *name;
	} rows[] = {
		{"sig", "hashedrekord", NULL, SIGNATURE, WF_R_OK, "R20 legacy signature, hashedrekord"},
		{"sig", "rekord", NULL, SIGNATURE, WF_R_OK, "R20 legacy signature, rekord"},
		{"att", "dsse", NULL, ENVELOPE, WF_R_OK, "R20 legacy attestation, dsse"},
		{"att", "intoto", NULL, ENVELOPE, WF_R_OK, "R20 legacy attestation, intoto 0.0.2"},
		{"att", "intoto1", NULL, ENVELOPE, WF_R_OK, "R20 legacy attestation, intoto 0.0.1"},
		{"att", "dsse", NULL, SIGNATURE, WF_R_TIMESTAMP_INVALID,
		 "R32 the timestamp of a legacy attestation is over its envelope"},
		{"sig", "rekord", "r21-entry-signature", SIGNATURE, WF_R_LOG_PROOF_MISMATCH,
		 "R21 rekord: r21-entry-signature"},
		{"sig", "rekord", "r23-entry-digest", SIGNATURE, WF_R_LOG_PROOF_MISMATCH,
		 "R23 rekord: r23-entry-digest"},
		{"att", "intoto1", "r22-entry-certificate", ENVELOPE, WF_R_LOG_PROOF_MISMATCH,
		 "R22 intoto 0.0.1: r22-entry-certificate"},
		{"att", "intoto1", "r23-envelope-hash", ENVELOPE, WF_R_LOG_PROOF_MISMATCH,
		 "R23 intoto 0.0.1: r23-envelope-hash"},
		{"att", "dsse", "r25-signature", ENVELOPE, WF_R_LOG_PROOF_INVALID, "R25 legacy: r25-signature"},
		{"att", "dsse", "r26-time-before-log", ENVELOPE, WF_R_LOG_PROOF_INVALID,
		 "R26 legacy: r26-time-before-log"},
		{"att", "dsse", "r33-signature", ENVELOPE, WF_R_TIMESTAMP_INVALID, "R33 legacy: r33-signature"},
	};
	struct wf_proofs p;
	struct wf_err err;
	size_t i;

	for (i = 0; i < WF_COUNT(rows); i++) {
		if (ERR(legacy(rows[i].content, rows[i].entry, rows[i].change, rows[i].over, &p, &err),
		        &err, rows[i].reason, rows[i].name) && rows[i].reason == WF_R_OK)
			OK(p.logs == 1 && p.promises == 1 && p.tsas == 1 && p.ntimes == 2, rows[i].name);
	}
}

/* The window of the second-generation log, changed in the trusted root. */
static void
window(const char *end, const char *start, unsigned stamps, enum wf_reason want, const char *name)
{
	WF_AUTO(wf_root_freep) struct wf_root *root = NULL;
	WF_AUTO(wf_bundle_free) struct wf_bundle b = WF_BUNDLE_INIT;
	WF_AUTO(wf_cert_free) struct wf_cert cert = WF_CERT_INIT;
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	WF_AUTO(wf_freep) char *text = NULL;
	struct pki_ask ask = pki_ask_default();
	struct wf_proofs_input in = {.entries = NULL};
	struct wf_proofs p;
	struct wf_err err = {0};
	struct pki pki;
	size_t i, hits = 0;

	ask.entry = "hashedrekord2";
	ask.stamps = stamps;
	ask.artifact = wf_str("what is signed\n");
	pki_init(&pki, &ask);
	PKI_MUST(wf_bundle_parse(pki_bundle_text(&pki), &b, &err) == WF_OK, "bundle");
	PKI_MUST(wf_cert_read(b.certificate, &cert, &err) == WF_OK, "leaf");
	j = pki_trusted_root(&pki);
	for (i = 0; i < wf_json_len(wf_json_get(j, "tlogs")); i++) {
		WF_AUTO(wf_freep) char *path = wf_asprintf("tlogs.%zu.publicKey.validFor", i);
		struct wf_json *valid = wf_json_object();

		wf_json_set_z(valid, "start", start);
		if (end)
			wf_json_set_z(valid, "end", end);
		if (strcmp(wf_json_z(wf_json_get(wf_json_at(wf_json_get(j, "tlogs"), i), "baseUrl")),
		           "https://" PKI_LOG2) == 0) {
			sign_set(j, path, valid);
			hits++;
		} else {
			wf_json_free(valid);
		}
	}
	PKI_MUST(hits == 1, "the log is in the root");
	text = sign_text(j);
	PKI_MUST(wf_root_parse(wf_str(text), "root", &root, &err) == WF_OK, "root");
	in.entries = b.entry;
	in.nentries = b.log_entries;
	in.stamps = b.stamp;
	in.nstamps = b.timestamps;
	in.what = (struct wf_log_signed){.sig = b.signature, .key = cert.key,
	                                 .certificate = b.certificate, .whole = true,
	                                 .message = ask.artifact};
	wf_crypto_sha256(ask.artifact.p, ask.artifact.len, in.what.sha256);
	in.stamped = b.signature;
	ERR(wf_proofs_judge(&in, root, NULL, &p, &err), &err, want, name);
	pki_free(&pki);
}

int
main(void)
{
	legacy_forms();
	/* timestamps are of five seconds past noon */
	window(NULL, "2026-01-01T00:00:00Z", 1, WF_R_OK, "R26 v2: an open window");
	window("2026-03-01T12:00:05Z", "2026-01-01T00:00:00Z", 1, WF_R_OK,
	       "R26 v2: the window ends at the timestamp");
	window("2026-03-01T12:00:04.999Z", "2026-01-01T00:00:00Z", 1, WF_R_LOG_PROOF_INVALID,
	       "R26 v2: a millisecond before");
	window(NULL, "2026-03-01T12:00:05Z", 1, WF_R_OK, "R26 v2: the window begins at the timestamp");
	window(NULL, "2026-03-01T12:00:05.001Z", 1, WF_R_LOG_PROOF_INVALID,
	       "R26 v2: a millisecond after");
	return tap_done();
}
