/* SPDX-License-Identifier: Apache-2.0
 *
 * What a hostile registry can send as a signature: every case is refused by
 * its own word, and the memory it takes is bounded (advisories: endless
 * entries, allocation by a manifest's count, deep and dense JSON).  Each case
 * runs in a process of its own, whose peak memory above that of an empty one
 * is asserted; nothing here is timed.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "tests/lib/sign_artifact.h"
#include "tests/lib/tap.h"
#include "trust/trust.h"

#define MB (1024 * 1024)
/* beside the text itself; jansson takes about 80 bytes a value */
#define SPARE (48 * MB)

/* What watches memory takes more of it than what it watches. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define WATCHED true
#endif
#endif
#if !defined(WATCHED) && defined(__SANITIZE_ADDRESS__)
#define WATCHED true
#endif
#ifndef WATCHED
#define WATCHED (getenv("TEST_WRAPPER") != NULL)
#endif

static struct sign_rule rule;
static struct sign_key *release;

struct result {
	enum wf_reason reason; /* of the candidate */
	long peak;             /* bytes */
};

typedef void (*fill)(struct wf_artifact *, const char *digest);

static void
judged(fill f, struct result *out)
{
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	WF_AUTO(wf_judgement_free) struct wf_judgement j = WF_JUDGEMENT_INIT;
	struct wf_rule_source source = {.rule = &rule.rule, .name = "--key"};
	struct wf_keyring *ring = wf_keyring_new();
	struct wf_trust_input in = {.rules = &source, .nrules = 1, .keyring = ring};
	struct wf_err err = {0};
	char digest[WF_DIGEST_TEXT];
	struct rusage usage;

	sign_artifact(&a, "the module");
	wf_digest_text(&a.digest, digest);
	f(&a, digest);
	if (wf_trust_judge(&a, &in, &j, NULL, &err) == WF_OK)
		out->reason = WF_R_OK;
	else
		out->reason = j.verdicts[0].reason;
	wf_keyring_freep(&ring);
	(void)getrusage(RUSAGE_SELF, &usage);
	out->peak = usage.ru_maxrss * 1024;
}

static struct result
in_child(fill f)
{
	struct result *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	                             MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct result r = {WF_R_BUG, 0};
	pid_t pid;
	int status = -1;

	if (shared == MAP_FAILED)
		wf_die("mmap");
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0) {
		judged(f, shared);
		_exit(0);
	}
	(void)waitpid(pid, &status, 0);
	OK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "ends by itself");
	r = *shared;
	(void)munmap(shared, sizeof(*shared));
	return r;
}

/* A payload of one candidate: head, then piece again and again, then tail. */
static void
put(struct wf_artifact *a, enum wf_form form, const char *head, const char *piece,
    size_t times, const char *tail)
{
	struct wf_candidate *c = wf_artifact_add(a, form);
	size_t n = strlen(piece), at = strlen(head), i;

	c->payload = wf_malloc(at + n * times + strlen(tail) + 1);
	memcpy(c->payload, head, at);
	for (i = 0; i < times; i++, at += n)
		memcpy(c->payload + at, piece, n);
	memcpy(c->payload + at, tail, strlen(tail) + 1);
	c->payload_len = at + strlen(tail);
	wf_digest_of(c->payload, c->payload_len, &c->digest);
}

#define HEAD "{\"mediaType\":\"application/vnd.dev.sigstore.bundle.v0.3+json\",\"verificationMaterial\":{"
#define KEY "\"publicKey\":{\"hint\":\"\"}"
#define TAIL "},\"messageSignature\":{\"signature\":\"AAAA\"}}"

static void
nothing(struct wf_artifact *a, const char *digest)
{
	(void)a;
	(void)digest;
	(void)wf_artifact_add(a, WF_FORM_SBOM_TAG);
}

static void
good(struct wf_artifact *a, const char *digest)
{
	WF_AUTO(wf_freep) char *s = sign_statement(digest, NULL);
	WF_AUTO(wf_json_freep) struct wf_json *b = sign_dsse(release, NULL, s);

	sign_add_bundle(a, WF_FORM_BUNDLE_REFERRER, b);
}

#define CASE(name, form, head, piece, times, tail) \
	static void \
	name(struct wf_artifact *a, const char *digest) \
	{ \
		(void)digest; \
		put(a, form, head, piece, times, tail); \
	}

CASE(deep_bundle, WF_FORM_BUNDLE_REFERRER, HEAD, "[", 4000000, "")
CASE(deep_objects, WF_FORM_BUNDLE_REFERRER, "", "{\"a\":", 1000000, "")
CASE(deep_envelope, WF_FORM_ATT_TAG, "{\"payload\":", "[", 4000000, "")
CASE(dense_bundle, WF_FORM_BUNDLE_REFERRER, HEAD KEY ",\"tlogEntries\":[0", ",0", 4000000, "]" TAIL)
CASE(dense_envelope, WF_FORM_ATT_TAG, "{\"signatures\":[0", ",0", 4000000, "]}")
CASE(entries, WF_FORM_BUNDLE_REFERRER, HEAD KEY ",\"tlogEntries\":[{}", ",{}", 32, "]" TAIL)
CASE(stamps, WF_FORM_BUNDLE_REFERRER,
     HEAD KEY ",\"timestampVerificationData\":{\"rfc3161Timestamps\":[{}", ",{}", 32, "]}" TAIL)
CASE(many_entries, WF_FORM_BUNDLE_REFERRER, HEAD KEY ",\"tlogEntries\":[{\"logIndex\":\"1\"}",
     ",{\"logIndex\":\"11111111111111111111111111111111111111111111111111111\"}", 9000, "]" TAIL)
CASE(many_signatures, WF_FORM_ATT_TAG, "{\"payload\":\"\",\"payloadType\":\"\",\"signatures\":[{}", ",{}",
     5000, "]}")
CASE(big_bundle, WF_FORM_BUNDLE_REFERRER, HEAD KEY TAIL, " ", WF_MAX_BUNDLE_BYTES, "")
CASE(big_envelope, WF_FORM_ATT_TAG, "{}", " ", WF_MAX_BUNDLE_BYTES, "")
CASE(big_payload, WF_FORM_SIG_TAG, "{}", " ", WF_MAX_SIG_PAYLOAD_BYTES, "")
CASE(big_certificate, WF_FORM_BUNDLE_REFERRER, HEAD "\"certificate\":{\"rawBytes\":\"MIII", "MIII", 1800000,
     "\"}" TAIL)
CASE(big_hint, WF_FORM_BUNDLE_REFERRER, HEAD "\"publicKey\":{\"hint\":\"", "h", 8000000, "\"}" TAIL)

static void
with_annotations(struct wf_artifact *a, char **at, const char *piece, size_t times)
{
	struct wf_candidate *c;
	size_t n = strlen(piece), i;
	WF_AUTO(wf_freep) char *text = wf_malloc(n * times + 1);

	for (i = 0; i < times; i++)
		memcpy(text + n * i, piece, n);
	text[n * times] = '\0';
	put(a, WF_FORM_SIG_TAG, "{}", "", 0, "");
	c = &a->cand[a->ncand - 1];
	c->signature = wf_strdup("AAAA");
	*at = wf_strdup(text);
}

static void
big_signature(struct wf_artifact *a, const char *digest)
{
	char *s = NULL;

	(void)digest;
	with_annotations(a, &s, "AAAA", 1000000);
	free(a->cand[0].signature);
	a->cand[0].signature = s;
}

static void
big_pem(struct wf_artifact *a, const char *digest)
{
	char *s = NULL;

	(void)digest;
	with_annotations(a, &s, "-----BEGIN CERTIFICATE-----\nMIII\n-----END CERTIFICATE-----\n", 60000);
	a->cand[0].certificate = s;
	a->cand[0].chain = wf_strdup(s);
}

/* As many subjects as fit, signed by the trusted key: still a limit. */
static void
many_subjects(struct wf_artifact *a, const char *digest)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(2 * MB);
	WF_AUTO(wf_json_freep) struct wf_json *bundle = NULL;
	unsigned i;

	wf_buf_putf(&b, "%s", "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":"
	                "\"https://sigstore.dev/cosign/sign/v1\",\"subject\":[");
	for (i = 0; i <= WF_MAX_SUBJECTS; i++)
		wf_buf_putf(&b, "%s{\"digest\":{\"sha256\":\"%s\"}}", i ? "," : "", digest + 7);
	wf_buf_putf(&b, "]}");
	bundle = sign_dsse(release, NULL, wf_buf_z(&b));
	sign_add_bundle(a, WF_FORM_BUNDLE_REFERRER, bundle);
}

static const struct {
	fill f;
	const char *name;
	enum wf_reason reason;
} rows[] = {
	{good, "a signature, for comparison", WF_R_OK},
	{deep_bundle, "arrays in arrays, 4,000,000 deep", WF_R_CANDIDATE_LIMIT},
	{deep_objects, "objects in objects, 1,000,000 deep", WF_R_CANDIDATE_LIMIT},
	{deep_envelope, "an envelope 4,000,000 deep", WF_R_CANDIDATE_LIMIT},
	{dense_bundle, "a bundle of 4,000,000 numbers", WF_R_CANDIDATE_LIMIT},
	{dense_envelope, "an envelope of 4,000,000 numbers", WF_R_CANDIDATE_LIMIT},
	{entries, "R03: 33 log entries (CVE-2024-45395)", WF_R_CANDIDATE_LIMIT},
	{many_entries, "R03: 9,001 log entries", WF_R_CANDIDATE_LIMIT},
	{stamps, "R03: 33 timestamps", WF_R_CANDIDATE_LIMIT},
	{many_subjects, "R03: 1,025 subjects", WF_R_CANDIDATE_LIMIT},
	{many_signatures, "R03: 5,001 signatures in an envelope", WF_R_CANDIDATE_LIMIT},
	{big_bundle, "R03: a bundle above 8 MiB", WF_R_CANDIDATE_LIMIT},
	{big_envelope, "R03: an envelope above 8 MiB", WF_R_CANDIDATE_LIMIT},
	{big_payload, "R03: a payload above 1 MiB (CVE-2024-29902)", WF_R_CANDIDATE_LIMIT},
};
/* Refused by one word or another as the judge grows: what is asserted is that
 * none is verified and that memory is bounded. */
static const struct {
	fill f;
	const char *name;
} bounded[] = {
	{big_certificate, "a certificate of 5 MB in a bundle"},
	{big_hint, "a key hint of 8 MB"},
	{big_signature, "a signature of 3 MB"},
	{big_pem, "60,000 certificates in an annotation, twice"},
};

int
main(void)
{
	const struct sign_key *keys[1];
	long idle;
	size_t i;

	release = sign_key_new("p256");
	keys[0] = release;
	sign_rule_init(&rule, keys, 1);
	idle = in_child(nothing).peak;
	for (i = 0; i < WF_COUNT(rows); i++) {
		struct result r = in_child(rows[i].f);

		IS(wf_reason_word(r.reason), wf_reason_word(rows[i].reason), rows[i].name);
		if (!WATCHED)
			OK(r.peak - idle < SPARE, "and its memory is bounded");
	}
	for (i = 0; i < WF_COUNT(bounded); i++) {
		struct result r = in_child(bounded[i].f);

		OK(r.reason != WF_R_OK && r.reason != WF_R_BUG, bounded[i].name);
		if (!WATCHED)
			OK(r.peak - idle < SPARE, "and its memory is bounded");
	}
	sign_rule_free(&rule);
	sign_key_freep(&release);
	return tap_done();
}
