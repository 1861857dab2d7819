/* SPDX-License-Identifier: Apache-2.0
 *
 * How many bundles one process judges in a second: 1,000 distinct ones of one
 * key, in memory, again and again for at least SECONDS of processor time.
 *
 *   judge p256|ed25519|rsa2048 [SECONDS]
 *
 * Prints "KIND bundles/s KiB-after-the-first-round KiB-at-the-end"; dies if
 * one of them does not verify.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/lib/sign.h"
#include "trust/trust.h"

#define BUNDLES 1000u

struct one {
	struct wf_trust_blob blob;
	struct wf_candidate candidate;
};

static double
cpu_seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long
peak_kib(void)
{
	struct rusage u;

	(void)getrusage(RUSAGE_SELF, &u);
	return u.ru_maxrss;
}

static void
make(struct one *o, const struct sign_key *k, unsigned i)
{
	char *text = wf_asprintf("artifact number %u", i);
	struct wf_json *j = sign_message(k, NULL, wf_str(text));

	o->blob.bytes = wf_str(text);
	o->blob.whole = true;
	wf_digest_of(text, strlen(text), &o->blob.digest);
	o->candidate.form = WF_FORM_BUNDLE_FILE;
	o->candidate.payload = sign_text(j);
	o->candidate.payload_len = strlen(o->candidate.payload);
	wf_digest_of(o->candidate.payload, o->candidate.payload_len, &o->candidate.digest);
	wf_json_free(j);
}

static void
judge_all(const struct one *all, const struct wf_trust_input *in)
{
	struct wf_judgement j = WF_JUDGEMENT_INIT;
	struct wf_err e = {0};
	unsigned i;

	for (i = 0; i < BUNDLES; i++) {
		if (wf_trust_judge_blob(&all[i].blob, &all[i].candidate, 1, in, &j, &e) != WF_OK) {
			(void)fprintf(stderr, "judge: bundle %u: %s\n", i, e.msg);
			exit(1);
		}
		wf_judgement_free(&j);
	}
}

int
main(int argc, char **argv)
{
	struct sign_key *k = sign_key_new(argc > 1 ? argv[1] : "p256");
	double want = argc > 2 ? strtod(argv[2], NULL) : 2, start, spent;
	struct one *all = wf_calloc(BUNDLES, sizeof(*all));
	struct wf_keyring *keyring = wf_keyring_new();
	struct sign_rule rule;
	struct wf_rule_source source = {.rule = &rule.rule, .name = "bench"};
	struct wf_trust_input in = {.rules = &source, .nrules = 1, .keyring = keyring};
	unsigned long n = 0;
	unsigned i;
	long first;

	for (i = 0; i < BUNDLES; i++)
		make(&all[i], k, i);
	sign_rule_init(&rule, (const struct sign_key *const *)&k, 1);
	judge_all(all, &in);
	first = peak_kib();
	start = cpu_seconds();
	do {
		judge_all(all, &in);
		n += BUNDLES;
		spent = cpu_seconds() - start;
	} while (spent < want);
	(void)printf("%s %.0f %ld %ld\n", argc > 1 ? argv[1] : "p256", (double)n / spent, first, peak_kib());
	return 0;
}
