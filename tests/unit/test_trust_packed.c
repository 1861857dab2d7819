/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/trust.c on a module in an archive: what is signed names the archive, a
 * deny list the module, and one that nobody took out is not known to be
 * another.
 */
#include "tests/lib/sign_artifact.h"
#include "tests/lib/tap.h"
#include "trust/trust.h"

#define EMPTY "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a" /* of "{}" */

static const char manifest[] =
	"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
	"\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\","
	"\"digest\":\"" EMPTY "\",\"size\":2},"
	"\"layers\":[{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\","
	"\"digest\":\"" EMPTY "\",\"size\":2}]}";

struct world {
	struct wf_artifact a;
	struct wf_trust_input in;
};

static void
judged(const struct world *w, enum wf_reason want, const char *name)
{
	struct wf_judgement out = WF_JUDGEMENT_INIT;
	struct wf_err err = {0};

	ERR(wf_trust_judge(&w->a, &w->in, &out, NULL, &err), &err, want, name);
	EQ(out.nverdicts, 1, "with its candidate");
	wf_judgement_free(&out);
}

static void
test_lists(struct world *w)
{
	struct wf_digest module, other;
	struct wf_deny deny = {.modules = &module};
	const struct wf_deny *denies[] = {&deny};

	wf_digest_of("m", 1, &module);
	wf_digest_of("x", 1, &other);
	w->in.denies = denies;
	w->in.ndenies = 1;
	judged(w, WF_R_OK, "no module is denied");
	deny.nmodules = 1;
	judged(w, WF_R_UNCHECKED, "one is, and it may be this one");
	w->in.inside = &other;
	judged(w, WF_R_OK, "it is another");
	w->in.inside = &module;
	judged(w, WF_R_REVOKED, "it is this one");
	w->in.inside = NULL;
	w->a.cand[0].signature[0] ^= 1;
	judged(w, WF_R_SIGNATURE_MISMATCH, "a signature that does not count says more");
}

int
main(void)
{
	WF_AUTO(sign_key_freep) struct sign_key *k = sign_key_new("p256");
	WF_AUTO(wf_keyring_freep) struct wf_keyring *ring = wf_keyring_new();
	const struct sign_key *keys[] = {k};
	struct sign_rule rule;
	const struct wf_rule_source source = {.rule = &rule.rule, .name = "--key"};
	struct world w = {.in = {.rules = &source, .nrules = 1, .keyring = ring}};
	WF_AUTO(wf_freep) char *payload = NULL;
	char text[WF_DIGEST_TEXT];
	struct wf_digest digest;
	struct wf_err err = {0};

	sign_rule_init(&rule, keys, 1);
	wf_digest_of(manifest, strlen(manifest), &digest);
	ERR(wf_artifact_open(wf_str(manifest), &digest, &w.a, &err), &err, WF_R_OK, "a packed artifact");
	wf_digest_text(&digest, text);
	payload = sign_payload(text, NULL);
	sign_add_legacy(&w.a, k, NULL, payload);
	test_lists(&w);
	wf_artifact_free(&w.a);
	sign_rule_free(&rule);
	return tap_done();
}
