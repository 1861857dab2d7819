/* SPDX-License-Identifier: Apache-2.0
 *
 * Verifies one operand.  Must never judge by other bytes than those whose
 * digest it reports.
 */
#include "op/op_verify.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "sys/file.h"

/* A file or a bare digest, with its signature in another file. */
static enum wf_rc
verify_blob(const struct wf_op_verify *v, const struct wf_ref *ref,
            struct wf_op_verified *out, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(WF_MAX_FILE_BYTES);
	WF_AUTO(wf_buf_free) struct wf_buf bundle = WF_BUF_INIT(WF_MAX_BUNDLE_BYTES);
	struct wf_trust_blob blob = {.digest = ref->digest};
	struct wf_candidate c = {.form = WF_FORM_BUNDLE_FILE};
	enum wf_rc rc;

	if (ref->kind == WF_REF_FILE) {
		if ((rc = wf_file_read(ref->path, &bytes, err)))
			return rc;
		wf_digest_of(bytes.p, bytes.len, &blob.digest);
		blob.bytes = wf_buf_str(&bytes);
		blob.whole = true;
	}
	out->digest = blob.digest;
	if ((rc = wf_file_read(v->bundle, &bundle, err)))
		return wf_err_wrap(err, "--bundle");
	wf_digest_of(bundle.p, bundle.len, &c.digest);
	c.payload = bundle.p;
	c.payload_len = bundle.len;
	return wf_op_judge_blob(v->judge, &blob, &c, 1, &out->judgement, err);
}

static void
found_free(struct wf_op_verify_found *f)
{
	wf_artifact_free(&f->artifact);
}

static enum wf_rc
verify_artifact(const struct wf_op_verify *v, const struct wf_ref *ref,
                struct wf_op_verified *out, struct wf_err *err)
{
	WF_AUTO(found_free) struct wf_op_verify_found f = {.artifact = WF_ARTIFACT_INIT};
	const struct wf_digest *inside = NULL;
	struct wf_err unknown = {0};
	enum wf_rc rc;

	/* nothing is asked of a registry about which nobody may judge */
	if ((rc = wf_op_judge_allows(v->judge, ref->match, NULL, err)) ||
	    (rc = v->find(v->arg, ref, wf_op_judge_formats(v->judge, ref->match, NULL),
	                  &f, err)))
		return rc;
	(void)snprintf(out->ref, sizeof(out->ref), "%s", f.ref);
	out->artifact = true;
	out->manifest = f.artifact.digest;
	out->module = f.artifact.layer.digest;
	out->packed = f.artifact.pack != WF_PACK_NONE;
	if (out->packed && wf_op_judge_denies_modules(v->judge, ref->match, NULL) &&
	    v->module(v->arg, ref, &f.artifact, &out->module, &unknown) == WF_OK) {
		inside = &out->module;
		out->packed = false;
	}
	rc = wf_op_judge_artifact(v->judge, ref->match, NULL, &f.artifact, inside,
	                          &out->judgement, NULL, err);
	if (!unknown.code || err->reason != WF_R_UNCHECKED)
		return rc;
	*err = unknown; /* all else is well: why it is not known */
	return err->code;
}

enum wf_rc
wf_op_verify(const struct wf_op_verify *v, const char *operand,
             struct wf_op_verified *out, struct wf_err *err)
{
	WF_AUTO(wf_ref_free) struct wf_ref ref = WF_REF_INIT;
	enum wf_rc rc;

	(void)snprintf(out->ref, sizeof(out->ref), "%s", operand);
	if ((rc = wf_ref_parse(operand, &ref, err)))
		return rc;
	switch (ref.kind) {
	case WF_REF_FILE:
		if (v->bundle)
			return verify_blob(v, &ref, out, err);
		wf_err_set(err, WF_R_USAGE, "%s is a file, and no --bundle says where its signature is",
		           operand);
		return wf_err_hint(err, "Give --bundle FILE, or a reference such as HOST/REPO@sha256:HEX.");
	case WF_REF_DIGEST:
		if (v->bundle)
			return verify_blob(v, &ref, out, err);
		return verify_artifact(v, &ref, out, err);
	case WF_REF_REGISTRY:
	case WF_REF_OCI_DIR:
		if (!v->bundle)
			return verify_artifact(v, &ref, out, err);
		wf_err_set(err, WF_R_USAGE, "--bundle goes with a file or a bare digest, not with %s",
		           operand);
		return wf_err_hint(err, "For the artifact itself give its digest alone: sha256:HEX.");
	case WF_REF_NONE:
		break;
	}
	return wf_err_set(err, WF_R_BUG, "operand of no kind");
}

void
wf_op_verified_free(struct wf_op_verified *o)
{
	wf_judgement_free(&o->judgement);
}
