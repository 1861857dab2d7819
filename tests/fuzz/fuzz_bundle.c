/* SPDX-License-Identifier: Apache-2.0
 *
 * A bundle file from anywhere, judged by a key that never signed anything
 * about the subject: no input may come out as counting.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "policy/policy.h"
#include "trust/evidence.h"

static const char release[] =
	"-----BEGIN PUBLIC KEY-----\n"
	"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEVxDk2Zy3hivD+CLMaG38S2rkoENb\n"
	"yj2vChPTvdQlPQynOWnwk9cZbXix01HbBmFoLm1cGv1PL6Pww0lb/NtgIw==\n"
	"-----END PUBLIC KEY-----\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
judge(const struct wf_candidate *c, const struct wf_subject *s)
{
	static struct wf_sigkey *key;
	struct wf_evidence_key k = {.path = "release.pub"};
	static const struct wf_pair pair = {"env", "test"};
	const struct wf_demand demands[2] = {{&pair, 1}, {NULL, 0}};
	struct wf_arena arena = {NULL};
	struct wf_evidence e;
	struct wf_attempt a;

	if (!key && wf_sigkey_load(wf_str(release), "k", &key, NULL))
		abort();
	k.key = key;
	wf_evidence_open(&e, c, s);
	wf_evidence_try(&e, s, WF_FORMAT_BUNDLE | WF_FORMAT_LEGACY, &k, 1, demands, &arena, &a);
	if (a.reason == WF_R_OK)
		abort();
	wf_evidence_free(&e);
	wf_arena_free(&arena);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_freep) char *copy = wf_strndup((const char *)data, size);
	struct wf_candidate c = {.form = WF_FORM_BUNDLE_FILE, .payload = copy, .payload_len = size};
	struct wf_subject s = {.blob = true};

	wf_digest_of("", 0, &s.digest);
	judge(&c, &s);
	s.whole = true;
	judge(&c, &s);
	s.blob = false;
	c.form = WF_FORM_BUNDLE_REFERRER;
	judge(&c, &s);
	return 0;
}
