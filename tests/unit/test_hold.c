/* SPDX-License-Identifier: Apache-2.0
 *
 * Quarantine and hold as the ledger's rows have them; and which schemas a
 * policy guards against languages that are not trusted.
 */
#include <string.h>

#include "plan/hold.h"
#include "plan/untrusted.h"
#include "tests/lib/tap.h"

static struct wf_ledger_row
row(const char *action, const char *args)
{
	struct wf_ledger_row r = {.action = action, .spec = WF_SPEC_INIT};

	r.spec.schema = "wasm";
	r.spec.name = "f";
	r.spec.args = args;
	return r;
}

static void
holds(void)
{
	struct wf_manifest_entry e = {.schema = "wasm", .name = "f", .max_memory_bytes = -1,
	                              .fuel_per_call = -1, .epoch_deadline_ms = -1,
	                              .stack_size_bytes = -1};
	struct wf_ledger_row q = row("quarantine", "text"), b = row("rollback", "text");
	char held[WF_DIGEST_TEXT];
	struct wf_digest h, other;
	const char *grant = "app";

	EQ(wf_hold(NULL, &e), WF_HOLD_NONE, "no row holds nothing");
	EQ(wf_hold(&q, NULL), WF_HOLD_QUARANTINED, "quarantine needs no entry");
	EQ(wf_hold(&b, &e), WF_HOLD_NONE, "a rollback that nothing claimed holds nothing");
	wf_hold_entry(&e, &h);
	wf_digest_text(&h, held);
	b.held = held;
	EQ(wf_hold(&b, &e), WF_HOLD_ROLLED_BACK, "against the entry as it is now it does");
	EQ(wf_hold(&b, NULL), WF_HOLD_NONE, "without an entry it does not");
	e.line = 7;
	e.file = "elsewhere";
	EQ(wf_hold(&b, &e), WF_HOLD_ROLLED_BACK, "where the entry stands says nothing");
#define CHANGES(set, undo, name) \
	do { \
		set; \
		wf_hold_entry(&e, &other); \
		OK(!wf_digest_eq(&h, &other), name); \
		EQ(wf_hold(&b, &e), WF_HOLD_NONE, name " ends the hold"); \
		undo; \
	} while (0)
	CHANGES(e.owner = "o", e.owner = NULL, "another owner");
	CHANGES(e.fuel_per_call = 1, e.fuel_per_call = -1, "another limit");
	CHANGES(e.grants_set = true, e.grants_set = false, "no grants instead of none said");
	CHANGES((e.grants_set = true, e.grants = &grant, e.ngrants = 1),
	        (e.grants_set = false, e.grants = NULL, e.ngrants = 0), "another grant");
	CHANGES(e.security_set = true, e.security_set = false, "security said");
	CHANGES(e.wasi_set = true, e.wasi_set = false, "wasi said");
	CHANGES(e.comment = "c", e.comment = NULL, "another comment");
	CHANGES(e.check.set = true, e.check.set = false, "a check");
	CHANGES((e.check.set = e.check.expect_set = true), e.check = (struct wf_manifest_check){false},
	        "a check for NULL");
	CHANGES(e.policy = "p", e.policy = NULL, "a policy of its own");
}

static void
bases(void)
{
	struct wf_ledger_row r[] = {
		row("create", "text"),     row("create", "integer"), row("quarantine", "text"),
		row("quarantine", "integer"), row("remove", "integer"), row("quarantine", "integer"),
		row("intent", "text"),
	};
	struct wf_spec s = r[0].spec;

	OK(wf_hold_base(r, WF_COUNT(r), &s) == &r[0], "what it was before its quarantine");
	s.args = "integer";
	OK(wf_hold_base(r, WF_COUNT(r), &s) == NULL, "nothing that was removed since");
	OK(wf_hold_base(r, 4, &s) == &r[1], "before that, its own row");
	s.name = "g";
	OK(wf_hold_base(r, WF_COUNT(r), &s) == NULL, "nothing of another function");
}

static void
begins(void)
{
	struct wf_ledger_row r[] = {
		row("quarantine", "text"), row("release", "text"), row("quarantine", "text"),
		row("quarantine", "integer"), row("quarantine", "text"), row("intent", "text"),
	};
	struct wf_spec s = r[0].spec;

	OK(wf_hold_begin(r, WF_COUNT(r), &s) == &r[2], "the first of those since its release");
	OK(wf_hold_begin(r, 2, &s) == &r[1], "of no quarantine, the newest");
	OK(wf_hold_begin(r, 1, &s) == &r[0], "one that nothing came before");
	s.args = "bigint";
	OK(wf_hold_begin(r, WF_COUNT(r), &s) == NULL, "of a function without rows, none");
}

static void
guarded(void)
{
	const char *list[] = {"wasm", "app_*"};
	struct wf_function_policy f = {.set = true, .untrusted = WF_DENY};
	struct wf_live_untrusted u = {"app_x", "app_x.f()", "c", "postgres"};

	OK(wf_untrusted_denied(&f, &u), "without a list every schema is guarded");
	f.schemas = (struct wf_strs){list, 2};
	OK(wf_untrusted_denied(&f, &u), "a pattern of the list");
	u.schema = "other";
	OK(!wf_untrusted_denied(&f, &u), "none of the list");
	u.schema = "wasm";
	f.untrusted = WF_UNSET;
	OK(!wf_untrusted_denied(&f, &u), "nothing said denies nothing");
	f.untrusted = WF_ALLOW;
	OK(!wf_untrusted_denied(&f, &u), "nor does allow");
}

int
main(void)
{
	holds();
	bases();
	begins();
	guarded();
	return tap_done();
}
