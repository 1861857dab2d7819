/* SPDX-License-Identifier: Apache-2.0
 *
 * Which words for a type are one, as PostgreSQL reads an argument list.
 */
#include "manifest/type_name.h"
#include "tests/lib/tap.h"

int
main(void)
{
	static const struct {
		const char *a, *b;
		bool same;
	} v[] = {
		{"int", "integer", true},
		{"INT4", "integer", true},
		{"pg_catalog.int4", "int", true},
		{"int2", "smallint", true},
		{"int8", "int", false},
		{"float", "double precision", true},
		{"float(3)", "double precision", false},
		{"float(3)", "float(3)", true},
		{"varchar(10)", "character  varying", true},
		{"numeric(10,2)", "decimal", true},
		{"timestamp(3) with time zone", "timestamptz", true},
		{"timestamp", "timestamptz", false},
		{"timestamp", "timestamp without time zone", true},
		{"char", "character", true},
		{"\"char\"", "char", false},
		{"pg_catalog.char", "char", false},
		{"int[]", "integer [3][4]", true},
		{"int[]", "int", false},
		{"text", "Text ", true},
		{"app.int", "int", false},
		{"\"T\"", "t", false},
		{"", "int", false},
	};
	static const char *const x[] = {"int", "text"}, *const y[] = {"integer", "text"};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		char name[120];

		(void)snprintf(name, sizeof(name), "%s and %s", v[i].a, v[i].b);
		OK(wf_type_name_same(v[i].a, v[i].b) == v[i].same &&
		   wf_type_name_same(v[i].b, v[i].a) == v[i].same, name);
	}
	OK(wf_type_name_lists(x, 2, y, 2), "lists");
	OK(!wf_type_name_lists(x, 2, y, 1), "a shorter one");
	OK(wf_type_name_lists(x, 0, y, 0), "none");
	return tap_done();
}
