/* SPDX-License-Identifier: Apache-2.0
 *
 * A timestamp from anywhere, DER or in its legacy annotation, over bytes that
 * the authorities of a root did stamp once: what verifies has their time.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/pki/pki.h"
#include "trust/root.h"
#include "trust/stamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct wf_root *
world(void)
{
	static struct wf_root *root;
	struct pki_ask ask = pki_ask_default();
	struct pki *p;

	if (root)
		return root;
	p = wf_calloc(1, sizeof(*p));
	pki_init(p, &ask);
	if (wf_root_parse(pki_trusted_root_text(p), "root", &root, NULL))
		abort();
	pki_free(p);
	free(p);
	return root;
}

static void
judge(struct wf_str token)
{
	struct wf_stamp_verdict v = {.tsa = NULL};

	/* tests/data/corpus/fuzz_stamp was made over these */
	if (wf_stamp_judge(token, wf_str("stamped"), world(), NULL, &v, NULL) == WF_OK && v.tsa &&
	    v.time.sec != PKI_T0 + 5)
		abort();
	if (wf_stamp_judge(token, wf_str("never stamped"), world(), NULL, &v, NULL) == WF_OK && v.tsa)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wf_str s = {(const char *)data, size}, token;
	struct wf_arena arena = {NULL};

	judge(s);
	if (wf_stamp_legacy(s, &arena, &token, NULL) == WF_OK)
		judge(token);
	wf_arena_free(&arena);
	return 0;
}
