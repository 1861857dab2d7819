/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/proofs.c over a whole signing world (tests/pki): each kind of entry
 * and timestamp verifies, then one thing is changed.  The rules one by one, by
 * the program itself, are in tests/cli/25 and 26.
 */
#include "trust/proofs.h"

#include <stdlib.h>

#include "dep/crypto.h"
#include "tests/lib/tap.h"
#include "tests/pki/pki.h"
#include "trust/bundle.h"
#include "trust/cert.h"
#include "trust/root.h"

static const char artifact[] = "what is signed\n";

struct world {
	const char *version, *content, *entry, *material, *key;
	unsigned stamps;
};

static const struct world worlds[] = {
	{"0.3", "message", "hashedrekord", "certificate", "p256", 0},
	{"0.3", "message", "hashedrekord2", "certificate", "p256", 1},
	{"0.3", "dsse", "dsse", "certificate", "p256", 2},
	{"0.2", "dsse", "intoto", "certificate", "p256", 0},
	{"0.3", "dsse", "hashedrekord2", "key", "p384", 1},
	{"0.1", "message", "hashedrekord", "chain", "p256", 0},
	{"0.3", "dsse", "dsse", "key", "rsa2048", 1},
};

struct got {
	struct wf_proofs p;
	struct wf_err err;
	enum wf_rc rc;
};

static enum wf_rc
judge(struct pki *pki, bool whole, struct got *g)
{
	WF_AUTO(wf_root_freep) struct wf_root *root = NULL;
	WF_AUTO(wf_bundle_free) struct wf_bundle b = WF_BUNDLE_INIT;
	WF_AUTO(wf_cert_free) struct wf_cert cert = WF_CERT_INIT;
	WF_AUTO(wf_sigkey_freep) struct wf_sigkey *key = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf pae = WF_BUF_INIT(1u << 20);
	struct wf_proofs_input in = {.entries = NULL};
	bool unknown;
	enum wf_rc rc;

	if ((rc = wf_bundle_parse(pki_bundle_text(pki), &b, &g->err)) ||
	    (rc = wf_root_parse(pki_trusted_root_text(pki), "root", &root, &g->err)))
		return rc;
	PKI_MUST(pki_unapplied(pki, &unknown) == NULL, "the change was made");
	if (b.certificate.len)
		rc = wf_cert_read(b.certificate, &cert, &g->err);
	else
		rc = wf_sigkey_load(pki_key_pem(pki), "key", &key, &g->err);
	PKI_MUST(rc == WF_OK, "the signer's key");
	in.entries = b.entry;
	in.nentries = b.log_entries;
	in.stamps = b.stamp;
	in.nstamps = b.timestamps;
	in.what.certificate = b.certificate;
	in.what.key = b.certificate.len ? cert.key : key;
	in.what.whole = whole;
	in.what.message = wf_str(artifact);
	in.what.sig = b.signature;
	if (b.content == WF_BUNDLE_DSSE) {
		PKI_MUST(wf_dsse_pae(&b.dsse, &pae, NULL) == WF_OK, "PAE");
		in.what.dsse = &b.dsse;
		in.what.message = wf_buf_str(&pae);
		in.what.sig = b.dsse.sig;
	}
	wf_crypto_sha256(in.what.message.p, in.what.message.len, in.what.sha256);
	if (!whole)
		in.what.message = wf_str(NULL);
	in.stamped = in.what.sig;
	return wf_proofs_judge(&in, root, NULL, &g->p, &g->err);
}

static void
run(size_t world, const char *change, bool whole, struct got *g)
{
	const struct world *w = &worlds[world];
	struct pki_ask ask = pki_ask_default();
	struct pki pki;

	memset(g, 0, sizeof(*g));
	ask.version = w->version;
	ask.content = w->content;
	ask.entry = w->entry;
	ask.material = w->material;
	ask.key = w->key;
	ask.stamps = w->stamps;
	ask.data = "tests/data";
	ask.artifact = wf_str(artifact);
	if (change)
		ask.changes[ask.nchanges++] = change;
	pki_init(&pki, &ask);
	g->rc = judge(&pki, whole, g);
	pki_free(&pki);
}

static void
whole_worlds(void)
{
	static const struct {
		size_t logs, tsas, promises, times;
	} want[] = {{1, 0, 1, 1}, {1, 1, 0, 1}, {1, 2, 1, 3}, {1, 0, 1, 1},
	            {1, 1, 0, 1}, {1, 0, 1, 1}, {1, 1, 1, 2}};
	struct got g;
	size_t i;

	for (i = 0; i < WF_COUNT(worlds); i++) {
		WF_AUTO(wf_freep) char *name = wf_asprintf("%s %s %s, %s %s verifies", worlds[i].version,
		                                           worlds[i].content, worlds[i].entry,
		                                           worlds[i].material, worlds[i].key);

		run(i, NULL, true, &g);
		if (!ERR(g.rc, &g.err, WF_R_OK, name))
			continue;
		OK(g.p.logs == want[i].logs && g.p.tsas == want[i].tsas &&
		   g.p.promises == want[i].promises && g.p.ntimes == want[i].times, "R31 what counted");
		OK(g.p.nentries == 1 && g.p.log[0] && !g.p.unknown_logs && !g.p.unknown_tsas, "no more");
	}
	run(1, NULL, false, &g);
	ERR(g.rc, &g.err, WF_R_OK, "R23 the SHA-256 of the artifact is enough");
}

static void
counting(void)
{
	struct got g;

	run(0, "ok-r31-two-logs", true, &g);
	ERR(g.rc, &g.err, WF_R_OK, "R31 two logs");
	OK(g.p.logs == 2 && g.p.promises == 2 && g.p.ntimes == 2, "R31 are two");
	run(2, "r31-two-stamps-one-authority", true, &g);
	ERR(g.rc, &g.err, WF_R_OK, "R31 two timestamps of one authority");
	OK(g.p.tsas == 1 && g.p.ntimes == 3, "R31 are one, and both times hold");
	run(0, "r20-unknown-log", true, &g);
	ERR(g.rc, &g.err, WF_R_OK, "R20 an entry of an unknown log is passed over");
	OK(g.p.logs == 0 && g.p.promises == 0 && g.p.ntimes == 0 && g.p.unknown_logs == 1,
	   "R20 and counts for nothing");
	run(1, "r33-unknown-authority", true, &g);
	ERR(g.rc, &g.err, WF_R_OK, "R33 a timestamp of an unknown authority is passed over");
	OK(g.p.tsas == 0 && g.p.ntimes == 0 && g.p.unknown_tsas == 1, "R33 and counts for nothing");
	run(0, "r09-no-promise", true, &g);
	ERR(g.rc, &g.err, WF_R_OK, "R26 an entry without a promise counts");
	OK(g.p.logs == 1 && g.p.promises == 0 && g.p.ntimes == 0, "R26 and gives no time");
}

int
main(void)
{
	static const struct {
		size_t world;
		const char *change;
		enum wf_reason reason;
	} bad[] = {
		{5, "r20-body-kind", WF_R_UNSUPPORTED_VERSION},
		{2, "r20-kind-hashedrekord", WF_R_LOG_PROOF_MISMATCH},
		{0, "r21-entry-signature", WF_R_LOG_PROOF_MISMATCH},
		{1, "r21-entry-signature", WF_R_LOG_PROOF_MISMATCH},
		{3, "r21-entry-signature", WF_R_LOG_PROOF_MISMATCH},
		{2, "r22-entry-certificate", WF_R_LOG_PROOF_MISMATCH},
		{6, "r22-entry-certificate", WF_R_LOG_PROOF_MISMATCH},
		{5, "r23-entry-digest", WF_R_LOG_PROOF_MISMATCH},
		{2, "r23-entry-digest", WF_R_LOG_PROOF_MISMATCH},
		{4, "r23-entry-digest-of-payload", WF_R_LOG_PROOF_MISMATCH},
		{1, "r24-body-not-canonical", WF_R_LOG_PROOF_MISMATCH},
		{1, "r24-dsse-kind", WF_R_UNSUPPORTED_VERSION},
		{0, "r24-v1-kind-in-v2-log", WF_R_UNSUPPORTED_VERSION},
		{5, "r25-signature", WF_R_LOG_PROOF_INVALID},
		{5, "r25-local-index", WF_R_LOG_PROOF_INVALID},
		{5, "r26-log-ended-before", WF_R_LOG_PROOF_INVALID},
		{5, "r26-time-zero", WF_R_LOG_PROOF_INVALID},
		{1, "r27-corrupted-hash", WF_R_LOG_PROOF_INVALID},
		{1, "r27-index", WF_R_LOG_PROOF_INVALID},
		{0, "r28-checkpoint-of-another-tree", WF_R_CHECKPOINT_INVALID},
		{0, "r28-checkpoint-size", WF_R_CHECKPOINT_INVALID},
		{1, "r29-origin", WF_R_CHECKPOINT_INVALID},
		{0, "r29-signature", WF_R_CHECKPOINT_INVALID},
		{0, "r31-same-log-twice", WF_R_LOG_PROOF_INVALID},
		{2, "r31-stamp-twice", WF_R_TIMESTAMP_INVALID},
		{1, "r32-imprint", WF_R_TIMESTAMP_INVALID},
		{1, "r33-decoy-first", WF_R_TIMESTAMP_INVALID},
		{1, "r34-root-expired", WF_R_TIMESTAMP_INVALID},
	};
	struct got g;
	size_t i;

	whole_worlds();
	counting();
	for (i = 0; i < WF_COUNT(bad); i++) {
		run(bad[i].world, bad[i].change, true, &g);
		ERR(g.rc, &g.err, bad[i].reason, bad[i].change);
	}
	return tap_done();
}
