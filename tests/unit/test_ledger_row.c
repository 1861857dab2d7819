/* SPDX-License-Identifier: Apache-2.0
 *
 * plan/ledger_row.c: each change to a row, each missing row and each wrong
 * link breaks the chain; the newest row about a function is found.
 */
#include "plan/ledger_row.h"
#include "tests/lib/tap.h"

#define N 4

static void
chain(struct wf_ledger_row *r, size_t n)
{
	struct wf_digest prev = {{0}};
	size_t i;

	for (i = 0; i < n; i++) {
		r[i].seq = (int64_t)i + 1;
		r[i].prev = prev;
		wf_ledger_row_hash(&r[i], &r[i].hash);
		prev = r[i].hash;
	}
}

static struct wf_ledger_row
row(const char *action, const char *name, const char *args)
{
	return (struct wf_ledger_row){
		.action = action,
		.spec = {.schema = "wasm", .name = name, .args = args, .limits = WF_LIMITS_UNSET},
		.ref = "r.example/f@sha256:00", .actor = "dba / root", .tool = "wasmfn 0.1.0",
		.run = "01", .time = "2026-11-21T09:00:00Z",
	};
}

static void
chains(void)
{
	struct wf_ledger_row r[N], t[N];
	int64_t at = -1;

	r[0] = row("create", "f", "text");
	r[1] = row("create", "g", "text");
	r[2] = row("replace", "f", "text");
	r[3] = row("remove", "g", "text");
	chain(r, N);
	EQ(wf_ledger_row_chain(r, N, &at), WF_CHAIN_WHOLE, "four rows make a whole chain");
	EQ(wf_ledger_row_chain(r, 0, &at), WF_CHAIN_EMPTY, "none makes an empty one");
	EQ(wf_ledger_row_chain(r, N - 1, &at), WF_CHAIN_WHOLE, "the end cut off is not seen here");

#define BREAKS(change, n, seq, name) \
	do { \
		memcpy(t, r, sizeof(t)); \
		change; \
		EQ(wf_ledger_row_chain(t, (n), &at), WF_CHAIN_BROKEN, name); \
		EQ(at, (seq), "at the right row"); \
	} while (0)
	BREAKS(t[1].actor = "mallory / root", N, 2, "an edited member breaks it");
	BREAKS(t[1].spec.owner = "mallory", N, 2, "so does an edited function");
	BREAKS(t[1].actor = "m"; wf_ledger_row_hash(&t[1], &t[1].hash), N, 3,
	       "so does an edited row with a new hash");
	BREAKS(memmove(&t[1], &t[2], 2 * sizeof(t[0])), N - 1, 2, "so does a removed row");
	BREAKS(memmove(&t[1], &t[2], 2 * sizeof(t[0])); t[1].seq = 2; t[2].seq = 3, N - 1, 2,
	       "so does a removed row with new numbers");
	BREAKS(t[0].prev.sha256[0] = 1, N, 1, "so does a first row with something before it");
	BREAKS(memset(&t[2], 0, sizeof(t[2])); t[2].seq = 3, N, 3, "so does an unreadable row");
	BREAKS(t[3].hash.sha256[0] ^= 1, N, 4, "so does a changed hash");
}

static void
json(void)
{
	struct wf_arena a = {0};
	struct wf_ledger_row r = row("create", "f", "text"), back;
	struct wf_json *doc, *settings = wf_json_object();
	struct wf_digest h;
	struct wf_err e = {0};

	r.held = "sha256:00";
	wf_json_set_z(settings, "pg_wasm.allow_fs", "off");
	r.settings = settings;
	r.reason = "because";
	chain(&r, 1);
	doc = wf_ledger_row_to_json(&r);
	ERR(wf_ledger_row_from_json(doc, &a, &back, &e), &e, WF_R_OK, "a row is read back");
	wf_ledger_row_hash(&back, &h);
	OK(wf_digest_eq(&h, &r.hash), "and hashes to the same");
	IS(back.held, "sha256:00", "and says what it was held against");
	wf_json_set_z(doc, "extra", "1");
	ERR(wf_ledger_row_from_json(doc, &a, &back, &e), &e, WF_R_MALFORMED,
	    "a member we would not hash is refused");
	wf_json_del(doc, "extra");
	wf_json_set_int(doc, "seq", 0);
	wf_err_clear(&e);
	ERR(wf_ledger_row_from_json(doc, &a, &back, &e), &e, WF_R_MALFORMED, "seq starts at 1");
	wf_json_free(doc);
	wf_json_free(settings);
	wf_arena_free(&a);
}

/* The hash of a row that a version without formats wrote: it stays what it is. */
static void
formats(void)
{
	struct wf_arena a = {0};
	struct wf_ledger_row r = row("replace", "f", "text"), back;
	struct wf_json *doc;
	struct wf_digest h;
	struct wf_err e = {0};
	char hex[65];

	chain(&r, 1);
	wf_digest_hex(&r.hash, hex);
	IS(hex, "ad21e083f1c23830998172d7a54d97c5ebbf1f4eb735f02e7fcaf4e37e10fb71", "a row of the first format hashes as it always did");
	doc = wf_ledger_row_to_json(&r);
	OK(!wf_json_get(doc, "format") && !wf_json_get(doc, "before") &&
	   !wf_json_get(doc, "git_commit"), "and says no more than it did");
	wf_json_free(doc);

	r.format = WF_LEDGER_FORMAT;
	doc = wf_ledger_row_to_json(&r);
	OK(wf_json_kind(wf_json_get(doc, "before")) == WF_JSON_NULL &&
	   wf_json_kind(wf_json_get(doc, "git_commit")) == WF_JSON_NULL,
	   "the second says null where nothing is");
	ERR(wf_ledger_row_from_json(doc, &a, &back, &e), &e, WF_R_OK, "and is read back");
	OK(back.format == WF_LEDGER_FORMAT && !back.has_before && !back.git_commit, "as it was");
	wf_json_free(doc);

	r.has_before = true;
	r.before = r.spec;
	r.before.owner = "alice";
	r.git_commit = "0123456789012345678901234567890123456789";
	chain(&r, 1);
	doc = wf_ledger_row_to_json(&r);
	ERR(wf_ledger_row_from_json(doc, &a, &back, &e), &e, WF_R_OK,
	    "the state before and the commit are read back");
	OK(back.has_before && strcmp(back.before.owner, "alice") == 0 &&
	   strcmp(back.git_commit, r.git_commit) == 0, "as they were");
	wf_ledger_row_hash(&back, &h);
	OK(wf_digest_eq(&h, &r.hash), "and hash to the same");
	r.before.owner = "mallory";
	wf_ledger_row_hash(&r, &h);
	OK(!wf_digest_eq(&h, &r.hash), "another state before is another hash");
	wf_json_set_int(doc, "format", WF_LEDGER_FORMAT + 1);
	ERR(wf_ledger_row_from_json(doc, &a, &back, &e), &e, WF_R_MALFORMED,
	    "a format of a later version is not guessed at");
	wf_json_free(doc);
	wf_arena_free(&a);
}

static void
finding(void)
{
	struct wf_ledger_row r[] = {
		row("create", "f", "text"), row("create", "f", "integer"),
		row("replace", "f", "text"), row("remove", "f", "integer"),
		row("create", "h", ""),
	};
	struct wf_spec s = {.schema = "wasm", .name = "f", .args = "text"};
	size_t n = WF_COUNT(r);

	chain(r, n);
	OK(wf_ledger_row_find(r, n, &s) == &r[2], "the newest row about f(text)");
	s.args = "integer";
	OK(wf_ledger_row_find(r, n, &s) == NULL, "none about a removed function");
	s.args = NULL;
	OK(wf_ledger_row_find(r, n, &s) == &r[2], "without types: the newest that stands");
	s.name = "h";
	s.args = "";
	OK(wf_ledger_row_find(r, n, &s) == &r[4], "no arguments are not unset arguments");
	s.schema = "other";
	OK(wf_ledger_row_find(r, n, &s) == NULL, "another schema is another function");
}

int
main(void)
{
	chains();
	json();
	formats();
	finding();
	return tap_done();
}
