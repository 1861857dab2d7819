/* SPDX-License-Identifier: Apache-2.0
 *
 * The truth table of contract section 4 in all its combinations: manifest
 * file x ledger x live, each absent, equal or different, and quarantined;
 * the ledger's row verifies or not, its chain is whole or not, and this host
 * knows it, another, one that is gone, or none.  What reconcile says of it,
 * and what install would do.
 */
#include <stdlib.h>

#include "plan/compare.h"
#include "plan/hold.h"
#include "plan/steps.h"
#include "tests/lib/tap.h"

static const char *app_ro[] = {"app_ro"};

enum knows { NONE, THIS, OLDER, GONE, KNOWS_COUNT };

/* a, b, c: modules; q: a in quarantine, nobody may execute it; -: not there */
struct world {
	struct wf_compare_want want;
	struct wf_ledger_row row[2];
	struct wf_live_function fn;
	struct wf_live live;
	struct wf_known known;
	struct wf_compare in;
	bool verifies;
};

static bool
verifies(void *arg, const struct wf_ledger_row *row, const struct wf_compare_want *want,
         bool known, char why[320], enum wf_rc *code)
{
	struct world *w = arg;

	(void)row;
	(void)want;
	(void)known;
	*code = WF_E_UNTRUSTED;
	snprintf(why, 320, "signature-mismatch");
	return w->verifies;
}

static struct wf_spec
spec(char of)
{
	struct wf_spec s = {
		.schema = "wasm", .name = "f", .args = "text", .returns = "text",
		.export_name = "f", .definer = WF_NO, .strict = WF_YES,
		.volatility = WF_VOLATILE, .owner = "app", .grants_set = true,
		.grants = {app_ro, of == 'q' ? 0 : 1}, .limits = WF_LIMITS_UNSET, .wasi = "null",
		.has_manifest = true, .has_module = true,
	};
	char manifest[2] = {'m', of == 'q' ? 'a' : of};

	wf_digest_of(manifest, 2, &s.manifest);
	wf_digest_of(manifest + 1, 1, &s.module);
	return s;
}

static void
rechain(struct world *w)
{
	struct wf_digest prev = {{0}};
	size_t i;

	for (i = 0; i < w->live.nledger; i++) {
		w->row[i].seq = (int64_t)i + 1;
		w->row[i].prev = prev;
		wf_ledger_row_hash(&w->row[i], &w->row[i].hash);
		prev = w->row[i].hash;
	}
}

static void
set_ledger(struct world *w, char l, enum knows k)
{
	struct wf_ledger_row gone;
	size_t n = 0;

	if (l != '-' && k == OLDER)
		w->row[n++] = (struct wf_ledger_row){.action = "create", .spec = spec('z')};
	if (l != '-')
		w->row[n++] = (struct wf_ledger_row){.action = l == 'q' ? "quarantine" : "create",
		                                     .spec = spec(l)};
	w->live.nledger = n;
	rechain(w);
	if (k == THIS || k == OLDER)
		(void)wf_known_add(&w->known, &w->row[0], "2026-11-21T09:00:00Z");
	if (k == GONE) {
		gone = (struct wf_ledger_row){.action = "create", .spec = spec('z'), .seq = 9};
		wf_ledger_row_hash(&gone, &gone.hash);
		(void)wf_known_add(&w->known, &gone, "2026-11-21T09:00:00Z");
	}
}

static void
start(struct world *w, const char *mlv, bool sound, enum knows k)
{
	memset(w, 0, sizeof(*w));
	w->want.spec = (struct wf_spec){.schema = "wasm", .name = "f", .limits = WF_LIMITS_UNSET,
	                                .has_manifest = true, .has_module = true};
	w->want.spec.manifest = spec(mlv[0]).manifest;
	w->want.spec.module = spec(mlv[0]).module;
	w->fn = (struct wf_live_function){.spec = spec(mlv[2]), .oid = 1, .language = "wasm",
	                                  .wrapper_ok = true, .has_row = true, .has_column = true,
	                                  .has_wrapper_digest = true,
	                                  .owner_revoked = mlv[1] == 'q' || mlv[2] == 'q'};
	w->fn.spec.has_manifest = false;
	w->fn.column = w->fn.wrapper = w->fn.spec.module;
	w->live = (struct wf_live){.engine = "pg_wasm", .engine_version = "0.4.2",
	                           .system_identifier = "7", .database = "db", .role = "deploy",
	                           .functions = &w->fn, .nfunctions = mlv[2] != '-',
	                           .ledger_exists = true, .ledger_readable = true,
	                           .ledger = w->row};
	set_ledger(w, mlv[1], k);
	w->in = (struct wf_compare){.target = "prod", .wants = &w->want, .nwants = mlv[0] != '-',
	                            .live = &w->live, .known = &w->known, .verifies = verifies,
	                            .recheck = true, .arg = w};
	w->verifies = sound;
}

/* "pending D25": the state, and what was found. */
static const char *
reconcile(struct world *w, char out[120])
{
	struct wf_comparison c;
	size_t i, n;

	wf_compare(&w->in, &c);
	n = (size_t)snprintf(out, 120, "%s", c.n ? wf_compare_state_word(c.v[0].state) : "nothing");
	if (c.n && c.v[0].unrecorded)
		n += (size_t)snprintf(out + n, 120 - n, "*");
	for (i = 0; i < c.findings.n; i++)
		n += (size_t)snprintf(out + n, 120 - n, " %s",
		                      wf_finding_word(c.findings.v[i].id));
	wf_compare_free(&c);
	wf_known_free(&w->known);
	return out;
}

/* "replace": the ledger's word for it; "left" what a quarantine keeps. */
static const char *
install(struct world *w, const char *mlv, bool release)
{
	struct wf_steps_want want = {.spec = spec(mlv[0]), .row_void = !w->verifies,
	                             .release = release};
	struct wf_steps s = WF_STEPS_INIT;
	struct wf_err e = {0};
	const char *word;
	enum wf_rc rc;

	want.hold = wf_hold(wf_ledger_row_find(w->row, w->live.nledger, &want.spec), NULL);
	rc = wf_steps_plan(&want, mlv[0] != '-', &w->live, &s, &e);
	word = rc != WF_OK ? wf_reason_word(e.reason)
	       : s.nchanges == 0 ? "-"
	       : s.changes[0].left == WF_HOLD_QUARANTINED ? "left"
	       : wf_steps_word(s.changes[0].action);
	wf_steps_free(&s);
	wf_known_free(&w->known);
	return word;
}

/* M, L, V; install with a row that counts, with one that does not, and with
 * --release; reconcile with a row that counts, by what this host knows (none,
 * this row, an older one, one that is gone), the same with a row that does
 * not, and with a broken chain.  An asterisk: unrecorded. */
static const struct row {
	const char *mlv, *plan, *plan_void, *plan_release;
	const char *sound[KNOWS_COUNT], *forged[KNOWS_COUNT], *broken;
} rows[] = {
	{"--a", "-", "-", NULL,
	 {"foreign D05", NULL, NULL, "foreign D20 D05"},
	 {"foreign D05", NULL, NULL, "foreign D20 D05"},
	 NULL},
	{"--b", "-", "-", NULL,
	 {"foreign D05", NULL, NULL, "foreign D20 D05"},
	 {"foreign D05", NULL, NULL, "foreign D20 D05"},
	 NULL},
	{"--c", "-", "-", NULL,
	 {"foreign D05", NULL, NULL, "foreign D20 D05"},
	 {"foreign D05", NULL, NULL, "foreign D20 D05"},
	 NULL},
	{"--q", "-", "-", NULL,
	 {"foreign D05", NULL, NULL, "foreign D20 D05"},
	 {"foreign D05", NULL, NULL, "foreign D20 D05"},
	 NULL},
	{"-a-", "-", "-", NULL,
	 {"orphan D05", "orphan D05", "orphan D05", "orphan D20 D05"},
	 {"orphan D05", "orphan D05", "orphan D05", "orphan D20 D05"},
	 "orphan D20 D05"},
	{"-aa", "-", "-", NULL,
	 {"orphan D05", "orphan D05", "orphan D05", "orphan D20 D05"},
	 {"orphan D20 D05", "orphan D05", "orphan D20 D05", "orphan D20 D20 D05"},
	 "orphan D20 D05"},
	{"-ab", "-", "-", NULL,
	 {"orphan D01 D05", "orphan D01 D05", "orphan D01 D05", "orphan D01 D20 D05"},
	 {"orphan D01 D20 D05", "orphan D01 D05", "orphan D01 D20 D05", "orphan D01 D20 D20 D05"},
	 "orphan D01 D20 D05"},
	{"-ac", "-", "-", NULL,
	 {"orphan D01 D05", "orphan D01 D05", "orphan D01 D05", "orphan D01 D20 D05"},
	 {"orphan D01 D20 D05", "orphan D01 D05", "orphan D01 D20 D05", "orphan D01 D20 D20 D05"},
	 "orphan D01 D20 D05"},
	{"-aq", "-", "-", NULL,
	 {"orphan D05 D08", "orphan D05 D08", "orphan D05 D08", "orphan D20 D05 D08"},
	 {"orphan D20 D05 D08", "orphan D05 D08", "orphan D20 D05 D08", "orphan D20 D20 D05 D08"},
	 "orphan D20 D05 D08"},
	{"-b-", "-", "-", NULL,
	 {"orphan D05", "orphan D05", "orphan D05", "orphan D20 D05"},
	 {"orphan D05", "orphan D05", "orphan D05", "orphan D20 D05"},
	 "orphan D20 D05"},
	{"-ba", "-", "-", NULL,
	 {"orphan D01 D05", "orphan D01 D05", "orphan D01 D05", "orphan D01 D20 D05"},
	 {"orphan D01 D20 D05", "orphan D01 D05", "orphan D01 D20 D05", "orphan D01 D20 D20 D05"},
	 "orphan D01 D20 D05"},
	{"-bb", "-", "-", NULL,
	 {"orphan D05", "orphan D05", "orphan D05", "orphan D20 D05"},
	 {"orphan D20 D05", "orphan D05", "orphan D20 D05", "orphan D20 D20 D05"},
	 "orphan D20 D05"},
	{"-bc", "-", "-", NULL,
	 {"orphan D01 D05", "orphan D01 D05", "orphan D01 D05", "orphan D01 D20 D05"},
	 {"orphan D01 D20 D05", "orphan D01 D05", "orphan D01 D20 D05", "orphan D01 D20 D20 D05"},
	 "orphan D01 D20 D05"},
	{"-bq", "-", "-", NULL,
	 {"orphan D01 D05 D08", "orphan D01 D05 D08", "orphan D01 D05 D08", "orphan D01 D20 D05 D08"},
	 {"orphan D01 D20 D05 D08", "orphan D01 D05 D08", "orphan D01 D20 D05 D08", "orphan D01 D20 D20 D05 D08"},
	 "orphan D01 D20 D05 D08"},
	{"-q-", "-", "-", NULL,
	 {"orphan D05", "orphan D05", "orphan D05", "orphan D20 D05"},
	 {"orphan D05", "orphan D05", "orphan D05", "orphan D20 D05"},
	 "orphan D20 D05"},
	{"-qa", "-", "-", NULL,
	 {"drift D08", "drift D08", "drift D08", "drift D20 D08"},
	 {"drift D08", "drift D08", "drift D08", "drift D20 D08"},
	 "drift D20 D08"},
	{"-qb", "-", "-", NULL,
	 {"drift D01 D08", "drift D01 D08", "drift D01 D08", "drift D01 D20 D08"},
	 {"drift D01 D08", "drift D01 D08", "drift D01 D08", "drift D01 D20 D08"},
	 "drift D01 D20 D08"},
	{"-qc", "-", "-", NULL,
	 {"drift D01 D08", "drift D01 D08", "drift D01 D08", "drift D01 D20 D08"},
	 {"drift D01 D08", "drift D01 D08", "drift D01 D08", "drift D01 D20 D08"},
	 "drift D01 D20 D08"},
	{"-qq", "-", "-", NULL,
	 {"quarantined D31", "quarantined D31", "quarantined D31", "drift D20 D31"},
	 {"quarantined D31", "quarantined D31", "quarantined D31", "drift D20 D31"},
	 "drift D20 D31"},
	{"a--", "create", "create", NULL,
	 {"pending D25", NULL, NULL, "drift D20 D25"},
	 {"pending D25", NULL, NULL, "drift D20 D25"},
	 NULL},
	{"a-a", "adopt", "adopt", NULL,
	 {"in_sync*", NULL, NULL, "drift D20"},
	 {"in_sync*", NULL, NULL, "drift D20"},
	 NULL},
	{"a-b", "replace", "replace", NULL,
	 {"drift D01", NULL, NULL, "drift D01 D20"},
	 {"drift D01", NULL, NULL, "drift D01 D20"},
	 NULL},
	{"a-c", "replace", "replace", NULL,
	 {"drift D01", NULL, NULL, "drift D01 D20"},
	 {"drift D01", NULL, NULL, "drift D01 D20"},
	 NULL},
	{"a-q", "grant", "grant", NULL,
	 {"in_sync*", NULL, NULL, "drift D20"},
	 {"in_sync*", NULL, NULL, "drift D20"},
	 NULL},
	{"aa-", "create", "create", NULL,
	 {"drift D04", "drift D04", "drift D04", "drift D20 D04"},
	 {"drift D04", "drift D04", "drift D04", "drift D20 D04"},
	 "drift D20 D04"},
	{"aaa", "none", "adopt", NULL,
	 {"in_sync", "in_sync", "in_sync", "drift D20"},
	 {"in_sync D21", "in_sync D21", "in_sync D21", "drift D20 D21"},
	 "drift D20"},
	{"aab", "replace", "replace", NULL,
	 {"drift D01", "drift D01", "drift D01", "drift D01 D20"},
	 {"drift D01", "drift D01", "drift D01", "drift D01 D20"},
	 "drift D01 D20"},
	{"aac", "replace", "replace", NULL,
	 {"drift D01", "drift D01", "drift D01", "drift D01 D20"},
	 {"drift D01", "drift D01", "drift D01", "drift D01 D20"},
	 "drift D01 D20"},
	{"aaq", "grant", "grant", NULL,
	 {"drift D08", "drift D08", "drift D08", "drift D20 D08"},
	 {"drift D08", "drift D08", "drift D08", "drift D20 D08"},
	 "drift D20 D08"},
	{"ab-", "create", "create", NULL,
	 {"conflict D04 D26", "conflict D04 D26", "conflict D04 D26", "drift D20 D04 D26"},
	 {"conflict D04 D26", "conflict D04 D26", "conflict D04 D26", "drift D20 D04 D26"},
	 "drift D20 D04 D26"},
	{"aba", "adopt", "adopt", NULL,
	 {"in_sync*", "in_sync*", "in_sync*", "drift D20"},
	 {"in_sync*", "in_sync*", "in_sync*", "drift D20"},
	 "drift D20"},
	{"abb", "replace", "replace", NULL,
	 {"pending D25", "pending D25", "conflict D26", "drift D20 D26"},
	 {"drift D20", "drift D21", "drift D20", "drift D20 D20"},
	 "drift D20 D25"},
	{"abc", "replace", "replace", NULL,
	 {"conflict D01 D26", "conflict D01 D26", "conflict D01 D26", "drift D01 D20 D26"},
	 {"conflict D01 D26", "conflict D01 D26", "conflict D01 D26", "drift D01 D20 D26"},
	 "drift D01 D20 D26"},
	{"abq", "grant", "grant", NULL,
	 {"conflict D01 D26 D08", "conflict D01 D26 D08", "conflict D01 D26 D08", "drift D01 D20 D26 D08"},
	 {"conflict D01 D26 D08", "conflict D01 D26 D08", "conflict D01 D26 D08", "drift D01 D20 D26 D08"},
	 "drift D01 D20 D26 D08"},
	{"aq-", "left", "left", "release",
	 {"drift D04", "drift D04", "drift D04", "drift D20 D04"},
	 {"drift D04", "drift D04", "drift D04", "drift D20 D04"},
	 "drift D20 D04"},
	{"aqa", "left", "left", "release",
	 {"drift D08", "drift D08", "drift D08", "drift D20 D08"},
	 {"drift D08", "drift D08", "drift D08", "drift D20 D08"},
	 "drift D20 D08"},
	{"aqb", "left", "left", "release",
	 {"drift D01 D08", "drift D01 D08", "drift D01 D08", "drift D01 D20 D08"},
	 {"drift D01 D08", "drift D01 D08", "drift D01 D08", "drift D01 D20 D08"},
	 "drift D01 D20 D08"},
	{"aqc", "left", "left", "release",
	 {"drift D01 D08", "drift D01 D08", "drift D01 D08", "drift D01 D20 D08"},
	 {"drift D01 D08", "drift D01 D08", "drift D01 D08", "drift D01 D20 D08"},
	 "drift D01 D20 D08"},
	{"aqq", "left", "left", "release",
	 {"quarantined D31", "quarantined D31", "quarantined D31", "drift D20 D31"},
	 {"quarantined D31", "quarantined D31", "quarantined D31", "drift D20 D31"},
	 "drift D20 D31"},
};

static void
cell(const struct row *r, bool sound, enum knows k, bool broken, const char *want)
{
	static const char *const knows[] = {"none", "this row", "an older row", "a row that is gone"};
	char found[120], name[120];
	struct world w;

	if (!want)
		return; /* no row: nothing to know of, nothing to break */
	start(&w, r->mlv, sound, k);
	if (broken)
		w.row[0].hash.sha256[0] ^= 1;
	(void)snprintf(name, sizeof(name), "reconcile %s: row %s, chain %s, known: %s", r->mlv,
	               sound ? "counts" : "does not count", broken ? "broken" : "whole", knows[k]);
	IS(reconcile(&w, found), want, name);
}

static void
plan(const struct row *r, bool sound, bool release, bool broken, const char *want)
{
	char name[120];
	struct world w;

	if (!want)
		return;
	start(&w, r->mlv, sound, NONE);
	if (broken)
		w.row[0].hash.sha256[0] ^= 1;
	(void)snprintf(name, sizeof(name), "install %s%s: row %s, chain %s", r->mlv,
	               release ? " --release" : "", sound ? "counts" : "does not count",
	               broken ? "broken" : "whole");
	IS(install(&w, r->mlv, release), want, name);
}

/* Every combination has a row, once. */
static void
complete(void)
{
	static const char m[] = "-a", l[] = "-abq", v[] = "-abcq";
	size_t i, n = 0, found;
	char mlv[4] = "";

	for (i = 0; i < 2 * 4 * 5; i++) {
		mlv[0] = m[i / 20];
		mlv[1] = l[i / 5 % 4];
		mlv[2] = v[i % 5];
		if (strcmp(mlv, "---") == 0)
			continue;
		found = 0;
		for (size_t k = 0; k < WF_COUNT(rows); k++)
			found += strcmp(rows[k].mlv, mlv) == 0;
		n += found == 1;
	}
	EQ(n, 39, "every combination is in the table");
	EQ(WF_COUNT(rows), 39, "and nothing else");
}

int
main(void)
{
	size_t i;

	complete();
	for (i = 0; i < WF_COUNT(rows); i++) {
		const struct row *r = &rows[i];
		bool row = r->mlv[1] != '-';

		for (int k = 0; k < KNOWS_COUNT; k++) {
			cell(r, true, (enum knows)k, false, r->sound[k]);
			cell(r, false, (enum knows)k, false, r->forged[k]);
		}
		cell(r, true, NONE, true, r->broken);
		plan(r, true, false, false, r->plan);
		plan(r, false, false, false, r->plan_void);
		plan(r, true, true, false, r->plan_release);
		plan(r, true, false, true, row ? "tampered" : NULL);
	}
	return tap_done();
}
