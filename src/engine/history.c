/* SPDX-License-Identifier: Apache-2.0
 *
 * Pages of the ledger.  Must never give rows of two different moments.
 */
#include "engine/history.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "engine/ledger.h"

struct wf_history {
	struct wf_engine *e;
	char oid[24];
};

#define PAGE_SQL(compare, order) \
	"SELECT l.seq, pg_catalog.encode(l.hash, 'hex'), l.doc FROM ONLY wasmfn.ledger l " \
	"WHERE l.tableoid" WF_EQ "$1::pg_catalog.oid AND l.seq OPERATOR(pg_catalog." compare \
	") $2::pg_catalog.int8 ORDER BY l.seq USING OPERATOR(pg_catalog." order ") LIMIT $3::pg_catalog.int8"

static enum wf_rc
find_table(struct wf_history *h, bool *there, struct wf_err *err)
{
	WF_AUTO(wf_pg_rows_freep) struct wf_pg_rows *at = NULL;
	enum wf_rc rc = wf_pg_exec(h->e->pg, wf_ledger_where_sql, NULL, 0, &at, err);

	if (rc != WF_OK)
		return wf_err_wrap(err, "ledger");
	*there = wf_pg_count(at) && wf_pg_z(at, 0, 0);
	if (!*there)
		return WF_OK;
	if (*wf_pg_z(at, 0, 1) != 'r' || wf_pg_bool(at, 0, 3)) {
		(void)wf_err_set(err, WF_R_TAMPERED, "wasmfn.ledger is not the plain table it was made as");
		return WF_E_DIGEST;
	}
	if (!wf_pg_bool(at, 0, 2)) {
		(void)wf_err_set(err, WF_R_PRIVILEGE, "role %s may not read wasmfn.ledger", h->e->role);
		return wf_err_hint(err, "GRANT USAGE ON SCHEMA wasmfn and SELECT ON wasmfn.ledger to it.");
	}
	(void)snprintf(h->oid, sizeof(h->oid), "%s", wf_pg_z(at, 0, 0));
	return WF_OK;
}

enum wf_rc
wf_history_open(struct wf_engine *e, struct wf_history **out, struct wf_err *err)
{
	WF_AUTO(wf_history_closep) struct wf_history *h = wf_calloc(1, sizeof(*h));
	bool there = false;
	enum wf_rc rc;

	h->e = e;
	rc = wf_engine_begin_report(e, err);
	if (rc == WF_OK)
		rc = find_table(h, &there, err);
	if (rc != WF_OK)
		return rc;
	*out = NULL;
	if (there) {
		*out = h;
		h = NULL;
	}
	return WF_OK;
}

void
wf_history_close(struct wf_history *h)
{
	struct wf_err ignored = {0};

	if (!h)
		return;
	(void)!wf_engine_end_report(h->e, &ignored);
	free(h);
}

void
wf_history_closep(struct wf_history **h)
{
	wf_history_close(*h);
	*h = NULL;
}

static enum wf_rc
page(struct wf_history *h, const char *sql, int64_t seq, struct wf_history_page *out,
     struct wf_err *err)
{
	char at[24] = "", limit[24] = "";
	struct wf_pg_param p[] = {WF_PG_Z(h->oid), WF_PG_Z(at), WF_PG_Z(limit)};
	struct wf_history_page got = {.live = NULL};
	enum wf_rc rc;

	(void)snprintf(at, sizeof(at), "%lld", (long long)seq);
	(void)snprintf(limit, sizeof(limit), "%u", WF_LEDGER_PAGE_ROWS);
	rc = wf_pg_exec(h->e->pg, sql, p, WF_COUNT(p), &got.texts, err);
	if (rc != WF_OK)
		return wf_err_wrap(err, "ledger");
	got.live = wf_calloc(1, sizeof(*got.live));
	got.live->docs = wf_json_array();
	wf_ledger_parse(got.live, got.texts);
	got.rows = got.live->ledger;
	got.n = got.live->nledger;
	*out = got;
	return WF_OK;
}

enum wf_rc
wf_history_after(struct wf_history *h, int64_t seq, struct wf_history_page *out,
                 struct wf_err *err)
{
	return page(h, PAGE_SQL(">", "<"), seq, out, err);
}

enum wf_rc
wf_history_before(struct wf_history *h, int64_t seq, struct wf_history_page *out,
                  struct wf_err *err)
{
	return page(h, PAGE_SQL("<", ">"), seq, out, err);
}

void
wf_history_page_free(struct wf_history_page *p)
{
	wf_live_free(p->live);
	wf_pg_rows_free(p->texts);
	*p = (struct wf_history_page){.live = NULL};
}

struct wf_str
wf_history_doc(const struct wf_history_page *p, size_t i)
{
	return wf_pg_str(p->texts, i, 2);
}

void
wf_history_target(const struct wf_engine *e, struct wf_live *out)
{
	wf_engine_say_target(e, out);
}
