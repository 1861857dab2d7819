/* SPDX-License-Identifier: Apache-2.0
 *
 * One list of fields in four places: the parsers' tables, the JSON schemas,
 * the READMEs and the manual pages.  And every example is a good file.
 */
#include <glob.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/mem.h"
#include "config/config.h"
#include "dep/json.h"
#include "manifest/manifest.h"
#include "op/op_lint.h"
#include "policy/policy.h"
#include "sys/file.h"
#include "tests/lib/tap.h"

#define MAX_PATHS 400u

struct set {
	struct wf_arena arena;
	struct {
		const char *path;
		bool served;
	} v[MAX_PATHS];
	size_t n;
};

static void
put(struct set *s, const char *path, size_t len, bool served)
{
	if (s->n == MAX_PATHS)
		wf_die("too many fields for the test");
	s->v[s->n].path = wf_arena_strn(&s->arena, path, len);
	s->v[s->n++].served = served;
}

static bool
has(const struct set *s, const char *path, bool served)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->v[i].path, path) == 0 && s->v[i].served == served)
			return true;
	return false;
}

static void
same(const struct set *a, const char *a_name, const struct set *b, const char *b_name)
{
	char name[200];
	size_t i;

	(void)snprintf(name, sizeof(name), "%s and %s", a_name, b_name);
	OK(a->n > 5 && b->n > 5, name);
	for (i = 0; i < a->n; i++)
		if (!has(b, a->v[i].path, a->v[i].served)) {
			OK(false, name);
			printf("# %s: \"%s\" (%s) is not in %s\n", a_name, a->v[i].path,
			       a->v[i].served ? "served" : "not served", b_name);
		}
	for (i = 0; i < b->n; i++)
		if (!has(a, b->v[i].path, b->v[i].served)) {
			OK(false, name);
			printf("# %s: \"%s\" (%s) is not in %s\n", b_name, b->v[i].path,
			       b->v[i].served ? "served" : "not served", a_name);
		}
}

/* --- the parsers' tables: entries without "functions.", defaults once ----- */

struct collect {
	struct set *set;
	bool manifest, top_unserved; /* top_unserved: nothing below an unserved field */
};

static void
visit(const char *path, bool served, void *arg)
{
	struct collect *c = arg;
	size_t i;

	if (c->manifest && strncmp(path, "defaults.", 9) == 0)
		return;
	if (c->manifest && strncmp(path, "functions.", 10) == 0)
		path += 10;
	for (i = 0; c->top_unserved && i < c->set->n; i++) {
		size_t n = strlen(c->set->v[i].path);

		if (!c->set->v[i].served && strncmp(path, c->set->v[i].path, n) == 0 &&
		    path[n] == '.')
			return;
	}
	put(c->set, path, strlen(path), served);
}

/* --- JSON schema ---------------------------------------------------------- */

static const struct wf_json *
resolve(const struct wf_json *root, const struct wf_json *s)
{
	const char *ref = wf_json_z(wf_json_get(s, "$ref"));

	return ref ? wf_json_get(wf_json_get(root, "$defs"), ref + strlen("#/$defs/")) : s;
}

static bool
refuses_all(const struct wf_json *s)
{
	bool yes = true;
	int64_t n = -1;

	return (wf_json_bool(s, &yes) && !yes) ||
	       (wf_json_int(wf_json_get(s, "maxItems"), &n) && n == 0);
}

static void
schema_paths(const struct wf_json *root, const struct wf_json *s, const char *prefix,
             struct set *out)
{
	const struct wf_json *props, *v, *any;
	const char *key;
	char path[256];
	void *it = NULL;
	size_t i;

	s = resolve(root, s);
	props = wf_json_get(s, "properties");
	while (wf_json_next(props, &it, &key, &v)) {
		(void)snprintf(path, sizeof(path), "%s%s%s", prefix, prefix[0] ? "." : "", key);
		put(out, path, strlen(path), !refuses_all(v));
		if (strcmp(path, "defaults") != 0)
			schema_paths(root, v, strcmp(path, "functions") == 0 &&
			             wf_json_get(root, "$defs") ? "" : path, out);
	}
	if (wf_json_get(s, "items"))
		schema_paths(root, wf_json_get(s, "items"), prefix, out);
	if (wf_json_kind(wf_json_get(s, "additionalProperties")) == WF_JSON_OBJECT)
		schema_paths(root, wf_json_get(s, "additionalProperties"), prefix, out);
	any = wf_json_get(s, "anyOf");
	for (i = 0; i < wf_json_len(any); i++)
		if (wf_json_get(wf_json_at(any, i), "$ref") ||
		    !wf_json_get(wf_json_at(any, i), "items"))
			schema_paths(root, wf_json_at(any, i), prefix, out);
}

static void
from_schema(const char *path, struct set *out)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_MIB);
	WF_AUTO(wf_json_freep) struct wf_json *j = NULL;
	struct wf_err err = {0};

	if (wf_file_read(path, &b, &err) || wf_json_parse(wf_buf_str(&b), path, &j, &err)) {
		printf("# %s\n", err.msg);
		return;
	}
	schema_paths(j, j, "", out);
}

/* --- text: "| `path` | ..." of a README, ".It Cm path" of a page ----------- */

static void
from_text(const char *path, const char *from, const char *to, const char *mark, char stop,
          const char *unserved, struct set *out)
{
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_MIB);
	struct wf_err err = {0};
	const char *p, *end, *next, *end_of_name;

	if (wf_file_read(path, &b, &err)) {
		printf("# %s\n", err.msg);
		return;
	}
	p = from ? strstr(wf_buf_z(&b), from) : wf_buf_z(&b);
	end = to && p ? strstr(p, to) : NULL;
	p = p ? strstr(p, mark) : NULL;
	for (; p && (!end || p < end); p = next) {
		const char *no = strstr(p, unserved);

		next = strstr(p + 1, mark);
		p += strlen(mark);
		end_of_name = strchr(p, stop);
		put(out, p, (size_t)(end_of_name - p), !no || (next && no > next));
	}
}

static void
four_places(const char *what, const struct wf_fields *table, bool manifest,
            const char *schema, const char *readme, const char *from, const char *to,
            const char *page)
{
	static struct set parser, outer, in_schema, in_readme, in_page;
	struct collect c = {&parser, manifest, false};

	memset(&parser, 0, sizeof(parser));
	memset(&outer, 0, sizeof(outer));
	memset(&in_schema, 0, sizeof(in_schema));
	memset(&in_readme, 0, sizeof(in_readme));
	memset(&in_page, 0, sizeof(in_page));
	wf_field_walk(table, visit, &c);
	c.set = &outer;
	c.top_unserved = true;
	wf_field_walk(table, visit, &c);
	from_schema(schema, &in_schema);
	from_text(readme, from, to, "\n| `", '`', "**not served yet**", &in_readme);
	from_text(page, NULL, NULL, "\n.It Cm ", '\n', "Not served by this version", &in_page);
	printf("# %s: %zu fields\n", what, parser.n);
	same(&outer, "parser", &in_schema, schema);
	same(&parser, "parser", &in_readme, readme);
	same(&parser, "parser", &in_page, page);
	wf_arena_free(&parser.arena);
	wf_arena_free(&outer.arena);
	wf_arena_free(&in_schema.arena);
	wf_arena_free(&in_readme.arena);
	wf_arena_free(&in_page.arena);
}

static void
examples(const char *pattern, size_t least)
{
	glob_t g;
	size_t i;

	EQ(glob(pattern, 0, NULL, &g), 0, pattern);
	OK(g.gl_pathc >= least, "there are examples");
	for (i = 0; i < g.gl_pathc; i++) {
		WF_AUTO(wf_op_lint_free) struct wf_op_lint_out out = {WF_OP_LINT_UNKNOWN,
		                                                      WF_PROBLEMS_INIT,
		                                                      WF_PROBLEMS_INIT};
		struct wf_err err = {0};

		ERR(wf_op_lint(g.gl_pathv[i], &out, &err), &err, WF_R_OK, g.gl_pathv[i]);
	}
	globfree(&g);
}

int
main(void)
{
	four_places("manifest", wf_manifest_fields(), true,
	            "manifest/wasmfn-manifest.schema.json", "manifest/README.md",
	            "## The document", "## The configuration", "man/wasmfn-manifest.5");
	four_places("config", wf_config_fields(), false,
	            "manifest/wasmfn-config.schema.json", "manifest/README.md",
	            "## The configuration", NULL, "man/wasmfn-config.5");
	four_places("policy", wf_policy_fields(), false,
	            "policy/wasmfn-policy.schema.json", "policy/README.md",
	            "## Fields", NULL, "man/wasmfn-policy.5");
	examples("manifest/examples/*.yaml", 4);
	examples("policy/examples/*.yaml", 3);
	examples("policy/default.yaml", 1);
	return tap_done();
}
