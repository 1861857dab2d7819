/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/verified.c: a verified artifact takes the module that its signed
 * manifest names, and nothing else.
 */
#include "tests/lib/sign_artifact.h"
#include "tests/lib/tap.h"
#include "trust/trust.h"

#define MODULE "the module"

static struct wf_verified *
verified(struct wf_artifact *a, struct wf_judgement *out)
{
	WF_AUTO(sign_key_freep) struct sign_key *k = sign_key_new("p256");
	WF_AUTO(wf_keyring_freep) struct wf_keyring *ring = wf_keyring_new();
	const struct sign_key *keys[] = {k};
	struct sign_rule rule;
	const struct wf_rule_source source = {.rule = &rule.rule, .name = "--key"};
	const struct wf_trust_input in = {.rules = &source, .nrules = 1, .keyring = ring};
	struct wf_verified *v = NULL;
	struct wf_err err = {0};
	char digest[WF_DIGEST_TEXT];
	WF_AUTO(wf_freep) char *payload = NULL;

	sign_rule_init(&rule, keys, 1);
	sign_artifact(a, MODULE);
	wf_digest_text(&a->digest, digest);
	payload = sign_payload(digest, NULL);
	sign_add_legacy(a, k, NULL, payload);
	ERR(wf_trust_judge(a, &in, out, &v, &err), &err, WF_R_OK, "verified");
	sign_rule_free(&rule);
	return v;
}

int
main(void)
{
	struct wf_artifact a = WF_ARTIFACT_INIT;
	struct wf_judgement out = WF_JUDGEMENT_INIT;
	WF_AUTO(wf_verified_freep) struct wf_verified *v = verified(&a, &out);
	struct wf_buf bytes = WF_BUF_INIT(100);
	struct wf_err err = {0};

	OK(wf_digest_eq(wf_verified_module(v), &a.layer.digest), "names its module");
	OK(strncmp(wf_verified_signer(v), "release-key sha256:", 19) == 0, "and who signed");
	EQ(wf_buf_addz(&bytes, MODULE "!", &err), 0, "bytes");
	ERR(wf_verified_attach(v, &bytes, &err), &err, WF_R_SIZE_MISMATCH, "a byte more");
	bytes.len--;
	bytes.p[0] ^= 1;
	wf_err_clear(&err);
	ERR(wf_verified_attach(v, &bytes, &err), &err, WF_R_DIGEST_MISMATCH, "one bit");
	EQ(wf_verified_bytes(v).len, 0, "nothing is attached");
	bytes.p[0] ^= 1;
	wf_err_clear(&err);
	ERR(wf_verified_attach(v, &bytes, &err), &err, WF_R_OK, "the module");
	OK(wf_str_eqz(wf_verified_bytes(v), MODULE), "is attached");
	OK(!bytes.p, "and taken over");
	wf_judgement_free(&out);
	wf_artifact_free(&a);
	return tap_done();
}
