/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes the next index.json.  Must never lose an entry that is not about the
 * same artifact from the same repository, whoever wrote it.
 */
#include "store/tx_index.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "ref/oci.h"
#include "sys/clock.h"

void
wf_tx_list_sign(struct wf_tx_list *l, const struct wf_digest *digest,
                size_t size, enum wf_form form, const char *tag)
{
	struct wf_tx_listed *e;

	l->v = wf_grow(l->v, &l->cap, l->n, sizeof(*l->v));
	e = &l->v[l->n++];
	*e = (struct wf_tx_listed){*digest, size, form, tag ? wf_strdup(tag) : NULL};
}

void
wf_tx_list_broken(struct wf_tx_list *l, const struct wf_candidate *c)
{
	struct wf_json *o = wf_json_object();
	char digest[WF_DIGEST_TEXT];

	if (!l->broken)
		l->broken = wf_json_array();
	wf_digest_text(&c->digest, digest);
	wf_json_set_z(o, "form", wf_form_word(c->form));
	wf_json_set_z(o, "digest", digest);
	wf_json_set_z(o, "reason", wf_reason_word(c->broken));
	wf_json_set_z(o, "detail", c->detail);
	wf_json_push(l->broken, o);
}

void
wf_tx_list_free(struct wf_tx_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->v[i].tag);
	free(l->v);
	wf_json_free(l->broken);
	memset(l, 0, sizeof(*l));
}

static struct wf_json *
descriptor(const char *type, const struct wf_digest *digest, size_t size,
           struct wf_json *annotations)
{
	struct wf_json *o = wf_json_object();
	char text[WF_DIGEST_TEXT];

	wf_digest_text(digest, text);
	wf_json_set_z(o, "mediaType", type);
	wf_json_set_z(o, "digest", text);
	wf_json_set_int(o, "size", (int64_t)size);
	wf_json_set(o, "annotations", annotations);
	return o;
}

static struct wf_json *
artifact_entry(const struct wf_tx_entry *w)
{
	WF_AUTO(wf_buf_free) struct wf_buf broken = WF_BUF_INIT(WF_MIB);
	struct wf_json *a = wf_json_object();
	char now[WF_TIME_TEXT], formats[WF_INDEX_FORMATS_TEXT];

	wf_json_set_z(a, WF_OCI_REF_NAME, w->ref_name);
	wf_json_set_z(a, WF_INDEX_FROM, w->from);
	if (w->asked) {
		wf_clock_text(wf_clock_wall(), now);
		wf_json_set_z(a, WF_INDEX_ASKED, now);
		wf_index_formats(w->formats, formats);
		if (w->formats != WF_FORMATS_ALL)
			wf_json_set_z(a, WF_INDEX_FORMATS, formats);
	}
	if (w->list.broken &&
	    wf_json_dump(w->list.broken, WF_JSON_COMPACT, &broken, NULL) == WF_OK)
		wf_json_set_str(a, WF_INDEX_BROKEN, wf_buf_str(&broken));
	return descriptor(w->index ? WF_OCI_INDEX : WF_OCI_MANIFEST, &w->digest, w->size, a);
}

static struct wf_json *
signature_entry(const struct wf_tx_listed *e, const struct wf_tx_entry *w)
{
	struct wf_json *a = wf_json_object();
	char subject[WF_DIGEST_TEXT];

	wf_digest_text(&w->digest, subject);
	if (e->tag)
		wf_json_set_z(a, WF_OCI_REF_NAME, e->tag);
	wf_json_set_z(a, WF_INDEX_FROM, w->from);
	wf_json_set_z(a, WF_INDEX_SUBJECT, subject);
	wf_json_set_z(a, WF_INDEX_FORM, wf_form_word(e->form));
	return descriptor(WF_OCI_MANIFEST, &e->digest, e->size, a);
}

/* The same repository on the same artifact. */
static bool
same(const struct wf_index_entry *e, const struct wf_tx_entry *w)
{
	const struct wf_digest *about = e->has_subject ? &e->subject
	                                               : &e->desc.digest;

	return wf_digest_eq(about, &w->digest) && e->from && strcmp(e->from, w->from) == 0;
}

/* Without fresh signatures only the artifact's own line would change, and an
 * older answer to the question for signatures is worth more than none. */
static bool
adds_nothing(const struct wf_index *old, const struct wf_tx_entry *w)
{
	size_t i;

	for (i = 0; !w->asked && i < old->n; i++)
		if (!old->v[i].has_subject && same(&old->v[i], w))
			return true;
	return false;
}

static bool
replaced(const struct wf_index_entry *e, const struct wf_tx_entry *const *w,
         const bool *skip, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!skip[i] && same(e, w[i]))
			return true;
	return false;
}

enum wf_rc
wf_tx_index_text(const struct wf_index *old, const struct wf_tx_entry *const *w,
                 size_t n, struct wf_buf *out, struct wf_err *err)
{
	WF_AUTO(wf_json_freep) struct wf_json *j =
		old->json ? wf_json_copy(old->json) : wf_json_object();
	const struct wf_json *was = wf_json_get(old->json, "manifests");
	WF_AUTO(wf_freep) bool *skip = wf_calloc(n + 1, sizeof(*skip));
	struct wf_json *list = wf_json_array();
	size_t i, s, k = 0;

	for (i = 0; i < n; i++)
		skip[i] = adds_nothing(old, w[i]);
	/* entries that were skipped when reading are kept as they are */
	for (i = 0; i < wf_json_len(was); i++) {
		struct wf_oci_desc d;
		struct wf_err ignored = {0};
		const struct wf_json *e = wf_json_at(was, i);
		bool read = wf_oci_desc_parse(e, "manifests", &d, &ignored) == WF_OK;

		if (read && replaced(&old->v[k], w, skip, n)) {
			k++;
			continue;
		}
		k += read;
		wf_json_push(list, wf_json_copy(e));
	}
	for (i = 0; i < n; i++) {
		if (skip[i])
			continue;
		wf_json_push(list, artifact_entry(w[i]));
		for (s = 0; s < w[i]->list.n; s++)
			wf_json_push(list, signature_entry(&w[i]->list.v[s], w[i]));
	}
	wf_json_set_int(j, "schemaVersion", 2);
	wf_json_set_z(j, "mediaType", WF_OCI_INDEX);
	wf_json_set(j, "manifests", list);
	return wf_json_dump(j, WF_JSON_PRETTY, out, err);
}
