/* SPDX-License-Identifier: Apache-2.0
 *
 * Operand to decoded module.  Never reads the same input twice, and opens
 * nothing for a file but that file.
 */
#include "op/op_inspect.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "sys/file.h"

/* Configuration and store, for the first reference of the run. */
static enum wf_rc
open_store(struct wf_op_inspect *in, struct wf_err *err)
{
	enum wf_rc rc;

	if (in->st)
		return WF_OK;
	if ((!in->cfg && (rc = wf_config_load(in->config, &in->cfg, err))) ||
	    (rc = wf_store_open(wf_store_dir(in->store, in->cfg),
	                        in->offline ? WF_STORE_READ : WF_STORE_WRITE, &in->st, err)))
		return rc;
	in->fetch = (struct wf_op_fetch){
		.config = in->cfg, .store = in->st, .offline = in->offline,
		.no_signatures = true, .allow_tag = true,
	};
	return WF_OK;
}

static enum wf_rc
from_artifact(struct wf_op_inspect *in, struct wf_inspected *x, struct wf_err *err)
{
	WF_AUTO(wf_op_fetched_free) struct wf_op_fetched got = WF_OP_FETCHED_INIT;
	enum wf_rc rc;

	if ((rc = open_store(in, err)) || (rc = wf_op_fetch(&in->fetch, &x->ref, &got, err)))
		return rc;
	free(x->name);
	x->name = wf_strdup(got.ref[0] ? got.ref : x->ref.text);
	x->has_manifest = true;
	x->manifest_digest = got.artifact.digest;
	x->layout = got.artifact.layout;
	x->artifact = got.artifact;
	got.artifact = (struct wf_artifact)WF_ARTIFACT_INIT;
	return wf_store_module(in->st, &x->artifact, &x->bytes, err);
}

static enum wf_rc
load(struct wf_op_inspect *in, struct wf_inspected *x, struct wf_err *err)
{
	switch (x->ref.kind) {
	case WF_REF_FILE:
		return wf_file_read(x->ref.path, &x->bytes, err);
	case WF_REF_REGISTRY:
	case WF_REF_OCI_DIR:
	case WF_REF_DIGEST:
		return from_artifact(in, x, err);
	case WF_REF_NONE:
		break;
	}
	return wf_err_set(err, WF_R_BUG, "%s: a reference of no kind", x->ref.text);
}

enum wf_rc
wf_op_inspect(struct wf_op_inspect *in, const char *operand, struct wf_inspected *x,
              struct wf_err *err)
{
	enum wf_rc rc;

	x->bytes.max = WF_MAX_MODULE_BYTES;
	x->name = wf_strdup(operand);
	if ((rc = wf_ref_parse(operand, &x->ref, err)) || (rc = load(in, x, err)))
		return rc;
	wf_digest_of(x->bytes.p, x->bytes.len, &x->module_digest);
	x->has_module = true;
	rc = in->shallow ? wf_wasm_decode_shallow(wf_buf_str(&x->bytes), x->name, &x->wasm, err)
	                 : wf_wasm_decode(wf_buf_str(&x->bytes), x->name, &x->wasm, err);
	if (rc)
		return rc;
	x->caps = wf_calloc(x->wasm->nimports, sizeof(*x->caps));
	wf_capability_list(x->wasm, x->caps);
	return WF_OK;
}

void
wf_op_inspect_ahead(struct wf_op_inspect *in, const char *const *operands, size_t n)
{
	WF_AUTO(wf_op_fetch_list_free) struct wf_op_fetch_list ahead = {0};
	struct wf_err told_later = {0};
	size_t i;

	for (i = 0; i < n; i++)
		wf_op_fetch_list_add(&ahead, operands[i], 0);
	if (ahead.n > 1 && open_store(in, &told_later) == WF_OK)
		wf_op_fetch_many(&in->fetch, &ahead);
}

void
wf_op_inspected_free(struct wf_inspected *x)
{
	wf_ref_free(&x->ref);
	free(x->name);
	wf_buf_free(&x->bytes);
	wf_wasm_free(x->wasm);
	free(x->caps);
	wf_artifact_free(&x->artifact);
	*x = (struct wf_inspected)WF_INSPECTED_INIT;
}

void
wf_op_inspect_end(struct wf_op_inspect *in)
{
	wf_op_fetch_end(&in->fetch);
	wf_store_freep(&in->st);
	wf_config_freep(&in->cfg);
}
