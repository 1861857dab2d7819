/* SPDX-License-Identifier: Apache-2.0
 *
 * The pattern language of contract section 7.  Must never match more than it
 * says: no character classes, no case folding, no normalisation.
 */
#include <string.h>

#include "base/limits.h"
#include "policy/policy.h"

/* Every place of the pattern at once (no backtracking, so no pattern is
 * slow): alive[i] says that pattern[0..i) matches the text so far. */
static void
skip_stars(bool *alive, const char *pattern, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (alive[i] && pattern[i] == '*')
			alive[i + 1] = true;
}

static bool
crosses(const char *pattern, size_t i)
{
	return pattern[i + 1] == '*' || (i > 0 && pattern[i - 1] == '*');
}

bool
wf_policy_glob_str(const char *pattern, struct wf_str text)
{
	bool now[WF_MAX_PATTERN_BYTES + 1], next[WF_MAX_PATTERN_BYTES + 1];
	size_t n = strlen(pattern), i, k;
	bool alive = true;

	if (n > WF_MAX_PATTERN_BYTES)
		return false;
	memset(now, 0, sizeof(now));
	now[0] = true;
	skip_stars(now, pattern, n);
	for (k = 0; k < text.len && alive; k++) {
		memset(next, 0, n + 1);
		alive = false;
		for (i = 0; i < n; i++) {
			if (!now[i])
				continue;
			if (pattern[i] == '*')
				next[i] = text.p[k] != '/' || crosses(pattern, i);
			else if (pattern[i] == text.p[k])
				next[i + 1] = true;
			alive = alive || next[i] || next[i + 1];
		}
		skip_stars(next, pattern, n);
		memcpy(now, next, n + 1);
	}
	return k == text.len && now[n];
}

bool
wf_policy_glob(const char *pattern, const char *text)
{
	return wf_policy_glob_str(pattern, wf_str(text));
}

size_t
wf_policy_literal(const char *pattern)
{
	return strcspn(pattern, "*");
}
