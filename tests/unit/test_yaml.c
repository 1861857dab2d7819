/* SPDX-License-Identifier: Apache-2.0
 *
 * The YAML door: what it takes, what it refuses, and where it says so.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "dep/yaml.h"
#include "tests/lib/tap.h"

struct bad {
	const char *what, *text;
	unsigned line, column;
	const char *says;
};

static const struct bad bads[] = {
	{"duplicate key", "a: 1\nb: 2\na: 3\n", 3, 1, "duplicate key \"a\": first at line 1"},
	{"duplicate key, quoted", "a: 1\n\"a\": 3\n", 2, 1, "duplicate key"},
	{"duplicate key in a nested mapping", "x:\n  - {k: 1, k: 2}\n", 2, 12, "duplicate key"},
	{"anchor", "a: &x 1\n", 1, 4, "anchors"},
	{"alias", "a: &x 1\nb: *x\n", 1, 4, "anchors"},
	{"alias alone", "- *x\n", 1, 3, "aliases"},
	{"tag", "a: !!str 1\n", 1, 4, "tags"},
	{"own tag on a mapping", "a: !x {b: 1}\n", 1, 4, "tags"},
	{"tag on a list", "a: !x [1]\n", 1, 4, "tags"},
	{"second document", "a: 1\n---\nb: 2\n", 2, 1, "second document"},
	{"second document after an end mark", "a: 1\n...\n---\nb: 1\n", 3, 1, "second document"},
	{"tab", "a:\n\tb: 1\n", 2, 1, "tab"},
	{"tab after spaces", "a:\n  \tb: 1\n", 2, 3, "tab"},
	{"tab alone on a line", "a: 1\n\t\nb: 2\n", 2, 1, "tab"},
	{"tab inside a flow list", "a: [1,\n\t2]\n", 2, 1, "tab"},
	{"yaml directive", "%YAML 1.1\n---\na: 1\n", 1, 1, "directives"},
	{"tag directive", "%TAG ! tag:x,2000:\n---\na: 1\n", 1, 1, "directives"},
	{"not UTF-8", "a: 1\nb: \xff\n", 2, 4, "not UTF-8"},
	{"overlong UTF-8", "a: \xc0\xaf\n", 1, 4, "not UTF-8"},
	{"byte order mark", "\xef\xbb\xbf" "a: 1\n", 1, 1, "byte order mark"},
	{"next line, hidden", "a: 1 #\xc2\x85" "b: 2\n", 1, 7, "do not show (U+0085)"},
	{"line separator, hidden", "a: 1 #\xe2\x80\xa8" "b: 2\n", 1, 7, "do not show (U+2028)"},
	{"carriage return alone", "a: 1 #\rb: 2\n", 1, 7, "do not show (U+000D)"},
	{"right to left override", "a: \"x\xe2\x80\xaey\"\n", 1, 6, "changes the order"},
	{"isolate in a comment", "a: 1 # \xe2\x81\xa6\n", 1, 8, "changes the order"},
	{"escaped NUL", "a: \"x\\0y\"\n", 1, 4, "NUL"},
	{"control byte", "a: 1\nb: \x01\n", 2, 4, "control"},
	{"mapping as a key", "{a: 1}: 2\n", 1, 1, "as a key"},
	{"list as a key", "? [1]\n: 2\n", 1, 3, "as a key"},
	{"unclosed list", "a: [1, 2\n", 2, 1, "not YAML"},
	{"unclosed quote", "a: \"x\n", 2, 1, "not YAML"},
	{"two values", "a: b: c\n", 1, 5, "not YAML"},
};

static void
refuses(void)
{
	char name[160];
	size_t i;

	for (i = 0; i < WF_COUNT(bads); i++) {
		struct wf_problems p = WF_PROBLEMS_INIT;
		WF_AUTO(wf_yaml_freep) struct wf_yaml *y =
			wf_yaml_parse(wf_str(bads[i].text), "f", WF_R_MALFORMED, &p);

		(void)snprintf(name, sizeof(name), "%s: refused", bads[i].what);
		if (OK(p.n > 0, name)) {
			(void)snprintf(name, sizeof(name), "%s: names the line", bads[i].what);
			EQ(p.v[0].line, bads[i].line, name);
			(void)snprintf(name, sizeof(name), "%s: names the column", bads[i].what);
			EQ(p.v[0].column, bads[i].column, name);
			(void)snprintf(name, sizeof(name), "%s: says why", bads[i].what);
			if (!OK(strstr(p.v[0].text, bads[i].says) != NULL, name))
				printf("# found: %s\n", p.v[0].text);
			EQ(p.v[0].reason, WF_R_MALFORMED, "reason malformed");
		}
		wf_problem_free(&p);
	}
}

static void
takes(void)
{
	static const char text[] =
		"# a comment\r\n"
		"a: plain text\r\n"
		"b: \"true\"\n"
		"c: true\n"
		"d: [1, {x: y}]\n"
		"e:\n"
		"f: |\n"
		"  block\n"
		"\"g:\\n\": 'h''i'\n"
		"<<: kept\n"
		"h: ~\n"
		"i: null\n";
	struct wf_problems p = WF_PROBLEMS_INIT;
	WF_AUTO(wf_yaml_freep) struct wf_yaml *y =
		wf_yaml_parse(wf_str(text), "f", WF_R_MALFORMED, &p);
	const struct wf_yaml_node *r, *n;

	EQ(p.n, 0, "a good document has no problem");
	if (!OK(y != NULL, "and is a tree"))
		return;
	r = wf_yaml_root(y);
	EQ(r->kind, WF_YAML_MAP, "root is a mapping");
	EQ(r->n, 10, "with ten members");
	IS(wf_yaml_get(r, "a")->text.p, "plain text", "plain text");
	EQ(wf_yaml_get(r, "a")->line, 2, "its line");
	EQ(wf_yaml_get(r, "a")->column, 4, "its column");
	EQ(wf_yaml_get(r, "a")->key->column, 1, "the key's column");
	OK(wf_yaml_get(r, "b")->quoted, "quoted is kept apart");
	OK(!wf_yaml_get(r, "c")->quoted, "from plain");
	n = wf_yaml_get(r, "d");
	EQ(n->n, 2, "list of two");
	IS(wf_yaml_get(n->first->next, "x")->text.p, "y", "a mapping inside");
	OK(wf_yaml_is_null(wf_yaml_get(r, "e")), "nothing is null");
	OK(wf_yaml_is_null(wf_yaml_get(r, "h")), "~ is null");
	OK(wf_yaml_is_null(wf_yaml_get(r, "i")), "null is null");
	IS(wf_yaml_get(r, "f")->text.p, "block\n", "block text");
	IS(wf_yaml_get(r, "g:\n")->text.p, "h'i", "escapes in key and value");
	IS(wf_yaml_get(r, "<<")->text.p, "kept", "<< is a key like any other");
	OK(wf_yaml_get(r, "zz") == NULL, "an absent key");
	OK(wf_yaml_get(n, "x") == NULL, "a list has no keys");
}

static void
empty(void)
{
	static const char *const texts[] = {"", "# nothing\n", "---\n", "\n\n"};
	static const enum wf_yaml_kind kinds[] = {WF_YAML_NONE, WF_YAML_NONE,
	                                          WF_YAML_SCALAR, WF_YAML_NONE};
	size_t i;

	for (i = 0; i < WF_COUNT(texts); i++) {
		struct wf_problems p = WF_PROBLEMS_INIT;
		WF_AUTO(wf_yaml_freep) struct wf_yaml *y =
			wf_yaml_parse(wf_str(texts[i]), "f", WF_R_MALFORMED, &p);

		EQ(p.n, 0, "an empty document is YAML");
		EQ(wf_yaml_root(y)->kind, kinds[i], "without a value");
	}
}

/* The text `n` times. */
static char *
times(const char *unit, size_t n, const char *end)
{
	size_t len = strlen(unit), i;
	char *s = wf_malloc(len * n + strlen(end) + 1);

	for (i = 0; i < n; i++)
		memcpy(s + i * len, unit, len);
	memcpy(s + n * len, end, strlen(end) + 1);
	return s;
}

static void
limit(const char *what, const char *unit, size_t n, const char *end, bool good,
      enum wf_reason bad)
{
	WF_AUTO(wf_freep) char *text = times(unit, n, end);
	struct wf_problems p = WF_PROBLEMS_INIT;
	struct wf_err err = {0};
	WF_AUTO(wf_yaml_freep) struct wf_yaml *y =
		wf_yaml_parse(wf_str(text), "f", bad, &p);

	EQ(y != NULL, good, what);
	ERR(wf_problem_error(&p, &err), &err,
	    good ? WF_R_OK : bad == WF_R_MALFORMED ? WF_R_LIMIT : bad, what);
	wf_problem_free(&p);
}

int
main(void)
{
	refuses();
	takes();
	empty();
	limit("depth at the cap", "- ", WF_MAX_YAML_DEPTH, "x\n", true, WF_R_MALFORMED);
	limit("depth past the cap", "- ", WF_MAX_YAML_DEPTH + 1, "x\n", false, WF_R_MALFORMED);
	limit("depth past the cap in a policy", "- ", WF_MAX_YAML_DEPTH + 1, "x\n", false,
	      WF_R_CONFIG);
	limit("flow depth past the cap", "[", 100000, "", false, WF_R_MALFORMED);
	limit("nodes at the cap", "-\n", WF_MAX_YAML_NODES - 1, "", true, WF_R_MALFORMED);
	limit("nodes past the cap", "-\n", WF_MAX_YAML_NODES, "", false, WF_R_MALFORMED);
	return tap_done();
}
