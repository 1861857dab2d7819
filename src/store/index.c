/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads index.json.  Must take an index written by another tool as well.
 */
#include "store/index.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/source.h"

static const struct {
	const char *word;
	unsigned format;
} words[] = {
	{"bundle", WF_FORMAT_BUNDLE},
	{"legacy", WF_FORMAT_LEGACY},
	{"attestations", WF_ASK_ATTESTATIONS},
};

/* A word that is not known is no format that was asked for. */
static unsigned
formats_of(const char *text)
{
	unsigned all = 0, i;
	size_t n;

	if (!text)
		return WF_FORMATS_ALL;
	for (; *text; text += n + (text[n] == ' ')) {
		n = strcspn(text, " ");
		for (i = 0; i < WF_COUNT(words); i++)
			if (wf_str_eqz((struct wf_str){text, n}, words[i].word))
				all |= words[i].format;
	}
	return all;
}

void
wf_index_formats(unsigned formats, char out[WF_INDEX_FORMATS_TEXT])
{
	size_t n = 0;
	unsigned i;

	out[0] = '\0';
	for (i = 0; i < WF_COUNT(words); i++)
		if (formats & words[i].format)
			n += (size_t)snprintf(out + n, WF_INDEX_FORMATS_TEXT - n, "%s%s",
			                      n ? " " : "", words[i].word);
}

static bool
entry_of(const struct wf_json *j, struct wf_index_entry *e)
{
	struct wf_err ignored = {0};
	const char *subject, *form;

	memset(e, 0, sizeof(*e));
	if (wf_oci_desc_parse(j, "manifests", &e->desc, &ignored))
		return false;
	e->ref_name = wf_oci_annotation(e->desc.annotations, WF_OCI_REF_NAME);
	e->from = wf_oci_annotation(e->desc.annotations, WF_INDEX_FROM);
	e->asked = wf_oci_annotation(e->desc.annotations, WF_INDEX_ASKED);
	e->broken = wf_oci_annotation(e->desc.annotations, WF_INDEX_BROKEN);
	e->formats = formats_of(wf_oci_annotation(e->desc.annotations, WF_INDEX_FORMATS));
	form = wf_oci_annotation(e->desc.annotations, WF_INDEX_FORM);
	e->form = form ? wf_form_parse(wf_str(form)) : WF_FORM_NONE;
	subject = wf_oci_annotation(e->desc.annotations, WF_INDEX_SUBJECT);
	e->has_subject = subject && wf_digest_parse(wf_str(subject), "subject",
	                                            &e->subject, NULL) == WF_OK;
	return true;
}

enum wf_rc
wf_index_parse(struct wf_str text, const char *name, struct wf_index *out,
               struct wf_err *err)
{
	struct wf_oci_index x = {0};
	struct wf_index index = {0};
	enum wf_rc rc = wf_oci_index_parse(text, name, &x, err);
	size_t i, n;

	if (rc)
		return rc;
	n = wf_json_len(x.manifests);
	index.json = x.json;
	index.v = wf_calloc(n + 1, sizeof(*index.v));
	for (i = 0; i < n; i++)
		if (entry_of(wf_json_at(x.manifests, i), &index.v[index.n]))
			index.n++;
		else
			index.skipped++;
	*out = index;
	return WF_OK;
}

void
wf_index_free(struct wf_index *x)
{
	wf_json_free(x->json);
	free(x->v);
	memset(x, 0, sizeof(*x));
}
