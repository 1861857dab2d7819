/* SPDX-License-Identifier: Apache-2.0
 *
 * A DSSE envelope as it lies in an .att layer, and the statement in it: what
 * is found to be about a digest says that digest.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "trust/dsse.h"
#include "trust/proto.h"
#include "trust/provenance.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	WF_AUTO(wf_arena_free) struct wf_arena arena = {NULL};
	WF_AUTO(wf_buf_free) struct wf_buf pae = WF_BUF_INIT(64u << 20);
	struct wf_dsse_statement s = WF_DSSE_STATEMENT_INIT;
	struct wf_digest subject;
	struct wf_dsse e;
	struct wf_str found;
	char hex[WF_DIGEST_TEXT];

	if (wf_proto_parse((struct wf_str){(const char *)data, size}, "envelope", &j, NULL) ||
	    wf_dsse_envelope(j, "envelope", &arena, &e, NULL))
		return 0;
	if (e.sig.len == 0 || wf_dsse_pae(&e, &pae, NULL))
		abort();
	wf_digest_of("", 0, &subject);
	wf_digest_text(&subject, hex);
	if (wf_dsse_statement(&e, &subject, &s, NULL))
		return 0;
	if (!memmem(e.payload.p, e.payload.len, hex + 7, 64) && !memchr(e.payload.p, '\\', e.payload.len))
		abort();
	(void)wf_dsse_annotation(&s, &subject, "env", "prod", &found);
	wf_dsse_statement_free(&s);
	return 0;
}
