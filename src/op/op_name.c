/* SPDX-License-Identifier: Apache-2.0
 *
 * NAME operands.  Must never fold or cut a quoted identifier.
 */
#include "op/op_name.h"

#include <string.h>

#include "manifest/type_name.h"

/* One identifier as SQL reads it: lower-cased unless quoted. */
static const char *
identifier(const char **at, struct wf_arena *a)
{
	const char *p = *at;
	char *text = wf_arena_alloc(a, strlen(p) + 1), *q = text;

	if (*p == '"') {
		for (p++; *p && (*p != '"' || p[1] == '"'); p++) {
			if (*p == '"')
				p++;
			*q++ = *p;
		}
		if (*p != '"')
			return NULL;
		p++;
	} else {
		for (; *p && !strchr(".(\") ", *p); p++)
			*q++ = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
	}
	*q = '\0';
	*at = p;
	return *text ? text : NULL;
}

enum wf_rc
wf_op_name_parse(const char *text, struct wf_arena *a, struct wf_op_name *out,
                  struct wf_err *err)
{
	const char *p = text;
	struct wf_op_name n = {0};
	size_t len;

	n.schema = identifier(&p, a);
	if (n.schema && *p == '.') {
		p++;
		n.name = identifier(&p, a);
	}
	if (n.name && *p == '(' && (len = strlen(p)) >= 2 && p[len - 1] == ')') {
		n.args = wf_arena_strn(a, p + 1, len - 2);
		p += len;
	}
	if (!n.name || *p)
		return wf_err_set(err, WF_R_USAGE,
		                  "\"%s\" names no function; expected schema.name[(argument types)]",
		                  text);
	*out = n;
	return WF_OK;
}

bool
wf_op_name_is(const struct wf_op_name *n, const char *schema, const char *name, const char *args)
{
	struct wf_strs x, y;
	struct wf_arena a = {NULL};
	bool same = strcmp(n->schema, schema) == 0 && strcmp(n->name, name) == 0;

	if (!same || !n->args || !args)
		return same;
	wf_want_split(n->args, &x, &a);
	wf_want_split(args, &y, &a);
	same = wf_type_name_lists(x.v, x.n, y.v, y.n);
	wf_arena_free(&a);
	return same;
}
