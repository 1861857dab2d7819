/* SPDX-License-Identifier: Apache-2.0
 *
 * Simple signing payloads and in-toto statements: what comes out is about the
 * subject asked for, whatever goes in.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "trust/dsse.h"
#include "trust/simplesigning.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The subject's digits are somewhere in a text that was taken. */
static void
must_name(const uint8_t *data, size_t size, const struct wf_digest *d)
{
	char hex[65];

	wf_digest_hex(d, hex);
	/* JSON may spell a digit \u0065: then the text has a backslash */
	if (!memmem(data, size, hex, 64) && !memchr(data, '\\', size))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_simplesigning_free) struct wf_simplesigning s = WF_SIMPLESIGNING_INIT;
	WF_AUTO(wf_dsse_statement_free) struct wf_dsse_statement t = WF_DSSE_STATEMENT_INIT;
	struct wf_str text = {(const char *)data, size}, found;
	struct wf_dsse d = {.payload_type = wf_str(WF_DSSE_IN_TOTO), .payload = text};
	struct wf_digest subject;

	wf_digest_of("", 0, &subject);
	if (wf_simplesigning_parse(text, &subject, &s, NULL) == WF_OK) {
		must_name(data, size, &subject);
		(void)wf_simplesigning_annotation(&s, "env", "test", &found);
	}
	if (wf_dsse_statement(&d, &subject, &t, NULL) == WF_OK) {
		must_name(data, size, &subject);
		(void)wf_dsse_annotation(&t, &subject, "env", "test", &found);
	}
	return 0;
}
