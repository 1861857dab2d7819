/* SPDX-License-Identifier: Apache-2.0
 *
 * Walks JSON text by its brackets and quotes.  Must never make a sound object
 * out of one that is not.
 */
#include "plan/ledger_text.h"

#include <string.h>

static size_t
blank(struct wf_str t, size_t i)
{
	while (i < t.len && (t.p[i] == ' ' || t.p[i] == '\t' || t.p[i] == '\n' || t.p[i] == '\r'))
		i++;
	return i;
}

/* Behind the string that begins at i; 0: it does not end. */
static size_t
string_end(struct wf_str t, size_t i)
{
	for (i++; i < t.len; i++) {
		if (t.p[i] == '\\')
			i++;
		else if (t.p[i] == '"')
			return i + 1;
	}
	return 0;
}

/* Behind the value that begins at i; 0: none, or it does not end. */
static size_t
value_end(struct wf_str t, size_t i)
{
	size_t depth = 0;

	while (i < t.len) {
		char c = t.p[i];

		if (c == '"') {
			i = string_end(t, i);
			if (i == 0 || depth == 0)
				return i;
			continue;
		}
		if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']') {
			if (depth == 0)
				return i;
			if (--depth == 0)
				return i + 1;
		} else if (c == ',' && depth == 0) {
			return i;
		}
		i++;
	}
	return 0;
}

/* Places in the object: of the key's quote, and behind the value. */
static bool
find(struct wf_str t, const char *key, size_t *from, size_t *to, struct wf_str *value)
{
	size_t i = blank(t, 0), n = strlen(key), start, v;

	if (i >= t.len || t.p[i] != '{')
		return false;
	for (i = blank(t, i + 1);; i = blank(t, i + 1)) {
		start = i;
		if (i >= t.len || t.p[i] != '"' || (i = string_end(t, i)) == 0)
			return false;
		*from = start;
		v = blank(t, i);
		if (v >= t.len || t.p[v] != ':')
			return false;
		v = blank(t, v + 1);
		*to = value_end(t, v);
		if (*to == 0 || *to == v)
			return false;
		*value = (struct wf_str){t.p + v, *to - v};
		if (i - start == n + 2 && memcmp(t.p + start + 1, key, n) == 0)
			return true;
		i = blank(t, *to);
		if (i >= t.len || t.p[i] != ',')
			return false;
	}
}

bool
wf_ledger_text_member(struct wf_str object, const char *key, struct wf_str *value)
{
	struct wf_str v;
	size_t from, to;

	if (!find(object, key, &from, &to, &v))
		return false;
	*value = v;
	return true;
}

bool
wf_ledger_text_cut(struct wf_str object, const char *key, struct wf_str *value,
                   struct wf_buf *rest)
{
	struct wf_str v;
	size_t from, to, before;

	if (!find(object, key, &from, &to, &v))
		return false;
	to = blank(object, to);
	if (to >= object.len)
		return false;
	/* find() has seen a brace or a comma before it */
	for (before = from; blank(object, before - 1) == from; before--)
		;
	/* one comma goes with it: the one behind, else the one before */
	if (object.p[to] == ',') {
		to = blank(object, to + 1);
		if (to >= object.len || object.p[to] != '"')
			return false;
	} else if (object.p[to] != '}') {
		return false;
	} else if (object.p[before - 1] == ',') {
		from = before - 1;
	}
	if (wf_buf_add(rest, object.p, from, NULL) != WF_OK ||
	    wf_buf_add(rest, object.p + to, object.len - to, NULL) != WF_OK)
		return false;
	*value = v;
	return true;
}
