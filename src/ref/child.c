/* SPDX-License-Identifier: Apache-2.0
 *
 * Choosing from an index.  Must never guess between two.
 */
#include "ref/child.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "ref/oci.h"

bool
wf_child_is_index(struct wf_str text)
{
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	struct wf_err ignored = {0};

	return text.len <= WF_MAX_OCI_MANIFEST_BYTES &&
	       wf_json_parse_sparse(text, "manifest", &j, &ignored) == WF_OK &&
	       wf_oci_kind(j) == WF_OCI_KIND_INDEX;
}

enum fit { FIT_NOT = 0, FIT_UNNAMED, FIT_WASM };

static enum fit
fit_of(const struct wf_json *entry, const struct wf_oci_desc *d)
{
	const struct wf_json *platform = wf_json_get(entry, "platform");
	const char *architecture = wf_json_z(wf_json_get(platform, "architecture"));

	if (strcmp(d->media_type, WF_OCI_MANIFEST) != 0 &&
	    strcmp(d->media_type, WF_OCI_DOCKER_MANIFEST) != 0)
		return FIT_NOT;
	if (!platform)
		return FIT_UNNAMED;
	return architecture && strncmp(architecture, "wasm", 4) == 0 ? FIT_WASM : FIT_NOT;
}

/* The manifests, with what they are for: at most a few. */
static enum wf_rc
name_one(const struct wf_oci_index *x, struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(1024);
	char digest[WF_DIGEST_TEXT];
	size_t n = wf_json_len(x->manifests);

	for (size_t i = 0; i < n && i < 4; i++) {
		const struct wf_json *entry = wf_json_at(x->manifests, i);
		const struct wf_json *p = wf_json_get(entry, "platform");
		const char *os = wf_json_z(wf_json_get(p, "os"));
		const char *arch = wf_json_z(wf_json_get(p, "architecture"));
		struct wf_oci_desc d;

		if (wf_oci_desc_parse(entry, "manifests", &d, NULL))
			continue;
		wf_digest_text(&d.digest, digest);
		wf_buf_putf(&b, "%s%s (%.20s/%.20s)", b.len ? ", " : "", digest, os ? os : "-",
		            arch ? arch : "-");
	}
	if (!b.len)
		return wf_err_hint(err, "Name the digest of the manifest that holds the module.");
	return wf_err_hint(err, "Name the digest of the manifest that holds the module: %s%s.",
	                   wf_buf_z(&b), n > 4 ? " and others" : "");
}

enum wf_rc
wf_child_pick(struct wf_str index, struct wf_digest *child, int64_t *size,
              struct wf_err *err)
{
	WF_AUTO(wf_oci_index_free) struct wf_oci_index x = {0};
	enum fit best = FIT_NOT;
	size_t i, n, found = 0;
	enum wf_rc rc;

	if ((rc = wf_oci_index_parse(index, "index", &x, err)))
		return rc;
	n = wf_json_len(x.manifests);
	if (n > WF_MAX_INDEX_MANIFESTS)
		return wf_err_set(err, WF_R_LIMIT, "index: %zu manifests, the limit is %u",
		                  n, WF_MAX_INDEX_MANIFESTS);
	for (i = 0; i < n; i++) {
		const struct wf_json *entry = wf_json_at(x.manifests, i);
		struct wf_oci_desc d;
		enum fit fit;

		if ((rc = wf_oci_desc_parse(entry, "manifests", &d, err)))
			return wf_err_wrap(err, "index");
		fit = fit_of(entry, &d);
		if (fit == FIT_NOT || fit < best ||
		    (fit == best && wf_digest_eq(child, &d.digest)))
			continue;
		found = fit == best ? found + 1 : 1;
		best = fit;
		*child = d.digest;
		*size = d.size;
	}
	if (found == 1)
		return WF_OK;
	if (found)
		(void)wf_err_set(err, WF_R_MALFORMED,
		                 "index: %zu manifests are %s, expected one", found,
		                 best == FIT_WASM ? "for WASM" : "for no platform in particular");
	else
		(void)wf_err_set(err, WF_R_MALFORMED,
		                 "index: none of %zu manifests is for WASM", n);
	return name_one(&x, err);
}
