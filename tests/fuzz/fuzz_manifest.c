/* SPDX-License-Identifier: Apache-2.0
 *
 * Manifest files: what is accepted is whole and pinned.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "manifest/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WF_AUTO(wf_manifest_freep) struct wf_manifest *m = NULL;
	const struct wf_manifest_entry *e;
	struct wf_err err = {0};
	enum wf_rc rc = wf_manifest_new(&m, &err);
	size_t i;

	rc = wf_manifest_add(m, (struct wf_str){(const char *)data, size}, "fuzz", &err);
	if (rc == WF_OK)
		rc = wf_manifest_finish(m, &err);
	if ((rc == WF_OK) != (wf_manifest_problems(m) == 0) || rc != err.code)
		abort();
	for (i = 0; (e = wf_manifest_at(m, i)); i++) {
		if (!e->name[0] || strlen(e->name) > WF_MAX_SQL_NAME_BYTES || !e->schema[0] ||
		    !e->ref.has_digest ||
		    (e->ref.kind != WF_REF_REGISTRY && e->ref.kind != WF_REF_OCI_DIR))
			abort();
	}
	return 0;
}
