/* SPDX-License-Identifier: Apache-2.0
 *
 * Words of the feature table.  Holds no rule about what a feature means.
 */
#include "wasm/feature.h"

static const char *const words[WF_F_COUNT] = {
#define WF_FEATURE_WORD(name, word) word,
	WF_FEATURES(WF_FEATURE_WORD)
#undef WF_FEATURE_WORD
};

_Static_assert(WF_F_COUNT <= 64, "features are a 64-bit set");

const char *
wf_feature_word(enum wf_feature f)
{
	return (unsigned)f < WF_F_COUNT ? words[f] : NULL;
}

bool
wf_feature_parse(struct wf_str word, enum wf_feature *out)
{
	for (unsigned i = WF_F_NONE + 1; i < WF_F_COUNT; i++) {
		if (wf_str_eqz(word, words[i])) {
			*out = (enum wf_feature)i;
			return true;
		}
	}
	return false;
}
