/* SPDX-License-Identifier: Apache-2.0
 *
 * trust/trust.c and trust/evidence.c: an artifact whose signature counts, and
 * everything that makes it not count, one at a time, with reason word and
 * exit code.
 */
#include "trust/trust.h"

#include <stdlib.h>

#include "dep/crypto.h"
#include "tests/lib/sign_artifact.h"
#include "tests/lib/tap.h"

#define MODULE "the module"

struct world {
	struct sign_key *release, *other;
	struct sign_rule rule;
	struct wf_keyring *ring;
};

static struct world w;

struct given {
	struct wf_artifact a;
	char digest[WF_DIGEST_TEXT];
	struct wf_rule_source sources[3];
	size_t nsources;
	const struct wf_deny *denies[1];
	size_t ndenies;
	struct wf_judgement out;
	struct wf_err err;
	enum wf_rc rc;
	struct wf_verified *verified;
};

static void
begin(struct given *g)
{
	memset(g, 0, sizeof(*g));
	sign_artifact(&g->a, MODULE);
	wf_digest_text(&g->a.digest, g->digest);
	g->sources[0] = (struct wf_rule_source){.rule = &w.rule.rule, .name = "--key"};
	g->nsources = 1;
}

static void
judge(struct given *g)
{
	struct wf_trust_input in = {g->sources, g->nsources, g->denies, g->ndenies, w.ring, NULL};

	wf_verified_freep(&g->verified);
	wf_err_clear(&g->err);
	g->rc = wf_trust_judge(&g->a, &in, &g->out, &g->verified, &g->err);
	if ((g->rc == WF_OK) != (g->verified != NULL))
		OK(false, "a verified artifact exactly on success");
}

static void
end(struct given *g)
{
	wf_verified_free(g->verified);
	wf_judgement_free(&g->out);
	wf_artifact_free(&g->a);
}

/* Judged, and candidate i has this reason too. */
#define JUDGED(g, reason_, i, name) do { \
	judge(g); \
	ERR((g)->rc, &(g)->err, reason_, name); \
	IS(wf_reason_word((g)->out.verdicts[i].reason), wf_reason_word(reason_), "and its candidate says so"); \
	EQ((g)->out.verdicts[i].verified, (reason_) == WF_R_OK, "verified or not"); \
} while (0)

static void
add_dsse(struct given *g, const struct sign_key *k, const char *path, const char *value)
{
	WF_AUTO(wf_freep) char *s = sign_statement(g->digest, "{\"env\":\"prod\"}");
	WF_AUTO(wf_json_freep) struct wf_json *j = sign_json(s);
	WF_AUTO(wf_freep) char *text = NULL;
	WF_AUTO(wf_json_freep) struct wf_json *b = NULL;

	if (path)
		sign_set(j, path, wf_json_new_z(value));
	text = sign_text(j);
	b = sign_dsse(k, NULL, text);
	sign_add_bundle(&g->a, WF_FORM_BUNDLE_FALLBACK_TAG, b);
}

static void
add_legacy(struct given *g, const struct sign_key *k, const char *path, const char *value)
{
	WF_AUTO(wf_freep) char *s = sign_payload(g->digest, "{\"env\":\"prod\"}");
	WF_AUTO(wf_json_freep) struct wf_json *j = sign_json(s);
	WF_AUTO(wf_freep) char *text = NULL;

	if (path)
		sign_set(j, path, wf_json_new_z(value));
	text = sign_text(j);
	sign_add_legacy(&g->a, k, NULL, text);
}

static void
test_counts(void)
{
	struct given g;

	begin(&g);
	add_legacy(&g, w.release, NULL, NULL);
	JUDGED(&g, WF_R_OK, 0, "a legacy signature");
	EQ(g.out.authorities[0].satisfied, true, "satisfies the authority");
	IS(g.out.authorities[0].who.key_id, sign_id(w.release), "by that key");
	IS(g.out.verdicts[0].who.key_path, "release.pub", "whose file is named");
	OK(wf_digest_eq(wf_verified_manifest(g.verified), &g.a.digest), "manifest");
	OK(wf_digest_eq(wf_verified_module(g.verified), &g.a.layer.digest), "module");
	OK(strstr(wf_verified_signer(g.verified), "release-key sha256:"), "signer");
	end(&g);

	begin(&g);
	add_dsse(&g, w.release, NULL, NULL);
	JUDGED(&g, WF_R_OK, 0, "a bundle");
	OK(g.out.verdicts[0].nsteps >= 4, "says what was checked");
	OK(!g.out.verdicts[0].proofs_not_evaluated, "no proofs there");
	g.a.manifest[g.a.manifest_len - 1] = ' ';
	judge(&g);
	ERR(g.rc, &g.err, WF_R_DIGEST_MISMATCH, "but not of other manifest bytes");
	end(&g);
}

static void
test_none(void)
{
	struct given g;
	struct wf_candidate *c;

	begin(&g);
	judge(&g);
	ERR(g.rc, &g.err, WF_R_NO_SIGNATURE, "no candidate");
	EQ(g.rc, 10, "is 10");
	EQ(g.out.authorities[0].satisfied, false, "authority is listed");
	c = wf_artifact_add(&g.a, WF_FORM_SBOM_TAG);
	c->payload = wf_strdup("{}");
	c->payload_len = 2;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_NO_SIGNATURE, "an SBOM signs nothing");
	EQ(g.out.verdicts[0].reason, WF_R_UNSIGNED_FORM, "and is named");
	g.nsources = 0;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_NO_POLICY, "no rule");
	g.nsources = 1;
	g.sources[0].rule = NULL;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_NO_POLICY, "a policy without a matching rule");
	end(&g);
}

/* One thing changed in what is signed, or in what is around it. */
static void
test_refused(void)
{
	static const char zero[] = "0000000000000000000000000000000000000000000000000000000000000000";
	struct given g;
	struct wf_candidate *c;

	begin(&g);
	add_legacy(&g, w.other, NULL, NULL);
	JUDGED(&g, WF_R_SIGNATURE_MISMATCH, 0, "legacy, another key");
	EQ(g.rc, 12, "is 12");
	end(&g);
	begin(&g);
	add_legacy(&g, w.release, "critical.type", "x");
	JUDGED(&g, WF_R_PREDICATE_MISMATCH, 0, "legacy, another type");
	end(&g);
	begin(&g);
	add_legacy(&g, w.release, "critical.image.docker-manifest-digest", zero);
	JUDGED(&g, WF_R_SUBJECT_MISMATCH, 0, "legacy, another manifest");
	end(&g);
	begin(&g);
	add_legacy(&g, w.release, NULL, NULL);
	g.a.cand[0].payload[g.a.cand[0].payload_len - 1] = ' ';
	JUDGED(&g, WF_R_SIGNATURE_MISMATCH, 0, "legacy, payload changed");
	end(&g);
	begin(&g);
	add_legacy(&g, w.release, NULL, NULL);
	c = &g.a.cand[0];
	c->signature[strlen(c->signature) - 1] = '!';
	JUDGED(&g, WF_R_CANDIDATE_MALFORMED, 0, "legacy, signature is no base64");
	c->signature[0] = '\0';
	JUDGED(&g, WF_R_CANDIDATE_MALFORMED, 0, "legacy, signature empty");
	end(&g);
	begin(&g);
	add_legacy(&g, w.release, NULL, NULL);
	g.a.cand[0].certificate = wf_strdup("-----BEGIN CERTIFICATE-----");
	JUDGED(&g, WF_R_CANDIDATE_MALFORMED, 0, "legacy, with half a certificate");
	end(&g);

	begin(&g);
	add_dsse(&g, w.other, NULL, NULL);
	JUDGED(&g, WF_R_WRONG_KEY, 0, "bundle, hint of another key");
	end(&g);
	begin(&g);
	add_dsse(&g, w.release, "predicateType", "https://slsa.dev/provenance/v1");
	JUDGED(&g, WF_R_PREDICATE_MISMATCH, 0, "bundle, another predicate (CVE-2022-35929)");
	end(&g);
	begin(&g);
	add_dsse(&g, w.release, "subject.0.digest.sha256", zero);
	JUDGED(&g, WF_R_SUBJECT_MISMATCH, 0, "bundle, another subject");
	end(&g);
	begin(&g);
	add_dsse(&g, w.release, "_type", "https://in-toto.io/Statement/v9");
	JUDGED(&g, WF_R_UNSUPPORTED_VERSION, 0, "bundle, another statement type");
	end(&g);
	begin(&g);
	add_dsse(&g, w.release, NULL, NULL);
	g.a.cand[0].broken = WF_R_DIGEST_MISMATCH;
	JUDGED(&g, WF_R_DIGEST_MISMATCH, 0, "collected with another digest");
	EQ(g.rc, 16, "is 16");
	g.a.cand[0].broken = WF_R_MALFORMED;
	JUDGED(&g, WF_R_CANDIDATE_MALFORMED, 0, "what is 65 elsewhere is 12 of a candidate");
	end(&g);
}

/* The same statement in a bundle that is changed after signing. */
static void
test_bundle_changed(void)
{
	static const struct {
		const char *name, *path, *value; /* value NULL removes */
		enum wf_reason reason;
	} rows[] = {
		{"hint gone", "verificationMaterial.publicKey.hint", NULL, WF_R_OK},
		{"hint of somebody else: it is not signed", "verificationMaterial.publicKey.hint",
		 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", WF_R_OK},
		{"version 0.2 in a registry", "mediaType",
		 "application/vnd.dev.sigstore.bundle+json;version=0.2", WF_R_UNSUPPORTED_VERSION},
		{"payload type", "dsseEnvelope.payloadType", "application/json", WF_R_SIGNATURE_MISMATCH},
		{"payload", "dsseEnvelope.payload", "e30=", WF_R_SIGNATURE_MISMATCH},
		{"signature", "dsseEnvelope.signatures.0.sig", "AAAA", WF_R_SIGNATURE_MISMATCH},
		{"unknown member", "x", "y", WF_R_CANDIDATE_MALFORMED},
	};
	size_t i;

	for (i = 0; i < WF_COUNT(rows); i++) {
		struct given g;
		WF_AUTO(wf_freep) char *s = NULL;
		WF_AUTO(wf_json_freep) struct wf_json *b = NULL;

		begin(&g);
		s = sign_statement(g.digest, NULL);
		b = sign_dsse(w.release, NULL, s);
		sign_set(b, rows[i].path, rows[i].value ? wf_json_new_z(rows[i].value) : NULL);
		sign_add_bundle(&g.a, WF_FORM_BUNDLE_REFERRER, b);
		JUDGED(&g, rows[i].reason, 0, rows[i].name);
		end(&g);
	}
}

static void
test_keyless_and_message(void)
{
	struct given g;
	WF_AUTO(wf_freep) char *s = NULL;
	WF_AUTO(wf_json_freep) struct wf_json *b = NULL;
	WF_AUTO(wf_json_freep) struct wf_json *m = NULL;

	begin(&g);
	s = sign_statement(g.digest, NULL);
	b = sign_dsse(w.release, NULL, s);
	sign_set(b, "verificationMaterial", sign_json("{\"certificate\":{\"rawBytes\":\"AAAA\"}}"));
	sign_add_bundle(&g.a, WF_FORM_BUNDLE_REFERRER, b);
	JUDGED(&g, WF_R_CANDIDATE_MALFORMED, 0, "a bundle whose certificate is none");
	EQ(g.rc, 12, "is 12");
	add_legacy(&g, w.release, NULL, NULL);
	judge(&g);
	ERR(g.rc, &g.err, WF_R_OK, "hides no signature that counts");
	EQ(g.out.verdicts[0].verified, false, "and does not count itself");
	EQ(g.out.verdicts[0].reason, WF_R_CANDIDATE_MALFORMED, "which it still says");
	end(&g);

	begin(&g);
	m = sign_message(w.release, NULL, (struct wf_str){g.a.manifest, g.a.manifest_len});
	sign_add_bundle(&g.a, WF_FORM_BUNDLE_REFERRER, m);
	JUDGED(&g, WF_R_PREDICATE_MISMATCH, 0, "a message signature for an image");
	end(&g);
}

static void
test_proofs(void)
{
	struct given g;
	WF_AUTO(wf_freep) char *s = NULL;
	WF_AUTO(wf_json_freep) struct wf_json *b = NULL;

	begin(&g);
	s = sign_statement(g.digest, NULL);
	b = sign_dsse(w.release, NULL, s);
	sign_set(b, "verificationMaterial.timestampVerificationData",
	         sign_json("{\"rfc3161Timestamps\":[{\"signedTimestamp\":\"AAAA\"}]}"));
	sign_add_bundle(&g.a, WF_FORM_BUNDLE_REFERRER, b);
	JUDGED(&g, WF_R_OK, 0, "a key signature with a timestamp");
	EQ(g.out.verdicts[0].proofs_not_evaluated, true, "whose proof is not evaluated");
	end(&g);
	begin(&g);
	add_legacy(&g, w.release, NULL, NULL);
	g.a.cand[0].bundle = wf_strdup("{\"SignedEntryTimestamp\":\"AAAA\",\"Payload\":{\"body\":\"e30=\","
	                               "\"integratedTime\":1,\"logIndex\":7,\"logID\":\"c0d23d6ad406973f9559"
	                               "f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d\"}}");
	JUDGED(&g, WF_R_OK, 0, "a legacy signature with a log promise");
	EQ(g.out.verdicts[0].proofs_not_evaluated, true, "whose proof is not evaluated");
	EQ(g.out.verdicts[0].who.logged, false, "and says nothing");
	free(g.a.cand[0].bundle);
	g.a.cand[0].bundle = wf_strdup("{}");
	JUDGED(&g, WF_R_CANDIDATE_MALFORMED, 0, "what is there must be readable");
	end(&g);
}

static void
test_annotations(void)
{
	static struct wf_pair prod = {"env", "prod"}, test = {"env", "test"};
	struct wf_authority saved = w.rule.authority;
	struct given g;
	int form;

	for (form = 0; form < 2; form++) {
		begin(&g);
		if (form)
			add_legacy(&g, w.release, NULL, NULL);
		else
			add_dsse(&g, w.release, NULL, NULL);
		g.sources[0].annotations = &prod;
		g.sources[0].nannotations = 1;
		JUDGED(&g, WF_R_OK, 0, "-a that is signed");
		g.sources[0].annotations = &test;
		JUDGED(&g, WF_R_ANNOTATION_MISMATCH, 0, "-a with another value");
		OK(strstr(g.out.verdicts[0].detail, "\"prod\", expected \"test\""), "found and expected");
		g.sources[0].nannotations = 0;
		w.rule.authority.annotations = &test;
		w.rule.authority.nannotations = 1;
		JUDGED(&g, WF_R_ANNOTATION_MISMATCH, 0, "the authority's annotation");
		w.rule.authority = saved;
		end(&g);
	}
}

static void
test_formats(void)
{
	struct given g;

	begin(&g);
	add_legacy(&g, w.release, NULL, NULL);
	w.rule.rule.formats = WF_FORMAT_BUNDLE;
	JUDGED(&g, WF_R_FORMAT_NOT_ALLOWED, 0, "legacy where only bundles are taken");
	add_dsse(&g, w.release, NULL, NULL);
	judge(&g);
	ERR(g.rc, &g.err, WF_R_OK, "and a bundle beside it");
	w.rule.rule.formats = WF_FORMAT_LEGACY;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_OK, "legacy where only that is taken");
	EQ(g.out.verdicts[1].reason, WF_R_FORMAT_NOT_ALLOWED, "and not the bundle");
	w.rule.rule.formats = WF_FORMAT_BUNDLE | WF_FORMAT_LEGACY;
	end(&g);
}

static void
test_rules(void)
{
	const struct sign_key *one[] = {w.release}, *two[] = {w.other}, *both[] = {w.release, w.other};
	struct sign_rule a, b, ab;
	struct wf_authority list[2];
	struct wf_trust_rule r = {.formats = 3, .authorities = list, .nauthorities = 2};
	struct given g;

	sign_rule_init(&a, one, 1);
	sign_rule_init(&b, two, 1);
	sign_rule_init(&ab, both, 2);
	list[0] = a.authority;
	list[1] = b.authority;
	list[1].name = "other-key";
	begin(&g);
	add_dsse(&g, w.release, NULL, NULL);
	g.sources[0].rule = &ab.rule;
	JUDGED(&g, WF_R_OK, 0, "one of an authority's keys");
	g.sources[0].rule = &r;
	r.require = WF_REQUIRE_ANY;
	JUDGED(&g, WF_R_OK, 0, "any of two authorities");
	r.require = WF_REQUIRE_ALL;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_WRONG_KEY, "all of two authorities, one signed");
	EQ(g.out.verdicts[0].verified, true, "its signature counts for the one");
	EQ(g.out.authorities[0].satisfied, true, "which is satisfied");
	EQ(g.out.authorities[1].satisfied, false, "and the other is not");
	r.require = WF_REQUIRE_AT_LEAST;
	r.at_least = 1;
	JUDGED(&g, WF_R_OK, 0, "at least one");
	r.at_least = 2;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_WRONG_KEY, "at least two, one signed");
	add_legacy(&g, w.other, NULL, NULL);
	JUDGED(&g, WF_R_OK, 1, "at least two, both signed");
	r.require = WF_REQUIRE_ALL;
	JUDGED(&g, WF_R_OK, 1, "all, both signed");
	r.at_least = 3;
	r.require = WF_REQUIRE_AT_LEAST;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_CONFIG, "three of two");
	r.at_least = 2;
	list[1] = a.authority;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_CONFIG, "two authorities with one key");
	r.nauthorities = 0;
	r.require = WF_REQUIRE_ANY;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_CONFIG, "a rule without authorities");
	end(&g);

	begin(&g);
	add_dsse(&g, w.release, NULL, NULL);
	g.sources[0].rule = &a.rule;
	g.sources[1] = (struct wf_rule_source){.rule = &b.rule, .name = "--policy"};
	g.nsources = 2;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_WRONG_KEY, "every rule must pass");
	OK(strstr(g.err.msg, "--policy"), "the one that fails is named");
	EQ(g.out.nauthorities, 2, "authorities of all rules");
	g.sources[0].rule = &b.rule;
	g.sources[1].rule = &a.rule;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_WRONG_KEY, "also when the first one fails");
	g.sources[0].rule = &a.rule;
	g.sources[1].rule = NULL;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_NO_POLICY, "a further policy without a rule");
	end(&g);
	sign_rule_free(&a);
	sign_rule_free(&b);
	sign_rule_free(&ab);
}

/* Contract section 3: the most severe of the reasons, unless one suffices. */
static void
test_severity(void)
{
	WF_AUTO(sign_key_freep) struct sign_key *k = sign_key_new("p256");
	const struct sign_key *keys[] = {k};
	struct sign_rule nobody;
	struct given g;

	sign_rule_init(&nobody, keys, 1);
	begin(&g);
	add_legacy(&g, w.other, NULL, NULL);
	add_dsse(&g, w.release, NULL, NULL);
	g.a.cand[1].broken = WF_R_DIGEST_MISMATCH;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_DIGEST_MISMATCH, "16 is worse than 12");
	g.a.cand[1].broken = WF_R_OK;
	g.a.cand[0].broken = WF_R_DIGEST_MISMATCH;
	g.sources[0].rule = &nobody.rule;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_DIGEST_MISMATCH, "in any order");
	g.sources[0].rule = &w.rule.rule;
	g.a.cand[0].broken = WF_R_OK;
	g.a.cand[1].broken = WF_R_CANDIDATE_LIMIT;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_SIGNATURE_MISMATCH, "of two at 12 the closer one");
	g.a.cand[1].broken = WF_R_OK;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_OK, "one that suffices");
	EQ(g.out.verdicts[0].reason, WF_R_SIGNATURE_MISMATCH, "the other keeps its reason");
	end(&g);
	sign_rule_free(&nobody);
}

static void
test_denies(void)
{
	struct wf_deny deny = {.nmanifests = 0};
	struct wf_policy_key by_id = {.path = NULL}, by_file = w.rule.key[0];
	WF_AUTO(wf_freep) char *id = wf_strdup(sign_id(w.release));
	struct wf_digest other;
	struct given g;

	wf_digest_of("x", 1, &other);
	begin(&g);
	add_dsse(&g, w.release, NULL, NULL);
	g.denies[0] = &deny;
	g.ndenies = 1;
	JUDGED(&g, WF_R_OK, 0, "an empty deny list");
	deny.manifests = &other;
	deny.nmanifests = 1;
	JUDGED(&g, WF_R_OK, 0, "another manifest");
	deny.manifests = &g.a.digest;
	judge(&g);
	ERR(g.rc, &g.err, WF_R_REVOKED, "the manifest");
	EQ(g.rc, 17, "is 17");
	EQ(g.out.nverdicts, 1, "verdicts are there all the same");
	deny = (struct wf_deny){.modules = &g.a.layer.digest, .nmodules = 1};
	judge(&g);
	ERR(g.rc, &g.err, WF_R_REVOKED, "the module");
	by_id.path = id;
	deny = (struct wf_deny){.keys = &by_id, .nkeys = 1};
	JUDGED(&g, WF_R_REVOKED, 0, "the key by its id");
	deny.keys = &by_file;
	JUDGED(&g, WF_R_REVOKED, 0, "the key by its file");
	by_file = w.rule.key[0];
	by_file.bytes = wf_str("no key");
	judge(&g);
	ERR(g.rc, &g.err, WF_R_CONFIG, "a deny entry that is no key");
	end(&g);
}

static void
test_algorithms(void)
{
	static const struct {
		const char *kind, *hash;
	} rows[] = {{"p384", NULL}, {"p384", "SHA256"}, {"p521", NULL}, {"p521", "SHA256"},
	            {"rsa2048", NULL}, {"ed25519", NULL}};
	size_t i;

	for (i = 0; i < WF_COUNT(rows); i++) {
		WF_AUTO(sign_key_freep) struct sign_key *k = sign_key_new(rows[i].kind);
		const struct sign_key *keys[] = {k};
		struct sign_rule r;
		struct given g;
		WF_AUTO(wf_freep) char *s = NULL;
		WF_AUTO(wf_freep) char *p = NULL;
		WF_AUTO(wf_json_freep) struct wf_json *b = NULL;

		sign_rule_init(&r, keys, 1);
		begin(&g);
		g.sources[0].rule = &r.rule;
		s = sign_statement(g.digest, NULL);
		p = sign_payload(g.digest, NULL);
		b = sign_dsse(k, rows[i].hash, s);
		sign_add_bundle(&g.a, WF_FORM_BUNDLE_REFERRER, b);
		sign_add_legacy(&g.a, k, rows[i].hash, p);
		JUDGED(&g, WF_R_OK, 0, rows[i].kind);
		EQ(g.out.verdicts[1].verified, true, "legacy too");
		end(&g);
		sign_rule_free(&r);
	}
}

/* What this libcrypto cannot rule out is never called bad. */
static void
test_ed25519ph(void)
{
	WF_AUTO(sign_key_freep) struct sign_key *k = sign_key_new("ed25519");
	const struct sign_key *keys[] = {k};
	bool knows = strcmp(wf_crypto_version(), "OpenSSL 3.2") >= 0;
	struct sign_rule r;
	struct given g;
	WF_AUTO(wf_freep) char *s = NULL;
	WF_AUTO(wf_json_freep) struct wf_json *b = NULL;

	sign_rule_init(&r, keys, 1);
	begin(&g);
	g.sources[0].rule = &r.rule;
	s = sign_statement(g.digest, NULL);
	b = sign_dsse(k, NULL, s);
	sign_set(b, "dsseEnvelope.payload", wf_json_new_z("e30="));
	sign_add_bundle(&g.a, WF_FORM_BUNDLE_REFERRER, b);
	JUDGED(&g, knows ? WF_R_SIGNATURE_MISMATCH : WF_R_UNSUPPORTED_ALGORITHM, 0,
	       "an Ed25519 signature that is not pure");
	end(&g);
	sign_rule_free(&r);
}

int
main(void)
{
	const struct sign_key *keys[1];

	w.release = sign_key_new("p256");
	w.other = sign_key_new("p256");
	keys[0] = w.release;
	sign_rule_init(&w.rule, keys, 1);
	w.ring = wf_keyring_new();
	test_counts();
	test_none();
	test_refused();
	test_bundle_changed();
	test_keyless_and_message();
	test_proofs();
	test_annotations();
	test_formats();
	test_rules();
	test_severity();
	test_denies();
	test_algorithms();
	test_ed25519ph();
	wf_keyring_freep(&w.ring);
	sign_rule_free(&w.rule);
	sign_key_freep(&w.release);
	sign_key_freep(&w.other);
	return tap_done();
}
