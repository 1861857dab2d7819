/* SPDX-License-Identifier: Apache-2.0
 *
 * A certificate from a stranger, DER or PEM: its extensions, names, path and
 * certificate timestamps.  Judged at a time when nothing was valid, so that no
 * input may come out as vouched for.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/pki/pki.h"
#include "trust/cert.h"
#include "trust/identity.h"
#include "trust/sct.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct wf_root *
world(void)
{
	static struct wf_root *root;
	static struct pki p;
	struct pki_ask ask = pki_ask_default();

	if (root)
		return root;
	ask.artifact = WF_STR_LIT("x");
	pki_init(&p, &ask);
	if (wf_root_parse(pki_trusted_root_text(&p), "root", &root, NULL))
		abort();
	return root;
}

static void
judge(const struct wf_cert *c)
{
	static const struct wf_pair pair = {"sourceRepositoryURI", "https://github.com/wasmfn-test/fn"};
	static struct wf_regexp *any;
	const struct wf_root *root = world();
	const struct wf_instant never = {0, 0};
	struct wf_identity_want w = {.subject = "nobody", .extensions = &pair, .nextensions = 1};
	size_t n = 0;
	struct wf_err e1 = {0}, e2 = {0}, e3 = {0};

	if (!any && wf_regexp_compile(".*", WF_R_CONFIG, &any, NULL))
		abort();
	w.issuer_regexp = any;
	if (wf_cert_judge(c, root, &never, 1, 0, NULL, NULL, &e1) == WF_OK ||
	    wf_identity_match(c, &w, 1, NULL, NULL, &e2) == WF_OK)
		abort();
	if (wf_sct_judge(c->x509, root->cas[0].certs[0], root, 0, NULL, &n, &e3) == WF_OK && n > 2)
		abort();
	if (c->subject.len == 0 || !c->key)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_freep) char *copy = wf_strndup((const char *)data, size);
	WF_AUTO(wf_cert_free) struct wf_cert der = WF_CERT_INIT, pem = WF_CERT_INIT;
	struct wf_str bytes = {copy, size};
	struct wf_err e1 = {0}, e2 = {0};
	bool ok;

	if (wf_cert_read(bytes, &der, &e1) == WF_OK)
		judge(&der);
	if (wf_cert_read_pem(bytes, &pem, &e2) == WF_OK)
		judge(&pem);
	ok = wf_cert_check_chain(&bytes, 1, NULL) == WF_OK;
	if (der.x509 && ok == wf_x509_is_self_signed(der.x509))
		abort();
	return 0;
}
