/* SPDX-License-Identifier: Apache-2.0
 *
 * Quarantine and hold.  Must never take a changed entry for the one that was
 * held, nor end a quarantine because a row could not be understood.
 */
#include "plan/hold.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"

/* --- the entry ---------------------------------------------------------------- */

static void
set_text(struct wf_json *o, const char *key, const char *value)
{
	if (value)
		wf_json_set_z(o, key, value);
}

static void
set_list(struct wf_json *o, const char *key, bool set, const char *const *v, size_t n)
{
	struct wf_json *list;
	size_t i;

	if (!set)
		return;
	list = wf_json_array();
	for (i = 0; i < n; i++)
		wf_json_push(list, wf_json_new_z(v[i]));
	wf_json_set(o, key, list);
}

static void
set_limit(struct wf_json *o, const char *key, int64_t v)
{
	if (v >= 0)
		wf_json_set_int(o, key, v);
}

static void
set_wasi(struct wf_json *o, const struct wf_manifest_entry *e)
{
	struct wf_json *list = wf_json_array(), *one;
	size_t i;

	for (i = 0; i < e->npreopens; i++) {
		one = wf_json_object();
		wf_json_set_z(one, "guest_path", e->preopens[i].guest_path);
		wf_json_set_z(one, "host_path", e->preopens[i].host_path);
		wf_json_set_bool(one, "readonly", e->preopens[i].readonly);
		wf_json_push(list, one);
	}
	for (i = 0; i < e->ntcp; i++) {
		one = wf_json_object();
		wf_json_set_z(one, "host", e->tcp[i].host);
		wf_json_set_int(one, "port", (int64_t)e->tcp[i].port);
		wf_json_push(list, one);
	}
	if (e->wasi_set)
		wf_json_set(o, "wasi", list);
	else
		wf_json_free(list);
}

static void
set_check(struct wf_json *o, const struct wf_manifest_check *k)
{
	struct wf_json *one;

	if (!k->set)
		return;
	one = wf_json_object();
	set_list(one, "args", true, k->args, k->nargs);
	if (k->expect_set)
		wf_json_set_z(one, "expect", k->expect);
	wf_json_set(o, "check", one);
}

void
wf_hold_entry(const struct wf_manifest_entry *e, struct wf_digest *out)
{
	WF_AUTO(wf_json_freep) struct wf_json *o = wf_json_object();
	WF_AUTO(wf_buf_free) struct wf_buf text = WF_BUF_INIT(2 * WF_MAX_MANIFEST_BYTES);

	set_text(o, "ref", e->ref.text);
	set_text(o, "schema", e->schema);
	set_text(o, "name", e->name);
	set_text(o, "export", e->export_name);
	set_list(o, "args", e->args_set, e->args, e->nargs);
	set_text(o, "returns", e->returns);
	wf_json_set_int(o, "volatility", (int64_t)e->volatility);
	wf_json_set_int(o, "strict", (int64_t)e->strict);
	if (e->security_set)
		wf_json_set_bool(o, "definer", e->definer);
	set_text(o, "owner", e->owner);
	set_list(o, "grants", e->grants_set, e->grants, e->ngrants);
	set_limit(o, "max_memory_bytes", e->max_memory_bytes);
	set_limit(o, "fuel_per_call", e->fuel_per_call);
	set_limit(o, "epoch_deadline_ms", e->epoch_deadline_ms);
	set_limit(o, "stack_size_bytes", e->stack_size_bytes);
	set_wasi(o, e);
	set_text(o, "policy", e->policy);
	set_text(o, "comment", e->comment);
	set_check(o, &e->check);
	if (wf_json_dump(o, WF_JSON_CANONICAL, &text, NULL) != WF_OK)
		wf_die("an entry larger than its manifest file");
	wf_digest_of(text.p, text.len, out);
}

/* --- rows --------------------------------------------------------------------- */

enum wf_hold
wf_hold(const struct wf_ledger_row *row, const struct wf_manifest_entry *entry)
{
	char text[WF_DIGEST_TEXT];
	struct wf_digest now;

	if (!row || !row->action)
		return WF_HOLD_NONE;
	if (strcmp(row->action, "quarantine") == 0)
		return WF_HOLD_QUARANTINED;
	if (strcmp(row->action, "rollback") != 0 || !row->held || !entry)
		return WF_HOLD_NONE;
	wf_hold_entry(entry, &now);
	wf_digest_text(&now, text);
	return strcmp(text, row->held) == 0 ? WF_HOLD_ROLLED_BACK : WF_HOLD_NONE;
}

const struct wf_ledger_row *
wf_hold_base(const struct wf_ledger_row *rows, size_t n, const struct wf_spec *s)
{
	size_t i;

	for (i = n; i-- > 0;) {
		if (!wf_ledger_row_about(&rows[i], s) || strcmp(rows[i].action, "quarantine") == 0)
			continue;
		return strcmp(rows[i].action, "remove") == 0 ? NULL : &rows[i];
	}
	return NULL;
}

const struct wf_ledger_row *
wf_hold_begin(const struct wf_ledger_row *rows, size_t n, const struct wf_spec *s)
{
	const struct wf_ledger_row *first = NULL;
	size_t i;

	for (i = n; i-- > 0;) {
		if (!wf_ledger_row_about(&rows[i], s))
			continue;
		if (strcmp(rows[i].action, "quarantine") != 0)
			return first ? first : &rows[i];
		first = &rows[i];
	}
	return first;
}
