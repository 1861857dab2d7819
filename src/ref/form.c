/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of candidates[].form, once.
 */
#include "ref/form.h"

static const char *const form_words[] = {
	[WF_FORM_NONE] = "none",
	[WF_FORM_SIG_TAG] = "sig-tag",
	[WF_FORM_ATT_TAG] = "att-tag",
	[WF_FORM_SIG_REFERRER] = "sig-referrer",
	[WF_FORM_ATT_REFERRER] = "att-referrer",
	[WF_FORM_BUNDLE_REFERRER] = "bundle-referrer",
	[WF_FORM_BUNDLE_FALLBACK_TAG] = "bundle-fallback-tag",
	[WF_FORM_BUNDLE_FILE] = "bundle-file",
	[WF_FORM_LAYOUT] = "layout",
	[WF_FORM_SBOM_TAG] = "sbom-tag",
};

const char *
wf_form_word(enum wf_form form)
{
	return (unsigned)form < WF_COUNT(form_words) ? form_words[form] : "none";
}

enum wf_form
wf_form_parse(struct wf_str word)
{
	unsigned i;

	for (i = 1; i < WF_COUNT(form_words); i++)
		if (wf_str_eqz(word, form_words[i]))
			return (enum wf_form)i;
	return WF_FORM_NONE;
}
