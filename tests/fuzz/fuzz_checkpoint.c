/* SPDX-License-Identifier: Apache-2.0
 *
 * A checkpoint from anywhere, as of both generations of logs: what verifies
 * was signed by that log, and none of the corpus says another size than 1 or
 * 11.
 */
#include <stdint.h>
#include <stdlib.h>

#include "tests/pki/pki.h"
#include "trust/checkpoint.h"
#include "trust/root.h"

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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct wf_root *root = world();
	struct wf_checkpoint c;
	struct wf_checkpoint_log l;
	size_t i;

	if (wf_checkpoint_parse((struct wf_str){(const char *)data, size}, &c, NULL))
		return 0;
	if (c.size < 0 || c.nlines > WF_CHECKPOINT_MAX_LINES || c.signed_text.len > size ||
	    c.signed_text.p[c.signed_text.len - 1] != '\n' || c.origin.len == 0)
		abort();
	for (i = 0; i < root->nlogs; i++) {
		l = (struct wf_checkpoint_log){.key = root->logs[i].key, .spki = root->logs[i].spki};
		if (wf_checkpoint_verify(&c, &l, NULL) == WF_OK && c.size != 11 && c.size != 1)
			abort();
		l.origin = root->logs[i].origin;
		if (wf_checkpoint_verify(&c, &l, NULL) == WF_OK &&
		    ((c.size != 11 && c.size != 1) || !wf_str_eq(c.origin, l.origin)))
			abort();
	}
	return 0;
}
