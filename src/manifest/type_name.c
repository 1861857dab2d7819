/* SPDX-License-Identifier: Apache-2.0
 *
 * Type names.  Must never call two types one: what is not known word for word
 * stays as it was written.
 */
#include "manifest/type_name.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

/* What the grammar and pg_catalog call by two names; format_type's first. */
static const char *const aliases[][2] = {
	{"bigint", "int8"},
	{"bit varying", "varbit"},
	{"boolean", "bool"},
	{"character", "char"},
	{"character", "bpchar"},
	{"character varying", "varchar"},
	{"character varying", "char varying"},
	{"double precision", "float8"},
	{"double precision", "float"},
	{"integer", "int"},
	{"integer", "int4"},
	{"numeric", "decimal"},
	{"numeric", "dec"},
	{"real", "float4"},
	{"smallint", "int2"},
	{"time with time zone", "timetz"},
	{"time without time zone", "time"},
	{"timestamp with time zone", "timestamptz"},
	{"timestamp without time zone", "timestamp"},
};

/* Lower case, single blanks, without what an argument list drops: precision,
 * bounds of arrays, pg_catalog.  Quotes end all certainty: false. */
static bool
plain(const char *z, char *out, bool *array)
{
	char *q = out;
	int depth = 0;

	*array = false;
	if (strncmp(z, "pg_catalog.", 11) == 0)
		z += 11 * (strncmp(z + 11, "char", 4) != 0); /* pg_catalog.char is "char" */
	/* float(1) is real and float(53) is not */
	if (strchr(z, '"') || (strncasecmp(z, "float", 5) == 0 && strchr(z, '(')))
		return false;
	for (; *z; z++) {
		if (*z == '[')
			*array = true;
		if (*z == '(' || *z == '[') {
			depth++;
		} else if (*z == ')' || *z == ']') {
			depth--;
		} else if (depth == 0 && isspace((unsigned char)*z)) {
			if (q > out && q[-1] != ' ')
				*q++ = ' ';
		} else if (depth == 0) {
			*q++ = (char)tolower((unsigned char)*z);
		}
	}
	while (q > out && q[-1] == ' ')
		q--;
	*q = '\0';
	return depth == 0;
}

static const char *
first_name(const char *z)
{
	size_t i;

	for (i = 0; i < WF_COUNT(aliases); i++)
		if (strcmp(z, aliases[i][1]) == 0)
			return aliases[i][0];
	return z;
}

bool
wf_type_name_same(const char *a, const char *b)
{
	WF_AUTO(wf_freep) char *x = wf_calloc(strlen(a) + 1, 1), *y = wf_calloc(strlen(b) + 1, 1);
	bool xs, ys;

	if (!plain(a, x, &xs) || !plain(b, y, &ys))
		return strcmp(a, b) == 0;
	return xs == ys && strcmp(first_name(x), first_name(y)) == 0;
}

bool
wf_type_name_lists(const char *const *a, size_t n, const char *const *b, size_t m)
{
	size_t i;

	for (i = 0; n == m && i < n; i++)
		if (!wf_type_name_same(a[i], b[i]))
			return false;
	return n == m;
}
