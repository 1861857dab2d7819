/* SPDX-License-Identifier: Apache-2.0
 *
 * Signed artifacts for tests, on top of sign.h: one module, and candidates
 * whose bytes are copied.
 */
#ifndef WF_TESTS_LIB_SIGN_ARTIFACT_H
#define WF_TESTS_LIB_SIGN_ARTIFACT_H

#include <stdlib.h>
#include <string.h>

#include "ref/artifact.h"
#include "tests/lib/sign.h"

static inline void
sign_set_payload(struct wf_candidate *c, const char *bytes)
{
	c->payload = wf_strdup(bytes);
	c->payload_len = strlen(bytes);
	wf_digest_of(bytes, strlen(bytes), &c->digest);
}

static inline void
sign_add_legacy(struct wf_artifact *a, const struct sign_key *k, const char *hash,
                const char *payload)
{
	struct wf_candidate *c = wf_artifact_add(a, WF_FORM_SIG_TAG);
	WF_AUTO(wf_buf_free) struct wf_buf sig = sign_bytes(k, hash, wf_str(payload));

	sign_set_payload(c, payload);
	c->signature = sign_base64(wf_buf_str(&sig));
}

static inline void
sign_add_bundle(struct wf_artifact *a, enum wf_form form, const struct wf_json *b)
{
	struct wf_candidate *c = wf_artifact_add(a, form);
	WF_AUTO(wf_freep) char *text = sign_text(b);

	sign_set_payload(c, text);
}

/* An artifact of one module in layout L12, opened. */
static inline void
sign_artifact(struct wf_artifact *out, const char *module)
{
	static const char config[] = "{\"architecture\":\"wasm\",\"os\":\"wasip1\"}";
	char d[2][WF_DIGEST_TEXT];
	struct wf_digest digest;
	WF_AUTO(wf_freep) char *manifest = NULL;

	wf_digest_of(config, sizeof(config) - 1, &digest);
	wf_digest_text(&digest, d[0]);
	wf_digest_of(module, strlen(module), &digest);
	wf_digest_text(&digest, d[1]);
	manifest = wf_asprintf("{\"schemaVersion\":2,"
	                       "\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
	                       "\"config\":{\"mediaType\":\"application/vnd.wasm.config.v0+json\","
	                       "\"digest\":\"%s\",\"size\":%zu},"
	                       "\"layers\":[{\"mediaType\":\"application/wasm\","
	                       "\"digest\":\"%s\",\"size\":%zu}]}",
	                       d[0], sizeof(config) - 1, d[1], strlen(module));
	wf_digest_of(manifest, strlen(manifest), &digest);
	if (wf_artifact_open(wf_str(manifest), &digest, out, NULL))
		wf_die("the test's own artifact");
}

#endif
