/* SPDX-License-Identifier: Apache-2.0
 *
 * Manifest files: every file under tests/data/manifest does what it says, and
 * each field arrives where it belongs.
 */
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "manifest/manifest.h"
#include "sys/file.h"
#include "tests/lib/tap.h"

#define HEX "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DATA "tests/data/manifest/"
#define REF "ghcr.io/myorg/f@sha256:" HEX

static enum wf_rc
parse(const char *text, struct wf_manifest **m, struct wf_err *err)
{
	enum wf_rc rc = wf_manifest_new(m, err);

	if (rc == WF_OK)
		rc = wf_manifest_add(*m, wf_str(text), "t.yaml", err);
	if (rc == WF_OK)
		rc = wf_manifest_finish(*m, err);
	return rc;
}

static void
one_bad(const char *path)
{
	WF_AUTO(wf_buf_free) struct wf_buf bytes = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
	WF_AUTO(wf_manifest_freep) struct wf_manifest *m = NULL;
	struct wf_err err = {0};
	const struct wf_problem *p;
	char word[40], name[200];
	unsigned line, column;
	enum wf_rc rc;

	if (!OK(wf_file_read(path, &bytes, &err) == WF_OK &&
	        sscanf(wf_buf_z(&bytes), "# expect: %39s %u:%u", word, &line, &column) == 3,
	        path))
		return;
	rc = parse(bytes.p, &m, &err);
	(void)snprintf(name, sizeof(name), "%s: %s", path + strlen(DATA), word);
	IS(wf_reason_word(err.reason), word, name);
	EQ(rc, strcmp(word, "tag-only") ? 65 : 64, name);
	p = wf_manifest_problem_at(m, 0);
	if (!p || p->line != line || p->column != column) {
		OK(false, name);
		printf("# expected %u:%u, found %s\n", line, column, err.msg);
	}
	if (wf_manifest_problems(m) != 1) {
		OK(false, "one change, one problem");
		printf("# %s: %s\n", path, wf_manifest_problem_at(m, 1)->text);
	}
	OK(!strstr(err.msg, "hunter2"), "no secret is shown");
}

static void
data_files(void)
{
	struct wf_err err = {0};
	glob_t g;
	size_t i;

	EQ(glob(DATA "bad-*.yaml", 0, NULL, &g), 0, "there are bad files");
	OK(g.gl_pathc > 60, "many of them");
	for (i = 0; i < g.gl_pathc; i++)
		one_bad(g.gl_pathv[i]);
	globfree(&g);
	EQ(glob(DATA "good-*.yaml", 0, NULL, &g), 0, "there are good files");
	for (i = 0; i < g.gl_pathc; i++) {
		WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(WF_MAX_MANIFEST_BYTES);
		WF_AUTO(wf_manifest_freep) struct wf_manifest *m = NULL;

		wf_err_clear(&err);
		OK(wf_file_read(g.gl_pathv[i], &b, &err) == WF_OK, g.gl_pathv[i]);
		ERR(parse(wf_buf_z(&b), &m, &err), &err, WF_R_OK, g.gl_pathv[i]);
	}
	globfree(&g);
}

static void
every_field(void)
{
	static const char text[] =
		"apiVersion: wasmfn/v1\nkind: FunctionSet\ntarget: prod\n"
		"defaults:\n"
		"  schema: wasm\n"
		"  owner: app_owner\n"
		"  strict: false\n"
		"  limits: {max_memory_bytes: 16777216, stack_size_bytes: 524288}\n"
		"  wasi: {sockets: {allow_outbound_tcp: [{host: h, port: 1}]}}\n"
		"functions:\n"
		"  - name: \"f \\\"x\\\"\"\n"
		"    ref: " REF "\n"
		"    export: run\n"
		"    args: [text, \"numeric(10,2)\"]\n"
		"    returns: jsonb\n"
		"    volatility: stable\n"
		"    strict: true\n"
		"    security: definer\n"
		"    owner: other\n"
		"    grants: [app_reader, app_writer]\n"
		"    limits: {fuel_per_call: 5000000, epoch_deadline_ms: 100, stack_size_bytes: 65536}\n"
		"    wasi:\n"
		"      filesystem:\n"
		"        preopen:\n"
		"          - {host_path: /var/lib/geoip, guest_path: /data, readonly: false}\n"
		"          - {host_path: /var/lib/x, guest_path: /x}\n"
		"      sockets:\n"
		"        allow_outbound_tcp: [{host: 10.0.5.10, port: 9200}]\n"
		"    policy: /etc/wasmfn/extra.yaml\n"
		"    comment: why\n"
		"  - {name: g, ref: \"oci:/srv/l@sha256:" HEX "\"}\n";
	WF_AUTO(wf_manifest_freep) struct wf_manifest *m = NULL;
	const struct wf_manifest_entry *e;
	struct wf_err err = {0};

	ERR(parse(text, &m, &err), &err, WF_R_OK, "every field parses");
	EQ(wf_manifest_count(m), 2, "two entries");
	if (wf_manifest_count(m) != 2)
		return;
	e = wf_manifest_at(m, 0);
	IS(e->name, "f \"x\"", "name is data");
	IS(e->file, "t.yaml", "file");
	EQ(e->line, 11, "line");
	EQ(e->column, 5, "column");
	IS(e->target, "prod", "target");
	IS(e->schema, "wasm", "schema by defaults");
	IS(e->ref.match, "ghcr.io/myorg/f", "ref");
	EQ(e->ref_pos.line, 12, "line of ref");
	IS(e->export_name, "run", "export");
	EQ(e->nargs, 2, "two args");
	IS(e->args[1], "numeric(10,2)", "second type");
	IS(e->returns, "jsonb", "returns");
	EQ(e->volatility, WF_STABLE, "volatility");
	EQ(e->strict, WF_YES, "strict: the entry's word");
	OK(e->definer && e->security_set, "security");
	IS(e->owner, "other", "owner: the entry's word");
	EQ(e->ngrants, 2, "two grants");
	IS(e->grants[1], "app_writer", "second role");
	EQ(e->max_memory_bytes, 16777216, "limit by defaults");
	EQ(e->fuel_per_call, 5000000, "limit of the entry");
	EQ(e->epoch_deadline_ms, 100, "deadline");
	EQ(e->stack_size_bytes, 65536, "limit: the entry's word");
	EQ(e->npreopens, 2, "two preopens");
	OK(!e->preopens[0].readonly, "readonly: false");
	OK(e->preopens[1].readonly, "readonly when not said");
	IS(e->preopens[0].guest_path, "/data", "guest path");
	EQ(e->ntcp, 1, "the entry's wasi replaces the defaults'");
	EQ(e->tcp[0].port, 9200, "port");
	IS(e->policy, "/etc/wasmfn/extra.yaml", "policy");
	IS(e->comment, "why", "comment");
	e = wf_manifest_at(m, 1);
	IS(e->owner, "app_owner", "defaults reach the second");
	EQ(e->strict, WF_NO, "strict by defaults");
	EQ(e->ntcp, 1, "wasi by defaults");
	OK(!e->args_set && !e->grants_set && !e->security_set, "not given is not given");
	EQ(e->fuel_per_call, -1, "limit not given");
	OK(wf_manifest_at(m, 2) == NULL, "no third");
}

static void
across_files(void)
{
	static const char doc[] =
		"{apiVersion: wasmfn/v1, kind: FunctionSet, target: %s, functions: [{name: f, schema: s, ref: \"" REF "\"}]}\n";
	static const char list[] = "- {name: f, schema: s, ref: \"" REF "\"}\n";
	static const struct {
		const char *a, *b, *what;
		bool good;
	} cases[] = {
		{"prod", "test", "one function in two targets", true},
		{"prod", "prod", "one function twice in a target", false},
		{"prod", NULL, "once for a target and once for all", false},
		{NULL, "prod", "once for all and once for a target", false},
		{NULL, NULL, "twice for all", false},
	};
	char a[400], b[400];
	size_t i;

	for (i = 0; i < WF_COUNT(cases); i++) {
		WF_AUTO(wf_manifest_freep) struct wf_manifest *m = NULL;
		struct wf_err err = {0};
		enum wf_rc rc;

		(void)snprintf(a, sizeof(a), doc, cases[i].a ? cases[i].a : "");
		(void)snprintf(b, sizeof(b), doc, cases[i].b ? cases[i].b : "");
		rc = wf_manifest_new(&m, &err);
		rc = rc ? rc : wf_manifest_add(m, wf_str(cases[i].a ? a : list), "a.yaml", &err);
		rc = rc ? rc : wf_manifest_add(m, wf_str(cases[i].b ? b : list), "b.yaml", &err);
		EQ(rc, WF_OK, "each file alone is good");
		rc = wf_manifest_finish(m, &err);
		ERR(rc, &err, cases[i].good ? WF_R_OK : WF_R_MALFORMED, cases[i].what);
		if (rc)
			OK(strncmp(err.msg, "b.yaml:", 7) == 0 && strstr(err.msg, "first at a.yaml"),
			   "names both places");
	}
}

static void
every_problem(void)
{
	WF_AUTO(wf_manifest_freep) struct wf_manifest *m = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(1u << 20);
	struct wf_err err = {0};
	int i;

	ERR(parse("- {name: f, schema: s, ref: host.x/f:v1, fuel: 1}\n- {schema: 2}\n", &m, &err),
	    &err, WF_R_MALFORMED, "65 is worse than 64");
	EQ(wf_manifest_problems(m), 4, "every problem in one run");
	EQ(wf_manifest_problem_at(m, 0)->reason, WF_R_TAG_ONLY, "each with its reason");
	OK(strstr(err.hint, "3 more"), "the hint says that there are more");
	OK(wf_manifest_problem_at(m, 4) == NULL, "and no more");
	wf_manifest_freep(&m);
	wf_err_clear(&err);
	for (i = 0; i < 500; i++)
		wf_buf_putz(&b, "- x\n");
	ERR(parse(wf_buf_z(&b), &m, &err), &err, WF_R_MALFORMED, "very many problems");
	EQ(wf_manifest_problems(m), WF_MAX_PROBLEMS, "are listed up to the cap");
	OK(strstr(err.hint, "499 more"), "and counted after it");
}

static void
too_many(void)
{
	WF_AUTO(wf_manifest_freep) struct wf_manifest *m = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf b = WF_BUF_INIT(1u << 24);
	struct wf_err err = {0};
	unsigned i;

	for (i = 0; i < WF_MAX_FUNCTIONS; i++)
		wf_buf_putf(&b, "- {name: f%u, schema: s, ref: \"" REF "\"}\n", i);
	ERR(parse(wf_buf_z(&b), &m, &err), &err, WF_R_OK, "functions at the cap");
	wf_manifest_freep(&m);
	wf_buf_putz(&b, "- {name: f, schema: s, ref: \"" REF "\"}\n");
	ERR(parse(wf_buf_z(&b), &m, &err), &err, WF_R_LIMIT, "one past the cap");
}

/* A reviewer must be able to tell one name from another. */
static void
unseen_names(void)
{
	static const char *const names[] = {"f\\e[31m", "f\\u202e", "f\\x85", "f\\n"};
	char text[256];
	size_t i;

	(void)snprintf(text, sizeof(text), "- {name: \"f\\u00e9 'x;\", schema: s, ref: \"" REF "\"}\n");
	for (i = 0; i <= WF_COUNT(names); i++) {
		WF_AUTO(wf_manifest_freep) struct wf_manifest *m = NULL;
		struct wf_err err = {0};

		ERR(parse(text, &m, &err), &err, i ? WF_R_MALFORMED : WF_R_OK,
		    i ? names[i - 1] : "letters, quotes and semicolons are a name");
		OK(!i || strstr(err.msg, "can be shown"), "and says why");
		if (i < WF_COUNT(names))
			(void)snprintf(text, sizeof(text), "- {name: \"%s\", schema: s, ref: \"" REF "\"}\n",
			               names[i]);
	}
}

static char dir[] = "/tmp/wf_manifest.XXXXXX";

static const char *
at(const char *name)
{
	static char path[300];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
put(const char *name, const char *text, mode_t mode)
{
	struct wf_err err = {0};

	if (wf_file_write_atomic(at(name), wf_str(text), mode, &err))
		printf("# %s\n", err.msg);
}

static void
loads(const char *what, const char *path, enum wf_reason want, size_t entries)
{
	WF_AUTO(wf_manifest_freep) struct wf_manifest *m = NULL;
	struct wf_err err = {0};
	enum wf_rc rc = wf_manifest_new(&m, &err);

	rc = rc ? rc : wf_manifest_load(m, &path, path ? 1 : 0, &err);
	ERR(rc, &err, want, what);
	EQ(wf_manifest_count(m), entries, what);
	OK(rc || (wf_manifest_file_at(m, 0) && !wf_manifest_file_at(m, 0)->unsafe_dir), what);
}

static void
from_disk(void)
{
	static const char one[] = "- {name: f, schema: s, ref: \"" REF "\"}\n";
	static const char two[] = "- {name: g, schema: s, ref: \"" REF "\"}\n";
	char link_to[320];

	if (!OK(mkdtemp(dir) != NULL, "a private directory"))
		return;
	(void)mkdir(at("d"), 0755);
	(void)mkdir(at("empty"), 0755);
	put("d/b.yaml", two, 0644);
	put("d/a.yaml", one, 0644);
	put("d/.c.yaml", "not: read", 0644);
	put("d/c.yml", "not: read", 0644);
	put("one.yaml", one, 0644);
	loads("a file", at("one.yaml"), WF_R_OK, 1);
	loads("a directory, sorted", at("d"), WF_R_OK, 2);
	loads("no file at all", NULL, WF_R_NO_INPUT, 0);
	loads("a missing file", at("none.yaml"), WF_R_NO_INPUT, 0);
	put("empty/x.yml", one, 0644);
	loads("a directory without one", at("empty"), WF_R_NO_INPUT, 0);
	EQ(mkfifo(at("fifo.yaml"), 0644), 0, "a FIFO");
	loads("a FIFO does not block", at("fifo.yaml"), WF_R_NO_INPUT, 0);
	loads("a device", "/dev/null", WF_R_UNSAFE_FILE, 0);
	put("big.yaml", one, 0644);
	EQ(truncate(at("big.yaml"), 100000000), 0, "100 MB");
	loads("100 MB", at("big.yaml"), WF_R_LIMIT, 0);
	put("open.yaml", one, 0666);
	loads("writable by others", at("open.yaml"), WF_R_UNSAFE_FILE, 0);
	put("group.yaml", one, 0664);
	loads("writable by the group", at("group.yaml"), WF_R_UNSAFE_FILE, 0);
	(void)snprintf(link_to, sizeof(link_to), "%s/open.yaml", dir);
	EQ(symlink(link_to, at("link.yaml")), 0, "a link");
	loads("a link to one writable by others", at("link.yaml"), WF_R_UNSAFE_FILE, 0);
	EQ(chmod(at("d"), 0777), 0, "a directory for all");
	loads("in a directory writable by others", at("d/a.yaml"), WF_R_UNSAFE_FILE, 0);
	EQ(chmod(at("d"), 0755), 0, "back");
	loads("and back again", at("d/a.yaml"), WF_R_OK, 1);
	if (geteuid() == 0) {
		EQ(chown(at("d"), 65534, 65534), 0, "another's directory");
		loads("only the seed's path may lie there", at("d/a.yaml"), WF_R_UNSAFE_FILE, 0);
		EQ(chown(at("d"), 0, 0), 0, "back");
		EQ(chown(at("one.yaml"), 65534, 65534), 0, "another's file");
		loads("another's file", at("one.yaml"), WF_R_UNSAFE_FILE, 0);
	}
	(void)snprintf(link_to, sizeof(link_to), "rm -rf %s", dir);
	EQ(system(link_to), 0, "cleaned up");
}

int
main(void)
{
	from_disk();
	data_files();
	every_field();
	across_files();
	every_problem();
	unseen_names();
	too_many();
	return tap_done();
}
