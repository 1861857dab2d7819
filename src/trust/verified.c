/* SPDX-License-Identifier: Apache-2.0
 *
 * What a verified artifact gives away, and its module's way in.  Must never
 * take bytes that the signed manifest does not name.
 */
#include "trust/verified.h"

#include <stdlib.h>
#include <string.h>

enum wf_rc
wf_verified_attach(struct wf_verified *v, struct wf_buf *bytes, struct wf_err *err)
{
	enum wf_rc rc;

	if (v->module_size < 0 || bytes->len != (size_t)v->module_size)
		return wf_err_set(err, WF_R_SIZE_MISMATCH,
		                  "module has %zu bytes, its signed manifest says %lld",
		                  bytes->len, (long long)v->module_size);
	if ((rc = wf_digest_check(bytes->p, bytes->len, &v->module, "module", err)))
		return rc;
	wf_buf_free(&v->bytes);
	v->bytes = *bytes;
	memset(bytes, 0, sizeof(*bytes));
	return WF_OK;
}

const struct wf_digest *
wf_verified_manifest(const struct wf_verified *v)
{
	return &v->manifest;
}

const struct wf_digest *
wf_verified_module(const struct wf_verified *v)
{
	return &v->module;
}

struct wf_str
wf_verified_bytes(const struct wf_verified *v)
{
	return wf_buf_str(&v->bytes);
}

const char *
wf_verified_signer(const struct wf_verified *v)
{
	return v->signer;
}

void
wf_verified_free(struct wf_verified *v)
{
	if (!v)
		return;
	wf_buf_free(&v->bytes);
	free(v->signer);
	free(v);
}

void
wf_verified_freep(struct wf_verified **v)
{
	wf_verified_free(*v);
	*v = NULL;
}
