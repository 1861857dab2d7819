/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds signatures in a layout that another tool wrote: by name (skopeo), by
 * cosign's `kind`, by subject in the index, and by subject among the blobs
 * (`cosign save` lists bundles nowhere).  Must never read without a bound.
 */
#include "store/layout.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "sys/file.h"

#define KIND "kind"
#define KIND_SIGS "dev.cosignproject.cosign/sigs"
#define KIND_ATTS "dev.cosignproject.cosign/atts"
#define MAX_REFERRER_MANIFEST 65536 /* a bundle's manifest has some 1,200 bytes */

static bool
has_lead(const struct wf_leads *l, const struct wf_digest *digest)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (wf_digest_eq(&l->v[i].digest, digest))
			return true;
	return false;
}

static void
add_lead(struct wf_leads *l, enum wf_form form, const struct wf_digest *digest)
{
	if (!has_lead(l, digest))
		(void)wf_source_lead(l, form, digest);
}

static void
add_named(struct wf_leads *l, const struct wf_digest *digest)
{
	if (!has_lead(l, digest))
		wf_source_lead(l, WF_FORM_LAYOUT, digest)->named = true;
}

/* The fallback tag's index: descriptors of referrers. */
static enum wf_rc
fallback(struct wf_store *s, const struct wf_digest *subject,
         const struct wf_digest *digest, struct wf_leads *out,
         struct wf_err *err)
{
	WF_AUTO(wf_buf_free) struct wf_buf text =
		WF_BUF_INIT(WF_MAX_OCI_MANIFEST_BYTES);
	WF_AUTO(wf_oci_index_free) struct wf_oci_index x = {0};
	struct wf_err why = {0};
	struct wf_oci_desc d;
	enum wf_rc rc;
	size_t i;

	if ((rc = wf_layout_manifest(s, digest, &text, err)))
		return rc;
	if (wf_oci_index_parse(wf_buf_str(&text), "fallback tag", &x, &why))
		return WF_OK; /* no index: no referrers */
	for (i = 0; i < wf_json_len(x.manifests); i++) {
		if (i == WF_MAX_REFERRERS) {
			wf_source_lead_break(wf_source_lead(out, WF_FORM_LAYOUT, subject),
			                     WF_R_CANDIDATE_LIMIT,
			                     "there are more referrers than the %u that are examined",
			                     WF_MAX_REFERRERS);
			break;
		}
		wf_err_clear(&why);
		if (wf_oci_desc_parse(wf_json_at(x.manifests, i), "referrer", &d, &why))
			wf_source_lead_break(wf_source_lead(out, WF_FORM_LAYOUT, subject),
			                     WF_R_CANDIDATE_MALFORMED, "%s", why.msg);
		else if (wf_source_may_sign(d.artifact_type, WF_FORMATS_ALL))
			add_lead(out, WF_FORM_LAYOUT, &d.digest);
	}
	return WF_OK;
}

static enum wf_rc
by_name(struct wf_store *s, const struct wf_digest *subject,
        struct wf_leads *out, struct wf_err *err)
{
	char hex[65], name[96];
	enum wf_rc rc;
	size_t i;

	wf_digest_hex(subject, hex);
	(void)snprintf(name, sizeof(name), "sha256-%s", hex);
	for (i = 0; i < s->index.n; i++) {
		const struct wf_index_entry *e = &s->index.v[i];
		const char *kind = wf_oci_annotation(e->desc.annotations, KIND);
		const char *suffix = "";

		if (kind && strcmp(kind, KIND_SIGS) == 0) {
			add_named(out, &e->desc.digest);
			continue;
		}
		if (kind && strcmp(kind, KIND_ATTS) == 0) {
			add_lead(out, WF_FORM_ATT_TAG, &e->desc.digest);
			continue;
		}
		if (!e->ref_name || strncmp(e->ref_name, name, 71) != 0)
			continue;
		suffix = e->ref_name + 71;
		if (strcmp(suffix, ".sig") == 0)
			add_named(out, &e->desc.digest);
		else if (strcmp(suffix, ".att") == 0)
			add_lead(out, WF_FORM_ATT_TAG, &e->desc.digest);
		else if (strcmp(suffix, ".sbom") == 0)
			add_lead(out, WF_FORM_SBOM_TAG, &e->desc.digest);
		else if (*suffix == '\0' &&
		         (rc = fallback(s, subject, &e->desc.digest, out, err)))
			return rc;
	}
	return WF_OK;
}

/* Does this blob look like a manifest whose subject is hex?  Whether it is
 * shows when it is read as one. */
static bool
names_subject(struct wf_store *s, const struct wf_digest *digest, const char *hex)
{
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(MAX_REFERRER_MANIFEST);
	WF_AUTO(wf_file_closep) int fd = -1;
	struct wf_err ignored = {0};
	int64_t size;
	struct stat st;

	if (wf_layout_open_blob(s, digest, "blob", &fd, &size, &ignored) || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_size > MAX_REFERRER_MANIFEST ||
	    wf_file_read_fd(fd, "blob", &text, &ignored))
		return false;
	return memmem(text.p, text.len, "\"subject\"", 9) &&
	       memmem(text.p, text.len, hex, 64);
}

/* One blob of the layout; false: no more are looked at. */
static bool
look_at(struct wf_store *s, const struct wf_digest *subject, const struct wf_digest *digest,
        size_t *seen, struct wf_leads *out)
{
	char hex[65];

	if ((*seen)++ >= WF_MAX_LAYOUT_SCAN) {
		wf_source_lead_break(wf_source_lead(out, WF_FORM_LAYOUT, subject),
		                     WF_R_CANDIDATE_LIMIT,
		                     "the layout has more blobs than the %u that are searched for signatures",
		                     WF_MAX_LAYOUT_SCAN);
		return false;
	}
	wf_digest_hex(subject, hex);
	if (!has_lead(out, digest) && names_subject(s, digest, hex))
		add_lead(out, WF_FORM_LAYOUT, digest);
	return true;
}

static void
in_archive(struct wf_store *s, const struct wf_digest *subject, struct wf_leads *out)
{
	struct wf_digest digest;
	size_t i = 0, seen = 0;

	while (wf_archive_blob(s->archive, &i, MAX_REFERRER_MANIFEST, &digest) &&
	       look_at(s, subject, &digest, &seen, out))
		;
}

static void
by_subject(struct wf_store *s, const struct wf_digest *subject,
           struct wf_leads *out)
{
	int fd = wf_layout_blobs(s), own = fd >= 0 ? dup(fd) : -1;
	DIR *d = own >= 0 ? fdopendir(own) : NULL;
	struct wf_digest digest;
	char text[WF_DIGEST_TEXT];
	struct dirent *e;
	size_t seen = 0;

	if (d)
		rewinddir(d); /* dup shares the offset */
	while (d && (e = readdir(d))) {
		if (strlen(e->d_name) != 64)
			continue;
		(void)snprintf(text, sizeof(text), "sha256:%.64s", e->d_name);
		if (wf_digest_parse(wf_str(text), "", &digest, NULL))
			continue;
		if (!look_at(s, subject, &digest, &seen, out))
			break;
	}
	if (d)
		(void)closedir(d);
}

enum wf_rc
wf_foreign_leads(struct wf_store *s, const struct wf_digest *subject,
                 struct wf_leads *out, struct wf_err *err)
{
	enum wf_rc rc = by_name(s, subject, out, err);

	if (rc)
		return rc;
	if (s->archive)
		in_archive(s, subject, out);
	else
		by_subject(s, subject, out);
	return WF_OK;
}
