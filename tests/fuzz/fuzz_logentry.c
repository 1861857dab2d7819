/* SPDX-License-Identifier: Apache-2.0
 *
 * A log entry from anywhere, in a bundle's form or the legacy annotation's,
 * about a signature that no log of the root ever held: none may count.
 */
#include <stdint.h>
#include <stdlib.h>

#include "dep/crypto.h"
#include "tests/pki/pki.h"
#include "trust/log_judge.h"
#include "trust/proto.h"
#include "trust/root.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct wf_root *root;
static struct wf_sigkey *key;

static void
make_world(void)
{
	struct pki_ask ask = pki_ask_default();
	struct pki *p = wf_calloc(1, sizeof(*p));

	pki_init(p, &ask);
	if (wf_root_parse(pki_trusted_root_text(p), "root", &root, NULL) ||
	    wf_sigkey_load(pki_key_pem(p), "key", &key, NULL))
		abort();
	pki_free(p);
	free(p);
}

static void
judge(const struct wf_logentry *e)
{
	struct wf_log_signed s = {.sig = wf_str("never logged"), .key = key, .whole = true, .message = wf_str("x")};
	struct wf_log_verdict v = {.log = NULL};

	if (e->index < 0 || e->log_id.len == 0 || e->body.len == 0)
		abort();
	wf_crypto_sha256("x", 1, s.sha256);
	if (wf_log_judge(e, root, &s, NULL, &v, NULL) == WF_OK && v.log)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wf_str s = {(const char *)data, size};
	struct wf_arena arena = {NULL};
	struct wf_json *j = NULL;
	struct wf_logentry e = {0};
	unsigned minor;

	if (!root)
		make_world();
	if (wf_logentry_legacy(s, &arena, &e, NULL) == WF_OK)
		judge(&e);
	if (wf_proto_parse(s, "entry", &j, NULL) == WF_OK) {
		for (minor = 1; minor <= 3; minor++) {
			e = (struct wf_logentry){0};
			if (wf_logentry_bundle(j, minor, &arena, &e, NULL) == WF_OK)
				judge(&e);
		}
	}
	wf_json_freep(&j);
	wf_arena_free(&arena);
	return 0;
}
