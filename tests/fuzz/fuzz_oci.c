/* SPDX-License-Identifier: Apache-2.0
 *
 * Any bytes as a manifest, an index, a store's index and evidence.
 */
#include <stdint.h>
#include <stdlib.h>

#include "ref/artifact.h"
#include "ref/oci.h"
#include "store/index.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
as_evidence(struct wf_str text, const struct wf_digest *digest)
{
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	struct wf_err e = {0};

	if (wf_json_parse(text, "fuzz", &j, &e) == WF_OK &&
	    wf_artifact_from_json(j, digest, &a, &e) == WF_OK)
		abort(); /* the digest is of the whole input, not of the manifest */
}

static void
as_artifact(struct wf_str text, const struct wf_digest *digest)
{
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	WF_AUTO(wf_artifact_free) struct wf_artifact b = WF_ARTIFACT_INIT;
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	struct wf_err e = {0};

	if (wf_artifact_open(text, digest, &a, &e))
		return;
	j = wf_artifact_to_json(&a);
	if (wf_artifact_from_json(j, digest, &b, &e))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_oci_manifest_free) struct wf_oci_manifest m = {0};
	WF_AUTO(wf_oci_index_free) struct wf_oci_index x = {0};
	WF_AUTO(wf_index_free) struct wf_index index = {0};
	struct wf_str text = {(const char *)data, size};
	struct wf_digest digest;
	struct wf_err e = {0};
	bool manifest, list;

	wf_digest_of(data, size, &digest);
	manifest = wf_oci_manifest_parse(text, "fuzz", &m, &e) == WF_OK;
	wf_err_clear(&e);
	list = wf_oci_index_parse(text, "fuzz", &x, &e) == WF_OK;
	if (manifest && list)
		abort(); /* one document, two readings */
	wf_err_clear(&e);
	(void)!wf_index_parse(text, "fuzz", &index, &e);
	as_artifact(text, &digest);
	as_evidence(text, &digest);
	return 0;
}
