/* SPDX-License-Identifier: Apache-2.0
 *
 * A bundle from anywhere, judged by a key that never signed anything about
 * the subject, and by a root that made some of the corpus but an identity that
 * nobody has: no input may come out as counting.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/pki/pki.h"
#include "trust/trust.h"

/* what the keyless bundles of the corpus are about */
static const char artifact[] = "\0asm\1\0\0";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct wf_keyring *keyring;
static struct wf_trust_rule rule;

static void
make_world(void)
{
	static struct pki p;
	static struct wf_policy_key key = {.path = "nobody.pub"};
	static struct wf_identity nobody = {.issuer = PKI_ISSUER, .subject = "nobody"};
	static struct wf_authority both[2] = {
		{.name = "key", .keys = &key, .nkeys = 1, .proofs = WF_PROOFS_UNSET},
		{.name = "identity", .identities = &nobody, .nidentities = 1, .proofs = WF_PROOFS_UNSET},
	};
	struct pki_ask ask = pki_ask_default();

	pki_init(&p, &ask);
	keyring = wf_keyring_new();
	key.bytes = wf_str(pki_pem_key(&p, pki_key(&p, "nobody", "p256")));
	both[0].root = both[1].root = (struct wf_policy_root){.path = "root", .bytes = pki_trusted_root_text(&p)};
	rule = (struct wf_trust_rule){.require = WF_REQUIRE_ANY, .formats = WF_FORMAT_BUNDLE | WF_FORMAT_LEGACY,
	                              .authorities = both, .nauthorities = 2};
}

static void
judge(const struct wf_candidate *c, bool whole)
{
	struct wf_rule_source source = {.rule = &rule, .name = "fuzz"};
	struct wf_trust_input in = {.rules = &source, .nrules = 1, .keyring = keyring};
	struct wf_trust_blob blob = {.whole = whole, .bytes = {artifact, 8}};
	struct wf_judgement j = WF_JUDGEMENT_INIT;

	wf_digest_of(artifact, 8, &blob.digest);
	if (wf_trust_judge_blob(&blob, c, 1, &in, &j, NULL) == WF_OK)
		abort();
	wf_judgement_free(&j);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_freep) char *copy = wf_strndup((const char *)data, size);
	struct wf_candidate c = {.form = WF_FORM_BUNDLE_FILE, .payload = copy, .payload_len = size};

	if (!keyring)
		make_world();
	judge(&c, false);
	judge(&c, true);
	c.form = WF_FORM_BUNDLE_REFERRER;
	judge(&c, true);
	return 0;
}
