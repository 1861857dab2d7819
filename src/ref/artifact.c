/* SPDX-License-Identifier: Apache-2.0
 *
 * The artifact value: the layer that holds the module, what may sign it, and
 * both as JSON.
 */
#include "ref/artifact.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/enc.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/text.h"
#include "ref/child.h"
#include "ref/oci.h"

static enum wf_rc
within_limits(const struct wf_oci_desc *layer, const struct wf_oci_desc *config,
              struct wf_err *err)
{
	if (layer->size > (int64_t)WF_MAX_BLOB_BYTES)
		return wf_err_set(err, WF_R_LIMIT,
		                  "manifest: the module has %jd bytes, the limit is %u",
		                  (intmax_t)layer->size, WF_MAX_BLOB_BYTES);
	if (config->size > (int64_t)WF_MAX_OCI_MANIFEST_BYTES)
		return wf_err_set(err, WF_R_LIMIT,
		                  "manifest: the config has %jd bytes, the limit is %u",
		                  (intmax_t)config->size, WF_MAX_OCI_MANIFEST_BYTES);
	return WF_OK;
}

static void
desc_copy(struct wf_descriptor *to, const struct wf_oci_desc *from)
{
	to->media_type = wf_strdup(from->media_type);
	to->digest = from->digest;
	to->size = from->size;
}

static char *
dup_or_null(const char *z)
{
	return z ? wf_strdup(z) : NULL;
}

enum wf_rc
wf_artifact_open(struct wf_str manifest, const struct wf_digest *want,
                 struct wf_artifact *out, struct wf_err *err)
{
	WF_AUTO(wf_oci_manifest_free) struct wf_oci_manifest m = {0};
	struct wf_artifact a = WF_ARTIFACT_INIT;
	struct wf_layout l;
	enum wf_rc rc;

	if ((rc = wf_digest_check(manifest.p, manifest.len, want, "manifest", err)) ||
	    (rc = wf_oci_manifest_parse(manifest, "manifest", &m, err)) ||
	    (rc = wf_layout_pick(&m, &l, err)) ||
	    (rc = within_limits(&m.layers[l.layer], &m.config, err)))
		return rc;
	a.layout = l.name;
	a.pack = l.pack;
	a.digest = a.child = *want;
	a.manifest = wf_strndup(manifest.p, manifest.len);
	a.manifest_len = manifest.len;
	desc_copy(&a.layer, &m.layers[l.layer]);
	desc_copy(&a.config, &m.config);
	a.artifact_type = wf_strdup(m.effective_type);
	a.ann_args = dup_or_null(wf_oci_annotation(m.annotations, "dev.wasmfn.args"));
	a.ann_returns = dup_or_null(wf_oci_annotation(m.annotations, "dev.wasmfn.returns"));
	a.ann_export = dup_or_null(wf_oci_annotation(m.annotations, "dev.wasmfn.export"));
	*out = a;
	return WF_OK;
}

enum wf_rc
wf_artifact_open_index(struct wf_str index, struct wf_str manifest,
                       const struct wf_digest *want, struct wf_artifact *out,
                       struct wf_err *err)
{
	struct wf_digest child;
	int64_t size = 0;
	enum wf_rc rc;

	if ((rc = wf_digest_check(index.p, index.len, want, "index", err)) ||
	    (rc = wf_child_pick(index, &child, &size, err)))
		return rc;
	if (size != (int64_t)manifest.len)
		return wf_err_set(err, WF_R_SIZE_MISMATCH,
		                  "the manifest has %zu bytes, its index says %jd",
		                  manifest.len, (intmax_t)size);
	if ((rc = wf_artifact_open(manifest, &child, out, err)))
		return rc;
	out->digest = *want;
	out->index = wf_strndup(index.p, index.len);
	out->index_len = index.len;
	return WF_OK;
}

enum wf_rc
wf_artifact_reopen(const struct wf_artifact *a, struct wf_artifact *out,
                   struct wf_err *err)
{
	struct wf_str manifest = {a->manifest, a->manifest_len};
	struct wf_str index = {a->index, a->index_len};

	if (a->index)
		return wf_artifact_open_index(index, manifest, &a->digest, out, err);
	return wf_artifact_open(manifest, &a->digest, out, err);
}

struct wf_candidate *
wf_artifact_add(struct wf_artifact *a, enum wf_form form)
{
	struct wf_candidate *c;

	a->cand = wf_grow(a->cand, &a->candcap, a->ncand, sizeof(*a->cand));
	c = &a->cand[a->ncand++];
	memset(c, 0, sizeof(*c));
	c->form = form;
	c->broken = WF_R_OK;
	return c;
}

void
wf_artifact_break(struct wf_candidate *c, enum wf_reason reason,
                  const char *fmt, ...)
{
	char raw[sizeof(c->detail)];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(raw, sizeof(raw), fmt, ap);
	va_end(ap);
	(void)wf_text_escape(raw, strnlen(raw, sizeof(raw)), c->detail,
	                     sizeof(c->detail));
	c->broken = reason == WF_R_OK ? WF_R_CANDIDATE_MALFORMED : reason;
}

static struct wf_json *
base64(const char *p, size_t n)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(n / 3 * 4 + 8);

	if (wf_enc_base64((struct wf_str){p, n}, &b, NULL))
		wf_die("base64 bound");
	return wf_json_new_str(wf_buf_str(&b));
}

/* The optional members, in one place for both directions. */
static char **
member(struct wf_candidate *c, unsigned i, const char **name)
{
	static const char *const names[] = {
		"signature", "certificate", "chain", "bundle", "timestamp",
	};
	char **const at[] = {&c->signature, &c->certificate, &c->chain,
	                     &c->bundle, &c->timestamp};

	if (i >= WF_COUNT(names))
		return NULL;
	*name = names[i];
	return at[i];
}

struct wf_json *
wf_artifact_to_json(const struct wf_artifact *a)
{
	struct wf_json *j = wf_json_object(), *list = wf_json_array();
	char digest[WF_DIGEST_TEXT];
	const char *name;
	char **text;
	unsigned k;
	size_t i;

	wf_json_set(j, "manifest", base64(a->manifest, a->manifest_len));
	if (a->index)
		wf_json_set(j, "index", base64(a->index, a->index_len));
	for (i = 0; i < a->ncand; i++) {
		struct wf_candidate *c = &a->cand[i];
		struct wf_json *o = wf_json_object();

		wf_digest_text(&c->digest, digest);
		wf_json_set_z(o, "form", wf_form_word(c->form));
		wf_json_set_z(o, "digest", digest);
		if (c->payload)
			wf_json_set(o, "payload", base64(c->payload, c->payload_len));
		for (k = 0; (text = member(c, k, &name)); k++)
			if (*text)
				wf_json_set_z(o, name, *text);
		if (c->broken != WF_R_OK) {
			wf_json_set_z(o, "broken", wf_reason_word(c->broken));
			wf_json_set_z(o, "detail", c->detail);
		}
		wf_json_push(list, o);
	}
	wf_json_set(j, "candidates", list);
	return j;
}

enum wf_reason
wf_artifact_broken_reason(const char *word)
{
	unsigned i;

	for (i = 1; i < (unsigned)WF_R_COUNT; i++) {
		enum wf_reason r = (enum wf_reason)i;
		enum wf_rc rc = wf_reason_code(r);

		/* two words stand for two codes: a candidate's is the 1x one */
		if (rc >= WF_E_NO_SIGNATURE && rc < WF_E_WINDOW &&
		    strcmp(wf_reason_word(r), word) == 0)
			return r;
	}
	return WF_R_CANDIDATE_MALFORMED;
}

static enum wf_rc
read_payload(const struct wf_json *o, struct wf_candidate *c, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_MAX_BUNDLE_BYTES);
	const struct wf_json *v = wf_json_get(o, "payload");
	struct wf_str text;
	enum wf_rc rc;

	if (!v)
		return WF_OK;
	if (!wf_json_str(v, &text))
		return wf_err_set(err, WF_R_MALFORMED,
		                  "evidence: payload is not a string");
	if ((rc = wf_enc_unbase64(text, &b, err)))
		return wf_err_wrap(err, "evidence: payload");
	c->payload_len = b.len;
	c->payload = wf_buf_steal(&b);
	return WF_OK;
}

static enum wf_rc
read_candidate(const struct wf_json *o, struct wf_artifact *a,
               struct wf_err *err)
{
	struct wf_candidate *c;
	struct wf_digest digest;
	struct wf_str form, text;
	const char *name, *z;
	enum wf_rc rc;
	char **to;
	unsigned k;

	if (!wf_json_str(wf_json_get(o, "form"), &form) ||
	    wf_form_parse(form) == WF_FORM_NONE)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "evidence: a candidate has no known form");
	if (!wf_json_str(wf_json_get(o, "digest"), &text) ||
	    wf_digest_parse(text, "candidate", &digest, NULL))
		return wf_err_set(err, WF_R_MALFORMED,
		                  "evidence: a candidate has no digest");
	c = wf_artifact_add(a, wf_form_parse(form));
	c->digest = digest;
	if ((rc = read_payload(o, c, err)))
		return rc;
	for (k = 0; (to = member(c, k, &name)); k++) {
		const struct wf_json *v = wf_json_get(o, name);

		if (v && !wf_json_z(v))
			return wf_err_set(err, WF_R_MALFORMED,
			                  "evidence: %s is not a string", name);
		*to = dup_or_null(wf_json_z(v));
	}
	if (wf_json_get(o, "broken")) {
		const char *detail = wf_json_z(wf_json_get(o, "detail"));

		z = wf_json_z(wf_json_get(o, "broken"));
		wf_artifact_break(c, wf_artifact_broken_reason(z ? z : ""),
		                  "%s", detail ? detail : "");
	}
	return WF_OK;
}

bool
wf_artifact_module(const struct wf_artifact *a, struct wf_digest *module)
{
	if (a->pack != WF_PACK_NONE)
		return false;
	*module = a->layer.digest;
	return true;
}

enum wf_rc
wf_artifact_layer(struct wf_str base64_text, const struct wf_digest *want, struct wf_digest *module,
                  struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf manifest = WF_BUF_INIT(WF_MAX_OCI_MANIFEST_BYTES);
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	enum wf_rc rc = wf_enc_unbase64(base64_text, &manifest, err);

	if (rc == WF_OK)
		rc = wf_artifact_open(wf_buf_str(&manifest), want, &a, err);
	if (rc == WF_OK && !wf_artifact_module(&a, module))
		rc = wf_err_set(err, WF_R_MALFORMED,
		                "the module is inside a layer: its digest is not in the manifest");
	return rc;
}

enum wf_rc
wf_artifact_from_json(const struct wf_json *j, const struct wf_digest *want,
                      struct wf_artifact *out, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf manifest =
		WF_BUF_INIT(WF_MAX_OCI_MANIFEST_BYTES);
	WF_AUTO(wf_buf_free) struct wf_buf index =
		WF_BUF_INIT(WF_MAX_OCI_MANIFEST_BYTES);
	WF_AUTO(wf_artifact_free) struct wf_artifact a = WF_ARTIFACT_INIT;
	const struct wf_json *list = wf_json_get(j, "candidates");
	const struct wf_json *indirect = wf_json_get(j, "index");
	struct wf_str text;
	enum wf_rc rc;
	size_t i;

	if (!wf_json_str(wf_json_get(j, "manifest"), &text) ||
	    wf_json_kind(list) != WF_JSON_ARRAY)
		return wf_err_set(err, WF_R_MALFORMED,
		                  "evidence: expected \"manifest\" and \"candidates\"");
	if (wf_json_len(list) > WF_MAX_CANDIDATES + 1)
		return wf_err_set(err, WF_R_LIMIT,
		                  "evidence: %zu candidates, the limit is %u",
		                  wf_json_len(list), WF_MAX_CANDIDATES);
	if ((rc = wf_enc_unbase64(text, &manifest, err)))
		return wf_err_wrap(err, "evidence: manifest");
	if (indirect && !wf_json_str(indirect, &text))
		return wf_err_set(err, WF_R_MALFORMED, "evidence: index is not a string");
	if (indirect && (rc = wf_enc_unbase64(text, &index, err)))
		return wf_err_wrap(err, "evidence: index");
	rc = indirect ? wf_artifact_open_index(wf_buf_str(&index), wf_buf_str(&manifest),
	                                       want, &a, err)
	              : wf_artifact_open(wf_buf_str(&manifest), want, &a, err);
	if (rc)
		return wf_err_wrap(err, "evidence");
	for (i = 0; i < wf_json_len(list); i++)
		if ((rc = read_candidate(wf_json_at(list, i), &a, err)))
			return rc;
	*out = a;
	memset(&a, 0, sizeof(a));
	return WF_OK;
}

static void
candidate_free(struct wf_candidate *c)
{
	free(c->payload);
	free(c->signature);
	free(c->certificate);
	free(c->chain);
	free(c->bundle);
	free(c->timestamp);
}

void
wf_artifact_free(struct wf_artifact *a)
{
	size_t i;

	if (!a)
		return;
	for (i = 0; i < a->ncand; i++)
		candidate_free(&a->cand[i]);
	free(a->cand);
	free(a->manifest);
	free(a->index);
	free(a->layer.media_type);
	free(a->config.media_type);
	free(a->artifact_type);
	free(a->ann_args);
	free(a->ann_returns);
	free(a->ann_export);
	memset(a, 0, sizeof(*a));
}
