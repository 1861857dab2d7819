/* SPDX-License-Identifier: Apache-2.0
 *
 * trusted_root.json of this world.
 */
#include "tests/pki/pki.h"

#include <string.h>

#include "tests/lib/sign.h"

static struct wf_json *
window(struct pki *p, int64_t start, int64_t end, unsigned milli)
{
	struct wf_json *o = wf_json_object();

	wf_json_set_z(o, "start", pki_date(p, start, 0));
	if (end)
		wf_json_set_z(o, "end", pki_date(p, end, milli));
	return o;
}

static struct wf_json *
log_entry(struct pki *p, const char *url, EVP_PKEY *k, struct wf_str id, struct wf_json *valid)
{
	struct wf_json *o = wf_json_object(), *key = wf_json_object(), *lid = wf_json_object();

	wf_json_set_z(o, "baseUrl", url);
	wf_json_set_z(o, "hashAlgorithm", "SHA2_256");
	wf_json_set_z(key, "rawBytes", pki_b64(p, pki_spki(p, k)));
	wf_json_set_z(key, "keyDetails", pki_key_details(k));
	wf_json_set(key, "validFor", valid);
	wf_json_set(o, "publicKey", key);
	wf_json_set_z(lid, "keyId", pki_b64(p, id));
	wf_json_set(o, "logId", lid);
	return o;
}

static struct wf_json *
authority(struct pki *p, const char *cn, const char *uri, X509 *const *chain, size_t n, struct wf_json *valid)
{
	struct wf_json *o = wf_json_object(), *subject = wf_json_object(), *c = wf_json_object(), *list = wf_json_array(), *one;
	size_t i;

	wf_json_set_z(subject, "organization", "wasmfn.test");
	wf_json_set_z(subject, "commonName", cn);
	wf_json_set(o, "subject", subject);
	wf_json_set_z(o, "uri", uri);
	for (i = 0; i < n; i++) {
		one = wf_json_object();
		wf_json_set_z(one, "rawBytes", pki_b64(p, pki_der(p, chain[i])));
		wf_json_push(list, one);
	}
	wf_json_set(c, "certificates", list);
	wf_json_set(o, "certChain", c);
	wf_json_set(o, "validFor", valid);
	return o;
}

/* The end that a change asks for, or 0. */
static struct wf_json *
valid_for(struct pki *p, const char *what)
{
	int64_t at = PKI_T0 + 5; /* the entry's time; stamps the same */

	if (strcmp(what, "tlog") == 0) {
		if (pki_is(p, "r26-log-ended-before"))
			return window(p, PKI_START, at - 1, 999);
		if (pki_is(p, "ok-r26-log-ends-then"))
			return window(p, PKI_START, at, 0);
		if (pki_is(p, "r26-log-begins-later"))
			return window(p, at + 1, 0, 0);
		if (pki_is(p, "ok-r26-log-begins-then"))
			return window(p, at, 0, 0);
	} else if (strcmp(what, "ca") == 0) {
		if (pki_is(p, "r36-ca-ended-before"))
			return window(p, PKI_START, at - 1, 999);
		if (pki_is(p, "ok-r36-ca-ends-then"))
			return window(p, PKI_START, at, 0);
		if (pki_is(p, "r36-ca-begins-later"))
			return window(p, at + 1, 0, 0);
		if (pki_is(p, "ok-r36-ca-begins-then"))
			return window(p, at, 0, 0);
	} else if (strcmp(what, "ct") == 0) {
		if (pki_is(p, "r40-log-ended-before"))
			return window(p, PKI_START, PKI_T0, 469);
		if (pki_is(p, "ok-r40-log-ends-then"))
			return window(p, PKI_START, PKI_T0, 470);
		if (pki_is(p, "r40-log-begins-later"))
			return window(p, PKI_T0 + 1, 0, 0);
	} else {
		if (pki_is(p, "r34-window-ended"))
			return window(p, PKI_START, at - 1, 999);
		if (pki_is(p, "ok-r34-window-ends-then"))
			return window(p, PKI_START, at, 0);
		if (pki_is(p, "ok-r34-at-end-by-a-millisecond") || pki_is(p, "r34-after-end-by-a-millisecond"))
			return window(p, PKI_START, at, 500);
		if (pki_is(p, "r34-window-begins-later"))
			return window(p, at + 1, 0, 0);
		if (pki_is(p, "r34-before-window"))
			return window(p, PKI_START + 2 * PKI_DAY, 0, 0);
	}
	return window(p, PKI_START, 0, 0);
}

static struct wf_json *
certificate_authorities(struct pki *p)
{
	X509 *const both[] = {p->mid, p->root}, *const top[] = {p->root}, *const part[] = {p->mid};
	struct wf_json *list = wf_json_array();
	const char *cn = "ca-root", *uri = "https://fulcio.test";

	if (pki_is(p, "ok-r45-old-ca-first"))
		wf_json_push(list, authority(p, "other-root", uri, (X509 *const[]){p->stranger_mid, p->stranger_root}, 2,
		                             window(p, PKI_START, PKI_START + PKI_DAY, 0)));
	if (pki_is(p, "r37-no-intermediate"))
		wf_json_push(list, authority(p, cn, uri, top, 1, valid_for(p, "ca")));
	else if (pki_is(p, "ok-r37-anchor-is-intermediate"))
		wf_json_push(list, authority(p, cn, uri, part, 1, valid_for(p, "ca")));
	else if (pki_is(p, "r37-unknown-ca"))
		wf_json_push(list, authority(p, cn, uri, (X509 *const[]){p->stranger_mid, p->stranger_root}, 2, valid_for(p, "ca")));
	else
		wf_json_push(list, authority(p, cn, uri, both, 2, valid_for(p, "ca")));
	return list;
}

static struct wf_json *
timestamp_authorities(struct pki *p)
{
	X509 *const with[] = {p->tsa_leaf, p->tsa_root}, *const without[] = {p->tsa_root}, *const two[] = {p->tsa2_leaf, p->tsa2_root};
	struct wf_json *list = wf_json_array();

	if (pki_is(p, "ok-r33-no-leaf-in-root"))
		wf_json_push(list, authority(p, "tsa-root", "https://tsa.test", without, 1, valid_for(p, "tsa")));
	else
		wf_json_push(list, authority(p, "tsa-root", "https://tsa.test", with, 2, valid_for(p, "tsa")));
	wf_json_push(list, authority(p, "tsa2-root", "https://tsa2.test", two, 2, window(p, PKI_START, 0, 0)));
	return list;
}

/* The first four bytes of the first log's id, as version 0.2 of the file has it. */
static void
set_checkpoint_id(struct pki *p, struct wf_json *root)
{
	struct wf_str id = pki_log_id(p, PKI_LOG1);
	struct wf_json *o = wf_json_object();

	id.len = 4;
	wf_json_set_z(o, "keyId", pki_b64(p, id));
	sign_set(root, "tlogs.0.checkpointKeyId", o);
}

struct wf_json *
pki_trusted_root(struct pki *p)
{
	struct wf_json *o = wf_json_object(), *tlogs = wf_json_array(), *ctlogs = wf_json_array();

	wf_json_set_z(o, "mediaType", "application/vnd.dev.sigstore.trustedroot+json;version=0.1");
	wf_json_push(tlogs, log_entry(p, "https://" PKI_LOG1, pki_key(p, "rekor1", "p256"), pki_log_id(p, PKI_LOG1), valid_for(p, "tlog")));
	wf_json_push(tlogs, log_entry(p, "https://" PKI_LOG2, pki_key(p, "rekor2", "ed25519"), pki_log_id(p, PKI_LOG2), window(p, PKI_START, 0, 0)));
	wf_json_push(tlogs, log_entry(p, "https://" PKI_LOG1B, pki_key(p, "rekor1b", "p256"), pki_log_id(p, PKI_LOG1B), window(p, PKI_START, 0, 0)));
	if (pki_knows_witness(p))
		wf_json_push(tlogs, log_entry(p, "https://witness-1.test", pki_key(p, "witness-1.test", "ed25519"),
		                              pki_sha2(p, 256, wf_str("witness-1.test")), window(p, PKI_START, 0, 0)));
	wf_json_set(o, "tlogs", tlogs);
	wf_json_set(o, "certificateAuthorities", certificate_authorities(p));
	wf_json_push(ctlogs, log_entry(p, "https://ct.test/a", pki_key(p, "ct-a", "p256"), pki_ct_id(p, "ct-a"), valid_for(p, "ct")));
	wf_json_push(ctlogs, log_entry(p, "https://ct.test/b", pki_key(p, "ct-b", "p256"), pki_ct_id(p, "ct-b"), window(p, PKI_START, 0, 0)));
	wf_json_set(o, "ctlogs", ctlogs);
	wf_json_set(o, "timestampAuthorities", timestamp_authorities(p));
	if (pki_is(p, "ok-r45-checkpoint-key-id"))
		set_checkpoint_id(p, o);
	pki_edit_json(p, o, "root");
	return o;
}
