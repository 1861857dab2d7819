/* SPDX-License-Identifier: Apache-2.0
 *
 * Operand to decoded module.  Never reads the same input twice.
 */
#include "op/op_inspect.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "sys/file.h"

static enum wf_rc
load(struct wf_inspected *x, struct wf_err *err)
{
	switch (x->ref.kind) {
	case WF_REF_FILE:
		return wf_file_read(x->ref.path, &x->bytes, err);
	case WF_REF_REGISTRY:
	case WF_REF_OCI_DIR:
	case WF_REF_DIGEST:
	case WF_REF_NONE:
		break;
	}
	(void)wf_err_set(err, WF_R_USAGE, "%s: only files can be inspected yet", x->ref.text);
	return wf_err_hint(err, "Pull the artifact with -o FILE and give the file.");
}

enum wf_rc
wf_op_inspect(const struct wf_op_inspect *in, struct wf_inspected *x, struct wf_err *err)
{
	enum wf_rc rc;

	x->bytes.max = WF_MAX_MODULE_BYTES;
	if ((rc = wf_ref_parse(in->operand, &x->ref, err)) || (rc = load(x, err)))
		return rc;
	wf_digest_of(x->bytes.p, x->bytes.len, &x->module_digest);
	x->has_module = true;
	rc = wf_wasm_decode(wf_buf_str(&x->bytes), in->operand, &x->wasm, err);
	if (rc)
		return rc;
	x->caps = wf_calloc(x->wasm->nimports, sizeof(*x->caps));
	wf_capability_list(x->wasm, x->caps);
	return WF_OK;
}

void
wf_op_inspected_free(struct wf_inspected *x)
{
	wf_ref_free(&x->ref);
	wf_buf_free(&x->bytes);
	wf_wasm_free(x->wasm);
	free(x->caps);
	*x = (struct wf_inspected)WF_INSPECTED_INIT;
}
