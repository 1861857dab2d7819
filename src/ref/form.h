/* SPDX-License-Identifier: Apache-2.0
 *
 * The forms in which a signature comes with an artifact, and their words.
 */
#ifndef WF_REF_FORM_H
#define WF_REF_FORM_H

#include "base/buf.h"

/* contract section 4, candidates[].form, in this order */
enum wf_form {
	WF_FORM_NONE = 0,
	WF_FORM_SIG_TAG,
	WF_FORM_ATT_TAG,
	WF_FORM_SIG_REFERRER,
	WF_FORM_ATT_REFERRER,
	WF_FORM_BUNDLE_REFERRER,
	WF_FORM_BUNDLE_FALLBACK_TAG,
	WF_FORM_BUNDLE_FILE,
	WF_FORM_LAYOUT,
	WF_FORM_SBOM_TAG,
};
const char *wf_form_word(enum wf_form);           /* "sig-tag", … */
enum wf_form wf_form_parse(struct wf_str word);   /* NONE: no such word */

#endif
