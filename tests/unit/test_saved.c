/* SPDX-License-Identifier: Apache-2.0
 *
 * plan/saved*.c: a plan written is the plan read, no member can be changed,
 * left out or added, and what live is hashes to is everything that was read.
 */
#include <stdlib.h>

#include "plan/saved.h"
#include "tests/lib/tap.h"

static const char *role[] = {"app_ro"}, *paths[] = {"/etc/m.yaml"}, *set[] = {"work_mem=1GB"};

static struct wf_saved
a_plan(struct wf_saved_file *file, struct wf_json *steps)
{
	struct wf_saved s = WF_SAVED_INIT;

	s.version = WF_VERSION;
	s.run = "01J";
	s.created = "2026-11-21T09:00:00Z";
	s.manifests = (struct wf_strs){paths, 1};
	file->path = "/etc/m.yaml";
	wf_digest_of("m", 1, &file->hash);
	s.files = file;
	s.nfiles = 1;
	wf_digest_of("p", 1, &s.policy);
	s.target = "prod";
	s.engine = "pg_wasm";
	s.system_identifier = "7";
	s.database = "db";
	s.head_seq = 3;
	wf_digest_of("h", 1, &s.head);
	wf_digest_of("l", 1, &s.live);
	s.steps = steps;
	return s;
}

static struct wf_json *
a_step(void)
{
	struct wf_json *steps = wf_json_array(), *o = wf_json_object();

	wf_json_set_z(o, "action", "alter");
	wf_json_set_z(o, "function", "wasm.f(text)");
	wf_json_set_z(o, "what", "owner");
	wf_json_set_z(o, "from", NULL);
	wf_json_set_z(o, "to", "app");
	wf_json_set_z(o, "sql_class", "ddl");
	wf_json_push(steps, o);
	return steps;
}

static void
text_of(const struct wf_json *doc, struct wf_buf *out)
{
	wf_buf_free(out);
	if (wf_json_dump(doc, WF_JSON_PRETTY, out, NULL) != WF_OK)
		wf_die("dump");
}

/* The document with `key` set to v (NULL: taken away), its digest made right
 * again: what a stranger would write. */
static enum wf_rc
read_with(const char *key, struct wf_json *v, const char *inner, struct wf_err *e)
{
	WF_AUTO(wf_json_freep) struct wf_json *steps = a_step();
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(1 << 20);
	WF_AUTO(wf_saved_free) struct wf_saved back = WF_SAVED_INIT;
	struct wf_saved_file f;
	struct wf_saved s = a_plan(&f, steps);
	struct wf_json *in = NULL;
	struct wf_digest d;
	char digest[WF_DIGEST_TEXT];

	doc = wf_saved_to_json(&s);
	if (inner) {
		in = wf_json_copy(wf_json_get(doc, inner));
		if (v)
			wf_json_set(in, key, v);
		else
			wf_json_del(in, key);
		wf_json_set(doc, inner, in);
	} else if (key && v) {
		wf_json_set(doc, key, v);
	} else if (key) {
		wf_json_del(doc, key);
	}
	wf_json_del(doc, "digest");
	if (wf_json_dump(doc, WF_JSON_CANONICAL, &text, NULL) != WF_OK)
		wf_die("dump");
	wf_digest_of(text.p, text.len, &d);
	wf_digest_text(&d, digest);
	wf_json_set_z(doc, "digest", digest);
	text_of(doc, &text);
	wf_err_clear(e);
	return wf_saved_from_text(wf_buf_str(&text), "plan", &back, e);
}

static void
documents(void)
{
	static const char *const members[] = {
		"schema", "version", "run", "created", "manifests", "manifest_files", "policy",
		"target", "ledger", "live", "steps",
	};
	static const char *const in_target[] = {"name", "engine", "system_identifier", "database"};
	struct wf_err e = {0};
	size_t i;

	ERR(read_with(NULL, NULL, NULL, &e), &e, WF_R_OK, "as it was written");
	for (i = 0; i < WF_COUNT(members); i++) {
		ERR(read_with(members[i], NULL, NULL, &e), &e, WF_R_MALFORMED, members[i]);
		ERR(read_with(members[i], wf_json_new_bool(true), NULL, &e), &e, WF_R_MALFORMED,
		    "of another kind");
		ERR(read_with(members[i], wf_json_new_null(), NULL, &e), &e, WF_R_MALFORMED,
		    "or null");
	}
	ERR(read_with("sql", wf_json_new_z("DROP"), NULL, &e), &e, WF_R_MALFORMED, "one more");
	ERR(read_with("version", wf_json_new_z("9"), NULL, &e), &e, WF_R_PLAN_STALE, "version 9");
	for (i = 0; i < WF_COUNT(in_target); i++) {
		ERR(read_with(in_target[i], NULL, "target", &e), &e, WF_R_MALFORMED, in_target[i]);
		ERR(read_with(in_target[i], wf_json_new_int(1), "target", &e), &e, WF_R_MALFORMED,
		    "of another kind");
	}
	ERR(read_with("name", wf_json_new_null(), "target", &e), &e, WF_R_OK, "no name");
	ERR(read_with("conninfo", wf_json_new_z("x"), "target", &e), &e, WF_R_MALFORMED,
	    "where to connect");
	ERR(read_with("seq", wf_json_new_int(-1), "ledger", &e), &e, WF_R_MALFORMED, "row -1");
	ERR(read_with("seq", wf_json_new_int(0), "ledger", &e), &e, WF_R_MALFORMED,
	    "no row, and a hash");
	ERR(read_with("hash", wf_json_new_null(), "ledger", &e), &e, WF_R_MALFORMED,
	    "a row without a hash");
}

static void
round_trip(void)
{
	WF_AUTO(wf_json_freep) struct wf_json *steps = a_step();
	WF_AUTO(wf_json_freep) struct wf_json *doc = NULL;
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(1 << 20);
	WF_AUTO(wf_saved_free) struct wf_saved back = WF_SAVED_INIT;
	struct wf_saved_file f, g;
	struct wf_saved s = a_plan(&f, steps), n;
	struct wf_err e = {0};

	doc = wf_saved_to_json(&s);
	text_of(doc, &text);
	ERR(wf_saved_from_text(wf_buf_str(&text), "plan", &back, &e), &e, WF_R_OK, "read back");
	OK(wf_digest_eq(&back.digest, &s.digest), "with its digest");
	ERR(wf_saved_same_inputs(&back, &s, true, &e), &e, WF_R_OK, "the same inputs");
	ERR(wf_saved_same_state(&back, &s, &e), &e, WF_R_OK, "the same state");
#define CHANGED(what, rule, reason, ...) do { \
	wf_err_clear(&e); \
	n = a_plan(&g, steps); \
	__VA_ARGS__; \
	ERR(rule, &e, reason, what); \
} while (0)
#define INPUTS(what, ...) \
	CHANGED(what, wf_saved_same_inputs(&back, &n, true, &e), WF_R_PLAN_STALE, __VA_ARGS__)
#define STATE(what, reason, ...) \
	CHANGED(what, wf_saved_same_state(&back, &n, &e), reason, __VA_ARGS__)
	INPUTS("another manifest file", g.hash.sha256[31] ^= 1);
	INPUTS("elsewhere", g.path = "/etc/n.yaml");
	INPUTS("none", n.nfiles = 0);
	INPUTS("another policy", n.policy.sha256[0] ^= 1);
	CHANGED("elsewhere, as told", wf_saved_same_inputs(&back, &n, false, &e), WF_R_OK,
	        g.path = "/etc/n.yaml");
	STATE("another server", WF_R_CONFIG, n.system_identifier = "8");
	STATE("a server that does not say", WF_R_CONFIG, n.system_identifier = NULL);
	STATE("another database", WF_R_CONFIG, n.database = "dc");
	STATE("another engine", WF_R_CONFIG, n.engine = "table");
	STATE("a row more", WF_R_LEDGER_MOVED, n.head_seq = 4);
	STATE("another row", WF_R_LEDGER_MOVED, n.head.sha256[0] ^= 1);
	STATE("no row", WF_R_LEDGER_MOVED, n.head_seq = 0);
	STATE("another database content", WF_R_LIVE_MOVED, n.live.sha256[0] ^= 1);
	STATE("ledger and live: somebody applied", WF_R_LEDGER_MOVED,
	      n.head_seq = 4, n.live.sha256[0] ^= 1);
}

static void
live(void)
{
	struct wf_live_function f;
	struct wf_live_setting setting;
	struct wf_live_oddity odd;
	struct wf_live l;
	struct wf_digest was, is;

#define START() do { \
	f = (struct wf_live_function){.spec = WF_SPEC_INIT, .language = "wasm", .wrapper_ok = true}; \
	f.spec.schema = "wasm"; \
	f.spec.name = "f"; \
	f.spec.args = "text"; \
	f.spec.has_module = true; \
	setting = (struct wf_live_setting){"pg_wasm.allow_fs", "off", "server", NULL}; \
	odd = (struct wf_live_oddity){"D16", "table", "a", "b"}; \
	l = (struct wf_live){.engine = "pg_wasm", .engine_version = "1", .functions = &f, \
	                     .nfunctions = 1, .settings = &setting, .nsettings = 1, \
	                     .oddities = &odd, .role = "a"}; \
	wf_saved_live(&l, &was); \
} while (0)
#define LIVE(same, what, ...) do { \
	START(); \
	__VA_ARGS__; \
	wf_saved_live(&l, &is); \
	OK(wf_digest_eq(&was, &is) == (same), what); \
} while (0)
	LIVE(true, "nothing");
	LIVE(true, "who looks", l.role = "b");
	LIVE(true, "what the role may not read", l.unreadable = (struct wf_strs){role, 1});
	LIVE(true, "a place in the catalog", f.oid = 7);
	LIVE(true, "a setting of one role", setting.where = "role r"; wf_saved_live(&l, &was);
	     setting.value = "on");
	LIVE(false, "bytes", f.spec.module.sha256[0] ^= 1);
	LIVE(false, "owner", f.spec.owner = "x");
	LIVE(false, "grants", f.spec.grants_set = true, f.spec.grants = (struct wf_strs){role, 1});
	LIVE(false, "EXECUTE of the owner", f.owner_revoked = true);
	LIVE(false, "strict", f.spec.strict = WF_YES);
	LIVE(false, "a limit", f.spec.limits.fuel_per_call = 1);
	LIVE(false, "the wrapper", f.wrapper_ok = false);
	LIVE(false, "its language", f.language = "sql");
	LIVE(false, "its row", f.has_row = true);
	LIVE(false, "the column", f.has_column = true);
	LIVE(false, "config", f.config = (struct wf_strs){set, 1});
	LIVE(false, "leakproof", f.leakproof = true);
	LIVE(false, "an attribute", f.nodd = 1, f.odd[0] = (struct wf_pair){"cost 100", "cost 1"});
	LIVE(false, "no function", l.nfunctions = 0);
	LIVE(false, "the engine", l.engine = "table");
	LIVE(false, "its version", l.engine_version = "2");
	LIVE(false, "a setting", setting.value = "on");
	LIVE(false, "something odd", l.noddities = 1);
}

static void
steps(void)
{
	WF_AUTO(wf_json_freep) struct wf_json *list = a_step();
	struct wf_step v[2] = {{WF_ACTION_ALTER, "wasm.f(text)", "owner", NULL, "app"},
	                       {WF_ACTION_NONE, "wasm.g()", "nothing", NULL, NULL}};
	struct wf_steps now = {.v = v, .n = 1};
	struct wf_saved then = {.steps = list};
	struct wf_err e = {0};

	ERR(wf_saved_same_steps(&then, &now, &e), &e, WF_R_OK, "the same steps");
	now.n = 2;
	ERR(wf_saved_same_steps(&then, &now, &e), &e, WF_R_PLAN_DIFFERS, "one more");
	wf_err_clear(&e);
	now.n = 0;
	ERR(wf_saved_same_steps(&then, &now, &e), &e, WF_R_PLAN_DIFFERS, "one less");
	wf_err_clear(&e);
	now.n = 1;
	v[0].to = "mallory";
	ERR(wf_saved_same_steps(&then, &now, &e), &e, WF_R_PLAN_DIFFERS, "another one");
}

int
main(void)
{
	documents();
	round_trip();
	live();
	steps();
	return tap_done();
}
